"""``incident set`` and ``note``: what became known, and what happened."""

from __future__ import annotations

import pytest

from plugwatch.model.incident import VISIBILITIES

EVENT = {
    "at": str,
    "recorded_at": str,
    "actor": str,
    "kind": str,
    "visibility": set(VISIBILITIES),
    "body": str,
    "minutes": (int, None),
    "client": (str, None),
}


@pytest.fixture
def opened(plugwatch, sites):
    """An incident about Tidy Forms, of which the shop has called."""
    plugwatch("incident", "open", "shop", "tidy", "it broke")


@pytest.fixture
def timeline(plugwatch):
    """The lines of the incident, but for that of its call."""

    def read():
        shown = plugwatch("incident", "show", "1", "--json").json
        return [(event["kind"], event["body"]) for event in shown["timeline"] if event["kind"] != "call"]

    return read


def test_set_changes_and_leaves_a_line_each(plugwatch, sites):
    plugwatch("incident", "open", "shop", "tidy", "broken")

    changed = plugwatch(
        *("incident", "set", "1", "--trigger", "php:8.4", "--affected", ">= 1.2.4 , <1.3", "--severity", "critical"),
        *("--assign", "eve", "--title", "Form refuses", "--steps", "Open it.\nPress Send.", "--with", "woocommerce"),
        *("--expected", "sent", "--actual", "refused", "--security", "--json"),
    ).json

    assert {key: changed[key] for key in ("trigger", "affected", "severity", "assignee", "title", "with")} == {
        "trigger": "php:8.4",
        "affected": ">=1.2.4,<1.3",
        "severity": "critical",
        "assignee": "eve",
        "title": "Form refuses",
        "with": ["plugin/woocommerce"],
    }
    assert (changed["steps"], changed["expected"], changed["actual"]) == ("Open it.\nPress Send.", "sent", "refused")
    assert changed["security"]
    assert len(plugwatch("incident", "show", "1", "--json").json["timeline"]) == 11
    assert not plugwatch("incident", "set", "1", "--no-security", "--json").json["security"]
    assert "INC-1: nothing to change" in plugwatch("incident", "set", "1", "--severity", "critical", code=1).err


def test_a_cause_found_later_is_as_good_as_one_known_at_once(plugwatch, sites):
    plugwatch("incident", "open", "shop", "something is wrong")

    changed = plugwatch("incident", "set", "1", "--component", "tidy", "--json").json

    assert (changed["component"], changed["version"], changed["status"]) == ("plugin/tidy-forms", "1.2.4", "identified")
    assert changed["title"] == "plugin/tidy-forms 1.2.4 breaks"
    impacts = plugwatch("incident", "show", "1", "--json").json["impacts"]
    assert {(i["site"], i["state"]) for i in impacts} == {("shop", "affected"), ("dental", "in_triage")}
    assert plugwatch("incident", "open", "dental", "tidy", "no mails", "--json").json["incident"] == "INC-1"


def test_a_title_of_ones_own_stays(plugwatch, sites):
    plugwatch("incident", "open", "shop", "something is wrong", "--title", "Checkout fails")

    assert plugwatch("incident", "set", "1", "--component", "tidy", "--json").json["title"] == "Checkout fails"


