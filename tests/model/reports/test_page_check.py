from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from client_months import on, rules

from plugwatch.model.messages.checks import CHECKS
from plugwatch.model.messages.wording import Wording, wording_from_text
from plugwatch.model.reports.page_check import PageText, check_page, text_of_html, text_of_markdown

WORDS = Path(__file__).parents[3] / "templates" / "client" / "en" / "words.txt"
PAGE = "What happened\n\nThe contact form was not sending messages. It works again since 3 November.\n"
NEXT = "You will hear from us again on Wednesday, 2 December, by 10:00.\n"


@pytest.fixture(scope="module")
def wording() -> Wording:
    return wording_from_text(WORDS.read_text(encoding="utf-8"), "words.txt")


def failing(
    wording: Wording | None, text: str, *quoted: str, dues: tuple[object, ...] = (), title: str = "November"
) -> dict[str, str]:
    found = check_page(PageText(title, text, quoted), rules(), wording, dues)  # type: ignore[arg-type]
    return {check.check: check.detail for check in found if not check.ok}


def test_a_page_that_is_fine_passes_every_check_but_that_of_mails(wording: Wording) -> None:
    found = check_page(PageText("November", PAGE), rules(), wording, ())
    assert [check.check for check in found] == [check for check in CHECKS if check != "mail"]
    assert all(check.ok for check in found)


@pytest.mark.parametrize(
    ("words", "check"),
    [
        ("It is the developer's fault.", "blame"),
        ("Tidy Forms was broken.", "vendor"),
        ("Northgate Dental had it too.", "other-client"),
        ("(( fill in: what did not work ))", "blanks"),
        ("We guarantee that it stays so.", "promise"),
        ("See /var/www/html/wp-config.php for it.", "secrets"),
    ],
)
def test_what_no_message_may_say_no_page_says(wording: Wording, words: str, check: str) -> None:
    assert check in failing(wording, f"{PAGE}\n{words}\n")
    assert check in failing(wording, PAGE, title=words)


def test_what_the_client_said_is_held_against_nobody(wording: Wording) -> None:
    said = "your plugin is rubbish and its maker is to blame"
    text = f"{PAGE}\nYou told us: “{said}”.\n"
    assert failing(wording, text)
    assert failing(wording, text, said) == {}
    assert failing(wording, text.replace("“", "").replace("”", ""), said)


def test_what_the_client_said_names_no_other_client_and_no_secret(wording: Wording) -> None:
    for said, check in (
        ("Northgate Dental has it too", "other-client"),
        ("see /var/www/html/wp-config.php", "secrets"),
    ):
        assert check in failing(wording, f"{PAGE}\nYou told us: “{said}”.\n", said)


def test_a_page_says_of_everything_under_way_when_they_hear_next(wording: Wording) -> None:
    due, later = on(2, 10, month=12), on(3, 15, month=12)
    assert failing(wording, PAGE + "\n" + NEXT, dues=(due,)) == {}
    assert "next-update" in failing(wording, PAGE, dues=(due,))
    assert "next-update" in failing(wording, PAGE + "\n" + NEXT, dues=(due, later))
    assert "next-update" in failing(wording, PAGE + "\n" + NEXT, dues=(due, None))
    both = NEXT + "\nYou will hear from us again on Thursday, 3 December, by 15:00.\n"
    assert failing(wording, PAGE + "\n" + both, dues=(due, later)) == {}


def test_a_time_that_has_passed_is_no_next_word(wording: Wording) -> None:
    assert "next-update" in failing(wording, PAGE + "\n" + NEXT.replace("2 December", "30 November"), dues=(on(30),))


def test_the_end_of_a_long_page_is_read_like_its_beginning(wording: Wording) -> None:
    long = f"{PAGE}\n" * 400  # some 30,000 characters: more than the checks read at once
    found = failing(wording, f"{long}It is the developer's fault.\n")
    line = long.count("\n") + 1
    assert list(found) == ["blame"]
    assert f"in line {line}" in found["blame"]


def test_without_words_of_the_language_what_needs_them_blocks() -> None:
    assert set(failing(None, PAGE)) == {"next-update", "promise", "blame", "vendor"}


def test_a_page_in_another_language_than_the_clients_blocks(wording: Wording) -> None:
    french = replace(rules(), brief=replace(rules().brief, language="fr"))
    (check,) = (one for one in check_page(PageText("t", PAGE), french, wording, ()) if one.check == "language")
    assert not check.ok


def test_of_html_everything_is_read_that_a_person_sees_or_hears() -> None:
    page = (
        "<!DOCTYPE html><title>Acme &amp; Co</title><style>b{color:red}</style><h1>One\n two</h1>"
        "<p>three <b>fo</b>ur<br>five</p><img alt='six'><svg aria-label=seven><rect/></svg><script>eight</script>"
    )
    assert text_of_html(page).split("\n\n") == ["Acme & Co", "One two", "three four", "five", "six", "seven\n"]


def test_of_markdown_escapes_are_taken_back() -> None:
    assert text_of_markdown("tidy\\_forms &lt;b&gt; @&#8203;here") == "tidy_forms <b> @here"
