from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.errors import PlugwatchError
from plugwatch.model.component import PHP, Component
from plugwatch.model.impact import parse_verdict
from plugwatch.model.incident import Incident
from plugwatch.model.inventory import Installed, Inventory, diff
from plugwatch.model.operation import Operation
from plugwatch.model.site import Site
from plugwatch.workflows.impact import (
    Statement,
    UndecidedError,
    accept_range,
    exposure,
    propose,
    recompute,
    set_verdicts,
)

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=timezone.utc)
TIDY = Component("plugin", "tidy-forms")
SITES = {"acme": "shop", "bolt": "lead", "corvid": "info", "dune": "info"}


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        for slug, tier in SITES.items():
            work.sites.add(Site(slug, slug, tier=tier), at=NOW)
        yield work


def _put(work, day, *, php=None, **versions):
    for slug, version in versions.items():
        at, site = NOW + timedelta(days=day), work.sites.get(slug)
        listed = Inventory(
            "wpcli-json",
            (Installed("plugin", "tidy-forms", None, version, "active"),),
            php_version=php,
            complete_kinds=frozenset({"plugin"}),
        )
        changes = diff(work.installations.current(site.id), listed, partial=False)
        work.installations.apply_changes(site.id, listed, changes, at=at)


def _incident(work, **facts):
    known = {"trigger": "unknown", "component": TIDY, "version": "5.9.4", "affected": None} | facts
    new = Incident("", 0, "t", "identified", "high", opened_at=NOW, **known)
    return work.incidents.add(new, actor="ana", recorded_at=NOW)


def _look(work, incident, day=0):
    return exposure(work, incident, now=NOW + timedelta(days=day), stale_after=timedelta(days=3))


def _say(work, incident, *verdicts, day=0, **more):
    said = Statement(tuple(map(parse_verdict, verdicts)), **more)
    at = NOW + timedelta(days=day)
    return set_verdicts(work, incident, said, _look(work, incident, day), actor="ben", now=at)


def _states(work, incident):
    return {impact.site: impact.state for impact in work.impacts.of_incident(incident)}


def test_verdicts_are_kept_with_author_time_and_end_and_told_in_the_timeline(work):
    _put(work, -1, acme="5.9.4", bolt="5.9.4")
    incident = _incident(work)
    until = NOW + timedelta(days=7)

    changed = _say(work, incident, "all=affected:same form", detail="seen by\nboth", valid_until=until)

    assert [impact.site for impact in changed] == ["acme", "bolt"]
    [acme, bolt] = _look(work, incident)
    assert (acme.state, acme.justification, acme.detail) == ("affected", "same form", "seen by\nboth")
    assert (bolt.actor, bolt.at, bolt.valid_until) == ("ben", NOW, until)
    [event] = work.incidents.events(incident)
    assert (event.kind, event.body, event.visibility) == ("impact", "affected (same form): acme, bolt", "internal")


def test_what_is_said_already_is_not_written_again(work):
    _put(work, -1, acme="5.9.4")
    incident = _incident(work)

    assert len(_say(work, incident, "acme=affected")) == 1
    assert _say(work, incident, "acme=affected") == []
    assert len(_say(work, incident, "acme=affected:still")) == 1
    assert len(work.incidents.events(incident)) == 2


def test_a_site_by_its_name_goes_before_many_and_of_many_the_later_counts(work):
    _put(work, -1, acme="5.9.4", corvid="5.9.4", dune="5.9.4")
    incident = _incident(work)

    _say(
        work,
        incident,
        "corv=affected",
        "tier=info:mitigated",
        "client=dune:not_affected:requires_configuration",
        "all=in_triage:ask",
    )

    assert _states(work, incident) == {"acme": "in_triage", "corvid": "affected", "dune": "not_affected"}


def test_a_named_site_need_not_run_it_and_a_verdict_for_none_is_refused(work):
    incident = _incident(work)

    assert _say(work, incident, "bolt=affected")[0].site == "bolt"
    with pytest.raises(PlugwatchError, match="no site that it may concern fits 'tier shop'"):
        _say(work, incident, "tier=shop:affected")
    with pytest.raises(PlugwatchError, match="no site here is called 'elm'"):
        _say(work, incident, "elm=affected")


def test_sites_that_come_into_the_range_are_put_in_triage_once_and_nothing_is_taken_back(work):
    _put(work, -1, acme="5.9.4", bolt="5.9.5", corvid="5.9.3", dune="5.9.6")
    incident = _incident(work, affected=">=5.9.4,<5.9.6")
    _say(work, incident, "acme=affected")

    new = recompute(work, incident, actor="ana", now=NOW)

    assert [(impact.site, impact.state, impact.justification) for impact in new] == [
        ("bolt", "in_triage", "in the affected range")
    ]
    assert recompute(work, incident, actor="ana", now=NOW) == []
    assert [event.body for event in work.incidents.events(incident)][-1] == "in_triage (in the affected range): bolt"
    smaller = _incident(work, affected="=5.9.4")
    assert recompute(work, smaller, actor="ana", now=NOW)[0].site == "acme"


