"""What is known of the one who makes a component: how to reach them, and what became of it when we did."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, NamedTuple

from plugwatch.model.component import CORE, PHP, Component
from plugwatch.model.directory import CLOSED, HOSTED_KINDS, OPEN, DirectoryEntry
from plugwatch.model.patches.package_support import PackageSupport
from plugwatch.model.vendors.addresses import github_repository, is_repository, web_url
from plugwatch.model.vendors.hints import MIRROR, NO_ISSUES, NO_PULLS, ReleaseHints, Saying, find_sayings
from plugwatch.model.vendors.project import Project, TextFile
from plugwatch.model.vendors.told import NOTHING_TOLD, PAID, Told

_MOST_SAYINGS, _MOST_LINKS = 10, 20
_LONGEST_POLICY = 20_000


_TENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|nineteen"
_BUNDLED = re.compile(rf"twenty(?:{_TENS}|twenty(?:-?(?:one|two|three|four|five|six|seven|eight|nine))?)")
_MODELS = {"community": ", as a plugin of a community", "canonical": ", as one of the WordPress project's own"}


def is_bundled(component: Component) -> bool:
    """Whether it is one of the themes that come with WordPress and are developed in its own repository."""
    return component.kind == "theme" and _BUNDLED.fullmatch(component.slug) is not None


def is_core(component: Component) -> bool:
    """Whether it is WordPress, one of the themes that come with it, or PHP: then the roads are known to everybody."""
    return component in (CORE, PHP) or is_bundled(component)


@dataclass(frozen=True)
class RoadHistory:
    """What became of our own submissions to one vendor on one road.

    ``sent`` is how many left us, ``answered`` how many of them got an answer of a human, ``released`` how many ended in
    a release. ``median_days`` are the days from sending to the first answer of a human, over those that got one; None
    where none did. ``last_at`` is when the last one left, ``who`` are the people that answered, the latest first.
    """

    road: str
    sent: int
    answered: int = 0
    median_days: float | None = None
    released: int = 0
    last_at: datetime | None = None
    who: tuple[str, ...] = ()


@dataclass(frozen=True)
class RepositoryFacts:
    """What GitHub says of a repository that matters for the choice of a road; None: it did not say.

    ``name`` is ``OWNER/NAME`` as it is called now, ``asked_as`` as it was asked for; ``gone``: there is none, or we may
    not see it. ``fork_of`` is the repository that it was forked from, ``forks`` whether it may be forked. ``policy`` is
    the text of its SECURITY.md, "" where it has none. ``links`` are where it sends people instead of to its issues.
    """

    name: str
    asked_as: str | None = None
    gone: bool = False
    archived: bool | None = None
    disabled: bool | None = None
    issues: bool | None = None
    forks: bool | None = None
    fork_of: str | None = None
    pushed_at: datetime | None = None
    pull_template: bool | None = None
    issue_forms: bool | None = None
    policy: str | None = None
    private_reporting: bool | None = None
    sayings: tuple[Saying, ...] = ()
    links: tuple[str, ...] = ()

    @classmethod
    def from_project(cls, project: Project, readme: TextFile | None = None) -> RepositoryFacts:
        """What matters here of a repository that was looked at, with its README."""
        texts = (*((readme,) if readme else ()), *(project.contributing or ()))
        policy = None if project.security is None else "\n".join(file.text for file in project.security)
        return cls(
            project.name,
            asked_as=project.asked,
            archived=project.archived,
            disabled=project.disabled,
            issues=project.has_issues,
            forks=project.allows_forks,
            fork_of=project.parent,
            pushed_at=project.pushed_at,
            pull_template=None if project.pull_templates is None else bool(project.pull_templates),
            issue_forms=None if project.issue_forms is None else bool(project.issue_forms),
            policy=policy and policy[:_LONGEST_POLICY],
            private_reporting=project.private_reporting,
            sayings=tuple(saying for file in texts for saying in find_sayings(file.text, file.path)),
            links=tuple(link.url for link in project.contact_links or ())[:_MOST_LINKS],
        )

    def is_about(self, repository: str) -> bool:
        """Whether this is the answer about ``OWNER/NAME``, under the name that it has or the one that it had."""
        return repository.lower() in (self.name.lower(), (self.asked_as or "").lower())

    def to_document(self) -> dict[str, Any]:
        """The facts as JSON holds them; times are ISO 8601."""
        document = {one.name: getattr(self, one.name) for one in fields(self)}
        document["links"] = list(self.links)
        document["pushed_at"] = self.pushed_at.isoformat() if self.pushed_at else None
        document["sayings"] = [[saying.kind, saying.file, saying.quote] for saying in self.sayings]
        return document

    @classmethod
    def from_document(cls, document: object) -> RepositoryFacts | None:
        """What :meth:`to_document` wrote down; None where it is something else, and must be asked for again."""
        kept = document if isinstance(document, dict) else {}
        name = kept.get("name")
        if not isinstance(name, str) or not is_repository(name):
            return None
        flags = ("archived", "disabled", "issues", "forks", "pull_template", "issue_forms", "private_reporting")
        texts = ("asked_as", "fork_of", "policy")
        return cls(
            name,
            gone=kept.get("gone") is True,
            pushed_at=moment_of(kept.get("pushed_at")),
            sayings=_sayings(kept.get("sayings")),
            links=tuple(link for link in _list(kept.get("links"))[:_MOST_LINKS] if web_url(link)),
            **{key: kept.get(key) if isinstance(kept.get(key), bool) else None for key in flags},
            **{key: kept.get(key) if isinstance(kept.get(key), str) else None for key in texts},
        )


class Asked(NamedTuple):
    """One source of facts: when it said what we know (None: never), and why it could not be asked just now."""

    source: str
    at: datetime | None = None
    error: str | None = None


class Found(NamedTuple):
    """A value and who names it, in words; ``sure`` is False where it may be somebody else's, ``said`` by one of us."""

    value: str
    named_by: str
    sure: bool = True
    said: bool = False


