"""``plugwatch fork``: vendors' releases, and what they mean for the patches on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.forking import fetched, find_component, open_fork, recover, stamp, without_secrets, writing
from plugwatch.errors import EXIT_PERSON, EXIT_UNKNOWN, ForkError, PlugwatchError
from plugwatch.forks.fork import Fork
from plugwatch.model.component import Component
from plugwatch.model.fork import Plan
from plugwatch.workflows import builds
from plugwatch.workflows import forks as workflow
from plugwatch.workflows.operations import carry_out

_SOURCE = "A ZIP, a folder or a URL."


@click.group()
def fork() -> None:
    """Vendors' releases and what we carry on them."""


@fork.command()
@click.argument("component")
@click.option("--version", metavar="V", help="The version, where no header says it.")
@click.option("--from", "source", required=True, metavar="SOURCE", help=_SOURCE)
@json_option
@pass_app
def create(app: App, component: str, version: str | None, source: str, as_json: bool) -> None:
    """Start a fork with a first release."""
    named = find_component(app, component)
    if named.kind == "core" or "/" in named.slug:
        raise ForkError(f"{named} cannot be forked; fork a plugin, a theme, a must-use plugin or a drop-in")
    if app.forks.exists(named):
        raise ForkError(f"there is a fork of {named} already; add releases with 'plugwatch fork import {named}'")
    created = app.forks.create(named)
    try:
        _import(app, created, version, source, as_json=as_json)
    finally:
        app.forks.discard(created)  # only where nothing came of it


@fork.command("import")
@click.argument("component")
@click.option("--version", metavar="V", help="The version, where no header says it.")
@click.option("--from", "source", required=True, metavar="SOURCE", help=_SOURCE)
@json_option
@pass_app
def import_(app: App, component: str, version: str | None, source: str, as_json: bool) -> None:
    """Add a release, byte for byte as the vendor shipped it."""
    _import(app, open_fork(app, component), version, source, as_json=as_json)


@fork.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """All forks, with their newest release and what is carried."""
    rows = [_overview(app, component) for component in app.forks.components()]
    if as_json:
        print_json(rows)
        return
    from plugwatch.render.terminal import show_table

    headers = ("COMPONENT", "RELEASES", "NEWEST", "PATCHED", "PATCHES")
    show_table(headers, [(r["component"], r["releases"], r["newest"], r["patched"], r["patches"]) for r in rows])
    next_step("plugwatch fork show COMPONENT", "plugwatch fork forecast --all --to latest")


@fork.command()
@click.argument("component")
@json_option
@pass_app
def show(app: App, component: str, as_json: bool) -> None:
    """One fork: its releases, stacks and builds."""
    opened = open_fork(app, component)
    document = _describe(opened)
    if as_json:
        print_json(document)
        return
    from plugwatch.render.terminal import show_table

    click.echo(f"{document['component']}  {document['repository']}\n")
    rows = [(r["version"], len(r["patches"]), ", ".join(r["builds"]), r["commit"][:10]) for r in document["releases"]]
    show_table(("RELEASE", "PATCHES", "BUILDS", "COMMIT"), rows)
    next_step(f"plugwatch patch list {document['component']}")


@fork.command()
@click.argument("component", required=False)
@click.option("--all", "every", is_flag=True, help="Every fork that carries patches.")
@click.option("--to", "target", required=True, metavar="V|latest", help="The release.")
@json_option
@pass_app
def forecast(app: App, component: str | None, every: bool, target: str, as_json: bool) -> int:
    """What a release would mean for each patch; nothing is written."""
    if bool(component) == every:
        raise click.UsageError("name one component, or give --all")
    failed = 0
    if component:
        opened = open_fork(app, component)
        plans = [workflow.forecast(opened, workflow.find_target(opened, target))]
    else:
        plans, failed = _forecast_all(app, target)
    if as_json:
        documents = [_plan_document(plan, None) for plan in plans]
        print_json(documents if every else documents[0])
    else:
        _show_plans(plans)
        if plans and not every:
            _say_what_next(plans[0], upgraded=False)
    return _exit_code(plans) or (EXIT_UNKNOWN if failed else 0)


