"""WooCommerce's status report as text and as JSON: every row is read exactly, and nothing else becomes one."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import edd_info, elementor_info, samples, site_health, woocommerce_status, wpcli_csv, wpcli_table
from rendering.report_pastes import NOTICES, PROSE, check_hostile, phantoms, scattered, wrapped
from rendering.samples import Rendered, SampleSite

from plugwatch.errors import InputError
from plugwatch.inventories.containers import decode
from plugwatch.inventories.registry import read
from plugwatch.inventories.reports.woocommerce_status import recognise
from plugwatch.model.inventory import Installed, Inventory

KINDS = {"plugin", "mu-plugin", "dropin"}
RENDERERS = (woocommerce_status.render, woocommerce_status.render_app, woocommerce_status.render_json)

Sample = tuple[SampleSite, random.Random]
Renderer = Callable[[SampleSite, random.Random], Rendered]


def _read(text: str, fmt: str | None = None) -> Inventory:
    inventory = read(text.encode(), source="ticket.txt", fmt=fmt)
    assert isinstance(inventory, Inventory)
    assert inventory.format == "woocommerce-status"
    return inventory


def _shown(inventory: Inventory) -> list[tuple[str | None, str | None, str, str | None]]:
    return [(row.name, row.version, row.status, row.update_version) for row in inventory.components]


@settings(max_examples=200, deadline=None)
@given(samples.sites(), st.sampled_from(RENDERERS), st.booleans())
def test_a_report_is_read_exactly_in_whatever_it_arrives(sample: Sample, render: Renderer, around: bool) -> None:
    site, chance = sample
    rendered = render(site, chance)
    inventory = _read(wrapped(rendered.text, chance) if around else rendered.text)
    assert inventory.components == rendered.expected.components
    assert inventory.wordpress_version == rendered.expected.wordpress_version
    assert inventory.php_version == rendered.expected.php_version
    assert inventory.complete_kinds == rendered.expected.complete_kinds
    assert inventory.unparsed == ()
    assert inventory.knows_updates is False
    assert any("partial" in warning for warning in inventory.warnings) is (inventory.complete_kinds != KINDS)


@settings(max_examples=100, deadline=None)
@given(samples.sites(), st.lists(st.sampled_from(NOTICES), max_size=6))
def test_notices_change_nothing(sample: Sample, notices: list[str]) -> None:
    rendered = woocommerce_status.render(*sample)
    inventory = _read(scattered(rendered.text, notices, sample[1]))
    assert inventory.components == rendered.expected.components
    assert inventory.complete_kinds == rendered.expected.complete_kinds
    assert inventory.unparsed == ()


@settings(max_examples=100, deadline=None)
@given(samples.sites(), st.lists(st.sampled_from(PROSE), min_size=1, max_size=4))
def test_other_words_become_no_rows_and_are_reported(sample: Sample, prose: list[str]) -> None:
    rendered = woocommerce_status.render(*sample)
    inventory = _read(scattered(rendered.text, prose, sample[1]))
    assert phantoms(inventory, rendered.expected) == []
    assert len(inventory.components) + len(inventory.unparsed) >= len(rendered.expected.components) + len(set(prose))


@settings(max_examples=150, deadline=None)
@given(samples.sites(), st.data())
def test_a_text_cut_anywhere_gives_no_wrong_row(sample: Sample, data: st.DataObject) -> None:
    rendered = woocommerce_status.render(*sample)
    begin = rendered.text.index("### Active Plugins")
    end = data.draw(st.integers(begin + 60, len(rendered.text) - 1))
    inventory = _read(rendered.text[:end], fmt="woocommerce-status")
    assert phantoms(inventory, rendered.expected, cut=True) == []
    whole = rendered.text[:end].count("\n### ") > rendered.text[: rendered.text.index("### Settings")].count("\n### ")
    assert whole or "plugin" not in inventory.complete_kinds or "### Inactive" in rendered.text[:end]


@settings(max_examples=150, deadline=None)
@given(samples.sites(), st.data())
def test_an_excerpt_that_begins_anywhere_gives_no_wrong_row(sample: Sample, data: st.DataObject) -> None:
    rendered = woocommerce_status.render(*sample)
    lines = rendered.text.split("\n")
    begin = data.draw(st.integers(0, lines.index("### Settings ###")))
    inventory = _read("\n".join(lines[begin:]), fmt="woocommerce-status")
    assert phantoms(inventory, rendered.expected) == []
    titled = any("Active Plugins (" in line[:20] for line in lines[begin:])
    assert ("plugin" in inventory.complete_kinds) is (titled and "plugin" in rendered.expected.complete_kinds)


@settings(max_examples=60, deadline=None)
@given(samples.sites(), st.data())
def test_json_cut_anywhere_gives_no_wrong_row(sample: Sample, data: st.DataObject) -> None:
    rendered = woocommerce_status.render_json(*sample)
    end = data.draw(st.integers(rendered.text.index('"active_plugins"'), len(rendered.text.rstrip("} \n"))))
    try:
        inventory = _read(rendered.text[:end], fmt="woocommerce-status")
    except InputError as error:
        assert "stands in it" in str(error)  # noqa: PT017
        return
    assert phantoms(inventory, rendered.expected) == []
    assert inventory.complete_kinds == frozenset()
    assert any("the JSON is cut" in warning for warning in inventory.warnings)


REPORT = """\
### WordPress Environment ###

