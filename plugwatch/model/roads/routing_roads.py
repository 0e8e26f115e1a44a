"""What each road is worth for one component, before a person's wish and our own history are counted.

Sources of the rules: wordpress.org/support/guidelines (2024-07-25) for the forum; developer.wordpress.org/plugins/
wordpress-org/plugin-security for matters of security; docs.github.com for what an archived repository still takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote, urlsplit

from plugwatch.model.roads.disclosure import Door, DoorFacts, private_doors
from plugwatch.model.vendors.addresses import GITHUB_HOST, web_url
from plugwatch.model.vendors.facts import Found, RepositoryFacts, VendorFacts, find_repository, judge_sale
from plugwatch.model.vendors.hints import MIRROR, NO_ISSUES, NO_PULLS

# How a road stands: it takes what we write; it may be the wrong one; it takes nothing; nobody knows.
OPEN, DOUBTFUL, CLOSED, UNKNOWN = "open", "doubtful", "closed", "unknown"

_QUIET_FOR = timedelta(days=2 * 365)
_DESKS = ("support", "help", "helpdesk", "tickets", "contact", "contact-us", "submit-ticket", "my-tickets")
_TRAC = re.compile(r"https://([a-z0-9-]+)\.trac\.wordpress\.org", re.IGNORECASE)
_FEW_RESOLVED, _MANY_RESOLVED, _ENOUGH_THREADS = 0.25, 0.6, 5


@dataclass(frozen=True)
class Opinion:
    """How a road stands, with its address, and sentences for and against it.

    ``rank`` orders the roads of a component that stand alike: the higher, the better what we have fits there.
    """

    state: str
    rank: int = 0
    address: str | None = None
    why: tuple[str, ...] = ()
    why_not: tuple[str, ...] = ()


@dataclass
class _Weighing:
    """An opinion while it is being made."""

    address: str | None
    rank: int
    state: str = OPEN
    why: list[str] = field(default_factory=list)
    why_not: list[str] = field(default_factory=list)

    def doubt(self, reason: str, rank: int | None = None) -> None:
        self.why_not.append(reason)
        self.state = DOUBTFUL if self.state == OPEN else self.state
        self.rank = self.rank if rank is None else rank

    def close(self, reason: str) -> None:
        self.why_not.append(reason)
        self.state = CLOSED

    def done(self) -> Opinion:
        return Opinion(self.state, self.rank, self.address, tuple(self.why), tuple(self.why_not))


def weigh(facts: VendorFacts, road: str) -> Opinion:
    """What one road (of ROADS) is worth for a plugin, a theme or a single file."""
    return _ROADS[road](facts)


def doors_of(facts: VendorFacts) -> tuple[Door, ...]:
    """The private doors for a matter of security."""
    repository, found = facts.repository, find_repository(facts)
    policy = repository.policy if repository else None
    return private_doors(
        DoorFacts(
            facts.component.kind,
            facts.component.slug,
            said=facts.told.address("security"),
            repository=found.value if found and found.sure else None,
            policy=policy or (facts.release.policy if facts.release else None) or policy,
            private_reporting=repository.private_reporting if repository else None,
            vendor_email=find_email(facts),
            listed=facts.listed,
        )
    )


def find_email(facts: VendorFacts) -> str | None:
    """The vendor's own address for mail; what package files say of single authors is not it."""
    return facts.told.address("email") or next((package.email for package in facts.packages if package.email), None)


def find_desk(facts: VendorFacts) -> Found | None:
    """The vendor's help desk: an address of the web or for mail, and who names it."""
    said, entry = facts.said("ticket"), facts.entry
    if said:
        return said
    if facts.listed and entry and entry.commercial_support_url:
        return Found(entry.commercial_support_url, "WordPress.org names it as the vendor's own support")
    for package in facts.packages:
        for url in (package.issues, package.forum):
            if url and web_url(url) and not _is_of_everybody(url):
                return Found(url, f"{package.file} names it")
    for url in facts.repository.links if facts.repository else ():
        if _leads_to_support(url):
            return Found(url, "the repository sends people there for help")
    readme = facts.release.readme if facts.release else None
    for url in readme.links if readme else ():
        if _leads_to_support(url):
            return Found(url, "its readme links to it", sure=False)
    return None


