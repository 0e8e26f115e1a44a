"""``plugwatch fork verify``: what a site really runs, by its files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from plugwatch.cli.context import App, json_option, note, pass_app, print_json
from plugwatch.cli.forking import find_component, open_fork, recover
from plugwatch.cli.verify_places import (
    Manifest,
    Place,
    find_path,
    find_site,
    path_places,
    plain,
    read_manifest,
    site_places,
)
from plugwatch.cli.verify_views import document, show, show_host_note, show_next
from plugwatch.errors import EXIT_PERSON, EXIT_UNKNOWN, NotFoundError, PlugwatchError
from plugwatch.forks.fork import Fork
from plugwatch.forks.overview import Overview, read_overview
from plugwatch.forks.tree_sums import blob_sums, tree_sums
from plugwatch.model.builds.build import MANIFEST_NAME
from plugwatch.model.component import Component
from plugwatch.model.evidence.evidence import CLAIMED, LOST, OTHER, PATCHED, TAMPERED, UNKNOWN, VERIFIED, Evidence
from plugwatch.model.evidence.matrix import OnSite, lost_sentence
from plugwatch.model.site import Site
from plugwatch.workflows import verify as workflow


@dataclass(frozen=True)
class Looked:
    """What was found at one place; ``kept``: in the ledger; ``failed``: its files were to be had and were not."""

    verified: workflow.Verified
    kept: bool = False
    failed: bool = False

    @property
    def seen(self) -> Evidence:
        """The evidence."""
        return self.verified.evidence


@click.command()
@click.argument("target", metavar="SITE|DIR|FILE")
@click.argument("components", nargs=-1, metavar="[COMPONENT]…")
@click.option("--component", "further", multiple=True, metavar="C", help="Only this one; may be given several times.")
@click.option("--against", metavar="BUILD|V", help="The build or release that should be there.")
@click.option("--site", "as_site", metavar="SITE", help="Whose files a folder or list holds; the look is then kept.")
@click.option("--for-host", is_flag=True, help="A text for the site's host: which files differ, why, and their sums.")
@json_option
@pass_app
def verify(
    app: App,
    target: str,
    components: tuple[str, ...],
    further: tuple[str, ...],
    against: str | None,
    as_site: str | None,
    for_host: bool,
    as_json: bool,
) -> int:
    """What a site really runs, by the sums of its files.

    A site, a folder (of a component, of plugins, of a WordPress), a ZIP, a list as sha256sum writes it, or the manifest
    of a build. Exit code 0: all as it should be; 3: something is not; 4: something could not be known.
    """
    from plugwatch.cli.progressing import progress

    wanted = [find_component(app, text) for text in dict.fromkeys((*components, *further))]
    path, site = find_path(target), None
    made = read_manifest(path) if path else None
    if made:
        found = [_verify_manifest(app, made)]
    else:
        site = find_site(app, target, as_site)
        with progress("looking at files"):
            found = [_verify(app, one, against) for one in _places(app, path, wanted, site, named=not as_site)]
    if as_json:
        print_json(
            {"target": plain(target), "components": [document(one.verified, app, kept=one.kept) for one in found]}
        )
    elif for_host:
        show_host_note([one.verified for one in found], app, site)
    else:
        for one in found:
            show(one.verified)
        _say_lost(app, found)
        show_next([one.seen for one in found], plain(target), _stock_of(app, found))
    return _exit_code(found, against)


def _places(
    app: App, path: Path | None, wanted: Sequence[Component], site: Site | None, *, named: bool
) -> Iterable[Place]:
    """What to look at: the site that the target names, else the path, of whichever site."""
    if site and named:
        return site_places(app, site, wanted)
    if path is None:
        raise NotFoundError("there is no folder or file of that name; see 'plugwatch fork verify --help'")
    return path_places(app, path, wanted, site)


def _verify(app: App, place: Place, against: str | None) -> Looked:
    """Look at one place; what cannot be seen there is claimed, or not known."""
    fork, view = _open(app, place.component)
    question = workflow.Question(_expected(app, view, place.site), place.claimed, against)
    tools = _tools(app, fork, view)
    if place.look is None:
        return Looked(_at(place, workflow.verify_claim(place.claimed, question, tools, place.lacking)))
    try:
        verified = workflow.verify(place.look(), question, tools)
    except PlugwatchError as error:
        return Looked(_at(place, _unseen(place, question, tools, error)), failed=True)
    verified = _at(place, verified)
    seen = verified.evidence
    if place.site is None or seen.state == UNKNOWN:
        return Looked(verified)
    with app.ledger.unit_of_work() as work:
        work.evidence.add(seen, at=app.now, actor=app.actor)
    return Looked(verified, kept=True)


def _say_lost(app: App, found: Sequence[Looked]) -> None:
    """Who is hit again, of those whose site has had our build."""
    for one in found:
        if one.kept and one.seen.state in (LOST, TAMPERED):
            _fork, view = _open(app, one.seen.component)
            for row in _rows(app, view):
                if row.site == one.seen.site and row.is_lost:
                    note(lost_sentence(row))


def _stock_of(app: App, found: Sequence[Looked]) -> dict[Component, str]:
    """The vendor's release that sites are to run where no patch is left to carry, of what is not as it should be."""
    views = [_open(app, one)[1] for one in dict.fromkeys(one.seen.component for one in found if one.seen.state == LOST)]
    return {view.component: view.patched for view in views if view.patched and not view.stacks[view.patched]}


