"""Where forks are shared: the address of a git repository, hostile until parsed.

Only transports that carry no command of their own are known, so ``ext::`` and its like are none, and nothing that
begins like an option is one. No address holds a secret: those come from the environment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from plugwatch.errors import InputError
from plugwatch.model.component import Component

DEFAULT_NAME = "origin"
FORMS = "https://HOST/PATH.git, ssh://USER@HOST/PATH.git, USER@HOST:PATH.git or the whole path of a folder"

_LONGEST = 2000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*|[0-9A-Fa-f:.]+")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
# git-clone(1), "GIT URLS": this form is meant where no slash stands before the first colon.
_SCP = re.compile(rf"(?:({_USER.pattern})@)?([A-Za-z0-9_][A-Za-z0-9_.-]*):(?!:|//)([^-@][^@]*)")
_FIELD = re.compile(r"[{}]")


@dataclass(frozen=True)
class GitRemote:
    """One repository elsewhere. ``host`` has the port where one is given; it is empty for a folder of this machine."""

    url: str
    protocol: str
    host: str

    def __str__(self) -> str:
        return self.url

    @property
    def origin(self) -> str:
        """What a login is good for: protocol, host and port."""
        return f"{self.protocol}://{self.host}"

    @property
    def keeps_secrets(self) -> bool:
        """Whether what is sent on the way there can be read by nobody else: HTTPS, or HTTP within this machine."""
        return self.protocol == "https" or (self.protocol == "http" and _is_loopback(self.host))


def is_remote_name(text: str) -> bool:
    """Whether the text can be the name of a remote that a fork remembers; addresses never are."""
    return bool(_NAME.fullmatch(text)) and ".." not in text and not text.endswith((".", ".lock"))


def parse_remote(text: str) -> GitRemote:
    """The repository at an address. Raises InputError, in one sentence that repeats no part that may be secret."""
    if len(text) > _LONGEST or not text.isprintable():
        raise InputError(f"the address of a repository is too long or cannot be printed; write {FORMS}")
    if text.startswith("/"):
        return GitRemote(text, "file", "")
    if "://" in text:
        return _parse_url(text)
    match = _SCP.fullmatch(text)
    if match is None:
        raise InputError(f"this is no address of a git repository; write {FORMS}", source=_shown(text))
    return GitRemote(text, "ssh", match[2])


def fill_template(template: str, component: Component) -> str:
    """The address for one component: ``{kind}`` and ``{slug}`` are put in, as a URL needs them where it is one."""
    slug = quote(component.slug, safe="._-") if "://" in template else component.slug
    return template.replace("{kind}", component.kind).replace("{slug}", slug)


def check_template(template: str) -> None:
    """Refuse what cannot be the address of every fork. Raises InputError."""
    address = fill_template(template, Component("plugin", "tidy-forms"))
    if _FIELD.search(address) or "{slug}" not in template:
        raise InputError(
            "each fork needs a repository of its own; write {slug} where the component's name belongs, such as "
            "https://git.example/agency/{kind}-{slug}.git"
        )
    parse_remote(address)


def _parse_url(text: str) -> GitRemote:
    protocol = text.partition("://")[0].lower()
    wanted = InputError(f"this is no address of a git repository; write {FORMS}", source=f"{protocol[:20]}://…")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise wanted from error
    if protocol == "file" and not parts.netloc and len(parts.path) > 1 and not parts.query and not parts.fragment:
        return GitRemote(text, "file", "")
    path_is_good = len(parts.path) > 1 and not parts.path.startswith("/-")
    if protocol not in ("https", "http", "ssh") or not _HOST.fullmatch(host) or not path_is_good:
        raise wanted
    if parts.password is not None or (protocol != "ssh" and "@" in parts.netloc) or parts.query or parts.fragment:
        raise InputError(
            "no user, password or token belongs into the address; set PLUGWATCH_GIT_TOKEN, and 'user' under [sync]",
            source=f"{protocol}://{host}…",
        )
    if parts.username is not None and not _USER.fullmatch(parts.username):
        raise wanted
    place = (f"[{host}]" if ":" in host else host) + (f":{port}" if port is not None else "")
    user = f"{parts.username}@" if parts.username else ""
    return GitRemote(f"{protocol}://{user}{place}{parts.path}", protocol, place)


def _is_loopback(host: str) -> bool:
    name = (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _shown(text: str) -> str:
    """As much of a text as is safe to repeat: what stands before an ``@`` may be a password."""
    return ("…@" + text.rpartition("@")[2] if "@" in text else text)[:80]
