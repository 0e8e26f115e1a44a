"""The sites of an incident on a terminal: those that will be hit next first, then those that wait for somebody."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click

from plugwatch.cli.context import App, next_step, note
from plugwatch.cli.incident_views import say
from plugwatch.model.affected import subject
from plugwatch.model.impact import Exposed
from plugwatch.model.incident import Impact, Incident
from plugwatch.model.when import distance, short_time
from plugwatch.render.folding import cells, fold, pad, screen_width
from plugwatch.render.terminal import clean, count, on_terminal

_TITLES = {"next": "WILL BE HIT NEXT", "affected": "HIT", "triage": "TO LOOK AT", "unknown": "NOT KNOWN"}
_LEAST = 24  # cells for the reason, or it goes on a line of its own
_WIDEST = 24  # cells of a column
_GAP = 2


@dataclass(frozen=True)
class View:
    """What the command shows: the sites, the versions that the evidence blames and why, and what it has just changed.

    ``perhaps`` are sites whose lists show a name without a slug that may be the component.
    """

    incident: Incident
    sites: Sequence[Exposed]
    proposed: str | None
    why: tuple[str, ...]
    changed: tuple[Impact, ...]
    perhaps: Sequence[str]


def show_impact(app: App, view: View) -> None:
    """What hits which site, in groups; those that are out of it or done are only counted."""
    _show_range(view)
    for impact in view.changed:
        say(f"{impact.site}: {impact.state}{f' ({impact.justification})' if impact.justification else ''}", indent=2)
    shown = [one for one in view.sites if one.group in _TITLES]
    lines = [_cells_of(app, one) for one in shown]
    widths = [min(max(map(cells, column)), _WIDEST) for column in zip(*(cut for cut, _ in lines), strict=True)]
    table = _Table(widths, max((cells(why) for _, why in lines), default=0))
    group = None
    for one, (columns, why) in zip(shown, lines, strict=True):
        if one.group != group:
            group = one.group
            click.echo(_TITLES[group])
        table.show(columns, why)
    _show_counts(view.sites)
    if view.perhaps:
        note(f"perhaps on {', '.join(view.perhaps[:8])} too: their lists show names without slugs")
    next_step(*_next_steps(view))


def _show_range(view: View) -> None:
    found = view.incident
    cause = subject(found) or "cause not known yet"
    affected = f"affected {found.affected}" if found.affected else f"{found.version or ''} affected versions not set"
    proposal = ""
    if view.proposed and view.proposed != found.affected:
        proposal = f" (proposed {view.proposed}: {', '.join(view.why)})"
    elif not view.proposed and subject(found):
        proposal = f" (none proposed: {', '.join(view.why)})"
    say(f"{affected.strip()}{proposal}", label=f"{found.name}  {cause}  ", indent=2)


class _Table:
    """Columns of these widths with a reason behind them.

    Where the terminal is too narrow the tier is left out, and the rest goes on a line of its own.
    """

    def __init__(self, widths: Sequence[int], longest: int) -> None:
        self._widths = widths
        self._prefix = 2 + sum(widths) + _GAP * len(widths)
        self._width = screen_width() if on_terminal() else None
        self._narrow = self._width is not None and self._width - self._prefix < min(_LEAST, longest)

    def show(self, columns: Sequence[str], why: str) -> None:
        """Write one row."""
        wide = "  " + "".join(pad(cell, width) + " " * _GAP for cell, width in zip(columns, self._widths, strict=True))
        if self._width is None:
            click.echo((wide + why).rstrip())
        elif not self._narrow:
            _echo(fold(wide, why, width=self._width, indent=self._prefix))
        else:
            site, client, _tier, version, state = columns
            _echo(fold("  ", f"{site} ({client})", width=self._width, indent=4))
            told = ", ".join(text for text in (version, state, why) if text)
            _echo(fold("      ", told, width=self._width, indent=6))


def _echo(rows: Iterable[str]) -> None:
    for row in rows:
        click.echo(row)


def _cells_of(app: App, one: Exposed) -> tuple[tuple[str, ...], str]:
    """Site, client, tier, version and state; and why."""
    version = clean(one.version or "") + ("?" if one.stale or not one.version else "")
    state = (one.state or "") if one.group in ("affected", "triage") else ""
    return (one.site, one.client, one.tier, version, state), clean(", ".join(_reasons(app, one)))


def _reasons(app: App, one: Exposed) -> Iterable[str]:
    if one.group == "next":
        yield from ("auto-update on",) if one.auto_update else ()
        yield from (f"{one.offered} offered",) if one.offered else ()
    yield from _said(app, one)
    if one.stale and one.last_seen:
        yield f"last seen {distance(one.last_seen, app.now)}"
    elif one.group == "unknown":
        yield "later version, nobody has looked" if one.version else "version not known"
    elif one.group == "triage" and not one.justification:
        yield "nobody has looked"
    yield from one.hints
    if one.proposed:
        yield f"perhaps {one.proposed}"


def _said(app: App, one: Exposed) -> Iterable[str]:
    """The verdict that stands, who gave it when, and until when it does."""
    if one.justification:
        yield one.justification
    if one.detail:
        yield f"“{one.detail}”"
    if one.actor and one.at and one.decided:
        yield f"{one.actor} {short_time(one.at, app.now)}"
    if one.valid_until:
        yield f"until {short_time(one.valid_until, app.now)}"


def _show_counts(sites: Sequence[Exposed]) -> None:
    out = sum(one.group == "out" for one in sites)
    done = [one.state for one in sites if one.group == "done"]
    parts = [f"OUT OF IT {count(out, 'site')}"] if out else []
    if done:
        states = ", ".join(f"{done.count(state)} {state}" for state in dict.fromkeys(done))
        parts.append(f"DONE {count(len(done), 'site')} ({states})")
    if parts:
        say(" · ".join(parts), indent=2)
    if not sites:
        click.echo("no site that we know of")


def _next_steps(view: View) -> list[str]:
    number = view.incident.number
    waiting = next((one for one in view.sites if one.group == "triage"), None)
    steps = []
    if waiting:
        verdict = shlex.quote(f"{waiting.site}={waiting.proposed or 'affected'}")
        steps.append(f"plugwatch incident impact {number} --set {verdict}")
    if view.proposed and view.proposed != view.incident.affected:
        steps.append(f"plugwatch incident impact {number} --accept-range")
    stale = next((one for one in view.sites if one.group == "unknown" and one.stale), None)
    if stale:
        steps.append(f"plugwatch site refresh {stale.site}")
    if any(one.group == "next" for one in view.sites):
        steps.append(f"plugwatch incident hold {number} --reason …")
    return steps or [f"plugwatch incident show {number}"]
