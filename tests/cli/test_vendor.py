from __future__ import annotations

import pytest


def _words(plugwatch):
    return {row["component"]: (row["name"], row["words"]) for row in plugwatch("vendor", "list", "--json").json}


def test_a_vendor_is_set_with_its_words_and_domains(plugwatch, sites):
    options = ("--name", "TidyWorks", "--word", "TW", "--word", "TW", "--domain", "https://WWW.TidyWorks.example:443/x")
    answer = plugwatch("vendor", "set", "tidy-forms", *options, "--json")

    assert answer.json == {
        "component": "plugin/tidy-forms",
        "name": "TidyWorks",
        "words": ["TW", "tidyworks.example"],
        "roads": [],
        "paid": None,
        "patch_as": None,
        "labels": [],
        "note": None,
    }
    assert plugwatch("vendor", "list", "--json").json == [answer.json]
    assert plugwatch("vendor", "list").out.splitlines() == [
        "COMPONENT\tVENDOR\tWORDS\tROADS",
        "plugin/tidy-forms\tTidyWorks\tTW, tidyworks.example\t",
    ]


def test_what_is_not_given_stays(plugwatch, sites):
    said = plugwatch("vendor", "set", "tidy-forms", "--name", "TidyWorks", "--word", "TW")
    assert said.out == "plugin/tidy-forms is made by TidyWorks (TW)\n"

    plugwatch("vendor", "set", "tidy-forms", "--name", "Tidy Works")
    assert _words(plugwatch) == {"plugin/tidy-forms": ("Tidy Works", ["TW"])}

    plugwatch("vendor", "set", "tidy-forms", "--domain", "tidy.example")
    assert _words(plugwatch) == {"plugin/tidy-forms": ("Tidy Works", ["tidy.example"])}

    plugwatch("vendor", "set", "tidy-forms", "--word", "")
    assert _words(plugwatch) == {"plugin/tidy-forms": ("Tidy Works", [])}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--word", "TW"), "who makes plugin/tidy-forms? give the vendor's --name"),
        (("--name", "T", "--word", "a"), "'a' stands in every text; write a vendor's word of two letters or more"),
        (("--name", " "), "a vendor's name is empty; write at least one letter"),
        (("--name", "T", "--domain", "tidy works"), "'tidy works' is not a domain; write tidyworks.example"),
        (("--name", "T", "--domain", "localhost"), "'localhost' is not a domain; write tidyworks.example"),
        (("--name", "T\nBcc: x"), r"a vendor's name holds a line break or a control character: 'T\nBcc: x'"),
    ],
)
def test_what_cannot_be_kept_is_said(plugwatch, sites, options, reason):
    assert plugwatch("vendor", "set", "tidy-forms", *options, code=1).err == f"plugwatch: {reason}\n"
    assert _words(plugwatch) == {}


def test_a_component_that_nobody_knows(plugwatch, sites):
    error = plugwatch("vendor", "set", "nothing", "--name", "X", code=1).err
    assert error.startswith("plugwatch: no component here is called 'nothing'")


def test_setting_the_same_again_is_said(plugwatch, sites):
    plugwatch("vendor", "set", "tidy-forms", "--name", "X")
    error = plugwatch("vendor", "set", "tidy-forms", "--name", "X", code=1).err
    assert error == "plugwatch: plugin/tidy-forms: nothing to change; give at least one option with a new value\n"


def test_without_vendors_the_list_says_what_to_do(plugwatch, workspace):
    answer = plugwatch("vendor", "list")
    assert answer.out == ""
    assert "plugwatch vendor set COMPONENT --name NAME" in answer.err