def _rows(app: App, view: Overview) -> list[OnSite]:
    from plugwatch.workflows.matrix import matrix

    with app.ledger.reading() as work:
        return matrix(work, [view], now=app.now)


def _unseen(
    place: Place, question: workflow.Question, tools: workflow.Tools, error: PlugwatchError
) -> workflow.Verified:
    """What is left where the files could not be had."""
    if isinstance(error, NotFoundError):  # the site has been asked, and does not have it: its version says nothing more
        shown = (f"its files could not be seen; the last list shows version {place.claimed}",) if place.claimed else ()
        told = Evidence(place.component, None, UNKNOWN, CLAIMED, place.claimed, str(error), "a look", warnings=shown)
        return workflow.Verified(told)
    if place.claimed:
        return workflow.verify_claim(place.claimed, question, tools, f"its files could not be seen: {error}")
    return workflow.Verified(
        Evidence(place.component, None, UNKNOWN, CLAIMED, None, str(error), "nothing that could be read")
    )


def _at(place: Place, verified: workflow.Verified) -> workflow.Verified:
    site = place.site.slug if place.site else None
    return replace(verified, evidence=replace(verified.evidence, site=site))


def _open(app: App, component: Component) -> tuple[Fork, Overview]:
    fork = app.forks.open(component) or open_fork(app, str(component))
    view = read_overview(fork)
    if not view.at_rest:
        recover(app, fork)
        view = read_overview(fork)
    return fork, view


def _tools(app: App, fork: Fork, view: Overview) -> workflow.Tools:
    return workflow.Tools(
        fork,
        view,
        lambda tree, algorithm: tree_sums(fork.git, tree).by(algorithm),
        lambda tree, algorithm, paths: blob_sums(fork.git, tree, paths).by(algorithm),
        lambda slug, version: app.directory.plugin_checksums(slug, version),
    )


def _expected(app: App, view: Overview, site: Site | None) -> str | None:
    """The build that a site has had, where it was not us who took it away."""
    if site is None or not view.builds:
        return None
    rows = [row for row in _rows(app, view) if row.site == site.slug]
    return rows[0].build if rows and not rows[0].handed_back else None


def _verify_manifest(app: App, made: Manifest) -> Looked:
    """Whether a manifest is the one of its build as git has it, and the ZIP beside it what it lists."""
    fork, view = _open(app, made.component)
    trees = {one.version: one.tree for one in fork.builds()}
    known = f"the manifest {made.path.name}"
    if made.build not in trees:
        why = f"it is of build {made.build}, which this fork does not know; fetch that with 'plugwatch fork sync'"
        return Looked(workflow.Verified(Evidence(made.component, None, UNKNOWN, CLAIMED, made.build, why, known)))
    with fork.build_files(trees[made.build]) as files:
        same = MANIFEST_NAME in files and files[MANIFEST_NAME].read() == made.data
    archive = made.path.with_name(made.path.name.removesuffix(".manifest.json") + ".zip")
    base = next(one.base_version for one in view.builds if one.version == made.build)
    if not same:
        why = f"it is not the manifest of our build {made.build} as the fork has it; get it again"
        return Looked(workflow.Verified(_of(made, TAMPERED, why, known, base)))
    if not archive.is_file():
        why = f"the manifest of our build {made.build}, byte for byte; there is no {archive.name} beside it"
        return Looked(workflow.Verified(_of(made, PATCHED, why, known, base)))
    place = next(iter(path_places(app, archive, [made.component], None)))
    return _verify(app, place, made.build)


def _of(made: Manifest, state: str, why: str, known: str, base: str) -> Evidence:
    return Evidence(made.component, None, state, VERIFIED, made.build, why, known, build=made.build, release=base)


def _exit_code(found: Sequence[Looked], against: str | None) -> int:
    """A person must decide where something is not as it should be; unknown is never reported as fine.

    A release of the vendor's that was asked for is as it should be.
    """
    asked = [
        one
        for one in found
        if against and one.seen.certainty == VERIFIED and one.seen.build is None and one.seen.release == against
    ]
    states = {PATCHED if one in asked and one.seen.state in (LOST, OTHER) else one.seen.state for one in found}
    if states - {PATCHED, UNKNOWN}:
        return EXIT_PERSON
    return EXIT_UNKNOWN if UNKNOWN in states or any(one.failed for one in found) else 0
