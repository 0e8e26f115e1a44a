from __future__ import annotations

from board_pages import pages_of
from boarding import board, full_board, record, worked

from plugwatch.render.reports import vendor_page


def _page(facts):
    (page,) = pages_of(vendor_page, facts).values()
    return page


def test_the_page_says_that_it_is_private():
    for facts in (board(), full_board()):
        assert "Private." in _page(facts).text


def test_three_cases_have_a_grade_and_one_case_says_why_it_has_none():
    text = _page(full_board()).text

    assert (
        "of 100 points · n = 3, of them 2 open, which count as “at least” · 22 Nov 2025 to 22 Nov 2026 · private"
        in text
    )
    assert "no grade three cases are the least that can be graded, and there is 1 · n = 1" in text


def test_the_parts_say_why_and_the_cases_are_links():
    page = _page(full_board())

    assert "answered by a person" in page.text
    assert {"incidents/INC-2.html", "incidents/INC-3.html", "incidents/INC-4.html"} <= set(page.links)


def test_a_vendor_to_whom_nothing_was_sent_has_hours_and_no_score():
    page = _page(board(records=(record(1, 9, events=(worked(9, 90),)),)))

    assert "plugin/tidy-forms nothing sent – 0 – – 1 1.5 100%" in page.text
    assert "What the scores are made of" not in page.text


def test_each_channel_has_its_row():
    assert "forum 1 1 ≥ 34 days ≥ 34 days 1 ≥ 34 days ≥ 34 days" in _page(full_board()).text


def test_an_empty_board_says_so_calmly():
    page = _page(board())

    assert "No incident of this period has a vendor or component yet." in page.text
    assert page.elements["table"] == 0
