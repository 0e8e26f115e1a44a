"""Tables in documents: every list is read exactly, other tables and words give nothing, and none of it is complete."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import markdown_table, samples
from rendering.samples import SampleSite

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NO_HINTS, Hints, decode
from plugwatch.inventories.registry import read
from plugwatch.inventories.tables.markdown_table import recognise
from plugwatch.model.inventory import Fleet, Installed, Inventory

Sample = tuple[SampleSite, random.Random]
PARTIAL = "; taken as partial"


def _read(text: str, fmt: str | None = None, hints: Hints = NO_HINTS) -> Inventory:
    found = read(text.encode(), source="README.md", fmt=fmt, hints=hints)
    assert isinstance(found, Inventory)
    assert found.format == "markdown-table"
    return found


def _error(text: str, hints: Hints = NO_HINTS) -> str:
    with pytest.raises(InputError) as error:
        read(text.encode(), source="README.md", fmt="markdown-table", hints=hints)
    return str(error.value)


def _arrive(text: str, chance: random.Random) -> str:
    """The text in a mail, a post or a file of Windows."""
    prefix = chance.choice(["", "> ", "> > "])
    lines = [prefix + line for line in text.split("\n")]
    if chance.random() < 0.2:
        lines = ["```markdown", *lines, "```"]
    return chance.choice(["", "\ufeff"]) + chance.choice(["\n", "\r\n"]).join(lines)


@settings(max_examples=200, deadline=None)
@given(samples.sites())
def test_a_document_is_read_exactly(sample: Sample) -> None:
    site, chance = sample
    rendered = markdown_table.render(site, chance)
    inventory = _read(_arrive(rendered.text, chance))
    assert inventory.components == rendered.expected.components
    assert inventory.complete_kinds == frozenset()
    assert inventory.warnings[-1].endswith(PARTIAL)
    tables = {*markdown_table.OTHER_TABLE, *markdown_table.GONE_TABLE, *markdown_table.PROSE, "quoted"}
    assert {missed.text for missed in inventory.unparsed} <= tables


@settings(max_examples=100, deadline=None)
@given(samples.sites(), st.floats(0, 1))
def test_a_cut_document_loses_only_what_was_cut(sample: Sample, place: float) -> None:
    site, chance = sample
    rendered = markdown_table.render(site, chance)
    try:
        inventory = _read(rendered.text[: int(place * len(rendered.text))], "markdown-table")
    except InputError:
        return
    assert set(inventory.components[:-1]) <= set(rendered.expected.components)
    assert len(inventory.components) <= len(rendered.expected.components)


@settings(max_examples=60, deadline=None)
@given(samples.sites(), st.text(alphabet="name|-: \n#*Pv1.2", max_size=60))
def test_other_words_add_no_component(sample: Sample, words: str) -> None:
    site, chance = sample
    rendered = markdown_table.render(site, chance)
    inventory = _read(f"{rendered.text}\n{words}\n")
    assert inventory.components == rendered.expected.components


def test_more_than_any_document_lists_is_refused() -> None:
    head = "| Plugin | Version | Status |\n|---|---|---|\n"
    rows = "".join(f"| acme-{number} | 1 | active |\n" for number in range(30_001))
    assert "it names over 30,000 components; no site has that many" in _error(head + rows)
    said = "over 5,000 of its lines were not understood; give the list alone"
    assert said in _error(head + "| acme | 1 | active |\n" + "| a |  | ~~ |\n" * 5_001)
    assert said in _error("see below\n" * 5_001 + head + "| acme | 1 | active |\n")


DOCUMENT = """\
# Acme Shop

## Plugins

