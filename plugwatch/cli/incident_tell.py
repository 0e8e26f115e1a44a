"""``plugwatch incident tell``: one message for each client; nothing leaves without --send."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from typing import Any

import click

from plugwatch.cli.context import App, json_option, note, pass_app, print_json
from plugwatch.cli.editing import edit_text
from plugwatch.cli.telling import mail_finder, put_aside, road_finder, sender, tools
from plugwatch.cli.telling_views import document, exit_code, show_next, show_outcome, show_texts
from plugwatch.errors import ConfigError, PlugwatchError, UnknownError
from plugwatch.model.messages.message import PHASES, ROADS
from plugwatch.model.moments import parse_future, parse_past
from plugwatch.model.roads.markup import clean
from plugwatch.workflows import answers
from plugwatch.workflows.brief import root_of
from plugwatch.workflows.compose import Prepared, Tools, Wanted
from plugwatch.workflows.deliver import Told, deliver, let_go
from plugwatch.workflows.tell import edit, look_at, prepare


@click.command()
@click.argument("number", metavar="INC")
@click.option("--phase", type=click.Choice(PHASES), help="How far we are (default: the incident's status).")
@click.option("--client", "clients", multiple=True, metavar="CLIENT", help="Only this client; repeat it.")
@click.option("--next", "next_due", metavar="TIME", help="When they hear from us again, on our clock: 10:15.")
@click.option("--ask", "question", metavar="TEXT", help="A question to the client, at the end.")
@click.option("--via", type=click.Choice(ROADS), help="The road (default: the help desk, else [messages] via).")
@click.option("--edit", "editing", is_flag=True, help="Change the text by hand; it then stays as it is.")
@click.option("--fresh", is_flag=True, help="Write the text anew, whoever changed it.")
@click.option("--again", is_flag=True, help="One more message in a phase that they were told of.")
@click.option("--send", "sending", is_flag=True, help="Send what is not blocked and has not been sent.")
@click.option("--sent", is_flag=True, help="It was sent: your word for what nobody can know.")
@click.option("--at", metavar="TIME", help="With --sent: when.")
@click.option("--resend", is_flag=True, help="Send once more what may not have arrived.")
@json_option
@pass_app
def tell(app: App, number: str, as_json: bool, **options: Any) -> int:
    """Tell the clients: one message each, shown first and sent with --send.

    \b
    plugwatch incident tell 42 --next 10:15
    plugwatch incident tell 42 --send
    """
    call = _Call(app, number, as_json, options)
    shown = call.run()
    if as_json:
        name, phase = call.heading(shown)
        print_json({"incident": name, "phase": phase, "messages": [document(one, app) for one in shown]})
    return exit_code(shown, app.now)


@dataclass(frozen=True)
class _Call:
    """One call of the command."""

    app: App
    number: str
    as_json: bool
    options: dict[str, Any]

    def run(self) -> list[Told]:
        """Do what the options say; the messages as they are then."""
        options = self.options
        if sum(map(bool, (options["sending"], options["sent"], options["resend"], options["editing"]))) > 1:
            raise click.UsageError("--edit, --send, --sent and --resend exclude each other")
        if options["at"] and not options["sent"]:
            raise click.UsageError("--at says when something was sent; it goes with --sent")
        if options["editing"] and not (sys.stdin.isatty() or os.environ.get("VISUAL") or os.environ.get("EDITOR")):
            raise click.UsageError(
                "--edit opens an editor, and there is no terminal; set EDITOR to one that needs none"
            )
        made = tools(self.app)
        self._look()
        if options["sent"] and options["via"] != "phone":
            return self._confirm(made)
        if options["resend"]:
            return self._resend(made)
        if options["sending"] or options["sent"]:
            return self._send(self._wanted(), made)
        prepared = prepare(self.app.ledger, self.number, self._wanted(), made)
        return self._preview(self._edit(prepared, made) if options["editing"] else prepared)

    def heading(self, shown: list[Told]) -> tuple[str, str]:
        """The incident's name and the phase."""
        with self.app.ledger.reading() as work:
            incident = root_of(work, self.number)
        return incident.name, shown[0].message.phase if shown else self.options["phase"] or incident.status

    def _wanted(self) -> Wanted:
        options, app = self.options, self.app
        with app.ledger.reading() as work:
            clients = tuple(work.clients.resolve(text).slug for text in options["clients"])
        due = parse_future(options["next_due"], now=app.now, zone=app.zone) if options["next_due"] else None
        return Wanted(
            phase=options["phase"],
            clients=clients,
            next_due=due,
            question=options["question"],
            via=options["via"],
            fresh=options["fresh"],
            again=options["again"],
        )

    def _word(self) -> answers.Word:
        return answers.Word(self.options["clients"], self.options["phase"], self.app.actor, self.app.now)

    def _look(self) -> None:
        """Ask our own mailbox first: what it shows need not be asked of a person."""
        find = mail_finder(self.app)
        if find is None:
            return
        try:
            copies = bool(self.app.settings.messages.copy_to)
            answers.look_for(self.app.ledger, self.number, find, self._word(), copies=copies)
        except (ConfigError, UnknownError) as error:  # a person's word will do as well
            note(str(error))

    def _preview(self, prepared: list[Prepared]) -> list[Told]:
        shown = [Told(one, one.message, one.deliveries) for one in prepared]
        if not self.as_json:
            show_texts(shown, self.app, *self.heading(shown), "nothing sent")
            show_next(shown, self.app)
        return shown

    def _send(self, wanted: Wanted, made: Tools) -> list[Told]:
        app = self.app
        at = parse_past(self.options["at"], now=app.now, zone=app.zone) if self.options["at"] else None
        prepared = prepare(app.ledger, self.number, wanted, made, claiming=True)
        try:
            incident = self._show_before(prepared)
            told = deliver(app.ledger, prepared, road_finder(app, incident), sender(app, at=at))
        except BaseException:  # whoever reads our output may have gone, or the person has interrupted us
            let_go(app.ledger, prepared)
            raise
        if not self.as_json:
            show_outcome(told, app, seen=True)
        return told

    def _show_before(self, prepared: list[Prepared]) -> str:
        """What is about to leave; the incident's name."""
        shown = [Told(one, one.message, one.deliveries) for one in prepared]
        name, phase = self.heading(shown)
        leaving = sum(bool(one.checks) and not one.blocked for one in prepared)
        if not self.as_json:
            try:
                show_texts(shown, self.app, name, phase, f"{leaving or 'none'} to be sent")
            except BrokenPipeError as error:  # what nobody has seen must not leave, nor be taken for sent
                raise PlugwatchError("whoever read the texts has gone, so nothing was sent") from error
        return name

    def _confirm(self, made: Tools) -> list[Told]:
        app = self.app
        at = parse_past(self.options["at"], now=app.now, zone=app.zone) if self.options["at"] else app.now
        confirmed = answers.confirm_sent(app.ledger, self.number, self._word(), at=at)
        found = look_at(app.ledger, self.number, confirmed, made)
        shown = [Told(one, one.message, one.deliveries) for one in found]
        if not self.as_json:
            show_outcome(shown, app)
        return shown

    def _resend(self, made: Tools) -> list[Told]:
        shown: list[Told] = []
        for message in answers.take_back(self.app.ledger, self.number, self._word()):
            wanted = Wanted(phase=message.phase, clients=(message.client,), via=self.options["via"])
            shown += self._send(wanted, made)
        return shown

    def _edit(self, prepared: list[Prepared], made: Tools) -> list[Prepared]:
        """Hand each text to the person's editor; what they have changed is kept, and everything checked anew."""
        for one in prepared:
            if not one.checks:
                continue
            text = _from_editor(f"Subject: {one.message.subject}\n\n{one.message.body}")
            if text is None:
                continue
            try:
                edit(self.app.ledger, one, *_subject_and_body(text), made)
            except PlugwatchError as error:
                place = put_aside(self.app, one.message, text)
                raise PlugwatchError(f"{error}; your text is in {place}") from error
        wanted = replace(self._wanted(), question=None, fresh=False, again=False)
        return prepare(self.app.ledger, self.number, wanted, made)


def _from_editor(text: str) -> str | None:
    """What a person's editor makes of a text; None where they saved nothing. Raises PlugwatchError where it fails."""
    changed = edit_text(text)
    if changed is not None and not changed.strip():
        raise PlugwatchError("the text is empty, so nothing was changed")
    return changed


def _subject_and_body(text: str) -> tuple[str, str]:
    """Raises PlugwatchError where the subject's line is gone."""
    first, _, body = clean(text).lstrip("\n").partition("\n")
    label, colon, subject = first.partition(":")
    if not colon or label.strip().lower() != "subject":
        raise PlugwatchError("the first line has to begin with 'Subject:', so nothing was changed")
    return " ".join(subject.split()), body.strip("\n") + "\n"
