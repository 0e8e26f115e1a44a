"""What a check saw, as the morning's list keeps it: what matters for security, lost patches, releases, the unseen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from plugwatch.model.component import Component
from plugwatch.model.deployments.deployment import RUNNING, Deployment
from plugwatch.model.evidence.evidence import CLAIMED, LOST
from plugwatch.model.evidence.known import carried_at
from plugwatch.model.evidence.matrix import OnSite
from plugwatch.model.fork import Plan, StackEntry
from plugwatch.model.patches.stepping import by_client
from plugwatch.model.today import Finding, LostBuild
from plugwatch.workflows.check import Alarm, Checked, Lost, unknown
from plugwatch.workflows.matrix import lost_sentence, matrix
from plugwatch.workflows.stepping import Stepped

_AT_WORK = timedelta(minutes=15)


class ForkView(Protocol):
    """A fork as it stands."""

    @property
    def component(self) -> Component: ...

    @property
    def stacks(self) -> Mapping[str, Sequence[StackEntry]]: ...

    @property
    def builds(self) -> Sequence[Any]: ...


def lost_places(work: Any, views: Sequence[ForkView], *, now: datetime, plans: Iterable[Plan] = ()) -> list[Lost]:
    """Every site that has lost a build of ours, until one is back or the release that runs there needs none.

    A site on a release whose forecast (``plans``) says that it holds all that is missed there has lost nothing: what is
    left to do is the fork's upgrade. Of builds that no fork here knows (a colleague's, not synced yet) the ledger alone
    tells.
    """
    rows = matrix(work, views, now=now)
    landed = {plan.component: plan for plan in plans}
    found = [
        Lost(
            row.site,
            row.client,
            row.client_name,
            row.component,
            row.build,
            row.version,
            row.state,
            row.certainty,
            row.incidents,
            lost_sentence(row),
        )
        for row in rows
        if row.is_lost and not _is_held(row, landed.get(row.component))
    ]
    known = {(row.site, row.component) for row in rows}
    stacks = {view.component: {v: tuple(e.patch.id for e in s) for v, s in view.stacks.items()} for view in views}
    missed = [
        one
        for one in work.findings.lost_builds()
        if (one.site, one.component) not in known and not _needs_none(stacks.get(one.component), one.after)
    ]
    names = {client.slug: client.name for client in work.clients.list()} if missed else {}
    return [*found, *(_of_ledger(one, work.sites.get(one.site).client, names) for one in missed)]


def _is_held(row: OnSite, plan: Plan | None) -> bool:
    """Whether the vendor's release on a site holds all patches that belong there, as its forecast says."""
    if plan is None or row.state != LOST or row.version != plan.target.version or row.build == row.version:
        return False
    dropped = {outcome.patch.id for outcome in plan.outcomes if outcome.dropped}
    return all(patch in dropped for patch, _state in row.patches)


def _needs_none(stacks: Mapping[str, tuple[str, ...]] | None, version: str) -> bool:
    """Whether no patch is carried any more on what runs there."""
    return bool(stacks) and carried_at(stacks or {}, version) == ()


def _of_ledger(one: LostBuild, client: str, names: Mapping[str, str]) -> Lost:
    name = names.get(client, client)
    sentence = (
        f"{one.site}: {one.component} went from our build {one.before} to {one.after}, so its patches are gone there; "
        f"{name} is hit again; see 'plugwatch site changes {one.site}'"
    )
    return Lost(one.site, client, name, one.component, one.before, one.after, LOST, CLAIMED, (), sentence)


def say_open_end(one: Deployment, now: datetime) -> str:
    """A deployment of which nobody knows how it ended, or which is at work at this moment, and what puts it right."""
    what = f"{one.component} {one.version}"
    since = f"{one.started_at.astimezone(now.tzinfo):%Y-%m-%d %H:%M}"
    if one.state == RUNNING and now - one.started_at < _AT_WORK:
        start = f"{one.site}: {one.actor} has been putting {what} there since {since}, and has not come to an end"
    else:
        start = f"{one.site}: nobody knows how it ended that {one.actor} put {what} there at {since}"
    return f"{start}; look with 'plugwatch fork deploy {one.component} --site {one.site} --back'"


def findings_of(checked: Checked, stepped: Stepped, names: Mapping[str, str]) -> list[Finding]:
    """All of it, by kind; ``names`` are the clients' by their slugs."""
    return [
        *(_alarm(alarm, names) for alarm in checked.alarms),
        *(_release(row.plan) for row in checked.forecasts if row.plan),
        *(_lost(one) for one in checked.missed),
        *(Finding("lost-patch", _place(sentence), sentence) for sentence in checked.lost),
        *(
            Finding("lost-patch", str(relapse.component), str(relapse), {"component": str(relapse.component)})
            for relapse in checked.relapses
        ),
        *_waiting(stepped, names),
        *(Finding("to-tell", _place(sentence), sentence) for sentence in checked.tell),
        *(Finding("submission", _place(sentence), sentence) for sentence in checked.asked),
        *(Finding("watch-error", _place(sentence), sentence) for sentence in unknown(checked)),
    ]


def _alarm(alarm: Alarm, names: Mapping[str, str]) -> Finding:
    one = alarm.concern
    first = one.marks[0]
    details = {
        "component": str(one.component),
        "fixed_in": one.fixed_in,
        "proof": one.is_proof,
        "sites": len(one.sites),
        "clients": [name for name, _number in by_client(one.sites, names)],
        "key": first.key,
        "url": first.url,
        "attribution": first.attribution,
    }
    return Finding("security", str(one.component), alarm.sentence, details)


def _lost(one: Lost) -> Finding:
    details = {
        "site": one.site,
        "client": one.client,
        "component": str(one.component),
        "incident": one.incidents[0] if one.incidents else None,
    }
    return Finding("lost-patch", one.site, one.sentence, details)


def _waiting(stepped: Stepped, names: Mapping[str, str]) -> Iterable[Finding]:
    for one, sentence in zip(stepped.waiting, stepped.sentences, strict=True):
        dropped = one.dropped
        details = {
            "patch": dropped.patch,
            "component": str(dropped.component),
            "version": dropped.version,
            "incident": dropped.incident,
            "sites": [site.site for site in one.to_move],
            "clients": [name for name, _number in by_client(one.to_move, names)],
        }
        yield Finding("to-move", dropped.patch, sentence, details)


def _release(plan: Plan) -> Finding:
    """A release that the patches of a fork are not on yet, and what becomes of them there."""
    verdicts = Counter(outcome.verdict for outcome in plan.outcomes)
    becomes = ", ".join(f"{number} {verdict}" for verdict, number in sorted(verdicts.items()))
    return Finding("release", str(plan.component), f"{plan.component} {plan.target.version} is out: {becomes}")


def _place(sentence: str) -> str:
    """The place that a sentence is about: what stands before its colon."""
    return sentence.partition(": ")[0][:200]
