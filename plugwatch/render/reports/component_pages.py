"""The pages of components, as HTML."""

from __future__ import annotations

from collections.abc import Iterator

from plugwatch.model.incident import SEVERITIES
from plugwatch.model.reports.board import Board
from plugwatch.model.reports.component_view import ComponentView
from plugwatch.model.reports.metrics import METRICS
from plugwatch.model.reports.places import component_page
from plugwatch.render.reports.engine import Engine
from plugwatch.render.reports.vendor_page import TONES


def pages(board: Board, engine: Engine) -> Iterator[tuple[str, bytes]]:
    """``components.html``, and a page for each component with an incident, a hold or a fork."""
    view = ComponentView.of(board)
    shared = {
        "metrics": METRICS,
        "tones": TONES,
        "ranks": {severity: rank for rank, severity in enumerate(SEVERITIES)},
        "incidents": board.by_name,
        "with_money": board.hourly_rate > 0,
        "currency": board.currency,
    }
    path = "components.html"
    yield path, engine.page("components", {**shared, "view": view}, path)
    for page in view.pages:
        path = component_page(page.row.component)
        yield path, engine.page("component", {**shared, "page": page}, path)
