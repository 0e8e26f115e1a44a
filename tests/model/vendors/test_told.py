from __future__ import annotations

from datetime import datetime, timezone

import pytest

from plugwatch.errors import PlugwatchError
from plugwatch.model.vendors.telling import Telling
from plugwatch.model.vendors.told import (
    LABELS,
    NEITHER,
    NEVER,
    NOTHING_TOLD,
    PAID,
    PATCH,
    PREFERRED,
    Choice,
    Told,
    Way,
    check_address,
    check_labels,
    place_tracker,
)

THEN, NOW = (datetime(2026, 11, day, 10, 0, tzinfo=timezone.utc) for day in (1, 21))


def _tell(before=NOTHING_TOLD):
    return Telling(before, NOW, "dana")


@pytest.mark.parametrize(
    ("road", "text", "kept"),
    [
        ("github-pr", " tidy-works/tidy-forms ", "tidy-works/tidy-forms"),
        ("github-issue", "https://github.com/tidy-works/tidy-forms/issues", "tidy-works/tidy-forms"),
        ("email", "help@tidy.example", "help@tidy.example"),
        ("trac", "https://trac.tidy.example/forms/ticket/12?x=1", "https://trac.tidy.example/forms"),
        ("trac", "trac.tidy.example/", "https://trac.tidy.example"),
        ("trac", "http://127.0.0.1:8080/trac/", "http://127.0.0.1:8080/trac"),
        ("ticket", "tidy.example/help", "https://tidy.example/help"),
        ("ticket", "desk@tidy.example", "desk@tidy.example"),
        ("security", "https://tidy.example/vdp", "https://tidy.example/vdp"),
        ("chat", "tidy-dev", "tidy-dev"),
        ("social", "Mastodon:tidy@social.example", "mastodon:@tidy@social.example"),
        ("social", "x:@tidy", "x:@tidy"),
    ],
)
def test_an_address_is_kept_in_one_form(road, text, kept):
    assert check_address(road, text) == kept


@pytest.mark.parametrize(
    ("road", "text"),
    [
        ("github-pr", "tidy-forms"),
        ("github-pr", "https://gitlab.example/tidy/forms"),
        ("email", "https://tidy.example"),
        ("email", "help@tidy"),
        ("trac", "nowhere"),
        ("trac", "https://me:secret@trac.tidy.example"),
        ("ticket", "help@"),
        ("chat", "two words"),
        ("social", "tidy"),
        ("social", "facebook:@tidy"),
        ("social", "x:@ti dy"),
        ("security", "security at tidy"),
    ],
)
def test_what_can_be_no_address_is_said_with_its_form(road, text):
    with pytest.raises(PlugwatchError, match=f"cannot be the address for {road}; write ") as caught:
        check_address(road, text)
    assert "\n" not in str(caught.value)


def test_addresses_cannot_break_lines_nor_be_the_forums():
    with pytest.raises(PlugwatchError, match="line break or a control character"):
        check_address("email", "a@tidy.example\nBcc: b@tidy.example")
    with pytest.raises(PlugwatchError, match="the forum's address is that of the component"):
        check_address("forum", "https://wordpress.org/support")


def test_a_tracker_is_github_or_a_trac_and_no_other():
    assert place_tracker("https://github.com/tidy-works/bugs/issues") == ("github-issue", "tidy-works/bugs")
    assert place_tracker("https://trac.tidy.example/") == ("trac", "https://trac.tidy.example")
    for url in ("https://gitlab.com/tidy/forms/-/issues", "https://tidy.atlassian.net/browse/T-1"):
        with pytest.raises(PlugwatchError, match="give it as --desk URL, and a person posts there"):
            place_tracker(url)


def test_labels_are_kept_each_once():
    assert check_labels(" bug, needs review ,bug,") == "bug,needs review"
    with pytest.raises(PlugwatchError, match="a label is longer than 50 characters"):
        check_labels("x" * 51)
    with pytest.raises(PlugwatchError, match="these are 21 labels; give 20 at most"):
        check_labels(",".join(map(str, range(21))))


def test_what_is_said_is_signed_and_an_empty_text_takes_it_back():
    telling = _tell()
    telling.address("email", "help@tidy.example")
    telling.choose(LABELS, "bug,api")
    telling.choose(PATCH, "inline")
    telling.choose(PAID, "yes")
    told = telling.told()
    assert told.ways == {"email": Way("email", "help@tidy.example", NEITHER, None, NOW, "dana")}
    assert (told.labels, told.patch_as, told.paid) == (("bug", "api"), "inline", True)

    telling = _tell(told)
    telling.address("email", "")
    for name in (LABELS, PATCH, PAID):
        telling.choose(name, "")
    assert telling.told() == NOTHING_TOLD


def test_what_is_said_again_keeps_its_date():
    before = Told(
        {"email": Way("email", "help@tidy.example", NEITHER, None, THEN, "finn")}, {PAID: Choice("no", THEN, "finn")}
    )
    telling = _tell(before)
    telling.address("email", "help@tidy.example")
    telling.choose(PAID, "no")
    assert telling.told() == before


def test_a_repository_is_for_both_roads_and_a_tracker_for_one():
    telling = _tell()
    telling.repository("tidy/forms")
    telling.tracker("https://github.com/tidy/bugs")
    assert {road: way.address for road, way in telling.told().ways.items()} == {
        "github-issue": "tidy/bugs",
        "github-pr": "tidy/forms",
    }
    telling.tracker("")
    assert telling.told().address("github-issue") == "tidy/forms"
    telling.repository("")
    assert telling.told() == NOTHING_TOLD


def test_one_road_is_preferred_at_a_time():
    telling = _tell()
    telling.prefer("forum")
    telling.note("forum", "Ann answers on Mondays")
    telling.prefer("email")
    ways = telling.told().ways
    assert (ways["email"].prefer, ways["forum"].prefer, ways["forum"].note) == (
        PREFERRED,
        NEITHER,
        "Ann answers on Mondays",
    )
    telling.prefer("")
    assert {way.prefer for way in telling.told().ways.values()} == {NEITHER}


def test_never_needs_a_reason_and_is_taken_back_with_it():
    telling = _tell()
    with pytest.raises(PlugwatchError, match="say with --why TEXT why forum is never to be taken"):
        telling.never("forum", " ")
    telling.never("forum", "they closed ours unread")
    assert telling.told().ways["forum"] == Way("forum", None, NEVER, "they closed ours unread", NOW, "dana")
    telling.never("", "")
    assert telling.told() == NOTHING_TOLD
    telling.never("forum", "they closed ours unread")
    telling.prefer("forum")
    assert telling.told().ways["forum"] == Way("forum", None, PREFERRED, None, NOW, "dana")


@pytest.mark.parametrize("road", ["github-pr", "email", "ticket", "security", "chat", "social", "trac"])
def test_a_password_in_an_address_is_not_repeated(road: str) -> None:
    with pytest.raises(PlugwatchError) as caught:
        check_address(road, "https://ana:hunter2@vendor.example:x/")
    assert "hunter2" not in str(caught.value)
