from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from plugwatch.errors import ConfigError, PlugwatchError, UnknownError
from plugwatch.model.client import Client, Contact, WorkingHours
from plugwatch.model.component import Component
from plugwatch.model.incident import Call, Impact, Incident
from plugwatch.model.messages.message import Answer, Mail, Receipt
from plugwatch.model.promise import Agreement
from plugwatch.model.roads.submission import Agency
from plugwatch.model.site import Site
from plugwatch.model.vendors.vendor import Vendor
from plugwatch.render.client_texts import ClientTexts
from plugwatch.workflows.answers import Word, confirm_sent, keep_feedback, look_for, take_back
from plugwatch.workflows.compose import Prepared, Tools, Wanted
from plugwatch.workflows.deliver import Sender, deliver, let_go
from plugwatch.workflows.tell import edit, prepare

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=BERLIN)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
AGENCY = Agency("Fernhill Web", "dev@fernhill.example", "https://fernhill.example", "The Fernhill team")
AGREED = Agreement(BERLIN, ZoneInfo, WorkingHours.parse("24/7"), 15 * MINUTE, HOUR)
TIDY = Component("plugin", "tidy-forms")
NOT_BLOCKED = [True] * 9


@dataclass
class Line:
    """A road that says what it is told to say; ``mails`` is what went over it, address by address."""

    says: dict[str, Answer] = field(default_factory=dict)
    breaks: PlugwatchError | None = None
    before: Callable[[], None] = lambda: None
    mails: list[tuple[str, Mail]] = field(default_factory=list)

    def send(self, mail: Mail, addresses: Sequence[str], about_to_hand: Callable[[Receipt], bool | None]) -> Receipt:
        if self.breaks:
            raise self.breaks
        self.before()
        answers = {address: self.says.get(address, Answer("sent", "250 OK")) for address in addresses}
        known = {
            a: answer if answer.state in ("refused", "deferred") else Answer("handing") for a, answer in answers.items()
        }
        about_to_hand(Receipt(known))
        self.mails += [(a, mail) for a, answer in answers.items() if answer.state in ("sent", "unknown")]
        return Receipt(answers)

    @property
    def reached(self) -> list[str]:
        return [address for address, _ in self.mails]


@dataclass(frozen=True)
class Addressing:
    road: str = "smtp"
    desk: Contact | None = None

    def choose(self, ticket: str | None) -> str:
        return "desk" if ticket and self.desk else self.road

    def ticket(self, url: str) -> str | None:
        return url.rpartition("/")[2]


@pytest.fixture
def ledger(ledger):
    with ledger.unit_of_work() as work:
        maria, jo = Contact("maria@acme.example", "Maria Marlowe"), Contact("jo@acme.example")
        work.clients.add(Client("acme", "Acme Bakery", (maria, jo), "en", "Europe/London"), at=NOW)
        work.clients.add(Client("corvid", "Corvid Legal", (Contact("it@corvid.example"),), "en"), at=NOW)
        work.sites.add(Site("acme", "acme", "https://acme.example", "shop"), at=NOW)
        work.sites.add(Site("corvid", "corvid", "https://corvid.example"), at=NOW)
        new = Incident("", 0, "t", "identified", "high", "unknown", TIDY, "5.9.4", NOW)
        kept = work.incidents.add(new, actor="ana", recorded_at=NOW)
        call = Call("acme", "acme", "Maria", "phone", "the form does not send", None, NOW, NOW, "ana")
        work.incidents.add_call(kept, call)
        for site in ("acme", "corvid"):
            work.impacts.add(kept, Impact(site, site, "affected", None, "ana", NOW))
        work.vendors.set(TIDY, Vendor("Tidyworks", ("tidyworks.example",)))
    return ledger


def _say(ledger, text="the contact form does not send") -> None:
    with ledger.unit_of_work() as work:
        work.incidents.set_words(work.incidents.get("1"), "en", "effect", text, actor="ana", at=NOW)


def _tools(*, now=NOW, addressing=Addressing(), actor="ana") -> Tools:
    return Tools(ClientTexts([]), addressing, AGREED, AGENCY, "en", actor, now)


def _prepare(ledger, *, now=NOW, addressing=Addressing(), actor="ana", claiming=False, **wanted) -> list[Prepared]:
    tools = _tools(now=now, addressing=addressing, actor=actor)
    return prepare(ledger, "INC-1", Wanted(**wanted), tools, claiming=claiming)


