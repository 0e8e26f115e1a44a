from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.today import BadFeedback, Due, Finding, OnCall, SilentVendor, Today, Turn, Undelivered
from plugwatch.render.folding import cells
from plugwatch.render.today import today_lines

NOW = datetime(2026, 11, 24, 9, 39, tzinfo=ZoneInfo("Europe/Berlin"))  # a Tuesday
MINUTE = timedelta(minutes=1)


def _due(incident: str, client: str, due: datetime, what: str, assignee: str | None = "ana") -> Due:
    return Due(f"{incident}-{client}", incident, client.lower(), client, due, what, "high", assignee)


def _turn(incident: str, turn: str, why: str, assignee: str | None = None, **sites: int) -> Turn:
    return Turn(incident, "it breaks", turn, why, "high", "identified", assignee, NOW, **sites)


MORNING = Today(
    now=NOW,
    on_call=OnCall("ana", date(2026, 11, 29), "ben"),
    due=[
        _due("INC-40", "Acme", NOW - timedelta(days=4, minutes=9), "monitoring update", None),
        _due("INC-42", "Corvid", NOW - 9 * MINUTE, "identified update"),
        _due("INC-42", "Bolt", NOW + 12 * MINUTE, "first message"),
    ],
    turns=[
        _turn(
            "INC-42", "us", "Corvid should have heard from us by 9:30 (9 min ago)", in_triage=1, run_out=1, hit_next=2
        ),
        _turn("INC-44", "us", "the vendor wants SUB-4 changed", "ben"),
        _turn("INC-45", "client", "Elm was asked yesterday 17:02", "ben"),
        _turn("INC-31", "vendor", "SUB-7 sent 41 days ago, no client waits"),
    ],
    undelivered=[
        Undelivered("INC-42", "bolt", "Bolt", "jo@bolt.example", "refused", "550 no such user", NOW, None),
        Undelivered("INC-40", "elm", "Elm", "it@elm.example", "unknown", None, NOW, None),
    ],
    feedback=[BadFeedback("INC-29", "gorse", "Gorse", "nobody called back", NOW - timedelta(days=5), None)],
    silent=[SilentVendor("SUB-7", "INC-31", "plugin/booking", "sent", NOW - timedelta(days=41), None, 3)],
    findings=[
        Finding("lost-patch", "shop", "shop: plugin/booking went from our build 2.0.0.0-p1 to 2.1"),
        Finding("release", "plugin/booking", "plugin/booking 2.1 is out: 1 carried"),
    ],
    checked_at=NOW - timedelta(hours=3),
)

WIDE = """\
On call: ana (until Sun 29 Nov), then ben
DUE          ! Acme    INC-40  Fri 9:30   –    monitoring update
             ! Corvid  INC-42  9 min ago  ana  identified update
               Bolt    INC-42  in 12 min  ana  first message
TURN: US     INC-44  high  ben  the vendor wants SUB-4 changed
TURN: CLIENT INC-45  high  ben  Elm was asked yesterday 17:02
TURN: VENDOR INC-31  high  –  SUB-7 sent 41 days ago, no client waits
SILENT       SUB-7  plugin/booking (INC-31): sent, 41 days silent; step 3: take
                    another road
NOT SENT     INC-42  Bolt: jo@bolt.example refused “550 no such user”
             INC-40  Elm: it@elm.example not known whether it arrived
TO LOOK AT   INC-42  1 site in triage, 1 verdict ran out, 2 sites will be hit
                     next
ANSWERS      Gorse found INC-29 badly handled: “nobody called back” (Thu 9:39)
FROM CHECK   shop: plugin/booking went from our build 2.0.0.0-p1 to 2.1
             plugin/booking 2.1 is out: 1 carried
             looked 3 h ago
"""

