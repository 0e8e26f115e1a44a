"""What a person has said of the ways to a vendor. It goes before everything that is found out, and stays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import check_text, is_email, printable
from plugwatch.model.roads.road import NETWORKS, find_road
from plugwatch.model.vendors.addresses import github_repository, is_repository, web_url

PREFERRED, NEITHER, NEVER = 1, 0, -1

# How a vendor wants a patch in a mail.
PATCH_AS = ("attached", "inline", "both")

PAID, PATCH, LABELS, NOTE = "paid", "patch-as", "labels", "note"
_GITHUB_ROADS = ("github-pr", "github-issue")
_ROOM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_HANDLE = re.compile(
    r"@?[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?(?:@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)?", re.ASCII
)
_OTHER_TRACKERS = re.compile(
    r"https?://(?:[a-z0-9-]+\.)*(?:gitlab\.[a-z]+|bitbucket\.org|atlassian\.net|sourceforge\.net|codeberg\.org)(?:[/:]|$)",
    re.IGNORECASE,
)
_LONGEST_NOTE = 500
_MOST_LABELS = 20


@dataclass(frozen=True)
class Way:
    """One road to a vendor as a person sees it: the address to use, whether to take it, and a remark.

    ``prefer`` is PREFERRED, NEVER (then ``note`` says why) or NEITHER.
    """

    road: str
    address: str | None
    prefer: int
    note: str | None
    at: datetime
    actor: str

    @property
    def says_anything(self) -> bool:
        """Whether there is something left in it to keep."""
        return bool(self.address or self.prefer or self.note)


class Choice(NamedTuple):
    """Another thing that a person said: PAID (``yes``, ``no``), PATCH, LABELS (by commas) or NOTE."""

    value: str
    at: datetime
    actor: str


@dataclass(frozen=True)
class Told:
    """All that persons have said of one vendor: by road, and by the names of choices."""

    ways: Mapping[str, Way] = field(default_factory=dict)
    choices: Mapping[str, Choice] = field(default_factory=dict)

    def address(self, road: str) -> str | None:
        """The address to use on a road, where one was said."""
        way = self.ways.get(road)
        return way.address if way else None

    @property
    def paid(self) -> bool | None:
        """Whether the component is sold; None where nobody has said."""
        said = self.choices.get(PAID)
        return said.value == "yes" if said else None

    @property
    def patch_as(self) -> str | None:
        """One of PATCH_AS, or None."""
        said = self.choices.get(PATCH)
        return said.value if said else None

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that they want on issues and pull requests."""
        said = self.choices.get(LABELS)
        return tuple(said.value.split(",")) if said else ()

    @property
    def note(self) -> str | None:
        """A remark on the vendor as a whole."""
        said = self.choices.get(NOTE)
        return said.value if said else None


NOTHING_TOLD = Told()


def check_address(road: str, text: str) -> str:
    """The address of a road in the form in which it is kept.

    ``OWNER/NAME`` for GitHub, a web address without ``/`` at its end for Trac, an e-mail address, either of both for a
    help desk and for matters of security, the name of a room for a chat, ``NETWORK:@NAME`` for social. Raises
    PlugwatchError, in one sentence, for what can be no address of that road.
    """
    text = text.strip()
    check_text(f"the address for {road}", text, limit=500)
    wanted = _FORMS.get(find_road(road).name)
    if wanted is None:
        raise PlugwatchError("the forum's address is that of the component; give --via forum with a --note instead")
    read, form = wanted
    found = read(text)
    if not found:
        shown = re.sub("//.*@", "//…@", text, flags=re.DOTALL)  # what stands before an @ may be a password
        raise PlugwatchError(f"'{printable(shown[:80])}' cannot be the address for {road}; write {form}")
    return found


def place_tracker(url: str) -> tuple[str, str]:
    """The road of a tracker's address, and the address: GitHub's issues, else a Trac.

    Raises PlugwatchError for trackers that plugwatch does not speak to, with what to say instead.
    """
    repository = github_repository(url)
    if repository:
        return "github-issue", repository
    if _OTHER_TRACKERS.match(url.strip()):
        raise PlugwatchError(
            f"plugwatch does not write to {printable(url.strip()[:80])} by itself; give it as --desk URL, "
            "and a person posts there"
        )
    return "trac", check_address("trac", url)


def check_labels(text: str) -> str:
    """Labels by commas, each once. Raises PlugwatchError for what can be none (GitHub takes up to 50 characters)."""
    labels = tuple(dict.fromkeys(label.strip() for label in text.split(",") if label.strip()))
    for label in labels:
        check_text("a label", label, limit=50)
    if len(labels) > _MOST_LABELS:
        raise PlugwatchError(f"these are {len(labels)} labels; give {_MOST_LABELS} at most")
    return ",".join(labels)


def check_note(text: str) -> str:
    """A remark of one line."""
    return check_text("the note", text.strip(), limit=_LONGEST_NOTE)


def _repository(text: str) -> str | None:
    return text if is_repository(text) else github_repository(text)


def _web(text: str) -> str | None:
    if "://" in text:
        return web_url(text)
    return web_url(f"https://{text}") if "." in text else None


def _trac(text: str) -> str | None:
    """The base of a Trac: without the page that somebody copied."""
    url = _web(text)
    return re.sub(r"/(?:newticket|ticket/\d+|query|report|timeline|wiki)\b.*$", "", url).rstrip("/") if url else None


def _mail(text: str) -> str | None:
    return text if is_email(text) else None


def _mail_or_web(text: str) -> str | None:
    return _mail(text) or (None if "@" in text else _web(text))


def _room(text: str) -> str | None:
    return text if _ROOM.fullmatch(text) else None


def _account(text: str) -> str | None:
    network, colon, handle = text.partition(":")
    network, handle = network.strip().lower(), handle.strip()
    if not colon or network not in NETWORKS or not _HANDLE.fullmatch(handle):
        return None
    return f"{network}:@{handle.removeprefix('@')}"


_FORMS = {
    **dict.fromkeys(_GITHUB_ROADS, (_repository, "OWNER/NAME")),
    "trac": (_trac, "https://HOST/PATH"),
    "email": (_mail, "support@vendor.example"),
    "ticket": (_mail_or_web, "https://HOST/PATH or support@vendor.example"),
    "chat": (_room, "a NAME of letters, digits, '.', '_' and '-', as in PLUGWATCH_VENDOR_CHAT_URLS"),
    "social": (_account, f"NETWORK:@NAME with one of {', '.join(NETWORKS)}"),
    "security": (_mail_or_web, "https://HOST/PATH or security@vendor.example"),
}
