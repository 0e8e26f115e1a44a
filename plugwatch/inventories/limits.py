"""How much can be one site's list: beyond it a text is something else, and is refused in one sentence."""

from __future__ import annotations

from dataclasses import dataclass, field

from plugwatch.errors import InputError
from plugwatch.inventories.values import MAX_COMPONENTS
from plugwatch.model.inventory import Unparsed

_MAX_UNPARSED = 5_000
TOO_MANY = f"it names over {MAX_COMPONENTS:,} components; no site has that many"


def check_count(count: int, source: str) -> None:
    """Raise InputError where so many components are more than any site has."""
    if count > MAX_COMPONENTS:
        raise InputError(TOO_MANY, source=source)


@dataclass
class Missed:
    """The lines of a text that could be data and were not understood."""

    source: str
    lines: list[Unparsed] = field(default_factory=list)

    def add(self, line: int, shown: str) -> None:
        """Take what to show of a line. Raises InputError where there are so many that the text is something else."""
        if len(self.lines) >= _MAX_UNPARSED:
            raise InputError(
                f"over {_MAX_UNPARSED:,} of its lines were not understood; give the list alone", source=self.source
            )
        self.lines.append(Unparsed(line, shown))

    def in_order(self) -> tuple[Unparsed, ...]:
        """The lines as they stand in the text."""
        return tuple(sorted(self.lines, key=lambda missed: missed.line))
