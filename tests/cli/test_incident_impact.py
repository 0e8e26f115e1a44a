from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing

import pytest

from plugwatch.model.impact import GROUPS
from plugwatch.model.incident import IMPACTS
from plugwatch.render.folding import cells

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
SHOWN = {
    "incident": "INC-1",
    "component": "plugin/tidy-forms",
    "range": {
        "affected": (str, None),
        "introduced": (str, None),
        "fixed": (str, None),
        "proposed": (str, None),
        "why": [str],
    },
    "sites": [
        {
            "site": str,
            "client": str,
            "tier": {"shop", "lead", "info"},
            "version": (str, None),
            "base_version": (str, None),
            "status": (str, None),
            "auto_update": (bool, None),
            "offered": (str, None),
            "in_range": (bool, None),
            "state": ({*IMPACTS}, None),
            "justification": (str, None),
            "detail": (str, None),
            "actor": (str, None),
            "at": (ISO, None),
            "valid_until": (ISO, None),
            "stale": bool,
            "last_seen": (ISO, None),
            "group": set(GROUPS),
            "hints": [str],
            "proposed": (str, None),
        }
    ],
    "changed": [{"site": str, "state": set(IMPACTS), "justification": (str, None)}],
    "perhaps": [str],
}


def _list(folder, site, version, *, auto="off", offered="", status="active"):
    """A list of a site with one version of Tidy Forms."""
    row = {"name": "tidy-forms", "status": status, "version": version, "auto_update": auto}
    row |= {"update": "available" if offered else "none", "update_version": offered}
    path = folder / f"{site}-{(version or 'none')[:9]}.json"
    path.write_text(json.dumps([row]), encoding="utf-8")
    return path


@pytest.fixture
def put(plugwatch, tmp_path):
    """Add a site that runs a version of Tidy Forms."""

    def puts(site, version, *, at="00:00", **facts):
        plugwatch("site", "add", site, "--client", f"{site}-client")
        plugwatch("site", "import", site, _list(tmp_path, site, version, **facts), "--type", "plugins", "--at", at)

    return puts


@pytest.fixture(scope="session")
def hit_commands(tmp_path_factory):
    """acme was updated to 5.9.4 and called; elm and fern will get it by an update."""
    lists = tmp_path_factory.mktemp("lists")
    tiers = {"acme": "shop", "corvid": "info", "elm": "info", "fern": "lead", "hazel": "info"}
    seen = (
        (_list(lists, "acme", "5.9.3"), "yesterday 10:00"),
        (_list(lists, "acme", "5.9.4"), "00:00"),
        (_list(lists, "corvid", "5.9.4"), "00:00"),
        (_list(lists, "elm", "5.9.3", offered="5.9.4"), "00:00"),
        (_list(lists, "fern", "5.9.3", auto="on"), "00:00"),
        (_list(lists, "hazel", "5.9.2"), "00:00"),
    )
    return (
        *(("site", "add", site, "--client", f"{site}-client", "--tier", tier) for site, tier in tiers.items()),
        *(("site", "import", p.name.split("-")[0], p, "--type", "plugins", "--at", at) for p, at in seen),
        ("incident", "open", "acme", "tidy", "the form does not send"),
    )


@pytest.fixture
def hit(plugwatch, workspace, agencies, hit_commands):
    """A workspace with INC-1, and five sites."""
    shutil.copytree(agencies(*hit_commands), workspace, dirs_exist_ok=True)


def _groups(document):
    groups = {}
    for row in document["sites"]:
        groups.setdefault(row["group"], []).append(row["site"])
    return groups


