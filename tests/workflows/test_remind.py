from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from plugwatch.errors import UnknownError
from plugwatch.model.client import Client
from plugwatch.model.incident import Incident
from plugwatch.model.promise import Promise
from plugwatch.workflows.remind import remind

NOW = datetime(2026, 11, 19, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
MINUTE = timedelta(minutes=1)
NEW = Incident("", 0, "it breaks", "identified", "high", "update", None, None, NOW, assignee="ana")


@pytest.fixture
def promise(ledger):
    """Make a promise of an incident of its own."""
    with ledger.unit_of_work() as work:
        work.clients.add(Client("acme", "Acme Ltd"), at=NOW)

    def make(due: datetime, assignee: str | None = "ana") -> None:
        with ledger.unit_of_work() as work:
            incident = work.incidents.add(replace(NEW, assignee=assignee), actor="dana", recorded_at=NOW)
            work.promises.add(incident, Promise("acme", due.astimezone(timezone.utc), NOW), actor="dana")

    return make


@pytest.fixture
def run(ledger):
    """Remind as of a moment; the texts that were sent."""

    def reminded(now: datetime = NOW, *, names: bool = False, on_call: str | None = None) -> list[tuple[str, str]]:
        sent: list[tuple[str, str]] = []
        count = remind(ledger, lambda *text: sent.append(text), now=now, on_call=on_call, names=names)
        assert bool(count) == bool(sent)
        return sent

    return reminded


def test_each_promise_is_reminded_of_when_it_is_near_and_when_it_is_overdue_and_never_again(promise, run):
    promise(NOW + 40 * MINUTE)

    assert run() == []
    assert run(NOW + 10 * MINUTE) == [
        ("Clients wait for a word: 1 due soon", "INC-1: a client hears from us by 10:40 (in 30 min), ana")
    ]
    assert run(NOW + 20 * MINUTE) == []
    assert run(NOW + 42 * MINUTE) == [
        ("Clients wait for a word: 1 overdue", "INC-1: a client should have heard from us by 10:40 (2 min ago), ana")
    ]
    assert run(NOW + 600 * MINUTE) == []


def test_one_text_holds_all_of_them_with_those_who_should_act(promise, run):
    promise(NOW + 5 * MINUTE, assignee=None)
    promise(NOW - 5 * MINUTE)

    [(title, body)] = run(names=True, on_call="ben")
    assert title == "Clients wait for a word: 1 overdue, 1 due soon"
    assert body.splitlines() == [
        "INC-2: Acme Ltd should have heard from us by 9:55 (5 min ago), ana",
        "INC-1: Acme Ltd hears from us by 10:05 (in 5 min), ben",
    ]


def test_of_several_promises_to_one_client_about_one_incident_the_first_counts(ledger, promise, run):
    promise(NOW - 5 * MINUTE)
    with ledger.unit_of_work() as work:
        work.promises.add(work.incidents.get("1"), Promise("acme", NOW + 5 * MINUTE, NOW), actor="dana")

    assert [title for title, _ in run()] == ["Clients wait for a word: 1 overdue"]
    assert run(NOW + 10 * MINUTE) == []


def test_a_long_text_ends_with_a_number(promise, run):
    for _ in range(12):
        promise(NOW, assignee=None)

    [(title, body)] = run()
    assert title == "Clients wait for a word: 12 due soon"
    assert body.splitlines()[9:] == [
        "INC-10: a client hears from us by 10:00 (in 0 min)",
        "and 2 more: plugwatch today",
    ]


def test_what_could_not_be_sent_is_sent_the_next_time(ledger, promise, run):
    promise(NOW)

    def fail(*_text: str) -> None:
        raise UnknownError("no answer")

    with pytest.raises(UnknownError, match="no answer"):
        remind(ledger, fail, now=NOW, on_call=None, names=False)
    assert len(run()) == 1
