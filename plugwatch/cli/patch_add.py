"""What ``plugwatch patch import`` and ``capture`` share: what is known of a patch, adding it, and telling so."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import click

from plugwatch.cli.context import App, next_step, note, print_json
from plugwatch.cli.forking import agency_person, stamp
from plugwatch.cli.syntax import broken_files, unparsed_option
from plugwatch.errors import InputError
from plugwatch.forks.changes import Change
from plugwatch.forks.fork import Fork
from plugwatch.model.fork import Patch, Release
from plugwatch.model.patches.letter import Letter
from plugwatch.model.patches.lint import explain_command, stance_command
from plugwatch.model.patches.paths import PathOptions
from plugwatch.workflows import forks as workflow
from plugwatch.workflows.operations import carry_out

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Said:
    """What the person says of a patch."""

    title: str | None
    why: str | None
    incident: str | None


@dataclass(frozen=True)
class Wanted:
    """One patch that was asked for: what came, how to read its paths, and what to call it in errors."""

    letter: Letter
    options: PathOptions
    shown: str


@dataclass(frozen=True)
class Added:
    """Patches that are on a release now, each with its change."""

    release: Release
    patches: tuple[tuple[Patch, Change], ...]

    def row(self, patch: Patch, change: Change) -> dict[str, Any]:
        """One of them for programs."""
        return {
            "patch": patch.id,
            "title": patch.title,
            "files": list(change.files),
            "deleted": list(change.deleted),
            "source": patch.source,
            "left_out": list(change.left_out),
            "notes": list(change.notes),
        }


def said_options(command: F) -> F:
    """``--why``, ``--incident``, ``--on`` and ``--unparsed-ok``."""
    for option in (
        unparsed_option,
        click.option(
            "--on", "version", metavar="V", help="The release (default: the newest with patches, else the newest)."
        ),
        click.option("--incident", metavar="INC", help="The incident it mends."),
        click.option("--why", metavar="W", help="Why we carry it, for whoever reads it in a year."),
    ):
        command = option(command)
    return command


def facts_of(app: App, letter: Letter, said: Said) -> workflow.PatchFacts:
    """What is known of a patch: options before what the source says, the agency where nobody is named.

    Raises UsageError where nobody has said what it does.
    """
    title = said.title or letter.title
    if not title:
        raise click.UsageError("the file does not say what it does; give --title")
    name = None
    if said.incident:
        with app.ledger.reading() as work:
            name = work.incidents.get(said.incident).name
    return workflow.PatchFacts(
        title=title,
        why=said.why if said.why is not None else letter.why or "",
        author=letter.author or agency_person(app),
        date=letter.date or stamp(app).git_date(),
        incident=name,
        source=letter.source,
    )


def add(
    app: App, opened: Fork, release: Release, changes: Sequence[tuple[Change, workflow.PatchFacts]], command: str
) -> Added:
    """Put changes on top of a release's stack, all or none; what is to be known of each is told. Under the lock.

    Raises InputError where one of them breaks a PHP file.
    """
    _refuse_broken(opened, release, changes)
    prepared = [(change, facts, os.urandom(8)) for change, facts in changes]
    patches, operation = workflow.add_patches(opened, release, prepared, stamp=stamp(app), command=command)
    carry_out(opened, app.ledger, operation)
    for change, facts in changes:
        prefix = f"note: '{facts.title}': " if len(changes) > 1 else "note: "
        for remark in change.notes:
            note(prefix + remark)
    return Added(release, tuple(zip(patches, (change for change, _facts in changes), strict=True)))


def _refuse_broken(opened: Fork, release: Release, changes: Sequence[tuple[Change, workflow.PatchFacts]]) -> None:
    trees = [opened.tip_tree(release), *(change.tree for change, _facts in changes)]
    steps = broken_files(opened.git, pairwise(trees))
    for (_change, facts), broken in zip(changes, steps, strict=False):
        for path, message in broken.items():
            raise InputError(
                f"PHP cannot read it with this patch: {message}; mend it, or say --unparsed-ok if it is meant so",
                source=f"'{facts.title}', {path}" if len(changes) > 1 else path,
            )


def show_added(opened: Fork, added: Added, *, as_json: bool) -> None:
    """Tell of one patch."""
    [(patch, change)] = added.patches
    if as_json:
        row = added.row(patch, change)
        print_json({"patch": patch.id, "component": str(opened.component), "on": added.release.version} | row)
        return
    click.echo(f"{patch.id} on {opened.component} {added.release.version}: {_files(change)}")
    draft = f"plugwatch submission draft {patch.id} --via github-pr"
    next_step(*_to_say(added), f"plugwatch fork build {opened.component}", *([draft] if patch.why else []))


def show_all_added(opened: Fork, added: Added, left_out: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """Tell of several patches, and of what was not taken along."""
    if as_json:
        document = {"component": str(opened.component), "on": added.release.version}
        rows = [added.row(patch, change) for patch, change in added.patches]
        print_json(document | {"patches": rows, "left_out": list(left_out)})
        return
    from plugwatch.render.terminal import clean

    for patch, change in added.patches:
        where = f"{patch.id} on {opened.component} {added.release.version}"
        click.echo(clean(f"{where}: {patch.title} ({_files(change)})"))
    build = f"plugwatch fork build {opened.component}"
    next_step(*_to_say(added), build, f"plugwatch patch list {opened.component}")


def _to_say(added: Added) -> list[str]:
    """The commands for what nobody has said of the patches, where a reason is missing."""
    unexplained = [patch.id for patch, _change in added.patches if not patch.why]
    if not unexplained:
        return []
    return [explain_command(unexplained), stance_command([patch.id for patch, _change in added.patches])]


def _files(change: Change) -> str:
    return ", ".join(f"{path} (deleted)" if path in change.deleted else path for path in change.files)
