"""Log a breakage while the client is on the phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import Client, check_text
from plugwatch.model.component import KINDS, Component
from plugwatch.model.incident import (
    BREAKS,
    HEARD,
    SEVERITIES,
    Call,
    Event,
    Impact,
    Incident,
    check_choice,
    check_words,
    client_knows,
    default_title,
    describe_changes,
    sentence_to_say,
    severity_of,
    worse,
)
from plugwatch.model.promise import Agreement, Promise, due_time
from plugwatch.model.site import Installation, InstallationChange, Site
from plugwatch.model.version import VersionRange, clean
from plugwatch.workflows.naming import all_named, named
from plugwatch.workflows.same_cause import check_cause, past_incidents, same_cause

_SUSPECT_DAYS = 7
_SUSPECTS_SHOWN = 10


if TYPE_CHECKING:  # classes cost start-up time, and these are only for the type checker
    from plugwatch.model.suspects import Concern, Suspect

    class Incidents(Protocol):
        """What the ledger keeps of incidents."""

        def add(self, incident: Incident, *, actor: str, recorded_at: datetime) -> Incident: ...

        def update(self, incident: Incident) -> None: ...

        def of_component(self, component: Component) -> Sequence[Incident]: ...

        def of_trigger(self, trigger: str) -> Sequence[Incident]: ...

        def root(self, incident: Incident) -> Incident: ...

        def get(self, text: str) -> Incident: ...

        def concerns(self) -> Mapping[Component, Sequence[Concern]]: ...

        def add_call(self, incident: Incident, call: Call) -> None: ...

        def calls(self, incident: Incident) -> Sequence[Call]: ...

        def add_event(self, incident: Incident, event: Event) -> None: ...

    class Impacts(Protocol):
        """What the ledger keeps of verdicts for sites."""

        def add(self, incident: Incident, impact: Impact) -> None: ...

        def of_incident(self, incident: Incident) -> Sequence[Impact]: ...

    class Installations(Protocol):
        """What the ledger keeps of what runs where."""

        def current(self, site_id: str) -> Any: ...

        def where(self, component: Component, versions: VersionRange | None = None) -> Sequence[Any]: ...

        def history(self, site_id: str, *, since: datetime | None = None) -> Sequence[InstallationChange]: ...

    class UnitOfWork(Protocol):
        """One transaction on the ledger."""

        @property
        def incidents(self) -> Incidents: ...

        @property
        def impacts(self) -> Impacts: ...

        @property
        def promises(self) -> Any: ...

        @property
        def installations(self) -> Installations: ...

        @property
        def clients(self) -> Any: ...

        @property
        def sites(self) -> Any: ...

        @property
        def holds(self) -> Any: ...

        @property
        def imports(self) -> Any: ...

        @property
        def components(self) -> Any: ...


@dataclass(frozen=True)
class Report:
    """What is known while the client is on the phone.

    ``site`` None: nobody has called yet (``--fleet``). ``incident`` is the number of the one that the call is about,
    where somebody says so. ``breaks`` is what of the site is broken, one of BREAKS.
    """

    words: str
    actor: str
    now: datetime
    site: str | None = None
    component: str | None = None
    caller: str | None = None
    heard: str = "phone"
    at: datetime | None = None
    severity: str | None = None
    breaks: str | None = None
    trigger: str | None = None
    also: tuple[str, ...] = ()
    ticket: str | None = None
    security: bool = False
    title: str | None = None
    new: bool = False
    incident: str | None = None


class Opened(NamedTuple):
    """The answer to a report: what to say, whom else it concerns, where to look.

    ``listed_at`` is the time of the newest list of the site, None where there is none: suspects are as new as that.
    ``reopened``: the call was about an incident that was being watched, or that had been over.
    """

    incident: Incident
    joined: bool
    reopened: bool
    component: Component | None
    version: str | None
    suspects: tuple[Suspect, ...]
    other_sites: tuple[Any, ...]
    seen_before: tuple[Incident, ...]
    say: str
    promise: Promise | None
    listed_at: datetime | None


class _Place(NamedTuple):
    """Where the breakage is: site, client, component and the version there; and the incident that the call names."""

    about: Incident | None
    site: Site | None
    client: Client | None
    component: Component | None
    installed: Installation | None
    listed_at: datetime | None

    @property
    def version(self) -> str | None:
        return self.installed.base_version if self.installed else None


def open_incident(work: UnitOfWork, report: Report, agreement: Agreement) -> Opened:
    """Open an incident, or join the one that the call names or the open one about the same cause.

    Raises PlugwatchError for a name that is not known or fits several, and for values that are none.
    """
    _check(report)
    place = _locate(work, report)
    past = past_incidents(work, place.component, report.trigger)
    same = place.about or (None if report.new else same_cause(work, past, place.version))
    at = report.at or report.now
    incident = same or _add(work, report, place, at)
    _record_call(work, report, place, incident, at)
    if same:
        incident = _take_up(work, report, place, _join(work, report, place, same))
    promise = _promise(work, report, place, incident, agreement)
    site = place.site.slug if place.site else None
    others = other_sites(work, place.component, place.version, site=site) if place.component else []
    _record_impact(work, report, place, incident)
    put_in_triage(work, incident, others, actor=report.actor, now=report.now)
    return Opened(
        incident=incident,
        joined=same is not None,
        reopened=same is not None and same.status != incident.status,
        component=place.component,
        version=place.version,
        suspects=_suspects(work, place, at),
        other_sites=tuple(others),
        seen_before=tuple(i for i in past if i.id != incident.id and i.merged_into != incident.name),
        say=sentence_to_say(
            language=place.client.language if place.client else None,
            known=place.component is not None,
            due=promise.due if promise else None,
            now=report.now,
            zone=agreement.zone_of(place.client),
        ),
        promise=promise,
        listed_at=place.listed_at,
    )


def find_same(work: UnitOfWork, report: Report) -> Incident | None:
    """The open incident that a report would join, so that somebody can be asked before it does."""
    _check(report)
    place = _locate(work, report)
    return same_cause(work, past_incidents(work, place.component, report.trigger), place.version)


def other_sites(work: Any, component: Component, version: str | None, *, site: str | None) -> list[Any]:
    """Where else a component is installed, in the same version where that is known; ``site`` is left out."""
    # Not parsed: "2.0 RC 1" is a version that vendors give, but no condition that anybody could write.
    versions = VersionRange((("=", clean(version)),)) if version else None
    return [row for row in work.installations.where(component, versions) if row.site != site]


def put_in_triage(work: Any, incident: Incident, rows: Sequence[Any], *, actor: str, now: datetime) -> None:
    """Sites that run the same version must be looked at, unless somebody has judged them already."""
    known = {impact.site for impact in work.impacts.of_incident(incident)}
    why = "same version" if incident.version else "runs it too"
    for row in rows:
        if row.site not in known:
            work.impacts.add(incident, Impact(row.site, row.client, "in_triage", why, actor, now))


def _check(report: Report) -> None:
    check_words(report.words, "the last argument is what the client said, in quotes; it cannot be empty")
    check_choice(report.heard, HEARD, "way to hear of it")
    if report.severity:
        check_choice(report.severity, SEVERITIES, "severity")
    if report.breaks:
        check_choice(report.breaks, BREAKS, "word for what is broken")
    if report.trigger:
        check_cause(report.trigger)
    for what, text in (("a title", report.title), ("a caller's name", report.caller)):
        if text:
            check_text(what, text)
    if report.ticket:
        check_text("a ticket's URL", report.ticket, limit=2000)


def _locate(work: UnitOfWork, report: Report) -> _Place:
    about = work.incidents.root(work.incidents.get(report.incident)) if report.incident else None
    slug = report.site or (_only_site(work, about) if about else None)
    site = work.sites.resolve(slug) if slug else None
    client = work.clients.get(site.client) if site else None
    installed = work.installations.current(site.id) if site else {}
    component = _resolve_component(work, report.component, installed) if report.component else None
    if about is None and component is None and _names_component(report.words, installed):
        raise PlugwatchError(
            f"'{report.words}' is a component; add what the client said, in quotes, as the last argument"
        )
    component = about.component if about else component
    # Versions of WordPress and PHP are told by hand too.
    listed_at = max((row.last_seen for what, row in installed.items() if what.kind != "core"), default=None)
    return _Place(about, site, client, component, installed.get(component) if component else None, listed_at)


def _only_site(work: UnitOfWork, incident: Incident) -> str | None:
    """The site that a call about an incident means when it names none; None where no site has called before."""
    sites = sorted({call.site for call in work.incidents.calls(incident) if call.site})
    if len(sites) > 1:
        raise PlugwatchError(f"{incident.name} is about {', '.join(sites[:5])}; name the site before the words")
    return sites[0] if sites else None


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


def _names_component(words: str, installed: Any) -> bool:
    """Whether somebody forgot the client's words, so that the component stands in their place."""
    return words.partition("/")[0] in KINDS or words in {c.slug for c in installed}


