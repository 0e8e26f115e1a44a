"""``wp @all plugin list …`` and other groups of aliases: each site's list below its name.

Source: wp-cli/wp-cli, php/WP_CLI/Runner.php (run_alias_group). A name is a line of its own, but JSON does not end its
line, so that the next name is glued to it. Below the name of a site that failed stands its error, or nothing where
errors went elsewhere. ``@all`` also runs every group: a group's name stands directly above those of its sites.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NOT_MINE, Hints, Recognition, Text, shorten
from plugwatch.inventories.noise import aliases_in, find_prompt, is_context, split_alias
from plugwatch.inventories.values import without_doubles
from plugwatch.inventories.wpcli import wpcli_csv, wpcli_json, wpcli_status, wpcli_table, wpcli_tsv, wpcli_yaml
from plugwatch.inventories.wpcli.listing import refuse_overwritten
from plugwatch.model.inventory import Fleet, Inventory, SiteList, Unparsed

NAME = "wpcli-all"

_MAX_PARTS = 10_000
_BAR, _SURE = 0.5, 0.95
_ERROR = re.compile(r"(?:PHP )?(?:Fatal )?error: ", re.IGNORECASE)
_GROUP = re.compile(r"\s@[\w.-]+\s|\s--alias=", re.ASCII)
_LIST_BEGINS = re.compile(
    r"^(?:---|\s*(?:\| )?name *[|,\t] *(?:status|title|file|version|update)\b.*)$"
    r"|\d installed (?:plugin|theme)s?:|(?:^|\])\s*\[\s?[{\"]",
    re.MULTILINE,
)
_SEVERAL = "several lists stand below its name, so some are other sites' (WP_CLI_ALIAS_GROUPS_PARALLEL mixes them)"
_NOTHING = "nothing stands below its name: it failed and the error went elsewhere, or the name is that of a group"


@dataclass(frozen=True)
class _Format:
    """One of WP-CLI's formats, as the registry has it."""

    recognise: Callable[[Text], Recognition]
    parse: Callable[[Text, Hints], Inventory | Fleet]


_FORMATS = (
    _Format(wpcli_table.recognise, wpcli_table.parse),
    _Format(wpcli_json.recognise, wpcli_json.parse),
    _Format(wpcli_csv.recognise, wpcli_csv.parse),
    _Format(wpcli_tsv.recognise, wpcli_tsv.parse),
    _Format(wpcli_yaml.recognise, wpcli_yaml.parse),
    _Format(wpcli_status.recognise, wpcli_status.parse),
)


