"""Which format a list has, and reading it: one entry for every format that plugwatch knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plugwatch.errors import InputError
from plugwatch.inventories import folder, plugwatch_toml
from plugwatch.inventories.composer import composer_json, composer_lock
from plugwatch.inventories.containers import MAX_BYTES, NO_HINTS, Hints, Recognition, Text, decode, shorten
from plugwatch.inventories.reports import edd_info, elementor_info, site_health, woocommerce_status
from plugwatch.inventories.rest import rest_plugins, rest_themes
from plugwatch.inventories.tables import csv_table, markdown_table, slug_list
from plugwatch.inventories.wpcli import (
    wpcli_all,
    wpcli_csv,
    wpcli_json,
    wpcli_status,
    wpcli_table,
    wpcli_tsv,
    wpcli_yaml,
)
from plugwatch.model.inventory import Fleet, Inventory

LIST_TYPES = ("plugins", "themes")

_BAR = 0.5
_SURE = 0.95
_NEAR = 0.05


@dataclass(frozen=True)
class _Format:
    recognise: Callable[[Text], Recognition]
    parse: Callable[[Text, Hints], Inventory | Fleet]


_TEXT_FORMATS: dict[str, _Format] = {
    wpcli_table.NAME: _Format(wpcli_table.recognise, wpcli_table.parse),
    wpcli_tsv.NAME: _Format(wpcli_tsv.recognise, wpcli_tsv.parse),
    wpcli_csv.NAME: _Format(wpcli_csv.recognise, wpcli_csv.parse),
    wpcli_json.NAME: _Format(wpcli_json.recognise, wpcli_json.parse),
    wpcli_all.NAME: _Format(wpcli_all.recognise, wpcli_all.parse),
    wpcli_status.NAME: _Format(wpcli_status.recognise, wpcli_status.parse),
    wpcli_yaml.NAME: _Format(wpcli_yaml.recognise, wpcli_yaml.parse),
    composer_lock.NAME: _Format(composer_lock.recognise, composer_lock.parse),
    composer_json.NAME: _Format(composer_json.recognise, composer_json.parse),
    rest_plugins.NAME: _Format(rest_plugins.recognise, rest_plugins.parse),
    rest_themes.NAME: _Format(rest_themes.recognise, rest_themes.parse),
    site_health.NAME: _Format(site_health.recognise, site_health.parse),
    woocommerce_status.NAME: _Format(woocommerce_status.recognise, woocommerce_status.parse),
    elementor_info.NAME: _Format(elementor_info.recognise, elementor_info.parse),
    edd_info.NAME: _Format(edd_info.recognise, edd_info.parse),
    csv_table.NAME: _Format(csv_table.recognise, csv_table.parse),
    slug_list.NAME: _Format(slug_list.recognise, slug_list.parse),
    markdown_table.NAME: _Format(markdown_table.recognise, markdown_table.parse),
    plugwatch_toml.NAME: _Format(plugwatch_toml.recognise, plugwatch_toml.parse),
}

_TABLES = (csv_table.NAME, markdown_table.NAME)

FORMATS: tuple[str, ...] = (*_TEXT_FORMATS, folder.NAME)


def read(data: bytes, *, source: str, fmt: str | None = None, hints: Hints = NO_HINTS) -> Inventory | Fleet:
    """The inventory in a file's or paste's bytes, or a fleet where it is of several sites; ``source`` is for errors.

    ``fmt`` is one of FORMATS, or None to find it by what the text looks like. Raises InputError where it is no such
    list, where no format fits, or where several fit about equally.
    """
    _check_choices(fmt, hints, source)
    if fmt == folder.NAME:
        raise InputError("it is no folder; leave --as out or name a text format", source=source)
    text = decode(data, source)
    return _TEXT_FORMATS[fmt or _find_format(text, hints)].parse(text, hints)


def read_path(path: Path, *, fmt: str | None = None, hints: Hints = NO_HINTS) -> Inventory | Fleet:
    """The inventory or fleet in a file, or of a WordPress folder; see :func:`read`.

    Raises InputError also where there is no such file or it cannot be read.
    """
    source = str(path)
    _check_choices(fmt, hints, source)
    try:
        if path.is_dir():
            if fmt not in (None, folder.NAME):
                raise InputError(f"it is a folder, which cannot be read as {fmt}", source=source)
            return folder.scan(path, source, hints.list_type)
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise InputError("no such file or folder", source=source) from error
    except (OSError, ValueError) as error:
        raise InputError(f"it cannot be read: {shorten(str(error))}", source=source) from error
    return read(data, source=source, fmt=fmt, hints=hints)


def one_site(found: Inventory | Fleet, source: str) -> Inventory:
    """The inventory of the only site that was read. Raises InputError where there are several."""
    if isinstance(found, Fleet):
        names = ", ".join(site.name for site in found.sites[:4])
        raise InputError(
            f"it lists several sites ({names}); take them in with 'plugwatch site import --all'", source=source
        )
    return found


def _check_choices(fmt: str | None, hints: Hints, source: str) -> None:
    if fmt is not None and fmt not in FORMATS:
        raise InputError(f"'{shorten(fmt, 40)}' is no format; known are {', '.join(FORMATS)}", source=source)
    if hints.list_type is not None and hints.list_type not in LIST_TYPES:
        raise InputError(f"'{shorten(hints.list_type, 40)}' is no type of list; it is plugins or themes", source=source)


def _find_format(text: Text, hints: Hints) -> str:
    """The format that the text looks like. Of a long one the beginning is enough where it leaves no doubt.

    Only tables have columns to name, so where some are named it is one of them.
    """
    if hints.columns:
        return max(_TABLES, key=lambda name: _TEXT_FORMATS[name].recognise(text).confidence)
    (best, name), (second, other) = _judge(text.head)
    if text.head is not text:
        if best.confidence < _SURE:
            (best, name), (second, other) = _judge(text)
        elif wpcli_all.recognise(text).confidence > best.confidence:
            return wpcli_all.NAME  # the name of the second site may stand far below the first one's list
    if best.confidence < _BAR:
        raise _unknown(text)
    if second.confidence >= _BAR and best.confidence - second.confidence < _NEAR:
        raise InputError(
            f"it looks like {name} ({shorten(best.reason, 80)}) and like {other} ({shorten(second.reason, 80)}); "
            f"say which with --as {name} or --as {other}",
            source=text.source,
        )
    return name


def _judge(text: Text) -> list[tuple[Recognition, str]]:
    """The two formats that a text looks most like."""
    verdicts = [(entry.recognise(text), name) for name, entry in _TEXT_FORMATS.items()]
    verdicts.sort(key=lambda verdict: -verdict[0].confidence)
    return verdicts[:2]


def _unknown(text: Text) -> InputError:
    first = next((line for line in text.lines if line.strip()), "")
    length = "one line" if len(text.lines) == 1 else f"{len(text.lines)} lines"
    return InputError(
        f"it is no list that plugwatch knows ({length}, beginning '{shorten(first, 60)}'); "
        f"name its format with --as: {', '.join(FORMATS)}",
        source=text.source,
    )
