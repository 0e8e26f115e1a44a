"""Patches on sites: what is known of every site that runs, ran or should run a build of ours, and who is hit again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugwatch.model.component import Component
from plugwatch.model.evidence.evidence import LOST, TAMPERED, UNKNOWN, VERIFIED, Evidence
from plugwatch.model.site import InstalledOn


@dataclass(frozen=True)
class OnSite:
    """One component on one site; ``client`` is the client's slug.

    ``build`` is the build of ours that was last known there, ``wanted`` the one that should be there now (None where no
    patch is left to carry, or none is built yet). ``patches`` are those that belong there, by their state (THERE …).
    ``state`` and ``certainty`` are those of :mod:`evidence`; ``seen_at`` is when it was last looked at. ``incidents``
    are those that the patches are for, as far as they concern this client, else all of them. ``handed_back``: it was us
    who put the vendor's release there. ``is_inactive``: it lies there and is switched off.
    """

    site: str
    client: str
    client_name: str
    component: Component
    build: str | None
    wanted: str | None
    patches: tuple[tuple[str, str], ...]
    state: str
    certainty: str
    version: str | None
    seen_at: datetime | None
    why: str
    incidents: tuple[str, ...] = ()
    handed_back: bool = False
    is_inactive: bool = False

    @property
    def is_lost(self) -> bool:
        """Whether the client is hit again, or may be: the vendor's release, or somebody's files, are over our build."""
        return self.state in (LOST, TAMPERED)


def is_stale(look: Evidence, now: InstalledOn | None) -> bool:
    """Whether a list that came after a look shows another version than it saw, or the look could tell nothing."""
    if look.state == UNKNOWN:
        return now is not None
    return now is not None and look.at is not None and look.at < now.last_seen and look.version != now.version


def lost_sentence(one: OnSite) -> str:
    """Which site lost what, who is hit again, and by which incident; with what to do."""
    was = f"our build {one.build}" if one.build else "our build"
    now = one.version or "something else"
    sure = "" if one.certainty == VERIFIED else " (by its version)"
    if one.state == TAMPERED:
        happened = f"{one.component} was {was}, and files of it are neither ours nor the vendor's now"
    else:
        happened = f"{one.component} went from {was} to {now}{sure}, so its patches are gone there"
    again = f"{one.client_name} is hit again" + " once it is switched on: it is inactive now" * one.is_inactive
    if one.incidents and not one.is_inactive:
        again += f" by {' and '.join(one.incidents)}"
    check = f"plugwatch fork verify {one.site} {one.component}"
    return f"{one.site}: {happened}; {again}; look with '{check}'"
