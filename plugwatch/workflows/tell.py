"""Tell clients of an incident: one message each, shown and kept first, and checked each time before it may leave.

What leaves, and that it leaves once, is the matter of :mod:`plugwatch.workflows.deliver`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Protocol

from plugwatch.errors import BusyError, PlugwatchError
from plugwatch.model.incident import check_choice
from plugwatch.model.messages.message import LAST_PHASES, PHASES, ROADS, Message, may_have_arrived
from plugwatch.workflows.brief import Story, choose_clients, load_story, root_of
from plugwatch.workflows.compose import Composer, Prepared, Tools, Wanted
from plugwatch.workflows.rule_book import load_rules

_TRIES = 50


class Ledger(Protocol):
    """Where messages are kept."""

    def reading(self) -> AbstractContextManager[Any]: ...

    def unit_of_work(self) -> AbstractContextManager[Any]: ...


def prepare(ledger: Ledger, number: str, wanted: Wanted, tools: Tools, *, claiming: bool = False) -> list[Prepared]:
    """Write the messages of a phase and keep them as drafts; with ``claiming`` what may leave is claimed at once.

    The texts are made and checked while everybody else can write; what has changed meanwhile is made anew. Raises
    PlugwatchError where the phase, a client or a template is none.
    """
    if wanted.phase:
        check_choice(wanted.phase, PHASES, "phase")
    if wanted.via:
        check_choice(wanted.via, ROADS, "road")
    with ledger.unit_of_work() as work:
        work.messages.give_up(root_of(work, number), dead=tools.dead)
    for _ in range(_TRIES):
        with ledger.reading() as work:
            story = load_story(work, number, now=tools.now)
            rules = load_rules(work, story, tools.agency)
        plans = _plan(story, rules, wanted, tools)
        with ledger.unit_of_work() as work:
            kept = _keep(work, story, plans, tools, claiming=claiming)
        if kept is not None:
            return kept
    raise BusyError(f"others write to the clients of {story.incident.name} all the time; try again in a minute")


def look_at(ledger: Ledger, number: str, messages: Sequence[Message], tools: Tools) -> list[Prepared]:
    """These messages as they are now, unchecked."""
    with ledger.reading() as work:
        story = load_story(work, number, now=tools.now)
        rules = load_rules(work, story, tools.agency)
        told = [work.messages.get(message.id) for message in messages]
    composer = Composer(story, story.incident.status, Wanted(), tools, rules)
    return [composer.as_it_is(story.parts[message.client], message, deliveries) for message, deliveries in told]


def edit(ledger: Ledger, prepared: Prepared, subject: str, body: str, tools: Tools) -> None:
    """Keep a text that a person has changed. Raises PlugwatchError where the message has changed or left meanwhile."""
    known = prepared.message
    changed = replace(known, subject=subject, body=body, edited=True, changed_at=tools.now, actor=tools.actor)
    with ledger.unit_of_work() as work:
        current, _ = work.messages.get(known.id)
        if current != known or not work.messages.rewrite(changed, dead=tools.dead):
            raise PlugwatchError(f"the message to {known.client} has changed or left meanwhile; look at it again")


def _plan(story: Story, rules: Any, wanted: Wanted, tools: Tools) -> list[Prepared]:
    phase = wanted.phase or story.incident.status
    if phase in LAST_PHASES and wanted.next_due:
        raise PlugwatchError(f"after '{phase}' nobody waits for more, so it takes no --next")
    composer = Composer(story, phase, wanted, tools, rules)
    return [composer.compose(story.parts[slug]) for slug in choose_clients(story, phase, wanted.clients, now=tools.now)]


def _keep(work: Any, story: Story, plans: Sequence[Prepared], tools: Tools, *, claiming: bool) -> list[Prepared] | None:
    """Write what is new; None where somebody else has written meanwhile."""
    told = work.messages.of_incident(story.incident)
    current = {message.id: message for message, _ in told}
    rounds = {(message.client, message.phase, message.round) for message, _ in told}
    for plan in plans:
        known, message = plan.before, plan.message
        if known is None and (message.client, message.phase, message.round) in rounds:
            return None
        if known and plan.checks and current.get(known.id) != known:
            return None
    for plan in plans:
        if plan.checks:
            _supersede(work, plan.message, current.values())
    return [_keep_one(work, story, plan, tools, claiming=claiming) for plan in plans]


def _supersede(work: Any, message: Message, others: Iterable[Message]) -> None:
    """Put drafts of other phases aside."""
    for other in others:
        if other.client == message.client and other.phase != message.phase and other.state == "draft":
            work.messages.supersede(other)


def _keep_one(work: Any, story: Story, plan: Prepared, tools: Tools, *, claiming: bool) -> Prepared:
    message, claim = plan.message, None
    if plan.before is None:
        message = work.messages.add(story.incident, message, domain=tools.domain)
    elif message != plan.before and may_have_arrived(plan.deliveries):
        work.messages.reroute(message)
    elif message != plan.before and not work.messages.rewrite(message, dead=tools.dead):
        raise BusyError(f"the message to {message.client} is being sent; look again in a minute")
    if claiming and plan.checks and not plan.blocked:
        claim = work.messages.claim(message, plan.to, actor=tools.actor, now=tools.now, dead=tools.dead)
    kept, deliveries = work.messages.get(message.id)
    return replace(plan, message=kept, deliveries=tuple(deliveries), claim=claim)