def _send(ledger, line, *, now=NOW, **wanted):
    return _deliver(ledger, _prepare(ledger, now=now, claiming=True, **wanted), line, now=now)


def _word(*clients, now=NOW) -> Word:
    return Word(clients, None, "ana", now)


def _events(ledger) -> list[str]:
    with ledger.reading() as work:
        return [event.body for event in work.incidents.events(work.incidents.get("1")) if event.kind == "message"]


def _promises(ledger):
    with ledger.reading() as work:
        found = work.promises.of_incident(work.incidents.get("1"))
    return [(promise.client, promise.due, promise.made_at, promise.kept_at) for promise in found]


def test_a_preview_keeps_drafts_and_sends_nothing(ledger):
    acme, corvid = _prepare(ledger)

    assert [one.message.client for one in (acme, corvid)] == ["acme", "corvid"]
    assert [check.ok for check in acme.checks] == NOT_BLOCKED
    assert acme.message.body.startswith(
        "Hello Maria Marlowe,\n\nThank you for calling. You told us: “the form does not send”."
    )
    assert "by 10:00 today" in acme.message.body  # an hour from now, in London
    assert (acme.message.next_due, acme.deliveries, acme.status(NOW)) == (NOW + HOUR, (), "draft")
    assert corvid.status(NOW) == "blocked"
    assert [check.check for check in corvid.checks if not check.ok] == ["blanks"]
    assert "what does not work" in next(check.detail for check in corvid.checks if not check.ok)


def test_one_that_is_blocked_keeps_none_of_the_others(ledger):
    line = Line()
    acme, corvid = _send(ledger, line)

    assert line.reached == ["jo@acme.example", "maria@acme.example"]
    assert (acme.status(NOW), corvid.status(NOW), acme.error, corvid.error) == ("sent", "blocked", None, None)


def test_a_second_and_a_third_send_do_nothing(ledger):
    line = Line()
    for _ in range(3):
        _send(ledger, line, clients=("acme",))

    assert line.reached == ["jo@acme.example", "maria@acme.example"]
    assert len(_events(ledger)) == len(_promises(ledger)) == 1


def test_the_promise_counts_from_what_was_sent(ledger):
    _prepare(ledger, clients=("acme",), next_due=NOW + 3 * HOUR)
    assert _promises(ledger) == []

    _send(ledger, Line(), clients=("acme",), now=NOW + MINUTE)
    assert _promises(ledger) == [("acme", NOW + 3 * HOUR, NOW + MINUTE, None)]

    _send(ledger, Line(), phase="monitoring", now=NOW + HOUR, clients=("acme",))
    assert [promise[3] for promise in _promises(ledger)] == [None, NOW + HOUR]  # due 12:00 is open, due 13:00 was kept


def test_a_retry_sends_the_same_mail_to_those_who_are_missing(ledger):
    line = Line({"jo@acme.example": Answer("deferred", "451 greylisted")})
    [first] = _send(ledger, line, clients=("acme",))
    assert first.status(NOW) == "partly-sent"

    line.says = {}
    [second] = _send(ledger, line, clients=("acme",), now=NOW + 10 * MINUTE)

    assert second.status(NOW) == "sent"
    assert line.reached == ["maria@acme.example", "jo@acme.example"]
    mails = [mail for _, mail in line.mails]
    assert mails[0] == mails[1]
    assert len(_promises(ledger)) == 1
    assert _events(ledger) == [
        "identified to acme: jo@acme.example deferred “451 greylisted”; maria@acme.example sent",
        "identified to acme: jo@acme.example sent",
    ]


def test_an_address_that_was_refused_is_corrected_with_the_client(ledger):
    line = Line({"jo@acme.example": Answer("refused", "550 no such user")})
    _send(ledger, line, clients=("acme",))
    with ledger.unit_of_work() as work:
        known = work.clients.get("acme")
        work.clients.update(replace(known, contacts=(known.contacts[0], Contact("joe@acme.example"))))

    [told] = _send(ledger, line, clients=("acme",))

    assert line.reached == ["maria@acme.example", "joe@acme.example"]
    assert told.status(NOW) == "sent"


