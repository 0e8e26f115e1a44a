"""What changed on a site, as its lists show it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from plugwatch.model.history import is_more_exact, what_happened
from plugwatch.model.hold import Hold
from plugwatch.model.site import Site
from plugwatch.model.suspects import SiteChange, rank_suspects

if TYPE_CHECKING:  # classes cost start-up time, and this one is only for the type checker

    class UnitOfWork(Protocol):
        """One state of the ledger."""

        @property
        def installations(self) -> Any: ...

        @property
        def imports(self) -> Any: ...


def changes_of(work: UnitOfWork, site: Site, *, since: datetime) -> list[SiteChange]:
    """What came, changed and went on a site since a moment, the newest first.

    What a list shows for the first time has come only if an earlier list named all of its kind; before that it may have
    been there for years.
    """
    whole = work.imports.first_whole_lists(site.id)
    return [
        SiteChange(
            component=change.component,
            before=change.before.version if change.before else None,
            after=change.after.version if change.after else None,
            at=change.at,
            what=what_happened(change.before, change.after),
            auto_update=change.after.auto_update if change.after else None,
            base=change.after.base_version if change.after else None,
        )
        for change in work.installations.history(site.id)
        if change.at >= since
        and (change.before or whole.get(change.component.kind, change.at) < change.at)
        and not is_more_exact(change.before, change.after)
        and what_happened(change.before, change.after)  # a status that has only become known is none
    ]


class RankedChange(NamedTuple):
    """A change with its place among the suspects (1: the likeliest) and the reasons for it."""

    change: SiteChange
    rank: int
    why: tuple[str, ...]
    incidents: tuple[str, ...]
    holds: tuple[Hold, ...]


def ranked_changes(work: Any, site: Site, *, since: datetime, now: datetime) -> list[RankedChange]:
    """What changed on a site since a moment, the newest first, each ranked as what may have broken it by now."""
    found = changes_of(work, site, since=since)
    concerns, holds = work.incidents.concerns(), work.holds.open()
    until = max((now, *(change.at for change in found)))  # a colleague's clock may be ahead of this one
    suspects = {
        id(one.change): (rank, one.why) for rank, one in enumerate(rank_suspects(found, until, concerns, holds), 1)
    }
    return [
        RankedChange(
            change,
            *suspects[id(change)],
            tuple(concern.incident for concern in concerns.get(change.component, ())),
            tuple(holds.get(change.component, ())),
        )
        for change in found
    ]