def _take_up(work: UnitOfWork, report: Report, place: _Place, incident: Incident) -> Incident:
    """A call about what works again, or is over, says that it does not: nobody may be told that all is well now."""
    if incident.status in ("investigating", "identified"):
        return incident
    changed = replace(incident, status="identified" if incident.component else "investigating")
    work.incidents.update(changed)
    who, client = (place.site.slug, place.site.client) if place.site else ("somebody", None)
    for kind, body, back_for in (("reopen", f"{who} told us of it again", client), ("status", changed.status, None)):
        event = Event(report.now, report.now, report.actor, kind, "internal", body, client=back_for)
        work.incidents.add_event(changed, event)
    return changed


def _join(work: UnitOfWork, report: Report, place: _Place, incident: Incident) -> Incident:
    """The open incident, with what this call adds: a site that earns more makes it worse, and nothing is taken back."""
    also = all_named(work, place.component, report.also)
    changed = replace(
        incident,
        severity=report.severity or worse(incident.severity, _severity(report, place)),
        trigger=report.trigger or incident.trigger,
        security=incident.security or report.security,
        with_components=tuple(dict.fromkeys((*incident.with_components, *also))),
    )
    if changed != incident:
        work.incidents.update(changed)
        for line in describe_changes(incident, changed):
            work.incidents.add_event(changed, Event(report.now, report.now, report.actor, "set", "internal", line))
    return changed


