"""Look at everything, as cron does each night: which releases there are, what they mean, what a person must see to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from plugwatch.errors import EXIT_UNKNOWN, PlugwatchError, UnknownError
from plugwatch.model.component import Component
from plugwatch.model.directory import OPEN, DirectoryEntry
from plugwatch.model.fork import Outcome, Plan, StackEntry, release_order
from plugwatch.model.offered import find_version, is_kept, newest_stable, version_named
from plugwatch.model.patches.lint import Finding, summaries
from plugwatch.model.release_source import ComposerSource, DirectorySource, GitSource, ReleaseSource, SvnSource
from plugwatch.model.security.concerns import Concern
from plugwatch.model.verdicts.relapse import Relapse
from plugwatch.model.version import clean, sort_key
from plugwatch.workflows.releases import Kept, Missing
from plugwatch.workflows.take_in import Row

_T = TypeVar("_T")
_ENOUGH = 2


class Directory(Protocol):
    """WordPress.org: what it says of plugins and themes. Raises UnknownError where it cannot be asked."""

    def entries(self, components: Sequence[Component]) -> Mapping[Component, DirectoryEntry]:
        """The entry of each."""


class Versions(Protocol):
    """The names of the versions that a source has; raises PlugwatchError where they cannot be had."""

    def __call__(self, component: Component, source: ReleaseSource, /) -> Sequence[str]:
        """The names."""


class ForkView(Protocol):
    """A fork as it stands."""

    @property
    def component(self) -> Component:
        """Whose fork it is."""

    @property
    def stacks(self) -> Mapping[str, Sequence[StackEntry]]:
        """The patches on each release that has a stack."""

    @property
    def builds(self) -> Sequence[Any]:
        """What was built."""


@dataclass(frozen=True)
class Forked:
    """A fork, the versions of its releases, oldest first, and where the next one would come from (None: nowhere)."""

    component: Component
    releases: tuple[str, ...]
    source: ReleaseSource | None


@dataclass(frozen=True)
class Offer:
    """The newest version that a fork's source has, None where it has none; ``error`` says why it did not tell.

    ``entry`` is what WordPress.org said of it, where that is the source.
    """

    component: Component
    version: str | None
    error: PlugwatchError | None = None
    entry: DirectoryEntry | None = None


@dataclass(frozen=True)
class Forecast:
    """What the newest release means for a fork's patches; without a plan the fork could not be looked at."""

    component: Component
    plan: Plan | None
    error: PlugwatchError | None = None


@dataclass(frozen=True)
class Checked:
    """All that was looked at.

    ``views`` are the forks that could be read, ``silent`` the offers that were not told; ``lost`` says which forks went
    away, ``asked`` what vendors want of us or have shipped, ``unheard`` of which submissions nobody knows, ``unread``
    what of a vulnerability feed. ``missed`` are the builds that sites have lost, ``alarms`` what matters for security,
    ``tell`` the incidents that are over for every site, ``open_ends`` the deployments that have no known end.
    """

    sites: Sequence[Row] = ()
    silent: Sequence[Offer] = ()
    releases: Sequence[Kept] = ()
    forecasts: Sequence[Forecast] = ()
    relapses: Sequence[Relapse] = ()
    findings: Sequence[Finding] = ()
    views: Sequence[ForkView] = ()
    lost: Sequence[str] = ()
    asked: Sequence[str] = ()
    unheard: Sequence[str] = ()
    unread: Sequence[str] = ()
    alarms: Sequence[Alarm] = ()
    missed: Sequence[Lost] = ()
    tell: Sequence[str] = ()
    open_ends: Sequence[str] = ()


@dataclass(frozen=True)
class Alarm:
    """Marks that concern us, what to say of them, and whether somebody must see to it."""

    concern: Concern
    sentence: str
    needs_person: bool


@dataclass(frozen=True)
class Lost:
    """A site that ran a build of ours (``before``) and does not any more; ``client`` is hit again, by ``incidents``."""

    site: str
    client: str
    client_name: str
    component: Component
    before: str | None
    after: str | None
    state: str
    certainty: str
    incidents: tuple[str, ...]
    sentence: str


class Patience:
    """Asks sources of releases, and leaves a place alone that has not answered twice in a row.

    Many forks come from one server, and nobody waits for each of them when it is down.
    """

    def __init__(self) -> None:
        self._silent: Counter[str] = Counter()

    def ask(self, source: ReleaseSource, question: Callable[[], _T]) -> _T:
        """The answer. Raises UnknownError at once for a place that is left alone."""
        place = _place(source)
        if self._silent[place] >= _ENOUGH:
            raise UnknownError(f"{place} did not answer {_ENOUGH} times, so it was not asked again; try again later")
        try:
            answer = question()
        except UnknownError:
            self._silent[place] += 1
            raise
        except PlugwatchError:
            self._silent[place] = 0
            raise
        self._silent[place] = 0
        return answer


def look_for_releases(
    forked: Iterable[Forked], directory: Directory, versions: Versions, patience: Patience
) -> Iterator[Offer]:
    """The newest version that the source of each fork has; one that does not answer is a row.

    WordPress.org is asked about all of its plugins and themes together, and about each alone where that fails.
    """
    asked = [one for one in forked if one.source is not None]
    hosted = [one.component for one in asked if isinstance(one.source, DirectorySource)]
    together: Mapping[Component, DirectoryEntry] = {}
    with suppress(UnknownError):  # then each is asked for alone, and says so itself
        together = directory.entries(hosted) if len(hosted) > 1 else {}
    for one in asked:
        try:
            yield _newest(one, together, directory, versions, patience)
        except PlugwatchError as error:
            yield Offer(one.component, None, error)


