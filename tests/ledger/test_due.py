from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from plugwatch.ledger.times import to_text
from plugwatch.model.client import Client, WorkingHours
from plugwatch.model.component import Component
from plugwatch.model.incident import Call, Event, Impact, Incident
from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.promise import Promise
from plugwatch.model.roads.ladder import Week, leave_out
from plugwatch.model.roads.submitted import Change, Post, Submission
from plugwatch.model.roads.watch import Remark
from plugwatch.model.site import Site
from plugwatch.workflows.inventories import ListOrigin, import_list

NOW = datetime(2026, 11, 19, 10, 0, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
TIDY = Component("plugin", "tidy-forms")
NEW = Incident(
    id="",
    number=0,
    title="it breaks",
    status="identified",
    severity="high",
    trigger="update",
    component=TIDY,
    version="1.2.4",
    opened_at=NOW - DAY,
)
CLIENTS = ("acme", "bolt", "corvid")


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        for name in CLIENTS:
            work.clients.add(Client(name, name.title()), at=NOW)
            work.sites.add(Site(name, name), at=NOW)
    with ledger.unit_of_work() as work:
        yield work


@pytest.fixture
def add(work) -> Callable[..., Incident]:
    return lambda **changes: work.incidents.add(replace(NEW, **changes), actor="dana", recorded_at=NOW - DAY)


def _merge(work: Any, incident: Incident, into: Incident) -> None:
    work._connection.run("update incident set merged_into = :into where id = :id", {"id": incident.id, "into": into.id})


_ROUNDS = itertools.count(1)


def _told(work: Any, incident: Incident, client: str, at: datetime | None, **changes: object) -> str:
    """Insert a message with one address; without a time it was not sent. Returns its id."""
    number = next(_ROUNDS)
    row: dict[str, object] = {"phase": "identified", "state": "done", "asks": 0, "claimed_at": None}
    row |= {"delivery": "sent" if at else "refused", "reply": None} | changes
    row |= {"id": f"m{number}", "round": number, "at": to_text(at or NOW), "sent_at": to_text(at) if at else None}
    row |= {"incident": incident.id, "client": work.clients.get(client).id}
    work._connection.run(
        "insert into message (id, incident_id, client_id, phase, round, state, road, language, subject, body, edited,"
        " asks, mail_id, claimed_at, created_at, changed_at, actor) values (:id, :incident, :client, :phase, :round,"
        " :state, 'smtp', 'en', 'S', 'B', 0, :asks, '<1@x.example>', :claimed_at, :at, :at, 'dana')",
        row,
    )
    work._connection.run(
        "insert into delivery (message_id, address, name, state, reply, tries, tried_at, sent_at)"
        " values (:id, 'jo@bolt.example', 'Jo', :delivery, :reply, 1, :at, :sent_at)",
        row,
    )
    return f"m{number}"


def _promise(work: Any, incident: Incident, client: str, due: datetime, *, made: datetime | None = None, **how) -> None:
    work.promises.add(incident, Promise(client, due, made or NOW - 60 * MINUTE), actor="dana", **how)


def _call(work: Any, incident: Incident, client: str, at: datetime, *, heard: str = "mail") -> None:
    work.incidents.add_call(incident, Call(client, client, "Jo", heard, "it broke", None, at, at, "dana"))


def _judge(work: Any, incident: Incident, site: str, state: str, *, why: str | None = None, **more: object) -> None:
    work.impacts.add(incident, Impact(site, site, state, why, "dana", NOW - DAY, **more))


def _run(work: Any, site: str, version: str, *, at: datetime = NOW, **what: object) -> None:
    plugin = Installed("plugin", "tidy-forms", "Tidy Forms", version, **({"status": "active"} | what))
    inventory = Inventory("list", (plugin,), complete_kinds=frozenset({"plugin"}))
    import_list(work, work.sites.get(site), inventory, ListOrigin("list", at, at, "dana"))


# Promises


def test_a_promise_is_listed_until_a_word_to_that_client_about_that_incident_goes_out(work, add):
    one, other = add(assignee="ana"), add(severity="low")
    _promise(work, one, "acme", NOW + MINUTE)
    _promise(work, one, "bolt", NOW - MINUTE)
    _promise(work, other, "acme", NOW + 2 * MINUTE)

    found = [(row.incident, row.client, row.client_name, row.due) for row in work.due.promises(NOW)]
    assert found == [
        ("INC-1", "bolt", "Bolt", NOW - MINUTE),
        ("INC-1", "acme", "Acme", NOW + MINUTE),
        ("INC-2", "acme", "Acme", NOW + 2 * MINUTE),
    ]
    assert [(row.severity, row.assignee) for row in work.due.promises(NOW)][1:] == [("high", "ana"), ("low", None)]
    _told(work, one, "acme", NOW)
    assert [(row.incident, row.client) for row in work.due.promises(NOW)] == [("INC-1", "bolt"), ("INC-2", "acme")]


def test_neither_an_earlier_word_nor_the_one_that_made_the_promise_nor_one_that_failed_keeps_it(work, add):
    incident = add()
    _told(work, incident, "acme", NOW - 90 * MINUTE)
    made = _told(work, incident, "acme", NOW - 60 * MINUTE)
    _promise(work, incident, "acme", NOW, message_id=made)
    _told(work, incident, "acme", None)

    assert [row.what for row in work.due.promises(NOW)] == ["identified update"]
    _told(work, incident, "acme", NOW - 60 * MINUTE)
    assert work.due.promises(NOW) == []


def test_what_they_wait_for_is_named(work, add):
    first, later, over = add(), add(status="monitoring"), add(status="resolved")
    for incident in (first, later, over):
        _promise(work, incident, "acme", NOW)
    _told(work, later, "acme", NOW - DAY)
    _told(work, over, "acme", NOW - DAY)

    found = {row.incident: row.what for row in work.due.promises(NOW)}
    assert found == {"INC-1": "first message", "INC-2": "monitoring update", "INC-3": "word that it is over"}


def test_promises_of_what_was_merged_are_the_other_incidents_and_a_word_about_either_keeps_them(work, add):
    root, merged = add(assignee="ana"), add()
    _merge(work, merged, root)
    _promise(work, merged, "acme", NOW)
    _promise(work, root, "bolt", NOW)

    assert {(row.incident, row.client, row.assignee) for row in work.due.promises(NOW)} == {
        ("INC-1", "acme", "ana"),
        ("INC-1", "bolt", "ana"),
    }
    _told(work, root, "acme", NOW)
    _told(work, merged, "bolt", NOW)
    assert work.due.promises(NOW) == []


def test_a_promise_outlives_its_incident_by_two_weeks(work, add):
    closed = add(status="closed")
    _promise(work, closed, "acme", NOW - 13 * DAY)
    _promise(work, closed, "bolt", NOW - 15 * DAY)

    assert [row.client for row in work.due.promises(NOW)] == ["acme"]


# Turns


def _turns(work: Any, **how: object) -> dict[str, tuple[str, str]]:
    return {row.incident: (row.turn, row.why) for row in work.due.turns(NOW, **how)}


def test_every_incident_that_goes_on_has_a_turn_with_its_reason(work, add):
    add()
    promised = add(assignee="ana", severity="low", title="No form")
    _promise(work, promised, "bolt", NOW + 12 * MINUTE)
    add(status="closed")
    _merge(work, add(), promised)

    assert _turns(work) == {
        "INC-1": ("us", "the cause is known, a fix is not in place"),
        "INC-2": ("us", "Bolt hears from us by 10:12 (in 12 min)"),
    }
    row = work.due.turns(NOW)[1]
    assert (row.title, row.severity, row.status, row.assignee) == ("No form", "low", "identified", "ana")


def test_the_turn_of_one_incident_is_that_of_the_list_and_nobodys_where_it_is_over(work, add):
    going_on, closed, merged = add(), add(status="closed"), add()
    _merge(work, merged, going_on)

    assert work.due.turn_of(going_on, NOW) == _turns(work)["INC-1"]
    assert work.due.turn_of(closed, NOW) == ("nobody", "closed")
    assert work.due.turn_of(work.incidents.get("3"), NOW) == ("nobody", "it goes on as INC-1")


def test_a_client_who_was_asked_has_the_turn_until_they_answer_or_we_break_the_promise_beside_it(work, add):
    incident = add()
    asked = _told(work, incident, "acme", NOW - 30 * MINUTE, asks=1)
    _promise(work, incident, "acme", NOW + MINUTE, made=NOW - 30 * MINUTE, message_id=asked)

    assert _turns(work)["INC-1"] == ("client", "Acme was asked 9:30")
    late = {row.incident: row.turn for row in work.due.turns(NOW + 2 * MINUTE)}
    assert late["INC-1"] == "us"
    _call(work, incident, "bolt", NOW)
    assert _turns(work)["INC-1"][0] == "client"
    _call(work, incident, "acme", NOW)
    assert _turns(work)["INC-1"] == ("us", "Acme answered 10:00")


def test_clients_whose_sites_are_hit_and_who_have_heard_nothing_make_it_our_turn(work, add):
    incident = add()
    for site in CLIENTS:
        _judge(work, incident, site, "affected")
    _call(work, incident, "acme", NOW)

    assert _turns(work)["INC-1"] == ("us", "2 clients have not been told yet")
    _told(work, incident, "bolt", NOW)
    assert _turns(work)["INC-1"] == ("us", "1 client has not been told yet")
    _judge(work, incident, "corvid", "not_affected")
    assert _turns(work)["INC-1"] == ("us", "the cause is known, a fix is not in place")


def test_at_the_end_all_who_knew_of_it_are_told_again_after_it_came_back(work, add):
    incident = add(status="resolved")
    _call(work, incident, "acme", NOW - DAY)
    _call(work, incident, "corvid", NOW - DAY, heard="monitor")
    _told(work, incident, "bolt", NOW - DAY)

    assert _turns(work)["INC-1"] == ("us", "2 clients have not been told that it is over")
    for client in ("acme", "bolt"):
        _told(work, incident, client, NOW - 2 * MINUTE, phase="resolved")
    assert _turns(work)["INC-1"] == ("us", "it is fixed and waits to be closed")
    work.incidents.add_event(incident, Event(NOW - MINUTE, NOW, "dana", "reopen", "internal", "acme has it again"))
    _told(work, incident, "acme", NOW, phase="resolved")
    assert _turns(work)["INC-1"] == ("us", "1 client has not been told that it is over")


WEEK = Week(WorkingHours.parse("Mon-Fri 0-24"))


def _submit(
    work: Any,
    number: int,
    incident: Incident | None,
    status: str,
    at: datetime,
    *,
    steps: tuple[int, ...] = (),
    **more: Any,
) -> Submission:
    """A submission that was sent at a time; with a follow-up of each of the steps a day later."""
    first = Post(f"p{number}", "bug", "sent", "Title", "Body", at, "dana", sent_at=at)
    further = tuple(
        replace(first, id=f"p{number}-{step}", kind="follow-up", step=step, sent_at=at + step * DAY) for step in steps
    )
    made = Submission(
        number=number,
        incident=incident.name if incident else None,
        patch=None,
        component=TIDY,
        channel=more.pop("channel", "forum"),
        status=status,
        posts=(first, *further),
        created_at=at,
        actor="dana",
        **more,
    )
    work.submissions.add(made, incident.id if incident else None)
    return made


def test_the_vendor_has_the_turn_while_something_lies_there_and_is_silent_when_the_polite_wait_is_over(work, add):
    waiting, closed = add(assignee="ben"), add(status="closed")
    _submit(work, 1, waiting, "sent", NOW - 41 * DAY)
    _submit(work, 2, None, "confirmed", NOW - 11 * DAY)
    _submit(work, 3, None, "sent", NOW - 7 * DAY)
    _submit(work, 4, waiting, "rejected", NOW - 50 * DAY)
    _submit(work, 5, closed, "sent", NOW - 50 * DAY)

    assert _turns(work)["INC-1"] == ("vendor", "SUB-1 sent 41 days ago, no client waits")
    silent = work.due.silent_vendors(NOW, WEEK)
    assert [(row.submission, row.incident, row.component, row.status, row.assignee) for row in silent] == [
        ("SUB-1", "INC-1", "plugin/tidy-forms", "sent", "ben"),
        ("SUB-2", None, "plugin/tidy-forms", "confirmed", None),
    ]
    assert {(row.step, row.since, row.next) for row in silent} == {
        (1, NOW - 41 * DAY, "plugwatch submission follow-up SUB-1"),
        (1, NOW - 11 * DAY, "plugwatch submission follow-up SUB-2"),
    }


def test_the_steps_taken_and_left_out_count_and_what_goes_on_elsewhere_is_asked_there(work, add):
    incident = add()
    first = _submit(work, 1, incident, "sent", NOW - 90 * DAY, steps=(1,))
    work.submissions.change(
        first, Change("sent", NOW - 80 * DAY, "dana", leave_out(2, "they are on holiday"), by_hand=False)
    )
    assert [(row.submission, row.step) for row in work.due.silent_vendors(NOW, WEEK)] == [("SUB-1", 3)]

    other = _submit(work, 2, incident, "sent", NOW - 50 * DAY, channel="email", goes_on_from="SUB-1")
    assert [(row.submission, row.step) for row in work.due.silent_vendors(NOW, WEEK)] == [("SUB-2", 4)]

    work.submissions.change(replace(other, status="withdrawn"), Change("withdrawn", NOW, "dana"))
    assert [(row.submission, row.step) for row in work.due.silent_vendors(NOW, WEEK)] == [("SUB-1", 4)]


def test_a_note_that_a_step_was_left_out_is_no_word_of_ours(work):
    first = _submit(work, 1, None, "sent", NOW - 60 * DAY)
    work.submissions.change(first, Change("sent", NOW, "dana", leave_out(1, "known to be slow"), by_hand=False))

    (row,) = work.due.silent_vendors(NOW, WEEK)
    assert (row.step, row.since) == (2, NOW - 60 * DAY)


def test_a_word_of_a_person_there_makes_it_our_turn_and_one_of_a_bot_does_not(work):
    first = _submit(work, 1, None, "sent", NOW - 60 * DAY)
    bot = Remark("1", NOW - 30 * DAY, "stale[bot]", "bot", "No activity", human=False)
    work.submissions.add_remarks(first, [bot], now=NOW)
    assert [row.since for row in work.due.silent_vendors(NOW, WEEK)] == [NOW - 60 * DAY]

    work.submissions.add_remarks(first, [replace(bot, id="2", who="vera", kind="comment", human=True)], now=NOW)
    assert work.due.silent_vendors(NOW, WEEK) == []


def test_a_site_counts_as_hit_from_the_first_time_that_anybody_knew(work, add):
    incident = add()
    work.impacts.add(incident, Impact("acme", "acme", "affected", None, "dana", NOW - 3 * DAY))
    _judge(work, incident, "acme", "mitigated")
    _judge(work, incident, "bolt", "not_affected")

    assert work.due.hit_sites(incident.id) == [("acme", NOW - 3 * DAY)]


# Sites that want a look


def _looks(work: Any) -> list[tuple[int, int, int]]:
    rows = work.due.turns(NOW, seen_since=NOW - 3 * DAY)
    return [(row.in_triage, row.run_out, row.hit_next) for row in rows]


def test_the_newest_verdict_on_each_site_counts_also_that_of_a_merged_incident(work, add):
    root, merged = add(), add()
    _merge(work, merged, root)
    _judge(work, root, "acme", "in_triage")
    _judge(work, root, "bolt", "in_triage")
    _judge(work, merged, "bolt", "affected", valid_until=NOW + MINUTE)
    _judge(work, merged, "corvid", "not_affected", valid_until=NOW - MINUTE)

    assert _looks(work) == [(1, 1, 0)]


def test_a_site_that_was_put_in_triage_by_itself_wants_no_look_once_it_runs_a_good_version(work, add):
    incident = add(affected=">=1.2.4,<1.3")
    for site in CLIENTS:
        _judge(work, incident, site, "in_triage", why="in the affected range")
    for site, version in zip(CLIENTS, ("1.2.4", "1.3", "1.3"), strict=True):
        _run(work, site, version)
    assert _looks(work) == [(1, 0, 0)]

    _judge(work, incident, "bolt", "in_triage", why="looks odd, says Jo")
    assert _looks(work) == [(2, 0, 0)]
    add(component=None, version=None)
    _judge(work, work.incidents.get("2"), "acme", "in_triage", why="runs it too")
    assert _looks(work) == [(2, 0, 0), (1, 0, 0)]


def test_sites_on_a_good_version_that_an_update_waits_for_will_be_hit_next(work, add):
    incident = add(affected=">=1.2.4,<1.3")
    add(component=Component("plugin", "booking"))
    _run(work, "acme", "1.2.3", auto_update=True)
    _run(work, "bolt", "1.2.3", update_version="1.2.4")
    _run(work, "corvid", "1.2.4", auto_update=True)

    assert _looks(work) == [(0, 0, 2), (0, 0, 0)]
    _judge(work, incident, "acme", "mitigated")
    assert _looks(work) == [(0, 0, 1), (0, 0, 0)]


@pytest.mark.parametrize(
    ("version", "what"),
    [
        ("1.2.3", {}),
        ("1.2.3", {"auto_update": True, "status": "inactive"}),
        ("1.2.3", {"auto_update": True, "at": NOW - 4 * DAY}),
        ("1.3", {"auto_update": True}),
        (None, {"auto_update": True}),
    ],
)
def test_who_stays_put_is_past_it_or_was_seen_too_long_ago_will_not_be_hit_next(work, add, version, what):
    add(affected=">=1.2.4,<1.3")
    _run(work, "acme", version, **what)

    assert _looks(work) == [(0, 0, 0)]


# Messages and answers


def test_what_did_not_arrive_is_listed_until_the_other_side_has_it(work, add):
    incident = add(assignee="ana")
    _told(work, incident, "bolt", None, delivery="refused", reply="550 no such user")
    for state in ("deferred", "unknown", "kept", "sent", "written"):
        _told(work, add(), "acme", None, delivery=state)
    _told(work, incident, "corvid", None, state="draft", delivery="waiting")
    _told(work, incident, "corvid", None, state="done", delivery="waiting")

    found = [(row.client, row.state) for row in work.due.undelivered(NOW)]
    assert sorted(found) == [
        ("acme", "deferred"),
        ("acme", "kept"),
        ("acme", "unknown"),
        ("bolt", "refused"),
        ("corvid", "waiting"),
    ]
    refused = next(row for row in work.due.undelivered(NOW) if row.state == "refused")
    assert (refused.incident, refused.client_name, refused.address, refused.reply, refused.at, refused.assignee) == (
        "INC-1",
        "Bolt",
        "jo@bolt.example",
        "550 no such user",
        NOW,
        "ana",
    )


def test_of_the_messages_to_a_client_only_the_newest_that_was_tried_is_listed(work, add):
    incident = add()
    _told(work, incident, "acme", None, delivery="refused")
    _told(work, incident, "acme", NOW)
    _told(work, incident, "bolt", None, delivery="refused")
    _told(work, add(), "bolt", NOW)

    assert [(row.client, row.state) for row in work.due.undelivered(NOW)] == [("bolt", "refused")]


def test_what_is_being_handed_over_is_left_alone_for_five_minutes_and_then_nobody_knows(work, add):
    claim = {"state": "handing", "delivery": "handing", "claimed_at": to_text(NOW - 4 * MINUTE)}
    _told(work, add(), "acme", None, **claim)

    assert work.due.undelivered(NOW) == []
    assert [row.state for row in work.due.undelivered(NOW + MINUTE)] == ["unknown"]


def test_bad_answers_are_listed_for_two_weeks(work, add):
    incident = add(assignee="ana")
    rows = [("bad", incident.id, 1), ("good", incident.id, 1), ("mixed", None, 1), ("bad", None, 13), ("bad", None, 15)]
    for number, (rating, about, days) in enumerate(rows):
        work._connection.run(
            "insert into feedback (id, incident_id, client_id, rating, words, at, recorded_at, actor)"
            " values (:id, :incident, :client, :rating, 'slow', :at, :at, 'dana')",
            {
                "id": f"f{number}",
                "incident": about,
                "client": work.clients.get("acme").id,
                "rating": rating,
                "at": to_text(NOW - days * DAY),
            },
        )

    found = work.due.bad_feedback(NOW)
    assert [(row.incident, row.client, row.client_name, row.words, row.at, row.assignee) for row in found] == [
        ("INC-1", "acme", "Acme", "slow", NOW - DAY, "ana"),
        (None, "acme", "Acme", "slow", NOW - 13 * DAY, None),
    ]


# Reminders


def test_a_reminder_is_taken_once_of_each_kind_and_can_be_given_back(work, add):
    _promise(work, add(), "acme", NOW)
    promise = work.due.promises(NOW)[0].promise

    assert work.due.claim_reminder(promise, "soon", at=NOW)
    assert not work.due.claim_reminder(promise, "soon", at=NOW)
    assert work.due.claim_reminder(promise, "overdue", at=NOW)
    work.due.forget_reminder(promise, "soon")
    assert work.due.claim_reminder(promise, "soon", at=NOW)
    assert not work.due.claim_reminder(promise, "overdue", at=NOW)
