"""What a vendor does with what we send: how soon we sent it, when a person answered, when a release had the fix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from plugwatch.model.reports.client_waits import span
from plugwatch.model.reports.course import ended_at, identified_at
from plugwatch.model.reports.records import Record, Upstream
from plugwatch.model.reports.survival import Span

# With these a submission ends without a fix, and nobody waits for one any more.
_GIVEN_UP = ("rejected", "withdrawn")
# What a person on the other side must have said, where one of us notes such a status by hand.
_ANSWERS = ("confirmed", "changes-requested", "accepted", "released", "rejected")


def forwarding(record: Record, now: datetime) -> Span | None:
    """How long we kept to ourselves what we knew: from the cause to the first text that left for a vendor.

    None where there was nothing to send: the cause is not known, or is no component. What ended without a text counts
    up to its end, as "at least".
    """
    sent = min((one.sent_at for one in record.upstream if one.sent_at), default=None)
    known = identified_at(record)
    if sent:
        return span(known or sent, sent, now, record.name)
    if known is None or record.component in (None, "php"):
        return None
    return span(known, None, ended_at(record) or now, record.name)


def vendor_answers(record: Record, now: datetime) -> list[Span]:
    """For each channel that something was sent through how long it took until a person answered there.

    Bots and form letters are no answer. Where everything that was sent came to its end without one, the wait ends too.
    """
    return [answer_time(sent, now, f"{record.name} {name}") for name, sent in _channels(record, now).items()]


def upstream_fixes(record: Record, now: datetime) -> list[Span]:
    """For each channel that something was sent through how long it took until a release had the fix.

    "Accepted" is no fix yet. What was rejected or withdrawn is counted up to then, as "at least"; so is a channel that
    is still waiting when another one has led to the fix.
    """
    fixed = min((at for one in record.upstream if (at := _released_at(one))), default=None)
    until = min(now, fixed) if fixed else now
    return [fix_time(sent, until, f"{record.name} {name}") for name, sent in _channels(record, now).items()]


def answer_time(sent: Sequence[Upstream], now: datetime, case: str) -> Span:
    """From the first of these submissions (all of them sent) to the first answer of a person."""
    answered = min((at for one in sent for at in _answered_at(one)), default=None)
    return span(_first(sent), answered, _end_of_wait(sent, (*_GIVEN_UP, "released"), now), case)


def fix_time(sent: Sequence[Upstream], now: datetime, case: str) -> Span:
    """From the first of these submissions (all of them sent) to the release that is known to hold the fix."""
    fixed = min((at for one in sent if (at := _released_at(one))), default=None)
    return span(_first(sent), fixed, _end_of_wait(sent, _GIVEN_UP, now), case)


def is_sent(one: Upstream, now: datetime) -> bool:
    """Whether it has left by now."""
    return one.sent_at is not None and one.sent_at <= now


def _channels(record: Record, now: datetime) -> dict[str, list[Upstream]]:
    """What was sent through each channel, the channels in the order of their names."""
    found: dict[str, list[Upstream]] = {}
    for one in sorted(record.upstream, key=lambda one: one.channel):
        if is_sent(one, now):
            found.setdefault(one.channel, []).append(one)
    return found


def _first(sent: Iterable[Upstream]) -> datetime:
    return min(one.sent_at for one in sent if one.sent_at)


def _answered_at(one: Upstream) -> list[datetime]:
    """When persons answered: in words that we have, or as somebody of us has noted by hand."""
    said = [move.at for move in one.moves if move.by_hand and move.status in _ANSWERS]
    return said + [answer.at for answer in one.answers if answer.human]


def _released_at(one: Upstream) -> datetime | None:
    """When it became known that a release holds the fix.

    Not what was released and taken back; a release that somebody has noted late, with its date, is none of these.
    """
    if one.status != "released":
        return None
    released = [move.at for move in one.moves if move.status == "released"]
    before = max((move.at for move in one.moves if move.status not in ("draft", "released")), default=None)
    return min((at for at in released if before is None or at >= before), default=max(released, default=None))


def _end_of_wait(sent: Iterable[Upstream], ends: Sequence[str], now: datetime) -> datetime:
    """When the last of these came to an end of one of these kinds; now, where one is still waited for."""
    over = [_ended_at(one, ends) for one in sent]
    known = [at for at in over if at]
    return min(max(known), now) if known and len(known) == len(over) else now


def _ended_at(one: Upstream, ends: Sequence[str]) -> datetime | None:
    if one.status not in ends:
        return None
    return max((move.at for move in one.moves if move.status == one.status), default=None)
