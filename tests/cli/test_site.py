from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

SITE = {
    "site": "shop",
    "client": "acme-ltd",
    "url": "https://shop.acme.example",
    "tier": "shop",
    "source": "wp @shop",
    "network": None,
    "php": "8.3",
}


def _rows(*rows: tuple[str, str], status: str = "active") -> str:
    return json.dumps([{"name": n, "status": status, "update": "none", "version": v} for n, v in rows])


@pytest.fixture
def shop(plugwatch, workspace):
    plugwatch("site", "add", "shop", "--client", "Acme Ltd")
    return "shop"


def test_a_site_is_kept_and_its_client_made(plugwatch, workspace):
    options = ("--url", "shop.acme.example", "--tier", "shop", "--source", "wp @shop", "--php", "8.3")

    added = plugwatch("site", "add", "shop", "--client", "Acme Ltd", *options, "--json")

    assert added.json == SITE
    assert "new client: acme-ltd (Acme Ltd)" in added.err
    shown = plugwatch("site", "show", "shop", "--json").json
    assert {key: shown[key] for key in SITE} == SITE
    assert [(c["component"], c["version"]) for c in shown["components"]] == [("php", "8.3")]
    assert plugwatch("client", "show", "acme", "--json").json["name"] == "Acme Ltd"


def test_a_known_client_is_not_made_again(plugwatch, shop):
    added = plugwatch("site", "add", "blog", "--client", "acme")

    assert "new client" not in added.err
    assert len(plugwatch("client", "list", "--json").json) == 1


def test_set_changes_what_it_names(plugwatch, shop):
    plugwatch("client", "add", "other")

    assert plugwatch("site", "set", "shop", "--client", "other", "--tier", "lead", "--json").json["client"] == "other"
    assert plugwatch("site", "show", "shop", "--json").json["tier"] == "lead"
    assert "shop: nothing to change" in plugwatch("site", "set", "shop", "--tier", "lead", code=1).err


def test_a_wordpress_version_can_be_told_by_hand(plugwatch, shop):
    plugwatch("site", "set", "shop", "--wordpress", "6.9.1")

    assert plugwatch("site", "list", "--core", ">=6.9", "--json").json[0]["wordpress"] == "6.9.1"
    assert plugwatch("site", "list", "--core", ">=7.0", "--json").json == []


def test_sites_are_found_by_php_and_wordpress_version(plugwatch, workspace):
    for name, php in (("old", "7.4"), ("new", "8.4.1"), ("unknown", None)):
        plugwatch("site", "add", name, "--client", "acme", *(("--php", php) if php else ()))

    assert [row["site"] for row in plugwatch("site", "list", "--php", ">=8.4", "--json").json] == ["new"]
    assert [row["site"] for row in plugwatch("site", "list", "--php", "<8", "--json").json] == ["old"]
    assert "is no condition" in plugwatch("site", "list", "--php", ">=", code=1).err
    assert "is no condition" in plugwatch("site", "list", "--php", "", code=1).err


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("add", "my shop", "--client", "x"), "'my shop' cannot be the short name of a site"),
        (("add", "-x-", "--client", "x"), None),
        (("add", "x" * 81, "--client", "x"), "cannot be the short name of a site"),
        (("add", "shop", "--client", "x"), "there is a site 'shop' already"),
        (("add", "SHOP", "--client", "x"), "there is a site 'SHOP' already"),
        (
            ("add", "new", "--client", "x", "--url", "https://u:p@host.example"),
            "must not hold a user name or a password",
        ),
        (("add", "new", "--client", "x", "--url", "ftp://host.example"), "is not the address of a site"),
        (("add", "new", "--client", "x", "--php", "seven"), "'seven' is not a PHP version"),
        (("add", "new", "--client", "x", "--wordpress", "latest"), "'latest' is not a WordPress version"),
        (("add", "new", "--client", "x", "--network", "nowhere"), "no site here is called 'nowhere'"),
        (("add", "new", "--client", "x", "--network", "new"), "cannot be a part of itself"),
        (("add", "new", "--client", "日本"), "no short name can be made of '日本'"),
        (("set", "shop", "--client", "nobody"), "no client here is called 'nobody'"),
        (("set", "nowhere", "--tier", "lead"), "no site here is called 'nowhere'"),
        (("show", "nowhere"), "plugwatch site add"),
    ],
)
def test_a_bad_value_is_one_sentence_and_keeps_nothing(plugwatch, shop, args, why):
    refused = plugwatch("site", *args, code=2 if why is None else 1)

    assert refused.out == ""
    if why:
        assert why in refused.err
        assert refused.err.count("\n") == 1
    assert [row["site"] for row in plugwatch("site", "list", "--json").json] == ["shop"]
    assert [row["client"] for row in plugwatch("client", "list", "--json").json] == ["acme-ltd"]


