"""A client's November for the tests of the monthly report. Not a test itself."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from plugwatch.model.client import Client
from plugwatch.model.component import Component
from plugwatch.model.hold import Hold
from plugwatch.model.incident import Call, Event, Impact
from plugwatch.model.messages.message import ClientBrief
from plugwatch.model.messages.names import Product
from plugwatch.model.messages.rules import Rules
from plugwatch.model.promise import Promise
from plugwatch.model.reports.client_facts import MonthFacts, Period, Runs
from plugwatch.model.reports.periods import month_bounds
from plugwatch.model.reports.records import Record, SiteFact, Told
from plugwatch.model.roads.privacy import PrivateWords
from plugwatch.model.roads.submission import Agency

ZONE = ZoneInfo("Europe/Berlin")
AGENCY = Agency("Fernhill Web", "dev@fernhill.example", "https://fernhill.example", "The Fernhill team")
SITES = (
    SiteFact("acme-shop", "acme", "shop", "https://www.acme.example/"),
    SiteFact("acme-blog", "acme", "info", "https://blog.acme.example"),
)
EFFECTS = {
    "en": "the contact form was not sending messages",
    "de": "das Kontaktformular hat keine Nachrichten verschickt",
}


def on(day: int, hour: float = 10, *, month: int = 11) -> datetime:
    """A moment of the year on the client's clock, in UTC as the ledger has it."""
    local = datetime(2026, month, day, tzinfo=ZONE) + timedelta(hours=hour)
    return local.astimezone(timezone.utc)


def record(number: int, began: datetime, hours: float | None = 2.0, **facts: Any) -> Record:
    """An incident that a client rang us about, over after so many hours; None: it goes on.

    ``site``, ``client`` and ``heard`` say who told us of what and how; everything else is a field of the record.
    """
    site, client = facts.pop("site", "acme-shop"), facts.pop("client", "acme")
    heard, words = facts.pop("heard", "phone"), facts.pop("words", "the form does not send")
    answered = began + timedelta(minutes=40)
    impacts = [Impact(site, client, "affected", None, "dana", began)]
    events = []
    promises = [Promise(client, began + timedelta(hours=1), began, answered, f"INC-{number}", f"p{number}")]
    if hours is None:
        promises.append(Promise(client, on(2, month=12), began, None, f"INC-{number}", f"q{number}"))
    else:
        over = began + timedelta(hours=hours)
        impacts.append(Impact(site, client, "resolved", None, "dana", over))
        events.append(Event(over, over, "dana", "status", "internal", "resolved"))
    known: dict[str, Any] = {
        "name": f"INC-{number}",
        "number": number,
        "title": f"Tidy Forms breaks, number {number}",
        "status": "identified" if hours is None else "resolved",
        "severity": "high",
        "trigger": "update",
        "opened_at": began,
        "component": "plugin/tidy-forms",
        "calls": (Call(site, client, "Maria", heard, words, None, began, began, "dana"),),
        "impacts": tuple(impacts),
        "events": tuple(events),
        "promises": tuple(promises),
        "told": (Told(client, "investigating", answered, False),),
    }
    return Record(**{**known, **facts})


def month_facts(*records: Record, language: str = "en", **facts: Any) -> MonthFacts:
    """What the ledger holds of Acme's November, looked at on 1 December; each incident has its effect in words."""
    now = facts.pop("now", on(1, 9, month=12))
    start, end = month_bounds("2026-11", ZONE)
    known: dict[str, Any] = {
        "client": Client("acme", "Acme Bakery", language=language),
        "language": language,
        "period": Period(start, end, now),
        "records": records,
        "sites": SITES,
        "runs": [Runs(site.slug, f"plugin/p{number}", "1.0", None) for site in SITES for number in range(14)],
        "lists": 41,
        "holds": [],
        "forks": [],
        "words": {(one.name, language, "effect"): EFFECTS[language] for one in records},
        "products": {"plugin/tidy-forms": "Tidy Forms"},
    }
    return MonthFacts(**{**known, **facts})


def held(versions: str = ">=1.2.4,<1.3", **facts: Any) -> Hold:
    """A hold of 3 November that stands."""
    return Hold("INC-1", Component("plugin", "tidy-forms"), versions, "breaks", None, on(3), "dana", id="h1", **facts)


def rules(language: str = "en") -> Rules:
    """What pages for Acme are held against: Northgate is another client, Tidy Forms what broke."""
    brief = ClientBrief(
        language=language,
        tone="formal",
        phase="closed",
        client="Acme Bakery",
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
        agency=AGENCY,
        sender="dana",
    )
    return Rules(
        brief=brief,
        now=on(1, 9, month=12),
        next_due=None,
        zone=ZONE,
        names_vendor=False,
        ours=(AGENCY.name, AGENCY.email, AGENCY.url, "Acme Bakery", "acme", "acme.example", "blog.acme.example"),
        products=(Product("Tidy Forms", "tidy-forms", "Tidyworks", None, (), True),),
        others=PrivateWords(names=("Northgate Dental",), addresses=("https://northgate.example",)),
    )
