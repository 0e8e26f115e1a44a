"""``plugwatch patch capture``: a patch from an edited copy of a release."""

from __future__ import annotations

import click

from plugwatch.cli.context import App, json_option, pass_app
from plugwatch.cli.forking import fetched, open_fork, without_secrets, writing
from plugwatch.cli.patch_add import Said, add, facts_of, said_options, show_added
from plugwatch.model.patches.letter import Letter


@click.command()
@click.argument("component")
@click.argument("copy", metavar="[DIR|ZIP]", required=False)
@click.option("--site", metavar="SITE", help="Take the copy from a site that runs it.")
@click.option("--title", required=True, metavar="T", help="One line.")
@said_options
@click.option("--only", multiple=True, metavar="PATH", help="Only changes in this file or folder.")
@json_option
@pass_app
def capture(
    app: App,
    component: str,
    copy: str | None,
    site: str | None,
    title: str,
    why: str | None,
    incident: str | None,
    version: str | None,
    only: tuple[str, ...],
    as_json: bool,
) -> None:
    """Add a patch from an edited copy.

    A copy of a release, of a release with its patches, or of a build of ours: a folder, a ZIP, or what a site runs. The
    release is found by the version in the copy's header and by its files; --on names another.
    """
    if (copy is None) == (site is None):
        raise click.UsageError("give the edited copy, a folder or a ZIP, or a site that runs it (--site)")
    if any(not place.strip() for place in only):
        raise click.UsageError("--only names a file or a folder of the component; an empty one names nothing")
    opened = open_fork(app, component)
    source = f"site:{site}" if site else copy or ""
    said = Said(title, why, incident)
    place = fetched(source, app, opened.component) if site else fetched(source)
    with place as path, writing(app, opened, "patch capture"):
        edited = opened.store(path, without_secrets(source))
        release = opened.release(version) if version else opened.release_of_copy(edited)
        change = opened.change_from_stored(release, edited, only)
        added = add(app, opened, release, [(change, facts_of(app, Letter(b""), said))], command="patch capture")
    show_added(opened, added, as_json=as_json)
