"""The morning's list on a screen of any width: plain lines, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugwatch.model.deployments.deployment import Deployment
from plugwatch.model.roads.ladder import STEPS
from plugwatch.model.today import FINDINGS, BadFeedback, Due, OnCall, SilentVendor, Today, Turn, Undelivered
from plugwatch.model.when import distance, short_day, short_time, span_in_words
from plugwatch.render.folding import cells, cut, fold, pad
from plugwatch.render.terminal import clean, count

_LABEL = 13
SHOWN = 10  # rows of each part; the rest is counted
_NAME = 18
_ROOM = 24  # a narrower column than this no text is folded into
_NOT_SENT = {
    "refused": "refused",
    "deferred": "not taken yet",
    "waiting": "not tried yet",
    "kept": "lies among the drafts",
    "unknown": "not known whether it arrived",
}

Cells = Sequence[str]


def today_lines(today: Today, *, width: int, mine: bool = False) -> Iterator[str]:
    """The lines; parts with nothing in them are left out. ``mine``: other people's work was left out before."""
    if today.on_call:
        yield from fold("On call: ", on_call(today.on_call, today), width=width, indent=_LABEL)
    empty = True
    for label, rows in parts(today):
        empty = empty and not rows
        yield from _part(label, rows[:SHOWN], width)
        if len(rows) > SHOWN:
            yield f"{'':{_LABEL}}and {len(rows) - SHOWN} more"
    if empty:
        yield nothing(mine=mine)
    yield from _checked(today, width)


def nothing(*, mine: bool) -> str:
    """The sentence for a day without anything in it."""
    return "Nothing of it is yours." if mine else "Nothing is due, and nobody waits."


def parts(today: Today) -> list[tuple[str, list[Cells]]]:
    """The parts as cells: the last one of each row is folded, those before it stand in columns."""
    turns = {turn: [_turn(row) for row in turns_of(today, turn)] for turn in ("us", "client", "vendor")}
    return [
        ("DUE", [_due(row, today) for row in today.due]),
        *((f"TURN: {turn.upper()}", rows) for turn, rows in turns.items()),
        ("SILENT", [_silent(row, today) for row in today.silent]),
        ("NOT SENT", [_undelivered(row) for row in today.undelivered]),
        ("TO LOOK AT", [_look(row) for row in today.look]),
        ("ANSWERS", [_feedback(row, today) for row in today.feedback]),
        ("NO END", [_deployment(row, today) for row in today.deployments]),
        ("FROM CHECK", _findings(today)),
    ]


def turns_of(today: Today, turn: str) -> list[Turn]:
    """The incidents in which it is the turn of ``us``, ``client`` or ``vendor``; of ours not those that owe a word."""
    owed = {row.incident for row in today.due} if turn == "us" else set()
    return [row for row in today.turns if row.turn == turn and row.incident not in owed]


def _part(label: str, rows: Sequence[Cells], width: int) -> Iterator[str]:
    """The rows of one part beside its label, their columns in line; the last cell goes below where it has no room."""
    columns = list(zip(*(row[:-1] for row in rows), strict=True))
    widths = [min(max(map(cells, column)), _NAME) for column in columns]
    start = _LABEL + sum(size + 2 for size in widths)
    for place, row in enumerate(rows):
        first = f"{label if place == 0 else '':<{_LABEL}}"
        first += "".join(pad(cell, size) + "  " for cell, size in zip(row, widths, strict=False))
        if width - start >= _ROOM:
            yield from fold(first, row[-1], width=width, indent=start)
        else:
            yield from _narrow(first, row[-1], width)


def _narrow(first: str, last: str, width: int) -> Iterator[str]:
    """The last cell where there is room for it beside the others, else below them."""
    if cells(first) + cells(last) <= width:
        yield f"{first}{last}".rstrip()
        return
    yield from fold("", first.rstrip(), width=width, indent=_LABEL) if cells(first) > width else [first.rstrip()]
    yield from fold(" " * (_LABEL + 2), last, width=width, indent=_LABEL + 2)


def on_call(who: OnCall, today: Today) -> str:
    """Who takes the calls, until when, and who follows."""
    if who.person is None:
        return "nobody today"
    until = f" (until {short_day(who.until, today.now)})" if who.until else ""
    return clean(f"{who.person}{until}{f', then {who.next}' if who.next else ''}")


def _due(row: Due, today: Today) -> Cells:
    now = today.now
    far = abs(row.due - now).days >= 1
    when = short_time(row.due, now) if far else distance(row.due, now)
    mark = "!" if row.state(now) == "overdue" else " "
    client = cut(clean(row.client_name), _NAME - 2)
    return f"{mark} {client}", row.incident, when, _who(row.assignee), row.what


def _turn(row: Turn) -> Cells:
    return row.incident, row.severity, _who(row.assignee), clean(row.why)


def _silent(row: SilentVendor, today: Today) -> Cells:
    age = span_in_words(today.now - row.since)
    incident = f" ({row.incident})" if row.incident else ""
    step = f"; step {row.step}: {STEPS[row.step]}" if row.step else ""
    return row.submission, f"{clean(row.component)}{incident}: {row.status}, {age} silent{step}"


def _undelivered(row: Undelivered) -> Cells:
    reply = f" “{clean(row.reply)[:200]}”" if row.reply else ""
    return (
        row.incident,
        f"{cut(clean(row.client_name), 40)}: {clean(row.address)} {_NOT_SENT.get(row.state, row.state)}{reply}",
    )


def _look(row: Turn) -> Cells:
    parts = [f"{count(row.in_triage, 'site')} in triage"] * bool(row.in_triage)
    parts += [f"{count(row.run_out, 'verdict')} ran out"] * bool(row.run_out)
    parts += [f"{count(row.hit_next, 'site')} will be hit next"] * bool(row.hit_next)
    return row.incident, ", ".join(parts)


def _feedback(row: BadFeedback, today: Today) -> Cells:
    words = f": “{clean(row.words)[:200]}”" if row.words else ""
    what = f"{row.incident} badly handled" if row.incident else "our work bad"
    return (f"{cut(clean(row.client_name), 40)} found {what}{words} ({short_time(row.at, today.now)})",)


def _deployment(row: Deployment, today: Today) -> Cells:
    when = distance(row.started_at, today.now)
    what = f"{clean(row.actor)} put {clean(str(row.component))} {clean(row.version)} there {when}"
    return cut(clean(row.site), _NAME), f"{what}: nobody knows how it ended"


def _findings(today: Today) -> list[Cells]:
    rows = [row for kind in FINDINGS for row in today.findings if row.kind == kind]
    return [(clean(row.summary)[:600] if place < SHOWN else "",) for place, row in enumerate(rows)]


def checked(today: Today) -> str:
    """How old the findings are: what nobody has looked at is not fine."""
    if today.checked_at is None:
        return "Nothing was checked yet: let 'plugwatch check' run each night."
    return f"{'' if today.findings else 'nothing found, '}looked {distance(today.checked_at, today.now)}"


def _checked(today: Today, width: int) -> Iterator[str]:
    if today.checked_at is None:
        yield from fold("", checked(today), width=width, indent=2)
    else:
        yield f"{'' if today.findings else 'FROM CHECK':<{_LABEL}}{checked(today)}"


def _who(assignee: str | None) -> str:
    return cut(clean(assignee), _NAME) if assignee else "–"
