from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import LedgerError
from plugwatch.ledger.database import open_ledger
from plugwatch.ledger.installations import key_spans
from plugwatch.ledger.queries import load_queries
from plugwatch.model.component import CORE, Component
from plugwatch.model.inventory import Installed, Inventory, diff
from plugwatch.model.site import Import, Site
from plugwatch.model.version import VersionRange, clean, sort_key

START = datetime(2026, 3, 1, 9, 15, tzinfo=timezone.utc)
TIDY, SHIP = Component("plugin", "tidy-forms"), Component("plugin", "ship-it")


def day(number):
    return START + timedelta(days=number)


def plugin(slug, version, status="active", **more):
    return Installed("plugin", slug, None, version, status, **more)


def listing(*components, wordpress=None):
    return Inventory("wpcli-json", components, wordpress_version=wordpress, complete_kinds=frozenset({"plugin"}))


def read(work, site, inventory, at, *, partial=False):
    changes = diff(work.installations.current(site.id), inventory, partial=partial)
    work.installations.apply_changes(site.id, inventory, changes, at=at)


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        yield work


@pytest.fixture
def site(work):
    return work.sites.add(Site("acme", "acme", tier="shop"), at=START)


def test_first_list_opens_a_row_for_everything_it_shows(work, site):
    read(
        work,
        site,
        listing(plugin("tidy-forms", "1.2.3", update_version="1.2.4", auto_update=True), wordpress="6.9.1"),
        START,
    )

    current = work.installations.current(site.id)
    assert set(current) == {TIDY, CORE}
    tidy = current[TIDY]
    assert (tidy.version, tidy.base_version, tidy.build, tidy.status) == ("1.2.3", "1.2.3", None, "active")
    assert (tidy.update_version, tidy.auto_update) == ("1.2.4", True)
    assert (tidy.first_seen, tidy.last_seen, tidy.closed_at) == (START, START, None)
    assert (current[CORE].version, current[CORE].name) == ("6.9.1", "WordPress")
    assert tidy.component == TIDY


def test_same_list_again_moves_last_seen_only(work, site):
    for number in (0, 1):
        read(work, site, listing(plugin("tidy-forms", "1.2.3"), wordpress="6.9.1"), day(number))

    current = work.installations.current(site.id)
    assert {(one.first_seen, one.last_seen) for one in current.values()} == {(day(0), day(1))}
    assert len(work.installations.history(site.id)) == 2


def test_new_version_status_and_absence_are_history(work, site):
    read(work, site, listing(plugin("tidy-forms", "1.2.3"), plugin("ship-it", "2.0")), day(0))
    read(work, site, listing(plugin("tidy-forms", "1.2.4"), plugin("ship-it", "2.0")), day(1))
    read(work, site, listing(plugin("tidy-forms", "1.2.4", "inactive")), day(2))
    read(work, site, listing(plugin("tidy-forms", "1.2.4", "inactive"), plugin("ship-it", "2.0")), day(3))

    def told(event):
        return (
            event.at,
            event.component,
            *(side and (side.version, side.status) for side in (event.before, event.after)),
        )

    history = [told(event) for event in work.installations.history(site.id)]
    assert history[0] == (day(3), SHIP, None, ("2.0", "active"))
    assert set(history[1:3]) == {
        (day(2), TIDY, ("1.2.4", "active"), ("1.2.4", "inactive")),
        (day(2), SHIP, ("2.0", "active"), None),
    }
    assert history[3] == (day(1), TIDY, ("1.2.3", "active"), ("1.2.4", "active"))
    assert set(history[4:]) == {(day(0), SHIP, None, ("2.0", "active")), (day(0), TIDY, None, ("1.2.3", "active"))}
    assert [told(event) for event in work.installations.history(site.id, since=day(2))] == history[:3]
    assert work.installations.history(site.id, since=day(4)) == []
    closed = {event.after.closed_at for event in work.installations.history(site.id) if event.after}
    assert closed == {day(1), day(2), None}


