"""The releases that forks should have: what sites run, and what is new at their sources."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING

from plugwatch.cli.context import App
from plugwatch.errors import PlugwatchError
from plugwatch.model.component import Component

if TYPE_CHECKING:
    from plugwatch.workflows.check import Forked, Offer, Patience
    from plugwatch.workflows.forks import Imported
    from plugwatch.workflows.releases import Kept


def keep_newest(app: App, only: Collection[Component] | None = None) -> tuple[list[Offer], list[Kept]]:
    """The offers that were not told, and what became of every release that a fork should have and lacks.

    ``only`` are the components to look after; None: all that have a fork.
    """
    offers, kept = look_and_keep(app, only)
    return [offer for offer in offers if offer.error], kept


def look_and_keep(app: App, only: Collection[Component] | None = None) -> tuple[list[Offer], list[Kept]]:
    """As :func:`keep_newest`, with all offers."""
    from plugwatch.cli.progressing import progress
    from plugwatch.cli.release_sources import offered_versions
    from plugwatch.workflows.check import Patience, look_for_releases, to_keep
    from plugwatch.workflows.releases import keep_releases, missing_releases

    wanted = [component for component in app.forks.components() if only is None or component in only]
    forks = [fork for component in wanted if (fork := app.forks.open(component))]
    patience = Patience()
    forked, readable = [], []
    for fork in forks:
        try:
            forked.append(_describe(app, fork.component))
            readable.append(fork)
        except PlugwatchError:
            continue  # its forecast says what is wrong with it
    offers = []
    with progress("asking for new releases", len(forked)) as advance:
        for offer in look_for_releases(forked, app.directory, partial(offered_versions, app), patience):
            offers.append(offer)
            advance()
    with app.ledger.reading() as work:
        missing = to_keep(missing_releases(work, readable), forked, offers)
    kept = []
    with progress("fetching releases", len(missing)) as advance:
        for row in keep_releases(missing, partial(_keep, app, patience)):
            kept.append(row)
            advance()
    return offers, kept


def _describe(app: App, component: Component) -> Forked:
    from plugwatch.cli.forking import open_fork
    from plugwatch.forks.inspect import recorded_sources
    from plugwatch.workflows.check import Forked
    from plugwatch.workflows.releases import sources_to_try

    fork = open_fork(app, str(component))
    releases = tuple(release.version for release in fork.releases())
    sources = sources_to_try(component, recorded_sources(fork), "")
    return Forked(component, releases, sources[0] if sources else None)


def _keep(app: App, patience: Patience, component: Component, version: str) -> Imported:
    """Import a release from the first of its sources that has it; one that is silent is not waited for again."""
    from plugwatch.cli.fork_import import keep_running
    from plugwatch.cli.forking import open_fork
    from plugwatch.forks.inspect import recorded_sources
    from plugwatch.workflows.releases import first_found, sources_to_try

    sources = sources_to_try(component, recorded_sources(open_fork(app, str(component))), version)
    return first_found(
        [
            partial(patience.ask, source, partial(keep_running, app, component, version, source=source))
            for source in sources
        ]
    )
