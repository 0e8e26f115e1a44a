"""Every text format, rendered from random lists with the quirks of real pastes, is read back exactly."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from plugwatch.inventories.registry import read
from plugwatch.model.component import is_slug
from plugwatch.model.inventory import Installed, Inventory
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
NOISE = (
    "",
    "PHP Notice:  Undefined index: acme in /srv/site/wp-content/plugins/acme-forms/acme-forms.php on line 7",
    "Deprecated: Optional parameter $a declared before $b in /srv/site/wp-content/plugins/old, one/x.php on line 3",
    "Warning: Cannot modify header information - headers already sent, \"twice\" in [x], {y} in a.php on line 1",
    "<br />",
    "[21-Nov-2026 10:00:00 UTC] PHP Warning:  Undefined array key 0 in wp-content/plugins/slider/slider.php on line 9",
    "Success: Installed 1 of 1 plugins.",
)  # fmt: skip

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
updates = st.sampled_from(["none", "available", "unavailable", "version higher than expected", "false"])


@dataclass(frozen=True)
class Sample:
    """A list as WP-CLI holds it: the columns asked for, one mapping a row, and what must come out."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    expected: tuple[Installed, ...]


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
    )


@st.composite
def lists(draw: st.DrawFn, *, name_first: bool = False, themes: bool = False) -> Sample:
    names = draw(st.lists(slugs if themes else plugin_names, min_size=1, max_size=6, unique=True))
    rows = []
    for name in names:
        statuses = ["active", "inactive", "parent"] if themes else ["active", "inactive", "active-network", "must-use"]
        status = draw(st.sampled_from(statuses))
        name = name.replace("/", "-") if status == "must-use" else name
        rows.append({
            "name": name,
            "status": status,
            "update": draw(updates),
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
        rows.append(dict(rows[0], name="object-cache.php", status="dropin", version=""))
    rows[0]["status"] = "active"  # a list without anything active is taken for a filtered one
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
    return Sample(tuple(columns), tuple(rows), expected)


@st.composite
def pasted(draw: st.DrawFn, lines: Sequence[str], *, quotable: bool = True) -> bytes:
    """The lines as they arrive: with noise between them, indented, quoted or fenced, with any line end."""
    given_lines = list(lines)
    for noise in draw(st.lists(st.sampled_from(NOISE), max_size=3)):
        given_lines.insert(draw(st.integers(0, len(given_lines))), noise)
    if quotable:
        prefix = draw(st.sampled_from(["", "    ", "> ", ">> "]))
        given_lines = [prefix + line for line in given_lines]
        if draw(st.booleans()):
            given_lines = ["```", *given_lines, "```"]
    text = draw(st.sampled_from(["\n", "\r\n"])).join([*given_lines, ""])
    return draw(st.sampled_from(["", "\ufeff"])).encode() + text.encode()


def _assert_read(data: bytes, fmt: str, sample: Sample, complete: set[str]) -> None:
    inventory = read(data, source="list")
    assert inventory.format == fmt
    assert inventory.components == sample.expected
    assert inventory.unparsed == ()
    assert inventory.complete_kinds == complete


def _guarded(value: str) -> str:
    return f"'{value}" if value[:1] in ("=", "+", "-", "@") else value


def _csv_lines(sample: Sample, delimiter: str = ",") -> list[str]:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    writer.writerow(sample.columns)
    writer.writerows([[_guarded(row[column]) for column in sample.columns] for row in sample.rows])
    return stream.getvalue().splitlines()


PLUGIN_KINDS = {"plugin", "mu-plugin", "dropin"}


@settings(max_examples=35, deadline=None)
@given(lists(), st.sampled_from([",", ";"]), st.data())
def test_csv(sample: Sample, delimiter: str, data: st.DataObject) -> None:
    lines = _csv_lines(sample, delimiter)
    _assert_read(data.draw(pasted(lines, quotable=False)), "wpcli-csv", sample, PLUGIN_KINDS)


@settings(max_examples=35, deadline=None)
@given(lists(themes=True), st.data())
def test_csv_of_themes(sample: Sample, data: st.DataObject) -> None:
    _assert_read(data.draw(pasted(_csv_lines(sample), quotable=False)), "wpcli-csv", sample, {"theme"})


def _tsv_lines(sample: Sample) -> list[str]:
    """WP-CLI trims every line, so empty cells at its ends are lost."""
    cells = [sample.columns, *[[row[column] for column in sample.columns] for row in sample.rows]]
    return ["\t".join(line).strip() for line in cells]


@settings(max_examples=35, deadline=None)
@given(lists(name_first=True), st.data())
def test_tsv(sample: Sample, data: st.DataObject) -> None:
    _assert_read(data.draw(pasted(_tsv_lines(sample))), "wpcli-tsv", sample, PLUGIN_KINDS)


@settings(max_examples=35, deadline=None)
@given(lists())
def test_tsv_whose_first_cells_were_trimmed_is_read_right_or_reported(sample: Sample) -> None:
    inventory = read("\n".join([*_tsv_lines(sample), ""]).encode(), source="list", fmt="wpcli-tsv", list_type="plugins")
    assert set(inventory.components) <= set(sample.expected)
    assert len(inventory.components) + len(inventory.unparsed) == len(sample.expected)
    assert (inventory.complete_kinds == PLUGIN_KINDS) is not inventory.unparsed


def _table_lines(sample: Sample, limits: Mapping[str, int]) -> list[str]:
    """The box as a terminal draws it: cells that are wider than their limit go on in lines below."""
    cells = [list(sample.columns), *[[row[column] for column in sample.columns] for row in sample.rows]]
    widths = [
        min(limits.get(column, 99), max(len(line[index]) for line in cells))
        for index, column in enumerate(sample.columns)
    ]
    border = "+" + "+".join("-" * (width + 2) for width in widths) + "+"
    drawn = []
    for line in cells:
        parts = [
            [value[at : at + width] for at in range(0, len(value), width or 1)]
            for value, width in zip(line, widths, strict=True)
        ]
        for height in range(max(1, *(len(part) for part in parts))):
            shown = [part[height] if height < len(part) else "" for part in parts]
            drawn.append("| " + " | ".join(text.ljust(width) for text, width in zip(shown, widths, strict=True)) + " |")
        if len(drawn) and line is cells[0]:
            drawn.append(border)
    return [border, *drawn, border]


def _without_bars(sample: Sample) -> Sample:
    """Bars in two columns of one row cannot be told apart, so only the titles keep theirs."""
    rows = tuple(dict(row, author=row["author"].replace("|", "")) for row in sample.rows)
    return Sample(tuple(column for column in sample.columns if column != "author"), rows, sample.expected)


@settings(max_examples=35, deadline=None)
@given(lists().map(_without_bars), st.data())
def test_table(sample: Sample, data: st.DataObject) -> None:
    _assert_read(data.draw(pasted(_table_lines(sample, {}))), "wpcli-table", sample, PLUGIN_KINDS)


@settings(max_examples=35, deadline=None)
@given(lists().map(_without_bars), st.data())
def test_table_on_a_narrow_terminal(sample: Sample, data: st.DataObject) -> None:
    limits = {"name": 9, "status": 10, "version": 8, "update": 10, "update_version": 11, "auto_update": 10}
    lines = _table_lines(sample, limits)
    _assert_read(data.draw(pasted(lines)), "wpcli-table", sample, PLUGIN_KINDS)


@settings(max_examples=35, deadline=None)
@given(lists().map(_without_bars), st.data())
def test_a_table_cut_anywhere_gives_no_wrong_row(sample: Sample, data: st.DataObject) -> None:
    lines = _table_lines(sample, {})
    text = "\n".join(lines)
    cut = data.draw(st.integers(len("\n".join(lines[:2])), len(text) - 1))
    whole = sum(shown == line for shown, line in zip(text[:cut].split("\n"), lines, strict=False))
    inventory = read(text[:cut].encode(), source="list", fmt="wpcli-table")
    assert inventory.components == sample.expected[: max(0, whole - 3)]
    assert inventory.complete_kinds == frozenset()


def _objects(sample: Sample) -> list[dict[str, str | bool | None]]:
    """Rows as JSON has them: must-use plugins and drop-ins have ``"update": false``."""
    return [
        {column: False if row[column] == "false" else row[column] for column in sample.columns} for row in sample.rows
    ]


@settings(max_examples=35, deadline=None)
@given(lists(), st.sampled_from([None, 1]), st.booleans(), st.data())
def test_json(sample: Sample, indent: int | None, ascii_only: bool, data: st.DataObject) -> None:
    text = json.dumps(_objects(sample), indent=indent, ensure_ascii=ascii_only)
    before, after = (data.draw(st.lists(st.sampled_from(NOISE), max_size=2)) for _ in range(2))
    glued = data.draw(st.sampled_from(["", "Error: Only updated 1 of 2 plugins."]))
    _assert_read("\n".join([*before, text + glued, *after]).encode(), "wpcli-json", sample, PLUGIN_KINDS)


@settings(max_examples=35, deadline=None)
@given(lists(), st.data())
def test_cut_json_keeps_the_complete_objects(sample: Sample, data: st.DataObject) -> None:
    objects = [json.dumps(element) for element in _objects(sample)]
    whole = data.draw(st.integers(1, len(objects)))
    text = "[" + ", ".join(objects[:whole])
    rest = ", ".join(["", *objects[whole:]]) + "]"
    cut = data.draw(st.integers(0, min(len(rest) - 1, len(objects[whole]) if whole < len(objects) else 0)))
    inventory = read((text + rest[:cut]).encode(), source="list", fmt="wpcli-json", list_type="plugins")
    assert inventory.components == sample.expected[:whole]
    assert inventory.complete_kinds == frozenset()
    assert any("taken as partial" in warning for warning in inventory.warnings)


@settings(max_examples=35, deadline=None)
@given(lists())
def test_toml(sample: Sample) -> None:
    tables = {"plugin": "plugins", "mu-plugin": "mu-plugins", "dropin": "dropins"}
    lines = ['wordpress = "6.9.1"', 'php = "8.2"']
    for kind, table in tables.items():
        lines.append(f"[{table}]")
        lines += [_toml_line(row) for row in sample.expected if row.kind == kind]
    inventory: Inventory = read("\n".join(lines).encode(), source="list")
    assert (inventory.format, inventory.wordpress_version, inventory.php_version) == ("plugwatch-toml", "6.9.1", "8.2")
    read_back = {(row.kind, row.slug, row.name, row.version, row.status) for row in inventory.components}
    assert read_back == {(row.kind, row.slug, row.name, row.version, row.status) for row in sample.expected}
    assert inventory.complete_kinds == PLUGIN_KINDS


def _toml_line(row: Installed) -> str:
    fields = {"version": row.version or "", "status": row.status, "name": row.name or ""}
    values = ", ".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items())
    return f"{json.dumps(row.slug)} = {{ {values} }}"
