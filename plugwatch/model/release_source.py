"""Where a release comes from, as ``--from SOURCE`` says it.

A SOURCE is kept with the release and used again for the next one, so ``shown`` holds no secret, and nothing in it can
become an option or another transport of git, svn or ssh.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from plugwatch.errors import InputError

FORMS = (
    "a ZIP, a folder, a URL, 'wporg', 'git:URL@TAG', 'git:URL@TAG#FOLDER', 'svn:URL', 'composer:URL#VENDOR/PACKAGE' "
    "or 'site:SITE'"
)
WPORG = "wporg"
GIT_LOGIN, COMPOSER_LOGIN = "PLUGWATCH_GIT_AUTH", "PLUGWATCH_COMPOSER_AUTH"

_LONGEST = 2000
_GIT_SCHEMES = ("https", "http", "ssh", "file")
_SVN_SCHEMES = ("https", "http", "svn", "svn+ssh", "file")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://[^/?#]*")
_SCP = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.+-]*@)?[A-Za-z0-9_][A-Za-z0-9_.-]*:")
_HELPER = re.compile(r"[A-Za-z0-9+.-]+::")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*|[0-9A-Fa-f:.]+")
# A strict part of what git-check-ref-format(1) allows; a tag may hold '@' and '/' (pkg@1.2.3, release/1.2.3).
_REF = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9_.,+=@/%!-]*")
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*")
_RERELEASE = re.compile(r"\+r[0-9]+\Z")
_SITE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class FileSource:
    """A ZIP, a folder or a PHP file on this machine."""

    path: str

    @property
    def shown(self) -> str:
        """The path; it need not be UTF-8, a record must be."""
        return self.path.encode("utf-8", "replace").decode()


@dataclass(frozen=True)
class UrlSource:
    """A ZIP on the web; user, password and query of the URL may be a licence key."""

    url: str = field(repr=False)

    @property
    def shown(self) -> str:
        """The URL without them."""
        try:
            parts = urlsplit(self.url)
        except ValueError:
            return f"{self.url.partition('://')[0]}://…"
        return f"{parts.scheme}://{parts.hostname}{parts.path}"


@dataclass(frozen=True)
class DirectorySource:
    """The directory of WordPress.org."""

    shown: str = WPORG


@dataclass(frozen=True)
class GitSource:
    """A git repository: ``ref`` is a tag, branch or commit, ``folder`` the component's place in it ('' for the top).

    ``login`` is ``USER:PASSWORD`` of an HTTP address, which stands neither in ``url`` nor in a record.
    """

    url: str
    ref: str | None = None
    folder: str = ""
    login: str | None = field(default=None, repr=False, compare=False)

    @property
    def shown(self) -> str:
        """The source as it may be recorded."""
        ref, folder = f"@{self.ref}" if self.ref else "", f"#{self.folder}" if self.folder else ""
        return f"git:{self.url}{ref}{folder}"


@dataclass(frozen=True)
class SvnSource:
    """A Subversion URL: a tag's, a trunk's, or that of the folder with ``trunk`` and ``tags`` in it."""

    url: str
    login: str | None = field(default=None, repr=False, compare=False)

    @property
    def shown(self) -> str:
        """The source as it may be recorded."""
        return f"svn:{self.url}"


@dataclass(frozen=True)
class ComposerSource:
    """A package of a Composer repository (Satis, Private Packagist, a vendor's own)."""

    url: str
    package: str
    login: str | None = field(default=None, repr=False, compare=False)

    @property
    def shown(self) -> str:
        """The source as it may be recorded."""
        return f"composer:{self.url}#{self.package}"


@dataclass(frozen=True)
class SiteSource:
    """A site that runs the component."""

    site: str

    @property
    def shown(self) -> str:
        """The source as it may be recorded."""
        return f"site:{self.site}"


ReleaseSource: TypeAlias = (
    FileSource | UrlSource | DirectorySource | GitSource | SvnSource | ComposerSource | SiteSource
)


def parse_source(text: str) -> ReleaseSource:
    """The source that a SOURCE names. Raises InputError, in one sentence that repeats no secret."""
    if text.startswith(("https://", "http://")):
        return UrlSource(text)
    if text == WPORG:
        return DirectorySource()
    if text.startswith(("svn://", "svn+ssh://")):
        return _parse_svn(text)
    prefix, colon, rest = text.partition(":")
    if colon and prefix in _PARSERS:
        if len(text) > _LONGEST or not text.isprintable():
            raise InputError(f"it is too long or holds what cannot be printed; write {FORMS}", source=f"{prefix}:…")
        return _PARSERS[prefix](rest)
    return FileSource(text)


def login_variable(prefix: str, url: str) -> str:
    """Where a login for a host stands: ``PLUGWATCH_GIT_AUTH_GIT_VENDOR_EXAMPLE``; its value is ``USER:PASSWORD``."""
    return f"{prefix}_{re.sub('[^A-Z0-9]', '_', (urlsplit(url).hostname or '').upper())}"


def may_take_password(url: str) -> bool:
    """Whether nobody on the way can read what is sent to an address: it is encrypted, or this machine."""
    parts = urlsplit(url)
    try:
        here = parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
    except ValueError:
        here = False
    return parts.scheme == "https" or here


def for_version(source: ReleaseSource, old: str, new: str) -> ReleaseSource | None:
    """Where the release ``new`` should be, told by where ``old`` came from; None for a source of one release only.

    A tag that is a plain version is looked for again by the version, of any other (``release/1.2.3``) the end changes.
    """
    old = _RERELEASE.sub("", old)
    if isinstance(source, (DirectorySource, ComposerSource)):
        return source
    if isinstance(source, GitSource):
        return replace(source, ref=_renamed(source.ref or "", old, new))
    if isinstance(source, SvnSource):
        above, _slash, last = source.url.rpartition("/")
        renamed = _renamed(last, old, new)
        if renamed:
            return replace(source, url=f"{above}/{renamed}")
        plain = last == "trunk" or above.endswith("/tags")
        return replace(source, url=above.removesuffix("/tags")) if plain else source
    return None


def _renamed(name: str, old: str, new: str) -> str | None:
    """The name with its version changed; None where it is a plain version or does not end in the old one."""
    prefix = name.removesuffix(old)
    return prefix + new if old and prefix not in (name, "", "v", "V") else None


def _parse_git(rest: str) -> GitSource:
    place, sharp, folder = rest.rpartition("#") if "#" in rest else (rest, "", "")
    address, ref = _split_ref(place)
    url, login = _check_git_address(address)
    if ref is not None and (not _REF.fullmatch(ref) or ".." in ref or ref.endswith(("/", ".lock", "."))):
        raise InputError("what follows the '@' is no tag, branch or commit; write git:URL@TAG", source=f"git:{url}")
    folder = folder.strip("/")
    if (sharp and not folder) or any(part in ("", ".", "..") for part in (folder.split("/") if folder else ())):
        raise InputError("what follows the '#' is no folder; write git:URL@TAG#FOLDER", source=f"git:{url}")
    return GitSource(url, ref, folder, login)


def _split_ref(place: str) -> tuple[str, str | None]:
    """Address and ref: behind ``.git@``, else behind the first ``@`` that is no user's."""
    start = _SCHEME.match(place) or _SCP.match(place)
    begin = start.end() if start else 0
    at = place.find(".git@", begin)
    at = at + len(".git") if at >= 0 else place.find("@", begin)
    return (place, None) if at < 0 else (place[:at], place[at + 1 :])


def _check_git_address(address: str) -> tuple[str, str | None]:
    if _SCHEME.match(address):
        return _check_url(address, _GIT_SCHEMES, "git")
    if _HELPER.match(address) or address.startswith("-") or not address:
        raise InputError("this is no address of a repository; write git:https://HOST/PATH.git@TAG", source="git:…")
    return address, None


def _parse_svn(rest: str) -> SvnSource:
    url, login = _check_url(rest, _SVN_SCHEMES, "svn")
    return SvnSource(url.rstrip("/"), login)


def _parse_composer(rest: str) -> ComposerSource:
    address, _sharp, package = rest.rpartition("#")
    if not _PACKAGE.fullmatch(package):
        raise InputError("it does not name a package; write composer:https://HOST#VENDOR/PACKAGE", source="composer:…")
    url, login = _check_url(address, ("https", "http"), "composer")
    return ComposerSource(url.rstrip("/").removesuffix("/packages.json"), package.lower(), login)


def _parse_site(rest: str) -> SiteSource:
    if not _SITE.fullmatch(rest):
        raise InputError("this is no site; write site:SITE as in 'plugwatch site list'", source="site:…")
    return SiteSource(rest)


def _check_url(text: str, schemes: tuple[str, ...], prefix: str) -> tuple[str, str | None]:
    """The URL without the login of an HTTP address, and that login as ``USER:PASSWORD``."""
    wanted = InputError(f"its address cannot be used; write {prefix}:{schemes[0]}://HOST/PATH", source=f"{prefix}:…")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise wanted from error
    if parts.scheme not in schemes or parts.query or parts.fragment or any(c.isspace() for c in parts.netloc):
        raise wanted
    if parts.scheme == "file":
        if host not in ("", "localhost") or not parts.path.startswith("/"):
            raise wanted
        return f"file://{parts.path}", None
    if not _HOST.fullmatch(host) or (parts.username or "").startswith("-"):
        raise wanted
    shown = f"{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
    if parts.scheme not in ("https", "http"):
        if parts.password is not None:
            raise InputError("no password belongs into it: ssh logs in by key", source=f"{prefix}:{parts.scheme}://…")
        user = f"{parts.username}@" if parts.username else ""
        return f"{parts.scheme}://{user}{shown}{parts.path}", None
    login = None
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"{parts.scheme}://{shown}{parts.path}", login


_PARSERS: Mapping[str, Callable[[str], ReleaseSource]] = {
    "git": _parse_git,
    "svn": _parse_svn,
    "composer": _parse_composer,
    "site": _parse_site,
}