@dataclass
class _Part:
    """What stands below one name; ``line`` is the number of the name's line, ``command`` the last one echoed above."""

    alias: str
    line: int
    command: str
    lines: list[str] = field(default_factory=list)

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands there."""
        return not any(line.strip() for line in self.lines)

    @property
    def error(self) -> str | None:
        """The line that says what went wrong, if there is one."""
        return next((line.strip() for line in self.lines if _ERROR.match(line.strip())), None)

    def text(self, source: str, *, ends_whole: bool) -> Text:
        """It as the text of one site: the command takes the place of the name, so that line numbers stay."""
        return Text(source, (self.command, *self.lines), ends_whole, self.line)


def recognise(text: Text) -> Recognition:
    """Certain where several names stand and a list is below one of them; likely where all that is there are errors."""
    if len(aliases_in(text.lines)) < 2:
        return NOT_MINE
    parts, _ = _split(text)
    if len(parts) > _MAX_PARTS:
        return NOT_MINE
    reason = f"the names of sites ({parts[0].alias}, …)"
    if any(not part.is_blank and _find_format(part.text(text.source, ends_whole=True)) for part in parts):
        return Recognition(1.0, f"lists below {reason}")
    if any(part.error for part in parts) and all(part.error or part.is_blank for part in parts):
        return Recognition(0.75, f"errors below {reason}")
    return NOT_MINE


def parse(text: Text, hints: Hints) -> Fleet:
    """The list of each site; one that cannot be read is a site with an error.

    Raises InputError where there are no names of several sites, or where it cannot be known whose list is whose.
    """
    if len(aliases_in(text.lines)) < 2:
        raise InputError("it has no lines with the names of several sites (@name)", source=text.source)
    parts, others = _split(text)
    if len(parts) > _MAX_PARTS:
        raise InputError(f"over {_MAX_PARTS:,} names of sites stand in it; give fewer at once", source=text.source)
    for part in parts:
        refuse_overwritten(part.lines, text.source)
    groups = _group_names(parts)
    found: dict[str, list[Inventory | str]] = {}
    reader = _Reader(Hints(hints.list_type))
    for part in parts:
        if part.alias not in groups:
            inner = part.text(text.source, ends_whole=text.ends_whole or part is not parts[-1])
            found.setdefault(part.alias, []).append(reader.read(part, inner))
    return Fleet(
        NAME,
        tuple(_unite(alias, results) for alias, results in found.items()),
        unparsed=tuple(Unparsed(number, shorten(text.line(number))) for number in others),
        warnings=tuple(
            f"{group} stands directly above sites that were named before; read as a group" for group in groups
        ),
    )


def _split(text: Text) -> tuple[list[_Part], list[int]]:
    """The parts of the text, and the lines that belong to none and mean something unknown.

    An echoed command ends a part: what follows is another run, of the same sites or of none.
    """
    parts: list[_Part] = []
    others: list[int] = []
    part: _Part | None = None
    command = ""
    for number, line in text.numbered():
        found = split_alias(line)
        before, prompt = (found[0], "") if found else _split_prompt(line)
        if before.strip() or not (found or prompt):
            if part is not None:
                part.lines.append(before)
            elif not is_context(before):
                others.append(number)
        if found:
            part = _Part(found[1], number, command)
            parts.append(part)
        elif prompt:
            part, command = None, prompt if _GROUP.search(prompt) else ""
    return parts, others


def _split_prompt(line: str) -> tuple[str, str]:
    """What stands before an echoed command, to which JSON may be glued, and the command; "" where there is none."""
    if "wp" not in line:
        return line, ""
    if find_prompt(line):
        return "", line
    before, bracket, rest = line.rpartition("]")
    return (before + bracket, rest) if find_prompt(rest) else (line, "")


def _find_format(text: Text) -> _Format | None:
    """The format that is surest of the text; the first one that is sure enough is taken at once."""
    best, bar = None, _BAR
    for candidate in _FORMATS:
        confidence = candidate.recognise(text).confidence
        if confidence >= _SURE:
            return candidate
        if confidence >= bar:
            best, bar = candidate, confidence
    return best


def _group_names(parts: Sequence[_Part]) -> list[str]:
    """The names below which nothing ever stands but, directly, the name of a site that was named before."""
    seen: set[str] = set()
    groups: dict[str, bool] = {}
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        directly = following is not None and following.line == part.line + len(part.lines) + 1
        known = following is not None and following.alias in seen and following.alias != part.alias
        groups[part.alias] = groups.get(part.alias, True) and part.is_blank and directly and known
        seen.add(part.alias)
    return [alias for alias, is_group in groups.items() if is_group]


@dataclass
class _Reader:
    """Reads part after part; all that one command prints has one format, so the last one that fitted is tried first."""

    hints: Hints
    last: _Format | None = None

    def read(self, part: _Part, text: Text) -> Inventory | str:
        """The inventory of one part, or the sentence on why there is none."""
        if part.is_blank:
            return _NOTHING
        if len(_LIST_BEGINS.findall("\n".join(part.lines))) > 1:
            return _SEVERAL
        if self.last is not None:
            found = _parse(self.last, text, self.hints)
            if isinstance(found, Inventory):
                return found
        chosen = _find_format(text)
        if chosen is None:
            first = next(line for line in part.lines if line.strip())
            return shorten(part.error or f"no list stands below its name, but '{shorten(first, 80)}'")
        self.last = chosen
        return _parse(chosen, text, self.hints)


def _parse(chosen: _Format, text: Text, hints: Hints) -> Inventory | str:
    try:
        found = chosen.parse(text, hints)
    except InputError as error:
        return error.reason
    return found if isinstance(found, Inventory) else _SEVERAL


def _unite(alias: str, results: Sequence[Inventory | str]) -> SiteList:
    """One site from all that stands below its name, which comes twice where plugins and themes were listed."""
    inventories = [result for result in results if isinstance(result, Inventory)]
    errors = [result for result in results if isinstance(result, str)]
    if not inventories:
        return SiteList(alias, None, error=errors[0])
    warnings = [warning for inventory in inventories for warning in inventory.warnings]
    warnings += [f"one of its lists could not be read: {error}" for error in errors]
    components = without_doubles((row for inventory in inventories for row in inventory.components), warnings)
    united = Inventory(
        inventories[0].format,
        tuple(components),
        unparsed=tuple(unparsed for inventory in inventories for unparsed in inventory.unparsed),
        warnings=tuple(dict.fromkeys(warnings)),
        complete_kinds=frozenset().union(*(inventory.complete_kinds for inventory in inventories)),
    )
    return SiteList(alias, united)
