"""``plugwatch today``: the first thing in the morning. Nothing heavy is imported: it is asked all day long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.errors import EXIT_UNKNOWN, ConfigError
from plugwatch.model.today import Due, OnCall, Today, Turn, only_mine

if TYPE_CHECKING:
    from plugwatch.model.deployments.deployment import Deployment

_LOST = ("site", "client", "component", "incident")
_SILENT = ("submission", "incident", "component", "status", "since", "step", "due", "next")


@click.command()
@click.option("--mine", is_flag=True, help="Only what is yours: assigned to you, or to nobody while you are on call.")
@click.option(
    "--remind", "reminding", is_flag=True, help="Write to the team's chat what is near or overdue, once each."
)
@json_option
@pass_app
def today(app: App, mine: bool, reminding: bool, as_json: bool) -> int:
    """What is due, whose turn it is, and who waits.

    With --remind nothing is listed but how many promises the chat was reminded of: that is for cron.
    """
    from plugwatch.cli.agreeing import working_week
    from plugwatch.model.client import parse_duration
    from plugwatch.workflows.today import look

    who, stale_after = _on_call(app), parse_duration(app.settings.inventory.stale_after)
    reminded, missed = _remind(app, who) if reminding else (0, None)
    with app.ledger.reading() as work:
        found = look(work, now=app.now, on_call=who, stale_after=stale_after, week=working_week(app))
    if mine:
        found = only_mine(found, app.actor)
    if as_json:
        print_json(_document(found) | ({"reminded": reminded} if reminding else {}))
    elif reminding:
        note(f"reminded of {reminded} {'promise' if reminded == 1 else 'promises'}")
    else:
        _show(found, mine=mine)
    if missed:
        note(missed)
    return EXIT_UNKNOWN if missed else 0


def _on_call(app: App) -> OnCall | None:
    """Who takes the calls now; None where there is no rota."""
    if not app.settings.rota.get("people"):
        return None
    from plugwatch.model.rota import Rota

    rota, day = Rota.from_table(app.settings.rota), app.now.date()
    until, follower = rota.handover(day) or (None, None)
    return OnCall(rota.on_call(day), until, follower)


def _remind(app: App, who: OnCall | None) -> tuple[int, str | None]:
    """How many promises the chat was reminded of, and what is to be said where not all of its addresses took it."""
    from plugwatch.channels import chat
    from plugwatch.config import chat_urls
    from plugwatch.workflows.remind import remind

    urls, missed = chat_urls(), []
    if not urls:
        raise ConfigError("no chat to remind: set PLUGWATCH_CHAT_URLS to its address, as apprise writes it")

    def send(title: str, body: str) -> None:
        try:
            chat.remind(urls, title, body)
        except chat.ChatError as error:
            if not error.reached:
                raise
            missed.append(str(error))  # a second try would remind the others twice

    names, on_call = app.settings.messages.chat_names, who.person if who else None
    reminded = remind(app.ledger, send, now=app.now, on_call=on_call, names=names)
    return reminded, missed[0] if missed else None


def _show(found: Today, *, mine: bool) -> None:
    from plugwatch.render.terminal import is_drawn

    if is_drawn():
        from plugwatch.render.screens.today import draw_today

        draw_today(found, mine=mine)
    else:
        from plugwatch.render.folding import screen_width
        from plugwatch.render.today import today_lines

        click.echo("\n".join(today_lines(found, width=screen_width(), mine=mine)))
    ours = next((turn.incident for turn in found.turns if turn.turn == "us"), None)
    wait = found.due or found.undelivered
    if wait:
        next_step(f"plugwatch incident tell {wait[0].incident}")
    elif ours:
        next_step(f"plugwatch incident show {ours}")
    elif found.silent:
        next_step(found.silent[0].next)
    elif found.deployments:
        first = found.deployments[0]
        next_step(f"plugwatch fork deploy {first.component} --site {first.site} --back")
    elif any(row.kind in ("security", "lost-patch", "to-move", "to-tell") for row in found.findings):
        next_step("plugwatch check")
    else:
        next_step("plugwatch today" if mine else "plugwatch incident list --all")


def _document(found: Today) -> dict[str, Any]:
    who = found.on_call or OnCall(None)
    return {
        "now": found.now.isoformat(),
        "on_call": {
            "person": who.person,
            "until": who.until.isoformat() if who.until else None,
            "next": who.next,
        },
        "due": [_due_document(row, found.now) for row in found.due],
        "turns": [_turn_document(row, found.now) for row in found.turns],
        "undelivered": _rows(found, found.undelivered, "incident", "client", "address", "state", "reply", "at"),
        "look": _rows(found, found.look, "incident", "in_triage", "run_out", "hit_next"),
        "feedback": _rows(found, found.feedback, "incident", "client", "words", "at"),
        "silent_vendors": _rows(found, found.silent, *_SILENT),
        "submissions": _findings(found, "submission"),
        "releases": _findings(found, "release"),
        "security": _findings(found, "security"),
        "lost_patches": _findings(found, "lost-patch", *_LOST),
        "to_move": _findings(found, "to-move"),
        "to_tell": _findings(found, "to-tell"),
        "deployments": [_deployment_document(row, found.now) for row in found.deployments],
        "watch_errors": _findings(found, "watch-error"),
        "checked_at": _iso(found.checked_at, found.now),
    }


def _due_document(row: Due, now: datetime) -> dict[str, Any]:
    """A promise; ``minutes`` until it is due, less than 0 when it is overdue."""
    return {
        "incident": row.incident,
        "client": row.client,
        "due": _iso(row.due, now),
        "state": row.state(now),
        "minutes": int((row.due - now).total_seconds() // 60),
        "what": row.what,
        "assignee": row.assignee,
    }


def _turn_document(row: Turn, now: datetime) -> dict[str, Any]:
    return {
        "incident": row.incident,
        "turn": row.turn,
        "why": row.why,
        "severity": row.severity,
        "status": row.status,
        "assignee": row.assignee,
        "since": _iso(row.since, now),
        "title": row.title,
    }


def _rows(found: Today, rows: Sequence[object], *keys: str) -> list[dict[str, Any]]:
    """Rows whose keys are the names of their fields."""
    values = ({key: getattr(row, key) for key in keys} for row in rows)
    return [
        {key: _iso(value, found.now) if isinstance(value, datetime) else value for key, value in row.items()}
        for row in values
    ]


def _iso(moment: datetime | None, now: datetime) -> str | None:
    """A moment on the agency's clock."""
    return moment.astimezone(now.tzinfo).isoformat() if moment else None


def _findings(found: Today, kind: str, *keys: str) -> list[dict[str, Any]]:
    """What a check saw of a kind: the place, the sentence, and its details; ``keys`` are there in each, if as None."""
    none = dict.fromkeys(keys)
    return [
        {"place": row.place, "summary": row.summary} | none | dict(row.details or {})
        for row in found.findings
        if row.kind == kind
    ]


def _deployment_document(row: Deployment, now: datetime) -> dict[str, Any]:
    return {
        "component": str(row.component),
        "site": row.site,
        "version": row.version,
        "kind": row.kind,
        "state": row.state,
        "actor": row.actor,
        "started_at": _iso(row.started_at, now),
        "incident": row.incident,
    }
