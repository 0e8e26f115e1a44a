"""Forecasts of many forks: side by side, with one PHP for all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias, TypeVar

from plugwatch.cli.context import App, note
from plugwatch.cli.deciding import recorded_acceptances, with_acceptances
from plugwatch.cli.forking import recover
from plugwatch.errors import ForkError
from plugwatch.forks.fork import Fork
from plugwatch.forks.overview import Overview, read_overview
from plugwatch.forks.php import Parser
from plugwatch.forks.upgrade import Request, forecast_upgrade
from plugwatch.model.component import Component
from plugwatch.model.fork import Plan
from plugwatch.model.verdicts.relapse import Relapse, Watch, relapses, to_watch
from plugwatch.workflows.forks import choose_among

_T = TypeVar("_T")

# The forecast; what is wrong with the fork; or None, where there is nothing to look at.
Answer: TypeAlias = "Plan | ForkError | None"

# Half of the time a forecast waits for git.
_JOBS = 2 * (os.cpu_count() or 1)


def forecast_all(app: App, target: str) -> tuple[list[Plan], int]:
    """Forecasts of all forks that have patches and the release, and do not carry them there already.

    ``target`` is a version, or ``latest``. A fork that cannot be read does not keep the others from being looked at;
    the number says how many there are.
    """

    def look(fork: Fork, parser: Parser) -> Answer:
        view = read_overview(fork)
        return _forecast(fork, view, target, parser) if view.at_rest else ForkError("")

    forks = [fork for component in app.forks.components() if (fork := app.forks.open(component))]
    found = _side_by_side(forks, look)
    for at, fork in enumerate(forks):
        if isinstance(found[at], ForkError):
            found[at] = _look_again(app, fork, look)
    found = _with_acceptances(app, found)
    plans = [one for one in found if isinstance(one, Plan)]
    return plans, sum(isinstance(one, ForkError) for one in found)


def forecast_newest(app: App, views: Sequence[Overview]) -> list[Answer]:
    """What the newest release means for each of these forks, or why it could not be looked at."""

    def look(view: Overview, parser: Parser) -> Answer:
        return _forecast(_open(app, view.component), view, "latest", parser)

    return _with_acceptances(app, _side_by_side(views, look))


def look_back(
    app: App, targets: Sequence[tuple[Overview, str]]
) -> tuple[list[Relapse], list[tuple[Component, ForkError]]]:
    """The patches that an older release contained and this one of their fork lacks; and why a fork cannot tell."""
    with app.ledger.reading() as work:
        retired = work.patches.retired()
    watches = [
        (view, watch)
        for view, target in targets
        for watch in to_watch(view.component, view.stacks, target, retired.get(view.component, ()))
    ]

    def look(job: tuple[Overview, Watch], parser: Parser) -> Answer:
        view, watch = job
        return forecast_upgrade(view, _open(app, view.component).git, Request(watch.source, watch.target), parser)

    found: list[Relapse] = []
    failed = []
    for (_view, watch), answer in zip(watches, _side_by_side(watches, look), strict=True):
        if isinstance(answer, Plan):
            found += relapses(watch, answer)
        elif answer:
            failed.append((watch.component, answer))
    return found, failed


def _open(app: App, component: Component) -> Fork:
    fork = app.forks.open(component)
    if fork is None:
        raise ForkError(f"{component} went away")
    return fork


def _side_by_side(jobs: Sequence[_T], look: Callable[[_T, Parser], Answer]) -> list[Answer]:
    from plugwatch.cli.progressing import progress

    with Parser() as parser, ThreadPoolExecutor(_JOBS) as pool, progress("looking ahead", len(jobs)) as advance:

        def answer(job: _T) -> Answer:
            try:
                return look(job, parser)
            except ForkError as error:
                return error
            finally:
                advance()

        return list(pool.map(answer, jobs))


def _look_again(app: App, fork: Fork, look: Callable[[Fork, Parser], Answer]) -> Answer:
    """What a killed command left half done is done first; that needs the ledger, which one thread has."""
    try:
        recover(app, fork)
        with Parser() as parser:
            found = look(fork, parser)
    except ForkError as error:
        found = error
    if isinstance(found, ForkError):
        note(f"{fork.component} could not be looked at: {found}")
    return found


def _forecast(fork: Fork, view: Overview, target: str, parser: Parser) -> Plan | None:
    versions = [release.version for release in view.releases]
    wanted = versions[-1] if versions and target == "latest" else target
    if not view.stacks or wanted not in versions or wanted in view.stacks:
        return None
    request = Request(choose_among(list(view.stacks), wanted, fork.component), wanted)
    return forecast_upgrade(view, fork.git, request, parser)


def _with_acceptances(app: App, found: Sequence[Answer]) -> list[Answer]:
    releases = [(one.component, one.target.version) for one in found if isinstance(one, Plan)]
    said = iter(recorded_acceptances(app, releases))
    return [with_acceptances(one, next(said)) if isinstance(one, Plan) else one for one in found]
