"""Dates and numbers as the reader of a report writes them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.reports.chart import UNITS
from plugwatch.model.reports.survival import Quantile
from plugwatch.render.reports.reader import Reader

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 13, 5, tzinfo=timezone.utc)
DAY = 86_400


def read(language: str) -> Reader:
    return Reader(language, BERLIN, NOW)


def test_english_without_a_country_has_the_day_first_and_a_clock_of_24_hours() -> None:
    assert read("en").moment(NOW) == "22 Nov 2026, 14:05"
    assert read("en-US").moment(NOW).replace("\u202f", " ") == "Nov 22, 2026, 2:05 PM"


def test_german_dates_numbers_and_money_are_german() -> None:
    german = read("de")
    assert german.moment(NOW) == "22.11.2026, 14:05"
    assert german.month(NOW) == "November 2026"
    assert german.weekday(NOW) == "Sonntag"
    assert german.number(1234567.25, 1) == "1.234.567,2"
    assert german.share(0.83) == "83\xa0%"
    assert german.money(1234.5) == "1.234,50\xa0€"
    assert german.span(41 * DAY) == "41 Tage"


def test_a_moment_is_shown_on_the_clock_of_the_reader_over_summer_time() -> None:
    before = datetime(2026, 3, 29, 0, 59, tzinfo=timezone.utc)
    assert read("en").time(before) == "01:59"
    assert read("en").time(before + timedelta(minutes=1)) == "03:00"


def test_a_late_evening_elsewhere_is_the_next_day_here() -> None:
    late = datetime(2026, 12, 31, 23, 30, tzinfo=timezone.utc)
    assert read("en").day(late) == "1 Jan 2027"
    assert read("en").month_of_year(late) == "Jan 2027"
    assert read("en").day(late.date()) == "31 Dec 2026"  # a day is nobody's clock


@pytest.mark.parametrize("language", ["", "xx", "C", "../../etc", "en\x00", "<script>", "_", "e" * 10_000])
def test_a_language_that_nobody_knows_is_english(language: str) -> None:
    assert read(language).day(NOW) == "22 Nov 2026"


def test_a_country_that_nobody_knows_leaves_the_language() -> None:
    assert read("de-XX").weekday(NOW) == "Sonntag"


@pytest.mark.parametrize(("language", "day"), [("en", 0), ("de", 0), ("en-US", 6), ("pt-BR", 6), ("ar-EG", 5)])
def test_weeks_begin_as_the_locale_says(language: str, day: int) -> None:
    assert read(language).first_weekday == day


def test_months_of_one_language_do_not_leak_into_another() -> None:
    assert read("ja").short_month(NOW) == "11月"
    assert read("pt-BR").short_month(NOW) == "nov."
    assert read("fr").short_month(date(2026, 11, 1)) == "nov."


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0 min"),
        (45, "45 sec"),
        (60, "1 min"),
        (59 * 60 + 59, "59 min"),
        (2 * 3600 + 10 * 60, "2 hr 10 min"),
        (3 * 3600, "3 hr"),
        (DAY, "1 day"),
        (3 * DAY + 4.9 * 3600, "3 days 4 hr"),
        (7 * DAY + 5 * 3600, "7 days"),
        (41.9 * DAY, "41 days"),
        (1_500 * DAY, "1,500 days"),
    ],
)
def test_a_span_has_its_two_greatest_units_and_is_never_rounded_up(seconds: float, written: str) -> None:
    assert read("en").span(seconds) == written


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 1e9))
def test_a_longer_span_is_never_written_as_a_shorter_one(seconds: float) -> None:
    english, units = read("en"), {"sec": 1, "min": 60, "hr": 3600, "day": DAY, "days": DAY}
    words = english.span(seconds).replace(",", "").split()
    meant = sum(int(number) * units[unit] for number, unit in zip(words[::2], words[1::2], strict=True))
    assert meant <= round(seconds) < meant + max(DAY if seconds >= 7 * DAY else 3600 if seconds >= DAY else 60, 1)


def test_a_span_in_a_language_without_long_days_is_still_in_that_language() -> None:
    assert read("ja").span(41 * DAY) == "41 日"


@pytest.mark.parametrize(
    ("share", "written"), [(0, "0%"), (0.834, "83%"), (0.999_9, "99.9%"), (0.004, "0.4%"), (1e-9, "0.1%"), (1, "100%")]
)
def test_nearly_all_is_not_all_and_hardly_any_is_not_nothing(share: float, written: str) -> None:
    assert read("en").share(share) == written


def test_what_too_many_still_wait_for_takes_at_least_so_long() -> None:
    assert read("en").quantile(Quantile(41 * DAY, at_least=True)) == "≥ 41 days"
    assert read("en").quantile(Quantile(41 * DAY, at_least=False)) == "41 days"
    assert read("en").quantile(None) == "–"


@pytest.mark.parametrize(
    ("unit", "written"),
    [
        ("count", "1,234.5"),
        ("seconds", "20 min"),
        ("share", "123,450%"),
        ("hours", "1,234.5 hr"),
        ("days", "1,234.5 days"),
        ("money", "€1,234"),
        ("sites", "1,234.5"),
    ],
)
def test_a_value_is_written_in_its_unit(unit: str, written: str) -> None:
    assert read("en").value(1234.5, unit) == written


@pytest.mark.parametrize("unit", UNITS)
def test_where_there_is_no_value_stands_a_dash(unit: str) -> None:
    assert read("de").value(None, unit) == "–"


def test_small_sums_keep_their_cents_and_whole_ones_have_none() -> None:
    assert read("en").value(12.5, "money") == "€12.50"
    assert read("en").value(12, "money") == "€12"
    assert Reader("de", BERLIN, NOW, "CHF").value(250.4, "money") == "250\xa0CHF"
