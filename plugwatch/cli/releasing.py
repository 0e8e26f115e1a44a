"""Asks the fork engine what releases mean for the patches that vendors have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from plugwatch.cli.context import App
from plugwatch.cli.deciding import recorded_acceptances, with_acceptances
from plugwatch.cli.patch_views import read_one
from plugwatch.errors import ForkError
from plugwatch.forks.fork import Fork
from plugwatch.forks.overview import Overview
from plugwatch.forks.php import Parser
from plugwatch.forks.upgrade import Request, forecast_upgrade
from plugwatch.model.component import Component
from plugwatch.model.fork import Plan, StackEntry, release_order
from plugwatch.model.roads.released import ReleaseVerdict
from plugwatch.model.roads.submitted import Submission
from plugwatch.workflows.follow_up import ForkNews
from plugwatch.workflows.released import Verdicts


@contextmanager
def judging(app: App) -> Iterator[Verdicts]:
    """What releases mean for the patches of submissions, each forecast worked out once for the block."""
    with Parser() as parser:
        yield _Judge(app, parser).verdicts


def fork_news(app: App, submission: Submission) -> ForkNews:
    """What the fork knows of a patch that the vendor was not told; nothing where there is no patch or no fork."""
    with judging(app) as verdicts:
        later = verdicts(submission)
    if not later or later[-1].holds_it or later[-1].verdict != "carried":
        return ForkNews()
    newest, fork = later[-1].version, app.forks.open(submission.component)
    rebased = fork is not None and any(e.patch.id == submission.patch for e in _stack(fork, newest))
    return ForkNews(rebased_onto=newest) if rebased else ForkNews(missing_in=newest)


class _Judge:
    def __init__(self, app: App, parser: Parser) -> None:
        self._app, self._parser = app, parser
        self._forks: dict[Component, tuple[Fork, Overview, dict[str, datetime]] | None] = {}
        self._plans: dict[tuple[Component, str, str], Plan] = {}

    def verdicts(self, submission: Submission) -> Sequence[ReleaseVerdict]:
        """Of each release after the one that the submission is written against, the oldest first.

        Nothing where the fork or the patch is gone. Raises ForkError where the fork cannot be read.
        """
        read = self._read(submission.component)
        if read is None or submission.patch is None:
            return []
        fork, view, kept = read
        carrying = [v for v, stack in view.stacks.items() if any(e.patch.id == submission.patch for e in stack)]
        if not carrying:
            return []
        base = release_order(submission.version or min(carrying, key=release_order))
        later = [release.version for release in view.releases if release_order(release.version) > base]
        return [self._verdict(fork, view, submission.patch, carrying, v, kept.get(v)) for v in later]

    def _verdict(
        self, fork: Fork, view: Overview, patch: str, carrying: Sequence[str], version: str, kept: datetime | None
    ) -> ReleaseVerdict:
        if version in carrying:
            return ReleaseVerdict(version, "carried", (f"{version} is patched with it by us",), kept_at=kept)
        below = [on for on in carrying if release_order(on) < release_order(version)]
        source = max(below, key=release_order) if below else min(carrying, key=release_order)
        plan = self._plan(fork, view, source, version)
        outcome = next(one for one in plan.outcomes if one.patch.id == patch)
        return ReleaseVerdict(version, outcome.verdict, outcome.evidence, outcome.accepted, kept)

    def _plan(self, fork: Fork, view: Overview, source: str, target: str) -> Plan:
        key = (view.component, source, target)
        if key not in self._plans:
            plan = forecast_upgrade(view, fork.git, Request(source, target), self._parser)
            (said,) = recorded_acceptances(self._app, [(view.component, target)])
            self._plans[key] = with_acceptances(plan, said)
        return self._plans[key]

    def _read(self, component: Component) -> tuple[Fork, Overview, dict[str, datetime]] | None:
        if component not in self._forks:
            fork = self._app.forks.open(component)
            self._forks[component] = (fork, read_one(self._app, str(component)), _kept_at(fork)) if fork else None
        return self._forks[component]


def _kept_at(fork: Fork) -> dict[str, datetime]:
    """When each release came into the fork."""
    return {
        row["version"]: datetime.fromisoformat(operation.at)
        for _number, operation in fork.history()
        for row in operation.rows.get("releases", ())
    }


def _stack(fork: Fork, version: str) -> Sequence[StackEntry]:
    try:
        return fork.stack(version)
    except ForkError:
        return ()