def test_a_text_that_nobody_got_greets_those_whom_it_goes_to_by_now(ledger):
    says = {"maria@acme.example": Answer("refused", "550 no"), "jo@acme.example": Answer("deferred", "451 later")}
    _send(ledger, Line(says), clients=("acme",))
    [same] = _prepare(ledger, clients=("acme",), now=NOW + 2 * MINUTE)
    with ledger.unit_of_work() as work:
        work.clients.update(replace(work.clients.get("acme"), contacts=(Contact("ute@acme.example", "Ute Neu"),)))

    line = Line()
    [told] = _send(ledger, line, clients=("acme",), now=NOW + 2 * MINUTE)

    assert same.message.body.startswith("Hello Maria Marlowe,\n")
    assert told.message.body.startswith("Hello Ute Neu,\n")
    assert (line.reached, told.status(NOW)) == (["ute@acme.example"], "sent")


def test_a_retry_whose_hour_has_passed_is_blocked(ledger):
    line = Line({"jo@acme.example": Answer("deferred", "451")})
    _send(ledger, line, clients=("acme",))

    [told] = _send(ledger, line, clients=("acme",), now=NOW + 2 * HOUR)

    assert [check.check for check in told.prepared.checks if not check.ok] == ["next-update"]
    assert line.reached == ["maria@acme.example"]


def test_what_may_have_arrived_waits_for_a_persons_word(ledger):
    line = Line({"maria@acme.example": Answer("unknown"), "jo@acme.example": Answer("unknown")})
    [told] = _send(ledger, line, clients=("acme",))
    assert told.status(NOW) == "unknown"
    assert _promises(ledger) == []

    line.says = {}
    _send(ledger, line, clients=("acme",))
    assert len(line.mails) == 2

    confirm_sent(ledger, "1", _word("acme"), at=NOW + MINUTE)
    assert _promises(ledger) == [("acme", NOW + HOUR, NOW + MINUTE, None)]
    with pytest.raises(PlugwatchError, match="no message waits for your word"):
        confirm_sent(ledger, "1", _word("acme"), at=NOW)


def test_what_may_have_arrived_goes_again_under_the_same_message_id_when_a_person_says_so(ledger):
    line = Line({"maria@acme.example": Answer("unknown")})
    _send(ledger, line, clients=("acme",))

    line.says = {}
    assert [message.client for message in take_back(ledger, "1", _word())] == ["acme"]
    [told] = _send(ledger, line, clients=("acme",))

    assert line.reached == ["jo@acme.example", "maria@acme.example", "maria@acme.example"]
    assert len({mail.mail_id for _, mail in line.mails}) == 1
    assert told.status(NOW) == "sent"
    with pytest.raises(PlugwatchError, match="nothing is sent twice"):
        take_back(ledger, "1", _word())


@dataclass(frozen=True)
class Found:
    place: str
    at: datetime | None


@pytest.mark.parametrize(
    ("found", "copies", "status"),
    [
        (Found("inbox", NOW), True, "sent"),
        (Found("inbox", None), True, "sent"),
        (Found("drafts", NOW), True, "unknown"),
        (None, True, "unknown"),
        (Found("inbox", NOW), False, "unknown"),
    ],
)
def test_our_own_copy_proves_that_a_talk_was_taken(ledger, found, copies, status):
    line = Line(dict.fromkeys(("maria@acme.example", "jo@acme.example"), Answer("unknown")))
    [told] = _send(ledger, line, clients=("acme",))

    look_for(ledger, "1", {told.message.mail_id: found}.get, _word(), copies=copies)

    assert _prepare(ledger, clients=("acme",))[0].status(NOW) == status
    assert len(_promises(ledger)) == (status == "sent")


def test_the_copy_of_an_earlier_talk_proves_nothing_of_a_later_one(ledger):
    line = Line({"jo@acme.example": Answer("deferred")})
    _send(ledger, line, clients=("acme",))
    line.says = {"jo@acme.example": Answer("unknown")}
    [told] = _send(ledger, line, clients=("acme",))

    look_for(ledger, "1", {told.message.mail_id: Found("inbox", NOW)}.get, _word(), copies=True)

    assert _prepare(ledger, clients=("acme",))[0].deliveries[0].state == "unknown"


def test_a_draft_that_a_person_has_sent_since_counts_from_then(ledger):
    line = Line(dict.fromkeys(("maria@acme.example", "jo@acme.example"), Answer("kept")))
    [told] = _send(ledger, line, clients=("acme",))
    look_for(ledger, "1", {told.message.mail_id: Found("drafts", NOW)}.get, _word(), copies=False)
    assert _prepare(ledger, clients=("acme",))[0].status(NOW) == "kept"

    later = NOW + 7 * MINUTE
    look_for(ledger, "1", {told.message.mail_id: Found("sent", later)}.get, _word(now=later), copies=False)

    [again] = _prepare(ledger, clients=("acme",))
    assert {row.sent_at for row in again.deliveries} == {later}


