"""What the shell proposes while somebody types: names from the ledger, at once or not at all.

Each ``complete_…`` is made for ``shell_complete=`` of an argument or option. :func:`offer` gives each to all that are
called so in the help (``SITE``, ``COMPONENT``), and only while a shell asks, so that no command pays for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from plugwatch.config import database_url, find_workspace, load_settings
from plugwatch.errors import PlugwatchError
from plugwatch.ledger.connection import Row
from plugwatch.ledger.peek import peek
from plugwatch.model.component import KINDS, PLATFORM, Component

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]*")  # no shell reads it as anything but one word
_HELP_WIDTH = 60


def complete_site(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Short names of sites, with the client's name."""
    return [_item(slug, client) for slug, client in _rows(ctx, "sites", incomplete) if _SAFE.fullmatch(slug)]


def complete_client(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Short names of clients."""
    return [_item(slug, name) for slug, name in _rows(ctx, "clients", incomplete) if _SAFE.fullmatch(slug)]


def complete_component(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Components: the slug alone where it is enough, ``plugin/tidy-forms`` where it is not or was begun."""
    kind, slash, slug = incomplete.partition("/")
    if slash and kind in KINDS:
        return _components(_rows(ctx, "components_of_kind", slug, kind=kind))
    return _components(_rows(ctx, "components", incomplete))


def complete_incident(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Incidents, the open ones first and the newest of them on top: ``INC-42``, or ``42`` where a digit was typed."""
    match = re.fullmatch(r"(i|in|inc|inc-)?(\d*)", incomplete, re.IGNORECASE)
    if not match:
        return []
    prefix = "" if match[2] and not match[1] else "INC-"
    rows = [row for row in _rows(ctx, "incidents", match[2]) if str(row[0]).startswith(match[2])]
    return [_item(f"{prefix}{number}", title) for number, title in rows]


def complete_opening(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """``incident open``: a site, then a component that runs on it; the words are the client's."""
    given = ctx.params.get(param.name or "") or ()
    if ctx.params.get("fleet") or len(given) > 1:
        return []
    if not given:
        return complete_site(ctx, param, incomplete)
    kind, slash, slug = incomplete.partition("/")
    is_kind = bool(slash) and kind in KINDS
    rows = _rows(ctx, "components_on", slug if is_kind else incomplete, site=str(given[0]).lower())
    if is_kind:
        return _components([(*row[:3], 2) for row in rows if row[0] == kind])
    return _components(rows)


def complete_calling(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """``incident call INC``: a site, then the client's words."""
    return [] if ctx.params.get(param.name or "") else complete_site(ctx, param, incomplete)


def complete_import(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """``site import``: a site, then a file; the shell knows files itself."""
    sites = [] if ctx.params.get(param.name or "") else complete_site(ctx, param, incomplete)
    return sites or [CompletionItem(incomplete, type="file")]


_BY_NAME: dict[str, Complete] = {
    "SITE": complete_site,
    "CLIENT": complete_client,
    "COMPONENT": complete_component,
    "C": complete_component,
    "INC": complete_incident,
    "INC|PATCH": complete_incident,
    "INTO": complete_incident,
    "OTHER": complete_incident,
    "SITE FILE|-|DIR": complete_import,
    'SITE COMPONENT "THE CLIENT\'S WORDS"': complete_opening,
    'SITE "THE CLIENT\'S WORDS"': complete_calling,
}


def offer(command: click.Command) -> None:
    """Let a command, and those below it, complete every argument and option whose name in the help says what it is."""
    for param in command.params:
        name = param.metavar or (param.name or "").upper()
        complete = _BY_NAME.get(re.sub(r"[\[\]…]", "", name))
        if complete:
            param.shell_complete = partial(_complete, complete, param)  # type: ignore[method-assign]
    if isinstance(command, click.Group):
        for below in command.commands.values():
            offer(below)


def _complete(complete: Complete, param: click.Parameter, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    return complete(ctx, param, incomplete)


def _components(rows: list[Row]) -> list[CompletionItem]:
    found = []
    for kind, slug, name, count in rows:
        component = Component(kind, slug)
        short = str(component) if count > 1 or str(component) in PLATFORM else slug
        if _SAFE.fullmatch(short):
            found.append(_item(short, name))
    return found


def _rows(ctx: click.Context, query: str, text: str, **parameters: str) -> list[Row]:
    """Rows of the ledger of this workspace; none where there is no workspace, or where anything is wrong with it."""
    given = ctx.find_root().obj
    try:
        workspace = find_workspace(Path(given) if isinstance(given, str) else None)
        return peek(database_url(load_settings(workspace)), workspace, query, text, **parameters)
    except (PlugwatchError, OSError):
        return []


def _item(value: str, text: str | None) -> CompletionItem:
    """A proposal; its remark is one short line, whatever somebody has called a client."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text or "").split())
    return CompletionItem(value, help=f"{line[: _HELP_WIDTH - 1]}…" if len(line) > _HELP_WIDTH else line or None)
