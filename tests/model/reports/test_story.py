from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from boarding import NOW, ago, board, called, fork, hit, patch, record, sent, worked

from plugwatch.model.component import Component
from plugwatch.model.hold import Hold
from plugwatch.model.incident import Event
from plugwatch.model.promise import Promise
from plugwatch.model.reports.records import Answer, ClientFact, Record, Told
from plugwatch.model.reports.story import Story

CLIENTS = {"acme": ClientFact("acme", "Acme Bakery"), "bolt": ClientFact("bolt", "Bolt Fahrrad")}


def story(known: Record, **facts: object) -> Story:
    return Story.of(board(records=(known,), clients=CLIENTS, **facts), (), ())


def keys(remarks: object) -> list[str]:
    return [one.key for one in remarks]  # type: ignore[attr-defined]


def over(number: int = 1, **facts: object) -> Record:
    """Acme rang ten days ago, and it was resolved a day later."""
    ended = Event(ago(9), ago(9), "Ana", "status", "internal", "resolved")
    known = {"calls": (called(10),), "impacts": (hit(10, "affected"), hit(9, "resolved")), "events": (ended,)}
    return record(number, 10, status="resolved", **{**known, **facts})


def test_sites_are_counted_by_their_last_verdict() -> None:
    impacts = (
        *(hit(5, "affected", site=site) for site in ("a", "b", "c")),
        hit(4, "resolved", site="a"),
        hit(4, "not_affected", site="b"),
        hit(4, "in_triage", "bolt", "d"),
    )
    made = story(record(1, 5, impacts=impacts, calls=(called(5, site="c"),)))
    assert (made.hit, made.open, made.triage, made.cleared) == (2, 1, 1, 1)
    assert made.numbers()["sites"] == {"hit": 2, "affected": 1, "in_triage": 1, "not_affected": 1}
    assert made.worst is not None
    assert (made.worst.case, made.worst.over) == ("INC-1 c", False)


def test_each_client_has_its_own_row() -> None:
    known = record(1, 5, calls=(called(5),), impacts=(hit(5, "affected"), hit(4, "affected", "bolt", "bolt")))
    acme, bolt = story(known).clients
    assert (acme.name, acme.sites, acme.heard, acme.told_end) == ("Acme Bakery", ("acme-shop",), "phone", False)
    assert acme.response is not None
    assert acme.response.seconds == 0
    assert (bolt.name, bolt.sites, bolt.heard, bolt.response) == ("Bolt Fahrrad", ("bolt",), "", None)


def test_the_timeline_has_every_line_in_order_and_the_words_of_a_call() -> None:
    late = Event(ago(3), ago(1), "Ben", "note", "internal", "found it")
    events = (worked(2, 30), late, Event(ago(5), ago(5), "Ana", "call", "internal", "phone: acme-shop (acme)"))
    lines = story(record(1, 5, calls=(called(5),), events=events)).timeline
    assert [line.kind for line in lines] == ["call", "note", "note"]
    assert lines[0].text == "phone: acme-shop (acme): “it is broken”"
    assert (lines[1].written, lines[2].written, lines[2].minutes) == (ago(1), None, 30)


def test_two_calls_of_one_moment_keep_their_own_words() -> None:
    calls = (called(5), called(5, "bolt", "bolt")._replace(words="no enquiries", heard="mail"))
    bodies = ("mail: bolt (bolt)", "phone: acme-shop (acme)")
    events = tuple(Event(ago(5), ago(5), "Ana", "call", "internal", body) for body in bodies)
    lines = story(record(1, 5, calls=calls, events=events)).timeline
    assert [line.text for line in lines] == [f"{bodies[0]}: “no enquiries”", f"{bodies[1]}: “it is broken”"]


def test_what_went_well_is_said() -> None:
    kept = Promise("acme", ago(9.9), ago(10), ago(9.95))
    hold = Hold("INC-1", Component("plugin", "tidy-forms"), ">=1.2.4", "breaks", None, ago(10), "Ana", id="h")
    monitor = called(10.1)._replace(heard="monitor")
    known = over(
        calls=(monitor, called(10)),
        promises=(kept,),
        holds=(hold,),
        workaround="switch it off",
        patches=("pw-aaaaaaaaaa",),
        upstream=(sent(1, 9, fixed=5, fixed_in="1.3"),),
        told=(Told("acme", "resolved", ago(9), False),),
    )
    made = story(known)
    good = ["found-first", "answered", "promises-kept", "held", "workaround", "patched", "forwarded", "fixed"]
    assert keys(made.helped) == good
    assert "client-first" not in keys(made.hindered)


