"""Whether a fix is known at the vendor's already: what to look for, and how like ours something there is.

Nothing here decides; a candidate is a place to look at. Whether the content of a patch is in a branch is told by git.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

_FUNCTION = re.compile(r"\bfunction\s+&?\s*([A-Za-z_]\w{3,60})\s*\(")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,40}")
_SMALL_WORDS = frozenset(
    word
    for words in (
        "about accept add after all allow also and any are avoid because before bug but can cannot check correct does",
        "error fail failed fails fatal fix fixed fixes for from get has have handle into issue its let make missing",
        "more not now off only out patch php plugin prevent problem properly remove set should show some that the",
        "their them then there they this undefined update use uses using version warning was when where which while",
        "will with without wrong wordpress you",
    )
    for word in words.split()
)
_TRIVIAL = 6  # characters; a shorter line (a brace, "else") says nothing
_MOST_WORDS = 4
_ENOUGH = 20  # points

MERGED, OPEN, CLOSED = "merged", "open", "closed"


@dataclass(frozen=True)
class FileChange:
    """A changed file: its path in the package, and the lines taken away and added, without the space around them."""

    path: str
    removed: frozenset[str]
    added: frozenset[str]

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.rpartition("/")[2]

    def is_at(self, path: str) -> bool:
        """Whether a path of the repository can be this file; the package lies anywhere in it."""
        return path == self.path or path.endswith("/" + self.path) or self.path.endswith("/" + path)


@dataclass(frozen=True)
class Wanted:
    """What is looked for: the title of the fix, what it changes, and the functions that it changes something in."""

    title: str
    changes: tuple[FileChange, ...] = ()
    functions: tuple[str, ...] = ()
    component: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the title that tell most, the component's name not among them."""
        own = {word.lower() for word in _WORD.findall(self.component)}
        words = dict.fromkeys(word for word in _WORD.findall(self.title) if word.lower() not in _SMALL_WORDS | own)
        by_length = sorted(words, key=lambda word: (-len(word), word))[:_MOST_WORDS]
        return tuple(word for word in words if word in by_length)


@dataclass(frozen=True)
class Candidate:
    """An issue (``kind`` issue) or a pull request (pull) that may be about the same.

    ``state`` is open, closed or merged; ``ref`` is what git fetches a pull request's commits by, ``head`` its
    last commit where that is known. ``score`` is of 100; ``reasons`` say in words what is alike.
    """

    number: int
    kind: str
    url: str
    title: str
    state: str
    at: datetime
    score: int = 0
    reasons: tuple[str, ...] = ()
    ref: str | None = None
    head: str | None = None


@dataclass(frozen=True)
class KnownFixes:
    """What was found, the newest first; and what was asked, and could not be or was left out, in words."""

    candidates: tuple[Candidate, ...]
    looked_at: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether all was looked at that we look at; then "nothing found" may be said."""
        return not self.left_out


def read_wanted(title: str, diff: str, component: str = "") -> Wanted:
    """What to look for, from the title of a patch and its unified diff."""
    changes = read_changes(diff)
    lines = diff.split("\n")
    changed = [line for line in lines if line.startswith(("+", "-", "@@"))]  # these tell more than what is around them
    functions = dict.fromkeys(_FUNCTION.findall("\n".join([*changed, *lines])))
    return Wanted(title, changes, tuple(functions), component)


def read_changes(diff: str) -> tuple[FileChange, ...]:
    """The files of a unified diff with the lines that are changed in each."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    old, lines = "", None
    in_hunk = False
    for line in diff.split("\n"):
        if line.startswith("diff --git "):
            in_hunk, lines = False, None
        elif line.startswith("--- ") and not in_hunk:
            old = _path(line[4:])
        elif line.startswith("+++ ") and not in_hunk:
            lines = found.setdefault(_path(line[4:]) or old, (set(), set()))
        elif line.startswith("@@ "):
            in_hunk = True
        elif in_hunk and line.startswith(("--- ", "+++ ")) and "\t" in line:
            in_hunk, old = False, _path(line[4:])
        elif in_hunk and lines is not None and line[:1] in ("-", "+"):
            lines["-+".index(line[0])].add(line[1:].strip())
    return tuple(FileChange(path, _telling(gone), _telling(new)) for path, (gone, new) in found.items() if path)


def read_hunks(path: str, patch: str) -> FileChange:
    """A file's change from its hunks alone, as GitHub's API gives them."""
    rows = [line for line in patch.split("\n") if line[:1] in ("-", "+")]
    gone, new = ({row[1:].strip() for row in rows if row[0] == sign} for sign in "-+")
    return FileChange(path, _telling(gone), _telling(new))


def _telling(lines: set[str]) -> frozenset[str]:
    return frozenset(line for line in lines if len(line) >= _TRIVIAL)


def _path(text: str) -> str:
    name = text.split("\t")[0].strip().strip('"')
    return "" if name == "/dev/null" else name[2:] if name.startswith(("a/", "b/")) else name


def compare_titles(wanted: Wanted, title: str) -> tuple[int, tuple[str, ...]]:
    """Points (up to 40) for the telling words of ours in a title, and which those are."""
    there = {word.lower() for word in _WORD.findall(title)}
    alike = [word for word in wanted.words if word.lower() in there]
    points = 40 * len(alike) // max(2, len(wanted.words)) if alike else 0
    return points, (f"its title has {_listed(alike)}",) if alike else ()


def compare_changes(wanted: Wanted, theirs: Iterable[FileChange]) -> tuple[int, tuple[str, ...]]:
    """Points (up to 60) for the same files and the same lines in them, and what is the same."""
    files, same, ours, reasons = 0, 0, 0, []
    by_path = list(theirs)
    for change in wanted.changes:
        ours += len(change.removed) + len(change.added)
        other = next((row for row in by_path if change.is_at(row.path)), None)
        if other is None:
            continue
        files += 1
        lines = len(change.removed & other.removed) + len(change.added & other.added)
        same += lines
        what = f"changes {lines} of the same lines in {other.path}" if lines else f"changes {other.path} too"
        reasons.append(what)
    if not files:
        return 0, ()
    points = 20 * files // len(wanted.changes) + (40 * same // ours if ours else 0)
    return max(10, points + (10 if same else 0)), tuple(reasons[:3])


def is_worth_showing(candidate: Candidate) -> bool:
    """Whether there is enough that is alike to trouble a person with."""
    return candidate.score >= _ENOUGH


def newest_first(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Those worth showing, the newest first."""
    kept = [candidate for candidate in candidates if is_worth_showing(candidate)]
    return tuple(sorted(kept, key=lambda candidate: (candidate.at, candidate.number), reverse=True))


def _listed(words: list[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)
