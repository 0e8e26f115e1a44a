from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.errors import LedgerError, NotFoundError
from plugwatch.model.client import Client
from plugwatch.model.component import CORE, PHP, Component
from plugwatch.model.incident import Call, Event, Impact, Incident
from plugwatch.model.operation import Operation
from plugwatch.model.promise import Promise
from plugwatch.model.roads.submitted import Post, Submission
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
        work.impacts.add(incident, Impact(site, "acme", state, f"it is {state}", "dana", NOW))

    assert list(work.impacts.of_incident(incident)) == [
        Impact("blog", "acme", "affected", "it is affected", "dana", NOW),
        Impact("shop", "acme", "not_affected", "it is not_affected", "dana", NOW),
    ]


def test_promises_have_the_next_due_first(work):
    incident = _add(work)
    for hours in (5, 1, 3):
        promise = Promise("acme", NOW + timedelta(hours=hours), NOW)
        work.promises.add(incident, promise, actor="dana")

    found = work.promises.of_incident(incident)
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
        work.impacts.add(incident, Impact("nowhere", "acme", "affected", None, "dana", NOW))
    with pytest.raises(NotFoundError, match="no client here is called 'nobody'"):
        work.promises.add(incident, Promise("nobody", NOW, NOW), actor="dana")


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


def test_what_is_merged_is_read_through_the_other_one(work):
    first, second = _add(work), _add(work, version="1.2.5")
    for incident, site in ((first, "shop"), (second, "blog")):
        work.incidents.add_call(incident, Call(site, "acme", None, "phone", site, None, NOW, NOW, "dana"))
        work.incidents.add_event(incident, Event(NOW, NOW, "dana", "note", "internal", site))
        work.impacts.add(incident, Impact(site, "acme", "affected", None, "dana", NOW))

    work.incidents.merge(second, first)

    merged = work.incidents.get("2")
    assert (merged.merged_into, merged.is_open) == ("INC-1", False)
    assert (work.incidents.root(merged), work.incidents.root(first)) == (first, first)
    assert (work.incidents.merged(first), work.incidents.merged(merged)) == (["INC-2"], [])
    assert [call.site for call in work.incidents.calls(first)] == ["shop", "blog"]
    assert [event.body for event in work.incidents.events(first)] == ["shop", "blog"]
    assert [impact.site for impact in work.impacts.of_incident(first)] == ["blog", "shop"]
    assert [call.site for call in work.incidents.calls(merged)] == ["blog"]


def test_what_was_merged_into_an_incident_goes_along_and_each_can_be_taken_out(work):
    first, second, third = _add(work), _add(work), _add(work)

    work.incidents.merge(third, second)
    work.incidents.merge(second, first)
    assert work.incidents.merged(first) == ["INC-2", "INC-3"]
    assert work.incidents.get("3").merged_into == "INC-1"

    work.incidents.part(third)
    assert work.incidents.merged(first) == ["INC-2"]
    assert work.incidents.get("3") == third


def test_a_merged_incident_concerns_as_the_other_one(work):
    first, second = _add(work, status="closed"), _add(work, version="1.2.5", trigger="php:8.4")
    work.incidents.merge(second, first)

    concerns = work.incidents.concerns()

    assert set(concerns[TIDY]) == {
        Concern("INC-1", "1.2.4", None, is_open=False),
        Concern("INC-1", "1.2.5", None, is_open=False),
    }
    assert concerns[PHP] == [Concern("INC-1", "8.4", None, is_open=False)]


def test_incidents_without_a_cause_are_found_by_what_triggered_them(work):
    known, first = _add(work, trigger="php:8.4"), _add(work, component=None, trigger="php:8.4", version=None)
    other, second = (_add(work, component=None, trigger=t, version=None) for t in ("php:8.5", "php:8.4"))

    assert list(work.incidents.of_trigger("php:8.4")) == [second, first]
    assert known not in work.incidents.of_trigger("php:8.4")
    assert list(work.incidents.of_trigger("php:8.5")) == [other]


def test_links_are_seen_from_both_sides(work):
    first, second, third = _add(work), _add(work), _add(work)

    work.incidents.link(third, first, "the same form", at=NOW, actor="dana")
    work.incidents.link(third, second, None, at=NOW, actor="dana")

    assert work.incidents.links(first) == [("INC-3", "the same form")]
    assert work.incidents.links(third) == [("INC-1", "the same form"), ("INC-2", None)]


def test_what_is_said_last_counts_and_an_empty_text_removes_it(work):
    incident, merged = _add(work), _add(work)

    def say(one, language, field, body):
        work.incidents.set_words(one, language, field, body, actor="dana", at=NOW)

    say(incident, "en", "effect", "nothing works")
    say(incident, "en", "effect", "the form fails 🦄")
    say(incident, "de", "plan", "Wir sehen nach.")
    assert work.incidents.words(incident) == {
        ("en", "effect"): "the form fails 🦄",
        ("de", "plan"): "Wir sehen nach.",
    }

    say(incident, "de", "plan", "")
    say(merged, "en", "effect", "something else")
    say(merged, "en", "care", "Please wait.")
    work.incidents.merge(merged, incident)
    assert work.incidents.words(incident) == {("en", "effect"): "the form fails 🦄", ("en", "care"): "Please wait."}


def test_minutes_and_whom_they_were_spent_for_are_kept(work):
    incident = _add(work)
    event = Event(NOW, NOW, "dana", "note", "vendor", "asked them", minutes=25, client="acme")

    work.incidents.add_event(incident, event)

    assert list(work.incidents.events(incident)) == [event]


def test_a_patch_that_was_taken_out_has_not_landed(work):
    incident, merged = _add(work), _add(work)
    patches = {"pw-aaaaaaaaaa": "INC-1", "pw-bbbbbbbbbb": "INC-1", "pw-cccccccccc": "INC-2", "pw-dddddddddd": "INC-1"}
    rows = [{"id": one, "title": "t", "origin": "o", "incident": name} for one, name in patches.items()]
    drops = (
        ("pw-bbbbbbbbbb", "1.2.5", "dropped"),
        ("pw-cccccccccc", "1.2.6", "dropped"),
        ("pw-cccccccccc", "1.3", "landed"),
        ("pw-cccccccccc", "1.10", "landed"),
        ("pw-dddddddddd", "1.3", "landed-variant"),
    )
    told = [{"patch": one, "version": on, "verdict": why, "evidence": []} for one, on, why in drops]
    operation = Operation(
        "OP-1", "plugin/tidy-forms", "fork upgrade", "dana", NOW.isoformat(), (), {"patches": rows, "drops": told}
    )
    work.forks.apply(operation)
    work.incidents.merge(merged, incident)

    found = {patch.id: patch for patch in work.forks.patches_of_incident(incident.id)}

    assert {name: (one.is_carried, one.dropped_in, one.landed_in) for name, one in found.items()} == {
        "pw-aaaaaaaaaa": (True, None, None),
        "pw-bbbbbbbbbb": (False, "1.2.5", None),
        "pw-cccccccccc": (False, "1.3", "1.3"),
        "pw-dddddddddd": (False, "1.3", "1.3"),
    }


def test_what_was_written_for_vendors_is_read_through_the_other_one_too(work):
    first, second = _add(work), _add(work)
    post = Post("p", "bug", "sent", "t", "b", NOW, "dana")
    text = Submission(1, "INC-2", None, TIDY, "trac", "sent", (post,), NOW, "dana")
    work.submissions.add(text, second.id)

    work.incidents.merge(second, first)

    assert list(work.submissions.of_incident(first.id)) == list(work.submissions.of_incident(second.id)) == [text]
