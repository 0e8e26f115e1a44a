"""The page of sites, as HTML."""

from __future__ import annotations

from collections.abc import Iterator

from plugwatch.model.reports.board import Board
from plugwatch.model.reports.site_view import SiteView
from plugwatch.render.reports.engine import Engine

_TONES = {"patched": "good", "lost": "bad", "tampered": "bad", "other": "quiet", "unknown": "unsure"}
_SIGNS = {"patched": "●", "lost": "✕", "tampered": "≠", "other": "~", "unknown": "?"}


def pages(board: Board, engine: Engine) -> Iterator[tuple[str, bytes]]:
    """``sites.html``."""
    path = "sites.html"
    values = {
        "view": SiteView.of(board),
        "tones": _TONES,
        "signs": _SIGNS,
        "incidents": board.by_name,
        "forks": {fork.component for fork in board.forks},
    }
    yield path, engine.page("sites", values, path)
