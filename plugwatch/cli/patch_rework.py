"""``plugwatch patch rework``: what a vendor or a colleague wants changed, in the same patch."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.forking import fetched, stamp, without_secrets, writing
from plugwatch.cli.patch_find import locate
from plugwatch.cli.patch_views import blocked_document, show_evidence
from plugwatch.cli.syntax import broken_files, unparsed_option
from plugwatch.errors import EXIT_PERSON, ForkError, InputError
from plugwatch.forks.fine_merge import merge_finely
from plugwatch.forks.fork import Fork
from plugwatch.forks.restack import restack
from plugwatch.model.fork import Release, StackEntry
from plugwatch.workflows import patches as workflow
from plugwatch.workflows.operations import carry_out


@click.command()
@click.argument("wanted", metavar="PATCH")
@click.argument("source", metavar="FILE|DIR|ZIP")
@click.option("--why", metavar="W", help="Why we carry it, where that changes too.")
@click.option("--on", "version", metavar="V", help="The release (default: the newest with patches).")
@unparsed_option
@json_option
@pass_app
def rework(app: App, wanted: str, source: str, why: str | None, version: str | None, as_json: bool) -> int:
    """Give a patch another content, under the same id.

    A patch file takes the place of what the patch was. Of an edited copy (a folder or a ZIP of the release with its
    patches, or of a build) the new edits join this patch. Those above it are put on top; where one does not go, nothing
    moves.
    """
    opened, _release, entry = locate(app, wanted)
    with fetched(source) as path, writing(app, opened, "patch rework"):

        def change(release: Release, old: StackEntry) -> str:
            return _content(opened, release, old, path, without_secrets(source))

        merge = partial(restack, opened.git)
        done, operation = workflow.rework(
            opened, entry.patch, change, merge, why=why, version=version, stamp=stamp(app)
        )
        if operation:
            carry_out(opened, app.ledger, operation)
    if as_json:
        print_json(_document(opened, done))
    else:
        _show(opened, done)
    return EXIT_PERSON if done.blocked else 0


def _content(opened: Fork, release: Release, old: StackEntry, path: Path, shown: str) -> str:
    """The tree that the patch shall lead to. Raises InputError where PHP cannot read it, ForkError for a conflict."""
    if path.is_dir() or path.suffix.lower() == ".zip":
        edited = opened.change_from_copy(release, path, shown, ())
        merged = merge_finely(opened.git, opened.tip_tree(release), edited.tree, old.tree)
        if merged.conflicts:
            places = ", ".join(sorted(merged.conflicts))
            raise ForkError(f"the new edits in {places} belong to a patch above {old.patch.id}; rework that one")
        tree = merged.tree
    else:
        letter = opened.read_letter(path.read_bytes())
        tree = opened.change_from_patch(release, letter.diff, shown, onto=old.base_tree).tree
    for broken in broken_files(opened.git, [(old.base_tree, tree)]):
        for file, message in broken.items():
            raise InputError(
                f"PHP cannot read it with this patch: {message}; mend it, or say --unparsed-ok if it is meant so",
                source=file,
            )
    return tree


def _document(opened: Fork, done: workflow.Rework) -> dict[str, Any]:
    blocked, version = done.blocked, done.release.version
    return {
        "patch": done.patch.id,
        "title": done.patch.title,
        "component": str(opened.component),
        "on": version,
        "status": "conflict" if blocked else "reworked",
        "blocked_by": blocked_document(blocked, done.evidence),
        "branch": None if blocked else f"carried/{version}",
        "tree": done.tree,
    }


def _show(opened: Fork, done: workflow.Rework) -> None:
    from plugwatch.render.terminal import clean

    if done.blocked is None:
        click.echo(f"{done.patch.id} was reworked on {opened.component} {done.release.version}")
        next_step(
            f"plugwatch fork build {opened.component}",
            "a vendor who asked for it: plugwatch submission reply SUB --asks changes",
            f"back again: plugwatch fork undo {opened.component}",
        )
        return
    blocked = done.blocked
    click.echo(clean(f"nothing moved: {blocked.id} ({blocked.title}) does not go on top of it any more"))
    show_evidence(done.evidence)
    next_step(f"rework that one first: plugwatch patch rework {blocked.id} FILE")
