"""What work costs: minutes added up by incident, component, vendor or client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

BY = ("incident", "component", "vendor", "client")


@dataclass(frozen=True)
class Worked:
    """Minutes of one incident: for ``client`` alone, or (None) for all ``clients`` that it concerned."""

    incident: str
    component: str | None
    vendor: str | None
    client: str | None
    clients: tuple[str, ...]
    minutes: int


@dataclass(frozen=True)
class Line:
    """A sum. ``key`` None: for nobody in particular, or not known."""

    key: str | None
    minutes: int

    def cost(self, hourly_rate: float) -> float | None:
        """What it costs, to the cent; None where no rate is set."""
        return round(self.minutes * hourly_rate / 60, 2) if hourly_rate else None


def sums(rows: Iterable[Worked], by: str) -> list[Line]:
    """The minutes by one of BY, the most first; what they add up to is what was worked, whatever it is shared by."""
    minutes: dict[str | None, int] = {}
    for row in rows:
        for key, part in _shares(row) if by == "client" else [(getattr(row, by), row.minutes)]:
            minutes[key] = minutes.get(key, 0) + part
    lines = [Line(key, total) for key, total in minutes.items() if total]
    return sorted(lines, key=lambda line: (-line.minutes, line.key is None, line.key or ""))


def _shares(row: Worked) -> Iterator[tuple[str | None, int]]:
    """Whole minutes for each client; the first ones bear those that cannot be shared."""
    clients = (row.client,) if row.client else row.clients or (None,)
    share, rest = divmod(row.minutes, len(clients))
    for place, client in enumerate(clients):
        yield client, share + (place < rest)
