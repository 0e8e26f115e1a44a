"""What holds for every page of components, vendors, forks, sites and holds."""

from __future__ import annotations

import pytest
from board_pages import dead_links, pages_of
from boarding import board, full_board, hostile_board

from plugwatch.render.reports import component_pages, fork_pages, hold_page, site_pages, vendor_page

MODULES = (component_pages, fork_pages, hold_page, site_pages, vendor_page)
BOARDS = {"empty": board, "full": full_board, "hostile": hostile_board}


@pytest.fixture(scope="module", params=BOARDS)
def made(request):
    """A board, with the pages of each module."""
    facts = BOARDS[request.param]()
    return facts, {module.__name__: pages_of(module, facts) for module in MODULES}


def test_every_element_is_closed_and_nothing_is_there_that_the_policy_forbids(made):
    for pages in made[1].values():
        for path, page in pages.items():
            assert page.is_closed(), path
            assert page.unsafe == [], path
            assert page.elements["script"] == 1, path
            assert page.elements["h1"] == 1, path


def test_every_link_leads_somewhere(made):
    facts, by_module = made

    for pages in by_module.values():
        assert dead_links(pages, facts) == []


def test_ids_are_there_once(made):
    for pages in made[1].values():
        for path, page in pages.items():
            assert len(set(page.ids)) == len(page.ids), path


def test_no_control_that_turns_text_around_or_ends_it_is_left(made):
    for pages in made[1].values():
        for path, page in pages.items():
            assert not {"\0", "\u202e", "\u2066", "\u001b", "\u0007"} & set(page.html), path


def test_a_word_of_ten_thousand_letters_does_not_make_a_page_of_itself():
    for module in MODULES:
        for path, page in pages_of(module, hostile_board()).items():
            assert "W" * 1000 not in page.html, path


def test_the_same_board_makes_the_same_pages():
    for module in MODULES:
        first, second = (pages_of(module, full_board()) for _ in range(2))
        assert {path: page.html for path, page in first.items()} == {path: page.html for path, page in second.items()}
