from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from plugwatch.errors import PlugwatchError
from plugwatch.model.affected import (
    Evidence,
    Fate,
    cut_before,
    fixed_by,
    in_words,
    may_get,
    parse_affected,
    propose_range,
    subject,
    suspicion,
)
from plugwatch.model.component import CORE, PHP, Component
from plugwatch.model.incident import Incident
from plugwatch.model.version import VersionRange, compare

TIDY = Component("plugin", "tidy-forms")
VERSIONS = st.lists(st.integers(0, 12), min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)))
CONDITIONS = st.tuples(st.sampled_from((">=", ">", "<", "<=", "=", "!=")), VERSIONS)
RANGES = st.lists(CONDITIONS, min_size=1, max_size=3).map(lambda rows: VersionRange(tuple(rows)))


def _incident(**facts):
    known = {"component": TIDY, "version": "5.9.4", "trigger": "unknown", "affected": None} | facts
    at = datetime(2026, 11, 20, tzinfo=timezone.utc)
    return Incident("", 1, "forms", "identified", "high", opened_at=at, **known)


@pytest.mark.parametrize(
    ("facts", "bad", "doubtful", "good"),
    [
        ({}, ["5.9.4"], ["5.9.5", "6"], ["5.9.3"]),
        ({"affected": ">=5.9,<5.9.6"}, ["5.9", "5.9.5"], [], ["5.8", "5.9.6"]),
        ({"version": "2.0 RC 1"}, ["2.0 RC 1"], ["2.0"], ["1.9"]),
        ({"version": None}, [], ["1", "5.9.4"], []),
        ({"component": None, "version": None, "trigger": "php:8.4"}, ["8.4", "8.4.12"], ["8.5.1"], ["8.3.30"]),
        ({"component": None, "version": None, "trigger": "core:6.9.9"}, ["6.9.9"], ["6.9.10", "7.0"], ["6.9.8"]),
        ({"component": None, "version": None, "trigger": "core:7.0-beta"}, ["7.0-beta"], ["7.0"], ["6.9"]),
        ({"component": None, "version": None, "trigger": "php:"}, [], ["8.4"], []),
        ({"component": None, "version": None, "trigger": "update"}, [], ["1"], []),
    ],
)
def test_what_is_suspected_of_versions(facts, bad, doubtful, good):
    thought = suspicion(_incident(**facts))

    assert [one for one in (*bad, *doubtful, *good) if thought.lies_in(one) is True] == bad
    assert [one for one in (*bad, *doubtful, *good) if thought.lies_in(one) is None] == doubtful
    assert thought.lies_in(None) is None
    assert thought.lies_in(" ") is None


def test_nothing_is_suspected_from_a_release_with_the_fix_on():
    thought = suspicion(_incident(), "5.9.6")

    assert [thought.lies_in(one) for one in ("5.9.4", "5.9.5", "5.9.6", "6")] == [True, None, False, False]


def test_sites_are_looked_at_for_the_cause_else_for_what_brought_it_on():
    assert subject(_incident()) == TIDY
    assert subject(_incident(component=None, trigger="php:8.4")) == PHP
    assert subject(_incident(component=None, trigger="core:7.0")) == CORE
    assert subject(_incident(component=None, trigger="conflict")) is None
    assert subject(_incident(component=None, trigger="php:")) is None


@pytest.mark.parametrize(
    ("versions", "version", "offered", "may"),
    [
        (">=5.9.4", "5.9.3", None, True),
        (">=5.9.4", "6", None, True),
        (">=5.9.4,<5.9.6", "5.9.3", "5.9.4", True),
        (">=5.9.4,<5.9.6", "5.9.3", "5.9.6", False),
        (">=5.9.4,<5.9.6", "5.9.6", None, False),
        ("=5.9.4", "5.9.3", None, True),
        ("=5.9.4", "5.9.3", "5.9.4", True),
        ("=5.9.4", "5.9.3", "5.9.5", False),
        ("=5.9.4", "5.9.4", None, False),
        ("<=5.9.4", None, None, True),
    ],
)
def test_an_update_leads_up_and_from_what_is_offered_on(versions, version, offered, may):
    assert may_get(VersionRange.parse(versions), version, offered) is may


@given(RANGES, VERSIONS, VERSIONS)
def test_whoever_may_get_no_version_of_a_range_meets_none_above_his_own(versions, own, other):
    if not may_get(versions, own, None) and compare(other, own) > 0:
        assert not versions.contains(other)


@given(RANGES, VERSIONS, VERSIONS)
def test_what_is_cut_before_a_version_is_what_lies_before_it(versions, end, probe):
    rest = cut_before(versions, end)

    inside = versions.contains(probe) and compare(probe, end) < 0
    assert (rest is not None and rest.contains(probe)) is inside
    if rest:
        assert VersionRange.parse(str(rest)) == rest


