"""plugwatch.toml and the user's own file, read into frozen settings.

Secrets never stand in either: they come from named environment variables.
"""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from plugwatch.errors import ConfigError, PlugwatchError
from plugwatch.model.client import WorkingHours, check_timezone, is_email, parse_duration, parse_language
from plugwatch.model.settings import ImapSettings, Settings, SmtpSettings, TierSettings, TracSettings

FILE_NAME = "plugwatch.toml"
WORKSPACE_VARIABLE = "PLUGWATCH_WORKSPACE"
DATABASE_VARIABLE = "PLUGWATCH_DATABASE_URL"
USER_VARIABLE = "PLUGWATCH_USER"
GIT_TOKEN_VARIABLE = "PLUGWATCH_GIT_TOKEN"  # noqa: S105 (its name, not its value)

Section = TypeVar("Section", bound=NamedTuple)


def settings_from_text(text: str, source: str) -> Settings:
    """Parse the text of a plugwatch.toml.

    Raises ConfigError on bad TOML, an unknown key (naming the nearest known one) or a value of another type.
    """
    document = _parse_toml(text, source)
    known = Settings()._asdict()
    sections: dict[str, Any] = {}
    for name, value in document.items():
        if name not in known:
            raise _unknown_key(name, [*known, *_keys_of_tables(known)], source)
        if not isinstance(value, dict):
            raise ConfigError(f"{source}: [{name}] is a table of keys, not a value")
        if name == "rota":
            sections[name] = _rota(value, source)
        elif name == "trac":
            tracs = {key: _section(TracSettings(), row, f"trac.{key}", source) for key, row in value.items()}
            sections[name] = {"plugins": TracSettings()} | tracs
        else:
            sections[name] = _section(known[name], value, name, source)
    return Settings(**sections)


def load_settings(workspace: Path) -> Settings:
    """The settings of a workspace; the environment's database URL wins over the file's."""
    path = workspace / FILE_NAME
    return settings_from_text(_read(path), str(path))


def database_url(settings: Settings) -> str:
    """Where the ledger is: the environment's word, else the file's."""
    return os.environ.get(DATABASE_VARIABLE) or settings.database.url


def git_token() -> str:
    """The password or token for the git server that forks are shared on; "" where there is none."""
    token = os.environ.get(GIT_TOKEN_VARIABLE, "").strip()
    if not token.isascii() or not token.isprintable():
        raise ConfigError(f"the token in {GIT_TOKEN_VARIABLE} is damaged; copy it again")
    return token


def smtp_password(smtp: SmtpSettings) -> str:
    """The password for the server that sends; "" where nobody has given one."""
    return _secret("PLUGWATCH_SMTP_PASSWORD", f"smtp.{smtp.user}@{smtp.host}")


def imap_password(imap: ImapSettings) -> str:
    """The password for the server that keeps drafts; "" where nobody has given one."""
    return _secret("PLUGWATCH_IMAP_PASSWORD", f"imap.{imap.user}@{imap.host}")


def github_token() -> str | None:
    """The token that GitHub knows us by. Raises ConfigError for one that no request can carry."""
    from plugwatch.model.roads.github_answer import find_token

    return find_token(os.environ)[1]


def trac_login() -> tuple[str, str] | None:
    """Name and password for Trac; None where nobody has given them."""
    user = os.environ.get("PLUGWATCH_TRAC_USER", "").strip()
    return (user, _secret("PLUGWATCH_TRAC_PASSWORD", f"trac.{user}")) if user else None


def vendor_chat_rooms() -> str:
    """The rooms where vendors are, by our names for them: ``NAME=URL`` of apprise, between blanks."""
    return _secret("PLUGWATCH_VENDOR_CHAT_URLS", "vendor-chat")


def chat_urls() -> tuple[str, ...]:
    """Where reminders go: addresses of apprise, between blanks; they are as secret as passwords."""
    return tuple(_secret("PLUGWATCH_CHAT_URLS", "chat").split())


