"""``wp plugin status``: rows by their letters and columns, checked against the count above them."""

from __future__ import annotations

import contextlib
import random

import pytest
from hypothesis import given, settings
from rendering import samples, wpcli_status
from rendering.samples import SampleSite
from rendering.wpcli_lists import PLUGIN_KINDS, expect, plugin_sheet
from rendering.wpcli_pastes import paste

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NO_HINTS, Hints
from plugwatch.inventories.registry import read
from plugwatch.model.inventory import Installed, Inventory

STATUS = """\
6 installed plugins:
 UA acme-forms     1.2.3
  I LayerMaker     v7.1 beta
  N twin tools/two 2.0
  I no-version    
  M site-tweaks    .6
  D db-error.php  

Legend: A = Active, I = Inactive, N = Network Active, M = Must Use, D = Drop-In, U = Update Available
"""  # noqa: W291
COMPONENTS = (
    Installed("plugin", "acme-forms", None, "1.2.3", "active"),
    Installed("plugin", "LayerMaker", None, "v7.1 beta", "inactive"),
    Installed("plugin", "twin tools/two", None, "2.0", "active-network"),
    Installed("plugin", "no-version", None, None, "inactive"),
    Installed("mu-plugin", "site-tweaks.php", None, ".6", "must-use"),
    Installed("dropin", "db-error.php", None, None, "dropin"),
)
THEMES = "2 installed themes:\n  A shop-child 1.0\n  P shop       2.0\n\nLegend: A = Active, P = Parent\n"
DETAILS = """\
Plugin acme-forms details:
    Name: Forms &amp; More
    Status: Network Active
    Version: 1.2.3 (Update available)
    Author: Acme
    Description: Version: 9, for all: Status: Active
"""


def _read(text: str, hints: Hints = NO_HINTS, fmt: str | None = None) -> Inventory:
    found = read(text.encode(), source="status.txt", fmt=fmt, hints=hints)
    assert isinstance(found, Inventory)
    assert found.format == "wpcli-status"
    return found


@settings(max_examples=150, deadline=None)
@given(samples.sites())
def test_a_list_is_read_back_exactly(drawn: tuple[SampleSite, random.Random]) -> None:
    site, chance = drawn
    rendered = wpcli_status.render(site, chance)
    for data in (rendered.text.encode(), paste(rendered.text, chance)):
        inventory = read(data, source="x")
        assert isinstance(inventory, Inventory)
        assert inventory.format == "wpcli-status"
        assert inventory.components == rendered.expected.components
        assert inventory.complete_kinds == rendered.expected.complete_kinds
        assert inventory.unparsed == ()


@settings(max_examples=100, deadline=None)
@given(samples.sites())
def test_a_list_cut_anywhere_is_partial_and_gives_no_wrong_component(drawn: tuple[SampleSite, random.Random]) -> None:
    site, chance = drawn
    sheet = plugin_sheet(site, chance, wpcli_status.COLUMNS)
    text = "\n".join(wpcli_status.draw(sheet))
    begin, end = text.index("\n") + 1, text.index("\n\n")
    cut = chance.randint(begin, end)
    inventory = _read(text[:cut], fmt="wpcli-status")
    expected = wpcli_status.without_signs(expect([sheet])).components
    whole = expected[: text[begin:cut].count("\n")]
    if whole and whole[-1].version is None and len(inventory.components) < len(whole):
        whole = whole[:-1]  # without a version below it, a name may itself be cut
    assert inventory.components == whole
    assert inventory.complete_kinds == frozenset()
    assert any(warning.endswith("were read; taken as partial") for warning in inventory.warnings)


def test_columns_tell_names_and_versions_with_spaces_apart() -> None:
    inventory = _read(STATUS)
    assert inventory.components == COMPONENTS
    assert inventory.complete_kinds == PLUGIN_KINDS
    assert inventory.unparsed == ()


def test_themes_and_the_count_of_one_are_understood() -> None:
    inventory = _read(THEMES + "1 installed plugin:\n  A acme 1\n\nLegend: A = Active\n")
    assert [(str(row.component), row.status) for row in inventory.components] == [
        ("theme/shop-child", "active"),
        ("theme/shop", "parent"),
        ("plugin/acme", "active"),
    ]
    assert inventory.complete_kinds == {"theme", *PLUGIN_KINDS}


def test_a_copy_without_padding_is_read_word_by_word_or_reported() -> None:
    lines = [" ".join(line.split()) for line in STATUS.split("\n")]
    inventory = _read("\n".join(lines))
    assert inventory.components == (COMPONENTS[0], *COMPONENTS[3:])
    assert [unparsed.line for unparsed in inventory.unparsed] == [3, 4]
    assert inventory.warnings[-1] == "6 components are declared and 4 were read; taken as partial"


def test_a_row_of_old_versions_without_a_letter_has_an_unknown_status() -> None:
    inventory = _read(
        "3 installed themes:\n  I twenty-ten   2.1\n"
        "Notice: Undefined index: parent in phar:///bin/wp/php/WP_CLI/CommandWithUpgrade.php on line 381\n"
        "   shop         1.4.9\n  A shop-child   1.0.0\n\nLegend: I = Inactive,  = , A = Active\n"
    )
    assert [(row.slug, row.version, row.status) for row in inventory.components] == [
        ("twenty-ten", "2.1", "inactive"),
        ("shop", "1.4.9", "unknown"),
        ("shop-child", "1.0.0", "active"),
    ]
    assert inventory.complete_kinds == {"theme"}


