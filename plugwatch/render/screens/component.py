"""The versions of a component over all sites drawn on a terminal: how many run each, and which are affected or held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.text import Text

from plugwatch.model.hold import Hold
from plugwatch.model.suspects import Concern
from plugwatch.model.version import sort_key
from plugwatch.render.folding import cells
from plugwatch.render.screens.pen import GOOD, LATE, QUIET, SOON, Pen

# The version that a site shows, the release below it, and the build where it is one of ours.
Installed = tuple[str | None, str | None, str | None]

_LONGEST = 40  # a bar of more cells says no more
_SHORTEST = 4
_GAPS = 14  # cells for the number, and the blanks between all


def draw_versions(installed: Sequence[Installed], holds: Sequence[Hold], concerns: Sequence[Concern]) -> None:
    """Write one bar a version, the lowest version first, and an empty line."""
    pen = Pen()
    counted = Counter(installed)
    ordered = sorted(counted, key=lambda one: (sort_key(one[1] or ""), one[0] or ""))
    said = [_marks(one, holds, concerns) for one in ordered]
    beside = min(pen.name, max(cells(one[0] or "") for one in ordered)) + max(cells(words) for _style, words in said)
    longest = max(_SHORTEST, min(_LONGEST, pen.width - beside - _GAPS))
    pen.rule("Versions", len(counted))
    rows = []
    for one, (style, words) in zip(ordered, said, strict=True):
        bar = pen.bar(counted[one], max(counted.values()), longest, style)
        told = Text.assemble(bar, "  " * bool(words), pen.text(words, style))
        rows.append([pen.text(one[0] or "not known", style), pen.mark(f"{counted[one]:>5}"), told])
    pen.table(rows)
    pen.rule("Sites", len(installed))


def _marks(one: Installed, holds: Sequence[Hold], concerns: Sequence[Concern]) -> tuple[str, str]:
    """The colour of a version and the words for it: what is the matter with it, or that it is a build of ours."""
    _version, base, build = one
    if build is not None:
        return GOOD, f"our build of {base}"
    affected = [concern.incident for concern in concerns if concern.is_open and concern.is_about(base)]
    held = [hold.incident for hold in holds if hold.forbids(base)]
    words = [f"affected: {', '.join(affected)}"] * bool(affected) + [f"held by {', '.join(held)}"] * bool(held)
    return LATE if affected else SOON if held else QUIET if base is None else "", " · ".join(words)