def test_who_dies_with_the_text_on_the_line_leaves_it_unknown_and_unsent_by_others(ledger):
    class Dead(BaseException):
        pass

    def die(line):
        raise Dead

    line = Line()
    line.mails = type("Mails", (list,), {"__iadd__": lambda *_: die(line)})()
    with pytest.raises(Dead):
        _send(ledger, line, clients=("acme",))

    [busy] = _prepare(ledger, clients=("acme",), now=NOW + 4 * MINUTE)
    assert busy.status(NOW + 4 * MINUTE) == "busy"
    line = Line()
    [told] = _send(ledger, line, clients=("acme",), now=NOW + 6 * MINUTE)
    assert told.status(NOW + 6 * MINUTE) == "unknown"
    assert line.mails == []


def _deliver(ledger, prepared, line, actor="ana", now=NOW):
    return deliver(ledger, prepared, lambda _: line, Sender(Contact(AGENCY.email, AGENCY.name), actor, lambda: now))


def test_while_one_sends_the_other_sends_nothing(ledger):
    second = Line()
    told = []

    def meanwhile():
        line.before = lambda: None
        told.extend(_deliver(ledger, _prepare(ledger, clients=("acme",), actor="ben", claiming=True), second, "ben"))

    line = Line(before=meanwhile)
    _deliver(ledger, _prepare(ledger, clients=("acme",), claiming=True), line)

    [busy] = told
    assert (busy.status(NOW), busy.message.claimed_by, busy.error) == ("busy", "ana", None)
    assert second.mails == []
    assert line.reached == ["jo@acme.example", "maria@acme.example"]


def test_while_one_message_leaves_another_to_the_same_client_waits(ledger):
    _prepare(ledger, clients=("acme",), claiming=True)
    line = Line()
    other = _prepare(ledger, clients=("acme",), phase="monitoring", claiming=True)

    [told] = _deliver(ledger, other, line, "ben")

    assert str(told.error) == "another message to acme is being sent just now; try again in a minute"
    assert (told.error.exit_code, told.status(NOW), line.mails) == (4, "draft", [])


def test_a_claim_that_ran_out_before_the_text_was_handed_over_sends_nothing(ledger):
    prepared = _prepare(ledger, clients=("acme",), claiming=True)
    line, times = Line(), iter([NOW, NOW, NOW + 6 * MINUTE])

    sender = Sender(Contact(AGENCY.email), "ana", lambda: next(times))
    [told] = deliver(ledger, prepared, lambda _: line, sender)

    assert "took too long, so nothing was sent" in str(told.error)
    assert line.mails == []
    assert _send(ledger, line, clients=("acme",))[0].status(NOW) == "sent"


def test_who_lost_the_claim_to_another_sends_nothing(ledger):
    mine = _prepare(ledger, clients=("acme",), claiming=True)
    later = NOW + 6 * MINUTE
    second = Line()
    theirs = _prepare(ledger, clients=("acme",), now=later, actor="ben", claiming=True)
    _deliver(ledger, theirs, second, "ben", later)
    line = Line()

    [told] = _deliver(ledger, mine, line, now=later)

    assert str(told.error) == "ben has just sent the message to acme"
    assert told.error.exit_code == 0
    assert (len(second.mails), len(line.mails)) == (2, 0)


def test_what_was_claimed_and_not_sent_is_free_again(ledger):
    prepared = _prepare(ledger, clients=("acme",), claiming=True)
    let_go(ledger, prepared)

    assert _send(ledger, Line(), clients=("acme",))[0].status(NOW) == "sent"


def test_a_road_that_is_not_there_is_tried_once_and_nothing_is_lost(ledger):
    _say(ledger)
    line = Line(breaks=ConfigError("the password is wrong"))
    told = _send(ledger, line)
    assert [(str(one.error), one.status(NOW)) for one in told] == [("the password is wrong", "draft")] * 2

    line.breaks = UnknownError("no answer")
    assert [one.status(NOW) for one in _send(ledger, line)] == ["draft", "draft"]
    line.breaks = None
    assert [one.status(NOW) for one in _send(ledger, line)] == ["sent", "sent"]
    assert len(line.mails) == 3