def _secret(variable: str, name: str) -> str:
    """The environment's word, else what the keyring keeps under this name for plugwatch, where it is installed."""
    if variable in os.environ:
        return os.environ[variable]
    try:
        import keyring  # type: ignore[import-not-found,unused-ignore]
        from keyring.errors import KeyringError  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return ""
    try:
        found: str | None = keyring.get_password("plugwatch", name)
    except KeyringError as error:
        raise ConfigError(f"the keyring does not answer; unlock it, or set {variable}") from error
    return found or ""


def find_workspace(given: Path | None) -> Path:
    """The workspace meant: the option, else ``PLUGWATCH_WORKSPACE``, else the nearest plugwatch.toml upwards.

    Raises ConfigError when there is none.
    """
    named = given or (Path(os.environ[WORKSPACE_VARIABLE]) if os.environ.get(WORKSPACE_VARIABLE) else None)
    if named:
        if not (named / FILE_NAME).is_file():
            raise ConfigError(f"{named} is no workspace (no {FILE_NAME} in it); make one with 'plugwatch init {named}'")
        return named.resolve()
    try:
        here = Path.cwd()
    except FileNotFoundError as error:
        raise ConfigError("the current folder is gone; go to another one, or name a workspace") from error
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise ConfigError(
        f"no {FILE_NAME} here or in any folder above; make a workspace with 'plugwatch init', "
        "or name one with --workspace"
    )


def current_user() -> str:
    """Who is at the keyboard, for the timeline: ``PLUGWATCH_USER``, the user's own file, else the login name."""
    named = os.environ.get(USER_VARIABLE) or _user_file().get("name")
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user often has no name (KeyError until Python 3.12)
        return f"uid {os.getuid()}"


def _user_file() -> dict[str, str]:
    # Most people have no such file, and the library that knows its place costs more than all of our own settings.
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 (Path.home() fails for a user without one)
    places = (os.environ.get("XDG_CONFIG_HOME") or home / ".config", home / "Library" / "Application Support")
    if not any(Path(place, "plugwatch").is_dir() for place in places):
        return {}
    import platformdirs

    path = platformdirs.user_config_path("plugwatch") / "config.toml"
    if not path.is_file():
        return {}
    document = _parse_toml(_read(path), str(path))
    for name, value in document.items():
        if name not in ("name", "email"):
            raise _unknown_key(name, ("name", "email"), str(path))
        if not isinstance(value, str):
            raise ConfigError(f"{path}: '{name}' must be text in quotes")
    return document


def _read(path: Path) -> str:
    """The text of a file, with or without the byte order mark that some editors put first."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text; save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error


def _parse_toml(text: str, source: str) -> dict[str, Any]:
    import tomli  # not every command reads a configuration

    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise ConfigError(f"{source}: {error}") from error


def _keys_of_tables(known: Mapping[str, Any]) -> list[str]:
    """``agency.name`` and so on: what somebody who forgot the table's heading may have meant."""
    return [f"{name}.{key}" for name, table in known.items() if name not in ("trac", "rota") for key in table._fields]


def _rota(value: Mapping[str, Any], source: str) -> Mapping[str, Any]:
    """The table of turns as it is; it is read where it is used, and here only so that its errors name the file."""
    if value:
        from plugwatch.model.rota import Rota  # most configurations have none

        try:
            Rota.from_table(value)
        except PlugwatchError as error:
            raise ConfigError(f"{source}: [rota]: {error}") from error
    return value


def _section(default: Section, values: Any, name: str, source: str) -> Section:
    if not isinstance(values, dict):
        raise ConfigError(f"{source}: [{name}] is a table of keys, not a value")
    known = default._asdict()
    read: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise _unknown_key(f"{name}.{key}", [f"{name}.{k}" for k in known], source)
        wanted = type(known[key])
        if wanted is TierSettings:
            read[key] = _section(known[key], value, f"{name}.{key}", source)
            continue
        read[key] = float(value) if wanted is float and type(value) is int else value
        if type(read[key]) is not wanted:
            raise ConfigError(f"{source}: '{name}.{key}' must be {_KINDS[wanted]}")
        _check_value(f"{name}.{key}", value, source)
    return default._replace(**read)


_KINDS: dict[type, str] = {str: "text in quotes", bool: "true or false", int: "a number", float: "a number"}


