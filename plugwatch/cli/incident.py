"""``plugwatch incident``: breakages, logged while the client is on the phone.

Nothing heavy is imported here: the sentence to say must be on the screen at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.context import note as remark
from plugwatch.cli.incident_hold import hold, hold_document
from plugwatch.model.client import WorkingHours, check_timezone, parse_duration
from plugwatch.model.incident import HEARD, SEVERITIES, Call, Event, Impact, Incident, Promise, whose_turn
from plugwatch.model.moments import parse_past
from plugwatch.workflows import open_incident as workflow


@click.group()
def incident() -> None:
    """Breakages, from the call to the end."""


@incident.command("open")
@click.argument("words", nargs=-1, required=True, metavar='[SITE] [COMPONENT] "THE CLIENT\'S WORDS"')
@click.option("--caller", metavar="NAME", help="Who called.")
@click.option("--heard", type=click.Choice(HEARD), help="How we heard of it (default: phone; with --fleet: self).")
@click.option("--at", metavar="TIME", help="When they told us: 08:50, 'yesterday 17:00' (default: now).")
@click.option("--severity", type=click.Choice(SEVERITIES), help="Default: from the site's tier.")
@click.option("--trigger", metavar="T", help="update, core:6.9, php:8.4, conflict or unknown.")
@click.option("--with", "also", multiple=True, metavar="COMPONENT", help="Another component that takes part.")
@click.option("--ticket", metavar="URL", help="The help desk's ticket.")
@click.option("--security", is_flag=True, help="Keep it out of every public channel.")
@click.option("--title", metavar="T", help="One line (default: made from the component).")
@click.option("--new", is_flag=True, help="Do not join an open incident.")
@click.option("--fleet", metavar="COMPONENT", help="Nobody has called yet: a component on all sites.")
@json_option
@pass_app
def open_(app: App, words: tuple[str, ...], at: str | None, fleet: str | None, as_json: bool, **options: Any) -> None:
    """Log a breakage: the last argument is what the client said.

    \b
    plugwatch incident open acme tidy "the form does not send"
    plugwatch incident open acme "something is wrong with the shop"
    """
    site, component = _split(words, fleet)
    moment = parse_past(at, now=app.now, zone=app.zone) if at else None
    options["heard"] = options["heard"] or ("self" if fleet else "phone")
    report = workflow.Report(
        words=words[-1], actor=app.actor, now=app.now, site=site, component=component, at=moment, **options
    )
    with app.ledger.unit_of_work() as work:
        opened = workflow.open_incident(work, report, agreement(app))
    if as_json:
        print_json(_opened_document(opened, app.zone))
    else:
        _show_opened(opened, app.zone)


@incident.command("set")
@click.argument("number", metavar="INC")
@click.option("--component", metavar="C", help="The cause, now that it is known.")
@click.option("--with", "also", multiple=True, metavar="C", help="Components that take part; replaces those before.")
@click.option("--trigger", metavar="T", help="update, core:6.9, php:8.4, conflict or unknown.")
@click.option("--affected", metavar="RANGE", help="Affected versions: '>=5.9.4'.")
@click.option("--severity", type=click.Choice(SEVERITIES), help="How bad it is.")
@click.option("--security/--no-security", default=None, help="Keep it out of every public channel, or no longer.")
@click.option("--title", metavar="T", help="One line; vendors read it where there is no patch, so no client's name.")
@click.option("--assign", "assignee", metavar="USER", help="Who works on it.")
@click.option("--steps", metavar="TEXT", help="How to see it, one step a line; for vendors, so no client's name.")
@click.option("--expected", metavar="TEXT", help="What should happen; for vendors.")
@click.option("--actual", metavar="TEXT", help="What happens; for vendors.")
@json_option
@pass_app
def set_(app: App, number: str, as_json: bool, **options: Any) -> None:
    """Change what is known of an incident."""
    from plugwatch.workflows import change_incident

    with app.ledger.unit_of_work() as work:
        before = work.incidents.get(number)
        changed = change_incident.set_incident(
            work, before, change_incident.Update(**options), actor=app.actor, now=app.now
        )
        waiting = [i for i in work.incidents.impacts(changed) if i.state == "in_triage"]
    if as_json:
        print_json(incident_document(changed, app.zone))
        return
    _show_head(changed)
    if changed.component != before.component:
        _show_sites(waiting)
    next_step(f"plugwatch incident show {changed.name}")


@incident.command()
@click.argument("number", metavar="INC")
@click.argument("text", metavar="TEXT")
@click.option("--at", metavar="TIME", help="When it happened (default: now).")
@json_option
@pass_app
def note(app: App, number: str, text: str, at: str | None, as_json: bool) -> None:
    """Add a line to an incident's timeline."""
    from plugwatch.workflows import change_incident

    moment = parse_past(at, now=app.now, zone=app.zone) if at else app.now
    with app.ledger.unit_of_work() as work:
        found = work.incidents.get(number)
        event = change_incident.add_note(work, found, text, actor=app.actor, at=moment, now=app.now)
    if as_json:
        print_json({"incident": found.name, "event": _event_document(event, app.zone)})
        return
    click.echo(f"{found.name}: noted")