def test_what_was_late_or_came_back_is_said() -> None:
    late = Promise("acme", ago(9.9), ago(10), ago(9))
    back = Event(ago(8), ago(8), "Ana", "reopen", "internal", "it is back")
    written = Event(ago(8), ago(7), "Ana", "note", "internal", "looked")
    known = record(
        2,
        10,
        calls=(called(10)._replace(heard="mail"),),
        impacts=(hit(10, "affected"),),
        promises=(late,),
        events=(back, written),
        links=(("INC-1", "the same again"),),
        upstream=(sent(1, 9),),
    )
    made = story(known)
    bad = ["client-first", "unanswered", "promises-late", "silence", "came-back", "seen-before", "vendor-silent"]
    assert keys(made.hindered) == [*bad, "written-later"]
    assert keys(made.helped) == ["forwarded"]


def test_an_incident_that_nobody_had_a_part_in_has_no_remarks_on_clients() -> None:
    made = story(record(1, 1))
    assert keys(made.hindered) == []
    assert made.clients == ()


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        (record(1, 5, impacts=(hit(5, "affected"),), calls=(called(5),)), "acme-shop (acme) is affected"),
        (record(1, 5, impacts=(hit(5, "in_triage"),), calls=(called(5),)), "acme-shop (acme) is still in triage"),
        (record(1, 5, impacts=(hit(5, "affected"),)), "acme is hit and was told nothing"),
        (record(1, 5, component=None), "the cause is not known: plugwatch incident set INC-1 --component"),
        (record(1, 5), "there is neither a workaround nor a patch"),
        (over(), "acme has not been told the end"),
        (record(1, 5, upstream=(sent(3, 2),)), "SUB-3 has no end yet, it is 'sent'"),
        (record(1, 5, promises=(Promise("acme", ago(1), ago(2)),)), "acme waits for a word by"),
    ],
)
def test_what_is_left_to_do_is_named_with_its_command(known: Record, wanted: str) -> None:
    found = [text for text in story(known).follow_ups if wanted in text]
    assert len(found) == 1
    assert ": plugwatch incident " in found[0] or ": plugwatch submission " in found[0]


def test_a_hold_that_stands_and_a_patch_that_was_not_sent_are_left_to_do() -> None:
    hold = Hold("INC-1", Component("plugin", "tidy-forms"), ">=1.2.4", "breaks", None, ago(10), "Ana", id="h")
    known = over(holds=(hold,), patches=("pw-aaaaaaaaaa",), told=(Told("acme", "resolved", ago(9), False),))
    made = story(known, forks=(fork(),)).follow_ups
    assert any("plugin/tidy-forms >=1.2.4 is held: plugwatch incident hold INC-1 --lift" in text for text in made)
    assert "nobody has said what becomes of pw-aaaaaaaaaa: plugwatch patch stance pw-aaaaaaaaaa" in made
    wanted = fork(patches={one.id: one for one in (patch("a", 90, stance="send"), patch("b", 60), patch("c", 5))})
    assert any("pw-aaaaaaaaaa was not sent to its vendor" in text for text in story(known, forks=(wanted,)).follow_ups)
    never = fork(patches={one.id: one for one in (patch("a", 90, stance="never"), patch("b", 60), patch("c", 5))})
    assert not any("sent to its vendor" in text for text in story(known, forks=(never,)).follow_ups)


def test_where_all_is_done_nothing_is_left() -> None:
    lifted = Hold("INC-1", Component("plugin", "tidy-forms"), "1.2.4", "x", None, ago(10), "Ana", ago(9), id="h")
    done = over(
        holds=(lifted,),
        told=(Told("acme", "resolved", ago(9), False),),
        promises=(Promise("acme", ago(9), ago(10), ago(9)),),
        upstream=(replace(sent(1, 9, fixed=5), answers=(Answer(ago(8), True),)),),
    )
    assert story(done).follow_ups == ()


def test_after_it_came_back_an_earlier_end_was_not_the_end() -> None:
    back = Event(ago(5), ago(5), "Ana", "reopen", "internal", "it is back")
    again = Event(ago(4), ago(4), "Ana", "status", "internal", "resolved")
    told = (Told("acme", "resolved", ago(9), False),)
    known = over(told=told, events=(*over().events, back, again))
    made = story(known)
    assert any("acme has not been told the end" in text for text in made.follow_ups)
    assert [one.told_end for one in made.clients] == [False]


def test_a_time_that_ran_out_makes_a_site_one_to_look_at_again() -> None:
    verdict = replace(hit(5, "not_affected"), valid_until=NOW - timedelta(days=1))
    made = story(record(1, 5, impacts=(verdict,)))
    assert (made.cleared, made.triage) == (0, 1)
