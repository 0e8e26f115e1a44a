"""What ``fork adopt`` tells: one row a component, its patches, and whatever no patch explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from plugwatch.model.adoption import AdoptedPatch, Adoption, Oddity, readable_date
from plugwatch.model.component import Component
from plugwatch.model.fork import Patch
from plugwatch.model.patches.names import show_path
from plugwatch.workflows.adopt import Placement

_MOST_SHOWN = 20


@dataclass(frozen=True)
class Row:
    """What became of one component: ``status`` is ``adopted``, ``would-adopt``, ``adopted-already``, ``unpatched`` or
    ``failed``; what was found out before it failed is there all the same.
    """

    component: Component
    adoption: Adoption | None
    placement: Placement | None
    status: str
    error: str | None = None
    exit_code: int = 0


def document(source: str, rows: Sequence[Row], *, dry_run: bool) -> dict[str, Any]:
    """The rows as JSON."""
    return {"source": source, "dry_run": dry_run, "components": [_document(row) for row in rows]}


def _document(row: Row) -> dict[str, Any]:
    adoption = row.adoption
    return {
        "component": str(row.component),
        "base_version": _base_version(row),
        "found_by": adoption.base.found_by if adoption else None,
        "release": _release(row),
        "patches": [_patch(patch, carried) for patch, carried in _patches(row)],
        "dropped": [vars(dropped) for dropped in adoption.dropped] if adoption else [],
        "unexplained": [_oddity(oddity) for oddity in adoption.unexplained] if adoption else [],
        "left_out": [_oddity(oddity) for oddity in adoption.left_out] if adoption else [],
        "status": row.status,
        "alarm": row.placement.alarm if row.placement else None,
        "error": row.error,
    }


def _base_version(row: Row) -> str | None:
    """The release as the fork calls it, where it is there."""
    release = row.placement.release if row.placement else None
    return release.version if release else row.adoption.base.version if row.adoption else None


def _release(row: Row) -> dict[str, Any] | None:
    if row.adoption is None:
        return None
    base, release = row.adoption.base, row.placement.release if row.placement else None
    return {
        "version": _base_version(row),
        "commit": release.commit if release else None,
        "tree": base.tree,
        "files": base.note.files if base.note else None,
        "source": base.note.source if base.note else None,
        "sha256": base.note.sha256 if base.note else None,
    }


def _patches(row: Row) -> list[tuple[AdoptedPatch, Patch | None]]:
    patches = row.adoption.patches if row.adoption else ()
    carried = row.placement.carried if row.placement else (None,) * len(patches)
    return list(zip(patches, carried, strict=True))


def _patch(patch: AdoptedPatch, carried: Patch | None) -> dict[str, Any]:
    """A patch as the fork has it; where it is not there, as what was adopted says."""
    facts = carried or patch.facts
    return {
        "id": carried.id if carried else None,
        "title": facts.title,
        "author": str(facts.author),
        "date": readable_date(facts.date),
        "files": [show_path(path) for path in patch.files],
        "commit": patch.facts.commit,
        "source": carried.source if carried else patch.source,
        "notes": list(patch.notes),
    }


def _oddity(oddity: Oddity) -> dict[str, str]:
    return {"path": show_path(oddity.path), "reason": oddity.reason}


def show_rows(rows: Sequence[Row]) -> None:
    """The rows for people: what was found, the patches, then what needs a look."""
    from plugwatch.render.terminal import show_table

    headers = ("COMPONENT", "BASE", "FOUND BY", "PATCHES", "UNEXPLAINED", "STATUS")
    show_table(headers, [_overview(row) for row in rows])
    patches = [(row, patch, carried) for row in rows for patch, carried in _patches(row)]
    if patches:
        click.echo()
        show_table(
            ("COMPONENT", "PATCH", "DATE", "AUTHOR", "TITLE", "FILES"),
            [
                (
                    row.component,
                    carried.id if carried else "new",
                    readable_date((carried or patch.facts).date)[:10],
                    (carried or patch.facts).author.name,
                    (carried or patch.facts).title,
                    ", ".join(patch.files),
                )
                for row, patch, carried in patches
            ],
        )
    for row in rows:
        _show_details(row)


def _overview(row: Row) -> tuple[object, ...]:
    adoption = row.adoption
    if adoption is None:
        return (row.component, None, None, None, None, row.status)
    found = (_base_version(row), adoption.base.found_by, len(adoption.patches), len(adoption.unexplained))
    return (row.component, *found, row.status)


def _show_details(row: Row) -> None:
    from plugwatch.render.terminal import clean

    lines: list[str] = []
    if row.adoption:
        for patch, carried in _patches(row):
            title, source = (carried or patch.facts).title, carried.source if carried else patch.source
            lines += [f"  note: {title}: {remark}" for remark in patch.notes]
            lines += [f"  {source}: {title}"] if source else []
        dropped = [f"  no patch: {d.commit[:10]} {d.title}: {d.reason}" for d in row.adoption.dropped]
        unexplained = [f"  unexplained: {show_path(o.path)}: {o.reason}" for o in row.adoption.unexplained]
        left_out = [f"  left out: {show_path(o.path)}: {o.reason}" for o in row.adoption.left_out]
        lines += [*_shortened(dropped), *_shortened(unexplained), *_shortened(left_out)]
    if row.error:
        lines.append(f"  failed: {row.error}")
    if lines:
        click.echo(f"\n{row.component}")
    for line in lines:
        click.echo("  " + clean(line.strip()))


def _shortened(lines: list[str]) -> list[str]:
    if len(lines) <= _MOST_SHOWN:
        return lines
    kind = lines[0].strip().partition(":")[0]
    return [*lines[:_MOST_SHOWN], f"  {kind}: and {len(lines) - _MOST_SHOWN} more; --json lists all"]
