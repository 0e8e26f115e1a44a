"""``incident merge`` and ``link``: one trouble that was logged twice, or that was there before."""

from __future__ import annotations

import pytest


@pytest.fixture
def two(plugwatch, sites):
    """An incident about Tidy Forms, and one of dental whose cause is not known."""
    plugwatch("incident", "open", "shop", "tidy", "it broke")
    plugwatch("incident", "open", "dental", "no enquiries")


def test_two_become_one_and_both_show_it(plugwatch, two):
    merged = plugwatch("incident", "merge", "2", "1", "--json").json

    assert (merged["incident"], merged["merged"]) == ("INC-1", ["INC-2"])
    whole = plugwatch("incident", "show", "1", "--json").json
    part = plugwatch("incident", "show", "2", "--json").json
    assert (whole["merged"], part["merged_into"], part["turn"]) == (["INC-2"], "INC-1", "nobody")
    assert [call["words"] for call in whole["calls"]] == ["it broke", "no enquiries"]
    assert {(i["site"], i["state"]) for i in whole["impacts"]} == {("shop", "affected"), ("dental", "affected")}
    assert {promise["client"] for promise in whole["promises"]} == {"brightside-bikes", "northgate-dental"}
    assert "\n  merged      INC-2\n" in plugwatch("incident", "show", "1").out
    shown = plugwatch("incident", "show", "2")
    assert "\n  turn        nobody: it goes on as INC-1\n" in shown.out
    assert "next: plugwatch incident show INC-1" in shown.err
    assert [row["incident"] for row in plugwatch("incident", "list", "--json").json] == ["INC-1"]


def test_what_is_said_of_a_merged_one_goes_to_the_one_that_goes_on(plugwatch, two):
    plugwatch("incident", "merge", "2", "1")

    noted = plugwatch("incident", "note", "2", "looked at it", "--json")
    assert (noted.json["incident"], noted.err) == ("INC-1", "INC-2 was merged into INC-1\n")
    assert plugwatch("incident", "set", "2", "--assign", "eve", "--json").json["incident"] == "INC-1"
    assert plugwatch("incident", "mitigate", "2", "--all", "--how", "x", "--json").json["incident"] == "INC-1"


def test_a_merge_is_undone(plugwatch, two):
    plugwatch("incident", "merge", "2", "1")

    parted = plugwatch("incident", "merge", "2", "--undo", "--json").json

    assert (parted["incident"], parted["merged_into"], parted["merged"]) == ("INC-2", None, [])
    assert [row["incident"] for row in plugwatch("incident", "list", "--json").json] == ["INC-2", "INC-1"]
    assert [call["words"] for call in plugwatch("incident", "show", "1", "--json").json["calls"]] == ["it broke"]


def test_the_same_trouble_is_linked(plugwatch, two):
    plugwatch("incident", "set", "1", "--workaround", "roll back")

    linked = plugwatch("incident", "link", "2", "1", "--note", "the same form").out

    assert linked == "INC-2 and INC-1 are linked\n"
    title = "plugin/tidy-forms 1.2.4 breaks"
    assert plugwatch("incident", "show", "2", "--json").json["links"] == [
        {
            "incident": "INC-1",
            "title": title,
            "status": "identified",
            "note": "the same form",
            "workaround": "roll back",
        }
    ]
    line = f"\n  link        INC-1 {title} (identified): the same form; workaround: roll back\n"
    assert line in plugwatch("incident", "show", "2").out


@pytest.mark.parametrize(
    ("args", "code", "why"),
    [
        (("merge", "1"), 2, "name both: incident merge INC INTO; or take one out: INC --undo"),
        (("merge", "1", "2", "--undo"), 2, "name both"),
        (("merge", "1", "1"), 1, "INC-1 is INC-1 already"),
        (("merge", "1", "9"), 1, "there is no incident '9'"),
        (("merge", "1", "--undo"), 1, "INC-1 was not merged into any other incident"),
        (("link", "1", "1"), 1, "INC-1 is one incident; name two"),
        (("link", "1", "2", "--note", "a\nb"), 1, "a note holds a line break"),
    ],
)
def test_what_cannot_be_joined_is_said_and_nothing_changes(plugwatch, two, args, code, why):
    refused = plugwatch("incident", *args, "--json", code=code)

    assert refused.out == ""
    assert why in refused.err
    for number in "12":
        shown = plugwatch("incident", "show", number, "--json").json
        assert (shown["merged"], shown["links"], len(shown["timeline"])) == ([], [], 1)
