"""What the system reports of plugins have in common: titled sections, display names, keys that mean nothing for a list.

Each is made for a support ticket, so people copy parts of them, put their own words around, and cut them anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from plugwatch.errors import InputError
from plugwatch.inventories.containers import Text, mask
from plugwatch.inventories.limits import Missed, check_count
from plugwatch.inventories.noise import is_context
from plugwatch.inventories.values import MAX_VERSION, read_version, tidy, without_doubles
from plugwatch.model.inventory import Installed, Inventory

Line = tuple[int, str]

# No row, key or title of a report is longer; a longer line is reported and costs nothing.
MAX_LINE = 2_000

_ACTIVE = ("active", "active-network")

KIND_NAMES = {"plugin": "plugins", "mu-plugin": "must-use plugins", "dropin": "drop-ins", "theme": "themes"}

# As vendors write versions: 1.2, .6, v3, 2.0-beta, "1.0 RC 2", 2024.01.3, trunk, dev-main.
_VERSION = re.compile(
    r"v?\.?\d[^\s:]*(?: \(?(?:alpha|beta|rc|dev|pre|patch)[\w.-]*(?: \d[\w.]*)?\)?)?|trunk|main|master|dev(?:-\S+)?",
    re.IGNORECASE,
)
# What languages call the network of a multisite.
NETWORK = re.compile(
    r"net[wvz]|nätv|réseau|\b(?:red|rede|rete)\b|sieci|síť|síti|hálózat|verkko|сет|мереж|\bağ\b|ネットワーク|网络|網路|網絡|네트워크",
    re.IGNORECASE,
)
_PLATFORM_VERSION = re.compile(r"\d+\.\d[\w.+~-]*")
_KEY = re.compile(r"[^:\s][^:]{0,100}:(?:\s|$)")
# The stamp of a log, a title that lost its line end, and the platform's versions, which stand in keys of every report.
_NO_NAME = re.compile(
    r"\[?(?:\d{4}-\d\d-\d\d|\d\d?-[A-Z][a-z]{2}-\d{4})[T ]\d\d:|#{2}|-- |(?:PHP|WP|WordPress|MySQL|MariaDB) Version$",
    re.IGNORECASE,
)


@dataclass
class Section:
    """A titled part of a report: its lines, and whether another title follows them, so that it cannot be cut."""

    title: str
    declared: int | None = None
    lines: list[Line] = field(default_factory=list)
    closed: bool = False


@dataclass
class Report:
    """What a report says, as far as it has been read.

    ``gaps`` says of a kind why the report does not name all of it, ``whole`` of which kinds it does. ``knows_updates``
    where a row without a newer version says that there is none.
    """

    text: Text
    components: list[Installed] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    gaps: dict[str, str] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    homes: set[str] = field(default_factory=set)
    wordpress_version: str | None = None
    php_version: str | None = None
    knows_updates: bool = False
    missed: Missed = field(init=False)

    def __post_init__(self) -> None:
        self.missed = Missed(self.text.source)

    def miss(self, number: int, kind: str | None = None) -> None:
        """Report a line as not understood; where rows of a kind stand it may have been one of them.

        Raises InputError where so much was not understood that the text is something else.
        """
        self.missed.add(number, mask(self.text.line(number)))
        if kind is not None:
            self.gaps.setdefault(kind, f"line {number} of the {KIND_NAMES[kind]} could not be read")

    def take(self, *rows: Installed) -> None:
        """Take these components. Raises InputError where there are more than any site has."""
        self.components += rows
        check_count(len(self.components), self.text.source)

    def breaks_off_in(self, number: int) -> bool:
        """Whether the text ends in this line without a line end, so that a part of it may be missing."""
        return number == self.text.last and not self.text.ends_whole

    def finish(self, name: str) -> Inventory:
        """The inventory. Raises InputError where the report is of several sites."""
        if len(self.homes) > 1:
            raise InputError(
                "it holds the reports of several sites; give one site's report at a time", source=self.text.source
            )
        if not self.components:
            self.whole.clear()
            self.warnings.append("no plugin or theme could be read in it; taken as partial")
        elif "plugin" in self.whole and not any(
            row.status in _ACTIVE for row in self.components if row.kind == "plugin"
        ):
            # The plugin that writes the report is active itself.
            self.gaps.setdefault("plugin", "it names no active plugin")
        self.warnings += [f"{gap}; taken as partial" for gap in self.gaps.values()]
        return Inventory(
            name,
            tuple(without_doubles(self.components, self.warnings)),
            self.wordpress_version,
            self.php_version,
            self.missed.in_order(),
            tuple(dict.fromkeys(self.warnings)),
            frozenset(self.whole - self.gaps.keys()),
            self.knows_updates,
            next((home for home in self.homes if "." in home and len(home) <= MAX_LINE), None),
        )


def installed(kind: str, status: str, name: str, version: str, update: str = "", slug: str | None = None) -> Installed:
    """A row of a report; a blank version is none."""
    return Installed(kind, slug, tidy(name) or None, read_version(version), status, read_version(update))


def is_name(text: str) -> bool:
    """Whether a text can be the name of a plugin or theme: no mark of a cut (``…``), no line of a log, no key."""
    return any(map(str.isalnum, text)) and not _NO_NAME.match(text)


def is_version(text: str) -> bool:
    """Whether a text can be a version, and is no word of a name or an author."""
    return len(text) <= MAX_VERSION and bool(_VERSION.fullmatch(text))


def find_platform_version(value: str) -> str | None:
    """The version of PHP or WordPress in a value that may also hold advice: ``7.0.33 - We recommend ...``."""
    match = _PLATFORM_VERSION.search(value[:MAX_LINE])
    return match[0].rstrip(".-") if match else None


def split_key(line: str) -> tuple[str, str] | None:
    """The key in small letters and the value of ``Key: value``, or None where the line is none."""
    stripped = line[:MAX_LINE].strip()
    if not _KEY.match(stripped):
        return None
    key, _, value = stripped.partition(":")
    return key.strip().lower(), value.strip()


def split_theme(shown: str) -> tuple[str, str]:
    """The name and version of ``Name 1.0``; without a version where the last word is none.

    A name that ends in such a word and has no version cannot be told from one that has.
    """
    name, _, version = shown.strip().rpartition(" ")
    return (name.strip(), version) if name and is_version(version) else (shown.strip(), "")


def pass_by(report: Report, lines: Iterable[Line]) -> Iterator[tuple[int, str, str]]:
    """Walk through lines that hold no component and give number, key and value of each that has them.

    Context is a key with its value, the lines right below one (the rest of a value that has several), and what is
    context anywhere. Everything else is reported.
    """
    goes_on = False
    for number, line in lines:
        pair = split_key(line)
        if pair:
            yield number, *pair
        elif not goes_on and not is_context(line[:MAX_LINE]):
            report.miss(number)
        goes_on = bool(line.strip()) and (goes_on or pair is not None)