def test_every_site_is_listed_and_those_that_will_be_hit_come_first(plugwatch, hit, conforms):
    document = plugwatch("incident", "impact", "1", "--json").json

    conforms(document, SHOWN)
    assert _groups(document) == {"next": ["fern", "elm"], "affected": ["acme"], "triage": ["corvid"], "out": ["hazel"]}
    assert list(_groups(document)) == ["next", "affected", "triage", "out"]
    assert [row["in_range"] for row in document["sites"]] == [False, False, True, True, False]
    acme = document["sites"][2]
    assert (acme["state"], acme["justification"], acme["actor"]) == ("affected", "reported", "dana")
    assert document["range"] == {
        "affected": None,
        "introduced": "5.9.4",
        "fixed": None,
        "proposed": ">=5.9.4",
        "why": ["bad 5.9.4", "good 5.9.3"],
    }
    assert document["changed"] == []


def test_a_list_that_is_too_old_makes_a_site_unknown(plugwatch, hit, put):
    put("gorse", "5.9.3", at="2026-01-01 09:00")

    document = plugwatch("incident", "impact", "1", "--json", code=4).json
    [gorse] = [row for row in document["sites"] if row["site"] == "gorse"]
    assert (gorse["group"], gorse["stale"], gorse["in_range"], gorse["state"]) == ("unknown", True, None, None)
    shown = plugwatch("incident", "impact", "1", code=4)
    assert re.search(r"NOT KNOWN\n  gorse .* 5\.9\.3\? .*last seen \d+ days ago\n", shown.out)
    assert "plugwatch site refresh gorse" in shown.err
    plugwatch("incident", "impact", "1", "--set", "gorse=not_affected:requires_configuration")


def test_how_old_a_list_may_be_is_a_setting(plugwatch, workspace, hit, put):
    put("juniper", "5.9.4", at="yesterday 00:00")
    plugwatch("incident", "impact", "1")
    settings = workspace / "plugwatch.toml"
    settings.write_text(settings.read_text("utf-8") + '\n[inventory]\nstale_after = "24h"\n', "utf-8")

    document = plugwatch("incident", "impact", "1", "--json", code=4).json
    assert [row["site"] for row in document["sites"] if row["stale"]] == ["juniper"]


def test_verdicts_are_set_on_one_site_or_on_many(plugwatch, hit, conforms):
    wide = ("--set", "tier=info:not_affected:code_not_reachable")
    named = ("--set", "corvid=affected:same form", "--detail", "asked them", "--until", "14d")
    document = plugwatch("incident", "impact", "1", *named, *wide, "--json").json

    conforms(document, SHOWN)
    assert document["changed"] == [{"site": "corvid", "state": "affected", "justification": "same form"}]
    [corvid] = [row for row in document["sites"] if row["site"] == "corvid"]
    assert (corvid["detail"], corvid["actor"], corvid["group"]) == ("asked them", "dana", "affected")
    assert corvid["valid_until"] > corvid["at"]
    shown = plugwatch("incident", "impact", "1").out
    assert re.search(r"  corvid .* affected +same form, “asked them”, dana \d+:\d\d, until ", shown)
    assert [impact["state"] for impact in plugwatch("incident", "show", "1", "--json").json["impacts"]] == [
        "affected",
        "affected",
    ]
    assert "impact: affected (same form): corvid" in plugwatch("incident", "show", "1").out


def test_a_date_means_until_the_day_is_over(plugwatch, hit):
    document = plugwatch("incident", "impact", "1", "--set", "corvid=affected", "--until", "2099-12-24", "--json").json

    [corvid] = [row for row in document["sites"] if row["site"] == "corvid"]
    assert corvid["valid_until"] == "2099-12-24T23:59:59+01:00"


def test_the_proposed_range_is_taken_and_puts_more_sites_in_triage(plugwatch, hit, put):
    put("iris", "5.9.5")
    before = plugwatch("incident", "impact", "1", "--json").json
    assert _groups(before)["unknown"] == ["iris"]

    document = plugwatch("incident", "impact", "1", "--accept-range", "--json").json

    assert (document["range"]["affected"], document["range"]["proposed"]) == (">=5.9.4", ">=5.9.4")
    assert document["changed"] == [{"site": "iris", "state": "in_triage", "justification": "in the affected range"}]
    assert _groups(document)["triage"] == ["corvid", "iris"]
    plugwatch("incident", "impact", "1", "--accept-range")
    assert plugwatch("incident", "show", "1", "--json").json["affected"] == ">=5.9.4"


