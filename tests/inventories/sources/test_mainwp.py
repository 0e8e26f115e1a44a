from __future__ import annotations

import time

import pytest
from peers.loopback import Reply, json_reply, page
from peers.mainwp import TOKEN, MainWP

from plugwatch import __version__
from plugwatch.errors import PlugwatchError, UnknownError
from plugwatch.inventories.sources.mainwp import fetch_fleet
from plugwatch.model.inventory import Installed

PLUGINS = [
    {
        "mainwp": "F",
        "name": "Acme Forms",
        "slug": "acme-forms/acme-forms.php",
        "description": "Forms <b>for all</b>",
        "version": "1.2.3",
        "active": 1,
        "update_version": "1.2.4",
    },
    {"mainwp": "F", "name": "Hello", "slug": "hello.php", "description": "", "version": "1.7.2", "active": 0},
    {
        "mainwp": "F",
        "name": "Tweaks",
        "slug": "site-tweaks.php",
        "description": "",
        "version": "0.3",
        "active": 1,
        "mu": 1,
    },
]
THEMES = [
    {"name": "Child", "title": "Child", "version": "2.0", "active": 1, "slug": "acme-child", "parent_active": 0},
    {"name": "Acme", "title": "Acme", "version": "2.1", "active": 0, "slug": "acme", "parent_active": 1},
    {"name": "Old", "title": "Old", "version": "1.0", "active": 0, "slug": "old", "parent_active": 0},
]


