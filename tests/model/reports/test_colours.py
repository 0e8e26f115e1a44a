from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import ConfigError
from plugwatch.model.reports.colours import READABLE, contrast, parse_colour, readable_on

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#0000ff", "#ffffff", 8.59),
        ("#ff0000", "#ff0000", 1.0),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one)
    assert round(contrast(one, other), 2) == ratio


@given(COLOURS)
@settings(max_examples=60, deadline=None)
def test_any_colour_becomes_readable_on_light_and_on_dark_papers(colour: str) -> None:
    for papers in (("#ffffff", "#f5f6f7"), ("#15181c", "#1e2329")):
        made = readable_on(colour, papers)
        assert min(contrast(made, paper) for paper in papers) >= READABLE


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert readable_on("#0b57a4", ("#ffffff",)) == "#0b57a4"
    assert readable_on("#ffee00", ("#15181c",)) == "#ffee00"


@pytest.mark.parametrize("text", ["red", "#fff", "#12345g", "#0b57a4;}", "#0b57a4\n", "", "url(x)"])
def test_what_is_no_colour_is_refused_with_a_word_on_where(text: str) -> None:
    with pytest.raises(ConfigError, match=r"\[report\] accent"):
        parse_colour(text)


def test_a_colour_in_capitals_is_the_same_colour() -> None:
    assert parse_colour("#0B57A4") == "#0b57a4"
