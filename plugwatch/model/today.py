"""The morning's list: whom we owe a word, whose turn it is, what did not arrive, and what waits for a look."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from plugwatch.model.component import Component
from plugwatch.model.deployments.deployment import Deployment
from plugwatch.model.incident import SEVERITIES
from plugwatch.model.version import VersionRange, sort_key

# How this program says by itself that somebody must look at a site: plugwatch.model.impact has these words too, and a
# test holds them together, for importing it takes as long as all of the list.
AUTOMATIC = frozenset({"same version", "runs it too", "in the affected range"})

FINDINGS = ("security", "lost-patch", "to-tell", "to-move", "submission", "release", "watch-error")

# How long bad feedback, and promises in what was closed over them, stay on the list.
LOOK_BACK = timedelta(days=14)

_SOON = timedelta(minutes=30)

# Operators, each with the sort key of a version.
Conditions = tuple[tuple[str, bytes], ...]


# These are never compared or printed; without code for that a class costs half of its start-up time.


@dataclass(frozen=True, eq=False, repr=False)
class Due:
    """A promise that nothing has kept yet. ``what`` is the word that they wait for: ``first message``, ``update`` …

    ``asks``: it came with a question to the client.
    """

    promise: str
    incident: str
    client: str
    client_name: str
    due: datetime
    what: str
    severity: str
    assignee: str | None
    asks: bool = False

    def state(self, now: datetime) -> str:
        """``overdue``, ``soon`` (within half an hour) or ``open``."""
        if self.due < now:
            return "overdue"
        return "soon" if self.due - now <= _SOON else "open"


@dataclass(frozen=True, eq=False, repr=False)
class Turn:
    """Whose turn it is in one incident. ``since``: when something last happened there.

    The numbers are sites: ``in_triage`` nobody has looked at, of ``run_out`` the verdict is no longer valid, and
    ``hit_next`` still run a good version and are about to get the bad one.
    """

    incident: str
    title: str
    turn: str
    why: str
    severity: str
    status: str
    assignee: str | None
    since: datetime
    in_triage: int = 0
    run_out: int = 0
    hit_next: int = 0


@dataclass(frozen=True, eq=False, repr=False)
class Undelivered:
    """A message that has not reached an address, or of which nobody knows; ``state`` is that of the delivery."""

    incident: str
    client: str
    client_name: str
    address: str
    state: str
    reply: str | None
    at: datetime | None
    assignee: str | None


@dataclass(frozen=True, eq=False, repr=False)
class BadFeedback:
    """A client who was not happy with how it was handled."""

    incident: str | None
    client: str
    client_name: str
    words: str | None
    at: datetime
    assignee: str | None


@dataclass(frozen=True, eq=False, repr=False)
class SilentVendor:
    """Something with which a vendor is silent: since when, the step of the ladder that is due, and its command."""

    submission: str
    incident: str | None
    component: str
    status: str
    since: datetime
    assignee: str | None
    step: int = 0
    due: datetime | None = None
    next: str = ""


@dataclass(frozen=True)
class Finding:
    """What a check saw: its kind (one of FINDINGS), the place that it is about, and a sentence.

    ``details`` say the same to a program, as far as there is more to it: values that JSON can hold.
    """

    kind: str
    place: str
    summary: str
    details: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class LostBuild:
    """A site that ran a build of ours (``before``) and runs what the vendor ships (``after``)."""

    site: str
    component: Component
    before: str
    after: str


@dataclass(frozen=True, eq=False, repr=False)
class OnCall:
    """Who takes the next call, until when (the last day), and who follows; None: not known."""

    person: str | None
    until: date | None = None
    next: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Today:
    """Everything at one moment. ``on_call`` is None without a rota, ``checked_at`` where no check has run yet.

    ``deployments`` are those of which nobody knows how they ended.
    """

    now: datetime
    on_call: OnCall | None
    due: Sequence[Due] = ()
    turns: Sequence[Turn] = ()
    undelivered: Sequence[Undelivered] = ()
    feedback: Sequence[BadFeedback] = ()
    silent: Sequence[SilentVendor] = ()
    findings: Sequence[Finding] = ()
    deployments: Sequence[Deployment] = ()
    checked_at: datetime | None = None

    @property
    def look(self) -> Sequence[Turn]:
        """The incidents with sites that somebody should look at."""
        return [turn for turn in self.turns if turn.in_triage or turn.run_out or turn.hit_next]


def order_due(rows: Iterable[Due]) -> list[Due]:
    """What is due first, and so overdue the longest, goes first; of the same time the worst incident.

    Of several promises to one client about one incident the first counts: one word keeps them all.
    """
    first: dict[tuple[str, str], Due] = {}
    for row in sorted(rows, key=lambda row: (row.due, _severity(row.severity), _number(row.incident), row.client)):
        first.setdefault((row.incident, row.client), row)
    return list(first.values())


def order_turns(rows: Iterable[Turn]) -> list[Turn]:
    """Ours first, and the worst of them; of the same severity the oldest incident."""
    order = {"us": 0, "client": 1, "vendor": 2}
    return sorted(rows, key=lambda row: (order.get(row.turn, 3), _severity(row.severity), _number(row.incident)))


def only_mine(today: Today, person: str) -> Today:
    """What is assigned to a person; and what nobody has, for whoever is on call (for all where nobody is)."""
    on_call = today.on_call.person if today.on_call else None
    unassigned = on_call is None or on_call.casefold() == person.casefold()
    return replace(
        today,
        due=_of(person, today.due, unassigned),
        turns=_of(person, today.turns, unassigned),
        undelivered=_of(person, today.undelivered, unassigned),
        feedback=_of(person, today.feedback, unassigned),
        silent=_of(person, today.silent, unassigned),
        findings=today.findings if unassigned else (),
        deployments=[one for one in today.deployments if one.actor.casefold() == person.casefold()],
    )


def hit_next(base: bytes, doubtful: Conditions, *, auto_update: bool, offered: str | None) -> bool:
    """Whether a site on a good version (its sort key) is about to get one that is bad, or that nobody knows to be good.

    The rule of plugwatch.model.impact.judge, on sort keys: the morning's list asks it thousands of times.
    """
    if holds(base, doubtful):
        return False
    if offered and holds(_key(offered), doubtful):
        return True
    newest = max(base, _key(offered)) if offered else base
    return auto_update and all(bound > newest for sign, bound in doubtful if sign in ("<", "<=", "="))


def holds(key: bytes, conditions: Conditions) -> bool:
    """Whether a version, by its sort key, lies in a range."""
    return all(_HOLDS[sign](key, bound) for sign, bound in conditions)


def doubtful_versions(affected: str | None, version: str | None) -> Conditions:
    """The affected versions of an incident; where nobody has said them, its own and all later ones."""
    if not affected:
        return ((">=", _key(version)),) if version else ()
    return tuple((sign, _key(bound)) for sign, bound in VersionRange.parse(affected).conditions)


_key = lru_cache(maxsize=4096)(sort_key)
_HOLDS = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt, "=": operator.eq, "!=": operator.ne}


class _Owned(Protocol):
    @property
    def assignee(self) -> str | None: ...


_Row = TypeVar("_Row", bound=_Owned)


def _of(person: str, rows: Iterable[_Row], unassigned: bool) -> list[_Row]:
    return [row for row in rows if (row.assignee.casefold() == person.casefold() if row.assignee else unassigned)]


_SEVERITIES: Mapping[str, int] = {name: place for place, name in enumerate(SEVERITIES)}


def _severity(name: str) -> int:
    return _SEVERITIES.get(name, len(_SEVERITIES))


def _number(incident: str) -> int:
    return int(incident.rpartition("-")[2])
