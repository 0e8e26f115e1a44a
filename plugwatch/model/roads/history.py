"""What became of what we sent to one vendor, road by road."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from statistics import median

from plugwatch.model.roads.submitted import Submission
from plugwatch.model.vendors.facts import RoadHistory

_SECONDS_A_DAY = 86_400


def sum_up(submissions: Iterable[Submission]) -> list[RoadHistory]:
    """A row for each road on which something has left, in the order of the roads' names."""
    sent = sorted((one for one in submissions if one.sent_at), key=lambda one: one.channel)
    return [_sum_up(road, list(rows)) for road, rows in groupby(sent, key=lambda one: one.channel)]


def _sum_up(road: str, rows: list[Submission]) -> RoadHistory:
    answered = [(one, at) for one in rows if (at := _answered_at(one))]
    days = [(at - one.sent_at).total_seconds() / _SECONDS_A_DAY for one, at in answered if one.sent_at]
    people = sorted(((r.at, r.who) for one in rows for r in one.remarks if r.human), reverse=True)
    return RoadHistory(
        road,
        sent=len(rows),
        answered=len(answered),
        median_days=round(median(days), 1) if days else None,
        released=sum(one.status == "released" for one in rows),
        last_at=max(one.sent_at for one in rows if one.sent_at),
        who=tuple(dict.fromkeys(who for _at, who in people)),
    )


def _answered_at(one: Submission) -> datetime | None:
    """When a human first answered: by a remark, or as somebody of us has said by hand."""
    said = [change.at for change in one.changes if change.by_hand and change.status in _ANSWERS]
    return min((*(remark.at for remark in one.remarks if remark.human), *said), default=None)


_ANSWERS = ("confirmed", "changes-requested", "accepted", "released", "rejected")
