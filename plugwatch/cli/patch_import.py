"""``plugwatch patch import``: patches from files and addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from plugwatch.cli.context import App, json_option, note, pass_app
from plugwatch.cli.forking import open_fork, without_secrets, writing
from plugwatch.cli.patch_add import Said, Wanted, add, facts_of, said_options, show_added, show_all_added
from plugwatch.errors import ForkError, InputError
from plugwatch.forks.changes import Change, PatchIsThereError, read_letters
from plugwatch.forks.fork import Fork
from plugwatch.model.fork import Release
from plugwatch.model.patches.composer_patches import looks_like_composer
from plugwatch.model.patches.letter import Letter
from plugwatch.model.patches.paths import NothingShippedError, PathOptions
from plugwatch.workflows import forks as workflow


@click.command("import")
@click.argument("component")
@click.argument("file", metavar="FILE|URL")
@click.option("--title", metavar="T", help="One line (default: what the mail or pull request says).")
@said_options
@click.option("--split", is_flag=True, help="One patch for each commit or mail, not one for all of them.")
@click.option("--strip", type=click.IntRange(0, 50), metavar="N", help="Drop N leading parts of each path.")
@click.option("--prefix", metavar="P", help="The component's folder in the repository that the patch is from.")
@click.option("--leave-out", multiple=True, metavar="PATH", help="Do without the changes of this file or folder.")
@click.option("--package", metavar="VENDOR/NAME", help="Whose patches to take from a composer.json.")
@json_option
@pass_app
def import_(app: App, component: str, file: str, version: str | None, as_json: bool, **options: Any) -> None:
    """Add a patch from a file or an address.

    A git diff, a mail of git format-patch, an svn diff; a pull request, commit or comparison on GitHub, a GitLab merge
    request or commit, an attachment of a Trac ticket; or the patches that a composer.json lists for the component.
    """
    if options["strip"] is not None and options["prefix"] is not None:
        raise click.UsageError("give --strip or --prefix, not both")
    opened = open_fork(app, component)
    said = Said(options["title"], options["why"], options["incident"])
    paths = PathOptions(options["strip"], options["prefix"], options["leave_out"])
    letters = _fetch(app, file, split=options["split"])
    others: list[dict[str, Any]] = []
    is_list = looks_like_composer(letters[0].diff)
    if is_list:
        from plugwatch.cli.patch_composer import composer_patches

        wanted, others = composer_patches(app, opened, file, letters[0].diff, options["package"], paths)
    else:
        if options["package"]:
            raise click.UsageError("--package is for a composer.json; this is a patch")
        read = [part for letter in letters for part in _read(opened, letter, split=options["split"])]
        wanted = [Wanted(letter, paths, without_secrets(file)) for letter in read]
    if said.title and len(wanted) > 1:
        raise click.UsageError(f"--title names one patch, and these are {len(wanted)}; leave it out")
    with writing(app, opened, "patch import"):
        release = workflow.release_to_patch(opened, version)
        laid, left_out = lay(opened, release, wanted)
        added = add(
            app,
            opened,
            release,
            [(change, facts_of(app, letter, said)) for change, letter in laid],
            command="patch import",
        )
    for row in (*left_out, *others):
        note(f"left out: {row['title'] or 'a patch'}: {row['reason']}")
    if is_list or options["split"]:
        show_all_added(opened, added, [*left_out, *others], as_json=as_json)
    else:
        show_added(opened, added, as_json=as_json)


def lay(
    opened: Fork, release: Release, wanted: Sequence[Wanted]
) -> tuple[list[tuple[Change, Letter]], list[dict[str, Any]]]:
    """The changes of patches, each on the tree of the one before it, and those that are not needed, with the reason.

    All are tried. Raises what is wrong with the only one, or ForkError with what is wrong with each.
    """
    laid: list[tuple[Change, Letter]] = []
    left_out: list[tuple[Wanted, ForkError | InputError]] = []
    failures: list[tuple[Wanted, ForkError | InputError]] = []
    tree: str | None = None
    for one in wanted:
        try:
            change = opened.change_from_patch(release, one.letter.diff, one.shown, options=one.options, onto=tree)
        except (PatchIsThereError, NothingShippedError) as reason:
            left_out.append((one, reason))
        except (ForkError, InputError) as failure:
            failures.append((one, failure))
        else:
            laid.append((change, one.letter))
            tree = change.tree
    if not laid or failures:
        _refuse([*failures, *left_out][: len(failures) or None], len(wanted))
    return laid, [{"title": one.letter.title, "reason": str(reason)} for one, reason in left_out]


def _refuse(failures: Sequence[tuple[Wanted, ForkError | InputError]], asked: int) -> None:
    if asked == 1:
        raise failures[0][1]
    reasons = "; ".join(f"'{one.letter.title or one.shown}': {failure}" for one, failure in failures)
    raise ForkError(f"{len(failures)} of {asked} patches cannot be added, so none was: {reasons}")


def _fetch(app: App, file: str, *, split: bool) -> list[Letter]:
    from plugwatch.upstream.download import is_url
    from plugwatch.upstream.patch_sources import fetch_letters, read_patch_file

    if is_url(file):
        return fetch_letters(file, app.settings.github.api_url, split=split)
    path, shown = Path(file).expanduser(), without_secrets(file)
    if path.is_dir():
        raise InputError("it is a folder; 'plugwatch patch capture' takes an edited copy of a release", source=shown)
    if not path.exists():
        raise InputError("there is no such file; give a patch, a composer.json or an address", source=shown)
    return [Letter(read_patch_file(path, shown))]


def _read(opened: Fork, letter: Letter, *, split: bool) -> list[Letter]:
    """The patches of what came, mails decoded; what is known of it already counts before what its mail says."""
    return [
        replace(
            read,
            title=letter.title or read.title,
            why=letter.why or read.why,
            author=letter.author or read.author,
            date=letter.date or read.date,
            source=letter.source,
        )
        for read in (read_letters(opened.git, letter.diff) if split else [opened.read_letter(letter.diff)])
    ]
