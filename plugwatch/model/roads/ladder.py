"""What to do about a vendor who is silent: step by step, politely, and never for ever.

Each step waits longer than the one before it; a word of a person there begins it anew, a bot's does not. Nothing of it
is stored: it is computed from what was sent, what was said, and which steps somebody left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from plugwatch.model.client import WorkingHours
from plugwatch.model.roads.road import ROADS
from plugwatch.model.turn import WITH_VENDOR

# Named tuples and not dataclasses: the morning's list is asked all day long, and making those takes as long as it does.

# What each step is. The last two: developer.wordpress.org/plugins/wordpress-org/take-over-an-existing-plugin asks for
# documented attempts to reach the author before the plugins team is written to.
STEPS = {
    1: "ask again in the same thread, adding something new",
    2: "ask again in the same thread, offering help",
    3: "take another road",
    4: "write to the author by chat or in public",
    5: "ask the plugins team of WordPress.org, or to adopt it",
    6: "decide",
}
LAST = 6

# What is accepted waits for a release: that takes longer, and nobody is to be worn out over it.
_PATIENCE = 4
_LAST_OF_ACCEPTED = 2
# Roads for a word from one developer to another.
PERSONAL = ("chat", "social")
# What an advice says of a road, the best first; a road that is closed carries nothing.
_VERDICTS = ("best", "good", "possible", "unknown")

# The note that a step was left out, as a pattern of SQL, and to be read again.
LEFT_OUT = "step _ of the ladder left out: %"
_LEFT_OUT = re.compile(r"step ([1-6]) of the ladder left out: ")


class Week(NamedTuple):
    """When the agency works, for counting working days; nobody does on the days ``closed``."""

    hours: WorkingHours
    closed: frozenset[date] = frozenset()

    def after(self, start: datetime, days: int) -> datetime:
        """The moment that many working days later, on the clock of ``start``, inside the hours."""
        day, left = start, days
        while left:
            day += timedelta(days=1)
            left -= self._works(day.date())
        at = self.hours.next_open(day)
        while at.date() in self.closed:
            at = self.hours.next_open(at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1))
        return at

    def between(self, start: datetime, end: datetime) -> int:
        """The working days that have gone by since a moment; its own day does not count."""
        first, last = start.date(), end.astimezone(start.tzinfo).date()
        return sum(self._works(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))

    def _works(self, day: date) -> bool:
        return day not in self.closed and any(weekday == day.weekday() for weekday, _from, _to in self.hours.spans)


class Trail(NamedTuple):
    """What one submission has behind it.

    ``steps`` are the steps done or left out, and when. ``ours_at`` is our last word in it, ``theirs_at`` that of a
    person at the vendor's. ``private``: it is about security and goes to no public road.
    """

    submission: str
    road: str
    kind: str
    status: str
    ours_at: datetime | None
    theirs_at: datetime | None = None
    goes_on_from: str | None = None
    patch: str | None = None
    private: bool = False
    steps: tuple[tuple[int, datetime], ...] = ()

    @property
    def waits_for_us(self) -> bool:
        """Whether a person there has written since we did."""
        return self.theirs_at is not None and (self.ours_at is None or self.theirs_at > self.ours_at)


class Step(NamedTuple):
    """The next step, and from when on it is polite.

    ``road`` is where it goes, None where nobody knows yet or nothing is sent; ``kind`` that of the text, "" where
    nothing is written. ``left_out`` are sentences on the steps that are passed over. ``command`` makes the draft.
    """

    submission: str
    step: int
    due: datetime
    since: datetime
    days: int
    road: str | None
    kind: str
    why: str
    command: str
    left_out: tuple[str, ...] = ()

    @property
    def same_thread(self) -> bool:
        """Whether it goes on in the thread of the submission itself."""
        return self.step in (1, 2)


class Roads(NamedTuple):
    """What is known of a vendor's roads: the verdict on each by its name, and whether WordPress.org hosts it.

    None stands for "not asked": then nothing is passed over for it.
    """

    verdicts: Mapping[str, str] | None = None
    hosted: bool | None = None

    def closed(self, road: str) -> bool:
        """Whether nothing can go that way."""
        return self.verdicts is not None and self.verdicts.get(road) == "closed"

    def next_best(self, tried: Iterable[str], among: Iterable[str], *, private: bool) -> str | None:
        """The best of some roads that was not tried; of what is private only one that nobody else reads.

        Without verdicts the first that may carry it.
        """
        left = [road for road in among if road not in tried and not (private and ROADS[road].public)]
        if self.verdicts is None:
            return left[0] if left else None
        ranked = [(_VERDICTS.index(v), road) for road in left if (v := self.verdicts.get(road)) in _VERDICTS]
        return min(ranked, key=lambda one: one[0])[1] if ranked else None


NOT_ASKED = Roads()


def next_step(
    trail: Trail, others: Sequence[Trail], week: Week, *, now: datetime, roads: Roads = NOT_ASKED
) -> Step | None:
    """What comes next for a submission with which a vendor is silent; None where the turn is not the vendor's.

    ``others`` are all submissions about the same thing to the same vendor: whoever answered one of them is not silent.
    """
    everything = [trail, *(other for other in others if other.submission != trail.submission)]
    open_ones = [one for one in everything if one.status in (*WITH_VENDOR, "changes-requested")]
    if trail.status not in WITH_VENDOR or any(one.waits_for_us for one in open_ones):
        return None
    chain = _chain(trail, everything)
    spoke = [one.ours_at for one in chain if one.ours_at]
    heard = max((one.theirs_at for one in everything if one.theirs_at), default=None)
    if not spoke:
        return None
    since = max([*spoke, *([heard] if heard else [])]).astimezone(now.tzinfo)
    done = _done(chain, everything, heard)
    number, road, left_out = _choose(trail, everything, done, roads)
    wait = _wait(trail, done + 1)
    days = week.between(since, now)
    return Step(
        submission=trail.submission,
        step=number,
        due=week.after(since, wait),
        since=since,
        days=days,
        road=road,
        kind="" if number == LAST else "adoption" if number == LAST - 1 else "follow-up" if number < 3 else "report",
        why=_why(trail, days),
        command=f"plugwatch submission follow-up {trail.submission}",
        left_out=left_out,
    )


def decision(trail: Trail) -> tuple[str, ...]:
    """What there is to decide at the end of the ladder, as sentences with their commands."""
    fork = f"keep the fork for good: plugwatch patch stance {trail.patch or 'PATCH'} never --why TEXT"
    end = f"then end it: plugwatch submission mark {trail.submission} withdrawn --note TEXT"
    return fork, "or adopt the component, or replace it on the sites", end


def leave_out(step: int, reason: str) -> str:
    """The note that says that somebody left a step out, as it stands in a submission's history."""
    return LEFT_OUT.replace("_", str(step)).replace("%", reason)


