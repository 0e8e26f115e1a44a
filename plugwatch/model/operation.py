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

FORMAT = 2  # 1 had no "undoes"; a plugwatch that knows 1 only would leave the rows of what was undone in its ledger
FORGETTING = "client forget"  # the one command whose operation takes the place of all that were before it
ROWS = ("releases", "patches", "stacks", "drops", "builds")


@dataclass(frozen=True)
class RefChange:
    """A ref with the object it names before and after; None where it does not exist."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Operation:
    """What one command does to a fork. ``rows`` has a list of plain dictionaries for each name in :data:`ROWS`.

    ``undoes`` is the id of the operation that this one takes back: the rows that the ledger owes to that one go.
    """

    id: str
    component: str
    command: str
    actor: str
    at: str
    refs: tuple[RefChange, ...]
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    undoes: str | None = None

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
            "undoes": self.undoes,
        }
        return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_text(cls, text: str, source: str) -> Operation:
        """Read a record back. Raises ForkError when it is damaged or of a newer plugwatch."""
        try:
            document = json.loads(text)
            known = document["format"]
            if known not in (1, FORMAT):
                raise ForkError(f"{source}: this fork was written by a newer plugwatch; upgrade plugwatch")
            return cls(
                id=document["id"],
                component=document["component"],
                command=document["command"],
                actor=document["actor"],
                at=document["at"],
                refs=tuple(RefChange(*row) for row in document["refs"]),
                rows=document["rows"],
                undoes=document["undoes"] if known == FORMAT else None,
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ForkError(f"{source}: the record of an operation is damaged ({error!r})") from error


def describe(operation: Operation) -> str:
    """What an operation did, in the words of its command: ``fork upgrade to 2.0.0``, ``patch import on 1.0.0``."""
    if operation.command == FORGETTING:  # its rows are all that there are
        return operation.command
    for name, link in (("builds", ""), ("stacks", "on "), ("releases", "")):
        versions = [str(row["version"]) for row in operation.rows.get(name, ())]
        if versions and operation.undoes is None:
            link = "to " if operation.command == "fork upgrade" else link
            return f"{operation.command} {link}{', '.join(versions)}"
    return operation.command


def taken_back(operations: Sequence[Operation]) -> set[str]:
    """The ids of operations, given oldest first, that were undone and are so still."""
    gone: set[str] = set()
    for operation in reversed(operations):
        if operation.undoes and operation.id not in gone:
            gone.add(operation.undoes)
    return gone


def outcomes(operations: Sequence[Operation]) -> list[int]:
    """For each operation, oldest first, whose outcome the fork was left with: a place among them, -1 for an empty fork.

    Its own, or where it undoes another one the outcome before that. Equal places mean equal refs and rows.
    """
    places = {operation.id: place for place, operation in enumerate(operations)}
    found: list[int] = []
    for place, operation in enumerate(operations):
        undone = places.get(operation.undoes or "", place + 1)
        found.append(place if undone >= place else found[undone - 1] if undone else -1)
    return found
