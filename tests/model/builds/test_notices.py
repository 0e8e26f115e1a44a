"""Notices stand where a comment may stand, and no text of ours means anything to PHP or WordPress."""

from __future__ import annotations

import re

import pytest
from building import COMMENT, NOTICE, patch
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.builds.notices import add_notices, harmless, notice
from plugwatch.model.headers import PLUGIN_HEADERS, THEME_HEADERS, read_headers


def test_the_notice_is_one_sentence_with_the_patchs_own_date() -> None:
    assert notice(patch(), "Example Agency") == NOTICE
    assert notice(patch(title="Escape the nonce."), "Example Agency") == NOTICE


def test_a_notice_creates_no_header_that_core_looks_for_anywhere() -> None:
    text = notice(patch(title="Correct Template Name:: wide, and version : too"), "Example Agency")
    assert "Correct Template Name wide, and version too" in text


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=40), st.text(max_size=80))
def test_no_title_escapes_its_comment_or_becomes_a_header(agency: str, title: str) -> None:
    text = notice(patch(title=title), agency)
    assert text.isprintable()
    assert not re.search(r"\*/|\?>|</|<!|<\?", text)
    source = add_notices("a.php", b"<?php\ncall();\n", [text])
    assert not any(read_headers(source, {*PLUGIN_HEADERS, *THEME_HEADERS}).values())


@pytest.mark.parametrize("text", ["*/ evil(); /*", "?> evil", "</script>", "Version: 9", "a\nVersion: 9", "* / **/"])
def test_hostile_titles_stay_inside_the_comment(text: str) -> None:
    source = add_notices("a.php", b"<?php\n", [notice(patch(title=text), "Example Agency")])
    assert source.count(b"*/") == 1
    assert source.endswith(b"*/\n")
    assert read_headers(source, ["Version"]) == {"Version": ""}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<?php\ncall();\n", b"<?php\n@\ncall();\n"),
        (b"<?php\r\ncall();\r\n", b"<?php\r\n@\r\ncall();\r\n"),
        (b"<?php call();", b"<?php\n@\n call();"),
        (b"<?php // Plugin Name: X\n", b"<?php\n@\n // Plugin Name: X\n"),
        (b"<?php", b"<?php\n@\n"),
        (b"<?php\n/** doc */\ndeclare(strict_types=1);\n", b"<?php\n/** doc */\n@\ndeclare(strict_types=1);\n"),
        (b"<?php\n\n/*\n * doc\n */ namespace A;\n", b"<?php\n\n/*\n * doc\n */\n@\n namespace A;\n"),
        (b"<?php\ndeclare(strict_types=1);\n/** x */", b"<?php\n@\ndeclare(strict_types=1);\n/** x */"),
        (b"<?php // a\n/** doc */\n", b"<?php\n@\n // a\n/** doc */\n"),
        (b"<?php /* never closed", b"<?php\n@\n /* never closed"),
        (b"<?php /* a */ ?>\n<p>", b"<?php /* a */\n@\n ?>\n<p>"),
        (b"\xef\xbb\xbf<?php\ncall();", b"\xef\xbb\xbf<?php\n@\ncall();"),
        (b"<?PHP\ncall();", b"<?PHP\n@\ncall();"),
    ],
)
def test_a_php_notice_has_a_safe_place(before: bytes, after: bytes) -> None:
    assert add_notices("inc/a.php", before, [NOTICE]) == after.replace(b"@", COMMENT)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("a.php", b"<p>\n<?php call(); ?>"),
        ("a.php", b"#!/usr/bin/env php\n<?php call();"),
        ("a.php", b"\n<?php call();"),
        ("a.php", b"<?phpcall();"),
        ("a.php", b"<?= 1 ?>"),
        ("a.php", b""),
        ("a.php", b"<?php call(); __halt_compiler();\0"),
        ("video.ts", b"G\0\0"),
        ("wide.css", b"\xff\xfea\0{\0}\0"),
        ("block.json", b"{}"),
        ("readme.txt", b"=== Tidy ==="),
        ("logo.svg", b"<svg/>"),
        ("LICENSE", b"GPL"),
    ],
)
def test_a_file_without_a_safe_place_is_left_alone(path: str, data: bytes) -> None:
    assert add_notices(path, data, [NOTICE]) == data


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.js", b"'use strict';\n", b"@\n'use strict';\n"),
        ("a.js", b"#!/usr/bin/env node\nrun();\n", b"#!/usr/bin/env node\n@\nrun();\n"),
        ("a.css", b"a{}\r\nb{}", b"@\r\na{}\r\nb{}"),
        ("a.css", b'@charset "utf-8";\na{}', b'@charset "utf-8";\n@\na{}'),
        ("a.min.css", b'@charset "UTF-8";a{}', b'@charset "UTF-8";\n@\na{}'),
        ("a.css", b"\xef\xbb\xbfa{}", b"\xef\xbb\xbf@\na{}"),
        ("a.JS", b"", b"@\n"),
    ],
)
def test_scripts_and_stylesheets_get_theirs_on_top(path: str, before: bytes, after: bytes) -> None:
    wanted = after.replace(b"@charset", b"%charset").replace(b"@", COMMENT).replace(b"%charset", b"@charset")
    assert add_notices(path, before, [NOTICE]) == wanted


def test_text_that_stands_in_a_readme_names_no_header_of_it() -> None:
    assert harmless("Stable tag: 9\nTested up to : 9, Requires:: 9") == "Stable tag 9 Tested up to 9, Requires 9"
