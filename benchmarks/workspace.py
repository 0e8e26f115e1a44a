"""A workspace to measure in."""

from __future__ import annotations

from pathlib import Path

from plugwatch.ledger.database import open_ledger
from plugwatch.workflows.workspace import settings_text


def empty_workspace(place: Path) -> Path:
    """A workspace with settings, a folder for forks and a ledger."""
    place.mkdir(parents=True)
    text = settings_text(
        name="Bench", email="dev@bench.example", url="", timezone="UTC", database="sqlite:///plugwatch.db"
    )
    (place / "plugwatch.toml").write_text(text, encoding="utf-8")
    (place / "forks").mkdir()
    with open_ledger("sqlite:///plugwatch.db", workspace=place, create=True):
        return place
