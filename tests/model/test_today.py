from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.model import impact
from plugwatch.model.affected import suspicion
from plugwatch.model.component import Component
from plugwatch.model.impact import Exposure, Lens, judge
from plugwatch.model.incident import Incident
from plugwatch.model.today import (
    AUTOMATIC,
    BadFeedback,
    Due,
    Finding,
    OnCall,
    SilentVendor,
    Today,
    Turn,
    Undelivered,
    doubtful_versions,
    hit_next,
    only_mine,
    order_due,
    order_turns,
)
from plugwatch.model.version import sort_key

NOW = datetime(2026, 11, 19, 10, 0, tzinfo=timezone.utc)


def _due(incident: str, client: str, minutes: int, severity: str = "low", assignee: str | None = None) -> Due:
    due = NOW + timedelta(minutes=minutes)
    return Due(f"{incident}-{minutes}", incident, client, client.title(), due, "update", severity, assignee)


def _turn(number: int, turn: str, severity: str, assignee: str | None = None, **sites: int) -> Turn:
    return Turn(f"INC-{number}", "it breaks", turn, "why", severity, "identified", assignee, NOW, **sites)


def test_what_is_overdue_the_longest_goes_first_and_of_the_same_time_the_worst():
    rows = [
        _due("INC-10", "acme", 5, "high"),
        _due("INC-9", "acme", 5, "high"),
        _due("INC-2", "acme", 5),
        _due("INC-3", "bolt", -9),
        _due("INC-4", "bolt", -90),
    ]

    assert [row.incident for row in order_due(rows)] == ["INC-4", "INC-3", "INC-9", "INC-10", "INC-2"]


def test_of_several_promises_to_a_client_about_an_incident_the_first_counts():
    rows = [_due("INC-1", "acme", 30), _due("INC-1", "acme", -5), _due("INC-1", "bolt", 9), _due("INC-2", "acme", 7)]

    assert [row.promise for row in order_due(rows)] == ["INC-1--5", "INC-2-7", "INC-1-9"]


@pytest.mark.parametrize(("minutes", "state"), [(-1, "overdue"), (0, "soon"), (30, "soon"), (31, "open")])
def test_a_promise_is_soon_for_half_an_hour_and_then_overdue(minutes, state):
    assert _due("INC-1", "acme", minutes).state(NOW) == state


def test_our_turns_go_first_and_the_worst_of_them():
    rows = [_turn(1, "vendor", "critical"), _turn(10, "us", "low"), _turn(9, "us", "low"), _turn(12, "us", "high")]
    rows.append(_turn(3, "client", "low"))

    assert [row.incident for row in order_turns(rows)] == ["INC-12", "INC-9", "INC-10", "INC-3", "INC-1"]


def _everything(assignee: str | None) -> Today:
    return Today(
        now=NOW,
        on_call=OnCall("Ana"),
        due=[_due("INC-1", "acme", 5, assignee=assignee)],
        turns=[_turn(1, "us", "low", assignee)],
        undelivered=[Undelivered("INC-1", "acme", "Acme", "a@acme.example", "refused", None, NOW, assignee)],
        feedback=[BadFeedback(None, "acme", "Acme", "slow", NOW, assignee)],
        silent=[SilentVendor("SUB-1", None, "plugin/tidy-forms", "sent", NOW, assignee)],
        findings=[Finding("release", "plugin/tidy-forms", "out")],
    )


def _counts(today: Today) -> list[int]:
    parts = (today.due, today.turns, today.undelivered, today.feedback, today.silent, today.findings)
    return [len(part) for part in parts]


def test_mine_is_what_is_assigned_to_me():
    assert _counts(only_mine(_everything("ben"), "Ben")) == [1, 1, 1, 1, 1, 0]
    assert _counts(only_mine(_everything("ben"), "eve")) == [0] * 6


def test_what_nobody_has_belongs_to_whoever_is_on_call_and_to_all_where_nobody_is():
    assert _counts(only_mine(_everything(None), "ana")) == [1] * 6
    assert _counts(only_mine(_everything(None), "ben")) == [0] * 6
    assert _counts(only_mine(replace(_everything(None), on_call=None), "ben")) == [1] * 6
    assert _counts(only_mine(replace(_everything(None), on_call=OnCall(None)), "ben")) == [1] * 6


def test_to_look_at_is_what_has_sites_in_doubt():
    rows = [_turn(1, "us", "low"), _turn(2, "us", "low", in_triage=1), _turn(3, "vendor", "low", hit_next=2)]
    rows.append(_turn(4, "us", "low", run_out=1))

    assert [row.incident for row in Today(NOW, None, turns=rows).look] == ["INC-2", "INC-3", "INC-4"]


def test_the_words_for_what_nobody_has_decided_are_those_of_incident_impact():
    assert AUTOMATIC == impact.AUTOMATIC


_VERSIONS = st.sampled_from(["1.0", "1.2", "1.2.4", "1.3-beta1", "1.3", "2.0"])


@given(
    base=_VERSIONS,
    offered=st.none() | _VERSIONS,
    auto_update=st.booleans(),
    affected=st.none() | st.sampled_from([">=1.2", ">=1.2,<1.3", "<1.2", "=1.2.4", ">1.0,<=1.3,!=1.2", "!=1.2"]),
    version=_VERSIONS,
)
def test_the_sites_that_will_be_hit_next_are_those_of_incident_impact(base, offered, auto_update, affected, version):
    component = Component("plugin", "tidy-forms")
    incident = Incident("", 1, "", "identified", "low", "update", component, version, NOW, affected=affected)
    row = Exposure("shop", "acme", "shop", base, base, None, "active", auto_update, offered, NOW, NOW)
    lens = Lens(component, suspicion(incident), NOW, timedelta(days=3), patched={}, lacking={})
    [judged] = judge([row], [], lens, tiers={})
    doubtful = doubtful_versions(affected, version)

    found = hit_next(sort_key(base), doubtful, auto_update=auto_update, offered=offered)
    assert found == (judged.group == "next")
