"""``plugwatch incident impact``: which sites it hits, which it will hit next, and what somebody decided."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import click

from plugwatch.cli.context import App, json_option, pass_app, print_json
from plugwatch.cli.impact_views import View, show_impact
from plugwatch.cli.incident_views import leading
from plugwatch.errors import EXIT_UNKNOWN, PlugwatchError
from plugwatch.model.affected import subject
from plugwatch.model.client import parse_duration, printable
from plugwatch.model.impact import Exposed, parse_verdict
from plugwatch.model.incident import Impact, Incident
from plugwatch.model.moments import parse_moment
from plugwatch.model.version import VersionRange


@click.command()
@click.argument("number", metavar="INC")
@click.option("--set", "verdicts", multiple=True, metavar="SEL=STATE[:WHY]", help="A verdict for a site, or for many.")
@click.option("--detail", metavar="TEXT", help="More words on what is set.")
@click.option("--until", metavar="TIME", help="Until when it holds: '14d', 2026-12-24; then somebody must look again.")
@click.option("--affected", metavar="RANGE", help="The affected versions: '>=5.9.4,<5.9.6'; 'none': not known.")
@click.option("--accept-range", "accepting", is_flag=True, help="Take the affected versions that are proposed.")
@json_option
@pass_app
def impact(app: App, number: str, as_json: bool, **options: Any) -> int:
    """Which sites it hits, which it will hit next, and what somebody decided.

    \b
    plugwatch incident impact 42 --set corvid=affected
    plugwatch incident impact 42 --set tier=info:not_affected:code_not_reachable --until 30d
    \b
    SEL is a site, tier=T, client=C, version=RANGE or all; STATE is in_triage, affected,
    not_affected (with one of VEX's words for why), mitigated or resolved.
    """
    verdicts, affected, accepting = options["verdicts"], options["affected"], options["accepting"]
    if (options["detail"] or options["until"]) and not verdicts:
        raise click.UsageError("--detail and --until belong to a verdict; add --set", click.get_current_context())
    if affected is not None and accepting:
        raise click.UsageError("--affected and --accept-range exclude each other", click.get_current_context())
    view = _carry_out(app, number, options, writing=bool(verdicts or affected is not None or accepting))
    if as_json:
        print_json(_document(app, view))
    else:
        show_impact(app, view)
    return EXIT_UNKNOWN if any(is_not_known(one) for one in view.sites) else 0


def _carry_out(app: App, number: str, options: dict[str, Any], *, writing: bool) -> View:
    """Change what is to change, then look at the sites."""
    from plugwatch.workflows import impact as workflow

    verdicts = tuple(parse_verdict(text) for text in options["verdicts"])
    until = _valid_until(options["until"], app) if options["until"] else None
    with app.ledger.unit_of_work() if writing else app.ledger.reading() as work:
        found = leading(work, number)
        changed: list[Impact] = []
        if options["accepting"]:
            found, changed = _narrow(app, work, found, workflow.accept_range(work, found))
        elif options["affected"] is not None:
            found, changed = _narrow(app, work, found, options["affected"])
        if verdicts:
            said = workflow.Statement(verdicts, options["detail"], until)
            changed += workflow.set_verdicts(work, found, said, _look(app, work, found), actor=app.actor, now=app.now)
        proposed, why = workflow.propose(work, found)
        return View(found, _look(app, work, found), proposed, why, tuple(changed), _perhaps(work, found))


def is_not_known(one: Exposed) -> bool:
    """Whether a site may be hit and its list does not say."""
    return one.group == "unknown" and (one.stale or one.base_version is None)


def _look(app: App, work: Any, found: Incident) -> list[Exposed]:
    from plugwatch.workflows.impact import exposure

    return exposure(work, found, now=app.now, stale_after=parse_duration(app.settings.inventory.stale_after))


def _narrow(app: App, work: Any, found: Incident, affected: str) -> tuple[Incident, list[Impact]]:
    """The incident with other affected versions, and the sites that this puts in triage."""
    from plugwatch.workflows.change_incident import NONE, Update, set_incident
    from plugwatch.workflows.impact import recompute

    before = {impact.site for impact in work.impacts.of_incident(found)}
    stands = found.affected is None if affected == NONE else str(VersionRange.parse(affected)) == found.affected
    if not stands:
        found = set_incident(work, found, Update(affected=affected), actor=app.actor, now=app.now)
    recompute(work, found, actor=app.actor, now=app.now)
    return found, [impact for impact in work.impacts.of_incident(found) if impact.site not in before]


def _perhaps(work: Any, found: Incident) -> list[str]:
    from plugwatch.workflows.names import perhaps_on

    component = subject(found)
    return perhaps_on(work, component) if component else []


def _valid_until(text: str, app: App) -> datetime:
    """The end of a span from now, or a moment; a date means until the day is over."""
    try:
        return app.now + parse_duration(text)
    except (PlugwatchError, OverflowError):
        pass
    try:
        moment = parse_moment(text, now=app.now, zone=app.zone)
    except PlugwatchError as error:
        raise PlugwatchError(f"'{printable(text)}' is no end of a verdict; write 14d, 18:00 or 2026-12-24") from error
    if len(text.strip()) == len("2026-12-24"):
        moment += timedelta(days=1, seconds=-1)
    if moment <= app.now:
        raise PlugwatchError(f"'{text}' is over already; say until when the verdict holds, such as 14d or 2026-12-24")
    return moment


def _document(app: App, view: View) -> dict[str, Any]:
    found = view.incident
    return {
        "incident": found.name,
        "component": str(subject(found)) if subject(found) else None,
        "range": _range_document(view),
        "sites": [_site_document(app, one) for one in view.sites],
        "changed": [
            {"site": impact.site, "state": impact.state, "justification": impact.justification}
            for impact in view.changed
        ],
        "perhaps": list(view.perhaps),
    }


def _range_document(view: View) -> dict[str, Any]:
    found, text = view.incident, view.incident.affected or view.proposed
    conditions = VersionRange.parse(text).conditions if text else ()
    ends = dict(conditions)
    return {
        "affected": found.affected,
        "introduced": ends.get(">=") or ends.get("=") or found.version,
        "fixed": ends.get("<"),
        "proposed": view.proposed,
        "why": list(view.why),
    }


def _site_document(app: App, one: Exposed) -> dict[str, Any]:
    return {
        "site": one.site,
        "client": one.client,
        "tier": one.tier,
        "version": one.version,
        "base_version": one.base_version,
        "status": one.status,
        "auto_update": one.auto_update,
        "offered": one.offered,
        "in_range": one.in_range,
        "state": one.state,
        "justification": one.justification,
        "detail": one.detail,
        "actor": one.actor,
        "at": _iso(app, one.at),
        "valid_until": _iso(app, one.valid_until),
        "stale": one.stale,
        "last_seen": _iso(app, one.last_seen),
        "group": one.group,
        "hints": list(one.hints),
        "proposed": one.proposed,
    }


def _iso(app: App, moment: datetime | None) -> str | None:
    return moment.astimezone(app.zone).isoformat() if moment else None
