"""Every file of a build as it goes out: headers, notices, the readme's note and the versions of blocks."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from building import COMMENT, MAIN, MAIN_FILE, NOTICE, build_input, patch, recipe

from plugwatch.errors import PlugwatchError
from plugwatch.model.builds.build import BuildInput
from plugwatch.model.builds.finishing import BLOCK_MARK, HEADERS_MARK, README_MARK, Finisher
from plugwatch.model.component import Component
from plugwatch.model.headers import THEME_HEADERS, Main, read_headers


def finish(build: BuildInput, main: Main, path: str, data: bytes) -> bytes:
    return Finisher.of(build, main).finish(path, data)[0]


def test_the_main_file_gets_the_builds_headers_last() -> None:
    made = build_input(recipe(patch(), patch(id="pw-def", title="Second")))
    assert finish(made, MAIN, MAIN.path, MAIN_FILE).decode() == (
        "<?php\n/**\n * Plugin Name: Tidy Forms\n * Version: 1.2.3.0-p1\n"
        " * Update URI: https://updates.example/tidy-forms/\n * Plugwatch-Base: 1.2.3\n"
        " * Plugwatch-Patches: pw-abc, pw-def\n * Requires PHP: 7.4\n */\n"
        f"/* {NOTICE} */\n/* {NOTICE.replace('pw-abc', 'pw-def').replace('Escape the nonce', 'Second')} */\ndo_it();\n"
    )


def test_a_vendors_own_update_uri_is_replaced_and_false_without_a_server() -> None:
    data = MAIN_FILE.replace(b" * Req", b" * Update URI: https://vendor.example/api\n * Req")
    written = finish(build_input(recipe(update_uri_base="")), MAIN, MAIN.path, data)
    assert read_headers(written, ["Update URI", "Plugwatch-Patches"]) == {
        "Update URI": "false",
        "Plugwatch-Patches": "",
    }


def test_a_theme_is_stamped_in_its_stylesheet() -> None:
    main = Main("style.css", "Linen", "4", "theme")
    made = build_input(recipe(patch(files=("style.css",)), component=Component("theme", "linen")), version="4.0.0.0-p1")
    written = finish(made, main, "style.css", b"/*\nTheme Name: Linen\nVersion: 4\n*/\na{}\n")
    assert written == COMMENT + (
        b"\n/*\nTheme Name: Linen\nVersion: 4.0.0.0-p1\nUpdate URI: https://updates.example/linen/\n"
        b"Plugwatch-Base: 1.2.3\nPlugwatch-Patches: pw-abc\n*/\na{}\n"
    )


def test_several_patches_give_several_lines_in_the_order_of_the_stack() -> None:
    second = patch(id="pw-def", title="Second", date=dt.date(2025, 5, 5))
    made = build_input(recipe(patch(files=("a.js",)), second, patch(id="pw-ghi", files=("a.js", "b.js"))))
    lines = finish(made, MAIN, "a.js", b"run();\n").decode().splitlines()
    assert [line.rpartition(" ")[0][-6:] if "/*" in line else line for line in lines] == ["-abc).", "-ghi).", "run();"]
    assert finish(made, MAIN, "c.js", b"run();\n") == b"run();\n"


def test_a_main_file_without_header_is_one_sentence() -> None:
    with pytest.raises(PlugwatchError, match=r"plugin/tidy-forms 1\.2\.3, tidy-forms\.php: .*'Plugin Name:'"):
        finish(build_input(recipe()), MAIN, MAIN.path, b"<?php\n// Version of the moon\n")


def test_no_header_may_leave_what_wordpress_reads() -> None:
    tail = b"\n * Requires at least: 6.2\n */"
    filler = b"x" * (8192 - len(MAIN_FILE) - len(tail))
    full = MAIN_FILE.replace(b" */", b" * " + filler + tail)
    assert read_headers(full, ["Requires at least"]) == {"Requires at least": "6.2"}
    with pytest.raises(PlugwatchError, match="first 8 KiB"):
        finish(build_input(recipe(patch())), MAIN, MAIN.path, full)
    roomy = full.replace(b"x" * 200, b"")  # the notices stand below the headers, so any number of them does no harm
    many = [patch(id=f"pw-{n:02}", title="A rather long title of a patch") for n in range(9)]
    assert finish(build_input(recipe(*many)), MAIN, MAIN.path, roomy).count(b"/* Modified by") == 9


def test_a_child_theme_stays_the_child_of_its_parent() -> None:
    main = Main("style.css", "Linen Child", "0.3", "theme")
    sheet = b"/*\r\nTheme Name:   Linen Child\r\nTemplate:     linen\r\nVersion:      0.3\r\n*/\r\n"
    theme = Component("theme", "linen-child")
    made = build_input(recipe(patch(files=("style.css",)), component=theme, base_version="0.3"), version="0.3.0.0-p1")
    headers = read_headers(finish(made, main, "style.css", sheet), THEME_HEADERS)
    assert headers == read_headers(sheet, THEME_HEADERS) | {
        "Version": "0.3.0.0-p1",
        "Update URI": "https://updates.example/linen-child/",
    }
    assert headers["Template"] == "linen"
    assert finish(made, main, "theme.json", b'{"version": 2}') == b'{"version": 2}'


def test_what_marks_a_build_is_told() -> None:
    finisher = Finisher.of(build_input(recipe(patch(files=("a.js", "readme.txt")))), MAIN)
    block = b'{"name": "tidy/form", "version": "1.2.3"}'
    assert finisher.finish(MAIN.path, MAIN_FILE)[1] == HEADERS_MARK
    assert finisher.finish("readme.txt", b"=== Tidy ===\n")[1] == README_MARK
    assert finisher.finish("blocks/form/block.json", block)[1] == BLOCK_MARK
    for path, data in (("a.js", b"run();"), ("docs/readme.txt", b"=== Tidy ===\n"), ("b/block.json", b"{}")):
        assert finisher.finish(path, data)[1] == ""


def test_a_block_gets_the_builds_version_where_it_has_the_releases() -> None:
    again = build_input(recipe(patch(), base_version="1.2.3+r2"))  # the vendor called it 1.2.3, too
    written = finish(again, MAIN, "block.json", b'{"version": "1.2.3"}')
    assert json.loads(written) == {"version": "1.2.3.0-p1"}
    header = Main("tidy-forms.php", "Tidy Forms", "v1.2.3", "plugin")
    assert b"1.2.3.0-p1" in finish(again, header, "block.json", b'{"version": "v1.2.3"}')
    assert finish(again, MAIN, "block.json", b'{"version": "0.1.0"}') == b'{"version": "0.1.0"}'
    nameless = Main("tidy-forms.php", "Tidy Forms", "", "plugin")
    assert finish(again, nameless, "block.json", b'{"version": ""}') == b'{"version": ""}'


@pytest.mark.parametrize("path", ["languages/tidy-de_DE.mo", "languages/tidy-de_DE.po", "languages/tidy-de_DE-1f.json"])
def test_translations_stay_what_they_are(path: str) -> None:
    data = b'{"translation-revision-date":"2026-01-01","version":"1.2.3","Project-Id-Version":"Tidy 1.2.3"}'
    assert finish(build_input(recipe(patch(files=(path,)))), MAIN, path, data) == data


def test_a_translation_in_php_gets_its_notice_where_php_takes_it() -> None:
    path = "languages/tidy-de_DE.l10n.php"
    made = build_input(recipe(patch(files=(path,))))
    assert finish(made, MAIN, path, b"<?php\nreturn ['messages'=>[]];") == (
        b"<?php\n" + COMMENT + b"\nreturn ['messages'=>[]];"
    )


def test_a_version_in_a_constant_is_the_plugins_own() -> None:
    data = MAIN_FILE + b"define( 'TIDY_VERSION', '1.2.3' );\n"
    assert finish(build_input(recipe()), MAIN, MAIN.path, data).endswith(b"define( 'TIDY_VERSION', '1.2.3' );\n")
    assert finish(build_input(recipe()), MAIN, "inc/version.php", data) == data