@dataclass(frozen=True)
class VendorFacts:
    """All facts that the choice of a road rests on; what is None or empty is not known.

    ``at`` is the moment of looking. ``versions`` run on our sites. ``entry`` is WordPress.org's word, ``release`` what
    the newest release in the fork tells, ``package`` what a Composer repository says of it. ``repository`` is None
    where GitHub was not asked. ``history`` is by road. The addresses are those of the settings.
    """

    component: Component
    at: datetime
    told: Told = NOTHING_TOLD
    versions: tuple[str, ...] = ()
    entry: DirectoryEntry | None = None
    release: ReleaseHints | None = None
    package: PackageSupport | None = None
    repository: RepositoryFacts | None = None
    history: Mapping[str, RoadHistory] = field(default_factory=dict)
    forum_url: str = "https://wordpress.org/support"
    trac_url: str = "https://plugins.trac.wordpress.org"
    core_trac_url: str = "https://core.trac.wordpress.org"
    sources: tuple[Asked, ...] = ()

    @property
    def packages(self) -> tuple[PackageSupport, ...]:
        """Every package file that says where help is found, the one in the release first."""
        return (*(self.release.packages if self.release else ()), *((self.package,) if self.package else ()))

    @property
    def is_namesake(self) -> bool:
        """Whether WordPress.org has another one under this slug: it knows none of the versions that we do."""
        entry = self.entry
        known = {*self.versions, *((self.release.version,) if self.release else ())}
        if entry is None or entry.state != OPEN or not known:
            return False
        return all(entry.knows_version(version) is False for version in known)

    @property
    def listed(self) -> bool | None:
        """Whether the directory of WordPress.org has or had it; None where nobody has asked."""
        if self.component.kind not in HOSTED_KINDS:
            return False
        if self.release and self.release.updates_elsewhere:
            return False
        if self.entry is None:
            return None
        return self.entry.state in (OPEN, CLOSED) and not self.is_namesake

    @property
    def closed(self) -> bool:
        """Whether the directory has closed it."""
        return bool(self.listed and self.entry and self.entry.state == CLOSED)

    def said(self, road: str) -> Found | None:
        """The address that one of us has set for a road."""
        way = self.told.ways.get(road)
        if way is None or way.address is None:
            return None
        return Found(way.address, f"{way.actor} has set it ({way.at:%Y-%m-%d})", said=True)

    def saying(self, kind: str) -> Saying | None:
        """The first sentence of a kind in the repository's files, else in the release's."""
        said = (*(self.repository.sayings if self.repository else ()), *(self.release.sayings if self.release else ()))
        return next((saying for saying in said if saying.kind == kind), None)


