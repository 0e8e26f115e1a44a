from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from peers.wordpress_org import DOWN, WordPressOrgServer

from plugwatch.errors import EXIT_UNKNOWN, InputError, PlugwatchError
from plugwatch.ledger.database import open_ledger
from plugwatch.model.component import Component
from plugwatch.model.directory import UNKNOWN, DirectoryEntry
from plugwatch.model.inventory import Fleet, Installed, Inventory, SiteList
from plugwatch.model.site import Site
from plugwatch.upstream.wordpress_org import WordPressOrg
from plugwatch.workflows.inventories import ListOrigin
from plugwatch.workflows.names import parse_choice
from plugwatch.workflows.take_in import Reader, find_site, take_in, take_in_fleet

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=timezone.utc)
_numbers = count()


def row(slug, version="1.0", *, name=None, status="active"):
    return Installed("plugin", slug, name, version, status)


def plugins(*rows):
    return Inventory("wpcli-json", rows, complete_kinds=frozenset({"plugin"}))


def fleet(*sites):
    return Fleet("wpcli-all", sites)


def origin(day=0, **more):
    at = NOW + timedelta(days=day)
    return ListOrigin("list", at, at, "dana", **more)


def shop(work):
    return work.sites.get("shop")


@pytest.fixture
def known(ledger):
    with ledger.unit_of_work() as work:
        work.sites.add(Site("shop", "acme", url="https://www.shop.example/"), at=NOW)
    return ledger


@pytest.fixture
def server() -> Iterator[WordPressOrgServer]:
    with WordPressOrgServer(themes_together=True) as running:
        running.add_plugin("tidy-forms", versions=["1.0", "1.1"])
        running.close_plugin("old-thing")
        yield running


@pytest.fixture
def directory(server):
    return WordPressOrg(server.url, server.url, pause=0)


REPORT = plugins(
    row(None, name="Tidy Forms"),
    row(None, name="Old Thing"),
    row(None, name="Client's Own"),
    row("given", name="Given"),
)


def test_names_are_looked_up_and_what_is_not_sure_stays_open(known, directory, server):
    taken = take_in(Reader(known, directory), shop, REPORT, origin())

    assert [str(change.component) for change in taken.result.changes.added] == ["plugin/tidy-forms", "plugin/given"]
    assert [one.name for one in taken.result.changes.unresolved] == ["Old Thing", "Client's Own"]
    assert [naming.taken is not None for naming in taken.namings] == [True, False, False]
    assert taken.warnings == ()
    asked = {slug for request in server.requests for slug in request.slugs}
    assert asked == {"tidy-forms", "old-thing", "clients-own"}


def test_what_was_answered_is_not_asked_for_again_that_day(known, directory, server):
    take_in(Reader(known, directory), shop, REPORT, origin())
    asked = len(server.requests)
    take_in(Reader(known, directory), shop, REPORT, origin())
    assert len(server.requests) == asked

    with known.reading() as work:
        assert work.catalog.entry("plugin", "old-thing")[0].state == "closed"
        assert work.catalog.entry("plugin", "clients-own") == (DirectoryEntry("plugin", "clients-own", UNKNOWN), NOW)


def test_a_list_with_slugs_asks_nobody(known, directory, server):
    take_in(Reader(known, directory), shop, plugins(row("tidy-forms"), row("old-thing")), origin())

    assert server.requests == []


def test_a_directory_that_does_not_answer_is_a_warning_and_the_rest_is_taken_in(known, directory, server):
    server.go_wrong(DOWN, times=20)

    taken = take_in(Reader(known, directory), shop, REPORT, origin())

    assert [str(change.component) for change in taken.result.changes.added] == ["plugin/given"]
    [warning] = taken.warnings
    assert warning.startswith("names could not be looked up: ")


def test_a_dry_run_keeps_neither_names_nor_answers(known, directory):
    reader = Reader(known, directory, (parse_choice("Client's Own=own"),))

    dry = take_in(reader, shop, REPORT, origin(dry_run=True))

    with known.reading() as work:
        assert work.installations.current(shop(work).id) == {}
        assert work.catalog.chosen("plugin", "Client's Own") is None
        assert work.catalog.entry("plugin", "tidy-forms") is None
    assert dry.result == take_in(reader, shop, REPORT, origin()).result


