from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.errors import NotFoundError
from plugwatch.model.client import Client, Contact
from plugwatch.model.component import Component
from plugwatch.model.incident import Call, Event, Impact, Incident
from plugwatch.model.messages.message import Answer, Message, SiteInBrief
from plugwatch.model.promise import Promise
from plugwatch.model.roads.submission import Agency
from plugwatch.model.site import Site
from plugwatch.workflows.brief import Saying, choose_clients, gather_brief, load_story, missed_promise

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
AGENCY = Agency("Fernhill Web", "dev@fernhill.example", "https://fernhill.example", "The Fernhill team")


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        for slug, contacts in (("acme", (Contact("maria@acme.example", "Maria"),)), ("bolt", ()), ("corvid", ())):
            work.clients.add(Client(slug, slug.title(), contacts), at=NOW)
            work.sites.add(Site(slug, slug, f"https://www.{slug}.example/", "lead"), at=NOW)
        work.sites.add(Site("bolt-shop", "bolt", tier="shop"), at=NOW)
        new = Incident("", 0, "t", "identified", "high", "unknown", Component("plugin", "tidy-forms"), "1", NOW)
        work.incidents.add(new, actor="ana", recorded_at=NOW)
        yield work


def _call(work, client, words="the form is broken", *, at=NOW, **facts) -> None:
    known = {"site": client, "caller": None, "heard": "phone", "ticket": None} | facts
    call = Call(client=client, words=words, at=at, recorded_at=at, actor="ana", **known)
    work.incidents.add_call(work.incidents.get("1"), call)


def _judge(work, site, state="affected", *, until=None) -> None:
    impact = Impact(site, work.sites.get(site).client, state, None, "ana", NOW, None, until)
    work.impacts.add(work.incidents.get("1"), impact)


def _promise(work, client, due) -> None:
    work.promises.add(work.incidents.get("1"), Promise(client, due, NOW - HOUR), actor="ana")


def _tell(work, client, phase="identified", *, turn=1, at=NOW, state="sent") -> None:
    blank = Message(
        "", "", client, phase, turn, "", "smtp", "en", "s", "b", False, False, None, "", None, (), at, at, "ana"
    )
    kept = work.messages.add(work.incidents.get("1"), blank, domain="fernhill.example")
    claim = work.messages.claim(kept, (Contact("x@x.example"),), actor="ana", now=at, dead=at - HOUR)
    work.messages.hand(kept, claim, {"x@x.example": Answer("handing")}, now=at, dead=at - HOUR)
    work.messages.settle(kept, claim, {"x@x.example": Answer(state)}, now=at)


def _story(work, now=NOW):
    return load_story(work, "INC-1", now=now)


def _brief(work, client, *, now=NOW, **decided):
    story = _story(work, now)
    saying = Saying("identified", "en", None, None, None, AGENCY, "ana", now, lambda moment: f"{moment:%H:%M}")
    return gather_brief(story, story.parts[client], None, replace(saying, **decided))


def test_those_are_told_who_called_or_have_a_site_that_it_hits(work):
    _call(work, "acme")
    _judge(work, "bolt", "mitigated")
    _judge(work, "corvid", "in_triage")

    assert choose_clients(_story(work), "identified", (), now=NOW) == ["acme", "bolt"]
    assert choose_clients(_story(work), "identified", ("corvid", "corvid"), now=NOW) == ["corvid"]


def test_a_verdict_that_has_run_out_hits_nobody(work):
    _judge(work, "bolt", until=NOW + HOUR / 2)

    assert choose_clients(_story(work), "identified", (), now=NOW) == ["bolt"]
    later = NOW + HOUR
    assert choose_clients(_story(work, later), "identified", (), now=later) == []


def test_the_end_goes_only_to_those_who_know_of_the_beginning(work):
    _call(work, "acme")
    _judge(work, "bolt")
    _judge(work, "corvid")
    _tell(work, "corvid")

    for phase in ("resolved", "closed"):
        assert choose_clients(_story(work), phase, (), now=NOW) == ["acme", "corvid"]
        assert choose_clients(_story(work), phase, ("bolt",), now=NOW) == ["bolt"]


def test_a_client_that_has_no_part_in_it_cannot_be_told(work):
    _call(work, "acme")

    with pytest.raises(NotFoundError, match="no site of 'bolt' has a part in INC-1"):
        choose_clients(_story(work), "identified", ("bolt",), now=NOW)


