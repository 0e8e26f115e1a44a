"""What changed on a site, as its lists show it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from plugwatch.model.history import is_more_exact, what_happened
from plugwatch.model.site import Site
from plugwatch.model.suspects import SiteChange

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
