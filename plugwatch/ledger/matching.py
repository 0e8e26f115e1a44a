"""Finding things by any unambiguous part of their names, and never by guessing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from plugwatch.errors import AmbiguousError, NotFoundError

Found = TypeVar("Found")


def fold(text: str) -> str:
    """The text with letter case put aside, in every script; databases fold ASCII only, or by their locale."""
    return text.casefold()


def like_part(text: str) -> str:
    """A LIKE pattern (``escape '!'``) for "contains this text", folded; wildcards in the text stand for themselves."""
    escaped = "".join(f"!{c}" if c in "!%_" else c for c in fold(text))
    return f"%{escaped}%"


def the_one(what: str, text: str, found: Sequence[tuple[str, Found]], *, next_step: str) -> Found:
    """The only thing found, from (label, thing) pairs.

    ``what`` is the plural for the sentence ("sites"). Raises AmbiguousError with all labels where there are several,
    NotFoundError with the next step where there is none.
    """
    if len(found) > 1:
        raise AmbiguousError(what, text, sorted(label for label, _ in found))
    if not found:
        raise NotFoundError(f"no {what[:-1]} here is called '{text}', or has that in its name; {next_step}")
    return found[0][1]
