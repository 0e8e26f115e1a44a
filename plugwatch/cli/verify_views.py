"""What ``fork verify`` prints: documents, a few lines for each component, and the text for a host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

import click

from plugwatch.cli.context import App, next_step, note
from plugwatch.cli.verify_places import plain
from plugwatch.model.builds.build import MANIFEST_NAME, folder_name
from plugwatch.model.component import Component
from plugwatch.model.evidence.evidence import LOST, OTHER, PATCHED, TAMPERED, Evidence
from plugwatch.model.site import Site
from plugwatch.workflows.verify import Verified

_MOST_SHOWN = 20


def document(one: Verified, app: App, *, kept: bool) -> dict[str, Any]:
    """One component as JSON has it; ``kept``: the ledger has it as evidence."""
    seen = one.evidence
    return {
        "component": str(seen.component),
        "site": seen.site,
        "state": seen.state,
        "certainty": seen.certainty,
        "version": seen.version,
        "build": seen.build,
        "release": seen.release,
        "why": seen.why,
        "taken_from": seen.taken_from,
        "patches": [asdict(patch) for patch in seen.patches],
        "differences": [asdict(difference) | {"path": plain(difference.path)} for difference in seen.differences],
        "total": seen.total,
        "explained": [
            asdict(file.told) | {"path": plain(file.told.path), "stock": file.stock, "ours": file.ours}
            for file in one.explained
        ],
        "warnings": list(seen.warnings),
        "at": app.now.isoformat(),
        "kept": kept,
    }


def show(one: Verified) -> None:
    """One component for people."""
    from plugwatch.render.terminal import clean, count

    seen = one.evidence
    where = f" on {seen.site}" if seen.site else ""
    click.echo(clean(f"{seen.component}{where}: {seen.state} ({seen.certainty})"))
    click.echo("  " + clean(f"{seen.why}"))
    click.echo("  " + clean(f"known by {seen.taken_from}"))
    for patch in seen.patches:
        click.echo(f"  {patch.patch}  {patch.state:<8}{clean(patch.title)}")
    for warning in seen.warnings:
        click.echo("  " + clean(f"warning: {warning}"))
    if seen.differences:
        click.echo(f"  not as in our build: {count(seen.total, 'file')}")
        _show_files([(file.path, file.how, file.why) for file in seen.differences], seen.total)
    if one.explained and seen.state == PATCHED:
        files = count(len(one.explained), "file")
        click.echo("  " + clean(f"not as the vendor ships {seen.release}: {files}, each explained"))
        _show_files([(file.told.path, file.told.how, file.told.why) for file in one.explained], len(one.explained))


def _show_files(rows: Sequence[tuple[str, str, str]], total: int) -> None:
    from plugwatch.render.terminal import clean

    for path, how, why in rows[:_MOST_SHOWN]:
        click.echo("    " + clean(f"{path}: {how}: {why}"))
    if total > _MOST_SHOWN:
        click.echo(f"    … and {total - _MOST_SHOWN} more; --json has more of them")


def show_next(seen: Sequence[Evidence], target: str, stock: Mapping[Component, str]) -> None:
    """What to do about what was seen; ``stock`` is the release that holds the fix of what needs no build any more."""
    bad = [one for one in seen if one.state in (LOST, OTHER, TAMPERED)]
    if bad:
        first = bad[0]
        site = f" --site {first.site}" if first.site else " --site SITE"
        release = f" --stock {stock[first.component]}" if first.component in stock else ""
        steps = [f"plugwatch fork deploy {first.component}{release}{site}"]
        if first.state == TAMPERED:
            steps.insert(0, "look at these files before anything puts others over them")
        next_step(*steps)
    elif any(one.build for one in seen):
        next_step(f"plugwatch fork verify {target} --for-host")


def show_host_note(found: Sequence[Verified], app: App, site: Site | None) -> None:
    """The text for the host of a site; what is no build of ours stays out, with a note."""
    from plugwatch.render.host_note import render_host_note
    from plugwatch.render.terminal import clean

    own = [one for one in found if one.evidence.build and one.explained]
    for one in found:
        if one not in own:
            note(clean(f"{one.evidence.component} is not in the text: {one.evidence.why}"))
    if not own:
        return
    agency = app.settings.agency
    click.echo(
        render_host_note(
            {
                "domain": (urlsplit(site.url).hostname or site.slug)
                if site and site.url
                else site.slug
                if site
                else "This site",
                "agency": agency.name or "the agency",
                "email": agency.email,
                "signature": agency.signature or agency.name or "The agency",
                "components": [_host_document(one, app) for one in own],
                "unexplained": [_foreign(one, path) for one in own for path in _foreign_paths(one)],
            },
            [app.workspace / "templates"],
        ),
        nl=False,
    )


def _host_document(one: Verified, app: App) -> dict[str, Any]:
    seen, foreign = one.evidence, set(_foreign_paths(one))
    files = [
        {"path": plain(file.told.path), "why": file.told.why, "ours": file.ours}
        for file in one.explained
        if file.told.path not in foreign
    ]
    return {
        "name": str(seen.component),
        "build": seen.build,
        "release": seen.release,
        "seen": app.now.date().isoformat(),
        "files": files,
        "manifest": MANIFEST_NAME if any(file["path"] == MANIFEST_NAME and file["ours"] for file in files) else None,
        "address": _address(seen, app),
    }


def _address(seen: Evidence, app: App) -> str | None:
    """Where the published folder has the manifest of a build; None where nothing is published."""
    base = app.settings.builds.update_uri.rstrip("/")
    if not base:
        return None
    name = f"{folder_name(seen.component)}.{seen.build}.manifest.json"
    return f"{base}/builds/{seen.component.kind}/{seen.component.slug}/{name}"


def _foreign_paths(one: Verified) -> list[str]:
    """The files that neither we nor the vendor made: a host must hear of them, but not that they are ours."""
    return [file.path for file in one.evidence.differences if file.why.startswith("not ours")]


def _foreign(one: Verified, path: str) -> str:
    return f"{one.evidence.component}: {plain(path)}"
