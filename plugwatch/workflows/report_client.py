"""A client's month: gathered from the ledger, written in the client's language, checked as every text to clients is.

Nothing is kept or sent: the page is made anew each time, from what is known then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any, Protocol

from plugwatch.errors import InputError, NotFoundError, PlugwatchError
from plugwatch.model.client import Client
from plugwatch.model.component import Component
from plugwatch.model.hold import Hold
from plugwatch.model.incident import Incident
from plugwatch.model.inventory import BY_HAND
from plugwatch.model.messages.message import ClientBrief
from plugwatch.model.messages.wording import Wording, say_by
from plugwatch.model.promise import Agreement
from plugwatch.model.reports.client_facts import MonthFacts, Period, Runs, last_month, part_of
from plugwatch.model.reports.client_happening import Happening, touches
from plugwatch.model.reports.client_month import ClientMonth
from plugwatch.model.reports.page_check import PageText, check_page, text_of_html, text_of_markdown
from plugwatch.model.reports.periods import month_bounds
from plugwatch.model.reports.records import Record, SiteFact
from plugwatch.model.roads.submission import Agency, Check, RenderedText
from plugwatch.model.site import Site
from plugwatch.workflows.brief import Part, Story
from plugwatch.workflows.rule_book import RuleBook, load_rules

_TEXT_OF = {"html": text_of_html, "md": text_of_markdown}
_FAR = timedelta(days=60)  # from so far away a language names the date, not "tomorrow": a page is read later


class Ledger(Protocol):
    """Where everything is kept."""

    def reading(self) -> AbstractContextManager[Any]: ...


class Pages(Protocol):
    """The templates and words for clients."""

    def render(self, month: ClientMonth, form: str, zone: tzinfo, said: Mapping[datetime, str]) -> RenderedText: ...

    def wording(self, language: str) -> Wording | None: ...

    def find_language(self, tag: str) -> str | None: ...


@dataclass(frozen=True)
class Tools:
    """What a page is made with; ``language`` is that of clients who have none."""

    pages: Pages
    agreement: Agreement
    agency: Agency
    language: str
    actor: str
    now: datetime


@dataclass(frozen=True)
class MonthReport:
    """A page as it would leave now; ``month`` is ``2026-11``. Without a ``view`` there are no texts in the language."""

    client: Client
    month: str
    language: str
    form: str
    text: RenderedText
    checks: tuple[Check, ...]
    view: ClientMonth | None
    advice: tuple[str, ...] = ()

    @property
    def blocked(self) -> bool:
        """Whether a person has to mend it first."""
        return any(not check.ok for check in self.checks)


@dataclass(frozen=True)
class _Gathered:
    """The facts, what they are held against, and the clients' words."""

    facts: MonthFacts
    rules: RuleBook
    zone: tzinfo


def report_month(ledger: Ledger, name: str, month: str | None, form: str, tools: Tools) -> MonthReport:
    """A client's month (``2026-11``, by default the last full one) as ``html`` or ``md``.

    Raises PlugwatchError where the client or the month is none, or the month has not begun.
    """
    with ledger.reading() as work:
        client = work.clients.resolve(name)
        if client.is_forgotten:
            raise PlugwatchError(f"'{client.slug}' was forgotten, so there is nothing left to tell")
        zone = tools.agreement.zone_of(client)
        now = tools.now.astimezone(zone)
        wanted = month or last_month(now)
        period = Period(*month_bounds(wanted, zone), now)
        if now < period.start:
            raise PlugwatchError(f"{wanted} has not begun; choose a month up to {now:%Y-%m} with --month")
        tag = client.language or tools.language
        language = tools.pages.find_language(tag)
        if language is None:
            missing = f"there are no texts in '{tag}': write templates/report/client/{tag}/month.{form}.j2"
            checks = (Check("language", False, missing),)
            return MonthReport(client, wanted, tag, form, RenderedText("", ""), checks, None)
        gathered = _gather(work, client, language, period, tools)
    view = ClientMonth.of(gathered.facts)
    if client.created_at and period.end <= client.created_at and view.is_quiet and not view.lists:
        since = client.created_at.astimezone(zone)
        reason = f"'{client.slug}' has been here since {since:%Y-%m} only, and nothing is known of {wanted}"
        raise PlugwatchError(f"{reason}; choose a later month with --month")
    report = MonthReport(client, wanted, language, form, RenderedText("", ""), (), view)
    return _write(report, gathered, tools)


