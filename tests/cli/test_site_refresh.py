from __future__ import annotations

import json

import pytest
from peers.fake_wp import ANSWERED, PLUGINS, FakeWp


@pytest.fixture
def wp(tmp_path, monkeypatch):
    fake = FakeWp(tmp_path / "bin")
    monkeypatch.setenv("PATH", fake.path)
    return fake


def _write(path, *rows):
    listed = [{"name": n, "status": "active", "update": "none", "version": v} for n, v in rows]
    path.write_text(json.dumps(listed), encoding="utf-8")


@pytest.fixture
def fleet(plugwatch, workspace, wp):
    """Sites with a list in a file, in a folder, behind WP-CLI, behind nothing that answers, and with no source."""
    _write(workspace / "blog.json", ("tidy-forms", "1.9"))
    plugin = workspace / "copy" / "wp-content" / "plugins" / "tidy-forms"
    plugin.mkdir(parents=True)
    (plugin / "tidy-forms.php").write_text(
        "<?php\n/* Plugin Name: Tidy Forms\n * Version: 1.10\n */\n", encoding="utf-8"
    )
    sources = {
        "shop": "wp --path=/srv/shop",
        "blog": "blog.json",
        "copy": "copy",
        "dead": "nowhere.json",
        "plain": None,
    }
    for slug, source in sources.items():
        plugwatch("site", "add", slug, "--client", "acme", *(("--source", source) if source else ()))
    return workspace


def _rows(answer):
    return {row["site"]: row for row in answer.json["sites"]}


@pytest.mark.parametrize("jobs", [1, 8])
def test_a_dead_site_is_a_row_and_the_rest_is_done(plugwatch, fleet, jobs):
    answer = plugwatch("site", "refresh", "--all", "--jobs", jobs, "--json", code=4)

    rows = _rows(answer)
    assert {name: row["ok"] for name, row in rows.items()} == {"shop": True, "blog": True, "copy": True, "dead": False}
    assert "nowhere.json: no such file or folder" in rows["dead"]["error"]
    assert rows["shop"]["added"] == [
        *("plugin/acme-forms", "mu-plugin/site-tweaks.php", "theme/storefront", "core", "php")
    ]
    assert (rows["blog"]["added"], rows["copy"]["added"]) == (["plugin/tidy-forms"], ["plugin/tidy-forms"])
    assert "without a source, and left out: plain\n" in answer.err
    where = plugwatch("component", "where", "tidy", "--json").json["installations"]
    assert [(row["site"], row["version"]) for row in where] == [("blog", "1.9"), ("copy", "1.10")]


def test_the_same_to_read(plugwatch, fleet):
    said = plugwatch("site", "refresh", "--all", code=4)

    lines = said.out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["blog", "copy", "shop", "dead"]
    assert lines[-1].startswith("dead: failed: ")
    assert "3 of 4 sites taken in\n" in said.err
    assert "warning: " in said.err  # what the list in the file does not say


def test_named_sites_alone(plugwatch, fleet):
    assert list(_rows(plugwatch("site", "refresh", "blog", "cop", "--json"))) == ["blog", "copy"]
    assert plugwatch("site", "refresh", "dead", code=4).out.startswith("dead: failed: ")
    assert "plain has no source; give it one with" in plugwatch("site", "refresh", "blog", "plain", code=1).err
    assert "no site here is called 'nobody'" in plugwatch("site", "refresh", "nobody", code=1).err


@pytest.mark.parametrize("args", [(), ("--all", "blog"), ("--all", "--jobs", "0"), ("--all", "--jobs", "65")])
def test_wrong_usage(plugwatch, fleet, args):
    assert "Usage: plugwatch site refresh" in plugwatch("site", "refresh", *args, code=2).err


def test_nothing_to_refresh_is_no_failure(plugwatch, workspace):
    assert plugwatch("site", "refresh", "--all", "--json").json == {"sites": [], "unparsed": [], "warnings": []}


def test_a_second_refresh_shows_what_changed(plugwatch, fleet):
    plugwatch("site", "refresh", "blog")
    _write(fleet / "blog.json", ("tidy-forms", "1.10"), ("new", "1"))

    row = _rows(plugwatch("site", "refresh", "blog", "--json"))["blog"]

    assert (row["added"], row["removed"], row["unchanged"]) == (["plugin/new"], [], 0)
    [change] = row["changed"]
    assert (change["component"], change["from"], change["to"], change["what"]) == (
        *("plugin/tidy-forms", "1.9", "1.10", ["updated"]),
    )


def test_a_site_that_cannot_ask_for_updates_keeps_those_that_are_known(plugwatch, fleet, wp):
    def update():
        shown = plugwatch("site", "show", "shop", "--json").json["components"]
        return next(row["update_version"] for row in shown if row["component"] == "plugin/acme-forms")

    plugwatch("site", "refresh", "shop")
    assert update() == "1.2.4"
    deaf = [{**row, "update": "none", "update_version": ""} for row in PLUGINS]
    wp.set(plugins=deaf, transients={})
    plugwatch("site", "refresh", "shop")
    assert update() == "1.2.4"
    wp.set(transients={"update_plugins": ANSWERED, "update_themes": ANSWERED})
    plugwatch("site", "refresh", "shop")
    assert update() is None


def test_a_site_that_comes_back_empty_loses_nothing(plugwatch, fleet, wp):
    plugwatch("site", "refresh", "shop")
    wp.plan("plugin list", stderr="Error: Error establishing a database connection.\n", status=1)

    row = _rows(plugwatch("site", "refresh", "shop", "--json", code=4))["shop"]

    assert row["ok"] is False
    components = plugwatch("site", "show", "shop", "--json").json["components"]
    assert "plugin/acme-forms" in {one["component"] for one in components}
