"""A patch as it comes from outside: its diff, and what it says of itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from plugwatch.model.fork import Person

# What git takes out of names and addresses, since they end there (fmt_ident in ident.c).
_NOT_IN_IDENTITY = re.compile("[<>\t\n]")
_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.S)
_LONGEST_WHY = 4000
# A person, and a number of an issue: ``#7``, ``GH-7``, ``owner/name#7``, or the end of an address.
_REFERS = re.compile(
    r"(?<![\w@/])@(?=[A-Za-z0-9])|(?:#|\bGH-|/(?:issues|pull|discussions|-/merge_requests)/)(?=\d+\b)", re.IGNORECASE
)
# Where ``git am`` ends a message or begins another mail (patchbreak in mailinfo.c, is_from_line in mailsplit.c), what
# ``git apply`` stumbles over, and the headers that GNU patch knows; it takes indented ones too, but no quoted ones.
_LIKE_A_DIFF = re.compile(
    r"^(?=[ \tX]*(?:diff -|Index: |Prereq: |--- |\+\+\+ |\*\*\* |@@ -)|---[ \t\r]*$|From )", re.MULTILINE
)
# What git would take for the mail's own header when it opens the message (check_inbody_header in mailinfo.c).
_LIKE_A_HEADER = re.compile(r"^(?=\s*(?:(?:From|Subject|Date):|\[PATCH\]\s|>From\s))", re.IGNORECASE)


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


def join_letters(letters: Sequence[Letter]) -> Letter:
    """One letter of several: the title of the first, the reasons and titles of all, the date of the last."""
    first, *others = letters
    if not others:
        return first
    parts = [first.why, *(part for letter in others for part in (letter.title, letter.why))]
    people = dict.fromkeys(letter.author for letter in letters if letter.author)
    author, *beside = people or [None]
    parts.append("\n".join(f"Co-authored-by: {person}" for person in beside))
    return Letter(
        diff=b"\n".join(letter.diff for letter in letters),
        title=first.title,
        why="\n\n".join(part for part in parts if part) or None,
        author=author,
        date=next((letter.date for letter in reversed(letters) if letter.date), None),
    )


def quote_diffs(message: str) -> str:
    """A reason for the top of a patch file, with ``> `` before each line that a program would take for a change."""
    return _LIKE_A_DIFF.sub("> ", _LIKE_A_HEADER.sub("> ", message.lstrip("\n")))


def message_to_vendor(title: str, why: str | None) -> str:
    """The message of a commit that a vendor may take; it calls nobody, and closes nothing when it is merged.

    A host reads ``@name`` and ``Fixes #7`` in messages of commits as it does in texts, and there is no escape for them:
    docs.github.com, "Linking a pull request to an issue".
    """
    return _REFERS.sub(r"\g<0> ", "\n\n".join(part for part in (title, why) if part))


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