def test_a_part_that_fits_two_sites_lists_both(plugwatch, workspace):
    plugwatch("site", "add", "acme-shop", "--client", "acme", "--url", "https://one.example")
    plugwatch("site", "add", "acme-blog", "--client", "acme", "--url", "https://two.example")

    assert (
        "'acme' fits 2 sites: acme-blog, acme-shop; write more of the name"
        in plugwatch("site", "show", "acme", code=1).err
    )
    assert plugwatch("site", "show", "two.example", "--json").json["site"] == "acme-blog"


def test_an_import_answers_what_changed(plugwatch, shop, tmp_path):
    first, second = tmp_path / "one.json", tmp_path / "two.json"
    first.write_text(_rows(("akismet", "5.3"), ("tidy-forms", "1.2.3"), ("gone", "1")), encoding="utf-8")
    second.write_text(_rows(("akismet", "5.3"), ("tidy-forms", "1.2.4"), ("new", "2")), encoding="utf-8")
    plugwatch("site", "import", "shop", first, "--type", "plugins")

    answer = plugwatch("site", "import", "shop", second, "--type", "plugins", "--json").json

    assert answer == {
        "site": "shop",
        "format": "wpcli-json",
        "added": ["plugin/new"],
        "partial": False,
        "changed": [
            {"component": "plugin/tidy-forms", "from": "1.2.3", "to": "1.2.4", "status": "active", "what": ["updated"]}
        ],
        "removed": ["plugin/gone"],
        "unchanged": 1,
        "renamed": [],
        "returned": [],
        "unresolved": [],
        "candidates": {},
        "resolved": [],
        "network": [],
        "reopened": [],
        "unparsed": [],
        "warnings": [],
    }
    components = plugwatch("site", "show", "shop", "--json").json["components"]
    assert [(c["component"], c["version"]) for c in components] == [
        ("plugin/akismet", "5.3"),
        ("plugin/new", "2"),
        ("plugin/tidy-forms", "1.2.4"),
    ]


def test_an_import_shows_what_is_new_but_not_all_of_a_first_list(plugwatch, shop, tmp_path):
    path = tmp_path / "list.json"
    path.write_text(_rows(("akismet", "5.3")), encoding="utf-8")
    assert "new\n" not in plugwatch("site", "import", "shop", path).out

    path.write_text(_rows(("akismet", "5.3"), ("tidy-forms", "1.2.3")), encoding="utf-8")
    assert "  plugin/tidy-forms new\n" in plugwatch("site", "import", "shop", path).out


def test_a_dry_run_says_the_same_and_keeps_nothing(plugwatch, shop, tmp_path):
    path = tmp_path / "list.json"
    path.write_text(_rows(("akismet", "5.3")), encoding="utf-8")

    dry = plugwatch("site", "import", "shop", path, "--dry-run", "--json").json
    assert plugwatch("site", "show", "shop", "--json").json["components"] == []
    assert plugwatch("site", "import", "shop", path, "--json").json == dry


def test_a_partial_list_removes_nothing(plugwatch, shop, tmp_path):
    path = tmp_path / "list.json"
    path.write_text(_rows(("akismet", "5.3"), ("tidy-forms", "1")), encoding="utf-8")
    plugwatch("site", "import", "shop", path)
    path.write_text(_rows(("akismet", "5.4")), encoding="utf-8")

    assert plugwatch("site", "import", "shop", path, "--partial", "--json").json["removed"] == []
    assert plugwatch("site", "import", "shop", path, "--json").json["removed"] == ["plugin/tidy-forms"]


def test_a_list_from_a_pipe(plugwatch, shop, monkeypatch):
    pipe = io.TextIOWrapper(io.BytesIO(_rows(("akismet", "5.3")).encode()))
    monkeypatch.setattr("sys.stdin", pipe)

    assert plugwatch("site", "import", "shop", "-", "--json").json["added"] == ["plugin/akismet"]


def test_a_list_has_a_time_that_is_not_to_come(plugwatch, shop, tmp_path):
    path = tmp_path / "list.json"
    path.write_text(_rows(("akismet", "5.3")), encoding="utf-8")

    assert "is still to come" in plugwatch("site", "import", "shop", path, "--at", "2999-01-01", code=1).err
    assert "is no time" in plugwatch("site", "import", "shop", path, "--at", "noon", code=1).err
    plugwatch("site", "import", "shop", path, "--at", "2026-01-02 10:00")
    [row] = plugwatch("site", "show", "shop", "--json").json["components"]
    assert row["first_seen"] == "2026-01-02T10:00:00+01:00"
    assert "is older and cannot change" in plugwatch("site", "import", "shop", path, "--at", "2026-01-01", code=1).err


