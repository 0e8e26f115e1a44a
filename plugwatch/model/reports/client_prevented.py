"""What was kept from a client in a month: updates that were held, faults that we carry patches for, false alarms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from plugwatch.errors import PlugwatchError
from plugwatch.model.hold import Hold
from plugwatch.model.life import state_at
from plugwatch.model.reports.client_facts import MonthFacts, Period, Runs, part_of, verdicts
from plugwatch.model.reports.records import ForkFact, Record
from plugwatch.model.roads.markup import one_line
from plugwatch.model.version import VersionRange, compare


class Prevented(NamedTuple):
    """Things that were kept from the client: ``what`` is holds, patches or cleared; so many of them, on these sites."""

    what: str
    number: int
    sites: tuple[str, ...]


def prevented(facts: MonthFacts, names: Mapping[str, str]) -> Iterator[Prevented]:
    """Each kind of thing that was kept from the client, also where there is none."""
    held = [(hold, run.site) for hold in facts.holds for run in facts.runs if _kept_away(hold, run, facts.period)]
    yield Prevented("holds", len({hold.id or str(hold) for hold, _ in held}), _named((s for _, s in held), names))
    forks = {fork.component: fork for fork in facts.forks}
    ours = [run for run in facts.runs if run.build]
    patches = {patch for run in ours for patch in _patches(forks.get(run.component), run)}
    yield Prevented("patches", len(patches), _named((run.site for run in ours), names))
    cleared = [(r.name, site) for r in facts.records for site in _cleared(part_of(r, facts), facts.period)]
    yield Prevented("cleared", len(cleared), _named((site for _, site in cleared), names))


def _kept_away(hold: Hold, run: Runs, period: Period) -> bool:
    """Whether a hold that stood in the month kept a site from versions that are later than its own."""
    if str(hold.component) != run.component or not run.version or not period.meets(hold.at, hold.lifted_at):
        return False
    try:
        held = VersionRange.parse(hold.versions)
    except PlugwatchError:  # nobody knows what such a hold keeps away
        return False
    firsts = [version for sign, version in held.conditions if sign in (">=", ">", "=")]
    return any(compare(run.version, first) < 0 for first in firsts)


def _patches(fork: ForkFact | None, run: Runs) -> Iterator[str]:
    """The patches in a build of ours; of a build that nobody knows, one."""
    release = dict(fork.builds).get(run.build or "") if fork else None
    known = fork.stacks.get(release) if fork and release else None
    yield from known or (f"{run.component} {run.build}",)


def _cleared(part: Record, period: Period) -> Iterator[str]:
    """Sites that somebody looked at in the month, and found not affected for good."""
    for site, impact in verdicts(part).items():
        if state_at(impact, period.now) == "not_affected" and period.has(impact.at):
            yield site


def _named(sites: Iterable[str], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted({names.get(site, one_line(site)) for site in sites}))
