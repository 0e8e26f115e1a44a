"""The support rota: who takes the next call. Weeks by turns, days swapped, people away, days on which nobody works."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import check_text, printable

_KEYS = ("people", "starts", "closed", "swaps", "away")
_SPAN_KEYS = ("person", "from", "to")
_DAYS_AHEAD = 400


@dataclass(frozen=True)
class Span:
    """Days of one person, the last one included."""

    person: str
    first: date
    last: date

    def covers(self, day: date) -> bool:
        """Whether the day is one of them."""
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Rota:
    """Who is on call: ``people`` for a week each, beginning on ``starts``; of two swaps of a day the later one counts.

    ``closed`` are the agency's holidays: no due time falls there (somebody is on call all the same, for those clients
    who may call around the clock).
    """

    people: tuple[str, ...] = ()
    starts: date = date.min
    swaps: tuple[Span, ...] = ()
    away: tuple[Span, ...] = ()
    closed: frozenset[date] = frozenset()

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Rota:
        """Read the table [rota] of plugwatch.toml; PlugwatchError says what in it cannot be used."""
        _check_keys(table, _KEYS)
        people = tuple(_person(name) for name in _list(table, "people"))
        if people and "starts" not in table:
            raise PlugwatchError('say when the first week begins: starts = "2026-11-02"')
        starts = _day("starts", table["starts"]) if "starts" in table else date.min
        swaps = tuple(_span("swaps", row, people) for row in _list(table, "swaps"))
        away = tuple(_span("away", row, people) for row in _list(table, "away"))
        return cls(people, starts, swaps, away, frozenset(_day("closed", day) for day in _list(table, "closed")))

    def on_call(self, day: date) -> str | None:
        """Who takes the calls of a day: whoever swapped for it, else whose week it is, else the next who is not away.

        None where everybody is away, before the first week, and without people.
        """
        swapped = [swap.person for swap in reversed(self.swaps) if swap.covers(day)]
        absent = {span.person for span in self.away if span.covers(day)}
        return next((person for person in (*swapped, *self._by_turns(day)) if person not in absent), None)

    def handover(self, day: date) -> tuple[date, str | None] | None:
        """The last day on which the person of a day is on call without a break, and who follows.

        None where nobody is on call that day, and where nobody else is in the next year.
        """
        person = self.on_call(day)
        if person is None:
            return None
        for ahead in range(1, _DAYS_AHEAD):
            follower = self.on_call(day + timedelta(days=ahead))
            if follower != person:
                return day + timedelta(days=ahead - 1), follower
        return None

    def _by_turns(self, day: date) -> tuple[str, ...]:
        """The people, beginning with the one whose week it is."""
        if not self.people or day < self.starts:
            return ()
        turn = (day - self.starts).days // 7 % len(self.people)
        return self.people[turn:] + self.people[:turn]


def _check_keys(table: Mapping[str, Any], known: Iterable[str]) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, list(known), n=1, cutoff=0)[0]
            raise PlugwatchError(f"unknown key '{printable(key)}'; the nearest one is '{near}'")


def _list(table: Mapping[str, Any], key: str) -> list[Any]:
    value = table.get(key, [])
    if not isinstance(value, list):
        raise PlugwatchError(f"'{key}' must be a list in square brackets")
    return value


def _person(name: Any) -> str:
    if not isinstance(name, str) or not name.strip():
        raise PlugwatchError('\'people\' must be names in quotes, such as ["ana", "ben"]')
    return check_text("a name in 'people'", name.strip())


def _day(key: str, value: Any) -> date:
    """A day as TOML writes it (a bare local date) or as text."""
    if type(value) is date:  # a datetime is a date too
        return value
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PlugwatchError(f"'{key}': '{printable(str(value)[:40])}' is no day; write \"2026-11-02\"")


def _span(key: str, row: Any, people: tuple[str, ...]) -> Span:
    if not isinstance(row, dict) or not all(name in row for name in _SPAN_KEYS):
        raise PlugwatchError(f'each of \'{key}\' is {{ person = "ana", from = "2026-11-23", to = "2026-11-25" }}')
    _check_keys(row, _SPAN_KEYS)
    person = row["person"]
    if person not in people:
        raise PlugwatchError(f"'{key}': '{printable(str(person)[:40])}' is none of 'people'")
    span = Span(person, _day(f"{key}.from", row["from"]), _day(f"{key}.to", row["to"]))
    if span.last < span.first:
        raise PlugwatchError(f"'{key}': {person}'s days end on {span.last}, before they begin on {span.first}")
    return span
