"""Which format a list has, and reading it: one entry for every format that plugwatch knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plugwatch.errors import InputError
from plugwatch.inventories import folder, plugwatch_toml, wpcli_csv, wpcli_json, wpcli_table, wpcli_tsv
from plugwatch.inventories.containers import MAX_BYTES, Recognition, Text, decode, shorten
from plugwatch.model.inventory import Inventory

LIST_TYPES = ("plugins", "themes")

_BAR = 0.5
_NEAR = 0.05


@dataclass(frozen=True)
class _Format:
    recognise: Callable[[Text], Recognition]
    parse: Callable[[Text, str | None], Inventory]


_TEXT_FORMATS: dict[str, _Format] = {
    wpcli_table.NAME: _Format(wpcli_table.recognise, wpcli_table.parse),
    wpcli_tsv.NAME: _Format(wpcli_tsv.recognise, wpcli_tsv.parse),
    wpcli_csv.NAME: _Format(wpcli_csv.recognise, wpcli_csv.parse),
    wpcli_json.NAME: _Format(wpcli_json.recognise, wpcli_json.parse),
    plugwatch_toml.NAME: _Format(plugwatch_toml.recognise, plugwatch_toml.parse),
}

FORMATS: tuple[str, ...] = (*_TEXT_FORMATS, folder.NAME)


def read(data: bytes, *, source: str, fmt: str | None = None, list_type: str | None = None) -> Inventory:
    """The inventory in a file's or paste's bytes; ``source`` names it in errors.

    ``fmt`` is one of FORMATS, or None to find it by what the text looks like; ``list_type`` is "plugins", "themes" or
    None. Raises InputError where it is no such list, where no format fits, or where several fit about equally.
    """
    _check_choices(fmt, list_type, source)
    if fmt == folder.NAME:
        raise InputError("it is no folder; leave --as out or name a text format", source=source)
    text = decode(data, source)
    return _TEXT_FORMATS[fmt or _find_format(text)].parse(text, list_type)


def read_path(path: Path, *, fmt: str | None = None, list_type: str | None = None) -> Inventory:
    """The inventory in a file, or of a WordPress folder; see :func:`read`.

    Raises InputError also where there is no such file or it cannot be read.
    """
    source = str(path)
    _check_choices(fmt, list_type, source)
    try:
        if path.is_dir():
            if fmt not in (None, folder.NAME):
                raise InputError(f"it is a folder, which cannot be read as {fmt}", source=source)
            return folder.scan(path, source, list_type)
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise InputError("no such file or folder", source=source) from error
    except (OSError, ValueError) as error:
        raise InputError(f"it cannot be read: {shorten(str(error))}", source=source) from error
    return read(data, source=source, fmt=fmt, list_type=list_type)


def _check_choices(fmt: str | None, list_type: str | None, source: str) -> None:
    if fmt is not None and fmt not in FORMATS:
        raise InputError(f"'{shorten(fmt, 40)}' is no format; known are {', '.join(FORMATS)}", source=source)
    if list_type is not None and list_type not in LIST_TYPES:
        raise InputError(f"'{shorten(list_type, 40)}' is no type of list; it is plugins or themes", source=source)


def _find_format(text: Text) -> str:
    verdicts = [(entry.recognise(text), name) for name, entry in _TEXT_FORMATS.items()]
    verdicts.sort(key=lambda verdict: -verdict[0].confidence)
    (best, name), (second, other) = verdicts[:2]
    if best.confidence < _BAR:
        first = next((line for line in text.lines if line.strip()), "")
        length = "one line" if len(text.lines) == 1 else f"{len(text.lines)} lines"
        raise InputError(
            f"it is no list that plugwatch knows ({length}, beginning '{shorten(first, 60)}'); "
            f"name its format with --as: {', '.join(FORMATS)}",
            source=text.source,
        )
    if second.confidence >= _BAR and best.confidence - second.confidence < _NEAR:
        raise InputError(
            f"it looks like {name} ({shorten(best.reason, 80)}) and like {other} ({shorten(second.reason, 80)}); "
            f"say which with --as {name} or --as {other}",
            source=text.source,
        )
    return name
