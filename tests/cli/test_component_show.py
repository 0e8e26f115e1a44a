from __future__ import annotations

import json
import re

import pytest
from peers.wordpress_org import DOWN, WordPressOrgServer

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
SHOW = {
    "component": str,
    "name": (str, None),
    "versions": [{"version": str, "sites": int}],
    "wordpress_org": (
        None,
        {
            "state": {"open", "closed", "unknown"},
            "name": (str, None),
            "version": (str, None),
            "repository_url": (str, None),
            "commercial_support_url": (str, None),
            "support_threads": (int, None),
            "closed_reason": (str, None),
            "asked_at": ISO,
        },
    ),
    "rewritten": [{"version": str, "files": [str]}],
    "unknown": (str, None),
}


@pytest.fixture
def server():
    with WordPressOrgServer() as running:
        yield running


@pytest.fixture
def shop(plugwatch, workspace, server, tmp_path):
    """A workspace that asks the server, with one site."""
    with (workspace / "plugwatch.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[wordpress_org]\napi_url = "{server.url}"\ndownloads_url = "{server.url}"\n')
    rows = [("tidy-forms", "1.9"), ("old-thing", "2"), ("own", "1")]
    listed = [{"name": n, "title": n.title(), "status": "active", "update": "none", "version": v} for n, v in rows]
    (tmp_path / "list.json").write_text(json.dumps(listed), encoding="utf-8")
    plugwatch("site", "add", "shop", "--client", "acme")
    plugwatch("site", "import", "shop", tmp_path / "list.json", "--type", "plugins", "--offline")
    return "shop"


def test_what_wordpress_org_says(plugwatch, shop, server, conforms):
    server.add_plugin(
        "tidy-forms",
        versions=["1.9", "1.10"],
        business_model="commercial",
        commercial_support_url="https://maker.example/help",
    )

    shown = plugwatch("component", "show", "tidy", "--json").json

    conforms(shown, SHOW)
    assert (shown["component"], shown["versions"]) == ("plugin/tidy-forms", [{"version": "1.9", "sites": 1}])
    assert (shown["wordpress_org"]["state"], shown["wordpress_org"]["version"]) == ("open", "1.10")
    assert shown["wordpress_org"]["commercial_support_url"] == "https://maker.example/help"
    lines = [" ".join(line.split()) for line in plugwatch("component", "show", "tidy").out.splitlines()]
    assert lines[:2] == ["plugin/tidy-forms Tidy-Forms", "1.9 on 1 site"]
    assert re.fullmatch(r"WordPress.org, asked \d{4}-\d\d-\d\d \d\d:\d\d: 1\.10", lines[2])
    assert {"paid support https://maker.example/help", "support threads 1 of 3 resolved in two months"} < set(lines)


def test_a_closed_plugin_is_told_from_one_that_is_not_there(plugwatch, shop, server):
    server.close_plugin("old-thing", reason="security-issue")

    closed, unknown = (plugwatch("component", "show", name, "--json").json["wordpress_org"] for name in ("old", "own"))

    assert (closed["state"], closed["closed_reason"], closed["closed_date"]) == (
        "closed",
        "security-issue",
        "2026-05-04",
    )
    assert unknown["state"] == "unknown"
    assert "closed since 2026-05-04: This plugin has been closed" in plugwatch("component", "show", "old").out
    assert "not hosted there" in plugwatch("component", "show", "own").out


def test_a_release_that_was_changed_behind_our_back_is_an_alarm(plugwatch, shop, server):
    server.add_plugin("tidy-forms", versions=["1.9"])
    server.add_checksums("tidy-forms", "1.9", {"tidy-forms.php": ["a" * 64, "b" * 64], "\x1b[31mx.php": ["c" * 64]})

    shown = plugwatch("component", "show", "tidy", "--json").json
    assert shown["rewritten"] == [{"version": "1.9", "files": ["tidy-forms.php"]}]
    text = plugwatch("component", "show", "tidy").out
    assert "ALARM: WordPress.org has shipped 1 file in two forms as 1.9: tidy-forms.php\n" in text
    assert "\x1b" not in text


def test_what_cannot_be_asked_is_unknown_and_not_fine(plugwatch, shop, server, conforms):
    server.go_wrong(DOWN, times=20)

    answer = plugwatch("component", "show", "tidy", "--json", code=4)

    conforms(answer.json, SHOW)
    assert answer.json["wordpress_org"] is None
    assert "plugin/tidy-forms" in answer.json["unknown"]
    assert answer.err.startswith("unknown: ")
    assert "Traceback" not in answer.err


def test_offline_asks_nobody(plugwatch, shop, server):
    answer = plugwatch("component", "show", "tidy", "--offline", "--json")

    assert (answer.json["wordpress_org"], answer.json["unknown"], server.requests) == (None, None, [])


def test_hostile_texts_of_the_directory_reach_no_terminal(plugwatch, shop, server):
    server.add_plugin(
        "tidy-forms", versions=["1.9"], name="\x1b]0;x\x07Tidy\u202e", tested="\x1b[2J6.9", business_model="\x07"
    )

    shown = plugwatch("component", "show", "tidy")

    assert not set(shown.out + shown.err) & {"\x1b", "\x07", "\u202e"}


def test_a_component_that_nothing_has_named(plugwatch, shop):
    assert "no component here is called 'nothing'" in plugwatch("component", "show", "nothing", code=1).err
