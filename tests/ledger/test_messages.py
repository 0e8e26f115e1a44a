from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.errors import LedgerError
from plugwatch.model.client import Client, Contact
from plugwatch.model.component import Component
from plugwatch.model.incident import Incident
from plugwatch.model.messages.message import Answer, Message, status_of
from plugwatch.model.site import Site

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)
DEAD = NOW - timedelta(minutes=5)
LATER = NOW + timedelta(minutes=6)
MARIA, JO, UTE = Contact("maria@acme.example", "Maria"), Contact("jo@acme.example"), Contact("ute@acme.example")
TEXT = Message(
    id="",
    incident="INC-1",
    client="acme",
    phase="identified",
    round=1,
    state="draft",
    road="smtp",
    language="de",
    subject="„Über“ 🦄",
    body="100 % broken\n\n‮ rtl\n",
    edited=False,
    asks=True,
    next_due=NOW + timedelta(hours=1),
    mail_id="",
    thread_id="<first@agency.example>",
    sites=("acme", "acme-shop"),
    created_at=NOW,
    changed_at=NOW,
    actor="ana",
)


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        _make_acme(work)
        yield work


def _make_acme(work) -> None:
    work.clients.add(Client("acme", "Acme", (MARIA, JO)), at=NOW)
    for slug in ("acme", "acme-shop"):
        work.sites.add(Site(slug, "acme"), at=NOW)
    _incident(work)


def _incident(work) -> Incident:
    tidy = Component("plugin", "tidy-forms")
    return work.incidents.add(
        Incident("", 0, "t", "identified", "high", "unknown", tidy, "1", NOW), actor="a", recorded_at=NOW
    )


def _add(work, **changed) -> Message:
    return work.messages.add(work.incidents.get("1"), replace(TEXT, **changed), domain="agency.example")


def _claim(work, message, *, wanted=(MARIA, JO), actor="ana", now=NOW):
    return work.messages.claim(message, wanted, actor=actor, now=now, dead=now - timedelta(minutes=5))


def _send(work, message, answers, *, now=NOW) -> None:
    """All steps of a delivery that ends with these answers."""
    claim = _claim(work, message, now=now)
    handing = {address: Answer("handing") for address in answers}
    assert work.messages.hand(message, claim, handing, now=now, dead=now - timedelta(minutes=5))
    work.messages.settle(message, claim, answers, now=now)


def _states(work, message) -> dict[str, str]:
    return {row.address: row.state for row in work.messages.get(message.id)[1]}


def test_a_draft_is_read_as_it_was_kept_with_a_message_id_of_our_domain(work):
    kept = _add(work)

    assert kept.mail_id == f"<{kept.id.lower()}@agency.example>"
    assert kept == replace(TEXT, id=kept.id, mail_id=kept.mail_id)
    assert work.messages.of_incident(work.incidents.get("1")) == [(kept, [])]
    assert work.messages.of_client(work.clients.get("acme")) == [(kept, [])]


def test_there_is_no_second_message_in_a_round_of_a_phase(ledger):
    with ledger.unit_of_work() as work:
        _make_acme(work)
        _add(work)

    with pytest.raises(LedgerError, match="refused this"), ledger.unit_of_work() as work:
        _add(work)


def test_a_draft_can_be_rewritten_until_somebody_claims_it(work):
    kept = _add(work)
    other = replace(kept, subject="another", sites=("acme",), next_due=None)

    assert work.messages.rewrite(other, dead=DEAD)
    assert work.messages.get(kept.id)[0] == other
    assert _claim(work, other)
    assert not work.messages.rewrite(kept, dead=DEAD)
    assert work.messages.get(kept.id)[0].subject == "another"


def test_only_one_claims_a_message(work):
    kept = _add(work)

    assert _claim(work, kept, actor="ana")
    assert _claim(work, kept, actor="ben") is None
    message, deliveries = work.messages.get(kept.id)
    assert (message.claimed_by, message.state) == ("ana", "claimed")
    assert status_of(message, deliveries, now=NOW) == "busy"


def test_the_claim_of_somebody_who_died_before_anything_left_falls_to_the_next(work):
    kept = _add(work)
    first = _claim(work, kept)

    assert _claim(work, kept, actor="ben", now=LATER)
    assert not work.messages.hand(kept, first, {}, now=LATER, dead=LATER - timedelta(minutes=5))


