"""From the fix to the end of an incident, and back again when the trouble returns."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import check_text
from plugwatch.model.impact import Exposed
from plugwatch.model.incident import Event, Impact, Incident, check_words, client_knows
from plugwatch.model.life import MENDED, Remains, back_for, is_waiting, state_at, to_close, to_resolve
from plugwatch.model.messages.message import LAST_PHASES
from plugwatch.workflows.impact import exposure

_LONGEST = 1000


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def incidents(self) -> Any: ...

    @property
    def impacts(self) -> Any: ...

    @property
    def promises(self) -> Any: ...

    @property
    def holds(self) -> Any: ...

    @property
    def forks(self) -> Any: ...

    @property
    def submissions(self) -> Any: ...

    @property
    def messages(self) -> Any: ...

    @property
    def clients(self) -> Any: ...

    @property
    def sites(self) -> Any: ...


@dataclass(frozen=True)
class Moved:
    """An incident after a step of its life: the verdicts that were given, and what is left to do.

    Where ``done`` is False, what is left stood in the way, and nothing has changed.
    """

    incident: Incident
    impacts: tuple[Impact, ...] = ()
    left: tuple[str, ...] = ()
    done: bool = True


def mitigate(
    work: UnitOfWork, incident: Incident, sites: Collection[str] | None, how: str, *, actor: str, now: datetime
) -> Moved:
    """Say that sites work again, and by what means; None means all that are affected or in triage.

    Once no site waits for us any more, the incident is being watched. Raises PlugwatchError where it is over, and where
    all of the sites work already.
    """
    _check_open(incident)
    check_text("what makes it work", check_words(how, "say what makes it work, with --how"), limit=_LONGEST)
    if sites is None:
        slugs = [one.site for one in _waiting(work, incident, now)]
    else:
        states = _states(work, incident, now)
        slugs = [slug for slug in _resolved(work, sites) if states.get(slug) not in MENDED]
    if not slugs:
        raise PlugwatchError(f"{incident.name}: no site to mitigate; see 'plugwatch incident impact {incident.name}'")
    given = _judge(work, incident, slugs, Impact("", "", "mitigated", how, actor, now))
    left = tuple(to_resolve(_waiting(work, incident, now)))
    if not left and incident.status != "monitoring":
        incident = change_status(work, incident, "monitoring", actor=actor, now=now)
    return Moved(incident, given, left)


def resolve(
    work: UnitOfWork, incident: Incident, sites: Collection[str], *, anyway: str | None, actor: str, now: datetime
) -> Moved:
    """Say that it is over: for the sites that are named, else for the incident.

    While a site is affected or in triage the incident is not over, unless somebody says why it is ``anyway``. Raises
    PlugwatchError where it is over already.
    """
    _check_open(incident)
    if sites:
        given = _judge(work, incident, _resolved(work, sites), Impact("", "", "resolved", anyway, actor, now))
        return Moved(incident, given, tuple(to_resolve(_waiting(work, incident, now))))
    left = tuple(to_resolve(_waiting(work, incident, now)))
    return _end(work, Moved(incident, left=left), "resolved", anyway=anyway, actor=actor, now=now)


def close(work: UnitOfWork, incident: Incident, *, anyway: str | None, actor: str, now: datetime) -> Moved:
    """End an incident for good, once nothing of it is left to do or somebody says why it ends ``anyway``.

    Raises PlugwatchError where it is closed already.
    """
    _check_not_merged(incident)
    if incident.status == "closed":
        raise PlugwatchError(f"{incident.name} is closed already")
    left = tuple(to_close(incident.name, _remains(work, incident, now), now=now))
    return _end(work, Moved(incident, left=left), "closed", anyway=anyway, actor=actor, now=now)


def reopen(work: UnitOfWork, incident: Incident, reason: str, *, site: str | None, actor: str, now: datetime) -> Moved:
    """Take an incident up again; the site that shows it is affected.

    Raises PlugwatchError where it is open and no site is named, or one that is affected anyhow.
    """
    _check_not_merged(incident)
    check_text("the reason", check_words(reason, "say how it shows that it is back, with --reason"), limit=_LONGEST)
    slugs = _resolved(work, [site]) if site else []
    states = _states(work, incident, now)
    if incident.is_open and not slugs:
        raise PlugwatchError(f"{incident.name} is open; name the site where it is back with --site")
    if incident.is_open and all(states.get(slug) == "affected" for slug in slugs):
        raise PlugwatchError(f"{incident.name} is open, and {slugs[0]} is affected already")
    return take_up(work, incident, slugs, reason, actor=actor, now=now)


def take_up(work: Any, incident: Incident, sites: Sequence[str], reason: str, *, actor: str, now: datetime) -> Moved:
    """Open an incident again, with these sites affected; a line in its timeline says why, and for whom it is back.

    Where the sites are of one client, it is back for that one only: what others were told of the end stays true.
    """
    clients = {work.sites.get(slug).client for slug in sites}
    client = clients.pop() if len(clients) == 1 else None
    work.incidents.add_event(incident, Event(now, now, actor, "reopen", "internal", reason, client=client))
    given = _judge(work, incident, sites, Impact("", "", "affected", reason, actor, now))
    status = "identified" if incident.component else "investigating"
    if incident.status != status:
        incident = change_status(work, incident, status, actor=actor, now=now)
    return Moved(incident, given)


def change_status(work: Any, incident: Incident, status: str, *, actor: str, now: datetime) -> Incident:
    """Write another status; the line in the timeline holds nothing but its word, so that spans can be computed."""
    changed = replace(incident, status=status)
    work.incidents.update(changed)
    work.incidents.add_event(changed, Event(now, now, actor, "status", "internal", status))
    return changed


def _end(work: UnitOfWork, moved: Moved, status: str, *, anyway: str | None, actor: str, now: datetime) -> Moved:
    """End an incident unless something is left, or in spite of that with a note that says what, and why."""
    if moved.left and not anyway:
        return replace(moved, done=False)
    if anyway:
        check_text("the reason", anyway, limit=_LONGEST)
        body = "; ".join((f"{status} anyway: {anyway}", *moved.left))
        work.incidents.add_event(moved.incident, Event(now, now, actor, "note", "internal", body))
    return replace(moved, incident=change_status(work, moved.incident, status, actor=actor, now=now))


def _check_open(incident: Incident) -> None:
    _check_not_merged(incident)
    if not incident.is_open:
        raise PlugwatchError(
            f"{incident.name} is {incident.status} already; if it is back, "
            f"'plugwatch incident reopen {incident.name} --reason TEXT'"
        )


def _check_not_merged(incident: Incident) -> None:
    if incident.merged_into:
        raise PlugwatchError(f"{incident.name} was merged into {incident.merged_into}; give that one")


def _waiting(work: Any, incident: Incident, now: datetime) -> list[Exposed]:
    """The sites that wait for us; however old their lists are, nobody may take them for well."""
    judged = exposure(work, incident, now=now, stale_after=timedelta.max)
    return [one for one in judged if is_waiting(one)]


def _states(work: UnitOfWork, incident: Incident, now: datetime) -> dict[str, str]:
    return {impact.site: state_at(impact, now) for impact in work.impacts.of_incident(incident)}


def _resolved(work: UnitOfWork, sites: Collection[str]) -> list[str]:
    """The short names of sites that are named by any part of them, each once."""
    return list(dict.fromkeys(work.sites.resolve(text).slug for text in sites))


def _judge(work: UnitOfWork, incident: Incident, sites: Sequence[str], verdict: Impact) -> tuple[Impact, ...]:
    """Give sites the same verdict; one line in the timeline tells of them all."""
    given = tuple(replace(verdict, site=slug, client=work.sites.get(slug).client) for slug in sites)
    for impact in given:
        work.impacts.add(incident, impact)
    if given:
        body = f"{', '.join(sites)}: {verdict.state}" + (f", {verdict.justification}" if verdict.justification else "")
        work.incidents.add_event(incident, Event(verdict.at, verdict.at, verdict.actor, "impact", "internal", body))
    return given


def _remains(work: UnitOfWork, incident: Incident, now: datetime) -> Remains:
    patches = [patch for patch in work.forks.patches_of_incident(incident.id) if patch.is_carried]
    return Remains(
        sites=_waiting(work, incident, now),
        promises=work.promises.of_incident(incident),
        holds=work.holds.of_incident(incident),
        submissions=[(sent.name, sent.status) for sent in work.submissions.of_incident(incident.id)],
        patches=[(patch.id, str(patch.component)) for patch in patches],
        unsettled=work.messages.unsettled(incident),
        untold=_untold(work, incident),
    )


def _untold(work: UnitOfWork, incident: Incident) -> list[str]:
    """The clients who know of it, from us or by themselves, and have not heard the end since it came back for them."""
    back = back_for(work.incidents.events(incident))
    know = {call.client for call in work.incidents.calls(incident) if call.client and client_knows(call.heard)}
    told = set()
    for message, deliveries in work.messages.of_incident(incident):
        sent = [delivery.sent_at for delivery in deliveries if delivery.state == "sent" and delivery.sent_at]
        if sent:
            know.add(message.client)
        since = back(message.client) or incident.opened_at
        if message.phase in LAST_PHASES and any(at >= since for at in sent):
            told.add(message.client)
    return sorted(client for client in know - told if not work.clients.get(client).is_forgotten)