def test_what_the_line_lost_before_the_text_went_out_is_a_draft_again(ledger):
    line = Line(dict.fromkeys(("maria@acme.example", "jo@acme.example"), Answer("waiting", "line lost")))
    [told] = _send(ledger, line, clients=("acme",))

    assert told.status(NOW) == "draft"
    line.says = {}
    assert _send(ledger, line, clients=("acme",))[0].status(NOW) == "sent"


def test_a_draft_is_written_anew_until_a_person_has_changed_it(ledger):
    _prepare(ledger, clients=("acme",))
    with ledger.unit_of_work() as work:
        work.incidents.set_words(work.incidents.get("1"), "en", "done", "We have switched it off", actor="ana", at=NOW)
    [fresh] = _prepare(ledger, clients=("acme",))
    assert "We have switched it off." in fresh.message.body

    text = fresh.message.body.replace("We have switched it off.", "We fixed it by hand.")
    edit(ledger, fresh, "another subject", text, _tools())
    [edited] = _prepare(ledger, clients=("acme",))
    assert (edited.message.subject, edited.message.body, edited.message.edited) == ("another subject", text, True)
    assert [check.ok for check in edited.checks] == NOT_BLOCKED

    [again] = _prepare(ledger, clients=("acme",), fresh=True)
    assert again.message.body == fresh.message.body
    assert again.message.mail_id == fresh.message.mail_id


def test_an_edited_text_is_checked_like_any_other(ledger):
    [one] = _prepare(ledger, clients=("acme",))
    edit(ledger, one, "s", "Tidy Forms broke it; ask Corvid Legal. We will write soon.\n", _tools())
    line = Line()
    [told] = _send(ledger, line, clients=("acme",))

    blocked = [check.check for check in told.prepared.checks if not check.ok]
    assert blocked == ["next-update", "blame", "vendor", "other-client"]
    assert line.mails == []


def test_nobody_edits_what_has_left(ledger):
    [one] = _prepare(ledger, clients=("acme",))
    _send(ledger, Line(), clients=("acme",))

    with pytest.raises(PlugwatchError, match="has changed or left meanwhile"):
        edit(ledger, one, "s", "b", _tools())


def test_the_time_that_a_draft_promises_stays_while_it_is_to_come(ledger):
    [one] = _prepare(ledger, clients=("acme",), next_due=NOW + 15 * MINUTE)
    assert one.message.next_due == NOW + 15 * MINUTE

    [later] = _prepare(ledger, clients=("acme",), now=NOW + 10 * MINUTE)
    assert later.message.next_due == NOW + 15 * MINUTE
    [past] = _prepare(ledger, clients=("acme",), now=NOW + 15 * MINUTE)
    assert past.message.next_due == NOW + 75 * MINUTE


def test_a_time_that_nobody_said_counts_from_when_they_are_told(ledger):
    for minutes in (0, 2, 20):
        _prepare(ledger, clients=("acme",), now=NOW + minutes * MINUTE)

    [told] = _send(ledger, Line(), clients=("acme",), now=NOW + 50 * MINUTE)

    assert told.message.next_due == NOW + 110 * MINUTE
    assert "by 10:50 today" in told.message.body  # in London


def test_a_question_stays_in_its_draft(ledger):
    [asked] = _prepare(ledger, clients=("acme",), question="Which browser do you use?")
    assert "Which browser do you use?" in asked.message.body

    [kept] = _prepare(ledger, clients=("acme",))
    assert kept.message == asked.message
    assert kept.message.asks


def test_another_round_needs_another_text(ledger):
    line = Line()
    _send(ledger, line, clients=("acme",))
    _send(ledger, line, clients=("acme",), again=True)
    [third] = _send(ledger, line, clients=("acme",), again=True)

    assert third.status(NOW) == "blocked"
    assert [check.check for check in third.prepared.checks if not check.ok] == ["again"]
    assert [mail.thread_id for _, mail in line.mails] == [None, None] + [line.mails[0][1].mail_id] * 2
    assert len(line.mails) == 4
    [fourth] = _send(ledger, line, clients=("acme",), now=NOW + HOUR)
    assert (fourth.message.round, fourth.status(NOW)) == (3, "sent")


