"""The shell's look into the ledger, on both engines."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from plugwatch.ledger.peek import peek
from plugwatch.model.client import Client
from plugwatch.model.component import Component
from plugwatch.model.incident import Incident
from plugwatch.model.site import Site

STATUSES = ((1, "identified"), (2, "closed"), (3, "resolved"), (4, "monitoring"))
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=timezone.utc)


@pytest.fixture
def look(ledger, ledger_url, tmp_path):
    """Ask the ledger of one client with the sites a_b, axb and shop-a."""
    with ledger.unit_of_work() as work:
        work.clients.add(Client("acme", "Acme Ltd"), at=NOW)
        for slug in ("shop-a", "axb", "a_b"):
            work.sites.add(Site(slug, "acme"), at=NOW)
        for component in (Component("plugin", "tidy"), Component("theme", "tidy"), Component("plugin", "maps")):
            work.components.get_or_create(component, "Tidy")

    def ask(query, text="", **parameters):
        return peek(ledger_url, tmp_path, query, text, **parameters)

    return ask


def test_names_that_begin_so_go_before_those_that_only_have_it_in_them(look):
    assert [slug for slug, _client in look("sites", "a")] == ["a_b", "axb"]
    assert look("sites", "OP-A") == [("shop-a", "Acme Ltd")]
    assert look("clients", "ac") == [("acme", "Acme Ltd")]
    assert look("sites", "z") == []


def test_signs_of_patterns_stand_for_themselves(look):
    assert look("sites", "a_") == [("a_b", "Acme Ltd")]
    assert look("sites", "%") == look("sites", "!") == look("sites", "'") == []


def test_components_say_whether_the_slug_is_enough(look):
    assert look("components", "") == [
        ("plugin", "maps", "Tidy", 1),
        ("plugin", "tidy", "Tidy", 2),
        ("theme", "tidy", "Tidy", 2),
    ]
    assert look("components_of_kind", "ti", kind="theme") == [("theme", "tidy", "Tidy", 2)]


def test_what_is_not_on_a_site_is_not_proposed_for_it(look):
    assert look("components_on", "ti", site="axb") == []


def test_incidents_that_are_over_come_after_the_newest_open_ones(look, ledger):
    with ledger.unit_of_work() as work:
        incidents = [Incident("", 0, f"number {n}", s, "high", "unknown", None, None, NOW) for n, s in STATUSES]
        for incident in incidents:
            work.incidents.add(incident, actor="ana", recorded_at=NOW)

    assert [number for number, _title in look("incidents")] == [4, 1, 3, 2]
    assert look("incidents", "3") == [(3, "number 3")]


def test_fifty_names_are_enough_for_anybody(look, ledger):
    with ledger.unit_of_work() as work:
        for number in range(60):
            work.sites.add(Site(f"many-{number:02}", "acme"), at=NOW)

    assert [slug for slug, _client in look("sites", "many")] == [f"many-{number:02}" for number in range(50)]


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///missing.db",
        "sqlite:///",
        "mysql://x/y",
        "postgresql://nobody@127.0.0.1:1/none",
        "postgresql://[",
        "",
    ],
)
def test_a_ledger_that_does_not_answer_proposes_nothing(tmp_path, url):
    assert peek(url, tmp_path, "sites", "a") == []
    assert list(tmp_path.iterdir()) == []
