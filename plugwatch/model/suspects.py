"""What may have broken a site: its changes before the breakage, the likeliest first, each with the reasons.

The points below are a judgement, not a measurement: what is broken elsewhere in the same version weighs most, then how
shortly before the breakage something changed, then what kind of change it was. Nothing is left out for few points.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from plugwatch.model.component import CORE, PHP, Component
from plugwatch.model.hold import Hold, is_broken_by
from plugwatch.model.version import VersionRange, compare

_AT_ONCE = 40.0  # points of a change in the moment of the breakage; half of them a day before
_INCIDENT = {(True, True): 70, (True, False): 45, (False, True): 40, (False, False): 15}  # (open, same version)
_HELD = 60
_UNATTENDED = 5
_PLATFORM = 10
_CAME = {"updated": 10, "downgraded": 10, "activated": 10, "installed": 8, "version seen": 2}


class SiteChange(NamedTuple):
    """A component of a site that changed at a time: the versions before and after, and what happened in words.

    ``base`` is the vendor's version under the one after; it differs for a build of ours.
    """

    component: Component
    before: str | None
    after: str | None
    at: datetime
    what: tuple[str, ...] = ()
    auto_update: bool | None = None
    base: str | None = None


class Concern(NamedTuple):
    """An incident about a component: its name (``INC-3``), the version it is about, and whether it is open."""

    incident: str
    version: str | None
    affected: str | None
    is_open: bool

    def is_about(self, version: str | None) -> bool:
        """Whether the incident is about this very version."""
        if version is None:
            return False
        if self.version is not None and compare(self.version, version) == 0:
            return True
        return self.affected is not None and VersionRange.parse(self.affected).contains(version)


class Suspect(NamedTuple):
    """A change that may be the cause, and why it is named."""

    change: SiteChange
    why: tuple[str, ...]


def rank_suspects(
    changes: Iterable[SiteChange],
    broke_at: datetime,
    concerns: Mapping[Component, Sequence[Concern]],
    holds: Mapping[Component, Sequence[Hold]],
) -> list[Suspect]:
    """What changed on the site before it broke, likeliest first; later changes cannot be the cause and are left out.

    ``concerns`` are the incidents about a component, on whatever site, ``holds`` the versions that no site should get.
    """
    ranked = []
    for change in changes:
        if change.at <= broke_at:
            points, why = _weigh(change, broke_at - change.at, concerns.get(change.component, ()))
            broken = [hold for hold in holds.get(change.component, ()) if is_broken_by(hold, change.after)]
            points += _HELD if broken else 0
            why += [f"held by {hold.incident}: {hold.reason}" for hold in broken]
            ranked.append(((-points, broke_at - change.at, str(change.component)), Suspect(change, tuple(why))))
    return [suspect for _key, suspect in sorted(ranked, key=lambda row: row[0])]


def _weigh(change: SiteChange, span: timedelta, concerns: Sequence[Concern]) -> tuple[float, list[str]]:
    points = _AT_ONCE / (1 + span / timedelta(days=1)) + max((_CAME.get(word, 0) for word in change.what), default=0)
    why = [f"{describe_change(change)} {_ago(span)} before"]
    worst = 0
    for same in (True, False):
        for is_open in (True, False):
            names = [
                c.incident for c in concerns if (c.is_open, c.is_about(change.base or change.after)) == (is_open, same)
            ]
            if names:
                worst = max(worst, _INCIDENT[is_open, same])
                why.append(_concern_sentence(names, is_open, same))
    points += worst
    if change.component in (CORE, PHP):
        points += _PLATFORM
        why.append("everything on the site runs on it")
    if change.auto_update:
        points += _UNATTENDED
        why.append("updates itself")
    return points, why


def _concern_sentence(names: Sequence[str], is_open: bool, same: bool) -> str:
    which = "in this version" if same else "in another version"
    return f"{'also' if is_open else 'once'} in {', '.join(names)}, {which}"


def describe_change(change: SiteChange) -> str:
    """What happened, with the versions: ``updated 1.2.3 → 1.2.4``."""
    words = ", ".join(change.what) or "changed"
    if change.before is None and "installed" in change.what:
        return f"{words} ({change.after or 'version unknown'})"
    if "removed" in change.what:
        return f"{words} (was {change.before or 'of unknown version'})"
    return words if change.before == change.after else f"{words} {change.before or '?'} → {change.after or '?'}"


def _ago(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    if minutes < 60:
        return f"{minutes} min" if minutes else "just"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
