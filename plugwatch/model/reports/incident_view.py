"""The page of one incident: what it is, how it went, what it means for each site, and its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from plugwatch.model.incident import SEVERITIES, Call, Impact
from plugwatch.model.promise import Promise
from plugwatch.model.reports import metrics
from plugwatch.model.reports.board import Board
from plugwatch.model.reports.lanes import Lanes, Waits, lanes
from plugwatch.model.reports.metrics import METRICS, Metric
from plugwatch.model.reports.records import ForkFact, PatchFact, Record, Upstream
from plugwatch.model.reports.survival import Quantile, Span

LONGEST = 2000  # characters of what somebody said; the ledger has all of it
TURNS = ("us", "vendor", "client")
_TITLE, _WORDS, _NAMES = 160, 600, 2
_HIT = ("affected", "mitigated", "resolved")
_WRITTEN_LATER = timedelta(hours=1)
_TONES = {"affected": "bad", "in_triage": "unsure", "mitigated": "good", "resolved": "good", "not_affected": "quiet"}
_PROMISE_TONES = {"kept": "good", "late": "bad", "overdue": "bad", "open": "unsure"}


class SiteRow(NamedTuple):
    """What the incident means for a site: the last verdict, and how long it did not work, where it was hit.

    ``verdict`` is None where a client has called because of the site, and nobody has said anything of it.
    """

    site: str
    client: str
    verdict: Impact | None
    tone: str
    down: Quantile | None


class PromiseRow(NamedTuple):
    """A promise, with its state."""

    client: str
    promise: Promise
    state: str
    tone: str


class Line(NamedTuple):
    """A line of the timeline; ``written`` is when it was written down, where that was clearly later."""

    at: datetime
    written: datetime | None
    kind: str
    actor: str
    body: str
    minutes: int | None


class Number(NamedTuple):
    """A metric of this incident alone: the case that took longest, of ``n``; or a share, of ``n``."""

    metric: Metric
    worst: Quantile | None
    case: str
    share: float | None
    n: int


class Link(NamedTuple):
    """Another incident; ``known``: it has a page of its own."""

    name: str
    note: str
    known: bool


class PatchRow(NamedTuple):
    """A patch of this incident; ``fact`` is None where no fork that we know has it."""

    id: str
    fact: PatchFact | None


@dataclass(frozen=True)
class IncidentView:
    """Everything that the page of an incident shows; what clients are called is from the ledger."""

    record: Record
    name: str
    lanes: Lanes
    sites: tuple[SiteRow, ...]
    calls: tuple[tuple[str, Call], ...]
    promises: tuple[PromiseRow, ...]
    told: tuple[tuple[str, str, datetime], ...]
    upstream: tuple[tuple[Upstream, str | None], ...]
    patches: tuple[PatchRow, ...]
    links: tuple[Link, ...]
    lines: tuple[Line, ...]
    numbers: tuple[Number, ...]
    ended: datetime | None
    has_fork: bool


class Views:
    """Makes the views of a board's incidents, with what they have in common looked up once."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._patches = {patch.id: patch for fork in board.forks for patch in fork.patches.values()}
        self._forks: dict[str, ForkFact] = {fork.component: fork for fork in board.forks}
        self._client_names = {slug: cut(fact.name, _TITLE) for slug, fact in board.clients.items()}

    def of(self, record: Record) -> IncidentView:
        """The view of one incident."""
        names, now = self._client_names, self._board.now
        waits = Waits.of(record, now)
        fact = self._board.components.get(record.component or "")
        return IncidentView(
            record=record,
            name=(fact.name if fact else None) or record.component or "",
            lanes=lanes(record, now, waits),
            sites=tuple(_sites(record, waits, names)),
            calls=tuple((names.get(call.client or "", call.client or ""), _cut_call(call)) for call in record.calls),
            promises=tuple(_promises(record, now, names)),
            told=tuple((names.get(one.client, one.client), one.phase, one.at) for one in record.told),
            upstream=tuple((one, address(one.url)) for one in record.upstream),
            patches=tuple(PatchRow(one, self._patches.get(one)) for one in record.patches),
            links=tuple(Link(name, note or "", name in self._board.by_name) for name, note in record.links),
            lines=tuple(_lines(record)),
            numbers=tuple(_numbers(record, now, waits)),
            ended=waits.ended,
            has_fork=record.component in self._forks,
        )