def _write(report: MonthReport, gathered: _Gathered, tools: Tools) -> MonthReport:
    """The text and what stands between it and the client; a template that is wrong is what a check finds."""
    month = ClientMonth.of(gathered.facts)
    try:
        wording = tools.pages.wording(report.language)
        said = dict(_say(month.under_way, wording, gathered.zone))
        text = tools.pages.render(month, report.form, gathered.zone, said)
    except (InputError, NotFoundError) as error:
        return replace(report, checks=(Check("language", False, str(error)),))
    page = PageText(text.title, _TEXT_OF[report.form](text.body), tuple(one.words for one in month.all if one.words))
    rules = gathered.rules.rules(
        _part(gathered.facts), _brief(report, tools), next_due=None, zone=gathered.zone, now=tools.now
    )
    checks = check_page(page, rules, wording, [one.next_due for one in month.under_way])
    return replace(report, text=text, checks=checks, advice=tuple(_advice(month)))


def _say(found: Iterable[Happening], wording: Wording | None, zone: tzinfo) -> Iterator[tuple[datetime, str]]:
    """By when they hear from us, as the language writes a date."""
    for due in {one.next_due for one in found if one.next_due}:
        local = due.astimezone(zone)
        yield due, say_by(wording, local, local - _FAR) if wording else f"{local:%Y-%m-%d %H:%M}"


def _advice(month: ClientMonth) -> Iterator[str]:
    """What a person does about the blanks of a page."""
    for one in month.all:
        if not one.effect and not one.words:
            yield f'plugwatch incident set {one.incident} --say {month.language}:effect="…"'
        if one.is_open and one.next_due is None:
            yield f"plugwatch incident tell {one.incident} --client {month.client.slug} --next TIME"


def _gather(work: Any, client: Client, language: str, period: Period, tools: Tools) -> _Gathered:
    records: Sequence[Record] = work.history.records(since=period.start, now=tools.now)
    sites: Sequence[Site] = work.sites.list(client=client.slug)
    facts = MonthFacts(
        client=client,
        language=language,
        period=period,
        records=[record for record in records if _concerns(record, client.slug)],
        sites=[SiteFact(site.slug, site.client, site.tier, site.url) for site in sites],
        runs=[run for site in sites for run in _runs(work, site)],
        lists=sum(
            period.has(one.at) and one.format != BY_HAND for site in sites for one in work.imports.of_site(site.id)
        ),
        holds=_holds(work, records),
        forks=work.history.forks(),
        words={},
        products=_products(work) if client.names_vendor else {},
    )
    shown = [record for record in facts.records if touches(part_of(record, facts), facts)]
    words = {
        (record.name, *key): text
        for record in shown
        for key, text in work.incidents.words(work.incidents.get(record.name)).items()
    }
    rules = load_rules(work, _stand_in(records, period), tools.agency)
    return _Gathered(replace(facts, words=words), rules, tools.agreement.zone_of(client))


def _concerns(record: Record, client: str) -> bool:
    """Whether a client has any part in an incident, were it that a site of theirs was found not affected."""
    parts = (record.calls, record.impacts, record.told, record.promises)
    return any(one.client == client for part in parts for one in part)


def _runs(work: Any, site: Site) -> Iterator[Runs]:
    for component, one in work.installations.current(site.id).items():
        yield Runs(site.slug, str(component), one.base_version, one.build)


def _holds(work: Any, records: Iterable[Record]) -> list[Hold]:
    """Those that stand, however old, and those that were lifted since the month began."""
    found = {hold.id: hold for holds in work.holds.open().values() for hold in holds}
    found |= {hold.id: hold for record in records for hold in record.holds}
    return list(found.values())


def _products(work: Any) -> dict[str, str]:
    return {str(component): name or component.slug for component, name in work.components.names().items()}


def _stand_in(records: Iterable[Record], period: Period) -> Story:
    """One incident about everything that any of them is about: what a page must name least of all."""
    near = {name for record in records for name in (record.component, *record.with_components) if name}
    incident = Incident(
        id="",
        number=0,
        title="",
        status="closed",
        severity="low",
        trigger="unknown",
        component=None,
        version=None,
        opened_at=period.start,
        with_components=tuple(Component.parse(name) for name in sorted(near)),
    )
    return Story(incident, {}, words={}, written={}, moved=None, watched=False)


def _part(facts: MonthFacts) -> Part:
    """The client's own names may stand on the page, also those of whoever called."""
    calls = tuple(call for record in facts.records for call in record.calls if call.client == facts.client.slug)
    return Part(facts.client, calls, impacts=(), told=(), promises=(), sites=(), back=None)


def _brief(report: MonthReport, tools: Tools) -> ClientBrief:
    """What the checks want to know of a text: its language; the rest is a message's."""
    return ClientBrief(
        language=report.language,
        tone=report.client.tone or "formal",
        phase="closed",
        client=report.client.name,
        names=(),
        knows=True,
        first=False,
        thanks="",
        words=None,
        sites=(),
        effect=None,
        done=None,
        plan=None,
        care=None,
        next=None,
        missed=None,
        reopened=False,
        resolved_told=True,
        watched=False,
        question=None,
        ticket=None,
        agency=tools.agency,
        sender=tools.actor,
    )
