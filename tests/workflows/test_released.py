from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from plugwatch.errors import ForkError, UnknownError
from plugwatch.ledger.database import open_ledger
from plugwatch.model.client import Client
from plugwatch.model.component import Component
from plugwatch.model.incident import Incident
from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.roads.released import ReleaseVerdict
from plugwatch.model.roads.submitted import Change, Post, Submission
from plugwatch.model.site import Site
from plugwatch.workflows.inventories import ListOrigin, import_list
from plugwatch.workflows.released import Released, commands, look, needs_person

NOW = datetime(2026, 11, 19, 10, 0, tzinfo=timezone.utc)
DAY = timedelta(days=1)
TIDY = Component("plugin", "tidy-forms")
NEW = Incident("", 0, "it breaks", "identified", "high", "update", TIDY, "1.2.4", NOW - 9 * DAY)
LANDED = ReleaseVerdict("1.2.10", "landed", ("includes/mail.php: it is there",), kept_at=NOW)
LACKING = ReleaseVerdict("1.2.10", "carried", ("includes/mail.php: it is not there",), kept_at=NOW)


@pytest.fixture
def ledger(tmp_path):
    with open_ledger("sqlite:///plugwatch.db", workspace=tmp_path, create=True) as ledger:
        yield ledger


@pytest.fixture
def add(ledger) -> Callable[..., Submission]:
    def add(status: str = "accepted", *, patch: str | None = "pw-abcdefghij") -> Submission:
        with ledger.unit_of_work() as work:
            incident = work.incidents.add(NEW, actor="dana", recorded_at=NOW)
            made = Submission(
                number=work.counters.next("submission"),
                incident=incident.name,
                patch=None,
                component=TIDY,
                channel="trac",
                status=status,
                posts=(Post("", "patch", "sent", "Title", "Body", NOW - 9 * DAY, "dana", sent_at=NOW - 9 * DAY),),
                created_at=NOW - 9 * DAY,
                actor="dana",
                changes=(Change(status, NOW - 3 * DAY, "dana"),),
            )
            made = replace(made, posts=(replace(made.posts[0], id=f"p{made.number}"),))
            work.submissions.add(made, incident.id)
            work._connection.run(
                "update submission set patch_id = :patch where number = :number",
                {"patch": patch, "number": made.number},
            )
            return work.submissions.get(made.name)

    return add


def _look(
    ledger: Any,
    verdicts: Callable[[Submission], Sequence[ReleaseVerdict]],
    *names: str,
    claims: Sequence[str] = (),
) -> list[Released]:
    return list(look(ledger, names, verdicts, lambda _name: claims, actor="dana", now=NOW))


def _bodies(ledger: Any) -> list[str]:
    with ledger.reading() as work:
        return [event.body for event in work.incidents.events(work.incidents.get("1"))]


def test_what_a_release_holds_is_released_with_its_evidence_once(ledger, add):
    add()
    (row,) = _look(ledger, lambda _one: [LANDED], "SUB-1")
    assert (row.submission.status, row.submission.fixed_in, row.is_new) == ("released", "1.2.10", True)
    last = row.submission.changes[-1]
    assert (last.note, last.by_hand) == ("1.2.10 holds it: includes/mail.php: it is there", False)
    assert _bodies(ledger) == ["SUB-1 on trac: released: 1.2.10 holds the fix"]
    assert commands(row)[0] == "plugwatch fork upgrade plugin/tidy-forms --to 1.2.10"
    assert _look(ledger, lambda _one: [LANDED], "SUB-1") == []


def test_sites_with_something_older_that_was_hit_are_to_be_moved_by_client(ledger, add):
    add()
    runs = (
        ("z", "acme", "1.2.9"),
        ("a", "bolt", "1.2.9.0-p1"),
        ("b", "acme", "1.2.10"),
        ("never-hit", "acme", "1.2.3"),
    )
    with ledger.unit_of_work() as work:
        work.incidents.update(replace(work.incidents.get("1"), affected=">=1.2.4"))
        for site, client, version in runs:
            if client not in {known.slug for known in work.clients.list()}:
                work.clients.add(Client(client, client), at=NOW)
            work.sites.add(Site(site, client), at=NOW)
            listed = Installed("plugin", "tidy-forms", "Tidy", version, status="active")
            found = Inventory("list", (listed,), complete_kinds=frozenset({"plugin"}))
            import_list(work, work.sites.get(site), found, ListOrigin("list", NOW, NOW, "dana"))

    (row,) = _look(ledger, lambda _one: [LANDED], "SUB-1")
    assert [(site.client, site.site) for site in row.sites] == [("acme", "z"), ("bolt", "a")]
    assert needs_person(row) == "SUB-1: 1.2.10 holds the fix; 2 sites of 2 clients to move"


def test_a_release_that_lacks_what_was_closed_is_noted_once_and_told_again(ledger, add):
    add()
    first, second = (_look(ledger, lambda _one: [LACKING], "SUB-1")[0] for _ in range(2))
    assert (first.judged.missing_in, first.is_new, second.is_new) == ("1.2.10", True, False)
    assert first.submission.status == second.submission.status == "accepted"
    assert _bodies(ledger) == ["SUB-1 on trac: closed as fixed, and 1.2.10 does not hold it"]
    assert "1.2.10 does not hold it" in (needs_person(second) or "")


def test_only_what_lies_with_the_vendor_is_compared(ledger, add):
    for status in ("draft", "rejected", "withdrawn", "released"):
        add(status)
    assert _look(ledger, lambda _one: [LANDED], "SUB-1", "SUB-2", "SUB-3", "SUB-4") == []


def test_a_fork_that_cannot_tell_is_a_row_and_the_others_are_compared(ledger, add):
    add(), add(), add()

    def verdicts(one: Submission) -> list[ReleaseVerdict]:
        if one.name == "SUB-1":
            raise ForkError("it is damaged")
        if one.name == "SUB-2":
            raise UnknownError("git took too long")
        return [LANDED]

    damaged, slow, fine = _look(ledger, verdicts, "SUB-1", "SUB-2", "SUB-3")
    assert (needs_person(damaged), damaged.is_unknown) == ("SUB-1: it is damaged", False)
    assert (needs_person(slow), slow.is_unknown) == (None, True)
    assert fine.submission.status == "released"


def test_without_a_patch_the_vendors_word_is_a_claim_for_a_person(ledger, add):
    add(patch=None)
    (row,) = _look(ledger, lambda _one: [], "SUB-1", claims=("v1.2.10",))
    assert row.submission.status == "accepted"
    assert "the vendor says that v1.2.10 holds it" in (needs_person(row) or "")
    assert "plugwatch submission mark SUB-1 released --note TEXT" in (needs_person(row) or "")
    assert _look(ledger, lambda _one: [], "SUB-1") == []


def test_whoever_is_faster_is_not_overwritten(ledger, add):
    sent = add()

    def verdicts(_one: Submission) -> list[ReleaseVerdict]:
        with ledger.unit_of_work() as work:
            work.submissions.change(replace(sent, status="withdrawn"), Change("withdrawn", NOW, "ben"))
        return [LANDED]

    (row,) = _look(ledger, verdicts, "SUB-1")
    assert (row.submission.status, row.is_new) == ("withdrawn", False)
