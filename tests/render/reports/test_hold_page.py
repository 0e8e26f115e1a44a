from __future__ import annotations

from dataclasses import replace

from board_pages import pages_of
from boarding import ago, board, full_board, hold, record

from plugwatch.render.reports import component_pages, hold_page


def _page(facts):
    (page,) = pages_of(hold_page, facts).values()
    return page


def test_open_holds_say_what_why_until_when_and_whom_they_concern():
    text = _page(full_board()).text

    assert "Open holds 1" in text
    assert "plugin/tidy-forms >=1.2.4,<1.3 it loses orders a release with the fix 2 Nov 2026 INC-1 2 4" in text


def test_lifted_holds_of_the_period_stand_below_with_what_ended_them():
    text = _page(full_board()).text.partition("Lifted in this period")[2]

    assert "plugin/tidy-forms =1.1 it loses orders 1.2 is out 14 Aug 2026 100 days INC-1" in text


def test_a_hold_without_an_end_or_a_known_component_says_so():
    facts = board(records=(record(1, 9, holds=(hold(until=None), hold("=1", 9, lifted_at=ago(2)))),))

    text = _page(facts).text

    assert "nobody has said 2 Nov 2026 INC-1 – –" in text
    assert "it loses orders nobody has said 20 Nov 2026 7 days" in text


def test_an_empty_board_says_so_calmly():
    page = _page(board())

    assert "Nothing is held now." in page.text
    assert "No hold was lifted." in page.text
    assert page.elements["table"] == 0


def test_an_incident_or_a_component_without_a_page_is_no_link():
    old = replace(hold(days=900), incident="INC-7")
    made = {**pages_of(hold_page, board(holds=(old,))), **pages_of(component_pages, board(holds=(old,)))}

    assert all("INC-7" in page.text for path, page in made.items() if path != "components.html")
    assert not [link for page in made.values() for link in page.links if "INC-7" in link]