| Plugin                                                   |  Version  | Status                            |
|----------------------------------------------------------|:---------:|-----------------------------------|
| **Acme Forms**                                           | `1.2.3`   | ✅                                |
| [Tidy SEO](https://wordpress.org/plugins/tidy-seo/)      | 2.0       | ❌ inactive                       |
| Slider \\| Pro                                            |           | active (update available: 4.1.2)  |
| ~~Old Thing~~                                            | 1.0       | active                            |
| Total                                                    | 4         |                                   |

## Themes

Theme | Version
--- | ---
`shopfront` | 4.5
[Plain](https://acme.example/plain) | v1

## Must-use plugins (hosting)

| Plugin | Slug | Version | Notes |
|---|---|---|---|
| Object Cache Helper | `cache-helper` | 1.3.0 | |
"""


def test_headings_links_ticks_and_marks_are_understood() -> None:
    inventory = _read(DOCUMENT)
    assert inventory.components == (
        Installed("plugin", None, "Acme Forms", "1.2.3", "active"),
        Installed("plugin", "tidy-seo", "Tidy SEO", "2.0", "inactive"),
        Installed("plugin", None, "Slider | Pro", None, "active", "4.1.2"),
        Installed("theme", None, "shopfront", "4.5", "unknown"),
        Installed("theme", None, "Plain", "v1", "unknown"),
        Installed("mu-plugin", "cache-helper.php", "Object Cache Helper", "1.3.0", "must-use"),
    )
    assert [missed.line for missed in inventory.unparsed] == [10]
    assert inventory.warnings == ("line 10 of the list could not be read; taken as partial",)


def test_the_heading_gives_the_status_that_no_column_gives() -> None:
    text = "## {}\n\n| Plugin | Version |\n|---|---|\n| Acme Forms | 1 |\n"
    for heading, status in (
        ("Active plugins", "active"),
        ("Inactive plugins (3)", "inactive"),
        ("Active and inactive plugins", "unknown"),
        ("Plugins", "unknown"),
    ):
        assert _read(text.format(heading)).components[0].status == status


@pytest.mark.parametrize(
    "heading", ["Removed plugins", "Plugins to install", "Recommended plugins", "Geplante Plugins"]
)
def test_what_is_not_installed_is_no_component(heading: str) -> None:
    gone = f"## {heading}\n\n| Plugin | Version |\n|---|---|\n| Ghost | 1 |\n\n"
    inventory = _read(gone + DOCUMENT)
    assert "Ghost" not in [row.name for row in inventory.components]
    assert [missed.line for missed in inventory.unparsed][:3] == [3, 4, 5]
    assert "is known to name a plugin" in _error(gone)


def test_a_person_says_what_the_columns_hold() -> None:
    text = "| Modul | Stand |\n|---|---|\n| acme-forms | 1.2 |\n\n| Ort | Stand |\n|---|---|\n| Wien | 2 |\n"
    hints = Hints("plugins", {"slug": "modul", "version": "Stand"})
    for fmt in ("markdown-table", None):
        assert _read(text, fmt, hints).components == (Installed("plugin", "acme-forms", None, "1.2", "unknown"),)
    assert "no column is headed 'Plugin'; the headers are Modul, Stand" in _error(
        text, Hints(columns={"slug": "Plugin"})
    )


def test_tables_of_several_sites_are_not_mixed() -> None:
    found = read(b"| Site | Plugin | Version |\n|-|-|-|\n| A | Acme Forms | 1 |\n| B | Acme Forms | 2 |\n", source="x")
    assert isinstance(found, Fleet)
    assert [site.name for site in found.sites] == ["A", "B"]
    table = "| Plugin | Version |\n|---|---|\n| Acme Forms | 1 |\n\n"
    assert "several sites (shop.example, blog.example)" in _error(f"## shop.example\n{table}## blog.example\n{table}")
    assert _read(f"## shop.example\n{table}").components[0].name == "Acme Forms"


def test_a_column_for_secrets_is_never_shown() -> None:
    text = "| Plugin | Version | Licence |\n|---|---|---|\n| Acme | no version here | KEY-1 |\n| a | b | KEY-2 | x |\n"
    inventory = _read(text)
    assert inventory.components == ()
    assert [missed.line for missed in inventory.unparsed] == [3, 4]
    assert "KEY" not in str(inventory)


@pytest.mark.parametrize(
    "text",
    [
        "| name | status | version |\n|---|---|---|\n| acme | active | 1.0 |\n",
        "| Name | Version |\n|---|---|\n| nginx | 1.27 |\n",
        "| Component | Version |\n|---|---|\n| PHP | 8.2 |\n",
        "| Plugin | Action | Reason |\n|---|---|---|\n| Acme | update | old |\n",
        "| name | old_version | new_version | status |\n|-|-|-|-|\n| acme | 1 | 2 | Updated |\n",
        "| name | slug | rating |\n|-|-|-|\n| Acme | acme | 98 |\n",
        "| Plugin | Version |\n| Acme | 1.0 |\n",
        "| Plugin | Version |\n|---|\n| Acme | 1.0 |\n",
        "+---+---+\n| Plugin | Version |\n+---+---+\n| Acme | 1.0 |\n+---+---+\n",
        "Plugin,Version\nAcme,1.0\n",
    ],
)
def test_other_tables_are_not_taken_for_a_list(text: str) -> None:
    assert recognise(decode(text.encode(), "x")).confidence < 0.5


def test_a_plain_name_is_a_plugin_where_the_heading_says_so() -> None:
    table = "| Name | Version |\n|---|---|\n| {} | 1.27 |\n\n"
    inventory = _read(f"## Plugins\n\n{table.format('Acme Forms')}## Server\n\n{table.format('nginx')}")
    assert [row.name for row in inventory.components] == ["Acme Forms"]


def test_too_many_tables_are_refused() -> None:
    table = "| Plugin | Version |\n|---|---|\n| Acme Forms | 1 |\n\n"
    assert _error(table * 301) == "README.md: over 300 tables stand in it; give fewer at once"
