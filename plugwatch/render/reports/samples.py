"""Invented months and an invented incident, in every combination that a template of a report can meet.

One page holds all combinations, so that each sentence of a language is read once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import product

from plugwatch.model.client import Client
from plugwatch.model.incident import SEVERITIES, Call, Event, Impact
from plugwatch.model.messages.message import ClientBrief
from plugwatch.model.reports.board import Board
from plugwatch.model.reports.client_facts import Period
from plugwatch.model.reports.client_happening import Happening
from plugwatch.model.reports.client_month import ClientMonth, Speed
from plugwatch.model.reports.client_prevented import Prevented
from plugwatch.model.reports.metrics import Share
from plugwatch.model.reports.records import ClientFact, Record
from plugwatch.model.reports.story import Story
from plugwatch.model.reports.survival import Quantile, Span
from plugwatch.model.today import Today
from plugwatch.render.samples import HOSTILE

ZONE = timezone.utc
NEXT = datetime(2026, 12, 3, 10, 15, tzinfo=ZONE)
_BEGAN = datetime(2026, 11, 3, 10, tzinfo=ZONE)
_NOVEMBER = (datetime(2026, 11, 1, tzinfo=ZONE), datetime(2026, 12, 1, tzinfo=ZONE))
_OVER = Period(*_NOVEMBER, datetime(2026, 12, 1, 9, tzinfo=ZONE))
_RUNNING = Period(*_NOVEMBER, datetime(2026, 11, 23, 9, tzinfo=ZONE))
_RESPONSES, _REPAIRS = (None, 0.0, 2400.0), (None, 7200.0, 200_000.0)
_SITES = ("blog.brightside.example", "brightside-bikes.example", "shop.brightside.example", "team.brightside.example")


def months(brief: ClientBrief) -> Iterator[tuple[str, ClientMonth]]:
    """Months of a client whose language, tone and words are those of a message's brief, each with a name."""
    every = list(_happenings(brief))
    yield "everything", _month(brief, every, _SITES, _OVER)
    yield "one thing", _month(brief, every[:1], _SITES[:1], _RUNNING)
    yield "nothing", _month(brief, [], _SITES, _OVER)
    yield "nothing yet", _month(brief, [], _SITES[:1], _RUNNING)
    attacks = [replace(one, effect=HOSTILE, words=HOSTILE, done=HOSTILE, sites=(HOSTILE,)) for one in every]
    yield "hostile", _month(brief, attacks, (HOSTILE,), _OVER)


def _happenings(brief: ClientBrief) -> Iterator[Happening]:
    """Whatever can be said of a thing, each at least once beside both kinds of what it does not depend on."""
    combinations = product(("", "mail"), (False, True), (False, True), range(3))
    for number, (heard, is_open, more, step) in enumerate(combinations):
        response, took = _RESPONSES[(number + step) % 3], _REPAIRS[step]
        yield Happening(
            incident="INC-1",
            severity="high",
            sites=_SITES[:2] if more else _SITES[:1],
            effect=None if heard and more else brief.effect,
            words=brief.words if heard else None,
            done=brief.done if more else None,
            heard=heard,
            began=_BEGAN,
            works_since=_BEGAN + timedelta(seconds=took) if took else None,
            response=Span(response, over=True) if heard and response is not None else None,
            took=Span(took, over=True) if took else None,
            is_open=is_open,
            came_back=more,
            was_told=True,
            next_due=NEXT if is_open else None,
        )


def _month(brief: ClientBrief, found: Sequence[Happening], sites: tuple[str, ...], period: Period) -> ClientMonth:
    few, many = (Span(60.0, over=True),), tuple(Span(float(hours * 3600), over=hours < 3) for hours in (1, 2, 3))
    middle = Quantile(7200.0, at_least=False)
    speed = [Speed(severity, 3, few, None, many, middle) for severity in SEVERITIES]
    kinds = [(what, number) for what in ("holds", "patches", "cleared") for number in (1, 3)]
    return ClientMonth(
        client=Client("brightside", brief.client, language=brief.language, tone=brief.tone),
        language=brief.language,
        period=period,
        happened=tuple(one for one in found if not one.is_open),
        under_way=tuple(one for one in found if one.is_open),
        speed=tuple(speed) if found else (),
        prevented=tuple(Prevented(what, number, sites[: number + 1]) for what, number in kinds) if found else (),
        promises=Share(1, len(found)) if found else Share(0, 0),
        sites=sites,
        components=len(sites) * 7 - 6,
        lists=len(sites),
    )


def story() -> Story:
    """An incident of which every word is an attack."""
    now = _RUNNING.now
    record = Record(
        name="INC-1",
        number=1,
        title=HOSTILE,
        status="identified",
        severity="high",
        trigger="update",
        opened_at=_BEGAN,
        component="plugin/tidy-forms",
        version=HOSTILE,
        vendor=HOSTILE,
        actual=HOSTILE,
        calls=(Call("shop", "brightside", HOSTILE, "mail", HOSTILE, None, _BEGAN, _BEGAN, "dana"),),
        impacts=(Impact("shop", "brightside", "affected", None, "dana", _BEGAN),),
        events=(Event(_BEGAN, now, "dana", "note", "internal", HOSTILE, 30),),
        links=(("INC-2", HOSTILE),),
    )
    clients = {"brightside": ClientFact("brightside", HOSTILE)}
    return Story.of(Board("", now, _BEGAN, (record,), clients, {}, {}, (), (), Today(now, None)), (), ())
