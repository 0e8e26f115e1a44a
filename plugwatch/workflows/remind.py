"""Reminders of promises in the team's chat: one when the time is near, one when it has passed, and no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from plugwatch.model.today import Due, order_due
from plugwatch.model.when import distance, short_time

_SHOWN = 10


class Reminders(Protocol):
    """The promises, and which reminders of them went out."""

    def promises(self, now: datetime) -> Sequence[Due]:
        """Every promise that nothing has kept yet, the next due first."""

    def claim_reminder(self, promise: str, kind: str, *, at: datetime) -> bool:
        """Take it on oneself to remind; False where somebody has done so."""

    def forget_reminder(self, promise: str, kind: str) -> None:
        """Give it back."""


class Work(Protocol):
    """The ledger, to write to."""

    @property
    def due(self) -> Reminders:
        """The promises."""


class Ledger(Protocol):
    """Where units of work come from."""

    def unit_of_work(self) -> AbstractContextManager[Work]:
        """One unit of work."""


def remind(ledger: Ledger, send: Callable[[str, str], None], *, now: datetime, on_call: str | None, names: bool) -> int:
    """Send one text (title, body) for all promises that are near or overdue and of which nobody was reminded yet.

    The intent is kept first, so that of several jobs at once one alone reminds; where sending fails it is given back,
    and the error goes on. ``names`` says whether the text may name clients. Of several promises to a client about one
    incident the first alone counts, for one word keeps them all. Returns the number of promises.
    """
    with ledger.unit_of_work() as work:
        states = [(row, row.state(now)) for row in order_due(work.due.promises(now))]
        taken = [
            (row, state)
            for row, state in states
            if state != "open" and work.due.claim_reminder(row.promise, state, at=now)
        ]
    if not taken:
        return 0
    try:
        send(*reminder_text(taken, now=now, on_call=on_call, names=names))
    except BaseException:
        with ledger.unit_of_work() as work:
            for row, state in taken:
                work.due.forget_reminder(row.promise, state)
        raise
    return len(taken)


def reminder_text(
    rows: Sequence[tuple[Due, str]], *, now: datetime, on_call: str | None, names: bool
) -> tuple[str, str]:
    """The title and the lines of a reminder; a chat is read by more people than the ledger, so it says little."""
    overdue = sum(state == "overdue" for _, state in rows)
    counts = [f"{overdue} overdue"] * bool(overdue) + [f"{len(rows) - overdue} due soon"] * (overdue < len(rows))
    lines = [_line(row, now, on_call, names) for row, _state in rows[:_SHOWN]]
    if len(rows) > _SHOWN:
        lines.append(f"and {len(rows) - _SHOWN} more: plugwatch today")
    return f"Clients wait for a word: {', '.join(counts)}", "\n".join(lines)


def _line(row: Due, now: datetime, on_call: str | None, names: bool) -> str:
    who = row.client_name[:60] if names else "a client"
    verb = "should have heard from us by" if row.due < now else "hears from us by"
    owner = row.assignee or on_call
    return (
        f"{row.incident}: {who} {verb} {short_time(row.due, now)} ({distance(row.due, now)})"
        f"{f', {owner}' if owner else ''}"
    )
