"""Forks that went away while the ledger still names their patches."""

from __future__ import annotations

from plugwatch.cli.context import App
from plugwatch.config import database_url
from plugwatch.model.component import Component

_SHARED = ("postgres:", "postgresql:")


def lost_forks(app: App) -> dict[Component, str]:
    """What to say of each fork whose patches the ledger names and whose repository is not here.

    A ledger that colleagues share names forks that only they have, so nothing is lost there.
    """
    if database_url(app.settings).startswith(_SHARED):
        return {}
    there = set(app.forks.components())
    with app.ledger.reading() as work:
        stacked = work.forks.stacked()
    return {
        component: f"the ledger names patches of {component} whose fork is not here; run 'plugwatch fork sync "
        f"{component} REMOTE', or put {app.forks.place(component)} back from a backup"
        for component in stacked
        if component not in there
    }
