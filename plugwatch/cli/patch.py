"""``plugwatch patch``: the changes that we carry."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from plugwatch.cli.context import App, json_option, pass_app, print_json
from plugwatch.cli.forking import (
    find_component,
    open_fork,
    recover,
)
from plugwatch.cli.patch_add import capture, import_
from plugwatch.errors import ForkError, NotFoundError
from plugwatch.forks import export as exporting
from plugwatch.forks.fork import Fork
from plugwatch.forks.upgrade import diff_files
from plugwatch.model.component import Component
from plugwatch.model.fork import Release, StackEntry
from plugwatch.workflows import forks as workflow

_FORMATS = ("git", "svn", "dep3")


@click.group()
def patch() -> None:
    """The changes that we carry."""


@patch.command("list")
@click.argument("component", required=False)
@click.option("--on", "version", metavar="V", help="The release (default: the newest with patches).")
@json_option
@pass_app
def list_(app: App, component: str | None, version: str | None, as_json: bool) -> None:
    """The patches carried on a component, or on all of them."""
    components = [find_component(app, component)] if component else app.forks.components()
    rows: list[dict[str, Any]] = []
    for named in components:
        opened = open_fork(app, str(named))
        if version is not None and component:
            opened.release(version)  # a misspelt one must not look like a release without patches
        on = next(reversed(opened.stacks()), None) if version is None else version
        rows += [_row(named, number, on, entry) for number, entry in enumerate(opened.stack(on) if on else [], 1)]
    if as_json:
        print_json(rows)
        return
    from plugwatch.render.terminal import show_table

    headers = ("#", "PATCH", "COMPONENT", "ON", "SINCE", "INCIDENT", "TITLE")
    keys = ("number", "patch", "component", "on", "origin", "incident", "title")
    show_table(headers, [[row[key] for key in keys] for row in rows])


@patch.command()
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
    document = _row(opened.component, 0, release.version, entry) | {
        "why": entry.patch.why,
        "author": str(entry.patch.author),
        "files": files,
        "diff": ours.decode("utf-8", "replace"),
        "against": against,
        "vendor_diff": theirs.decode("utf-8", "replace") if theirs is not None else None,
    }
    del document["number"]
    if as_json:
        print_json(document)
        return
    from plugwatch.render.terminal import clean, clean_lines

    click.echo(f"{entry.patch.id}  {clean(entry.patch.title)}")
    click.echo(
        f"on {opened.component} {release.version}, since {entry.patch.origin}, by {clean(str(entry.patch.author))}"
    )
    if entry.patch.why:
        click.echo(f"\n{clean_lines(entry.patch.why)}")
    click.echo(f"\n{clean_lines(document['diff'])}", nl=False)
    if against:
        click.echo(f"\nWhat the vendor changed there from {release.version} to {against}:\n")
        click.echo(clean_lines(document["vendor_diff"]) or "nothing\n", nl=False)


@patch.command()
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


def locate(app: App, text: str) -> tuple[Fork, Release, StackEntry]:
    """A patch by its id, the beginning of it, or its number where one fork only carries patches.

    Raises NotFoundError, AmbiguousError or ForkError.
    """
    if workflow.is_number(text):
        carrying = [c for c in app.forks.components() if (f := app.forks.open(c)) and f.stacks()]
        if len(carrying) != 1:
            raise NotFoundError(f"'{text}' is a number in one list of patches; several forks have one, so write the id")
        opened = open_fork(app, str(carrying[0]))
        return (opened, *workflow.find_patch(opened, text))
    for component in app.forks.components():
        known = app.forks.open(component)
        if known:
            recover(app, known)
    with app.ledger.reading() as work:
        component, patch_id = work.forks.find_patch(text)
    found = app.forks.open(component)
    if found is None:
        raise ForkError(f"{patch_id} is a patch on {component}, which has no fork here; run 'plugwatch fork sync'")
    return (found, *workflow.find_patch(found, patch_id))


def _row(component: Component, number: int, on: str | None, entry: StackEntry) -> dict[str, Any]:
    return {
        "number": number,
        "patch": entry.patch.id,
        "component": str(component),
        "on": on,
        "origin": entry.patch.origin,
        "incident": entry.patch.incident,
        "title": entry.patch.title,
        "commit": entry.commit,
    }


def _file_name(entry: StackEntry) -> str:
    words = "".join(c if c.isascii() and c.isalnum() else "-" for c in entry.patch.title.lower())
    return f"{'-'.join(filter(None, words.split('-')))[:50] or entry.patch.id}.patch"


def _text(opened: Fork, entry: StackEntry, form: str) -> bytes:
    if form == "svn":
        return exporting.svn_diff(opened.git, entry.base_tree, entry.tree)
    if form == "dep3":
        return exporting.dep3(opened.git, entry, forwarded="no")
    return exporting.commit_mail(opened.git, entry.commit)


for _command in (import_, capture):
    patch.add_command(_command)