def find_repository(facts: VendorFacts, road: str = "github-pr") -> Found | None:
    """``OWNER/NAME`` of the vendor's repository on GitHub, and who says that it is theirs.

    A person comes first, then WordPress.org, then the package files and headers of the newest release; a link in its
    readme counts where the name is that of the component, and is not sure.
    """
    return next(iter(_repositories(facts, road)), None)


def _repositories(facts: VendorFacts, road: str) -> list[Found]:
    said, entry, release = facts.said(road), facts.entry, facts.release
    named: list[tuple[object, str]] = []
    if entry and facts.listed:
        named.append((entry.repository_url, f"WordPress.org names it{_MODELS.get(entry.business_model or '', '')}"))
    for package in facts.packages:
        named += [(text, f"{package.file} names it") for text in (package.source, package.issues, package.homepage)]
    if release:
        named.append((f"https://github.com/{release.github}" if release.github else None, "its header names it"))
        named += [(url, "its header names it") for url in (release.home_url, release.author_url)]
    found = [Found(name, by) for text, by in named if (name := github_repository(text))]
    links = release.readme.links if release and release.readme else ()
    names = [name for link in links if (name := github_repository(link)) and _is_akin(name, facts)]
    linked = [Found(name, "its readme links to it", sure=False) for name in names]
    return [*((said,) if said else ()), *found, *linked]


def _is_akin(repository: str, facts: VendorFacts) -> bool:
    """Whether a repository is called as the component is, but for what WordPress's names begin and end with."""
    slug = facts.component.slug.partition("/")[0].removesuffix(".php")
    shown = (facts.release.name if facts.release else "", (facts.entry.name if facts.entry else "") or "")
    names = [slug, *(re.sub("[^a-z0-9]+", "-", re.split(r"\s[-–|]\s|:", name)[0].lower()).strip("-") for name in shown)]
    return _core(repository.rpartition("/")[2]) in {_core(name) for name in names if name}


def _core(name: str) -> str:
    plain = name.lower().replace("_", "-")
    for affix in ("wordpress-plugin-", "wordpress-", "wp-plugin-", "wp-"):
        plain = plain.removeprefix(affix)
    for affix in ("-wordpress-plugin", "-wordpress", "-wp", "-plugin", "-theme"):
        plain = plain.removesuffix(affix)
    return plain


class Sale(NamedTuple):
    """Whether a component is sold (None: that cannot be told), and why we think so, in words for "it ..."."""

    paid: bool | None
    why: str


def judge_sale(facts: VendorFacts) -> Sale:
    """Whether it is sold: what a person said, else the directory, else the signs in its files.

    What the directory has is free, whatever its vendor sells beside it; what it does not have is sold only where a file
    says so, since it may be an agency's own.
    """
    said = facts.told.choices.get(PAID)
    if said:
        is_sold = "is sold" if facts.told.paid else "is free"
        return Sale(facts.told.paid, f"{is_sold}, as {said.actor} has said ({said.at:%Y-%m-%d})")
    if is_core(facts.component):
        return Sale(False, "is free software")
    if facts.listed:
        return Sale(False, "is in the directory of WordPress.org, and what is there is free")
    signs = facts.release.sold_by if facts.release else ()
    if facts.listed is None:
        return Sale(None, "was not looked for in the directory of WordPress.org")
    if signs:
        return Sale(True, f"is not in the directory of WordPress.org and {' and '.join(signs[:2])}")
    if facts.release is None:
        return Sale(None, "is not in the directory of WordPress.org, and there is no release to look into")
    return Sale(None, "is not in the directory of WordPress.org, and no file tells that it is sold")


def moment_of(value: object) -> datetime | None:
    """The moment that a document holds as ISO 8601 with its zone; None where it holds something else."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _sayings(value: object) -> tuple[Saying, ...]:
    rows = _list(value)[:_MOST_SAYINGS]
    return tuple(
        Saying(*row)
        for row in rows
        if isinstance(row, list)
        and len(row) == 3
        and all(isinstance(text, str) for text in row)
        and row[0] in (NO_PULLS, NO_ISSUES, MIRROR)
    )
