from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.render.terminal import clean, clean_lines, count, show_table

HEADERS = ("SITE", "VERSION", "TITLE")
ROWS = [("shop", "1.2.4", "Accept the form from cached pages"), ("blog", None, "")]


class _Terminal:
    """A stream that says that it is a terminal."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.written = ""

    @property
    def text(self) -> str:
        """What was written, without what makes it bold."""
        return self.written.replace("\x1b[1m", "").replace("\x1b[0m", "")

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.written += text
        return len(text)

    def flush(self) -> None:
        pass


@pytest.fixture
def terminal(monkeypatch):
    def at(columns: int) -> _Terminal:
        stream = _Terminal()
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr(sys, "stdout", stream)
        return stream

    return at


@settings(deadline=None, max_examples=300)
@given(st.text())
def test_cleaned_text_is_one_line_that_a_terminal_only_shows(text):
    shown = clean(text)

    assert all(c.isprintable() or c in "\u200c\u200d" for c in shown)
    assert shown == " ".join(shown.split())
    assert clean(shown) == shown


@settings(deadline=None, max_examples=300)
@given(st.text())
def test_cleaned_lines_keep_their_shape(text):
    shown = clean_lines(text)

    assert all(c.isprintable() or c in "\n\t\u200c\u200d" for c in shown)
    assert shown.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("  a\t\tb \n c\u2028d ", "a b c d"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\u202eevil", "\\u202eevil"),
        ("\x9b2J\x00\x7f", "\\x9b2J\\x00\\x7f"),
        ("\udcff", "\\udcff"),
        ("👩\u200d👧 می\u200cخواهم", "👩\u200d👧 می\u200cخواهم"),
        ("\\x1b", "\\x1b"),
    ],
)
def test_cleaning(text, shown):
    assert clean(text) == shown


def test_counting():
    assert [count(number, "site") for number in (0, 1, 2)] == ["0 sites", "1 site", "2 sites"]


def test_a_pipe_gets_tabs(capsys):
    show_table(HEADERS, [*ROWS, ("a\tb", "c\nd", "\x1b[31m")])

    assert capsys.readouterr().out == (
        "SITE\tVERSION\tTITLE\nshop\t1.2.4\tAccept the form from cached pages\nblog\t\t\na b\tc d\t\\x1b[31m\n"
    )


def test_a_terminal_gets_columns(terminal):
    stream = terminal(80)

    show_table(HEADERS, ROWS)

    assert [line.rstrip() for line in stream.text.splitlines()] == [
        "SITE  VERSION  TITLE",
        "shop  1.2.4    Accept the form from cached pages",
        "blog  –        –",
    ]


def test_long_cells_give_way_and_short_ones_stay_whole(terminal):
    stream = terminal(40)

    show_table(HEADERS, ROWS)

    lines = [line.rstrip() for line in stream.text.splitlines()]
    assert max(map(len, lines)) <= 40
    assert lines[1].startswith("shop  1.2.4    Accept the form")
    assert len(lines) == 4


def test_a_terminal_too_narrow_for_columns_gets_a_line_a_cell(terminal):
    stream = terminal(24)

    show_table(HEADERS, ROWS)

    assert stream.text == (
        "site     shop\nversion  1.2.4\ntitle    Accept the form from cached pages\n\nsite     blog\n"
    )


def test_no_rows(terminal):
    stream = terminal(80)

    show_table(HEADERS, [])

    assert stream.text.split() == list(HEADERS)


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_markup_and_hostile_text_are_shown_as_they_are(terminal, columns):
    stream = terminal(columns)

    show_table(("A", "B"), [("[bold]x[/]", ":smile: \x1b[31m\u202e")])

    assert "[bold]x[/]" in stream.text
    assert ":smile:" in stream.text
    assert "\x1b[31m" not in stream.text
    assert "\u202e" not in stream.text


def test_wide_letters_are_measured_as_they_are_shown(terminal):
    stream = terminal(80)

    show_table(("NAME", "V"), [("日本語", "1"), ("ascii", "2")])

    assert [line.rstrip() for line in stream.text.splitlines()] == ["NAME    V", "日本語  1", "ascii   2"]