BAD_LISTS = {
    "empty": (b"", "it is empty"),
    "blank": (b" \n\n\t\n", "empty"),
    "binary": (bytes(range(256)) * 50, "it is binary data"),
    "html": (b"<!DOCTYPE html><html><head><title>Log in</title></head><body></body></html>", "it is an HTML page"),
    "zip": (b"PK\x03\x04" + b"\0" * 60, "it is a ZIP archive"),
    "words": (b"hello there", "it is no list that plugwatch knows"),
    "other json": (b'{"a": 1}', "it is no list that plugwatch knows"),
    "latin-1": ("name,status,update,version\ncafé,active,none,1\n".encode("latin-1"), "line 2: it is not UTF-8 text"),
    "toml": (b"[plugins]\nakismet = 5.3\n", "line 2: the version of plugins.akismet must be text in quotes"),
    "noise": (b"PHP Notice: something is odd\n" * 1_900_000, "it is over 8 MiB"),
}


@pytest.mark.parametrize("name", BAD_LISTS)
def test_what_is_no_list_is_one_sentence_that_names_it(plugwatch, shop, tmp_path, name):
    content, why = BAD_LISTS[name]
    path = tmp_path / "plugins.txt"
    path.write_bytes(content)

    refused = plugwatch("site", "import", "shop", path, "--json", code=1)

    assert refused.out == ""
    assert refused.err.startswith(f"plugwatch: {path}")
    assert why in refused.err
    assert refused.err.count("\n") == 1
    assert plugwatch("site", "show", "shop", "--json").json["components"] == []


@pytest.mark.parametrize("source", ["nowhere.txt", "nowhere/at/all", "."])
def test_a_source_that_is_not_there(plugwatch, shop, source):
    assert plugwatch("site", "import", "shop", source, code=1).err.startswith(f"plugwatch: {source}: ")


def test_rows_that_are_not_understood_are_shown_and_kept_out(plugwatch, shop, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("name,status,update,version\n=cmd(),active,none,1\nakismet,active,none,5.3\n", encoding="utf-8")

    answer = plugwatch("site", "import", "shop", path, "--json").json

    assert answer["added"] == ["plugin/akismet"]
    assert answer["unparsed"] == [{"line": 2, "text": "=cmd(),active,none,1"}]
    assert any("partial" in warning for warning in answer["warnings"])


def test_hostile_names_in_a_list_reach_no_terminal(plugwatch, shop, tmp_path):
    path = tmp_path / "list.json"
    rows = [
        {"name": "../../etc/passwd", "status": "active", "update": "none", "version": "1"},
        {"name": "a\x1b[31m\u202e", "status": "active", "update": "none", "version": "2"},
        {"name": "ok", "title": "\x1b]0;owned\x07\u202eevil", "status": "active", "update": "none", "version": "3"},
    ]
    path.write_text(json.dumps(rows), encoding="utf-8")

    said = plugwatch("site", "import", "shop", path)
    shown = plugwatch("site", "show", "shop")
    read = plugwatch("inventory", "read", path)

    for text in (said.out, said.err, shown.out, read.out, read.err):
        assert not set(text) & {"\x1b", "\x07", "\u202e"}
    assert [c["component"] for c in plugwatch("site", "show", "shop", "--json").json["components"]] == ["plugin/ok"]


def test_the_table_and_the_document_list_the_same(plugwatch, sites):
    rows = plugwatch("site", "list", "--json").json
    table = plugwatch("site", "list").out.splitlines()

    assert [row["site"] for row in rows] == ["blog", "dental", "shop"]
    assert [line.split("\t")[0] for line in table[1:]] == ["blog", "dental", "shop"]
    assert [row["site"] for row in plugwatch("site", "list", "--client", "northgate", "--json").json] == ["dental"]


def test_no_sites_yet(plugwatch, workspace):
    answer = plugwatch("site", "list")

    assert (answer.out, "plugwatch site add" in answer.err) == ("", True)


def test_a_folder_is_a_list_too(plugwatch, shop, tmp_path):
    plugin = tmp_path / "wp-content" / "plugins" / "akismet"
    plugin.mkdir(parents=True)
    (plugin / "akismet.php").write_text("<?php\n/* Plugin Name: Akismet\n * Version: 5.3\n */\n", encoding="utf-8")

    answer = plugwatch("site", "import", "shop", Path("..") / "wp-content", "--json").json

    assert (answer["format"], answer["added"]) == ("folder", ["plugin/akismet"])
