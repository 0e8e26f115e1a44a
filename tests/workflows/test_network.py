"""One folder of plugins, many sites: what a list of one site of a network says of the others."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import LedgerError
from plugwatch.ledger.database import open_ledger
from plugwatch.model.component import PHP, Component
from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.site import Site
from plugwatch.workflows.inventories import ListOrigin, as_seen_by_other_site, import_list

START = datetime(2026, 3, 1, 9, 0, tzinfo=timezone.utc)
TIDY = Component("plugin", "tidy-forms")
_numbers = count()


def plugin(slug, version="1.0", status="active", kind="plugin"):
    return Installed(kind, slug, None, version, status)


def plugins(*rows, **more):
    return Inventory("wpcli-json", rows, complete_kinds=frozenset({"plugin"}), **more)


def take(work, site, inventory, day=0, **more):
    at = START + timedelta(days=day)
    return import_list(work, site, inventory, ListOrigin("list.json", at, at, "dana", **more))


def network(work, name=""):
    """The main site and two sites of its network."""
    main = work.sites.add(Site(f"{name}main", "acme"), at=START)
    parts = [work.sites.add(Site(f"{name}{slug}", "acme", network_site=main.slug), at=START) for slug in ("de", "fr")]
    return [main, *parts]


def state(work, site):
    return {one.slug: (row.version, row.status) for one, row in work.installations.current(site.id).items()}


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        yield work


@pytest.mark.parametrize("which", [0, 1, 2])
def test_files_are_the_same_on_all_sites_and_activation_is_not(work, which):
    sites = network(work)
    listed = plugins(
        plugin("own"), plugin("off", status="inactive"), plugin("all", status="active-network"), php_version="8.2"
    )

    result = take(work, sites[which], listed)

    others = [site for number, site in enumerate(sites) if number != which]
    assert {site.slug for site in result.shared} == {site.slug for site in others}
    assert state(work, sites[which]) == {
        "own": ("1.0", "active"),
        "off": ("1.0", "inactive"),
        "all": ("1.0", "active-network"),
        "php": ("8.2", "active"),
    }
    for other in others:
        assert state(work, other) == {
            "own": ("1.0", "unknown"),
            "off": ("1.0", "unknown"),
            "all": ("1.0", "active-network"),
            "php": ("8.2", "active"),
        }


def test_each_site_keeps_what_is_active_on_it(work):
    main, german, french = network(work)
    take(work, german, plugins(plugin("tidy-forms", status="inactive")))
    take(work, french, plugins(plugin("tidy-forms", status="active")), day=1)

    take(work, main, plugins(plugin("tidy-forms", "1.1")), day=2)

    assert state(work, main) == {"tidy-forms": ("1.1", "active")}
    assert state(work, german) == {"tidy-forms": ("1.1", "inactive")}
    assert state(work, french) == {"tidy-forms": ("1.1", "active")}


def test_what_stops_being_active_in_the_network_is_off_elsewhere(work):
    main, german, _french = network(work)
    take(work, main, plugins(plugin("tidy-forms", status="active-network")))

    take(work, german, plugins(plugin("tidy-forms", status="active")), day=1)

    assert state(work, main) == {"tidy-forms": ("1.0", "inactive")}
    assert as_seen_by_other_site(
        plugins(plugin("tidy-forms", status="unknown")), work.installations.current(main.id)
    ) == (plugins(plugin("tidy-forms", status="unknown")))


def test_must_use_plugins_and_drop_ins_are_on_everywhere(work):
    main, german, _french = network(work)
    rows = (plugin("tweaks.php", status="must-use", kind="mu-plugin"), plugin("db.php", status="dropin", kind="dropin"))

    take(work, main, plugins(*rows))

    assert state(work, german) == {"tweaks.php": ("1.0", "must-use"), "db.php": ("1.0", "dropin")}


def test_what_is_deleted_is_deleted_for_all(work):
    main, german, french = network(work)
    take(work, main, plugins(plugin("tidy-forms"), plugin("gone")))
    take(work, french, plugins(plugin("tidy-forms")), day=1)
    assert {tuple(state(work, site)) for site in (main, german, french)} == {("tidy-forms",)}

    take(work, german, plugins(plugin("other")), day=2, partial=True)
    assert set(state(work, main)) == {"tidy-forms", "other"}


def test_every_site_has_the_list_in_its_records(work):
    main, german, _french = network(work)
    take(work, main, plugins(plugin("tidy-forms")), partial=True)

    [record] = work.imports.of_site(german.id)
    assert (record.source_name, record.added, record.partial) == ("main's list", 1, True)


def test_a_dry_run_keeps_nothing_anywhere(work):
    sites = network(work)
    result = take(work, sites[0], plugins(plugin("tidy-forms")), dry_run=True)

    assert len(result.shared) == 2
    assert [state(work, site) for site in sites] == [{}, {}, {}]


def test_an_older_list_says_on_which_site_something_newer_is_known(ledger):
    with ledger.unit_of_work() as work:
        main, german, _french = network(work)
        take(work, german, Inventory("by-hand", (), php_version="8.4"), day=5)
        lone = work.sites.add(Site("lone", "acme"), at=START)
        take(work, lone, plugins(plugin("tidy-forms")), day=5)
        work.sites.update(Site("lone", "acme", network_site="main", id=lone.id))

    with (
        pytest.raises(LedgerError, match=r"^lone, of the same network: a list of this site made at"),
        ledger.unit_of_work() as w,
    ):
        take(w, main, plugins(plugin("tidy-forms", "0.9")), day=1)

    with ledger.reading() as work:
        assert state(work, main) == {"php": ("8.4", "active")}
        assert work.installations.current(german.id)[PHP].version == "8.4"


def test_a_site_outside_is_not_touched(work):
    main, _german, _french = network(work)
    lone = work.sites.add(Site("lone", "acme"), at=START)

    take(work, main, plugins(plugin("tidy-forms")))

    assert state(work, lone) == {}
    assert take(work, lone, plugins(plugin("ship-it"))).shared == ()
    assert set(state(work, main)) == {"tidy-forms"}


@pytest.fixture(scope="module")
def shared_work(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ledger")
    with open_ledger("sqlite:///w.db", workspace=folder, create=True) as ledger, ledger.unit_of_work() as work:
        yield work


STATUSES = st.sampled_from(["active", "inactive", "active-network", "unknown"])
FOUND = st.dictionaries(
    st.sampled_from("abcd"), st.tuples(st.sampled_from([None, "1.9", "1.10"]), STATUSES), max_size=4
)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 2), FOUND, st.booleans()), max_size=6))
def test_whichever_site_is_listed_all_have_the_same_versions(shared_work, lists):
    sites = network(shared_work, f"n{next(_numbers)}-")
    for day, (which, found, partial) in enumerate(lists):
        rows = [plugin(slug, version, status) for slug, (version, status) in found.items()]
        take(shared_work, sites[which], plugins(*rows), day, partial=partial)

        states = [state(shared_work, site) for site in sites]
        versions = [{slug: version for slug, (version, _) in one.items()} for one in states]
        assert versions[0] == versions[1] == versions[2]
        on = [{slug for slug, (_, status) in one.items() if status == "active-network"} for one in states]
        assert on[0] == on[1] == on[2]
