"""One message to one client, as it would leave now: its text, its road and addresses, and what the checks say of it.

A text that a person has changed stays as it is until they want it fresh, and one that somebody may have got stays for
ever. Whatever stays is checked anew each time, for its hour may have passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from plugwatch.errors import InputError, NotFoundError, PlugwatchError
from plugwatch.model.client import Client, Contact
from plugwatch.model.messages.checks import check_message
from plugwatch.model.messages.message import (
    LAST_PHASES,
    ClientBrief,
    Delivery,
    Message,
    may_have_arrived,
    status_of,
)
from plugwatch.model.messages.wording import Wording, say_by
from plugwatch.model.promise import Agreement, due_time
from plugwatch.model.roads.submission import Agency, Check, RenderedText
from plugwatch.workflows.brief import Part, Saying, Story, gather_brief
from plugwatch.workflows.rule_book import RuleBook

# A claim older than this is that of somebody who died; no talk with a server lasts half as long.
CLAIM_LASTS = timedelta(minutes=5)
_OPEN = ("waiting", "deferred", "refused")
# What templates and words that are wrong, or not there, are said with.
_BROKEN = (InputError, NotFoundError)


class Texts(Protocol):
    """The templates and words for clients."""

    def render(self, brief: ClientBrief) -> RenderedText: ...

    def wording(self, language: str) -> Wording | None: ...

    def find_language(self, tag: str) -> str | None: ...


class Addressing(Protocol):
    """How messages leave, as the configuration says: which road, the number of a ticket, the help desk's address."""

    @property
    def desk(self) -> Contact | None: ...

    def choose(self, ticket: str | None) -> str: ...

    def ticket(self, url: str) -> str | None: ...


@dataclass(frozen=True)
class Wanted:
    """What a person asks for. ``next_due`` goes before the agreement's, ``via`` before the configured road."""

    phase: str | None = None
    clients: tuple[str, ...] = ()
    next_due: datetime | None = None
    question: str | None = None
    via: str | None = None
    fresh: bool = False
    again: bool = False


@dataclass(frozen=True)
class Tools:
    """What a message is made with, and in whose name; ``language`` is that of clients who have none."""

    texts: Texts
    addressing: Addressing
    agreement: Agreement
    agency: Agency
    language: str
    actor: str
    now: datetime

    @property
    def domain(self) -> str:
        """Where Message-IDs lie (RFC 5322, section 3.6.4)."""
        return self.agency.email.rpartition("@")[2] or "plugwatch.invalid"

    @property
    def dead(self) -> datetime:
        """Claims from before this count no more."""
        return self.now - CLAIM_LASTS


@dataclass(frozen=True)
class Prepared:
    """A message as it would leave now. Without ``checks`` nothing of it is left to send.

    ``before`` is the row as the ledger has it, None for one that is to be made; ``claim`` is our right to send it.
    """

    message: Message
    deliveries: tuple[Delivery, ...]
    client: Client
    knows: bool
    checks: tuple[Check, ...]
    to: tuple[Contact, ...]
    ticket: str | None
    before: Message | None
    claim: str | None = None

    @property
    def blocked(self) -> bool:
        """Whether a person has to mend it first."""
        return any(not check.ok for check in self.checks)

    def status(self, now: datetime) -> str:
        """As :func:`plugwatch.model.messages.message.status_of`, or ``blocked``."""
        status = status_of(self.message, self.deliveries, now=now)
        return "blocked" if self.blocked and status == "draft" else status


