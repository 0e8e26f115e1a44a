"""What telling clients needs from the edges: texts, roads, secrets, and our own mailbox."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from plugwatch.channels.desk import ticket_number, to_desk
from plugwatch.cli.agreeing import agreement
from plugwatch.cli.context import App
from plugwatch.config import imap_password, smtp_password
from plugwatch.errors import ConfigError, PlugwatchError
from plugwatch.model.client import Contact
from plugwatch.model.messages.message import Answer, Mail, Message, Receipt
from plugwatch.model.roads.submission import Agency
from plugwatch.model.settings import Settings
from plugwatch.render.client_texts import ClientTexts
from plugwatch.workflows.answers import Found
from plugwatch.workflows.compose import Tools
from plugwatch.workflows.deliver import Road, Sender

if TYPE_CHECKING:
    from plugwatch.channels.imap import ImapRoad, ImapServer
    from plugwatch.channels.smtp import SmtpRoad


@dataclass(frozen=True)
class Addressing:
    """How messages leave, as plugwatch.toml says."""

    settings: Settings

    @property
    def desk(self) -> Contact | None:
        """The help desk."""
        return Contact(self.settings.desk.address) if self.settings.desk.address else None

    def choose(self, ticket: str | None) -> str:
        """The road for a client: the help desk where they have a ticket there, else what is configured."""
        if ticket and self.desk:
            return "desk"
        return self.settings.messages.via or ("smtp" if self.settings.smtp.host else "file")

    def ticket(self, url: str) -> str | None:
        """The number of a ticket."""
        return ticket_number(url)


def tools(app: App) -> Tools:
    """What messages are made with."""
    ours = app.settings.agency
    return Tools(
        texts=ClientTexts([app.workspace / "templates"]),
        addressing=Addressing(app.settings),
        agreement=agreement(app),
        agency=Agency(ours.name, ours.email, ours.url, ours.signature),
        language=ours.language,
        actor=app.actor,
        now=app.now,
    )


def sender(app: App, *, at: datetime | None = None) -> Sender:
    """Who sends, on a clock that goes on from the command's own moment, or stands still at ``at``."""
    settings = app.settings.agency
    started, now = time.monotonic(), app.now

    def clock() -> datetime:
        return at or now + timedelta(seconds=time.monotonic() - started)

    return Sender(Contact(settings.email, settings.name), app.actor, clock)


def road_finder(app: App, incident: str) -> Callable[[str], Road]:
    """The roads, each made when it is asked for. Raises ConfigError for one that nobody has configured."""

    def find(name: str) -> Road:
        if name == "phone":
            return PhoneRoad()
        if not app.settings.agency.email:
            raise ConfigError("nobody sends, so nothing was sent; write [agency] email in plugwatch.toml")
        if name == "imap":
            return mailbox(app)
        if name == "file":
            from plugwatch.channels.file import FileRoad

            return FileRoad(app.workspace / "drafts" / incident)
        return DeskRoad(app, smtp_road(app)) if name == "desk" else smtp_road(app)

    return find


def mail_finder(app: App) -> Callable[[str], Found | None] | None:
    """Look for a mail in our own mailbox; None where no mailbox is configured."""
    return mailbox(app).find if app.settings.imap.host else None


def put_aside(app: App, message: Message, text: str) -> Path:
    """Keep a text that a person has written and that could not become the message's; where it lies."""
    place = app.workspace / "drafts" / message.incident / f"{message.client}-{message.phase}-{message.round}.edited.txt"
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise PlugwatchError(f"{place} cannot be written ({error.strerror}), so your text is lost") from error
    return place


class PhoneRoad:
    """A person reads the message aloud; that they say so is all that there is to know."""

    def send(
        self,
        mail: Mail,  # noqa: ARG002 - all roads are of one shape
        addresses: Sequence[str],
        about_to_hand: Callable[[Receipt], bool | None],
    ) -> Receipt:
        """Each address ends as sent."""
        about_to_hand(Receipt(dict.fromkeys(addresses, Answer("handing"))))
        return Receipt(dict.fromkeys(addresses, Answer("sent")))


class DeskRoad:
    """The way into the help desk, which tells the client itself."""

    def __init__(self, app: App, road: Road) -> None:
        self._app = app
        self._road = road

    def send(self, mail: Mail, addresses: Sequence[str], about_to_hand: Callable[[Receipt], bool | None]) -> Receipt:
        """As the road beneath, with the ticket's number in the subject."""
        settings = self._app.settings.desk
        return self._road.send(to_desk(mail, Contact(settings.address), settings.subject), addresses, about_to_hand)


def smtp_road(app: App) -> SmtpRoad:
    """The server that sends."""
    from plugwatch.channels.smtp import SmtpRoad, SmtpServer

    settings = app.settings.smtp
    server = SmtpServer(
        host=settings.host,
        port=settings.port,
        security=settings.security,
        user=settings.user,
        password=smtp_password(settings) if settings.user else "",
        hello=app.settings.agency.email.rpartition("@")[2],
    )
    return SmtpRoad(server, app.settings.messages.copy_to or None)


def mailbox(app: App) -> ImapRoad:
    """Our own mailbox."""
    from plugwatch.channels.imap import ImapRoad

    return ImapRoad(imap_server(app))


def imap_server(app: App) -> ImapServer:
    """The server that has our mailbox, with its password."""
    from plugwatch.channels.imap import ImapServer

    settings = app.settings.imap
    return ImapServer(
        host=settings.host,
        port=settings.port,
        security=settings.security,
        user=settings.user,
        password=imap_password(settings) if settings.user else "",
        drafts=settings.drafts,
        sent=settings.sent,
        inbox=settings.inbox,
    )
