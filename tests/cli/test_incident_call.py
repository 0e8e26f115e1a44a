"""``incident call``: one more client tells us of an incident that is known."""

from __future__ import annotations

import pytest


@pytest.fixture
def opened(plugwatch, sites):
    """An incident about Tidy Forms, of which the shop has called."""
    plugwatch("incident", "open", "shop", "tidy", "it broke")


def calls(plugwatch):
    return [(c["site"], c["heard"], c["words"]) for c in plugwatch("incident", "show", "1", "--json").json["calls"]]


def test_a_call_joins_whatever_version_its_site_runs(plugwatch, opened, tmp_path):
    (tmp_path / "l.csv").write_text("name,status,update,version\ntidy-forms,active,none,1.1\n", encoding="utf-8")
    plugwatch("site", "import", "blog", tmp_path / "l.csv")

    called = plugwatch(
        *("incident", "call", "INC-1", "blog", "no mails", "--heard", "mail", "--caller", "Bo", "--breaks", "all"),
        *("--ticket", "https://t.example/2", "--json"),
    ).json

    assert (called["incident"], called["joined"], called["reopened"]) == ("INC-1", True, False)
    assert (called["component"], called["version"]) == ("plugin/tidy-forms", "1.1")
    assert called["promise"]["client"] == "brightside-bikes"
    assert calls(plugwatch) == [("shop", "phone", "it broke"), ("blog", "mail", "no mails")]
    impacts = plugwatch("incident", "show", "1", "--json").json["impacts"]
    assert {(i["site"], i["state"]) for i in impacts} >= {("blog", "affected"), ("shop", "affected")}


def test_the_site_may_be_left_out_where_one_alone_has_called(plugwatch, opened):
    plugwatch("incident", "call", "1", "still broken")
    assert calls(plugwatch)[1] == ("shop", "phone", "still broken")

    plugwatch("incident", "call", "1", "dental", "no enquiries")
    refused = plugwatch("incident", "call", "1", "still broken", code=1)
    assert "INC-1 is about dental, shop; name the site before the words" in refused.err
    assert len(calls(plugwatch)) == 3


def test_nobody_has_called_of_what_we_read_of(plugwatch, sites):
    plugwatch("incident", "open", "--fleet", "tidy", "we read of it")

    called = plugwatch("incident", "call", "1", "and again", "--heard", "self", "--json").json

    assert called["promise"] is None
    assert calls(plugwatch) == [(None, "self", "we read of it"), (None, "self", "and again")]


def test_with_the_cause_unknown_the_site_has_suspects(plugwatch, sites):
    plugwatch("incident", "open", "blog", "it is slow")

    called = plugwatch("incident", "call", "1", "shop", "it is slow here", "--json").json

    assert (called["component"], bool(called["suspects"])) == (None, True)
    assert calls(plugwatch)[1] == ("shop", "phone", "it is slow here")


STEPS = [("mitigate", "1", "--all", "--how", "x"), ("resolve", "1", "--anyway", "x"), ("close", "1", "--anyway", "x")]


@pytest.mark.parametrize("step", STEPS)
def test_a_call_about_what_was_over_opens_it_again(plugwatch, opened, step):
    plugwatch("incident", *step)

    called = plugwatch("incident", "call", "1", "shop", "it broke again", "--json").json

    assert (called["joined"], called["reopened"], called["status"]) == (True, True, "identified")
    shown = plugwatch("incident", "show", "1", "--json").json
    assert [(e["kind"], e["body"], e["client"]) for e in shown["timeline"]][-2:] == [
        ("reopen", "shop told us of it again", "brightside-bikes"),  # for others it is still over
        ("status", "identified", None),
    ]
    plugwatch("incident", *step)
    assert "(open again: another call about it)" in plugwatch("incident", "call", "1", "again").out


def test_whoever_joins_an_incident_that_is_watched_is_not_told_that_it_works(plugwatch, opened):
    plugwatch("incident", "mitigate", "1", "--all", "--how", "our build")

    joined = plugwatch("incident", "open", "dental", "tidy", "no enquiries", "--json").json

    assert (joined["joined"], joined["reopened"], joined["status"]) == (True, True, "identified")


def test_a_call_about_a_merged_incident_goes_to_the_one_that_goes_on(plugwatch, opened):
    plugwatch("incident", "open", "shop", "another thing")
    plugwatch("incident", "merge", "2", "1")

    assert plugwatch("incident", "call", "2", "shop", "and again", "--json").json["incident"] == "INC-1"
    assert [words for _site, _heard, words in calls(plugwatch)] == ["it broke", "another thing", "and again"]


@pytest.mark.parametrize("words", ["x" * 10_000, "“it's” 'broke'\n\n🦄\u202edlrow", "tidy-forms", "--", "=1+1"])
def test_any_words_are_kept_as_they_were_said(plugwatch, opened, words):
    plugwatch("incident", "call", "1", "--", "shop", words)

    assert calls(plugwatch)[1] == ("shop", "phone", words)
    shown = plugwatch("incident", "show", "1").out
    assert "\u202e" not in shown
    assert max(map(len, shown.splitlines())) < 400


@pytest.mark.parametrize(
    ("args", "code", "why"),
    [
        (("9", "shop", "x"), 1, "there is no incident '9'"),
        (("1", "nowhere", "x"), 1, "no site here is called 'nowhere'"),
        (("1", "shop", " "), 1, "it cannot be empty"),
        (("1", "shop", "it", "broke"), 2, "there are a site and the words; put the words in quotes"),
        (("1",), 2, "Missing argument"),
        (("1", "shop", "x", "--at", "2999-01-01"), 1, "is still to come"),
        (("1", "shop", "x", "--breaks", "nothing"), 2, "'nothing' is not one of 'all', 'sells', 'shows', 'edits'"),
    ],
)
def test_what_cannot_be_logged_is_said_and_nothing_is(plugwatch, opened, args, code, why):
    refused = plugwatch("incident", "call", *args, "--json", code=code)

    assert (refused.out, len(calls(plugwatch))) == ("", 1)
    assert why in refused.err
