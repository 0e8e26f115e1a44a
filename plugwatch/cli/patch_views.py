"""What the commands that show forks and patches share: reading many forks quickly, and patches as documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import click

from plugwatch.cli.context import App, note
from plugwatch.cli.forking import find_component, open_fork, recover
from plugwatch.errors import ForkError, PlugwatchError
from plugwatch.forks.overview import Overview, read_overview
from plugwatch.model.component import Component
from plugwatch.model.fork import Patch
from plugwatch.model.patches.lint import Claim, Finding, PatchFacts, summaries
from plugwatch.model.patches.stance import Stance
from plugwatch.workflows.lint import carried_since
from plugwatch.workflows.operations import settle


def read_one(app: App, text: str) -> Overview:
    """The fork of a component as it stands, with whatever a killed command left behind carried out.

    Raises ForkError when there is none.
    """
    component = find_component(app, text)
    if app.forks.open(component) is None:
        open_fork(app, str(component))  # says how to make one
    return _settled(app, [_read(app, component)])[0]


def read_all(app: App) -> tuple[list[Overview], int]:
    """All forks as they stand; and how many could not be read, each of which has a note."""
    from plugwatch.cli.progressing import progress

    found, failed = [], 0
    components = app.forks.components()
    with progress("reading forks", len(components)) as advance:
        for component in components:
            try:
                found.append(_read(app, component))
            except PlugwatchError as error:
                note(f"{component} could not be looked at: {error}")
                failed += 1
            advance()
    return _settled(app, found), failed


def _read(app: App, component: Component) -> Overview:
    fork = app.forks.open(component)
    if fork is None:
        raise ForkError(f"the fork of {component} went away")
    view = read_overview(fork)
    if view.at_rest:
        return view
    recover(app, fork)
    return read_overview(fork)


def _settled(app: App, views: list[Overview]) -> list[Overview]:
    """Bring the ledger's index up to date where it lacks an operation; one question for all forks where it does not."""
    with app.ledger.reading() as work:
        behind = [v.component for v in views if v.operation and not work.forks.knows(v.operation)]
    for component in behind:
        fork = app.forks.open(component)
        if fork is not None:
            settle(fork, app.ledger)
    return views


def since_when(app: App, views: Iterable[Overview]) -> dict[str, int]:
    """When we began to carry the patches of these forks, in seconds since 1970."""
    forks = [app.forks.open(view.component) for view in views if view.stacks]
    return {
        patch: at
        for fork in forks
        if fork
        for patch, at in carried_since(operation for _number, operation in fork.history()).items()
    }


def patch_document(facts: PatchFacts, app: App) -> dict[str, Any]:
    """A patch as ``patch list --json`` shows it."""
    patch, stance = facts.patch, facts.stance
    return {
        "number": facts.number,
        "patch": patch.id,
        "component": str(facts.component),
        "on": facts.on,
        "origin": patch.origin,
        "incident": patch.incident,
        "title": patch.title,
        "commit": facts.entry.commit,
        "age_days": facts.age(app.now),
        "releases_survived": facts.survived,
        "sites_with_build": facts.sites.with_build,
        "sites_with_component": facts.sites.with_component,
        "stance": stance.stance if stance else None,
        "stance_reason": stance.reason if stance else None,
        "review_by": str(stance.review_by) if stance and stance.review_by else None,
        "upstream": [claim_document(claim) for claim in facts.upstream],
    }


def claim_document(claim: Claim) -> dict[str, Any]:
    """What a road says of a patch."""
    return {"submission": claim.submission, "channel": claim.channel, "status": claim.status, "url": claim.url}


def stance_document(stance: Stance, app: App) -> dict[str, Any]:
    """A stance with its reason, who said it and when."""
    return {
        "stance": stance.stance,
        "reason": stance.reason,
        "review_by": str(stance.review_by) if stance.review_by else None,
        "at": stance.at.astimezone(app.zone).isoformat(),
        "by": stance.actor,
    }


def blocked_document(blocked: Patch | None, evidence: Sequence[str]) -> dict[str, Any] | None:
    """The patch above that does not go along, and why; None where all do."""
    return {"patch": blocked.id, "title": blocked.title, "evidence": list(evidence)} if blocked else None


def show_evidence(evidence: Sequence[str]) -> None:
    """Why a patch above does not go along, line by line."""
    from plugwatch.render.terminal import clean

    for line in evidence:
        click.echo(f"  {clean(line)}")


def finding_document(finding: Finding) -> dict[str, str]:
    """Something that somebody must see to."""
    return {
        "component": str(finding.component),
        "patch": finding.patch,
        "on": finding.on,
        "title": finding.title,
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
    }


def finding_lines(findings: Sequence[Finding]) -> list[str]:
    """The findings as people read them, one line for each patch."""
    from plugwatch.render.terminal import clean

    return [clean(f"error: {summary}") for summary in summaries(findings)]
