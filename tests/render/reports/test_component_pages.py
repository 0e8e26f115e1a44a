from __future__ import annotations

from dataclasses import replace

from board_pages import pages_of
from boarding import board, fork, full_board, hold, record

from plugwatch.model.reports.places import component_page
from plugwatch.render.reports import component_pages


def test_the_list_has_the_numbers_of_each_component():
    text = pages_of(component_pages, full_board())["components.html"].text

    assert "Tidy Forms plugin/tidy-forms held fork Tidy Works 15 4 3 3 €270.00" in text
    assert "Shop Lite plugin/shop-lite – 21 1 1 4 €360.00" in text
    assert "≥ 12 days n 1 none" in text
    assert "Quiet One" not in text


def test_without_a_rate_no_money_is_shown():
    pages = pages_of(component_pages, replace(full_board(), hourly_rate=0.0))

    assert all("€" not in page.text and "Cost" not in page.text for page in pages.values())


def test_there_is_a_page_for_each_component_with_an_incident_a_hold_or_a_fork():
    assert set(pages_of(component_pages, full_board())) == {
        "components.html",
        component_page("plugin/tidy-forms"),
        component_page("plugin/shop-lite"),
        component_page("theme/plain"),
    }


def test_a_page_tells_versions_holds_incidents_and_the_score():
    text = pages_of(component_pages, full_board())[component_page("plugin/tidy-forms")].text

    assert "n = 15 (sites)" in text
    assert "Affected: >=1.2.4,<1.3, by INC-1" in text
    assert ">=1.2.4,<1.3 it loses orders a release with the fix 2 Nov 2026 open INC-1 2 4" in text
    assert "=1.1 it loses orders a release with the fix 6 May 2026 14 Aug 2026 INC-1 – –" in text
    assert "2 patches are carried on 1.3." in text
    assert "Its vendor’s score" in text
    assert "3 of 4 threads of two months are marked resolved" in text


def test_a_component_that_is_only_forked_or_held_says_that_nothing_happened():
    held = record(1, 9, "plugin/one", holds=(hold(component="held"),))

    pages = pages_of(component_pages, board(records=(held,), forks=(fork("theme/plain"),)))

    assert "None in this period." in pages[component_page("plugin/held")].text
    assert "No version is held, and none was in this period." in pages[component_page("theme/plain")].text


def test_an_empty_board_says_so_calmly():
    (page,) = pages_of(component_pages, board()).values()

    assert "No incident of this period has a component yet." in page.text
    assert page.elements["table"] == 0