def address(url: str | None) -> str | None:
    """An address that one can follow, else None: what other programs told us may be any text."""
    return url if url and url.lower().startswith(("https://", "http://")) else None


def cut(text: str, length: int = LONGEST) -> str:
    """At most so much of a text."""
    return text if len(text) <= length else text[: length - 1] + "…"


def _sites(record: Record, waits: Waits, names: Mapping[str, str]) -> Iterator[SiteRow]:
    down = {span.case.partition(" ")[2]: span for span in waits.mitigations}
    last = {one.site: one for one in record.impacts}
    clients = {call.site: call.client or "" for call in record.calls if call.site}
    clients |= {one.site: one.client for one in record.impacts}
    for site in sorted({*last, *down}, key=lambda site: (site not in down, site)):
        verdict, span = last.get(site), down.get(site)
        took = Quantile(span.seconds, not span.over) if span else None
        tone = _TONES.get(verdict.state, "quiet") if verdict else "unsure"
        yield SiteRow(site, names.get(clients.get(site, ""), clients.get(site, "")), verdict, tone, took)


def _promises(record: Record, now: datetime, names: Mapping[str, str]) -> Iterator[PromiseRow]:
    for promise in record.promises:
        state = promise.state(now)
        yield PromiseRow(names.get(promise.client, promise.client), promise, state, _PROMISE_TONES[state])


def _lines(record: Record) -> Iterator[Line]:
    for event in record.events:
        late = event.recorded_at - event.at > _WRITTEN_LATER
        yield Line(
            event.at,
            event.recorded_at if late else None,
            event.kind,
            event.actor,
            cut(event.body),
            event.minutes,
        )


def _cut_call(call: Call) -> Call:
    return call if len(call.words) <= LONGEST else call._replace(words=cut(call.words))


def _numbers(record: Record, now: datetime, waits: Waits) -> Iterator[Number]:
    yield _number(METRICS["first-response"], metrics.first_responses(record, now))
    yield _number(METRICS["mitigation"], waits.mitigations)
    yield _number(METRICS["silence"], waits.silences)
    kept = metrics.promises_kept([record], now)
    yield Number(METRICS["promises-kept"], None, "", kept.value, kept.of)
    forwarded = metrics.forwarding(record, now)
    yield _number(METRICS["forwarding"], [forwarded] if forwarded else [])
    yield _number(METRICS["vendor-answer"], metrics.vendor_answers(record, now))
    yield _number(METRICS["upstream-fix"], metrics.upstream_fixes(record, now))


def _number(metric: Metric, spans: Iterable[Span]) -> Number:
    known = list(spans)
    worst = max(known, key=lambda span: (not span.over, span.seconds), default=None)
    if worst is None:
        return Number(metric, None, "", None, 0)
    return Number(metric, Quantile(worst.seconds, not worst.over), worst.case.partition(" ")[2], None, len(known))


class IncidentRow(NamedTuple):
    """An incident in the list of all. ``words`` are more by which it is found: its clients and sites.

    ``turn`` is empty once it is over; ``rank`` orders severities, ``stamp`` times.
    """

    name: str
    number: int
    title: str
    component: str
    clients: str
    severity: str
    rank: int
    status: str
    turn: str
    sites: int
    minutes: int
    reported: datetime
    stamp: int
    words: str


def incident_rows(board: Board) -> Iterator[IncidentRow]:
    """The incidents of the board, in its order."""
    for record in board.records:
        hit = {one.site for one in record.impacts if one.state in _HIT} | {one.site for one in record.calls if one.site}
        told_us = [one.client for one in record.calls if one.client]
        clients = dict.fromkeys([*told_us, *(one.client for one in record.impacts if one.state in _HIT)])
        names = [board.clients[one].name if one in board.clients else one for one in clients]
        more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
        yield IncidentRow(
            record.name,
            record.number,
            cut(record.title, _TITLE),
            record.component or "",
            cut(", ".join(names[:_NAMES]), _TITLE) + more,
            record.severity,
            SEVERITIES.index(record.severity),
            record.status,
            record.turn if record.is_open and record.turn in TURNS else "",
            len(hit),
            record.minutes,
            record.reported_at,
            int(record.reported_at.timestamp()),
            cut(" ".join((*names[_NAMES:], *sorted(hit))), _WORDS),
        )
