"""Where the lists of many sites come from at once: a MainWP dashboard, or the aliases of WP-CLI's configuration."""

from __future__ import annotations

import shlex
from pathlib import Path

from plugwatch.errors import InputError
from plugwatch.inventories.sources.aliases import read_aliases
from plugwatch.inventories.sources.credentials import mainwp_token
from plugwatch.model.inventory import Fleet, SiteList

MAINWP = "mainwp:"
ALIASES = "wp-cli-aliases"

_CONFIGURATIONS = (".yml", ".yaml")
_LIMIT = 64 * 1024


def fetch_fleet(source: str) -> Fleet | None:
    """The sites behind ``mainwp:URL``, or those that a WP-CLI configuration file names; None for anything else.

    The aliases of a file are sites without lists, each with the source to fetch its list from. Raises what
    :func:`plugwatch.inventories.sources.mainwp.fetch_fleet` raises, and InputError for a file without aliases.
    """
    if source.startswith(MAINWP):
        from plugwatch.inventories.sources import mainwp  # requests is heavy

        return mainwp.fetch_fleet(source.removeprefix(MAINWP), mainwp_token())
    path = Path(source)
    return _read_configuration(path) if path.suffix in _CONFIGURATIONS and path.is_file() else None


def _read_configuration(path: Path) -> Fleet | None:
    """The single aliases of a file; None where it is a list in YAML, as ``wp plugin list --format=yaml`` prints it."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(_LIMIT + 1)
    except OSError as error:
        raise InputError(f"it cannot be read ({error.strerror})", source=str(path)) from error
    if "@" not in text and "aliases:" not in text:
        return None
    if len(text) > _LIMIT:
        raise InputError(f"it is over {_LIMIT >> 10} KiB; no configuration of WP-CLI is that long", source=str(path))
    aliases = read_aliases(text, str(path), path.resolve().parent)
    if not aliases.single:
        raise InputError("it names no alias of a single site", source=str(path))
    option = shlex.quote(f"--config={path.resolve()}")
    return Fleet(
        ALIASES,
        tuple(
            SiteList(alias.name, None, url=alias.url, source=f"wp {alias.name} {option}")
            for alias in aliases.single.values()
        ),
    )
