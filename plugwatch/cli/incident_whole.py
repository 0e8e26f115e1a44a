"""All of one incident: as JSON has it, and on a screen of any width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from plugwatch.cli.context import App, next_step
from plugwatch.cli.holding import hold_document
from plugwatch.cli.incident_documents import (
    call_document,
    event_document,
    impact_document,
    incident_document,
    link_document,
    message_document,
    promise_document,
    words_document,
)
from plugwatch.cli.incident_views import cut, day, head, line, say, show_head
from plugwatch.model.client import parse_duration
from plugwatch.model.impact import Exposed
from plugwatch.model.incident import Incident
from plugwatch.model.when import short_time, span_in_words
from plugwatch.workflows.impact import exposure

if TYPE_CHECKING:
    from plugwatch.model.reports.lanes import Lanes

_NAMED = 3
_FIELDS = ("trigger", "affected", "steps", "expected", "actual", "workaround")
# What is said of a group of sites, in the order of the screen.
_GROUPS = {
    "affected": "affected",
    "triage": "in triage",
    "mitigated": "mitigated",
    "resolved": "resolved",
    "next": "will be hit next",
    "unknown": "not known",
}


def whole_document(app: App, work: Any, found: Incident) -> dict[str, Any]:
    """An incident with everything that belongs to it, or to what was merged into it."""
    turn, why = work.due.turn_of(found, app.now)
    stale_after = parse_duration(app.settings.inventory.stale_after)
    return incident_document(found, app.zone) | {
        "turn": turn,
        "turn_why": why,
        "merged": work.incidents.merged(found),
        "links": [link_document(work.incidents.get(name), note) for name, note in work.incidents.links(found)],
        "words": words_document(work.incidents.words(found)),
        "calls": [call_document(call, app.zone) for call in work.incidents.calls(found)],
        "impacts": [impact_document(impact, app.zone) for impact in work.impacts.of_incident(found)],
        "groups": _groups(exposure(work, found, now=app.now, stale_after=stale_after)),
        "holds": [hold_document(one, app.zone) for one in work.holds.of_incident(found)],
        "promises": [promise_document(one, app.zone, app.now) for one in work.promises.of_incident(found)],
        "timeline": [event_document(event, app.zone) for event in work.incidents.events(found)],
        "patches": [
            {
                "patch": patch.id,
                "component": str(patch.component),
                "title": patch.title,
                "dropped_in": patch.dropped_in,
                "verdict": patch.verdict,
            }
            for patch in work.forks.patches_of_incident(found.id)
        ],
        "submissions": [
            {"submission": s.name, "channel": s.channel, "status": s.status, "title": s.title}
            for s in work.submissions.of_incident(found.id)
        ],
        "messages": [
            message_document(message, deliveries, app.zone, app.now)
            for message, deliveries in work.messages.of_incident(found)
        ],
        "unsettled": work.messages.unsettled(found),
        "minutes": work.hours.of_incident(found),
    }


def show_whole(app: App, found: Incident, document: dict[str, Any], picture: Lanes | None) -> None:
    """The same for a person: first what is to be done, then what is known, then what happened; drawn with a picture."""
    facts = list(_facts(document, app.now))
    if picture:
        from plugwatch.render.screens.incident import Line, Story, draw_incident

        lines = [Line(day(one["at"]), one["visibility"], *_event(one)) for one in document["timeline"]]
        draw_incident(Story(head(found), found.title, facts, picture, lines), app.now)
    else:
        show_head(found)
        for label, text in facts:
            line(label, text, rows=4 if label == "call" else 8)
        click.echo("\n  timeline")
        for event in document["timeline"]:
            say(*_event(event), label=f"  {day(event['at'])}  ", indent=4, rows=4)
    _say_what_next(found)


def _facts(document: dict[str, Any], now: datetime) -> Iterator[tuple[str, str]]:
    """What there is to be said of it, each with its label."""
    yield "turn", f"{document['turn']}: {document['turn_why']}"
    if document["merged"]:
        yield "merged", ", ".join(document["merged"])
    for key in _FIELDS:
        if document[key] not in (None, "unknown"):
            yield key, cut(document[key])
    if document["with"]:
        yield "with", ", ".join(document["with"])
    yield from _of_clients(document, now)
    yield from _of_work(document)
    for call in document["calls"]:
        who = f"{call['caller']}, " if call["caller"] else ""
        where = f"{call['site']} ({call['client']})" if call["site"] else "nobody yet"
        yield "call", f"{day(call['at'])}  {who}{where} by {call['heard']}: “{cut(call['words'])}”"


def _groups(judged: Sequence[Exposed]) -> dict[str, list[str]]:
    """The sites of each group, but for those that the incident does not concern; what is done goes by its verdict."""
    groups: dict[str, list[str]] = {group: [] for group in _GROUPS}
    for one in judged:
        groups.get(one.state or "" if one.group == "done" else one.group, []).append(one.site)
    return groups


def _of_clients(document: dict[str, Any], now: datetime) -> Iterator[tuple[str, str]]:
    """Whom it hits, what was promised to whom, and what they were told."""
    told = [f"{len(sites)} {_GROUPS[group]}{_named(sites)}" for group, sites in document["groups"].items() if sites]
    if told:
        yield "sites", " · ".join(told)
    if document["promises"]:
        yield "promises", " · ".join(dict.fromkeys(_promise(promise, now) for promise in document["promises"]))
    if document["messages"]:
        yield "messages", " · ".join(_messages(document["messages"], now))
    for sentence in document["unsettled"]:
        yield "not sent", sentence
    for language, words in document["words"].items():
        yield "say", f"({language}) " + " · ".join(f"{field}: {text}" for field, text in words.items())


def _named(sites: Sequence[str]) -> str:
    more = " …" if len(sites) > _NAMED else ""
    return f" ({', '.join(sites[:_NAMED])}{more})"


def _promise(promise: dict[str, Any], now: datetime) -> str:
    due = datetime.fromisoformat(promise["due"])
    until = f"{promise['client']} due {short_time(due, now)}"
    if promise["state"] == "open":
        return until
    kept = datetime.fromisoformat(promise["kept_at"] or now.isoformat())
    if promise["state"] == "kept":
        return f"{promise['client']} kept {short_time(kept, now)} (due {short_time(due, now)})"
    return f"{until}, {promise['state'].upper()} by {span_in_words(kept - due)}"


def _messages(messages: Sequence[dict[str, Any]], now: datetime) -> Iterator[str]:
    for message in messages:
        sent = [row["sent_at"] for row in message["deliveries"] if row["sent_at"]]
        at = f" {short_time(datetime.fromisoformat(min(sent)), now)}" if sent else ""
        yield f"{message['client']} {message['phase']} {message['status']}{at}"


def _of_work(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What we do about it: what is held, carried and sent, how long it took, and when it was there before."""
    for held in document["holds"]:
        end = f", until {held['until']}" if held["until"] else ""
        lifted = " (lifted)" if held["lifted_at"] else ""
        yield "hold", f"{held['component']} {held['versions']}: {held['reason']}{end}{lifted}"
    for carried in document["patches"]:
        yield "patch", f"{carried['patch']} on {carried['component']}: {carried['title']}{_fate(carried)}"
    for sent in document["submissions"]:
        yield "upstream", f"{sent['submission']} {sent['channel']}: {sent['status']}, {sent['title']}"
    if document["minutes"]:
        yield "hours", f"{document['minutes'] / 60:.1f} h"
    for far in document["links"]:
        remedy = f"; workaround: {cut(far['workaround'])}" if far["workaround"] else ""
        noted = f": {far['note']}" if far["note"] else ""
        yield "link", f"{far['incident']} {far['title']} ({far['status']}){noted}{remedy}"


def _fate(patch: dict[str, Any]) -> str:
    """What became of a patch that is carried no more."""
    if patch["dropped_in"] is None:
        return ""
    by_hand = patch["verdict"] == "dropped"
    return f", taken out on {patch['dropped_in']}" if by_hand else f", in the vendor's {patch['dropped_in']}"


def _event(event: dict[str, Any]) -> tuple[str, str]:
    spent = f" ({event['minutes']} min{', ' + event['client'] if event['client'] else ''})" if event["minutes"] else ""
    seen = "" if event["visibility"] == "internal" else f" [{event['visibility']}]"
    return event["actor"], f"{event['kind']}{spent}{seen}: {cut(event['body'])}"


def _say_what_next(found: Incident) -> None:
    if found.merged_into:
        next_step(f"plugwatch incident show {found.merged_into}")
    elif found.is_open:
        next_step(f"plugwatch incident impact {found.name}", f"plugwatch incident tell {found.name}")
    elif found.status == "resolved":
        next_step(f"plugwatch incident close {found.name}")
