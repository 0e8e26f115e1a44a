from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from boarding import record

from plugwatch.model.incident import Call, Event, Impact
from plugwatch.model.promise import Promise
from plugwatch.model.reports.course import open_spans
from plugwatch.model.reports.metrics import ended_at, is_open_at, turn_at, turns_over
from plugwatch.model.reports.records import Answer, Move, Told, Upstream

START = datetime(2026, 11, 2, 9, 0, tzinfo=timezone.utc)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def status(hours, body):
    return Event(at(hours), at(hours), "Ana", "status", "internal", body)


def call(hours, client="acme", heard="phone"):
    return Call(f"{client}-shop", client, "Jo", heard, "it is broken", None, at(hours), at(hours), "Ana")


def told(hours, phase="identified", asks=False, client="acme"):
    return Told(client, phase, at(hours), asks)


def promise(due, made=0, kept=None):
    return Promise("acme", at(due), at(made), None if kept is None else at(kept))


def sent(hours, *moves, answers=()):
    known = tuple(Move(name, at(when), True) for when, name in moves)
    now = known[-1].status if known else "sent"
    said = tuple(Answer(at(when), human) for when, human in answers)
    return Upstream("SUB-1", "forum", "plugin/tidy-forms", now, "x", sent_at=at(hours), moves=known, answers=said)


def incident(*events, **facts):
    return record(1, 0, **{"opened_at": START, "events": events, **facts})


def test_an_incident_without_a_line_on_its_status_is_open_from_the_first_report():
    assert open_spans(incident(calls=(call(-3),))) == [(at(-3), None)]
    assert open_spans(incident(status(2, "identified"), status(4, "monitoring"))) == [(START, None)]


def test_the_end_is_the_last_resolution_and_not_the_closing():
    over = incident(
        status(5, "resolved"), status(8, "identified"), status(20, "resolved"), status(90, "closed"), status="closed"
    )

    assert open_spans(over) == [(START, at(5)), (at(8), at(20))]
    assert ended_at(over) == at(20)
    assert [is_open_at(over, at(hours)) for hours in (-1, 0, 5, 7, 8, 19.9, 20, 95)] == [
        False, True, False, False, True, True, False, False,
    ]  # fmt: skip


def test_an_incident_that_is_closed_without_a_resolution_ends_when_it_is_closed():
    assert ended_at(incident(status(1, "monitoring"), status(6, "closed"), status="closed")) == at(6)


def test_an_incident_that_was_reopened_has_no_end():
    assert ended_at(incident(status(5, "resolved"), status(8, "identified"))) is None


def test_what_is_open_has_no_end_whatever_its_lines_say():
    still_open = incident(status(1, "identified"), status(2, "resolved"), status="identified")

    assert ended_at(still_open) is None
    assert is_open_at(still_open, at(50))


def test_what_is_over_without_a_line_that_says_so_ended_with_the_last_thing_that_happened():
    assert ended_at(incident(status="closed", told=(told(4), told(7)))) == at(7)
    assert ended_at(incident(status="closed")) == START


def test_lines_of_the_same_second_are_read_in_the_order_of_a_life():
    over = incident(status(5, "resolved"), status(5, "monitoring"), status="resolved", told=(told(9),))

    assert ended_at(over) == at(5)


def test_an_incident_that_nobody_waits_for_is_ours():
    assert turn_at(incident(), at(1)) == "us"


def test_the_vendor_has_the_turn_once_the_text_has_left_and_until_somebody_answers():
    one = incident(upstream=(sent(10, answers=((30, False), (40, True))),))

    assert [turn_at(one, at(hours)) for hours in (5, 10, 35, 40)] == ["us", "vendor", "vendor", "us"]


def test_what_is_said_by_hand_gives_the_turn_back_to_the_vendor_and_a_change_that_is_wanted_to_us():
    one = incident(upstream=(sent(10, (50, "confirmed"), (60, "changes-requested"), answers=((40, True),)),))

    assert [turn_at(one, at(hours)) for hours in (45, 55, 65)] == ["us", "vendor", "us"]


def test_what_was_posted_before_its_draft_was_written_down_is_sent():
    drafted = replace(sent(10), moves=(Move("sent", at(10), True), Move("draft", at(50), True)))

    assert [turn_at(incident(upstream=(drafted,)), at(hours)) for hours in (9, 20, 60)] == ["us", "vendor", "vendor"]


def test_a_client_who_is_owed_a_word_makes_it_ours_until_they_hear_it():
    one = incident(upstream=(sent(1),), promises=(promise(6, made=2, kept=5),))

    assert [turn_at(one, at(hours)) for hours in (1.5, 2, 4, 5)] == ["vendor", "us", "us", "vendor"]


def test_a_question_gives_the_turn_to_the_client_until_they_call_or_the_promise_with_it_is_overdue():
    question = (told(3, asks=True),)
    one = incident(told=question, calls=(call(0), call(8)), promises=(promise(30, made=3),))

    assert [turn_at(one, at(hours)) for hours in (1, 4, 9, 31)] == ["us", "client", "us", "us"]
    asked = incident(told=question, calls=(call(0),), promises=(promise(30, made=3),))
    assert [turn_at(asked, at(hours)) for hours in (29, 31)] == ["client", "us"]


def test_a_client_who_was_hit_and_has_not_been_told_goes_before_the_vendor():
    hit = (Impact("bolt-blog", "bolt", "affected", None, "Ana", at(5)),)
    one = incident(upstream=(sent(1),), impacts=hit, told=(told(9, client="bolt"),))

    assert [turn_at(one, at(hours)) for hours in (2, 6, 9)] == ["vendor", "us", "vendor"]
    calls = replace(one, told=(), calls=(call(9, "bolt", "mail"),))
    assert [turn_at(calls, at(hours)) for hours in (2, 6, 9)] == ["vendor", "us", "vendor"]


def test_after_the_end_it_is_ours_until_each_client_was_told_and_nobodys_once_it_is_closed():
    one = incident(
        status(5, "resolved"), status(20, "closed"),
        status="closed", upstream=(sent(1),), calls=(call(0),), told=(told(9, "resolved"),),
    )  # fmt: skip

    assert [turn_at(one, at(hours)) for hours in (2, 6, 10, 20)] == ["vendor", "us", "vendor", "nobody"]


def test_turns_are_counted_at_each_moment_at_which_an_incident_was_open():
    one = incident(status(5, "resolved"), status(8, "identified"), upstream=(sent(2),))
    two = incident(calls=(call(4),), opened_at=at(4))
    moments = [at(hours) for hours in (-1, 1, 3, 4, 6, 9)]

    counted = [dict(turns) for turns in turns_over([one, two], moments)]

    assert counted == [{}, {"us": 1}, {"vendor": 1}, {"vendor": 1, "us": 1}, {"us": 1}, {"vendor": 1, "us": 1}]
    assert counted == [
        {
            turn: sum(is_open_at(known, moment) and turn_at(known, moment) == turn for known in (one, two))
            for turn in counted[place]
        }
        for place, moment in enumerate(moments)
    ]


@pytest.mark.parametrize("moment", [-5, 0, 3, 200])
def test_an_incident_has_a_turn_also_at_moments_at_which_it_was_not_open(moment):
    assert turn_at(incident(status(3, "closed"), status="closed"), at(moment)) in ("us", "nobody")
