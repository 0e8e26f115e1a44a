"""What is still to be done after an incident, each with the command that does it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from plugwatch.model.incident import client_knows
from plugwatch.model.life import Remains, state_at, to_close
from plugwatch.model.messages.message import LAST_PHASES
from plugwatch.model.reports.board import Board
from plugwatch.model.reports.client_facts import HIT
from plugwatch.model.reports.course import is_told, reopened_at
from plugwatch.model.reports.records import PatchFact, Record

_WAITS = {"affected": "is affected", "in_triage": "is still in triage"}


def follow_ups(board: Board, unsettled: Sequence[str]) -> Iterator[str]:
    """A sentence for each, the clients' first; ``unsettled`` are sentences about messages."""
    record, now = board.records[0], board.now
    name = record.name
    yield from _sites(record, now)
    if record.component is None:
        yield f"the cause is not known: plugwatch incident set {name} --component C"
    carried = {patch: fork.component for fork in board.forks for patch in fork.carried if patch in record.patches}
    remains = Remains(
        promises=record.promises,
        holds=record.holds,
        submissions=[(one.name, one.status) for one in record.upstream],
        patches=list(carried.items()),
        unsettled=unsettled,
        untold=_untold(record),
    )
    for client in _not_told(record, now):
        yield f"{client} is hit and was told nothing: plugwatch incident tell {name} --client {client}"
    yield from to_close(name, remains, now=now)
    facts = {patch: fact for fork in board.forks for patch, fact in fork.patches.items()}
    yield from (text for patch in carried if (text := _patch(facts.get(patch), record.security)))
    if record.is_open and not record.workaround and not record.patches:
        yield f"there is neither a workaround nor a patch: plugwatch incident set {name} --workaround TEXT"


def _sites(record: Record, now: datetime) -> Iterator[str]:
    for site, impact in {one.site: one for one in record.impacts}.items():
        state = state_at(impact, now)
        if state in _WAITS:
            yield f"{site} ({impact.client}) {_WAITS[state]}: plugwatch incident impact {record.name}"


def _not_told(record: Record, now: datetime) -> list[str]:
    """Of what is open: the clients that are hit, did not tell us, and have heard nothing."""
    told = {one.client for one in record.told} | _knowing(record)
    last = {one.site: one for one in record.impacts}.values()
    hit = {one.client for one in last if state_at(one, now) in HIT}
    return sorted(hit - told) if record.is_open else []


def _untold(record: Record) -> list[str]:
    """Of what is over: the clients that know of it, and were not told the end since it came back last."""
    ends = [one for one in record.told if one.phase in LAST_PHASES]
    know = {one.client for one in record.told} | _knowing(record)
    untold = [client for client in know if not is_told(ends, client, reopened_at(record, client))]
    return [] if record.is_open else sorted(untold)


def _knowing(record: Record) -> set[str]:
    return {call.client for call in record.calls if call.client and client_knows(call.heard)}


def _patch(fact: PatchFact | None, security: bool) -> str | None:
    """A patch that we carry and have not given back."""
    if fact is None or fact.forwarded_at or fact.stance == "never":
        return None
    if fact.stance is None:
        return f"nobody has said what becomes of {fact.id}: plugwatch patch stance {fact.id}"
    road = " (to the private channel alone)" if security else ""
    return f"{fact.id} was not sent to its vendor{road}: plugwatch submission draft {fact.id} --via ROAD"
