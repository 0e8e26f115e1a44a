"""A patch as it comes from outside: its diff, and what it says of itself."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from plugwatch.model.fork import Person

# The line that git writes above each mail; the date in it is the same in all of them (git-format-patch(1)).
_MAIL = re.compile(rb"^From [0-9a-f]{40} Mon Sep 17 00:00:00 2001\r?$", re.MULTILINE)
# What git takes out of names and addresses, since they end there (fmt_ident in ident.c).
_NOT_IN_IDENTITY = re.compile("[<>\t\n]")
_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.S)
_LONGEST_WHY = 4000


@dataclass(frozen=True)
class Letter:
    """A diff and what came with it; None where it says nothing.

    ``date`` is the author's, in git's form; ``source`` the public address that it was taken from; ``notes`` tell the
    person what is to be known of it.
    """

    diff: bytes
    title: str | None = None
    why: str | None = None
    author: Person | None = None
    date: str | None = None
    source: str | None = None
    notes: tuple[str, ...] = ()


def split_mails(data: bytes) -> list[bytes]:
    """The mails of a file that ``git format-patch --stdout`` wrote; all of it where it is something else."""
    starts = [found.start() for found in _MAIL.finditer(data)]
    if not starts or data[: starts[0]].strip():
        return [data]
    return [data[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]


def author_of(name: str | None, email: str | None) -> Person | None:
    """An author as git can keep it; None where nothing is left of name or address."""
    kept = [_NOT_IN_IDENTITY.sub("", plain(part or "")).strip() for part in (name, email)]
    return Person(*kept) if all(kept) else None


def tidy_reason(text: str | None) -> str | None:
    """The text of a pull request as a reason: without the template's comments, trimmed; None where nothing is left."""
    lines = plain(_COMMENT.sub("", text or "")).split("\n")
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()
    return (joined if len(joined) <= _LONGEST_WHY else joined[:_LONGEST_WHY].rstrip() + " …") or None


def plain(text: str) -> str:
    """Text without control characters; git cannot keep a NUL in a commit, and a terminal must not obey the others."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