Site address (URL): https://shop.example
WC Version: 9.3.2
WP Version: ❌ 6.6.1 - There is a newer version of WordPress available (6.6.2)

### Server Environment ###

PHP Version: 7.4.33 - We recommend using PHP version 8.0 or above for greater performance

### Post Type Counts ###

wpcode: 4
popup: 42

### Active Plugins (4) ###

Acme Backup: by Acme.Example
Ann Author – 1.16.23

Acme: Shop – Base: by Acme – 9.3.2 (update to version 9.3.3 is available) – Network enabled
Tidy Forms: by Bob –  – Installed version not tested with active version of WooCommerce 9.3.2
Older: by Cy – 3.6.3 – 3.6.4 is available

### Inactive Plugins (1) ###

Hello: by Ann
Bob
and Cy – 1.7.2

### Dropin Plugins () ###

object-cache.php: Acme Cache

### Must Use Plugins (1) ###

site-tweaks.php: by  –

### Settings ###

Taxonomies: Product Types: external (external)
grouped (grouped)

### Theme ###

Name: Acme
Child

Version: 1.0
Child Theme: ✔
Parent Theme Name: Acme Base
Parent Theme Version: 4.5 – 4.6 is available

### Templates ###

Overrides: –
"""


def test_the_grammar() -> None:
    inventory = _read(REPORT)
    assert inventory.components == (
        Installed("plugin", None, "Acme Backup", "1.16.23", "active"),
        Installed("plugin", None, "Acme: Shop – Base", "9.3.2", "active-network", "9.3.3"),
        Installed("plugin", None, "Tidy Forms", None, "active"),
        Installed("plugin", None, "Older", "3.6.3", "active", "3.6.4"),
        Installed("plugin", None, "Hello", "1.7.2", "inactive"),
        Installed("dropin", "object-cache.php", "Acme Cache", None, "dropin"),
        Installed("mu-plugin", None, "site-tweaks.php", None, "must-use"),
        Installed("theme", None, "Acme, Child", "1.0", "active"),
        Installed("theme", None, "Acme Base", "4.5", "parent", "4.6"),
    )
    assert (inventory.wordpress_version, inventory.php_version) == ("6.6.1", "7.4.33")
    assert inventory.complete_kinds == KINDS
    assert (inventory.unparsed, inventory.warnings) == ((), ())


def test_a_wrong_count_makes_the_plugins_partial() -> None:
    inventory = _read(REPORT.replace("Active Plugins (4)", "Active Plugins (5)"))
    assert inventory.complete_kinds == {"mu-plugin", "dropin"}
    assert inventory.warnings == ("the section 'active plugins' declares 5, and 4 could be read; taken as partial",)


def test_reports_that_were_made_twice_are_put_together() -> None:
    first = "### Active Plugins (1) ###\n\nAcme: by Ann – 1.0\n\n"
    second = "### Active Plugins (2) ###\n\nAcme: by Ann – 1.0\nTidy: by Bob – 2.0\n\n"
    inventory = _read(f"```\n{first}```\nOnce more:\n```\n{second}```\n")
    assert _shown(inventory) == [("Acme", "1.0", "active", None), ("Tidy", "2.0", "active", None)]
    assert [unparsed.text for unparsed in inventory.unparsed] == ["Once more:"]
    assert inventory.complete_kinds == frozenset()


def test_reports_of_two_sites_are_refused() -> None:
    with pytest.raises(InputError, match="reports of several sites"):
        _read(REPORT + REPORT.replace("shop.example", "other.example"))


def test_a_translation_is_read_by_its_dashes() -> None:
    inventory = _read("""\
### Active Plugins (3) ###

Tradurre: con Acme: di Acme – 2.0 (aggiornamento alla versione 2.1 disponibile) – Attivato nella rete
Formulario: di Bob – 1.2 – Versione installata non testata con la versione attiva di WooCommerce 9.3
Negozio: di Cy – 3

