"""What goes upstream: the facts that a draft may state, and the finished draft.

A workflow gathers a :class:`Brief`, the renderer turns it into a :class:`RenderedText`, a channel adds the files and
the address where a person posts it (:class:`Prepared`), and the checks decide whether the :class:`Draft` may leave.

Two kinds of "nothing" are kept apart everywhere: ``None`` means that nobody has found out yet, and becomes a marked
blank that blocks; ``""`` means that we looked and there is none, and the text says so or leaves the line out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from plugwatch.model.roads.road import FORUM_CODE_LINES, Road

# One axis of three: what a vendor does says nothing of an incident in the words of a client, nor of one site.
STATUSES = (
    "draft",
    "sent",
    "confirmed",
    "changes-requested",
    "accepted",
    "released",
    "rejected",
    "withdrawn",
)


@dataclass(frozen=True)
class ComponentFacts:
    """The component that the draft is about, as strangers know it.

    ``name`` is the display name, ``repository`` is ``OWNER/NAME`` on GitHub, ``paid`` says that it is sold.
    ``support_url`` is where the vendor takes tickets, ``security_door`` where matters of security go: an address of
    either kind.
    """

    kind: str
    slug: str
    name: str
    vendor_url: str | None = None
    vendor_email: str | None = None
    repository: str | None = None
    paid: bool = False
    support_url: str | None = None
    security_door: str | None = None


@dataclass(frozen=True)
class OtherComponent:
    """A further component on the sites that were hit, named because it may matter; never a site."""

    name: str
    version: str | None = None


@dataclass(frozen=True)
class Suspect:
    """What the vendor changed between the last good and the first bad version, where we have both releases.

    ``files`` are the changed files that the patch touches too, or all of them where there is no patch; ``diff`` is an
    excerpt.
    """

    files: tuple[str, ...]
    changed: int
    diff: str


@dataclass(frozen=True)
class Environment:
    """Where the problem was seen: versions only. ``version`` is the release that the patch is written against.

    ``beside`` are the other plugins that are active on every site that was hit, ``sites`` how many those are.
    """

    version: str | None
    first_bad: str | None
    last_good: str | None
    wordpress: str | None
    php: str | None
    theme: str | None
    others: tuple[OtherComponent, ...] = ()
    beside: tuple[OtherComponent, ...] = ()
    sites: int = 0
    suspect: Suspect | None = None


@dataclass(frozen=True)
class PatchFacts:
    """The patch as a text may speak of it. ``id`` is ours alone and stands in no text; ``files`` are relative paths."""

    id: str
    title: str
    why: str | None
    files: tuple[str, ...]
    added: int
    removed: int
    diff: str
    excerpt: str


@dataclass(frozen=True)
class Agency:
    """Who signs: the agency, from the configuration and never from the machine's git identity."""

    name: str
    email: str
    url: str
    signature: str


# What vendors really ask for, and what ``submission reply --asks`` knows.
ASKS = ("details", "login", "log", "changes", "other")


@dataclass(frozen=True)
class Thread:
    """What we have written before about the same thing, for a text that goes on with it.

    ``days`` are the working days since the last word in it, ``step`` the step of the ladder (1: the first time that we
    ask again). ``news`` are sentences on what is new since. ``fixed_in`` is the release that contains the fix, and
    ``missing_in`` one that was said to and does not. ``asks`` is one of ASKS, ``answer`` what a person says to it;
    ``reworked``: a new version of the patch is there; ``tried`` are the roads that were tried before, in words.
    """

    title: str
    url: str | None
    sent_at: datetime
    days: int = 0
    step: int = 0
    news: tuple[str, ...] = ()
    fixed_in: str | None = None
    missing_in: str | None = None
    asks: str | None = None
    answer: str | None = None
    reworked: bool = False
    tried: tuple[str, ...] = ()


