"""Secrets of sources: from the environment, else from the machine's keyring; never kept, never shown."""

from __future__ import annotations

import os
import re

from plugwatch.errors import PlugwatchError

SERVICE = "plugwatch"
MAINWP_VARIABLE = "PLUGWATCH_MAINWP_TOKEN"
MAINWP_ACCOUNT = "mainwp"

_PREFIX = "PLUGWATCH_APP_PASSWORD_"


def password_variable(slug: str) -> str:
    """The environment variable with the application password of a site: its slug in capitals, the rest as ``_``."""
    return _PREFIX + re.sub(r"[^A-Z0-9]", "_", slug.upper())


def app_password(slug: str) -> str:
    """The application password of a site, without the spaces that WordPress shows in it.

    Raises PlugwatchError where there is none, naming the places to put it.
    """
    password = "".join(_secret(password_variable(slug), slug).split())
    if not password:
        raise PlugwatchError(
            f"there is no application password for the site '{slug}'; set {password_variable(slug)}, "
            f"or keep it with 'keyring set {SERVICE} {slug}'"
        )
    return password


def mainwp_token() -> str:
    """MainWP's API key (bearer token). Raises PlugwatchError where there is none, naming the places to put it."""
    token = _secret(MAINWP_VARIABLE, MAINWP_ACCOUNT).strip()
    if not token:
        raise PlugwatchError(
            f"there is no API key of MainWP; make one that may read in MainWP, REST API, and set {MAINWP_VARIABLE}, "
            f"or keep it with 'keyring set {SERVICE} {MAINWP_ACCOUNT}'"
        )
    if not token.isascii() or not token.isprintable() or " " in token:
        raise PlugwatchError("the API key of MainWP is damaged; copy the API key (bearer token) from MainWP again")
    return token


def _secret(variable: str, account: str) -> str:
    return os.environ.get(variable) or _from_keyring(account, variable) or ""


def _from_keyring(account: str, variable: str) -> str | None:
    try:
        import keyring  # type: ignore[import-not-found, unused-ignore]  # optional: pip install 'plugwatch[keyring]'
        from keyring.errors import (  # type: ignore[import-not-found, unused-ignore]
            KeyringError,
            NoKeyringError,
        )
    except ImportError:
        return None
    try:
        found: str | None = keyring.get_password(SERVICE, account)
    except NoKeyringError:
        return None
    except KeyringError as error:
        raise PlugwatchError(
            f"the keyring does not give the secret of '{account}'; unlock it, or set {variable} instead"
        ) from error
    return found
