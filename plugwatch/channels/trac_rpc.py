"""A Trac by XML-RPC, where it has the plugin for that (trac-hacks.org/wiki/XmlRpcPlugin, its ticket methods)."""

from __future__ import annotations

import re
import xmlrpc.client as xmlrpc
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import TypeVar
from xml.parsers.expat import ExpatError

from plugwatch.channels.trac_client import Answer, RefusedError, TracClient
from plugwatch.errors import ConfigError, NotFoundError, UnknownError
from plugwatch.model.roads.markup import one_line
from plugwatch.model.roads.submission import DraftFile
from plugwatch.model.roads.trac import TicketRow, add_keyword, choose_component, since_day, since_moment

PATHS = ("/login/xmlrpc", "/login/rpc")
_NEEDED = frozenset(
    f"ticket.{name}"
    for name in ("query", "get", "create", "update", "changeLog", "listAttachments", "getAttachment", "putAttachment")
)
_NO_XML = re.compile("<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_MOST = 100
_REASON_LIMIT = 200
_FORBIDDEN, _MISSING = 403, 404
_T = TypeVar("_T")


def find_rpc(client: TracClient) -> RpcTickets | None:
    """The tickets by XML-RPC; None where a Trac has none. Raises ConfigError for a wrong password, UnknownError."""
    for path in PATHS:
        answer = client.call(path, _document("system.listMethods"), changes=False)
        try:
            methods = _result(answer) if answer.status == 200 else []
        except (_StrangeError, xmlrpc.Fault):
            continue
        known = {name for name in methods if isinstance(name, str)} if isinstance(methods, list) else set()
        if known >= _NEEDED:
            return RpcTickets(client, path, frozenset(known))
    return None


class RpcTickets:
    """The tickets of one Trac."""

    def __init__(self, client: TracClient, path: str, methods: frozenset[str]) -> None:
        self._client, self._path, self._methods = client, path, methods

    def own(self, title: str, since: datetime) -> Iterator[TicketRow]:
        """The tickets that we have written since, newest first; not those that cannot have the title."""
        user = re.sub(r"([\\&|=])", r"\\\1", self._client.user)
        query = f"reporter={user}&time={since_day(since)}..&order=id&desc=1&max={_MOST}"
        if words := re.findall("[A-Za-z0-9]+", title):  # the whole title could mean something in a query
            query += f"&summary=~{max(words, key=len)}"
        for number in self._list("tickets", int, "ticket.query", query):
            fields = self._ticket(number)
            yield TicketRow(number, str(fields.get("summary", "")), str(fields.get("description", "")))

    def comments(self, number: int, since: datetime) -> Iterator[str]:
        """What we have written to a ticket since, as it was written."""
        for row in self._list(f"ticket {number}", list, "ticket.changeLog", number):
            match row:
                case [datetime() as moment, str() as author, "comment", _, str() as text, *_]:
                    late = moment.replace(tzinfo=timezone.utc) >= since_moment(since)
                    if late and text and author.lower() == self._client.user.lower():
                        yield text

    def files(self, number: int) -> list[str]:
        """The names of the files of a ticket."""
        rows = self._list(f"ticket {number}", list, "ticket.listAttachments", number)
        return [str(row[0]) for row in rows if row]

    def file(self, number: int, name: str) -> bytes:
        """The content of a file of a ticket."""
        return self._shaped(f"file {name}", bytes, self._ask(f"file {name}", "ticket.getAttachment", number, name))

    def create(self, row: tuple[str, str], component: str, keyword: str, hand: Callable[[], None]) -> int:
        """A new ticket with this summary and description; its number."""
        given = {"keywords": keyword} if keyword else {}
        for name, choose in (("type", _choose_type), ("component", lambda known: choose_component(component, known))):
            method = f"ticket.{name}.getAll"
            chosen = choose(self._list(f"{name}s", str, method)) if method in self._methods else None
            given |= {name: chosen} if chosen else {}
        hand()
        return self._shaped("the new ticket", int, self._change("ticket.create", *row, given, True))

    def attach(self, number: int, file: DraftFile, hand: Callable[[], None]) -> None:
        """Attach a file; where its name is taken Trac counts up."""
        hand()
        self._change("ticket.putAttachment", number, file.name, "", xmlrpc.Binary(file.content), False)

    def comment(self, number: int, text: str, keyword: str, hand: Callable[[], None]) -> bool:
        """Write a comment and add a keyword; whether that could be added."""
        fields = self._ticket(number)
        given = {"action": "leave"} | ({"_ts": fields["_ts"]} if "_ts" in fields else {})
        if keyword:
            given["keywords"] = add_keyword(str(fields.get("keywords") or ""), keyword)
        hand()
        self._change("ticket.update", number, text, given, True)
        return True

    def _ticket(self, number: int) -> dict[str, object]:
        match self._ask(f"ticket {number}", "ticket.get", number):
            case [_, _, _, dict() as fields]:
                return fields
        raise self._client.unreadable(f"ticket {number}")

    def _list(self, what: str, kind: type[_T], method: str, *arguments: object) -> list[_T]:
        rows = self._shaped(what, list, self._ask(what, method, *arguments))
        return [self._shaped(what, kind, row) for row in rows]

    def _shaped(self, what: str, kind: type[_T], value: object) -> _T:
        if not isinstance(value, kind):
            raise self._client.unreadable(what)
        return value

    def _ask(self, what: str, method: str, *arguments: object) -> object:
        """What a call answers that changes nothing."""
        client = self._client
        try:
            return _result(client.call(self._path, _document(method, *arguments), changes=False))
        except _StrangeError as error:
            raise client.unreadable(what) from error
        except xmlrpc.Fault as error:
            said = _said(error)
            if error.faultCode == _FORBIDDEN:
                raise ConfigError(
                    f"{client.host} does not allow {client.user} {method} ({said}); ask those who run it, or post it "
                    f"by hand: {client.by_hand}"
                ) from error
            if error.faultCode == _MISSING:
                raise NotFoundError(
                    f"{client.host} does not have {what}; look for it by hand: {client.base}/query"
                ) from error
            raise UnknownError(f"{client.host} cannot answer about {what} ({said}); try again later") from error

    def _change(self, method: str, *arguments: object) -> object:
        """What a call answers that changes something."""
        client = self._client
        try:
            return _result(client.call(self._path, _document(method, *arguments), changes=True))
        except _StrangeError as error:
            raise client.unreadable("what it was sent") from error
        except xmlrpc.Fault as error:
            raise RefusedError(client.host, _said(error), client.by_hand) from error


class _StrangeError(Exception):
    """An answer that is none of XML-RPC."""


def _document(method: str, *arguments: object) -> bytes:
    text = xmlrpc.dumps(arguments, method, encoding="utf-8", allow_none=True)  # type: ignore[arg-type]
    return text.encode("utf-8")


def _result(answer: Answer) -> object:
    """What a call returned. Raises Fault, _StrangeError."""
    try:
        text = answer.body.decode("utf-8-sig")  # no other encoding, in which what is searched for would look otherwise
        if _NO_XML.search(text):
            raise _StrangeError
        values, _method = xmlrpc.loads(text, use_builtin_types=True)
    except (ExpatError, xmlrpc.ResponseError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise _StrangeError from error
    if len(values) != 1:
        raise _StrangeError
    result: object = values[0]
    return result


def _said(fault: xmlrpc.Fault) -> str:
    return one_line(str(fault.faultString))[:_REASON_LIMIT]


def _choose_type(known: list[str]) -> str | None:
    return next((name for name in known if str(name).lower().startswith("defect")), None)