def _add(work: UnitOfWork, report: Report, place: _Place, at: datetime) -> Incident:
    also = all_named(work, place.component, report.also)
    trigger = report.trigger or ("conflict" if also else "unknown")
    title = report.title or default_title(place.component, place.version, place.site.slug if place.site else None)
    incident = Incident(
        id="",
        number=0,
        title=title,
        status="identified" if place.component else "investigating",
        severity=report.severity or _severity(report, place),
        trigger=trigger,
        component=place.component,
        version=place.version,
        opened_at=at,
        with_components=also,
        security=report.security,
    )
    return work.incidents.add(incident, actor=report.actor, recorded_at=report.now)


def _severity(report: Report, place: _Place) -> str:
    return severity_of(place.site.tier if place.site else None, report.breaks)


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


def _record_impact(work: UnitOfWork, report: Report, place: _Place, incident: Incident) -> None:
    """The site that called is affected, and again where that had run out."""
    known = {impact.site: impact for impact in work.impacts.of_incident(incident)}
    before = known.get(place.site.slug) if place.site else None
    ran_out = before is not None and before.valid_until is not None and before.valid_until <= report.now
    if place.site and (before is None or before.state != "affected" or ran_out):
        impact = Impact(place.site.slug, place.site.client, "affected", "reported", report.actor, report.now)
        work.impacts.add(incident, impact)


def _promise(
    work: UnitOfWork, report: Report, place: _Place, incident: Incident, agreement: Agreement
) -> Promise | None:
    """When this client hears from us again, inside working hours; None for a client who does not know yet."""
    if place.client is None or not client_knows(report.heard):
        return None
    tier = place.site.tier if place.site else None
    due = due_time(agreement, place.client, tier, heard=report.heard, now=report.now)
    promise = Promise(place.client.slug, due, report.now)
    work.promises.add(incident, promise, actor=report.actor)
    return promise


def _suspects(work: UnitOfWork, place: _Place, at: datetime) -> tuple[Suspect, ...]:
    """With the cause unknown: what changed on the site in the week before it broke."""
    if place.site is None or place.component is not None:
        return ()
    from plugwatch.model.suspects import rank_suspects  # most calls name what broke
    from plugwatch.workflows.history import changes_of

    changes = changes_of(work, place.site, since=at - timedelta(days=_SUSPECT_DAYS))
    return tuple(rank_suspects(changes, at, work.incidents.concerns(), work.holds.open())[:_SUSPECTS_SHOWN])
