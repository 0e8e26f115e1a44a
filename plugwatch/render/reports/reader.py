"""Dates, times, numbers and spans of time as the reader of a report writes them: the Unicode CLDR, by babel, decides.

A report writes the same few days, counts and spans some 100,000 times, and babel takes up to 100 µs for one: each is
asked for once.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from datetime import date, datetime, time, tzinfo
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format
from babel.numbers import NumberPattern, format_currency, format_percent
from babel.units import format_unit

from plugwatch.model.reports.survival import Quantile

NONE = "–"  # where there is no value
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_HOURS_SHOWN = 7 * _DAY  # up to here, days have their hours beside them
_ROUGH = 100  # money of a picture has no cents from here on
_CACHED = 20_000


class Reader:
    """How one reader writes dates and numbers.

    ``language`` is a tag such as ``de`` or ``pt-BR``; one that is not known becomes English, and English that says
    nothing of a country has the day before the month and a clock of 24 hours. ``zone`` is the reader's clock, ``now``
    the moment of the report, ``currency`` (ISO 4217) that of money.
    """

    def __init__(self, language: str, zone: tzinfo, now: datetime, currency: str = "EUR") -> None:
        self.zone = zone
        self.now = now.astimezone(zone)
        self.currency = currency
        locale = _find_locale(language)
        self.language = str(locale).replace("_", "-")
        # Numbers, plurals and units of English are the same everywhere; its dates are not.
        dates = Locale("en", "GB") if str(locale) == "en" else locale
        self.first_weekday = int(dates.first_week_day)  # 0 = Monday
        self._locale = locale
        self._decimal = locale.decimal_formats[None]
        self._glue = str(get_datetime_format("medium", locale=dates)).replace("'", "")
        self._day = _cached(lambda day: format_date(day, "medium", dates))
        self._time = _cached(lambda of_day: format_time(of_day, "short", locale=dates))
        self._month = _cached(lambda month: format_skeleton("yMMMM", month, locale=dates))
        # Not LLL, the form that stands alone: babel 2.18 mixes those of languages up (Portuguese after Japanese).
        self._short_month = _cached(lambda month: format_date(month, "MMM", dates))
        self._short_day = _cached(lambda day: format_skeleton("MMMd", day, locale=dates))
        self._month_of_year = _cached(lambda month: format_skeleton("yMMM", month, locale=dates))
        self._weekday = _cached(lambda day: format_date(day, "EEEE", dates))
        self._number = lru_cache(_CACHED)(self._write_number)
        self._share = lru_cache(_CACHED)(self._write_share)
        self._money = lru_cache(_CACHED)(self._write_money)
        self._rough_money = lru_cache(_CACHED)(self._write_rough_money)
        self._span = lru_cache(_CACHED)(self._write_span)
        self._unit = lru_cache(_CACHED)(self._write_unit)

    def day(self, moment: date | None) -> str:
        """``22 Nov 2026``; of a datetime, the day on the reader's clock."""
        return NONE if moment is None else self._day(self._date(moment))

    def time(self, moment: datetime | None) -> str:
        """``14:05`` on the reader's clock."""
        if moment is None:
            return NONE
        local = moment.astimezone(self.zone)
        return self._time(time(local.hour, local.minute))

    def moment(self, moment: datetime | None) -> str:
        """``22 Nov 2026, 14:05`` on the reader's clock."""
        if moment is None:
            return NONE
        local = moment.astimezone(self.zone)
        written = self._time(time(local.hour, local.minute))
        return self._glue.replace("{0}", written).replace("{1}", self._day(local.date()))

    def month(self, day: date | None) -> str:
        """``November 2026``."""
        return NONE if day is None else self._month(self._date(day).replace(day=1))

    def short_month(self, day: date | None) -> str:
        """``Nov``."""
        return NONE if day is None else self._short_month(self._date(day).replace(day=1))

    def short_day(self, day: date | None) -> str:
        """``22 Nov``, where the year goes without saying."""
        return NONE if day is None else self._short_day(self._date(day))

    def month_of_year(self, day: date | None) -> str:
        """``Nov 2026``."""
        return NONE if day is None else self._month_of_year(self._date(day).replace(day=1))

    def weekday(self, day: date | None) -> str:
        """``Monday``."""
        return NONE if day is None else self._weekday(self._date(day))

    def number(self, number: float | None, digits: int = 0) -> str:
        """``1,234``, with at most so many digits after the point."""
        return NONE if number is None else self._number(number, digits)

    def share(self, share: float | None) -> str:
        """``83%`` of 0.83. One that would round to nothing or to all, and is not, has a digit more."""
        return NONE if share is None else self._share(share)

    def money(self, amount: float | None, currency: str | None = None) -> str:
        """``€1,234.50``; ``currency`` is an ISO 4217 code, else the report's own."""
        return NONE if amount is None else self._money(amount, currency or self.currency)

    def span(self, seconds: float | None) -> str:
        """``2 hr 10 min``, ``3 days 4 hr``, ``41 days``: what is over of it, never rounded up."""
        if seconds is None:
            return NONE
        whole = round(seconds)
        step = _DAY if whole >= _HOURS_SHOWN else _HOUR if whole >= _DAY else _MINUTE if whole >= _MINUTE else 1
        return self._span(whole - whole % step)

    def quantile(self, quantile: Quantile | None) -> str:
        """A time by which a share of the cases is over: ``41 days``, or ``≥ 41 days`` where too many go on."""
        if quantile is None:
            return NONE
        written = self.span(quantile.seconds)
        return f"≥ {written}" if quantile.at_least else written

    def value(self, value: float | None, unit: str) -> str:
        """A number of one of the units of a chart (model/reports/chart.py)."""
        if value is None:
            return NONE
        if unit == "seconds":
            return self.span(value)
        if unit == "share":
            return self.share(value)
        if unit == "money":
            return self._rough_money(round(value) if abs(value) >= _ROUGH else value)
        if unit in ("hours", "days"):
            return self._unit(round(value, 1), unit[:-1])
        return self.number(value, 1)

    def _date(self, moment: date) -> date:
        return moment.astimezone(self.zone).date() if isinstance(moment, datetime) else moment

    def _write_number(self, number: float, digits: int) -> str:
        pattern: NumberPattern = copy(self._decimal)
        pattern.frac_prec = (0, digits)
        return str(pattern.apply(round(number, digits) or 0, self._locale))

    def _write_share(self, share: float) -> str:
        rounded = round(share, 2)
        if rounded == share or 0 < rounded < 1:
            return format_percent(rounded, locale=self._locale)
        pattern: NumberPattern = copy(self._locale.percent_formats[None])
        pattern.frac_prec = (0, 1)
        shown = min(max(share, 0.001), 0.999) if 0 < share < 1 else share
        return str(pattern.apply(shown, self._locale))

    def _write_money(self, amount: float, currency: str) -> str:
        return format_currency(amount, currency, locale=self._locale)

    def _write_rough_money(self, amount: float) -> str:
        if amount != round(amount):
            return self._write_money(amount, self.currency)
        pattern: NumberPattern = copy(self._locale.currency_formats["standard"])
        pattern.frac_prec = (0, 0)
        return str(pattern.apply(amount, self._locale, currency=self.currency, currency_digits=False))

    def _write_span(self, seconds: int) -> str:
        if seconds >= _DAY:
            days, hours = divmod(seconds // _HOUR, 24)
            return self._unit(days, "day") + (f" {self._unit(hours, 'hour')}" if hours else "")
        if seconds >= _HOUR:
            hours, minutes = divmod(seconds // _MINUTE, 60)
            return self._unit(hours, "hour") + (f" {self._unit(minutes, 'minute')}" if minutes else "")
        if 0 < seconds < _MINUTE:
            return self._unit(seconds, "second")
        return self._unit(seconds // _MINUTE, "minute")

    def _write_unit(self, value: float, unit: str) -> str:
        """A number of days in full (German shortens them to ``Tg.``), of anything else in short."""
        name, number = f"duration-{unit}", self.number(value, 1)
        for length in ("long", "short") if unit == "day" else ("short",):
            written = format_unit(value, name, length, locale=self._locale)
            if name not in written:  # a language without plurals in this length
                return written
        return f"{number} {unit}"


def _cached(write: Callable[[date], str] | Callable[[time], str]) -> Callable[[date | time], str]:
    return lru_cache(_CACHED)(write)


@lru_cache(64)
def _find_locale(language: str) -> Locale:
    """What the CLDR knows of a tag: all of it, or its language alone, or English."""
    tag = language.strip().replace("-", "_")
    for name in (tag, tag.split("_")[0]):
        try:
            return Locale.parse(name)
        except (ValueError, TypeError, UnknownLocaleError):
            continue
    return Locale("en")
