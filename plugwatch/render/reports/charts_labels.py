"""What is written at the axes of a picture: which values and labels, and how much of a long one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import count
from math import ceil, floor, log10
from typing import Any
from unicodedata import combining, east_asian_width

from plugwatch.render.reports.reader import Reader
from plugwatch.render.terminal import clean

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_TIMES = (
    *(_MINUTE * step for step in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * step for step in (1, 2, 3, 6, 12)),
    *(_DAY * step for step in (1, 2, 5, 10, 20, 30, 50, 100)),
)
_TENFOLD_TIMES = (_MINUTE, 10 * _MINUTE, _HOUR, 10 * _HOUR)  # then days: 1, 10, 100 …
_INTERVALS = 5
_MONTHS = 200  # days from which on an axis has months, not days
_LEANING = 14  # cells of a text below an axis
_SCANNED = 4  # characters looked at, for each cell of room


@lru_cache(10_000)
def shorten(text: str, cells: int) -> str:
    """A text from outside on one line and in so much room; a letter takes one cell, an ideograph or an emoji two."""
    shown, room = "", cells
    for character in clean(text[: cells * _SCANNED + 1]):
        room -= 0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1
        if room < 0 or len(shown) >= cells * _SCANNED:
            return shown[:-1].rstrip() + "…"
        shown += character
    return shown


def axis_labels(labels: Sequence[date | str], reader: Reader, cells: int) -> dict[str, Any]:
    """The labels below an axis with room for so many cells, as options of pygal.

    Days become ``22 Nov``, or ``Nov 2026`` over a longer time, and months in a row ``Nov``; where there is no room for
    all, some are empty. Texts without room lean.
    """
    texts = list(_written(labels, reader))
    longest = max(map(len, texts), default=0) + 1
    if len(texts) * longest > cells and any(isinstance(label, str) for label in labels):
        return {"x_labels": texts, "x_label_rotation": 30}
    step = max(1, ceil(len(texts) * longest / cells))
    offset = (len(texts) - 1) % step // 2
    return {"x_labels": [text if index % step == offset else "" for index, text in enumerate(texts)]}


def whole_label(label: date | str, reader: Reader, labels: Sequence[date | str] = ()) -> str:
    """A label where there is room: in a tooltip or a table. ``labels`` tell whether days stand for their months."""
    if isinstance(label, date):
        return reader.month(label) if _are_months(labels) else reader.day(label)
    return shorten(label, 120)


def ticks(top: float, unit: str) -> list[float]:
    """Some round values from 0 up to the first that is not below ``top``."""
    if unit == "share" and top > 0.5:
        return [0, 0.25, 0.5, 0.75, 1]
    step = next(step for step in _steps(unit) if step * _INTERVALS >= top)
    return [step * index for index in range(max(1, ceil(round(top / step, 9))) + 1)]


def tenfold_ticks(low: float, high: float, unit: str) -> list[float]:
    """Values each some ten times the one before, the first not above ``low`` (above 0), the last not below ``high``."""
    steps = _tenfold(unit, low)
    found = [next(steps)]
    for value in steps:
        if value <= low:
            found = [value]
            continue
        found.append(value)
        if value >= high:
            break
    return found


def _written(labels: Sequence[date | str], reader: Reader) -> Iterator[str]:
    months = _are_months(labels)
    days = [label for label in labels if isinstance(label, date)]
    long = bool(days) and (days[-1] - days[0]).days > _MONTHS
    for label in labels:
        if not isinstance(label, date):
            yield shorten(label, _LEANING)
        elif months and len(days) <= 12:
            yield reader.short_month(label)
        else:
            yield reader.month_of_year(label) if long or months else reader.short_day(label)


def _are_months(labels: Sequence[date | str]) -> bool:
    """Whether labels are the first days of months that follow one another."""
    days = [label for label in labels if isinstance(label, date)]
    return len(days) > 1 and all(day.day == 1 for day in days)


def _steps(unit: str) -> Iterator[float]:
    if unit == "seconds":
        yield from _TIMES
        yield from (_DAY * step * 10**power for power in count(2) for step in (2, 5, 10))
    lowest = -2 if unit == "share" else 0 if unit in ("count", "sites") else -1
    yield from (step * 10.0**power for power in count(lowest) for step in (1, 2, 5))


def _tenfold(unit: str, low: float) -> Iterator[float]:
    if unit == "seconds":
        yield from _TENFOLD_TIMES
        yield from (_DAY * 10.0**power for power in count(0))
    yield from (10.0**power for power in count(floor(log10(low))))
