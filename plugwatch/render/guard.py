"""The must-use plugin of an agency's sites, from ``templates/site/plugwatch-updates.php.j2``.

Whatever that template prints is a string of PHP, quotation marks included; the filter ``comment`` says otherwise, for
text within the comment on top. So no name of an agency can end a string or a comment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import FunctionLoader, StrictUndefined

from plugwatch.errors import ConfigError
from plugwatch.model.roads.markup import Safe, one_line
from plugwatch.render.sandbox import LimitedEnvironment
from plugwatch.render.templates import Templates

GUARD_NAME = "plugwatch-updates.php"
GUARD_PLACE = f"wp-content/mu-plugins/{GUARD_NAME}"
AUTH_CONSTANT = "PLUGWATCH_UPDATES_AUTH"

_TEMPLATE = f"site/{GUARD_NAME}.j2"
_PLAIN_URL = re.compile(r"https?://[^\s@?#*<>'\"\\%\x00-\x1f]+")
_DOTS = re.compile(r"/\.{1,2}(?:/|\Z)")
_COMMENT_MARK = re.compile(r"\*/|/\*|\?>|<\?")


def render_guard(base: str, agency: str, version: str, override_dirs: Sequence[Path] = ()) -> str:
    """The PHP file that offers what is published at ``base`` (see :func:`check_base`); ``version`` is plugwatch's.

    Raises ConfigError for an address that sites must not take updates from, InputError where the template is wrong.
    """
    values = {"base": check_base(base), "agency": one_line(agency), "version": version}
    templates = Templates(override_dirs)
    environment = LimitedEnvironment(
        loader=FunctionLoader(lambda name: (templates.read(name), str(templates.find(name)), None)),
        undefined=StrictUndefined,
        finalize=_php_string,
        keep_trailing_newline=True,
    )
    environment.filters["comment"] = _comment
    return templates.fill(environment, _TEMPLATE, values)


def check_base(text: str) -> str:
    """The address of the published folder without a slash at its end.

    Raises ConfigError for what is no plain https URL; plain http is for a server on this very machine.
    """
    base = text.strip().rstrip("/")
    if not base:
        raise ConfigError(
            "sites need to know where builds are published: set builds.update_uri in plugwatch.toml to the https URL "
            "of the folder that 'plugwatch fork publish' writes, or give --url"
        )
    host = _host(base)
    if not host or not base.isascii() or not _PLAIN_URL.fullmatch(base) or _DOTS.search(base):
        said = one_line(text) if "@" not in text else "what is given"
        raise ConfigError(f"'{said}' must be a plain https URL without user and password: https://updates.example")
    if base.startswith("http:") and not _is_loopback(host):
        raise ConfigError(f"'{base}' must be https: over http anybody on the way could change what sites install")
    if host in ("wordpress.org", "w.org") or host.endswith((".wordpress.org", ".w.org")):
        raise ConfigError(f"'{base}' is WordPress's own; name the web space of the agency")
    return base


def _host(base: str) -> str:
    """The host in a URL; "" where it is none, or its port is none."""
    try:
        parts = urlsplit(base)
        return (parts.hostname or "") if parts.port != 0 else ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _php_string(value: object) -> str:
    """A literal of PHP; within single quotation marks only they and backslashes mean something."""
    if isinstance(value, Safe):
        return str(value)
    text = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


def _comment(value: object) -> Safe:
    """Text for a comment of PHP."""
    return Safe(_COMMENT_MARK.sub(" ", one_line(str(value))))
