"""The values that lists show, whatever the format: versions, statuses, names; and what a list may not say twice."""

from __future__ import annotations

from collections.abc import Iterable

from plugwatch.model.inventory import UNKNOWN_STATUS, Installed
from plugwatch.model.version import clean

# WordPress's drop-ins (_get_dropins in wp-admin/includes/plugin.php).
DROPINS = frozenset(
    {
        "advanced-cache.php",
        "db.php",
        "db-error.php",
        "install.php",
        "maintenance.php",
        "object-cache.php",
        "php-error.php",
        "fatal-error-handler.php",
        "sunrise.php",
        "blog-deleted.php",
        "blog-inactive.php",
        "blog-suspended.php",
    }
)

MAX_VERSION = 100
# No site has as many.
MAX_COMPONENTS = 30_000
_MAX_NAME = 200
_SHOWN_WARNINGS = 10
STATUS_WORDS = {
    "active": "active",
    "inactive": "inactive",
    "active-network": "active-network",
    "network-active": "active-network",
    "must-use": "must-use",
    "dropin": "dropin",
    "drop-in": "dropin",
    "parent": "parent",
}
# What WP-CLI prints for no value.
NOTHING = {"", "false", "true", "null"}


def tidy(text: str) -> str:
    """A cell's text without what no terminal, file or database should see."""
    shown = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return " ".join(shown.split())[:_MAX_NAME]


def read_version(text: str) -> str | None:
    """A version as it is stored, or None where the cell names none (WP-CLI prints "" and "false")."""
    return None if text.lower() in NOTHING else clean(tidy(text)) or None


def read_status(text: str) -> str:
    """One of STATUSES for a status as WP-CLI, the REST API or a person writes it."""
    return STATUS_WORDS.get(text) or STATUS_WORDS.get(text.lower().replace(" ", "-"), UNKNOWN_STATUS)


def without_doubles(components: Iterable[Installed], warnings: list[str]) -> list[Installed]:
    """Each component once, as the first of its rows shows it; rows that differ are added to the warnings.

    A row without a slug is told from others by its kind and display name.
    """
    kept: dict[object, Installed] = {}
    conflicts = []
    for installed in components:
        identity = installed.component or (installed.kind, installed.name)
        first = kept.setdefault(identity, installed)
        if (first.version, first.status) != (installed.version, installed.status):
            ours, other = (f"{row.version or 'no version'} ({row.status})" for row in (first, installed))
            shown = installed.component or installed.name
            conflicts.append(f"{shown} stands in it twice, as {ours} and as {other}; the first was taken")
    warnings += conflicts[:_SHOWN_WARNINGS]
    if len(conflicts) > _SHOWN_WARNINGS:
        warnings.append(
            f"{len(conflicts) - _SHOWN_WARNINGS} more rows stand in it twice and differ; the first was taken"
        )
    return list(kept.values())
