"""An agency's colour, made fit to be read: contrast as WCAG 2.2 measures it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from plugwatch.errors import ConfigError

READABLE = 4.5  # WCAG 2.2, success criterion 1.4.3
_FORM = re.compile(r"#[0-9a-fA-F]{6}")
_STEPS = 64


def parse_colour(text: str) -> str:
    """``#0B57A4`` in small letters. Raises ConfigError for anything else."""
    if not _FORM.fullmatch(text):
        shown = text.encode("unicode_escape").decode("ascii")[:40]
        raise ConfigError(f"'{shown}' is no colour; write [report] accent in plugwatch.toml as \"#0b57a4\"")
    return text.lower()


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable_on(colour: str, papers: Iterable[str]) -> str:
    """The colour itself where text in it can be read on each paper, else the nearest to it that can.

    On light papers it becomes darker, on dark ones lighter.
    """
    wanted = list(papers)
    end = "#000000" if all(_luminance(paper) > 0.18 for paper in wanted) else "#ffffff"
    mixes = (_mix(colour, end, step / _STEPS) for step in range(_STEPS + 1))
    return next((mix for mix in mixes if all(contrast(mix, paper) >= READABLE for paper in wanted)), end)


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    red, green, blue = (_linear(value / 255) for value in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mix(colour: str, other: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)