@pytest.fixture
def dashboard():
    with MainWP().running() as peer:
        yield peer


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """The pauses that were made, each of which took no time."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    return made


def _fails(dashboard, url=None, token=TOKEN):
    with pytest.raises(PlugwatchError) as caught:
        fetch_fleet(url or dashboard.url, token)
    assert TOKEN not in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_site_as_mainwp_saw_it(dashboard):
    dashboard.add(7, "Acme &\x1b Shop", PLUGINS, THEMES)

    fleet = fetch_fleet(f"{dashboard.url}/", TOKEN)

    assert (fleet.format, fleet.unparsed, fleet.warnings) == ("mainwp", (), ())
    (site,) = fleet.sites
    assert (site.name, site.url, site.client, site.error) == ("Acme & Shop", "https://site7.example/", None, None)
    assert site.inventory is not None
    assert site.inventory.format == "mainwp"
    assert (site.inventory.wordpress_version, site.inventory.php_version) == ("6.9.1", "8.2.12")
    assert site.inventory.components == (
        Installed("plugin", "acme-forms", "Acme Forms", "1.2.3", "active"),
        Installed("plugin", "hello", "Hello", "1.7.2", "inactive"),
        Installed("mu-plugin", "site-tweaks.php", "Tweaks", "0.3", "must-use"),
        Installed("theme", "acme-child", "Child", "2.0", "active"),
        Installed("theme", "acme", "Acme", "2.1", "parent"),
        Installed("theme", "old", "Old", "1.0", "inactive"),
    )
    assert site.inventory.complete_kinds == {"plugin", "mu-plugin", "theme"}
    assert (site.inventory.unparsed, site.inventory.warnings) == ((), ())


def test_what_is_asked_and_how(dashboard):
    dashboard.add(7, "Acme", PLUGINS, THEMES)

    fetch_fleet(dashboard.url, TOKEN)

    base = "/wp-json/mainwp/v2/sites"
    assert dashboard.paths == [base, f"{base}/7/plugins", f"{base}/7/themes"]
    assert dashboard.requests[0].query == {"page": "1", "per_page": "100"}
    for request in dashboard.requests:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        assert request.headers["User-Agent"] == f"plugwatch/{__version__}"


def test_newer_dashboards_tell_updates_and_must_use_plugins_apart(dashboard):
    dashboard.newer = True
    dashboard.add(7, "Acme", PLUGINS, THEMES)

    (site,) = fetch_fleet(dashboard.url, TOKEN).sites

    assert site.inventory is not None
    rows = {row.slug: (row.kind, row.status, row.update_version) for row in site.inventory.components}
    assert rows["acme-forms"] == ("plugin", "active", "1.2.4")
    assert rows["hello"] == ("plugin", "inactive", None)
    assert rows["site-tweaks.php"] == ("mu-plugin", "must-use", None)
    assert dashboard.requests[2].query == {"must_use": "1"}


def test_all_pages_are_read(dashboard):
    for number in range(1, 251):
        dashboard.add(number, f"Site {number}", PLUGINS, THEMES)

    fleet = fetch_fleet(dashboard.url, TOKEN)

    assert [site.name for site in fleet.sites] == [f"Site {number}" for number in range(1, 251)]
    asked = [request.query["page"] for request in dashboard.requests if request.path.endswith("/sites")]
    assert asked == ["1", "2", "3"]


def test_a_dashboard_that_gives_the_same_page_for_ever(dashboard):
    rows = [{"id": number, "name": f"Site {number}"} for number in range(1, 101)]
    dashboard.plan("/wp-json/mainwp/v2/sites", *[json_reply({"success": 1, "data": rows})] * 9)

    assert len(fetch_fleet(dashboard.url, TOKEN).sites) == 100


def test_one_failing_site_is_a_row_and_the_rest_is_done(dashboard):
    dashboard.add(1, "Gone", PLUGINS, THEMES)
    dashboard.add(2, "Never synced", None, None)
    dashboard.add(3, "Broken", PLUGINS, THEMES)
    dashboard.add(4, "Well", PLUGINS, THEMES)
    del dashboard.plugins[1]
    dashboard.plan("/wp-json/mainwp/v2/sites/3/plugins", *[Reply(500)] * 3)

    fleet = fetch_fleet(dashboard.url, TOKEN)

    place = f"MainWP at {dashboard.url}"
    assert [site.error for site in fleet.sites] == [
        f"{place}: it answers 404 (mainwp_site_not_found); see the site in MainWP",
        f"{place}: it has no list of this site's plugins yet; sync the site there",
        f"{place}: {dashboard.url} answers 500: its code fails; see whether the site works at all; try again later",
        None,
    ]
    assert [site.inventory is None for site in fleet.sites] == [True, True, True, False]


def test_a_dashboard_that_goes_down_is_not_asked_for_every_site(dashboard):
    for number in range(1, 31):
        dashboard.add(number, f"Site {number}", PLUGINS, THEMES)
        if number > 1:
            dashboard.plan(f"/wp-json/mainwp/v2/sites/{number}/plugins", *[Reply(503)] * 3)

    fleet = fetch_fleet(dashboard.url, TOKEN)

    assert [site.error is None for site in fleet.sites] == [True] + [False] * 29
    assert len({site.error for site in fleet.sites}) == 2
    assert len(dashboard.requests) == 1 + 2 + 2 * 3


@pytest.mark.parametrize("status", ["disconnected", "suspended"])
def test_a_site_that_mainwp_has_lost_has_an_old_list(dashboard, status):
    dashboard.add(7, "Acme", PLUGINS, THEMES, status=status)
    dashboard.add(8, "Odd", PLUGINS, THEMES, status=status, last_sync="yesterday", wp_version=6, php_version="x" * 99)

    first, second = (site.inventory for site in fetch_fleet(dashboard.url, TOKEN).sites)

    assert first is not None
    assert second is not None
    assert first.warnings == (f"MainWP calls the site {status}; this is its old list of 2026-03-01T08:00:00Z",)
    assert second.warnings == (f"MainWP calls the site {status}; this is its old list",)
    assert (second.wordpress_version, second.php_version) == (None, None)


def test_rows_that_make_no_sense_are_reported_not_guessed(dashboard):
    odd = [*PLUGINS, {"slug": "../evil.php", "name": "Evil", "version": "1", "active": 1}, "text", {"name": "No slug"}]
    dashboard.add(7, "", PLUGINS, THEMES, url="")
    dashboard.plan("/wp-json/mainwp/v2/sites/7/plugins", json_reply({"data": dict(enumerate(odd))}))

    (site,) = fetch_fleet(dashboard.url, TOKEN).sites

    assert site.name == "site 7"
    assert site.inventory is not None
    assert len(site.inventory.unparsed) == 2
    assert site.inventory.complete_kinds == {"theme"}


@pytest.mark.parametrize("number", [None, -1, 0, "1/../2", True, 1e30, [1], "٣"])
def test_a_site_without_a_number_cannot_be_asked_for(dashboard, number):
    dashboard.plan("/wp-json/mainwp/v2/sites", json_reply({"success": 1, "data": [{"id": number}, "x"]}))

    assert fetch_fleet(dashboard.url, TOKEN).sites == ()


@pytest.mark.parametrize("token", ["wrong==key", "x"])
def test_a_key_that_is_refused(dashboard, token):
    assert str(_fails(dashboard, token=token)) == (
        f"MainWP at {dashboard.url}: it refuses the API key (401); copy the API key (bearer token) of an enabled key "
        "that may read from MainWP, REST API"
    )


@pytest.mark.parametrize(
    "reply",
    [
        page("A shop", 404),
        page("A shop"),
        json_reply({"code": "rest_no_route", "message": "No route"}, 404),
        json_reply({"success": 1}),
        json_reply([]),
        Reply(200, b"[" * 100_000),
    ],
)
def test_a_wordpress_without_mainwp(dashboard, reply):
    dashboard.plan("/wp-json/mainwp/v2/sites", reply)

    assert str(_fails(dashboard)) == (
        f"MainWP at {dashboard.url}: no REST API v2 of MainWP answers there ({reply.status}); it needs MainWP 5.2 or "
        "newer and pretty permalinks, and the address of the dashboard itself"
    )


def test_a_dashboard_that_does_not_answer(dashboard, pauses):
    dashboard.plan("/wp-json/mainwp/v2/sites", *[Reply(503, headers={"Retry-After": "5"})] * 3)

    error = _fails(dashboard)

    assert isinstance(error, UnknownError)
    assert pauses == [5, 5]


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://dash.example", "is not encrypted, so no password is sent there"),
        ("https://ada@dash.example", "MainWP is asked with an API key alone; write its address without a user"),
        ("https://ada:hunter2@dash.example", "a password does not belong into an address"),
        ("dash.example", "the address cannot be read; write https://HOST"),
    ],
)
def test_an_address_that_is_none(dashboard, url, sentence):
    error = _fails(dashboard, url)

    assert sentence in str(error)
    assert "hunter2" not in str(error)


def test_a_fleet_without_sites(dashboard):
    assert fetch_fleet(dashboard.url, TOKEN).sites == ()
