from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugwatch.model.incident import HEARD, IMPACTS, SEVERITIES, STATUSES, VISIBILITIES

BERLIN = ZoneInfo("Europe/Berlin")
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
INC = re.compile(r"INC-[1-9]\d*")
PROMISE = {
    "due": ISO,
    "client": str,
    "made_at": ISO,
    "kept_at": (ISO, None),
    "state": {"open", "overdue", "kept", "late"},
}
OPENED = {
    "incident": INC,
    "joined": bool,
    "reopened": bool,
    "component": (str, None),
    "version": (str, None),
    "listed_at": (ISO, None),
    "suspects": [{"component": str, "from": (str, None), "to": (str, None), "at": ISO, "why": [str]}],
    "severity": set(SEVERITIES),
    "status": set(STATUSES),
    "other_sites": [{"site": str, "client": str, "version": (str, None), "status": str}],
    "seen_before": [
        {"incident": INC, "title": str, "version": (str, None), "status": set(STATUSES), "workaround": (str, None)}
    ],
    "say": str,
    "promise": (PROMISE, None),
    "on_call": (str, None),
}
HEAD = {
    "incident": INC,
    "title": str,
    "status": set(STATUSES),
    "severity": set(SEVERITIES),
    "trigger": str,
    "component": (str, None),
    "with": [str],
    "version": (str, None),
    "affected": (str, None),
    "assignee": (str, None),
    "security": bool,
    "steps": (str, None),
    "expected": (str, None),
    "actual": (str, None),
    "workaround": (str, None),
    "workaround_checked_at": (ISO, None),
    "merged_into": (INC, None),
    "opened_at": ISO,
}
EVENT = {
    "at": ISO,
    "recorded_at": ISO,
    "actor": str,
    "kind": str,
    "visibility": set(VISIBILITIES),
    "body": str,
    "minutes": (int, None),
    "client": (str, None),
}
SHOWN = HEAD | {
    "turn": {"us", "vendor", "client", "nobody"},
    "turn_why": str,
    "merged": [INC],
    "links": [{"incident": INC, "title": str, "status": set(STATUSES), "note": (str, None), "workaround": (str, None)}],
    "words": dict,
    "calls": [
        {
            "site": (str, None),
            "client": (str, None),
            "caller": (str, None),
            "heard": set(HEARD),
            "words": str,
            "ticket": (str, None),
            "at": ISO,
            "recorded_at": ISO,
            "actor": str,
        }
    ],
    "impacts": [
        {
            "site": str,
            "client": str,
            "state": set(IMPACTS),
            "justification": (str, None),
            "detail": (str, None),
            "actor": str,
            "at": ISO,
            "valid_until": (ISO, None),
        }
    ],
    "groups": {group: [str] for group in ("affected", "triage", "mitigated", "resolved", "next", "unknown")},
    "holds": [dict],
    "promises": [PROMISE],
    "timeline": [EVENT],
    "patches": [{"patch": str, "component": str, "title": str, "dropped_in": (str, None), "verdict": (str, None)}],
    "submissions": [{"submission": str, "channel": str, "status": str, "title": str}],
    "messages": [dict],
    "unsettled": [str],
    "minutes": int,
}


def test_a_call_about_a_known_component(plugwatch, sites, conforms):
    opened = plugwatch("incident", "open", "shop", "tidy", "the form does not send", "--caller", "Ada", "--json").json

    conforms(opened, OPENED)
    assert (opened["incident"], opened["joined"], opened["status"]) == ("INC-1", False, "identified")
    assert (opened["component"], opened["version"], opened["severity"]) == ("plugin/tidy-forms", "1.2.4", "high")
    assert [row["site"] for row in opened["other_sites"]] == ["dental"]
    assert opened["suspects"] == []
    assert opened["promise"]["client"] == "brightside-bikes"
    assert opened["say"].startswith("I can see what's wrong and we're on it. You'll hear from us by ")


def test_show_holds_everything(plugwatch, sites, conforms):
    plugwatch(
        "incident",
        "open",
        "shop",
        "tidy",
        "the form\ndoes not send",
        "--caller",
        "Ada",
        "--ticket",
        "https://t.example/1",
    )

    shown = plugwatch("incident", "show", "1", "--json").json

    conforms(shown, SHOWN)
    [call] = shown["calls"]
    assert (call["site"], call["client"], call["caller"]) == ("shop", "brightside-bikes", "Ada")
    assert (call["heard"], call["words"], call["ticket"]) == ("phone", "the form\ndoes not send", "https://t.example/1")
    assert {(i["site"], i["state"]) for i in shown["impacts"]} == {("shop", "affected"), ("dental", "in_triage")}
    assert shown["turn"] == "us"
    assert [event["kind"] for event in shown["timeline"]] == ["call"]
    assert call["actor"] == "dana"
    again = plugwatch("incident", "show", "inc-1", "--json").json
    assert again | {"turn_why": ""} == shown | {"turn_why": ""}  # it tells how many minutes are left


