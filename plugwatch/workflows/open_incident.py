"""Log a breakage while the client is on the phone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Protocol

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import Client, WorkingHours
from plugwatch.model.component import Component
from plugwatch.model.incident import (
    HEARD,
    SEVERITIES,
    Call,
    Event,
    Impact,
    Incident,
    Promise,
    SiteChange,
    Suspect,
    add_working_time,
    check_choice,
    check_trigger,
    client_knows,
    default_severity,
    rank_suspects,
    round_up,
    sentence_to_say,
    wait_for,
)
from plugwatch.model.site import Import, Installation, InstallationChange, Site
from plugwatch.model.version import VersionRange
from plugwatch.workflows.naming import all_named, named

_SUSPECT_DAYS = 7
_SUSPECTS_SHOWN = 10


if TYPE_CHECKING:  # classes cost start-up time, and these are only for the type checker

    class Incidents(Protocol):
        """What the ledger keeps of incidents."""

        def add(self, incident: Incident, *, actor: str, recorded_at: datetime) -> Incident: ...

        def update(self, incident: Incident) -> None: ...

        def of_component(self, component: Component) -> Sequence[Incident]: ...

        def under_suspicion(self) -> dict[Component, list[str]]: ...

        def add_call(self, incident: Incident, call: Call) -> None: ...

        def add_impact(self, incident: Incident, impact: Impact) -> None: ...

        def impacts(self, incident: Incident) -> Sequence[Impact]: ...

        def add_promise(self, incident: Incident, promise: Promise, *, actor: str) -> None: ...

        def add_event(self, incident: Incident, event: Event) -> None: ...

    class Installations(Protocol):
        """What the ledger keeps of what runs where."""

        def current(self, site_id: str) -> Any: ...

        def where(self, component: Component, versions: VersionRange | None = None) -> Sequence[Any]: ...

        def history(self, site_id: str, *, since: datetime | None = None) -> Sequence[InstallationChange]: ...

    class Imports(Protocol):
        """The record of the lists that were taken in."""

        def of_site(self, site_id: str) -> Sequence[Import]: ...

    class UnitOfWork(Protocol):
        """One transaction on the ledger."""

        @property
        def incidents(self) -> Incidents: ...

        @property
        def installations(self) -> Installations: ...

        @property
        def imports(self) -> Imports: ...

        @property
        def clients(self) -> Any: ...

        @property
        def sites(self) -> Any: ...

        @property
        def components(self) -> Any: ...


@dataclass(frozen=True)
class Agreement:
    """The agency's own times; a client's settings go before them."""

    zone: tzinfo
    find_zone: Callable[[str], tzinfo]
    hours: WorkingHours
    first_response: timedelta
    update_every: timedelta


@dataclass(frozen=True)
class Report:
    """What is known while the client is on the phone. ``site`` None: nobody has called yet (``--fleet``)."""

    words: str
    actor: str
    now: datetime
    site: str | None = None
    component: str | None = None
    caller: str | None = None
    heard: str = "phone"
    at: datetime | None = None
    severity: str | None = None
    trigger: str | None = None
    also: tuple[str, ...] = ()
    ticket: str | None = None
    security: bool = False
    title: str | None = None
    new: bool = False


@dataclass(frozen=True)
class Opened:
    """The answer to a report: what to say, whom else it concerns, where to look."""

    incident: Incident
    joined: bool
    component: Component | None
    version: str | None
    suspects: tuple[Suspect, ...]
    other_sites: tuple[Any, ...]
    seen_before: tuple[Incident, ...]
    say: str
    promise: Promise | None


@dataclass(frozen=True)
class _Place:
    """Where the breakage is: site, client, component and the version there."""

    site: Site | None
    client: Client | None
    component: Component | None
    installed: Installation | None

    @property
    def version(self) -> str | None:
        return self.installed.base_version if self.installed else None


def open_incident(work: UnitOfWork, report: Report, agreement: Agreement) -> Opened:
    """Open an incident, or join the open one about the same component in the same version.

    Raises PlugwatchError for a name that is not known or fits several, and for values that are none.
    """
    _check(report)
    place = _locate(work, report)
    past = work.incidents.of_component(place.component) if place.component else []
    same = [] if report.new else [i for i in past if i.is_open and i.version == place.version]
    at = report.at or report.now
    incident = same[0] if same else _add(work, report, place, at)
    _record_call(work, report, place, incident, at)
    promise = _promise(work, report, place, incident, agreement)
    zone = agreement.find_zone(place.client.timezone) if place.client and place.client.timezone else agreement.zone
    others = _other_sites(work, place)
    _record_impacts(work, report, place, incident, others)
    return Opened(
        incident=incident,
        joined=bool(same),
        component=place.component,
        version=place.version,
        suspects=_suspects(work, place, at),
        other_sites=tuple(others),
        seen_before=tuple(i for i in past if i.id != incident.id),
        say=sentence_to_say(
            language=place.client.language if place.client else None,
            known=place.component is not None,
            due=promise.due if promise else None,
            now=report.now,
            zone=zone,
        ),
        promise=promise,
    )


def _check(report: Report) -> None:
    if not report.words.strip():
        raise PlugwatchError("the last argument is what the client said, in quotes; it cannot be empty")
    check_choice(report.heard, HEARD, "way to hear of it")
    if report.severity:
        check_choice(report.severity, SEVERITIES, "severity")
    if report.trigger:
        check_trigger(report.trigger)


def _locate(work: UnitOfWork, report: Report) -> _Place:
    site = work.sites.resolve(report.site) if report.site else None
    client = work.clients.get(site.client) if site else None
    installed = work.installations.current(site.id) if site else {}
    component = _resolve_component(work, report.component, installed) if report.component else None
    return _Place(site, client, component, installed.get(component) if component else None)


def _resolve_component(work: UnitOfWork, text: str, installed: Any) -> Component:
    """What runs on the site goes first: ``tidy`` means the one there, whatever else is called so elsewhere."""
    here = [c for c in installed if text.casefold() in (str(c).casefold(), c.slug.casefold())]
    if not here:
        here = [
            c
            for c, row in installed.items()
            if text.casefold() in c.slug.casefold() or text.casefold() in (row.name or "").casefold()
        ]
    return here[0] if len(here) == 1 else named(work, text)


def _add(work: UnitOfWork, report: Report, place: _Place, at: datetime) -> Incident:
    also = all_named(work, place.component, report.also)
    trigger = report.trigger or ("conflict" if also else "unknown")
    where = place.version and f" {place.version}"
    title = report.title or (
        f"{place.component}{where or ''} breaks"
        if place.component
        else f"{place.site.slug if place.site else '?'}: cause not known yet"
    )
    incident = Incident(
        id="",
        number=0,
        title=title,
        status="identified" if place.component else "investigating",
        severity=report.severity or default_severity(place.site.tier if place.site else None),
        trigger=trigger,
        component=place.component,
        version=place.version,
        opened_at=at,
        with_components=also,
        security=report.security,
    )
    return work.incidents.add(incident, actor=report.actor, recorded_at=report.now)


def _record_call(work: UnitOfWork, report: Report, place: _Place, incident: Incident, at: datetime) -> None:
    call = Call(
        site=place.site.slug if place.site else None,
        client=place.client.slug if place.client else None,
        caller=report.caller,
        heard=report.heard,
        words=report.words,
        ticket=report.ticket,
        at=at,
        recorded_at=report.now,
        actor=report.actor,
    )
    work.incidents.add_call(incident, call)
    where = f"{call.site} ({call.client})" if call.site else "all sites"
    body = f"{report.heard}: {where}"
    work.incidents.add_event(incident, Event(at, report.now, report.actor, "call", "internal", body))


def _record_impacts(work: UnitOfWork, report: Report, place: _Place, incident: Incident, others: Sequence[Any]) -> None:
    """The site that called is affected; others on the same version must be looked at."""
    known = {impact.site: impact.state for impact in work.incidents.impacts(incident)}
    if place.site and known.get(place.site.slug) != "affected":
        impact = Impact(place.site.slug, place.site.client, "affected", "reported", report.actor, report.now)
        work.incidents.add_impact(incident, impact)
    for row in others:
        if row.site not in known:
            impact = Impact(row.site, row.client, "in_triage", "same version", report.actor, report.now)
            work.incidents.add_impact(incident, impact)


def _promise(
    work: UnitOfWork, report: Report, place: _Place, incident: Incident, agreement: Agreement
) -> Promise | None:
    """When this client hears from us again, inside working hours; None for a client who does not know yet."""
    if place.client is None or not client_knows(report.heard):
        return None
    client = place.client
    wait = wait_for(
        report.heard,
        first_response=client.first_response or agreement.first_response,
        update_every=client.update_every or agreement.update_every,
    )
    zone = agreement.find_zone(client.timezone) if client.timezone else agreement.zone
    hours = client.hours or agreement.hours
    due = round_up(add_working_time(hours, report.now.astimezone(zone), wait))
    promise = Promise(client.slug, due, report.now)
    work.incidents.add_promise(incident, promise, actor=report.actor)
    return promise


def _other_sites(work: UnitOfWork, place: _Place) -> list[Any]:
    """Other sites with the component, in the same version where that is known."""
    if place.component is None:
        return []
    versions = VersionRange.parse(f"={place.version}") if place.version else None
    rows = work.installations.where(place.component, versions)
    return [row for row in rows if place.site is None or row.site != place.site.slug]


def _suspects(work: UnitOfWork, place: _Place, at: datetime) -> tuple[Suspect, ...]:
    """With the cause unknown: what changed on the site in the week before it broke."""
    if place.site is None or place.component is not None:
        return ()
    imports = work.imports.of_site(place.site.id)
    # The first list of a site names everything that was there for years; none of it came that day.
    first = min((record.at for record in imports), default=None)
    changes = [
        SiteChange(
            component=change.component,
            before=change.before.version if change.before else None,
            after=change.after.version if change.after else None,
            at=change.at,
            auto_update=change.after.auto_update if change.after else None,
        )
        for change in work.installations.history(place.site.id, since=at - timedelta(days=_SUSPECT_DAYS))
        if change.before or change.at != first
    ]
    ranked = rank_suspects(changes, at, work.incidents.under_suspicion())
    return tuple(ranked[:_SUSPECTS_SHOWN])
