"""A site asked through WP-CLI: on this machine, over ssh, in a container, or by an alias.

Every question is one run of ``wp`` with a list of arguments, nothing to read on stdin and a time limit. What a site
prints beside its answer may hold secrets (PHP writes the arguments of failing calls), so only known words of it reach
an error.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace

from plugwatch.errors import InputError, PlugwatchError, UnknownError
from plugwatch.inventories.containers import Hints, decode, shorten
from plugwatch.inventories.sources.aliases import load_aliases
from plugwatch.inventories.sources.spec import SourceSite, WpSpec, resolve
from plugwatch.inventories.wpcli import wpcli_json
from plugwatch.model.inventory import Inventory
from plugwatch.process import Completed, ProgramError, clean_environment, find, run

NAME = "wp"

_PLUGIN_FIELDS = "name,title,file,status,update,version,update_version,auto_update"
_THEME_FIELDS = "name,title,status,update,version,update_version,auto_update"
_LIST_TIMEOUT = 180.0  # seconds: a list first asks WordPress.org and every vendor for updates
_TIMEOUT = 60.0

# ssh asks for passwords on the terminal, whatever its stdin is; with these (OpenSSH 8.4) it asks a program that fails.
_NO_QUESTIONS = {"SSH_ASKPASS": "false", "SSH_ASKPASS_REQUIRE": "force"}
# The global options of WP-CLI that keep the code of plugins and themes from running.
_WITHOUT_CODE = ("--skip-plugins", "--skip-themes")
# All that WordPress stores of a successful question (wp_update_plugins and wp_update_themes in wp-includes/update.php);
# of a failed one it stores last_checked alone, to which vendors' own updaters may add a part of the rest.
_ANSWERED = frozenset({"response", "no_update", "translations"})

_VERSION = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}[A-Za-z0-9.+~-]{0,30}")

_BROKEN = re.compile(r"critical error on (?:this|your) website|PHP (?:Fatal|Parse) error|^(?:Fatal|Parse) error:", re.M)
_SSH = re.compile(
    r"Permission denied(?: \([a-z,-]+\))?|Host key verification failed|Could not resolve hostname|No route to host"
    r"|Connection (?:refused|timed out|reset|closed)"
)
_SSH_REFUSED = ("Permission denied", "Host key")
_FAILURES: tuple[tuple[str, type[PlugwatchError], str], ...] = (
    (
        "Error establishing a database connection",
        UnknownError,
        "the site cannot reach its database; see whether the site works at all, then try again",
    ),
    (
        "This does not seem to be a WordPress install",
        PlugwatchError,
        "there is no WordPress in that folder; correct the path in the source",
    ),
    (
        "The site you have requested is not installed",
        PlugwatchError,
        "that WordPress has no tables in its database; correct the path or --url in the source",
    ),
    (
        "running this as root",
        PlugwatchError,
        "WP-CLI does not run as root unasked; run plugwatch as another user, or add --allow-root to the source",
    ),
    ("Verify `--url=<url>`", PlugwatchError, "the network has no site at that address; correct --url in the source"),
    (r"Alias '@?[\w.-]+' not found", PlugwatchError, "WP-CLI does not know that alias; correct the source"),
    (
        r"\bphp'?: (?:command )?not found|\bphp'?: No such file",
        PlugwatchError,
        "WP-CLI needs PHP's command line, which is not installed there; install it, or give the site another source",
    ),
    (
        r"\bwp'?: (?:command )?not found|\bwp'?: No such file",
        PlugwatchError,
        "WP-CLI is not installed there; install it on the site's server as 'wp', or give the site another source",
    ),
)


class _BrokenSiteError(UnknownError):
    """The site's own code ends in a fatal error."""


@dataclass(frozen=True)
class _Wp:
    """WP-CLI, aimed at one site; ``options`` are global ones for every question."""

    program: str
    spec: WpSpec
    site: SourceSite
    options: tuple[str, ...] = ()

    def ask(self, *command: str, timeout: float = _TIMEOUT) -> bytes:
        """What WP-CLI prints. Raises PlugwatchError or UnknownError where it fails."""
        variables = dict(_NO_QUESTIONS)
        if self.spec.config is not None:
            variables["WP_CLI_CONFIG_PATH"] = str(resolve(self.spec.config, self.site.workspace))
        try:
            done = run(
                [self.program, *_target(self.spec, self.site), *self.options, *command],
                cwd=self.site.workspace,
                env=clean_environment(variables),
                timeout=timeout,
                check=False,
                with_children=True,  # an ssh must not outlive its wp
            )
        except ProgramError as error:
            raise UnknownError(f"site '{self.site.slug}': {error}; try again later") from error
        except OSError as error:
            raise PlugwatchError(f"'{self.program}' cannot be run ({error.strerror}); install WP-CLI anew") from error
        if done.returncode:
            raise _failure(done, self.site.slug)
        return done.stdout

    def source(self, *command: str) -> str:
        """A question's name in errors."""
        return f"site '{self.site.slug}': wp {' '.join(command[:2])}"


