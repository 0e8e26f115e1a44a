"""The lines around a list in a paste: prompts, echoed commands, PHP's notices, WP-CLI's own words.

Such a line is context: it is no component and nobody needs to look at it. Whatever else is no row is reported with its
line number instead of being guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# The fields of `wp plugin list` and `wp theme list` (wp-cli/extension-command, src/Plugin_Command.php and
# src/Theme_Command.php); each is also an option that filters the list: --status=active.
FIELDS = frozenset(
    {
        "name",
        "status",
        "update",
        "version",
        "update_version",
        "auto_update",
        "update_package",
        "update_id",
        "title",
        "description",
        "file",
        "author",
        "tested_up_to",
        "requires",
        "requires_php",
        "wporg_status",
        "wporg_last_updated",
        "auto_update_indicated",
        "recently_active",
        "update_unavailable_reason",
        "enabled",
        "type",
    }
)

_NOTICE = re.compile(
    r"\s*(?:\[[^\]]{5,60}\]\s*)?(?:<b>)?(?:PHP )?"
    r"(?:(?:User |Core |Compile )?(?:Warning|Notice|Deprecated|Error)|(?:Recoverable |Catchable )?Fatal error|"
    r"Parse error|Strict Standards|Success|Debug(?: \([^)]{0,40}\))?|Info)(?:</b>)?:",
    re.IGNORECASE,
)
_TRACE = re.compile(r"\s*(?:#\d+ |(?:PHP )?Stack trace:|PHP +\d+\. |thrown in |<br ?/?>\s*$|Legend: )")
# What ssh itself says, on its own or around the output of a command on another machine.
_SSH = re.compile(
    r"(?:ssh|kex_exchange_identification|client_loop|banner exchange): |Connection (?:to|closed|reset|timed)\b|"
    r"(?:[\w.-]+@[\w.-]+: )?Permission denied\b|Host key verification failed|Killed by signal \d|Pseudo-terminal "
)
_SHELL = re.compile(
    r"\s*(?:[$%❯➜](?: .*)?|[\w.-]+@[\w.-]+[: ][^$#%>|,\t]*[$#%>](?: .*)?|\[[\w.-]+@[\w.-]+ [^\]]*\][$#](?: .*)?"
    r"|PS [A-Z]:\\[^>]*>.*|[A-Z]:\\[^>]*>.*|#!/\S+(?: \S+)?|sep=[,;])"
)
_ALIAS = re.compile(r"@[A-Za-z0-9._-]+")
_COMMAND = re.compile(
    r"(?:^|[\s/;&])wp(?:-cli)?(?:\.phar)?(?:\s+[-@]\S+(?:\s+[/~.]\S*)?){0,20}\s+(?:(plugin|theme)\s+([a-z-]+)|core|site|cli|option)\b(.*)"
)
_NOUN = re.compile(r"plugin|theme|core|site|cli|option")
_MAX_COMMAND = 1_000  # characters that are looked at; a longer line is no list but may be an attack
_OPTION = re.compile(r"--([a-z_-]+)")
_FIELD = re.compile(r"--field=([a-z_]+)")
_PIPE = re.compile(r"\|\s*\w")


@dataclass(frozen=True)
class ListCommand:
    """An echoed ``wp plugin list`` or ``wp theme list``.

    ``filtered``: it does not print all of them. ``field``: the only one that it prints (``--field=name``).
    ``one_site``: a single site of a network was asked for (``--url=...``).
    """

    themes: bool
    filtered: bool
    field: str | None = None
    one_site: bool = False


def find_command(line: str) -> ListCommand | None:
    """The WP-CLI command on plugins or themes that a line echoes, if any; all but ``list`` print a part of them."""
    if "wp" not in line or not ("plugin" in line or "theme" in line):
        return None
    match = _COMMAND.search(line, 0, _MAX_COMMAND)
    if match is None or match[1] is None:
        return None
    options = {name.replace("-", "_") for name in _OPTION.findall(match[3])}
    filtered = match[2] not in ("list", "status") or bool(options & FIELDS) or bool(_PIPE.search(match[3]))
    filtered = filtered or len(line) > _MAX_COMMAND
    field = _FIELD.search(match[3])
    return ListCommand(match[1] == "theme", filtered, field[1] if field else None, "--url=" in line)


def find_prompt(line: str) -> ListCommand | None:
    """The command of :func:`find_command` where the line is nothing but it, perhaps behind a prompt."""
    if "wp" not in line:
        return None
    text = line.strip()
    return find_command(text) if text.startswith("wp ") or _SHELL.fullmatch(text) else None


def is_context(line: str) -> bool:
    """Whether a line outside the rows of a list is known to mean nothing for it."""
    text = line.strip()
    if not text or _ALIAS.fullmatch(text) or _NOTICE.match(text) or _TRACE.match(text) or _SSH.match(text):
        return True
    if _SHELL.fullmatch(text):
        return True
    return "wp" in text and bool(_NOUN.search(text)) and bool(_COMMAND.search(text, 0, _MAX_COMMAND))


def split_alias(line: str) -> tuple[str, str] | None:
    """What stands before the name of a site that ends a line, and the name: ``@alias``, as ``wp @all ...`` prints it.

    JSON does not end its line, so a name may be glued to it.
    """
    if "@" not in line:
        return None
    before, bracket, name = line.rpartition("]")
    return (before + bracket, name.strip()) if _ALIAS.fullmatch(name.strip()) else None


def aliases_in(lines: Iterable[str]) -> list[str]:
    """The names of sites that ``wp @all ...`` prints, each once and in order."""
    found = (split_alias(line) for line in lines if "@" in line)
    return list(dict.fromkeys(alias for _, alias in filter(None, found)))
