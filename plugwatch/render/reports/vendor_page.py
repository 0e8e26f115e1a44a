"""The page of vendors, as HTML: for the agency alone."""

from __future__ import annotations

from collections.abc import Iterator

from plugwatch.model.reports.board import Board
from plugwatch.model.reports.metrics import METRICS
from plugwatch.model.reports.vendor_view import VendorView
from plugwatch.render.reports.engine import Engine

TONES = {"A": "good", "B": "good", "C": "unsure", "D": "bad", "E": "bad"}


def pages(board: Board, engine: Engine) -> Iterator[tuple[str, bytes]]:
    """``vendors.html``."""
    view = VendorView.of(board)
    path = "vendors.html"
    values = {
        "view": view,
        "ids": {row.vendor: f"vendor-{place}" for place, row in enumerate(view.scored, 1)},
        "metrics": METRICS,
        "tones": TONES,
        "incidents": board.by_name,
        "with_money": board.hourly_rate > 0,
        "currency": board.currency,
    }
    yield path, engine.page("vendors", values, path)
