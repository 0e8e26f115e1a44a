"""What a build says about itself: notices, headers, changes, manifest, lock, and when two builds are the same."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import ConfigError, PlugwatchError
from plugwatch.model.builds.build import (
    BuildFile,
    BuildInput,
    Digest,
    PatchNote,
    Recipe,
    add_notices,
    changes_document,
    check_input,
    fingerprint,
    finish,
    folder_name,
    lock,
    manifest,
    next_build_number,
    notice,
    to_json,
    update_uri,
)
from plugwatch.model.component import CORE, Component
from plugwatch.model.headers import PLUGIN_HEADERS, THEME_HEADERS, Main, read_headers

PLUGIN = Component("plugin", "tidy-forms")
MAIN = Main("tidy-forms.php", "Tidy Forms", "1.2.3", "plugin")
MAIN_FILE = b"<?php\n/**\n * Plugin Name: Tidy Forms\n * Version: 1.2.3\n * Requires PHP: 7.4\n */\ndo_it();\n"
NOTICE = "Modified by Example Agency on 2026-01-02: Escape the nonce (plugwatch patch pw-abc)."
COMMENT = f"/* {NOTICE} */".encode()


def patch(**changes: object) -> PatchNote:
    note = PatchNote(
        id="pw-abc",
        title="Escape the nonce",
        why="The form fails for logged-out visitors.",
        date=dt.date(2026, 1, 2),
        author="Robin Field",
        files=("tidy-forms.php",),
        commit="c" * 40,
    )
    return dataclasses.replace(note, **changes)


def recipe(*patches: PatchNote, **changes: object) -> Recipe:
    made = Recipe(PLUGIN, "1.2.3", "a" * 40, "b" * 40, patches, "Example Agency", "https://updates.example/")
    return dataclasses.replace(made, **changes)


def build_input(made: Recipe, *paths: str, version: str = "1.2.3.0-p1") -> BuildInput:
    return BuildInput(made, version, {path: BuildFile(False, lambda: b"") for path in paths})


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


def test_several_patches_give_several_lines_in_the_order_of_the_stack() -> None:
    second = patch(id="pw-def", title="Second", date=dt.date(2025, 5, 5))
    made = build_input(recipe(patch(files=("a.js",)), second, patch(id="pw-ghi", files=("a.js", "b.js"))))
    lines = finish(made, MAIN, "a.js", b"run();\n").decode().splitlines()
    assert [line.rpartition(" ")[0][-6:] if "/*" in line else line for line in lines] == ["-abc).", "-ghi).", "run();"]
    assert finish(made, MAIN, "c.js", b"run();\n") == b"run();\n"


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


@pytest.mark.parametrize(
    ("component", "folder"),
    [
        (PLUGIN, "tidy-forms"),
        (Component("plugin", "bundle/second"), "bundle"),
        (Component("theme", "linen"), "linen"),
        (Component("mu-plugin", "site-tweaks.php"), "site-tweaks"),
    ],
)
def test_the_folder_is_named_as_installed(component: Component, folder: str) -> None:
    assert folder_name(component) == folder
    assert update_uri(component, "https://updates.example") == f"https://updates.example/{folder}/"


def test_wordpress_itself_is_not_built() -> None:
    with pytest.raises(PlugwatchError, match="must-use plugin"):
        folder_name(CORE)


@pytest.mark.parametrize(
    "base",
    [
        "updates.example",
        "ftp://updates.example",
        "https://",
        "https://updates.example/?a=1",
        "https://user:secret@updates.example",
        "https://updates.example/a b",
        "https://[broken",
        "https://wordpress.org/plugins",
        "https://api.w.org",
    ],
)
def test_an_update_server_must_be_a_plain_url_of_the_agencys_own(base: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(base)):
        update_uri(PLUGIN, base)


def test_a_build_is_no_release() -> None:
    for name in ("plugwatch-manifest.json", "plugwatch-changes.MD"):
        with pytest.raises(PlugwatchError, match="vendor's own ZIP"):
            check_input(build_input(recipe(), name))
    check_input(build_input(recipe(), "docs/plugwatch-manifest.json"))


@pytest.mark.parametrize("version", ["", "../1", "1/2", "-1", "1 2", "1\n", "1" * 101])
def test_a_version_must_do_for_a_file_name(version: str) -> None:
    with pytest.raises(PlugwatchError, match="version of a build"):
        check_input(build_input(recipe(), version=version))


def test_the_changes_document_lists_files_dates_ids_titles_and_links() -> None:
    note = patch(files=("b|`x.php", "a.php"), title="A | <b> title", upstream_url="https://tracker.example/7")
    text = changes_document(build_input(recipe(note), "a.php"), MAIN).decode()
    assert "| `a.php` | 2026-01-02 | pw-abc | A \\| &lt;b> title | https://tracker.example/7 |\n" in text
    assert "| `b\\|'x.php` (removed) | 2026-01-02 | pw-abc |" in text
    assert text.index("`a.php`") < text.index("`b")
    assert "| `tidy-forms.php` | 2026-01-02 |  | headers that mark the build" in text
    assert note.why not in text


def test_the_same_inputs_have_the_same_fingerprint_and_any_other_has_not() -> None:
    base = recipe(patch(), patch(id="pw-def"))
    assert fingerprint(base) == fingerprint(recipe(patch(), patch(id="pw-def"), source_sha256="f" * 64))
    others = [
        recipe(patch(id="pw-def"), patch()),
        recipe(patch()),
        recipe(patch(commit="d" * 40), patch(id="pw-def")),
        recipe(patch(), patch(id="pw-def", upstream_url="https://tracker.example/7")),
        dataclasses.replace(base, release_tree="e" * 40),
        dataclasses.replace(base, result_tree="e" * 40),
        dataclasses.replace(base, agency="Other Agency"),
        dataclasses.replace(base, update_uri_base=""),
        dataclasses.replace(base, base_version="1.2.4"),
        dataclasses.replace(base, component=Component("theme", "tidy-forms")),
    ]
    assert len({fingerprint(other) for other in [base, *others]}) == len(others) + 1


def test_a_trailing_slash_of_the_update_server_is_no_change() -> None:
    assert fingerprint(recipe(update_uri_base="https://u.example/")) == fingerprint(
        recipe(update_uri_base="https://u.example")
    )


@pytest.mark.parametrize(
    ("existing", "number"),
    [({}, 1), ({1: "x"}, 1), ({1: "x", 2: "y"}, 1), ({1: "y", 2: "z"}, 3), ({9: "y", 10: "z"}, 11), ({4: "x"}, 4)],
)
def test_a_known_build_keeps_its_number_and_a_new_one_takes_the_next(existing: dict[int, str], number: int) -> None:
    assert next_build_number(existing, "x") == number


def test_the_manifest_has_the_shape_of_plugin_checksums() -> None:
    digests = {"b.php": Digest("m2", "s2"), "a.php": Digest("m1", "s1")}
    document = json.loads(to_json(manifest(build_input(recipe(patch())), digests)))
    assert document == {
        "plugwatch": 1,
        "component": "plugin/tidy-forms",
        "build": "1.2.3.0-p1",
        "base_version": "1.2.3",
        "release_tree": "a" * 40,
        "patches": [{"id": "pw-abc", "title": "Escape the nonce", "date": "2026-01-02"}],
        "plugin": "tidy-forms",
        "version": "1.2.3.0-p1",
        "files": {"a.php": {"md5": "m1", "sha256": "s1"}, "b.php": {"md5": "m2", "sha256": "s2"}},
    }
    assert list(document["files"]) == ["a.php", "b.php"]


def test_the_lock_names_what_the_build_is_made_of() -> None:
    made = recipe(patch(), patch(id="pw-def"), source_sha256="f" * 64)
    document = json.loads(to_json(lock(build_input(made), "zip", "man")))
    assert document["release"] == {"version": "1.2.3", "source_sha256": "f" * 64, "tree": "a" * 40}
    assert [(entry["id"], entry["commit"]) for entry in document["patches"]] == [
        ("pw-abc", "c" * 40),
        ("pw-def", "c" * 40),
    ]
    assert (document["result_tree"], document["build"]) == ("b" * 40, "1.2.3.0-p1")
    assert (document["zip_sha256"], document["manifest_sha256"]) == ("zip", "man")
    assert document["fingerprint"] == fingerprint(made)
