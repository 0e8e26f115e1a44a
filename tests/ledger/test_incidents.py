from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.errors import LedgerError, NotFoundError
from plugwatch.model.client import Client
from plugwatch.model.component import CORE, PHP, Component
from plugwatch.model.incident import Call, Event, Impact, Incident, Promise
from plugwatch.model.site import Site
from plugwatch.model.suspects import Concern

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=timezone.utc)
TIDY = Component("plugin", "tidy-forms")
SHOP = Component("plugin", "woocommerce")
NEW = Incident(
    id="",
    number=0,
    title="Form “fails” 🦄",
    status="identified",
    severity="high",
    trigger="update",
    component=TIDY,
    version="1.2.4",
    opened_at=NOW,
)


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        work.clients.add(Client("acme", "Acme Ltd"), at=NOW)
        for slug in ("shop", "blog"):
            work.sites.add(Site(slug, "acme"), at=NOW)
    with ledger.unit_of_work() as work:
        yield work


def _add(work, **changes) -> Incident:
    return work.incidents.add(replace(NEW, **changes), actor="dana", recorded_at=NOW)


def test_an_incident_is_read_as_it_was_kept(work):
    full = {
        "with_components": (SHOP, Component("theme", "storefront")),
        "affected": ">=1.2.4,<1.3",
        "assignee": "eve",
        "security": True,
        "steps": "one\ntwo",
        "expected": "sent",
        "actual": "not sent",
    }
    kept = _add(work, **full)

    assert work.incidents.get("INC-1") == kept
    assert (kept.number, kept.name, len(kept.id) > 10) == (1, "INC-1", True)
    assert replace(kept, id="", number=0) == replace(NEW, **full)


def test_what_is_not_known_stays_unknown(work):
    kept = _add(work, component=None, version=None, status="investigating")

    found = work.incidents.get("1")
    assert found == kept
    assert (found.component, found.version, found.with_components, found.affected) == (None, None, (), None)


def test_numbers_count_up_and_are_not_given_twice(ledger, work):
    assert [_add(work).name for _ in range(3)] == ["INC-1", "INC-2", "INC-3"]


def test_a_number_of_an_undone_unit_of_work_is_free_again(ledger):
    def fail() -> None:
        with ledger.unit_of_work() as work:
            _add(work)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with ledger.unit_of_work() as work:
        assert _add(work).name == "INC-1"
        assert len(work.incidents.all()) == 1


@pytest.mark.parametrize("text", ["INC-1", "inc-1", "1", " 1 ", "INC-01"])
def test_an_incident_is_found_by_its_number(work, text):
    assert _add(work) == work.incidents.get(text)


@pytest.mark.parametrize("text", ["", "2", "INC-2", "INC", "INC-", "INC-x", "-1", "1.0", "9" * 19, "SUB-1"])
def test_an_incident_that_is_not_there(work, text):
    _add(work)

    with pytest.raises(NotFoundError, match=r"there is no incident .*; see 'plugwatch incident list'"):
        work.incidents.get(text)


def test_update_writes_what_may_change(work):
    kept = _add(work, with_components=(SHOP,))
    changed = replace(
        kept,
        title="Other",
        status="monitoring",
        severity="low",
        trigger="php:8.4",
        component=SHOP,
        version=None,
        with_components=(CORE, TIDY),
        affected="<2",
        assignee="eve",
        security=True,
        steps="s",
        expected="e",
        actual="a",
    )

    work.incidents.update(changed)

    assert work.incidents.get("1") == changed


def test_lists_have_the_newest_first(work):
    first, second = _add(work), _add(work, component=SHOP)
    third = _add(work)

    assert list(work.incidents.all()) == [third, second, first]
    assert list(work.incidents.of_component(TIDY)) == [third, first]
    assert list(work.incidents.of_component(Component("theme", "tidy-forms"))) == []


