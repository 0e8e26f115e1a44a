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
    }
    assert plugwatch("vendor", "list", "--json").json == [answer.json]
    assert plugwatch("vendor", "list").out.splitlines() == [
        "COMPONENT\tVENDOR\tWORDS",
        "plugin/tidy-forms\tTidyWorks\tTW, tidyworks.example",
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
