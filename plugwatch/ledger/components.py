"""Components: what any inventory has ever named."""

from __future__ import annotations

from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.ids import new_id
from plugwatch.ledger.matching import fold, like_part, the_one
from plugwatch.ledger.queries import Queries
from plugwatch.model.component import KINDS, PLATFORM, Component

_NEXT_STEP = "see 'plugwatch component list'; components come in with 'plugwatch site import'"


class Components:
    """The components that the ledger knows, with the names that sites show for them."""

    def __init__(self, connection: Connection, known: dict[tuple[str, str], tuple[str, str | None]]) -> None:
        self._queries = Queries(connection, "components")
        self._known = known

    def get_or_create(self, component: Component, name: str | None = None) -> str:
        """The id of the component's row, made if need be. A name that differs from the one kept replaces it."""
        key = (component.kind, component.slug)
        known = self._known.get(key) or self._look_up(component)
        if known is None:
            known = (new_id(), name)
            self._queries.run(
                "insert", id=known[0], kind=component.kind, slug=component.slug, name=name, folded_name=fold(name or "")
            )
            self._keep_name(known[0], name)
        elif name and name != known[1]:
            self._queries.run("rename", id=known[0], name=name, folded_name=fold(name))
            self._keep_name(known[0], name)
            known = (known[0], name)
        self._known[key] = known
        return known[0]

    def find(self, component: Component) -> str | None:
        """The id of the component's row, or None."""
        known = self._look_up(component)
        return known[0] if known else None

    def id_of(self, component: Component) -> str:
        """The id of the component's row; NotFoundError where nothing has named the component yet."""
        return self.find(component) or the_one("components", str(component), [], next_step=_NEXT_STEP)

    def resolve(self, text: str) -> Component:
        """The component that the text names.

        In this order: ``plugin/SLUG``, ``core`` or ``php`` in full; a slug in full; the only one with the text in its
        slug or name. Letter case counts only where it tells two slugs apart; ``theme/tidy`` looks among themes only.
        Raises AmbiguousError with the candidates, or NotFoundError.
        """
        if text in PLATFORM:
            self.id_of(PLATFORM[text])
            return PLATFORM[text]
        kind, slash, slug = text.partition("/")
        part, kinds = (slug, (kind,)) if slash and kind in KINDS else (text, KINDS)
        rows = [row for row in self._queries.rows("by_slug", slug=part.lower()) if row[0] in kinds]
        rows = [row for row in rows if row[1] == part] or rows
        if part and not rows:
            rows = [row for row in self._queries.rows("containing", part=like_part(part)) if row[0] in kinds]
        found = [(str(component), component) for component in (Component(*row) for row in rows)]
        return the_one("components", text, found, next_step=_NEXT_STEP)

    def name(self, component: Component) -> str | None:
        """The name that sites show for it, where an inventory told one."""
        known = self._look_up(component)
        return known[1] if known else None

    def names(self) -> dict[Component, str | None]:
        """All components in order, with their names."""
        return {Component(kind, slug): name for kind, slug, name in sorted(self._queries.rows("all"), key=_identity)}

    def called(self, kind: str, name: str) -> list[Component]:
        """The components of a kind for which any site has ever shown this name; letter case does not count."""
        return [Component(*row) for row in self._queries.rows("called", kind=kind, folded_name=fold(name))]

    def _keep_name(self, component_id: str, name: str | None) -> None:
        if name:
            self._queries.run("keep_name", component_id=component_id, folded_name=fold(name))

    def _look_up(self, component: Component) -> tuple[str, str | None] | None:
        """Id and name of a component's row."""
        row = self._queries.row("by_identity", kind=component.kind, slug=component.slug)
        return (row[0], row[1]) if row else None


def _identity(row: Row) -> tuple[str, str]:
    """Kind and slug: names may be null, which does not sort."""
    return row[0], row[1]
