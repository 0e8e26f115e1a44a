from __future__ import annotations

from datetime import date

import pytest

from plugwatch.errors import PlugwatchError
from plugwatch.model.patches.stance import check_reason, parse_review_day

TODAY = date(2026, 5, 20)


def test_a_reason_is_one_line_without_blanks_around_it():
    assert check_reason("  they fix it in 2.0 ") == "they fix it in 2.0"


@pytest.mark.parametrize("text", ["", "  ", "one\ntwo", "\x1b[31mred", "\udcff", "x" * 1001])
def test_what_is_no_reason(text):
    with pytest.raises(PlugwatchError, match="reason"):
        check_reason(text)


def test_a_day_to_come_is_a_review_day():
    assert parse_review_day(" 2026-05-21 ", today=TODAY) == date(2026, 5, 21)


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30", "2026-05-20", "2020-01-01", "\x1b" * 99, "99999-01-01"])
def test_what_is_no_review_day(text):
    with pytest.raises(PlugwatchError, match=r"no day; write it as|not to come any more") as caught:
        parse_review_day(text, today=TODAY)
    assert "\x1b" not in str(caught.value)
