"""Everything that happened, read for all incidents at once: a query for each kind of thing, never one for an incident.

An incident that was merged into another one counts as that one everywhere.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.due import DueList
from plugwatch.ledger.history_carried import Carried
from plugwatch.ledger.history_parts import Reader
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import to_text
from plugwatch.model.component import Component
from plugwatch.model.incident import Incident
from plugwatch.model.reports.records import ClientFact, ComponentFact, ForkFact, Record, SiteFact, Upstream
from plugwatch.model.today import Turn

_T = TypeVar("_T")
_CLOSED = ("nobody", "closed")
_MOST, _FAR = 1000, 50


class History:
    """The facts that reports are made of."""

    def __init__(self, connection: Connection) -> None:
        self._queries = Queries(connection, "history")
        self._due = DueList(connection)
        self._carried = Carried(connection)

    def records(self, *, since: datetime, now: datetime, turns: Sequence[Turn] | None = None) -> list[Record]:
        """The incidents that were open at any time since a moment, or reported to a vendor since; the newest first.

        ``turns`` are those of :meth:`plugwatch.ledger.due.DueList.turns`, where the caller has them already.
        """
        roots = self._queries.rows("roots", since=to_text(since), number=0)
        return self._records(roots, self._due.turns(now) if turns is None else turns)

    def record(self, incident: Incident, now: datetime) -> Record:
        """One incident; of a merged one that which it went on as."""
        number = int((incident.merged_into or incident.name).removeprefix("INC-"))
        return self._records(self._queries.rows("roots", since="", number=number), self._due.turns(now))[0]

    def clients(self) -> dict[str, ClientFact]:
        """All clients, by their slugs."""
        return {row[0]: ClientFact(*row) for row in self._queries.rows("clients")}

    def sites(self) -> dict[str, SiteFact]:
        """All sites, by their slugs."""
        return {row[0]: SiteFact(*row) for row in self._queries.rows("sites")}

    def components(self) -> dict[str, ComponentFact]:
        """What sites run now, and what incidents and forks are about, by its text (``plugin/tidy-forms``).

        A version that no list has told is ``""``.
        """
        return self._carried.components()

    def forks(self) -> list[ForkFact]:
        """All forks that have a release, in the order of their components."""
        return self._carried.forks()

    def built(self) -> dict[tuple[str, str], datetime]:
        """When each build was made, by its component's text and its version."""
        return self._carried.built()

    def _records(self, roots: Sequence[Row], turns: Iterable[Turn]) -> list[Record]:
        """The incidents of these rows, the newest first."""
        reader, family = Reader(), _Family(roots, self._queries.rows("merged"))
        whose = {turn.incident: (turn.turn, turn.why) for turn in turns}
        found = []
        with _uncollected():
            upstream = self._upstream(reader, family)
            for batch in _batches(roots):
                span = {"first": batch[-1][0], "last": batch[0][0]}
                parts = {
                    name: family.sort(self._queries.rows(name, **span), read) for name, read in reader.parts.items()
                }
                parts |= {"merged": family.merged, "upstream": upstream}
                found += [_record(row, parts, whose.get(f"INC-{row[0]}", _CLOSED), reader) for row in batch]
        return found

    def _upstream(self, reader: Reader, family: _Family) -> dict[int, list[Upstream]]:
        """What was written to vendors, by incident."""
        rows = [row for row in self._queries.rows("submissions") if row[0] in family]
        numbers = [row[1] for row in rows]
        span = {"first": min(numbers, default=1), "last": max(numbers, default=0)}
        moves = _by_number(self._queries.rows("moves", **span))
        answers = _by_number(self._queries.rows("answers", **span))
        return family.sort(rows, lambda row: reader.upstream(row, moves.get(row[1], ()), answers.get(row[1], ())))


class _Family:
    """Which incident a row belongs to: each row begins with the id of an incident, perhaps of a merged one."""

    def __init__(self, roots: Iterable[Row], merged: Iterable[Row]) -> None:
        self.merged: dict[int, list[str]] = {}
        self._numbers: dict[str, int] = {row[1]: row[0] for row in roots}
        wanted = set(self._numbers.values())
        for incident, root, number in merged:
            if root in wanted:
                self._numbers[incident] = root
                self.merged.setdefault(root, []).append(f"INC-{number}")

    def __contains__(self, incident: str) -> bool:
        return incident in self._numbers

    def sort(self, rows: Iterable[Row], read: Callable[[Row], _T]) -> dict[int, list[_T]]:
        """What rows say, by the number of the incident; those of incidents that nobody has asked for are left out."""
        found, numbers = defaultdict[int, list[_T]](list), self._numbers
        for row in rows:
            number = numbers.get(row[0])
            if number is not None:
                found[number].append(read(row))
        return found


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looks for garbage: none of what is read is any, and looking took a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _batches(roots: Sequence[Row]) -> Iterator[list[Row]]:
    """Incidents whose numbers lie close together, so that their rows are read at once, and not too many of them.

    The rows of a batch take some 10 MB. What is open for years stands alone, and what was closed meanwhile is not read.
    """
    batch: list[Row] = []
    for row in roots:
        if batch and (len(batch) == _MOST or batch[-1][0] - row[0] > _FAR):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _by_number(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found


def _record(
    row: Row, parts: Mapping[str, Mapping[int, Sequence[Any]]], turn: tuple[str, str], reader: Reader
) -> Record:
    number, _id, title, status, severity, trigger, opened_at, kind, slug, version, affected, vendor, *rest = row
    security, assignee, workaround, steps, expected, actual = rest
    name = f"INC-{number}"
    return Record(
        name=name,
        number=number,
        title=title,
        status=status,
        severity=severity,
        trigger=trigger,
        opened_at=reader.moment[opened_at],
        component=str(Component(kind, slug)) if kind else None,
        version=version,
        affected=affected,
        vendor=vendor,
        security=bool(security),
        assignee=assignee,
        workaround=workaround,
        steps=steps,
        expected=expected,
        actual=actual,
        turn=turn[0],
        turn_why=turn[1],
        **{part: tuple(found.get(number, ())) for part, found in parts.items()},
    )