def test_what_a_caller_said_comes_back_on_one_line_and_not_longer_than_a_quotation(work):
    _call(work, "acme", "first words", at=NOW - HOUR)
    _call(work, "acme", "the\nform\u202e is 🦄 broken " + "very " * 100, caller="Jo", heard="mail")
    brief = _brief(work, "acme")

    assert brief.words.startswith("the form is 🦄 broken very very")
    assert brief.words.endswith(" very …")
    assert len(brief.words) <= 200
    assert (brief.knows, brief.first, brief.thanks, brief.names) == (True, True, "mail", ("Maria",))


def test_who_has_not_noticed_is_neither_thanked_nor_quoted(work):
    _call(work, "acme", "our monitor saw it", heard="monitor")
    brief = _brief(work, "acme")

    assert (brief.knows, brief.thanks, brief.words) == (False, "", None)


def test_a_client_without_a_named_contact_is_greeted_as_the_caller_who_called_last(work):
    _call(work, "bolt", caller="Ute", at=NOW - HOUR)
    _call(work, "bolt", caller="Jo")

    assert _brief(work, "bolt").names == ("Jo",)


def test_sites_are_called_by_their_hosts_and_those_on_one_host_by_their_addresses(work):
    work.sites.add(Site("bolt-blog", "bolt", "https://bolt.example/blog/"), at=NOW)
    for site in ("bolt", "bolt-shop", "bolt-blog"):
        _judge(work, site)
    _judge(work, "bolt-shop", "mitigated")

    assert _brief(work, "bolt").sites == (
        SiteInBrief("bolt.example", "affected"),
        SiteInBrief("bolt.example/blog", "affected"),
        SiteInBrief("bolt-shop", "mitigated"),
    )
    assert _story(work).parts["bolt"].tier == "shop"


def test_sites_in_triage_are_named_only_where_there_is_no_other(work):
    _judge(work, "bolt", "in_triage")
    _judge(work, "bolt-shop", "not_affected")
    assert [site.name for site in _brief(work, "bolt").sites] == ["bolt.example"]

    _judge(work, "bolt-shop", "affected")
    assert [site.name for site in _brief(work, "bolt").sites] == ["bolt-shop"]


def test_only_what_was_said_in_the_clients_language_is_used(work):
    for language, text in (("en", "the form does not send"), ("de", "das Formular sendet nicht")):
        work.incidents.set_words(work.incidents.get("1"), language, "effect", text, actor="ana", at=NOW)
    _judge(work, "bolt")

    assert _brief(work, "bolt", language="de").effect == "das Formular sendet nicht"
    assert _brief(work, "bolt", language="fr").effect is None


@pytest.mark.parametrize(
    ("state", "first"), [("sent", False), ("unknown", False), ("written", False), ("refused", True)]
)
def test_the_first_message_is_the_first_that_may_have_arrived(work, state, first):
    _judge(work, "bolt")
    _tell(work, "bolt", state=state)

    assert _brief(work, "bolt").first is first


def test_a_promise_that_was_broken_is_owned_up_to_once(work):
    _call(work, "acme")
    _promise(work, "acme", NOW + HOUR)
    assert _brief(work, "acme", now=NOW + HOUR).missed is None
    assert _brief(work, "acme", now=NOW + 2 * HOUR).missed == "10:00"

    _tell(work, "acme", at=NOW + 2 * HOUR)
    assert _brief(work, "acme", now=NOW + 3 * HOUR).missed is None


def test_of_several_broken_promises_the_first_is_named(work):
    _call(work, "acme")
    for hours in (3, 1, 2):
        _promise(work, "acme", NOW + hours * HOUR)
    story = _story(work)

    assert missed_promise(story.parts["acme"], None, now=NOW + 4 * HOUR) == NOW + HOUR


def test_who_was_told_the_end_hears_once_that_it_has_come_back(work):
    _judge(work, "bolt")
    _tell(work, "bolt", "resolved", at=NOW)
    assert _brief(work, "bolt").reopened is True
    assert _brief(work, "bolt", phase="closed").reopened is False
    assert _brief(work, "bolt", phase="closed").resolved_told is True

    _tell(work, "bolt", "investigating", at=NOW + HOUR)
    assert _brief(work, "bolt").reopened is False
    assert _brief(work, "bolt", phase="closed").resolved_told is False


def test_it_was_watched_when_it_was_in_monitoring_since_it_last_broke(work):
    _judge(work, "bolt")
    seen = []
    for kind, body in (("status", "monitoring"), ("status", "resolved"), ("reopen", "again"), ("status", "monitoring")):
        work.incidents.add_event(work.incidents.get("1"), Event(NOW, NOW, "ana", kind, "internal", body))
        seen.append(_story(work).watched)

    assert seen == [True, True, False, True]


