from __future__ import annotations

from board_pages import pages_of
from boarding import ago, board, fork, full_board, patch, record, sent

from plugwatch.model.reports.places import fork_page
from plugwatch.render.reports import fork_pages

_FORMS = fork_page("plugin/tidy-forms")


def test_the_overview_adds_up_what_is_carried():
    text = pages_of(fork_pages, full_board())["forks.html"].text

    assert "Patches carried 4 on 2 forks" in text
    assert "Forwarded to their vendor 0% 0 of 4" in text
    assert "Debt 665 site-days" in text  # seven sites with a build: 90 days of one patch, 5 of the other
    assert "Fix a pw-aaaaaaaaaa plugin/tidy-forms 7 90 days 630 not forwarded not said" in text


def test_a_stack_is_drawn_as_bars_over_its_releases():
    page = pages_of(fork_pages, full_board())[_FORMS]

    assert page.states == [("carried", 3), ("before", 2), ("carried", 1), ("carried", 2), ("landed", 1)]
    assert page.text.count(", imported ") == 3


def test_every_state_is_a_word_and_not_a_colour_alone():
    releases = (*fork().releases, ("1.4", ago(2)), ("1.5", ago(1)))
    page = pages_of(fork_pages, board(forks=(fork(releases=releases, conflict="pw-aaaaaaaaaa conflicts"),)))[_FORMS]

    assert "Fix a ● carried up to 1.3 ○ not yet ! conflict" in page.text
    assert "Fix b ● carried up to 1.2.4 ✓ landed · no longer needed up to 1.5" in page.text
    assert "A person must decide: pw-aaaaaaaaaa conflicts" in page.text
    assert "our patches are 2 releases behind" in page.text


def test_the_patches_have_their_stance_and_links_to_what_was_sent():
    known = {
        **fork().patches,
        "pw-aaaaaaaaaa": patch("a", 90, stance="never", reason="it is our brand", incident="INC-1"),
    }
    facts = board(records=(record(1, 60, upstream=(sent(1, 50),)),), forks=(fork(patches=known),))

    page = pages_of(fork_pages, facts)[_FORMS]

    assert "Fix a pw-aaaaaaaaaa INC-1 carried 1.2.3 24 Aug 2026 90 days never: it is our brand no –" in page.text
    assert (
        "Fix b pw-bbbbbbbbbb landed in 1.3 1.2.3 23 Sept 2026 51 days not said 3 Oct 2026 SUB-1 github-issue, sent"
        in page.text
    )
    assert {"https://tracker.example/1", "../incidents/INC-1.html"} <= set(page.links)


def test_what_is_no_address_of_the_web_is_no_link():
    facts = board(records=(record(1, 60, upstream=(sent(1, 50, url="javascript:alert(1)"),)),), forks=(fork(),))

    page = pages_of(fork_pages, facts)[_FORMS]

    assert "SUB-1" in page.text
    assert not any(link.startswith("javascript") for link in page.links)


def test_an_incident_of_another_time_is_a_name_and_no_link():
    known = {**fork().patches, "pw-aaaaaaaaaa": patch("a", 90, incident="INC-77")}

    page = pages_of(fork_pages, board(forks=(fork(patches=known),)))[_FORMS]

    assert "INC-77" in page.text
    assert not any("INC-77" in link for link in page.links)


def test_a_fork_of_forty_releases_and_thirty_patches_is_drawn_in_full():
    ids = "abcdefghijklmnopqrstuvwxyz2345"
    known = {one.id: one for one in (patch(letter, 300) for letter in ids)}
    releases = tuple((f"2.{number}", ago(300 - 7 * number)) for number in range(40))
    large = fork(
        releases=releases, stacks={version: tuple(known) for version, _at in releases}, patches=known, drops=()
    )

    page = pages_of(fork_pages, board(forks=(large,)))[_FORMS]

    assert page.states == [("carried", 40)] * 30
    assert "Not drawn" not in page.text


def test_without_forks_the_page_says_so_calmly():
    (page,) = pages_of(fork_pages, board()).values()

    assert "There are no forks yet." in page.text
    assert page.elements["table"] == 0
