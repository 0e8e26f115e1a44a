"""System reports as they arrive in tickets and mails, whole, cut, and amid what does not belong to them."""

from __future__ import annotations

import random
import time

from plugwatch.errors import InputError
from plugwatch.inventories.registry import read
from plugwatch.model.inventory import Inventory

NOTICES = (
    "PHP Notice:  Undefined index: acme in /srv/site/wp-content/plugins/acme-forms/acme-forms.php on line 7",
    "Deprecated: Optional parameter $a: 1.2 declared before $b in old, one/x.php on line 3",
    "[21-Nov-2026 10:00:00 UTC] PHP Warning:  Undefined array key 0 in wp-content/plugins/slider/slider.php on line 9",
)
PROSE = (
    "Thank you for your help",
    "It broke after the update to 9.3 - any idea?",
    "| acme | active | 1.2 |",
    "popup 42",
)


_LESS = {"active-network": ("active", "inactive")}


def wrapped(text: str, chance: random.Random) -> str:
    """The text quoted, fenced, indented, coloured or below a prompt, with any line end."""
    lines = text.split("\n")
    if "`" not in text and chance.random() < 0.5:
        lines = ["```", *lines, "```"]
    if chance.random() < 0.3:
        lines = [f"\x1b[32m{line}\x1b[0m" if line else line for line in lines]
    if chance.random() < 0.3:
        lines = ["$ wp eval-file report.php", *lines]
    prefix = chance.choice(("", "", "> ", ">> ", "" if "`" in text else "    "))
    joined = chance.choice(("\n", "\r\n")).join(prefix + line for line in lines)
    return chance.choice(("", "\ufeff")) + joined + chance.choice(("", "\n"))


def scattered(text: str, strange: list[str], chance: random.Random) -> str:
    """The text with strange lines before it, behind it, and where it has empty lines."""
    lines = text.split("\n")
    for line in strange:
        places = [0, len(lines), *(at + 1 for at, other in enumerate(lines) if not other)]
        lines.insert(chance.choice(places), line)
    return "\n".join(lines)


def phantoms(found: Inventory, expected: Inventory, *, cut: bool = False) -> list[str]:
    """The rows that are none of the site's.

    A cut may lose a part of a version, or of the name of a drop-in, and that a plugin runs on the whole network.
    """
    known = {(row.kind, row.name): row for row in expected.components}
    files = {row.slug: row for row in expected.components if row.kind == "dropin"}
    wrong = []
    for row in found.components:
        own = known.get((row.kind, row.name)) or (files.get(row.slug) if cut else None)
        if (
            own is None
            or row.slug not in (None, own.slug)
            or row.status not in (own.status, "unknown", *_LESS.get(own.status, ()))
        ):
            wrong.append(f"{row}")
        elif row.version not in (None, own.version) and not (cut and str(own.version).startswith(row.version or "")):
            wrong.append(f"{row} is {own.version}")
        elif row.update_version not in (None, own.update_version):
            wrong.append(f"{row} has {own.update_version}")
    return wrong


def check_hostile(text: str, fmt: str) -> None:
    """A text that is made to take long is refused in one sentence, or read as next to nothing, and soon."""
    begin = time.process_time()
    try:
        inventory = read(text.encode(), source="ticket.txt", fmt=fmt)
    except InputError as error:
        assert str(error).startswith("ticket.txt")  # noqa: PT017
    else:
        assert isinstance(inventory, Inventory)
        assert len(inventory.components) < 3
    assert time.process_time() - begin < 4  # 2 seconds on a machine that does nothing else
