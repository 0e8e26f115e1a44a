"""What display names stand for: slugs that a person has chosen, and what WordPress.org says of components."""

from __future__ import annotations

import json
from datetime import datetime

from plugwatch.ledger.connection import Connection
from plugwatch.ledger.matching import fold
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.component import Component
from plugwatch.model.directory import DirectoryEntry


class Catalog:
    """The names and facts that help to tell which component a list means."""

    def __init__(self, connection: Connection) -> None:
        self._queries = Queries(connection, "catalog")

    def choose(self, component: Component, name: str, *, at: datetime, actor: str) -> None:
        """Keep that a name stands for this component from now on; an earlier choice is replaced."""
        key = {"kind": component.kind, "folded_name": fold(name)}
        self._queries.run("forget_choice", **key)
        self._queries.run("insert_choice", **key, name=name, slug=component.slug, at=to_text(at), actor=actor)

    def chosen(self, kind: str, name: str) -> Component | None:
        """The component that a person has said this name stands for."""
        row = self._queries.row("choice", kind=kind, folded_name=fold(name))
        return Component(kind, row[0]) if row else None

    def keep_entry(self, entry: DirectoryEntry, *, at: datetime) -> None:
        """Keep what WordPress.org says of a component; an older answer is replaced."""
        key = {"kind": entry.kind, "slug": entry.slug}
        self._queries.run("forget_entry", **key)
        document = json.dumps(entry.to_document(), ensure_ascii=False)
        self._queries.run("insert_entry", **key, document=document, asked_at=to_text(at))

    def entry(self, kind: str, slug: str) -> tuple[DirectoryEntry, datetime] | None:
        """What WordPress.org said of a component, and when it was asked; None where it never was."""
        row = self._queries.row("entry", kind=kind, slug=slug)
        return (DirectoryEntry.from_document(json.loads(row[0])), from_text(row[1])) if row else None
