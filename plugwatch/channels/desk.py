"""A help desk, by its mail address: it files a mail under the ticket whose number stands in the subject."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlsplit

from plugwatch.errors import ConfigError, PlugwatchError
from plugwatch.model.client import Contact
from plugwatch.model.messages.message import Mail
from plugwatch.model.roads.markup import one_line

_MARK = "{ticket}"
_LONGEST = 20  # digits of a ticket's number


def to_desk(mail: Mail, address: Contact, form: str = "[#{ticket}]") -> Mail:
    """The mail as the desk wants it: to its address, and with the ticket's number first in the subject, once.

    Raises PlugwatchError where the mail has no ticket, ConfigError where the form has no place for it.
    """
    if not mail.ticket:
        raise PlugwatchError(
            "no ticket is known, and without its number a help desk cannot file the message; "
            "record a call with --ticket URL, or send it on another road with --via"
        )
    if _MARK not in form:
        raise ConfigError(f"[desk] subject '{one_line(form)}' has no {_MARK}; write for example '[#{_MARK}]'")
    mark = one_line(form.replace(_MARK, mail.ticket))
    # A longer number is that of another ticket.
    again = re.compile(rf"(?<![0-9](?=[0-9])){re.escape(mark)}(?!(?<=[0-9])[0-9])")
    rest = one_line(mail.subject)
    while again.search(rest):
        rest = one_line(again.sub(" ", rest))
    return replace(mail, to=(address,), subject=f"{mark} {rest}".rstrip())


def ticket_number(url: str) -> str | None:
    """The number of the ticket that an address shows: the last one that is a part of the path, else any last one.

    ``/tickets/4711?page=2`` is 4711, ``/scp/tickets.php?id=4711`` too, and so is ``/browse/HELP-4711``.
    A number that no desk would give is none.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    whole = [
        found[1] for part in parts.path.split("/") if (found := re.fullmatch(r"(?:.*[^A-Za-z0-9])?([0-9]+)", part))
    ]
    numbers = whole or re.findall("[0-9]+", f"{parts.path}?{parts.query}") or re.findall("[0-9]+", parts.fragment)
    return numbers[-1] if numbers and len(numbers[-1]) <= _LONGEST else None
