"""``plugwatch patch list``, ``show`` and ``export``: the changes that we carry."""

from __future__ import annotations

import os
from itertools import groupby
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.forking import open_fork
from plugwatch.cli.patch_composer_out import package_of, show_composer
from plugwatch.cli.patch_find import locate
from plugwatch.cli.patch_sites import show_sites
from plugwatch.cli.patch_views import finding_document, patch_document, read_all, read_one, since_when, stance_document
from plugwatch.errors import EXIT_UNKNOWN, ForkError, NotFoundError
from plugwatch.forks import export as exporting
from plugwatch.forks.fork import Fork
from plugwatch.forks.overview import read_overview
from plugwatch.forks.upgrade import diff_files
from plugwatch.model.fork import Release, StackEntry
from plugwatch.model.patches.diff_cut import Cut, cut_to_places
from plugwatch.model.patches.lint import NOT_SENT, lint
from plugwatch.workflows.lint import gather
from plugwatch.workflows.patches import accepted_in

_FORMATS = ("git", "svn", "dep3", "composer")
_COLUMNS = {
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
# What a terminal has room for, from so many characters on; the rest is in --json, in a pipe and in 'patch show'. Where
# there is none for the component, it stands above its patches.
_ROOM = {
    180: tuple(_COLUMNS),
    80: ("#", "PATCH", "STANCE", "UPSTREAM", "DAYS", "TITLE"),
    0: ("#", "PATCH", "STANCE", "DAYS", "TITLE"),
}


@click.command("list")
@click.argument("component", required=False)
@click.option("--on", "version", metavar="V", help="The release (default: the newest with patches).")
@click.option("--sites", is_flag=True, help="On which sites they are, and where one is lost.")
@json_option
@pass_app
def list_(app: App, component: str | None, version: str | None, sites: bool, as_json: bool) -> int:
    """The patches carried on a component, or on all of them."""
    if sites and version is not None:
        raise click.UsageError("--sites tells of all releases; leave --on out")
    views, failed = ([read_one(app, component)], 0) if component else read_all(app)
    if sites:
        show_sites(app, views, as_json=as_json)
        return EXIT_UNKNOWN if failed else 0
    if component and version is not None and version not in views[0].stacks:
        open_fork(app, component).release(version)  # a misspelt one must not look like a release without patches
    since = since_when(app, views)
    with app.ledger.reading() as work:
        rows = [patch_document(facts, app) for facts in gather(work, views, version, since)]
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
    theirs = exporting.diff(opened.git, release.tree, opened.release(against).tree, files) if against else b""
    document = _facts(app, opened, release, entry) | {
        "why": entry.patch.why,
        "author": str(entry.patch.author),
        "source": entry.patch.source,
        "files": files,
        "diff": ours.decode("utf-8", "replace"),
        "against": against,
        "vendor_diff": theirs.decode("utf-8", "replace") if against else None,
    }
    if as_json:
        print_json(document)
        return
    _show_patch(document)
    if against:
        below = exporting.diff(opened.git, release.tree, entry.base_tree, files)
        _show_theirs(document, cut_to_places(theirs, ours, below))


@click.command()
@click.argument("wanted", metavar="PATCH|COMPONENT")
@click.option(
    "--out", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), help="A folder (default: stdout)."
)
@click.option("--format", "form", type=click.Choice(_FORMATS), default="git", show_default=True, help="The form.")
@click.option("--package", metavar="VENDOR/NAME", help="What Composer calls the component (default: WPackagist's).")
@pass_app
def export(app: App, wanted: str, out: Path | None, form: str, package: str | None) -> None:
    """Write patches to files.

    As git mails, as svn diffs from trunk/, or with DEP-3 headers; a folder also gets a series file. Or as mails for
    cweagans/composer-patches, with what belongs into the composer.json of the folder that you are in.
    """
    if form == "composer" and out is None:
        raise click.UsageError("say where the files go, with --out DIR in the folder of your composer.json")
    if package and form != "composer":
        raise click.UsageError("--package is for --format composer")
    opened, release, entries = _to_export(app, wanted)
    named = {f"{number:04}-{_file_name(e)}": e for number, e in enumerate(entries, 1)}
    called = package_of(opened.component, package) if form == "composer" else ""
    sent = _forwarded(app, opened, release) if form == "dep3" else {}
    texts = {name: _text(opened, entry, form, sent) for name, entry in named.items()}
    if out is None:
        for text in texts.values():
            click.echo(text, nl=False)
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (out / name).write_bytes(text)
    if form == "composer":
        show_composer(called, release.version, out, named)
        return
    for name in texts:
        click.echo(os.fspath(out / name))
    (out / "series").write_text("".join(f"{name}\n" for name in texts), encoding="utf-8")