def test_the_ways_to_a_vendor_are_kept_with_who_said_so(plugwatch, sites):
    said = [
        "--email",
        "help@tidy.example",
        "--repository",
        "https://github.com/tidy/forms",
        "--desk",
        "tidy.example/help",
    ]
    said += [
        "--chat",
        "tidy",
        "--social",
        "x:tidy",
        "--security",
        "s@tidy.example",
        "--tracker",
        "https://trac.tidy.example",
    ]
    said += ["--prefer", "email", "--never", "forum", "--why", "they closed ours", "--patch-as", "inline"]
    said += ["--labels", "bug, api", "--paid", "--note", "a team of two"]
    answer = plugwatch("vendor", "set", "tidy-forms", *said, "--json").json

    assert {row["road"]: (row["address"], row["wish"], row["note"]) for row in answer["roads"]} == {
        "chat": ("tidy", None, None),
        "email": ("help@tidy.example", "prefer", None),
        "forum": (None, "never", "they closed ours"),
        "github-issue": ("tidy/forms", None, None),
        "github-pr": ("tidy/forms", None, None),
        "security": ("s@tidy.example", None, None),
        "social": ("x:@tidy", None, None),
        "ticket": ("https://tidy.example/help", None, None),
        "trac": ("https://trac.tidy.example", None, None),
    }
    assert {row["actor"] for row in answer["roads"]} == {"dana"}
    assert (answer["name"], answer["paid"], answer["patch_as"]) == (None, True, "inline")
    assert (answer["labels"], answer["note"]) == (["bug", "api"], "a team of two")
    assert plugwatch("vendor", "list", "--json").json == [answer]


def test_an_empty_text_takes_back_what_was_said(plugwatch, sites):
    plugwatch(
        "vendor", "set", "tidy-forms", "--email", "help@tidy.example", "--prefer", "email", "--free", "--labels", "a"
    )
    plugwatch("vendor", "set", "tidy-forms", "--never", "forum", "--why", "x", "--note", "y", "--patch-as", "both")
    back = ["--email", "", "--prefer", "", "--unsure", "--labels", "", "--never", "", "--note", "", "--patch-as", ""]
    answer = plugwatch("vendor", "set", "tidy-forms", *back, "--json").json
    assert (answer["roads"], answer["paid"], answer["labels"], answer["note"]) == ([], None, [], None)
    assert answer["patch_as"] is None
    assert plugwatch("vendor", "list", "--json").json == []


def test_what_is_kept_is_said_in_lines(plugwatch, sites):
    answer = plugwatch(
        "vendor", "set", "tidy-forms", "--email", "help@tidy.example", "--via", "forum", "--note", "Mondays"
    )
    assert answer.out.splitlines() == ["plugin/tidy-forms:", "  email help@tidy.example", "  forum: Mondays"]
    assert answer.err == "\nnext: plugwatch vendor show plugin/tidy-forms\n"
    assert plugwatch("vendor", "list").out.splitlines()[1] == (
        "plugin/tidy-forms\t\t\temail help@tidy.example; forum: Mondays"
    )


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--email", "tidy"), "'tidy' cannot be the address for email; write support@vendor.example"),
        (("--repository", "tidy"), "'tidy' cannot be the address for github-pr; write OWNER/NAME"),
        (("--never", "forum"), "say with --why TEXT why forum is never to be taken, for whoever wonders next year"),
        (("--why", "x"), "--why says why a road is never to be taken; give --never ROAD, or use --note"),
        (
            ("--via", "forum"),
            "--via says which road a --note is about; give --note TEXT, or --prefer ROAD to choose it",
        ),
        (("--labels", "a\nb"), r"a label holds a line break or a control character: 'a\nb'"),
    ],
)
def test_ways_that_cannot_be_kept_are_said_and_nothing_is(plugwatch, sites, options, reason):
    error = plugwatch("vendor", "set", "tidy-forms", "--desk", "tidy.example", *options, code=1).err
    assert error == f"plugwatch: {reason}\n"
    assert plugwatch("vendor", "list", "--json").json == []


def test_a_road_that_there_is_not_is_wrong_usage(plugwatch, sites):
    assert "'carrier-pigeon'" in plugwatch("vendor", "set", "tidy-forms", "--prefer", "carrier-pigeon", code=2).err
