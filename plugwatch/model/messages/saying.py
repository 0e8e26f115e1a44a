"""What we say of an incident in plain words, by language: the parts that a text to clients is made with."""

from __future__ import annotations

import re
from dataclasses import dataclass

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import check_text, parse_language, printable

# effect: a clause without a full stop ("the contact form is not sending messages"). done, plan, care: whole sentences.
FIELDS = ("effect", "done", "plan", "care")
_LONGEST = 1000
_FORM = re.compile(rf"(?:([^:=]*):)?({'|'.join(FIELDS)})=(.*)", re.DOTALL)


@dataclass(frozen=True)
class Saying:
    """Words for one of FIELDS in a language; without words it takes back what was said."""

    language: str
    field: str
    body: str


def parse_saying(text: str, *, language: str) -> Saying:
    """``effect=the form is not sending`` or ``de:effect=…``; ``language`` is meant where none is named.

    Raises PlugwatchError for any other form, and for what is no text of one paragraph.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise PlugwatchError(
            f"'{printable(text[:60])}' says nothing; write effect=TEXT, done=TEXT, plan=TEXT or care=TEXT, in another "
            "language de:effect=TEXT"
        )
    tag, field, words = match.groups()
    body = " ".join(words.split())
    if field == "effect" and not body.endswith(".."):
        body = body.removesuffix(".").rstrip()
    if body:
        check_text(f"what you say of '{field}'", body, limit=_LONGEST)
    return Saying(parse_language(language if tag is None else tag), field, body)