def _newest(
    one: Forked,
    together: Mapping[Component, DirectoryEntry],
    directory: Directory,
    versions: Versions,
    patience: Patience,
) -> Offer:
    component, source = one.component, one.source
    if source is None:
        return Offer(component, None)
    if not isinstance(source, DirectorySource):
        name = newest_stable(patience.ask(source, lambda: versions(component, source)))
        return Offer(component, version_named(name) if name else None)
    entry = together.get(component) or patience.ask(source, lambda: directory.entries([component])[component])
    if entry.state != OPEN or _is_namesake(entry, one.releases):
        return Offer(component, None, entry=entry)
    name = entry.version or newest_stable(entry.versions)
    return Offer(component, clean(name) or None if name else None, entry=entry)


def _is_namesake(entry: DirectoryEntry, releases: Sequence[str]) -> bool:
    """Whether the directory has another plugin under this slug: none of our releases is among its versions.

    A paid plugin may be called as a free one of somebody else is, whose release must not become ours.
    """
    return bool(entry.versions and releases) and not any(find_version(v, entry.versions) for v in releases)


def to_keep(missing: Iterable[Missing], forked: Iterable[Forked], offers: Iterable[Offer]) -> list[Missing]:
    """What sites run and the forks lack, and (with no sites) what is newer than every release of a fork."""
    found = list(missing)
    kept = {one.component: one.releases for one in forked}
    for offer in offers:
        version, releases = offer.version, kept[offer.component]
        if version is None or is_kept(version, releases):
            continue
        newer = not releases or sort_key(version) > release_order(releases[-1])[0]
        if newer and not any(m.component == offer.component and is_kept(version, [m.version]) for m in found):
            found.append(Missing(offer.component, version, ()))
    return found


def needs_person(checked: Checked) -> list[str]:
    """A sentence for everything that somebody must see to, with what to do; what may be lost comes first."""
    found = [alarm.sentence for alarm in checked.alarms if alarm.needs_person]
    found += [one.sentence for one in checked.missed]
    found += checked.open_ends
    found += [str(back) for row in checked.sites if row.taken for back in row.taken.result.recurrences]
    found += [*checked.lost, *map(str, checked.relapses)]
    found += [
        _say_open(row.plan, outcome)
        for row in checked.forecasts
        if row.plan
        for outcome in row.plan.outcomes
        if not outcome.settled
    ]
    found += [_say_not_kept(k) for k in checked.releases if k.error and k.error.exit_code != EXIT_UNKNOWN]
    found += [f"{o.component}: {o.error}" for o in checked.silent if o.error and o.error.exit_code != EXIT_UNKNOWN]
    for component, findings in groupby(checked.findings, key=lambda finding: finding.component):
        found += [f"{component}: {summary}" for summary in summaries(list(findings))]
    return [*found, *checked.asked, *checked.tell]


def unknown(checked: Checked) -> list[str]:
    """A sentence for everything that could not be known."""
    found = [f"{row.name}: {row.error}" for row in checked.sites if row.error]
    found += [sentence for row in checked.sites for sentence in _not_understood(row)]
    found += [f"{o.component}: {o.error}" for o in checked.silent if o.error and o.error.exit_code == EXIT_UNKNOWN]
    found += [_say_not_kept(k) for k in checked.releases if k.error and k.error.exit_code == EXIT_UNKNOWN]
    found += [f"{row.component} could not be looked at: {row.error}" for row in checked.forecasts if row.error]
    return [*found, *checked.unheard, *checked.unread]


def _not_understood(row: Row) -> Iterator[str]:
    if row.taken is None:
        return
    names = [missed.name for missed in row.taken.result.changes.unresolved]
    for missed in row.taken.inventory.unparsed[:1]:
        yield f"{row.name}: line {missed.line} of its list was not understood: {missed.text[:100]}"
    if names:
        shown = ", ".join(map(str, names[:3])) + (", …" if len(names) > 3 else "")
        yield (
            f"{row.name}: names without a slug: {shown}; say what they are with "
            f"'plugwatch site import {row.name} LIST --resolve NAME=SLUG'"
        )


def _say_not_kept(kept: Kept) -> str:
    missing = kept.missing
    what = f"which runs on {', '.join(missing.sites[:3])}" if missing.sites else "the newest release"
    return f"{missing.component} {missing.version}, {what}, could not be kept: {kept.error}"


def _say_open(plan: Plan, outcome: Outcome) -> str:
    patch, target = outcome.patch, plan.target.version
    return (
        f"{plan.component} {plan.source} → {target}: {patch.id} ({patch.title}) has the verdict "
        f"{outcome.verdict}; look at it with 'plugwatch patch show {patch.id} --against {target}'"
    )


def _place(source: ReleaseSource) -> str:
    """Who answers for a source: a host, or what it is called."""
    if isinstance(source, DirectorySource):
        return "WordPress.org"
    if isinstance(source, (GitSource, SvnSource, ComposerSource)):
        return urlsplit(source.url).hostname or source.url
    return source.shown
