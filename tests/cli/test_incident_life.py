"""From the fix to the end of an incident, and back, as commands."""

from __future__ import annotations

import pytest


@pytest.fixture
def opened(plugwatch, sites):
    """An incident about Tidy Forms 1.2.4 that hits the shop, while dental has not been looked at."""
    plugwatch("incident", "open", "shop", "tidy", "it broke")


@pytest.fixture
def take(plugwatch, tmp_path):
    """Import a list of a site with Tidy Forms in a version."""

    def taken(site, version, *options):
        (tmp_path / "l.csv").write_text(f"name,status,update,version\ntidy-forms,active,none,{version}\n", "utf-8")
        return plugwatch("site", "import", site, tmp_path / "l.csv", "--type", "plugins", "--partial", *options)

    return taken


def status(plugwatch):
    return plugwatch("incident", "show", "1", "--json").json["status"]


def test_sites_are_mitigated_one_by_one(plugwatch, opened):
    moved = plugwatch("incident", "mitigate", "1", "shop", "--how", "our build", "--json").json

    assert (moved["incident"], moved["status"], moved["done"]) == ("INC-1", "identified", True)
    assert [(i["site"], i["state"], i["justification"]) for i in moved["impacts"]] == [
        ("shop", "mitigated", "our build")
    ]
    assert moved["left"] == ["dental (northgate-dental) is still in triage"]

    last = plugwatch("incident", "mitigate", "1", "--all", "--how", "rolled back")
    assert last.out == (
        "INC-1  high  monitoring  plugin/tidy-forms 1.2.4\n"
        "  plugin/tidy-forms 1.2.4 breaks\n"
        "  mitigated   dental (northgate-dental)\n"
    )
    assert "next: plugwatch incident tell INC-1" in last.err


