"""``--format=yaml`` as Spyc dumps it (mustangostang/spyc, _dumpNode and _doLiteralBlock), which escapes nothing."""

from __future__ import annotations

import random
import re

from rendering.samples import Rendered, SampleSite
from rendering.wpcli_lists import Sheet, render_lists

_QUOTED = re.compile(r"""\n|: |- |[*#<>%\[\]{}&']|  |\A!|:\Z""")
_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)
_WORDS = {word for plain in ("true", "on", "yes", "y", "false", "off", "no", "n", "null", "~") for word in
          (plain, plain.upper(), plain.capitalize())}  # fmt: skip


def render(site: SampleSite, chance: random.Random) -> Rendered:
    """One or two lists."""
    return render_lists(site, chance, draw)


def draw(sheet: Sheet) -> list[str]:
    """The lines of the list."""
    lines = ["---"]
    for row in sheet.rows:
        lines.append("- ")
        lines += [f"  {column}: {_scalar(row[column], column)}".rstrip() for column in sheet.columns]
    return [part for line in lines for part in line.split("\n")]


def _scalar(value: str, column: str) -> str:
    if value == "":
        return '""'
    if column == "update" and value == "false":
        return "false"
    if _QUOTED.search(value) or value in _WORDS or value.strip() != value:
        return _literal(value)
    return f'"{value}"' if _NUMBER.fullmatch(value) else value


def _literal(value: str) -> str:
    if "'" not in value and "\n" not in value:
        return f"'{value}'"
    if '"' not in value and "\n" not in value:
        return f'"{value}"'
    return "\n    ".join(["|", *(line.strip() for line in value.split("\n"))])