@fork.command()
@click.argument("component")
@click.option("--to", "target", required=True, metavar="V|latest", help="The release.")
@click.option("--accept", multiple=True, metavar="PATCH", help="Yes, this one is in the release: drop it.")
@json_option
@pass_app
def upgrade(app: App, component: str, target: str, accept: tuple[str, ...], as_json: bool) -> int:
    """Carry the patches to another release.

    Those that it contains are dropped, with their evidence kept.
    """
    opened = open_fork(app, component)
    with writing(app, opened, "fork upgrade"):
        accepted = [workflow.find_patch(opened, text)[1].patch.id for text in accept]
        result, operation = workflow.upgrade(opened, workflow.find_target(opened, target), accepted, stamp=stamp(app))
        if operation:
            carry_out(opened, app.ledger, operation)
    if as_json:
        print_json(_plan_document(result.plan, result.branch))
    else:
        _show_plans([result.plan])
        _say_what_next(result.plan, upgraded=True)
    return _exit_code([result.plan])


@fork.command()
@click.argument("component")
@click.option("--version", metavar="V", help="The release (default: the newest with patches).")
@click.option(
    "--out", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), default=".", help="Where the files go."
)
@json_option
@pass_app
def build(app: App, component: str, version: str | None, out: Path, as_json: bool) -> None:
    """Pack a release and its patches into an installable ZIP."""
    from plugwatch.delivery import builder

    opened = open_fork(app, component)
    settings = app.settings
    made_by = builds.Maker(settings.agency.name or "the agency", settings.builds.update_uri)
    with writing(app, opened, "fork build"):
        built, operation = builds.make_build(opened, version, made_by, builder.build, out.resolve(), stamp=stamp(app))
        if operation:
            carry_out(opened, app.ledger, operation)
    if as_json:
        print_json(
            {
                "component": str(opened.component),
                "build": built.version,
                "base_version": built.base_version,
                "zip": str(built.output.zip),
                "sha256": built.output.sha256,
                "manifest": str(built.output.manifest),
                "lock": str(built.output.lock),
                "patches": list(built.patches),
            }
        )
        return
    patches = _count(len(built.patches), "patch", "patches")
    click.echo(f"{opened.component} {built.version}: {built.base_version} with {patches}")
    for path in (built.output.zip, built.output.manifest, built.output.lock):
        click.echo(f"  {path}")
    next_step(f"wp plugin install {built.output.zip.name} --force")


def _import(app: App, opened: Fork, version: str | None, source: str, *, as_json: bool) -> None:
    with fetched(source) as path, writing(app, opened, "fork import"):
        imported, operation = workflow.import_release(
            opened, path, shown=without_secrets(source), version=version, stamp=stamp(app)
        )
        if operation:
            carry_out(opened, app.ledger, operation)
    component, release, origin = imported.component, imported.release, imported.note
    for warning in (*origin.warnings, *((imported.alarm,) if imported.alarm else ())):
        note(f"warning: {warning}")
    if as_json:
        print_json(
            {
                "component": str(component),
                "version": release.version,
                "commit": release.commit,
                "tree": release.tree,
                "files": origin.files,
                "sha256": origin.sha256,
                "alarm": imported.alarm,
            }
        )
        return
    known = "" if imported.is_new else ", which was there already"
    click.echo(f"{component} {release.version}: {origin.files} files{known}  {release.commit[:10]}")
    if opened.stacks():
        next_step(f"plugwatch fork forecast {component} --to {release.version}")
    else:
        next_step(
            f"plugwatch patch import {component} FILE --title T", f"plugwatch patch capture {component} DIR --title T"
        )


