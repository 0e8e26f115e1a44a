"""``plugwatch incident open``: a breakage, logged while the client is on the phone."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import click

from plugwatch.cli.agreeing import agreement
from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.incident_documents import promise_document
from plugwatch.cli.incident_views import cut, due, line, say, show_sites
from plugwatch.model.incident import BREAKS, HEARD, SEVERITIES
from plugwatch.model.moments import parse_past
from plugwatch.workflows import open_incident as workflow

F = TypeVar("F", bound=Callable[..., Any])
_BREAKS = "What is broken: the whole site, what it sells (default) or shows, or its editing."


def call_options(command: F) -> F:
    """What is known of any call: who, how, when, and how bad it is."""
    options = [
        click.option("--caller", metavar="NAME", help="Who called."),
        click.option("--at", metavar="TIME", help="When they told us: 08:50, 'yesterday 17:00' (default: now)."),
        click.option("--breaks", type=click.Choice(BREAKS), help=_BREAKS),
        click.option("--severity", type=click.Choice(SEVERITIES), help="Default: from the site's tier and --breaks."),
        click.option("--ticket", metavar="URL", help="The help desk's ticket."),
        click.option("--security", is_flag=True, help="Keep it out of every public channel."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command("open")
@click.argument("words", nargs=-1, required=True, metavar='[SITE] [COMPONENT] "THE CLIENT\'S WORDS"')
@click.option("--heard", type=click.Choice(HEARD), help="How we heard of it (default: phone; with --fleet: self).")
@call_options
@click.option("--trigger", metavar="T", help="update, core:6.9, php:8.4, conflict or unknown.")
@click.option("--with", "also", multiple=True, metavar="COMPONENT", help="Another component that takes part.")
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
    if not as_json and not report.new and sys.stdin.isatty() and sys.stdout.isatty():
        report = _ask(app, report)
    log_call(app, report, as_json=as_json)


def log_call(app: App, report: workflow.Report, *, as_json: bool) -> None:
    """Write a call down, and say what to answer."""
    with app.ledger.unit_of_work() as work:
        opened = workflow.open_incident(work, report, agreement(app))
    if as_json:
        print_json(_opened_document(app, opened))
    else:
        _show_opened(app, opened)


def _ask(app: App, report: workflow.Report) -> workflow.Report:
    """Ask whether it is the same as an open incident, while nobody else has to wait; who says no gets a new one."""
    with app.ledger.reading() as work:
        same = workflow.find_same(work, report)
    if same is None:
        return report
    what = f"{same.component.slug} {same.version or ''}".rstrip() if same.component else same.trigger
    return replace(report, new=not click.confirm(f"Same as {same.name} ({what})?", default=True, err=True))


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


def _on_call(app: App) -> str | None:
    """Who takes the calls of today, where there is a rota."""
    if not app.settings.rota:
        return None
    from plugwatch.model.rota import Rota  # most agencies' calls do without

    return Rota.from_table(app.settings.rota).on_call(app.now.date())


def _opened_document(app: App, opened: workflow.Opened) -> dict[str, Any]:
    return {
        "incident": opened.incident.name,
        "joined": opened.joined,
        "reopened": opened.reopened,
        "component": str(opened.component) if opened.component else None,
        "version": opened.version,
        "listed_at": opened.listed_at.astimezone(app.zone).isoformat() if opened.listed_at else None,
        "suspects": [
            {
                "component": str(suspect.change.component),
                "from": suspect.change.before,
                "to": suspect.change.after,
                "at": suspect.change.at.astimezone(app.zone).isoformat(),
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
            {
                "incident": past.name,
                "title": past.title,
                "version": past.version,
                "status": past.status,
                "workaround": past.workaround,
            }
            for past in opened.seen_before
        ],
        "say": opened.say,
        "promise": promise_document(opened.promise, app.zone, app.now) if opened.promise else None,
        "on_call": _on_call(app),
    }


def _nothing_seen(app: App, listed_at: datetime | None) -> str:
    """Why nothing is suspected; what no list of late can show is not known."""
    if listed_at is None:
        return "not known: no list of this site came in yet; see 'plugwatch site import'"
    from plugwatch.model.client import parse_duration
    from plugwatch.model.when import distance  # most calls name what broke

    if app.now - listed_at > parse_duration(app.settings.inventory.stale_after):
        return f"not known: the newest list of this site came in {distance(listed_at, app.now)}"
    return "nothing: no list of this site shows a change in the last 7 days"


def _show_opened(app: App, opened: workflow.Opened) -> None:
    found = opened.incident
    what = f"{opened.component} {opened.version or '(version unknown)'}" if opened.component else "cause not known yet"
    joined = ["(joined: another call about it)"] if opened.joined else []
    joined = ["(open again: another call about it)"] if opened.reopened else joined
    say(found.name, found.severity, what, *joined, indent=2)
    line("Say now", f"“{opened.say}”")
    if opened.promise:
        line("Promise", f"{opened.promise.client} by {due(opened.promise, app.zone)}")
    on_call = _on_call(app)
    if on_call:
        line("On call", on_call)
    if opened.component:
        show_sites(opened.other_sites)
    for suspect in opened.suspects:
        line("Suspect", f"{suspect.change.component}: {'; '.join(suspect.why)}")
    if not opened.component and not opened.suspects:
        line("Suspect", _nothing_seen(app, opened.listed_at))
    for past in opened.seen_before[:3]:
        remedy = f"; workaround: {cut(past.workaround)}" if past.workaround else ""
        line("Seen before", f"{past.name} {past.title} ({past.status}){remedy}")
    if opened.component:
        next_step(f"plugwatch incident show {found.name}", f"plugwatch fork create {opened.component} --from ZIP")
    else:
        cause = f"plugwatch incident set {found.name} --component COMPONENT"
        next_step(*([f"plugwatch incident impact {found.name}", cause] if ":" in found.trigger else [cause]))
