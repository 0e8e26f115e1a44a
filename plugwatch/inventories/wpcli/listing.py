"""From rows of ``wp plugin list`` and ``wp theme list``, whatever format they came in, to an inventory.

Source of the columns and their values: wp-cli/extension-command, src/Plugin_Command.php, src/Theme_Command.php and
src/WP_CLI/CommandWithUpgrade.php. Nothing in a row says whether it is a plugin or a theme, so a list is judged whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NOT_MINE, Hints, Recognition, Text, mask
from plugwatch.inventories.limits import TOO_MANY
from plugwatch.inventories.noise import FIELDS, ListCommand, aliases_in
from plugwatch.inventories.values import (
    DROPINS,
    MAX_COMPONENTS,
    MAX_VERSION,
    NOTHING,
    STATUS_WORDS,
    read_status,
    read_version,
    tidy,
    without_doubles,
)
from plugwatch.model.component import is_slug
from plugwatch.model.inventory import UNKNOWN_STATUS, Installed, Inventory, Unparsed
from plugwatch.model.signs import POSSIBLE_FORK

Cells = Mapping[str, str]

_MAX_COLUMNS = 60
_MAX_LISTINGS = 100
# What is left of an overwritten list is as long as the next site's name.
_OVERWRITTEN = 200
_OVERWRITTEN_LINES = 40
_SURE = 0.95
# A list without anything active is the output of --status=inactive or the like; of very short ones nothing can be said.
_FEW = 2
_ACTIVE = {"active", "active-network"}
_PLUGIN_STATUS = {"active-network", "must-use", "dropin"}
# Servers and users are "active" too: these words, or a column on updates beside the status, only WP-CLI prints.
_OWN_STATUS = {*_PLUGIN_STATUS, "parent"}
_OWN_COLUMNS = {"update", "update_version", "auto_update"}
THEME_TYPES = {"block", "classic", ""}
_UPDATE_WORDS = {"none", "available", "unavailable", "versionhigherthanexpected", *NOTHING}
_AUTO_UPDATE_WORDS = {"on", "off", *NOTHING}
# What a row must have a word for in the column "update"; must-use plugins and drop-ins have none.
_UPDATABLE = {"active", "inactive", "active-network", "parent"}
_PLUGIN_COLUMNS = {"file", "wporg_status", "wporg_last_updated", "tested_up_to", "recently_active"}
_TELLING = {"status", "version", "update", "update_version", "auto_update"}
_PLAIN = {"name", "title", "file", "author"}
# Columns of other WP-CLI commands whose rows have names too: update results, checksums, searches, WP-CLI's packages.
_FOREIGN = {
    *("old_version", "new_version", "plugin_name", "message", "slug", "rating", "authors"),
    # The REST API and WooCommerce's report, where the name is the display name.
    *("plugin", "stylesheet", "textdomain", "plugin_uri", "version_latest"),
}
# Where only a person can have written the list, a name with a space is a display name, and no slug is guessed from it.
_MACHINE_COLUMNS = {"update", "update_version", "auto_update", "file"}
# What WP-CLI says of a version above the directory's (CommandWithUpgrade.php); agencies do that on purpose to a fork.
_AHEAD = "versionhigherthanexpected"  # narrow terminals break it anywhere
# What `wp plugin check-update` and `wp plugin update --dry-run` print: only what has an update.
_UPDATES_ONLY = ("name", "status", "version", "update_version")

_NAMING_CELL = re.compile(r"""(?:^|[\s,;|"'])(?:name|file)(?=[\s,;|"']|$)""")
_VERSION_LIKE = re.compile(r"(?=.*[0-9])\S+|dev-\S+|trunk", re.ASCII)
_STATUS_LIKE = re.compile(r"[A-Za-z][A-Za-z-]{1,19}")


@dataclass
class Listing:
    """One list of a paste while it is being read: its columns, its accepted rows, and why it may not be whole."""

    columns: tuple[str, ...]
    command: ListCommand | None = None
    source: str = ""
    room: int = MAX_COMPONENTS
    rows: list[tuple[int, Cells]] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)

    def add(self, line: int, cells: Cells) -> bool:
        """Take the row of this line, or return False where it cannot be one of such a list.

        Raises InputError where there are more than any site has.
        """
        if not _is_row(cells):
            return False
        if len(self.rows) >= self.room:
            raise InputError(TOO_MANY, source=self.source)
        self.rows.append((line, cells))
        return True


@dataclass
class Reading:
    """A whole paste while it is being read."""

    text: Text
    listings: list[Listing] = field(default_factory=list)
    unparsed: list[Unparsed] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def open(self, columns: tuple[str, ...], command: ListCommand | None) -> Listing:
        """Begin the next list of the paste. Raises InputError where there are more than a person pastes."""
        if len(self.listings) >= _MAX_LISTINGS:
            raise InputError(f"over {_MAX_LISTINGS} lists stand in it; give fewer at once", source=self.text.source)
        room = MAX_COMPONENTS - sum(len(listing.rows) for listing in self.listings)
        self.listings.append(Listing(columns, command, self.text.source, room))
        return self.listings[-1]

    def miss(self, line: int, listing: Listing | None = None) -> None:
        """Report a line as not understood; inside a list it may have been a row, so the list is not whole then."""
        self.unparsed.append(Unparsed(line, mask(self.text.line(line))))
        if listing is not None and not listing.gaps:
            listing.gaps.append(f"line {line} of the list could not be read")


def name_columns(cells: Sequence[str]) -> tuple[str, ...]:
    """The cells of a header row as column names; none where there are too many for a list of ours.

    WP-CLI's are in small letters; "Name" heads a list that a person keeps, whose names are no slugs.
    """
    if len(cells) > _MAX_COLUMNS:
        return ()
    return tuple(cell.strip().strip("'\"").strip() for cell in cells)


def rate_columns(columns: Sequence[str]) -> float:
    """How surely these columns head a list of plugins or themes, from 0 to 1."""
    present = set(columns)
    unknown = present - FIELDS
    if not present & {"name", "file"} or present & _FOREIGN or present & STATUS_WORDS.keys():
        return 0.0
    if not present & _TELLING:
        return 0.6 if present <= _PLAIN else 0.0
    if not unknown:
        return _SURE
    return 0.75 if len(unknown) < len(present - unknown) else 0.4


def shows_updates(columns: Sequence[str]) -> bool:
    """Whether the columns say of a status and of updates, as only WP-CLI's do."""
    return "status" in columns and not _OWN_COLUMNS.isdisjoint(columns)


def heads_other_table(columns: Sequence[str]) -> bool:
    """Whether these columns head another command's rows, such as the results of an update."""
    return "name" in columns and not _FOREIGN.isdisjoint(columns) and STATUS_WORDS.keys().isdisjoint(columns)


def recognise_header(headers: Iterable[Sequence[str]], what: str) -> Recognition:
    """The verdict on the best of the rows that may be headers (given as column names), with its reason."""
    best = NOT_MINE
    for columns in headers:
        confidence = rate_columns(columns)
        if confidence > best.confidence:
            best = Recognition(confidence, f"{what} with the columns {', '.join(columns[:6])}")
        if confidence == _SURE:
            break
    return best


def may_head(line: str) -> bool:
    """Whether it is worth splitting a line to see if it is a header: one of its cells must be a name or file."""
    return ("name" in line or "file" in line) and bool(_NAMING_CELL.search(line))


def pick_cells(columns: Sequence[str], values: Sequence[str]) -> Cells:
    """The values by column; of two columns with one name the first counts."""
    return dict(zip(reversed(columns), reversed([value.strip() for value in values]), strict=True))


def refuse_several_sites(text: Text) -> None:
    """Raise InputError for output of ``wp @all ...``: rows of several sites must not become those of one."""
    aliases = aliases_in(text.lines)
    if len(aliases) > 1:
        raise InputError(
            f"it is the output of several sites ({', '.join(aliases[:4])}), which is read without --as; "
            "or give one site's part of it",
            source=text.source,
        )
    if aliases:
        for at, line in enumerate(text.lines, start=1):
            if line.strip() == aliases[0]:
                refuse_overwritten(text.lines[at : at + _OVERWRITTEN_LINES], text.source)


def refuse_overwritten(below: Sequence[str], source: str) -> None:
    """Raise InputError where the lines below a site's name begin twice.

    That is left of ``wp @all ... > file``: a list begins, and then the last site's stands there as a whole, under the
    name of another. PHP and the programs that it starts do not share their place in a file.
    """
    head = "\n".join(line[: 2 * _OVERWRITTEN] for line in below[:_OVERWRITTEN_LINES])[: 2 * _OVERWRITTEN]
    if head[:1] == "+":  # the border of a table, which is never written to a file
        return
    size = head.find(head[:3], 3)
    while 0 < 2 * size <= len(head):
        if head[:size] == head[size : 2 * size]:
            raise InputError(
                "WP-CLI has overwritten a part of it: with '> file' the sites' lists destroy each other; "
                "write it with '| cat > file'",
                source=source,
            )
        size = head.find(head[:3], size + 1)


def assemble(name: str, reading: Reading, hints: Hints) -> Inventory:
    """The inventory of everything that was read; plugins or themes are told by cues where no hint says it.

    Raises InputError where no list was found in the text.
    """
    if not reading.listings:
        raise InputError(
            f"no {name} list stands in it: nothing heads columns with a 'name' or 'file' among them",
            source=reading.text.source,
        )
    components: list[Installed] = []
    complete: set[str] = set()
    for listing in reading.listings:
        themes = _holds_themes(listing, hints.list_type, reading.warnings)
        _warn_of_statuses(listing, reading.warnings)
        _warn_of_columns(listing, themes, reading.warnings)
        _warn_of_network(listing, reading.warnings)
        components += _components(listing, themes)
        complete |= _complete_kinds(listing, themes, reading.warnings)
    return Inventory(
        name,
        tuple(without_doubles(components, reading.warnings)),
        unparsed=tuple(sorted(reading.unparsed, key=lambda unparsed: unparsed.line)),
        warnings=tuple(dict.fromkeys(reading.warnings)),
        complete_kinds=frozenset(complete),
    )


def _is_row(cells: Cells) -> bool:
    name = cells.get("name") or cells.get("file", "")
    if not is_slug(name) or len(cells.get("version", "")) > MAX_VERSION or not _holds_own_words(cells):
        return False
    status = cells.get("status", "")
    if read_status(status) != UNKNOWN_STATUS:
        return read_status(status) != "must-use" or is_slug(f"{name}.php")
    version = cells.get("version", "")
    version_fits = version.lower() in NOTHING or bool(_VERSION_LIKE.fullmatch(version))
    return " " not in name and version_fits and (not status or bool(_STATUS_LIKE.fullmatch(status)))


def _holds_own_words(cells: Cells) -> bool:
    """Whether the cells with few possible values hold one of them: half a word was cut, another is not WP-CLI's."""
    update, auto_update = cells.get("update", ""), cells.get("auto_update", "")
    if update not in _UPDATE_WORDS:
        update = "".join(update.lower().split())  # narrow terminals break it anywhere
    if update not in _UPDATE_WORDS or auto_update.lower() not in _AUTO_UPDATE_WORDS:
        return False
    if not update and "update" in cells and read_status(cells.get("status", "")) in _UPDATABLE:
        return False
    file = cells.get("file", "")
    return cells.get("type", "") in THEME_TYPES and (not file or file.endswith(".php"))


def _statuses(listing: Listing) -> set[str]:
    return {read_status(cells.get("status", "")) for _, cells in listing.rows}


def _holds_themes(listing: Listing, list_type: str | None, warnings: list[str]) -> bool:
    if list_type is not None:
        return list_type == "themes"
    if listing.command is not None:
        return listing.command.themes
    statuses = _statuses(listing)
    has_types = any(cells.get("type") for _, cells in listing.rows)
    if "parent" in statuses or "enabled" in listing.columns or has_types:
        return True
    if not statuses & _PLUGIN_STATUS and not _PLUGIN_COLUMNS.intersection(listing.columns):
        warnings.append(
            "nothing says whether the list holds plugins or themes; read as plugins, --type themes says otherwise"
        )
    return False


def _warn_of_statuses(listing: Listing, warnings: list[str]) -> None:
    odd = Counter(
        status
        for _, cells in listing.rows
        if (status := cells.get("status", "")) and read_status(status) == UNKNOWN_STATUS
    )
    warnings += [f"the status '{text}' ({count} x) is not known; read as unknown" for text, count in odd.most_common(5)]


def _warn_of_columns(listing: Listing, themes: bool, warnings: list[str]) -> None:
    if not themes and listing.rows and "status" not in listing.columns:
        warnings.append("without a status column must-use plugins cannot be told from plugins; all are read as plugins")


def _warn_of_network(listing: Listing, warnings: list[str]) -> None:
    """In a network WP-CLI asks the main site, unless it is told another (wp-cli/wp-cli issue 1882)."""
    told_one_site = listing.command is not None and listing.command.one_site
    if {"active-network", "inactive"} <= _statuses(listing) and not told_one_site:
        warnings.append(
            "it is a network's list: what is inactive here is active neither in the whole network nor on its main "
            "site, but another of its sites may use it (ask with --url)"
        )


def _components(listing: Listing, themes: bool) -> list[Installed]:
    folders = Counter(cells.get("file", "").partition("/")[0] for _, cells in listing.rows)
    return [_installed(cells, themes, folders) for _, cells in listing.rows]


def _installed(cells: Cells, themes: bool, folders: Mapping[str, int]) -> Installed:
    status = read_status(cells.get("status", ""))
    kind = "theme" if themes else {"must-use": "mu-plugin", "dropin": "dropin"}.get(status, "plugin")
    name, file = cells.get("name", ""), cells.get("file", "")
    if kind == "plugin" and status == UNKNOWN_STATUS and (name or file) in DROPINS:
        kind = "dropin"
    displayed = " " in name and _MACHINE_COLUMNS.isdisjoint(cells)
    # WP_Theme::display() escapes a theme's title for HTML; a plugin's is printed as it is.
    title = unescape(cells.get("title", "")) if themes else cells.get("title", "")
    return Installed(
        kind=kind,
        slug=None if displayed else _slug(kind, name, file, folders),
        name=name if displayed else tidy(title) or None,
        version=read_version(cells.get("version", "")),
        status=status,
        update_version=read_version(cells.get("update_version", "")),
        auto_update={"on": True, "off": False}.get(cells.get("auto_update", "").lower()),
        sign=POSSIBLE_FORK if "".join(cells.get("update", "").split()) == _AHEAD else None,
    )


def _slug(kind: str, name: str, file: str, folders: Mapping[str, int]) -> str:
    """The file of a must-use plugin or drop-in, else the name that WP-CLI prints: the folder, or folder/file where
    several plugins share the folder, or the file without its ending."""
    if kind in ("mu-plugin", "dropin"):
        if is_slug(file):
            return file
        return name if kind == "dropin" or name.endswith(".php") else f"{name}.php"
    if name:
        return name
    folder, slash, _ = file.partition("/")
    return folder if slash and folders[folder] < 2 else file.removesuffix(".php")


def _complete_kinds(listing: Listing, themes: bool, warnings: list[str]) -> set[str]:
    """The kinds that the list names all of; says why where it may not name all."""
    gaps = list(listing.gaps)
    if listing.command is not None and listing.command.filtered:
        gaps.append("the command above the list prints only some of them")
    elif (
        listing.command is None
        and listing.columns == _UPDATES_ONLY
        and all(_has_update(row) for _, row in listing.rows)
    ):
        gaps.append("these are the columns of a list of updates, and every row has one")
    if not listing.rows:
        gaps.append("the list has no rows")
    elif len(listing.rows) > _FEW and "status" in listing.columns and _ACTIVE.isdisjoint(_statuses(listing)):
        gaps.append("nothing in the list is active, so it looks filtered")
    elif listing.command is None and not _is_wpclis_own(listing):
        gaps.append("neither a command above the list nor its columns show that it is the whole output of WP-CLI")
    if gaps:
        warnings.append(f"{gaps[0]}; taken as partial")
        return set()
    if themes:
        return {"theme"}
    return {"plugin", "mu-plugin", "dropin"} if "status" in listing.columns else {"plugin"}


def _is_wpclis_own(listing: Listing) -> bool:
    """Whether a list has what WP-CLI prints: names and versions alone, or names and statuses, have many things.

    Many ask it for ``--fields=name,status,version``; every status must be a word of WordPress then.
    """
    if shows_updates(listing.columns):
        return True
    statuses = _statuses(listing)
    if not _OWN_STATUS.isdisjoint(statuses):
        return True
    return {"status", "version"} <= set(listing.columns) and UNKNOWN_STATUS not in statuses


def _has_update(cells: Cells) -> bool:
    return read_version(cells.get("update_version", "")) is not None
