from __future__ import annotations

import json
import re

import pytest
from peers import github_readme
from peers.github import GitHub
from peers.wordpress_org import DOWN, WordPressOrgServer
from workbench import plugin, zip_files

from plugwatch.model.roads.road import ROADS
from plugwatch.model.roads.routing import VERDICTS

assert github_readme.readme  # it adds its answer to those of the stand-in

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
CODE = "tidy-works/tidy-forms"
SHOW = {
    "component": str,
    "vendor": (str, None),
    "paid": (bool, None),
    "recommended": ({*ROADS}, None),
    "why": [str],
    "roads": [
        {
            "road": {*ROADS},
            "verdict": {*VERDICTS},
            "address": (str, None),
            "why": [str],
            "why_not": [str],
            "history": (
                None,
                {
                    "sent": int,
                    "answered": int,
                    "median_days": (float, int, None),
                    "released": int,
                    "last_at": (ISO, None),
                    "who": [str],
                },
            ),
        }
    ],
    "sources": [{"source": str, "at": (ISO, None), "error": (str, None)}],
}


@pytest.fixture
def directory():
    with WordPressOrgServer() as running:
        running.add_plugin("tidy-forms", versions=["1.9", "1.10"], repository_url=f"https://github.com/{CODE}")
        yield running


@pytest.fixture
def github(tmp_path):
    peer = GitHub(tmp_path / "github")
    with peer.running():
        files = {"README.md": b"# Tidy Forms\n", ".github/PULL_REQUEST_TEMPLATE.md": b"## What?\n"}
        peer.add(CODE).commit("main", files, "Everything")
        yield peer


