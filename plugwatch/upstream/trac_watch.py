"""Watching a ticket of a Trac: its fields as CSV, its changes as RSS; nothing is asked for that a stranger may not see.

Addresses: trac.edgewall.org/wiki/TracTickets, "Download in other formats".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urljoin, urlsplit

import requests

from plugwatch.errors import ConfigError, InputError, NotFoundError, UnknownError
from plugwatch.model.roads.markup import one_line
from plugwatch.model.roads.trac import (
    Change,
    Meaning,
    is_ours,
    read_changes,
    read_meaning,
    read_ticket,
    split_ticket_url,
)
from plugwatch.model.roads.watch import Remark, Seen, Unchanged, Watch
from plugwatch.upstream.json_client import Timeouts
from plugwatch.web import LONGEST_PAUSE, AddressError, Failure, find_failure, in_time, open_url, read_pieces, retry

_LIMIT = 32 << 20
_FORMS = ("csv", "rss")


@dataclass(frozen=True)
class _Document:
    """One form of a ticket; ``body`` is None where the server says that it is as it was. ``url`` is where it lies."""

    body: bytes | None
    etag: str
    url: str


class TracTracker:
    """Reads tickets of any Trac, without a login; ``login`` is our own name there, whose remarks are left out."""

    def __init__(self, login: str = "", timeouts: Timeouts | None = None) -> None:
        self._login, self._timeouts = login, timeouts or Timeouts()

    def look(self, watch: Watch) -> Seen | Unchanged:
        """What a ticket says. Raises NotFoundError where it is gone, InputError where the address is no ticket's,
        ConfigError where it is private, UnknownError where it cannot be asked or its answer cannot be read."""
        found = split_ticket_url(watch.url)
        if found is None:
            raise InputError("this is no address of a ticket; write https://HOST/ticket/N", source=one_line(watch.url))
        base, number = found
        known = _read_etag(watch.etag)
        documents = [self._ask(f"{base}/ticket/{number}", form, known) for form in _FORMS]
        if all(document.body is None for document in documents):
            return Unchanged()
        # One of two is of no use: the state of one moment is told by both.
        table, feed = (
            document if document.body is not None else self._ask(f"{base}/ticket/{number}", form, {})
            for document, form in zip(documents, _FORMS, strict=True)
        )
        digest = sha256(b"\0".join([table.body or b"", _without_server(feed.body or b"")])).hexdigest()
        if digest == known.get("digest"):
            return Unchanged()
        etag = json.dumps({"csv": table.etag, "rss": feed.etag, "digest": digest})
        return self._read(table, feed, etag)

    def _read(self, table: _Document, feed: _Document, etag: str) -> Seen:
        url, host = table.url, _host(table.url)
        try:
            fields, changes = read_ticket(table.body or b""), read_changes(feed.body or b"")
        except InputError as error:
            raise UnknownError(
                f"{host} answers what no Trac answers, so nothing is known now about {url}; look at it by hand"
            ) from error
        meaning = read_meaning(fields, changes)
        return Seen(
            remote=meaning.remote,
            status=meaning.status,
            changed_at=max((change.at for change in changes), default=None),
            url=url,
            title=one_line(fields.get("summary", "")) or None,
            remarks=tuple(_remark(change) for change in changes if not is_ours(change.who, self._login)),
            closed_as_fixed=meaning.fixed,
            fixed_by=_fixed_by(meaning, changes, url),
            etag=etag,
        )

    def _ask(self, url: str, form: str, known: dict[str, str]) -> _Document:
        """One form of a ticket."""
        host = _host(url)
        try:
            got = retry(lambda: self._attempt(url, form, known.get(form, "")))
        except (requests.Timeout, TimeoutError) as error:
            raise _unknown(host, "does not answer in time", url) from error
        except AddressError as error:
            raise InputError("it is or leads to no web address", source=one_line(url)) from error
        except InputError as error:
            raise _unknown(host, f"answers more than {_LIMIT >> 20} MiB", url) from error
        if isinstance(got, Failure):
            raise _unknown(host, f"could not be asked ({got.reason})", url)
        return got

    def _attempt(self, url: str, form: str, etag: str) -> _Document | Failure:
        try:
            return in_time(lambda: self._request(url, form, etag), self._timeouts.whole)
        except requests.Timeout:
            raise
        except requests.RequestException as error:
            return Failure(type(error).__name__)

    def _request(self, url: str, form: str, etag: str) -> _Document | Failure:
        timeout = (self._timeouts.connect, self._timeouts.silence)
        headers = {"Accept-Language": "en"} | ({"If-None-Match": etag} if etag else {})
        host = _host(url)
        with open_url(url, host, timeout=timeout, parameters={"format": form}, headers=headers) as answer:
            if answer.status_code in (401, 403) or split_ticket_url(answer.url.partition("?")[0]) is None:
                raise ConfigError(
                    f"{host} shows {url} to nobody who has not logged in, so it cannot be watched; look at it by hand "
                    "and say what you saw with submission mark"
                )
            if answer.status_code in (404, 410):
                raise NotFoundError(f"{host} has no ticket at {url}; it was deleted, or the address is wrong")
            if failure := find_failure(answer):
                if (failure.pause or 0) > LONGEST_PAUSE:
                    raise _unknown(host, f"wants to be left alone for {failure.pause:.0f} seconds", url)
                return failure
            tag = answer.headers.get("ETag", "")
            lies = answer.url.partition("?")[0]
            if answer.status_code == 304:
                return _Document(None, etag, lies)
            if answer.status_code != 200:
                raise _unknown(host, f"answers {answer.status_code}", url)
            return _Document(b"".join(read_pieces(answer, host, _LIMIT)), tag, lies)


def _remark(change: Change) -> Remark:
    """A change as a remark; what has no words is a change of fields, told in them."""
    kind = "bot" if change.by_machine else "comment" if change.words else "state"
    words = "\n".join(filter(None, ["; ".join(change.fields), change.words]))
    return Remark(change.id, change.at, change.who, kind, words, human=not change.by_machine)


def _fixed_by(meaning: Meaning, changes: list[Change], url: str) -> str | None:
    """The changeset that was named last: who closes a ticket as fixed says with it which one it was."""
    named = [change.changeset for change in changes if change.changeset]
    return urljoin(url, named[-1]) if meaning.fixed and named else None


def _without_server(feed: bytes) -> bytes:
    """The part of a feed that is about the ticket: what stands before its first change names the project's picture."""
    return feed.partition(b"<item>")[2]


def _read_etag(text: str | None) -> dict[str, str]:
    """What the last look has handed out; nothing where that is not ours."""
    try:
        known = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in known.items()} if isinstance(known, dict) else {}


def _unknown(host: str, problem: str, url: str) -> UnknownError:
    return UnknownError(f"{host} {problem}, so nothing is known now about {url}; try again later")


def _host(url: str) -> str:
    return urlsplit(url).netloc