def test_partial_list_closes_nothing_and_moves_only_what_it_shows(work, site):
    read(work, site, listing(plugin("tidy-forms", "1.2.3"), plugin("ship-it", "2.0")), day(0))
    read(work, site, listing(plugin("tidy-forms", "1.2.3")), day(1), partial=True)

    current = work.installations.current(site.id)
    assert (current[TIDY].last_seen, current[SHIP].last_seen) == (day(1), day(0))


def test_what_a_list_does_not_say_stays_known(work, site):
    read(
        work, site, listing(plugin("tidy-forms", "1.2.3", "inactive", update_version="1.2.4", auto_update=True)), day(0)
    )
    read(work, site, listing(plugin("tidy-forms", None, "unknown")), day(1))
    tidy = work.installations.current(site.id)[TIDY]
    assert (tidy.version, tidy.status, tidy.update_version, tidy.auto_update) == ("1.2.3", "inactive", "1.2.4", True)

    read(work, site, listing(plugin("tidy-forms", None, "active")), day(2))
    tidy = work.installations.current(site.id)[TIDY]
    assert (tidy.version, tidy.base_version, tidy.status, tidy.auto_update) == ("1.2.3", "1.2.3", "active", True)

    read(work, site, listing(plugin("tidy-forms", None, "active", auto_update=False)), day(3))
    tidy = work.installations.current(site.id)[TIDY]
    assert (tidy.update_version, tidy.auto_update, tidy.first_seen) == (None, False, day(2))


def test_older_list_is_refused_and_one_of_the_same_second_is_not(work, site):
    read(work, site, listing(plugin("tidy-forms", "1.2.3")), day(1))
    read(work, site, listing(plugin("tidy-forms", "1.2.4")), day(1))

    with pytest.raises(LedgerError, match="a list of this site made at 2026-03-02 09:15 UTC is known already"):
        read(work, site, listing(plugin("tidy-forms", "1.0")), day(0))
    assert [event.after.version for event in work.installations.history(site.id)] == ["1.2.4", "1.2.3"]


def test_names_come_from_the_newest_list(work, site):
    for number, name in enumerate(["Tidy", "Tidy Forms"]):
        read(
            work, site, Inventory("csv", (Installed("plugin", "tidy-forms", name, str(number), "active"),)), day(number)
        )

    assert work.installations.current(site.id)[TIDY].name == "Tidy Forms"


def test_build_is_known_by_its_version_and_stands_on_a_version_that_was_seen(work, site):
    cases = [
        ([], "1.2.3.0-p1", "1.2.3", "1.2.3.0-p1"),
        (["1.2"], "1.2.0.0-p3", "1.2", "1.2.0.0-p3"),
        (["1.2.0", "1.3"], "1.2.0.0-p3", "1.2.0", "1.2.0.0-p3"),
        ([], "1.2.3.4-p1", "1.2.3.4", "1.2.3.4-p1"),
        ([], "1.2.3-p1", "1.2.3-p1", None),
        ([], "2.0-RC1", "2.0-RC1", None),
        ([], None, None, None),
    ]
    for number, (known, version, base, build) in enumerate(cases):
        slug = f"plugin-{number}"
        for other, seen in enumerate(known):
            read(work, work.sites.add(Site(f"{slug}-{other}", "acme"), at=START), listing(plugin(slug, seen)), START)
        read(work, site, listing(plugin(slug, version)), START, partial=True)

        found = work.installations.current(site.id)[Component("plugin", slug)]
        assert (found.version, found.base_version, found.build) == (version, base, build)


def test_marking_a_build_corrects_what_was_seen_before(work, site):
    read(work, site, listing(plugin("tidy-forms", "1.2.0.0-p1"), plugin("ship-it", "1.2.0.0-p1")), START)
    work.installations.mark_build(TIDY, "1.2.0.0-p1", "1.2")

    current = work.installations.current(site.id)
    assert (current[TIDY].base_version, current[SHIP].base_version) == ("1.2", "1.2.0")
    assert [one.site for one in work.installations.where(TIDY, VersionRange.parse("=1.2"))] == ["acme"]
    assert work.installations.where(TIDY, VersionRange.parse("=1.2.0")) == []