def test_incidents_concern_their_component_those_beside_it_and_the_platform_that_triggered_them(work):
    _add(work)
    _add(work, status="closed", component=SHOP, version="2.0", affected=">=2", with_components=(TIDY,))
    _add(work, component=None, trigger="php:8.4")
    _add(work, component=None, trigger="core:7.0", status="resolved")
    _add(work, component=None)

    concerns = work.incidents.concerns()

    assert concerns[SHOP] == [Concern("INC-2", "2.0", ">=2", is_open=False)]
    assert [(c.incident, c.is_open) for c in concerns[TIDY]] == [("INC-2", False), ("INC-1", True)]
    assert concerns[PHP] == [Concern("INC-3", "8.4", None, is_open=True)]
    assert concerns[CORE] == [Concern("INC-4", "7.0", None, is_open=False)]
    assert len(concerns) == 4


def test_calls_are_kept_in_the_order_of_their_times(work):
    incident = _add(work)
    late = Call("shop", "acme", "Ada", "phone", "it\nbroke 🦄", "https://t.example/1", NOW, NOW, "dana")
    early = Call(None, None, None, "self", "we saw it", None, NOW - timedelta(days=1), NOW, "dana")
    for call in (late, early):
        work.incidents.add_call(incident, call)

    assert list(work.incidents.calls(incident)) == [early, late]
    assert list(work.incidents.calls(_add(work))) == []
    assert list(work.incidents.callers()) == ["Ada"]


def test_everybody_who_called_is_named_once(work):
    for caller in ("Ada", "Bob", "Ada", None):
        work.incidents.add_call(_add(work), Call("shop", "acme", caller, "phone", "x", None, NOW, NOW, "dana"))

    assert sorted(work.incidents.callers()) == ["Ada", "Bob"]


def test_the_newest_verdict_of_each_site_counts(work):
    incident = _add(work)
    for site, state in (("shop", "in_triage"), ("blog", "affected"), ("shop", "affected"), ("shop", "not_affected")):
        work.incidents.add_impact(incident, Impact(site, "acme", state, f"it is {state}", "dana", NOW))

    assert list(work.incidents.impacts(incident)) == [
        Impact("blog", "acme", "affected", "it is affected", "dana", NOW),
        Impact("shop", "acme", "not_affected", "it is not_affected", "dana", NOW),
    ]


def test_promises_have_the_next_due_first(work):
    incident = _add(work)
    for hours in (5, 1, 3):
        promise = Promise("acme", NOW + timedelta(hours=hours), NOW)
        work.incidents.add_promise(incident, promise, actor="dana")

    found = work.incidents.promises(incident)
    assert [promise.due - NOW for promise in found] == [timedelta(hours=hours) for hours in (1, 3, 5)]
    assert {promise.kept_at for promise in found} == {None}


def test_the_timeline_is_in_the_order_in_which_things_happened(work):
    incident = _add(work)
    now = Event(NOW, NOW, "dana", "note", "internal", "now 🦄\nand then")
    before = Event(NOW - timedelta(hours=1), NOW, "eve", "note", "internal", "written down later")
    same = Event(NOW, NOW, "dana", "note", "internal", "in the same second")
    for event in (now, before, same):
        work.incidents.add_event(incident, event)

    assert list(work.incidents.events(incident)) == [before, now, same]


def test_what_belongs_to_nobody_known_is_refused(ledger, work):
    incident = _add(work)

    with pytest.raises(NotFoundError, match="no site here is called 'nowhere'"):
        work.incidents.add_impact(incident, Impact("nowhere", "acme", "affected", None, "dana", NOW))
    with pytest.raises(NotFoundError, match="no client here is called 'nobody'"):
        work.incidents.add_promise(incident, Promise("nobody", NOW, NOW), actor="dana")


def test_an_incident_that_was_never_kept_takes_nothing(ledger):
    with pytest.raises(LedgerError), ledger.unit_of_work() as work:
        work.incidents.add_event(replace(NEW, id="none"), Event(NOW, NOW, "dana", "note", "internal", "x"))


def test_times_are_kept_as_moments_whatever_their_zone(work):
    zoned = NOW.astimezone(timezone(timedelta(hours=-9)))

    kept = _add(work, opened_at=zoned)

    assert work.incidents.get("1").opened_at == zoned == NOW
    assert work.incidents.get("1").opened_at.utcoffset() == timedelta()
    assert kept.opened_at == zoned


def test_half_a_letter_is_refused_in_one_sentence(ledger):
    with pytest.raises(LedgerError), ledger.unit_of_work() as work:
        _add(work, title="\udcff")
