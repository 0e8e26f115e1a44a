"""Who still has to leave a patch that has landed, and which holds end when nobody has."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.model.component import Component
from plugwatch.model.hold import Hold
from plugwatch.model.patches.retirement import Dropped
from plugwatch.model.patches.stepping import ends_with, leaving, must_move, say_clients, ways_on
from plugwatch.model.site import InstalledOn

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=timezone.utc)
TIDY = Component("plugin", "tidy-forms")
LANDED = Dropped(TIDY, "pw-aaaaaaaaaa", "Wait", "1.3.0", "landed", "INC-1", NOON)
SITE = InstalledOn("shop", "acme", "shop", "1.3.0", "1.3.0", "active", None, NOON + timedelta(hours=1))


@pytest.mark.parametrize(
    ("changed", "waits"),
    [
        ({}, False),
        ({"version": "1.4", "base_version": "1.4"}, False),
        ({"version": "1.2.9", "base_version": "1.2.9"}, True),
        ({"version": None, "base_version": None}, True),
        ({"version": "1.2.0.0-p1", "base_version": "1.2", "build": "1.2.0.0-p1"}, True),
        ({"version": "1.3.0.0-p1", "build": "1.3.0.0-p1"}, False),
        ({"version": "1.4.0.0-p9", "base_version": "1.4", "build": "1.4.0.0-p9"}, True),
        ({"last_seen": NOON - timedelta(minutes=1)}, True),
    ],
)
def test_a_site_has_left_when_it_was_seen_on_the_release_or_beyond_without_the_patch(changed, waits) -> None:  # type: ignore[no-untyped-def]
    assert must_move(LANDED, SITE._replace(**changed), {"1.4.0.0-p9"}) is waits


def test_a_release_that_was_shipped_twice_is_not_told_by_its_version() -> None:
    again = replace(LANDED, version="1.3.0+r2")
    assert must_move(again, SITE, ())
    assert not must_move(again, SITE._replace(base_version="1.3.0+r2"), ())
    assert not must_move(again, SITE._replace(base_version="1.3.1"), ())


def test_the_first_release_counts_and_what_is_carried_again_does_not_leave() -> None:
    later = replace(LANDED, version="1.10.0")
    other = replace(LANDED, patch="pw-bbbbbbbbbb")
    stacks = {TIDY: {"1.2.9": {LANDED.patch, other.patch}, "1.3.0": {other.patch}}}
    assert leaving([later, LANDED, other], stacks) == [LANDED]


def test_a_release_that_lost_the_fix_again_is_not_the_one_to_move_to() -> None:
    later = replace(LANDED, version="1.10.0")
    stacks = {TIDY: {"1.2.9": {LANDED.patch}, "1.3.0": (), "1.4.0": {LANDED.patch}, "1.10.0": ()}}
    assert leaving([LANDED, later], stacks) == [later]
    assert must_move(later, SITE._replace(version="1.4.0", base_version="1.4.0"), ())


@pytest.mark.parametrize(
    ("versions", "ends"),
    [
        (">=1.2.4,<1.3.0", True),
        ("=1.2.4", True),
        ("<=1.2.9", True),
        (">=1.2.4", False),
        (">=1.2.4,<1.3.1", False),
        ("<=1.3.0", False),
        (">=1.2.4,!=1.2.5", False),
    ],
)
def test_a_hold_ends_with_the_release_when_it_is_on_earlier_ones_alone(versions: str, ends: bool) -> None:
    assert ends_with(Hold("INC-1", TIDY, versions, "slow", None, NOON, "kim"), "1.3.0") is ends


def test_clients_are_named_with_their_sites_and_many_sites_go_by_the_incident() -> None:
    sites = [SITE._replace(site=f"s{number}", client=client) for number, client in enumerate("abbcde")]
    assert say_clients(sites, {"a": "Acme", "b": "Bee"}) == "6 sites (Bee ×2, Acme, c, 2 more)"
    deploy = "plugwatch fork deploy plugin/tidy-forms --stock 1.3.0"
    assert ways_on(LANDED, sites)[1] == f"{deploy} --affected INC-1"
    assert ways_on(LANDED, sites[:2])[1] == f"{deploy} --site s0 --site s1"