@dataclass(frozen=True)
class Composer:
    """The making of the messages of one phase."""

    story: Story
    phase: str
    wanted: Wanted
    tools: Tools
    rules: RuleBook

    def compose(self, part: Part) -> Prepared:
        """The message to one client, as it stands or as it is written now."""
        message, deliveries = part.newest(self.phase) or (None, ())
        if message is None:
            return self._write(part, None, ())
        if status_of(message, deliveries, now=self.tools.now) == "busy":
            return self.as_it_is(part, message, deliveries)
        if may_have_arrived(deliveries):
            anew = self.wanted.again or part.is_overtaken(message)
            return self._write(part, None, ()) if anew else self._retry(part, message, deliveries)
        tried = any(delivery.state != "waiting" for delivery in deliveries)
        to_the_same = tried and self._goes_to(part, message, deliveries)
        stays = message.edited or to_the_same or (message.asks and not self.wanted.question)
        if stays and not self.wanted.fresh:
            return self._leave(part, message, deliveries)
        return self._write(part, message, deliveries)

    def _goes_to(self, part: Part, message: Message, deliveries: Sequence[Delivery]) -> bool:
        """Whether a text that nobody got still goes to all the addresses that it was written for."""
        addresses = {contact.email for contact in self._addresses(part, message.road)}
        return addresses == {delivery.address for delivery in deliveries}

    def _retry(self, part: Part, message: Message, deliveries: Sequence[Delivery]) -> Prepared:
        """A text that some may have got, for those who have not; on another road where a person says so."""
        if not any(delivery.state in _OPEN for delivery in deliveries):
            return self.as_it_is(part, message, deliveries)
        wanted = replace(message, road=self.wanted.via or message.road)
        return replace(self.as_it_is(part, wanted, deliveries, self._check(part, wanted)), before=message)

    def _leave(self, part: Part, message: Message, deliveries: Sequence[Delivery]) -> Prepared:
        """A person's own text stays; when the client hears next may change, and the road."""
        if self.wanted.question:
            raise PlugwatchError(
                f"the text to {message.client} was changed by hand; add the question with --edit, or write the text "
                "anew with --fresh"
            )
        wanted = replace(
            message,
            state="draft" if message.state == "superseded" else message.state,
            road=self.wanted.via or (message.road if deliveries else self._road(part)),
            next_due=self.wanted.next_due or message.next_due,
            thread_id=_thread(part, message),
        )
        return replace(self.as_it_is(part, wanted, deliveries, self._check(part, wanted)), before=message)

    def _write(self, part: Part, known: Message | None, deliveries: Sequence[Delivery]) -> Prepared:
        """A text made of what is known now."""
        tag = part.client.language or self.tools.language
        language = self.tools.texts.find_language(tag)
        row = known or self._new(part)
        message = replace(
            row,
            state="draft" if row.state == "superseded" else row.state,
            road=self._road(part),
            language=language or tag,
            subject="",
            body="",
            edited=False,
            asks=bool(self.wanted.question),
            next_due=self._next_due(part, known),
            thread_id=_thread(part, known),
            sites=tuple(sorted(site.slug for site in part.sites)),
        )
        if language is None:
            missing = f"there are no texts in '{tag}': write templates/client/{tag}/{self.phase}.j2"
            checks: tuple[Check, ...] = (Check("language", False, missing),)
        else:
            message, checks = self._fill(part, message)
        if message != known:
            message = replace(message, changed_at=self.tools.now, actor=self.tools.actor)
        return replace(self.as_it_is(part, message, deliveries, checks), before=known)

    def _fill(self, part: Part, message: Message) -> tuple[Message, tuple[Check, ...]]:
        """The text that the template makes; a template that is wrong keeps none of the other clients waiting."""
        try:
            text = self.tools.texts.render(self._brief(part, message))
        except _BROKEN as error:
            return message, (Check("language", False, str(error)),)
        filled = replace(message, subject=text.title, body=text.body)
        return filled, self._check(part, filled)

    def _new(self, part: Part) -> Message:
        """A draft without a text, in the round after the last one."""
        last = part.newest(self.phase)
        return Message(
            id="",
            incident=self.story.incident.name,
            client=part.client.slug,
            phase=self.phase,
            round=last[0].round + 1 if last else 1,
            state="draft",
            road="",
            language="",
            subject="",
            body="",
            edited=False,
            asks=False,
            next_due=None,
            mail_id="",
            thread_id=None,
            sites=(),
            created_at=self.tools.now,
            changed_at=self.tools.now,
            actor=self.tools.actor,
        )

    def _next_due(self, part: Part, known: Message | None) -> datetime | None:
        """When they hear from us next: what is said now, what was said for a draft, or what was agreed with them."""
        if self.phase in LAST_PHASES:
            return None
        if self.wanted.next_due:
            return self.wanted.next_due
        agreed = self._agreed(part, self.tools.now)
        if known is None or known.next_due is None or known.next_due <= self.tools.now or self.wanted.fresh:
            return agreed
        # What was only agreed counts from when they are told, not from when somebody looked at the draft.
        return agreed if known.next_due == self._agreed(part, known.changed_at) else known.next_due

    def _agreed(self, part: Part, moment: datetime) -> datetime:
        return due_time(self.tools.agreement, part.client, part.tier, heard=None, now=moment)

    def _ticket(self, part: Part) -> str | None:
        """The newest ticket of which the number can be read."""
        return next(filter(None, map(self.tools.addressing.ticket, part.tickets)), None)

    def _road(self, part: Part) -> str:
        return self.wanted.via or self.tools.addressing.choose(self._ticket(part))

    def _brief(self, part: Part, message: Message) -> ClientBrief:
        clock = self.tools.agreement.zone_of(part.client)
        wording = self.tools.texts.wording(message.language)

        def say(moment: datetime) -> str:
            local = moment.astimezone(clock)
            return say_by(wording, local, self.tools.now.astimezone(clock)) if wording else f"{local:%Y-%m-%d %H:%M}"

        saying = Saying(
            phase=self.phase,
            language=message.language,
            next_due=message.next_due,
            question=self.wanted.question,
            ticket=self._ticket(part),
            agency=self.tools.agency,
            sender=self.tools.actor,
            now=self.tools.now,
            say=say,
        )
        return gather_brief(self.story, part, message, saying)

    def _check(self, part: Part, message: Message) -> tuple[Check, ...]:
        """What stands between this text and the client."""
        try:
            brief, wording = self._brief(part, message), self.tools.texts.wording(message.language)
        except _BROKEN as error:
            return (Check("language", False, str(error)),)
        clock = self.tools.agreement.zone_of(part.client)
        rules = self.rules.rules(part, brief, next_due=message.next_due, zone=clock, now=self.tools.now)
        checks = check_message(message.subject, message.body, rules, wording)
        last = [m for m, _ in part.told if m.phase == message.phase and m.round == message.round - 1]
        if last and self._is_double(last[0], message) and not part.is_overtaken(last[0]):
            checks = (*checks, Check("again", False, "it says what the last one said; tell them something new"))
        problem = self._address_problem(part, message.road)
        if problem:
            checks = tuple(Check("mail", False, problem) if check.check == "mail" else check for check in checks)
        return checks

    def _is_double(self, last: Message, message: Message) -> bool:
        """Whether both say the same, whoever signs: two of us may be about to tell it again."""
        names = (last.actor, message.actor, self.tools.actor)
        said = [[line for line in one.body.splitlines() if line not in names] for one in (last, message)]
        return last.subject == message.subject and said[0] == said[1]

    def _address_problem(self, part: Part, road: str) -> str | None:
        if road in ("smtp", "imap") and not part.client.contacts:
            return f"no address: plugwatch client set {part.client.slug} --contact 'NAME <ADDRESS>'"
        if road == "desk" and self.tools.addressing.desk is None:
            return "no help desk: write [desk] address in plugwatch.toml"
        if road == "desk" and self._ticket(part) is None:
            return "no ticket: record a call with --ticket URL, or choose another road with --via"
        return None

    def as_it_is(
        self, part: Part, message: Message, deliveries: Sequence[Delivery], checks: tuple[Check, ...] = ()
    ) -> Prepared:
        """A message with what belongs to it."""
        return Prepared(
            message=message,
            deliveries=tuple(deliveries),
            client=part.client,
            knows=part.knows,
            checks=checks,
            to=self._addresses(part, message.road),
            ticket=self._ticket(part),
            before=message,
        )

    def _addresses(self, part: Part, road: str) -> tuple[Contact, ...]:
        """Where a road ends: at people, at the help desk, or at a place that is no address."""
        if road == "desk":
            return (self.tools.addressing.desk,) if self.tools.addressing.desk else ()
        if road == "phone":
            callers = [call.caller for call in part.calls if call.caller]
            names = [contact.name for contact in part.client.contacts if contact.name] or callers[-1:]
            return (Contact("phone", names[0] if names else ""),)
        return part.client.contacts or ((Contact("file"),) if road == "file" else ())


def _thread(part: Part, message: Message | None) -> str | None:
    """The mail that this one follows: the first that they may have got."""
    heard = part.heard_before(message)
    return heard[0].mail_id if heard else None
