"""What ``fork publish`` and ``fork composer`` share: the folder, its address, and what forks and ledger say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugwatch.cli.context import App
from plugwatch.cli.drafting import private_words
from plugwatch.errors import ForkError
from plugwatch.forks.published import incidents_of, read_facts
from plugwatch.forks.vendor_hints import newest_hints
from plugwatch.model.builds.build import BuildFile
from plugwatch.model.component import Component
from plugwatch.model.fork import release_order
from plugwatch.model.publishing.offers import ForkFacts
from plugwatch.model.publishing.plan import Known, Plan
from plugwatch.model.publishing.published import Published
from plugwatch.model.roads.privacy import PrivateSearch, normalise
from plugwatch.model.sharing import vendor_version
from plugwatch.workflows.publish import Face
from plugwatch.workflows.vendor import known_vendor

if TYPE_CHECKING:
    from plugwatch.forks.fork import Fork
    from plugwatch.forks.overview import Overview
    from plugwatch.ledger.database import UnitOfWork


def published_folder(app: App, given: Path | None) -> Path:
    """The folder on disk. Raises UsageError where nobody has named one."""
    if given is not None:
        return given.resolve()
    named = app.settings.builds.publish
    if not named:
        raise click.UsageError("name the folder with --out DIR, or once as 'publish' under [builds] in plugwatch.toml.")
    return (app.workspace / Path(named).expanduser()).resolve()


def published_base(app: App, given: str | None) -> str:
    """The address under which the folder is seen. Raises ConfigError where sites could not trust it."""
    from plugwatch.render.guard import check_base

    return check_base(given or app.settings.builds.update_uri)


@dataclass(frozen=True)
class Shelf:
    """The forks that were read, by component."""

    app: App
    views: Mapping[Component, Overview]

    def facts(self, *, named: bool) -> list[ForkFacts]:
        """What matters of each. Raises ForkError for one without a build, where it was ``named``."""
        bare = [view.component for view in self.views.values() if not view.builds]
        if named and bare:
            raise ForkError(f"{bare[0]} has no build yet; make one with 'plugwatch fork build {bare[0]}'")
        return [read_facts(self._fork(view.component), view) for view in self.views.values()]

    def open_files(self, component: Component, tree: str) -> AbstractContextManager[Mapping[str, BuildFile]]:
        """The files of a tree, for a block."""
        return self._fork(component).build_files(tree)

    def _fork(self, component: Component) -> Fork:
        fork = self.app.forks.open(component)
        if fork is None:
            raise ForkError(f"the fork of {component} went away")
        return fork


def what_is_known(app: App, work: UnitOfWork, views: Iterable[Overview]) -> Known:
    """What the ledger says of all components."""
    incidents = work.incidents.all()
    marked = {incident.name for incident in incidents if incident.security}
    marked |= {incident.name for incident in incidents if incident.merged_into in marked}
    made_for = {patch: name for view in views for patch, name in incidents_of(view).items()}
    secret = {patch for patch, name in made_for.items() if name in marked}
    for incident in incidents:
        if incident.name in marked:
            secret |= {row.id for row in work.forks.patches_of_incident(incident.id)}
    private = PrivateSearch(private_words(work), ())
    return Known(
        holds=work.holds.open(),
        names={component: name for component, name in work.components.names().items() if name},
        fixed=_fixed(work),
        secret=frozenset(secret),
        secret_incidents=frozenset(marked),
        paid=lambda component: _is_sold(app, work, component),
        private=lambda component, texts: _private(private, component, texts),
    )


def page_of(app: App, base: str) -> Face:
    """The address, the agency, and the page that is rendered from its template."""
    agency = app.settings.agency.name or "the agency"

    def page(record: Published, plan: Plan) -> bytes:
        from plugwatch.model.publishing.page import Page
        from plugwatch.render.published_page import render_page

        return render_page(Page.of(record, plan.held, plan.names, agency, base), [app.workspace / "templates"])

    return Face(base, agency, page)


def _fixed(work: UnitOfWork) -> dict[Component, dict[str, str]]:
    """The release that has the fixes of an incident: the last one that any of its patches had to wait for."""
    found: dict[Component, dict[str, str]] = {}
    for dropped in work.retirements.dropped():
        if dropped.incident:
            known = found.setdefault(dropped.component, {})
            before = known.get(dropped.incident, dropped.version)
            known[dropped.incident] = max(before, dropped.version, key=release_order)
    return {
        component: {incident: vendor_version(version) for incident, version in known.items()}
        for component, known in found.items()
    }


def _is_sold(app: App, work: UnitOfWork, component: Component) -> bool | None:
    """Whether it is sold; the files of its newest release are only read where the directory does not have it."""
    paid = known_vendor(work, component, app.now).paid
    if paid is not None or work.catalog.entry(component.kind, component.slug) is None:
        return paid
    return known_vendor(work, component, app.now, newest_hints(app.forks, component)).paid


def _private(search: PrivateSearch, component: Component, texts: Sequence[str]) -> list[str]:
    """What in a slug, a name or titles tells of a client; words of every day do not count."""
    return [
        f"{hit.kind} '{hit.text}'"
        for text in (component.slug, *texts)
        for hit in search.hits(normalise(text), frozenset({1}))
    ]