def test_a_merged_incident_is_told_as_the_one_that_it_became(work):
    _call(work, "acme")
    other = replace(work.incidents.get("1"), component=None)
    work.incidents.add(other, actor="ana", recorded_at=NOW)
    work._connection.run(
        "update incident set merged_into = (select id from incident where number = 1) where number = 2", {}
    )

    assert load_story(work, "2", now=NOW).incident.name == "INC-1"


def _say(work, at, **words) -> None:
    for field, text in words.items():
        work.incidents.set_words(work.incidents.get("1"), "en", field, text, actor="ana", at=at)


def test_what_was_done_is_told_to_a_client_once(work):
    _judge(work, "bolt")
    _judge(work, "acme")
    _say(work, NOW, effect="the form is broken", done="We put in a repair.")
    _tell(work, "bolt", at=NOW + HOUR)

    assert _brief(work, "bolt").done is None
    assert _brief(work, "acme").done == "We put in a repair."
    assert _brief(work, "bolt").effect == "the form is broken"
    _say(work, NOW + 2 * HOUR, done="We put in a better one.")
    assert _brief(work, "bolt").done == "We put in a better one."


def test_what_is_planned_and_what_to_take_care_of_hold_until_the_status_changes(work):
    _judge(work, "bolt")
    _say(work, NOW, effect="the form is broken", plan="We look at it tonight.", care="Please ring until then.")
    assert (_brief(work, "bolt").plan, _brief(work, "bolt").care) == (
        "We look at it tonight.",
        "Please ring until then.",
    )

    incident = work.incidents.get("1")
    work.incidents.add_event(incident, Event(NOW + HOUR, NOW + HOUR, "ana", "status", "internal", "monitoring"))
    brief = _brief(work, "bolt")
    assert (brief.effect, brief.plan, brief.care) == ("the form is broken", None, None)


def test_a_message_from_before_it_came_back_for_a_client_is_of_that_time(work):
    for client in ("acme", "bolt"):
        _judge(work, client)
        _tell(work, client, phase="resolved", at=NOW)
    back = Event(NOW + HOUR, NOW + HOUR, "ana", "reopen", "internal", "bolt shows it again", client="bolt")
    work.incidents.add_event(work.incidents.get("1"), back)

    parts = _story(work).parts
    old = {client: part.is_overtaken(part.newest("resolved")[0]) for client, part in parts.items()}
    assert {client: old[client] for client in ("acme", "bolt")} == {"acme": False, "bolt": True}


def test_a_phase_that_they_were_told_has_failed_is_told_anew(work):
    _judge(work, "bolt")
    told = []
    for hours, phase in enumerate(("identified", "monitoring", "identified", "closed")):
        _tell(work, "bolt", phase, turn=hours // 2 + 1, at=NOW + hours * HOUR)
        part = _story(work).parts["bolt"]
        newest = [row[0] for name in ("identified", "monitoring") if (row := part.newest(name))]
        told.append({message.phase: part.is_overtaken(message) for message in newest})

    assert told == [
        {"identified": False},
        {"identified": False, "monitoring": False},
        {"identified": False, "monitoring": True},
        {"identified": False, "monitoring": True},
    ]


def test_a_late_retry_of_an_earlier_phase_takes_nothing_back(work):
    _judge(work, "bolt")
    _tell(work, "bolt", "investigating", at=NOW)
    _tell(work, "bolt", "identified", at=NOW + HOUR)
    first, last = (_story(work).parts["bolt"].newest(phase)[0] for phase in ("investigating", "identified"))
    work._connection.run("update delivery set state = 'deferred' where message_id = :id", {"id": first.id})
    assert work.messages.claim(first, (Contact("x@x.example"),), actor="ana", now=NOW + 2 * HOUR, dead=NOW)

    assert _story(work).parts["bolt"].is_overtaken(last) is False


def test_who_was_told_that_it_works_again_hears_that_it_stopped(work):
    _judge(work, "bolt")
    _tell(work, "bolt", "monitoring", at=NOW)

    back, still = _brief(work, "bolt"), _brief(work, "bolt", phase="monitoring")

    assert (back.reopened, back.resolved_told, back.repeated) == (True, False, False)
    assert (still.reopened, still.resolved_told, still.repeated) == (False, False, True)
    assert _brief(work, "bolt", phase="resolved").reopened is False


def test_of_two_incidents_that_are_one_by_now_the_told_round_counts(work):
    _judge(work, "bolt")
    _tell(work, "bolt")
    sent, rows = _story(work).parts["bolt"].newest("identified")
    draft = replace(sent, id="", body="another", mail_id="")

    for told in ([(draft, ()), (sent, rows)], [(sent, rows), (draft, ())]):
        assert replace(_story(work).parts["bolt"], told=tuple(told)).newest("identified") == (sent, rows)
