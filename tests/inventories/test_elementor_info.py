"""Elementor's system info, whole, worn and in parts: every row is read exactly, and nothing else becomes one."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import edd_info, elementor_info, samples, site_health, woocommerce_status, wpcli_csv
from rendering.report_pastes import NOTICES, PROSE, check_hostile, phantoms, scattered, wrapped
from rendering.samples import SampleSite

from plugwatch.errors import InputError
from plugwatch.inventories.containers import decode
from plugwatch.inventories.registry import read
from plugwatch.inventories.reports.elementor_info import recognise
from plugwatch.model.inventory import Installed, Inventory

Sample = tuple[SampleSite, random.Random]


def _read(text: str, fmt: str | None = None) -> Inventory:
    inventory = read(text.encode(), source="ticket.txt", fmt=fmt)
    assert isinstance(inventory, Inventory)
    assert inventory.format == "elementor-info"
    return inventory


@settings(max_examples=200, deadline=None)
@given(samples.sites(), st.booleans())
def test_a_report_is_read_exactly_in_whatever_it_arrives(sample: Sample, around: bool) -> None:
    site, chance = sample
    rendered = elementor_info.render(site, chance)
    inventory = _read(wrapped(rendered.text, chance) if around else rendered.text)
    assert inventory.components == rendered.expected.components
    assert inventory.wordpress_version == rendered.expected.wordpress_version
    assert inventory.php_version == rendered.expected.php_version
    assert inventory.complete_kinds == {"mu-plugin"}
    assert inventory.unparsed == ()
    assert inventory.knows_updates is False
    assert inventory.warnings == ("a system info of Elementor names no inactive plugins; taken as partial",)


@settings(max_examples=100, deadline=None)
@given(samples.sites(), st.lists(st.sampled_from(NOTICES), max_size=6))
def test_notices_change_nothing(sample: Sample, notices: list[str]) -> None:
    rendered = elementor_info.render(*sample)
    inventory = _read(scattered(rendered.text, notices, sample[1]))
    assert inventory.components == rendered.expected.components
    assert inventory.unparsed == ()


@settings(max_examples=100, deadline=None)
@given(samples.sites(), st.lists(st.sampled_from(PROSE), min_size=1, max_size=4))
def test_other_words_become_no_rows_and_are_reported(sample: Sample, prose: list[str]) -> None:
    rendered = elementor_info.render(*sample)
    inventory = _read(scattered(rendered.text, prose, sample[1]))
    assert phantoms(inventory, rendered.expected) == []
    assert len(inventory.components) == len(rendered.expected.components)


@settings(max_examples=150, deadline=None)
@given(samples.sites(), st.data())
def test_a_text_cut_anywhere_gives_no_wrong_row(sample: Sample, data: st.DataObject) -> None:
    rendered = elementor_info.render(*sample)
    end = data.draw(st.integers(rendered.text.index("==\n") + 30, len(rendered.text) - 1))
    inventory = _read(rendered.text[:end], fmt="elementor-info")
    assert phantoms(inventory, rendered.expected, cut=True) == []
    if "mu-plugin" in inventory.complete_kinds:
        must_use = [row for row in rendered.expected.components if row.kind == "mu-plugin"]
        assert [row for row in inventory.components if row.kind == "mu-plugin"] == must_use


@settings(max_examples=150, deadline=None)
@given(samples.sites(), st.data())
def test_an_excerpt_that_begins_with_any_line_gives_no_wrong_row(sample: Sample, data: st.DataObject) -> None:
    rendered = elementor_info.render(*sample)
    lines = rendered.text.split("\n")
    begin = data.draw(st.integers(0, len(lines) - 15))
    inventory = _read("\n".join(lines[begin:]), fmt="elementor-info")
    assert phantoms(inventory, rendered.expected) == []


REPORT = """\
== Server Environment ==
\tOperating System: Linux
\tPHP Version: 8.2.28
\tPHP Memory Limit: 512M

== WordPress Environment ==
\tVersion: 6.9.1
\tSite URL: https://shop.example
\tHome URL: https://shop.example
\tWP Multisite: Yes

== Theme ==
\tName: Acme: Child
\tVersion: 1.0
\tAuthor: Ann
\tChild Theme: Yes
\tParent Theme Name: Acme Base
\tParent Theme Version:
\tParent Theme Author: Ann

== User ==
\tRole: administrator

== Active Plugins ==
\tAcme | Forms &amp; More
\t\tVersion: 1.2.3
\t\tAuthor: Ann, Bob

\tElementor
\t\tVersion: 3.21.1
\t\tAuthor: Elementor.example

== Network Plugins ==
\tAuthor: Tools
\t\tVersion: v2
\t\tAuthor: Cy

== Must-Use Plugins ==
\tsite-tweaks.php
\t\tVersion:
\t\tAuthor:

== Elements Usage ==

\tpage : 2
\t\theading : 10

== Log ==

