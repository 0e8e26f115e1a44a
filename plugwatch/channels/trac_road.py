"""Posting to a Trac that lets a program in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from plugwatch.channels.trac_client import ForbiddenError, RefusedError, TracClient, TracLogin
from plugwatch.channels.trac_form import FormTickets
from plugwatch.channels.trac_rpc import find_rpc
from plugwatch.channels.wire import Patience
from plugwatch.errors import ConfigError
from plugwatch.model.roads.markup import one_line
from plugwatch.model.roads.posting import Delivered, Posting
from plugwatch.model.roads.submission import DraftFile
from plugwatch.model.roads.trac import HAS_PATCH, TicketRow, counts_up, same_text, split_ticket_url


class Tickets(Protocol):
    """The tickets of one Trac, by whichever way it has for programs.

    ``hand`` is called right before the one request of a verb that changes something. Each raises ConfigError where we
    are not let in, NotFoundError, RefusedError, and UnknownError for all else.
    """

    def own(self, title: str, since: datetime) -> Iterator[TicketRow]: ...

    def comments(self, number: int, since: datetime) -> Iterator[str]: ...

    def files(self, number: int) -> list[str]: ...

    def file(self, number: int, name: str) -> bytes: ...

    def create(self, row: tuple[str, str], component: str, keyword: str, hand: Callable[[], None]) -> int: ...

    def attach(self, number: int, file: DraftFile, hand: Callable[[], None]) -> None: ...

    def comment(self, number: int, text: str, keyword: str, hand: Callable[[], None]) -> bool: ...


class TracRoad:
    """A Trac that lets a program in: by XML-RPC where it has that, else by its forms.

    A text is a new ticket, or a comment where it answers one; its files are attached, each once. What has arrived is
    known by what was written: a ticket of ours with the same summary and description, a file with the same name and
    bytes, a comment of ours with the same words. So whoever died in between goes on where it ended.
    """

    def __init__(self, base: str, login: TracLogin, *, component: str = "", patience: Patience | None = None) -> None:
        """``component`` is the slug of what the tickets are about. Nothing is asked yet.

        Raises ConfigError where the base is no web address, or the login is missing or would go in clear.
        """
        self._base, self._user, self._component = base.rstrip("/"), login.user, component
        self._client = TracClient(self._base, login, f"{self._base}/newticket", patience)
        self._tickets: Tickets | None = None

    def find(self, posting: Posting) -> Delivered | None:
        """Where it is, if all of it has arrived. Raises as :class:`plugwatch.model.roads.posting.Channel` says."""
        number = self._thread(posting)
        tickets = self._enter(posting)
        if number is None:
            number = _find_ticket(tickets, posting)
        elif not _has_comment(tickets, number, posting):
            return None
        if number is None or _missing_files(tickets, number, posting):
            return None
        return Delivered("sent", self._url(number))

    def send(self, posting: Posting, about_to_hand: Callable[[], None]) -> Delivered:
        """Post what of it has not arrived yet. Raises as :class:`plugwatch.model.roads.posting.Channel` says."""
        joined = self._thread(posting)
        tickets, hand = self._enter(posting), _Once(about_to_hand)
        if joined is None:
            return self._open(tickets, posting, hand)
        answered, keyword = _has_comment(tickets, joined, posting), _keyword(posting)
        details = [_attach(tickets, joined, file, hand) for file in _missing_files(tickets, joined, posting)]
        if not answered and not tickets.comment(joined, posting.body, keyword, hand):
            details.append(f"the keyword {keyword} could not be set" if keyword else "")
        return Delivered("sent", self._url(joined), "; ".join(filter(None, details)))

    def _open(self, tickets: Tickets, posting: Posting, hand: Callable[[], None]) -> Delivered:
        number = _find_ticket(tickets, posting)
        if number is None:
            number = tickets.create((posting.title, posting.body), self._component, _keyword(posting), hand)
        details = []
        for file in _missing_files(tickets, number, posting):
            try:
                details.append(_attach(tickets, number, file, hand))
            except RefusedError as error:  # the ticket is there, and says more than nothing
                details.append(f"{file.name} was not taken ({error.reason}), so attach it by hand")
            except ForbiddenError:
                details.append(f"{file.name} may not be attached by {self._user}, so attach it by hand")
        return Delivered("sent", self._url(number), "; ".join(filter(None, details)))

    def _thread(self, posting: Posting) -> int | None:
        """The number of the ticket that a text answers; None for a new one. Raises ConfigError for another Trac's."""
        if posting.thread is None:
            if posting.target and not _same_place(posting.target, self._base):
                raise self._elsewhere(posting.target)
            return None
        found = split_ticket_url(posting.thread)
        if found is None or not _same_place(found[0], self._base):
            raise self._elsewhere(posting.thread)
        return found[1]

    def _elsewhere(self, url: str) -> ConfigError:
        return ConfigError(
            f"{one_line(url)} is no place in the Trac at {self._base}, the only one that we have a login for; post it "
            "by hand there"
        )

    def _enter(self, posting: Posting) -> Tickets:
        self._client.by_hand = posting.thread or f"{self._base}/newticket"
        if self._tickets is None:
            self._tickets = find_rpc(self._client) or FormTickets(self._client)
        return self._tickets

    def _url(self, number: int) -> str:
        return f"{self._base}/ticket/{number}"


class _Once:
    """Calls a function the first time that it is called itself."""

    def __init__(self, function: Callable[[], None]) -> None:
        self._function: Callable[[], None] | None = function

    def __call__(self) -> None:
        if self._function is not None:
            self._function()
            self._function = None


def _find_ticket(tickets: Tickets, posting: Posting) -> int | None:
    """The ticket that a text has become; the first one where it has become several."""
    found = [
        row.number
        for row in tickets.own(posting.title, posting.since)
        if one_line(row.summary) == one_line(posting.title) and same_text(row.description, posting.body)
    ]
    return min(found, default=None)


def _has_comment(tickets: Tickets, number: int, posting: Posting) -> bool:
    return any(same_text(text, posting.body) for text in tickets.comments(number, posting.since))


def _missing_files(tickets: Tickets, number: int, posting: Posting) -> list[DraftFile]:
    """The files that are not at the ticket, by name (with a number or without) and bytes."""
    if not posting.files:
        return []
    there = tickets.files(number)
    return [file for file in posting.files if not _is_there(tickets, number, file, there)]


def _is_there(tickets: Tickets, number: int, file: DraftFile, there: list[str]) -> bool:
    return any(tickets.file(number, name) == file.content for name in there if counts_up(file.name, name))


def _attach(tickets: Tickets, number: int, file: DraftFile, hand: Callable[[], None]) -> str:
    """Attach a file; what a person should know of its name."""
    before = set(tickets.files(number))
    tickets.attach(number, file, hand)
    if file.name not in before:
        return ""
    named = [name for name in tickets.files(number) if name not in before and counts_up(file.name, name)]
    return f"the name {file.name} was taken, so it is there as {named[0]}" if named else ""


def _keyword(posting: Posting) -> str:
    return HAS_PATCH if any(file.name.endswith((".diff", ".patch")) for file in posting.files) else ""


def _same_place(one: str, other: str) -> bool:
    """Whether two addresses are of one Trac, encrypted or not."""
    here, there = (urlsplit(url.rstrip("/").lower()) for url in (one, other))
    return (here.netloc, here.path) == (there.netloc, there.path)
