"""Find the patch that a person means."""

from __future__ import annotations

from collections.abc import Sequence

from plugwatch.cli.context import App
from plugwatch.cli.forking import open_fork, recover
from plugwatch.cli.patch_views import read_all
from plugwatch.errors import ForkError, NotFoundError
from plugwatch.forks.fork import Fork
from plugwatch.model.component import Component
from plugwatch.model.fork import Release, StackEntry
from plugwatch.workflows import forks as workflow

_MOST_SHOWN = 3


def locate(app: App, text: str) -> tuple[Fork, Release, StackEntry]:
    """A patch by its id, the beginning of it, ``COMPONENT#N``, or its number alone where one fork only carries patches.

    Raises NotFoundError, AmbiguousError or ForkError.
    """
    name, mark, number = text.rpartition("#")
    if workflow.is_number(number) and (name or not mark):
        opened = open_fork(app, name or _only_fork(app, number))
        return (opened, *workflow.find_patch(opened, number))
    component, patch_id = _find(app, text)
    found = app.forks.open(component)
    if found is None:
        raise ForkError(f"{patch_id} is a patch on {component}, which has no fork here; run 'plugwatch fork sync'")
    recover(app, found)
    return (found, *workflow.find_patch(found, patch_id))


def locate_all(app: App, texts: Sequence[str]) -> list[tuple[Fork, Release, StackEntry]]:
    """As :func:`locate`, for several; one that is named twice comes once."""
    found = {place[2].patch.id: place for place in (locate(app, text) for text in texts)}
    return list(found.values())


def _only_fork(app: App, number: str) -> str:
    """The component of the only fork that carries patches."""
    carrying = []
    for component in app.forks.components():
        fork = app.forks.open(component)
        newest = next(reversed(fork.stacks()), None) if fork else None
        if fork and newest and fork.stack(newest):
            carrying.append(f"{component}#{number}")
    if len(carrying) == 1:
        return carrying[0].rpartition("#")[0]
    if not carrying:
        raise NotFoundError("no fork carries a patch; add one with 'plugwatch patch import COMPONENT FILE'")
    which = " or ".join(carrying[:_MOST_SHOWN])
    raise NotFoundError(f"{len(carrying)} forks have a patch with a number like '{number}'; say which: {which}")


def _find(app: App, text: str) -> tuple[Component, str]:
    """By the ledger's index; where that lacks it, the forks are asked whether the index is behind."""
    try:
        with app.ledger.reading() as work:
            return work.forks.find_patch(text)
    except NotFoundError:
        read_all(app)
        with app.ledger.reading() as work:
            return work.forks.find_patch(text)
