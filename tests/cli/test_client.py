from __future__ import annotations

import pytest

CLIENT = {
    "client": "acme",
    "name": "Acme Ltd",
    "contacts": [{"name": "Shop desk", "email": "desk@acme.example"}, {"name": "", "email": "boss@acme.example"}],
    "language": "de-AT",
    "tone": None,
    "timezone": "Europe/Vienna",
    "hours": "Mon-Fri 8-12 13-17, Sat 9-12",
    "names_vendor": False,
    "first_response": "30m",
    "update_every": "2h",
}
OPTIONS = (
    *("--name", "Acme Ltd", "--contact", "Shop desk <desk@acme.example>", "--contact", "boss@acme.example"),
    *("--language", "de_at", "--timezone", "Europe/Vienna", "--hours", "mon-fri 8-12 13-17 sat 9-12"),
    *("--no-names-vendor", "--first-response", "30m", "--update-every", "2h"),
)


def test_a_client_is_kept_as_it_was_given(plugwatch, workspace):
    assert plugwatch("client", "add", "acme", *OPTIONS, "--json").json == CLIENT
    assert plugwatch("client", "show", "acme", "--json").json == CLIENT | {"sites": [], "feedback": []}
    assert plugwatch("client", "list", "--json").json == [CLIENT]


def test_what_nobody_said_is_null(plugwatch, workspace):
    document = plugwatch("client", "add", "acme", "--json").json

    assert document == dict.fromkeys(CLIENT) | {"client": "acme", "name": "acme", "contacts": []}


def test_set_changes_what_it_names_and_nothing_else(plugwatch, workspace):
    plugwatch("client", "add", "acme", *OPTIONS)

    changed = plugwatch("client", "set", "acme", "--language", "en", "--names-vendor", "--json").json

    assert changed == CLIENT | {"language": "en", "names_vendor": True}
    assert plugwatch("client", "show", "acme", "--json").json == changed | {"sites": [], "feedback": []}


def test_set_without_a_new_value_is_an_error(plugwatch, workspace):
    plugwatch("client", "add", "acme", *OPTIONS)

    for options in ((), ("--language", "de-AT")):
        assert "acme: nothing to change" in plugwatch("client", "set", "acme", *options, code=1).err


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Acme Ltd", "acme-ltd"),
        ("Bäder & Söhne GmbH", "bader-sohne-gmbh"),
        ("Straßenbau Weiß", "strassenbau-weiss"),
        ("  Œuvre, Inc. ", "uvre-inc"),
        ("acme.example", "acme.example"),
        ("x " * 60, "-".join(["x"] * 60)[:80]),
    ],
)
def test_a_name_in_full_makes_the_short_one(plugwatch, workspace, name, slug):
    document = plugwatch("client", "add", name, "--json").json

    assert document["client"] == slug
    assert document["name"] == name.strip()


@pytest.mark.parametrize("name", ["日本", "🦄", "  ", "Ω"])
def test_a_name_that_gives_no_short_one_asks_for_it(plugwatch, workspace, name):
    refused = plugwatch("client", "add", name, code=1)

    assert f"plugwatch client add SHORT --name '{name}'" in refused.err or "no short name" in refused.err
    assert plugwatch("client", "list", "--json").json == []


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--contact", "desk"), "'desk' is not an e-mail address"),
        (("--contact", "Desk <desk@acme.example"), "is not an e-mail address"),
        (("--language", "klingon"), "'klingon' is not a language"),
        (("--timezone", "Berlin"), "'Berlin' is not a time zone"),
        (("--timezone", "../../etc/passwd"), "is not a time zone"),
        (("--hours", "Mon-Fri 18-9"), "'18-9' is no part of working hours"),
        (("--hours", ""), "is no part of working hours"),
        (("--first-response", "soon"), "'soon' is not a span of time"),
        (("--update-every", "0m"), "'0m' is not a span of time"),
        (("--name", "two\nlines"), "holds a line break"),
        (("--name", "x" * 201), "is longer than 200 characters"),
        (("--name", ""), "needs a name"),
    ],
)
def test_a_bad_value_is_one_sentence_and_keeps_nothing(plugwatch, workspace, options, why):
    refused = plugwatch("client", "add", "acme", *options, "--json", code=1)

    assert refused.out == ""
    assert why in refused.err
    assert refused.err.count("\n") == 1
    assert plugwatch("client", "list", "--json").json == []


def test_names_are_found_by_a_part_and_in_any_case(plugwatch, workspace):
    plugwatch("client", "add", "Acme Ltd")
    plugwatch("client", "add", "Acme Labs")

    assert plugwatch("client", "show", "LTD", "--json").json["client"] == "acme-ltd"
    assert "'acme' fits 2 clients: acme-labs, acme-ltd" in plugwatch("client", "show", "acme", code=1).err
    assert "no client here is called 'nobody'" in plugwatch("client", "show", "nobody", code=1).err
    assert "there is a client 'acme-ltd' already" in plugwatch("client", "add", "ACME Ltd", code=1).err


def test_no_clients_yet(plugwatch, workspace):
    answer = plugwatch("client", "list")

    assert answer.out == ""
    assert "plugwatch client add" in answer.err


def test_show_names_the_sites(plugwatch, sites):
    shown = plugwatch("client", "show", "brightside")

    assert "sites           blog, shop\n" in shown.out
    assert plugwatch("client", "show", "brightside", "--json").json["sites"] == ["blog", "shop"]
