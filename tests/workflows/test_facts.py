from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from peers.wordpress_org import DOWN, LOCKED_OUT, WordPressOrgServer

from plugwatch.errors import NotFoundError
from plugwatch.model.component import Component
from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.site import Site
from plugwatch.upstream.wordpress_org import WordPressOrg
from plugwatch.workflows.facts import facts_of
from plugwatch.workflows.inventories import ListOrigin, import_list

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=timezone.utc)
TIDY = Component("plugin", "tidy-forms")
VERSIONS = {"a": "1.9", "b": "1.10", "c": "1.9", "d": "1.9.0.0-p1", "e": None}


@pytest.fixture
def server():
    with WordPressOrgServer() as running:
        running.add_plugin("tidy-forms", versions=["1.9", "1.10"])
        yield running


@pytest.fixture
def directory(server):
    return WordPressOrg(server.url, server.url, pause=0)


@pytest.fixture
def known(ledger):
    """A ledger with sites that run Tidy Forms in several versions."""
    with ledger.unit_of_work() as work:
        for slug, version in VERSIONS.items():
            site = work.sites.add(Site(slug, "acme"), at=NOW)
            rows = [Installed("plugin", "tidy-forms", "Tidy Forms", version, "active")]
            rows += [Installed("mu-plugin", "tweaks.php", None, "1", "must-use")]
            import_list(work, site, Inventory("csv", tuple(rows), "6.9.1"), ListOrigin("x", NOW, NOW, "dana"))
    return ledger


def test_the_versions_that_run_and_what_wordpress_org_says(known, directory):
    facts = facts_of(known, directory, "tidy", NOW)

    assert (facts.component, facts.name) == (TIDY, "Tidy Forms")
    assert facts.versions == (("1.10", 1), ("1.9", 3))
    assert (facts.entry.state, facts.entry.version, facts.asked_at) == ("open", "1.10", NOW)
    assert (facts.rewritten, facts.unknown) == ({}, None)


def test_it_is_asked_once_a_day(known, directory, server):
    def entries_asked():
        return sum(request.path.startswith("/plugins/info") for request in server.requests)

    for hours in (0, 1, 23):
        assert facts_of(known, directory, "tidy", NOW + timedelta(hours=hours)).asked_at == NOW
    assert entries_asked() == 1
    server.close_plugin("tidy-forms", reason="security-issue")
    later = facts_of(known, directory, "tidy", NOW + timedelta(hours=24))
    assert (later.entry.state, later.asked_at, entries_asked()) == ("closed", NOW + timedelta(hours=24), 2)


def test_without_a_directory_nothing_is_asked(known, directory, server):
    before = facts_of(known, None, "tidy", NOW)
    facts_of(known, directory, "tidy", NOW)
    asked = len(server.requests)
    after = facts_of(known, None, "tidy", NOW + timedelta(days=9))

    assert (before.entry, before.asked_at, before.unknown) == (None, None, None)
    assert (after.entry.version, after.asked_at, after.unknown) == ("1.10", NOW, None)
    assert len(server.requests) == asked


def test_a_version_with_other_code_under_it_is_an_alarm(known, directory, server):
    server.add_checksums("tidy-forms", "1.9", {"tidy-forms.php": ["a" * 64, "b" * 64], "readme.txt": "c" * 64})
    server.add_checksums("tidy-forms", "1.10", {"tidy-forms.php": "d" * 64})

    assert facts_of(known, directory, "tidy", NOW).rewritten == {"1.9": ("tidy-forms.php",)}


@pytest.mark.parametrize("close", [True, False])
def test_closed_is_told_from_never_there(known, directory, server, close):
    del server.plugins["tidy-forms"]
    if close:
        server.close_plugin("tidy-forms", reason="guideline-violation")

    facts = facts_of(known, directory, "tidy", NOW)

    assert facts.entry.state == ("closed" if close else "unknown")
    assert facts.unknown is None
    assert not [request for request in server.requests if "checksums" in request.path]


def test_a_directory_that_does_not_answer_leaves_what_is_known(known, directory, server):
    facts_of(known, directory, "tidy", NOW)
    server.go_wrong(DOWN, times=20)

    facts = facts_of(known, directory, "tidy", NOW + timedelta(days=2))

    assert (facts.entry.version, facts.asked_at) == ("1.10", NOW)
    assert "plugin/tidy-forms" in facts.unknown
    assert facts.versions


def test_checksums_that_cannot_be_had_are_unknown_and_not_fine(known, directory, server):
    facts_of(known, directory, "tidy", NOW)
    server.go_wrong(LOCKED_OUT, times=20)

    facts = facts_of(known, directory, "tidy", NOW + timedelta(hours=1))

    assert facts.rewritten == {}
    assert "checksums of tidy-forms 1.10" in facts.unknown


def test_what_no_directory_has_is_not_asked_for(known, directory, server):
    for name in ("core", "mu-plugin/tweaks.php"):
        facts = facts_of(known, directory, name, NOW)
        assert (facts.entry, facts.unknown) == (None, None)
        assert facts.versions
    assert server.requests == []
    with pytest.raises(NotFoundError):
        facts_of(known, directory, "nothing", NOW)
