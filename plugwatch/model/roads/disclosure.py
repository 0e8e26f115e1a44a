"""The private doors for a matter of security, in the order in which they are tried.

The order is that of WordPress's Plugin Handbook (developer.wordpress.org/plugins/wordpress-org/plugin-security):
whoever makes it first, then those who pass a report on and look after the fix, the directory's own team last. A forum,
a public ticket or a public pull request is none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from plugwatch.model.client import is_email
from plugwatch.model.roads.markup import one_line

_REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}")
_ADDRESS = re.compile(r"(?<![\w.+@/-])[\w.+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
_URL = re.compile(r"https://[^\s<>()\[\]\"'`|]{4,500}")
# Where a programme for such reports lives, beside a vendor's own pages that name it.
_PROGRAMME = re.compile(
    r"https://(?:[a-z-]+\.)*(?:hackerone\.com|bugcrowd\.com|intigriti\.com|yeswehack\.com|huntr\.(?:dev|com)|"
    r"patchstack\.com/database/vdp|wordfence\.com)(?:/|$)|"
    r"[./_-](?:vdp|vulnerabilit\w*|security|disclosure)\b",
    re.IGNORECASE,
)
# Pages to read about such matters are no places to report one.
_READING = re.compile(
    r"https://(?:[a-z-]+\.)*(?:github\.com|wordpress\.org|owasp\.org|wikipedia\.org|mitre\.org|nist\.gov|cve\.org)(?:/|$)",
    re.IGNORECASE,
)
_ADVISORY = re.compile(r"https://github\.com/[^/]+/[^/]+/security/advisories/new", re.IGNORECASE)
# Those who run programmes for many vendors.
_PLATFORM = re.compile(
    r"https://(?:www\.)?(?:patchstack\.com/database/vdp/|hackerone\.com/|bugcrowd\.com/|huntr\.(?:dev|com)/)\S+",
    re.IGNORECASE,
)
_NOBODY = re.compile(r"(?:no-?reply|do-?not-?reply|git)@.*|.*@example\.(?:com|org|net)", re.IGNORECASE)

_HACKERONE = "https://hackerone.com/wordpress"
_PATCHSTACK = "https://patchstack.com/database/report"
_WORDFENCE = "https://www.wordfence.com/threat-intel/vulnerabilities/submit"
_TEAMS = {"plugin": "plugins@wordpress.org", "theme": "themes@wordpress.org"}


@dataclass(frozen=True)
class DoorFacts:
    """What is known of the ways to report in private; None: nobody has looked.

    ``said`` is the address that a person has set, ``policy`` the text of the repository's SECURITY.md ("": there is
    none), ``private_reporting`` whether GitHub takes private reports for it, ``listed`` whether the component is in the
    directory of WordPress.org. ``links`` are those of the component's own readme.txt, where many name their programme.
    """

    kind: str
    slug: str
    said: str | None = None
    repository: str | None = None
    policy: str | None = None
    private_reporting: bool | None = None
    vendor_email: str | None = None
    listed: bool | None = None
    links: tuple[str, ...] = ()


class Door(NamedTuple):
    """One private way: its name, an e-mail address or the address of a form, and why it is one.

    Names: ``chosen``, ``policy``, ``programme``, ``github``, ``vendor``, ``hackerone``, ``patchstack``, ``wordfence``,
    ``directory``.
    """

    door: str
    address: str
    why: str

    @property
    def is_mail(self) -> bool:
        """Whether the address is one for mail, and not a form."""
        return is_email(self.address)


def private_doors(facts: DoorFacts) -> tuple[Door, ...]:
    """The private doors for a component, the one to try first in front; each address once."""
    doors: dict[str, Door] = {}
    for door in _doors(facts):
        doors.setdefault(door.address.lower(), door)
    return tuple(doors.values())


def find_contacts(policy: str) -> tuple[str, ...]:
    """Whom a SECURITY.md names: addresses for mail and for forms, each once, the likeliest first.

    An address in the text is taken for a contact; so is a link to a programme for such reports, and no other link.
    """
    links = [link.rstrip(".,;:!?*_") for link in _URL.findall(policy)]
    forms = [link for link in links if _is_form(link)]
    without_links = _URL.sub(" ", policy)
    found = [address.rstrip(".-") for address in _ADDRESS.findall(without_links)]
    mails = [address for address in found if is_email(address) and not _NOBODY.fullmatch(address)]
    mails.sort(key=lambda address: not re.match(r"(?:security|vdp|abuse|psirt|disclos)", address, re.IGNORECASE))
    return tuple(dict.fromkeys([*forms[:3], *mails[:3]]))


def _is_form(link: str) -> bool:
    return _ADVISORY.fullmatch(link) is not None or bool(_PROGRAMME.search(link) and not _READING.match(link))


def _doors(facts: DoorFacts) -> Iterable[Door]:
    if facts.said:
        yield Door("chosen", one_line(facts.said), "somebody of us has set it for this vendor")
    if facts.kind == "core":
        yield Door("hackerone", _HACKERONE, "WordPress itself takes reports there (wordpress.org/about/security)")
        return
    for contact in find_contacts(facts.policy or ""):
        yield Door("policy", contact, "the repository's SECURITY.md names it")
    for link in facts.links:
        if _PLATFORM.fullmatch(link):
            yield Door("programme", link, "its readme.txt names this programme")
    form = _advisory_form(facts)
    if form:
        yield form
    if facts.vendor_email and is_email(facts.vendor_email):
        yield Door("vendor", facts.vendor_email, "the vendor's own address; ask there for the one for such reports")
    if facts.kind not in _TEAMS:
        return
    yield Door("patchstack", _PATCHSTACK, "Patchstack checks a report, passes it on and verifies the fix")
    yield Door("wordfence", _WORDFENCE, "Wordfence checks a report and passes it on")
    if facts.listed is not False:
        unsure = "" if facts.listed else ", if it is in the directory"
        yield Door("directory", _TEAMS[facts.kind], f"the directory's own team, where the vendor is silent{unsure}")


def _advisory_form(facts: DoorFacts) -> Door | None:
    """GitHub's form for a private report (docs.github.com, privately reporting a security vulnerability)."""
    if facts.private_reporting is False or not _REPOSITORY.fullmatch(facts.repository or ""):
        return None
    why = (
        "the repository takes private reports" if facts.private_reporting else "where the repository has switched it on"
    )
    return Door("github", f"https://github.com/{facts.repository}/security/advisories/new", f"GitHub's form: {why}")
