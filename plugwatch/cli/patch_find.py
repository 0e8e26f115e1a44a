"""Find the patch that a person means."""

from __future__ import annotations

from plugwatch.cli.context import App
from plugwatch.cli.forking import open_fork, recover
from plugwatch.cli.patch_views import read_all
from plugwatch.errors import ForkError, NotFoundError
from plugwatch.forks.fork import Fork
from plugwatch.model.component import Component
from plugwatch.model.fork import Release, StackEntry
from plugwatch.workflows import forks as workflow


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
    component, patch_id = _find(app, text)
    found = app.forks.open(component)
    if found is None:
        raise ForkError(f"{patch_id} is a patch on {component}, which has no fork here; run 'plugwatch fork sync'")
    recover(app, found)
    return (found, *workflow.find_patch(found, patch_id))


def _find(app: App, text: str) -> tuple[Component, str]:
    """By the ledger's index; where that lacks it, the forks are asked whether the index is behind."""
    try:
        with app.ledger.reading() as work:
            return work.forks.find_patch(text)
    except NotFoundError:
        read_all(app)
        with app.ledger.reading() as work:
            return work.forks.find_patch(text)
