"""How a merge by hand is told: on the terminal, as JSON, and in the folder in which it is done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from plugwatch.forks.worktree import INSIDE
from plugwatch.model.markers import BINARY, CONFLICT, DELETED, GONE, MERGED, PROPOSED, LaidBlock, LaidFile
from plugwatch.model.verdicts.conflict import Conflict
from plugwatch.model.verdicts.resolution import Resolution
from plugwatch.workflows.resolve_checks import Problem, say_proposal

PATCHED = "patched"

_STATES = {
    MERGED: "merged, nothing to do",
    PROPOSED: "filled in with what is remembered; look at it",
    GONE: f"the release has no such file; {PATCHED}/ has it with the patch",
    DELETED: "the patch deletes it, and the vendor has changed it; delete it, or leave it",
    BINARY: f"no text; here it is the release's, {PATCHED}/ has the one with the patch",
}


_NO_MARKERS = "no marker is left"

# What takes a result all the same, by the kind of problem.
_YES = {
    "lost": ("--lost-lines-ok", "what the result lacks may go"),
    "proposal": ("--accept-proposals", "what was filled in is right"),
}


def waiting_status(conflict: Conflict) -> str:
    """``conflict``, or ``attention`` where a yes would do."""
    return "conflict" if conflict.verdict == "conflict" else "attention"


def document(
    conflict: Conflict, folder: Path | None, problems: Sequence[Problem] = (), *, status: str | None = None
) -> dict[str, Any]:
    """A merge that is under way, as JSON."""
    return {
        "component": conflict.component,
        "from": conflict.attempt.source,
        "to": conflict.attempt.target,
        "status": status or waiting_status(conflict),
        "folder": str(folder) if folder else None,
        "patch": {
            "id": conflict.patch,
            "title": conflict.title,
            "verdict": conflict.verdict,
            "confidence": conflict.confidence,
            "evidence": list(conflict.evidence),
        },
        "files": [_file_document(file) for file in conflict.files],
        "problems": [
            {"kind": problem.kind, "path": problem.path or None, "line": problem.line, "text": problem.text}
            for problem in problems
        ],
        "upgrade": None,
    }


def resolution_document(resolution: Resolution) -> dict[str, Any]:
    """A resolution, as JSON shows it: bytes that are no text come as the replacement character."""
    return {
        "key": resolution.key,
        "author": resolution.author,
        "at": resolution.at,
        "component": resolution.component,
        "patch": resolution.patch,
        "from": resolution.source,
        "to": resolution.target,
        "path": resolution.path,
        "lines": _texts(resolution.lines),
    }


def show_waiting(conflict: Conflict, folder: Path, problems: Sequence[Problem] | None = None) -> None:
    """A merge that is under way, for a person; without problems nobody has looked at her files yet."""
    from plugwatch.render.terminal import clean

    attempt = conflict.attempt
    click.echo(f"{conflict.component}  {attempt.source} → {attempt.target}  {waiting_status(conflict)}")
    click.echo(f"{conflict.patch}  {conflict.verdict}  {clean(conflict.title)}")
    for line in conflict.evidence:
        click.echo(f"  {clean(line)}")
    click.echo(f"\nin {folder / INSIDE}:")
    for file in conflict.files:
        marked = problems is None or any((p.kind, p.path) == ("markers", file.path) for p in problems)
        click.echo(f"  {clean(file.path)}: {_say_file(file) if marked or file.state != CONFLICT else _NO_MARKERS}")
        for block in file.blocks:
            if block.proposal:
                _show_lines(f"line {block.line}: {clean(say_proposal(block.proposal))}:", block.proposal.lines)
    if problems:
        click.echo("\nnot taken yet:")
        show_problems(problems)
        for kind, option in _YES.items():
            if any(problem.kind == kind for problem in problems):
                click.echo(f"where {option[1]}: --continue {option[0]}")
    elif problems is not None:
        click.echo("\nnothing is left to do: --continue takes it")


def show_problems(problems: Sequence[Problem]) -> None:
    """Why a result is not taken, for a person."""
    from plugwatch.render.terminal import clean

    for problem in problems:
        place = f"{problem.path}:{problem.line}: " if problem.line else f"{problem.path}: " if problem.path else ""
        click.echo(f"  {clean(place + problem.text)}")
        for line in problem.lines:
            click.echo(f"    | {_one(line)}")


def readme(conflict: Conflict) -> str:
    """``README.txt`` beside the component: why it stopped, and what to do."""
    from plugwatch.render.terminal import clean

    again = f"plugwatch fork resolve {conflict.component} --to {conflict.attempt.target}"
    files = "\n".join(f"  {clean(file.path)}: {_say_file(file)}" for file in conflict.files)
    evidence = "\n".join(f"  {clean(line)}" for line in conflict.evidence)
    return f"""{conflict.component}: from {conflict.attempt.source} to {conflict.attempt.target}

{conflict.patch} ({clean(conflict.title)}) needs a person: {conflict.verdict}
{evidence}

{INSIDE}/ is the release with the patches that are carried so far. In it:
{files}

Between the markers stand three texts: what the release has, what was there before
the patch, and what the patch makes of it. Leave what should be there, and take the
markers away. PATCH.diff is what the patch wanted, VENDOR.diff what the vendor has
changed in the same files.

When it is done:             {again} --continue
If the release has it:       {again} --drop
To leave it all as it was:   {again} --abort
"""


def next_commands(conflict: Conflict) -> tuple[str, ...]:
    """What can be done about a merge that is under way."""
    again = f"plugwatch fork resolve {conflict.component} --to {conflict.attempt.target}"
    return (f"edit the files, then: {again} --continue", f"if the release has it: {again} --drop", f"{again} --abort")


def _say_file(file: LaidFile) -> str:
    if file.state != CONFLICT:
        return _STATES[file.state]
    open_blocks = [block for block in file.blocks if not block.proposal]
    places = ", ".join(_span(block) for block in open_blocks)
    more = f", {len(file.blocks) - len(open_blocks)} filled in" if len(open_blocks) < len(file.blocks) else ""
    return f"{len(open_blocks)} to merge, at lines {places}{more}"


def _span(block: LaidBlock) -> str:
    return f"{block.line}-{block.line + block.lines - 1}"


def _file_document(file: LaidFile) -> dict[str, Any]:
    blocks = [
        {
            "line": block.line,
            "lines": block.lines,
            "key": block.key,
            "proposal": resolution_document(block.proposal) if block.proposal else None,
        }
        for block in file.blocks
    ]
    return {"path": file.path, "state": file.state, "moved_from": file.moved_from, "blocks": blocks}


def _show_lines(head: str, lines: Sequence[bytes]) -> None:
    click.echo(f"    {head}")
    for line in _texts(lines) or ["(nothing)"]:
        click.echo(f"    | {_one(line)}")


def _one(line: str) -> str:
    from plugwatch.render.terminal import clean_lines

    return clean_lines(line.rstrip("\r"))


def _texts(lines: Sequence[bytes]) -> list[str]:
    return [line.decode("utf-8", "replace") for line in lines]
