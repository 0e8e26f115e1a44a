"""The REST API's plugins: every answer is read exactly, a cut one is partial, an error says what to do."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import json_texts, rest_plugins, samples
from rendering.samples import SampleSite

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NO_HINTS, decode
from plugwatch.inventories.registry import read
from plugwatch.inventories.rest import rest_plugins as format_module
from plugwatch.model.inventory import Installed, Inventory

Sample = tuple[SampleSite, random.Random]


def _read(text: str | bytes, fmt: str | None = None) -> Inventory:
    data = text.encode() if isinstance(text, str) else text
    inventory = read(data, source="list", fmt=fmt)
    assert isinstance(inventory, Inventory)
    assert inventory.format == "rest-plugins"
    return inventory


def _item(plugin: str, **fields: object) -> dict[str, object]:
    return {"plugin": plugin, "status": "active", "name": "Acme", "version": "1.2", **fields}


def _error(text: str) -> str:
    with pytest.raises(InputError) as error:
        _read(text)
    return str(error.value)


@settings(max_examples=150, deadline=None)
@given(samples.sites())
def test_an_answer_is_read_exactly(sample: Sample) -> None:
    site, chance = sample
    rendered = rest_plugins.render(site, chance)
    inventory = _read(json_texts.wrap(rendered.text, chance) if chance.random() < 0.7 else rendered.text)
    assert inventory.components == rendered.expected.components
    assert inventory.complete_kinds == rendered.expected.complete_kinds
    assert inventory.unparsed == ()
    assert (inventory.wordpress_version, inventory.php_version) == (None, None)


@settings(max_examples=100, deadline=None)
@given(samples.sites(), st.floats(0, 1))
def test_a_cut_answer_loses_only_what_was_cut(sample: Sample, place: float) -> None:
    site, chance = sample
    rendered = rest_plugins.render(site, chance)
    rows = rendered.expected.components
    cut = rendered.text[: int(place * (len(rendered.text) - 2))]
    try:
        inventory = _read(cut, fmt="rest-plugins")
    except InputError:
        return
    assert {row.version for row in inventory.components} <= {row.version for row in rows}
    # A second plugin of a folder may be cut away, and then the folder alone names the first.
    slugs = {row.slug for row in rows} | {str(row.slug).partition("/")[0] for row in rows}
    assert {row.slug for row in inventory.components} <= slugs
    assert inventory.complete_kinds == frozenset()
    assert inventory.warnings[-1].endswith("; taken as partial")


@settings(max_examples=60, deadline=None)
@given(samples.sites(), st.text(alphabet='{}[]":,\\ \n.plugin1', max_size=40))
def test_other_words_around_add_nothing(sample: Sample, words: str) -> None:
    site, chance = sample
    rendered = rest_plugins.render(site, chance)
    inventory = _read(f"{rendered.text}\n{words}\n")
    assert inventory.components == rendered.expected.components


def test_slugs_are_the_names_that_wp_cli_gives() -> None:
    paths = ["acme-forms/acme-forms", "LayerMaker/main", "hello", "twin/one", "twin/two.inc", "shop/shop.php"]
    slugs = [row.slug for row in _read(json.dumps([_item(path) for path in paths])).components]
    assert slugs == ["acme-forms", "LayerMaker", "hello", "twin/one", "twin/two.inc", "shop"]


def test_values_are_read_as_they_are_meant() -> None:
    text = json.dumps([
        _item("a/a", name="Größe &amp; Co &#8211; &quot;Pro&quot;", version="", status="network-active"),
        _item("b/b", name={"raw": "", "rendered": "Acme &lt;b&gt;"}, version=5.1, requires_php="7.4"),
        _item("c/c", name=None, status="odd"),
    ])  # fmt: skip
    inventory = _read(text)
    assert inventory.components == (
        Installed("plugin", "a", 'Größe & Co – "Pro"', None, "active-network"),
        Installed("plugin", "b", "Acme <b>", "5.1", "active"),
        Installed("plugin", "c", None, "1.2", "unknown"),
    )
    assert inventory.php_version is None


def test_numbers_stay_as_written() -> None:
    text = '[{"plugin":"a/a","status":"active","version":5.10},{"plugin":"b/b","status":"active","version":%s}]'
    inventory = _read(text % ("9" * 100_000))
    assert [(row.slug, row.version) for row in inventory.components] == [("a", "5.10")]
    assert inventory.complete_kinds == frozenset()


def test_entries_that_are_none_are_reported_without_addresses() -> None:
    text = json.dumps([_item("a/a"), 7, _item("../../etc/passwd", link="https://acme.example/?key=1"), {"name": "x"}])
    inventory = _read(text)
    assert [row.slug for row in inventory.components] == ["a"]
    assert [unparsed.text for unparsed in inventory.unparsed] == [
        "an entry with nothing of a row",
        "an entry with name: x",
        "an entry with plugin: ../../etc/passwd, name: Acme",
    ]
    assert inventory.warnings == ("an entry of the list could not be read; taken as partial",)


def test_a_list_that_nothing_is_active_in_looks_filtered_unless_all_was_asked_for() -> None:
    text = json.dumps([_item(f"p{number}/p", status="inactive") for number in range(3)])
    assert _read(text).warnings == ("nothing in the list is active, so it looks filtered; taken as partial",)
    asked = format_module.parse(decode(text.encode(), "list"), NO_HINTS, asked_all=True)
    assert asked.complete_kinds == {"plugin"}
    assert asked.warnings == ()
    assert _read(f"https://shop.example/wp-json/wp/v2/plugins\n{text}").complete_kinds == {"plugin"}


@pytest.mark.parametrize(
    "address",
    [
        "$ curl -u ada:key 'https://shop.example/wp-json/wp/v2/plugins?status=active'",
        "GET /wp-json/wp/v2/plugins?search=acme HTTP/1.1\nHost: shop.example\nAuthorization: Basic YWRh\n",
        "curl https://shop.example/?rest_route=%2Fwp%2Fv2%2Fplugins&status=active",
    ],
)
def test_a_filter_in_the_address_makes_it_a_part(address: str) -> None:
    inventory = _read(f"{address}\n{json.dumps([_item('a/a')])}")
    assert inventory.complete_kinds == frozenset()
    assert inventory.warnings == ("the address that was asked has a filter; taken as partial",)
    assert inventory.unparsed == ()


def test_what_curl_says_is_context_and_its_secrets_are_not_kept() -> None:
    talk = (
        "*   Trying 192.0.2.1:443...\n> GET /wp-json/wp/v2/plugins HTTP/2\n> Host: shop.example\n"
        "> Authorization: Basic YWRhOnNlY3JldA==\n>\n< HTTP/2 200\n< set-cookie: key=1\n<\n{ [1234 bytes data]\n"
    )
    inventory = _read(talk + json.dumps([_item("a/a")]) + "\n* Connection #0 left intact\n")
    assert inventory.unparsed == ()
    assert inventory.complete_kinds == {"plugin"}


def test_words_around_are_reported_with_their_line_and_without_secrets() -> None:
    inventory = _read(f"Hello\nmy password: abc\nhttps://acme.example/?a=1 is it\n{json.dumps([_item('a/a')])}")
    assert [(unparsed.line, unparsed.text) for unparsed in inventory.unparsed] == [
        (1, "Hello"),
        (2, "a line that may hold a secret"),
        (3, "… is it"),
    ]


def test_pages_and_single_answers_are_taken_together() -> None:
    both = json.dumps([_item("a/a")]) + "\n" + json.dumps([_item("b/b"), _item("a/a")])
    inventory = _read(both)
    assert [row.slug for row in inventory.components] == ["a", "b"]
    assert inventory.complete_kinds == {"plugin"}
    single = _read(json.dumps(_item("a/a")))
    assert single.warnings == ("an entry stands in it alone, not in a list; taken as partial",)
    differing = _read(json.dumps([_item("a/a"), _item("a/a", version="2")]))
    assert [(row.slug, row.version) for row in differing.components] == [("a", "1.2")]
    assert "plugin/a stands in it twice, as 1.2 (active) and as 2 (active); the first was taken" in differing.warnings


def test_an_empty_list_closes_nothing() -> None:
    inventory = _read("[]", fmt="rest-plugins")
    assert (inventory.components, inventory.complete_kinds) == ((), frozenset())
    assert inventory.warnings == ("the list has no rows; taken as partial",)


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("rest_cannot_view_plugins", 401, "ask again as a user who may manage them, with an application password"),
        ("rest_no_route", 404, "read the list with WP-CLI instead"),
        ("application_passwords_disabled", 501, "application passwords need HTTPS"),
    ],
)
def test_an_error_of_the_site_is_one_sentence(code: str, status: int, said: str) -> None:
    answer = {"code": code, "message": "<strong>Sorry</strong>, you are not\nallowed.", "data": {"status": status}}
    message = _error(f"HTTP/1.1 {status} No\nServer: nginx\n\n{json.dumps(answer)}")
    assert f"did not answer with its plugins but with {code} ({status}, 'Sorry, you are not allowed.')" in message
    assert said in message
    assert "\n" not in message


def test_an_error_after_a_list_makes_it_a_part() -> None:
    text = json.dumps([_item("a/a")]) + json.dumps({"code": "rest_forbidden", "message": "No"})
    assert _read(text).warnings == ("the site answered with an error too; taken as partial",)


def test_several_sites_are_never_mixed() -> None:
    sites = [
        _item(f"{name}/a", _links={"self": [{"href": f"https://{name}.example/wp-json/wp/v2/plugins/{name}/a"}]})
        for name in ("shop", "blog")
    ]
    assert _error(json.dumps(sites)) == (
        "list: it has the answers of several sites (shop.example, blog.example); give one site's part of it"
    )


@pytest.mark.parametrize(
    "text",
    [
        '[{"plugin":"acme/acme.php","name":"Acme","version":"1.2","version_latest":"1.3","network_activated":false}]',
        '[{"id":1,"active":true,"name":"Acme"}]',
        '{"plugin":{"name":"acme"},"status":"active"}',
        '{"name":"acme","plugin":null,"version":"1.2"}',
        '[{"id":2644,"type":"plugins","slug":"acme","title":{"rendered":"Acme"}}]',
        '{"code":7,"message":"no"}',
    ],
)
def test_other_json_is_no_list_of_plugins(text: str) -> None:
    assert "no list that plugwatch knows" in _error(text)
    with pytest.raises(InputError, match="no list of plugins as the REST API answers it stands in it"):
        read(text.encode(), source="list", fmt="rest-plugins")


@pytest.mark.parametrize(
    "text",
    [
        '[{"plugin":' * 100_000,
        '[{"plugin":"a/a","status":"active","x":' + "[" * 100_000,
        '[{"plugin":"a/a","status":"active"},' * 300_000,
        "[" * 2_000_000,
        '{"plugin":"' * 500_000,
        '["' * 2_000_000,
        '[{"plugin":"a/a","status":"active","x":"' + "y" * 6_000_000,
    ],
)
@pytest.mark.parametrize("fmt", [None, "rest-plugins"])
def test_hostile_json_is_refused_in_one_sentence(text: str, fmt: str | None) -> None:
    with pytest.raises(InputError, match=r"^list") as error:
        read(text.encode(), source="list", fmt=fmt)
    assert "\n" not in str(error.value)


def test_names_bring_nothing_that_a_terminal_obeys() -> None:
    text = '[{"plugin":"a/a","status":"active","name":"A\\u001b[31m\\u202e\\ud800 B","version":"1.\\u00002"}]'
    (installed,) = _read(text).components
    assert (installed.name, installed.version) == ("A [31m B", "1. 2")


def test_keys_that_stand_twice_are_told() -> None:
    inventory = _read('[{"plugin":"a/a","status":"active","version":"1","version":"2"}]')
    assert inventory.components[0].version == "2"
    assert "keys stand twice in one object of its JSON (version); the last was taken, as PHP does" in inventory.warnings


def test_more_than_any_site_has_is_refused() -> None:
    row = {"plugin": "acme/acme", "status": "active"}
    with pytest.raises(InputError, match="it names over 30,000 components; no site has that many"):
        _read(json.dumps([row] * 30_001))
    with pytest.raises(InputError, match="over 5,000 of its lines were not understood"):
        _read(json.dumps([row, *[{"plugin": "../acme", "status": "active"}] * 5_001]))