def test_a_note_is_a_line_of_the_timeline(plugwatch, sites, conforms):
    plugwatch("incident", "open", "shop", "tidy", "one")

    noted = plugwatch("incident", "note", "1", "asked the host", "--json").json

    conforms(noted, {"incident": str, "event": EVENT})
    assert (noted["event"]["kind"], noted["event"]["body"], noted["event"]["actor"]) == (
        "note",
        "asked the host",
        "dana",
    )
    assert plugwatch("incident", "show", "1", "--json").json["timeline"][-1] == noted["event"]


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("set", "9", "--severity", "low"), "there is no incident '9'"),
        (("set", "x", "--severity", "low"), "there is no incident 'x'"),
        (("set", "99999999999999999999", "--severity", "low"), "there is no incident"),
        (("show", "INC-"), "there is no incident 'INC-'"),
        (("show", "-1"), None),
        (("note", "1", " "), "a note needs some text"),
        (("note", "1", "x", "--at", "24:00"), "'24:00' is no time"),
        (("set", "1", "--affected", "~1"), "is no condition"),
        (("set", "1", "--component", "nonsense"), "no component here is called 'nonsense'"),
        (("set", "1", "--title", "two\nlines"), "a title holds a line break"),
        (("set", "1", "--assign", "\x07"), "a user's name holds a line break or a control character"),
        (("set", "1", "--steps", " "), "need some text"),
        (("set", "1"), "INC-1: nothing to change; give at least one option with a new value"),
        (("set", "1", "--note", "your turn"), "--note goes with --assign"),
        (("set", "1", "--assign", "eve", "--note", "two\nlines"), "a hand-over note holds a line break"),
        (("set", "1", "--say", "the form fails"), "'the form fails' says nothing; write effect=TEXT"),
        (("set", "1", "--say", "xx-yy-zz:effect=x"), "'xx-yy-zz' is not a language"),
        (("set", "1", "--workaround", "\udcff"), "the text is not UTF-8"),
        (("note", "1", "x", "--client", "nobody"), "no client here is called 'nobody'"),
        (("note", "1", "x", "--minutes", "0"), None),
        (("note", "1", "x", "--visibility", "secret"), None),
    ],
)
def test_what_cannot_be_set_is_said_and_nothing_changes(plugwatch, sites, args, why):
    plugwatch("incident", "open", "shop", "tidy", "it broke")
    before = plugwatch("incident", "show", "1", "--json").json

    refused = plugwatch("incident", *args, "--json", code=1 if why else 2)

    assert refused.out == ""
    assert why is None or why in refused.err
    after = plugwatch("incident", "show", "1", "--json").json
    assert after | {"turn_why": ""} == before | {"turn_why": ""}  # it tells how many minutes are left


def test_it_is_handed_over_with_a_note(plugwatch, opened, timeline):
    changed = plugwatch("incident", "set", "1", "--assign", "eve", "--note", "the vendor has it", "--json").json
    plugwatch("incident", "set", "1", "--assign", "eve", "--note", "and again")
    plugwatch("incident", "set", "1", "--assign", "none")

    assert changed["assignee"] == "eve"
    assert plugwatch("incident", "show", "1", "--json").json["assignee"] is None
    assert timeline() == [("assign", "eve: the vendor has it"), ("assign", "eve: and again"), ("assign", "nobody")]
    assert "INC-1: nothing to change" in plugwatch("incident", "set", "1", "--assign", "none", code=1).err


def test_a_workaround_is_kept_with_the_day_on_which_it_was_tried(plugwatch, opened, timeline):
    changed = plugwatch("incident", "set", "1", "--workaround", " roll back\nto 1.2.3 ", "--json").json

    assert changed["workaround"] == "roll back\nto 1.2.3"
    assert changed["workaround_checked_at"] is not None
    again = plugwatch("incident", "open", "shop", "tidy", "it broke", "--new", "--json").json
    assert [past["workaround"] for past in again["seen_before"]] == ["roll back\nto 1.2.3"]
    shown = plugwatch("incident", "open", "shop", "tidy", "it broke", "--new").out
    assert "INC-1 plugin/tidy-forms 1.2.4 breaks (identified); workaround: roll back to 1.2.3\n" in shown

    gone = plugwatch("incident", "set", "1", "--workaround", "", "--json").json
    assert (gone["workaround"], gone["workaround_checked_at"]) == (None, None)
    assert timeline() == [("set", "workaround: roll back\nto 1.2.3"), ("set", "workaround: none")]