def left_out(note: str | None) -> int | None:
    """The step that such a note is about; None for any other note."""
    match = _LEFT_OUT.match(note or "")
    return int(match[1]) if match else None


def first_step(road: str, kind: str) -> int:
    """The step that a submission itself is, where it goes on from one on another road."""
    return LAST - 1 if kind == "adoption" else 4 if road in PERSONAL else 3


def _chain(trail: Trail, everything: Sequence[Trail]) -> list[Trail]:
    """The submission and those before it that it goes on from."""
    known = {one.submission: one for one in everything}
    chain = [trail]
    while (before := known.get(chain[-1].goes_on_from or "")) and before not in chain:
        chain.append(before)
    return chain


def _done(chain: Sequence[Trail], everything: Sequence[Trail], heard: datetime | None) -> int:
    """The highest step behind us since a person there last wrote; another thread's own first steps do not count."""
    steps = [step for one in chain for step in one.steps]
    steps += [step for one in everything if one not in chain for step in one.steps if step[0] > _LAST_OF_ACCEPTED]
    return max((number for number, at in steps if heard is None or at > heard), default=0)


def _wait(trail: Trail, number: int) -> int:
    """The working days that are polite before a step: each time half of the first wait more."""
    wait = ROADS[trail.road].wait
    if trail.status == "accepted":
        return wait * _PATIENCE
    return -(-wait * (min(number, LAST) + 1) // 2)


def _choose(
    trail: Trail, everything: Sequence[Trail], done: int, roads: Roads
) -> tuple[int, str | None, tuple[str, ...]]:
    """The next step that can be taken, its road, and why those before it cannot."""
    if trail.status == "accepted":
        return min(done + 1, _LAST_OF_ACCEPTED), trail.road, ()
    passed: list[str] = []
    for number in range(min(done + 1, LAST), LAST):
        road, reason = _road_of(number, trail, everything, roads)
        if reason is None:
            return number, road, tuple(passed)
        passed.append(f"step {number} ({STEPS[number]}): {reason}")
    return LAST, None, tuple(passed)


def _road_of(number: int, trail: Trail, everything: Sequence[Trail], roads: Roads) -> tuple[str | None, str | None]:
    """The road of a step, else why it cannot be taken."""
    tried = {one.road for one in everything if one.status != "draft"}
    if number <= _LAST_OF_ACCEPTED:
        return trail.road, f"{trail.road} is closed" if roads.closed(trail.road) else None
    if number == LAST - 1:
        return _adoption(trail, roads)
    among = PERSONAL if number == LAST - 2 else tuple(road for road in ROADS if road not in (*PERSONAL, "security"))
    if trail.private and number == LAST - 3:
        among = (*among, "security")
    if roads.verdicts is None and not trail.private:
        return None, None
    road = roads.next_best(tried, among, private=trail.private)
    return road, None if road else "no other road can carry it"


def _adoption(trail: Trail, roads: Roads) -> tuple[str | None, str | None]:
    if trail.private:
        return None, "the plugins team has it by the road of security"
    if trail.kind != "plugin" or roads.hosted is False:
        return None, "it is no plugin of WordPress.org's directory"
    return "email", None


def _why(trail: Trail, days: int) -> str:
    working = "1 working day" if days == 1 else f"{days} working days"
    return f"nobody has answered {trail.submission} on {trail.road} for {working}"