VERSIONS = [
    "9.2",
    "9.3-beta.1",
    "9.3",
    "9.3.0",
    "9.3.1",
    "9.3.1.0-p2",
    "9.3.2",
    "9.10",
    "10",
    "",
    None,
    "p",
    "unknown",
    "9.3pl1",
]
RANGES = [
    ">=9.3,<9.3.2",
    ">9.3,<=9.3.2",
    "=9.3",
    "!=9.3",
    "!=9.3,!=10,>9.2",
    "<9.3",
    ">9.3.2",
    ">=9.3,<9.3",
    "<=p",
    "9.3.1",
]


def test_where_answers_like_the_range_itself(work):
    for number, version in enumerate(VERSIONS):
        site = work.sites.add(Site(f"site-{number:02}", f"client-{number % 3}", tier="lead"), at=START)
        read(work, site, listing(plugin("tidy-forms", version), plugin("ship-it", "9.3.1")), START)
    everywhere = work.installations.where(TIDY)
    assert [one.version for one in everywhere] == VERSIONS
    assert (everywhere[4].site, everywhere[4].client, everywhere[4].tier) == ("site-04", "client-1", "lead")
    assert (everywhere[5].base_version, everywhere[5].build) == ("9.3.1", "9.3.1.0-p2")
    assert (everywhere[5].status, everywhere[5].last_seen) == ("active", START)

    for text in RANGES:
        versions = VersionRange.parse(text)
        expected = [one for one in everywhere if one.base_version and versions.contains(one.base_version)]
        assert work.installations.where(TIDY, versions) == expected, text


def test_where_shows_what_is_installed_now(work, site):
    read(work, site, listing(plugin("tidy-forms", "1.2.3")), day(0))
    read(work, site, listing(plugin("tidy-forms", "1.2.4")), day(1))
    assert [one.version for one in work.installations.where(TIDY)] == ["1.2.4"]

    read(work, site, listing(), day(2))
    assert work.installations.where(TIDY) == []
    assert work.installations.where(Component("plugin", "never-seen")) == []


PARTS = st.sampled_from(["0", "1", "2", "10", "256", "a", "beta", "RC", "p", "dev", "x", ".", "-", "+"])
TEXTS = st.lists(PARTS, min_size=1, max_size=6).map("".join).filter(clean)
CONDITIONS = st.tuples(st.sampled_from([">=", ">", "<=", "<", "=", "!="]), TEXTS.map(clean))


@settings(deadline=None, max_examples=300)
@given(st.lists(CONDITIONS, min_size=1, max_size=4), st.lists(TEXTS, min_size=1, max_size=8))
def test_spans_of_keys_hold_exactly_the_versions_of_the_range(conditions, versions):
    wanted = VersionRange(tuple(conditions))
    spans = key_spans(wanted)

    assert spans == sorted(spans)
    for version in [*versions, *(version for _, version in conditions)]:
        inside = [low <= sort_key(version) < high for low, high in spans]
        assert sum(inside) == wanted.contains(version)


@pytest.mark.parametrize("query", ["where_any", "where_between"])
def test_sqlite_answers_where_by_the_index(tmp_path, query):
    with open_ledger("sqlite:///w.db", workspace=tmp_path, create=True) as ledger, ledger.unit_of_work() as work:
        for number in range(30):
            site = work.sites.add(Site(f"site-{number}", "acme"), at=START)
            read(work, site, listing(plugin("tidy-forms", f"1.{number}"), plugin("ship-it", "2.0")), START)
        parameters = {"component_id": work.components.id_of(TIDY), "low": b"\1", "high": b"\2"}
        plan = work._connection.rows(f"explain query plan {load_queries('installations')[query]}", parameters)

    text = " ".join(row[-1] for row in plan)
    assert re.search(r"SEARCH installation USING (COVERING )?INDEX installation_base \(component_id=\?", text)
    assert ("base_key>? AND base_key<?" in text) == (query == "where_between")
    assert "SCAN" not in text


