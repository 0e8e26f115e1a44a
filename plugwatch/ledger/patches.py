"""What the ledger knows of patches beyond git: stances, acceptances, what was sent, and which sites there are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from plugwatch.ledger.components import Components
from plugwatch.ledger.connection import Connection
from plugwatch.ledger.ids import new_id
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.component import Component
from plugwatch.model.patches.lint import Claim
from plugwatch.model.patches.stance import Acceptance, Stance
from plugwatch.model.verdicts.relapse import Retired


class Patches:
    """Facts about the patches of all forks, each kind in one query: a list of patches asks for all of them."""

    def __init__(self, connection: Connection, components: Components) -> None:
        self._queries = Queries(connection, "patches")
        self._components = components

    def add_stance(self, stance: Stance) -> None:
        """Keep a stance beside the earlier ones."""
        self._queries.run(
            "insert_stance",
            id=new_id(),
            patch_id=stance.patch,
            stance=stance.stance,
            reason=stance.reason,
            review_by=stance.review_by.isoformat() if stance.review_by else None,
            at=to_text(stance.at),
            actor=stance.actor,
        )

    def stances(self) -> Mapping[str, list[Stance]]:
        """All stances by patch, the earliest first."""
        found: dict[str, list[Stance]] = {}
        for patch, stance, reason, review_by, at, actor in self._queries.rows("stances"):
            day = date.fromisoformat(review_by) if review_by else None
            found.setdefault(patch, []).append(Stance(patch, stance, reason, day, from_text(at), actor))
        return found

    def add_acceptance(self, acceptance: Acceptance) -> None:
        """Keep a yes, or that it was taken back."""
        self._queries.run(
            "insert_acceptance",
            id=new_id(),
            patch_id=acceptance.patch,
            component_id=self._components.get_or_create(acceptance.component),
            version=acceptance.version,
            stands=int(acceptance.stands),
            verdict=acceptance.verdict,
            reason=acceptance.reason,
            at=to_text(acceptance.at),
            actor=acceptance.actor,
        )

    def acceptances(self, component: Component) -> list[Acceptance]:
        """All that was said of a component's patches, the earliest first."""
        return [
            Acceptance(patch, Component(kind, slug), version, bool(stands), verdict, reason, from_text(at), actor)
            for patch, kind, slug, version, stands, verdict, reason, at, actor in self._queries.rows(
                "acceptances", component_id=self._components.find(component)
            )
        ]

    def retired(self) -> Mapping[Component, list[Retired]]:
        """The patches that were dropped because a release contained them; not those that somebody took out."""
        found: dict[Component, list[Retired]] = {}
        for kind, slug, patch, version in self._queries.rows("retired"):
            component = Component(kind, slug)
            found.setdefault(component, []).append(Retired(component, patch, version))
        return found

    def dropped(self) -> set[str]:
        """The ids of all patches that were dropped on some release, for whatever reason."""
        return {patch for (patch,) in self._queries.rows("dropped")}

    def claims(self) -> Mapping[str, list[Claim]]:
        """All submissions by patch, the earliest first."""
        found: dict[str, list[Claim]] = {}
        for patch, number, channel, status, url in self._queries.rows("submissions"):
            found.setdefault(patch, []).append(Claim(f"SUB-{number}", channel, status, url))
        return found

    def installed(self) -> Mapping[Component, Mapping[str | None, int]]:
        """How many sites run each forked component now, by build of ours; None stands for the vendor's own versions."""
        found: dict[Component, dict[str | None, int]] = {}
        for kind, slug, build, sites in self._queries.rows("installed"):
            found.setdefault(Component(kind, slug), {})[build] = sites
        return found

    def was_installed(self) -> set[Component]:
        """The forked components that some site ran in a version or status that it has no more."""
        return {Component(kind, slug) for kind, slug in self._queries.rows("was_installed")}
