"""Which channel serves a submission: what this machine has secrets for; on all other roads a person posts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from plugwatch.cli.context import App
from plugwatch.config import github_token
from plugwatch.errors import EXIT_PERSON, PlugwatchError
from plugwatch.model.client import Contact, is_email
from plugwatch.model.roads.posting import Channel
from plugwatch.model.roads.road import find_road
from plugwatch.model.roads.submitted import Submission
from plugwatch.model.roads.watch import Watch
from plugwatch.workflows.submissions import is_secret

if TYPE_CHECKING:
    from plugwatch.channels.github_api import GitHubApi


class SecretError(PlugwatchError):
    """What may be seen by nobody was to go to a public place."""

    exit_code = EXIT_PERSON


def find_channel(app: App, submission: Submission) -> Channel | None:
    """The channel by which a submission can leave; None where a person posts it.

    Raises SecretError where it has become a matter of security since, also while the text was on its way, ConfigError
    for a configuration that cannot work.
    """
    _refuse_secret(app, submission)
    find = _CHANNELS.get(submission.channel)
    return find(app, submission) if find and submission.target else None


def _refuse_secret(app: App, submission: Submission) -> None:
    if submission.incident is None or not find_road(submission.channel).public:
        return
    with app.ledger.reading() as work:
        secret = is_secret(work, work.incidents.get(submission.incident))
    if secret:
        raise SecretError(
            f"{submission.incident} is marked security and {submission.channel} is public, so nothing more is sent of "
            f"{submission.name}; look whether it arrived, and say 'plugwatch submission mark {submission.name} "
            "withdrawn'"
        )


def watch_of(app: App, url: str) -> Watch | None:
    """A new watch on what lies at a URL; None where no tracker of ours can read it."""
    from plugwatch.cli.watching import begin_watch

    return begin_watch(app, url)


def _pull(app: App, submission: Submission) -> Channel | None:
    if github_token() is None:
        return None
    from plugwatch.channels.github_pr import PullRequests
    from plugwatch.cli.offering import push

    at = app.settings.github
    return PullRequests(
        _github(app), lambda url, branch: push(app, submission, url, branch), organization=at.organization
    )


def _issue(app: App, _submission: Submission) -> Channel | None:
    if github_token() is None:
        return None
    from plugwatch.channels.github_issue import Issues

    return Issues(_github(app))


def _github(app: App) -> GitHubApi:
    from plugwatch.channels.github_api import GitHubApi

    at = app.settings.github
    return GitHubApi(at.api_url, pause=at.pause, write_pause=4 * at.pause)


def _trac(app: App, submission: Submission) -> Channel | None:
    """Only a Trac of plugwatch.toml gets the password, whatever address somebody has set for a vendor."""
    from plugwatch.config import trac_login

    login, target = trac_login(), (submission.target or "").rstrip("/")
    base = next((trac.url for trac in app.settings.trac.values() if trac.url.rstrip("/") == target), None)
    if login is None or base is None:
        return None
    from plugwatch.channels.trac_client import TracLogin
    from plugwatch.channels.trac_road import TracRoad

    return TracRoad(base, TracLogin(*login), component=submission.component.slug)


def _mail(app: App, submission: Submission) -> Channel | None:
    """By the mail server or as a draft of the mailbox, as messages to clients; our copy there proves that it left."""
    settings = app.settings
    via = settings.messages.via or ("smtp" if settings.smtp.host else "")
    if via not in ("smtp", "imap") or not is_email(submission.target or ""):
        return None
    from plugwatch.channels.email import MailRoad
    from plugwatch.cli.matters import read_told
    from plugwatch.cli.telling import mailbox, smtp_road

    known = read_told(app, submission)
    return MailRoad(
        Contact(settings.agency.email, settings.agency.name),
        smtp=smtp_road(app) if via == "smtp" else None,
        mailbox=mailbox(app) if settings.imap.host else None,
        patch_as=known.patch_as,
    )


def _chat(_app: App, submission: Submission) -> Channel | None:
    from plugwatch.channels.chat_road import ChatRoad, read_rooms
    from plugwatch.config import vendor_chat_rooms

    rooms = read_rooms(vendor_chat_rooms())
    return ChatRoad(rooms) if (submission.target or "").lower() in rooms else None


_CHANNELS: Mapping[str, Callable[[App, Submission], Channel | None]] = {
    "github-pr": _pull,
    "github-issue": _issue,
    "trac": _trac,
    "email": _mail,
    "ticket": _mail,
    "security": _mail,
    "chat": _chat,
}
