"""The page of holds, as HTML."""

from __future__ import annotations

from collections.abc import Iterator

from plugwatch.model.reports.board import Board
from plugwatch.model.reports.hold_view import HoldView
from plugwatch.render.reports.engine import Engine


def pages(board: Board, engine: Engine) -> Iterator[tuple[str, bytes]]:
    """``holds.html``."""
    path = "holds.html"
    yield path, engine.page("holds", {"view": HoldView.of(board), "incidents": board.by_name}, path)
