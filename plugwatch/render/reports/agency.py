"""The agency's board as files: every page, what they look like, and the numbers behind them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from plugwatch.model.reports.board import Board
from plugwatch.model.reports.overview import OverviewView
from plugwatch.render.reports import (
    component_pages,
    fork_pages,
    hold_page,
    incident_pages,
    overview_page,
    site_pages,
    vendor_page,
)
from plugwatch.render.reports.engine import Engine
from plugwatch.render.templates import find_shipped_templates

DOCUMENT = "report.json"
ASSETS = ("report.css", "charts.css", "parts.css", "report.js")
_SECTIONS = (component_pages, vendor_page, fork_pages, site_pages, hold_page)


class AgencyReport:
    """One board's report; ``agreed`` is the time for the first answer to a client."""

    def __init__(self, board: Board, engine: Engine, agreed: timedelta) -> None:
        self._board, self._engine = board, engine
        self._overview = OverviewView.of(board, agreed, engine.reader.first_weekday)
        self.pages = 0

    @property
    def expected(self) -> int:
        """About how many files there will be."""
        board = self._board
        return len(board.records) + 2 * len(board.forks) + len(board.by_component)

    def files(self, out: Path) -> Iterator[tuple[str, bytes]]:
        """Every file of the report at ``out``, by its path from the top of it; the numbers come last."""
        folder = find_shipped_templates() / "report" / "assets"
        for name in ASSETS:
            yield f"assets/{name}", (folder / name).read_bytes()
        for page in chain(self._with_charts(), incident_pages.pages(self._board, self._engine)):
            self.pages += 1
            yield page
        yield DOCUMENT, (json.dumps(self.document(out), ensure_ascii=False) + "\n").encode("utf-8", "replace")

    def draw(self) -> None:
        """Make the pages that have pictures, for their numbers alone."""
        for _page in self._with_charts():
            pass

    def document(self, out: Path | None = None) -> dict[str, Any]:
        """The numbers, once the pages are made; ``out`` is where they are, None where they are nowhere."""
        board = self._board
        return {
            "agency": board.agency,
            "now": board.now.isoformat(),
            "since": board.since.isoformat(),
            "out": None if out is None else str(out),
            "pages": self.pages,
            "numbers": self._overview.numbers(),
            "charts": self._engine.charts,
        }

    def _with_charts(self) -> Iterator[tuple[str, bytes]]:
        board, engine = self._board, self._engine
        yield from overview_page.pages(board, engine, self._overview)
        yield from incident_pages.list_page(board, engine)
        for section in _SECTIONS:
            yield from section.pages(board, engine)
