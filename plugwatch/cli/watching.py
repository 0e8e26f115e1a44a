"""Which tracker reads what: the watches on submissions, wired to what can ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from plugwatch.cli.context import App
from plugwatch.errors import ConfigError, PlugwatchError
from plugwatch.ledger.database import UnitOfWork
from plugwatch.model.client import is_email
from plugwatch.model.roads.submitted import Submission
from plugwatch.model.roads.trackers import Bases, Tracked, tracker_of
from plugwatch.model.roads.watch import Tracker, Watch
from plugwatch.model.roads.watching import begin
from plugwatch.workflows.watch import Trackers

# Roads that may go by mail, whose answers lie in our own mailbox.
_BY_MAIL = ("email", "ticket", "security")
_MAIL = "mail"


def find_tracker(app: App, url: str) -> Tracked | None:
    """Which tracker an address is of; None for what is no address of the web."""
    settings = app.settings
    tracs = tuple(trac.url for trac in settings.trac.values())
    return tracker_of(url, Bases(settings.github.api_url, tracs, settings.wordpress_org.forum_url))


def begin_watch(app: App, url: str) -> Watch | None:
    """A new watch on what lies at an address; None where no tracker of ours can read it."""
    found = find_tracker(app, url)
    return None if found is None or found.tracker == "none" else begin(found.url, found.tracker, now=app.now)


def watch_mail(app: App, work: UnitOfWork, submissions: Sequence[Submission]) -> list[str]:
    """Begin to look for answers to what went by mail, where we have a mailbox; the names of those.

    A mail has no address at the vendor's, so nobody began a watch when it left.
    """
    begun: list[str] = []
    if not app.settings.imap.host:
        return begun
    from plugwatch.channels.imap_answers import write_mid

    for one in submissions:
        first = next((post.mail_id for post in one.posts if post.mail_id and post.sent_at), None)
        if first and one.watch is None and one.channel in _BY_MAIL and is_email(one.target or ""):
            work.submissions.set_watch(one, begin(write_mid(first), _MAIL, now=app.now))
            begun.append(one.name)
    return begun


def watch_forum(app: App, submissions: Sequence[Submission]) -> list[str]:
    """Look for the topics that a person has posted without saying where; a sentence for each that is not known."""
    lost = [one for one in submissions if one.channel == "forum" and one.sent_at and not one.remote_url]
    if not lost:
        return []
    from plugwatch.upstream.forum_watch import ForumWatch

    forum, unknown = ForumWatch(app.settings.wordpress_org.forum_url), []
    for one in lost:
        component, since = one.component, one.sent_at or app.now
        if component.kind not in ("plugin", "theme"):
            continue
        try:
            url = forum.find_topic(component.kind, component.slug, one.title, since)
        except PlugwatchError as error:
            unknown.append(f"{one.name}: {error}")
            continue
        watch = begin_watch(app, url) if url else None
        if watch:
            with app.ledger.unit_of_work() as work:
                now = work.submissions.get(one.name)
                work.submissions.update(replace(now, remote_url=watch.url))
                work.submissions.set_watch(now, watch)
    return unknown


def trackers(app: App) -> Trackers:
    """The tracker of a name; each is made when it is first asked for. Raises ConfigError for one that is not there."""
    made: dict[str, Tracker] = {}

    def find(name: str) -> Tracker:
        if name not in _MAKERS:
            raise ConfigError(f"no tracker is called '{name}'; say how it stands with 'plugwatch submission mark'")
        if name not in made:
            made[name] = _MAKERS[name](app)
        return made[name]

    return find


def _github(app: App) -> Tracker:
    from plugwatch.upstream.github_watch import GitHubTracker

    settings = app.settings.github
    return GitHubTracker(settings.api_url, pause=settings.pause)


def _trac(app: App) -> Tracker:  # noqa: ARG001 - every maker is given the run
    from plugwatch.config import trac_login
    from plugwatch.upstream.trac_watch import TracTracker

    login = trac_login()
    return TracTracker(login[0] if login else "")


def _forum(app: App) -> Tracker:
    from plugwatch.upstream.forum_watch import ForumWatch

    return ForumWatch(app.settings.wordpress_org.forum_url)


def _mail(app: App) -> Tracker:
    from plugwatch.channels.imap_answers import ImapAnswers
    from plugwatch.cli.telling import imap_server

    if not app.settings.imap.host:
        raise ConfigError("answers by mail cannot be looked for: write the mailbox into plugwatch.toml, [imap] host")
    return ImapAnswers(imap_server(app), [app.settings.agency.email, app.settings.imap.user])


_MAKERS: Mapping[str, Callable[[App], Tracker]] = {
    "github-pull": _github,
    "github-issue": _github,
    "trac": _trac,
    "forum": _forum,
    "mail": _mail,
}
