"""What ``plugwatch incident tell`` shows: the texts on stdout, everything about them on stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from plugwatch.cli.context import App, note
from plugwatch.errors import EXIT_PERSON, EXIT_UNKNOWN, ConfigError
from plugwatch.model.messages.message import Delivery
from plugwatch.model.roads.submission import Check
from plugwatch.model.when import short_time
from plugwatch.workflows.deliver import Told

_ROADS = {"smtp": "by mail", "imap": "as a draft", "desk": "to the help desk", "file": "to a file", "phone": "by phone"}
_STATES = {
    "sent": "sent",
    "deferred": "not yet taken",
    "refused": "refused",
    "unknown": "not known whether it arrived",
    "handing": "not known whether it arrived",
    "kept": "kept as a draft",
    "written": "written",
    "waiting": "not sent",
}


def document(shown: Told, app: App) -> dict[str, Any]:
    """A message as JSON shows it."""
    message, prepared = shown.message, shown.prepared
    return {
        "client": message.client,
        "to": [contact.email for contact in prepared.to if "@" in contact.email],
        "language": message.language,
        "subject": message.subject,
        "body": message.body,
        "sites": list(message.sites),
        "checks": [{"check": c.check, "ok": c.ok, "detail": c.detail} for c in prepared.checks],
        "status": shown.status(app.now),
        "message": message.mail_id,
        "phase": message.phase,
        "round": message.round,
        "road": message.road,
        "knows": prepared.knows,
        "next": message.next_due.astimezone(app.zone).isoformat() if message.next_due else None,
        "deliveries": [
            {
                "address": row.address,
                "state": row.state,
                "reply": row.reply,
                "sent_at": row.sent_at.astimezone(app.zone).isoformat() if row.sent_at else None,
            }
            for row in shown.deliveries
        ],
        "error": str(shown.error) if shown.error else None,
    }


def exit_code(shown: Sequence[Told], now: datetime) -> int:
    """3 where a person has to mend something, else 4 where something is not known or not done, else 0."""
    codes = {code for one in shown for code in _codes(one, now)}
    return EXIT_PERSON if EXIT_PERSON in codes else EXIT_UNKNOWN if EXIT_UNKNOWN in codes else 0


def _codes(one: Told, now: datetime) -> list[int]:
    states = {row.state for row in one.deliveries if row.tries}
    codes = [EXIT_PERSON] if one.prepared.blocked or "refused" in states else []
    if one.status(now) != "busy" and states & {"deferred", "unknown", "handing", "waiting"}:
        codes.append(EXIT_UNKNOWN)
    if one.error:
        codes.append(EXIT_PERSON if isinstance(one.error, ConfigError) else one.error.exit_code)
    return [EXIT_PERSON if code == 1 else code for code in codes]


def show_texts(shown: Sequence[Told], app: App, incident: str, phase: str, what: str) -> None:
    """Who is told, by which road, and each text."""
    from plugwatch.render.terminal import clean, count

    _remark(f"{incident} {phase} · {count(len(shown), 'message')}, {what}")
    for number, one in enumerate(shown, 1):
        _remark(_about(one), label=f"{number} ")
    if not shown:
        _remark("nobody has called, and no site is known to be hit: name a client with --client")
    for number, one in enumerate(shown, 1):
        head = f"--- {number}/{len(shown)} {clean(one.prepared.client.name)}{_next(one, app)} "
        _remark(f"{head}{'-' * max(3, 60 - len(head))}")
        if one.message.body:
            _show_text(f"Subject: {one.message.subject}\n\n{one.message.body}", last=number == len(shown))
        _show_checks(one, app)


def _show_text(text: str, *, last: bool) -> None:
    """A message as it will be; on a terminal its long lines are broken between words."""
    from plugwatch.render.folding import cells, fold, screen_width
    from plugwatch.render.terminal import clean_lines, on_terminal

    if not on_terminal():
        text = clean_lines(text) if sys.stdout.isatty() else text
        click.echo(text if last else f"{text.rstrip()}\n\n", nl=not text.endswith("\n"))
        return
    width = screen_width()
    for line in clean_lines(text).rstrip("\n").split("\n"):
        rows = [line] if cells(line) <= width else fold("", line, width=width, indent=0, lines=len(line))
        click.echo("\n".join(rows))


def _about(one: Told) -> str:
    prepared, message = one.prepared, one.message
    more = f" +{len(prepared.to) - 1}" if len(prepared.to) > 1 else ""
    address = f"{prepared.to[0].email}{more}" if prepared.to else "no address"
    tone = prepared.client.tone or "formal"
    untold = "" if prepared.knows else " · has not noticed yet"
    facts = (address, f"{message.language} {tone}", ", ".join(message.sites), _ROADS[message.road])
    return f"{prepared.client.name}: {' · '.join(fact for fact in facts if fact)}{untold}"


def _next(one: Told, app: App) -> str:
    """When they hear from us next, on their clock, and on ours where it shows another time."""
    due = one.message.next_due
    if due is None:
        return ""
    zone = one.prepared.client.timezone
    there = due.astimezone(ZoneInfo(zone) if zone else app.zone)
    here = short_time(due, app.now)
    if there.utcoffset() == due.astimezone(app.zone).utcoffset():
        return f", next by {here}"
    return f", next by {short_time(due, app.now.astimezone(there.tzinfo))} ({here} here)"


def _show_checks(one: Told, app: App) -> None:
    if not one.prepared.checks:
        _remark(_state_line(one, app))
        return
    fine = [check.check for check in one.prepared.checks if check.ok]
    if fine:
        _remark(", ".join(fine), label="ok      ")
    for check in one.prepared.checks:
        if not check.ok:
            _remark(f"{check.check}: {check.detail}", label="BLOCKED ")
            if _lacks_effect(check):
                _remark(_say_effect(one, app), label=" " * 8)
    if one.message.edited and one.prepared.blocked:
        _remark("the text was changed by hand; --fresh writes it anew", label=" " * 8)


def show_outcome(shown: Sequence[Told], app: App, *, seen: bool = False) -> None:
    """What became of each message, and what to do next; ``seen``: the texts were shown, with all that was settled."""
    for one in shown:
        if one.error:
            _remark(f"{one.prepared.client.name}: {one.error}")
        elif one.deliveries and (one.prepared.checks or not seen):
            _remark(_state_line(one, app))
    show_next(shown, app)


def show_next(shown: Sequence[Told], app: App) -> None:
    """What to do next."""
    if shown:
        note("")
        _remark(" · ".join(_next_steps(shown, app)), label="next: ")


def _state_line(one: Told, app: App) -> str:
    name = one.prepared.client.name
    if one.status(app.now) == "busy":
        since = short_time(one.message.claimed_at, app.now) if one.message.claimed_at else "now"
        return f"{name}: {one.message.claimed_by} is sending this since {since}"
    return f"{name}: {'; '.join(_address_line(row, app) for row in one.deliveries)}"


def _address_line(row: Delivery, app: App) -> str:
    when = f" {short_time(row.sent_at, app.now)}" if row.sent_at else ""
    said = f" “{row.reply}”" if row.reply and row.state != "sent" else ""
    return f"{row.address} {_STATES[row.state]}{when}{said}"


def _next_steps(shown: Sequence[Told], app: App) -> list[str]:
    """The sensible commands: the first that is wanted of each kind."""
    incident = shown[0].message.incident
    command = f"plugwatch incident tell {incident}"
    steps: dict[str, str] = {}
    for one in shown:
        client = one.message.client
        states = {row.state for row in one.deliveries}
        wrong = {row.address for row in one.deliveries if row.state == "refused"}
        if wrong & {contact.email for contact in one.prepared.to}:
            steps.setdefault("refused", f"plugwatch client set {client} --contact 'NAME <ADDRESS>'")
        if "unknown" in states:
            steps.setdefault("unknown", f"{command} --client {client} --sent (or --resend)")
        if states & {"kept", "written"}:
            steps.setdefault("kept", f"{command} --client {client} --sent, when it has left")
        if one.prepared.blocked:
            steps.setdefault("blocked", _way_out(one, command, app))
        elif states & {"deferred", "refused", "waiting"} or one.status(app.now) == "draft":
            steps.setdefault("send", f"{command} --send")
    if not steps and any(one.message.next_due for one in shown):
        return [f"{command} --again, when there is more to say", f"plugwatch incident show {incident}"]
    return list(steps.values()) or [f"plugwatch incident show {incident}"]


def _way_out(one: Told, command: str, app: App) -> str:
    """What a person does about the first thing that blocks."""
    first = next(check for check in one.prepared.checks if not check.ok)
    if first.check == "language":
        return "plugwatch template check"
    if first.check == "mail" and ": plugwatch " in first.detail:
        return first.detail.partition(": ")[2]
    if _lacks_effect(first):
        return _say_effect(one, app)
    return f"{command} --edit --client {one.message.client}"


def _lacks_effect(check: Check) -> bool:
    return check.check == "blanks" and "what does not work" in check.detail


def _say_effect(one: Told, app: App) -> str:
    language = "" if one.message.language == app.settings.agency.language else f"{one.message.language}:"
    return f'plugwatch incident set {one.message.incident} --say {language}effect="…"'


def _remark(text: str, *, label: str = "") -> None:
    """A line on stderr; on a terminal what is too long goes on under its beginning."""
    from plugwatch.render.folding import cells, fold, screen_width
    from plugwatch.render.terminal import clean, is_plain

    words = clean(text)
    if not sys.stderr.isatty() or is_plain() or cells(label + words) <= screen_width():
        note(label + words)
        return
    for row in fold(label, words, width=screen_width(), indent=len(label), lines=12):
        note(row)
