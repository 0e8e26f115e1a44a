"""Taking over what was patched before plugwatch came: the facts of an adoption, and the rules on files and commits.

What a commit or a copy changed becomes patches; what belongs to none of them is told, each file with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from fnmatch import fnmatchcase

from plugwatch.errors import PlugwatchError
from plugwatch.model.component import Component
from plugwatch.model.fork import Person, SourceNote
from plugwatch.model.patches.letter import plain
from plugwatch.model.version import check_release_version

# What editors, systems and tools leave behind; a release that ships one of these has it in its own listing.
_JUNK_FOLDERS = {
    "node_modules": "packages of npm",
    "bower_components": "packages of bower",
    ".git": "a repository of its own",
    ".svn": "a working copy of Subversion",
    ".idea": "settings of an editor",
    ".vscode": "settings of an editor",
    "__MACOSX": "left by macOS",
    ".sass-cache": "a cache",
}
_JUNK_FILES = (
    (re.compile(r"\.DS_Store|\._.*|Icon\r"), "left by macOS"),
    (re.compile(r"Thumbs\.db|desktop\.ini", re.I), "left by Windows"),
    (re.compile(r".*~|.*\.sw[op]|#.*#|\.#.*|.*\.sublime-\w+", re.I), "left by an editor"),
    (re.compile(r".*\.(orig|rej)|.*\.LOCAL\.\w+|.*\.REMOTE\.\w+"), "left by a merge"),
)
# In a copy without history nobody says that these were meant; a commit does.
_STRAY_FOLDERS = {"cache": "a cache", "caches": "a cache", "uploads": "uploaded", "logs": "a log", "tmp": "temporary"}
_STRAY_FILES = (
    (re.compile(r"error_log|.*\.log", re.I), "a log"),
    (re.compile(r".*[._-](bak|backup|old|save|copy)(\.\w+)?|.*\.(bak|old|sql|dump)", re.I), "a backup"),
    (re.compile(r".*\.(zip|gz|tgz|bz2|xz|rar|7z|tar)", re.I), "an archive"),
    (re.compile(r".*\.(png|jpe?g|gif|webp|avif|pdf|docx?|xlsx?|mp[34]|mov)", re.I), "uploaded"),
    (re.compile(r"\.ht(access|passwd|groups?)|\.ftp(quota|access)|\.user\.ini", re.I), "a setting of the server"),
)
_LFS = b"version https://git-lfs.github.com/spec/"

_REVERTS = re.compile(r"This reverts commit ([0-9a-f]{7,40})")
_GITHUB_MERGE = re.compile(r"Merge pull request #\d+ from \S+")
_TAG = re.compile(r"(?:.*[/_-])?[vV]?(\d[0-9A-Za-z.+_-]*)")
_NUMBERS = re.compile(r"\d+(?:\.\d+)+")
_LONGEST_TITLE, _LONGEST_WHY = 200, 20_000
_RAW_DATE = re.compile(r"\d{1,11} [+-]\d{4}")


@dataclass(frozen=True)
class Oddity:
    """A file that no patch explains, or that was left out on purpose, and why.

    ``may_be_carried`` is False for what no patch can hold (links, submodules) or what git does not have.
    """

    path: str
    reason: str
    may_be_carried: bool = True


OTHER_ENDINGS = "all its line endings are others than the vendor's"
"""The reason of a file that was transferred or stored as text; whatever else was changed in it is a patch."""


@dataclass(frozen=True)
class CommitFacts:
    """What a commit says of itself; ``commit`` is None for what no commit holds."""

    commit: str | None
    title: str
    why: str
    author: Person
    date: str


@dataclass(frozen=True)
class AdoptedPatch:
    """One change on its way to become a patch: the tree that it leads to, the files it touches.

    ``notes`` say what was done to it on the way; ``source`` is the pull request that it is in.
    """

    facts: CommitFacts
    tree: str
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()
    source: str | None = None


@dataclass(frozen=True)
class Dropped:
    """A commit that became no patch, and why."""

    commit: str
    title: str
    reason: str


@dataclass(frozen=True)
class Stock:
    """A vendor's release; ``found_by`` tells people how it was found, ``note`` is None where the fork has it already.

    ``is_guess`` marks one that a repository's commit is taken for.
    """

    version: str
    tree: str
    found_by: str
    note: SourceNote | None
    is_guess: bool = False


@dataclass(frozen=True)
class Adoption:
    """A patched component taken apart: release + patches = what was adopted, but for what is listed.

    ``wants_rest`` says that a last patch holds whatever was not explained and can be carried.
    """

    component: Component
    base: Stock
    patches: tuple[AdoptedPatch, ...]
    dropped: tuple[Dropped, ...]
    unexplained: tuple[Oddity, ...]
    left_out: tuple[Oddity, ...]

    @property
    def tree(self) -> str:
        """The tree of the release with all patches."""
        return self.patches[-1].tree if self.patches else self.base.tree


@dataclass(frozen=True)
class PullRequest:
    """An open pull request: its page, the branch that it asks to merge, its title and its commits."""

    url: str
    branch: str
    title: str
    commits: tuple[str, ...]


def link_pull_requests(adoption: Adoption, pulls: Sequence[PullRequest]) -> Adoption:
    """The adoption with the pull request of each patch whose commit is in one."""
    found = {commit: pull.url for pull in reversed(pulls) for commit in pull.commits}
    linked = tuple(replace(p, source=found.get(p.facts.commit or "")) for p in adoption.patches)
    return replace(adoption, patches=linked)


def junk_reason(path: str) -> str | None:
    """Who leaves such a file behind; None for what may be part of a plugin."""
    return _match(path, _JUNK_FOLDERS, _JUNK_FILES)


def stray_reason(path: str) -> str | None:
    """What a new file in a copy without history seems to be, other than a change of code; None for code."""
    return _match(path, _STRAY_FOLDERS, _STRAY_FILES)


def _match(path: str, folders: dict[str, str], files: Sequence[tuple[re.Pattern[str], str]]) -> str | None:
    *above, name = path.split("/")
    inside = next((folders[part] for part in (*above, name) if part in folders), None)
    return inside or next((reason for pattern, reason in files if pattern.fullmatch(name)), None)


def is_left_out(path: str, patterns: Sequence[str]) -> bool:
    """Whether a person said to leave this file out: by its path, by a folder above it, or by a pattern (``*.map``)."""
    places = [pattern.rstrip("/") for pattern in patterns]
    return any(path == p or path.startswith(f"{p}/") or fnmatchcase(path, p) for p in places)


def rest_reason(before: bytes | None, after: bytes | None) -> str:
    """What kind of difference there is between a release's file and the adopted one that no patch explains."""
    if after is None:
        return "the release has it, what was adopted has not"
    if after.startswith(_LFS):
        return "a pointer of Git LFS, not the file itself"
    if before is None:
        return "not in the release, and no commit after the import added it"
    if before.split() == after.split():
        return "differs from the release in white space only"
    return "differs from the release, and no commit after the import changed it"


