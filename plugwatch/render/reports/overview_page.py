"""The first page of the board, as HTML."""

from __future__ import annotations

from collections.abc import Iterator

from plugwatch.model.reports.board import Board
from plugwatch.model.reports.metrics import METRICS
from plugwatch.model.reports.overview import OverviewView
from plugwatch.render.reports.engine import Engine

PATH = "index.html"


def pages(board: Board, engine: Engine, view: OverviewView) -> Iterator[tuple[str, bytes]]:
    """``index.html``."""
    severities = [(severity, number) for severity, number in view.open_by_severity.items() if number]
    values = {
        "view": view,
        "opened": sum(view.open_by_severity.values()),
        "severities": severities,
        "checked": len(board.matrix),
        "forks": sum(bool(fork.carried) for fork in board.forks),
        "forked": {fork.component for fork in board.forks},
        "known": board.by_name,
        "metrics": METRICS,
    }
    yield PATH, engine.page("index", values, PATH)
