"""Trouble that is back: a list shows the bad version again where an incident was over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import count

import pytest

from plugwatch.model.component import Component
from plugwatch.model.incident import Event, Impact, Incident
from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.site import Site
from plugwatch.workflows.inventories import ListOrigin, import_list
from plugwatch.workflows.recurrence import Watch

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=timezone.utc)
TIDY = Component("plugin", "tidy-forms")
OVER = Incident("", 0, "t", "closed", "high", "update", TIDY, "1.2.4", NOW)


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        work.sites.add(Site("shop", "acme"), at=NOW)
        work.sites.add(Site("blog", "acme"), at=NOW)
    with ledger.unit_of_work() as work:
        yield work


@pytest.fixture
def take(work):
    """Take in a list of a site, each made a day after the one before; what it brings back."""
    days = count(1)

    def taken(version, *, status="active", site="shop", watch=None, bare=False, **options):
        at = NOW + timedelta(days=next(days))
        rows = (Installed("plugin", "tidy-forms", None, version, status),) if version or bare else ()
        others = (Installed("plugin", "other", None, "1", "active"),)
        inventory = Inventory("wpcli-json", (*rows, *others), complete_kinds=frozenset({"plugin"}))
        origin = ListOrigin("list", at, at, "dana", **options)
        return import_list(work, work.sites.get(site), inventory, origin, watch).recurrences

    return taken


def add(work, **changes):
    return work.incidents.add(replace(OVER, **changes), actor="dana", recorded_at=NOW)


def judge(work, incident, state, *, site="shop", at=NOW, until=None):
    work.impacts.add(incident, Impact(site, "acme", state, None, "dana", at, None, until))


def states(work, incident):
    return {impact.site: impact.state for impact in work.impacts.of_incident(incident)}


def test_a_list_with_the_bad_version_opens_what_was_over(work, take):
    incident = add(work)
    judge(work, incident, "resolved")
    take("1.2.5")

    [back] = take("1.2.4")

    assert (back.incident, back.site.slug, back.component, back.version) == (incident, "shop", TIDY, "1.2.4")
    assert (work.incidents.get("1").status, states(work, incident)) == ("identified", {"shop": "affected"})
    assert [(event.kind, event.body) for event in work.incidents.events(incident)] == [
        ("reopen", "shop shows plugin/tidy-forms 1.2.4 again"),
        ("impact", "shop: affected, shop shows plugin/tidy-forms 1.2.4 again"),
        ("status", "identified"),
    ]


def test_the_same_list_again_says_nothing_new(work, take):
    judge(work, add(work), "resolved")
    assert take("1.2.4")
    before = list(work.incidents.events(work.incidents.get("1")))

    assert [take("1.2.4"), take("1.2.4", status="inactive"), take("1.2.4")] == [(), (), ()]
    assert list(work.incidents.events(work.incidents.get("1"))) == before


def test_each_relapse_opens_it_once(work, take):
    incident = add(work)
    judge(work, incident, "mitigated")
    assert take("1.2.4")
    judge(work, incident, "mitigated", at=NOW + timedelta(days=1))

    assert [len(take(version)) for version in ("1.2.5", "1.2.4", "1.2.4")] == [0, 1, 0]
    assert [event.kind for event in work.incidents.events(incident)].count("reopen") == 2


@pytest.mark.parametrize("status", ["identified", "monitoring"])
def test_an_open_incident_has_the_site_affected_again(work, take, status):
    incident = add(work, status=status)
    judge(work, incident, "mitigated")
    judge(work, incident, "affected", site="blog")

    assert len(take("1.2.4")) == 1
    assert take("1.2.4", site="blog") == ()
    assert (work.incidents.get("1").status, states(work, incident)["shop"]) == ("identified", "affected")


def test_a_site_without_a_verdict_brings_back_what_is_over_and_not_what_is_open(work, take):
    add(work, status="identified")
    assert take("1.2.4") == ()

    add(work, version="1.2.5", status="resolved")
    assert [back.incident.name for back in take("1.2.5")] == ["INC-2"]


@pytest.mark.parametrize(
    ("version", "status", "back"),
    [
        ("1.2.4", "active", 1),
        ("1.2.9", "active-network", 1),
        ("1.2.4", "unknown", 1),
        ("1.2.4", "inactive", 0),
        ("1.3", "active", 0),
        ("1.2.4.0-p1", "active", 0),
        (None, "active", 0),
    ],
)
def test_only_the_affected_versions_of_the_vendor_count(work, take, version, status, back):
    judge(work, add(work, affected=">=1.2.4,<1.3"), "resolved")
    take("1.0")

    assert len(take(version, status=status)) == back


def test_a_bad_version_that_is_switched_on_again_is_back(work, take):
    take("1.2.4")
    incident = add(work, status="resolved")
    take("1.2.4", status="inactive")
    judge(work, incident, "mitigated", at=NOW + timedelta(days=2))

    assert len(take("1.2.4")) == 1


def test_what_was_switched_on_is_the_version_that_was_known(work, take):
    take("1.2.4", status="inactive")
    judge(work, add(work), "resolved")

    [back] = take(None, bare=True)

    assert back.version == "1.2.4"


def test_our_build_that_was_overwritten_is_back(work, take):
    incident = add(work, status="monitoring")
    take("1.2.4.0-p1")
    judge(work, incident, "mitigated", at=NOW + timedelta(days=1))

    assert len(take("1.2.4")) == 1


@pytest.mark.parametrize("state", ["not_affected", "in_triage", "affected"])
def test_a_verdict_that_says_something_else_stands_while_it_is_open(work, take, state):
    incident = add(work, status="identified")
    judge(work, incident, state)

    assert take("1.2.4") == ()
    assert states(work, incident) == {"shop": state}


def test_a_site_that_is_not_affected_stays_so_when_all_is_over(work, take):
    judge(work, add(work), "not_affected")

    assert take("1.2.4") == ()


def test_an_old_list_tells_nothing_of_what_was_done_since(work, take):
    incident = add(work, status="monitoring")
    judge(work, incident, "mitigated", at=NOW + timedelta(days=5))
    assert take("1.2.4") == ()

    other = add(work, version="1.2.3")
    ended = NOW + timedelta(days=5)
    work.incidents.add_event(other, Event(ended, ended, "dana", "status", "internal", "closed"))
    assert take("1.2.3") == ()


def test_a_dry_run_only_says_so(work, take):
    incident = add(work)
    judge(work, incident, "resolved")

    assert len(take("1.2.4", dry_run=True)) == 1
    assert (work.incidents.get("1"), states(work, incident)) == (incident, {"shop": "resolved"})


def test_what_was_merged_comes_back_as_the_one_that_goes_on(work, take):
    first, second = add(work), add(work, version="1.2.5")
    work.incidents.merge(second, first)
    judge(work, first, "resolved")

    assert [back.incident.name for back in take("1.2.5")] == ["INC-1"]


def test_the_sites_of_a_network_are_all_looked_at(work, take):
    work.sites.add(Site("second", "acme", network_site="shop"), at=NOW)
    incident = add(work)

    found = take("1.2.4", status="active-network")

    assert [back.site.slug for back in found] == ["shop", "second"]
    assert states(work, incident) == {"shop": "affected", "second": "affected"}
    assert [event.body for event in work.incidents.events(incident) if event.kind == "status"] == ["identified"]


def test_a_run_looks_out_for_the_incidents_that_there_were_when_it_began(work, take):
    watch = Watch()
    take("1.2.3", watch=watch)
    add(work)

    assert take("1.2.4", site="blog", watch=watch) == ()
    assert len(take("1.2.4", watch=Watch())) == 1


def test_what_a_run_has_opened_is_open_for_its_other_lists(work, take):
    watch, incident = Watch(), add(work)
    judge(work, incident, "resolved", site="blog")

    assert len(take("1.2.4", watch=watch)) == 1
    assert len(take("1.2.4", site="blog", watch=watch)) == 1
    assert [event.body for event in work.incidents.events(incident) if event.kind == "status"] == ["identified"]