def _to_export(app: App, wanted: str) -> tuple[Fork, Release, list[StackEntry]]:
    """One patch, or all of a component's newest stack."""
    try:
        opened, release, entry = locate(app, wanted)
        return opened, release, [entry]
    except NotFoundError:
        opened = open_fork(app, wanted)
    on = next(reversed(opened.stacks()), None)
    entries = opened.stack(on) if on else []
    if not on or not entries:
        raise ForkError(f"{opened.component} carries no patches to export")
    return opened, opened.release(on), entries


def _show_list(rows: list[dict[str, Any]]) -> None:
    from plugwatch.render.terminal import clean, on_terminal, show_table

    columns = tuple(_COLUMNS)
    if on_terminal():
        width = get_terminal_size().columns
        columns = next(names for least, names in _ROOM.items() if width >= least)
    shown = [row | {"upstream": _roads(row["upstream"])} for row in rows]
    if "COMPONENT" in columns:
        show_table(columns, [[row[_COLUMNS[name]] for name in columns] for row in shown])
    else:
        for (component, on), group in groupby(shown, key=lambda row: (row["component"], row["on"])):
            click.echo(clean(f"{component} {on}"))
            show_table(columns, [[row[_COLUMNS[name]] for name in columns] for row in group])
    if rows:
        next_step("plugwatch patch show PATCH", "plugwatch patch lint")


def _facts(app: App, opened: Fork, release: Release, entry: StackEntry) -> dict[str, Any]:
    """What is known of a patch besides its bytes, and what is wrong with it where it is on the newest stack."""
    view = read_overview(opened)
    with app.ledger.reading() as work:
        carried = gather(work, [view], release.version, since_when(app, [view]))
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
        f"carried for {count(document['age_days'], 'day')}"
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
    if document["against"]:
        click.echo(f"\nWhat the patch does on {document['on']}:")
    click.echo(f"\n{clean_lines(document['diff'])}", nl=False)


def _show_theirs(document: dict[str, Any], cut: Cut) -> None:
    from plugwatch.render.terminal import clean_lines, count

    click.echo(f"\nWhat the vendor changed there from {document['on']} to {document['against']}:\n")
    click.echo(clean_lines(cut.text.decode("utf-8", "replace")) or "nothing\n", nl=False)
    if cut.left_out:
        lines = count(cut.left_out, "changed line")
        click.echo(f"\nnot shown: {lines} further away in the same files; --json has them")


def _roads(claims: list[dict[str, Any]]) -> str:
    return ", ".join(f"{claim['channel']} {claim['status']}" for claim in claims)


def _file_name(entry: StackEntry) -> str:
    words = "".join(c if c.isascii() and c.isalnum() else "-" for c in entry.patch.title.lower())
    return f"{'-'.join(filter(None, words.split('-')))[:50] or entry.patch.id}.patch"


def _forwarded(app: App, opened: Fork, release: Release) -> dict[str, str]:
    """What DEP-3 calls Forwarded, for each patch of a stack: by what was sent, else by what we mean to do."""
    with app.ledger.reading() as work:
        carried = gather(work, [read_overview(opened)], release.version)
    found = {}
    for facts in carried:
        sent = [claim for claim in facts.upstream if claim.status not in NOT_SENT]
        kept = "not-needed" if facts.stance and facts.stance.stance == "never" else "no"
        found[facts.patch.id] = next((claim.url for claim in reversed(sent) if claim.url), "yes") if sent else kept
    return found


def _text(opened: Fork, entry: StackEntry, form: str, forwarded: dict[str, str]) -> bytes:
    if form == "svn":
        return exporting.svn_diff(opened.git, entry.base_tree, entry.tree)
    if form == "dep3":
        return exporting.dep3(opened.git, entry, forwarded=forwarded.get(entry.patch.id, "no"))
    return exporting.commit_mail(opened.git, entry.commit)