""")
    assert _shown(inventory) == [
        ("Tradurre: con Acme", "2.0", "active-network", "2.1"),
        ("Formulario", "1.2", "active", None),
        ("Negozio", "3", "active", None),
    ]


def test_the_word_before_the_author_need_not_be_known() -> None:
    inventory = _read("### Active Plugins (2) ###\n\nA: B: xyz Ann – 1\nC: xyz Bob – 2\n\n### Settings ###\n")
    assert _shown(inventory) == [("A: B", "1", "active", None), ("C", "2", "active", None)]


def test_an_excerpt_without_titles_is_read_with_a_warning() -> None:
    inventory = _read("Acme: by Ann – 1.0\nTidy: by Bob\nInc. – 2.0\n\nShop: by Cy – 3.0\n")
    assert [(row.name, row.version) for row in inventory.components] == [
        ("Acme", "1.0"),
        ("Tidy", "2.0"),
        ("Shop", "3.0"),
    ]
    assert {row.status for row in inventory.components} == {"unknown"}
    assert "whose status is not known" in inventory.warnings[0]
    assert inventory.complete_kinds == frozenset()


@pytest.mark.parametrize(
    ("title", "status"),
    [("Inactive Plugins (0)", "active"), ("Dropin Plugins ()", "inactive"), ("Must Use Plugins (0)", "inactive")],
)
def test_the_next_title_tells_what_stood_above(title: str, status: str) -> None:
    assert _shown(_read(f"Acme: by Ann – 1.0\n\n### {title} ###\n")) == [("Acme", "1.0", status, None)]


def test_rows_that_may_be_of_either_kind_are_not_read() -> None:
    inventory = _read("Acme: by Ann – 1.0\n\n### Settings ###\n\n### WC Pages ###\n")
    assert inventory.components == ()
    assert [unparsed.line for unparsed in inventory.unparsed] == [1]


def test_two_versions_in_one_row_are_not_chosen_from() -> None:
    inventory = _read("### Active Plugins (2) ###\n\nAcme: by Team – 2020\nInc. – 1.0\n\nTidy: by Bob – 2.0\n\n")
    assert _shown(inventory) == [("Tidy", "2.0", "active", None)]
    assert [unparsed.line for unparsed in inventory.unparsed] == [3, 4]


def test_a_line_behind_a_note_goes_on_with_it_only_before_an_empty_line() -> None:
    text = "### Active Plugins (9) ###\n\nAcme: by Ann – 1.0 – Not tested with WooCommerce\nWooCommerce Table Ra"
    assert [unparsed.line for unparsed in _read(f"{text}\n").unparsed] == [4]
    assert _read(f"{text}\n\nTidy: by Bob – 2.0\n").unparsed == ()


def test_the_last_row_of_a_cut_text_is_not_trusted() -> None:
    cut = "### Active Plugins (3) ###\n\nAcme: by Ann – 1.0\nTidy: by Bob – 2.1"
    assert _shown(_read(cut)) == [("Acme", "1.0", "active", None)]
    assert _read(cut).unparsed[0].line == 4
    assert len(_read(cut.replace("(3)", "(2)")).components) == 2


def test_a_note_that_was_cut_says_nothing_of_a_network() -> None:
    text = "### Active Plugins (2) ###\n\nAcme: by Ann – 1.0 – {}\nTidy: by Bob – 2.0\n\n### Inactive Plugins (0) ###\n"
    for note, status in (
        ("Insta", "active"),
        ("Netzwerkweit aktiviert", "active-network"),
        ("Red activa", "active-network"),
    ):
        inventory = _read(text.format(note) + "\n### Settings ###\n")
        assert _shown(inventory)[0] == ("Acme", "1.0", status, None)
        assert inventory.complete_kinds == KINDS


def test_a_report_that_names_no_active_plugin_is_not_whole() -> None:
    inventory = _read(
        "### Active Plugins (0) ###\n\n### Inactive Plugins (1) ###\n\nTidy: by Bob – 2.0\n\n### Settings ###\n"
    )
    assert inventory.complete_kinds == KINDS - {"plugin"}
    assert inventory.warnings == ("it names no active plugin; taken as partial",)


@pytest.mark.parametrize("name", ["…", "...", "[03-Nov-2026 10:00:00 UTC] Update"])
def test_a_row_without_a_name_is_reported(name: str) -> None:
    line = f"{name}: by Ann – 1.0"
    inventory = _read(f"### Active Plugins (2) ###\n\n{line}\nTidy: by Bob – 2.0\n\n")
    assert _shown(inventory) == [("Tidy", "2.0", "active", None)]
    assert [unparsed.text for unparsed in inventory.unparsed] == [line]
    assert inventory.complete_kinds == frozenset()


ANSWER = {
    "environment": {"version": "9.3.2", "wp_version": "6.6.1", "php_version": "8.2.28"},
    "active_plugins": [
        {
            "plugin": "acme-shop/shop.php",
            "name": "Acme &amp; Shop",
            "version": "1.2",
            "version_latest": "1.3",
            "url": "https://woocommerce.com/products/acme/",
            "author_name": "Ann",
            "network_activated": True,
        },
        {"plugin": "Tidy_Forms/a.php", "name": "Tidy A", "version": "", "version_latest": "9"},
        {"plugin": "Tidy_Forms/b.php", "name": "Tidy B", "version": "2", "version_latest": "2"},
    ],
    "inactive_plugins": [{"plugin": "hello.php", "name": "Hello", "version": "1.7.2"}],
    "dropins_mu_plugins": {
        "dropins": [{"plugin": "object-cache.php", "name": "Acme Cache"}],
        "mu_plugins": [{"plugin": "site.php", "name": "Site", "version": "0.1"}],
    },
    "theme": {"name": "Child", "version": "1.0", "version_latest": "0", "is_child_theme": True, "parent_name": "Base",
              "parent_version": "4.5", "parent_version_latest": "4.6"},
}  # fmt: skip


@pytest.mark.parametrize("envelope", ["%s", '{"data": %s}', "$ curl -s https://shop.example/wp-json/\n%s\n"])
def test_json_names_folders_and_trusts_woocommerce_alone_on_updates(envelope: str) -> None:
    inventory = _read(envelope % json.dumps(ANSWER, indent=1))
    assert inventory.components == (
        Installed("plugin", "acme-shop", "Acme & Shop", "1.2", "active-network", "1.3"),
        Installed("plugin", "Tidy_Forms/a", "Tidy A", None, "active"),
        Installed("plugin", "Tidy_Forms/b", "Tidy B", "2", "active"),
        Installed("plugin", "hello", "Hello", "1.7.2", "inactive"),
        Installed("dropin", "object-cache.php", "Acme Cache", None, "dropin"),
        Installed("mu-plugin", "site.php", "Site", "0.1", "must-use"),
        Installed("theme", None, "Child", "1.0", "active"),
        Installed("theme", None, "Base", "4.5", "parent", "4.6"),
    )
    assert (inventory.wordpress_version, inventory.php_version) == ("6.6.1", "8.2.28")
    assert inventory.complete_kinds == KINDS
    assert inventory.unparsed == ()


def test_json_of_old_releases_has_no_inactive_plugins() -> None:
    answer = {key: value for key, value in ANSWER.items() if key not in ("inactive_plugins", "dropins_mu_plugins")}
    inventory = _read(json.dumps(answer))
    assert inventory.complete_kinds == frozenset()
    assert "the answer has no inactive_plugins; taken as partial" in inventory.warnings


def test_an_entry_that_is_no_plugin_is_reported() -> None:
    answer = ANSWER | {"active_plugins": [{"plugin": "../x.php"}, "y", {"plugin": "acme/a.php", "version": "1"}]}
    inventory = _read(json.dumps(answer))
    assert [row.slug for row in inventory.components][:1] == ["acme"]
    assert [unparsed.text for unparsed in inventory.unparsed] == [
        "entry 1 of active_plugins: ../x.php",
        "entry 2 of active_plugins: no plugin",
    ]
    assert inventory.complete_kinds == {"mu-plugin", "dropin"}


@settings(max_examples=40, deadline=None)
@given(samples.sites())
def test_other_lists_are_left_to_their_formats(sample: Sample) -> None:
    site, chance = sample
    for other in (edd_info, elementor_info, site_health, wpcli_csv, wpcli_table):
        assert recognise(decode(other.render(site, chance).text.encode(), "x")).confidence == 0


HOSTILE = {
    "rows without end": "### Active Plugins (3) ###\n" + ("Acme: by " + "x, " * 25 + "\n") * 90_000,
    "dashes": "### Active Plugins (3) ###\n" + ("A: by B" + " – " * 640 + "\n") * 1_700,
    "brackets": "### Active Plugins (3) ###\n" + ("A: by B - " + " (" * 950 + "\n") * 4_000,
    "one line": "### Active Plugins (3) ###\nA: by B" + " – 1" * 1_300_000,
    "titles": "### Active Plugins (3) ###\n" * 99_000,
    "colons": "### Active Plugins (3) ###\n" + ": " * 4_000_000,
    "a list in json": '{"environment": 1, "active_plugins": [' + '{"plugin": "a/b.php"},' * 300_000,
    "deep json": '{"environment": 1, "plugin": 1, "active_plugins": ' + "[" * 150_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_done_with_soon(name: str) -> None:
    check_hostile(HOSTILE[name], "woocommerce-status")


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="#AB: by–-(1.2)\n,x ", max_size=200))
def test_any_text_gives_an_inventory_or_one_sentence(text: str) -> None:
    try:
        inventory = _read(f"### Active Plugins (2) ###\n{text}", fmt="woocommerce-status")
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert all(row.name or row.slug for row in inventory.components)