Log: showing 20 of 2802026-01-02 03:04:05 [info] Update [array (
  'plugin' => 'Elementor',
  'from' => '2.4.1',
)]
"""
COMPONENTS = (
    Installed("theme", None, "Acme: Child", "1.0", "active"),
    Installed("theme", None, "Acme Base", None, "parent"),
    Installed("plugin", None, "Acme | Forms & More", "1.2.3", "active"),
    Installed("plugin", None, "Elementor", "3.21.1", "active"),
    Installed("plugin", None, "Author: Tools", "v2", "active-network"),
    Installed("mu-plugin", None, "site-tweaks.php", None, "must-use"),
)


def test_the_grammar() -> None:
    inventory = _read(REPORT)
    assert inventory.components == COMPONENTS
    assert (inventory.wordpress_version, inventory.php_version) == ("6.9.1", "8.2.28")
    assert inventory.complete_kinds == {"mu-plugin"}
    assert inventory.unparsed == ()


@pytest.mark.parametrize(("old", "new"), [("\t", ""), ("\t", "  "), ("\n\n", "\n")])
def test_lost_tabs_and_lines_change_nothing(old: str, new: str) -> None:
    assert _read(REPORT.replace(old, new)).components == COMPONENTS


def test_the_title_of_an_old_log_is_a_title() -> None:
    title = '== Log<a href="/wp-admin/admin.php?page=elementor-system-info" class="box">Clear Log</a><span></span> =='
    assert _read(REPORT.replace("== Log ==", title)).components == COMPONENTS


def test_a_report_that_ends_with_its_plugins_may_lack_must_use_plugins() -> None:
    inventory = _read(REPORT[: REPORT.index("== Must-Use")].rstrip() + "\n")
    assert inventory.components == COMPONENTS[:-1]
    assert inventory.complete_kinds == frozenset()


def test_plugins_of_a_section_that_no_cue_tells_are_reported() -> None:
    report = REPORT.replace("Must-Use Plugins", "Xyz").replace(
        REPORT[REPORT.index("== Network") : REPORT.index("== Must")], ""
    )
    inventory = _read(report)
    assert inventory.components == COMPONENTS[:4]
    assert [unparsed.text for unparsed in inventory.unparsed] == ["site-tweaks.php", "Version:", "Author:"]
    assert inventory.complete_kinds == frozenset()
    assert "the section 'Xyz' does not say which plugins it names; taken as partial" in inventory.warnings
    single = _read(report.replace("WP Multisite: Yes", "WP Multisite: No"))
    assert single.components[-1] == COMPONENTS[-1]


def test_three_sections_in_any_language_are_known_by_their_order() -> None:
    report = REPORT
    for title, other in (("Active Plugins", "Aaa"), ("Network Plugins", "Bbb"), ("Must-Use Plugins", "Ccc")):
        report = report.replace(title, other)
    assert _read(report).components == COMPONENTS


@pytest.mark.parametrize(
    ("lines", "missed"),
    [
        (("Version: Tracker", "Version: 1.0", "Author: A"), []),
        (("Name of shop", "Version: 12 of my letter"), ["Name of shop", "Version: 12 of my letter"]),
        (("…", "Version: 2.0", "Author: A"), ["…", "Version: 2.0", "Author: A"]),
    ],
)
def test_an_author_is_no_name_and_words_are_no_version(lines: tuple[str, ...], missed: list[str]) -> None:
    inventory = _read("\n".join(["== Active Plugins ==", "Acme", "Version: 1", "Author: E", *lines, "== Log ==", ""]))
    assert (inventory.components[0].name, inventory.components[0].version) == ("Acme", "1")
    assert [row.name for row in inventory.components[1:]] == ([] if missed else ["Version: Tracker"])
    assert [unparsed.text for unparsed in inventory.unparsed] == missed


def test_reports_of_two_sites_are_refused() -> None:
    with pytest.raises(InputError, match="reports of several sites"):
        _read(REPORT + REPORT.replace("shop.example", "other.example"))


def test_a_text_without_such_sections_is_refused() -> None:
    with pytest.raises(InputError, match="no elementor-info report stands in it"):
        _read("Acme\nVersion: 1.0\nAuthor: Ann\n", fmt="elementor-info")


@settings(max_examples=40, deadline=None)
@given(samples.sites())
def test_other_lists_are_left_to_their_formats(sample: Sample) -> None:
    site, chance = sample
    for other in (edd_info, site_health, woocommerce_status, wpcli_csv):
        assert recognise(decode(other.render(site, chance).text.encode(), "x")).confidence == 0
    readme = "=== Acme ===\nVersion: 1.0\n== Description ==\nForms.\n\n== Changelog ==\n= 1.0 =\n* New\n"
    assert recognise(decode(readme.encode(), "x")).confidence == 0


HOSTILE = {
    "entries": "== Active Plugins ==\n" + "Foo\nVersion: 1\nAuthor: x\n" * 33_000,
    "versions": "== A ==\nx\n" + "Version: 1\n" * 99_000,
    "titles": "== A ==\n" * 99_000,
    "sections": "== A ==\nx\nVersion: 1\nAuthor: y\n" * 24_000,
    "equals": "== A ==\n" + "=" * 8_000_000,
    "one line": "== A ==\nx\nVersion: " + "1." * 4_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_done_with_soon(name: str) -> None:
    check_hostile(HOSTILE[name], "elementor-info")


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="=: NameVrsioAuth1.\n\tx", max_size=200))
def test_any_text_gives_an_inventory_or_one_sentence(text: str) -> None:
    try:
        inventory = _read(f"== A ==\n{text}", fmt="elementor-info")
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert all(row.name for row in inventory.components)