def _leads_to_support(url: str) -> bool:
    """Whether the host or the last part of the path is called as help desks are; pages below one explain things."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    last = parts.path.lower().rstrip("/").rpartition("/")[2]
    return not _is_of_everybody(url) and (last in _DESKS or host.partition(".")[0] in _DESKS)


def _is_of_everybody(url: str) -> bool:
    """Whether the address is a place that has a road of its own here: WordPress.org or GitHub."""
    host = (urlsplit(url).hostname or "").lower()
    return any(host == place or host.endswith(f".{place}") for place in ("wordpress.org", GITHUB_HOST))


def find_trac(facts: VendorFacts) -> Found | None:
    """The Trac that the vendor has: what a person said, else the one of WordPress.org's that a package file names."""
    said = facts.said("trac")
    if said:
        return said
    for package in facts.packages:
        trac = _TRAC.match(package.issues or "")
        if trac and trac[1].lower() not in ("plugins", "themes"):
            return Found(trac[0].lower(), f"{package.file} names it")
    return None


def _github(facts: VendorFacts, road: str, rank: int) -> _Weighing | Opinion:
    """What holds for pull requests and issues alike; an Opinion where nothing more is to be said."""
    found = find_repository(facts, road)
    if found is None:
        return Opinion(UNKNOWN, rank, why_not=(_no_repository(facts),))
    weighing = _Weighing(found.value, rank, why=[f"{found.value}: {found.named_by}"])
    kept = facts.repository
    if kept is None or not kept.is_about(found.value):
        if found.said:
            weighing.why_not.append(f"whether {found.value} takes anything was not asked; --refresh asks GitHub")
        else:
            weighing.why_not.append(f"whether {found.value} is archived was not asked; --refresh asks GitHub")
            weighing.state = UNKNOWN
        return weighing
    weighing.address = found.value if kept.gone else kept.name
    if kept.gone:
        weighing.close(f"GitHub has no {found.value}, or does not show it to us")
    elif kept.archived or kept.disabled:
        how = "archived" if kept.archived else "disabled by GitHub"
        weighing.close(f"{kept.name} is {how}, and takes nothing any more")
    else:
        _weigh_repository(weighing, facts, kept, found)
    return weighing


def _weigh_repository(weighing: _Weighing, facts: VendorFacts, kept: RepositoryFacts, found: Found) -> None:
    if kept.pushed_at and facts.at - kept.pushed_at > _QUIET_FOR:
        weighing.doubt(f"nothing was pushed there since {kept.pushed_at:%Y-%m-%d}")
    elif kept.pushed_at:
        weighing.why.append(f"worked on until {kept.pushed_at:%Y-%m-%d}")
    if kept.fork_of:
        weighing.doubt(f"it is a fork of {kept.fork_of}, which may be the right one (vendor set --repository)")
    if not found.sure:
        weighing.doubt("it may be somebody else's; say that it is theirs with vendor set --repository")
    mirror = facts.saying(MIRROR)
    if mirror:
        weighing.doubt(f"{mirror.file} says: “{mirror.quote}”")


def _no_repository(facts: VendorFacts) -> str:
    missing = []
    if facts.listed is None:
        missing.append("WordPress.org was not asked (--refresh)")
    if facts.release is None:
        missing.append("there is no release to read (plugwatch fork create)")
    looked = " and ".join(missing)
    return f"no repository is known{f': {looked}' if looked else ''}; tell one with vendor set --repository OWNER/NAME"