def test_without_a_range_the_same_version_is_put_in_triage_and_without_a_version_all(work):
    _put(work, -1, acme="5.9.4", bolt="5.9.5")

    assert [i.site for i in recompute(work, _incident(work), actor="ana", now=NOW)] == ["acme"]
    every = recompute(work, _incident(work, version=None), actor="ana", now=NOW)
    assert [(i.site, i.justification) for i in every] == [("acme", "runs it too"), ("bolt", "runs it too")]
    assert recompute(work, _incident(work, component=None, version=None), actor="ana", now=NOW) == []


def test_a_php_version_concerns_the_sites_that_run_it(work):
    _put(work, -1, acme="5.9.4", php="8.4.3")
    _put(work, -1, bolt="5.9.4", php="8.3.30")
    incident = _incident(work, component=None, version=None, trigger="php:8.4")

    assert [(one.site, one.in_range, one.version) for one in _look(work, incident)] == [
        ("acme", True, "8.4.3"),
        ("bolt", False, "8.3.30"),
    ]
    assert propose(work, incident) == (None, ("no version is known to be bad",))
    _say(work, incident, "acme=affected")
    assert propose(work, incident)[0] == ">=8.4.3"
    assert work.impacts.exposure(PHP)[0].site == "acme"


def test_a_range_is_proposed_from_what_people_said_of_which_version(work):
    _put(work, -2, acme="5.9.3", bolt="5.9.2", corvid="5.9.1", dune="5.9.4")
    _put(work, -1, acme="5.9.4", bolt="5.9.5")
    incident = _incident(work)
    assert propose(work, incident) == (">=5.9.4", ("bad 5.9.4",))

    _say(work, incident, "acme=affected", "bolt=affected", "corvid=not_affected:code_not_present")
    _say(work, incident, "dune=not_affected:code_not_reachable")
    assert propose(work, incident) == (">=5.9.4", ("bad 5.9.4 to 5.9.5", "good 5.9.3"))

    _put(work, 1, bolt="5.9.7")
    _say(work, incident, "bolt=resolved", day=2)
    assert accept_range(work, incident) == ">=5.9.4,<5.9.7"

    _put(work, 3, corvid="5.9.9")
    _say(work, incident, "corvid=affected", day=4)
    with pytest.raises(UndecidedError, match=r"5\.9\.7 is good, and so the bad 5\.9\.4 to 5\.9\.9") as error:
        accept_range(work, incident)
    assert error.value.exit_code == 3


def test_a_verdict_that_was_taken_back_blames_nothing(work):
    _put(work, -1, acme="5.9.4", bolt="5.9.5")
    incident = _incident(work)
    _say(work, incident, "acme=affected", "bolt=affected")
    _say(work, incident, "acme=not_affected:code_not_present")

    assert propose(work, incident) == (">=5.9.5", ("bad 5.9.5", "good 5.9.4"))


def test_a_release_with_our_fix_ends_the_range_and_the_suspicion(work):
    _put(work, -1, acme="5.9.4", bolt="5.9.5", corvid="5.9.6")
    incident = _incident(work)
    patch = {"id": "pw-1", "title": "t", "origin": "5.9.4", "incident": "INC-1"}
    rows = {"patches": [patch], "stacks": [{"version": "5.9.4", "patches": ["pw-1"]}]}
    work.forks.apply(Operation("OP-1", str(TIDY), "x", "kim", NOW.isoformat(), (), rows))
    assert [(one.site, one.group) for one in _look(work, incident)] == [
        ("acme", "triage"),
        ("bolt", "unknown"),
        ("corvid", "unknown"),
    ]

    drop = {"patch": "pw-1", "version": "5.9.6", "verdict": "landed", "evidence": []}
    work.forks.apply(Operation("OP-2", str(TIDY), "x", "kim", NOW.isoformat(), (), {"drops": [drop]}))

    assert propose(work, incident) == (">=5.9.4,<5.9.6", ("bad 5.9.4", "fixed 5.9.6"))
    assert [one.group for one in _look(work, incident)] == ["triage", "unknown", "out"]


def test_who_lacks_a_part_of_a_conflict_is_told(work):
    _put(work, -1, acme="5.9.4", php="8.4.3")
    _put(work, -1, bolt="5.9.4", php="8.3.30")
    site = work.sites.get("acme")
    shop = Inventory("by-hand", (Installed("plugin", "shop", None, "9", "active"),))
    changes = diff(work.installations.current(site.id), shop, partial=True)
    work.installations.apply_changes(site.id, shop, changes, at=NOW)

    clash = _look(work, _incident(work, with_components=(Component("plugin", "shop"),)))
    newer = _look(work, _incident(work, trigger="php:8.4"))

    assert [(one.site, one.hints, one.proposed) for one in (*clash, *newer)] == [
        ("acme", (), None),
        ("bolt", ("without plugin/shop",), "not_affected:requires_dependency"),
        ("acme", (), None),
        ("bolt", ("php 8.3.30",), "not_affected:requires_environment"),
    ]
