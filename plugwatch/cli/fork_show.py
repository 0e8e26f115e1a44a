"""``plugwatch fork list`` and ``show``: what is kept and carried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.fork_log import short_time, titles_of
from plugwatch.cli.patch_views import finding_document, finding_lines, read_all, read_one
from plugwatch.errors import EXIT_UNKNOWN
from plugwatch.forks.overview import Overview
from plugwatch.model.operation import Operation, taken_back
from plugwatch.model.patches.lint import commands
from plugwatch.workflows.lint import carried_since, lint_all


@click.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> int:
    """All forks, with their newest release and what is carried.

    FINDINGS counts what is wrong with the patches.
    """
    views, failed = read_all(app)
    with app.ledger.reading() as work:
        findings = Counter(finding.component for finding in lint_all(work, views, now=app.now))
    rows = [_overview(view, findings[view.component]) for view in views]
    if as_json:
        print_json(rows)
        return EXIT_UNKNOWN if failed else 0
    from plugwatch.render.terminal import show_table

    headers = ("COMPONENT", "RELEASES", "NEWEST", "PATCHED", "PATCHES", "FINDINGS")
    keys = ("component", "releases", "newest", "patched", "patches", "findings")
    show_table(headers, [[row[key] for key in keys] for row in rows])
    if not rows and not failed:
        next_step("plugwatch fork create COMPONENT --version V --from SOURCE", "plugwatch fork sync COMPONENT ADDRESS")
        return 0
    look = ("plugwatch patch lint",) if findings else ()
    next_step("plugwatch fork show COMPONENT", "plugwatch fork forecast --all --to latest", *look)
    return EXIT_UNKNOWN if failed else 0


@click.command()
@click.argument("component")
@json_option
@pass_app
def show(app: App, component: str, as_json: bool) -> None:
    """One fork: its releases, stacks and builds.

    And what was dropped, with the evidence, and what is wrong with its patches.
    """
    view = read_one(app, component)
    with app.ledger.reading() as work:
        findings = lint_all(work, [view], now=app.now)
    opened = app.forks.open(view.component)
    operations = [operation for _number, operation in opened.history()] if opened else []
    dropped = _dropped(operations)
    document = _describe(view) | {"dropped": dropped, "lint": [finding_document(finding) for finding in findings]}
    if as_json:
        print_json(document)
        return
    _show(app, document, list(finding_lines(findings)), operations)
    next_step(*commands(findings), f"plugwatch patch list {document['component']}")


def _show(app: App, document: dict[str, Any], findings: Sequence[str], operations: Sequence[Operation]) -> None:
    from plugwatch.render.terminal import is_drawn, show_table

    if is_drawn():
        from plugwatch.render.screens.fork import draw_fork, stack_lines

        since = {patch: datetime.fromtimestamp(at, app.zone) for patch, at in carried_since(operations).items()}
        shown = [row | {"at": short_time(app, row["at"])} for row in document["dropped"]]
        draw_fork(document | {"dropped": shown}, stack_lines(document, since), findings, app.now)
        return
    click.echo(f"{document['component']}  {document['repository']}\n")
    rows = [(r["version"], len(r["patches"]), ", ".join(r["builds"]), r["commit"][:10]) for r in document["releases"]]
    show_table(("RELEASE", "PATCHES", "BUILDS", "COMMIT"), rows)
    if document["dropped"]:
        _show_dropped(app, document["dropped"])
    if findings:
        click.echo("\n" + "\n".join(findings))


def _dropped(operations: Sequence[Operation]) -> list[dict[str, Any]]:
    """The patches that were taken out of a stack, the latest first, but where that was undone."""
    titles, undone = titles_of(operations), taken_back(operations)
    return [
        {
            "patch": row["patch"],
            "title": titles.get(row["patch"]),
            "version": row["version"],
            "verdict": row["verdict"],
            "evidence": list(row["evidence"]),
            "actor": operation.actor,
            "at": operation.at,
        }
        for operation in reversed(operations)
        if operation.id not in undone
        for row in operation.rows.get("drops", ())
    ]


def _show_dropped(app: App, dropped: Sequence[dict[str, Any]]) -> None:
    from plugwatch.render.terminal import clean, show_table

    click.echo()
    keys = ("patch", "title", "version", "verdict", "actor")
    rows = [(*(row[key] for key in keys), short_time(app, row["at"])) for row in dropped]
    show_table(("DROPPED", "TITLE", "RELEASE", "VERDICT", "BY", "AT"), rows)
    for row in dropped:
        for sentence in row["evidence"]:
            click.echo(f"  {row['patch']}: {clean(sentence)}")


def _overview(view: Overview, findings: int) -> dict[str, Any]:
    return {
        "component": str(view.component),
        "releases": len(view.releases),
        "newest": view.newest,
        "patched": view.patched,
        "patches": len(view.stacks[view.patched]) if view.patched else 0,
        "findings": findings,
        "repository": str(view.directory),
    }


def _describe(view: Overview) -> dict[str, Any]:
    return {
        "component": str(view.component),
        "repository": str(view.directory),
        "releases": [
            {
                "version": release.version,
                "commit": release.commit,
                "tree": release.tree,
                "branch": f"carried/{release.version}" if release.version in view.stacks else None,
                "patches": [entry.patch.id for entry in view.stacks.get(release.version, ())],
                "carried": [
                    {"patch": e.patch.id, "title": e.patch.title, "origin": e.patch.origin, "commit": e.commit}
                    for e in view.stacks.get(release.version, ())
                ],
                "builds": [build.version for build in view.builds if build.base_version == release.version],
            }
            for release in view.releases
        ],
    }
