"""The ends of an incident: what stands in their way, when one has come back, and which are known errors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from plugwatch.model.hold import Hold
from plugwatch.model.impact import Exposed
from plugwatch.model.incident import Event, Impact, Incident
from plugwatch.model.promise import Promise
from plugwatch.model.suspects import Concern
from plugwatch.model.version import VersionRange, sort_key, split_build
from plugwatch.model.when import distance, short_time

# Verdicts of sites that work again.
MENDED = ("mitigated", "resolved")
# Submissions in these statuses have come to their end.
ENDED = ("released", "rejected", "withdrawn")


@dataclass(frozen=True)
class Remains:
    """What belongs to an incident when somebody wants to close it.

    ``sites`` are those that wait for us, ``submissions`` names and statuses, ``patches`` ids and components of those
    still carried, ``unsettled`` sentences about messages, ``untold`` the clients who know of it and not of its end.
    """

    sites: Sequence[Exposed] = ()
    promises: Sequence[Promise] = ()
    holds: Sequence[Hold] = ()
    submissions: Sequence[tuple[str, str]] = ()
    patches: Sequence[tuple[str, str]] = ()
    unsettled: Sequence[str] = ()
    untold: Sequence[str] = ()


def state_at(impact: Impact, now: datetime) -> str:
    """What a verdict says now: one whose time has run out says nothing any more, so the site must be looked at."""
    ran_out = impact.valid_until is not None and impact.valid_until <= now
    return "in_triage" if ran_out else impact.state


def back_for(events: Iterable[Event]) -> Callable[[str], datetime | None]:
    """When an incident came back last for a client (its short name); None where it never has."""
    back = [event for event in events if event.kind == "reopen"]

    def last(client: str) -> datetime | None:
        return max((event.at for event in back if event.client in (None, client)), default=None)

    return last


def is_waiting(one: Exposed) -> bool:
    """Whether a site waits for us: it is affected, or somebody has to look whether it is."""
    return one.group in ("affected", "triage") or (one.group == "unknown" and one.state == "in_triage")


def to_resolve(waiting: Iterable[Exposed]) -> list[str]:
    """A sentence for each site that keeps an incident from being over."""
    said = {"affected": "is affected", "in_triage": "is still in triage"}
    return [f"{one.site} ({one.client}) {said[one.state or 'in_triage']}" for one in waiting]


def to_close(incident: str, remains: Remains, *, now: datetime) -> list[str]:
    """A sentence for each thing that keeps an incident (``INC-3``) from being closed, with what to do about it.

    Promises have the next due first. Who was promised a word waits for that of the end too, and is named once.
    """
    owed: dict[str, Promise] = {}
    for promise in remains.promises:
        if promise.kept_at is None:
            owed.setdefault(promise.client, promise)
    held = [hold for hold in remains.holds if hold.lifted_at is None]
    sent = [(name, status) for name, status in remains.submissions if status not in ENDED]
    untold = [client for client in remains.untold if client not in owed]
    return [
        *to_resolve(remains.sites),
        *(
            f"{one.client} waits for a word {_by(one, now)}: plugwatch incident tell {incident}"
            for one in owed.values()
        ),
        *remains.unsettled,
        *(f"{client} has not been told the end: plugwatch incident tell {incident}" for client in untold),
        *(f"{one.component} {one.versions} is held: plugwatch incident hold {incident} --lift" for one in held),
        *(_unended(name, status) for name, status in sent),
        *(f"{patch} is still carried on {component}" for patch, component in remains.patches),
    ]


def is_known_error(incident: Incident, *, carried: Collection[str], landed: Collection[str]) -> bool:
    """Whether we can live with it and the vendor has not fixed it: its cause is known, and a workaround or a patch of
    ours is there, while no release contains the fix (ITIL's known error)."""
    if incident.component is None or incident.status == "closed" or incident.merged_into or landed:
        return False
    return bool(incident.workaround or carried)


class BadVersions:
    """The versions of a component that incidents are about, made to be asked a thousand times.

    Where the affected versions of an incident are known they alone count, else the version that the first caller's site
    ran. A build of ours is never bad.
    """

    def __init__(self, concerns: Iterable[Concern]) -> None:
        self._exact: dict[bytes, list[str]] = {}
        self._ranges: list[tuple[VersionRange, str]] = []
        for concern in concerns:
            if concern.affected is not None:
                self._ranges.append((VersionRange.parse(concern.affected), concern.incident))
            elif concern.version and sort_key(concern.version):
                self._exact.setdefault(sort_key(concern.version), []).append(concern.incident)

    def incidents(self, version: str | None) -> list[str]:
        """The names of the incidents that this version shows to be there, each once."""
        if version is None or split_build(version) is not None:
            return []
        ranged = [incident for versions, incident in self._ranges if versions.contains(version)]
        return list(dict.fromkeys((*self._exact.get(sort_key(version), ()), *ranged)))


def _unended(name: str, status: str) -> str:
    if status == "draft":
        return f"{name} is written and not sent: plugwatch submission send {name}, or mark it withdrawn"
    return f"{name} has no end yet, it is '{status}': plugwatch submission poll {name}"


def _by(promise: Promise, now: datetime) -> str:
    return f"by {short_time(promise.due, now)} ({distance(promise.due, now)})"
