"""A WordPress install of a client, and what is installed on it over time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import check_slug, check_text, printable
from plugwatch.model.component import Component
from plugwatch.model.inventory import Installed

TIERS = ("shop", "lead", "info")

_URL = r"https?://(?P<host>\[[0-9A-Fa-f:.]+\]|\w[\w.-]*)(:\d{1,5})?([/?#]\S*)?"
_PHP = r"\d{1,2}(\.\d{1,3}){0,2}[A-Za-z0-9.+~-]*"
_WORDPRESS = r"\d{1,2}\.\d{1,2}(\.\d{1,2})?([-+][A-Za-z0-9.-]{1,30})?"


@dataclass(frozen=True)
class Site:
    """A WordPress install, or one site of a network.

    ``client`` is the client's slug, ``tier`` what the site is for (it sells, it brings enquiries, it informs),
    ``source`` the SPEC that its inventory is refreshed from, ``network_site`` the slug of the main site where this is
    one site of a network. The ledger gives ``id`` and ``created_at`` when it first keeps the site.
    """

    slug: str
    client: str
    url: str | None = None
    tier: str = "info"
    source: str | None = None
    network_site: str | None = None
    id: str = ""
    created_at: datetime | None = None

    def check(self) -> None:
        """Raise PlugwatchError, in one sentence, for the first value that cannot be kept."""
        check_slug(self.slug, "site")
        check_slug(self.client, "client")
        if self.url is not None:
            parse_url(self.url)
        if self.tier not in TIERS:
            raise PlugwatchError(f"'{printable(self.tier)}' is not a tier; write one of {', '.join(TIERS)}")
        if self.source is not None:
            check_text("a site's source", self.source, limit=2000)
        if self.network_site == self.slug:
            raise PlugwatchError(f"the site '{self.slug}' cannot be a part of itself; --network names the main site")


def same_site(one: str, other: str) -> bool:
    """Whether two addresses are those of one site; scheme, ``www.``, letter case and a last ``/`` do not count."""
    return _bare(one) == _bare(other)


def _bare(url: str) -> str:
    return url.strip().rpartition("://")[2].casefold().removeprefix("www.").rstrip("/")


def check_wordpress_version(text: str) -> str:
    """The version of a WordPress as a person tells it. Raises PlugwatchError for what is none."""
    if not re.fullmatch(_WORDPRESS, text, re.ASCII):
        raise PlugwatchError(f"'{printable(text)}' is not a WordPress version; write 6.9 or 6.9.1")
    return text


def check_php_version(text: str) -> str:
    """The version of PHP as a person tells it. Raises PlugwatchError for what is none."""
    if not re.fullmatch(_PHP, text, re.ASCII):
        raise PlugwatchError(f"'{printable(text)}' is not a PHP version; write 8.2 or 8.2.12")
    return text


def parse_url(text: str) -> str:
    """The address of a site, with ``https://`` where no scheme is given.

    Raises PlugwatchError for other schemes, for what is no address, and for one that holds a password, since the
    ledger keeps no secrets.
    """
    url = text.strip() if "://" in text else f"https://{text.strip()}"
    check_text("a site's URL", url, limit=2000)
    if re.match(r"[a-z]+://[^/?#]*@", url, re.IGNORECASE):
        raise PlugwatchError("a site's URL must not hold a user name or a password; write https://HOST/PATH")
    if not re.fullmatch(_URL, url, re.IGNORECASE):
        raise PlugwatchError(f"'{printable(text)}' is not the address of a site; write https://HOST/PATH")
    return url


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation(Installed):
    """A component in one version and status on one site, from ``first_seen`` until ``closed_at`` (None: still there).

    ``build`` is the version where it is a build of ours, else None; ``base_version`` is the vendor's version that all
    comparisons with releases and feeds use. ``last_seen`` is the time of the newest list that showed it.
    """

    base_version: str | None
    build: str | None
    first_seen: datetime
    last_seen: datetime
    closed_at: datetime | None


class InstallationChange(NamedTuple):
    """What happened to a component on a site at one time: ``before`` is None where it came, ``after`` where it went."""

    at: datetime
    component: Component
    before: Installation | None
    after: Installation | None


class InstalledOn(NamedTuple):
    """Where a component is installed now: the site's and the client's slug, and what runs there.

    ``sign`` tells of a code that is not the vendor's release (see :mod:`plugwatch.model.signs`).
    """

    site: str
    client: str
    tier: str
    version: str | None
    base_version: str | None
    status: str
    build: str | None
    last_seen: datetime
    sign: str | None = None


class Nameless(NamedTuple):
    """What a site's newest list shows by display name only, and since when; its slug is not known."""

    site: str
    kind: str
    name: str
    version: str | None
    status: str
    first_seen: datetime


class Import(NamedTuple):
    """The record of one import: when the list was made (``at``), when it was read, what it said and who read it in.

    ``partial`` means that the list was not complete, so nothing was closed for being absent; ``complete_kinds`` are the
    kinds of which it named all.
    """

    at: datetime
    recorded_at: datetime
    format: str
    source_name: str
    partial: bool
    added: int
    changed: int
    removed: int
    unchanged: int
    unparsed: int
    actor: str
    id: str = ""
    complete_kinds: frozenset[str] = frozenset()