def test_the_same_in_words(plugwatch, sites):
    opened = plugwatch("incident", "open", "shop", "tidy", "the form does not send", "--caller", "Ada")

    assert opened.out.startswith("INC-1  high  plugin/tidy-forms 1.2.4\n  Say now     “I can see what's wrong")
    assert "\n  Also there  dental (northgate-dental)\n" in opened.out
    assert "next: plugwatch incident show INC-1 · plugwatch fork create plugin/tidy-forms --from ZIP" in opened.err
    shown = plugwatch("incident", "show", "INC-1").out
    assert "Ada, shop (brightside-bikes) by phone: “the form does not send”" in shown
    assert "\n  turn        us: Brightside Bikes hears from us by " in shown
    assert "\n  sites       1 affected (shop) · 1 in triage (dental)\n" in shown


def test_with_the_cause_unknown_the_changes_of_the_site_are_suspects(plugwatch, sites, conforms):
    opened = plugwatch("incident", "open", "shop", "something is wrong with the shop", "--json").json

    conforms(opened, OPENED)
    assert (opened["component"], opened["version"], opened["status"]) == (None, None, "investigating")
    assert {(s["component"], s["from"], s["to"]) for s in opened["suspects"]} == {
        ("plugin/parcel-labels", "2.0.10", "2.0.11"),
        ("plugin/stock-bell", None, "0.9.4"),
        ("plugin/tidy-forms", "1.2.3", "1.2.4"),
        ("plugin/woocommerce", "10.6.2", "10.7.0"),
    }
    assert opened["other_sites"] == []
    assert opened["say"].startswith("Thank you for telling us; we're on it right now.")


def test_the_first_lists_of_a_site_are_no_changes(plugwatch, sites):
    opened = plugwatch("incident", "open", "blog", "it is slow")

    assert "Suspect     nothing: no list of this site shows a change in the last 7 days" in opened.out


def test_without_a_list_of_late_nothing_is_said_of_changes(plugwatch, workspace, tmp_path):
    plugwatch("site", "add", "acme", "--client", "acme", "--php", "8.3")
    unseen = plugwatch("incident", "open", "acme", "it is slow")
    (tmp_path / "list.txt").write_text("name,status,update,version\ntidy-forms,active,none,1.2.3\n", encoding="utf-8")
    plugwatch("site", "import", "acme", tmp_path / "list.txt", "--type", "plugins", "--at", "2020-01-06")
    stale = plugwatch("incident", "open", "acme", "it is slow")

    assert "Suspect     not known: no list of this site came in yet" in unseen.out
    assert re.search(r"Suspect     not known: the newest list of this site came in \d+ days ago\n", stale.out)


def test_a_suspect_of_an_open_incident_elsewhere_comes_first(plugwatch, sites):
    plugwatch("incident", "open", "dental", "tidy", "no enquiries")

    suspects = plugwatch("incident", "open", "shop", "something is wrong", "--json").json["suspects"]

    assert suspects[0]["component"] == "plugin/tidy-forms"
    assert "also in INC-1, in this version" in suspects[0]["why"]


def test_a_second_call_about_the_same_version_joins(plugwatch, sites, conforms):
    plugwatch("incident", "open", "dental", "tidy", "no enquiries")

    joined = plugwatch("incident", "open", "shop", "tidy-forms", "the form is broken", "--json").json

    conforms(joined, OPENED)
    assert (joined["incident"], joined["joined"]) == ("INC-1", True)
    shown = plugwatch("incident", "show", "1", "--json").json
    assert {(i["site"], i["state"]) for i in shown["impacts"]} == {("shop", "affected"), ("dental", "affected")}
    assert [call["site"] for call in shown["calls"]] == ["dental", "shop"]
    assert len(shown["promises"]) == 2


def test_new_does_not_join(plugwatch, sites):
    plugwatch("incident", "open", "dental", "tidy", "no enquiries")

    opened = plugwatch("incident", "open", "shop", "tidy", "another thing", "--new", "--json").json

    assert (opened["incident"], opened["joined"]) == ("INC-2", False)
    assert [past["incident"] for past in opened["seen_before"]] == ["INC-1"]


