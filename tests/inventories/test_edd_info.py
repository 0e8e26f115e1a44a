"""The system info of Easy Digital Downloads and its relatives: rows are read exactly, and nothing else becomes one."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rendering import edd_info, elementor_info, samples, site_health, woocommerce_status, wpcli_csv
from rendering.report_pastes import NOTICES, PROSE, check_hostile, phantoms, scattered, wrapped
from rendering.samples import Rendered, SampleSite

from plugwatch.errors import InputError
from plugwatch.inventories.containers import decode
from plugwatch.inventories.registry import read
from plugwatch.inventories.reports.edd_info import recognise
from plugwatch.model.inventory import Installed, Inventory

REPORTS = (edd_info.render, edd_info.render_2014)
LISTS = (edd_info.render_pods, edd_info.render_beta_tester, edd_info.render_one_line)

Sample = tuple[SampleSite, random.Random]
Renderer = Callable[[SampleSite, random.Random], Rendered]


def _read(text: str, fmt: str | None = None) -> Inventory:
    inventory = read(text.encode(), source="ticket.txt", fmt=fmt)
    assert isinstance(inventory, Inventory)
    assert inventory.format == "edd-info"
    return inventory


def _shown(inventory: Inventory) -> list[tuple[str | None, str | None, str]]:
    return [(row.name, row.version, row.status) for row in inventory.components]


def _has_active(site: SampleSite) -> bool:
    return any(row.status == "active" for row in site.of("plugin"))


@settings(max_examples=200, deadline=None)
@given(samples.sites(), st.sampled_from([*REPORTS, *LISTS]), st.booleans())
def test_a_report_is_read_exactly_in_whatever_it_arrives(sample: Sample, render: Renderer, around: bool) -> None:
    site, chance = sample
    assume(render in REPORTS or _has_active(site))
    rendered = render(site, chance)
    inventory = _read(wrapped(rendered.text, chance) if around else rendered.text)
    assert inventory.components == rendered.expected.components
    assert inventory.wordpress_version == rendered.expected.wordpress_version
    assert inventory.php_version == rendered.expected.php_version
    assert inventory.complete_kinds == rendered.expected.complete_kinds
    assert inventory.unparsed == ()
    assert inventory.knows_updates is any(row.update_version for row in inventory.components)
    assert any("partial" in warning for warning in inventory.warnings) is ("plugin" not in inventory.complete_kinds)


@settings(max_examples=100, deadline=None)
@given(samples.sites(), st.lists(st.sampled_from(NOTICES), max_size=6))
def test_notices_change_nothing(sample: Sample, notices: list[str]) -> None:
    rendered = edd_info.render(*sample)
    inventory = _read(scattered(rendered.text, notices, sample[1]))
    assert inventory.components == rendered.expected.components
    assert inventory.unparsed == ()


@settings(max_examples=100, deadline=None)
@given(samples.sites(), st.sampled_from([*REPORTS, *LISTS]), st.lists(st.sampled_from(PROSE), min_size=1, max_size=4))
def test_other_words_become_no_rows(sample: Sample, render: Renderer, prose: list[str]) -> None:
    assume(_has_active(sample[0]))  # a list of active plugins without any is no list
    rendered = render(*sample)
    inventory = _read(scattered(rendered.text, prose, sample[1]), fmt="edd-info")
    assert phantoms(inventory, rendered.expected) == []


@settings(max_examples=150, deadline=None)
@given(samples.sites(), st.sampled_from(REPORTS), st.data())
def test_a_text_cut_anywhere_gives_no_wrong_row(sample: Sample, render: Renderer, data: st.DataObject) -> None:
    rendered = render(*sample)
    end = data.draw(st.integers(40, len(rendered.text) - 1))
    inventory = _read(rendered.text[:end], fmt="edd-info")
    assert phantoms(inventory, rendered.expected, cut=True) == []
    for kind in inventory.complete_kinds:
        named = [row for row in rendered.expected.components if row.kind == kind]
        assert len([row for row in inventory.components if row.kind == kind]) == len(named)


@settings(max_examples=150, deadline=None)
@given(samples.sites(), st.data())
def test_an_excerpt_that_begins_with_any_line_gives_no_wrong_row(sample: Sample, data: st.DataObject) -> None:
    rendered = edd_info.render(*sample)
    lines = rendered.text.split("\n")
    inventory = _read("\n".join(lines[data.draw(st.integers(0, len(lines) - 10)) :]), fmt="edd-info")
    assert phantoms(inventory, rendered.expected) == []


REPORT = """\
### Begin System Info (Generated 2026-01-02 03:04:05) ###

