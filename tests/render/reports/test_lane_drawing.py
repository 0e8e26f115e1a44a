"""The swim-lane as SVG: what it shows, and that nobody's words break out of it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from xml.etree import ElementTree

import pytest

from plugwatch.model.incident import Call
from plugwatch.model.promise import Promise
from plugwatch.model.reports.lanes import Waits, lanes
from plugwatch.model.reports.records import Move, Record, Told, Upstream
from plugwatch.render.reports.lane_drawing import draw_lanes
from plugwatch.render.reports.reader import Reader

NOW = datetime(2026, 11, 23, 8, tzinfo=timezone.utc)
BEGAN = NOW - timedelta(days=3)
READER = Reader("en", timezone.utc, NOW)
ATTACK = "</title></svg><script>hit()</script> ' \" ]]> &amp;"


def record(words: str = "it broke", client: str = "acme") -> Record:
    later = BEGAN + timedelta(minutes=30)
    call = Call("acme-shop", client, "Maria", "mail", words, None, BEGAN, BEGAN, "ana")
    sent = Upstream(
        "SUB-1",
        "forum",
        "plugin/tidy",
        "confirmed",
        "It breaks",
        sent_at=later,
        moves=(Move("confirmed", NOW - timedelta(days=1), True),),
    )
    return Record(
        *("INC-1", 1, "It breaks", "identified", "high", "update", BEGAN),
        component="plugin/tidy",
        calls=(call,),
        told=(Told(client, "identified", later, asks=False),),
        promises=(Promise(client, later + timedelta(hours=1), later), Promise(client, later, BEGAN, later)),
        upstream=(sent,),
    )


def draw(one: Record) -> ElementTree.Element:
    return ElementTree.fromstring(draw_lanes(lanes(one, NOW, Waits.of(one, NOW)), READER))


def titles(svg: ElementTree.Element, kind: str) -> list[str]:
    return ["".join(one.itertext()) for one in svg.iter("title") if kind in "".join(one.itertext())]


def test_each_thing_that_happened_has_its_words_in_its_lane():
    svg = draw(record())
    rows = {group.get("class"): group for group in svg.iter("g") if group.get("class") in ("client", "us", "vendor")}

    assert list(rows) == ["client", "us", "vendor"]
    assert titles(rows["client"], "acme told us by mail: it broke")
    assert titles(rows["us"], "acme was told: identified")
    assert titles(rows["vendor"], "SUB-1 sent by forum")
    assert titles(rows["vendor"], "SUB-1: confirmed")


def test_silence_and_promises_are_drawn():
    svg = draw(record())

    assert titles(svg, "acme heard nothing for at least 2 days 23 hr")
    assert [one.get("class") for one in svg.iter("g") if (one.get("class") or "").startswith("flag")] == [
        "flag overdue",
        "flag kept",
    ]
    assert titles(svg, "now: ")


@pytest.mark.parametrize("field", ["words", "client"])
def test_nobodys_words_break_out_of_it(field: str):
    svg = draw(record(**{field: ATTACK}))

    assert not list(svg.iter("script"))
    assert not [name for one in svg.iter() for name in one.attrib if name.startswith("on") or name == "style"]
    assert any("<script>hit()" in title for title in titles(svg, "</svg>"))


def test_one_thing_alone_is_a_picture_too():
    one = Record("INC-1", 1, "It breaks", "closed", "low", "unknown", BEGAN)

    svg = draw(one)

    assert svg.tag == "svg"
    assert len([text for text in svg.iter("text") if "20 Nov 2026" in (text.text or "")]) >= 1
