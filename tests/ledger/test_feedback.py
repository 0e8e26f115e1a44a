from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.errors import NotFoundError
from plugwatch.model.client import Client
from plugwatch.model.incident import Incident
from plugwatch.model.messages.message import Feedback

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)
BAD = Feedback("acme", "bad", "nobody\ncalled 🦄 ‮", "INC-1", NOW, NOW + timedelta(hours=1), "ana")


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        work.clients.add(Client("acme", "Acme"), at=NOW)
        new = Incident("", 0, "t", "closed", "high", "unknown", None, None, NOW)
        work.incidents.add(new, actor="ana", recorded_at=NOW)
        yield work


def test_an_answer_is_read_as_it_was_kept(work):
    bare = Feedback("acme", "good", None, None, NOW - timedelta(days=1), NOW, "ben")
    work.feedback.add(BAD, work.incidents.get("1"))
    work.feedback.add(bare, None)

    assert work.feedback.of_client(work.clients.get("acme")) == [bare, BAD]
    assert work.feedback.of_incident(work.incidents.get("1")) == [BAD]


def test_nobody_has_answered_yet(work):
    assert work.feedback.of_client(work.clients.get("acme")) == []
    assert work.feedback.of_incident(work.incidents.get("1")) == []


def test_only_clients_of_ours_answer(work):
    with pytest.raises(NotFoundError):
        work.feedback.add(Feedback("nobody", "good", None, None, NOW, NOW, "ana"), None)