def test_what_clients_read_is_said_by_language(plugwatch, opened, timeline):
    said = ("--say", "effect=the form is not sending.", "--say", "de:effect=das Formular sendet nicht")
    words = plugwatch("incident", "set", "1", *said, "--say", "plan=We look at it.", "--json").json["words"]

    assert words == {
        "de": {"effect": "das Formular sendet nicht"},
        "en": {"effect": "the form is not sending", "plan": "We look at it."},
    }
    plugwatch("incident", "set", "1", "--say", "plan=")
    assert plugwatch("incident", "show", "1", "--json").json["words"]["en"] == {"effect": "the form is not sending"}
    assert timeline()[-1] == ("set", "plan (en): none")
    assert "no client reads 'ed' yet" in plugwatch("incident", "set", "1", "--say", "ed:effect=x").err
    assert "no client reads" not in plugwatch("incident", "set", "1", "--say", "effect=it fails").err
    plugwatch("incident", "set", "1", "--say", "effect=the form is not sending")
    nothing_new = plugwatch("incident", "set", "1", *said, code=1)
    assert "INC-1: nothing to change" in nothing_new.err


def test_the_agencys_own_language_is_meant_where_none_is_named(plugwatch, workspace, opened):
    settings = workspace / "plugwatch.toml"
    text = settings.read_text(encoding="utf-8").replace("[agency]\n", '[agency]\nlanguage = "de"\n')
    settings.write_text(text, encoding="utf-8")

    words = plugwatch("incident", "set", "1", "--say", "effect=das Formular sendet nicht", "--json").json["words"]

    assert words == {"de": {"effect": "das Formular sendet nicht"}}


def test_the_status_has_a_line_of_nothing_but_its_word(plugwatch, sites, timeline):
    plugwatch("incident", "open", "shop", "something is wrong")
    plugwatch("incident", "set", "1", "--component", "tidy")

    assert ("status", "identified") in timeline()


def test_other_sites_in_the_affected_range_are_put_in_triage(plugwatch, opened, tmp_path):
    (tmp_path / "l.csv").write_text("name,status,update,version\ntidy-forms,active,none,1.2.9\n", encoding="utf-8")
    plugwatch("site", "import", "blog", tmp_path / "l.csv")

    plugwatch("incident", "set", "1", "--affected", ">=1.2.4,<1.3")

    impacts = plugwatch("incident", "show", "1", "--json").json["impacts"]
    assert {(i["site"], i["state"]) for i in impacts} == {
        ("shop", "affected"),
        ("dental", "in_triage"),
        ("blog", "in_triage"),
    }


def test_a_note_tells_how_long_who_worked_for_whom_and_who_may_read_it(plugwatch, opened, conforms):
    options = ("--minutes", "25", "--client", "northgate", "--visibility", "client", "--at", "2026-01-02 08:00")
    event = plugwatch("incident", "note", "1", "restored the form", *options, "--json").json["event"]

    conforms(event, EVENT)
    assert (event["minutes"], event["client"], event["visibility"]) == (25, "northgate-dental", "client")
    shown = plugwatch("incident", "show", "1")
    assert "2026-01-02 08:00  dana  note (25 min, northgate-dental) [client]: restored the form\n" in shown.out
    assert "\n  hours       0.4 h\n" in shown.out
    assert plugwatch("incident", "note", "1", "and more", "--minutes", "5").out == "INC-1: noted, 5 min\n"
    assert plugwatch("incident", "show", "1", "--json").json["minutes"] == 30


@pytest.mark.parametrize("text", ["x" * 10_000, "🦄\u202e\u0007x", "two\nlines", "=cmd()", "-x; drop table event"])
def test_any_text_is_kept_as_it_is_and_shown_without_harm(plugwatch, opened, timeline, text):
    plugwatch("incident", "note", "1", "--", text)
    plugwatch("incident", "set", "1", "--workaround", text)

    assert timeline() == [("note", text), ("set", f"workaround: {text}")]
    shown = plugwatch("incident", "show", "1").out
    assert "\u202e" not in shown
    assert "\x07" not in shown
    assert max(map(len, shown.splitlines())) < 400
