from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.model.component import Component
from plugwatch.model.hold import Hold
from plugwatch.model.impact import Exposed
from plugwatch.model.incident import Impact, Incident
from plugwatch.model.life import BadVersions, Remains, is_known_error, is_waiting, state_at, to_close, to_resolve
from plugwatch.model.promise import Promise
from plugwatch.model.suspects import Concern

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=timezone.utc)
TIDY = Component("plugin", "tidy-forms")
INCIDENT = Incident("1", 3, "t", "identified", "high", "unknown", TIDY, "1.2.4", NOW)
IMPACT = Impact("shop", "acme", "affected", None, "dana", NOW)
SITE = Exposed(
    "shop", "acme", "shop", "1.2.4", "1.2.4", "active", None, None, NOW, in_range=True, stale=False, group="affected"
)


def test_a_verdict_that_has_run_out_says_nothing():
    short = replace(IMPACT, state="not_affected", valid_until=NOW + timedelta(hours=1))

    assert state_at(IMPACT, NOW) == "affected"
    assert state_at(short, NOW) == "not_affected"
    assert state_at(short, NOW + timedelta(hours=1)) == "in_triage"


@pytest.mark.parametrize(
    ("group", "state", "waits"),
    [
        ("affected", "affected", True),
        ("triage", "in_triage", True),
        ("triage", None, True),
        ("unknown", "in_triage", True),
        ("unknown", None, False),
        ("next", None, False),
        ("out", "not_affected", False),
        ("done", "mitigated", False),
    ],
)
def test_which_sites_wait_for_us(group, state, waits):
    assert is_waiting(replace(SITE, group=group, state=state)) == waits


def test_it_is_over_when_no_site_waits():
    waiting = [replace(SITE, state="affected"), replace(SITE, site="blog", group="triage", state="in_triage")]

    assert to_resolve(waiting) == ["shop (acme) is affected", "blog (acme) is still in triage"]
    assert to_resolve([]) == []


def test_everything_that_is_left_is_named_with_what_to_do():
    remains = Remains(
        sites=[replace(SITE, state="affected")],
        promises=[
            Promise("acme", NOW + timedelta(minutes=15), NOW),
            Promise("acme", NOW + timedelta(minutes=75), NOW),
            Promise("bolt", NOW - timedelta(minutes=6), NOW),
            Promise("corvid", NOW, NOW, kept_at=NOW + timedelta(hours=3)),
        ],
        holds=[
            Hold("INC-3", TIDY, ">=1.2.4", "breaks", None, NOW, "dana"),
            Hold("INC-3", TIDY, ">=1.2.3", "breaks", None, NOW, "dana", lifted_at=NOW),
        ],
        submissions=[("SUB-1", "released"), ("SUB-2", "sent"), ("SUB-3", "withdrawn"), ("SUB-4", "draft")],
        patches=[("pw-abcdefghij", "plugin/tidy-forms")],
        unsettled=["elm: jo@elm.example refused"],
        untold=["bolt", "dune"],
    )

    assert to_close("INC-3", remains, now=NOW) == [
        "shop (acme) is affected",
        "acme waits for a word by 10:15 (in 15 min): plugwatch incident tell INC-3",
        "bolt waits for a word by 9:54 (6 min ago): plugwatch incident tell INC-3",
        "elm: jo@elm.example refused",
        "dune has not been told the end: plugwatch incident tell INC-3",
        "plugin/tidy-forms >=1.2.4 is held: plugwatch incident hold INC-3 --lift",
        "SUB-2 has no end yet, it is 'sent': plugwatch submission poll SUB-2",
        "SUB-4 is written and not sent: plugwatch submission send SUB-4, or mark it withdrawn",
        "pw-abcdefghij is still carried on plugin/tidy-forms",
    ]
    assert to_close("INC-3", Remains(), now=NOW) == []


@pytest.mark.parametrize(
    ("changes", "carried", "landed", "known"),
    [
        ({}, (), (), False),
        ({"workaround": "roll back"}, (), (), True),
        ({}, ("pw-a",), (), True),
        ({}, ("pw-a",), ("pw-b",), False),
        ({"workaround": "roll back", "component": None}, (), (), False),
        ({"workaround": "roll back", "status": "resolved"}, (), (), True),
        ({"workaround": "roll back", "status": "closed"}, (), (), False),
        ({"workaround": "roll back", "merged_into": "INC-1"}, (), (), False),
    ],
)
def test_known_errors(changes, carried, landed, known):
    assert is_known_error(replace(INCIDENT, **changes), carried=carried, landed=landed) == known


@pytest.mark.parametrize(
    ("version", "affected", "shown", "bad"),
    [
        ("1.2.4", None, "1.2.4", True),
        ("1.2.4", None, "1.2.4.0", False),
        ("1.2.4", None, "1.2.5", False),
        (None, None, "1.2.4", False),
        ("1.2.4", ">=1.2.4,<1.3", "1.2.9", True),
        ("1.2.4", ">=1.2.5,<1.3", "1.2.4", False),
        ("1.2.4", ">=1.2.4", "1.2.4.0-p1", False),
        ("1.2.4.0-p1", None, "1.2.4.0-p1", False),
        ("1.2.4", None, None, False),
    ],
)
def test_which_version_is_the_bad_one(version, affected, shown, bad):
    known = BadVersions([Concern("INC-3", version, affected, is_open=False)])

    assert known.incidents(shown) == (["INC-3"] if bad else [])


def test_each_incident_about_a_version_is_named_once():
    merged = [Concern("INC-3", "1.2.4", affected, is_open=True) for affected in (None, None, ">=1.2", ">1")]
    known = BadVersions([*merged, Concern("INC-4", "1.2.4", None, is_open=True)])

    assert known.incidents("1.2.4") == ["INC-3", "INC-4"]
    assert known.incidents("1.2.5") == ["INC-3"]
    assert BadVersions([Concern("INC-3", "…", None, is_open=True)]).incidents("…") == []
