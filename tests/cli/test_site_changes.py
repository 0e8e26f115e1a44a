from __future__ import annotations

import json
import re
import sqlite3

import pytest

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
CHANGES = {
    "site": str,
    "since": ISO,
    "changes": [
        {
            "at": ISO,
            "component": str,
            "what": [str],
            "from": (str, None),
            "to": (str, None),
            "auto_update": (bool, None),
            "incidents": [str],
            "rank": int,
            "why": [str],
        }
    ],
}


def _take(plugwatch, tmp_path, rows, at, *options, site="shop"):
    """Import a list of (slug, version, status) that was made at a time."""
    listed = [{"name": n, "status": s, "update": "none", "version": v} for n, v, s in rows]
    path = tmp_path / "list.json"
    path.write_text(json.dumps(listed), encoding="utf-8")
    plugwatch("site", "import", site, path, "--type", "plugins", "--at", at, *options)


@pytest.fixture
def shop(plugwatch, workspace, tmp_path):
    """A site with an old list and one of yesterday."""
    plugwatch("site", "add", "shop", "--client", "acme")
    plugwatch("site", "add", "blog", "--client", "acme")
    _take(
        plugwatch,
        tmp_path,
        [("tidy-forms", "1.9", "active"), ("gone", "1", "active"), ("off", "3", "active"), ("same", "1", "active")],
        "2020-01-01 10:00",
    )
    _take(
        plugwatch,
        tmp_path,
        [("tidy-forms", "1.10", "active"), ("off", "3", "inactive"), ("same", "1", "active"), ("new", "2", "active")],
        "yesterday 10:00",
    )
    return "shop"


def _told(answer):
    return {row["component"]: (row["what"], row["from"], row["to"]) for row in answer.json["changes"]}


def test_what_changed_and_not_what_the_first_list_showed(plugwatch, shop, conforms):
    answer = plugwatch("site", "changes", "shop", "--json")

    conforms(answer.json, CHANGES)
    assert _told(answer) == {
        "plugin/tidy-forms": (["updated"], "1.9", "1.10"),
        "plugin/gone": (["removed"], "1", None),
        "plugin/off": (["deactivated"], "3", "3"),
        "plugin/new": (["installed"], None, "2"),
    }
    assert sorted(row["rank"] for row in answer.json["changes"]) == [1, 2, 3, 4]


def test_the_table_shows_the_same(plugwatch, shop):
    said = plugwatch("site", "changes", "shop")

    assert said.out.splitlines()[0].split("\t") == ["SEEN", "COMPONENT", "WHAT", "RANK", "WHY SUSPECT"]
    assert "updated 1.9 → 1.10" in said.out
    assert "removed (was 1)" in said.out
    assert "next: plugwatch incident open shop plugin/" in said.err


def test_since_says_how_far_to_look_back(plugwatch, shop, tmp_path):
    _take(plugwatch, tmp_path, [("new", "3", "active")], "today 00:00", "--partial")

    assert list(_told(plugwatch("site", "changes", "shop", "--since", "today 00:00", "--json"))) == ["plugin/new"]
    assert len(_told(plugwatch("site", "changes", "shop", "--since", "3d", "--json"))) == 4
    newest = plugwatch("site", "changes", "shop", "--json").json["changes"]
    assert [row["at"] for row in newest] == sorted((row["at"] for row in newest), reverse=True)
    assert newest[0]["component"] == "plugin/new"
    for wrong in ("3x", "", "2999-01-01", "-1d"):
        assert "plugwatch: " in plugwatch("site", "changes", "shop", f"--since={wrong}", code=1).err


def test_no_change_says_when_the_newest_list_was_made(plugwatch, shop):
    said = plugwatch("site", "changes", "shop", "--since", "1h")
    assert said.out == ""
    assert re.search(
        r"no list of shop shows a change since .*; the newest list is of \d{4}-\d\d-\d\d 10:00\n", said.err
    )

    none = plugwatch("site", "changes", "blog")
    assert re.fullmatch(r"no list of blog shows a change since \d{4}-\d\d-\d\d \d\d:\d\d\n", none.err)
    assert plugwatch("site", "changes", "blog", "--json").json["changes"] == []


def test_what_is_broken_elsewhere_is_suspected_first(plugwatch, shop, tmp_path):
    _take(plugwatch, tmp_path, [("tidy-forms", "1.10", "active")], "yesterday 11:00", site="blog")
    plugwatch("incident", "open", "blog", "tidy", "the form says no")

    rows = {row["component"]: row for row in plugwatch("site", "changes", "shop", "--json").json["changes"]}

    tidy = rows["plugin/tidy-forms"]
    assert (tidy["rank"], tidy["incidents"]) == (1, ["INC-1"])
    assert "also in INC-1, in this version" in tidy["why"]
    assert rows["plugin/new"]["incidents"] == []


def test_a_plugin_whose_version_nobody_knows_has_not_been_removed(plugwatch, shop, tmp_path):
    _take(plugwatch, tmp_path, [("strange", "", "inactive")], "yesterday 11:00", "--partial")
    _take(plugwatch, tmp_path, [("strange", "", "active")], "yesterday 12:00", "--partial")

    table = [line.split("\t") for line in plugwatch("site", "changes", "shop").out.splitlines()]
    row = next(cells for cells in table if cells[1] == "plugin/strange")
    assert row[2] == "activated"


def test_a_list_from_a_clock_that_is_ahead_is_shown_all_the_same(plugwatch, shop, workspace):
    with sqlite3.connect(workspace / "plugwatch.db") as ledger:
        ledger.execute("update installation set first_seen = '2999-01-01T00:00:00Z' where version = '1.10'")
    ledger.close()

    rows = plugwatch("site", "changes", "shop", "--json").json["changes"]

    assert rows[0]["component"] == "plugin/tidy-forms"
    assert {row["rank"] for row in rows} == set(range(1, len(rows) + 1))


def test_words_alone_list_the_suspects_with_their_reasons(plugwatch, shop):
    opened = plugwatch("incident", "open", "shop", "nothing works since this morning", "--json").json

    assert opened["component"] is None
    told = {suspect["component"]: suspect for suspect in opened["suspects"]}
    assert set(told) == {"plugin/tidy-forms", "plugin/gone", "plugin/off", "plugin/new"}
    assert all(suspect["why"] for suspect in told.values())
    assert opened["suspects"][0]["component"] == "plugin/tidy-forms"
    assert opened["suspects"][0]["why"][0].startswith("updated 1.9 → 1.10 ")
