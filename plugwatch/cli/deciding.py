"""What people have said and done already about patches that stop: acceptances, and resolutions of the like."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from plugwatch.cli.context import App
from plugwatch.errors import ForkError
from plugwatch.forks.conflicts import MergingFork
from plugwatch.forks.fork import Fork
from plugwatch.forks.resolutions import Library, known_resolutions
from plugwatch.model.component import Component
from plugwatch.model.fork import Plan
from plugwatch.model.verdicts.conflict import Attempt
from plugwatch.workflows import patches


def recorded_acceptances(app: App, releases: Sequence[tuple[Component, str]]) -> list[list[str]]:
    """For each release the patches of which somebody has said that it has them."""
    with app.ledger.reading() as work:
        return [patches.accepted_patches(work, component, version) for component, version in releases]


def library_of(app: App, fork: Fork) -> Library:
    """What all forks of the workspace remember, one of them first."""
    others = (app.forks.open(component) for component in app.forks.components() if component != fork.component)
    return Library([fork, *(other for other in others if other)])


def with_acceptances(plan: Plan, accepted: Collection[str]) -> Plan:
    """A plan in which these patches are dropped, where they are not carried."""
    outcomes = tuple(
        replace(outcome, accepted=outcome.accepted or (outcome.patch.id in accepted and outcome.verdict != "carried"))
        for outcome in plan.outcomes
    )
    return replace(plan, outcomes=outcomes)


def with_known_resolutions(app: App, plan: Plan) -> Plan:
    """A plan that says of the first patch that stops where somebody has resolved the like before."""
    opened = app.forks.open(plan.component)
    if plan.status == "clean" or opened is None:
        return plan
    library = library_of(app, opened)
    if library.is_empty:
        return plan
    accepted = tuple(outcome.patch.id for outcome in plan.outcomes if outcome.accepted)
    fork = MergingFork(opened.directory, opened.component)
    try:
        stop = fork.find_stop(Attempt(plan.source, plan.target.version, accepted), keep=False)
    except ForkError:  # somebody changed the fork meanwhile; the plan stands as it was made
        return plan
    if stop is None:
        return plan
    command = f"plugwatch fork resolve {plan.component} --to {plan.target.version}"
    said = known_resolutions(stop.files, stop.outcome.verdict, library, command)
    outcomes = tuple(
        replace(outcome, evidence=(*outcome.evidence, *said)) if outcome.patch.id == stop.entry.patch.id else outcome
        for outcome in plan.outcomes
    )
    return replace(plan, outcomes=outcomes)
