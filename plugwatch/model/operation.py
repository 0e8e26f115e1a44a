"""The record of one writing command on a fork: every ref it moves and every row that the ledger owes it.

git and SQL share no transaction, and git's own ref transaction can be cut in half by a kill. So a command stores this
record first, under one new ref; that is its commit point. Whoever opens the fork next carries out what is left.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from plugwatch.errors import ForkError

FORMAT = 1
ROWS = ("releases", "patches", "stacks", "drops", "builds")


@dataclass(frozen=True)
class RefChange:
    """A ref with the object it names before and after; None where it does not exist."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Operation:
    """What one command does to a fork. ``rows`` has a list of plain dictionaries for each name in :data:`ROWS`."""

    id: str
    component: str
    command: str
    actor: str
    at: str
    refs: tuple[RefChange, ...]
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def to_text(self) -> str:
        """The record as JSON text."""
        document = {
            "format": FORMAT,
            "id": self.id,
            "component": self.component,
            "command": self.command,
            "actor": self.actor,
            "at": self.at,
            "refs": [[r.name, r.old, r.new] for r in self.refs],
            "rows": {name: list(self.rows.get(name, ())) for name in ROWS},
        }
        return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_text(cls, text: str, source: str) -> Operation:
        """Read a record back. Raises ForkError when it is damaged or of a newer plugwatch."""
        try:
            document = json.loads(text)
            if document["format"] != FORMAT:
                raise ForkError(f"{source}: this fork was written by a newer plugwatch; upgrade plugwatch")
            return cls(
                id=document["id"],
                component=document["component"],
                command=document["command"],
                actor=document["actor"],
                at=document["at"],
                refs=tuple(RefChange(*row) for row in document["refs"]),
                rows=document["rows"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ForkError(f"{source}: the record of an operation is damaged ({error!r})") from error
