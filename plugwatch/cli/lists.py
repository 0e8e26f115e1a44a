"""What the commands that read lists share: their options, reading a list, and showing what became of it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from plugwatch.cli.context import App, note
from plugwatch.errors import PlugwatchError
from plugwatch.model.signs import DEVELOPMENT, OUR_BUILD, POSSIBLE_FORK

if TYPE_CHECKING:
    from plugwatch.inventories.containers import Hints
    from plugwatch.workflows.take_in import Reader, Taken

F = TypeVar("F", bound=Callable[..., Any])


def list_options(command: F) -> F:
    """``--as``, ``--type`` and ``--map``: what a person knows of a list that it does not say itself."""
    options = [
        click.option("--as", "form", metavar="FORMAT", help="The format, where it cannot be told from the text."),
        click.option(
            "--type",
            "list_type",
            type=click.Choice(("plugins", "themes")),
            help="What the list names, where it does not say.",
        ),
        click.option(
            "--map",
            "columns",
            multiple=True,
            metavar="FIELD=COLUMN,…",
            help="A table's columns: 'slug=Plugin,version=Installed'.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def make_hints(list_type: str | None, columns: Iterable[str]) -> Hints:
    """What the options say of a list. Raises PlugwatchError for a ``--map`` that names no column."""
    from plugwatch.inventories.containers import Hints

    mapped = {}
    for text in columns:
        for pair in re.split(r",(?=\s*[a-z_]+\s*=)", text):
            field, equals, column = (part.strip() for part in pair.partition("="))
            if not equals or not field or not column:
                raise PlugwatchError(f"'{pair}' maps no column; write --map slug=Plugin,version=Installed")
            mapped[field] = column
    return Hints(list_type, mapped)


def read_list(source: str, form: str | None, hints: Hints) -> tuple[Any, bytes | None]:
    """The inventory or fleet in a file, a folder or (``-``) stdin; and the bytes that stdin gave, which nobody can read
    again.

    Raises InputError, naming the source.
    """
    from plugwatch.inventories import registry
    from plugwatch.inventories.containers import MAX_BYTES

    if source != "-":
        return registry.read_path(Path(source), fmt=form, hints=hints), None
    if sys.stdin.isatty():
        note("paste the list, then press Ctrl-D")
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    return registry.read(data, source="stdin", fmt=form, hints=hints), data


def make_reader(app: App, resolve: Sequence[str] = (), *, offline: bool = False) -> Reader:
    """How this run takes lists in. Raises PlugwatchError for a ``--resolve`` that says nothing."""
    from plugwatch.workflows.names import parse_choice
    from plugwatch.workflows.take_in import Reader

    choices = tuple(parse_choice(text) for text in resolve)
    return Reader(app.ledger, None if offline else app.directory, choices)


def taken_document(taken: Taken) -> dict[str, Any]:
    """What became of a list, as ``site import --json`` prints it."""
    changes, result = taken.result.changes, taken.result
    open_namings = [naming for naming in taken.namings if naming.taken is None]
    return {
        "site": taken.site.slug,
        "format": taken.inventory.format,
        "partial": result.partial,
        "added": [str(c.component) for c in changes.added],
        "changed": [_change_document(change) for change in changes.changed],
        "removed": [str(c.component) for c in changes.removed],
        "unchanged": changes.unchanged,
        "renamed": [{"from": str(r.before), "to": str(r.after), "version": r.version} for r in result.renamed],
        "returned": [str(component) for component in result.returned],
        "unresolved": [row.name for row in changes.unresolved],
        "candidates": {
            str(naming.row.name): [_candidate_document(candidate) for candidate in naming.candidates]
            for naming in open_namings
            if naming.candidates
        },
        "resolved": [
            {"name": naming.row.name} | _candidate_document(naming.taken) for naming in taken.namings if naming.taken
        ],
        "network": [site.slug for site in result.shared],
        "reopened": [_recurrence_document(one) for one in result.recurrences],
        "unparsed": [{"line": row.line, "text": row.text} for row in taken.inventory.unparsed],
        "warnings": list(taken.warnings),
    }


def _change_document(change: Any) -> dict[str, Any]:
    from plugwatch.model.history import what_happened

    return {
        "component": str(change.component),
        "from": change.before.version,
        "to": change.after.version if change.after.version is not None else change.before.version,
        "status": change.after.status,
        "what": list(what_happened(change.before, change.after)),
    }


def _recurrence_document(one: Any) -> dict[str, Any]:
    return {
        "incident": one.incident.name,
        "site": one.site.slug,
        "component": str(one.component),
        "version": one.version,
    }


def _candidate_document(candidate: Any) -> dict[str, Any]:
    return {
        "component": str(candidate.component),
        "confidence": round(candidate.confidence, 2),
        "why": candidate.why,
    }


def show_taken(document: dict[str, Any], *, dry_run: bool) -> None:
    """Say in a few lines what became of a list: first the sum, then what is new, then what a person must see to."""
    from plugwatch.render.terminal import clean

    would = "would be " if dry_run else ""
    added, changed, removed = document["added"], document["changed"], document["removed"]
    click.echo(
        f"{document['site']}: {len(added)} {would}added, {len(changed)} {would}changed, {len(removed)} {would}removed, "
        f"{document['unchanged']} unchanged  ({document['format']}{', partial' if document['partial'] else ''})"
    )
    for line in _lines(document):
        click.echo("  " + clean(line))
    for row in document["reopened"]:
        back = f"{row['component']} {row['version']} is back on {row['site']}"
        click.echo("  " + clean(f"{row['incident']} {would or 'is '}open again: {back}"))
    for line in _open_questions(document):
        note("  " + clean(line))
    for warning in document["warnings"]:
        note("  " + clean(f"warning: {warning}"))


def _lines(document: dict[str, Any]) -> Iterable[str]:
    renamed = {row["to"]: row["from"] for row in document["renamed"]}
    if document["unchanged"] or document["changed"] or document["removed"]:  # of a first list everything is new
        for name in document["added"]:
            if name in renamed:
                yield f"{name}  the same version as {renamed[name]} under another name"
            else:
                yield f"{name}  {'back again' if name in document['returned'] else 'new'}"
    for row in document["changed"]:
        versions = f"{row['from'] or '?'} → {row['to'] or '?'}" if row["from"] != row["to"] else row["to"] or "?"
        yield f"{row['component']}  {versions}  {', '.join(row['what'])}  ({row['status']})"
    for name in document["removed"]:
        if name not in renamed.values():
            yield f"{name}  removed"
    if document["network"]:
        yield f"the same files on {', '.join(document['network'])}"


def _open_questions(document: dict[str, Any]) -> Iterable[str]:
    for row in document["resolved"]:
        yield f"'{row['name']}' is {row['component']}: {row['why']}"
    for name in document["unresolved"]:
        near = [candidate["component"] for candidate in document["candidates"].get(name, [])]
        hint = f" (perhaps {', '.join(near[:3])})" if near else ""
        yield f"not resolved to a slug: {name}{hint}"
    for row in document["unparsed"]:
        yield f"line {row['line']} was not understood: {row['text'][:100]}"


def show_sign(sign: str | None) -> str | None:
    """What a sign is called on a screen: "our build", "possible fork", "development version"."""
    return {OUR_BUILD: "our build", POSSIBLE_FORK: "possible fork", DEVELOPMENT: "development version"}.get(sign or "")