-- Site Info

Home URL:                 https://shop.example

-- WordPress Configuration

Version:                  6.9.1
Active Theme:             Acme Child 1.0
Parent Theme:             Acme

-- EDD Configuration

Version:                  3.6.5

-- Drop Ins

object-cache.php:         1.2
Acme Cache:               2.0

-- Must-Use Plugins

Site Tweaks:

-- WordPress Active Plugins

Acme: Forms:              1.2 (needs update - 1.3)
https://acme.example/forms/

Tidy:                     v(2.0)
Ann Author

-- WordPress Inactive Plugins

Hello: (needs update - 1.7.2)
Wide Net: 3.0 (needs update - 3.1)

-- Network Active Plugins

Wide Net: 3.0

-- Webserver Configuration

PHP Version:              8.2.28

### End System Info ###
"""


def test_the_grammar() -> None:
    inventory = _read(REPORT)
    assert inventory.components == (
        Installed("theme", None, "Acme Child", "1.0", "active"),
        Installed("theme", None, "Acme", None, "parent"),
        Installed("dropin", "object-cache.php", "object-cache.php", "1.2", "dropin"),
        Installed("dropin", None, "Acme Cache", "2.0", "dropin"),
        Installed("mu-plugin", None, "Site Tweaks", None, "must-use"),
        Installed("plugin", None, "Acme: Forms", "1.2", "active", "1.3"),
        Installed("plugin", None, "Tidy", "2.0", "active"),
        Installed("plugin", None, "Hello", None, "inactive", "1.7.2"),
        Installed("plugin", None, "Wide Net", "3.0", "active-network", "3.1"),
    )
    assert (inventory.wordpress_version, inventory.php_version) == ("6.9.1", "8.2.28")
    assert inventory.complete_kinds == {"plugin", "mu-plugin", "dropin"}
    assert (inventory.unparsed, inventory.warnings) == ((), ())
    assert inventory.knows_updates is True


def test_the_layout_of_2014() -> None:
    inventory = _read("""\
### Begin System Info ###

## Please include this information when posting support requests ##

WordPress Version:        3.8.1
Active Theme:             Acme 1.0

PHP Version:              5.4.23

ACTIVE PLUGINS:

Acme: Forms: 1.2
NETWORK ACTIVE PLUGINS:

Wide: Net :2.0
### End System Info ###
""")
    assert _shown(inventory) == [
        ("Acme", "1.0", "active"),
        ("Acme: Forms", "1.2", "active"),
        ("Wide: Net", "2.0", "active-network"),
    ]
    assert (inventory.wordpress_version, inventory.php_version) == ("3.8.1", "5.4.23")
    assert inventory.complete_kinds == frozenset()
    assert inventory.warnings == ("it has no list of the inactive plugins; taken as partial",)


def test_an_excerpt_may_end_without_a_line_end() -> None:
    inventory = _read("-- WordPress Active Plugins\n\nAcme: 1.2\nTidy: 2.0")
    assert _shown(inventory) == [("Acme", "1.2", "active"), ("Tidy", "2.0", "active")]
    assert inventory.complete_kinds == frozenset()


def test_lines_that_are_no_rows_are_reported() -> None:
    inventory = _read(
        "-- WordPress Active Plugins\n\nAcme: 1.2\nTidy: 2.0\nSee you\nNotice: Undefined offset: 3\nX: y z\n\n"
    )
    assert _shown(inventory) == [("Acme", "1.2", "active"), ("Tidy", "2.0", "active")]
    assert [unparsed.line for unparsed in inventory.unparsed] == [5, 6, 7]


def test_reports_of_two_sites_are_refused() -> None:
    with pytest.raises(InputError, match="reports of several sites"):
        _read(REPORT + REPORT.replace("shop.example", "other.example"))


def test_pods_names_active_plugins_below_its_heading_only() -> None:
    inventory = _read("""\
