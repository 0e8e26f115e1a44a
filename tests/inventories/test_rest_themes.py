"""The REST API's themes: the active one, its parent, and answers that show a part of them."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import json_texts, rest_themes, samples
from rendering.samples import SampleSite

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NO_HINTS, decode
from plugwatch.inventories.registry import read
from plugwatch.inventories.rest import rest_themes as format_module
from plugwatch.model.inventory import Installed, Inventory

Sample = tuple[SampleSite, random.Random]


def _read(text: str | bytes, fmt: str | None = None) -> Inventory:
    data = text.encode() if isinstance(text, str) else text
    inventory = read(data, source="list", fmt=fmt)
    assert isinstance(inventory, Inventory)
    assert inventory.format == "rest-themes"
    return inventory


def _item(slug: str, status: str = "inactive", **fields: object) -> dict[str, object]:
    return {"stylesheet": slug, "template": slug, "status": status, "name": {"raw": slug}, "version": "1.0", **fields}


@settings(max_examples=150, deadline=None)
@given(samples.sites())
def test_an_answer_is_read_exactly(sample: Sample) -> None:
    site, chance = sample
    rendered = rest_themes.render(site, chance)
    inventory = _read(json_texts.wrap(rendered.text, chance) if chance.random() < 0.7 else rendered.text)
    assert inventory.components == rendered.expected.components
    assert inventory.complete_kinds == rendered.expected.complete_kinds
    assert inventory.unparsed == ()


@settings(max_examples=100, deadline=None)
@given(samples.sites(), st.floats(0, 1))
def test_a_cut_answer_loses_only_what_was_cut(sample: Sample, place: float) -> None:
    site, chance = sample
    rendered = rest_themes.render(site, chance)
    cut = rendered.text[: int(place * (len(rendered.text) - 2))]
    try:
        inventory = _read(cut, fmt="rest-themes")
    except InputError:
        return
    known = {(row.slug, row.name, row.version) for row in rendered.expected.components}
    assert {(row.slug, row.name, row.version) for row in inventory.components} <= known
    assert inventory.complete_kinds == frozenset()
    assert inventory.warnings[-1].endswith("; taken as partial")


def test_the_parent_of_the_active_theme_is_its_parent_and_no_other() -> None:
    items = [
        _item("child", "active", template="parent"),
        _item("parent"),
        _item("other-child", template="other"),
        _item("other"),
    ]
    inventory = _read(json.dumps(items))
    statuses = {row.slug: row.status for row in inventory.components}
    assert statuses == {"child": "active", "parent": "parent", "other-child": "inactive", "other": "inactive"}
    assert inventory.complete_kinds == {"theme"}


@pytest.mark.parametrize(
    ("items", "why"),
    [
        ([_item("a", "active")], "only the active theme is in the list, so it looks filtered"),
        ([_item("a", "active", template="b"), _item("c")], "the parent of the active theme is not in the list"),
        ([_item("a"), _item("b")], "no theme in the list is active, so it looks filtered"),
        ([_item("a", "active"), {"stylesheet": 7}], "an entry of the list could not be read"),
    ],
)
def test_a_part_of_the_themes_closes_nothing(items: list[object], why: str) -> None:
    inventory = _read(json.dumps(items))
    assert inventory.warnings == (f"{why}; taken as partial",)
    assert inventory.complete_kinds == frozenset()


def test_the_only_theme_is_all_where_all_was_asked_for() -> None:
    text = json.dumps([_item("a", "active")])
    inventory = format_module.parse(decode(text.encode(), "list"), NO_HINTS, asked_all=True)
    assert inventory.complete_kinds == {"theme"}
    assert inventory.warnings == ()


def test_the_headers_tell_of_what_is_not_there() -> None:
    text = json.dumps([_item("a", "active"), _item("b")])
    whole = _read(f"HTTP/2 200\nx-wp-total: 2\n\n{text}")
    assert whole.complete_kinds == {"theme"}
    part = _read(f"HTTP/2 200\nx-wp-total: 5\n\n{text}")
    assert part.complete_kinds == frozenset()
    assert part.warnings == ("the answer's headers tell of 5 rows and 2 are in it; taken as partial",)


def test_names_are_taken_raw_and_entities_are_read() -> None:
    text = json.dumps([_item("a", name={"raw": "A &amp; B", "rendered": "A &#038; B!"}), _item("_s", name="Plain")])
    assert _read(text).components == (
        Installed("theme", "a", "A & B", "1.0", "inactive"),
        Installed("theme", "_s", "Plain", "1.0", "inactive"),
    )


def test_an_error_of_the_site_is_one_sentence() -> None:
    text = '{"code":"rest_cannot_view_themes","message":"Sorry, you are not allowed.","data":{"status":403}}'
    with pytest.raises(InputError) as error:
        _read(text)
    assert str(error.value) == (
        "list: the site did not answer with its themes but with rest_cannot_view_themes (403, 'Sorry, you are not "
        "allowed.'); ask again as a user who may manage them, with an application password of that user"
    )


@pytest.mark.parametrize(
    "text",
    [
        '{"theme":{"stylesheet":"a","name":"A","version":"1.0"}}',
        '[{"stylesheet":null,"status":"active"}]',
        '[{"id":7,"slug":"blog","type":"wp_template","theme":"a"}]',
        '[{"name":"a","status":"active","version":"1"}]',
    ],
)
def test_other_json_is_no_list_of_themes(text: str) -> None:
    with pytest.raises(InputError, match="no list of themes as the REST API answers it stands in it"):
        read(text.encode(), source="list", fmt="rest-themes")


@pytest.mark.parametrize("text", ['[{"stylesheet":' * 100_000, '[{"stylesheet":"a","status":"active"},' * 200_000])
@pytest.mark.parametrize("fmt", [None, "rest-themes"])
def test_hostile_json_is_refused_in_one_sentence(text: str, fmt: str | None) -> None:
    with pytest.raises(InputError, match=r"^list") as error:
        read(text.encode(), source="list", fmt=fmt)
    assert "\n" not in str(error.value)