def test_imports_are_recorded(work, site):
    early = Import(day(0), day(5), "csv", "list.csv", True, 1, 2, 3, 4, 5, "ana")
    late = Import(day(1), day(2), "wpcli-json", "-", False, 0, 0, 0, 27, 0, "ben")
    kept = [work.imports.add(site.id, record) for record in (late, early)]

    assert work.imports.of_site(site.id) == tuple(kept)
    assert [record.id > "" for record in kept] == [True, True]
    assert work.imports.newest_times() == {site.id: day(1)}


def themes(*components, wordpress=None):
    return Inventory("wpcli-json", components, wordpress_version=wordpress, complete_kinds=frozenset({"theme"}))


def test_a_list_that_could_not_ask_for_updates_erases_none(work, site):
    told = plugin("tidy-forms", "1.2.3", update_version="1.2.4", auto_update=True, sign="possible-fork")
    read(work, site, listing(told), day(0))
    unreachable = replace(listing(plugin("tidy-forms", "1.2.3", auto_update=False)), knows_updates=False)
    read(work, site, unreachable, day(1))

    tidy = work.installations.current(site.id)[TIDY]
    assert (tidy.update_version, tidy.auto_update, tidy.sign) == ("1.2.4", False, "possible-fork")
    assert tidy.last_seen == day(1)

    read(work, site, listing(plugin("tidy-forms", "1.2.3", auto_update=False)), day(2))
    tidy = work.installations.current(site.id)[TIDY]
    assert (tidy.update_version, tidy.auto_update, tidy.sign) == (None, False, None)


def test_a_sign_goes_with_the_version_that_it_was_about(work, site):
    read(work, site, listing(plugin("tidy-forms", "1.2.9", sign="possible-fork")), day(0))
    read(work, site, listing(plugin("tidy-forms", "1.2.9", "inactive")), day(1))
    assert work.installations.current(site.id)[TIDY].sign == "possible-fork"
    [found] = work.installations.where(TIDY)
    assert found.sign == "possible-fork"

    read(work, site, listing(plugin("tidy-forms", "1.3.0", "inactive")), day(2))
    assert work.installations.current(site.id)[TIDY].sign is None


def test_signs_in_the_version_itself_are_shown_without_being_kept(work, site):
    read(work, site, listing(plugin("tidy-forms", "99.0-upstream1.2.3"), plugin("ship-it", "1.2.3.0-p1")), day(0))

    assert [work.installations.where(one)[0].sign for one in (TIDY, SHIP)] == ["possible-fork", "our-build"]
    assert {row.sign for row in work.installations.current(site.id).values()} == {None}


def test_what_was_there_before_is_known_after_it_has_gone(work, site):
    other = work.sites.add(Site("other", "acme"), at=START)
    assert work.installations.closed_before(site.id) == set()
    read(work, site, listing(plugin("tidy-forms", "1.2.3"), plugin("ship-it", "2.0"), plugin("same", "1")), day(0))
    read(work, site, listing(plugin("tidy-forms", "1.2.4"), plugin("same", "1")), day(1))

    assert work.installations.closed_before(site.id) == {TIDY, SHIP}
    assert work.installations.closed_before(other.id) == set()


def test_a_list_is_older_only_than_lists_of_what_it_names(work, site):
    storefront = Installed("theme", "storefront", None, "4.5", "active")
    read(work, site, listing(plugin("tidy-forms", "1.2.3")), day(5))
    read(work, site, themes(storefront), day(1))
    read(work, site, Inventory("by-hand", (), wordpress_version="6.9.1"), day(2))
    read(work, site, Inventory("by-hand", (), php_version="8.2"), day(0))

    refused = [
        (listing(plugin("tidy-forms", "1.2.2")), day(4)),
        (listing(), day(4)),
        (listing(Installed("mu-plugin", "tweaks.php", None, "1", "must-use")), day(4)),
        (themes(storefront, wordpress="6.9"), day(1)),
        (Inventory("by-hand", (), php_version="8.1"), START - timedelta(days=1)),
    ]
    before = work.installations.current(site.id)
    for inventory, at in refused:
        with pytest.raises(LedgerError, match="is older and cannot change"):
            read(work, site, inventory, at)
        assert work.installations.current(site.id) == before
