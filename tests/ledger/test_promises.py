from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.model.client import Client, Contact
from plugwatch.model.incident import Incident
from plugwatch.model.messages.message import Answer, Message
from plugwatch.model.promise import Promise

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
MARIA = Contact("maria@acme.example")


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        for slug in ("acme", "bolt"):
            work.clients.add(Client(slug, slug.title(), (MARIA,)), at=NOW)
        for _ in range(2):
            new = Incident("", 0, "t", "identified", "high", "unknown", None, None, NOW)
            work.incidents.add(new, actor="ana", recorded_at=NOW)
        yield work


def _promise(work, due=NOW + HOUR, *, client="acme", incident="1", made=NOW, by=None) -> None:
    work.promises.add(work.incidents.get(incident), Promise(client, due, made), actor="ana", message_id=by)


def _tell(work, at, *, client="acme", incident="1", phase="identified", state="sent") -> Message:
    blank = Message(
        "", "", client, phase, 1, "", "smtp", "en", "s", "b", False, False, None, "", None, (), at, at, "ana"
    )
    kept = work.messages.add(work.incidents.get(incident), blank, domain="fernhill.example")
    claim = work.messages.claim(kept, (MARIA,), actor="ana", now=at, dead=at - HOUR)
    work.messages.hand(kept, claim, {MARIA.email: Answer("handing")}, now=at, dead=at - HOUR)
    work.messages.settle(kept, claim, {MARIA.email: Answer(state)}, now=at)
    return kept


def _kept(work, incident="1"):
    return [promise.kept_at for promise in work.promises.of_incident(work.incidents.get(incident))]


@pytest.mark.parametrize(
    ("after", "state"), [(timedelta(), "kept"), (HOUR, "kept"), (HOUR + timedelta(seconds=1), "late")]
)
def test_a_word_to_the_client_keeps_a_promise_in_time_or_late(work, after, state):
    _promise(work)
    _tell(work, NOW + after)

    [promise] = work.promises.of_incident(work.incidents.get("1"))
    assert promise.kept_at == NOW + after
    assert promise.state(NOW + 9 * HOUR) == state


@pytest.mark.parametrize("state", ["deferred", "refused", "unknown", "kept", "written", "waiting"])
def test_what_did_not_certainly_arrive_keeps_none(work, state):
    _promise(work)
    _tell(work, NOW + HOUR / 2, state=state)

    assert _kept(work) == [None]


def test_the_first_word_after_it_counts(work):
    _tell(work, NOW - HOUR)
    _promise(work)
    _tell(work, NOW + 3 * HOUR, phase="resolved")
    _tell(work, NOW + 2 * HOUR, phase="monitoring")

    assert _kept(work) == [NOW + 2 * HOUR]


def test_a_message_does_not_keep_the_promise_that_it_makes(work):
    message = _tell(work, NOW)
    assert not work.promises.has_from(message.id)
    _promise(work, by=message.id)

    assert work.promises.has_from(message.id)
    assert _kept(work) == [None]
    _tell(work, NOW + HOUR, phase="monitoring")
    assert _kept(work) == [NOW + HOUR]


def test_neither_another_client_nor_another_incident_keeps_it(work):
    _promise(work)
    _tell(work, NOW, client="bolt")
    _tell(work, NOW, incident="2")

    assert _kept(work) == [None]


@pytest.mark.parametrize(("promised", "told"), [("1", "2"), ("2", "1"), ("2", "2")])
def test_merged_incidents_are_one(work, promised, told):
    _promise(work, incident=promised)
    _tell(work, NOW + HOUR, incident=told)
    root = work.incidents.get("1").id
    work._connection.run("update incident set merged_into = :root where number = 2", {"root": root})

    assert _kept(work) == [NOW + HOUR]
    assert [p.kept_at for p in work.promises.of_client(work.clients.get("acme"))] == [NOW + HOUR]


def test_promises_of_a_client_have_the_next_due_first(work):
    _promise(work, NOW + 2 * HOUR)
    _promise(work, NOW + HOUR, incident="2")
    _promise(work, client="bolt")

    found = work.promises.of_client(work.clients.get("acme"))
    assert [(promise.due, promise.incident) for promise in found] == [(NOW + HOUR, "INC-2"), (NOW + 2 * HOUR, "INC-1")]
