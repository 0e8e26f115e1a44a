"""Names and passwords for web servers that hand out paid releases: from the environment, each for one host only."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from plugwatch.errors import ConfigError, InputError
from plugwatch.model.release_source import COMPOSER_LOGIN, login_variable, may_take_password

_GITHUB = ("github.com", "api.github.com", "codeload.github.com")


def composer_headers(url: str, base: str, login: str | None) -> dict[str, str]:
    """The Authorization header for a request to a Composer repository or to where its archives are; none for others.

    ``login`` (``USER:PASSWORD``) belongs to the host of ``base`` alone. Else the environment says it:
    ``PLUGWATCH_COMPOSER_AUTH_HOST``, or Composer's own ``COMPOSER_AUTH``. Raises InputError where a password would go
    over an unencrypted line, ConfigError where a variable cannot be read.
    """
    here = urlsplit(url)
    host = here.hostname or ""
    value = _basic(login) if login and (here.scheme, here.netloc) == _origin(base) else _from_environment(url)
    if value is None:
        return {}
    if not may_take_password(url):
        raise InputError("it is not encrypted, so no password is sent there; write https://", source=f"http://{host}")
    return {"Authorization": value}


def _origin(base: str) -> tuple[str, str]:
    parts = urlsplit(base)
    return parts.scheme, parts.netloc


def _from_environment(url: str) -> str | None:
    host, variable = urlsplit(url).hostname or "", login_variable(COMPOSER_LOGIN, url)
    if os.environ.get(variable):
        login = os.environ[variable]
        if ":" not in login:
            raise ConfigError(f"{variable} is no login; set it to USER:PASSWORD")
        return _basic(login)
    known = _composer_auth()
    told = _dict(known.get("http-basic")).get(host)
    if isinstance(told, dict) and {"username", "password"} <= told.keys():
        return _basic(f"{told['username']}:{told['password']}")
    token = _dict(known.get("bearer")).get(host)
    if not isinstance(token, str) and host in _GITHUB:
        token = _dict(known.get("github-oauth")).get("github.com")
    return _header(f"Bearer {token}") if isinstance(token, str) else None


def _composer_auth() -> Mapping[str, object]:
    """``COMPOSER_AUTH`` as Composer reads it (doc/03-cli.md): the content of an auth.json."""
    text = os.environ.get("COMPOSER_AUTH")
    if not text:
        return {}
    try:
        return _dict(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise ConfigError("COMPOSER_AUTH is no JSON; correct it or unset it") from error


def _basic(login: str) -> str:
    """RFC 7617, in UTF-8."""
    return "Basic " + base64.b64encode(login.encode("utf-8", "replace")).decode("ascii")


def _header(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise ConfigError("a token in COMPOSER_AUTH is damaged; copy it again")
    return value


def _dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
