"""What the vendors of components are called."""

from __future__ import annotations

from plugwatch.ledger.components import Components
from plugwatch.ledger.connection import Connection
from plugwatch.ledger.queries import Queries
from plugwatch.model.component import Component
from plugwatch.model.vendor import Vendor


class Vendors:
    """One vendor for a component, where somebody has said who it is."""

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


def _vendor(name: str, words: str) -> Vendor:
    return Vendor(name, tuple(words.splitlines()))
