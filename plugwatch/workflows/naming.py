"""Components by the names that people type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from plugwatch.errors import NotFoundError
from plugwatch.model.component import KINDS, PLATFORM, Component

if TYPE_CHECKING:  # classes cost start-up time, and this one is only for the type checker

    class UnitOfWork(Protocol):
        """One transaction on the ledger."""

        @property
        def components(self) -> Any: ...


def named(work: UnitOfWork, text: str) -> Component:
    """A component by any part of its name; one in full may be new to the ledger, for no list may have come in yet."""
    try:
        found: Component = work.components.resolve(text)
    except NotFoundError as error:
        if text in PLATFORM or text.partition("/")[0] in KINDS:
            return Component.parse(text)
        raise NotFoundError(f"{error}; one that no list has named yet is written in full: plugin/SLUG") from error
    return found


def all_named(work: UnitOfWork, component: Component | None, texts: Sequence[str]) -> tuple[Component, ...]:
    """Several components, each once and without the one that they take part beside."""
    found = dict.fromkeys(named(work, text) for text in texts)
    return tuple(c for c in found if c != component)
