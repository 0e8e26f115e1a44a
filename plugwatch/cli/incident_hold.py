"""``plugwatch incident hold``: keep versions off the sites, and let them through again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.holding import hold_document, is_broken, open_holds
from plugwatch.cli.incident_views import leading, say
from plugwatch.model.hold import Hold

_FORMATS = ("wp-cli", "composer", "text")
_NEW = ("versions", "component", "until")


@click.command()
@click.argument("number", metavar="[INC]", required=False)
@click.option("--reason", metavar="TEXT", help="Why; a colleague reads it a year later.")
@click.option("--version", "versions", metavar="RANGE", help="Which versions (default: the affected ones).")
@click.option("--component", metavar="C", help="Which component (default: the incident's).")
@click.option("--until", metavar="TEXT", help="What ends it: 'a release with our fix'.")
@click.option("--lift", "over", is_flag=True, help="End all holds of the incident; --reason says why.")
@click.option("--export", "form", type=click.Choice(_FORMATS), help="What is held, for those who update.")
@click.option("--site", "slug", metavar="SITE", help="Only what concerns this site.")
@json_option
@pass_app
def hold(app: App, number: str | None, over: bool, form: str | None, slug: str | None, **options: Any) -> None:
    """Keep versions of a component off the sites.

    Without anything but the incident it lists what is held; without an incident, what any incident holds.

    \b
    plugwatch incident hold 42 --reason "forms do not send" --until "a release with our fix"
    plugwatch incident hold --export wp-cli
    plugwatch incident hold --export text --site shop
    """
    as_json = options.pop("as_json")
    _check_usage(number, over=over, looking=bool(form or slug), options=options)
    if form:
        from plugwatch.cli.hold_exports import export

        export(app, form, number=number, slug=slug, as_json=as_json)
    elif number and (over or options["reason"] is not None):
        _change(app, number, options, over=over, as_json=as_json)
    else:
        _list(app, number, slug, as_json=as_json)


def _check_usage(number: str | None, *, over: bool, looking: bool, options: dict[str, Any]) -> None:
    """Raise click.UsageError for options that do not go together."""
    new = any(options[name] is not None for name in _NEW)
    usage = None
    if over and new:
        usage = "--lift ends all holds of the incident; beside it only --reason has a meaning"
    elif looking and (over or new or options["reason"] is not None):
        usage = "--export and --site are for looking at holds; set or lift them first"
    elif new and options["reason"] is None:
        usage = "a hold needs a --reason"
    elif number is None and (over or options["reason"] is not None):
        usage = "name the incident: plugwatch incident hold 42 --reason TEXT"
    if usage:
        raise click.UsageError(usage, click.get_current_context())


def _change(app: App, number: str, options: dict[str, Any], *, over: bool, as_json: bool) -> None:
    from plugwatch.workflows import hold as workflow

    with app.ledger.unit_of_work() as work:
        found = leading(work, number)
        if over:
            workflow.lift(work, found, actor=app.actor, now=app.now, why=options["reason"])
        else:
            workflow.hold(work, found, workflow.Wanted(**options), actor=app.actor, now=app.now)
        holds = work.holds.of_incident(found)
        breached = _breached(work, holds)
    _show(app, found.name, holds, breached, as_json=as_json)


def _list(app: App, number: str | None, slug: str | None, *, as_json: bool) -> None:
    with app.ledger.reading() as work:
        found = leading(work, number) if number else None
        holds = work.holds.of_incident(found) if found else open_holds(work)
        if slug:
            site = work.sites.resolve(slug)
            there = work.installations.current(site.id)
            holds = [one for one in holds if one.component in there]
            breached = [site.slug] if any(is_broken(one, there[one.component]) for one in holds) else []
        else:
            breached = _breached(work, holds)
    _show(app, found.name if found else None, holds, breached, as_json=as_json)


def _show(app: App, incident: str | None, holds: Sequence[Hold], breached: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        document = {"incident": incident, "holds": [hold_document(one, app.zone) for one in holds]}
        print_json(document | {"breached": breached})
        return
    for one in holds:
        why = f": {one.lifted_why}" if one.lifted_why else ""
        say(f"{one}{f' (lifted{why})' if one.lifted_at else ''}", indent=2)
    if not holds:
        click.echo(f"{incident} holds nothing" if incident else "nothing is held")
    if breached:
        say(f"already there: {', '.join(breached)}", indent=2)
    if any(one.lifted_at is None for one in holds):
        which = f" {incident.removeprefix('INC-')}" if incident else ""
        next_step(f"plugwatch incident hold{which} --export wp-cli", *_shown(incident))
    elif incident:
        next_step(*_shown(incident))


def _shown(incident: str | None) -> list[str]:
    return [f"plugwatch incident show {incident}"] if incident else []


def _breached(work: Any, holds: Iterable[Hold]) -> list[str]:
    """The sites that run what is held."""
    return sorted({row.site for one in holds for row in work.installations.where(one.component) if is_broken(one, row)})