@pytest.mark.parametrize(
    ("args", "code", "why"),
    [
        (("mitigate", "1", "--how", "x"), 2, "name the sites that work again, or write --all"),
        (("mitigate", "1", "shop", "--all", "--how", "x"), 2, "name the sites that work again, or write --all"),
        (("mitigate", "1", "--all"), 2, "Missing option '--how'"),
        (("mitigate", "1", "nowhere", "--how", "x"), 1, "no site here is called 'nowhere'"),
        (("mitigate", "1", "shop", "--how", "a\nb"), 1, "what makes it work holds a line break"),
        (("resolve", "9"), 1, "there is no incident '9'"),
        (("close", "1", "--anyway", "\x07"), 1, "the reason holds a line break or a control character"),
        (("reopen", "1"), 2, "Missing option '--reason'"),
        (("reopen", "1", "--reason", "x"), 1, "INC-1 is open; name the site where it is back with --site"),
        (("reopen", "1", "--reason", "x", "--site", "shop"), 1, "INC-1 is open, and shop is affected already"),
        (("reopen", "1", "--reason", " "), 1, "say how it shows that it is back, with --reason"),
        (("mitigate", "1", "--all", "--how", ""), 1, "say what makes it work, with --how"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_changes(plugwatch, opened, args, code, why):
    refused = plugwatch("incident", *args, "--json", code=code)

    assert refused.out == ""
    assert why in refused.err
    shown = plugwatch("incident", "show", "1", "--json").json
    assert [event["kind"] for event in shown["timeline"]] == ["call"]


def test_it_is_over_when_no_site_waits(plugwatch, opened):
    refused = plugwatch("incident", "resolve", "1", "--json", code=3).json
    assert (refused["done"], refused["status"]) == (False, "identified")
    assert refused["left"] == [
        "shop (brightside-bikes) is affected",
        "dental (northgate-dental) is still in triage",
    ]
    said = plugwatch("incident", "resolve", "1", code=3).out
    assert "\n  left        shop (brightside-bikes) is affected\n" in said
    assert said.endswith("INC-1 is still 'identified': see to what is left, or say --anyway WHY\n")

    plugwatch("incident", "mitigate", "1", "--all", "--how", "our build")
    done = plugwatch("incident", "resolve", "1", "--json").json
    assert (done["done"], done["status"], done["left"]) == (True, "resolved", [])


def test_over_for_one_site(plugwatch, opened):
    moved = plugwatch("incident", "resolve", "1", "shop", "--json").json

    assert [(i["site"], i["state"]) for i in moved["impacts"]] == [("shop", "resolved")]
    assert (moved["status"], status(plugwatch)) == ("identified", "identified")


def test_what_is_next_after_one_site_depends_on_the_others(plugwatch, opened):
    assert "next: plugwatch incident impact INC-1\n" in plugwatch("incident", "resolve", "1", "shop").err
    assert "next: plugwatch incident resolve INC-1\n" in plugwatch("incident", "resolve", "1", "dental").err


def test_nothing_may_be_left_when_it_is_closed(plugwatch, opened):
    plugwatch("incident", "mitigate", "1", "--all", "--how", "our build")
    plugwatch("incident", "hold", "1", "--reason", "breaks forms")
    plugwatch("incident", "resolve", "1")

    refused = plugwatch("incident", "close", "1", "--json", code=3).json
    assert [sentence.split(" ")[0] for sentence in refused["left"]] == ["brightside-bikes", "plugin/tidy-forms"]
    assert status(plugwatch) == "resolved"

    closed = plugwatch("incident", "close", "1", "--anyway", "they have moved on", "--json").json
    assert (closed["done"], closed["status"], closed["left"]) == (True, "closed", refused["left"])
    assert "INC-1 is closed already" in plugwatch("incident", "close", "1", code=1).err


def test_it_comes_back(plugwatch, opened):
    plugwatch("incident", "close", "1", "--anyway", "enough")

    moved = plugwatch("incident", "reopen", "1", "--reason", "it fails again", "--site", "dental", "--json").json

    assert (moved["status"], [(i["site"], i["state"]) for i in moved["impacts"]]) == (
        "identified",
        [("dental", "affected")],
    )


def test_a_list_that_shows_the_bad_version_again_opens_it(plugwatch, opened, take):
    plugwatch("incident", "mitigate", "1", "--all", "--how", "rolled back")
    plugwatch("incident", "resolve", "1")
    take("shop", "1.2.3")

    again = take("shop", "1.2.4", "--dry-run")
    assert "  INC-1 would be open again: plugin/tidy-forms 1.2.4 is back on shop\n" in again.out
    assert status(plugwatch) == "resolved"
    taken = take("shop", "1.2.4", "--json").json
    assert taken["reopened"] == [
        {"incident": "INC-1", "site": "shop", "component": "plugin/tidy-forms", "version": "1.2.4"}
    ]
    shown = plugwatch("incident", "show", "1", "--json").json
    assert (shown["status"], shown["groups"]["affected"]) == ("identified", ["shop"])
    assert [e["body"] for e in shown["timeline"] if e["kind"] == "reopen"] == [
        "shop shows plugin/tidy-forms 1.2.4 again"
    ]
    assert take("shop", "1.2.4", "--json").json["reopened"] == []


def test_it_is_said_on_the_screen_too(plugwatch, opened, take):
    plugwatch("incident", "close", "1", "--anyway", "enough")
    take("shop", "1.2.3")

    assert "  INC-1 is open again: plugin/tidy-forms 1.2.4 is back on shop\n" in take("shop", "1.2.4").out


def test_a_list_of_many_sites_opens_it_once(plugwatch, opened, take, tmp_path):
    plugwatch("incident", "mitigate", "1", "--all", "--how", "rolled back")
    plugwatch("incident", "close", "1", "--anyway", "enough")
    for site in ("shop", "dental"):
        take(site, "1.2.3")
    row = '[{"name":"tidy-forms","status":"active","update":"none","version":"1.2.4"}]'
    (tmp_path / "all.txt").write_text(f"@shop\n{row}\n@dental\n{row}\n", encoding="utf-8")

    rows = plugwatch("site", "import", "--all", tmp_path / "all.txt", "--partial", "--json").json["sites"]

    assert {row["site"]: len(row["reopened"]) for row in rows} == {"shop": 1, "dental": 1}
    shown = plugwatch("incident", "show", "1", "--json").json
    assert [e["body"] for e in shown["timeline"] if e["kind"] == "status"] == ["monitoring", "closed", "identified"]
    assert shown["groups"]["affected"] == ["shop", "dental"]


def test_a_php_version_told_by_hand_reopens_what_it_broke_and_says_so(plugwatch, sites):
    plugwatch("incident", "open", "shop", "it broke", "--trigger", "php:8.3")
    plugwatch("incident", "mitigate", "1", "--all", "--how", "went back to 8.2")
    plugwatch("site", "set", "shop", "--php", "8.2")

    back = plugwatch("site", "set", "shop", "--php", "8.3").err

    assert back == "INC-1 is open again, as shop shows php 8.3; see 'plugwatch incident show INC-1'\n"
    assert status(plugwatch) == "investigating"
