"""What the commands that make patches and builds share: PHP must understand what they leave."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from plugwatch.cli.context import note
from plugwatch.forks.git import Git
from plugwatch.forks.php import Parser
from plugwatch.forks.syntax import check_syntax

F = TypeVar("F", bound=Callable[..., Any])

_SAID = "plugwatch.cli.syntax"


def unparsed_option(command: F) -> F:
    """``--unparsed-ok``; :func:`broken_files` knows of it."""
    return click.option(
        "--unparsed-ok",
        is_flag=True,
        expose_value=False,
        callback=lambda context, _option, said: context.meta.update({_SAID: said}),
        help="Take files that PHP cannot read, too: templates of another language.",
    )(command)


def broken_files(git: Git, steps: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """For each step from a tree to another the files that it broke, each with PHP's sentence.

    None are named where ``--unparsed-ok`` is said. What PHP cannot be asked, and what was broken before, is told.
    """
    if click.get_current_context().meta.get(_SAID):
        return []
    with Parser() as parser:
        found = [check_syntax(git, old, new, parser) for old, new in steps]
    if not all(one.checked for one in found):
        note("note: the changed PHP files were not checked, PHP is not installed (or lacks its tokenizer)")
    old_faults = {path: message for one in found for path, message in one.old_faults.items()}
    if old_faults:
        shown = "; ".join(f"{path}: {message}" for path, message in old_faults.items())
        note(f"note: PHP could not read this before either: {shown}")
    return [dict(one.broken) for one in found]
