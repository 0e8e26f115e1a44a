"""The rows of WooCommerce's System Status Report, and the lines that one of them may take.

Source: woocommerce/woocommerce, includes/admin/class-wc-admin-status.php, which prints
``NAME: by AUTHOR – VERSION[ – NOTE]...``, and client/legacy/js/admin/system-status.js, which puts each part between
``, `` on a line of its own and an empty line behind. The two notes and the word ``by`` are translated, names may be.
WooCommerce's mobile app writes hyphens.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from plugwatch.inventories.noise import is_context
from plugwatch.inventories.reports.report import MAX_LINE, NETWORK, is_name, is_version
from plugwatch.model.component import is_slug

# As WooCommerce writes it, as bad copies show it, and as its mobile app writes it.
_DASHES = ("–", "&ndash;", "â€“", "—", "-")
_BREAKS = {dash: re.compile(rf" {re.escape(dash)}(?= |$)") for dash in _DASHES}
# "by" as translations have it, for a report of so few rows that they do not show it.
KNOWN_BY = frozenset({"by", "par", "von", "por", "di", "door", "de", "av", "af", "przez", "от", "od", "by:"})
_HINT = re.compile(r"(.*?) ?\(([^()]*)\)")
_NUMBER = re.compile(r"(?<![\w.])v?\d[\w.+-]*")
# A drop-in, or a must-use plugin as the mobile app writes it: object-cache.php: NAME
_FILE = re.compile(r"[A-Za-z0-9_][\w.-]{0,100}\.php:(?: |$)")
_MAX_LINES_OF_ROW = 8
_MAX_PARTS = 20


class Shown(NamedTuple):
    """What a row shows: the name, the version and the newer one on offer ("" where there is none), and, for what is
    named by it, the file."""

    name: str
    version: str = ""
    update: str = ""
    network: bool = False
    file: str | None = None


def find_by(lines: Iterable[str]) -> str | None:
    """The word before the authors: what stands behind a ``: `` of most rows. None where too few rows show it."""
    votes: Counter[str] = Counter()
    rows = 0
    for line in lines:
        pieces = " ".join(line[:MAX_LINE].split()).split(": ")[1:]
        rows += bool(pieces)
        votes.update({piece.partition(" ")[0] for piece in pieces})
    if not votes:
        return None
    word, count = max(votes.items(), key=lambda vote: (vote[1], vote[0] in KNOWN_BY))
    most = [other for other, number in votes.items() if number == count]
    if count * 2 < rows or (len(most) > 1 and word not in KNOWN_BY):
        return None
    return word


def take_row(lines: Sequence[str], index: int, kind: str, by: str | None) -> tuple[int, Shown | None]:
    """The row that begins at a line (their white space made plain), None where none does, and of how many lines it is.

    Lines behind a version belong to its notes if an empty line follows, as the script puts one; where they hold
    another version, either may be the plugin's.
    """
    if kind != "plugin" and _FILE.match(lines[index]) and (by is None or not starts_row(lines[index], by)):
        return _take_file(lines, index, kind, by)
    if kind == "dropin" or not starts_row(lines[index], by):
        return 1, None
    row = read_row(lines[index], by)
    following = lines[index + 1] if index + 1 < len(lines) else ""
    if row is not None and (not following or starts_row(following, by)):
        return 1, row
    block = _block(lines, index, kind, by)
    length = 1
    while row is None and length < len(block):
        length += 1
        row = read_row(", ".join(block[:length]), by)
    longer = read_row(", ".join(block), by) if row and length < len(block) else None
    if row is None or longer is None:
        return (length, row) if row else (1, None)
    if longer.version != row.version:
        return 1, None
    end = index + len(block)
    return (len(block), longer) if end < len(lines) and not lines[end] else (length, row)


def _take_file(lines: Sequence[str], index: int, kind: str, by: str | None) -> tuple[int, Shown | None]:
    block = _block(lines, index, kind, by)
    file, _, name = ", ".join(block).partition(":")
    return (len(block), Shown(name, file=file)) if is_slug(file) else (1, None)


def _block(lines: Sequence[str], index: int, kind: str, by: str | None) -> list[str]:
    """A line and those right below it that begin no row of their own."""
    end = index + 1
    for line in lines[end : index + _MAX_LINES_OF_ROW]:
        if starts_row(line, by) or (kind != "plugin" and _FILE.match(line)) or is_context(line):
            break
        end += 1
    return list(lines[index:end])


def starts_row(line: str, by: str | None) -> bool:
    """Whether a row may begin in the line, its white space made plain."""
    if by is None:
        return ": " in line and has_dash(line)
    return f": {by} " in line or line.endswith(f": {by}")


def read_row(line: str, by: str | None) -> Shown | None:
    """What a row says, put on one line with plain white space."""
    if by is not None:
        name, found, author = f"{line} ".rpartition(f": {by} ")
        value = f"{by} {author.rstrip()}"
    else:
        name, found, value = line.partition(": ")
        if ": " in value:
            return None
    if not found or not is_name(name):
        return None
    for dash in _DASHES:
        if 0 < value.count(f" {dash}") <= _MAX_PARTS:
            shown = _read_parts(name, _parts(value, dash)[1:])
            if shown is not None:
                return shown
    return None


def read_offer(name: str, value: str) -> Shown | None:
    """The version of a theme, with the newer one that is offered behind it; None where there is no version in it."""
    return _read_parts(name, _parts(f" {value}"[:MAX_LINE]))


def ends_in_second_version(line: str) -> bool:
    """Whether two versions may stand in a line that ends in one: of a cut text either may be the plugin's."""
    parts = _parts(line[:MAX_LINE])
    return len(parts) > 2 and is_version(parts[-1])


def _parts(value: str, dash: str = _DASHES[0]) -> list[str]:
    return [part.strip() for part in _BREAKS[dash].split(value)]


def _read_parts(name: str, parts: Sequence[str]) -> Shown | None:
    """What stands behind the author: the version, which may be blank, and notes. None where no version can be found."""
    blank = None
    for at in range(len(parts) - 1, -1, -1):
        part = parts[at]
        hinted = None if is_version(part) or part[-1:] != ")" else _HINT.fullmatch(part)
        version = hinted[1] if hinted else part
        if is_version(version):
            return _with_notes(name, version, hinted[2] if hinted else None, parts[at + 1 :])
        if not version and blank is None:
            blank = (hinted[2] if hinted else None, parts[at + 1 :])
    return _with_notes(name, "", *blank) if blank else None


def _with_notes(name: str, version: str, hint: str | None, notes: Sequence[str]) -> Shown:
    """The row with what its notes tell. The generator has two without a number, and one of them names WooCommerce; the
    other says that the plugin runs on the whole network, which a note that was cut must not be taken for."""
    numbers = _offered(notes) if hint is None else _NUMBER.findall(hint)
    network = any(NETWORK.search(note) and not _NUMBER.search(note) and "WooCommerce" not in note for note in notes)
    return Shown(name, version, numbers[0] if len(numbers) == 1 else "", network)


def _offered(notes: Sequence[str]) -> list[str]:
    """The version that a note of the older wording offers: ``3.6.4 is available``."""
    firsts = [note.partition(" ")[0] for note in notes if "WooCommerce" not in note]
    return [first for first in firsts if is_version(first)]


def has_dash(line: str) -> bool:
    """Whether one of the dashes stands in the line that a row has before its version."""
    return any(f" {dash}" in line for dash in _DASHES)


def names_file(line: str) -> bool:
    """Whether the line names a drop-in or must-use plugin by its file."""
    return bool(_FILE.match(line.strip()))
