"""Putting a build, or a release of the vendor's, on one site: what was there, what came, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugwatch.model.component import Component

RUNNING, DONE, PUT_BACK, FAILED, UNKNOWN = STATES = ("running", "done", "put-back", "failed", "unknown")
"""``running``: begun, and not known to have ended (it may have been killed); ``put-back``: it went wrong, and what was
there before is there again; ``failed``: it went wrong before anything was changed; ``unknown``: nobody knows what is
there now, a person must look."""

BUILD, STOCK, BACK = KINDS = ("build", "stock", "back")
"""What was put there: a build of ours, a release as the vendor ships it, or what a snapshot holds."""


@dataclass(frozen=True)
class Deployment:
    """One component on one site, once. ``run`` joins those that one command made; ``site`` is the site's slug.

    ``version_before`` and ``state_before`` (of :mod:`evidence`) are what was there, ``snapshot`` is the path of a ZIP
    of it on our machine, ``kept_at`` where the site itself still has the old folder. ``note`` is how it ended.
    """

    id: str
    run: str
    component: Component
    site: str
    kind: str
    version: str
    actor: str
    started_at: datetime
    state: str = RUNNING
    incident: str | None = None
    version_before: str | None = None
    state_before: str | None = None
    snapshot: str | None = None
    kept_at: str | None = None
    finished_at: datetime | None = None
    note: str | None = None