def line_endings_like(vendor: bytes, ours: bytes) -> bytes | None:
    """A file with the vendor's line endings, where it has others throughout; None where that is not what differs."""
    if b"\0" in vendor or b"\0" in ours:
        return None
    if _unix(vendor) == _unix(ours):
        return vendor
    ending, other = _only_ending(vendor), _only_ending(ours)
    if ending is None or other is None or ending == other:
        return None
    return _unix(ours).replace(b"\n", ending)


def _unix(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _only_ending(data: bytes) -> bytes | None:
    """The line ending that a file has throughout; None for a mixture and for a file without any."""
    pairs = data.count(b"\r\n")
    found = {b"\r\n": pairs, b"\n": data.count(b"\n") - pairs, b"\r": data.count(b"\r") - pairs}
    used = [ending for ending, number in found.items() if number]
    return used[0] if len(used) == 1 else None


def tag_version(name: str, slug: str) -> str | None:
    """The version that a tag names: ``1.2.3``, ``v1.2.3``, ``release/1.2.3``, ``SLUG-1.2.3``; None for any other."""
    match = _TAG.fullmatch(name.removeprefix(slug))
    if match is None:
        return None
    try:
        return check_release_version(match[1])
    except PlugwatchError:
        return None


def possible_versions(version: str) -> tuple[str, ...]:
    """A header's version as it is, then its numbers alone: ``1.2.3-agency`` may be a patched 1.2.3."""
    match = _NUMBERS.match(version)
    return tuple(dict.fromkeys((version, match[0]))) if match else (version,)


def split_message(message: str, commit: str) -> tuple[str, str]:
    """Title and reason in a commit's message; trailers such as Signed-off-by stay in the reason.

    A merge of GitHub's has the pull request's title in its body.
    """
    lines = plain(message).strip().split("\n")
    title, why = lines[0].strip(), "\n".join(lines[1:]).strip("\n")
    if _GITHUB_MERGE.fullmatch(title) and why.strip():
        first, _newline, rest = why.partition("\n")
        return first.strip(), f"{rest.strip()}\n\n{title}".strip()
    if len(title) > _LONGEST_TITLE:
        title, why = f"{title[: _LONGEST_TITLE - 1]}…", f"{title}\n\n{why}"
    return title or f"Change of commit {commit[:10]}", why[:_LONGEST_WHY].rstrip()


def reverted_commits(message: str) -> tuple[str, ...]:
    """The commits that a message of ``git revert`` names, as they are written there."""
    return tuple(_REVERTS.findall(message))


def make_person(name: str, email: str) -> Person:
    """An author as git can keep it."""
    clean_name, clean_email = (" ".join(re.sub("[<>]", "", plain(text)).split()) for text in (name, email))
    return Person(clean_name or clean_email or "Unknown", clean_email)


def usable_date(*dates: str) -> str:
    """The first date that git can keep (``1763762005 +0100``); 1970 where there is none."""
    return next((date for date in dates if _RAW_DATE.fullmatch(date)), "0 +0000")


def readable_date(raw: str) -> str:
    """A date of git's as ISO 8601 in UTC."""
    return datetime.fromtimestamp(int(raw.split(" ")[0]), timezone.utc).isoformat()
