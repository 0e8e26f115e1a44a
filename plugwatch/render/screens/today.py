"""The morning's list drawn on a terminal: the cells of :mod:`plugwatch.render.today`, with what is urgent in sight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from rich.text import Text

from plugwatch.model.today import FINDINGS, Due, Today
from plugwatch.render.screens.pen import GOOD, LANES, LATE, OURS, QUIET, SEVERITIES, SOON, Pen
from plugwatch.render.today import SHOWN, Cells, checked, nothing, on_call, parts, turns_of

_WATCHED = timedelta(hours=4)  # a promise further away than this has an empty bar
_BAR = 6
_BARS = 60  # from this width on a promise has its countdown
_TITLES = 100  # and an incident its title beside the reason
_NAMES = {
    "DUE": "Due",
    "TURN: US": "Our turn",
    "TURN: CLIENT": "The client's turn",
    "TURN: VENDOR": "The vendor's turn",
    "SILENT": "Vendors who are silent",
    "NOT SENT": "Not sent",
    "TO LOOK AT": "Sites to look at",
    "ANSWERS": "What clients said",
    "NO END": "Nobody knows how it ended",
    "FROM CHECK": "From check",
}
_DUE = {"overdue": LATE, "soon": SOON}
_TROUBLE = {"security": LATE, "lost-patch": LATE, "to-tell": SOON}


def draw_today(today: Today, *, mine: bool = False) -> None:
    """Write it to the terminal; ``mine``: other people's work was left out before."""
    pen = Pen()
    if today.on_call:
        pen.line(pen.text("On call", QUIET), pen.text(on_call(today.on_call, today), OURS))
    shown = [(label, rows) for label, rows in parts(today) if rows]
    for label, rows in shown:
        pen.rule(_NAMES[label], len(rows))
        pen.table(_drawn(pen, today, label, rows[:SHOWN]))
        if len(rows) > SHOWN:
            pen.line(pen.text(f"and {len(rows) - SHOWN} more", QUIET), indent=1)
    if not shown:
        pen.line(pen.text(nothing(mine=mine), GOOD))
    if today.findings:
        pen.line(pen.text(checked(today), QUIET), indent=1)
    else:
        pen.rule(_NAMES["FROM CHECK"])
        pen.line(pen.text(checked(today), QUIET if today.checked_at else SOON), indent=1)


def _drawn(pen: Pen, today: Today, label: str, rows: Sequence[Cells]) -> list[list[Text]]:
    """The cells of one part in their colours."""
    if label == "DUE":
        return [_due(pen, row, due, today.now) for row, due in zip(rows, today.due, strict=False)]
    lane = label.removeprefix("TURN: ").lower()
    if lane in LANES:
        titles = [turn.title for turn in turns_of(today, lane)]
        return [_turn(pen, lane, row, title) for row, title in zip(rows, titles, strict=False)]
    if label == "FROM CHECK":
        kinds = [kind for kind in FINDINGS for finding in today.findings if finding.kind == kind]
        return [[pen.text(row[0], _TROUBLE.get(kind, ""))] for row, kind in zip(rows, kinds, strict=False)]
    last = {"NOT SENT": LATE, "NO END": SOON, "SILENT": LANES["vendor"], "ANSWERS": SOON}.get(label, "")
    return [[*(pen.text(cell, OURS) for cell in row[:-1]), pen.text(row[-1], last)] for row in rows]


def _due(pen: Pen, row: Cells, due: Due, now: datetime) -> list[Text]:
    """A promise behind its countdown: the bar is full when the time has come."""
    client, incident, when, who, what = row
    style = _DUE.get(due.state(now), "")
    bar = [_countdown(pen, due.due - now, style)] if pen.width >= _BARS else []
    return [
        *bar,
        pen.mark(client[:1], style),
        pen.text(client[1:], style),
        pen.text(incident, OURS),
        pen.text(when, style),
        pen.text(who, QUIET if due.assignee is None else ""),
        pen.text(what),
    ]


def _countdown(pen: Pen, left: timedelta, style: str) -> Text:
    passed = _WATCHED - min(max(left, timedelta()), _WATCHED)
    bar = pen.bar(passed.total_seconds(), _WATCHED.total_seconds(), _BAR, style)
    return Text.assemble(bar, pen.mark("░" * (_BAR - bar.cell_len), QUIET))


def _turn(pen: Pen, lane: str, row: Cells, title: str) -> list[Text]:
    incident, severity, who, why = row
    words: Mapping[str, str] = {"us": OURS, "vendor": QUIET}
    named = [pen.text(title)] if pen.width >= _TITLES else []
    return [
        pen.text(incident, LANES[lane]),
        pen.text(severity, SEVERITIES.get(severity, "")),
        pen.text(who),
        *named,
        pen.text(why, words.get(lane, "")),
    ]
