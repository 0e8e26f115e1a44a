from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.model.component import Component
from plugwatch.model.hold import Hold
from plugwatch.model.hold_export import HeldOn
from plugwatch.model.incident import Incident
from plugwatch.model.inventory import Installed, Inventory, diff
from plugwatch.model.operation import Operation
from plugwatch.model.site import Site

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=timezone.utc)
TIDY, OTHER = Component("plugin", "tidy-forms"), Component("plugin", "other")
HOLD = Hold("INC-1", TIDY, ">=1.1", "forms “fail”", "a release with our fix", NOW, "ana")


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        for number in (1, 2):
            new = Incident("", 0, f"t{number}", "identified", "high", "unknown", TIDY, "1.1", NOW)
            work.incidents.add(new, actor="ana", recorded_at=NOW)
        yield work


def test_a_hold_ends_with_the_reason_and_stays_in_the_history(work):
    incident = work.incidents.get("1")
    first, second = work.holds.add(incident, HOLD), work.holds.add(incident, replace(HOLD, component=OTHER, until=None))
    work.holds.lift(first, at=NOW + timedelta(days=1), actor="ben", why="1.2 has our fix")

    lifted = replace(first, lifted_at=NOW + timedelta(days=1), lifted_why="1.2 has our fix")
    assert work.holds.of_incident(incident) == [lifted, second]
    assert work.holds.open() == {OTHER: [second]}


def test_what_is_lifted_already_keeps_its_reason(work):
    incident = work.incidents.get("1")
    known = work.holds.add(incident, HOLD)
    work.holds.lift(known, at=NOW, actor="ben", why="first")
    work.holds.lift(known, at=NOW + timedelta(days=1), actor="ana")

    [lifted] = work.holds.of_incident(incident)
    assert (lifted.lifted_at, lifted.lifted_why) == (NOW, "first")


def test_the_holds_of_what_was_merged_are_shown_with_it(work):
    old, root = work.incidents.get("1"), work.incidents.get("2")
    first, second = work.holds.add(old, HOLD), work.holds.add(root, replace(HOLD, incident="INC-2"))
    work.incidents.merge(old, root)

    assert work.holds.of_incident(root) == [first, second]
    assert work.holds.of_incident(old) == [first]


def _put(work, site, versions, offered=None):
    rows = tuple(Installed("plugin", slug, None, version, "active", offered) for slug, version in versions.items())
    listed = Inventory("wpcli-json", rows, complete_kinds=frozenset({"plugin"}))
    work.installations.apply_changes(site.id, listed, diff({}, listed, partial=False), at=NOW)


def test_where_something_is_held_that_is_installed(work):
    shop = work.sites.add(Site("shop", "acme", source="wp @live"), at=NOW)
    part = work.sites.add(Site("part", "acme", network_site="shop"), at=NOW)
    _put(work, shop, {"tidy-forms": "1.0", "other": "7"}, "1.1")
    _put(work, part, {"tidy-forms": "1.0.0.0-p1"})
    builds = [
        {"version": f"1.0.0.0-p{number}", "base_version": "1.0", "fingerprint": str(number), "tree": "a" * 40}
        for number in (1, 2)
    ]
    for component in (TIDY, OTHER):
        operation = Operation(f"OP-{component}", str(component), "x", "kim", NOW.isoformat(), (), {"builds": builds})
        work.forks.apply(operation)
    assert work.holds.installed() == []
    assert work.holds.builds() == {}

    known = work.holds.add(work.incidents.get("1"), HOLD)
    assert work.holds.installed() == [
        HeldOn("part", None, "shop", TIDY, "1.0", "1.0.0.0-p1", None),
        HeldOn("shop", "wp @live", None, TIDY, "1.0", None, "1.1"),
    ]
    assert work.holds.builds() == {TIDY: ["1.0.0.0-p1", "1.0.0.0-p2"]}
    work.holds.lift(known, at=NOW, actor="ana")
    assert work.holds.installed() == []
