from __future__ import annotations

from board_pages import pages_of
from boarding import board, fork, full_board, on_site

from plugwatch.render.reports import site_pages


def _page(facts):
    (page,) = pages_of(site_pages, facts).values()
    return page


def test_what_is_lost_goes_first_with_its_incident():
    page = _page(full_board())

    assert "Lost or changed 2" in page.text
    assert page.text.index("Acme is hit again by INC-1") < page.text.index("Patches on sites")
    assert "incidents/INC-1.html" in page.links


def test_the_matrix_has_a_word_for_each_state_and_says_what_is_only_claimed():
    page = _page(full_board())

    assert page.states[:2] == [("lost", 1), ("lost", 1)]
    assert "acme-shop Acme ✕ lost ✕ lost acme-blog Acme ● patched ● patched" in page.text
    assert "bolt-site Bolt ● patched claimed ● patched claimed" in page.text
    assert {state for state, _span in page.states} == {"lost", "tampered", "patched", "unknown"}


def test_every_site_is_in_the_list():
    text = _page(full_board()).text.partition("Every site")[2]

    assert "Cape cape-site plugin/tidy-forms unknown claimed – 1.3.0.0-p1 never" in text
    assert [text.index(site) for site in ("acme-shop", "bolt-info", "cape-site", "bolt-site", "acme-blog")] == sorted(
        text.index(site) for site in ("acme-shop", "bolt-info", "cape-site", "bolt-site", "acme-blog")
    )


def test_a_component_without_a_fork_is_no_link():
    forked = _page(board(matrix=(on_site("acme-shop", "patched"),), forks=(fork(),)))
    alone = _page(board(matrix=(on_site("acme-shop", "patched"),)))

    assert "forks/plugin-tidy-forms.html" in forked.links
    assert "forks/plugin-tidy-forms.html" not in alone.links


def test_an_empty_board_says_so_calmly():
    page = _page(board())

    assert "No site runs, ran or should run a build of ours." in page.text
    assert page.elements["table"] == 0
