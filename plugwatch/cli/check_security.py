"""What ``plugwatch check`` hears of security: a feed on this machine, changelogs of the forks, the directory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugwatch.cli.context import App
from plugwatch.errors import ForkError, UnknownError
from plugwatch.forks.fork import Fork
from plugwatch.forks.overview import Overview
from plugwatch.model.component import Component
from plugwatch.model.fork import Plan, Release, release_order
from plugwatch.model.patches.stepping import by_client
from plugwatch.model.security.concerns import say_concern
from plugwatch.model.security.marks import SecurityMark
from plugwatch.model.security.signs import changelog_marks, closed_mark, is_changelog
from plugwatch.model.security.vulnerability import wanted_by
from plugwatch.model.version import clean, sort_key
from plugwatch.upstream.vulnerability_feed import Feed, read_feed
from plugwatch.workflows.check import Alarm
from plugwatch.workflows.security import Seen, concerns, keep_marks

if TYPE_CHECKING:
    from plugwatch.workflows.check import Forecast, Offer

_OLD = timedelta(days=7)
_MOST_RELEASES = 20
_MOST_OF_A_FILE = 400_000


@dataclass(frozen=True)
class Heard:
    """The feed as it was read, what of it could not be, and whether there is one at all."""

    feed: Feed | None = None
    unread: tuple[str, ...] = ()
    named: bool = False


def hear(app: App, views: Sequence[Overview], offers: Iterable[Offer], given: Path | None) -> Heard:
    """Ask all sources for signs, and keep those that concern us. A feed that cannot be read is told."""
    heard = _hear_feed(app, views, given)
    feed = heard.feed
    seen = Seen(
        feed=feed.marks if feed else None,
        feed_is_whole=bool(feed and not feed.broken),
        changelogs=_changelogs(app, views),
        closed=_closed(offers),
    )
    with app.ledger.unit_of_work() as work:
        keep_marks(work, seen, views, now=app.now)
    return heard


def alarms(app: App, views: Sequence[Overview], forecasts: Iterable[Forecast]) -> list[Alarm]:
    """What the marks that are kept mean for sites and forks as they are now."""
    plans: dict[Component, Plan] = {row.component: row.plan for row in forecasts if row.plan}
    with app.ledger.reading() as work:
        found = concerns(work, views, plans)
        names = client_names(work)
    return [Alarm(one, say_concern(one, names), one.needs_person) for one in found]


def client_names(work: Any) -> dict[str, str]:
    """The clients' names by their slugs."""
    return {client.slug: client.name for client in work.clients.list()}


def say_feed(app: App, heard: Heard) -> str | None:
    """A remark about the feed: how old it is, what of it was not understood."""
    feed = heard.feed
    if feed is None:
        return None
    age = app.now - feed.made_at
    parts = [f"it is {age.days} days old; download it again"] * (age > _OLD)
    parts += [f"{feed.bad} of its {feed.records} records were not understood"] * (feed.bad > 0)
    return f"the vulnerability feed {feed.path.name}: {'; '.join(parts)}" if parts else None


def alarm_document(alarm: Alarm, names: Mapping[str, str]) -> dict[str, Any]:
    """An alarm as JSON shows it."""
    one = alarm.concern
    return {
        "component": str(one.component),
        "proof": one.is_proof,
        "fixed_in": one.fixed_in,
        "forked": one.fork is not None,
        "base": one.base,
        "sites": [site.site for site in one.sites],
        "clients": [{"name": name, "sites": number} for name, number in by_client(one.sites, names)],
        "needs_person": alarm.needs_person,
        "summary": alarm.sentence,
        "marks": [_mark_document(mark) for mark in one.marks],
    }


def feed_document(app: App, heard: Heard) -> dict[str, Any] | None:
    """The feed as JSON shows it; None where none was read."""
    feed = heard.feed
    if feed is None:
        return None
    return {
        "file": str(feed.path),
        "made_at": feed.made_at.astimezone(app.zone).isoformat(),
        "records": feed.records,
        "bad": feed.bad,
        "whole": feed.broken is None,
        "note": say_feed(app, heard),
    }


def _mark_document(mark: SecurityMark) -> dict[str, Any]:
    keys = ("sign", "key", "title", "affected", "fixed_in", "url", "attribution")
    return {key: getattr(mark, key) for key in keys}


def _hear_feed(app: App, views: Sequence[Overview], given: Path | None) -> Heard:
    named = app.settings.vulnerabilities.feed
    path = given or (app.workspace / named if named else None)
    if path is None:
        return Heard()
    with app.ledger.reading() as work:
        components = {*work.components.names(), *(view.component for view in views)}
    try:
        feed = read_feed(path, wanted_by(components))
    except UnknownError as error:
        return Heard(unread=(str(error),), named=True)
    broken = (f"the vulnerability feed {path} was read up to record {feed.records} only: {feed.broken}",)
    unusable = (f"the vulnerability feed {path.name}: {reason}; read it there" for reason in feed.unusable)
    return Heard(feed, (*(broken if feed.broken else ()), *unusable), named=True)


def _closed(offers: Iterable[Offer]) -> dict[Component, list[SecurityMark]]:
    return {
        offer.component: [mark] if (mark := closed_mark(offer.component, offer.entry)) else []
        for offer in offers
        if offer.entry
    }


def _changelogs(app: App, views: Sequence[Overview]) -> dict[Component, list[SecurityMark]]:
    """What the releases after the oldest one in use say of themselves; a fork that cannot be read says it elsewhere."""
    found: dict[Component, list[SecurityMark]] = {}
    for view in views:
        with app.ledger.reading() as work:
            running = [row.base_version for row in work.installations.where(view.component)]
        bases = [one for one in (*running, *view.stacks) if one and clean(one)]
        fork = app.forks.open(view.component)
        if fork is None or not view.newest:
            continue
        after = min(bases, key=sort_key, default=view.newest)
        later = [one for one in view.releases if release_order(one.version)[0] > sort_key(after)]
        try:
            found[view.component] = _said_by(fork, later[-_MOST_RELEASES:], after)
        except ForkError:
            continue
    return found


def _said_by(fork: Fork, releases: Sequence[Release], after: str) -> list[SecurityMark]:
    """The marks of all these releases' changelogs; what an older one says of a version is not said again."""
    marks: dict[str, SecurityMark] = {}
    for release in releases:
        tree = fork.git.tree(release.tree)
        paths = [path for path in tree if is_changelog(path)]
        texts = {
            path: content[:_MOST_OF_A_FILE].decode("utf-8", "replace")
            for path, content in zip(paths, fork.git.stream(tree[path].blob for path in paths), strict=True)
        }
        for mark in changelog_marks(fork.component, texts, after=after, to=release.version):
            marks.setdefault(mark.key, mark)
    return list(marks.values())
