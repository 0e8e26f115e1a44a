from __future__ import annotations

from datetime import datetime, timedelta, timezone

from boarding import record

from plugwatch.model.incident import Event
from plugwatch.model.reports.metrics import forwarding, identified_at, upstream_fixes, vendor_answers
from plugwatch.model.reports.records import Answer, Move, Upstream

START = datetime(2026, 11, 2, 9, 0, tzinfo=timezone.utc)
DAY = 86400.0


def at(days: float) -> datetime:
    return START + timedelta(days=days)


NOW = at(100)


def event(days, kind, body):
    return Event(at(days), at(days), "Ana", kind, "internal", body)


def sent(days, channel="forum", moves=(), answers=(), name="SUB-1"):
    """Something that was sent; ``moves`` are (days, status), with True behind what was noted by hand."""
    told = tuple(Move(move[1], at(move[0]), len(move) > 2) for move in moves)
    return Upstream(
        name,
        channel,
        "plugin/tidy-forms",
        told[-1].status if told else "sent" if days is not None else "draft",
        "Escape the label",
        sent_at=None if days is None else at(days),
        moves=told,
        answers=tuple(Answer(at(when), human) for when, human in answers),
    )


def incident(*upstream, **facts):
    return record(1, 0, opened_at=START, upstream=upstream, **facts)


def seen(spans):
    return [(span.case, span.seconds / DAY, span.over) for span in spans]


def test_an_incident_that_was_opened_with_its_component_is_identified_at_once():
    assert identified_at(incident()) == START
    assert identified_at(incident(events=(event(3, "status", "monitoring"), event(4, "status", "resolved")))) == START


def test_the_cause_is_known_from_the_first_status_or_line_that_says_so():
    named = (event(2, "set", "component: plugin/tidy-forms"), event(2, "status", "identified"))

    assert identified_at(incident(events=named)) == at(2)
    assert identified_at(incident(events=(event(3, "set", "component: plugin/tidy-forms"),))) == at(3)
    assert identified_at(incident(events=(*named, event(9, "status", "identified")))) == at(2)


def test_what_works_again_without_a_cause_counts_as_identified_then():
    assert identified_at(incident(component=None, events=(event(5, "status", "monitoring"),))) == at(5)
    assert identified_at(incident(component=None)) is None


def test_the_agencys_own_delay_runs_from_the_cause_to_the_first_text_that_left():
    named = (event(2, "status", "identified"),)

    assert seen([forwarding(incident(sent(9), sent(5, "email"), events=named), NOW)]) == [("INC-1", 3, True)]
    assert seen([forwarding(incident(sent(None), events=named), NOW)]) == [("INC-1", 98, False)]


def test_what_was_sent_before_the_cause_was_known_was_sent_at_once():
    assert seen([forwarding(incident(sent(1), events=(event(2, "status", "identified"),)), NOW)]) == [
        ("INC-1", 0, True)
    ]
    assert seen([forwarding(incident(sent(1), component=None), NOW)]) == [("INC-1", 0, True)]


def test_what_ended_without_a_text_to_a_vendor_counts_up_to_its_end():
    one = incident(status="closed", events=(event(6, "status", "resolved"), event(40, "status", "closed")))

    assert seen([forwarding(one, NOW)]) == [("INC-1", 6, False)]


def test_without_a_component_of_a_vendor_there_is_nothing_to_forward():
    assert forwarding(incident(component=None), NOW) is None
    assert forwarding(incident(component="php"), NOW) is None


def test_each_channel_has_an_answer_of_its_own():
    one = incident(
        sent(10, "forum"),
        sent(12, "github-issue", answers=((15, True),)),
        sent(None, "email", answers=((15, True),)),
    )

    assert seen(vendor_answers(one, NOW)) == [("INC-1 forum", 90, False), ("INC-1 github-issue", 3, True)]


def test_a_bot_does_not_answer():
    assert seen(vendor_answers(incident(sent(10, answers=((10, False), (14, True)))), NOW)) == [
        ("INC-1 forum", 4, True)
    ]
    assert seen(vendor_answers(incident(sent(10, answers=((10, False),))), NOW)) == [("INC-1 forum", 90, False)]


def test_what_one_of_us_noted_by_hand_was_said_by_a_person():
    assert seen(vendor_answers(incident(sent(10, moves=((16, "confirmed", True),))), NOW)) == [("INC-1 forum", 6, True)]
    assert seen(vendor_answers(incident(sent(10, moves=((16, "confirmed"),))), NOW)) == [("INC-1 forum", 90, False)]


def test_two_texts_through_one_channel_are_one_wait_from_the_first():
    one = incident(sent(10, moves=((20, "withdrawn", True),)), sent(30, answers=((34, True),), name="SUB-2"))

    assert seen(vendor_answers(one, NOW)) == [("INC-1 forum", 24, True)]


def test_nobody_waits_for_an_answer_to_what_has_ended():
    assert seen(vendor_answers(incident(sent(10, moves=((20, "withdrawn", True),))), NOW)) == [
        ("INC-1 forum", 10, False)
    ]
    assert seen(vendor_answers(incident(sent(10, moves=((25, "released"),))), NOW)) == [("INC-1 forum", 15, False)]


def test_a_fix_is_there_when_a_release_has_it_and_not_when_it_is_accepted():
    accepted = incident(sent(10, moves=((20, "accepted"),)))
    released = incident(sent(10, moves=((20, "accepted"), (50, "released"))))

    assert seen(upstream_fixes(accepted, NOW)) == [("INC-1 forum", 90, False)]
    assert seen(upstream_fixes(released, NOW)) == [("INC-1 forum", 40, True)]


def test_a_fix_that_was_released_before_we_wrote_took_no_time():
    assert seen(upstream_fixes(incident(sent(10, moves=((8, "released"),))), NOW)) == [("INC-1 forum", 0, True)]


def test_a_release_that_turned_out_not_to_hold_the_fix_is_none():
    taken_back = ((20, "released"), (25, "changes-requested"))

    assert seen(upstream_fixes(incident(sent(10, moves=taken_back)), NOW)) == [("INC-1 forum", 90, False)]
    assert seen(upstream_fixes(incident(sent(10, moves=(*taken_back, (60, "released")))), NOW)) == [
        ("INC-1 forum", 50, True)
    ]


def test_a_release_that_is_noted_late_with_its_date_counts_from_that_date():
    noted = sent(10, moves=((20, "released"), (60, "draft"), (70, "accepted", True), (20, "released", True)))

    assert seen(upstream_fixes(incident(noted), NOW)) == [("INC-1 forum", 10, True)]


def test_what_was_refused_or_withdrawn_counts_up_to_then():
    assert seen(upstream_fixes(incident(sent(10, moves=((13, "rejected"),))), NOW)) == [("INC-1 forum", 3, False)]
    both = incident(sent(10, moves=((13, "rejected"),)), sent(20, name="SUB-2"))
    assert seen(upstream_fixes(both, NOW)) == [("INC-1 forum", 90, False)]


def test_a_door_that_stayed_shut_waits_no_longer_than_until_another_one_opened():
    one = incident(sent(10, "forum"), sent(20, "github-pr", moves=((30, "released"),)))

    assert seen(upstream_fixes(one, NOW)) == [("INC-1 forum", 20, False), ("INC-1 github-pr", 10, True)]


def test_a_text_that_left_after_the_fix_was_out_waited_for_nothing():
    one = incident(sent(40, "forum"), sent(20, "github-pr", moves=((30, "released"),)))

    assert seen(upstream_fixes(one, NOW))[0] == ("INC-1 forum", 0, False)