def test_another_text_than_the_one_that_was_tried_is_another_mail(ledger):
    line = Line({"jo@acme.example": Answer("unknown"), "maria@acme.example": Answer("unknown")})
    _send(ledger, line, clients=("acme",))
    take_back(ledger, "INC-1", _word("acme"))

    [told] = _send(ledger, Line(), clients=("acme",), now=NOW + 2 * HOUR, fresh=True)
    [again] = _prepare(ledger, clients=("acme",), now=NOW + 2 * HOUR)

    assert told.status(NOW) == "sent"
    assert told.message.mail_id not in (None, line.mails[0][1].mail_id)
    assert told.message.mail_id.endswith("@fernhill.example>")
    assert again.message.mail_id == told.message.mail_id


def test_two_of_us_do_not_say_the_same_again(ledger):
    line = Line()
    _send(ledger, line, clients=("acme",))
    _send(ledger, line, clients=("acme",), again=True)
    [told] = _send(ledger, line, clients=("acme",), again=True, actor="ben")

    assert "\nben\n" in told.message.body
    assert [check.check for check in told.prepared.checks if not check.ok] == ["again"]
    assert len(line.mails) == 4


def test_the_draft_of_an_earlier_phase_is_put_aside(ledger):
    [first] = _prepare(ledger, clients=("acme",))
    _prepare(ledger, clients=("acme",), phase="monitoring")
    with ledger.reading() as work:
        assert work.messages.get(first.message.id)[0].state == "superseded"

    [back] = _prepare(ledger, clients=("acme",))
    assert (back.message.id, back.message.state) == (first.message.id, "draft")


def test_the_end_promises_nothing(ledger):
    with pytest.raises(PlugwatchError, match="takes no --next"):
        _prepare(ledger, phase="closed", next_due=NOW + HOUR)

    [one] = _prepare(ledger, phase="closed")
    assert one.message.next_due is None
    assert [check.ok for check in one.checks] == NOT_BLOCKED


@pytest.mark.parametrize(
    ("road", "problem"),
    [
        ("smtp", "no address: plugwatch client set acme --contact 'NAME <ADDRESS>'"),
        ("desk", "no help desk: write [desk] address in plugwatch.toml"),
        ("file", None),
        ("phone", None),
    ],
)
def test_a_message_that_has_nowhere_to_go_is_blocked(ledger, road, problem):
    with ledger.unit_of_work() as work:
        work.clients.update(replace(work.clients.get("acme"), contacts=()))

    [one] = _prepare(ledger, clients=("acme",), via=road)

    assert [check.detail for check in one.checks if not check.ok] == ([problem] if problem else [])
    assert [contact.email for contact in one.to] == ([road] if road in ("file", "phone") else [])


def test_a_client_with_a_ticket_is_told_through_the_desk(ledger):
    with ledger.unit_of_work() as work:
        call = Call("acme", "acme", None, "mail", "still broken", "https://desk.example/4711", NOW, NOW, "ana")
        work.incidents.add_call(work.incidents.get("1"), call)
    desk = Addressing(desk=Contact("desk@fernhill.example"))

    acme, corvid = _prepare(ledger, addressing=desk)

    assert (acme.message.road, acme.to, acme.ticket) == ("desk", (desk.desk,), "4711")
    assert (corvid.message.road, corvid.ticket) == ("smtp", None)


def test_a_ticket_without_a_number_hides_no_other(ledger):
    with ledger.unit_of_work() as work:
        for url in ("https://desk.example/4711", "https://desk.example/"):
            call = Call("acme", "acme", None, "mail", "still broken", url, NOW, NOW, "ana")
            work.incidents.add_call(work.incidents.get("1"), call)

    [acme] = _prepare(ledger, addressing=Addressing(desk=Contact("desk@fernhill.example")), clients=("acme",))

    assert (acme.message.road, acme.ticket) == ("desk", "4711")


def test_those_who_are_missing_can_be_told_on_another_road(ledger):
    _send(ledger, Line({"jo@acme.example": Answer("refused", "550 no")}), clients=("acme",))

    [told] = _send(ledger, Line(), clients=("acme",), via="phone")

    assert told.message.road == "phone"
    assert [(row.address, row.state) for row in told.deliveries] == [("maria@acme.example", "sent"), ("phone", "sent")]