WordPress Version: 6.9.1
PHP Version: 8.2.28
Currently Active Theme: Acme 1.0
Acme Before: 1.0

Currently Active Plugins:
Acme: Forms: 1.2
Blank:\x20
Tidy: 2.0

Acme After: 3.0
""")
    assert _shown(inventory) == [
        ("Acme", "1.0", "active"),
        ("Acme: Forms", "1.2", "active"),
        ("Blank", None, "active"),
        ("Tidy", "2.0", "active"),
    ]
    assert [unparsed.line for unparsed in inventory.unparsed] == [4, 11]
    assert inventory.warnings == ("such a list names no inactive plugins; taken as partial",)


def test_beta_testers_bullets() -> None:
    inventory = _read("""\
It broke.
### Environment
- WordPress: 7.0-beta3
- PHP: 8.3.10
- Theme: Twenty Twenty 2.2
- MU Plugins:
  * Site Tweaks 0.3
- Plugins:
  * Acme Forms 1.2.3
  * Acme Lite
  * Tidy 2 v1
### Steps
* Acme Shop 1.0
""")
    assert inventory.components == (
        Installed("theme", None, "Twenty Twenty", "2.2", "active"),
        Installed("mu-plugin", None, "Site Tweaks", "0.3", "must-use"),
        Installed("plugin", None, "Acme Forms", "1.2.3", "active"),
        Installed("plugin", None, "Acme Lite", None, "active"),
        Installed("plugin", None, "Tidy 2 v1", None, "active"),
    )
    assert (inventory.wordpress_version, inventory.php_version) == ("7.0-beta3", "8.3.10")
    assert [unparsed.line for unparsed in inventory.unparsed] == [1, 13]


def test_plugins_on_one_line() -> None:
    line = "Installed Plugins: Shop by Acme by Acme, Inc. version 1.2, Tidy by Bob version , Last by Cy version 3.0.1\n"
    assert _shown(_read(line)) == [
        ("Shop by Acme", "1.2", "active"),
        ("Tidy", None, "active"),
        ("Last", "3.0.1", "active"),
    ]
    cut = _read(line[:-18])
    assert [row.name for row in cut.components] == ["Shop by Acme", "Tidy"]
    assert [unparsed.line for unparsed in cut.unparsed] == [1]


@pytest.mark.parametrize(
    ("text", "names", "missed"),
    [
        ("### Begin System Info ### -- WordPress Active Plugins Alpha: 1.0 Beta: 2.0\n", [], [1]),
        ("-- WordPress Active Plugins Alpha: 1.0 Beta: 2.0\nGamma: 3.0\n", ["Gamma"], [1]),
        ("-- Site Info Home URL: x -- WordPress Active Plugins A: 1\nB: 2\n-- Active Plugins\nC: 1\n", ["C"], [1]),
    ],
)
def test_a_title_that_has_lost_its_line_end_is_reported(text: str, names: list[str], missed: list[int]) -> None:
    inventory = _read(f"{text}-- WordPress Inactive Plugins\n### End System Info ###\n")
    assert [row.name for row in inventory.components] == names
    assert [unparsed.line for unparsed in inventory.unparsed] == missed
    assert inventory.complete_kinds == frozenset()
    assert any(warning.endswith("; taken as partial") for warning in inventory.warnings)


def test_a_report_that_names_nothing_says_so() -> None:
    inventory = _read("### Begin System Info ###\n\n-- WordPress Active Plugins\n\n### End System Info ###\n")
    assert inventory.warnings[0] == "no plugin or theme could be read in it; taken as partial"
    assert inventory.complete_kinds == frozenset()


WORDS = "Order number: 4711\nPhone: 030\nRegards: 5\n"


@pytest.mark.parametrize(
    ("rows", "count"),
    [("Acme: 1\nTidy: 2\n", 2), ("Acme: 1\nhttps://acme.example\n\nTidy: 2\n\n", 2), ("Acme: 1\n", 1)],
)
def test_words_behind_an_empty_line_become_no_rows(rows: str, count: int) -> None:
    whole = f"-- WordPress Active Plugins\n\n{rows}\n%s-- WordPress Inactive Plugins\n\n-- Webserver Configuration\n"
    inventory = _read(whole % WORDS)
    assert [row.name for row in inventory.components] == ["Acme", "Tidy"][:count]
    assert [unparsed.text for unparsed in inventory.unparsed] == WORDS.splitlines()
    assert inventory.complete_kinds == frozenset()
    assert _read(whole % "").complete_kinds == {"plugin"}


@pytest.mark.parametrize("line", ["PHP Version: 8.2", "Time: 10:30", "…: 1.0", "2026-11-03 10:00:00 Acme: 1"])
def test_keys_and_marks_in_a_list_are_no_plugins(line: str) -> None:
    inventory = _read(f"-- WordPress Active Plugins\n\nAcme: 1\n{line}\n-- WordPress Inactive Plugins\n-- Server\n")
    assert _shown(inventory) == [("Acme", "1", "active")]
    assert [unparsed.text for unparsed in inventory.unparsed] == [line]
    assert inventory.complete_kinds == frozenset()


def test_versions_of_the_platform_are_no_plugins_of_pods() -> None:
    inventory = _read("Currently Active Plugins:\nAlpha: 1.0\nPHP Version: 8.2\nWordPress Version: 6.9\nTime: 10:30\n")
    assert _shown(inventory) == [("Alpha", "1.0", "active")]
    assert (inventory.wordpress_version, inventory.php_version) == ("6.9", "8.2")
    assert [unparsed.text for unparsed in inventory.unparsed] == ["Time: 10:30"]


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_sentence_is_no_list(end: str) -> None:
    sentence = f"Plugins: we use about 12 of them by Acme version 3, and more by Bob version 4.{end}"
    assert recognise(decode(sentence.encode(), "x")).confidence == 0
    inventory = _read(f"Currently Active Plugins:\nAlpha: 1.0\n\n{sentence}")
    assert [row.name for row in inventory.components] == ["Alpha"]
    assert [unparsed.line for unparsed in inventory.unparsed] == [4]
    other = _read("Installed Plugins: Acme by Ann version 3, the rest by Bob version 4.\n", fmt="edd-info")
    assert (other.components, [unparsed.line for unparsed in other.unparsed]) == ((), [1])


def test_a_text_without_such_lists_is_refused() -> None:
    for text in ("Acme: 1.2\nTidy: 2.0\n", "- Plugins: some\n", "Plugins: none that I know\n"):
        with pytest.raises(InputError, match="no edd-info report stands in it"):
            _read(text, fmt="edd-info")


@settings(max_examples=40, deadline=None)
@given(samples.sites())
def test_other_lists_are_left_to_their_formats(sample: Sample) -> None:
    site, chance = sample
    for other in (elementor_info, site_health, woocommerce_status, wpcli_csv):
        assert recognise(decode(other.render(site, chance).text.encode(), "x")).confidence == 0


HOSTILE = {
    "rows": "### Begin System Info ###\n-- WordPress Active Plugins\n" + "Foo: 1\n" * 99_000,
    "updates": "-- WordPress Active Plugins\n" + "(needs update - (needs update - 1)\n" * 99_000,
    "one line": "-- WordPress Active Plugins\n" + "(needs update - " * 500_000 + ")",
    "titles": "-- WordPress Active Plugins\n" + "-- x\n" * 99_000,
    "items": "Installed Plugins: " + "A by B version 1, " * 10_000 + " version" * 20_000,
    "long items": "Installed Plugins: " + "A by B version 1, " * 400_000,
    "spaces": ("Installed Plugins: A by B version" + " " * 190_000 + "\n") * 40,
    "bullets": "- Plugins:\n" + "  * Foo 1.2\n" * 99_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_done_with_soon(name: str) -> None:
    check_hostile(HOSTILE[name], "edd-info")


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(
        ["-- WordPress Active Plugins\n", "- Plugins:\n", "Currently Active Plugins:\n", "Installed Plugins: "]
    ),
    st.text(alphabet="-*: Abynversio(1.2)\n,x ", max_size=200),
)
def test_any_text_gives_an_inventory_or_one_sentence(heading: str, text: str) -> None:
    try:
        inventory = _read(f"{heading}{text}", fmt="edd-info")
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert all(row.name for row in inventory.components)
