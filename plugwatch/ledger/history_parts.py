"""Rows of the queries in history.sql as facts; each row begins with the id of the incident that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from plugwatch.ledger.connection import Row
from plugwatch.ledger.times import from_text
from plugwatch.model.component import Component
from plugwatch.model.hold import Hold
from plugwatch.model.incident import Call, Event, Impact
from plugwatch.model.promise import Promise
from plugwatch.model.reports.records import Answer, Move, Told, Upstream


class Moments(dict[str, datetime]):
    """Each time read once, whoever names it: an event, the message that it tells of and its promise share one."""

    def __missing__(self, text: str) -> datetime:
        moment = self[text] = from_text(text)
        return moment


class _Same(dict[Any, Any]):
    """One text for all that are equal: rows bring each word anew, and there are hundreds of thousands."""

    def __missing__(self, text: Any) -> Any:
        self[text] = text
        return text


class Reader:
    """Reads the rows of one state of the ledger; ``parts`` says how, by the query, which is called as the part is."""

    def __init__(self) -> None:
        self.moment = Moments()
        self._same = _Same()
        self.parts: Mapping[str, Callable[[Row], Any]] = {
            "with_components": lambda row: str(Component(row[1], row[2])),
            "calls": self._call,
            "impacts": self._impact,
            "events": self._event,
            "promises": self._promise,
            "told": self._told,
            "holds": self._hold,
            "patches": lambda row: row[1],
            "links": lambda row: (f"INC-{row[1]}", row[2]),
        }

    def upstream(self, row: Row, moves: Iterable[Row], answers: Iterable[Row]) -> Upstream:
        """A submission with what became of it."""
        _incident, number, channel, kind, slug, status, title, patch, url, sent_at, fixed_in = row
        return Upstream(
            name=f"SUB-{number}",
            channel=self._same[channel],
            component=self._same[str(Component(kind, slug))],
            status=self._same[status],
            title=title or "",
            patch=patch,
            url=url,
            sent_at=self._maybe(sent_at),
            fixed_in=fixed_in,
            moves=tuple(self._moves(moves)),
            answers=tuple(Answer(self.moment[at], bool(human)) for _number, at, human in answers),
        )

    def _moves(self, rows: Iterable[Row]) -> Iterator[Move]:
        """The changes of a status; a line that only notes something leaves it as it is."""
        before = None
        for _number, status, at, by_hand in rows:
            if status != before:
                yield Move(self._same[status], self.moment[at], bool(by_hand))
            before = status

    def _call(self, row: Row) -> Call:
        _incident, site, client, caller, heard, words, ticket, at, recorded_at, actor = row
        same = self._same
        known = same[site], same[client], same[caller], same[heard]
        return Call(*known, words, ticket, self.moment[at], self.moment[recorded_at], same[actor])

    def _impact(self, row: Row) -> Impact:
        _incident, site, client, state, why, actor, at, detail, until = row
        same = self._same
        known = same[site], same[client], same[state], same[why], same[actor]
        return Impact(*known, self.moment[at], detail, self._maybe(until))

    def _event(self, row: Row) -> Event:
        _incident, at, recorded_at, actor, kind, visibility, body, minutes, client = row
        same = self._same
        when = self.moment[at], self.moment[recorded_at]
        return Event(*when, same[actor], same[kind], same[visibility], body, minutes, same[client])

    def _promise(self, row: Row) -> Promise:
        _incident, client, due, made, kept, number, promise = row
        times = self.moment[due], self.moment[made], self._maybe(kept)
        return Promise(self._same[client], *times, self._same[f"INC-{number}"], promise)

    def _told(self, row: Row) -> Told:
        _incident, client, phase, at, asks = row
        return Told(self._same[client], self._same[phase], self.moment[at], bool(asks))

    def _hold(self, row: Row) -> Hold:
        _incident, number, kind, slug, versions, reason, until, at, actor, lifted, hold_id, why = row
        over = self._maybe(lifted)
        what = f"INC-{number}", Component(kind, slug), versions, reason, until
        return Hold(*what, self.moment[at], actor, over, hold_id, lifted_why=why)

    def _maybe(self, text: str | None) -> datetime | None:
        return self.moment[text] if text else None
