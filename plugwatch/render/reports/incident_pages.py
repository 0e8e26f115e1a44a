"""The list of all incidents, and the page of each, as HTML."""

from __future__ import annotations

from collections.abc import Iterator

from plugwatch.model.reports.board import Board
from plugwatch.model.reports.incident_view import Views, incident_rows
from plugwatch.model.reports.places import incident_page
from plugwatch.render.reports.engine import Engine

PATH = "incidents.html"


def list_page(board: Board, engine: Engine) -> Iterator[tuple[str, bytes]]:
    """``incidents.html``."""
    yield PATH, engine.page("incidents", {"rows": list(incident_rows(board))}, PATH)


def pages(board: Board, engine: Engine) -> Iterator[tuple[str, bytes]]:
    """``incidents/INC-3.html`` for each incident of the board."""
    views = Views(board)
    for record in board.records:
        path = incident_page(record.name)
        yield path, engine.page("incident", {"record": record, "view": views.of(record)}, path)
