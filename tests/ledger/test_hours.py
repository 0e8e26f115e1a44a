from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from plugwatch.model.client import Client
from plugwatch.model.component import Component
from plugwatch.model.incident import Call, Event, Impact, Incident
from plugwatch.model.money import Worked
from plugwatch.model.site import Site

NOW = datetime(2026, 11, 19, 10, 0, tzinfo=timezone.utc)
TIDY = Component("plugin", "tidy-forms")
NEW = Incident("", 0, "it breaks", "identified", "high", "update", TIDY, "1.2.4", NOW)


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        for name in ("acme", "bolt", "corvid"):
            work.clients.add(Client(name, name.title()), at=NOW)
            work.sites.add(Site(name, name), at=NOW)
        for component in (TIDY, None, TIDY):
            work.incidents.add(replace(NEW, component=component), actor="dana", recorded_at=NOW)
        work._connection.run(
            "insert into vendor (component_id, name, words) values (:id, 'Tidyworks', '')",
            {"id": work.components.get_or_create(TIDY)},
        )
    with ledger.unit_of_work() as work:
        yield work


def _note(work: Any, number: str, minutes: int | None, *, client: str | None = None, at: datetime = NOW) -> None:
    event = Event(at, NOW, "dana", "note", "internal", "looked", minutes, client)
    work.incidents.add_event(work.incidents.get(number), event)


def test_minutes_are_added_up_by_incident_and_by_the_client_whom_the_note_names(work):
    for minutes in (25, None, 15):
        _note(work, "1", minutes)
    _note(work, "1", 10, client="bolt")
    _note(work, "2", 5)

    rows = sorted(work.hours.worked(), key=lambda row: (row.incident, row.minutes))
    assert rows == [
        Worked("INC-1", "plugin/tidy-forms", "Tidyworks", "bolt", (), 10),
        Worked("INC-1", "plugin/tidy-forms", "Tidyworks", None, (), 40),
        Worked("INC-2", None, None, None, (), 5),
    ]
    assert work.hours.of_incident(work.incidents.get("1")) == 50
    assert work.hours.of_incident(work.incidents.get("3")) == 0


def test_whoever_called_or_was_hit_shares_them(work):
    found = work.incidents.get("1")
    work.incidents.add_call(found, Call("acme", "acme", "Jo", "mail", "broken", None, NOW, NOW, "dana"))
    work.incidents.add_call(found, Call(None, None, None, "monitor", "broken", None, NOW, NOW, "dana"))
    for site, state in (("acme", "affected"), ("bolt", "mitigated"), ("corvid", "in_triage")):
        work.impacts.add(found, Impact(site, site, state, None, "dana", NOW))
    _note(work, "1", 30)

    assert [row.clients for row in work.hours.worked()] == [("acme", "bolt")]


def test_what_was_merged_is_worked_on_the_other_one(work):
    merged, root = work.incidents.get("3"), work.incidents.get("2")
    work.incidents.add_call(merged, Call("acme", "acme", "Jo", "mail", "broken", None, NOW, NOW, "dana"))
    _note(work, "3", 30)
    _note(work, "2", 5)
    work._connection.run("update incident set merged_into = :into where id = :id", {"id": merged.id, "into": root.id})

    assert work.hours.worked() == [Worked("INC-2", None, None, None, ("acme",), 35)]
    assert work.hours.of_incident(root) == 35


def test_only_what_was_done_since_a_moment_counts(work):
    _note(work, "1", 30, at=NOW - timedelta(days=1))
    _note(work, "1", 5)

    assert [row.minutes for row in work.hours.worked(NOW)] == [5]
