"""How far a command has come: nothing of it where the command was asked for JSON, which is for programs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import click


def progress(what: str, total: int | None = None, **options: float) -> AbstractContextManager[Callable[[], None]]:
    """As :func:`plugwatch.render.progress.progress`: the context gives a function that counts one more."""
    context = click.get_current_context(silent=True)
    if context and context.params.get("as_json"):
        return nullcontext(_nothing)
    from plugwatch.render import progress as drawing

    return drawing.progress(what, total, **options)


def _nothing() -> None:
    """Nobody watches."""