def _pull_request(facts: VendorFacts) -> Opinion:
    weighing = _github(facts, "github-pr", 90)
    if isinstance(weighing, Opinion) or weighing.state == CLOSED:
        return weighing if isinstance(weighing, Opinion) else weighing.done()
    said = facts.saying(NO_PULLS)
    if said:
        weighing.doubt(f"{said.file} says: “{said.quote}”", rank=10)
    elif facts.repository and facts.repository.forks is False:
        weighing.close("it may not be forked, so nobody from outside can offer a branch")
    elif facts.repository and facts.repository.pull_template:
        weighing.why.append("it has a template for pull requests")
    return weighing.done()


def _issue(facts: VendorFacts) -> Opinion:
    weighing = _github(facts, "github-issue", 80)
    if isinstance(weighing, Opinion) or weighing.state == CLOSED:
        return weighing if isinstance(weighing, Opinion) else weighing.done()
    said, kept = facts.saying(NO_ISSUES), facts.repository
    if kept and kept.issues is False and kept.is_about(weighing.address or ""):
        weighing.close("its issues are switched off")
    elif said:
        weighing.doubt(f"{said.file} says: “{said.quote}”", rank=10)
    elif kept and kept.issue_forms:
        weighing.why.append("it has forms for reports")
    return weighing.done()


def _trac(facts: VendorFacts) -> Opinion:
    found, component = find_trac(facts), facts.component
    if found:
        return Opinion(OPEN, 85, found.value, (found.named_by,))
    if component.kind == "theme":
        return Opinion(CLOSED, why_not=("themes.trac is for the review of themes, not for reports",))
    if component.kind != "plugin" or facts.listed is False:
        return Opinion(CLOSED, why_not=("plugins.trac is for plugins of WordPress.org, and this is none",))
    if facts.listed is None:
        return Opinion(UNKNOWN, why_not=("whether it is in the directory was not asked; --refresh asks WordPress.org",))
    unsure = "most authors do not read plugins.trac, and whether it takes new tickets is not certain"
    return Opinion(DOUBTFUL, 20, facts.trac_url, ("every plugin of WordPress.org has a component there",), (unsure,))


def _forum(facts: VendorFacts) -> Opinion:
    component, entry, sale = facts.component, facts.entry, judge_sale(facts)
    if sale.paid:
        rule = "the forum takes no topics about paid plugins and themes (wordpress.org/support/guidelines)"
        return Opinion(CLOSED, why_not=(f"it {sale.why}: {rule}",))
    if facts.listed is None:
        return Opinion(UNKNOWN, why_not=("whether it is in the directory was not asked; --refresh asks WordPress.org",))
    if not facts.listed or entry is None:
        return Opinion(CLOSED, why_not=(_no_forum(facts),))
    address = f"{facts.forum_url.rstrip('/')}/{component.kind}/{quote(component.slug, safe='')}/"
    if facts.closed:
        since = f" since {entry.closed_date}" if entry.closed_date else ""
        return Opinion(CLOSED, 0, address, (), (f"the {component.kind} is closed on WordPress.org{since}",))
    weighing = _Weighing(address, 60, why=[f"every {component.kind} of WordPress.org has one"])
    if any(link.startswith(address.rstrip("/")) for link in (facts.repository.links if facts.repository else ())):
        weighing.why.append("the repository sends people there")
        weighing.rank += 5
    _weigh_threads(weighing, entry.support_threads, entry.support_threads_resolved)
    if entry.business_model == "commercial":
        weighing.why_not.append("for what it sells as well the vendor has a place of its own, and the forum is none")
    return weighing.done()


def _no_forum(facts: VendorFacts) -> str:
    if facts.is_namesake:
        return "WordPress.org has another one under this name: it knows none of our versions"
    elsewhere = facts.release.updates_elsewhere if facts.release else None
    if elsewhere:
        return f"its header says that updates come from {elsewhere}, so it is not WordPress.org's"
    return "it is not in the directory of WordPress.org, so it has no forum there"


