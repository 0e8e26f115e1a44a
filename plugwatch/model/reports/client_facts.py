"""What a client's month is made of: the facts of the ledger, seen from this client's side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from plugwatch.model.client import Client
from plugwatch.model.hold import Hold
from plugwatch.model.incident import Impact
from plugwatch.model.life import MENDED, state_at
from plugwatch.model.reports.records import ForkFact, Record, SiteFact
from plugwatch.model.roads.markup import one_line

HIT = ("affected", *MENDED)


class Period(NamedTuple):
    """A month on the client's clock, from its first moment to that of the next one; ``now`` is when we look at it."""

    start: datetime
    end: datetime
    now: datetime

    @property
    def is_over(self) -> bool:
        """Whether nothing more can happen in it."""
        return self.end <= self.now

    def has(self, moment: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.start <= moment < self.end

    def meets(self, start: datetime, end: datetime | None) -> bool:
        """Whether a span of time, which may go on, touches it."""
        return start < self.end and (end is None or end >= self.start)


class Runs(NamedTuple):
    """A component that runs on a site of the client: its base version, and our build's where it is one of ours."""

    site: str
    component: str
    version: str | None
    build: str | None


@dataclass(frozen=True)
class MonthFacts:
    """What the ledger holds of a client in a month.

    ``words`` are ours for clients, by incident, language and field; ``products`` what components are called;
    ``looks`` when lists of their sites were made. ``lists`` is how many lists of what runs there were read.
    """

    client: Client
    language: str
    period: Period
    records: Sequence[Record]
    sites: Sequence[SiteFact]
    runs: Sequence[Runs]
    lists: int
    holds: Sequence[Hold]
    forks: Sequence[ForkFact]
    words: Mapping[tuple[str, str, str], str]
    products: Mapping[str, str]


def last_month(now: datetime) -> str:
    """The month before the one that a moment lies in, as ``2026-11``; the moment is on the client's clock."""
    return f"{now.date().replace(day=1) - timedelta(days=1):%Y-%m}"


def site_names(sites: Iterable[SiteFact]) -> dict[str, str]:
    """What the client calls each site: the host of its address, with the path where several share it, else its slug."""
    known = list(sites)
    hosts = {site.slug: _host(site) for site in known}
    shared = list(hosts.values())
    return {site.slug: _name(site, hosts[site.slug], shared.count(hosts[site.slug])) for site in known}


def _name(site: SiteFact, host: str, sharing: int) -> str:
    whole = host if sharing == 1 or not site.url else (host + urlsplit(site.url).path).rstrip("/")
    return one_line(whole)


def _host(site: SiteFact) -> str:
    host = urlsplit(site.url).hostname if site.url else None
    return host.removeprefix("www.") if host else site.slug


def part_of(record: Record, facts: MonthFacts) -> Record:
    """What of an incident is this client's; it began when it did for them."""
    slug = facts.client.slug
    calls = tuple(call for call in record.calls if call.client == slug)
    impacts = tuple(impact for impact in record.impacts if impact.client == slug)
    told = tuple(one for one in record.told if one.client == slug)
    began = min(
        [*(c.at for c in calls), *(i.at for i in impacts if i.state in HIT), *(one.at for one in told)],
        default=record.opened_at,
    )
    return replace(
        record,
        opened_at=began,
        calls=calls,
        impacts=impacts,
        told=told,
        promises=tuple(promise for promise in record.promises if promise.client == slug),
    )


def verdicts(part: Record) -> dict[str, Impact]:
    """The last verdict of each site."""
    return {impact.site: impact for impact in part.impacts}


def hit_sites(part: Record, now: datetime) -> dict[str, Impact]:
    """The sites that it hit; a site that was hit and then found not affected never was."""
    return {site: impact for site, impact in verdicts(part).items() if state_at(impact, now) in HIT}
