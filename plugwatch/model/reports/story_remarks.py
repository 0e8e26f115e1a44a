"""What helped in an incident and what did not: each remark follows from what the ledger holds, and blames nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from plugwatch.model.incident import client_knows
from plugwatch.model.reports import metrics
from plugwatch.model.reports.course import reopened_at
from plugwatch.model.reports.records import Record
from plugwatch.model.reports.survival import Span

# How late a line has to be written down to be one that was written later.
LATE = timedelta(hours=1)
# A silence that is shorter needs no remark.
LONG_SILENCE = timedelta(hours=24)


class Remark(NamedTuple):
    """Something that helped, or did not; ``key`` chooses the sentence that the template has for it."""

    key: str
    number: int = 0
    of: int = 0
    span: Span | None = None
    names: tuple[str, ...] = ()


def helped(record: Record, now: datetime) -> Iterator[Remark]:
    """What went well."""
    if metrics.found_first([record]).part:
        yield Remark("found-first")
    responses = metrics.first_responses(record, now)
    if responses and all(span.over for span in responses):
        yield Remark("answered", len(responses), span=max(responses, key=lambda span: span.seconds))
    kept = metrics.promises_kept([record], now)
    if kept.of and kept.part == kept.of:
        yield Remark("promises-kept", kept.part, kept.of)
    if record.holds:
        yield Remark("held", len(record.holds), names=tuple(f"{one.component} {one.versions}" for one in record.holds))
    if record.workaround:
        yield Remark("workaround")
    if record.patches:
        yield Remark("patched", len(record.patches), names=record.patches)
    forwarding = metrics.forwarding(record, now)
    if forwarding and forwarding.over and any(one.sent_at for one in record.upstream):
        yield Remark("forwarded", span=forwarding)
    for one in record.upstream:
        if one.fixed_in:
            yield Remark("fixed", names=(one.name, one.fixed_in))


def hindered(record: Record, now: datetime) -> Iterator[Remark]:
    """What took long, was late, or came back."""
    clients = {call.client for call in record.calls if call.client and client_knows(call.heard)}
    if clients and not metrics.found_first([record]).part:
        yield Remark("client-first", len(clients))
    unanswered = [span for span in metrics.first_responses(record, now) if not span.over]
    if unanswered:
        yield Remark("unanswered", len(unanswered), span=max(unanswered, key=lambda span: span.seconds))
    kept = metrics.promises_kept([record], now)
    if kept.part < kept.of:
        yield Remark("promises-late", kept.of - kept.part, kept.of)
    silences = metrics.silences(record, now)
    longest = max(silences, key=lambda span: span.seconds, default=None)
    if longest and longest.seconds >= LONG_SILENCE.total_seconds():
        yield Remark("silence", span=longest, names=(longest.case.partition(" ")[2],))
    if reopened_at(record):
        yield Remark("came-back")
    if record.links:
        yield Remark("seen-before", len(record.links), names=tuple(name for name, _note in record.links))
    silent = [span for span in metrics.vendor_answers(record, now) if not span.over]
    if silent:
        yield Remark("vendor-silent", len(silent), span=max(silent, key=lambda span: span.seconds))
    late = sum(event.recorded_at - event.at > LATE for event in record.events)
    if late:
        yield Remark("written-later", late, len(record.events))
