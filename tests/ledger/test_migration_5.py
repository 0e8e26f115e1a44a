"""A ledger of version 4, which kept a site's PHP in the site's row, becomes one with a history of it."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.ledger.database import connect, open_ledger
from plugwatch.ledger.migrate import MIGRATIONS, migrate
from plugwatch.ledger.times import to_text
from plugwatch.model.component import CORE, PHP, Component
from plugwatch.model.inventory import Inventory, diff
from plugwatch.model.site import Site
from plugwatch.model.version import VersionRange, sort_key

ADDED = datetime(2026, 3, 1, 9, 15, tzinfo=timezone.utc)
LISTED = ADDED + timedelta(days=3)
TIDY = Component("plugin", "tidy-forms")
SITES = {"shop": "8.2.12", "blog": "8.10", "old": "8.9", "odd": "8.2.12", "untold": None}


def _old_ledger(url, tmp_path):
    """A ledger as the plugwatch before this migration has left it: five sites, a plugin on one of them."""
    folder = tmp_path / "four"
    folder.mkdir()
    for file in sorted(MIGRATIONS.iterdir())[:4]:
        shutil.copy(file, folder)
    connection = connect(url, tmp_path, create=True)
    migrate(connection, create=True, folder=folder)
    connection.run(
        "insert into client (id, slug, name, folded_name, created_at) values ('c', 'acme', 'Acme', 'acme', :at)",
        {"at": to_text(ADDED)},
    )
    for slug, php in SITES.items():
        connection.run(
            "insert into site (id, client_id, slug, tier, php_version, created_at) "
            "values (:id, 'c', :id, 'shop', :php, :at)",
            {"id": slug, "php": php, "at": to_text(ADDED)},
        )
    connection.run(
        "insert into component (id, kind, slug, name, folded_name) "
        "values ('t', 'plugin', 'tidy-forms', 'Tidy Forms', 'tidy forms')",
        {},
    )
    connection.run(
        "insert into installation (id, site_id, component_id, version, version_key, base_version, base_key, status, "
        "first_seen, last_seen) values ('i', 'shop', 't', '1.2.3', :key, '1.2.3', :key, 'active', :at, :at)",
        {"key": sort_key("1.2.3"), "at": to_text(LISTED)},
    )
    connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request, tmp_path):
    """That ledger, opened by this plugwatch, on both engines in turn."""
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/w.db" if sqlite else request.getfixturevalue("empty_postgres_url")
    _old_ledger(url, tmp_path)
    with open_ledger(url, workspace=tmp_path) as opened:
        yield opened


def test_php_is_a_component_since_the_site_was_added(ledger):
    with ledger.reading() as work:
        for slug, version in SITES.items():
            site = work.sites.get(slug)
            php = work.installations.current(site.id).get(PHP)
            assert (php.version if php else None) == version
            if php:
                assert (php.base_version, php.build, php.status) == (version, None, "active")
                assert (php.first_seen, php.last_seen, php.closed_at) == (ADDED, ADDED, None)
                assert [(e.at, e.component) for e in work.installations.history(site.id)][-1:] == [(ADDED, PHP)]
        assert str(work.components.resolve("php")) == "php"
        assert work.components.names() == {PHP: "PHP", TIDY: "Tidy Forms"}


@pytest.mark.parametrize(
    ("text", "slugs"),
    [
        (">=8.2", ["blog", "odd", "old", "shop"]),
        (">=8.10", ["blog"]),
        ("<8.10", ["odd", "old", "shop"]),
        ("=8.2.12", ["odd", "shop"]),
        ("<8", []),
    ],
)
def test_its_versions_are_in_the_order_of_php(ledger, text, slugs):
    with ledger.reading() as work:
        found = work.installations.where(PHP, VersionRange.parse(text))

    assert [row.site for row in found] == slugs


def test_what_was_installed_is_as_it_was_and_found_by_its_name(ledger):
    with ledger.reading() as work:
        [tidy] = work.installations.where(TIDY, VersionRange.parse(">=1.2,<1.3"))
        assert (tidy.site, tidy.version, tidy.last_seen, tidy.sign) == ("shop", "1.2.3", LISTED, None)
        assert work.components.called("plugin", "TIDY Forms") == [TIDY]
        assert {site.slug for site in work.sites.list()} == set(SITES)


def test_history_goes_on_from_there(ledger):
    report = Inventory("site-health", (), wordpress_version="6.9.1", php_version="8.4.1")
    with ledger.unit_of_work() as work:
        for slug in ("shop", "untold"):
            site = work.sites.get(slug)
            changes = diff(work.installations.current(site.id), report, partial=False)
            work.installations.apply_changes(site.id, report, changes, at=LISTED)
        new = work.sites.add(Site("new", "acme"), at=LISTED)

        shop, untold = work.sites.get("shop"), work.sites.get("untold")
        [change] = [one for one in work.installations.history(shop.id) if one.component == PHP and one.before]
        assert (change.at, change.before.version, change.after.version) == (LISTED, "8.2.12", "8.4.1")
        assert set(work.installations.current(untold.id)) == {PHP, CORE}
        assert work.installations.current(new.id) == {}
        assert [row.site for row in work.installations.where(PHP, VersionRange.parse(">=8.4.1"))] == [
            *("blog", "old", "shop", "untold")
        ]


def test_a_ledger_without_any_php_gets_no_such_component(tmp_path, monkeypatch):
    monkeypatch.setattr(f"{__name__}.SITES", {"shop": None})
    url = f"sqlite:///{tmp_path}/w.db"
    _old_ledger(url, tmp_path)

    with open_ledger(url, workspace=tmp_path) as ledger, ledger.reading() as work:
        assert list(work.components.names()) == [TIDY]
        assert len(work.installations.history("shop")) == 1