def _forecast_all(app: App, target: str) -> tuple[list[Plan], int]:
    """Forecasts of all forks that have patches and the release, and do not carry them there already.

    A fork that cannot be read does not keep the others from being looked at; the number says how many there are.
    """
    found = [_forecast_one(app, component, target) for component in app.forks.components()]
    return [plan for plans in found if plans for plan in plans], found.count(None)


def _forecast_one(app: App, component: Component, target: str) -> list[Plan] | None:
    """The forecast where there is something to look at; None, with a note, where the fork cannot be read."""
    try:
        opened = open_fork(app, str(component))
        stacks, versions = opened.stacks(), [release.version for release in opened.releases()]
        wanted = versions[-1] if versions and target == "latest" else target
        return [workflow.forecast(opened, wanted)] if stacks and wanted in versions and wanted not in stacks else []
    except ForkError as error:
        note(f"{component} could not be looked at: {error}")
        return None


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _exit_code(plans: list[Plan]) -> int:
    return 0 if all(plan.status == "clean" for plan in plans) else EXIT_PERSON


def _plan_document(plan: Plan, branch: str | None) -> dict[str, Any]:
    return {
        "component": str(plan.component),
        "from": plan.source,
        "to": plan.target.version,
        "status": plan.status,
        "patches": [
            {
                "id": outcome.patch.id,
                "title": outcome.patch.title,
                "verdict": outcome.verdict,
                "evidence": list(outcome.evidence),
                "files": list(outcome.files),
                "php": outcome.php,
                "accepted": outcome.accepted,
            }
            for outcome in plan.outcomes
        ],
        "branch": branch,
        "tree": plan.tree if plan.status == "clean" else None,
    }


def _show_plans(plans: list[Plan]) -> None:
    from plugwatch.render.terminal import clean, show_table

    if not plans:
        click.echo("every fork with patches is on its newest release")
        return
    for plan in plans:
        click.echo(f"{plan.component}  {plan.source} → {plan.target.version}  {plan.status}")
        rows = [(o.patch.id, o.verdict, o.patch.title, o.php) for o in plan.outcomes]
        show_table(("PATCH", "VERDICT", "TITLE", "PHP"), rows)
        for outcome in plan.outcomes:
            for line in outcome.evidence:
                click.echo(f"  {outcome.patch.id}: {clean(line)}")


def _say_what_next(plan: Plan, *, upgraded: bool) -> None:
    component, target = plan.component, plan.target.version
    if plan.status != "clean":
        stuck = next(o for o in plan.outcomes if not o.settled)
        next_step(
            f"look at 'plugwatch patch show {stuck.patch.id} --against {target}'",
            f"if the release has it: plugwatch fork upgrade {component} --to {target} --accept {stuck.patch.id}",
        )
    elif not upgraded:
        next_step(f"plugwatch fork upgrade {component} --to {target}")
    elif plan.stack:
        next_step(f"plugwatch fork build {component}")
    else:
        next_step(f"nothing is left to carry: sites can go to the vendor's {target}")


def _overview(app: App, component: Component) -> dict[str, Any]:
    opened = app.forks.open(component)
    if opened is None:
        raise PlugwatchError(f"the fork of {component} went away")
    recover(app, opened)
    releases, stacks = opened.releases(), list(opened.stacks())
    patched = stacks[-1] if stacks else None
    return {
        "component": str(component),
        "releases": len(releases),
        "newest": releases[-1].version if releases else None,
        "patched": patched,
        "patches": len(opened.stack(patched)) if patched else 0,
        "repository": str(opened.directory),
    }


def _describe(opened: Fork) -> dict[str, Any]:
    stacks, builds = opened.stacks(), opened.builds()
    return {
        "component": str(opened.component),
        "repository": str(opened.directory),
        "releases": [
            {
                "version": release.version,
                "commit": release.commit,
                "tree": release.tree,
                "branch": f"carried/{release.version}" if release.version in stacks else None,
                "patches": [e.patch.id for e in opened.stack(release.version)] if release.version in stacks else [],
                "builds": [b.version for b in builds if b.base_version == release.version],
            }
            for release in opened.releases()
        ],
    }
