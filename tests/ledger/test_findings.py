from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from plugwatch.model.client import Client
from plugwatch.model.component import Component
from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.site import Site
from plugwatch.model.today import Finding, LostBuild
from plugwatch.workflows.inventories import ListOrigin, import_list

TIDY = Component("plugin", "tidy-forms")
NOW = datetime(2026, 11, 19, 10, 0, tzinfo=timezone.utc)
OUT = Finding("release", "plugin/tidy-forms", "plugin/tidy-forms 1.3 is out: 1 carried")


def test_nothing_is_known_before_the_first_check(ledger):
    with ledger.reading() as work:
        assert work.findings.last() == ([], None)


def test_each_check_writes_them_anew_and_says_when_also_where_it_found_nothing(ledger):
    with ledger.unit_of_work() as work:
        work.findings.replace([OUT, Finding("watch-error", "shop", "shop: no answer")], at=NOW)
    with ledger.reading() as work:
        assert work.findings.last() == ([OUT, Finding("watch-error", "shop", "shop: no answer")], NOW)
    with ledger.unit_of_work() as work:
        work.findings.replace([], at=NOW + timedelta(hours=3))
    with ledger.reading() as work:
        assert work.findings.last() == ([], NOW + timedelta(hours=3))


def test_several_sentences_about_one_place_are_one_finding(ledger):
    with ledger.unit_of_work() as work:
        work.findings.replace([Finding("watch-error", "shop", "one"), Finding("watch-error", "shop", "two")], at=NOW)
    with ledger.reading() as work:
        assert work.findings.last()[0] == [Finding("watch-error", "shop", "one; two")]


def test_what_has_details_stays_by_itself_and_keeps_them(ledger):
    lost = [
        Finding("lost-patch", "shop", "one", {"site": "shop", "client": "Müller “& Söhne”", "incident": None}),
        Finding("lost-patch", "shop", "two", {"site": "shop", "sites": ["a", "b"], "proof": True}),
    ]
    plain = Finding("lost-patch", "shop", "three")
    with ledger.unit_of_work() as work:
        work.findings.replace([plain, *lost, plain], at=NOW)
    with ledger.reading() as work:
        found, _at = work.findings.last()
        [(raw, *_)] = work._connection.rows("select summary from check_finding where summary like '%client%'", {})
    assert sorted(found, key=str) == sorted([*lost, Finding("lost-patch", "shop", "three; three")], key=str)
    assert "Müller" in raw  # where somebody is to be forgotten, the names must be found


def _run(work: Any, at: datetime, **versions: str) -> None:
    """Take in a list of each site, with Tidy Forms in this version."""
    for site, version in versions.items():
        plugin = Installed("plugin", "tidy-forms", "Tidy Forms", version, "active")
        inventory = Inventory("list", (plugin,), complete_kinds=frozenset({"plugin"}))
        import_list(work, work.sites.get(site), inventory, ListOrigin("list", at, at, "dana"))


def test_a_build_is_lost_from_the_day_when_the_vendors_release_runs_until_a_build_is_back(ledger):
    days = [NOW + timedelta(days=day) for day in range(4)]
    with ledger.unit_of_work() as work:
        work.clients.add(Client("acme", "Acme"), at=NOW)
        for site in ("shop", "blog", "plain"):
            work.sites.add(Site(site, "acme"), at=NOW)
        _run(work, days[0], shop="1.2.4.0-p1", blog="1.2.4.0-p1", plain="1.2.4")
        assert work.findings.lost_builds() == []
        _run(work, days[1], shop="1.2.4.0-p2", blog="1.2.4", plain="1.3")
        assert work.findings.lost_builds() == [LostBuild("blog", TIDY, "1.2.4.0-p1", "1.2.4")]
        _run(work, days[2], shop="1.2.4", blog="1.3")
        assert work.findings.lost_builds() == [
            LostBuild("blog", TIDY, "1.2.4.0-p1", "1.3"),
            LostBuild("shop", TIDY, "1.2.4.0-p2", "1.2.4"),
        ]
        _run(work, days[3], shop="1.2.4.0-p3", blog="1.3.0.0-p1")
        assert work.findings.lost_builds() == []
