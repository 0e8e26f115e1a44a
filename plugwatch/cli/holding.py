"""What several commands say and do about holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any

from plugwatch.cli.context import App, note
from plugwatch.model.component import Component
from plugwatch.model.hold import Hold


def is_broken(one: Hold, installed: Any) -> bool:
    """Whether what is installed somewhere is held."""
    return one.forbids(installed.base_version, installed.build)


def open_holds(work: Any, components: Iterable[Component] | None = None) -> list[Hold]:
    """What is held now; with components, of these alone."""
    known = work.holds.open()
    return [one for component in (known if components is None else components) for one in known.get(component, ())]


def hold_document(one: Hold, zone: tzinfo) -> dict[str, Any]:
    """A hold as JSON shows it."""
    return {
        "incident": one.incident,
        "component": str(one.component),
        "versions": one.versions,
        "reason": one.reason,
        "until": one.until,
        "at": one.at.astimezone(zone).isoformat(),
        "actor": one.actor,
        "lifted_at": one.lifted_at.astimezone(zone).isoformat() if one.lifted_at else None,
        "lifted_why": one.lifted_why,
    }


def narrow_holds(app: App, component: Component) -> None:
    """After patches have landed: let the releases through that have the fix, and say so."""
    from plugwatch.workflows.hold import narrow_verified

    with app.ledger.unit_of_work() as work:
        said = narrow_verified(work, component, actor=app.actor, now=app.now)
    for line in said:
        note(line)
