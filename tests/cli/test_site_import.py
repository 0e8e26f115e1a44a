"""``site import`` beyond one list with slugs: names, many sites, what is kept and what is never read."""

from __future__ import annotations

import io
import json
import os
import stat
import threading

import pytest
from peers.fake_wp import FakeWp
from peers.mainwp import TOKEN, MainWP
from peers.wordpress_org import DOWN, WordPressOrgServer

STATUS_REPORT = """### Active Plugins (3) ###

Tidy Forms: by Maker & Sons – 1.10
Client's Own: by Acme – 2.0
Old Thing: by Nobody – 0.9
"""


def _json(*rows):
    return json.dumps([{"name": n, "status": "active", "update": "none", "version": v} for n, v in rows])


@pytest.fixture
def server():
    with WordPressOrgServer() as running:
        running.add_plugin("tidy-forms", versions=["1.9", "1.10"])
        running.close_plugin("old-thing", reason="security-issue")
        yield running


@pytest.fixture
def shop(plugwatch, workspace, server):
    """A workspace that asks the server, with one site."""
    with (workspace / "plugwatch.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[wordpress_org]\napi_url = "{server.url}"\ndownloads_url = "{server.url}"\n')
    plugwatch("site", "add", "shop", "--client", "acme", "--url", "https://shop.example")
    return "shop"


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "report.txt"
    path.write_text(STATUS_REPORT, encoding="utf-8")
    return path


def test_names_are_resolved_and_the_rest_is_listed_with_what_it_may_be(plugwatch, shop, report):
    answer = plugwatch("site", "import", "shop", report, "--json").json

    assert (answer["format"], answer["added"]) == ("woocommerce-status", ["plugin/tidy-forms"])
    assert answer["unresolved"] == ["Client's Own", "Old Thing"]
    [resolved] = answer["resolved"]
    assert (resolved["name"], resolved["component"]) == ("Tidy Forms", "plugin/tidy-forms")
    assert resolved["confidence"] >= 0.9
    assert list(answer["candidates"]) == ["Old Thing"]
    assert "closed" in answer["candidates"]["Old Thing"][0]["why"]


def test_a_person_resolves_a_name_for_ever(plugwatch, shop, report):
    first = plugwatch("site", "import", "shop", report)
    assert "not resolved to a slug: Client's Own\n" in first.err
    assert "not resolved to a slug: Old Thing (perhaps plugin/old-thing)\n" in first.err
    assert "--resolve 'Client'\"'\"'s Own=SLUG'" in first.err

    choices = ("--resolve", "client's own=acme-own", "--resolve", "Old Thing=plugin/old-thing")
    second = plugwatch("site", "import", "shop", report, *choices, "--json").json
    assert second["added"] == ["plugin/acme-own", "plugin/old-thing"]
    plugwatch("site", "add", "blog", "--client", "acme")
    third = plugwatch("site", "import", "blog", report, "--offline", "--json").json
    assert (len(third["added"]), third["unresolved"]) == (3, [])


def test_a_choice_that_fits_nothing_is_one_sentence_and_keeps_nothing(plugwatch, shop, report):
    wrong = plugwatch("site", "import", "shop", report, "--resolve", "Slider=slider", "--json", code=1)
    assert (wrong.out, wrong.err.count("\n")) == ("", 1)
    assert "such rows are: 'Tidy Forms', 'Client's Own', 'Old Thing'" in wrong.err
    assert "write --resolve" in plugwatch("site", "import", "shop", report, "--resolve", "Slider", code=1).err
    assert plugwatch("site", "show", "shop", "--json").json["components"] == []


def test_without_wordpress_org_names_stay_open_and_the_rest_is_done(plugwatch, shop, report, server):
    server.go_wrong(DOWN, times=20)
    answer = plugwatch("site", "import", "shop", report, "--json").json
    assert answer["added"] == []
    assert any(warning.startswith("names could not be looked up") for warning in answer["warnings"])

    server.faults.clear()
    asked = len(server.requests)
    plugwatch("site", "import", "shop", report, "--offline")
    assert len(server.requests) == asked
    assert plugwatch("site", "import", "shop", report, "--json").json["added"] == ["plugin/tidy-forms"]


def test_removals_wait_for_rows_without_a_slug(plugwatch, shop, report, tmp_path):
    (tmp_path / "list.json").write_text(_json(("tidy-forms", "1.9"), ("acme-own", "2.0")), encoding="utf-8")
    (tmp_path / "table.csv").write_text(
        "Plugin,Version,Status\nTidy Forms,1.10,active\nOwn,2.0,inactive\n", encoding="utf-8"
    )
    plugwatch("site", "import", "shop", tmp_path / "list.json")

    answer = plugwatch("site", "import", "shop", tmp_path / "table.csv", "--offline", "--json").json

    assert answer["removed"] == []
    assert any("a row without a slug may be plugin/acme-own, plugin/tidy-forms" in one for one in answer["warnings"])


def test_a_list_that_names_not_everything_is_partial_and_says_so(plugwatch, shop, tmp_path):
    (tmp_path / "list.json").write_text(_json(("tidy-forms", "1.9"), ("ship-it", "2.0")), encoding="utf-8")
    (tmp_path / "cut.json").write_text(_json(("tidy-forms", "1.9"), ("ship-it", "2.0"))[:-30], encoding="utf-8")
    plugwatch("site", "import", "shop", tmp_path / "list.json")

    answer = plugwatch("site", "import", "shop", tmp_path / "cut.json", "--json").json

    assert (answer["removed"], answer["partial"]) == ([], True)
    assert any("cut" in warning for warning in answer["warnings"])
    said = plugwatch("site", "import", "shop", tmp_path / "cut.json")
    assert "(wpcli-json, partial)" in said.out
    assert "warning: " in said.err


def test_the_text_is_kept_only_when_asked_and_for_its_owner_alone(plugwatch, shop, report, workspace):
    plugwatch("site", "import", "shop", report)
    plugwatch("site", "import", "shop", report, "--keep-raw", "--dry-run")
    assert not (workspace / "raw").exists()

    kept = plugwatch("site", "import", "shop", report, "--keep-raw")

    [path] = (workspace / "raw" / "shop").iterdir()
    assert str(path) in kept.err
    assert path.read_bytes() == report.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_a_pipe_gave_can_be_kept_too(plugwatch, shop, report, workspace, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(report.read_bytes())))

    plugwatch("site", "import", "shop", "-", "--keep-raw")

    [path] = (workspace / "raw" / "shop").iterdir()
    assert path.read_bytes() == report.read_bytes()


