"""Stepping aside: a patch whose fix the vendor has released is carried no longer, and leaves site by site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugwatch.model.component import Component
from plugwatch.model.site import InstalledOn


@dataclass(frozen=True)
class Dropped:
    """A patch that an upgrade took out of the stack, because ``version`` of the vendor's holds it."""

    component: Component
    patch: str
    title: str
    version: str
    verdict: str
    incident: str | None
    dropped_at: datetime


@dataclass(frozen=True)
class Retirement:
    """How far a dropped patch is gone: ``to_move`` are the sites that still run something older than its release.

    ``retired_at`` is when every site was first seen on it (or beyond), None while one is left.
    """

    dropped: Dropped
    to_move: tuple[InstalledOn, ...]
    retired_at: datetime | None = None
