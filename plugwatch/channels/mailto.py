"""Mails as an address that a mail program opens (RFC 6068); the last resort, for it carries no file."""

from __future__ import annotations

from urllib.parse import quote

from plugwatch.channels.mail import normalise
from plugwatch.model.roads.markup import MARKUPS, one_line

LIMIT = 2_000
"""Characters; Windows hands no longer address to a mail program."""


def write_mailto(
    to: str, subject: str, body: str, file_names: tuple[str, ...] = (), answers: tuple[str, ...] = ()
) -> str:
    """The address that opens a mail with these words; the body is left out where the whole would be too long.

    It begins with a marked blank for each file that a person has to attach, and goes on from the last of ``answers``,
    which are Message-IDs; a mail program may leave that away (section 4). White space is written as ``%20`` and a line
    end as ``%0D%0A`` (sections 2 and 5), so that no value adds a field.
    """
    blank = MARKUPS["mail"].blank
    asked = "".join(f"{blank(f'attach {name}, which this address cannot carry')}\n" for name in file_names)
    lines = (quote(line, safe="", errors="replace") for line in normalise(asked + body).split("\n"))
    head = f"mailto:{quote(one_line(to), safe='@')}?subject={quote(one_line(subject), safe='')}"
    if answers:
        head = f"{head}&In-Reply-To={quote(one_line(answers[-1]), safe='')}"
    whole = f"{head}&body={'%0D%0A'.join(lines)}"
    return whole if len(whole) <= LIMIT else head
