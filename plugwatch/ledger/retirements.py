"""Patches that an upgrade dropped because a release holds them, and those that have left every site since."""

from __future__ import annotations

from datetime import datetime

from plugwatch.ledger.connection import Connection
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.component import Component
from plugwatch.model.patches.retirement import Dropped


class Retirements:
    """The last part of a patch's life."""

    def __init__(self, connection: Connection) -> None:
        self._queries = Queries(connection, "retirements")

    def dropped(self) -> list[Dropped]:
        """Every patch that a release holds and an upgrade has dropped; not those that somebody took out."""
        return [
            Dropped(
                Component(kind, slug),
                patch,
                title,
                version,
                verdict,
                f"INC-{number}" if number else None,
                from_text(at),
            )
            for kind, slug, patch, title, version, verdict, number, at in self._queries.rows("dropped")
        ]

    def retire(self, one: Dropped, *, at: datetime, actor: str) -> None:
        """Write down that every site has been seen on its release."""
        self._queries.run("insert", patch_id=one.patch, version=one.version, at=to_text(at), actor=actor)

    def retired(self) -> dict[tuple[str, str], datetime]:
        """When which patch (by id and release) was first seen to have left every site."""
        return {(patch, version): from_text(at) for patch, version, at in self._queries.rows("all")}
