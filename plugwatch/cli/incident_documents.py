"""Incidents and what belongs to them as JSON shows them; times carry the agency's zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from plugwatch.model.incident import Call, Event, Impact, Incident
from plugwatch.model.promise import Promise

if TYPE_CHECKING:  # no call needs messages
    from plugwatch.model.messages.message import Delivery, Message


def incident_document(found: Incident, zone: tzinfo) -> dict[str, Any]:
    """An incident's own fields."""
    return {
        "incident": found.name,
        "title": found.title,
        "status": found.status,
        "severity": found.severity,
        "trigger": found.trigger,
        "component": str(found.component) if found.component else None,
        "with": [str(component) for component in found.with_components],
        "version": found.version,
        "affected": found.affected,
        "assignee": found.assignee,
        "security": found.security,
        "steps": found.steps,
        "expected": found.expected,
        "actual": found.actual,
        "workaround": found.workaround,
        "workaround_checked_at": _moment(found.workaround_checked_at, zone),
        "merged_into": found.merged_into,
        "opened_at": found.opened_at.astimezone(zone).isoformat(),
    }


def call_document(call: Call, zone: tzinfo) -> dict[str, Any]:
    """A client telling us of it."""
    return {
        "site": call.site,
        "client": call.client,
        "caller": call.caller,
        "heard": call.heard,
        "words": call.words,
        "ticket": call.ticket,
        "at": call.at.astimezone(zone).isoformat(),
        "recorded_at": call.recorded_at.astimezone(zone).isoformat(),
        "actor": call.actor,
    }


def impact_document(impact: Impact, zone: tzinfo) -> dict[str, Any]:
    """What somebody said of a site."""
    return {
        "site": impact.site,
        "client": impact.client,
        "state": impact.state,
        "justification": impact.justification,
        "detail": impact.detail,
        "actor": impact.actor,
        "at": impact.at.astimezone(zone).isoformat(),
        "valid_until": _moment(impact.valid_until, zone),
    }


def promise_document(promise: Promise, zone: tzinfo, now: datetime) -> dict[str, Any]:
    """When a client hears from us, and whether they did."""
    return {
        "due": promise.due.astimezone(zone).isoformat(),
        "client": promise.client,
        "made_at": promise.made_at.astimezone(zone).isoformat(),
        "kept_at": _moment(promise.kept_at, zone),
        "state": promise.state(now),
    }


def event_document(event: Event, zone: tzinfo) -> dict[str, Any]:
    """A line of the timeline."""
    return {
        "at": event.at.astimezone(zone).isoformat(),
        "recorded_at": event.recorded_at.astimezone(zone).isoformat(),
        "actor": event.actor,
        "kind": event.kind,
        "visibility": event.visibility,
        "body": event.body,
        "minutes": event.minutes,
        "client": event.client,
    }


def link_document(far: Incident, note: str | None) -> dict[str, Any]:
    """An incident that was the same trouble at another time."""
    return {
        "incident": far.name,
        "title": far.title,
        "status": far.status,
        "note": note,
        "workaround": far.workaround,
    }


def message_document(message: Message, deliveries: Sequence[Delivery], zone: tzinfo, now: datetime) -> dict[str, Any]:
    """A message to a client, with what became of it at each address."""
    from plugwatch.model.messages.message import status_of

    return {
        "message": message.id,
        "incident": message.incident,
        "client": message.client,
        "phase": message.phase,
        "round": message.round,
        "road": message.road,
        "status": status_of(message, deliveries, now=now),
        "language": message.language,
        "subject": message.subject,
        "body": message.body,
        "sites": list(message.sites),
        "next": _moment(message.next_due, zone),
        "deliveries": [
            {"address": one.address, "state": one.state, "reply": one.reply, "sent_at": _moment(one.sent_at, zone)}
            for one in deliveries
        ],
        "created_at": message.created_at.astimezone(zone).isoformat(),
    }


def words_document(words: Mapping[tuple[str, str], str]) -> dict[str, dict[str, str]]:
    """What we say in plain words, by language and field."""
    document: dict[str, dict[str, str]] = {}
    for (language, field), body in sorted(words.items()):
        document.setdefault(language, {})[field] = body
    return document


def _moment(at: datetime | None, zone: tzinfo) -> str | None:
    return at.astimezone(zone).isoformat() if at else None