@incident.command("list")
@click.option("--all", "every", is_flag=True, help="Also what is resolved or closed.")
@json_option
@pass_app
def list_(app: App, every: bool, as_json: bool) -> None:
    """Incidents, the newest first."""
    with app.ledger.reading() as work:
        found = [i for i in work.incidents.all() if every or i.is_open]
        rows = [incident_document(i, app.zone) | {"turn": _turn(work, i)} for i in found]
    if as_json:
        print_json(rows)
        return
    if not rows:
        remark("no open incidents" if not every else "no incidents yet")
        return
    from plugwatch.render.terminal import show_table

    keys = ("incident", "severity", "status", "turn", "component", "title")
    show_table([key.upper() for key in keys], [[row[key] for key in keys] for row in rows])


@incident.command()
@click.argument("number", metavar="INC")
@json_option
@pass_app
def show(app: App, number: str, as_json: bool) -> None:
    """One incident, with all that belongs to it."""
    with app.ledger.reading() as work:
        found = work.incidents.get(number)
        document = incident_document(found, app.zone) | {
            "turn": _turn(work, found),
            "calls": [_call_document(call, app.zone) for call in work.incidents.calls(found)],
            "impacts": [_impact_document(impact, app.zone) for impact in work.incidents.impacts(found)],
            "holds": [hold_document(one, app.zone) for one in work.holds.of_incident(found)],
            "promises": [_promise_document(promise, app.zone) for promise in work.incidents.promises(found)],
            "timeline": [_event_document(event, app.zone) for event in work.incidents.events(found)],
            "patches": [
                {"patch": p.id, "component": str(p.component), "title": p.title, "dropped_in": p.dropped_in}
                for p in work.forks.patches_of_incident(found.id)
            ],
            "submissions": [
                {"submission": s.name, "channel": s.channel, "status": s.status, "title": s.title}
                for s in work.submissions.of_incident(found.id)
            ],
            "messages": [],
        }
    if as_json:
        print_json(document)
        return
    _show_incident(found, document)


incident.add_command(hold)


def agreement(app: App) -> workflow.Agreement:
    """The agency's own times."""
    settings = app.settings
    return workflow.Agreement(
        zone=app.zone,
        find_zone=lambda name: ZoneInfo(check_timezone(name)),
        hours=WorkingHours.parse(settings.agency.hours),
        first_response=parse_duration(settings.sla.first_response),
        update_every=parse_duration(settings.sla.update_every),
    )


def incident_document(found: Incident, zone: tzinfo) -> dict[str, Any]:
    """An incident's own fields."""
    return {
        "incident": found.name,
        "title": found.title,
        "status": found.status,
        "severity": found.severity,
        "trigger": found.trigger,
        "component": str(found.component) if found.component else None,
        "with": [str(component) for component in found.with_components],
        "version": found.version,
        "affected": found.affected,
        "assignee": found.assignee,
        "security": found.security,
        "steps": found.steps,
        "expected": found.expected,
        "actual": found.actual,
        "opened_at": found.opened_at.astimezone(zone).isoformat(),
    }


