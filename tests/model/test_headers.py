"""Headers are read as WordPress reads them, and written so that nothing else changes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import PlugwatchError
from plugwatch.model.headers import (
    HEADER_BYTES,
    PLUGIN_HEADERS,
    NoHeaderError,
    main_file,
    read_headers,
    set_header,
)

DOC_BLOCK = b"""<?php
/**
 * Plugin Name:       Tidy Forms
 * Version:           1.2.3
 * Requires PHP:      7.4
 */

defined( 'ABSPATH' ) || exit;
"""


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b" * Version: 1.2.3", "1.2.3"),
        (b"Version: 1.2.3", "1.2.3"),
        (b"\t# @Version:1.2.3", "1.2.3"),
        (b"vErSiOn: 1.2.3", "1.2.3"),
        (b"<?php // Version: 1.2.3", "1.2.3"),
        (b"  <?php /* Version: 1.2.3 */ ?>", "1.2.3"),
        (b"/* Version: 1.2.3*/", "1.2.3"),
        (b"// Version: 1.2.3 ?> text", "1.2.3"),
        (b"Version: 1.2.3 \t\0", "1.2.3"),
        (b"Version: 1.2.3\x0c", "1.2.3\x0c"),  # PHP's trim() keeps form feeds
        (b"Version: 0", "0"),
        (b"Version:0", ""),  # the string "0" is false to PHP
        (b"Version:", ""),
        (b"Stable Version: 1.2.3", ""),
        (b"$x = 1; // Version: 1.2.3", ""),
        (b"\xef\xbb\xbfVersion: 1.2.3", ""),
        (b"Version : 1.2.3", ""),
        (b"Version: caf\xe9", "caf�"),
    ],
)
def test_a_line_is_read_as_core_reads_it(line: bytes, value: str) -> None:
    assert read_headers(b"text\n" + line + b"\nmore", ["Version"]) == {"Version": value}


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_every_line_ending_ends_a_value(ending: bytes) -> None:
    data = DOC_BLOCK.replace(b"\n", ending)
    assert read_headers(data, ["Plugin Name", "Version"]) == {"Plugin Name": "Tidy Forms", "Version": "1.2.3"}


def test_the_first_line_decides_even_when_it_is_empty() -> None:
    assert read_headers(b"Version:\nVersion: 2\n", ["Version"]) == {"Version": ""}
    assert read_headers(b"Version: 1\nVersion: 2\n", ["Version"]) == {"Version": "1"}


def test_only_the_first_8_kib_count() -> None:
    line = b"\nVersion: 1.2.3"
    assert read_headers(b"x" * (HEADER_BYTES - len(line)) + line, ["Version"]) == {"Version": "1.2.3"}
    assert read_headers(b"x" * (HEADER_BYTES - len(line) + 2) + line, ["Version"]) == {"Version": "1.2"}
    assert read_headers(b"x" * HEADER_BYTES + line, ["Version"]) == {"Version": ""}


def test_the_main_file_of_a_plugin() -> None:
    files = [
        ("readme.txt", b"=== Tidy ==="),
        ("includes/other.php", DOC_BLOCK),
        ("tidy-forms.php", DOC_BLOCK),
        ("index.php", b"<?php // silence"),
    ]
    main = main_file(files, "tidy-forms")
    assert (main.path, main.name, main.version, main.kind, main.others) == (
        "tidy-forms.php",
        "Tidy Forms",
        "1.2.3",
        "plugin",
        (),
    )


@pytest.mark.parametrize(
    ("slug", "chosen"),
    [("zebra", "zebra.php"), ("unrelated", "beta.php"), ("bundle/zebra", "zebra.php"), ("alpha.php", "alpha.php")],
)
def test_of_several_plugin_files_the_slug_then_the_version_decides(slug: str, chosen: str) -> None:
    unversioned = b"<?php\n// Plugin Name: Alpha\n"
    files = [("zebra.php", DOC_BLOCK), ("beta.php", DOC_BLOCK), ("alpha.php", unversioned), (".hidden.php", DOC_BLOCK)]
    main = main_file(files, slug)
    assert main.path == chosen
    assert {chosen, *main.others} == {"alpha.php", "beta.php", "zebra.php"}


def test_the_main_file_of_a_theme() -> None:
    files = [("style.css", b"/*\nTheme Name: Linen\nVersion: 4\n*/"), ("functions.php", b"<?php")]
    assert main_file(files, "linen").kind == "theme"
    with_plugin = [*files, ("extra.php", DOC_BLOCK)]
    assert main_file(with_plugin, "linen", "theme").path == "style.css"
    assert main_file(with_plugin, "linen", "plugin").path == "extra.php"


@pytest.mark.parametrize(("kind", "named"), [("plugin", "Plugin Name"), ("theme", "Theme Name"), ("", "Plugin Name")])
def test_a_tree_without_header_is_an_error_that_says_what_is_missing(kind: str, named: str) -> None:
    with pytest.raises(NoHeaderError, match=f"tidy.*{named}"):
        main_file([("deep/tidy.php", DOC_BLOCK), ("style.css", b"a{}")], "tidy", kind)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_a_value_is_replaced_and_no_other_byte(ending: bytes) -> None:
    data = DOC_BLOCK.replace(b"\n", ending)
    assert set_header(data, "Version", "1.2.3.0-p1", "Plugin Name") == data.replace(b"1.2.3", b"1.2.3.0-p1")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<?php\n/*\nVersion: 1\n*/", b"<?php\n/*\nVersion: 1\nUpdate URI: false\n*/"),
        (b"/*\r\nVersion: 1  \r\n*/", b"/*\r\nVersion: 1  \r\nUpdate URI: false\r\n*/"),
        (b"<?php\r\t * Version: 1\r", b"<?php\r\t * Version: 1\r\t * Update URI: false\r"),
        (b"<?php\n# Version: 1\n# x", b"<?php\n# Version: 1\n# Update URI: false\n# x"),
        (b"<?php // Version: 1\n", b"<?php // Version: 1\n// Update URI: false\n"),
        (b"<?PHP # Version: 1 ?>\n", b"<?PHP # Version: 1\n# Update URI: false ?>\n"),
        (b"<?php /* Version: 1 */ ?>", b"<?php /* Version: 1\n * Update URI: false */ ?>"),
        (b"<?php //* Version: 1\n", b"<?php //* Version: 1\n//* Update URI: false\n"),
        (b"/** Version: 1\n * x */", b"/** Version: 1\n * Update URI: false\n * x */"),
        (b"/*\n * Version: 1 */", b"/*\n * Version: 1\n * Update URI: false */"),
        (b"/*\n * Version:       1\n */", b"/*\n * Version:       1\n * Update URI:    false\n */"),
        (b"/*\n * Version:    1\n */", b"/*\n * Version:    1\n * Update URI: false\n */"),
        (b"Version: 1", b"Version: 1\nUpdate URI: false"),
    ],
)
def test_a_new_line_takes_over_the_neighbours_style(before: bytes, after: bytes) -> None:
    assert set_header(before, "Update URI", "false", "Version") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Version:\n", b"Version: 2\n"),
        (b"Version:   \n", b"Version: 2   \n"),
        (b"/* Version: */", b"/* Version: 2 */"),
        (b"Version:1\n", b"Version:2\n"),
        (b"Version:0\n", b"Version:2\n"),
        (b"Version: 1 beta*/\n", b"Version: 2*/\n"),
    ],
)
def test_odd_old_values_are_replaced(before: bytes, after: bytes) -> None:
    assert set_header(before, "Version", "2", "Plugin Name") == after


def test_zero_is_written_so_that_php_sees_it() -> None:
    assert set_header(b"Version:1\n", "Version", "0", "") == b"Version: 0\n"


@pytest.mark.parametrize("value", ["", " 1", "1 ", "1\n2", "1\r", "1 */ 2", "1 ?>", "a\x00b", "a\u2028b", "\ud800"])
def test_a_value_that_cannot_stand_in_a_header_is_refused(value: str) -> None:
    with pytest.raises(PlugwatchError, match="'Version'"):
        set_header(DOC_BLOCK, "Version", value, "Plugin Name")


def test_a_header_that_leaves_the_first_8_kib_is_refused() -> None:
    data = b"x" * (HEADER_BYTES - 16) + b"\n * Version: 1.2\n */"
    with pytest.raises(PlugwatchError, match="8 KiB"):
        set_header(data, "Version", "1.2.3.0-p1", "Plugin Name")
    with pytest.raises(PlugwatchError, match="8 KiB"):
        set_header(data, "Update URI", "false", "Version")


def test_a_missing_neighbour_is_an_error() -> None:
    with pytest.raises(NoHeaderError, match="Plugin Name"):
        set_header(b"<?php\n", "Version", "1", "Plugin Name")


_ATOMS = st.sampled_from(
    [
        b"Version:",
        b"Plugin Name: Tidy",
        b"Update URI:",
        b"\n",
        b"\r\n",
        b"\r",
        b" ",
        b"\t",
        b" * ",
        b"*/",
        b"?>",
        b"<?php",
        b"#",
        b"//",
        b"/*",
        b"0",
        b"1.2.3",
        b"\0",
        b"\x0c",
        b"\xe9",
    ]
)
_VALUES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=30).filter(
    lambda text: text == text.strip() and text.isprintable() and "*/" not in text and "?>" not in text
)


@settings(deadline=None, max_examples=200)
@given(st.lists(_ATOMS, max_size=25).map(b"".join), _VALUES, st.sampled_from(["Version", "Update URI"]))
def test_what_is_written_is_read_back_and_the_rest_stays(noise: bytes, value: str, name: str) -> None:
    data = b"<?php\n/**\n * Plugin Name: Tidy\n" + noise + b"\n * Author: Larkspur */\n"
    written = set_header(data, name, value, "Plugin Name")
    others = [header for header in PLUGIN_HEADERS if header != name]
    assert read_headers(written, [name]) == {name: value}
    assert read_headers(written, others) == read_headers(data, others)
