"""Which sites an incident hits and will hit, what people decide of each, and which versions the evidence blames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from plugwatch.errors import EXIT_PERSON, PlugwatchError
from plugwatch.model.affected import Evidence, Fate, brought_on_by, fixed_by, propose_range, subject, suspicion
from plugwatch.model.component import Component
from plugwatch.model.impact import IN_RANGE, RUNS_IT, SAME_VERSION, Exposed, Exposure, Lens, Verdict, judge
from plugwatch.model.incident import Event, Impact, Incident, check_words
from plugwatch.model.version import clean

_NAMED = 20


class Impacts(Protocol):
    """What the ledger keeps of verdicts for sites, and of what they rest on."""

    def add(self, incident: Incident, impact: Impact) -> None: ...

    def of_incident(self, incident: Incident) -> Sequence[Impact]: ...

    def exposure(self, component: Component) -> Sequence[Exposure]: ...

    def judged_versions(
        self, incident: Incident, component: Component
    ) -> Sequence[tuple[str, str, str | None, str]]: ...

    def versions_before(self, incident: Incident, component: Component) -> Sequence[str]: ...

    def fates(self, component: Component) -> Sequence[Fate]: ...


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def impacts(self) -> Impacts: ...

    @property
    def incidents(self) -> Any: ...

    @property
    def sites(self) -> Any: ...

    @property
    def clients(self) -> Any: ...


@dataclass(frozen=True)
class Statement:
    """What somebody says at once: verdicts, with more words and until when they hold."""

    verdicts: tuple[Verdict, ...]
    detail: str | None = None
    valid_until: datetime | None = None


def exposure(work: UnitOfWork, incident: Incident, *, now: datetime, stale_after: timedelta) -> list[Exposed]:
    """Every site that an incident concerns or may come to concern, the most urgent first."""
    component = subject(incident)
    impacts = work.impacts.of_incident(incident)
    rows = work.impacts.exposure(component) if component else ()
    fates = _fates(work, incident, component) if component else []
    suspected = suspicion(incident, fixed_by(fates))
    lacking = _lacking(work, incident, rows)
    patched = {clean(one.version): one.patch for one in fates if one.fate == "carried"}
    gone = {impact.site for impact in impacts}.difference(row.site for row in rows)
    tiers = {site.slug: site.tier for site in work.sites.list()} if gone else {}
    return judge(rows, impacts, Lens(component, suspected, now, stale_after, patched, lacking), tiers)


def set_verdicts(
    work: UnitOfWork, incident: Incident, said: Statement, judged: Sequence[Exposed], *, actor: str, now: datetime
) -> list[Impact]:
    """Keep what somebody says of sites; what is said of a site by its name goes before what is said of many, in
    whatever order, else the later verdict counts.

    What is said already is not written again. Raises PlugwatchError for a verdict that fits no site.
    """
    if said.detail is not None:
        check_words(said.detail, "--detail needs some text")
    chosen = {
        site: Impact(site, client, verdict.state, verdict.justification, actor, now, said.detail, said.valid_until)
        for verdict in sorted(said.verdicts, key=lambda verdict: -verdict.width)
        for site, client in _fitting(work, incident, verdict, judged)
    }
    standing = {impact.site: impact for impact in work.impacts.of_incident(incident)}
    changed = [impact for impact in chosen.values() if _says(impact) != _says(standing.get(impact.site))]
    for impact in changed:
        work.impacts.add(incident, impact)
    for body in _told(changed):
        work.incidents.add_event(incident, Event(now, now, actor, "impact", "internal", body))
    return changed


def recompute(work: UnitOfWork, incident: Incident, *, actor: str, now: datetime) -> list[Impact]:
    """Put the sites in triage that are among the affected versions now and that nobody has looked at.

    No verdict is ever taken back: a site that was put in triage and is outside the versions now shows as such.
    """
    component = subject(incident)
    if component is None:
        return []
    known = {impact.site for impact in work.impacts.of_incident(incident)}
    suspected = suspicion(incident)
    why = IN_RANGE if incident.affected else SAME_VERSION if suspected.bad else RUNS_IT
    new = [
        Impact(row.site, row.client, "in_triage", why, actor, now)
        for row in work.impacts.exposure(component)
        if row.site not in known and (suspected.bad is None or suspected.lies_in(row.base_version))
    ]
    for impact in new:
        work.impacts.add(incident, impact)
    for body in _told(new):
        work.incidents.add_event(incident, Event(now, now, actor, "impact", "internal", body))
    return new


class UndecidedError(PlugwatchError):
    """The evidence does not say it, so a person must."""

    exit_code = EXIT_PERSON


def accept_range(work: UnitOfWork, incident: Incident) -> str:
    """The affected versions as the evidence has them. Raises UndecidedError where it does not say."""
    proposed, why = propose(work, incident)
    if proposed is None:
        raise UndecidedError(
            f"{incident.name}: the evidence gives no range ({'; '.join(why)}); say it yourself with --affected"
        )
    return proposed


def propose(work: UnitOfWork, incident: Incident) -> tuple[str | None, tuple[str, ...]]:
    """The affected versions as the evidence has them, and why; None where it does not say."""
    component = subject(incident)
    if component is None:
        return None, ("the cause is not known yet",)
    return propose_range(_evidence(work, incident, component))


def _evidence(work: UnitOfWork, incident: Incident, component: Component) -> Evidence:
    """A version is bad where a site was affected on it, and good where somebody says that the fault is not in it.

    Other reasons why a site is not affected are about the site: they say nothing of the version.
    """
    blamed: dict[tuple[str, str], bool] = {}
    for site, state, why, version in work.impacts.judged_versions(incident, component):
        if state == "affected":
            blamed[site, version] = True
        elif (state, why) == ("not_affected", "code_not_present"):
            blamed[site, version] = False
        elif state == "resolved":
            blamed.setdefault((site, version), False)
    bad = {version for (_, version), is_bad in blamed.items() if is_bad}
    good = {version for (_, version), is_bad in blamed.items() if not is_bad}
    if incident.component and incident.version and incident.version not in good:
        bad.add(incident.version)
    fixed = fixed_by(_fates(work, incident, component))
    return Evidence(
        bad=tuple(sorted(bad)),
        good=tuple(sorted(good)),
        before=tuple(work.impacts.versions_before(incident, component)),
        fixed=(fixed,) if fixed else (),
    )


def _fitting(
    work: UnitOfWork, incident: Incident, verdict: Verdict, judged: Iterable[Exposed]
) -> list[tuple[str, str]]:
    """Site and client of each site that a verdict is about; a site that is named need not run the component."""
    if verdict.selector == "site":
        site = work.sites.resolve(verdict.value)
        return [(site.slug, site.client)]
    if verdict.selector == "client":
        verdict = replace(verdict, value=work.clients.resolve(verdict.value).slug)
    found = [(one.site, one.client) for one in judged if verdict.fits(one)]
    if not found:
        raise PlugwatchError(
            f"{incident.name}: no site that it may concern fits '{verdict}'; "
            f"see 'plugwatch incident impact {incident.number}', or name the site"
        )
    return found


def _says(impact: Impact | None) -> tuple[object, ...] | None:
    """What somebody has decided, whoever it was and whenever."""
    return (impact.state, impact.justification, impact.detail, impact.valid_until) if impact else None


def _told(changed: Iterable[Impact]) -> list[str]:
    """A line for each verdict that was given, with the sites that it was given for."""
    sites: dict[tuple[str, str | None], list[str]] = {}
    for impact in changed:
        sites.setdefault((impact.state, impact.justification), []).append(impact.site)
    lines = []
    for (state, why), names in sites.items():
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        lines.append(f"{state}{f' ({why})' if why else ''}: {', '.join(names[:_NAMED])}{more}")
    return lines


def _lacking(work: UnitOfWork, incident: Incident, rows: Iterable[Exposure]) -> dict[str, tuple[str, str]]:
    """What sites do not have of all that takes part: another component, or the WordPress or PHP that brought it on."""
    sites = [row.site for row in rows]
    found: dict[str, tuple[str, str]] = {}
    for other in incident.with_components:
        there = {row.site for row in work.impacts.exposure(other) if row.status != "inactive"}
        found |= {site: (f"without {other}", "requires_dependency") for site in sites if site not in there}
    platform = brought_on_by(incident) if incident.component else None
    if platform:
        what, versions = platform
        older = {row.site: row.version for row in work.impacts.exposure(what) if row.version}
        found |= {
            site: (f"{what} {older[site]}", "requires_environment")
            for site in sites
            if site in older and not versions.contains(older[site])
        }
    return found


def _fates(work: UnitOfWork, incident: Incident, component: Component) -> list[Fate]:
    """What became of the patches that were made for an incident."""
    return [fate for fate in work.impacts.fates(component) if fate.incident == incident.name]
