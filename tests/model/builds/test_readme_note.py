"""A readme says whose copy it is, and everything that reads its headers reads what it read before."""

from __future__ import annotations

import dataclasses

import pytest
from building import build_input, patch, recipe
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.builds.readme_note import add_note, is_readme
from plugwatch.model.readme import Readme

README = """=== Tidy Forms ===
Contributors: robin
Requires at least: 6.0
Tested up to: 6.5
Stable tag: 1.2.3
License: GPLv2

Forms, tidied.

== Changelog ==

= 1.2.3 =
* Tidier.
"""
NOTE = """
== About this copy ==

This is not the release as its authors published it: Example Agency changed it. It is build 1.2.3.0-p1 of release \
1.2.3, with 1 patch. PLUGWATCH-CHANGES.md names the files.

* Escape the nonce (2026-01-02, pw-abc)

Please tell Example Agency of problems with this copy, not its authors.
"""
HEADERS = ["=== Tidy ===", "# Tidy", "Stable tag: 1.2.3", "Tested up to: 6.5", "Requires at least: 6.0", "Tags: a"]
HEADERS += [
    "Requires PHP: 7.4",
    "Contributors: robin, kim",
    "",
    "  ",
    "\u2028",
    "Forms.",
    "== FAQ ==",
    "**License:** GPL",
]


def test_the_note_is_the_last_section() -> None:
    made = build_input(recipe(patch()))
    assert add_note(made, "readme.txt", README.encode()).decode() == README + NOTE


def test_it_takes_over_the_line_endings_and_the_headings_of_the_file() -> None:
    made = build_input(recipe(patch(), patch(id="pw-def", title="Second")))
    written = add_note(made, "README.md", b"# Tidy\r\n\r\nForms").decode()
    assert written.startswith("# Tidy\r\n\r\nForms\r\n\r\n## About this copy\r\n\r\nThis is")
    assert "with 2 patches." in written
    assert written.count("\n") == written.count("\r\n")
    assert b"## About this copy" in add_note(made, "readme.txt", b"# Tidy\n")


def test_only_the_readme_at_the_top_is_meant() -> None:
    assert [p for p in ("readme.txt", "README.md", "docs/readme.txt", "readme.html") if is_readme(p)] == [
        "readme.txt",
        "README.md",
    ]


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf", "\u2028\n".encode(), b"\xff\xfe=\0=\0"])
def test_a_readme_without_text_is_left_alone(data: bytes) -> None:
    assert add_note(build_input(recipe(patch())), "readme.txt", data) == data


def test_a_file_of_another_encoding_gets_no_second_one() -> None:
    made = build_input(recipe(patch(title="Für alle"), agency="Ägentur"))
    latin = "=== Töne ===\n".encode("latin-1")
    assert add_note(made, "readme.txt", latin).removeprefix(latin).isascii()
    assert "Ägentur".encode() in add_note(made, "readme.txt", "=== Töne ===\n".encode())


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(HEADERS) | st.text(max_size=20), max_size=9),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["Escape it", "Stable tag: 9", "== FAQ ==\nTested up to: 1", "Requires PHP: 9 */"])
    | st.text(max_size=30),
)
def test_whatever_reads_the_headers_reads_the_same(lines: list[str], ending: str, title: str) -> None:
    data = ending.join(lines).encode()
    before = Readme.from_text(data.decode())
    for path in ("readme.txt", "readme.md"):
        made = build_input(recipe(patch(title=title), agency=title or "Agency"))
        after = Readme.from_text(add_note(made, path, data).decode())
        assert dataclasses.replace(after, links=()) == dataclasses.replace(before, links=())
        assert after.links[: len(before.links)] == before.links
