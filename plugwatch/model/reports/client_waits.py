"""What a client sees of an incident: how soon we answered, when the sites worked again, how long we said nothing.

All times are plain time on a clock: nights and weekends count, as they do for whoever waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from plugwatch.model.incident import Impact, client_knows
from plugwatch.model.life import MENDED
from plugwatch.model.reports.course import HIT, open_spans
from plugwatch.model.reports.records import Record
from plugwatch.model.reports.survival import Span

_WELL = (*MENDED, "not_affected")

_Times = tuple[datetime, "datetime | None"]


def first_responses(record: Record, now: datetime) -> list[Span]:
    """For each client that told us how long it took until they heard from us; on the phone they do at once.

    Whoever was never answered still waits, also after the end. What a monitor or we ourselves saw lets no client wait.
    """
    spans = []
    for client, told_us in _reporters(record).items():
        began = min(told_us)
        heard = (at for at in _heard_from_us(record, client) if at >= began)
        spans.append(span(began, min(heard, default=None), now, f"{record.name} {client}"))
    return spans


def mitigations(record: Record, now: datetime) -> list[Span]:
    """For each site that was hit how long it took until it worked again, or was found not to be affected.

    From the first report of the incident; where the site was hit only after it had been found well, or after the
    incident had come back, from then on. Of a site that was hit again the longest time counts, and one that still goes
    on before all others. Without a verdict a site is over with the incident.
    """
    spans, verdicts = open_spans(record), _verdicts(record)
    found = []
    for site, hits in _hits(record).items():
        mends = [one for one in verdicts.get(site, ()) if one.state in _WELL]
        waits = [_wait(hit, mends, spans, now, f"{record.name} {site}") for hit in hits]
        found.append(max(waits, key=_badness))
    return found


def worst_mitigation(record: Record, now: datetime) -> Span | None:
    """The site that had to wait the longest, None where none was hit; one that still waits goes before all others."""
    return max(mitigations(record, now), key=_badness, default=None)


def silences(record: Record, now: datetime) -> list[Span]:
    """For each client with a site that was hit, or that told us, the longest time without a word while that lasted.

    It begins with the first report or verdict and with each word from us, and ends with the next one, or once all of
    the client's sites work. While one of them does not, the longest silence may still grow, and is "at least".
    """
    return [_longest(record, client, outages, now) for client, outages in _outages(record).items()]


def span(began: datetime, ended: datetime | None, now: datetime, case: str) -> Span:
    """The time from one moment to another, or to now where it goes on; never less than nothing."""
    seconds = ((ended or now) - began).total_seconds()
    return Span(max(seconds, 0.0), ended is not None, case, began)


def _reporters(record: Record) -> dict[str, list[datetime]]:
    """When each client told us of it, in the order of the first time."""
    found: dict[str, list[datetime]] = {}
    for call in sorted(record.calls, key=lambda call: (call.at, call.client or "")):
        if call.client and client_knows(call.heard):
            found.setdefault(call.client, []).append(call.at)
    return found


def _heard_from_us(record: Record, client: str) -> list[datetime]:
    """When a client had a word from us: a message that arrived, or one of us on the phone."""
    told = [told.at for told in record.told if told.client == client]
    return told + [call.at for call in record.calls if call.client == client and call.heard == "phone"]


def _hits(record: Record) -> dict[str, list[datetime]]:
    """When each site was hit, in the order of the first time: a verdict says so, or somebody called because of it."""
    hits = [(call.at, call.site) for call in record.calls if call.site]
    hits += [(one.at, one.site) for one in record.impacts if one.state in HIT]
    found: dict[str, list[datetime]] = {}
    for at, site in sorted(hits):
        found.setdefault(site, []).append(at)
    return found


def _wait(hit: datetime, mends: Sequence[Impact], spans: Sequence[_Times], now: datetime, case: str) -> Span:
    """How long a site waited that was hit at a moment, and perhaps before."""
    was_well = any(one.at < hit for one in mends)
    began = hit if was_well else max((begin for begin, _end in spans if begin <= hit), default=hit)
    ended = min((one.at for one in mends if one.at >= hit), default=None) or _over_after(spans, hit)
    return span(began, ended, now, case)


def _badness(one: Span) -> tuple[bool, float, str]:
    return not one.over, one.seconds, one.case


def _verdicts(record: Record) -> dict[str, list[Impact]]:
    """What was said of each site."""
    found: dict[str, list[Impact]] = {}
    for one in record.impacts:
        found.setdefault(one.site, []).append(one)
    return found


def _over_after(spans: Iterable[_Times], moment: datetime) -> datetime | None:
    """The first end of the incident from a moment on."""
    return min((end for _begin, end in spans if end and end >= moment), default=None)


def _outages(record: Record) -> dict[str, list[_Times]]:
    """For each client the times in which a site of theirs, or what they told us of, did not work; joined and in order.

    A site that is hit again after it was mended has another such time. What was said of no site lasts to the end.
    """
    begins: dict[tuple[str, str], list[datetime]] = {}
    for call in record.calls:
        if call.client:
            begins.setdefault((call.client, call.site or ""), []).append(call.at)
    for one in record.impacts:
        if one.state == "affected":
            begins.setdefault((one.client, one.site), []).append(one.at)
    spans, verdicts = open_spans(record), _verdicts(record)
    found: dict[str, list[_Times]] = {}
    for (client, site), hits in sorted(begins.items()):
        mends = [one.at for one in verdicts.get(site, ()) if one.state in _WELL]
        for begin in hits:
            over = _over_after(spans, begin)
            ends = [at for at in (*mends, over) if at and at >= begin]
            found.setdefault(client, []).append((begin, min(ends, default=None)))
    return {client: _joined(outages) for client, outages in found.items()}


def _joined(outages: Iterable[_Times]) -> list[_Times]:
    """The same times without overlaps."""
    found: list[_Times] = []
    for begin, end in sorted(outages, key=lambda one: one[0]):
        last = found[-1] if found else None
        if last is None or (last[1] is not None and last[1] < begin):
            found.append((begin, end))
        elif last[1] is not None and (end is None or end > last[1]):
            found[-1] = (last[0], end)
    return found


def _longest(record: Record, client: str, outages: list[_Times], now: datetime) -> Span:
    words = sorted(_heard_from_us(record, client))
    gaps = []
    for begin, end in outages:
        until = max(end or now, begin)
        marks = [begin, *(at for at in words if begin < at < until), until]
        gaps += [(later - earlier, earlier) for earlier, later in pairwise(marks)]
    longest, began = max(gaps)
    over = all(end is not None for _begin, end in outages)
    return Span(longest.total_seconds(), over, f"{record.name} {client}", began)
