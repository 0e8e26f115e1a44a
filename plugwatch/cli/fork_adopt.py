"""``plugwatch fork adopt``: take over what was patched by hand, from a folder or a git repository."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugwatch.cli.adopt_views import Row, document, show_rows
from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.forking import agency_person, recover, stamp, writing
from plugwatch.cli.release_sources import fetched_release
from plugwatch.errors import EXIT_ERROR, EXIT_PERSON, EXIT_UNKNOWN, InputError, PlugwatchError, UnknownError
from plugwatch.model.adoption import Adoption, PullRequest, link_pull_requests
from plugwatch.model.component import Component
from plugwatch.model.release_source import (
    GIT_LOGIN,
    DirectorySource,
    FileSource,
    ReleaseSource,
    login_variable,
    parse_source,
)
from plugwatch.workflows import adopt as workflow
from plugwatch.workflows.operations import carry_out

if TYPE_CHECKING:
    from plugwatch.forks.adopt import Source, Wish
    from plugwatch.forks.adopt_places import Place
    from plugwatch.forks.adopt_source import Location
    from plugwatch.forks.fork import Fork


@click.command()
@click.argument("source", metavar="DIR|GIT-URL[@BRANCH]")
@click.argument("component", required=False)
@click.option("--dry-run", is_flag=True, help="Show what would be adopted; write nothing.")
@click.option(
    "--release", "releases", multiple=True, metavar="SOURCE", help="A release to compare with (ZIP, folder …)."
)
@click.option("--base", metavar="V", help="The release that it was made from, where its header misleads.")
@click.option("--since", metavar="REV", help="Up to this branch or commit the commits are the vendor's: one patch.")
@click.option("--split", type=click.Choice(["files", "folders"]), help="Without history: a patch for each.")
@click.option("--leave-out", multiple=True, metavar="PATH", help="Files that need not be kept (a folder, '*.map').")
@click.option("--with-rest", is_flag=True, help="A last patch of whatever belongs to no other.")
@click.option("--vendor-endings", is_flag=True, help="Where line endings differ, take the vendor's.")
@click.option("--offline", is_flag=True, help="Do not ask WordPress.org and GitHub.")
@json_option
@pass_app
def adopt(
    app: App,
    source: str,
    component: str | None,
    dry_run: bool,
    releases: tuple[str, ...],
    base: str | None,
    since: str | None,
    split: str | None,
    leave_out: tuple[str, ...],
    with_rest: bool,
    vendor_endings: bool,
    offline: bool,
    as_json: bool,
) -> int:
    """Take over plugins and themes that were patched by hand.

    From a folder (one of them, or wp-content/plugins), or from a git repository: each commit becomes a patch.
    """
    from plugwatch.forks.adopt import Wish, open_source
    from plugwatch.forks.adopt_source import find_location

    location = find_location(source)
    if location.url:
        login = os.environ.get(login_variable(GIT_LOGIN, location.url))
        location = replace(location, login=location.login or login)
    files, others = _sort_releases(releases)
    wish = Wish(agency_person(app), stamp(app).git_date(), files, base, split, leave_out, with_rest, vendor_endings)
    with open_source(location, component, since) as opened:
        if split and opened.history:
            raise click.UsageError("--split is for a folder without history; here each commit becomes a patch")
        if base and len(opened.places) > 1:
            raise click.UsageError("--base is for one component; name it")
        pulls, is_known = _pull_requests(app, location) if not offline else ([], True)
        sources: list[ReleaseSource] = [*others, *(() if offline else (DirectorySource(),))]
        run = _Run(app, opened, wish, tuple(sources), pulls, dry_run)
        rows = [run.row(place) for place in opened.places]
    if as_json:
        print_json(document(location.shown, rows, dry_run=dry_run))
    else:
        show_rows(rows)
        _say_alarms(rows)
        _say_what_next(rows, dry_run=dry_run)
    return _exit_code(rows) or (0 if is_known else EXIT_UNKNOWN)


def _sort_releases(given: Sequence[str]) -> tuple[tuple[Path, ...], tuple[ReleaseSource, ...]]:
    """Releases that are on this machine, and sources to be asked for one."""
    parsed = [parse_source(text) for text in given]
    files = tuple(Path(source.path).expanduser() for source in parsed if isinstance(source, FileSource))
    for path in files:
        if not path.exists():
            raise InputError("there is no such file or folder; give a ZIP or a folder", source=str(path))
    return files, tuple(source for source in parsed if not isinstance(source, FileSource))


def _pull_requests(app: App, location: Location) -> tuple[list[PullRequest], bool]:
    """The open pull requests of what is adopted, and whether they are known."""
    if not location.url or not location.url.startswith(("https://", "http://", "ssh://", "git@")):
        return [], True
    from plugwatch.upstream.github_pulls import GitHubPulls

    try:
        return GitHubPulls(app.settings.github.api_url).open_from(location.url, location.branch), True
    except PlugwatchError as error:
        note(f"warning: no patch was linked to a pull request: {error}")
        return [], False


class _Finder:
    """A source of releases, asked for one version at a time; what it fetches lives as long as ``keep``."""

    def __init__(self, app: App, source: ReleaseSource, keep: ExitStack) -> None:
        self._app, self._asked, self._keep = app, source, keep
        self.source = source.shown
        self.name = "WordPress.org" if isinstance(source, DirectorySource) else source.shown

    def find(self, component: Component, version: str) -> Path | None:
        """The release, or None where the source does not have it."""
        try:
            return self._keep.enter_context(fetched_release(self._app, component, self._asked, version)).path
        except UnknownError:
            raise
        except PlugwatchError:
            return None


@dataclass(frozen=True)
class _Run:
    """One run of the command over all that was found."""

    app: App
    source: Source
    wish: Wish
    sources: tuple[ReleaseSource, ...]
    pulls: Sequence[PullRequest]
    dry_run: bool

    def row(self, place: Place) -> Row:
        """One component, adopted or looked at; what goes wrong with it does not stop the others."""
        from plugwatch.forks.adopt import adopt_place

        adoption = None
        try:
            fork = self.app.forks.open(place.component)
            if fork:
                recover(self.app, fork)
            with ExitStack() as keep:
                finders = [_Finder(self.app, source, keep) for source in self.sources]
                adoption = adopt_place(self.source, place, fork, finders, self.wish)
            adoption = link_pull_requests(adoption, self.pulls)
            placement = workflow.find_placement(fork, adoption)
            if adoption.unexplained:
                return Row(
                    place.component, adoption, placement, "failed", workflow.explain_refusal(adoption), EXIT_PERSON
                )
            if self.dry_run or placement.status != "would-adopt":
                return Row(place.component, adoption, placement, placement.status)
            return Row(place.component, adoption, self._write(place.component, adoption), "adopted")
        except PlugwatchError as error:
            return Row(place.component, adoption, None, "failed", str(error), error.exit_code)

    def _write(self, component: Component, adoption: Adoption) -> workflow.Placement:
        from plugwatch.forks.adopt import bring

        with self._fork(component) as fork, writing(self.app, fork, "fork adopt"):
            bring(self.source.git, adoption, fork)
            placement, operation = workflow.adopt(
                fork, adoption, randomness=lambda: os.urandom(8), stamp=stamp(self.app)
            )
            if operation:
                carry_out(fork, self.app.ledger, operation)
        return placement

    @contextmanager
    def _fork(self, component: Component) -> Iterator[Fork]:
        """The component's fork, made where there is none and taken away again where nothing came of it."""
        fork = self.app.forks.create(component)
        try:
            yield fork
        finally:
            self.app.forks.discard(fork)


def _say_alarms(rows: Sequence[Row]) -> None:
    from plugwatch.render.terminal import clean

    for row in rows:
        if row.placement and row.placement.alarm:
            note(clean(f"warning: {row.placement.alarm}"))


def _say_what_next(rows: Sequence[Row], *, dry_run: bool) -> None:
    steps = []
    if dry_run and any(row.status == "would-adopt" for row in rows):
        steps.append("the same without --dry-run")
    odd = [o for row in rows if row.exit_code == EXIT_PERSON and row.adoption for o in row.adoption.unexplained]
    if odd:
        rest = ", --with-rest for a patch of the rest" if any(oddity.may_be_carried for oddity in odd) else ""
        steps.append(f"the same with --leave-out PATH for what need not be kept{rest}")
    there = [row.component for row in rows if row.status in ("adopted", "adopted-already")]
    if there and not steps:
        steps += [f"plugwatch patch list {there[0]}", f"plugwatch fork build {there[0]}"]
    if steps:
        next_step(*steps)


def _exit_code(rows: Sequence[Row]) -> int:
    codes = {row.exit_code for row in rows}
    return next((code for code in (EXIT_PERSON, EXIT_UNKNOWN, EXIT_ERROR) if code in codes), 0)