def test_a_named_pipe_is_read_once(plugwatch, shop, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    text = _json(("tidy-forms", "1.9"))
    writer = threading.Thread(target=lambda: pipe.write_text(text, encoding="utf-8"), daemon=True)
    writer.start()

    assert plugwatch("site", "import", "shop", pipe, "--json").json["added"] == ["plugin/tidy-forms"]
    writer.join()


SEVERAL = """@shop
{shop}@dead
Error: Could not connect to the server.
@blog
{blog}
"""


@pytest.fixture
def several(tmp_path):
    path = tmp_path / "all.txt"
    path.write_text(
        SEVERAL.format(shop=_json(("tidy-forms", "1.9")), blog=_json(("tidy-forms", "1.10"))), encoding="utf-8"
    )
    return path


def test_many_sites_at_once_and_one_that_failed(plugwatch, shop, several):
    answer = plugwatch("site", "import", "--all", several, "--client", "Acme", "--json", code=4).json

    rows = {row["site"]: row for row in answer["sites"]}
    assert {name: (row["ok"], row["created"]) for name, row in rows.items()} == {
        "@dead": (False, False),
        "blog": (True, True),
        "shop": (True, False),
    }
    assert "Could not connect" in rows["@dead"]["error"]
    assert rows["blog"]["added"] == ["plugin/tidy-forms"]
    where = plugwatch("component", "where", "tidy", "--json").json["installations"]
    assert {row["site"]: (row["client"], row["version"]) for row in where} == {
        "shop": ("acme", "1.9"),
        "blog": ("acme", "1.10"),
    }


def test_a_site_that_nobody_knows_is_a_row_that_says_what_to_do(plugwatch, shop, several):
    said = plugwatch("site", "import", "--all", several, code=4)

    assert "blog: failed: blog: no site is called so" in " ".join(said.out.replace("@", "").split())
    assert "1 of 3 sites taken in\n" in said.err
    assert [row["site"] for row in plugwatch("site", "list", "--json").json] == ["shop"]


def test_one_list_and_many_are_not_taken_for_each_other(plugwatch, shop, several, tmp_path):
    (tmp_path / "one.json").write_text(_json(("tidy-forms", "1.9")), encoding="utf-8")

    assert "site import --all" in plugwatch("site", "import", "shop", several, code=1).err
    assert "leave --all out" in plugwatch("site", "import", "--all", tmp_path / "one.json", code=1).err
    for wrong in (("shop",), ("shop", several, "x"), ("--all", "shop", several), ("--all", several, "--keep-raw")):
        assert "Usage: plugwatch site import" in plugwatch("site", "import", *wrong, code=2).err


def test_sites_in_a_table_with_columns_of_their_own_names(plugwatch, shop, tmp_path, workspace):
    table = "Title;Whose;Where;Admin Password\nShop;acme;https://shop.example;hunter2\nNews;Bolt;news.example;hunter3\n"
    (tmp_path / "sites.csv").write_text(table, encoding="utf-8")

    answer = plugwatch(
        *("site", "import", "--all", tmp_path / "sites.csv", "--json"),
        *("--as", "csv", "--map", "site=Title,client=Whose", "--map", "url=Where"),
    ).json

    assert {row["site"]: row["created"] for row in answer["sites"]} == {"shop": False, "News": True}
    sites = {row["site"]: row for row in plugwatch("site", "list", "--json").json}
    assert (sites["News"]["client"], sites["News"]["url"]) == ("Bolt", "https://news.example")
    assert not [path for path in workspace.rglob("*") if path.is_file() and b"hunter" in path.read_bytes()]


def test_a_site_of_the_same_name_with_another_address_is_not_mixed_up(plugwatch, shop, tmp_path):
    table = "Site,Client,URL,Slug,Version,Status\nShop,Bolt,https://bolt.example,tidy-forms,1.9,active\n"
    (tmp_path / "sites.csv").write_text(table, encoding="utf-8")

    said = plugwatch("site", "import", "--all", tmp_path / "sites.csv", code=1)

    assert "the site 'shop' has the address https://shop.example" in said.out
    assert plugwatch("site", "show", "shop", "--json").json["components"] == []


@pytest.mark.parametrize("text", ["slug", "slug=", "=Plugin"])
def test_a_map_that_names_no_column_is_refused(plugwatch, shop, several, text):
    refused = plugwatch("site", "import", "--all", several, "--map", text, code=1)

    assert f"'{text}' maps no column; write --map slug=Plugin,version=Installed" in refused.err


def test_the_aliases_of_wp_cli_become_sites_with_a_source(plugwatch, shop, tmp_path, monkeypatch):
    (tmp_path / "wp-cli.yml").write_text("@shop:\n  path: /srv/shop\n@blog:\n  path: /srv/blog\n", encoding="utf-8")
    fake = FakeWp(tmp_path / "bin")
    monkeypatch.setenv("PATH", fake.path)

    said = plugwatch("site", "import", "--all", tmp_path / "wp-cli.yml", "--client", "acme")
    assert "blog: a new site\n" in said.out
    assert "shop: known already\n" in said.out
    plugwatch("site", "refresh", "blog", "--offline")

    assert plugwatch("component", "where", "acme-forms", "--json").json["installations"][0]["site"] == "blog"


def test_a_dashboard_is_a_list_of_sites(plugwatch, shop, monkeypatch):
    rows = [{"name": "Tidy", "slug": "tidy-forms/tidy-forms.php", "version": "1.9", "active": 1, "mainwp": "F"}]
    with MainWP().running() as dashboard:
        dashboard.add(1, "My shop", rows, [], url="https://www.shop.example/")
        dashboard.add(2, "News", rows, [])
        source = f"mainwp:{dashboard.url}"
        monkeypatch.delenv("PLUGWATCH_MAINWP_TOKEN", raising=False)
        refused = plugwatch("site", "import", "--all", source, "--client", "bolt", code=1)
        assert "PLUGWATCH_MAINWP_TOKEN" in refused.err
        monkeypatch.setenv("PLUGWATCH_MAINWP_TOKEN", TOKEN)

        answer = plugwatch("site", "import", "--all", source, "--client", "bolt", "--json").json

    assert {row["site"]: (row["created"], row["added"]) for row in answer["sites"]} == {
        "shop": (False, ["plugin/tidy-forms", "core", "php"]),
        "News": (True, ["plugin/tidy-forms", "core", "php"]),
    }
    assert {row["site"]: row["client"] for row in plugwatch("site", "list", "--json").json} == {
        "shop": "acme",
        "News": "bolt",
    }
