"""Every text format, rendered from random lists with the quirks of real pastes, is read back exactly."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rendering import samples, wpcli_csv, wpcli_json, wpcli_table, wpcli_tsv
from rendering.samples import Rendered, SampleSite
from rendering.wpcli_lists import PLUGIN_KINDS, Sheet
from rendering.wpcli_pastes import NOISE, paste

from plugwatch.inventories.containers import NO_HINTS, Hints
from plugwatch.inventories.registry import read
from plugwatch.model.component import is_slug
from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.signs import POSSIBLE_FORK
from plugwatch.model.version import clean

PLUGIN_FIELDS = (
    "update",
    "version",
    "update_version",
    "auto_update",
    "title",
    "requires_php",
    "tested_up_to",
    "author",
)
THEME_FIELDS = ("update", "version", "update_version", "auto_update", "title", "enabled")
RENDERERS: dict[str, Callable[[SampleSite, random.Random], Rendered]] = {
    "wpcli-table": wpcli_table.render,
    "wpcli-tsv": wpcli_tsv.render,
    "wpcli-csv": wpcli_csv.render,
    "wpcli-json": wpcli_json.render,
}

slugs = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,24}", fullmatch=True).filter(
    lambda slug: is_slug(slug) and not slug.endswith((".", ".php"))
)
plugin_names = st.one_of(slugs, st.tuples(slugs, slugs).map("/".join)).filter(is_slug)
versions = st.one_of(
    st.just(""),
    st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}(-(beta|RC|p)[0-9])?", fullmatch=True),
    st.text(alphabet="0123456789.vabRCpl+=-_", min_size=1, max_size=12),
)
titles = st.text(alphabet="aZ9 ,;|&'\"-=+@–éß漢<>#:.[]{}", max_size=25).map(
    lambda text: " ".join(text.split()).lstrip("'> ")  # ambiguous at the start of a line: formula guards, mail quotes
)
updates = st.sampled_from(["none", "available", "unavailable", "version higher than expected"])


def _expected(row: Mapping[str, str], columns: Sequence[str], themes: bool) -> Installed:
    def seen(column: str) -> str:
        return row[column] if column in columns else ""

    kind = "theme" if themes else {"must-use": "mu-plugin", "dropin": "dropin"}.get(row["status"], "plugin")
    return Installed(
        kind,
        row["name"] + ".php" if kind == "mu-plugin" else row["name"],
        seen("title") or None,
        clean(seen("version")) or None,
        row["status"],
        clean(seen("update_version")) or None,
        {"on": True, "off": False}.get(seen("auto_update")),
        POSSIBLE_FORK if seen("update") == "version higher than expected" else None,
    )


@st.composite
def lists(draw: st.DrawFn, *, name_first: bool = False, themes: bool = False) -> Sheet:
    names = draw(st.lists(slugs if themes else plugin_names, min_size=1, max_size=6, unique=True))
    rows = []
    for name in names:
        statuses = ["active", "inactive", "parent"] if themes else ["active", "inactive", "active-network", "must-use"]
        status = draw(st.sampled_from(statuses))
        name = name.replace("/", "-") if status == "must-use" else name
        rows.append({
            "name": name,
            "status": status,
            "update": draw(updates) if status != "must-use" else "false",
            "version": draw(versions),
            "update_version": draw(versions),
            "auto_update": draw(st.sampled_from(["on", "off"])),
            "title": draw(titles),
            "requires_php": draw(st.sampled_from(["", "7.4"])),
            "tested_up_to": draw(st.sampled_from(["", "6.9"])),
            "author": draw(titles),
            "enabled": draw(st.sampled_from(["no", "network,site"])),
        })  # fmt: skip
    if not themes:
        rows.append(dict(rows[0], name="object-cache.php", status="dropin", update="false", version=""))
    rows[0].update(status="active", update=draw(updates))  # a list without anything active is taken for a filtered one
    rows = list({(row["name"], row["status"] == "must-use"): row for row in rows}.values())
    optional = THEME_FIELDS if themes else PLUGIN_FIELDS
    chosen = draw(st.lists(st.sampled_from(optional), unique=True, min_size=1))
    if themes:
        chosen = list(dict.fromkeys([*chosen, "enabled"]))
    columns = ["name", *draw(st.permutations(["status", *chosen]))]
    if not name_first:
        columns = draw(st.permutations(columns))
    assume(columns != ["name", "status", "version", "update_version"])  # what lists updates only
    expected = tuple(_expected(row, columns, themes) for row in rows)
    return Sheet(tuple(columns), tuple(rows), expected, themes)


def _assert_read(data: bytes, fmt: str, sheet: Sheet) -> None:
    inventory = _read(data)
    assert inventory.format == fmt
    assert inventory.components == sheet.expected
    assert inventory.unparsed == ()
    assert inventory.complete_kinds == sheet.complete_kinds


def _read(data: bytes, fmt: str | None = None, hints: Hints = NO_HINTS) -> Inventory:
    found = read(data, source="list", fmt=fmt, hints=hints)
    assert isinstance(found, Inventory)
    return found


@settings(max_examples=60, deadline=None)
@given(samples.sites(), st.sampled_from(sorted(RENDERERS)))
def test_a_sites_lists_are_read_back(drawn: tuple[SampleSite, random.Random], fmt: str) -> None:
    site, chance = drawn
    rendered = RENDERERS[fmt](site, chance)
    pasted = paste(rendered.text, chance, between=fmt != "wpcli-json", quotable=fmt != "wpcli-csv")
    for data in (rendered.text.encode(), pasted):
        inventory = _read(data)
        assert inventory.format == fmt
        assert inventory.components == rendered.expected.components
        assert inventory.complete_kinds == rendered.expected.complete_kinds
        assert inventory.unparsed == ()


@settings(max_examples=35, deadline=None)
@given(lists(), st.sampled_from([",", ";"]), st.randoms())
def test_csv(sheet: Sheet, delimiter: str, chance: random.Random) -> None:
    text = "\n".join(wpcli_csv.draw(sheet, delimiter))
    _assert_read(paste(text, chance, quotable=False), "wpcli-csv", sheet)


@settings(max_examples=35, deadline=None)
@given(lists(themes=True), st.randoms())
def test_csv_of_themes(sheet: Sheet, chance: random.Random) -> None:
    _assert_read(paste("\n".join(wpcli_csv.draw(sheet)), chance, quotable=False), "wpcli-csv", sheet)


@settings(max_examples=35, deadline=None)
@given(lists(name_first=True), st.randoms())
def test_tsv(sheet: Sheet, chance: random.Random) -> None:
    _assert_read(paste("\n".join(wpcli_tsv.draw(sheet)), chance), "wpcli-tsv", sheet)


@settings(max_examples=35, deadline=None)
@given(lists())
def test_tsv_whose_first_cells_were_trimmed_is_read_right_or_reported(sheet: Sheet) -> None:
    inventory = _read("\n".join([*wpcli_tsv.draw(sheet), ""]).encode(), "wpcli-tsv", Hints("plugins"))
    assert set(inventory.components) <= set(sheet.expected)
    assert len(inventory.components) + len(inventory.unparsed) == len(sheet.expected)
    assert (inventory.complete_kinds == PLUGIN_KINDS) is not inventory.unparsed


def _without_bars(sheet: Sheet) -> Sheet:
    """Bars in two columns of one row cannot be told apart, so only the titles keep theirs."""
    return replace(sheet, columns=tuple(column for column in sheet.columns if column != "author"))


@settings(max_examples=35, deadline=None)
@given(lists().map(_without_bars), st.randoms())
def test_table(sheet: Sheet, chance: random.Random) -> None:
    _assert_read(paste("\n".join(wpcli_table.draw(sheet, {})), chance), "wpcli-table", sheet)


@settings(max_examples=35, deadline=None)
@given(lists().map(_without_bars), st.randoms())
def test_table_on_a_narrow_terminal(sheet: Sheet, chance: random.Random) -> None:
    _assert_read(paste("\n".join(wpcli_table.draw(sheet, wpcli_table.NARROW)), chance), "wpcli-table", sheet)


@settings(max_examples=35, deadline=None)
@given(lists().map(_without_bars), st.data())
def test_a_table_cut_anywhere_gives_no_wrong_row(sheet: Sheet, data: st.DataObject) -> None:
    lines = wpcli_table.draw(sheet, {})
    text = "\n".join(lines)
    cut = data.draw(st.integers(len("\n".join(lines[:2])), len(text) - 1))
    whole = sum(shown == line for shown, line in zip(text[:cut].split("\n"), lines, strict=False))
    inventory = _read(text[:cut].encode(), "wpcli-table")
    assert inventory.components == sheet.expected[: max(0, whole - 3)]
    assert inventory.complete_kinds == frozenset()


@settings(max_examples=35, deadline=None)
@given(lists(), st.sampled_from([None, 1]), st.booleans(), st.data())
def test_json(sheet: Sheet, indent: int | None, ascii_only: bool, data: st.DataObject) -> None:
    text = json.dumps(wpcli_json.objects(sheet), indent=indent, ensure_ascii=ascii_only)
    before, after = (data.draw(st.lists(st.sampled_from(NOISE), max_size=2)) for _ in range(2))
    glued = data.draw(st.sampled_from(["", "Error: Only updated 1 of 2 plugins."]))
    _assert_read("\n".join([*before, text + glued, *after]).encode(), "wpcli-json", sheet)


@settings(max_examples=35, deadline=None)
@given(lists(), st.data())
def test_cut_json_keeps_the_complete_objects(sheet: Sheet, data: st.DataObject) -> None:
    objects = [json.dumps(element) for element in wpcli_json.objects(sheet)]
    whole = data.draw(st.integers(1, len(objects)))
    text = "[" + ", ".join(objects[:whole])
    rest = ", ".join(["", *objects[whole:]]) + "]"
    cut = data.draw(st.integers(0, min(len(rest) - 1, len(objects[whole]) if whole < len(objects) else 0)))
    inventory = _read((text + rest[:cut]).encode(), "wpcli-json", Hints("plugins"))
    assert inventory.components == sheet.expected[:whole]
    assert inventory.complete_kinds == frozenset()
    assert any("taken as partial" in warning for warning in inventory.warnings)


@settings(max_examples=35, deadline=None)
@given(lists())
def test_toml(sheet: Sheet) -> None:
    tables = {"plugin": "plugins", "mu-plugin": "mu-plugins", "dropin": "dropins"}
    lines = ['wordpress = "6.9.1"', 'php = "8.2"']
    for kind, table in tables.items():
        lines.append(f"[{table}]")
        lines += [_toml_line(row) for row in sheet.expected if row.kind == kind]
    inventory = _read("\n".join(lines).encode())
    assert (inventory.format, inventory.wordpress_version, inventory.php_version) == ("plugwatch-toml", "6.9.1", "8.2")
    read_back = {(row.kind, row.slug, row.name, row.version, row.status) for row in inventory.components}
    assert read_back == {(row.kind, row.slug, row.name, row.version, row.status) for row in sheet.expected}
    assert inventory.complete_kinds == {row.kind for row in sheet.expected}  # an empty table closes nothing


def _toml_line(row: Installed) -> str:
    fields = {"version": row.version or "", "status": row.status, "name": row.name or ""}
    values = ", ".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items())
    return f"{json.dumps(row.slug)} = {{ {values} }}"
