"""What the commands of an incident show alike on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

import click

from plugwatch.cli.context import note
from plugwatch.model.incident import Incident
from plugwatch.model.promise import Promise

_INDENT = 14
_CUT = 300


def due(promise: Promise, zone: tzinfo) -> str:
    """The client's clock, and ours where it shows another time."""
    here = promise.due.astimezone(zone)
    text = f"{promise.due:%a %d %b %H:%M}"
    return text if here.utcoffset() == promise.due.utcoffset() else f"{text} there, {here:%a %H:%M} here"


def leading(work: Any, number: str) -> Incident:
    """The incident of a number, or the one that it was merged into, which is said."""
    found: Incident = work.incidents.get(number)
    if found.merged_into:
        note(f"{found.name} was merged into {found.merged_into}")
    root: Incident = work.incidents.root(found)
    return root


def show_sites(rows: Sequence[Any]) -> None:
    """Other sites with the same version; they may break too."""
    names = [f"{row.site} ({row.client})" for row in rows]
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    line("Also there", f"{', '.join(names[:8]) or 'no other site'}{more}")


def head(found: Incident) -> list[str]:
    """Which incident it is, how bad, how far, what, and whose."""
    cause = f"{found.component or 'cause not known yet'} {found.version or ''}".rstrip()
    parts = [found.name, found.severity, found.status, cause]
    parts += ["security"] if found.security else []
    return [*parts, *([found.assignee] if found.assignee else [])]


def show_head(found: Incident) -> None:
    """The incident in two lines: its head, and its title."""
    say(*head(found), indent=2)
    say(found.title, label="  ", indent=2)


def line(label: str, text: str, *, rows: int = 8) -> None:
    """A line with a label; on a terminal what is too long goes on under its beginning, on so many rows at most."""
    say(text, label=f"  {label:<11} ", indent=_INDENT, rows=rows)


def say(*texts: str, label: str = "", indent: int = 0, rows: int = 8) -> None:
    """Write texts on one line, or on a terminal on as many rows as they need, folded between words."""
    from plugwatch.render.terminal import clean, on_terminal

    words = "  ".join(map(clean, texts))
    if not on_terminal():
        click.echo(label + words)
        return
    from plugwatch.render.folding import cells, fold, screen_width

    width = screen_width()
    if cells(label + words) <= width:
        click.echo(label + words)
        return
    for row in fold(label, words, width=width, indent=indent, lines=rows):
        click.echo(row)


def cut(text: str) -> str:
    """The beginning of a long text, for where nothing else cuts it."""
    return text if len(text) <= _CUT else f"{text[:_CUT].rstrip()} …"


def day(moment: str) -> str:
    """Date and time of an ISO 8601 text, as a person reads them."""
    return moment[:16].replace("T", " ")
