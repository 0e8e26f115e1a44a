"""``plugwatch patch list``, ``show`` and ``export``: the changes that we carry."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.forking import open_fork
from plugwatch.cli.patch_find import locate
from plugwatch.cli.patch_views import finding_document, patch_document, read_all, read_one, stance_document
from plugwatch.errors import EXIT_UNKNOWN, ForkError, NotFoundError
from plugwatch.forks import export as exporting
from plugwatch.forks.fork import Fork
from plugwatch.forks.overview import read_overview
from plugwatch.forks.upgrade import diff_files
from plugwatch.model.fork import Release, StackEntry
from plugwatch.model.lint import lint
from plugwatch.workflows.lint import gather
from plugwatch.workflows.patches import accepted_in

_FORMATS = ("git", "svn", "dep3")


@click.command("list")
@click.argument("component", required=False)
@click.option("--on", "version", metavar="V", help="The release (default: the newest with patches).")
@json_option
@pass_app
def list_(app: App, component: str | None, version: str | None, as_json: bool) -> int:
    """The patches carried on a component, or on all of them."""
    views, failed = ([read_one(app, component)], 0) if component else read_all(app)
    if component and version is not None and version not in views[0].stacks:
        open_fork(app, component).release(version)  # a misspelt one must not look like a release without patches
    with app.ledger.reading() as work:
        rows = [patch_document(facts, app) for facts in gather(work, views, version)]
    if as_json:
        print_json(rows)
    else:
        _show_list(rows)
    return EXIT_UNKNOWN if failed else 0


@click.command()
@click.argument("wanted", metavar="PATCH")
@click.option("--against", metavar="V", help="Also what the vendor changed in the same files up to this release.")
@json_option
@pass_app
def show(app: App, wanted: str, against: str | None, as_json: bool) -> None:
    """One patch: why it is there, and its diff."""
    opened, release, entry = locate(app, wanted)
    files = sorted(diff_files(opened.git, entry.base_tree, entry.tree))
    ours = exporting.diff(opened.git, entry.base_tree, entry.tree)
    theirs = exporting.diff(opened.git, release.tree, opened.release(against).tree, files) if against else None
    document = _facts(app, opened, release, entry) | {
        "why": entry.patch.why,
        "author": str(entry.patch.author),
        "source": entry.patch.source,
        "files": files,
        "diff": ours.decode("utf-8", "replace"),
        "against": against,
        "vendor_diff": theirs.decode("utf-8", "replace") if theirs is not None else None,
    }
    if as_json:
        print_json(document)
        return
    _show_patch(document)


@click.command()
@click.argument("wanted", metavar="PATCH|COMPONENT")
@click.option(
    "--out", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), help="A folder (default: stdout)."
)
@click.option("--format", "form", type=click.Choice(_FORMATS), default="git", show_default=True, help="The form.")
@pass_app
def export(app: App, wanted: str, out: Path | None, form: str) -> None:
    """Write patches to files.

    As git mails, as svn diffs from trunk/, or with DEP-3 headers; a folder also gets a series file.
    """
    try:
        opened, _release, entry = locate(app, wanted)
        entries = [entry]
    except NotFoundError:
        opened = open_fork(app, wanted)
        on = next(reversed(opened.stacks()), None)
        entries = opened.stack(on) if on else []
        if not entries:
            raise ForkError(f"{opened.component} carries no patches to export") from None
    texts = {f"{number:04}-{_file_name(e)}": _text(opened, e, form) for number, e in enumerate(entries, 1)}
    if out is None:
        for text in texts.values():
            click.echo(text, nl=False)
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (out / name).write_bytes(text)
        click.echo(os.fspath(out / name))
    (out / "series").write_text("".join(f"{name}\n" for name in texts), encoding="utf-8")


def _show_list(rows: list[dict[str, Any]]) -> None:
    from plugwatch.render.terminal import show_table

    columns = {
        "#": "number",
        "PATCH": "patch",
        "COMPONENT": "component",
        "ON": "on",
        "SINCE": "origin",
        "DAYS": "age_days",
        "SURVIVED": "releases_survived",
        "BUILT SITES": "sites_with_build",
        "SITES": "sites_with_component",
        "STANCE": "stance",
        "REVIEW": "review_by",
        "UPSTREAM": "upstream",
        "INCIDENT": "incident",
        "TITLE": "title",
    }
    shown = [row | {"upstream": _roads(row["upstream"])} for row in rows]
    show_table(tuple(columns), [[row[key] for key in columns.values()] for row in shown])
    if rows:
        next_step("plugwatch patch show PATCH", "plugwatch patch lint")


def _facts(app: App, opened: Fork, release: Release, entry: StackEntry) -> dict[str, Any]:
    """What is known of a patch besides its bytes, and what is wrong with it where it is on the newest stack."""
    view = read_overview(opened)
    with app.ledger.reading() as work:
        carried = gather(work, [view], release.version)
        accepted = accepted_in(work, opened.component, entry.patch.id)
    facts = next((one for one in carried if one.patch.id == entry.patch.id), None)
    if facts is None:
        raise ForkError(f"{opened.component}: {entry.patch.id} was moved meanwhile; run the command again")
    findings = lint(facts, now=app.now) if release.version == view.patched else ()
    document = patch_document(facts, app) | {
        "stances": [stance_document(said, app) for said in facts.stances],
        "accepted_in": accepted,
        "lint": [finding_document(finding) for finding in findings],
    }
    del document["number"]
    return document


def _show_patch(document: dict[str, Any]) -> None:
    from plugwatch.render.terminal import clean, clean_lines, count

    click.echo(f"{document['patch']}  {clean(document['title'])}")
    click.echo(
        f"on {document['component']} {document['on']}, since {document['origin']}, by {clean(document['author'])}, "
        f"{count(document['age_days'], 'day')} old"
    )
    sites, built = count(document["sites_with_component"], "site"), document["sites_with_build"]
    click.echo(f"{sites} with {document['component']}, {built} of them with a build that has it")
    for said in document["stances"][-1:]:
        until = f", to be looked at by {said['review_by']}" if said["review_by"] else ""
        click.echo(clean(f"stance: {said['stance']}{until}: {said['reason']} ({said['by']})"))
    if document["upstream"]:
        click.echo(clean(f"upstream: {_roads(document['upstream'])}"))
    for found in document["lint"]:
        click.echo(clean(f"{found['severity']}: {found['message']}"))
    if document["source"]:
        click.echo(clean(f"from {document['source']}"))
    if document["why"]:
        click.echo(f"\n{clean_lines(document['why'])}")
    click.echo(f"\n{clean_lines(document['diff'])}", nl=False)
    if document["against"]:
        click.echo(f"\nWhat the vendor changed there from {document['on']} to {document['against']}:\n")
        click.echo(clean_lines(document["vendor_diff"]) or "nothing\n", nl=False)


def _roads(claims: list[dict[str, Any]]) -> str:
    return ", ".join(f"{claim['channel']} {claim['status']}" for claim in claims)


def _file_name(entry: StackEntry) -> str:
    words = "".join(c if c.isascii() and c.isalnum() else "-" for c in entry.patch.title.lower())
    return f"{'-'.join(filter(None, words.split('-')))[:50] or entry.patch.id}.patch"


def _text(opened: Fork, entry: StackEntry, form: str) -> bytes:
    if form == "svn":
        return exporting.svn_diff(opened.git, entry.base_tree, entry.tree)
    if form == "dep3":
        return exporting.dep3(opened.git, entry, forwarded="no")
    return exporting.commit_mail(opened.git, entry.commit)
