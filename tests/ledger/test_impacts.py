from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.model.affected import Fate
from plugwatch.model.client import Client
from plugwatch.model.component import Component
from plugwatch.model.incident import Impact, Incident
from plugwatch.model.inventory import Installed, Inventory, diff
from plugwatch.model.operation import Operation
from plugwatch.model.site import Site

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=timezone.utc)
TIDY, OTHER = Component("plugin", "tidy-forms"), Component("plugin", "other")


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        work.clients.add(Client("acme", "Acme Ltd"), at=NOW)
        for slug in ("shop", "blog"):
            work.sites.add(Site(slug, "acme", tier="shop" if slug == "shop" else "info"), at=NOW)
        yield work


def _put(work, slug, day, *, version="1.0", **facts):
    """What a list of a day says of Tidy Forms on a site; without a version it is not there."""
    at, site = NOW + timedelta(days=day), work.sites.get(slug)
    rows = [Installed("plugin", "other", None, "7", "active")]
    if version:
        rows.append(Installed("plugin", "tidy-forms", None, version, facts.pop("status", "active"), **facts))
    listed = Inventory("wpcli-json", tuple(rows), complete_kinds=frozenset({"plugin"}))
    changes = diff(work.installations.current(site.id), listed, partial=False)
    work.installations.apply_changes(site.id, listed, changes, at=at)


def _incident(work):
    new = Incident("", 0, "t", "identified", "high", "unknown", TIDY, "1.1", NOW)
    return work.incidents.add(new, actor="ana", recorded_at=NOW)


def _say(work, incident, slug, day, state, why=None):
    work.impacts.add(incident, Impact(slug, "acme", state, why, "ana", NOW + timedelta(days=day)))


def test_the_newest_verdict_counts_with_all_that_was_said_with_it(work):
    incident = _incident(work)
    until = NOW + timedelta(days=9)
    said = Impact("shop", "acme", "mitigated", "rolled back", "ben", NOW, "by hand", until)
    _say(work, incident, "shop", 0, "affected")
    work.impacts.add(incident, said)
    _say(work, incident, "blog", 0, "in_triage", "same version")

    assert [impact.site for impact in work.impacts.of_incident(incident)] == ["blog", "shop"]
    assert work.impacts.of_incident(incident)[1] == said


def test_the_newest_verdict_counts_across_what_was_merged(work):
    old, root = _incident(work), _incident(work)
    _say(work, root, "shop", 0, "affected")
    _say(work, old, "shop", 0, "not_affected", "code_not_present")
    _say(work, old, "blog", 0, "affected")
    work.incidents.merge(old, root)

    states = {impact.site: impact.state for impact in work.impacts.of_incident(root)}
    assert states == {"shop": "not_affected", "blog": "affected"}


def test_exposure_is_where_it_is_installed_now_with_what_an_update_would_do(work):
    _put(work, "shop", 0, version="1.0", auto_update=True, update_version="1.1")
    _put(work, "shop", 1, version="1.0", auto_update=True, update_version="1.2")
    _put(work, "blog", 0)
    _put(work, "blog", 1, version=None)

    [row] = work.impacts.exposure(TIDY)

    assert (row.site, row.client, row.tier, row.version, row.base_version) == ("shop", "acme", "shop", "1.0", "1.0")
    assert (row.status, row.auto_update, row.offered, row.build) == ("active", True, "1.2", None)
    assert (row.since, row.last_seen) == (NOW, NOW + timedelta(days=1))
    assert work.impacts.exposure(Component("plugin", "nobody-knows")) == []


def test_a_verdict_is_about_the_version_that_ran_then(work):
    incident = _incident(work)
    _put(work, "shop", 0, version="1.0")
    _say(work, incident, "shop", -1, "affected")  # no list had told of it yet
    _say(work, incident, "shop", 1, "not_affected", "code_not_present")
    _put(work, "shop", 2, version="1.1")
    _say(work, incident, "shop", 2, "affected")
    _put(work, "shop", 3, version="1.2")
    _say(work, incident, "shop", 4, "resolved", "updated")

    assert work.impacts.judged_versions(incident, TIDY) == [
        ("shop", "not_affected", "code_not_present", "1.0"),
        ("shop", "affected", None, "1.1"),
        ("shop", "resolved", "updated", "1.2"),
    ]
    assert work.impacts.judged_versions(incident, OTHER)[0] == ("shop", "not_affected", "code_not_present", "7")
    assert work.impacts.versions_before(incident, TIDY) == ["1.0"]


def _operation(number, component=TIDY, **rows):
    return Operation(f"OP-{number}", str(component), "x", "kim", NOW.isoformat(), (), rows)


def test_fates_tell_of_each_patch_of_an_incident_where_it_is_carried_and_where_it_was_dropped(work):
    old, root = _incident(work), _incident(work)
    patches = [{"id": f"pw-{name}", "title": "t", "origin": "1.1", "incident": name} for name in ("INC-1", "INC-2")]
    patches.append({"id": "pw-none", "title": "t", "origin": "1.1", "incident": None})
    stack = {"version": "1.1", "patches": [row["id"] for row in patches]}
    drop = {"patch": "pw-INC-1", "version": "1.2", "verdict": "landed", "evidence": []}
    work.forks.apply(_operation(1, patches=patches, stacks=[stack]))
    work.forks.apply(_operation(2, drops=[drop]))
    work.incidents.merge(old, root)

    assert work.impacts.fates(TIDY) == [
        Fate("INC-2", "pw-INC-1", "1.1", "carried"),
        Fate("INC-2", "pw-INC-1", "1.2", "landed"),
        Fate("INC-2", "pw-INC-2", "1.1", "carried"),
    ]
    assert work.impacts.fates(OTHER) == []