def test_a_name_that_a_person_has_resolved_stays_so(known):
    take_in(Reader(known, None, (parse_choice("Client's Own=own"),)), shop, REPORT, origin())
    again = take_in(Reader(known), shop, REPORT, origin(1))

    assert Component("plugin", "own") in {naming.taken.component for naming in again.namings if naming.taken}
    with known.reading() as work:
        assert Component("plugin", "own") in work.installations.current(shop(work).id)


def test_a_choice_for_a_name_that_is_not_there_keeps_nothing(known):
    with pytest.raises(InputError, match="no row without a slug is called 'Slider'"):
        take_in(Reader(known, None, (parse_choice("Slider=slider"),)), shop, REPORT, origin())
    with known.reading() as work:
        assert work.installations.current(shop(work).id) == {}


def test_nobody_waits_for_the_network_with_the_ledger_locked(known, ledger_url, tmp_path):
    class Slow:
        def entries(self, components):
            with open_ledger(ledger_url, workspace=tmp_path) as other, other.unit_of_work() as work:
                work.sites.add(Site("meanwhile", "acme"), at=NOW)
            return {one: DirectoryEntry(one.kind, one.slug, UNKNOWN) for one in components}

    take_in(Reader(known, Slow()), shop, REPORT, origin())

    with known.reading() as work:
        assert [site.slug for site in work.sites.list()] == ["meanwhile", "shop"]


def test_many_sites_are_taken_in_each_for_itself(known):
    lists = fleet(
        SiteList("@shop", plugins(row("tidy-forms"))),
        SiteList("@dead", None, error="Error: could not connect"),
        SiteList("Blog & News", plugins(row("tidy-forms", "1.1")), client="Acme Ltd", url="https://blog.example"),
        SiteList("@stranger", plugins(row("x"))),
        SiteList("@alias", None, client="acme", source="wp @alias"),
    )

    rows = take_in_fleet(Reader(known), lists, origin(), client=None)

    assert [(one.name, one.taken is not None, one.created) for one in rows] == [
        ("shop", True, False),
        ("@dead", False, False),
        ("blog-news", True, True),
        ("@stranger", False, False),
        ("alias", False, True),
    ]
    assert [str(one.error) if one.error else None for one in rows][1] == "@dead: Error: could not connect"
    assert rows[1].error.exit_code == EXIT_UNKNOWN
    assert "add it with 'plugwatch site add'" in str(rows[3].error)
    with known.reading() as work:
        assert {(site.slug, site.client, site.url, site.source) for site in work.sites.list()} == {
            ("shop", "acme", "https://www.shop.example/", None),
            ("blog-news", "acme-ltd", "https://blog.example", None),
            ("alias", "acme", None, "wp @alias"),
        }


def test_new_sites_belong_to_the_client_that_is_named(known):
    lists = fleet(SiteList("@one", plugins(row("x"))), SiteList("two", plugins(row("x")), client="ACME"))

    take_in_fleet(Reader(known), lists, origin(), client="Others Inc")

    with known.reading() as work:
        assert {site.slug: site.client for site in work.sites.list()} == {
            "one": "others-inc",
            "shop": "acme",
            "two": "acme",
        }


def test_a_dry_run_adds_no_site(known):
    lists = fleet(SiteList("new", plugins(row("x")), client="Acme"), SiteList("shop", plugins(row("x"))))

    rows = take_in_fleet(Reader(known), lists, origin(dry_run=True), client=None)

    assert [(one.name, one.created, one.taken is not None) for one in rows] == [
        ("new", True, False),
        ("shop", False, True),
    ]
    with known.reading() as work:
        assert [site.slug for site in work.sites.list()] == ["shop"]
        assert work.installations.current(shop(work).id) == {}


def test_choices_of_names_go_to_the_sites_that_show_them(known):
    lists = fleet(
        SiteList("shop", plugins(row(None, name="Client's Own"))), SiteList("two", plugins(row("x")), client="acme")
    )

    rows = take_in_fleet(Reader(known, None, (parse_choice("client's own=own"),)), lists, origin(), client=None)

    assert [one.error for one in rows] == [None, None]
    assert [str(change.component) for change in rows[0].taken.result.changes.added] == ["plugin/own"]
    with pytest.raises(InputError, match="no row without a slug is called 'Slider'"):
        take_in_fleet(Reader(known, None, (parse_choice("Slider=x"),)), lists, origin(), client=None)


