"""What we sent to vendors, as cases: one for each incident and vendor, however many channels it went through."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from plugwatch.model.reports.records import ComponentFact, Record, Upstream
from plugwatch.model.reports.survival import Span
from plugwatch.model.reports.vendor_waits import answer_time, fix_time, is_sent
from plugwatch.model.version import compare

# Channels on which everybody can see what becomes of a report.
TRACKERS = ("github-pr", "github-issue", "trac")
_TAKEN = ("accepted", "released")
# How an incident says that a list has shown its version again (workflows.recurrence).
_SHOWN_AGAIN = re.compile(r"shows \S+ (\S+) again")


class Case(NamedTuple):
    """What was sent about one incident to one vendor, and what became of it; each submission has its channel.

    ``taken`` says whether any of it was accepted, None where nothing is decided; ``came_back``: the trouble was there
    again after a release had the fix. ``tracker``: one of its channels is a public tracker.
    """

    incident: str
    component: str
    submissions: tuple[str, ...]
    channels: tuple[str, ...]
    sent_at: datetime
    answer: Span
    fix: Span
    taken: bool | None
    came_back: bool
    tracker: bool


def cases_by_vendor(
    records: Iterable[Record], vendors: Mapping[str, str], now: datetime, since: datetime
) -> dict[str, list[Case]]:
    """The cases whose first text left from ``since`` to ``now``, by vendor, the newest first.

    ``vendors`` are the names of vendors by component; a component without one stands for itself. What several incidents
    share (their patch was sent) is a case of the first one.
    """
    by_name = {record.name: record for record in records}
    found: dict[str, list[Case]] = {}
    seen: set[str] = set()
    for record in sorted(by_name.values(), key=lambda record: record.number):
        fresh = [one for one in record.upstream if is_sent(one, now) and one.name not in seen]
        seen.update(one.name for one in fresh)
        for vendor, sent in _by_vendor(record, fresh, vendors).items():
            case = _case(record, sent, by_name, now)
            if case.sent_at >= since:
                found.setdefault(vendor, []).append(case)
    for cases in found.values():
        cases.sort(key=lambda case: (case.sent_at, case.incident), reverse=True)
    return found


def vendor_names(components: Mapping[str, ComponentFact]) -> dict[str, str]:
    """The vendor of each component where somebody has named one."""
    return {name: fact.vendor for name, fact in components.items() if fact.vendor}


def _by_vendor(record: Record, sent: Iterable[Upstream], vendors: Mapping[str, str]) -> dict[str, list[Upstream]]:
    found: dict[str, list[Upstream]] = {}
    for one in sorted(sent, key=lambda one: (one.sent_at or record.opened_at, one.name)):
        named = record.vendor if one.component == record.component else None
        found.setdefault(named or vendors.get(one.component) or one.component, []).append(one)
    return found


def _case(record: Record, sent: Sequence[Upstream], by_name: Mapping[str, Record], now: datetime) -> Case:
    answer, fix = answer_time(sent, now, record.name), fix_time(sent, now, record.name)
    statuses = {one.status for one in sent}
    return Case(
        incident=record.name,
        component=sent[0].component,
        submissions=tuple(one.name for one in sent),
        channels=tuple(one.channel for one in sent),
        sent_at=sent[0].sent_at or record.opened_at,
        answer=answer,
        fix=fix,
        taken=True if statuses & set(_TAKEN) else False if "rejected" in statuses else None,
        came_back=fix.over and _came_back(record, sent, by_name),
        tracker=any(one.channel in TRACKERS for one in sent),
    )


def _came_back(record: Record, sent: Sequence[Upstream], by_name: Mapping[str, Record]) -> bool:
    """Whether it was reopened, or a linked incident was opened, once the fix was out; older versions do not count."""
    fixed_at = max((move.at for one in sent for move in one.moves if move.status == "released"), default=None)
    fixed_in = next((one.fixed_in for one in sent if one.fixed_in), None)
    return any(
        fixed_at is not None and at > fixed_at and not _is_older(version, fixed_in)
        for at, version in _returns(record, by_name)
    )


def _returns(record: Record, by_name: Mapping[str, Record]) -> Iterator[tuple[datetime, str | None]]:
    """When the trouble was there again, and in which version where that is known."""
    for event in record.events:
        if event.kind == "reopen":
            shown = _SHOWN_AGAIN.search(event.body)
            yield event.at, shown[1] if shown else None
    for name, _note in record.links:
        other = by_name.get(name)
        if other and other.component == record.component:
            yield other.opened_at, other.version


def _is_older(version: str | None, fixed_in: str | None) -> bool:
    return version is not None and fixed_in is not None and compare(version, fixed_in) < 0
