"""The rules of adopting: droppings, line endings, tags, messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.model.adoption import (
    is_left_out,
    junk_reason,
    line_endings_like,
    make_person,
    possible_versions,
    readable_date,
    rest_reason,
    reverted_commits,
    split_message,
    stray_reason,
    tag_version,
    usable_date,
)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("a/.DS_Store", "left by macOS"),
        ("._tidy.php", "left by macOS"),
        ("Thumbs.db", "left by Windows"),
        ("tidy.php~", "left by an editor"),
        (".tidy.php.swp", "left by an editor"),
        ("a/tidy.php.rej", "left by a merge"),
        ("node_modules/a/b.js", "packages of npm"),
        ("lib/.git/config", "a repository of its own"),
        ("tidy.php", None),
        ("original.php", None),
        ("vendor/autoload.php", None),
        ("cache/a.php", None),
    ],
)
def test_junk(path: str, reason: str | None) -> None:
    assert junk_reason(path) == reason


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("cache/a.php", "a cache"),
        ("error_log", "a log"),
        ("tidy.php.bak", "a backup"),
        ("tidy_old.php", "a backup"),
        ("site.zip", "an archive"),
        ("a/photo.JPG", "uploaded"),
        (".htaccess", "a setting of the server"),
        ("a/.ftpquota", "a setting of the server"),
        ("includes/new.php", None),
        ("icon.svg", None),
    ],
)
def test_strays(path: str, reason: str | None) -> None:
    assert stray_reason(path) == reason


@pytest.mark.parametrize("pattern", ["a/b.php", "a", "a/", "*.php", "a/*"])
def test_what_is_left_out(pattern: str) -> None:
    assert is_left_out("a/b.php", [pattern])
    assert not is_left_out("ab.txt", [pattern])


@given(st.lists(st.text(alphabet="ab ", max_size=4), min_size=2, max_size=6), st.data())
def test_line_endings_come_back(lines: list[str], data: st.DataObject) -> None:
    vendor_end, our_end = data.draw(st.permutations(["\n", "\r\n", "\r"]))[:2]
    vendor, ours = (end.join(lines).encode() for end in (vendor_end, our_end))
    assert line_endings_like(vendor, ours) == vendor
    edited = our_end.join([*lines, "new"]).encode()
    assert line_endings_like(vendor, edited) == vendor_end.join([*lines, "new"]).encode()
    assert line_endings_like(vendor, vendor_end.join([*lines, "new"]).encode()) is None


@pytest.mark.parametrize(("vendor", "ours"), [(b"a\0\n", b"a\0\r\n"), (b"a\nb\r\n", b"x\ny\r\n"), (b"one", b"two")])
def test_line_endings_that_are_nobodys(vendor: bytes, ours: bytes) -> None:
    assert line_endings_like(vendor, ours) is None


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("1.2.3", "1.2.3"),
        ("v1.2.3", "1.2.3"),
        ("release/1.2.3-rc1", "1.2.3-rc1"),
        ("tidy-forms-1.2", "1.2"),
        ("tidy-forms/v2.0", "2.0"),
        ("stable", None),
        ("deploy-shop", None),
        ("1..2", None),
    ],
)
def test_tags(tag: str, version: str | None) -> None:
    assert tag_version(tag, "tidy-forms") == version


def test_versions_of_ones_own() -> None:
    assert possible_versions("1.2.3-fernhill") == ("1.2.3-fernhill", "1.2.3")
    assert possible_versions("1.2.3") == ("1.2.3",)
    assert possible_versions("nightly") == ("nightly",)


@pytest.mark.parametrize(
    ("message", "title", "why"),
    [
        ("One\n\nTwo\n\nSigned-off-by: A <a@b.example>\n", "One", "Two\n\nSigned-off-by: A <a@b.example>"),
        ("One\nTwo", "One", "Two"),
        ("\n\n", "Change of commit 0123456789", ""),
        ("Merge pull request #7 from o/b\n\nThe thing\n\nMore", "The thing", "More\n\nMerge pull request #7 from o/b"),
        ("Merge pull request #7 from o/b", "Merge pull request #7 from o/b", ""),
        ("\x1b[2JRed\r\n\r\nBody\r\n", "[2JRed", "Body"),
        ("x" * 300, "x" * 199 + "…", "x" * 300),
    ],
)
def test_messages(message: str, title: str, why: str) -> None:
    assert split_message(message, "0123456789abcdef") == (title, why)


def test_reverts() -> None:
    assert reverted_commits("Revert\n\nThis reverts commit 0123456789ab.") == ("0123456789ab",)
    assert reverted_commits("This reverts a decision") == ()


def test_people_and_dates() -> None:
    assert str(make_person("Kim <x>\n", "<kim@fernhill.example>")) == "Kim x <kim@fernhill.example>"
    assert str(make_person("", "")) == "Unknown <>"
    assert usable_date("99999999999999 +0100", "1763762005 +0100") == "1763762005 +0100"
    assert usable_date("-5 +0000") == "0 +0000"
    assert readable_date("1763762005 +0100") == "2025-11-21T21:53:25+00:00"


def test_reasons_of_the_rest() -> None:
    assert (
        rest_reason(None, b"version https://git-lfs.github.com/spec/v1\n")
        == "a pointer of Git LFS, not the file itself"
    )
    assert rest_reason(b"a b", b"a  b\n") == "differs from the release in white space only"
