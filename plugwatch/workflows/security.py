"""Keep hearing of security: keep the marks that concern us, and know which sites and forks they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from plugwatch.model.component import Component
from plugwatch.model.fork import Plan, Release, StackEntry, release_order
from plugwatch.model.security.concerns import Concern, Forked, concerns_version, judge_concern
from plugwatch.model.security.marks import CHANGELOG, CLOSED, FEED, SecurityMark


class BuildSeen(Protocol):
    """A build of a fork."""

    @property
    def version(self) -> str: ...

    @property
    def base_version(self) -> str: ...

    @property
    def patches(self) -> Sequence[str]: ...


class ForkView(Protocol):
    """A fork as it stands."""

    @property
    def component(self) -> Component: ...

    @property
    def releases(self) -> Sequence[Release]: ...

    @property
    def stacks(self) -> Mapping[str, Sequence[StackEntry]]: ...

    @property
    def builds(self) -> Sequence[BuildSeen]: ...


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def security(self) -> Any: ...

    @property
    def installations(self) -> Any: ...


@dataclass(frozen=True)
class Seen:
    """What the sources said this time; None: nobody asked, so that what they said before still counts.

    Of a feed that is not whole nothing is taken away. ``changelogs`` and ``closed`` have an entry, if an empty one, for
    each component that was looked at.
    """

    feed: Sequence[SecurityMark] | None = None
    feed_is_whole: bool = True
    changelogs: Mapping[Component, Sequence[SecurityMark]] | None = None
    closed: Mapping[Component, Sequence[SecurityMark]] | None = None


def keep_marks(work: UnitOfWork, seen: Seen, views: Iterable[ForkView], *, now: datetime) -> None:
    """Keep what concerns a site or a fork of ours, and take away what its source does not say any more.

    A feed has tens of thousands of records; of those only what is about a version that is in use is kept.
    """
    bases = {view.component: tuple(view.stacks) for view in views}
    known = work.security.all()
    told: list[SecurityMark] = []
    gone: list[SecurityMark] = []
    if seen.feed is not None:
        told += _in_use(work, seen.feed, bases)
        gone += [mark for marks in known.values() for mark in marks if mark.sign == FEED and seen.feed_is_whole]
    for sign, by_component in ((CHANGELOG, seen.changelogs), (CLOSED, seen.closed)):
        for component, marks in (by_component or {}).items():
            told += marks
            gone += [mark for mark in known.get(component, ()) if mark.sign == sign]
    keys = {(mark.component, mark.sign, mark.key) for mark in told}
    for mark in gone:
        if (mark.component, mark.sign, mark.key) not in keys:
            work.security.remove(mark)
    for mark in told:
        work.security.keep(mark, at=now)


def _in_use(
    work: UnitOfWork, marks: Iterable[SecurityMark], bases: Mapping[Component, Sequence[str]]
) -> list[SecurityMark]:
    versions: dict[Component, set[str]] = {}
    found = []
    for mark in marks:
        if mark.component not in versions:
            running = {row.base_version or "" for row in work.installations.where(mark.component)}
            versions[mark.component] = running.union(bases.get(mark.component, ()))
        if any(concerns_version(mark, version) for version in versions[mark.component]):
            found.append(mark)
    return found


def concerns(work: UnitOfWork, views: Iterable[ForkView], plans: Mapping[Component, Plan]) -> list[Concern]:
    """What the marks that are kept mean now, the proofs first and of these what runs on most sites."""
    forks = {view.component: describe(view, plans.get(view.component)) for view in views}
    found = [
        concern
        for component, marks in work.security.all().items()
        if (concern := judge_concern(component, marks, work.installations.where(component), forks.get(component)))
    ]
    return sorted(found, key=lambda one: (not one.needs_person, not one.is_proof, -len(one.sites), one.component))


def describe(view: ForkView, plan: Plan | None) -> Forked:
    """What there is of a fork."""
    newest = view.releases[-1].version if view.releases else None
    shipped = max((one.base_version for one in view.builds), key=release_order, default=None)
    patched = next(reversed(list(view.stacks)), None)
    stack = tuple(entry.patch.id for entry in view.stacks[patched]) if patched else ()
    built = [one.version for one in view.builds if one.base_version == patched and tuple(one.patches) == stack]
    stands = patched if built or not stack else shipped or patched
    return Forked(newest, patched, len(stack), built[-1] if built and stack else None, plan, stands)
