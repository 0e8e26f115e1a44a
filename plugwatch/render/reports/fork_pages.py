"""The pages of forks, as HTML."""

from __future__ import annotations

from collections.abc import Iterator

from plugwatch.model.reports.board import Board
from plugwatch.model.reports.fork_view import ForkView
from plugwatch.model.reports.metrics import METRICS
from plugwatch.model.reports.places import fork_page
from plugwatch.render.reports.engine import Engine

_SIGNS = {
    "carried": "●",
    "landed": "✓",
    "dropped": "✕",
    "conflict": "!",
    "waiting": "○",
    "gone": "·",
    "skipped": "–",
}
_WORDS = {
    "carried": "carried",
    "landed": "landed",
    "dropped": "dropped",
    "conflict": "conflict",
    "waiting": "not yet",
    "gone": "no longer needed",
    "skipped": "nothing",
}
_MEANINGS = {
    "carried": "carried on this release",
    "landed": "landed: the release has it",
    "dropped": "dropped by hand",
    "conflict": "conflict: a person must decide",
    "waiting": "not carried to this release yet",
    "gone": "no longer needed",
    "skipped": "nothing of it on this release",
}
# A column is narrow: over how many of them a word can stand.
_LENGTHS = {"carried": 5, "landed": 5, "dropped": 5, "conflict": 5, "waiting": 5, "gone": 8, "skipped": 5}


def pages(board: Board, engine: Engine) -> Iterator[tuple[str, bytes]]:
    """``forks.html``, and a page for each fork."""
    view = ForkView.of(board)
    path = "forks.html"
    yield path, engine.page("forks", {"view": view, "metrics": METRICS}, path)
    for page in view.pages:
        values = {
            "page": page,
            "signs": _SIGNS,
            "words": _WORDS,
            "meanings": _MEANINGS,
            "lengths": _LENGTHS,
            "incidents": board.by_name,
        }
        path = fork_page(page.row.component)
        yield path, engine.page("fork", values, path)
