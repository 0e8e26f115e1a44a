"""Where the marks of an incident's swim-lane stand: three lanes (client, us, vendor) on one axis of time.

Minutes, days and months lie in one incident: what is done in the first hour would be one spot on an even axis, and the
wait for the vendor all of the picture. So each stretch between two moments is as wide as the cube root of its time: a
longer wait is still drawn longer, and the axis says how long the wide ones took. Positions are 0 to :data:`WIDTH`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import NamedTuple

from plugwatch.model.incident import client_knows
from plugwatch.model.reports.metrics import ended_at, mitigations, silences
from plugwatch.model.reports.records import Record
from plugwatch.model.reports.survival import Span

WIDTH = 1000
LANES = ("client", "us", "vendor")
_NEAR = 16  # marks of a lane that are closer than this become one, with their number
_TICKS_APART = 150
_SAID_FROM = 80  # a stretch so wide says how long it took
_GAPS = 6
_MINUTE = 60
_TEXT = 120
_LISTED = 12
# What a timeline's lines are about that is drawn; what is set and assigned is in the table alone, and calls, messages
# and submissions are drawn from what is known of them beyond their line.
_OURS = frozenset({"status", "note", "hold", "impact", "deploy", "patch", "merge", "link", "reopen"})


class Happening(NamedTuple):
    """Something that happened, in one of LANES."""

    at: datetime
    lane: str
    text: str


class Mark(NamedTuple):
    """One or several things that happened in a lane, from a moment on; ``more`` are those beyond the listed ones."""

    x: float
    at: datetime
    happenings: tuple[Happening, ...]
    more: int


class Gap(NamedTuple):
    """The longest time in which a client heard nothing from us; not ``over``: at least so long."""

    x: float
    width: float
    client: str
    seconds: float
    over: bool


class Flag(NamedTuple):
    """A promise at the time when it was due; ``state`` as :meth:`Promise.state` says it."""

    x: float
    client: str
    due: datetime
    state: str


class Line(NamedTuple):
    """A moment for all lanes: ``works again`` (the last site that was hit), ``over`` or ``now``."""

    x: float
    what: str
    at: datetime


class Tick(NamedTuple):
    """A moment that the axis names; ``anchor`` is on which side of it its text is: start, middle or end."""

    x: float
    at: datetime
    anchor: str


class Stretch(NamedTuple):
    """A wide piece of the axis, by its middle, and how long it took."""

    x: float
    seconds: float


class Lanes(NamedTuple):
    """The picture; ``rows`` are the marks of each of LANES."""

    rows: tuple[tuple[str, tuple[Mark, ...]], ...]
    gaps: tuple[Gap, ...]
    flags: tuple[Flag, ...]
    lines: tuple[Line, ...]
    ticks: tuple[Tick, ...]
    stretches: tuple[Stretch, ...]


class Axis:
    """From moments to positions. Moments before the first or after the last lie at its ends."""

    def __init__(self, moments: Iterable[datetime]) -> None:
        self.moments = sorted(set(moments))
        self.gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(self.moments)]
        widths: list[float] = [_width(gap) for gap in self.gaps]
        scale = WIDTH / sum(widths) if widths else 0.0
        self.places: list[float] = list(
            accumulate((width * scale for width in widths), initial=0.0 if widths else WIDTH / 2)
        )

    def at(self, moment: datetime) -> float:
        """The position of a moment, to a tenth."""
        after = bisect_right(self.moments, moment)
        if after == 0 or after == len(self.moments):
            return round(self.places[min(after, len(self.places) - 1)], 1)
        before, share = after - 1, (moment - self.moments[after - 1]).total_seconds() / self.gaps[after - 1]
        return round(self.places[before] + share * (self.places[after] - self.places[before]), 1)


class Waits(NamedTuple):
    """What :func:`silences`, :func:`mitigations` and :func:`ended_at` say of an incident."""

    silences: Sequence[Span]
    mitigations: Sequence[Span]
    ended: datetime | None

    @classmethod
    def of(cls, record: Record, now: datetime) -> Waits:
        """How long clients and sites of an incident waited."""
        return cls(silences(record, now), mitigations(record, now), ended_at(record))


def lanes(record: Record, now: datetime, waits: Waits) -> Lanes:
    """The swim-lane of an incident as it is now."""
    happened = sorted(_happenings(record), key=lambda one: one.at)
    ends = list(_ends(record, now, waits))
    moments = [record.reported_at, *(one.at for one in happened), *(at for _what, at in ends)]
    axis = Axis([*moments, *(promise.due for promise in record.promises)])
    return Lanes(
        rows=tuple((lane, tuple(_marks([one for one in happened if one.lane == lane], axis))) for lane in LANES),
        gaps=tuple(_gaps(waits.silences, axis)),
        flags=tuple(Flag(axis.at(one.due), one.client, one.due, one.state(now)) for one in record.promises),
        lines=tuple(Line(axis.at(at), what, at) for what, at in ends),
        ticks=tuple(_ticks(axis)),
        stretches=tuple(_stretches(axis)),
    )


def _width(seconds: float) -> float:
    """The cube root; below a minute in proportion, or each second of a busy one would be as wide as a day."""
    return float(seconds ** (1 / 3) if seconds >= _MINUTE else seconds / _MINUTE * _MINUTE ** (1 / 3))


def _happenings(record: Record) -> Iterator[Happening]:
    for call in record.calls:
        who = call.client or "somebody"
        if client_knows(call.heard):
            yield _happening(call.at, "client", f"{who} told us by {call.heard}: {call.words}")
        else:
            yield _happening(call.at, "us", f"found before {who} told us ({call.heard}): {call.words}")
    for told in record.told:
        yield _happening(told.at, "us", f"{told.client} was told: {told.phase}" + ", with a question" * told.asks)
    for event in record.events:
        if event.kind in _OURS:
            yield _happening(event.at, "us", f"{event.kind}: {event.body}")
        elif event.kind == "feedback":
            yield _happening(event.at, "client", f"{event.client or 'a client'} answered: {event.body}")
    yield from _with_vendor(record)


def _with_vendor(record: Record) -> Iterator[Happening]:
    for sent in record.upstream:
        if sent.sent_at:
            yield _happening(sent.sent_at, "vendor", f"{sent.name} sent by {sent.channel}")
        for answer in sent.answers:
            what = "the vendor wrote" if answer.human else "a form letter or a bot wrote"
            yield _happening(answer.at, "vendor", f"{sent.name}: {what}")
        for move in sent.moves:
            if move.status not in ("draft", "sent"):
                yield _happening(move.at, "vendor", f"{sent.name}: {move.status}")


def _happening(at: datetime, lane: str, text: str) -> Happening:
    words = " ".join(text[: 2 * _TEXT].split())
    return Happening(at, lane, words if len(words) <= _TEXT else words[: _TEXT - 1] + "…")


def _ends(record: Record, now: datetime, waits: Waits) -> Iterator[tuple[str, datetime]]:
    spans = waits.mitigations
    if spans and all(span.over and span.began for span in spans):
        yield "works again", max(span.began + timedelta(seconds=span.seconds) for span in spans if span.began)
    if waits.ended:
        yield "over", waits.ended
    elif record.reported_at <= now:
        yield "now", now


def _marks(happened: Iterable[Happening], axis: Axis) -> Iterator[Mark]:
    group: list[Happening] = []
    first = 0.0
    for one in happened:
        x = axis.at(one.at)
        if group and x - first >= _NEAR:
            yield _mark(first, group)
            group = []
        if not group:
            first = x
        group.append(one)
    if group:
        yield _mark(first, group)


def _mark(x: float, group: Sequence[Happening]) -> Mark:
    return Mark(x, group[0].at, tuple(group[:_LISTED]), max(0, len(group) - _LISTED))


def _gaps(quiet: Iterable[Span], axis: Axis) -> Iterator[Gap]:
    """The longest silences; :func:`silences` names them ``INC-3 CLIENT``."""
    for span in sorted(quiet, key=lambda span: -span.seconds)[:_GAPS]:
        if span.began and span.seconds > 0:
            start = axis.at(span.began)
            width = round(axis.at(span.began + timedelta(seconds=span.seconds)) - start, 1)
            yield Gap(start, width, span.case.partition(" ")[2], span.seconds, span.over)


def _ticks(axis: Axis) -> Iterator[Tick]:
    if len(axis.moments) == 1:
        yield Tick(axis.places[0], axis.moments[0], "middle")
        return
    yield Tick(0.0, axis.moments[0], "start")
    last = 0.0
    for place, moment in zip(axis.places[1:-1], axis.moments[1:-1], strict=True):
        if place - last >= _TICKS_APART and WIDTH - place >= _TICKS_APART:
            yield Tick(round(place, 1), moment, "middle")
            last = place
    yield Tick(float(WIDTH), axis.moments[-1], "end")


def _stretches(axis: Axis) -> Iterator[Stretch]:
    for (start, end), seconds in zip(pairwise(axis.places), axis.gaps, strict=True):
        if end - start >= _SAID_FROM:
            yield Stretch(round((start + end) / 2, 1), seconds)
