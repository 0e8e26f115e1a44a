"""A Trac by the forms that it shows to people (trac.edgewall.org/wiki/TracTickets; as Trac 1.0 to 1.6 have them)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from urllib.parse import quote

from plugwatch.channels.trac_client import Answer, ForbiddenError, TracClient
from plugwatch.errors import InputError
from plugwatch.model.roads.posting import CannotTellError
from plugwatch.model.roads.submission import DraftFile
from plugwatch.model.roads.trac import (
    TicketRow,
    add_keyword,
    choose_component,
    is_ours,
    path_of,
    read_changes,
    read_query,
    since_day,
    since_moment,
    unquote,
)
from plugwatch.model.roads.trac_page import Form

_TICKET = re.compile(r"/ticket/([1-9][0-9]{0,8})/?\Z")
_MOST = 100  # tickets of ours that are looked through
_ATTEMPTS = 3  # while somebody else changes the ticket at the same time
# What a ticket's form wants back untouched; all other fields keep their values when they are not sent.
_HIDDEN = ("__FORM_TOKEN", "start_time", "view_time", "replyto", "ts")
_TYPE = "defect"


class FormTickets:
    """The tickets of one Trac, of which each change is a form that is filled in."""

    def __init__(self, client: TracClient) -> None:
        """Log in. Raises as :meth:`TracClient.log_in`."""
        self._client = client
        client.log_in()

    def own(self, title: str, since: datetime) -> Iterator[TicketRow]:  # noqa: ARG002 - one request lists them all
        """The tickets that we have written since, newest first."""
        query = {
            "reporter": self._client.user,
            "time": f"{since_day(since)}..",
            "order": "id",
            "desc": "1",
            "max": str(_MOST),
            "format": "csv",
        }
        path = "/query?col=id&col=summary&col=description"
        answer = self._client.get(path, query, "a list of tickets")
        try:
            yield from read_query(answer.body)
        except InputError as error:
            raise self._client.unreadable("tickets") from error

    def comments(self, number: int, since: datetime) -> Iterator[str]:
        """What we have written to a ticket since, as it was written."""
        client, path = self._client, f"/ticket/{number}"
        answer = client.get(path, {"format": "rss"}, f"ticket {number}")
        try:
            changes = read_changes(answer.body)
        except InputError as error:
            raise client.unreadable(f"ticket {number}") from error
        for change in changes:
            if change.number and change.words and is_ours(change.who, client.user) and change.at >= since_moment(since):
                yield self._raw_comment(number, change.number)

    def _raw_comment(self, number: int, comment: int) -> str:
        """A comment in wiki markup: Trac quotes it where one answers it."""
        page = self._client.get(f"/ticket/{number}", {"replyto": str(comment)}, f"ticket {number}").page
        form = page.form_with("comment")
        text = unquote(form.values["comment"]) if form else None
        if text is None:
            raise CannotTellError(
                f"{self._client.host} does not show the words of comment {comment}; look whether it is this one: "
                f"{self._client.base}/ticket/{number}#comment:{comment}"
            )
        return text

    def files(self, number: int) -> list[str]:
        """The names of the files of a ticket."""
        return self._client.get(f"/attachment/ticket/{number}/", {}, f"ticket {number}").page.files_of(number)

    def file(self, number: int, name: str) -> bytes:
        """The content of a file of a ticket."""
        path = f"/raw-attachment/ticket/{number}/{quote(name, safe='')}"
        return self._client.get(path, {}, f"file {name}").body

    def create(self, row: tuple[str, str], component: str, keyword: str, hand: Callable[[], None]) -> int:
        """A new ticket with this summary and description; its number."""
        form = self._form("/newticket", {}, "field_summary", "the form for a new ticket")
        given = dict(zip(("field_summary", "field_description"), row, strict=True))
        given |= _wishes(form, component, keyword)
        hand()
        answer = self._client.post("/newticket", form.values | given | {"submit": "Create ticket"})
        path = path_of(answer.location)
        if found := _TICKET.search(path):
            return int(found[1])
        if path.endswith("/newticket"):  # trac/ticket/web_ui.py: created, but not to be seen by whoever created it
            raise CannotTellError(
                f"{self._client.host} has taken the ticket and does not show it to {self._client.user}; ask those who "
                "run it for its number, and note it with submission mark"
            )
        raise self._client.refuse(answer)

    def attach(self, number: int, file: DraftFile, hand: Callable[[], None]) -> None:
        """Attach a file; where its name is taken Trac counts up."""
        path = f"/attachment/ticket/{number}/"
        form = self._form(path, {"action": "new"}, "attachment", f"the form for a file at ticket {number}")
        hand()
        answer = self._client.post(path, form.values, (file.name, file.content, file.media_type))
        if f"/ticket/{number}" not in path_of(answer.location):
            raise self._client.refuse(answer)

    def comment(self, number: int, text: str, keyword: str, hand: Callable[[], None]) -> bool:
        """Write a comment and add a keyword; whether that could be added."""
        for attempt in range(1, _ATTEMPTS + 1):
            form = self._form(f"/ticket/{number}", {}, "comment", f"the form for an answer in ticket {number}")
            given = {name: form.values[name] for name in _HIDDEN if name in form.values}
            if "leave" in form.choices.get("action", []):
                given["action"] = "leave"
            allowed = form.has("field_keywords")
            if keyword and allowed:
                given["field_keywords"] = add_keyword(form.values["field_keywords"], keyword)
            hand()
            answer = self._client.post(f"/ticket/{number}", given | {"comment": text, "submit": "Submit changes"})
            if _TICKET.search(path_of(answer.location)):
                return allowed
            if attempt == _ATTEMPTS or not self._was_changed(answer, form, number):
                raise self._client.refuse(answer)
        raise AssertionError

    def _was_changed(self, answer: Answer, before: Form, number: int) -> bool:
        """Whether it was refused because somebody had changed the ticket since its form was fetched."""
        if answer.location:
            return False
        form = self._form(f"/ticket/{number}", {}, "comment", f"the form for an answer in ticket {number}")
        return form.values.get("view_time") != before.values.get("view_time")

    def _form(self, path: str, parameters: dict[str, str], name: str, what: str) -> Form:
        form = self._client.get(path, parameters, what).page.form_with(name)
        if form is None:
            raise ForbiddenError(
                f"{self._client.host} does not show {self._client.user} {what}; post it by hand: {self._client.by_hand}"
            )
        return form


def _wishes(form: Form, component: str, keyword: str) -> dict[str, str]:
    """What we choose of the fields of a new ticket, as far as this Trac has them."""
    wishes = {}
    types = form.choices.get("field_type", [])
    kind = next((known for known in types if known.lower().startswith(_TYPE)), None)  # core: "defect (bug)"
    if kind is not None:
        wishes["field_type"] = kind
    if "field_component" in form.choices:
        chosen = choose_component(component, form.choices["field_component"])
        if chosen is not None:
            wishes["field_component"] = chosen
    elif component and form.has("field_component"):
        wishes["field_component"] = component
    if keyword and form.has("field_keywords"):
        wishes["field_keywords"] = add_keyword(form.values["field_keywords"], keyword)
    return wishes
