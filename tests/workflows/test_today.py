from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from plugwatch.ledger.database import open_ledger
from plugwatch.model.client import Client, WorkingHours
from plugwatch.model.component import Component
from plugwatch.model.incident import Call, Impact, Incident
from plugwatch.model.promise import Promise
from plugwatch.model.roads.ladder import Week
from plugwatch.model.site import Site
from plugwatch.workflows.today import look

NOW = datetime(2026, 11, 19, 10, 0, tzinfo=timezone.utc)
WEEK = Week(WorkingHours.parse("Mon-Fri 9-18"))
TIDY = Component("plugin", "tidy-forms")
NEW = Incident("", 0, "it breaks", "identified", "high", "update", TIDY, "1.2.4", NOW)


def test_ten_times_the_incidents_are_read_with_the_same_few_statements(tmp_path: Path) -> None:
    counts = []
    with open_ledger("sqlite:///plugwatch.db", workspace=tmp_path, create=True) as ledger:
        with ledger.unit_of_work() as work:
            work.clients.add(Client("acme", "Acme"), at=NOW)
            work.sites.add(Site("shop", "acme"), at=NOW)
        for incidents in (3, 30):
            with ledger.unit_of_work() as work:
                for number in range(incidents):
                    due = NOW + timedelta(minutes=number)
                    incident = work.incidents.add(replace(NEW, severity="low"), actor="dana", recorded_at=NOW)
                    work.incidents.add_call(incident, Call("shop", "acme", "Jo", "mail", "no", None, NOW, NOW, "dana"))
                    work.promises.add(incident, Promise("acme", due, NOW), actor="dana")
                    work.impacts.add(incident, Impact("shop", "acme", "affected", None, "dana", NOW))
            statements: list[str] = []
            with ledger.reading() as work:
                work._connection._raw.set_trace_callback(statements.append)
                found = look(work, now=NOW, on_call=None, stale_after=timedelta(days=3), week=WEEK)
                work._connection._raw.set_trace_callback(None)
            counts.append((len(found.due), len(found.turns), len(statements)))

    (few, _, before), (many, turns, after) = counts
    assert (few, many, turns) == (3, 33, 33)
    assert before == after <= 13
