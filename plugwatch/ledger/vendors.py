"""What the vendors of components are called, how persons say that they are reached, and what was found out of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from plugwatch.ledger.components import Components
from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.component import Component
from plugwatch.model.vendors.vendor import Vendor

if TYPE_CHECKING:  # a message is checked without it
    from plugwatch.model.vendors.told import Choice, Told, Way


class Vendors:
    """One vendor for a component, where somebody has said who it is, and the ways to reach it."""

    def __init__(self, connection: Connection, components: Components) -> None:
        self._queries = Queries(connection, "vendors")
        self._components = components

    def set(self, component: Component, vendor: Vendor) -> None:
        """Keep the vendor of a component, in place of what was kept before; PlugwatchError for unusable words."""
        vendor.check()
        self._queries.run(
            "set",
            component_id=self._components.get_or_create(component),
            name=vendor.name,
            words="\n".join(vendor.words),
        )

    def get(self, component: Component) -> Vendor | None:
        """The vendor of a component, or None."""
        component_id = self._components.find(component)
        row = self._queries.row("by_component", component_id=component_id) if component_id else None
        return _vendor(*row) if row else None

    def all(self) -> dict[Component, Vendor]:
        """Every vendor, by component and in their order."""
        rows = self._queries.rows("all")
        found = {Component(kind, slug): _vendor(name, words) for kind, slug, name, words in rows}
        return {component: found[component] for component in sorted(found)}

    # What persons say

    def tell(self, component: Component, told: Told) -> None:
        """Keep what persons have said of the ways to a vendor, in place of all that was kept before."""
        component_id, before = self._components.get_or_create(component), self.told(component)
        for road in before.ways.keys() - told.ways.keys():
            self._queries.run("drop_way", component_id=component_id, road=road)
        for name in before.choices.keys() - told.choices.keys():
            self._queries.run("drop_choice", component_id=component_id, name=name)
        for road, way in told.ways.items():
            if way != before.ways.get(road):
                self._queries.run("set_way", component_id=component_id, **_way_row(way))
        for name, choice in told.choices.items():
            if choice != before.choices.get(name):
                row = {"name": name, "value": choice.value, "at": to_text(choice.at), "actor": choice.actor}
                self._queries.run("set_choice", component_id=component_id, **row)

    def told(self, component: Component) -> Told:
        """What persons have said of the ways to the vendor of a component."""
        from plugwatch.model.vendors.told import NOTHING_TOLD, Told

        component_id = self._components.find(component)
        if component_id is None:
            return NOTHING_TOLD
        ways = {row[0]: _way(row) for row in self._queries.rows("ways", component_id=component_id)}
        choices = {row[0]: _choice(row) for row in self._queries.rows("choices", component_id=component_id)}
        return Told(ways, choices)

    def all_told(self) -> dict[Component, Told]:
        """What persons have said, by component and in their order."""
        from plugwatch.model.vendors.told import Told

        ways: dict[Component, dict[str, Way]] = {}
        choices: dict[Component, dict[str, Choice]] = {}
        for kind, slug, *row in self._queries.rows("all_ways"):
            ways.setdefault(Component(kind, slug), {})[row[0]] = _way(tuple(row))
        for kind, slug, *row in self._queries.rows("all_choices"):
            choices.setdefault(Component(kind, slug), {})[row[0]] = _choice(tuple(row))
        return {one: Told(ways.get(one, {}), choices.get(one, {})) for one in sorted({*ways, *choices})}

    # What was found out

    def keep_facts(self, component: Component, facts: Mapping[str, Any], *, at: datetime) -> None:
        """Keep what was found out of a component's vendor; what was kept before is replaced."""
        self._queries.run(
            "keep_facts",
            component_id=self._components.get_or_create(component),
            facts=json.dumps(facts, ensure_ascii=False),
            fetched_at=to_text(at),
        )

    def facts(self, component: Component) -> tuple[dict[str, Any], datetime] | None:
        """What was found out of a component's vendor, and when; None where nobody has looked."""
        component_id = self._components.find(component)
        row = self._queries.row("facts", component_id=component_id) if component_id else None
        return (json.loads(row[0]), from_text(row[1])) if row else None


def _vendor(name: str, words: str) -> Vendor:
    return Vendor(name, tuple(words.splitlines()))


def _way_row(way: Way) -> dict[str, object]:
    return {
        "road": way.road,
        "address": way.address,
        "prefer": way.prefer,
        "note": way.note,
        "at": to_text(way.at),
        "actor": way.actor,
    }


def _way(row: Row) -> Way:
    from plugwatch.model.vendors.told import Way

    road, address, prefer, note, at, actor = row
    return Way(road, address, prefer, note, from_text(at), actor)


def _choice(row: Row) -> Choice:
    from plugwatch.model.vendors.told import Choice

    _name, value, at, actor = row
    return Choice(value, from_text(at), actor)