def test_a_cut_range_says_nothing_twice():
    cuts = {
        ">=1.2": ">=1.2,<2",
        ">=1.2,<3": ">=1.2,<2",
        ">=1.2,<1.5": ">=1.2,<1.5",
        "=1.2": "=1.2",
        ">1,!=1.3": ">1,!=1.3,<2",
    }

    assert {before: str(cut_before(VersionRange.parse(before), "2")) for before in cuts} == cuts
    assert [cut_before(VersionRange.parse(text), "2") for text in (">=2", ">2", "=2", ">=2.1,<3")] == [None] * 4


def test_a_range_in_words():
    assert in_words(VersionRange.parse(">=1.2.4,<1.3,!=1.2.9")) == "1.2.4 and later, before 1.3, but not 1.2.9"


def _fates(*rows):
    return [Fate("INC-1", patch, version, fate) for patch, version, fate in rows]


@pytest.mark.parametrize(
    ("rows", "fixed"),
    [
        ((), None),
        ((("pw-a", "5.9.4", "carried"),), None),
        ((("pw-a", "5.9.4", "carried"), ("pw-a", "5.9.10", "landed"), ("pw-a", "5.9.9", "landed-variant")), "5.9.9"),
        ((("pw-a", "5.9.6", "landed"), ("pw-b", "5.9.8", "landed")), "5.9.8"),
        ((("pw-a", "5.9.6", "landed"), ("pw-b", "5.9.6", "carried")), None),
        ((("pw-a", "5.9.6", "landed"), ("pw-b", "5.9.4", "dropped")), "5.9.6"),
        ((("pw-a", "5.9.6", "dropped"),), None),
        ((("pw-a", "5.9.6", "landed"), ("pw-a", "5.9.7", "carried")), None),
        ((("pw-a", "5.9.6", "landed"), ("pw-a", "5.9.7", "carried"), ("pw-a", "5.9.8", "landed")), "5.9.8"),
        ((("pw-a", "5.9.4", "carried"), ("pw-a", "5.9.6+r2", "landed")), None),
    ],
)
def test_a_release_has_the_fix_when_it_has_every_patch(rows, fixed):
    assert fixed_by(_fates(*rows)) == fixed


@pytest.mark.parametrize(
    ("evidence", "proposed", "why"),
    [
        (Evidence(bad=("5.9.4",), before=("5.9.3", "5.8")), ">=5.9.4", ("bad 5.9.4", "good 5.9.3")),
        (
            Evidence(bad=("5.9.5", "5.9.4"), good=("5.9.2",), fixed=("5.9.10",)),
            ">=5.9.4,<5.9.10",
            ("bad 5.9.4 to 5.9.5", "good 5.9.2", "fixed 5.9.10"),
        ),
        (Evidence(bad=("2",), good=("3", "4")), ">=2,<3", ("bad 2", "good 3")),
        (Evidence(bad=("2",), before=("3",)), ">=2", ("bad 2",)),
        (Evidence(bad=("2",), good=("2",)), ">=2", ("bad 2",)),
        (Evidence(good=("2",)), None, ("no version is known to be bad",)),
        (Evidence(bad=("2.0 RC 1",)), None, ("no version is known to be bad",)),
        (
            Evidence(bad=("1", "3"), good=("2",)),
            None,
            ("2 is good, and so the bad 1 to 3 are no single range",),
        ),
        (
            Evidence(bad=("1", "3"), fixed=("2",)),
            None,
            ("2 is good, and so the bad 1 to 3 are no single range",),
        ),
    ],
)
def test_a_range_is_proposed_from_the_evidence(evidence, proposed, why):
    assert propose_range(evidence) == (proposed, why)


@given(st.lists(VERSIONS, max_size=4), st.lists(VERSIONS, max_size=4), st.lists(VERSIONS, max_size=4))
def test_a_proposed_range_has_all_that_is_bad_and_nothing_that_is_good(bad, good, before):
    proposed, why = propose_range(Evidence(tuple(bad), tuple(good), tuple(before)))

    assert why
    if proposed is not None:
        versions = VersionRange.parse(proposed)
        assert all(map(versions.contains, bad))
        assert not any(versions.contains(one) for one in good if all(compare(one, other) for other in bad))
    elif bad:
        only_good = [one for one in good if all(compare(one, other) for other in bad)]
        assert any(compare(low, one) < 0 < compare(high, one) for one in only_good for low in bad for high in bad)


@given(RANGES, VERSIONS)
def test_a_range_that_some_version_is_in_can_be_given(versions, version):
    assume(versions.contains(version))

    assert parse_affected(str(versions)) == versions


@pytest.mark.parametrize("text", [">1,<1", ">=1,<1", ">1,<=1", "=2,<2", ">=2,<1.9.9", "all", ">=none", "", "1 2"])
def test_a_range_that_no_version_is_in_cannot(text):
    with pytest.raises(PlugwatchError):
        parse_affected(text)


def test_a_version_without_a_digit_is_one_where_the_incident_is_about_it():
    assert str(parse_affected("trunk", known="trunk")) == "=trunk"
