"""From bytes to clean lines that keep their numbers, and what is refused."""

from __future__ import annotations

import pytest

from plugwatch.errors import InputError
from plugwatch.inventories.containers import MAX_BYTES, MAX_LINES, decode, mask, shorten


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"a\nb\n", ("a", "b")),
        (b"a\r\nb", ("a", "b")),
        (b"a\rb\r", ("a", "b")),
        (b"\xef\xbb\xbfa", ("a",)),
        ("é\n".encode("utf-16"), ("é",)),
        (b"\x1b[1;32ma\x1b[0m\x1b]0;title\x07b", ("ab",)),
        ("a\u00a0b\u202fc\u200b".encode(), ("a b c",)),
        (b"> a\n>> b\n> > c\n>\td", ("a", "b", "c", "d")),
        (b"a\n \t> b", ("a", "b")),
        (b"```text\na\n```\n~~~\nb", ("", "a", "", "", "b")),
        (b"`a\nb`", ("a", "b")),
        (b"<details><summary>x</summary>\n<pre>a\nb</pre>\n</details>", ("x", "a", "b")),
        (b"a\x08\x0bb", ("ab",)),
        (b"  a\t\n", ("  a\t",)),
    ],
)
def test_packaging_is_taken_away_and_line_numbers_stay(data: bytes, lines: tuple[str, ...]) -> None:
    assert decode(data, "x").lines == lines


@pytest.mark.parametrize(("data", "whole"), [(b"a\nb", False), (b"a\nb\n", True), (b"a\nb\r\n", True)])
def test_a_text_knows_whether_its_last_line_was_ended(data: bytes, whole: bool) -> None:
    assert decode(data, "x").ends_whole is whole


def test_offsets_find_their_line() -> None:
    text = decode(b"ab\n\ncd\n", "x")
    assert [text.line_at(offset) for offset in range(len(text.joined))] == [1, 1, 1, 2, 3, 3]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is empty"),
        (b" \r\n\t", "it is empty"),
        (b"\xef\xbb\xbf", "it is empty"),
        (b"```\n```\n", "it is empty"),
        (b"\x1b[0m\x1b[31m\n\x07\n", "it is empty"),
        ("\u200b\n> ".encode(), "it is empty"),
        (b"PK\x03\x04abc", "a ZIP archive"),
        (b"PK\x05\x06abc", "an empty ZIP archive"),
        (b"\x1f\x8babc", "a gzip archive"),
        (b"%PDF-1.7", "a PDF document"),
        (b"name,status\n\0", "binary data"),
        (bytes(range(1, 32)) * 9, "binary data"),
        (b"name\n\xff\n", "line 2: it is not UTF-8"),
        (b"n\xc3", "line 1: it is not UTF-8"),
        (b"\xff\xfea", "it is not UTF-8"),
        (b"<!DOCTYPE html>\n<html><head><title>502 Bad\n Gateway</title>", "an HTML page ('502 Bad  Gateway')"),
        (b"  <html lang=en><body>Log in</body>", "an HTML page, not a list"),
        (b"a" * (MAX_BYTES + 1), "it is over 8 MiB"),
        (b"a" * 50_000_000, "it is over 8 MiB"),
        (b"\n" * (MAX_LINES + 1) + b"a", f"it has over {MAX_LINES:,} lines"),
    ],
)
def test_what_cannot_be_a_list_is_refused_in_one_sentence(data: bytes, said: str) -> None:
    with pytest.raises(InputError) as error:
        decode(data, "list.txt")
    assert str(error.value).startswith("list.txt")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_phps_own_html_is_no_page() -> None:
    assert decode(b"<br />\n<b>Warning</b>: x in y.php\nname,status\n", "x").lines[2] == "name,status"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a" * 30, "a" * 10 + "…"), ("a" * 10, "a" * 10), (" a\x1b[31m\u202eb ", "a [31m b"), ("a\nb", "a b")],
)
def test_shown_lines_are_short_and_obey_no_terminal(text: str, shown: str) -> None:
    assert shorten(text, 10) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("licence key ABCD-1234-SECRET pw hunter2", "licence…"),
        ("login is admin / pw hunter2", "login is admin / pw…"),
        ("api_key=ABC", "api_key…"),
        ("db_pwd: abc", "db_pwd…"),
        ("https://x.example/?key=KEY123 is it", "https://x.example/?… is it"),
        ("ask ann@acme.example now", "ask … now"),
        ("Passing by, wpw 1.2?", "Passing by, wpw 1.2?"),
        ("a" * 300, "a" * 200 + "…"),
    ],
)
def test_shown_lines_hold_no_secrets(text: str, shown: str) -> None:
    assert mask(text) == shown