NARROW = """\
On call: ana (until Sun 29 Nov), then ben
DUE          ! Acme    INC-40  Fri 9:30   –
               monitoring update
             ! Corvid  INC-42  9 min ago  ana
               identified update
               Bolt    INC-42  in 12 min  ana  first message
TURN: US     INC-44  high  ben  the vendor wants SUB-4
                                changed
TURN: CLIENT INC-45  high  ben  Elm was asked yesterday
                                17:02
TURN: VENDOR INC-31  high  –  SUB-7 sent 41 days ago, no
                              client waits
SILENT       SUB-7  plugin/booking (INC-31): sent, 41 days
                    silent; step 3: take another road
NOT SENT     INC-42  Bolt: jo@bolt.example refused “550 no
                     such user”
             INC-40  Elm: it@elm.example not known whether
                     it arrived
TO LOOK AT   INC-42  1 site in triage, 1 verdict ran out, 2
                     sites will be hit next
ANSWERS      Gorse found INC-29 badly handled: “nobody
             called back” (Thu 9:39)
FROM CHECK   shop: plugin/booking went from our build
             2.0.0.0-p1 to 2.1
             plugin/booking 2.1 is out: 1 carried
             looked 3 h ago
"""


def _shown(today: Today, width: int) -> str:
    return "".join(f"{line}\n" for line in today_lines(today, width=width))


def test_a_morning_on_eighty_columns():
    assert _shown(MORNING, 80) == WIDE


def test_a_morning_on_sixty_columns_has_its_reasons_below():
    assert _shown(MORNING, 60) == NARROW


def test_an_empty_morning_says_so_and_how_old_the_last_look_is():
    assert _shown(Today(NOW, None), 80) == (
        "Nothing is due, and nobody waits.\nNothing was checked yet: let 'plugwatch check' run each night.\n"
    )
    looked = Today(NOW, OnCall(None), checked_at=NOW - MINUTE)
    assert _shown(looked, 80) == (
        "On call: nobody today\nNothing is due, and nobody waits.\nFROM CHECK   nothing found, looked 1 min ago\n"
    )


def test_of_a_long_part_ten_are_shown_and_the_rest_is_counted():
    today = replace(MORNING, due=[_due(f"INC-{n}", "Acme", NOW, "first message") for n in range(1, 35)])

    shown = _shown(today, 80)
    assert "INC-10 " in shown
    assert "INC-11 " not in shown
    assert "\n             and 24 more\n" in shown


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize(
    "hostile", ["x" * 10_000, "a\nb\t\x1b[31m\u202eevil", "漢字" * 5000, "e\u0301" * 9000, "שלום " * 99]
)
def test_whatever_stands_in_a_name_or_a_word_no_line_breaks_the_screen(hostile, width):
    today = replace(
        MORNING,
        on_call=OnCall(hostile, date(2026, 11, 29), hostile),
        due=[_due("INC-42", hostile, NOW, "first message", hostile)],
        turns=[_turn("INC-43", "us", hostile, hostile, in_triage=1)],
        undelivered=[Undelivered("INC-42", "bolt", hostile, hostile, "refused", hostile, NOW, None)],
        feedback=[BadFeedback(None, "gorse", hostile, hostile, NOW, None)],
        silent=[SilentVendor("SUB-7", None, hostile, "sent", NOW, None)],
        findings=[Finding("release", hostile, hostile)],
    )

    lines = list(today_lines(today, width=width))
    assert all(cells(line) <= width for line in lines)
    assert len(lines) < 40
    assert not any(mark in line for line in lines for mark in "\n\t\x1b\u202e")


_WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=50)
@given(client=_WORDS, person=_WORDS, why=_WORDS, width=st.integers(40, 130))
def test_no_line_is_wider_than_the_screen(client, person, why, width):
    today = replace(
        MORNING,
        on_call=OnCall(person or None),
        due=[_due("INC-1234567", client, NOW, why, person)],
        turns=[_turn("INC-1", "vendor", why, person), _turn("INC-2", "client", why)],
    )

    assert all(cells(line) <= width for line in today_lines(today, width=width))
