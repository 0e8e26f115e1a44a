"""``plugwatch fork list`` and ``show``: what is kept and carried."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.patch_views import finding_document, finding_lines, read_all, read_one
from plugwatch.errors import EXIT_UNKNOWN
from plugwatch.forks.overview import Overview
from plugwatch.workflows.lint import lint_all


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
    look = ("plugwatch patch lint",) if findings else ()
    next_step("plugwatch fork show COMPONENT", "plugwatch fork forecast --all --to latest", *look)
    return EXIT_UNKNOWN if failed else 0


@click.command()
@click.argument("component")
@json_option
@pass_app
def show(app: App, component: str, as_json: bool) -> None:
    """One fork: its releases, stacks and builds.

    And what is wrong with its patches.
    """
    view = read_one(app, component)
    with app.ledger.reading() as work:
        findings = lint_all(work, [view], now=app.now)
    document = _describe(view) | {"lint": [finding_document(finding) for finding in findings]}
    if as_json:
        print_json(document)
        return
    from plugwatch.render.terminal import show_table

    click.echo(f"{document['component']}  {document['repository']}\n")
    rows = [(r["version"], len(r["patches"]), ", ".join(r["builds"]), r["commit"][:10]) for r in document["releases"]]
    show_table(("RELEASE", "PATCHES", "BUILDS", "COMMIT"), rows)
    if findings:
        click.echo("\n" + "\n".join(finding_lines(findings)))
    next_step(f"plugwatch patch list {document['component']}")


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