def test_a_claim_older_than_it_lasts_hands_nothing_over(work):
    kept = _add(work)
    claim = _claim(work, kept)

    assert not work.messages.hand(kept, claim, {}, now=LATER, dead=LATER - timedelta(minutes=5))


@pytest.mark.parametrize("changed", [{"body": "blame"}, {"subject": "s"}, {"next_due": None}, {"road": "imap"}])
def test_a_message_that_has_changed_meanwhile_is_not_claimed(work, changed):
    kept = _add(work)
    work.messages.rewrite(replace(kept, **changed), dead=DEAD)

    assert _claim(work, kept) is None


@pytest.mark.parametrize("state", ["sent", "unknown", "kept", "written"])
def test_a_text_that_one_may_have_got_stands_for_all(work, state):
    kept = _add(work)
    _send(work, kept, {MARIA.email: Answer("deferred", "451 later"), JO.email: Answer(state)})

    assert not work.messages.rewrite(replace(kept, body="another"), dead=LATER)
    assert work.messages.get(kept.id)[0].body == kept.body


def test_a_text_that_nobody_took_can_be_written_anew(work):
    kept = _add(work)
    _send(work, kept, {MARIA.email: Answer("deferred", "451 later"), JO.email: Answer("refused", "554 spam")})

    assert work.messages.rewrite(replace(kept, body="another"), dead=DEAD)


def test_while_one_message_to_a_client_leaves_no_other_one_does(work):
    first, second = _add(work), _add(work, phase="monitoring")
    claim = _claim(work, first)

    assert _claim(work, second) is None
    work.messages.hand(first, claim, {MARIA.email: Answer("handing")}, now=NOW, dead=DEAD)
    assert _claim(work, second) is None
    assert _claim(work, second, now=LATER)


def test_a_retry_goes_to_those_who_are_missing_and_to_addresses_that_were_corrected(work):
    kept = _add(work)
    _send(work, kept, {MARIA.email: Answer("sent", "250 OK"), JO.email: Answer("refused", "550 no such user")})

    assert _claim(work, kept, wanted=(MARIA, UTE), now=LATER)
    rows = work.messages.get(kept.id)[1]
    assert [(row.address, row.state, row.tries) for row in rows] == [
        (MARIA.email, "sent", 1),
        (UTE.email, "waiting", 0),
    ]
    assert (rows[0].reply, rows[0].sent_at) == ("250 OK", NOW)


def test_what_all_have_got_is_claimed_no_more(work):
    kept = _add(work)
    _send(work, kept, {MARIA.email: Answer("sent"), JO.email: Answer("sent")})

    assert _claim(work, kept, wanted=(MARIA, JO, UTE), now=LATER) is None


def test_what_may_have_arrived_is_not_claimed_before_a_person_says_so(work):
    kept = _add(work)
    _send(work, kept, {MARIA.email: Answer("unknown"), JO.email: Answer("sent")})

    assert _claim(work, kept, now=LATER) is None
    assert work.messages.take_back(kept)
    assert _claim(work, kept, now=LATER)
    assert _states(work, kept) == {MARIA.email: "deferred", JO.email: "sent"}


def test_what_was_not_handed_over_is_a_draft_again(work):
    kept = _add(work)
    claim = _claim(work, kept)
    work.messages.hand(kept, claim, {MARIA.email: Answer("handing"), JO.email: Answer("handing")}, now=NOW, dead=DEAD)
    work.messages.settle(kept, claim, {MARIA.email: Answer("waiting"), JO.email: Answer("waiting")}, now=NOW)

    assert work.messages.get(kept.id)[0].state == "draft"
    assert work.messages.rewrite(replace(kept, subject="another"), dead=DEAD)


def test_a_claim_that_was_let_go_keeps_nobody_waiting(work):
    kept = _add(work)
    work.messages.release(kept, _claim(work, kept))

    assert work.messages.get(kept.id)[0].state == "draft"
    assert _claim(work, kept)


def test_who_died_with_the_text_on_the_line_leaves_it_unknown(work):
    kept = _add(work)
    claim = _claim(work, kept)
    handing = {MARIA.email: Answer("handing"), JO.email: Answer("refused", "550 no")}
    work.messages.hand(kept, claim, handing, now=NOW, dead=DEAD)
    incident = work.incidents.get("1")

    work.messages.give_up(incident, dead=NOW)
    assert _states(work, kept)[MARIA.email] == "handing"
    work.messages.give_up(incident, dead=NOW + timedelta(seconds=1))
    assert _states(work, kept) == {MARIA.email: "unknown", JO.email: "refused"}
    assert work.messages.get(kept.id)[0].state == "done"