def test_a_smaller_range_lets_go_whom_nobody_has_judged(plugwatch, hit, put):
    put("iris", "5.9.5")
    plugwatch("incident", "impact", "1", "--affected", ">=5.9.4")
    document = plugwatch("incident", "impact", "1", "--affected", ">=5.9.4,<5.9.5", "--json").json

    assert _groups(document)["out"] == ["hazel", "iris"]
    assert (document["range"]["introduced"], document["range"]["fixed"]) == ("5.9.4", "5.9.5")
    assert document["changed"] == []


def test_affected_versions_that_were_wrong_are_taken_back(plugwatch, hit):
    plugwatch("incident", "impact", "1", "--affected", ">=5.9.3")

    for _ in range(2):
        document = plugwatch("incident", "impact", "1", "--affected", "none", "--json").json
        assert (document["range"]["affected"], document["range"]["introduced"]) == (None, "5.9.4")
    timeline = plugwatch("incident", "show", "1", "--json").json["timeline"]
    assert [event["body"] for event in timeline if event["kind"] == "set"] == [
        "affected versions: >=5.9.3",
        "affected versions: none",
    ]


def test_a_site_that_calls_again_after_its_verdict_ran_out_is_affected_again(plugwatch, hit, workspace):
    plugwatch("incident", "impact", "1", "--set", "acme=affected:reported", "--until", "1d")
    with closing(sqlite3.connect(workspace / "plugwatch.db")) as ledger, ledger:
        ledger.execute("update impact set valid_until = '2020-01-01T00:00:00Z' where valid_until is not null")
    assert "acme" in _groups(plugwatch("incident", "impact", "1", "--json").json)["triage"]

    plugwatch("incident", "open", "acme", "tidy", "it still does not send")

    assert "acme" in _groups(plugwatch("incident", "impact", "1", "--json").json)["affected"]


def test_evidence_that_contradicts_itself_needs_a_person(plugwatch, hit, put):
    put("iris", "5.9.6")
    put("juniper", "5.9.5")
    plugwatch("incident", "impact", "1", "--set", "iris=affected", "--set", "juniper=not_affected:code_not_present")

    refused = plugwatch("incident", "impact", "1", "--accept-range", code=3)
    assert "5.9.5 is good, and so the bad 5.9.4 to 5.9.6 are no single range" in refused.err
    assert "none proposed: 5.9.5 is good" in plugwatch("incident", "impact", "1").out


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("--set", "corvid"), 1, "'corvid' is no verdict"),
        (("--set", "nowhere=affected"), 1, "no site here is called 'nowhere'"),
        (("--set", "client=nobody:affected"), 1, "nobody"),
        (("--set", "tier=lead:affected"), 1, "no site that it may concern fits 'tier lead'"),
        (("--set", "corvid=affected", "--until", "2020-01-01"), 1, "is over already"),
        (("--set", "corvid=affected", "--until", "soon"), 1, "'soon' is no end of a verdict; write 14d"),
        (("--set", "corvid=affected", "--detail", " "), 1, "--detail needs some text"),
        (("--detail", "x"), 2, "belong to a verdict"),
        (("--affected", ">=1", "--accept-range"), 2, "exclude each other"),
        (("--affected", "about 5"), 1, "is no condition"),
        (("--affected", "all"), 1, "'all' is no version"),
        (("--affected", ""), 1, "is no condition"),
        (("--affected", ">=5.9.6,<5.9.4"), 1, "no version is in '>=5.9.6,<5.9.4'"),
    ],
)
def test_what_cannot_be_set_is_said_and_nothing_is_written(plugwatch, hit, args, code, said):
    before = plugwatch("incident", "show", "1", "--json").json

    more = () if code == 2 else ("--set", "acme=mitigated")
    assert said in plugwatch("incident", "impact", "1", *more, *args, code=code).err
    assert plugwatch("incident", "show", "1", "--json").json == before