def test_a_list_that_fails_on_a_new_site_says_that_the_site_is_there_now(known):
    listed = SiteList("new", plugins(row("x")), client="acme")
    take_in_fleet(Reader(known), fleet(listed), origin(5), client=None)

    [old] = take_in_fleet(Reader(known), fleet(listed), origin(1), client=None)

    assert (old.created, "is older" in str(old.error)) == (False, True)


SITES = (
    Site("shop", "acme", url="https://www.shop.example/"),
    Site("blog-news", "acme", url="http://shop.example/blog"),
    Site("aliased", "acme", source="wp @other"),
    Site("twin", "acme", url="https://twin.example"),
    Site("other-twin", "bolt", url="https://www.twin.example/"),
)


@pytest.mark.parametrize(
    ("entry", "slug"),
    [
        (SiteList("@shop", None), "shop"),
        (SiteList("SHOP", None), "shop"),
        (SiteList("Blog & News", None), "blog-news"),
        (SiteList("My nice shop", None, url="http://shop.example"), "shop"),
        (SiteList("My nice shop", None, url="HTTPS://WWW.Shop.Example/blog/"), "blog-news"),
        (SiteList("shop", None, url="shop.example"), "shop"),
        (SiteList("@other", None, source="wp @other"), "aliased"),
        (SiteList("aliased", None, url="https://anywhere.example"), "aliased"),
        (SiteList("twin", None, url="https://twin.example"), "twin"),
        (SiteList("My nice shop", None), None),
        (SiteList("sho", None), None),
        (SiteList("x", None, url="https://shop.example/blog/2"), None),
        (SiteList("日本", None), None),
    ],
)
def test_a_site_is_found_by_its_name_its_source_or_its_address(entry, slug):
    found = find_site(SITES, entry)

    assert (found.slug if found else None) == slug


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (SiteList("Shop", None, url="https://another.example"), "the site 'shop' has the address"),
        (SiteList("Home", None, url="https://twin.example"), "it could be any of twin, other-twin"),
    ],
)
def test_two_sites_are_not_taken_for_one(entry, why):
    with pytest.raises(PlugwatchError, match=why):
        find_site(SITES, entry)


@pytest.fixture(scope="module")
def shared_ledger(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ledger")
    with open_ledger("sqlite:///w.db", workspace=folder, create=True) as ledger:
        yield ledger


LISTS = st.dictionaries(
    st.sampled_from("abcd"), st.tuples(st.sampled_from([None, "1.9", "1.10"]), st.sampled_from(["active", "inactive"]))
).map(lambda found: plugins(*(row(slug, version, status=status) for slug, (version, status) in found.items())))


@settings(max_examples=20)
@given(st.lists(st.lists(LISTS, min_size=3, max_size=3), min_size=1, max_size=3))
def test_many_lists_at_once_are_the_same_as_one_by_one(shared_ledger, days):
    number = next(_numbers)
    names = [f"site-{letter}-{number}" for letter in "xyz"]
    reader = Reader(shared_ledger)
    with shared_ledger.unit_of_work() as work:
        for name in names:
            work.sites.add(Site(f"{name}-single", "acme"), at=NOW)
    together, single = [], []
    for day, lists in enumerate(days):
        rows = take_in_fleet(reader, fleet(*map(SiteList, names, lists)), origin(day), client="acme")
        together += [one.taken.result for one in rows]
        for name, inventory in zip(names, lists, strict=True):
            find = lambda work, name=name: work.sites.get(f"{name}-single")  # noqa: E731
            single.append(take_in(reader, find, inventory, origin(day)).result)

    def known(work, slug):
        return {
            component: (now.version, now.status, now.first_seen, now.last_seen)
            for component, now in work.installations.current(work.sites.get(slug).id).items()
        }

    assert [(result.partial, result.warnings) for result in together] == [(one.partial, one.warnings) for one in single]
    with shared_ledger.reading() as work:
        for name in names:
            assert known(work, name) == known(work, f"{name}-single")