def _split(words: tuple[str, ...], fleet: str | None) -> tuple[str | None, str | None]:
    """Site and component of the arguments before the words."""
    before = words[:-1]
    if len(before) > 2:
        raise click.UsageError(
            f"{len(words)} arguments, but there are a site, a component and the words; put the words in quotes"
        )
    if fleet:
        if before:
            raise click.UsageError("--fleet is for when no site has called; give the words alone")
        return None, fleet
    if not before:
        raise click.UsageError("name the site before the words, or give --fleet COMPONENT when nobody has called")
    return before[0], before[1] if len(before) == 2 else None


def _turn(work: Any, found: Incident) -> str:
    statuses = [s.status for s in work.submissions.of_incident(found.id)]
    waiting = any(promise.kept_at is None for promise in work.incidents.promises(found))
    return whose_turn(found, submission_statuses=statuses, promises_open=waiting)


def _opened_document(opened: workflow.Opened, zone: tzinfo) -> dict[str, Any]:
    return {
        "incident": opened.incident.name,
        "joined": opened.joined,
        "component": str(opened.component) if opened.component else None,
        "version": opened.version,
        "suspects": [
            {
                "component": str(suspect.change.component),
                "from": suspect.change.before,
                "to": suspect.change.after,
                "at": suspect.change.at.astimezone(zone).isoformat(),
                "why": list(suspect.why),
            }
            for suspect in opened.suspects
        ],
        "severity": opened.incident.severity,
        "status": opened.incident.status,
        "other_sites": [
            {"site": row.site, "client": row.client, "version": row.version, "status": row.status}
            for row in opened.other_sites
        ],
        "seen_before": [
            {"incident": past.name, "title": past.title, "version": past.version, "status": past.status}
            for past in opened.seen_before
        ],
        "say": opened.say,
        "promise": _promise_document(opened.promise, zone) if opened.promise else None,
    }


def _show_opened(opened: workflow.Opened, zone: tzinfo) -> None:
    found = opened.incident
    what = f"{opened.component} {opened.version or '(version unknown)'}" if opened.component else "cause not known yet"
    joined = "  (joined: another call about it)" if opened.joined else ""
    click.echo(f"{found.name}  {found.severity}  {what}{joined}")
    _line("Say now", f"“{opened.say}”")
    if opened.promise:
        _line("Promise", f"{opened.promise.client} by {_due(opened.promise, zone)}")
    if opened.component:
        _show_sites(opened.other_sites)
    for suspect in opened.suspects:
        _line("Suspect", f"{suspect.change.component}: {'; '.join(suspect.why)}")
    if not opened.component and not opened.suspects:
        _line("Suspect", "nothing: no list of this site shows a change in the last 7 days")
    for past in opened.seen_before[:3]:
        _line("Seen before", f"{past.name} {past.title} ({past.status})")
    if opened.component:
        next_step(f"plugwatch incident show {found.name}", f"plugwatch fork create {opened.component} --from ZIP")
    else:
        next_step(f"plugwatch incident set {found.name} --component COMPONENT")


def _due(promise: Promise, zone: tzinfo) -> str:
    """The client's clock, and ours where it shows another time."""
    here = promise.due.astimezone(zone)
    text = f"{promise.due:%a %d %b %H:%M}"
    return text if here.utcoffset() == promise.due.utcoffset() else f"{text} there, {here:%a %H:%M} here"


def _show_sites(rows: Sequence[Any]) -> None:
    """Other sites with the same version; they may break too."""
    names = [f"{row.site} ({row.client})" for row in rows]
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    _line("Also there", f"{', '.join(names[:8]) or 'no other site'}{more}")