def test_the_groups_on_a_screen_say_why_and_what_to_do_next(plugwatch, hit, put):
    put("iris", "5.9.5")
    put("juniper", "5.9.4", status="inactive")
    put("kale", None)
    mended = ("--set", "corvid=mitigated:rolled back")

    ran = plugwatch("incident", "impact", "1", *mended, code=4)
    proposed = "not_affected:code_not_reachable"
    shown = re.sub(r"dana \d+:\d\d", "dana TIME", re.sub(" {2,}", "  ", ran.out))
    assert shown.splitlines() == [
        "INC-1  plugin/tidy-forms  5.9.4 affected versions not set (proposed >=5.9.4: bad 5.9.4, good 5.9.3)",
        "corvid: mitigated (rolled back)",
        "WILL BE HIT NEXT",
        "  fern  fern-client  lead  5.9.3  auto-update on",
        "  elm  elm-client  info  5.9.3  5.9.4 offered",
        "HIT",
        "  acme  acme-client  shop  5.9.4  affected  reported, dana TIME",
        "TO LOOK AT",
        f"  juniper  juniper-client  info  5.9.4  in_triage  nobody has looked, inactive, perhaps {proposed}",
        "NOT KNOWN",
        "  iris  iris-client  info  5.9.5  later version, nobody has looked",
        "  kale  kale-client  info  ?  version not known",
        "OUT OF IT 1 site · DONE 1 site (1 mitigated)",
    ]
    assert f"plugwatch incident impact 1 --set juniper={proposed}" in ran.err
    assert "plugwatch incident impact 1 --accept-range" in ran.err
    assert "plugwatch incident hold 1 --reason" in ran.err


def test_sites_that_show_names_only_may_have_it(plugwatch, hit, tmp_path):
    plugwatch("site", "add", "larch", "--client", "larch-client")
    path = tmp_path / "names.txt"
    path.write_text("### wp-plugins-active (1) ###\n\nTidy Forms: version: 5.9.4, author: x\n", encoding="utf-8")
    plugwatch("site", "import", "larch", path, "--offline")

    ran = plugwatch("incident", "impact", "1")
    assert "perhaps on larch too: their lists show names without slugs" in ran.err
    assert plugwatch("incident", "impact", "1", "--json").json["perhaps"] == ["larch"]


def test_an_incident_without_a_cause_lists_whom_somebody_judged(plugwatch, hit):
    plugwatch("incident", "open", "hazel", "something is wrong")

    document = plugwatch("incident", "impact", "2", "--json").json
    assert (document["component"], document["range"]["proposed"]) == (None, None)
    assert [(row["site"], row["group"], row["in_range"]) for row in document["sites"]] == [("hazel", "affected", None)]
    assert "cause not known yet" in plugwatch("incident", "impact", "2").out


@pytest.fixture
def terminal(monkeypatch):
    """Let stdout pass for a terminal of a width."""

    def wide(columns):
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    return wide


HOSTILE = "\x1b[31m\u202egnorw\n" + "wide漢字" * 30


@pytest.mark.parametrize("columns", [60, 80])
def test_no_line_is_wider_than_the_screen_whatever_a_list_says(plugwatch, hit, put, terminal, columns):
    put("a-site-with-quite-a-long-name-for-a-screen", HOSTILE)
    put("juniper", "5.9.4", status="inactive")
    plugwatch("incident", "impact", "1", "--set", "corvid=affected:" + "word " * 30, "--detail", "many\nlines " * 40)
    terminal(columns)

    shown = plugwatch("incident", "impact", "1").out
    assert max(map(cells, shown.splitlines())) <= columns
    assert not {"\x1b", "\u202e"} & set(shown)
    assert "WILL BE HIT NEXT" in shown
    assert re.search(r"fern.*\n? +.*auto-update on", shown)
