from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.errors import PlugwatchError
from plugwatch.model.component import Component
from plugwatch.model.incident import Incident
from plugwatch.model.operation import Operation
from plugwatch.workflows.hold import Wanted, hold, lift, narrow_verified

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=timezone.utc)
LATER = NOW + timedelta(days=1)
TIDY = Component("plugin", "tidy-forms")


@pytest.fixture
def work(ledger):
    """Two incidents about Tidy Forms 5.9.4; for each a patch is carried on it."""
    with ledger.unit_of_work() as work:
        for _ in range(2):
            new = Incident("", 0, "t", "identified", "high", "unknown", TIDY, "5.9.4", NOW)
            work.incidents.add(new, actor="ana", recorded_at=NOW)
        patches = [{"id": f"pw-{n}", "title": "t", "origin": "5.9.4", "incident": f"INC-{n}"} for n in (1, 2)]
        _apply(work, patches=patches, stacks=[{"version": "5.9.4", "patches": ["pw-1", "pw-2"]}])
        yield work


def _apply(work, **rows):
    work.forks.apply(Operation(f"OP-{rows}", str(TIDY), "x", "kim", NOW.isoformat(), (), rows))


def _drop(work, patch, version, verdict="landed"):
    _apply(work, drops=[{"patch": patch, "version": version, "verdict": verdict, "evidence": []}])


def _hold(work, number, versions=">=5.9.4", **facts):
    incident = work.incidents.get(number)
    return hold(work, incident, Wanted("forms fail", versions, **facts), actor="ana", now=NOW)


def _narrow(work):
    return narrow_verified(work, TIDY, actor="ben", now=LATER)


def _held(work, number):
    return [one.versions for one in work.holds.of_incident(work.incidents.get(number)) if one.lifted_at is None]


def test_a_hold_ends_before_the_release_that_has_the_fix(work):
    _hold(work, "1", until="a release with our fix")
    _hold(work, "2")
    _drop(work, "pw-1", "5.9.6")

    assert _narrow(work) == [
        "hold of INC-1: plugin/tidy-forms >=5.9.4 is >=5.9.4,<5.9.6 now: 5.9.6 has our fix",
    ]
    before, after = work.holds.of_incident(work.incidents.get("1"))
    assert (before.lifted_at, before.lifted_why) == (LATER, "5.9.6 has our fix")
    assert (after.versions, after.lifted_at) == (">=5.9.4,<5.9.6", None)
    assert (after.reason, after.until, after.at, after.actor) == ("forms fail", "a release with our fix", NOW, "ana")
    assert _held(work, "2") == [">=5.9.4"]
    event = work.incidents.events(work.incidents.get("1"))[-1]
    assert (event.kind, event.actor, event.at) == ("hold", "ben", LATER)
    assert event.body == "plugin/tidy-forms >=5.9.4 is >=5.9.4,<5.9.6 now: 5.9.6 has our fix"


def test_to_narrow_again_changes_nothing(work):
    _hold(work, "1")
    _drop(work, "pw-1", "5.9.6")
    _narrow(work)

    assert _narrow(work) == []
    assert _held(work, "1") == [">=5.9.4,<5.9.6"]


def test_a_hold_of_which_nothing_is_left_ends(work):
    _hold(work, "1", ">=5.9.6")
    _drop(work, "pw-1", "5.9.6")

    assert _narrow(work) == ["hold of INC-1: no longer: plugin/tidy-forms >=5.9.6: 5.9.6 has our fix"]
    assert _held(work, "1") == []


@pytest.mark.parametrize("versions", ["=5.9.4", ">=5.9.4,<5.9.6", ">=6"])
def test_a_hold_that_does_not_touch_the_release_stays_as_it_is(work, versions):
    _hold(work, "1", versions)
    _drop(work, "pw-1", "5.9.6")

    assert _narrow(work) == []
    assert _held(work, "1") == [versions]


def test_a_patch_that_was_given_up_proves_nothing(work):
    _hold(work, "1")
    _drop(work, "pw-1", "5.9.6", "dropped")

    assert _narrow(work) == []


def test_what_was_merged_needs_all_patches_of_both(work):
    _hold(work, "1")
    _hold(work, "2", ">=5.9.5")
    work.incidents.merge(work.incidents.get("1"), work.incidents.get("2"))
    _drop(work, "pw-1", "5.9.6")
    assert _narrow(work) == []

    _drop(work, "pw-2", "5.9.7", "landed-variant")
    _narrow(work)

    assert _held(work, "2") == [">=5.9.4,<5.9.7", ">=5.9.5,<5.9.7"]


def test_a_hold_that_is_lifted_says_why(work):
    incident = work.incidents.get("1")
    known = _hold(work, "1")

    assert lift(work, incident, actor="ben", now=LATER, why="the vendor took 5.9.4 back") == [known]
    assert work.holds.of_incident(incident)[0].lifted_why == "the vendor took 5.9.4 back"
    assert work.incidents.events(incident)[-1].body == (
        "no longer: plugin/tidy-forms >=5.9.4: the vendor took 5.9.4 back"
    )
    with pytest.raises(PlugwatchError, match="INC-1 holds nothing"):
        lift(work, incident, actor="ben", now=LATER)


@pytest.mark.parametrize(
    ("affected", "after"),
    [(">=5.9.4", ">=5.9.4,<5.9.6"), (">=5.9.4,<5.9.5", ">=5.9.4,<5.9.5"), (None, None), (">=5.9.6", ">=5.9.6")],
)
def test_affected_versions_end_before_the_release_that_has_the_fix(work, affected, after):
    incident = replace(work.incidents.get("1"), affected=affected)
    work.incidents.update(incident)
    _drop(work, "pw-1", "5.9.6")

    said = _narrow(work)
    assert _narrow(work) == []

    changed = work.incidents.get("1")
    assert changed.affected == after
    lines = [event.body for event in work.incidents.events(changed) if event.kind == "set"]
    assert lines == ([f"affected versions: {after}: 5.9.6 has our fix"] if after != affected else [])
    assert said == [f"INC-1: {line}" for line in lines]
