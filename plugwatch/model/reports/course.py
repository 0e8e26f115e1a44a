"""How an incident went: when it was open, what its status was, when its cause was known, and whose turn it was.

Only what the timeline says is used, and its order in the record does not matter. Where the timeline says less than the
record (an incident that is over without a line on it), the record is right.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from plugwatch.model.incident import OPEN_STATUSES, STATUSES, client_knows
from plugwatch.model.life import MENDED
from plugwatch.model.messages.message import LAST_PHASES
from plugwatch.model.reports.records import Move, Record, Told, Upstream
from plugwatch.model.turn import Asked, Sent, TurnFacts, whose_turn

# Verdicts on a site that does not work, or did not.
HIT = ("affected", *MENDED)
_COMPONENT = "component: "
# A tracker's word on these is no question to us.
_SETTLED = ("accepted", "rejected", "released")


def open_spans(record: Record) -> list[tuple[datetime, datetime | None]]:
    """When it was open, the oldest first; the end is None while it is.

    It begins when somebody first told us, ends when it is resolved (or closed, where it never was), and begins again
    when it is reopened.
    """
    spans: list[tuple[datetime, datetime | None]] = []
    begin: datetime | None = record.reported_at
    for at, status in _statuses(record):
        if status in OPEN_STATUSES:
            begin = begin or at
        elif begin:
            spans.append((begin, max(begin, at)))
            begin = None
    if record.is_open and begin is None:
        begin = spans.pop()[0]
    if begin:
        spans.append((begin, None if record.is_open else max(begin, _last_word(record))))
    return spans


def ended_at(record: Record) -> datetime | None:
    """When it was resolved for the last time (or closed, where it never was); None while it is open."""
    return open_spans(record)[-1][1]


def is_open_at(record: Record, moment: datetime) -> bool:
    """Whether a client waited for the end of it at a moment. For many moments: :func:`turns_over`."""
    return any(begin <= moment and (end is None or moment < end) for begin, end in open_spans(record))


def identified_at(record: Record) -> datetime | None:
    """When its cause was known; None while it is not.

    That is its first status from "identified" on, or before that the line in which a component was named. An incident
    that was opened with its component has neither, and was identified at once.
    """
    later = ((at, status) for at, status in _statuses(record) if status != "investigating")
    at, status = next(later, (None, ""))
    if at and status == "identified":
        return at
    named = [event.at for event in record.events if event.kind == "set" and event.body.startswith(_COMPONENT)]
    if not named and record.component:
        return record.opened_at
    return min([*named, at] if at else named, default=None)


def reopened_at(record: Record, client: str | None = None) -> datetime | None:
    """When it came back last, for a client (a short name) or for anybody; None where it never has."""
    back = (event for event in record.events if event.kind == "reopen")
    return max((event.at for event in back if client is None or event.client in (None, client)), default=None)


def turn_at(record: Record, moment: datetime) -> str:
    """Whose turn it was at a moment: ``us``, ``vendor`` or ``client``; ``nobody`` once it was closed.

    The rule is that of :func:`plugwatch.model.turn.whose_turn`, with the facts of that moment. What is now a draft is
    left out, for nobody knows since when it has been there, and makes it our turn anyhow.
    """
    status = _status_at(record, moment)
    facts = TurnFacts(
        status=status,
        due=_due_at(record, moment),
        submissions=tuple(_sent_at(one, moment) for one in record.upstream if one.sent_at and one.sent_at <= moment),
        asked=_asked_at(record, moment),
        untold=_untold_at(record, moment) if status in OPEN_STATUSES else _not_told_the_end_at(record, moment),
    )
    return whose_turn(facts, now=moment)[0]


def turns_over(records: Iterable[Record], moments: Sequence[datetime]) -> list[Counter[str]]:
    """Of each of these moments (in their order) how many incidents were open, by whose turn it was.

    Cheap also for ten thousand incidents: nothing is asked of the moments at which an incident was not open.
    """
    found: list[Counter[str]] = [Counter() for _ in moments]
    for record in records:
        for begin, end in open_spans(record):
            last = bisect_left(moments, end) if end else len(moments)
            for place in range(bisect_left(moments, begin), last):
                found[place][turn_at(record, moments[place])] += 1
    return found


def is_told(told: Iterable[Told], client: str, since: datetime | None) -> bool:
    """Whether one of these messages reached a client, since a moment where one is given."""
    return any(one.client == client and (since is None or one.at >= since) for one in told)


def _statuses(record: Record) -> list[tuple[datetime, str]]:
    """Each status that it got; of several at the same second the one that is nearer to the end is the later one."""
    lines = [event for event in record.events if event.kind == "status" and event.body in STATUSES]
    lines.sort(key=lambda event: (event.at, event.recorded_at, STATUSES.index(event.body)))
    return [(event.at, event.body) for event in lines]


def _last_word(record: Record) -> datetime:
    """When anything was last heard of it."""
    at = [event.at for event in record.events]
    at += [one.at for one in record.told] + [one.at for one in record.impacts] + [call.at for call in record.calls]
    return max(at, default=record.opened_at)


def _status_at(record: Record, moment: datetime) -> str:
    if not is_open_at(record, moment):
        over = (status for at, status in reversed(_statuses(record)) if at <= moment and status not in OPEN_STATUSES)
        return next(over, record.status)
    said = (status for at, status in reversed(_statuses(record)) if at <= moment and status in OPEN_STATUSES)
    known = identified_at(record)
    return next(said, "identified" if known and known <= moment else "investigating")


def _due_at(record: Record, moment: datetime) -> datetime | None:
    """The next word that was owed; a promise that came with a question to the client counts once it is overdue."""
    asked = {(told.client, told.at) for told in record.told if told.asks}
    owed = (one for one in record.promises if one.made_at <= moment and (one.kept_at is None or one.kept_at > moment))
    return min((one.due for one in owed if one.due < moment or (one.client, one.made_at) not in asked), default=None)


def _sent_at(one: Upstream, moment: datetime) -> Sent:
    """How a submission stood; who waits for whom is told by the last human answer, and our last word or verdict."""
    sent = one.sent_at or moment
    moves = sorted((move for move in one.moves if move.at <= moment and move.status != "draft"), key=_when)
    theirs = max((answer.at for answer in one.answers if answer.human and answer.at <= moment), default=None)
    ours = max([sent, *(move.at for move in moves if move.by_hand or move.status in _SETTLED)])
    since = max([sent, *(move.at for move in moves), *([theirs] if theirs else [])])
    is_now = all(move.at <= moment for move in one.moves)  # then it stands as the ledger says, whatever was dated back
    status = one.status if is_now else moves[-1].status if moves else "sent"
    return Sent(one.name, status, since, waits_for_us=theirs is not None and theirs > ours)


def _when(move: Move) -> datetime:
    return move.at


def _asked_at(record: Record, moment: datetime) -> Asked | None:
    """The last question to a client, and when they called after it."""
    asked = max(((told.at, told.client) for told in record.told if told.asks and told.at <= moment), default=None)
    if asked is None:
        return None
    at, client = asked
    calls = (call.at for call in record.calls if call.client == client and at <= call.at <= moment)
    return Asked(client, at, min(calls, default=None))


def _know_at(record: Record, moment: datetime) -> set[str]:
    """The clients who knew of it: from us or by themselves."""
    called = {call.client for call in record.calls if call.client and client_knows(call.heard) and call.at <= moment}
    return called | {told.client for told in record.told if told.at <= moment}


def _untold_at(record: Record, moment: datetime) -> int:
    """How many clients with a site that was hit did not know of it."""
    last = {one.site: one for one in sorted(record.impacts, key=lambda one: one.at) if one.at <= moment}
    return len({one.client for one in last.values() if one.state in HIT} - _know_at(record, moment))


def _not_told_the_end_at(record: Record, moment: datetime) -> int:
    """How many clients who knew of it had not heard the end since it came back for them."""
    ends = [told for told in record.told if told.phase in LAST_PHASES and told.at <= moment]
    return sum(not is_told(ends, client, reopened_at(record, client)) for client in _know_at(record, moment))
