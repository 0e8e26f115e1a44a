"""Forecasts of many forks: side by side, with one PHP for all of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from plugwatch.cli.context import App, note
from plugwatch.cli.forking import recover
from plugwatch.errors import ForkError
from plugwatch.forks.fork import Fork
from plugwatch.forks.overview import Overview, read_overview
from plugwatch.forks.php import Parser
from plugwatch.forks.upgrade import Request, forecast_upgrade
from plugwatch.model.fork import Plan
from plugwatch.workflows.forks import choose_among

# Half of the time a forecast waits for git.
_JOBS = 2 * (os.cpu_count() or 1)


def forecast_all(app: App, target: str) -> tuple[list[Plan], int]:
    """Forecasts of all forks that have patches and the release, and do not carry them there already.

    ``target`` is a version, or ``latest``. A fork that cannot be read does not keep the others from being looked at;
    the number says how many there are.
    """
    from plugwatch.render.progress import progress

    forks = [fork for component in app.forks.components() if (fork := app.forks.open(component))]
    with Parser() as parser, ThreadPoolExecutor(_JOBS) as pool, progress("looking ahead", len(forks)) as advance:

        def look(fork: Fork) -> Plan | ForkError | None:
            try:
                view = read_overview(fork)
                return _forecast(fork, view, target, parser) if view.at_rest else ForkError("")
            except ForkError as error:
                return error
            finally:
                advance()

        found = list(pool.map(look, forks))
        for at, fork in enumerate(forks):
            if isinstance(found[at], ForkError):
                found[at] = _look_again(app, fork, look)
    plans = [one for one in found if isinstance(one, Plan)]
    return plans, sum(isinstance(one, ForkError) for one in found)


def _look_again(app: App, fork: Fork, look: Callable[[Fork], Plan | ForkError | None]) -> Plan | ForkError | None:
    """What a killed command left half done is done first; that needs the ledger, which one thread has."""
    try:
        recover(app, fork)
        found = look(fork)
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