def test_a_client_whose_language_has_no_texts_is_blocked_alone(ledger):
    with ledger.unit_of_work() as work:
        work.clients.update(replace(work.clients.get("corvid"), language="fr"))
    acme, corvid = _prepare(ledger)

    assert acme.status(NOW) == "draft"
    assert [(check.check, check.detail) for check in corvid.checks] == [
        ("language", "there are no texts in 'fr': write templates/client/fr/identified.j2")
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("identified.j2", "Subject: x\n\n{{ names \n", "client/fr/identified.j2, line 3: "),
        ("words.txt", "[nonsense]\n", "client/fr/words.txt"),
    ],
)
def test_a_template_that_is_wrong_blocks_only_those_who_would_get_it(ledger, tmp_path, name, text, said):
    with ledger.unit_of_work() as work:
        work.clients.update(replace(work.clients.get("corvid"), language="fr"))
    french = tmp_path / "client/fr"
    french.mkdir(parents=True)
    (french / "identified.j2").write_text("Subject: x\n\nBonjour.\n")
    (french / name).write_text(text)
    tools = replace(_tools(), texts=ClientTexts([tmp_path]))

    acme, corvid = prepare(ledger, "INC-1", Wanted(), tools)

    assert (acme.status(NOW), corvid.status(NOW)) == ("draft", "blocked")
    [check] = corvid.checks
    assert check.check == "language"
    assert said in check.detail


def test_a_phase_without_a_template_blocks_only_those_who_would_get_it(ledger, tmp_path):
    with ledger.unit_of_work() as work:
        work.clients.update(replace(work.clients.get("corvid"), language="fr"))
    (tmp_path / "client/fr").mkdir(parents=True)
    (tmp_path / "client/fr/monitoring.j2").write_text("Subject: x\n\nBonjour.\n")

    acme, corvid = prepare(ledger, "INC-1", Wanted(), replace(_tools(), texts=ClientTexts([tmp_path])))

    assert acme.status(NOW) == "draft"
    assert [check.check for check in corvid.checks] == ["language"]
    assert "there is no template 'client/fr/identified.j2'" in corvid.checks[0].detail


def test_an_edited_text_is_blocked_while_the_words_of_its_language_are_wrong(ledger, tmp_path):
    [one] = _prepare(ledger, clients=("acme",))
    edit(ledger, one, one.message.subject, one.message.body, _tools())
    (tmp_path / "client/en").mkdir(parents=True)
    (tmp_path / "client/en/words.txt").write_text("[nonsense]\n")

    [kept] = prepare(ledger, "INC-1", Wanted(clients=("acme",)), replace(_tools(), texts=ClientTexts([tmp_path])))

    assert [(check.check, check.ok) for check in kept.checks] == [("language", False)]
    assert (kept.message.edited, kept.message.body) == (True, one.message.body)


def test_answers_belong_to_what_the_client_was_told_the_end_of(ledger):
    with ledger.unit_of_work() as work:
        assert keep_feedback(work, "acme", "good", None, number=None, at=NOW, word=_word()).incident is None
    _send(ledger, Line(), phase="closed", clients=("acme",))

    with ledger.unit_of_work() as work:
        kept = keep_feedback(work, "acm", "bad", " nobody\ncalled 🦄 ", number=None, at=NOW, word=_word())
        assert (kept.client, kept.incident, kept.words) == ("acme", "INC-1", "nobody\ncalled 🦄")
        assert work.feedback.of_client(work.clients.get("acme"))[1] == kept
        assert work.feedback.of_incident(work.incidents.get("1")) == [kept]
        [event] = [e for e in work.incidents.events(work.incidents.get("1")) if e.kind == "feedback"]
        assert event.body == "acme found it badly handled: “nobody\ncalled 🦄”"


def test_bad_choices_are_one_sentence(ledger):
    with pytest.raises(PlugwatchError, match="'fax' is no road"):
        _prepare(ledger, via="fax")
    with pytest.raises(PlugwatchError, match="'later' is no phase"):
        _prepare(ledger, phase="later")
    with ledger.unit_of_work() as work, pytest.raises(PlugwatchError, match="'great' is no answer"):
        keep_feedback(work, "acme", "great", None, number=None, at=NOW, word=_word())


def test_times_are_kept_in_utc_and_said_on_the_clients_clock(ledger):
    [one] = _prepare(ledger, clients=("acme",), next_due=datetime(2026, 11, 24, 9, 30, tzinfo=BERLIN))

    assert "by 08:30 tomorrow" in one.message.body
    assert one.message.next_due == datetime(2026, 11, 24, 8, 30, tzinfo=timezone.utc)