def test_what_grep_leaves_is_partial_and_of_the_kind_that_the_legend_or_a_person_says() -> None:
    grepped = "".join(line for line in STATUS.splitlines(keepends=True) if "U" in line)
    inventory = _read(f"$ wp plugin status | grep U\n{grepped}")
    assert [row.component and str(row.component) for row in inventory.components] == [
        "plugin/acme-forms",
        "mu-plugin/site-tweaks.php",
    ][:1]
    assert inventory.complete_kinds == frozenset()
    themes = " UI shop 1.0\nLegend: I = Inactive, A = Active, U = Update Available\n"
    assert _read(themes).components[0].kind == "plugin"
    assert "read as plugins" in " ".join(_read(themes).warnings)
    assert _read(themes, Hints("themes")).components[0].kind == "theme"
    assert _read(themes.replace("A = Active", "P = Parent")).components[0].kind == "theme"


def test_the_details_of_single_components_are_partial() -> None:
    inventory = _read(f"$ wp plugin status acme-forms\n{DETAILS}$ wp theme status shop\n{_theme('shop', '2.0')}")
    assert inventory.components == (
        Installed("plugin", "acme-forms", "Forms & More", "1.2.3", "active-network"),
        Installed("theme", "shop", "Shop", "2.0", "active"),
    )
    assert inventory.complete_kinds == frozenset()
    assert inventory.unparsed == ()


def _theme(slug: str, version: str) -> str:
    return f"Theme {slug} details:\n    Name: Shop\n    Status: Active\n    Version: {version}\n    Author: \n"


def test_details_that_were_cut_are_reported() -> None:
    inventory = _read(DETAILS[: DETAILS.index(".3 (Update")])
    assert inventory.components == ()
    assert [unparsed.text for unparsed in inventory.unparsed] == ["Plugin acme-forms details:"]


@pytest.mark.parametrize(
    "noise",
    [
        "I updated acme-forms 1.2.4 today",
        "A plugin that I like",
        "P 2",
        "and then it said",
        "   indented text 2",
        "acme-forms 1.2.4",
    ],
)
def test_words_between_the_rows_are_reported_and_no_component(noise: str) -> None:
    lines = STATUS.split("\n")
    inventory = _read("\n".join([*lines[:3], noise, *lines[3:]]))
    assert inventory.components == COMPONENTS
    assert [unparsed.line for unparsed in inventory.unparsed] == [4]


def test_more_rows_than_declared_close_nothing() -> None:
    inventory = _read(STATUS.replace("6 installed", "5 installed"))
    assert inventory.components == COMPONENTS
    assert inventory.complete_kinds == frozenset()
    assert "5 components are declared and 6 were read; taken as partial" in inventory.warnings


@pytest.mark.parametrize(
    "text",
    [
        "We have 7 installed plugins:\n- acme\n- foo\n",
        "I agree 2\nLegend: I = me\n",
        "Legend: A = Active\n",
        " UA acme-forms 1.2.3\n",
        "Plugin acme details: none\n",
        "Plugin acme-forms details:\nhttps://acme.example\n",
    ],
)
def test_other_texts_are_no_status(text: str) -> None:
    with pytest.raises(InputError):
        read(text.encode(), source="x")


@pytest.mark.parametrize("fmt", [None, "wpcli-status"])
@pytest.mark.parametrize(
    "text",
    [
        "9 installed plugins:\n" + "A " * 2_000_000,
        "9 installed plugins:\n" + " " * 4_000_000,
        "9 installed plugins:\n" * 90_000,
        "Plugin a details:\n    Status: A\n" * 45_000,
        " installed plugins: 1 installed plugin" * 200_000,
    ],
)
def test_hostile_texts_give_no_component(text: str, fmt: str | None) -> None:
    with contextlib.suppress(InputError):
        inventory = read(text.encode(), source="x", fmt=fmt)
        assert isinstance(inventory, Inventory)
        assert inventory.components == ()


def test_several_sites_are_never_mixed() -> None:
    with pytest.raises(InputError, match=r"several sites \(@clienta, @clientb\)"):
        _read(f"@clienta\n{STATUS}@clientb\n{STATUS}", fmt="wpcli-status")


@pytest.mark.parametrize("letter", ["A", "I", "M"])
def test_a_name_at_the_end_without_a_version_or_a_legend_may_be_half_of_one(letter: str) -> None:
    text = f"2 installed plugins:\n  A acme 1.2\n  {letter} tid\n"
    inventory = _read(text)
    assert [row.slug for row in inventory.components] == ["acme"]
    assert [unparsed.line for unparsed in inventory.unparsed] == [3]
    assert inventory.complete_kinds == frozenset()
    assert _read(f"{text}\nLegend: A = Active, I = Inactive\n").complete_kinds == PLUGIN_KINDS
