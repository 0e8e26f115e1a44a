"""A site asked through WP-CLI: on this machine, over ssh, in a container, or by an alias.

Every question is one run of ``wp`` with a list of arguments, nothing to read on stdin and a time limit. What a site
prints beside its answer may hold secrets (PHP writes the arguments of failing calls), so only known words of it reach
an error.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

from plugwatch.errors import PlugwatchError
from plugwatch.inventories.containers import Hints, decode
from plugwatch.inventories.sources.shell import WITHOUT_CODE, BrokenSiteError, Wp, aim_wp
from plugwatch.inventories.sources.spec import SourceSite, WpSpec
from plugwatch.inventories.wpcli import wpcli_json
from plugwatch.model.inventory import Inventory

NAME = "wp"

_PLUGIN_FIELDS = "name,title,file,status,update,version,update_version,auto_update"
_THEME_FIELDS = "name,title,status,update,version,update_version,auto_update"
_LIST_TIMEOUT = 180.0  # seconds: a list first asks WordPress.org and every vendor for updates

# All that WordPress stores of a successful question (wp_update_plugins and wp_update_themes in wp-includes/update.php);
# of a failed one it stores last_checked alone, to which vendors' own updaters may add a part of the rest.
_ANSWERED = frozenset({"response", "no_update", "translations"})

_VERSION = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}[A-Za-z0-9.+~-]{0,30}")


def fetch(spec: WpSpec, site: SourceSite) -> Inventory:
    """The plugins, themes and versions that WP-CLI lists.

    The PHP version is that of WP-CLI on the site's machine, which a host may keep apart from the web server's.
    Raises UnknownError where the site does not answer now, PlugwatchError where the source must be corrected.
    """
    wp = aim_wp(spec, site)
    warnings: list[str] = []
    try:
        plugins = _list(wp, "plugin", _PLUGIN_FIELDS)
    except BrokenSiteError:
        wp = replace(wp, options=WITHOUT_CODE)
        plugins = _list(wp, "plugin", _PLUGIN_FIELDS)
        warnings.append(
            "the site ends in a fatal error, so it was listed without running its plugins and themes; "
            "updates that vendors offer themselves are not known"
        )
    plugins = _judge_updates(wp, plugins, "update_plugins", "plugins")
    themes = _judge_updates(wp, _list(wp, "theme", _THEME_FIELDS), "update_themes", "themes")
    return Inventory(
        NAME,
        plugins.components + themes.components,
        wordpress_version=_version(wp, "WordPress", warnings, "core", "version"),
        php_version=_version(wp, "PHP", warnings, "eval", "echo PHP_VERSION;"),
        unparsed=plugins.unparsed + themes.unparsed,
        warnings=tuple(dict.fromkeys((*warnings, *plugins.warnings, *themes.warnings))),
        complete_kinds=plugins.complete_kinds | themes.complete_kinds,
        knows_updates=plugins.knows_updates and themes.knows_updates,
    )


def _list(wp: Wp, noun: str, fields: str) -> Inventory:
    command = (noun, "list", "--format=json", f"--fields={fields}")
    answer = wp.ask(*command, timeout=_LIST_TIMEOUT)
    return wpcli_json.parse(decode(answer, wp.source(*command)), Hints(list_type=f"{noun}s"))


def _judge_updates(wp: Wp, listed: Inventory, transient: str, what: str) -> Inventory:
    """The list without its updates where the site could not ask for any, since WP-CLI then says "none" all the same."""
    if not listed.components:
        return listed
    asked = _has_asked(wp, transient)
    if asked:
        return listed
    if asked is None:
        warning = f"whether the site could ask for updates of its {what} is not known; where none is shown, one may be"
        return replace(listed, warnings=(*listed.warnings, warning), knows_updates=False)
    return replace(
        listed,
        components=tuple(replace(installed, update_version=None) for installed in listed.components),
        warnings=(*listed.warnings, f"the site could not ask for updates of its {what}, so nothing is known of them"),
        knows_updates=False,
    )


def _has_asked(wp: Wp, transient: str) -> bool | None:
    """Whether the site got an answer when the list made it ask for updates; None where it does not tell.

    A list deletes what was stored before it asks (_list in src/WP_CLI/CommandWithUpgrade.php of extension-command).
    """
    try:
        answer = wp.ask("transient", "get", transient, "--network", "--format=json")
    except PlugwatchError:
        return None
    for line in reversed(answer.decode("utf-8", "replace").splitlines()):
        if line.startswith("{"):
            try:
                stored, _ = json.JSONDecoder().raw_decode(line)
            except (ValueError, RecursionError):
                continue
            return bool(stored.keys() >= _ANSWERED)
    return None


def _version(wp: Wp, what: str, warnings: list[str], *command: str) -> str | None:
    """The last version that stands on a line of its own; without one a warning, because the lists are worth more."""
    try:
        lines = wp.ask(*command).decode("utf-8", "replace").splitlines()
    except PlugwatchError:
        lines = []
    for line in reversed(lines):
        if _VERSION.fullmatch(line.strip()):
            return line.strip()
    warnings.append(f"WP-CLI did not tell the version of {what}")
    return None
