from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from plugwatch.errors import InputError
from plugwatch.model.messages.wording import (
    FORMATS,
    LISTS,
    TABLES,
    Wording,
    heard,
    join_names,
    say_by,
    wording_from_text,
)

TEMPLATES = Path(__file__).parents[3] / "templates" / "client"
LONDON, BERLIN = ZoneInfo("Europe/London"), ZoneInfo("Europe/Berlin")


def read_shipped(language: str) -> str:
    return (TEMPLATES / language / "words.txt").read_text("utf-8")


def shipped(language: str) -> Wording:
    return wording_from_text(read_shipped(language), f"{language}/words.txt")


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_shipped_words_have_every_section_and_say_their_language(language: str) -> None:
    wording = shipped(language)
    assert wording.language == language
    assert set(wording.lists) == set(LISTS)
    assert set(wording.formats) == set(TABLES)
    assert set(wording.formats["formats"]) == set(FORMATS)
    assert all(wording.lists[name] for name in LISTS)


@pytest.mark.parametrize(
    ("due", "words"),
    [
        ("2026-11-23 10:15", "by 10:15 today"),
        ("2026-11-24 09:05", "by 09:05 tomorrow"),
        ("2026-11-22 16:00", "by 16:00 yesterday"),
        ("2026-11-27 09:00", "on Friday by 09:00"),
        ("2026-11-29 09:00", "on Sunday by 09:00"),
        ("2026-11-30 09:00", "on Monday, 30 November, by 09:00"),
        ("2026-11-20 16:00", "on Friday, 20 November, by 16:00"),
        ("2027-01-04 00:00", "on Monday, 4 January, by 00:00"),
    ],
)
def test_a_due_time_is_said_as_near_as_it_is(due: str, words: str) -> None:
    now = datetime(2026, 11, 23, 9, 14, tzinfo=LONDON)
    assert say_by(shipped("en"), datetime.fromisoformat(due).replace(tzinfo=LONDON), now) == words


@pytest.mark.parametrize(
    ("due", "words"),
    [
        ("2026-11-23 10:15", "heute bis 10:15 Uhr"),
        ("2026-11-24 09:05", "morgen bis 9:05 Uhr"),
        ("2026-11-27 09:00", "am Freitag bis 9:00 Uhr"),
        ("2026-12-01 09:00", "am Dienstag, den 1. Dezember, bis 9:00 Uhr"),
    ],
)
def test_german_says_it_its_own_way(due: str, words: str) -> None:
    now = datetime(2026, 11, 23, 9, 14, tzinfo=BERLIN)
    assert say_by(shipped("de"), datetime.fromisoformat(due).replace(tzinfo=BERLIN), now) == words


def test_days_are_those_of_the_calendar_and_not_of_24_hours() -> None:
    now = datetime(2026, 3, 28, 23, 50, tzinfo=BERLIN)  # the clocks go forward in this night
    assert say_by(shipped("en"), now + timedelta(minutes=20), now) == "by 00:10 tomorrow"


def test_names_in_a_row() -> None:
    assert [join_names(shipped("en"), names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert join_names(shipped("de"), ["a", "b", "c"]) == "a, b und c"


def test_a_tone_may_have_its_own_thanks() -> None:
    assert heard(shipped("de"), "phone", "formal") == "Ihren Anruf"
    assert heard(shipped("de"), "phone", "casual") == "deinen Anruf"
    assert heard(shipped("en"), "phone", "casual") == "calling"
    assert heard(shipped("en"), "", "formal") == ""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[vague]", "[vage]", "no section"),
        ("[vague]", "[vague", "no section"),
        ("\n[vague]\n", "\n[vague]\n… soon\n", "'…' stands between words"),
        ("\n[vague]\n", "\n[vague]\nvery soon?\n", "not at the last one"),
        ("\n[vague]\n", "\n[vague]\nso*n\n", "'*' at a word's beginning or end"),
        ("\n[vague]\n", "\n[vague]\n*\n", "would fit any word"),
        ("\nand = and\n", "\nand and\n", "name = value"),
        ("\nand = and\n", "\nand = {name}\n", "may name"),
        ("\nMonday = 1\n", "\nMonday = first\n", "a number"),
    ],
)
def test_a_mistake_names_the_file_and_the_line(old: str, new: str, message: str) -> None:
    text = read_shipped("en")
    assert old in text
    with pytest.raises(InputError, match=r"fr/words.txt, line \d+") as caught:
        wording_from_text(text.replace(old, new, 1), "fr/words.txt")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("old", "message"),
    [("[vague]\n", r"no \[vague\]"), ("nouns = small\n", "formats: nouns"), ("Monday = 1\nT", r"\[weekdays\]")],
)
def test_what_is_missing_is_named(old: str, message: str) -> None:
    text = read_shipped("en").replace("Mon = 1\n", "")
    assert old in text
    with pytest.raises(InputError, match=message):
        wording_from_text(text.replace(old, "T" if old.endswith("T") else "", 1), "fr/words.txt")


def test_an_entry_before_any_section_is_no_entry() -> None:
    with pytest.raises(InputError, match="before any"):
        wording_from_text("# words\nsoon\n[vague]\n", "fr/words.txt")