def _weigh_threads(weighing: _Weighing, threads: int | None, resolved: int | None) -> None:
    """The directory counts the topics of the last two months, and those of them that are resolved."""
    if threads is None:
        return
    if not threads:
        weighing.why_not.append("nobody has asked anything there for two months")
        return
    share = (resolved or 0) / threads
    told = f"{resolved or 0} of {threads} topics of the last two months are resolved"
    if threads < _ENOUGH_THREADS or _FEW_RESOLVED <= share < _MANY_RESOLVED:
        weighing.why.append(told)
    elif share >= _MANY_RESOLVED:
        weighing.why.append(told)
        weighing.rank += 10
    else:
        weighing.doubt(f"only {told}")


def _email(facts: VendorFacts) -> Opinion:
    said = facts.said("email")
    if said:
        return Opinion(OPEN, 70, said.value, (said.named_by,))
    for package in facts.packages:
        if package.email:
            return Opinion(OPEN, 65, package.email, (f"{package.file} names it",))
    for package in facts.packages:
        if package.authors:
            only = f"{package.file} names it as an author's own, not as one for reports"
            return Opinion(DOUBTFUL, 30, package.authors[0], (), (only,))
    readme = facts.release.readme if facts.release else None
    makers = [f"profiles.wordpress.org/{name}" for name in (readme.contributors if readme and facts.listed else ())[:3]]
    where = f"; its makers are {', '.join(makers)}" if makers else ""
    return Opinion(UNKNOWN, why_not=(f"no address is known{where}; tell one with vendor set --email ADDRESS",))


def _ticket(facts: VendorFacts) -> Opinion:
    found, sale = find_desk(facts), judge_sale(facts)
    if found is None:
        site = facts.release and (facts.release.home_url or facts.release.author_url)
        where = f"; {site} may name one" if site else ""
        why = (f"it {sale.why}",) if sale.paid else ()
        return Opinion(UNKNOWN, why=why, why_not=(f"no help desk is known{where}; tell it with vendor set --desk",))
    weighing = _Weighing(found.value, 95 if sale.paid else 55, why=[found.named_by])
    if sale.paid:
        weighing.why.insert(0, f"it {sale.why}, so its vendor owes us an answer")
    elif found.named_by.startswith("WordPress.org"):
        weighing.why_not.append("it is for those who pay, so it may ask for a licence")
    if not found.sure:
        weighing.doubt("it may be a page for something else", rank=35 if not sale.paid else None)
    return weighing.done()


def _chat(facts: VendorFacts) -> Opinion:
    said = facts.said("chat")
    if said:
        ping = "a chat is for a ping; the report belongs elsewhere"
        return Opinion(OPEN, 40, said.value, (said.named_by,), (ping,))
    for package in facts.packages:
        if package.chat:
            only = f"{package.file} names {package.chat}; join it, and tell its name with vendor set --chat NAME"
            return Opinion(UNKNOWN, why_not=(only,))
    return Opinion(UNKNOWN, why_not=("no room is known; tell one with vendor set --chat NAME",))


def _social(facts: VendorFacts) -> Opinion:
    last = "it is public and short, so it comes last"
    said = facts.said("social")
    if said:
        return Opinion(DOUBTFUL, 5, said.value, (said.named_by,), (last,))
    return Opinion(UNKNOWN, why_not=(f"{last}; tell an account with vendor set --social NETWORK:@NAME",))


def _security(facts: VendorFacts) -> Opinion:
    doors = doors_of(facts)
    only = "it is for matters of security alone"
    if not doors:
        return Opinion(UNKNOWN, why_not=(only, "no private door is known; tell one with vendor set --security ADDRESS"))
    first, *others = doors
    also = (f"else {', '.join(door.address for door in others)}",) if others else ()
    return Opinion(DOUBTFUL, 0, first.address, (first.why, *also), (only,))


_ROADS: Mapping[str, Callable[[VendorFacts], Opinion]] = {
    "github-pr": _pull_request,
    "github-issue": _issue,
    "trac": _trac,
    "forum": _forum,
    "email": _email,
    "ticket": _ticket,
    "chat": _chat,
    "social": _social,
    "security": _security,
}