def fetch(spec: WpSpec, site: SourceSite) -> Inventory:
    """The plugins, themes and versions that WP-CLI lists.

    The PHP version is that of WP-CLI on the site's machine, which a host may keep apart from the web server's.
    Raises UnknownError where the site does not answer now, PlugwatchError where the source must be corrected.
    """
    check_alias(spec, site)
    program = find("wp")
    if program is None:
        raise PlugwatchError("'wp' is not installed or not on PATH; install WP-CLI, or give the site another source")
    wp = _Wp(program, spec, site)
    warnings: list[str] = []
    try:
        plugins = _list(wp, "plugin", _PLUGIN_FIELDS)
    except _BrokenSiteError:
        wp = replace(wp, options=_WITHOUT_CODE)
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


def check_alias(spec: WpSpec, site: SourceSite) -> None:
    """Raise PlugwatchError where the source is an alias that stands for several sites.

    A configuration that we cannot read is left to WP-CLI, whose own reader takes more than YAML.
    """
    if spec.alias is None:
        return
    try:
        known = load_aliases(site.workspace, resolve(spec.config, site.workspace) if spec.config else None)
    except InputError:
        return
    if known.is_group(spec.alias):
        members = [alias.name for alias in known.expand(spec.alias)]
        shown = ", ".join(members[:8]) + (", …" if len(members) > 8 else "")
        raise PlugwatchError(f"{spec.alias} stands for several sites ({shown or 'none yet'}); give the alias of one")


def _target(spec: WpSpec, site: SourceSite) -> list[str]:
    """The arguments that aim WP-CLI; it knows an alias only as the first, and not every version knows ``~``."""
    path = spec.path
    if path is not None and path.startswith("~") and spec.ssh is None and spec.alias is None:
        path = str(resolve(path, site.workspace))
    options = [f"--{name}={value}" for name, value in (("ssh", spec.ssh), ("path", path), ("url", spec.url)) if value]
    return [*([spec.alias] if spec.alias else []), *options, *(["--allow-root"] if spec.allow_root else [])]


def _list(wp: _Wp, noun: str, fields: str) -> Inventory:
    command = (noun, "list", "--format=json", f"--fields={fields}")
    answer = wp.ask(*command, timeout=_LIST_TIMEOUT)
    return wpcli_json.parse(decode(answer, wp.source(*command)), Hints(list_type=f"{noun}s"))


def _judge_updates(wp: _Wp, listed: Inventory, transient: str, what: str) -> Inventory:
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


def _has_asked(wp: _Wp, transient: str) -> bool | None:
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


def _version(wp: _Wp, what: str, warnings: list[str], *command: str) -> str | None:
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


def _failure(done: Completed, slug: str) -> PlugwatchError:
    said = b"\n".join((done.stderr, done.stdout)).decode("utf-8", "replace")
    place = f"site '{slug}'"
    for words, kind, sentence in _FAILURES:
        if re.search(words, said):
            return kind(f"{place}: {sentence}")
    if _BROKEN.search(said):
        return _BrokenSiteError(f"{place}: the site ends in a fatal error, whatever is asked; see its error log")
    reason = _SSH.search(said)
    if reason or "Cannot connect over SSH" in said:
        refused = reason is not None and reason[0].startswith(_SSH_REFUSED)
        return (PlugwatchError if refused else UnknownError)(
            f"{place}: its server was not reached over ssh ({reason[0] if reason else 'no reason given'}); "
            "log in there by hand with ssh once: it must work by key, without a question"
        )
    own_words = re.search(r"^Error: ([^\n]+)", said, re.M)
    quoted = f" ('{shorten(own_words[1], 120)}')" if own_words else ""
    return PlugwatchError(f"{place}: WP-CLI failed with status {done.returncode}{quoted}; run 'wp plugin list' by hand")