def test_who_was_given_up_too_early_still_tells_the_truth(work):
    kept = _add(work)
    claim = _claim(work, kept)
    handing = {MARIA.email: Answer("handing"), JO.email: Answer("handing")}
    work.messages.hand(kept, claim, handing, now=NOW, dead=DEAD)
    work.messages.give_up(work.incidents.get("1"), dead=LATER)

    work.messages.settle(kept, claim, {MARIA.email: Answer("sent"), JO.email: Answer("refused")}, now=LATER)

    assert _states(work, kept) == {MARIA.email: "sent", JO.email: "refused"}


def test_who_has_lost_the_claim_can_only_add_that_an_address_has_got_it(work):
    kept = _add(work)
    first = _claim(work, kept)
    handing = {MARIA.email: Answer("handing"), JO.email: Answer("handing")}
    work.messages.hand(kept, first, handing, now=NOW, dead=DEAD)
    work.messages.give_up(work.incidents.get("1"), dead=LATER)
    work.messages.take_back(kept)
    second = _claim(work, kept, now=LATER)
    work.messages.hand(kept, second, handing, now=LATER, dead=LATER - timedelta(minutes=5))

    work.messages.settle(kept, first, {MARIA.email: Answer("sent"), JO.email: Answer("refused")}, now=LATER)
    assert _states(work, kept) == {MARIA.email: "sent", JO.email: "handing"}
    work.messages.settle(kept, second, {MARIA.email: Answer("deferred"), JO.email: Answer("sent")}, now=LATER)
    assert _states(work, kept) == {MARIA.email: "sent", JO.email: "sent"}


def test_a_persons_word_settles_what_nobody_can_know_and_nothing_else(work):
    kept = _add(work)
    _send(work, kept, {MARIA.email: Answer("unknown"), JO.email: Answer("refused", "550 no")})

    assert work.messages.confirm(kept, at=LATER)
    rows = work.messages.get(kept.id)[1]
    assert [(row.address, row.state, row.sent_at) for row in rows] == [
        (JO.email, "refused", None),
        (MARIA.email, "sent", LATER),
    ]
    assert not work.messages.confirm(kept, at=LATER)


def test_a_draft_of_another_phase_is_put_aside_but_not_one_that_was_tried(work):
    draft, tried = _add(work), _add(work, phase="monitoring")
    _send(work, tried, {MARIA.email: Answer("deferred", "451 later"), JO.email: Answer("deferred", "451 later")})

    work.messages.supersede(draft)
    work.messages.supersede(tried)

    assert work.messages.get(draft.id)[0].state == "superseded"
    assert work.messages.get(tried.id)[0].state == "done"
    assert _claim(work, draft) is None


def test_messages_of_what_was_merged_are_those_of_the_whole(work):
    first, second = work.incidents.get("1"), _incident(work)
    kept = work.messages.add(second, TEXT, domain="agency.example")
    _add(work, phase="monitoring")
    work._connection.run("update incident set merged_into = :root where number = 2", {"root": first.id})

    assert [(m.incident, m.phase) for m, _ in work.messages.of_incident(first)] == [
        ("INC-2", "identified"),
        ("INC-1", "monitoring"),
    ]
    assert _claim(work, kept)
    assert _claim(work, work.messages.of_incident(first)[1][0]) is None


def test_only_the_newest_message_to_a_client_can_be_unsettled(work):
    incident = work.incidents.get("1")
    older = _add(work)
    _send(work, older, {MARIA.email: Answer("deferred", "451 later"), JO.email: Answer("sent")})
    assert work.messages.unsettled(incident) == [
        "acme: 'identified' was not taken yet by maria@acme.example (“451 later”)"
    ]

    newer = _add(work, phase="monitoring")
    assert work.messages.unsettled(incident) == [
        "acme: 'identified' was not taken yet by maria@acme.example (“451 later”)"
    ]
    _send(work, newer, {MARIA.email: Answer("unknown"), JO.email: Answer("kept")}, now=LATER)
    assert work.messages.unsettled(incident) == [
        "acme: 'monitoring' lies among the drafts of the mailbox, for jo@acme.example",
        "acme: 'monitoring' may or may not have reached maria@acme.example",
    ]
    work.messages.confirm(newer, at=LATER)
    assert work.messages.unsettled(incident) == []
