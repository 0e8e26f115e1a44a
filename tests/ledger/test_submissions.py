from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.errors import LedgerError, NotFoundError
from plugwatch.model.component import Component
from plugwatch.model.incident import Incident
from plugwatch.model.submission import Check
from plugwatch.model.submitted import Submission, SubmissionFile

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=timezone.utc)
TIDY = Component("plugin", "tidy-forms")
DRAFT = Submission(
    number=1,
    incident=None,
    patch="pw-abcdefghij",
    component=TIDY,
    channel="trac",
    status="draft",
    title="Accept “the” form 🦄",
    body="== Problem ==\n\n100 % broken\n",
    url="https://trac.example/newticket",
    files=(SubmissionFile("z.diff", "/drafts/z.diff"), SubmissionFile("a.txt", "/drafts/a.txt")),
    checks=(Check("privacy", True, "fine"), Check("blanks", False, "not filled in: PHP version")),
    created_at=NOW,
    actor="dana",
)


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        yield work


def _incident(work) -> Incident:
    new = Incident("", 0, "t", "identified", "high", "unknown", TIDY, "1", NOW)
    return work.incidents.add(new, actor="dana", recorded_at=NOW)


def test_a_submission_is_read_as_it_was_kept(work):
    incident = _incident(work)
    kept = replace(DRAFT, incident="INC-1")

    work.submissions.add(kept, incident.id)

    assert work.submissions.get("SUB-1") == kept
    assert kept.name == "SUB-1"


def test_what_there_is_not_stays_away(work):
    bare = replace(DRAFT, patch=None, url=None, files=(), checks=(), title="", body="")

    work.submissions.add(bare, None)

    assert work.submissions.get("1") == bare


def test_files_and_checks_keep_their_order(work):
    checks = tuple(Check(f"c{n}", n % 2 == 0, "") for n in range(12))
    files = tuple(SubmissionFile(f"f{n}", f"/f{n}") for n in range(12))

    work.submissions.add(replace(DRAFT, checks=checks, files=files), None)

    found = work.submissions.get("1")
    assert (found.checks, found.files) == (checks, files)


@pytest.mark.parametrize("text", ["SUB-1", "sub-1", "1", " 1 "])
def test_a_submission_is_found_by_its_number(work, text):
    work.submissions.add(DRAFT, None)

    assert work.submissions.get(text) == DRAFT


@pytest.mark.parametrize("text", ["", "2", "SUB-2", "SUB-", "INC-1", "x", "9" * 19])
def test_a_submission_that_is_not_there(work, text):
    work.submissions.add(DRAFT, None)

    with pytest.raises(NotFoundError, match=r"there is no submission .*; see 'plugwatch submission list'"):
        work.submissions.get(text)


def test_all_have_the_newest_first_and_an_incidents_the_earliest(work):
    incident = _incident(work)
    for number in (1, 2, 3):
        mine = number != 2
        work.submissions.add(
            replace(DRAFT, number=number, incident="INC-1" if mine else None, created_at=NOW + timedelta(hours=number)),
            incident.id if mine else None,
        )

    assert [s.name for s in work.submissions.all()] == ["SUB-3", "SUB-2", "SUB-1"]
    assert [s.name for s in work.submissions.of_incident(incident.id)] == ["SUB-1", "SUB-3"]
    assert list(work.submissions.of_incident("none")) == []


def test_a_number_is_used_once(ledger):
    def twice() -> None:
        with ledger.unit_of_work() as work:
            work.submissions.add(DRAFT, None)
            work.submissions.add(DRAFT, None)

    with pytest.raises(LedgerError):
        twice()
    with ledger.unit_of_work() as work:
        assert list(work.submissions.all()) == []


def test_an_incident_that_is_not_there_is_refused(ledger):
    with pytest.raises(LedgerError), ledger.unit_of_work() as work:
        work.submissions.add(DRAFT, "none")