@dataclass(frozen=True)
class Brief:
    """Everything that a text to a vendor may say. What is not in here cannot leak: no client, no site, no incident.

    ``kind`` is one of :data:`plugwatch.model.roads.road.KINDS`; ``network`` names the social network that it is for.
    ``joined``: it is written into somebody else's thread, ``related_url``.
    """

    component: ComponentFacts
    environment: Environment
    agency: Agency
    title: str
    why: str | None
    steps: tuple[str, ...]
    expected: str | None
    actual: str | None
    workaround: str | None
    tested: str | None
    patch: PatchFacts | None = None
    security: bool = False
    related_url: str | None = None
    kind: str = "bug"
    thread: Thread | None = None
    network: str | None = None
    joined: bool = False

    @property
    def closes_related(self) -> bool:
        """Whether the related URL is an issue of the component's own repository, so that "Closes" means something."""
        if not (self.related_url and self.component.repository):
            return False
        issue = rf"https://github\.com/{re.escape(self.component.repository)}/issues/[0-9]+"
        return re.fullmatch(issue, self.related_url, re.IGNORECASE) is not None


@dataclass(frozen=True)
class PatchForms:
    """One patch in every form that a road takes.

    ``format_patch`` is a mail for ``git am``; ``svn_diff`` is for ``patch -p0`` inside ``trunk``; ``branch`` is
    ``OWNER:BRANCH`` where the branch has been pushed, else None.
    """

    format_patch: bytes
    svn_diff: bytes
    excerpt: str
    branch: str | None = None


@dataclass(frozen=True)
class Surroundings:
    """What a channel cannot know by itself: the moment, the mail's identity, and the addresses from the settings.

    ``date`` carries its zone; ``message_id`` stands in angle brackets (RFC 5322 3.6.4), ``answers`` are those of the
    mails that this one goes on from, ``patch_as`` is how a mail carries the patch. ``instance`` is the Mastodon server
    of whoever posts.
    """

    date: datetime
    message_id: str
    github_url: str = "https://github.com"
    trac_url: str = "https://plugins.trac.wordpress.org"
    forum_url: str = "https://wordpress.org/support"
    answers: tuple[str, ...] = ()
    patch_as: str = "attached"
    instance: str = "https://mastodon.social"


@dataclass(frozen=True)
class RenderedText:
    """A text in its road's markup; the title is plain text on one line."""

    title: str
    body: str


@dataclass(frozen=True)
class DraftFile:
    """A file that goes with a draft."""

    name: str
    content: bytes
    media_type: str


@dataclass(frozen=True)
class Prepared:
    """What a channel makes of a text: the files, and the address where a person posts it, filled in where possible."""

    files: tuple[DraftFile, ...]
    url: str | None


@dataclass(frozen=True)
class Check:
    """The outcome of one check; ``detail`` tells a person what was found and what to do."""

    check: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class Draft:
    """A finished draft, ready to be looked at; it may leave when every check is ok."""

    channel: str
    title: str
    body: str
    files: tuple[DraftFile, ...] = ()
    url: str | None = None
    checks: tuple[Check, ...] = ()

    @property
    def blocked(self) -> bool:
        """Whether a check forbids sending."""
        return not all(check.ok for check in self.checks)


def name_patch_file(road: Road, brief: Brief) -> str:
    """The file name under which the patch goes out on this road; texts and files agree because both ask here.

    Git's own name (``0001-fix-it.patch``) where ``git am`` is usual, ``SLUG.diff`` for Trac and the forum, as
    WordPress's handbooks ask (Trac itself counts up when the name is taken).
    """
    if road.patch_form in ("svn-diff", "excerpt"):
        return f"{_file_stem(brief.component.slug)}.diff"
    title = brief.patch.title if brief.patch else brief.title
    return f"0001-{_file_stem(title)[:52].strip('-.')}.patch"


def _file_stem(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-.") or "patch"


def make_excerpt(diff: str, limit: int = FORUM_CODE_LINES) -> str:
    """The beginning of a unified diff in at most ``limit`` lines, git's own headers left out.

    Where lines are left out the last line says how many, so that nobody takes the excerpt for the patch.
    """
    git_only = ("diff --git ", "index ", "similarity index ", "old mode ", "new mode ")
    lines = [line for line in diff.rstrip("\n").split("\n") if not line.startswith(git_only)]
    if len(lines) <= limit:
        return "\n".join(lines)
    kept = lines[: limit - 1]
    return "\n".join([*kept, f"[… {len(lines) - len(kept)} more lines in the complete patch]"])