def test_another_version_does_not_join_unless_it_is_among_the_affected(plugwatch, sites, tmp_path):
    (tmp_path / "l.csv").write_text("name,status,update,version\ntidy-forms,active,none,1.2.5\n", encoding="utf-8")
    plugwatch("site", "import", "blog", tmp_path / "l.csv")
    plugwatch("incident", "open", "shop", "tidy", "broken")

    assert plugwatch("incident", "open", "blog", "tidy", "broken", "--json").json["incident"] == "INC-2"

    plugwatch("incident", "set", "1", "--affected", ">=1.2.4,<1.3")
    plugwatch("site", "add", "jobs", "--client", "northgate")
    (tmp_path / "m.csv").write_text("name,status,update,version\ntidy-forms,active,none,1.2.6\n", encoding="utf-8")
    plugwatch("site", "import", "jobs", tmp_path / "m.csv")
    assert plugwatch("incident", "open", "jobs", "tidy", "broken", "--json").json["incident"] == "INC-1"


def test_a_call_makes_an_incident_worse_and_never_public_again(plugwatch, sites):
    plugwatch("site", "import", "blog", sites / "northgate-dental.txt")
    assert plugwatch("incident", "open", "blog", "tidy", "odd", "--json").json["severity"] == "low"

    joined = plugwatch("incident", "open", "shop", "tidy", "odd", "--security", "--trigger", "update", "--json").json
    assert joined["severity"] == "high"
    plugwatch("incident", "open", "dental", "tidy", "odd")

    shown = plugwatch("incident", "show", "1", "--json").json
    assert (shown["severity"], shown["security"], shown["trigger"]) == ("high", True, "update")
    bodies = [event["body"] for event in shown["timeline"]]
    assert "severity: high" in bodies
    assert "security: kept out of every public channel" in bodies


@pytest.mark.parametrize(("tier", "severity"), [("shop", "high"), ("lead", "medium"), ("info", "low")])
def test_severity_comes_from_the_tier_until_somebody_says_otherwise(plugwatch, workspace, tier, severity):
    plugwatch("site", "add", "acme", "--client", "acme", "--tier", tier)

    assert plugwatch("incident", "open", "acme", "it broke", "--json").json["severity"] == severity
    assert (
        plugwatch("incident", "open", "acme", "it broke", "--severity", "critical", "--json").json["severity"]
        == "critical"
    )


@pytest.mark.parametrize(("breaks", "severity"), [("all", "critical"), ("sells", "high"), ("edits", "medium")])
def test_what_is_broken_decides_with_the_tier(plugwatch, sites, breaks, severity):
    opened = plugwatch("incident", "open", "shop", "it broke", "--breaks", breaks, "--json").json
    said = plugwatch("incident", "open", "shop", "it broke", "--breaks", breaks, "--severity", "low", "--json").json

    assert (opened["severity"], said["severity"]) == (severity, "low")


def test_a_second_call_about_what_php_broke_joins(plugwatch, sites):
    first = plugwatch("incident", "open", "shop", "white page", "--trigger", "php:8.4")
    assert first.err == "\nnext: plugwatch incident impact INC-1 · plugwatch incident set INC-1 --component COMPONENT\n"

    joined = plugwatch("incident", "open", "blog", "white page too", "--trigger", "php:8.4", "--json").json
    other = plugwatch("incident", "open", "blog", "white page too", "--trigger", "php:8.5", "--json").json

    assert [(one["incident"], one["joined"]) for one in (joined, other)] == [("INC-1", True), ("INC-2", False)]


