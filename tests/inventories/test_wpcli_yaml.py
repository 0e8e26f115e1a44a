"""YAML as WP-CLI writes it with Spyc: quoted at times, never escaped; and YAML that is no list."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from rendering import samples, wpcli_yaml
from rendering.samples import SampleSite
from rendering.wpcli_lists import PLUGIN_KINDS, plugin_sheet
from rendering.wpcli_pastes import paste

from plugwatch.errors import InputError
from plugwatch.inventories.registry import read
from plugwatch.model.inventory import Installed, Inventory

LIST = """\
---
- 
  name: acme-forms
  title: "Acme" Forms
  status: active
  update: version higher than expected
  version: "1.10"
  update_version: ""
  auto_update: 'on'
- 
  name: 'no'
  title: "It's \\Acme\\"
  status: active-network
  update: none
  version: "5.0"
  update_version: 5.6 or later
  auto_update: 'off'
- 
  name: site-tweaks
  title: |
    It's "both"
  status: must-use
  update: false
  version: ""
  update_version: null
  auto_update: 'off'
"""  # noqa: W291
COMPONENTS = (
    Installed("plugin", "acme-forms", '"Acme" Forms', "1.10", "active", None, auto_update=True, sign="possible-fork"),
    Installed("plugin", "no", "It's \\Acme\\", "5.0", "active-network", "5.6 or later", auto_update=False),
    Installed("mu-plugin", "site-tweaks.php", 'It\'s "both"', None, "must-use", None, auto_update=False),
)


def _read(text: str, fmt: str | None = None) -> Inventory:
    found = read(text.encode(), source="list.yaml", fmt=fmt)
    assert isinstance(found, Inventory)
    return found


@settings(max_examples=150, deadline=None)
@given(samples.sites())
def test_a_list_is_read_back_exactly(drawn: tuple[SampleSite, random.Random]) -> None:
    site, chance = drawn
    rendered = wpcli_yaml.render(site, chance)
    for data in (rendered.text.encode(), paste(rendered.text, chance)):
        inventory = read(data, source="x")
        assert isinstance(inventory, Inventory)
        assert inventory.format == "wpcli-yaml"
        assert inventory.components == rendered.expected.components
        assert inventory.complete_kinds == rendered.expected.complete_kinds
        assert inventory.unparsed == ()


@settings(max_examples=100, deadline=None)
@given(samples.sites())
def test_a_list_cut_anywhere_gives_no_wrong_component(drawn: tuple[SampleSite, random.Random]) -> None:
    site, chance = drawn
    sheet = plugin_sheet(site, chance)
    lines = wpcli_yaml.draw(sheet)
    items = [at for at, line in enumerate(lines) if line == "- "] + [len(lines)]
    cut = chance.randint(1, len(lines))
    whole = sum(item <= cut for item in items[1:])
    inventory = _read("\n".join([*lines[:cut], ""]), "wpcli-yaml") if whole else None
    if inventory is not None:
        assert inventory.components == sheet.expected[:whole]
        assert bool(inventory.unparsed) is (cut not in items)
        assert not inventory.complete_kinds or cut in items


@settings(max_examples=100, deadline=None)
@given(samples.sites())
def test_a_list_whose_beginning_is_missing_is_partial(drawn: tuple[SampleSite, random.Random]) -> None:
    site, chance = drawn
    sheet = plugin_sheet(site, chance)
    lines = wpcli_yaml.draw(sheet)
    items = [at for at, line in enumerate(lines) if line == "- "]
    cut = chance.randint(1, items[-1])
    inventory = _read("\n".join([*lines[cut:], ""]), "wpcli-yaml")
    assert inventory.components == sheet.expected[sum(item < cut for item in items) :]
    assert inventory.complete_kinds == frozenset()
    assert "the '---' above the list is missing; taken as partial" in inventory.warnings


def test_versions_stay_text_and_quotes_that_are_not_escaped_are_understood() -> None:
    inventory = _read(LIST)
    assert (inventory.format, inventory.components) == ("wpcli-yaml", COMPONENTS)
    assert inventory.complete_kinds == PLUGIN_KINDS
    assert inventory.unparsed == ()


@pytest.mark.parametrize(
    "value", ["@home", "`code`y", ", x", "% off", "|", "| bar", "? why", "-", '"A" and "B"', "a\\b"]
)
def test_values_that_spyc_leaves_bare_are_read_as_they_stand(value: str) -> None:
    inventory = _read(f"---\n- \n  name: acme\n  title: {value}\n  status: active\n")
    assert [row.name for row in inventory.components] == ["" or value if value != "|" else None]
    assert inventory.unparsed == ()


def test_other_programs_dashes_and_indents_are_read_too() -> None:
    inventory = _read("---\n  - {name: foo, status: inactive}\n  - name: acme\n    status: active\n    version: 1.2\n")
    assert [(row.slug, row.version) for row in inventory.components] == [("foo", None), ("acme", "1.2")]


def test_what_is_no_yaml_costs_one_item_alone() -> None:
    inventory = _read(LIST.replace("status: active-network", "status active: -network: [x"))
    assert inventory.components == (COMPONENTS[0], COMPONENTS[2])
    assert [unparsed.line for unparsed in inventory.unparsed] == [10]
    assert inventory.complete_kinds == frozenset()
    assert inventory.warnings == ("entry 2 of the list could not be read; taken as partial",)


def test_notices_with_their_traces_inside_an_item_are_context() -> None:
    lines = LIST.split("\n")
    lines[5:5] = ["PHP Fatal error:  Uncaught Error in /srv/x.php:1", "#0 {main}", "  thrown in /srv/x.php on line 3"]
    assert _read("\n".join(lines)).components == COMPONENTS
    assert _read("\n".join(lines)).unparsed == ()


def test_words_around_are_reported_with_their_line() -> None:
    inventory = _read(f"Hello\n\n{LIST}Bye\n- not a list\n")
    assert [(unparsed.line, unparsed.text) for unparsed in inventory.unparsed] == [
        (1, "Hello"),
        (29, "Bye"),
        (30, "- not a list"),
    ]
    assert inventory.components == COMPONENTS


def test_each_command_begins_a_list_of_its_own() -> None:
    themes = "- \n  name: shop\n  status: active\n  version: 2.0\n"
    inventory = _read(f"$ wp plugin list --format=yaml\n{LIST}$ wp theme list --format=yaml\n---\n{themes}")
    assert [str(row.component) for row in inventory.components[3:]] == ["theme/shop"]
    assert inventory.complete_kinds == {"theme", *PLUGIN_KINDS}
    inventory = _read(f"{LIST}$ wp theme list --format=yaml\n{themes}")
    assert [str(row.component) for row in inventory.components[3:]] == ["theme/shop"]
    assert inventory.complete_kinds == PLUGIN_KINDS


@pytest.mark.parametrize("above", ["", "$ wp plugin list --format=yaml\n"])
@pytest.mark.parametrize("below", ["", "\n\n", "[message truncated]\n"])
@pytest.mark.parametrize("entry", ["t", "tidy\n  update: none", "tidy\n  version: 1.2", "tidy\n  status: act"])
def test_an_only_entry_that_may_have_been_cut_closes_nothing(above: str, below: str, entry: str) -> None:
    inventory = _read(f"{above}---\n- \n  name: {entry}\n{below}", "wpcli-yaml")
    assert [row.slug for row in inventory.components] == ([] if entry == "t" else ["tidy"])
    assert inventory.complete_kinds == frozenset()
    assert any(warning.endswith("; taken as partial") for warning in inventory.warnings)


def test_words_right_below_a_list_may_be_what_is_left_of_a_row() -> None:
    assert _read(f"{LIST}[message truncated]\n").complete_kinds == frozenset()
    assert _read(f"Hello\n{LIST}$ \n").complete_kinds == PLUGIN_KINDS


def test_a_sequence_below_a_key_closes_nothing() -> None:
    assert _read(LIST.replace("---\n", "---\nplugins:\n")).complete_kinds == frozenset()


def test_an_empty_list_closes_nothing() -> None:
    inventory = _read("$ wp plugin list --update=available --format=yaml\n---\n")
    assert (inventory.format, inventory.components) == ("wpcli-yaml", ())
    assert inventory.complete_kinds == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "dependencies:\n  - name: postgresql\n    version: 12.1.2\n    repository: https://charts.example\n",
        "steps:\n  - name: Check out\n    uses: actions/checkout\n  - name: Test\n    run: make test\n",
        "- hosts: web\n  tasks:\n    - name: install nginx\n",
        "---\n- \n  name: acme\n  old_version: 1.2\n  new_version: 1.3\n  status: Updated\n",
        "- acme\n- foo: bar\n",
        "name: acme\nversion: 1.2\nstatus: active\n",
        "---\ntitle: A post\n---\nHello\n",
    ],
)
def test_other_yaml_is_no_list(text: str) -> None:
    with pytest.raises(InputError):
        _read(text)


@pytest.mark.parametrize(
    "text",
    [
        "---\n- \n  name: &a acme\n  status: *a\n",
        "---\n- &x\n  name: acme\n- *x\n",
        "---\n- \n  name: acme\n  status: " + "[" * 100_000 + "\n",
        "---\n- \n  name: acme\n  status: active\n" + "- " * 100_000 + "\n",
        "---\n- name: acme\n  x: " + "{a: " * 100_000 + "\n",
    ],
)
@pytest.mark.parametrize("fmt", [None, "wpcli-yaml"])
def test_bombs_are_refused_in_one_sentence(text: str, fmt: str | None) -> None:
    with pytest.raises(InputError, match=r"^list\.yaml") as error:
        _read(text, fmt)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["- name: a\nx\n" * 40_000, "- name: a\n  x: [\n" * 40_000, "  name: a\n" * 90_000])
def test_many_broken_lists_are_not_tried_for_ever(text: str) -> None:
    with pytest.raises(InputError):
        _read(text, "wpcli-yaml")


def test_several_sites_are_never_mixed() -> None:
    with pytest.raises(InputError, match=r"several sites \(@clienta, @clientb\)"):
        _read(f"@clienta\n{LIST}@clientb\n{LIST}", "wpcli-yaml")
