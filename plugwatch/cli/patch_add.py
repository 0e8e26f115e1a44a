"""``plugwatch patch import`` and ``capture``: where patches come from."""

from __future__ import annotations

import os
from pathlib import Path

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.forking import agency_person, fetched, open_fork, stamp, without_secrets, writing
from plugwatch.errors import InputError
from plugwatch.forks.changes import Letter
from plugwatch.forks.fork import Fork
from plugwatch.model.fork import Release
from plugwatch.workflows import forks as workflow
from plugwatch.workflows.operations import carry_out

_LARGEST_PATCH = 16 << 20


@click.command("import")
@click.argument("component")
@click.argument("file", metavar="FILE|URL")
@click.option("--title", metavar="T", help="One line (default: the subject, where the file is a mail).")
@click.option("--why", metavar="W", help="Why we carry it, for whoever reads it in a year.")
@click.option("--incident", metavar="INC", help="The incident it mends.")
@click.option("--on", "version", metavar="V", help="The release (default: the newest with patches, else the newest).")
@json_option
@pass_app
def import_(
    app: App,
    component: str,
    file: str,
    title: str | None,
    why: str | None,
    incident: str | None,
    version: str | None,
    as_json: bool,
) -> None:
    """Add a patch from a file.

    A git diff, a mail of git format-patch, or an svn diff.
    """
    opened = open_fork(app, component)
    with fetched(file) as path, writing(app, opened, "patch import"):
        letter = opened.read_letter(_read_patch(path, without_secrets(file)))
        release = workflow.release_to_patch(opened, version)
        change = opened.change_from_patch(release, letter.diff, without_secrets(file))
        if not (title or letter.title):
            raise click.UsageError("the file does not say what it does; give --title")
        _add(app, opened, release, change, _facts(app, letter, title, why, incident), as_json=as_json)


@click.command()
@click.argument("component")
@click.argument("copy", metavar="DIR|ZIP")
@click.option("--title", required=True, metavar="T", help="One line.")
@click.option("--why", metavar="W", help="Why we carry it, for whoever reads it in a year.")
@click.option("--incident", metavar="INC", help="The incident it mends.")
@click.option("--on", "version", metavar="V", help="The release (default: the newest with patches, else the newest).")
@click.option("--only", multiple=True, metavar="PATH", help="Only changes in this file or folder.")
@json_option
@pass_app
def capture(
    app: App,
    component: str,
    copy: str,
    title: str,
    why: str | None,
    incident: str | None,
    version: str | None,
    only: tuple[str, ...],
    as_json: bool,
) -> None:
    """Add a patch from an edited copy.

    A copy of a release, of a release with its patches, or of a build of ours.
    """
    opened = open_fork(app, component)
    with fetched(copy) as path, writing(app, opened, "patch capture"):
        release = workflow.release_to_patch(opened, version)
        change = opened.change_from_copy(release, path, without_secrets(copy), only)
        _add(app, opened, release, change, _facts(app, Letter(b""), title, why, incident), as_json=as_json)


def _read_patch(path: Path, shown: str) -> bytes:
    """A patch file's bytes. Raises InputError for a folder, and for a file that is too large for a patch."""
    if path.is_dir():
        raise InputError("it is a folder; 'plugwatch patch capture' takes an edited copy of a release", source=shown)
    with path.open("rb") as file:
        data = file.read(_LARGEST_PATCH + 1)
    if len(data) > _LARGEST_PATCH:
        raise InputError(f"it is larger than {_LARGEST_PATCH >> 20} MiB, so it is no patch", source=shown)
    return data


def _facts(app: App, letter: Letter, title: str | None, why: str | None, incident: str | None) -> workflow.PatchFacts:
    """What is known of a patch: options before what the file says, the agency where nobody is named."""
    name = None
    if incident:
        with app.ledger.reading() as work:
            name = work.incidents.get(incident).name
    return workflow.PatchFacts(
        title=title or letter.title or "",
        why=why if why is not None else letter.why or "",
        author=letter.author or agency_person(app),
        date=letter.date or stamp(app).git_date(),
        incident=name,
    )


def _add(
    app: App, opened: Fork, release: Release, change: workflow.Change, facts: workflow.PatchFacts, *, as_json: bool
) -> None:
    added, operation = workflow.add_patch(opened, release, change, facts, randomness=os.urandom(8), stamp=stamp(app))
    carry_out(opened, app.ledger, operation)
    for remark in change.notes:
        note(f"note: {remark}")
    if as_json:
        files = list(change.files)
        print_json({"patch": added.id, "component": str(opened.component), "on": release.version, "files": files})
        return
    click.echo(f"{added.id} on {opened.component} {release.version}: {', '.join(change.files)}")
    next_step(f"plugwatch fork build {opened.component}", f"plugwatch submission draft {added.id} --via github-pr")