@pytest.fixture
def shop(plugwatch, workspace, directory, github, tmp_path, monkeypatch):
    """A workspace that asks the stand-ins, with one site."""
    monkeypatch.setenv("PLUGWATCH_GITHUB_TOKEN", "good-token")
    with (workspace / "plugwatch.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[wordpress_org]\napi_url = "{directory.url}"\ndownloads_url = "{directory.url}"\n')
        settings.write(f'\n[github]\napi_url = "{github.api_url}"\npause = 0\n')
    rows = [("tidy-forms", "1.9"), ("own", "1")]
    listed = [{"name": n, "title": n.title(), "status": "active", "update": "none", "version": v} for n, v in rows]
    (tmp_path / "list.json").write_text(json.dumps(listed), encoding="utf-8")
    plugwatch("site", "add", "shop", "--client", "acme")
    plugwatch("site", "import", "shop", tmp_path / "list.json", "--type", "plugins", "--offline")
    return "shop"


def _rows(shown):
    return {row["road"]: row for row in shown["roads"]}


def test_every_road_is_shown_with_why_and_why_not(plugwatch, shop, conforms):
    plugwatch("vendor", "set", "tidy", "--name", "TidyWorks", "--social", "x:@tidy")
    shown = plugwatch("vendor", "show", "tidy", "--json").json

    conforms(shown, SHOW)
    assert [row["road"] for row in shown["roads"]] == list(ROADS)
    assert (shown["component"], shown["vendor"], shown["paid"]) == ("plugin/tidy-forms", "TidyWorks", False)
    assert shown["recommended"] == "github-pr"
    assert shown["why"][0] == f"{CODE}: WordPress.org names it"
    assert "it has a template for pull requests" in shown["why"]
    assert _rows(shown)["github-pr"]["verdict"] == "best"
    assert _rows(shown)["social"]["address"] == "x:@tidy"
    assert [source["source"] for source in shown["sources"]] == ["WordPress.org", f"GitHub, {CODE}"]


def test_a_person_reads_a_table_and_the_next_command(plugwatch, shop):
    shown = plugwatch("vendor", "show", "tidy")
    lines = shown.out.splitlines()
    assert lines[0] == "plugin/tidy-forms: it is in the directory of WordPress.org, and what is there is free"
    assert lines[1] == "ROAD\tVERDICT\tADDRESS\tWHY"
    assert lines[2].startswith(f"github-pr\tbest\t{CODE}\t{CODE}: WordPress.org names it; worked on until ")
    assert "recommended: github-pr" in lines
    assert re.search(r"^WordPress.org: asked \d{4}-\d\d-\d\d \d\d:\d\d$", shown.err, re.MULTILINE)
    assert shown.err.endswith("next: plugwatch submission draft INC|PATCH --via github-pr\n")


def test_it_asks_once_and_again_where_it_is_told_to(plugwatch, shop, directory, github):
    plugwatch("vendor", "show", "tidy")
    asked = len(directory.requests), len(github.requests)
    plugwatch("vendor", "show", "tidy")
    assert (len(directory.requests), len(github.requests)) == asked
    plugwatch("vendor", "show", "tidy", "--refresh")
    assert len(directory.requests) == asked[0] + 1
    assert len(github.requests) > asked[1]


def test_offline_asks_nobody_and_knows_what_was_said_before(plugwatch, shop, directory, github):
    before = plugwatch("vendor", "show", "tidy", "--offline", "--json", code=4).json
    assert (before["recommended"], directory.requests, github.requests) == (None, [], [])
    plugwatch("vendor", "show", "tidy")
    asked = len(directory.requests), len(github.requests)
    after = plugwatch("vendor", "show", "tidy", "--offline", "--json").json
    assert after["recommended"] == "github-pr"
    assert (len(directory.requests), len(github.requests)) == asked


def test_both_at_once_is_wrong_usage(plugwatch, shop):
    assert "--offline forbids it" in plugwatch("vendor", "show", "tidy", "--offline", "--refresh", code=2).err


def test_a_source_that_is_down_is_unknown_and_never_fine(plugwatch, shop, directory, conforms):
    directory.go_wrong(DOWN, times=20)
    answer = plugwatch("vendor", "show", "tidy", "--json", code=4)
    conforms(answer.json, SHOW)
    (source,) = answer.json["sources"]
    assert (source["source"], source["at"]) == ("WordPress.org", None)
    assert _rows(answer.json)["forum"]["verdict"] == "unknown"
    assert f"unknown: WordPress.org: {source['error']}" in answer.err
    assert "Traceback" not in answer.err


def test_an_archived_repository_and_a_token_that_is_refused(plugwatch, shop, github, monkeypatch):
    github.repositories[CODE].archived = True
    shown = plugwatch("vendor", "show", "tidy", "--json").json
    assert (shown["recommended"], _rows(shown)["github-pr"]["verdict"]) == ("forum", "closed")
    assert f"not github-pr: {CODE} is archived, and takes nothing any more" in shown["why"]

    monkeypatch.setenv("PLUGWATCH_GITHUB_TOKEN", "wrong-token-4711")
    refused = plugwatch("vendor", "show", "tidy", "--refresh", "--json", code=4)
    assert refused.json["sources"][-1]["error"]
    assert "4711" not in refused.out + refused.err


def test_what_the_newest_release_says_counts(plugwatch, shop, tmp_path):
    main = (
        b"<?php\n/*\n * Plugin Name: Own\n * Version: 1\n * Update URI: https://updates.own.example\n"
        b" * License key: see your account\n */\n"
    )
    archive = zip_files(tmp_path / "own.zip", {**plugin("1", main=None), "own.php": main}, top="own")
    plugwatch("fork", "create", "own", "--from", archive)
    shown = plugwatch("vendor", "show", "own", "--json").json
    assert shown["paid"] is True
    assert _rows(shown)["forum"]["verdict"] == "closed"
    assert "paid plugins" in _rows(shown)["forum"]["why_not"][0]


def test_a_matter_of_security_goes_another_way(plugwatch, shop):
    shown = plugwatch("vendor", "show", "tidy", "--security", "--json").json
    assert shown["recommended"] == "security"
    assert _rows(shown)["github-pr"]["why_not"] == ["a matter of security is told in private only"]


def test_a_component_that_no_list_has_named_yet_can_be_looked_up(plugwatch, shop, directory):
    directory.add_plugin("new-thing", versions=["1.0"])
    assert plugwatch("vendor", "show", "plugin/new-thing", "--json").json["recommended"] == "forum"
    assert "no component here is called 'new-thing'" in plugwatch("vendor", "show", "new-thing", code=1).err


def test_wordpress_needs_no_network(plugwatch, shop, directory, github):
    shown = plugwatch("vendor", "show", "core", "--json").json
    assert (shown["recommended"], shown["sources"]) == ("trac", [])
    assert (directory.requests, github.requests) == ([], [])


def test_hostile_words_of_a_vendor_reach_no_terminal(plugwatch, shop, github):
    text = b"Do not open pull requests \x1b[31m\xe2\x80\xae here.\n"
    github.repositories[CODE].commit("main", {"README.md": text}, "Change")
    shown = plugwatch("vendor", "show", "tidy")
    assert "README.md says: “Do not open pull requests" in shown.out
    assert not re.search(r"[\x1b\u202e]", shown.out + shown.err)
