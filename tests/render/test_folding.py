from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plugwatch.render.folding import cells, cut, fold, pad, screen_width
from plugwatch.render.terminal import clean

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300).map(clean)


def test_the_screen_is_as_wide_as_columns_says_but_never_too_narrow_for_a_line(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert screen_width() == 60
    monkeypatch.setenv("COLUMNS", "3")
    assert screen_width() == 40


def test_wide_letters_take_two_cells_and_marks_none():
    assert cells("Müller – 100 %") == 14
    assert cells("漢字") == 4
    assert cells("u\u0308") == 1


def test_text_is_cut_only_where_it_does_not_fit():
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdefg", 6) == "abcde…"
    assert cut("ab cdefg", 4) == "ab…"
    assert cut("漢字漢字", 7) == "漢字漢…"
    assert pad("abc", 5) == "abc  "
    assert pad("漢字漢字", 6) == "漢字… "


def test_words_are_folded_with_a_hanging_indent():
    folded = fold("US   INC-44  ", "the vendor asked for a log yesterday", width=28, indent=5)

    assert list(folded) == ["US   INC-44  the vendor", "     asked for a log", "     yesterday"]


def test_what_does_not_fit_on_the_lines_ends_with_a_sign():
    assert list(fold("", "one two three four", width=9, indent=2, lines=2)) == ["one two", "  three…"]
    assert list(fold("", "x" * 20, width=10, indent=2, lines=9)) == ["xxxxxxx", "  xxxxxxx", "  xxxxxx"]


def test_nothing_is_one_line():
    assert list(fold("label  ", "", width=40, indent=7)) == ["label"]


@given(_TEXTS, st.integers(40, 120))
def test_no_line_is_wider_than_the_screen_and_only_so_many_are_shown(text, width):
    lines = list(fold("label  ", text, width=width, indent=9))

    assert 1 <= len(lines) <= 4
    assert all(cells(line) <= width for line in lines)


@given(_TEXTS, st.integers(2, 40))
def test_what_is_padded_has_the_width_whatever_it_holds(text, width):
    assert cells(pad(text, width)) == width