def _one_of(*choices: str) -> Callable[[str], object]:
    def check(text: str) -> None:
        if text not in choices:
            raise PlugwatchError(f"'{text}' is none of {', '.join(choices)}")

    return check


def _check_email(text: str) -> None:
    if text and not is_email(text):
        raise PlugwatchError(f"'{text}' is not an e-mail address; write dev@agency.example")


def _check_port(number: int) -> None:
    if not 0 < number < 1 << 16:
        raise PlugwatchError(f"{number} is no port; write a number from 1 to 65535")


def _check_remote(template: str) -> None:
    from plugwatch.model.git_remote import check_template  # most configurations have none

    if template:
        check_template(template)


def _check_page(url: str) -> None:
    """An address that drafts and records repeat, so that nothing secret may stand in it."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if "@" in parts.netloc or parts.query or parts.fragment or not url.isprintable():
        raise PlugwatchError("no user, password or token belongs into an address; write https://HOST/PATH alone")


def _check_git_user(user: str) -> None:
    if not user or not user.isprintable() or ":" in user or len(user) > 200:
        raise PlugwatchError("write the name that the git server knows you by, without a password")


def _check_pause(pause: float) -> None:
    if not 0 <= pause <= 60:
        raise PlugwatchError(f"{pause} is no pause; write seconds, such as 0.25")


def _check_rate(rate: float) -> None:
    if not 0 <= rate < 100_000:
        raise PlugwatchError(f"{rate} is no hourly rate; write a number such as 90")


def _check_desk_subject(form: str) -> None:
    if form.count("{ticket}") != 1 or not form.isprintable() or len(form) > 60:
        raise PlugwatchError(
            "write how the help desk marks a ticket in a subject, with {ticket} for the number: [#{ticket}]"
        )


def _if_given(check: Callable[[str], object]) -> Callable[[str], object]:
    return lambda text: text and check(text)


def _check_colour(text: str) -> None:
    if not re.fullmatch("#[0-9a-fA-F]{6}", text):
        raise PlugwatchError(f"'{text}' is no colour; write it as #rrggbb, such as #0b57a4")


# What a type cannot say. Checked when the file is read, so that the error names the file.
_CHECKS: dict[str, Callable[[Any], object]] = {
    "agency.email": _check_email,
    "agency.timezone": check_timezone,
    "agency.hours": WorkingHours.parse,
    "agency.language": parse_language,
    "agency.hourly_rate": _check_rate,
    "sla.first_response": parse_duration,
    "sla.update_every": parse_duration,
    **{
        f"sla.{tier}.{key}": _if_given(check)
        for tier in ("shop", "lead", "info")
        for key, check in (
            ("hours", WorkingHours.parse),
            ("first_response", parse_duration),
            ("update_every", parse_duration),
        )
    },
    "messages.via": _one_of("", "smtp", "imap", "file"),
    "messages.copy_to": _check_email,
    "github.api_url": _check_page,
    "github.pause": _check_pause,
    "desk.address": _check_email,
    "desk.subject": _check_desk_subject,
    "inventory.stale_after": parse_duration,
    "report.accent": _check_colour,
    "report.language": _if_given(parse_language),
    "sync.remote": _check_remote,
    "sync.user": _check_git_user,
    "wordpress_org.forum_url": _check_page,
    "smtp.port": _check_port,
    "smtp.security": _one_of("starttls", "tls", "none"),
    "imap.port": _check_port,
    "imap.security": _one_of("tls", "starttls", "none"),
}


def _check_value(key: str, value: Any, source: str) -> None:
    check = _check_page if key.startswith("trac.") else _CHECKS.get(key)
    if check is None:
        return
    try:
        check(value)
    except PlugwatchError as error:
        raise ConfigError(f"{source}: '{key}': {error}") from error


def _unknown_key(name: str, known: Any, source: str) -> ConfigError:
    if name.endswith(("password", "token")):
        hint = "secrets come from the environment (names: 'plugwatch doctor')"
        return ConfigError(f"{source}: '{name}' does not belong here; {hint}")
    from difflib import get_close_matches  # only for a slip of the fingers

    near = get_close_matches(name, list(known), n=1, cutoff=0)
    return ConfigError(f"{source}: unknown key '{name}'; the nearest one is '{near[0]}'")
