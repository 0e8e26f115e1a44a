from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.model.component import CORE, PHP, Component
from plugwatch.model.hold import Hold
from plugwatch.model.suspects import Concern, SiteChange, rank_suspects

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=timezone.utc)


def _change(slug, minutes, *, before="1", after="2", what=("updated",), auto=None):
    return SiteChange(Component("plugin", slug), before, after, NOW - timedelta(minutes=minutes), what, auto)


def _why(change, *concerns):
    [suspect] = rank_suspects([change], NOW, {change.component: concerns}, {})
    return suspect.why


def test_what_breaks_elsewhere_in_this_version_comes_first_then_the_latest():
    changes = [_change("old", 600), _change("new", 5), _change("elsewhere", 6000), _change("later", -1)]
    elsewhere = [Concern("INC-5", "2", None, is_open=True), Concern("INC-3", None, ">=2,<3", is_open=True)]

    ranked = rank_suspects(changes, NOW, {Component("plugin", "elsewhere"): elsewhere}, {})

    assert [suspect.change.component.slug for suspect in ranked] == ["elsewhere", "new", "old"]
    assert ranked[0].why == ("updated 1 → 2 4 days before", "also in INC-5, INC-3, in this version")


def test_an_open_incident_weighs_more_than_a_past_one_and_the_same_version_more_than_another():
    def order(*concerns):
        changes = [_change(str(number), 60) for number in range(len(concerns))]
        about = {change.component: [concern] for change, concern in zip(changes, concerns, strict=True)}
        return [int(suspect.change.component.slug) for suspect in rank_suspects(changes, NOW, about, {})]

    open_same, open_other = Concern("INC-1", "2", None, is_open=True), Concern("INC-1", "1.5", None, is_open=True)
    past_same, past_other = Concern("INC-1", "2", None, is_open=False), Concern("INC-1", None, None, is_open=False)

    assert order(past_other, past_same, open_other, open_same) == [3, 2, 1, 0]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_change("a", 0), ("updated 1 → 2 just before",)),
        (_change("a", 59), ("updated 1 → 2 59 min before",)),
        (_change("a", 60), ("updated 1 → 2 1 h before",)),
        (_change("a", 47 * 60, auto=True), ("updated 1 → 2 47 h before", "updates itself")),
        (_change("a", 48 * 60, before=None, what=("installed",)), ("installed (2) 2 days before",)),
        (_change("a", 5, before=None, after=None, what=("installed",)), ("installed (version unknown) 5 min before",)),
        (_change("a", 5, after=None, what=("removed",)), ("removed (was 1) 5 min before",)),
        (_change("a", 5, after="1", what=("activated",)), ("activated 5 min before",)),
        (_change("a", 5, before="2", after="1", what=("downgraded",)), ("downgraded 2 → 1 5 min before",)),
        (_change("a", 5, what=("updated", "activated")), ("updated, activated 1 → 2 5 min before",)),
        (
            SiteChange(PHP, "8.2", "8.4", NOW, ("updated",)),
            ("updated 8.2 → 8.4 just before", "everything on the site runs on it"),
        ),
    ],
)  # fmt: skip
def test_suspects_say_why(change, why):
    assert _why(change) == why


def test_past_incidents_are_named_with_whether_they_were_about_this_version():
    concerns = (Concern("INC-9", "2", None, is_open=False), Concern("INC-4", "1.9", None, is_open=False))

    assert _why(_change("a", 60), *concerns) == (
        "updated 1 → 2 1 h before",
        "once in INC-9, in this version",
        "once in INC-4, in another version",
    )


@given(minutes=st.lists(st.integers(-10, 20_000), max_size=8))
def test_nothing_that_changed_before_is_left_out_and_nothing_later_named(minutes):
    changes = [_change(str(number), minute) for number, minute in enumerate(minutes)]

    ranked = [suspect.change for suspect in rank_suspects(changes, NOW, {}, {})]

    assert sorted(ranked, key=changes.index) == [change for change in changes if change.at <= NOW]
    assert [change.at for change in ranked] == sorted((change.at for change in ranked), reverse=True)


def test_core_and_php_are_suspects_like_any_component():
    core = SiteChange(CORE, "6.9", "7.0", NOW - timedelta(hours=1), ("updated",))

    ranked = rank_suspects([_change("a", 60), core], NOW, {CORE: [Concern("INC-2", "7.0", None, is_open=True)]}, {})

    assert [str(suspect.change.component) for suspect in ranked] == ["core", "plugin/a"]


def test_a_broken_hold_weighs_heavily_and_says_who_holds():
    held = _change("held", 6000)
    hold = Hold("INC-7", held.component, ">=2", "loses orders", None, NOW, "kim")

    ranked = rank_suspects([_change("new", 5), held], NOW, {}, {held.component: [hold]})

    assert [suspect.change.component.slug for suspect in ranked] == ["held", "new"]
    assert "held by INC-7: loses orders" in ranked[0].why


def test_a_version_outside_the_hold_and_our_build_break_nothing():
    hold = Hold("INC-7", Component("plugin", "a"), ">=2", "loses orders", None, NOW, "kim")
    fixed = [_change("a", 5, after="1.9"), _change("a", 5, after="2.0.0.0-p1"), _change("a", 5, after=None)]

    for change in fixed:
        [suspect] = rank_suspects([change], NOW, {}, {change.component: [hold]})
        assert len(suspect.why) == 1
