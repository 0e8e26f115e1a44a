"""What plugwatch.toml may say, table by table, with the defaults for what it does not."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

# Named tuples and not dataclasses: every command reads settings, and a dataclass takes five times as long to make.

Table = TypeVar("Table", bound=type)


def _unshown(table: Table) -> Table:
    """Keep the values out of every message and log: an address may hold a password."""
    setattr(table, "__repr__", lambda _self: f"{table.__name__}(...)")  # noqa: B010 (no type checker likes the other way)
    return table


class AgencySettings(NamedTuple):
    """Who we are; ``email`` is the author of commits and mails, never the machine's git identity.

    ``language`` is that of clients who have none of their own. ``hourly_rate`` 0: what work costs is not shown.
    """

    name: str = ""
    email: str = ""
    url: str = ""
    signature: str = ""
    timezone: str = "UTC"
    hours: str = "Mon-Fri 9-18"
    language: str = "en"
    hourly_rate: float = 0.0
    currency: str = "EUR"


@_unshown
class DatabaseSettings(NamedTuple):
    """Where the ledger is: ``sqlite:///`` relative to the workspace, or ``postgresql://``."""

    url: str = "sqlite:///plugwatch.db"


@_unshown
class GitHubSettings(NamedTuple):
    """GitHub's API and the organization that forks go into; the token is in the environment.

    ``pause`` is the rest between two requests, in seconds, as GitHub asks for (four times as long before one that
    changes something); a GitHub of one's own needs none.
    """

    api_url: str = "https://api.github.com"
    organization: str = ""
    pause: float = 0.25


class SocialSettings(NamedTuple):
    """Where we post in public: the Mastodon server of whoever does."""

    mastodon: str = "https://mastodon.social"


class SmtpSettings(NamedTuple):
    """The mail server that sends; ``security`` is starttls, tls or none."""

    host: str = ""
    port: int = 587
    security: str = "starttls"
    user: str = ""


class ImapSettings(NamedTuple):
    """The mail server that keeps drafts; ``security`` is tls, starttls or none.

    ``drafts`` and ``sent`` are names of folders; empty: those that the server marks as such (RFC 6154).
    """

    host: str = ""
    port: int = 993
    security: str = "tls"
    user: str = ""
    drafts: str = ""
    sent: str = ""
    inbox: str = "INBOX"


class MessageSettings(NamedTuple):
    """How messages to clients leave: ``via`` smtp, imap (as drafts of a mailbox) or file; empty: smtp where it is set.

    ``copy_to`` is an address of ours that gets each message too, and so proves that it left. ``chat_names`` lets
    reminders in the chat name clients.
    """

    via: str = ""
    copy_to: str = ""
    chat_names: bool = False


class DeskSettings(NamedTuple):
    """The help desk's mail address, and how its tickets are named in a subject; ``{ticket}`` is the number."""

    address: str = ""
    subject: str = "[#{ticket}]"


@_unshown
class TracSettings(NamedTuple):
    """One Trac."""

    url: str = "https://plugins.trac.wordpress.org"


@_unshown
class WordPressOrgSettings(NamedTuple):
    """The services of WordPress.org; each can be pointed at a mirror."""

    api_url: str = "https://api.wordpress.org"
    downloads_url: str = "https://downloads.wordpress.org"
    svn_url: str = "https://plugins.svn.wordpress.org"
    forum_url: str = "https://wordpress.org/support"


class BuildSettings(NamedTuple):
    """``update_uri`` is where patched builds say that they get updates from; empty means ``false``, from nowhere.

    There the folder ``publish`` is served (relative to the workspace; empty: named each time).
    """

    update_uri: str = ""
    publish: str = ""


class VulnerabilitySettings(NamedTuple):
    """``feed`` is a vulnerability feed that somebody has downloaded: a file, relative to the workspace."""

    feed: str = ""


@_unshown
class SyncSettings(NamedTuple):
    """Where forks are shared: the address of each one's repository, and the user that the token is for.

    ``{kind}`` and ``{slug}`` in it are the component's; the password or token is in the environment.
    """

    remote: str = ""
    user: str = "git"


class TierSettings(NamedTuple):
    """What is promised for sites of one tier; empty: what holds for all."""

    hours: str = ""
    first_response: str = ""
    update_every: str = ""


class ReportSettings(NamedTuple):
    """How reports look: ``logo`` is a PNG, SVG, JPEG or WebP file, relative to the workspace, ``accent`` a colour.

    ``language`` is that of dates and numbers on the agency's own pages; empty: the agency's.
    """

    logo: str = ""
    accent: str = "#0b57a4"
    language: str = ""


class SlaSettings(NamedTuple):
    """Promised times, as ``15m``, ``1h`` or ``2d`` of working time; a tier's own go before those of all."""

    first_response: str = "15m"
    update_every: str = "1h"
    shop: TierSettings = TierSettings()
    lead: TierSettings = TierSettings()
    info: TierSettings = TierSettings()


class InventorySettings(NamedTuple):
    """How old a list of a site may be before what it says counts as unknown."""

    stale_after: str = "3d"


class Settings(NamedTuple):
    """Everything that plugwatch.toml may say, with the defaults for what it does not."""

    agency: AgencySettings = AgencySettings()
    database: DatabaseSettings = DatabaseSettings()
    github: GitHubSettings = GitHubSettings()
    smtp: SmtpSettings = SmtpSettings()
    imap: ImapSettings = ImapSettings()
    social: SocialSettings = SocialSettings()
    trac: Mapping[str, TracSettings] = MappingProxyType({"plugins": TracSettings()})
    wordpress_org: WordPressOrgSettings = WordPressOrgSettings()
    builds: BuildSettings = BuildSettings()
    vulnerabilities: VulnerabilitySettings = VulnerabilitySettings()
    sync: SyncSettings = SyncSettings()
    sla: SlaSettings = SlaSettings()
    messages: MessageSettings = MessageSettings()
    desk: DeskSettings = DeskSettings()
    inventory: InventorySettings = InventorySettings()
    report: ReportSettings = ReportSettings()
    rota: Mapping[str, Any] = MappingProxyType({})