def test_who_takes_the_next_call_is_named_where_there_is_a_rota(plugwatch, sites, workspace):
    assert plugwatch("incident", "open", "shop", "it broke", "--json").json["on_call"] is None
    with (workspace / "plugwatch.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[rota]\npeople = ["ana"]\nstarts = "2026-11-02"\n')

    assert plugwatch("incident", "open", "shop", "it broke", "--json").json["on_call"] == "ana"
    assert "\n  On call     ana\n" in plugwatch("incident", "open", "shop", "it broke").out


def test_fleet_needs_no_site_and_the_first_caller_joins(plugwatch, sites, conforms):
    opened = plugwatch("incident", "open", "--fleet", "tidy", "we read of it", "--json").json

    conforms(opened, OPENED)
    assert (opened["component"], opened["version"], opened["promise"]) == ("plugin/tidy-forms", None, None)
    assert [row["site"] for row in opened["other_sites"]] == ["dental", "shop"]
    [call] = plugwatch("incident", "show", "1", "--json").json["calls"]
    assert (call["site"], call["client"], call["heard"]) == (None, None, "self")

    assert plugwatch("incident", "open", "shop", "tidy", "broken", "--json").json["incident"] == "INC-1"


def test_what_we_found_ourselves_promises_nothing(plugwatch, sites):
    opened = plugwatch("incident", "open", "shop", "tidy", "500 on checkout", "--heard", "monitor", "--json").json

    assert opened["promise"] is None
    assert opened["say"] == "We have noticed a problem and we're on it."


def test_back_dating_keeps_both_times(plugwatch, sites):
    plugwatch("incident", "open", "shop", "tidy", "broken", "--at", "yesterday 17:00")
    plugwatch("incident", "note", "1", "rolled back by hand", "--at", "2026-01-02 08:00")

    shown = plugwatch("incident", "show", "1", "--json").json
    yesterday = (datetime.now(BERLIN) - timedelta(days=1)).date()
    [call] = shown["calls"]
    assert call["at"].startswith(f"{yesterday}T17:00:00")
    assert shown["opened_at"] == call["at"]
    assert call["recorded_at"] > call["at"]
    assert [event["kind"] for event in shown["timeline"]] == ["note", "call"]
    assert shown["timeline"][0]["at"] == "2026-01-02T08:00:00+01:00"


def test_a_component_that_no_list_named_is_written_in_full(plugwatch, workspace):
    plugwatch("site", "add", "acme", "--client", "acme")

    refused = plugwatch("incident", "open", "acme", "tidy", "broken", code=1)
    assert "one that no list has named yet is written in full: plugin/SLUG" in refused.err

    opened = plugwatch("incident", "open", "acme", "plugin/tidy-forms", "broken", "--json").json
    assert (opened["component"], opened["version"], opened["other_sites"]) == ("plugin/tidy-forms", None, [])
    assert "(version unknown)" in plugwatch("incident", "open", "acme", "plugin/tidy-forms", "broken").out


@pytest.mark.parametrize("version", ["2.0 RC 1", "1.0, beta (3", "trunk", "=1", "<b>", "1.2.3-" + "9" * 60])
def test_an_odd_version_is_no_obstacle(plugwatch, workspace, tmp_path, version):
    row = {"name": "odd", "status": "active", "update": "none", "version": version}
    (tmp_path / "l.json").write_text(json.dumps([row]), encoding="utf-8")
    for site in ("one", "two"):
        plugwatch("site", "add", site, "--client", "acme")
        plugwatch("site", "import", site, tmp_path / "l.json", "--type", "plugins")

    opened = plugwatch("incident", "open", "one", "plugin/odd", "broken", "--json").json

    assert [other["site"] for other in opened["other_sites"]] == ["two"]
    assert plugwatch("incident", "open", "two", "plugin/odd", "broken", "--json").json["joined"]


def test_what_runs_on_the_site_goes_before_what_runs_elsewhere(plugwatch, workspace, tmp_path):
    for site, plugins in (("one", "tidy-forms"), ("two", "tidy-up")):
        plugwatch("site", "add", site, "--client", "acme")
        (tmp_path / "l.csv").write_text(f"name,status,update,version\n{plugins},active,none,1\n", encoding="utf-8")
        plugwatch("site", "import", site, tmp_path / "l.csv", "--type", "plugins")

    assert plugwatch("incident", "open", "two", "tidy", "broken", "--json").json["component"] == "plugin/tidy-up"
    assert "'tidy' fits 2 components" in plugwatch("incident", "open", "--fleet", "tidy", "broken", code=1).err


@pytest.mark.parametrize(
    ("args", "code", "why"),
    [
        ((), 2, "Missing argument"),
        (("it broke",), 2, "name the site before the words, or give --fleet COMPONENT"),
        (("shop", "tidy", "it", "broke"), 2, "4 arguments, but there are a site, a component and the words"),
        (("shop", "it broke", "--fleet", "tidy"), 2, "--fleet is for when no site has called"),
        (("shop", ""), 1, "the last argument is what the client said, in quotes; it cannot be empty"),
        (("shop", "tidy", "  \n "), 1, "it cannot be empty"),
        (("shop", "tidy-forms"), 1, "'tidy-forms' is a component; add what the client said, in quotes"),
        (("shop", "plugin/other"), 1, "'plugin/other' is a component"),
        (("nowhere", "it broke"), 1, "no site here is called 'nowhere'"),
        (("shop", "nonsense", "it broke"), 1, "no component here is called 'nonsense'"),
        (("shop", "plugin/../x", "it broke"), 1, "cannot be a plugin's name"),
        (("shop", "tidy", "it broke", "--at", "2999-01-01"), 1, "'2999-01-01' is still to come"),
        (("shop", "tidy", "it broke", "--at", "0001-01-01"), 1, "'0001-01-01' is no time"),
        (("shop", "tidy", "it broke", "--at", "soon"), 1, "'soon' is no time; write 08:50"),
        (("shop", "tidy", "it broke", "--trigger", "core"), 1, "'core' is no trigger"),
        (("shop", "tidy", "it broke", "--trigger", "core:x"), 1, "'x' is no version"),
        (("shop", "tidy", "it broke", "--severity", "bad"), 2, "'bad' is not one of 'critical'"),
        (("shop", "tidy", "it broke", "--heard", "smoke"), 2, "'smoke' is not one of 'phone'"),
        (("shop", "tidy", "it broke", "--with", "nonsense"), 1, "no component here is called 'nonsense'"),
        (("shop", "tidy", "it broke", "--title", "two\nlines"), 1, "a title holds a line break"),
        (("shop", "tidy", "it broke", "--title", "x" * 201), 1, "a title is longer than 200 characters"),
        (("shop", "tidy", "it broke", "--caller", "\x1b[31m"), 1, "a caller's name holds a line break or a control"),
        (("shop", "tidy", "it broke", "--ticket", "a\nb"), 1, "a ticket's URL holds a line break"),
        (("shop", "tidy", "\udcff"), 1, "the text is not UTF-8"),
    ],
)
def test_what_cannot_be_logged_is_said_and_nothing_is(plugwatch, sites, args, code, why):
    refused = plugwatch("incident", "open", *args, "--json", code=code)

    assert refused.out == ""
    assert why in refused.err
    assert plugwatch("incident", "list", "--all", "--json").json == []
    assert plugwatch("incident", "open", "shop", "tidy", "it broke", "--json").json["incident"] == "INC-1"


def test_list_has_the_open_ones_newest_first(plugwatch, sites, conforms):
    assert plugwatch("incident", "list").err == "no open incidents\n"
    plugwatch("incident", "open", "shop", "tidy", "one")
    plugwatch("incident", "open", "blog", "two")

    rows = plugwatch("incident", "list", "--json").json
    conforms(rows, [HEAD | {"turn": str}])
    assert [row["incident"] for row in rows] == ["INC-2", "INC-1"]
    assert plugwatch("incident", "list").out.splitlines()[1].split("\t")[:3] == ["INC-2", "low", "investigating"]


def test_list_is_cut_to_what_one_asks_for(plugwatch, sites):
    plugwatch("incident", "open", "shop", "tidy", "one")
    plugwatch("incident", "open", "shop", "two", "--with", "woocommerce")
    plugwatch("incident", "open", "blog", "three")
    plugwatch("incident", "set", "1", "--assign", "dana", "--workaround", "roll back")
    plugwatch("incident", "set", "2", "--assign", "eve", "--workaround", "roll back")

    def names(*options):
        return [row["incident"] for row in plugwatch("incident", "list", *options, "--json").json]

    assert names("--mine") == names("--component", "tidy") == names("--known-errors") == ["INC-1"]
    assert names("--component", "woocommerce") == ["INC-2"]
    assert names("--mine", "--component", "woocommerce") == []
    assert plugwatch("incident", "list", "--known-errors").out.splitlines()[1].split("\t")[-1] == "roll back"
    assert plugwatch("incident", "list", "--mine", "--component", "woocommerce").err == "no incidents\n"
    plugwatch("incident", "resolve", "1", "--anyway", "enough")
    assert (names(), names("--all")) == (["INC-3", "INC-2"], ["INC-3", "INC-2", "INC-1"])
    assert names("--known-errors") == ["INC-1"]
    plugwatch("incident", "close", "1", "--anyway", "enough")
    assert names("--known-errors") == []


def test_a_workspace_without_a_component_of_that_name(plugwatch, sites):
    assert (
        "no component here is called 'nonsense'"
        in plugwatch("incident", "list", "--component", "nonsense", "--json", code=1).err
    )


def test_the_promise_is_said_in_the_clients_language_and_on_both_clocks(plugwatch, workspace):
    plugwatch("client", "add", "acme", "--language", "de", "--timezone", "Pacific/Auckland", "--hours", "24/7")
    plugwatch("site", "add", "acme", "--client", "acme")

    opened = plugwatch("incident", "open", "acme", "kaputt")

    assert "Danke, dass Sie Bescheid sagen; wir sind schon dran. Sie hören bis " in opened.out
    assert re.search(r"Promise     acme by \w{3} \d\d \w{3} \d\d:\d\d there, \w{3} \d\d:\d\d here\n", opened.out)