def _show_head(found: Incident) -> None:
    from plugwatch.render.terminal import clean

    cause = f"{found.component or 'cause not known yet'} {found.version or ''}".rstrip()
    security = "  security" if found.security else ""
    click.echo(f"{found.name}  {found.severity}  {found.status}  {cause}{security}")
    click.echo(f"  {clean(found.title)}")


def _show_incident(found: Incident, document: dict[str, Any]) -> None:
    _show_head(found)
    _line("turn", str(document["turn"]))
    for key in ("trigger", "affected", "assignee", "steps", "expected", "actual"):
        if document[key] not in (None, "unknown"):
            _line(key, document[key])
    if document["with"]:
        _line("with", ", ".join(document["with"]))
    _show_sites_of(document)
    _show_work(document)
    click.echo("\n  timeline")
    for event in document["timeline"]:
        _line(_day(event["at"]), f"{event['actor']}  {event['kind']}: {event['body']}")


def _show_sites_of(document: dict[str, Any]) -> None:
    """Who called, whom it hits, and what was promised to whom."""
    for call in document["calls"]:
        who = f"{call['caller']}, " if call["caller"] else ""
        where = f"{call['site']} ({call['client']})" if call["site"] else "nobody yet"
        _line("call", f"{_day(call['at'])}  {who}{where} by {call['heard']}: “{call['words']}”")
    for impact in document["impacts"]:
        _line("site", f"{impact['site']} ({impact['client']}): {impact['state']}, {impact['justification']}")
    for promise in document["promises"]:
        kept = f"kept {_day(promise['kept_at'])}" if promise["kept_at"] else "open"
        _line("promise", f"{promise['client']} by {_day(promise['due'])}: {kept}")


def _show_work(document: dict[str, Any]) -> None:
    """What we do about it: what is held, carried and sent."""
    for held in document["holds"]:
        end = f", until {held['until']}" if held["until"] else ""
        lifted = " (lifted)" if held["lifted_at"] else ""
        _line("hold", f"{held['component']} {held['versions']}: {held['reason']}{end}{lifted}")
    for carried in document["patches"]:
        gone = f", in the vendor's {carried['dropped_in']}" if carried["dropped_in"] else ""
        _line("patch", f"{carried['patch']} on {carried['component']}: {carried['title']}{gone}")
    for sent in document["submissions"]:
        _line("upstream", f"{sent['submission']} {sent['channel']}: {sent['status']}, {sent['title']}")


def _line(label: str, text: str) -> None:
    from plugwatch.render.terminal import clean

    click.echo(f"  {label:<11} {clean(text)}")


def _day(moment: str) -> str:
    """Date and time of an ISO 8601 text, as a person reads them."""
    return moment[:16].replace("T", " ")


def _call_document(call: Call, zone: tzinfo) -> dict[str, Any]:
    return {
        "site": call.site,
        "client": call.client,
        "caller": call.caller,
        "heard": call.heard,
        "words": call.words,
        "ticket": call.ticket,
        "at": call.at.astimezone(zone).isoformat(),
        "recorded_at": call.recorded_at.astimezone(zone).isoformat(),
        "actor": call.actor,
    }


def _impact_document(impact: Impact, zone: tzinfo) -> dict[str, Any]:
    return {
        "site": impact.site,
        "client": impact.client,
        "state": impact.state,
        "justification": impact.justification,
        "actor": impact.actor,
        "at": impact.at.astimezone(zone).isoformat(),
    }


def _promise_document(promise: Promise, zone: tzinfo) -> dict[str, Any]:
    return {
        "due": promise.due.astimezone(zone).isoformat(),
        "client": promise.client,
        "made_at": promise.made_at.astimezone(zone).isoformat(),
        "kept_at": promise.kept_at.astimezone(zone).isoformat() if promise.kept_at else None,
    }


def _event_document(event: Event, zone: tzinfo) -> dict[str, Any]:
    return {
        "at": event.at.astimezone(zone).isoformat(),
        "recorded_at": event.recorded_at.astimezone(zone).isoformat(),
        "actor": event.actor,
        "kind": event.kind,
        "visibility": event.visibility,
        "body": event.body,
    }
