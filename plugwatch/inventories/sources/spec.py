"""Where a site's list comes from, as ``site add --source SPEC`` says it.

A SPEC is kept in the ledger and handed to other programs, so it holds no secret and nothing in it can become another
option of WP-CLI or ssh: options are taken from a short list, and no value begins with ``-``.
"""

from __future__ import annotations

import ipaddress
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import check_text
from plugwatch.model.site import parse_url

KINDS = "a path of a file or folder, 'wp --path=FOLDER', 'wp --ssh=HOST', 'wp @ALIAS' or 'rest:https://USER@HOST'"

_LIMIT = 2000
_VALUES = ("path", "ssh", "url", "config")
# [scheme:][user@]host[:port][path], of fewer characters than WP-CLI takes (parse_ssh_url in php/utils.php).
_SSH = re.compile(
    r"(?:(?:ssh|vagrant|docker|docker-compose|docker-compose-run):)?(?:[A-Za-z0-9_][A-Za-z0-9_.+\\-]*@)?"
    r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?::[0-9]{1,5})?(?:[/~][^\s]*)?"
)
_ALIAS = re.compile(r"@[A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class SourceSite:
    """What a source needs to know of the site it is asked about; ``workspace`` is the folder of plugwatch.toml."""

    slug: str
    url: str | None
    workspace: Path


@dataclass(frozen=True)
class FileSpec:
    """A file or a WordPress folder on this machine; a relative path is relative to the workspace."""

    path: str


@dataclass(frozen=True)
class WpSpec:
    """WP-CLI on this machine, aimed at a folder, at another machine, or at an alias of its configuration.

    ``config`` is a WP-CLI configuration file with the alias, where WP-CLI would not find it by itself.
    """

    alias: str | None = None
    ssh: str | None = None
    path: str | None = None
    url: str | None = None
    config: str | None = None
    allow_root: bool = False


@dataclass(frozen=True)
class RestSpec:
    """WordPress's REST API: ``url`` is the site's address without a ``/`` at its end, ``user`` a WordPress user."""

    url: str
    user: str


Spec: TypeAlias = FileSpec | WpSpec | RestSpec


def parse_spec(text: str) -> Spec:
    """The source that a SPEC names. Raises PlugwatchError, in one sentence that repeats no secret."""
    spec = text.strip()
    if not spec:
        raise PlugwatchError(f"a source is missing; write {KINDS}")
    check_text("a site's source", spec, limit=_LIMIT)
    if spec.startswith("rest:"):
        return _parse_rest(spec.removeprefix("rest:"))
    if spec == "wp" or spec.startswith("wp "):
        return _parse_wp(spec)
    if spec.startswith(("http://", "https://")):
        raise PlugwatchError("a web address alone is no source; write 'rest:https://USER@HOST' for the site's REST API")
    if spec.startswith("mainwp:"):
        raise PlugwatchError(
            "a MainWP dashboard lists many sites; take them in with 'plugwatch site import --all mainwp:https://HOST'"
        )
    if spec.startswith(("-", "@")):
        raise PlugwatchError(f"the source begins with '{spec[0]}'; write {KINDS}")
    return FileSpec(spec)


def parse_base(address: str) -> tuple[str, str | None]:
    """A site's address without a ``/`` at its end, and the user in it, if any.

    Raises PlugwatchError for a password in it, and for plain HTTP to another machine: whoever listens would have the
    password, and WordPress switches application passwords off there.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if host is None or parts.scheme not in ("https", "http") or not re.fullmatch(r"[^\s/?#@\\]+", host):
        raise PlugwatchError("the address cannot be read; write https://HOST or https://HOST/FOLDER")
    if parts.password is not None:
        raise PlugwatchError("a password does not belong into an address; keep it in the environment or the keyring")
    if parts.query or parts.fragment:
        raise PlugwatchError("the address has a '?' or '#' in it; write https://HOST or https://HOST/FOLDER")
    if parts.scheme == "http" and not _is_loopback(host):
        raise PlugwatchError(
            f"http://{host} is not encrypted, so no password is sent there, and WordPress takes no application "
            "password without HTTPS; write https://"
        )
    shown = f"[{host}]" if ":" in host else host
    base = f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path.rstrip('/')}"
    return base, unquote(parts.username) if parts.username else None


def resolve(path: str, workspace: Path) -> Path:
    """A path of a source: ``~`` is somebody's home, a relative path begins at the workspace."""
    try:
        return workspace / Path(path).expanduser()
    except RuntimeError as error:
        raise PlugwatchError(f"the home folder in '{path}' is not known; write the whole path") from error


def _parse_rest(address: str) -> RestSpec:
    base, user = parse_base(address)
    if not user:
        raise PlugwatchError("the source does not name the WordPress user; write 'rest:https://USER@HOST'")
    if ":" in user or not user.isprintable():
        raise PlugwatchError("the user in the source cannot be one of WordPress; write 'rest:https://USER@HOST'")
    return RestSpec(base, user)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _parse_wp(text: str) -> WpSpec:
    try:
        words = shlex.split(text)[1:]
    except ValueError as error:
        raise PlugwatchError("a quotation mark in the source is not closed; close it") from error
    values: dict[str, str] = {}
    allow_root = False
    for place, word in enumerate(words):
        if word == "--allow-root":
            allow_root = True
        elif place == 0 and word.startswith("@"):
            values["alias"] = _check_alias(word)
        else:
            name, value = _parse_option(word)
            if name in values:
                raise PlugwatchError(f"--{name} stands twice in the source; give it once")
            values[name] = value
    _check_target(values)
    return WpSpec(**values, allow_root=allow_root)


def _check_alias(word: str) -> str:
    if not _ALIAS.fullmatch(word):
        raise PlugwatchError("an alias of WP-CLI is '@' and letters, digits, '.', '_' or '-'; write 'wp @ALIAS'")
    return word


def _parse_option(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not name.startswith("--") or name[2:] not in _VALUES:
        known = ", ".join(f"--{known}=" for known in _VALUES)
        raise PlugwatchError(f"'{name[:40]}' is nothing that a source may tell WP-CLI; known are {known}, --allow-root")
    if not equals or not value:
        raise PlugwatchError(f"{name} has no value; write {name}=VALUE")
    if value.startswith("-"):
        raise PlugwatchError(f"the value of {name} begins with '-', which another program could take for an option")
    if name == "--ssh" and not _SSH.fullmatch(value):
        raise PlugwatchError(
            "--ssh cannot be read; write --ssh=[USER@]HOST[:PORT][/PATH], with no password: ssh logs in by key"
        )
    if name == "--url":
        parse_url(value)
    return name[2:], value


def _check_target(values: dict[str, str]) -> None:
    if not values.keys() & {"alias", "ssh", "path"}:
        raise PlugwatchError("the source does not say which WordPress; write wp --path=FOLDER, --ssh=HOST or @ALIAS")
    if "alias" in values and "ssh" in values:
        raise PlugwatchError("an alias says itself how it is reached; leave --ssh or the alias out of the source")
    if "config" in values and "alias" not in values:
        raise PlugwatchError(
            "--config names the file with an alias, and the source has none; write wp @ALIAS --config=FILE"
        )
