"""The index of the forks: rows that the records of operations in git say, and that can be written again from them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugwatch.errors import AmbiguousError, NotFoundError
from plugwatch.ledger.components import Components
from plugwatch.ledger.connection import Connection
from plugwatch.ledger.installations import Installations
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import to_text
from plugwatch.model.component import Component
from plugwatch.model.fork import release_order
from plugwatch.model.operation import Operation

_OVER = ("rejected", "withdrawn")
_BY_HAND = "dropped"


@dataclass(frozen=True)
class PatchRow:
    """A patch as the index knows it; ``dropped_in`` is the release on which it was dropped, and ``verdict`` why.

    The verdict is ``dropped`` where somebody took it out, any other where the release was found to contain it; a patch
    that was taken out on one release and found in another has landed.
    """

    id: str
    component: Component
    title: str
    origin: str
    dropped_in: str | None
    verdict: str | None

    @property
    def is_carried(self) -> bool:
        """Whether it still waits for a release that makes it needless."""
        return self.dropped_in is None

    @property
    def landed_in(self) -> str | None:
        """The release that was found to contain it."""
        return self.dropped_in if self.verdict != _BY_HAND else None


class Forks:
    """Releases, patches, stacks, drops and builds of all forks."""

    def __init__(self, connection: Connection, components: Components, installations: Installations) -> None:
        self._queries = Queries(connection, "forks")
        self._components = components
        self._installations = installations

    def knows(self, operation_id: str) -> bool:
        """Whether the rows of an operation are written."""
        return self._queries.row("operation", id=operation_id) is not None

    def apply(self, operation: Operation) -> None:
        """Write the rows that an operation names, and take away those of the one it undoes; harmless to repeat."""
        component = Component.parse(operation.component)
        keys = {"component_id": self._components.get_or_create(component), "operation_id": operation.id}
        new = self._queries.run(
            "insert_operation",
            id=operation.id,
            component_id=keys["component_id"],
            command=operation.command,
            actor=operation.actor,
            at=to_text(datetime.fromisoformat(operation.at)),
        )
        if not new:
            return
        rows = operation.rows
        for row in rows.get("releases", ()):
            self._add_release(row, keys)
        for row in rows.get("patches", ()):
            self._add_patch(row, keys)
        for row in rows.get("stacks", ()):
            self._write_stack(row, keys)
        for row in rows.get("drops", ()):
            self._add_drop(row, keys)
        for row in rows.get("builds", ()):
            self._queries.run(
                "insert_build", **_picked(row, "version", "base_version", "fingerprint"), tree_id=row["tree"], **keys
            )
            self._installations.mark_build(component, row["version"], row["base_version"])
        if operation.undoes:
            self._take_back(operation.undoes)

    def resting_on(self, patch_id: str) -> list[tuple[str, str]]:
        """The submissions of a patch that are not over, each with its status, the earliest first."""
        rows = self._queries.rows("submissions_of_patch", patch_id=patch_id)
        return [(f"SUB-{number}", status) for number, status in rows if status not in _OVER]

    def find_patch(self, text: str) -> tuple[Component, str]:
        """The patch of this id or the only one whose id begins like this, and its component.

        Raises NotFoundError or AmbiguousError.
        """
        found = []
        if re.fullmatch(r"(pw-)?[a-z2-7]{1,10}", text):
            prefix = text if text.startswith("pw-") else f"pw-{text}"
            found = [
                (Component(kind, slug), patch)
                for kind, slug, patch in self._queries.rows("patches_like", prefix=prefix + "%")
            ]
        if len(found) > 1:
            raise AmbiguousError("patches", text, [patch for _component, patch in found])
        if not found:
            raise NotFoundError(f"no patch here is called '{text}'; see 'plugwatch patch list COMPONENT'")
        return found[0]

    def stacked(self) -> list[Component]:
        """The components that carry patches, in order."""
        return [Component(kind, slug) for kind, slug in self._queries.rows("stacked")]

    def is_dropped(self, patch_id: str) -> bool:
        """Whether a patch was taken out of a stack because a release holds it, or by hand."""
        return bool(self._queries.rows("drops_of", patch_id=patch_id))

    def patches_of_incident(self, incident_id: str) -> list[PatchRow]:
        """The patches made for an incident, or for what was merged into it, the earliest first."""
        found = []
        for patch, kind, slug, title, origin in self._queries.rows("incident_patches", incident_id=incident_id):
            drops = self._queries.rows("drops_of", patch_id=patch)
            landed = [drop for drop in drops if drop[1] != _BY_HAND]
            first = min(landed or drops, key=lambda drop: release_order(drop[0]), default=(None, None))
            found.append(PatchRow(patch, Component(kind, slug), title, origin, *first))
        return found

    def _take_back(self, operation_id: str) -> None:
        """Delete what an operation has added; stacks are rewritten already, so no row names its patches any more."""
        for query in ("delete_drops", "delete_builds", "delete_patches", "delete_releases"):
            self._queries.run(query, operation_id=operation_id)

    def _add_release(self, row: Mapping[str, Any], keys: Mapping[str, str]) -> None:
        self._queries.run(
            "insert_release",
            **_picked(row, "version", "files", "source", "sha256"),
            version_key=release_order(row["version"])[0],
            commit_id=row["commit"],
            tree_id=row["tree"],
            **keys,
        )

    def _add_patch(self, row: Mapping[str, Any], keys: Mapping[str, str]) -> None:
        number = (row["incident"] or "").removeprefix("INC-")
        incident = self._queries.row("incident_id", number=int(number)) if re.fullmatch("[0-9]{1,15}", number) else None
        self._queries.run(
            "insert_patch",
            **_picked(row, "id", "title", "origin"),
            incident_id=incident[0] if incident else None,
            **keys,
        )

    def _write_stack(self, row: Mapping[str, Any], keys: Mapping[str, str]) -> None:
        self._queries.run("delete_stack", component_id=keys["component_id"], version=row["version"])
        self._queries.run_many(
            "insert_stack_entry",
            [
                {"version": row["version"], "position": position, "patch_id": patch, **keys}
                for position, patch in enumerate(row["patches"])
            ],
        )

    def _add_drop(self, row: Mapping[str, Any], keys: Mapping[str, str]) -> None:
        self._queries.run(
            "insert_drop",
            patch_id=row["patch"],
            version=row["version"],
            verdict=row["verdict"],
            evidence=json.dumps(row["evidence"], ensure_ascii=False),
            operation_id=keys["operation_id"],
        )


def _picked(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}
