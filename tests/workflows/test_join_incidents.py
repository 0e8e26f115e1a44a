"""Two incidents that turn out to be one, or the same trouble at different times."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import Client, WorkingHours
from plugwatch.model.component import Component
from plugwatch.model.incident import Call, Incident
from plugwatch.model.promise import Agreement, Promise
from plugwatch.model.site import Site
from plugwatch.workflows import join_incidents as workflow
from plugwatch.workflows.open_incident import Report, find_same, open_incident

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=timezone.utc)
TIDY, SHOP = Component("plugin", "tidy-forms"), Component("plugin", "woocommerce")
NEW = Incident("", 0, "t", "identified", "low", "unknown", TIDY, "1.2.4", NOW)
BY = {"actor": "dana", "now": NOW}
AGENCY = Agreement(
    zone=timezone.utc,
    find_zone=lambda _name: timezone.utc,
    hours=WorkingHours.parse("24/7"),
    first_response=timedelta(minutes=15),
    update_every=timedelta(hours=1),
)


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        work.clients.add(Client("acme", "Acme"), at=NOW)
        work.sites.add(Site("shop", "acme"), at=NOW)
    with ledger.unit_of_work() as work:
        yield work


def add(work, **changes):
    return work.incidents.add(replace(NEW, **changes), actor="dana", recorded_at=NOW)


def bodies(work, incident, kind):
    return [event.body for event in work.incidents.events(incident) if event.kind == kind]


def test_what_was_learnt_is_kept_and_the_worse_counts(work):
    first = add(work, steps="Press Send.", severity="medium")
    second = add(work, component=SHOP, severity="high", security=True, steps="other", actual="fails", assignee="eve")

    whole = workflow.merge(work, second, first, **BY)

    assert whole == work.incidents.get("1")
    assert (whole.severity, whole.security, whole.assignee) == ("high", True, "eve")
    assert (whole.component, whole.with_components) == (TIDY, (SHOP,))
    assert (whole.steps, whole.actual) == ("Press Send.", "fails")
    assert work.incidents.get("2").merged_into == "INC-1"


def test_both_tell_of_it_once(work):
    first, second = add(work), add(work)

    workflow.merge(work, second, first, **BY)

    for one in (first, second):
        assert bodies(work, one, "merge") == ["INC-2 goes on as INC-1"]


def test_an_unknown_cause_becomes_known(work):
    title = "shop: cause not known yet"
    first = add(work, component=None, version=None, status="investigating", title=title, trigger="update")
    work.incidents.add_call(first, Call("shop", "acme", None, "phone", "x", None, NOW, NOW, "dana"))
    second = add(work, affected=">=1.2.4", workaround="roll back", workaround_checked_at=NOW, trigger="php:8.4")

    whole = workflow.merge(work, second, first, **BY)

    assert (whole.component, whole.version, whole.affected) == (TIDY, "1.2.4", ">=1.2.4")
    assert (whole.title, whole.status, whole.trigger) == ("plugin/tidy-forms 1.2.4 breaks", "identified", "update")
    assert (whole.workaround, whole.workaround_checked_at, whole.with_components) == ("roll back", NOW, ())
    assert bodies(work, whole, "status") == ["identified"]


def test_merging_into_a_merged_one_means_the_one_that_goes_on(work):
    first, second, third = add(work), add(work), add(work)

    workflow.merge(work, second, first, **BY)
    whole = workflow.merge(work, third, work.incidents.get("2"), **BY)

    assert (whole.name, work.incidents.merged(first)) == ("INC-1", ["INC-2", "INC-3"])


def test_what_cannot_be_one_is_said_and_nothing_changes(work):
    first, second, third = add(work), add(work), add(work, status="closed")
    workflow.merge(work, second, first, **BY)
    merged = work.incidents.get("2")

    for one, into, why in (
        (first, first, "INC-1 is INC-1 already"),
        (first, merged, "INC-1 is INC-1 already"),
        (merged, first, "INC-2 is INC-1 already"),
        (merged, third, "INC-2 was merged into INC-1; merge that one, or take it out first"),
        (first, third, "INC-3 is closed and INC-1 is not; reopen INC-3 first, or link the two"),
    ):
        with pytest.raises(PlugwatchError, match=why):
            workflow.merge(work, one, into, **BY)
    assert work.incidents.merged(first) == ["INC-2"]
    assert work.incidents.get("3") == third


def test_an_incident_that_is_over_can_be_a_part_of_an_open_one(work):
    first, second = add(work), add(work, status="closed")

    assert workflow.merge(work, second, first, **BY).status == "identified"


def test_a_merge_is_undone(work):
    first, second = add(work), add(work, severity="high")
    workflow.merge(work, second, first, **BY)

    parted = workflow.undo_merge(work, work.incidents.get("2"), **BY)

    assert (parted, work.incidents.get("2")) == (second, second)
    assert work.incidents.get("1").severity == "high"
    for one in (first, second):
        assert bodies(work, one, "merge")[-1] == "INC-2 is no longer a part of INC-1"
    with pytest.raises(PlugwatchError, match="INC-2 was not merged into any other incident"):
        workflow.undo_merge(work, parted, **BY)


def test_a_call_about_what_was_merged_joins_the_one_that_goes_on(work):
    first, second = add(work), add(work, component=SHOP, version=None, title="shop breaks")
    work.incidents.add_call(second, Call(None, None, None, "self", "x", None, NOW, NOW, "dana"))
    workflow.merge(work, second, first, **BY)

    opened = open_incident(work, Report("it broke", "dana", NOW, site="shop", component="plugin/woocommerce"), AGENCY)

    assert (opened.incident.name, opened.joined) == ("INC-1", True)
    assert [call.words for call in work.incidents.calls(first)] == ["x", "it broke"]
    assert opened.seen_before == ()


def test_promises_of_both_are_those_of_the_one_that_goes_on(work):
    first, second = add(work), add(work)
    work.promises.add(second, Promise("acme", NOW + timedelta(hours=1), NOW), actor="dana")

    workflow.merge(work, second, first, **BY)

    assert [promise.incident for promise in work.promises.of_incident(first)] == ["INC-2"]


def test_the_same_trouble_is_linked_and_both_say_so(work):
    first, second = add(work, status="closed", component=None), add(work)

    workflow.link(work, second, first, "the same form", **BY)

    assert work.incidents.links(first) == [("INC-2", "the same form")]
    assert bodies(work, first, "link") == ["the same trouble as INC-2: the same form"]
    assert bodies(work, second, "link") == ["the same trouble as INC-1: the same form"]
    for one, other, why in (
        (first, first, "INC-1 is one incident; name two"),
        (first, second, "INC-1 and INC-2 are linked already"),
    ):
        with pytest.raises(PlugwatchError, match=why):
            workflow.link(work, one, other, None, **BY)


def test_calls_without_a_cause_join_what_the_same_php_triggered(work):
    def report(trigger, component=None):
        return Report("white page", "dana", NOW, site="shop", component=component, trigger=trigger)

    assert find_same(work, report("php:8.4")) is None
    first = open_incident(work, report("php:8.4"), AGENCY).incident

    assert find_same(work, report("php:8.4")) == first
    assert [find_same(work, report(trigger)) for trigger in ("php:8.5", "core:8.4", "update")] == [None, None, None]
    assert find_same(work, report("php:8.4", "plugin/tidy-forms")) is None
    assert open_incident(work, report("php:8.4"), AGENCY).joined
    work.incidents.update(replace(first, status="closed"))
    later = open_incident(work, report("php:8.4"), AGENCY)
    assert (later.joined, [one.name for one in later.seen_before]) == (False, ["INC-1"])
