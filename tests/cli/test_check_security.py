"""``plugwatch check`` hears of security: a feed, changelogs, a closed plugin; whom it concerns; what it may build."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from checking import LINK, TIDY, Night, make_night, make_template, record
from peers.wordpress_org import WordPressOrgServer
from workbench import git, mail_file, plugin, public_refs

SAFE = plugin("1.1.0", mail=mail_file(subject="'Greetings'"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    make_template(folder)
    return folder


@pytest.fixture
def night(template: Path, tmp_path: Path) -> Iterator[Night]:
    with WordPressOrgServer() as server:
        yield make_night(template, tmp_path, server)


def test_a_release_that_ends_a_vulnerability_comes_first_with_its_forecast_and_whom_it_concerns(night: Night) -> None:
    for site, client, version in (("shop", "acme", "1.0.0"), ("blog", "acme", "1.0.0.0-p1"), ("new", "bee", "1.1.0")):
        night.site(site, client, version)
    night.offer({"1.0.0": plugin("1.0.0"), "1.1.0": SAFE})
    feed = night.feed(record(), record("other-forms"))

    found = night.check(3, "--feed", feed)

    [alarm] = found["security"]
    assert (alarm["component"], alarm["fixed_in"], alarm["proof"]) == (TIDY, "1.1.0", True)
    assert (alarm["sites"], alarm["clients"]) == (["blog", "shop"], [{"name": "acme", "sites": 2}])
    [mark] = alarm["marks"]
    assert (mark["sign"], mark["key"], mark["affected"], mark["url"]) == ("feed", "CVE-2026-12345", "<=1.0.5", LINK)
    assert mark["attribution"] == "Copyright 2026 Feed Ltd.\nShow the link. https://feed.example/l"
    assert (found["feed"]["records"], found["feed"]["bad"], found["feed"]["note"]) == (2, 0, None)
    assert found["needs_person"] == [alarm["summary"]]
    assert alarm["summary"] == (
        f"{TIDY} 1.1.0 fixes a vulnerability on 2 sites (acme ×2): Stored XSS in the title of a form (CVE-2026-12345, "
        f"{LINK}, Copyright 2026 Feed Ltd.); the patch carries cleanly; build it now with "
        f"'plugwatch fork upgrade {TIDY} --to 1.1.0' and 'plugwatch fork build {TIDY}', "
        "or with 'plugwatch check --build'"
    )
    [kept] = night.today()["security"]
    assert kept["summary"] == alarm["summary"]
    assert (kept["component"], kept["clients"], kept["url"]) == (TIDY, ["acme"], LINK)
    shown = night.workspace.do("today").out.replace("\n             ", " ")
    assert alarm["summary"].partition("; ")[0] in shown  # with the notice and the link

    said = night.workspace.run("check")  # without the file: what was kept counts
    assert said.out.count("needs a person: ") == 1
    assert "Copyright 2026 Feed Ltd.\nShow the link. https://feed.example/l" in said.err
    assert said.err.rstrip().endswith("next: plugwatch check --build")


def test_what_sites_run_without_a_fork_is_told_with_and_without_a_fix(night: Night) -> None:
    night.site("shop", "acme", "2.0", slug="Old-Tables")
    night.site("blog", "bee", "3.1", slug="maps")
    feed = night.feed(
        record("old-tables", to="2.5", fixed="2.6", cve=None),
        record("maps", to="4.0", fixed=None, cve="CVE-2026-22222"),
        record("maps", to="3.0", fixed="3.0.1", cve="CVE-2026-33333"),
        record("maps", informational=True, to="9", cve="CVE-2026-44444"),
    )
    found = night.check(3, "--feed", feed)
    assert [(one["component"], one["fixed_in"], one["forked"], one["sites"]) for one in found["security"]] == [
        ("plugin/Old-Tables", "2.6", False, ["shop"]),
        ("plugin/maps", None, False, ["blog"]),
    ]
    tables, maps = found["needs_person"]
    assert "plugin/Old-Tables has a vulnerability on 1 site (acme): " in tables
    assert tables.endswith("2.6 fixes it: update these sites")
    assert maps.endswith("no release is known to fix it; patch it, switch it off or replace it")
    assert "CVE-2026-33333" not in maps
    night.runs("shop", "2.6", slug="Old-Tables")
    night.feed(record("maps", to="4.0", fixed=None))
    found = night.check(3, "--feed", feed)
    assert [one["component"] for one in found["security"]] == ["plugin/maps"]


def test_a_build_of_ours_is_judged_by_its_base_and_may_hold_a_fix(night: Night) -> None:
    night.workspace.do("fork", "build", TIDY, "--out", night.folder)
    night.site("shop", "acme", "1.0.0.0-p1")
    found = night.check(0, "--feed", night.feed(record(fixed=None)))
    [alarm] = found["security"]
    assert not alarm["needs_person"]
    assert "1 of them run a build of ours, which may hold a fix" in alarm["summary"]
    assert night.workspace.do("check").out.startswith(f"good to know: {TIDY} has a vulnerability ")
    assert night.check(0, "--feed", night.feed(record(to="0.9")))["security"] == []


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"a": 1}', '{"error": "not allowed"}', "<html>"])
def test_a_feed_that_says_nothing_is_unknown(night: Night, content: str | None) -> None:
    feed = night.folder / "feed.json"
    if content is not None:
        feed.write_text(content, encoding="utf-8")
    found = night.check(4, "--feed", feed)
    assert found["feed"] is None
    [missed] = found["unknown"]
    assert missed.startswith(f"the vulnerability feed {feed} ")


def test_a_feed_that_breaks_off_counts_up_to_there_and_takes_nothing_away(night: Night) -> None:
    night.site("shop", "acme", "1.0.0")
    feed = night.feed(record("maps"), record())
    night.check(3, "--feed", feed)
    whole = feed.read_text(encoding="utf-8")
    feed.write_text(whole[:-40], encoding="utf-8")
    found = night.check(3, "--feed", feed)
    assert [one["component"] for one in found["security"]] == [TIDY]
    [missed] = found["unknown"]
    assert "was read up to record 1 only" in missed
    feed.write_text(whole.replace("tidy-forms", "other"), encoding="utf-8")
    assert night.check(0, "--feed", feed)["security"] == []


def test_bad_records_are_counted_and_an_old_file_is_told(night: Night) -> None:
    night.site("shop", "acme", "1.0.0")
    software = [{"type": "plugin", "slug": "tidy-forms", "affected_versions": {"x": {"from_version": 1}}}]
    feed = night.feed(
        1, {"software": 2}, {"software": [3]}, record(software=software), record(title=""), record("maps")
    )
    settings = night.workspace.folder / "plugwatch.toml"
    settings.write_text(f'{settings.read_text()}\n[vulnerabilities]\nfeed = "../feed.json"\n', encoding="utf-8")
    os.utime(feed, (feed.stat().st_mtime - 8.5 * 24 * 3600,) * 2)
    found = night.check(4)
    assert (found["feed"]["records"], found["feed"]["bad"]) == (6, 5)
    assert found["unknown"] == [  # what is about others and not understood is counted only
        f"the vulnerability feed feed.json: {what}; read it there"
        for what in (
            f"the record CVE-2026-12345 about {TIDY} has a range without an end",
            f"a record about {TIDY} has no name",
        )
    ]
    said = (
        "the vulnerability feed feed.json: it is 8 days old; download it again; 5 of its 6 records were not understood"
    )
    assert found["feed"]["note"] == said
    assert f"note: {said}\n" in night.workspace.run("check").err


def test_a_release_that_holds_the_only_patch_leaves_nothing_to_build(night: Night) -> None:
    night.site("shop", "acme", "1.0.0")
    night.offer({"1.0.0": plugin("1.0.0"), "3.0.0": plugin("3.0.0", mail=mail_file(seconds=60))})
    [alarm] = night.check(3, "--feed", night.feed(record(fixed="3.0.0")))["security"]
    assert alarm["summary"].endswith(
        f"it holds our patch, so nothing is left to build: 'plugwatch fork upgrade {TIDY} --to 3.0.0' drops it, then "
        f"'plugwatch fork publish' or 'plugwatch fork deploy {TIDY} --stock 3.0.0' brings it to the sites"
    )


def test_the_fix_of_each_line_is_named_for_what_runs_in_it(night: Night) -> None:
    night.site("shop", "acme", "2.1.0", slug="maps")
    told = record("maps", fixed="1.9.4")
    ranges = ({"from_version": "*", "to_version": "1.9.3"}, {"from_version": "2.0", "to_version": "2.1.4"})
    told["software"][0] |= {"affected_versions": dict(enumerate(ranges)), "patched_versions": ["1.9.4", "2.1.5"]}
    [alarm] = night.check(3, "--feed", night.feed(told))["security"]
    assert alarm["fixed_in"] == "2.1.5"
    night.runs("shop", "1.9.4", slug="maps")
    assert night.check(0, "--feed", night.feed(told))["security"] == []


def test_without_a_feed_the_text_says_once_what_one_would_add(night: Night) -> None:
    said = night.workspace.do("check")
    assert said.err.count("vulnerabilities.feed") == 1
    assert night.check(0)["feed"] is None


def test_words_of_a_changelog_are_a_hint_and_a_closed_plugin_is_told(night: Night) -> None:
    night.site("shop", "acme", "1.0.0")
    entries = b"= 1.1.0 =\n* Security: escape the title\n\n= 1.0.0 =\n* Fixed an XSS\n"
    readme = b"=== Tidy Forms ===\n\n== Changelog ==\n\n" + entries
    night.offer({"1.0.0": plugin("1.0.0"), "1.1.0": SAFE | {"readme.txt": readme}})
    found = night.check(3)
    [alarm] = found["security"]
    assert (alarm["proof"], alarm["fixed_in"], [mark["key"] for mark in alarm["marks"]]) == (False, "1.1.0", ["1.1.0"])
    assert alarm["summary"].startswith(f"{TIDY} 1.1.0 may fix something of security on 1 site (acme): the vendor's ")
    assert "“Security: escape the title”, which is a hint and no proof; the patch carries cleanly" in alarm["summary"]

    night.directory.close_plugin("tidy-forms", reason="security-issue")
    night.runs("shop", "1.1.0")
    night.workspace.do("fork", "upgrade", TIDY, "--to", "1.1.0")
    found = night.check(3)
    [alarm] = found["security"]
    assert [mark["sign"] for mark in alarm["marks"]] == ["closed"]
    assert alarm["summary"].startswith(f"{TIDY} on 1 site (acme): WordPress.org has it closed since ")
    assert ": security-issue; it gets no updates there; " in alarm["summary"]
    assert alarm["summary"] in found["needs_person"]


def test_build_makes_what_is_clean_and_leaves_the_rest_with_its_reason(night: Night) -> None:
    night.workspace.do("fork", "build", TIDY, "--out", night.folder)
    night.site("shop", "acme", "1.0.0.0-p1")
    night.offer({"1.0.0": plugin("1.0.0"), "2.1.0": plugin("2.1.0", mail=mail_file(seconds=15))})
    feed = night.feed(record(fixed="2.0"))
    before = public_refs(night.workspace.fork())
    [row] = night.check(3, "--feed", feed, "--build")["built"]
    assert (row["build"], row["upgraded"]) == (None, False)
    assert "needs a person" in row["left"]
    assert {name for name in public_refs(night.workspace.fork()) if name not in before} == {"refs/tags/upstream/2.1.0"}

    night.offer({"1.0.0": plugin("1.0.0"), "2.1.0": SAFE, "2.2.0": plugin("2.2.0", mail=mail_file(subject="'Hello'"))})
    found = night.check(3, "--feed", feed, "--build")
    [row] = found["built"]
    assert (row["build"], row["upgraded"], row["left"]) == ("2.2.0.0-p1", True, None)
    assert Path(row["zip"]) == night.workspace.folder / "builds" / "tidy-forms.2.2.0.0-p1.zip"
    assert Path(row["zip"]).is_file()
    [alarm] = found["security"]
    assert (
        "build 2.2.0.0-p1 is ready: 'plugwatch fork publish' or 'plugwatch fork deploy' brings it" in alarm["summary"]
    )
    assert night.check(3, "--build")["built"] == []
    night.runs("shop", "2.2.0.0-p1")
    assert night.check(0)["security"] == []


def test_nothing_is_built_without_a_sign_and_out_wants_build(night: Night) -> None:
    night.offer({"1.0.0": plugin("1.0.0"), "1.1.0": SAFE})
    assert night.check(0, "--build")["built"] == []
    assert "refs/heads/carried/1.1.0" not in public_refs(night.workspace.fork())
    assert night.workspace.run("check", "--out", "x").code == 2


def test_a_build_that_was_killed_after_the_upgrade_is_made_by_the_next_run(night: Night) -> None:
    night.offer({"1.0.0": plugin("1.0.0"), "1.1.0": SAFE})
    night.workspace.do("fork", "build", TIDY, "--out", night.folder)
    feed = night.feed(record())
    night.check(3, "--feed", feed)
    night.workspace.do("fork", "upgrade", TIDY, "--to", "1.1.0")  # as a killed run leaves it
    [row] = night.check(0, "--build", "--out", night.folder / "out")["built"]
    assert (row["build"], row["upgraded"]) == ("1.1.0.0-p1", False)
    assert Path(row["zip"]).parent == night.folder / "out"
    assert b"wait = 60" in git(night.workspace.fork(), "cat-file", "blob", "build/1.1.0.0-p1:includes/mail.php")
