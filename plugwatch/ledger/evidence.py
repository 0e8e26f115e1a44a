"""What was seen of builds on sites: every look is kept, the newest counts."""

from __future__ import annotations

import json
from datetime import datetime

from plugwatch.ledger.components import Components
from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.ids import new_id
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.sites import Sites
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.component import Component
from plugwatch.model.evidence.evidence import Difference, Evidence, PatchSeen


class Evidences:
    """Every look at a component on a site."""

    def __init__(self, connection: Connection, components: Components, sites: Sites) -> None:
        self._queries = Queries(connection, "evidence")
        self._components, self._sites = components, sites

    def add(self, seen: Evidence, *, at: datetime, actor: str) -> None:
        """Keep a look at a site that we know."""
        self._queries.run(
            "insert",
            id=new_id(),
            site_id=self._sites.get(seen.site or "").id,
            component_id=self._components.get_or_create(seen.component),
            at=to_text(at),
            actor=actor,
            state=seen.state,
            certainty=seen.certainty,
            version=seen.version,
            build=seen.build,
            release_version=seen.release,
            why=seen.why,
            taken_from=seen.taken_from,
            patches=json.dumps([[one.patch, one.title, one.state] for one in seen.patches]),
            differences=json.dumps([[one.path, one.how, one.why] for one in seen.differences]),
            total=seen.total,
        )

    def newest(self, component: Component | None = None) -> dict[tuple[str, Component], Evidence]:
        """The last look at each component on each site, by the site's slug and the component."""
        if component is None:
            rows = self._queries.rows("newest")
        else:
            rows = self._queries.rows("of_component", component_id=self._components.find(component))
        return {(one.site or "", one.component): one for one in map(_evidence, rows)}


def _evidence(row: Row) -> Evidence:
    site, kind, slug, at, actor, state, certainty, version, build, release, why, taken_from, *rest = row
    patches, differences, total = rest
    return Evidence(
        component=Component(kind, slug),
        site=site,
        state=state,
        certainty=certainty,
        version=version,
        why=why,
        taken_from=taken_from,
        build=build,
        release=release,
        patches=tuple(PatchSeen(*one) for one in json.loads(patches)),
        differences=tuple(Difference(*one) for one in json.loads(differences)),
        total=total,
        at=from_text(at),
        actor=actor,
    )
