"""From the fix to the end of an incident, and back again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import Client, Contact
from plugwatch.model.component import Component
from plugwatch.model.hold import Hold
from plugwatch.model.incident import Call, Impact, Incident
from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.messages.message import Answer, Message
from plugwatch.model.promise import Promise
from plugwatch.model.site import Site
from plugwatch.workflows import life
from plugwatch.workflows.inventories import ListOrigin, import_list

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=timezone.utc)
TIDY = Component("plugin", "tidy-forms")
NEW = Incident("", 0, "t", "identified", "high", "update", TIDY, "1.2.4", NOW)
BY = {"actor": "dana", "now": NOW}


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        work.clients.add(Client("acme", "Acme"), at=NOW)
        work.clients.add(Client("bolt", "Bolt"), at=NOW)
        for slug, client in (("shop", "acme"), ("blog", "acme"), ("bolt", "bolt")):
            work.sites.add(Site(slug, client), at=NOW)
    with ledger.unit_of_work() as work:
        yield work


@pytest.fixture
def incident(work):
    """An incident that hits the shop, while nobody has looked at the other two sites."""
    kept = work.incidents.add(NEW, actor="dana", recorded_at=NOW)
    work.impacts.add(kept, Impact("shop", "acme", "affected", "reported", "dana", NOW))
    for slug, client in (("blog", "acme"), ("bolt", "bolt")):
        work.impacts.add(kept, Impact(slug, client, "in_triage", "asked the client", "dana", NOW))
    return kept


def states(work, incident):
    return {impact.site: impact.state for impact in work.impacts.of_incident(incident)}


def events(work, incident):
    return [(event.kind, event.body) for event in work.incidents.events(incident)]


def test_a_site_that_works_again_is_mitigated_and_the_others_are_named(work, incident):
    moved = life.mitigate(work, incident, ["sho"], "our build", **BY)

    assert moved.left == ("blog (acme) is still in triage", "bolt (bolt) is still in triage")
    assert [(impact.site, impact.client, impact.justification) for impact in moved.impacts] == [
        ("shop", "acme", "our build")
    ]
    assert states(work, incident) == {"shop": "mitigated", "blog": "in_triage", "bolt": "in_triage"}
    assert (moved.incident.status, events(work, incident)) == (
        "identified",
        [("impact", "shop: mitigated, our build")],
    )


def test_with_the_last_site_the_incident_is_watched(work, incident):
    work.impacts.add(incident, Impact("bolt", "bolt", "not_affected", "code_not_reachable", "dana", NOW))

    moved = life.mitigate(work, incident, None, "our build", **BY)

    assert states(work, incident) == {"shop": "mitigated", "blog": "mitigated", "bolt": "not_affected"}
    assert (moved.left, moved.incident.status) == ((), "monitoring")
    assert events(work, incident)[-1] == ("status", "monitoring")
    assert work.incidents.get("1") == moved.incident


def test_what_works_already_is_not_mitigated_again(work, incident):
    life.mitigate(work, incident, None, "our build", **BY)

    for sites in (None, ["shop", "blog"]):
        with pytest.raises(PlugwatchError, match=r"no site to mitigate; see 'plugwatch incident impact INC-1'"):
            life.mitigate(work, incident, sites, "our build", **BY)
    assert len(events(work, incident)) == 2


def test_a_verdict_whose_time_has_run_out_waits_again(work, incident):
    life.mitigate(work, incident, None, "our build", **BY)
    short = Impact("bolt", "bolt", "not_affected", "code_not_reachable", "dana", NOW, None, NOW + timedelta(hours=1))
    work.impacts.add(incident, short)

    later = {"actor": "dana", "now": NOW + timedelta(hours=2)}
    moved = life.resolve(work, work.incidents.get("1"), [], anyway=None, **later)

    assert (moved.done, moved.left) == (False, ("bolt (bolt) is still in triage",))


def test_it_is_not_over_while_a_site_waits(work, incident):
    moved = life.resolve(work, incident, [], anyway=None, **BY)

    assert not moved.done
    assert moved.left == (
        "shop (acme) is affected",
        "blog (acme) is still in triage",
        "bolt (bolt) is still in triage",
    )
    assert (work.incidents.get("1"), events(work, incident)) == (incident, [])


def test_it_is_over_anyway_where_somebody_says_why(work, incident):
    moved = life.resolve(work, incident, [], anyway="they have left us", **BY)

    assert (moved.done, moved.incident.status, len(moved.left)) == (True, "resolved", 3)
    kind, body = events(work, incident)[0]
    assert (kind, body.split("; ")[0]) == ("note", "resolved anyway: they have left us")
    assert "shop (acme) is affected" in body
    assert events(work, incident)[1:] == [("status", "resolved")]


def test_over_for_a_site_is_not_over_for_the_incident(work, incident):
    moved = life.resolve(work, incident, ["shop"], anyway=None, **BY)

    assert (moved.incident.status, states(work, incident)["shop"]) == ("identified", "resolved")
    assert len(moved.left) == 2


def test_the_end_of_an_incident_leaves_the_verdicts_of_its_sites(work, incident):
    moved = life.mitigate(work, incident, None, "our build", **BY)

    moved = life.resolve(work, moved.incident, [], anyway=None, **BY)

    assert moved.incident.status == "resolved"
    assert set(states(work, incident).values()) == {"mitigated"}
    with pytest.raises(PlugwatchError, match="INC-1 is resolved already; if it is back, 'plugwatch incident reopen"):
        life.resolve(work, moved.incident, [], anyway=None, **BY)
    with pytest.raises(PlugwatchError, match="INC-1 is resolved already"):
        life.mitigate(work, moved.incident, None, "our build", **BY)


def _tell(work, incident, client, phase, *, at):
    """A message to a client that went out at a moment."""
    text = Message(
        "", incident.name, client, phase, 1, "draft", "smtp", "en", "s", "b", edited=False, asks=False, next_due=None,
        mail_id="", thread_id=None, sites=(), created_at=at, changed_at=at, actor="dana",
    )  # fmt: skip
    kept = work.messages.add(incident, text, domain="agency.example")
    to = Contact(f"{client}@{client}.example", "")
    claim = work.messages.claim(kept, [to], actor="dana", now=at, dead=at)
    work.messages.hand(kept, claim, {to.email: Answer("handing")}, now=at, dead=at)
    work.messages.settle(kept, claim, {to.email: Answer("sent")}, now=at)


def test_what_is_left_keeps_it_from_being_closed(work, incident):
    for slug, client, heard in (("shop", "acme", "phone"), ("bolt", "bolt", "monitor")):
        work.incidents.add_call(incident, Call(slug, client, None, heard, "x", None, NOW, NOW, "dana"))
    work.holds.add(incident, Hold("INC-1", TIDY, ">=1.2.4", "breaks", None, NOW, "dana"))
    work.promises.add(incident, Promise("bolt", NOW + timedelta(hours=1), NOW), actor="dana")
    life.mitigate(work, incident, ["shop", "blog"], "our build", **BY)

    moved = life.close(work, incident, anyway=None, **BY)

    assert (moved.done, work.incidents.get("1").status) == (False, "identified")
    assert moved.left == (
        "bolt (bolt) is still in triage",
        "bolt waits for a word by 11:00 (in 60 min): plugwatch incident tell INC-1",
        "acme has not been told the end: plugwatch incident tell INC-1",
        "plugin/tidy-forms >=1.2.4 is held: plugwatch incident hold INC-1 --lift",
    )
    anyway = life.close(work, incident, anyway="they have left us", **BY)
    assert (anyway.done, anyway.incident.status, anyway.left) == (True, "closed", moved.left)


def test_an_incident_of_which_nothing_is_left_is_closed_once(work):
    incident = work.incidents.add(NEW, actor="dana", recorded_at=NOW)

    moved = life.close(work, incident, anyway=None, **BY)

    assert (moved.done, moved.left, moved.incident.status) == (True, (), "closed")
    assert events(work, incident) == [("status", "closed")]
    with pytest.raises(PlugwatchError, match="INC-1 is closed already"):
        life.close(work, moved.incident, anyway="again", **BY)


def test_the_end_counts_as_told_only_if_it_was_told_after_it_came_back(work):
    incident = work.incidents.add(replace(NEW, status="monitoring"), actor="dana", recorded_at=NOW)
    work.incidents.add_call(incident, Call("shop", "acme", None, "phone", "x", None, NOW, NOW, "dana"))
    untold = ("acme has not been told the end: plugwatch incident tell INC-1",)
    _tell(work, incident, "bolt", "identified", at=NOW)

    moved = life.close(work, incident, anyway=None, **BY)
    assert moved.left == (*untold, "bolt has not been told the end: plugwatch incident tell INC-1")

    for client in ("acme", "bolt"):
        _tell(work, incident, client, "resolved", at=NOW + timedelta(minutes=1))
    moved = life.close(work, incident, anyway=None, **BY)
    assert moved.done

    life.reopen(work, moved.incident, "it is back", site=None, actor="dana", now=NOW + timedelta(minutes=2))
    assert not life.close(work, work.incidents.get("1"), anyway=None, **BY).done


def test_an_incident_that_is_back_is_open_again(work, incident):
    life.close(work, incident, anyway="enough", **BY)

    moved = life.reopen(work, work.incidents.get("1"), "the form fails again", site="shop", **BY)

    assert (moved.incident.status, states(work, incident)["shop"]) == ("identified", "affected")
    assert events(work, incident)[-3:] == [
        ("reopen", "the form fails again"),
        ("impact", "shop: affected, the form fails again"),
        ("status", "identified"),
    ]


def test_an_open_incident_is_taken_up_again_only_for_a_site_that_worked(work, incident):
    with pytest.raises(PlugwatchError, match="INC-1 is open; name the site where it is back with --site"):
        life.reopen(work, incident, "again", site=None, **BY)
    with pytest.raises(PlugwatchError, match="INC-1 is open"):
        life.reopen(work, incident, "again", site="shop", **BY)

    watched = life.mitigate(work, incident, None, "our build", **BY).incident
    moved = life.reopen(work, watched, "again", site="blog", **BY)

    assert (moved.incident.status, states(work, incident)["blog"]) == ("identified", "affected")


def test_without_a_known_cause_it_is_looked_into_again(work):
    incident = work.incidents.add(replace(NEW, component=None, status="closed"), actor="dana", recorded_at=NOW)

    assert life.reopen(work, incident, "again", site=None, **BY).incident.status == "investigating"


def test_a_merged_incident_has_no_life_of_its_own(work, incident):
    other = work.incidents.add(NEW, actor="dana", recorded_at=NOW)
    work.incidents.merge(other, incident)
    merged = work.incidents.get("2")

    for step in (
        lambda: life.mitigate(work, merged, None, "x", **BY),
        lambda: life.resolve(work, merged, [], anyway=None, **BY),
        lambda: life.close(work, merged, anyway="x", **BY),
        lambda: life.reopen(work, merged, "x", site=None, **BY),
    ):
        with pytest.raises(PlugwatchError, match="INC-2 was merged into INC-1; give that one"):
            step()


def test_a_site_that_got_the_bad_version_meanwhile_keeps_it_from_being_over(work, incident):
    life.mitigate(work, incident, None, "our build", **BY)
    work.sites.add(Site("new", "bolt"), at=NOW)
    rows = (Installed("plugin", "tidy-forms", None, "1.2.4", "active"),)
    inventory = Inventory("wpcli-json", rows, complete_kinds=frozenset({"plugin"}))
    import_list(work, work.sites.get("new"), inventory, ListOrigin("list", NOW, NOW, "dana"))

    moved = life.resolve(work, work.incidents.get("1"), [], anyway=None, **BY)

    assert (moved.done, moved.left) == (False, ("new (bolt) is still in triage",))
