from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.channels.desk import ticket_number, to_desk
from plugwatch.channels.mail import build_mail
from plugwatch.errors import ConfigError, PlugwatchError
from plugwatch.model.client import Contact
from plugwatch.model.messages.message import Mail
from plugwatch.model.roads.markup import one_line

DESK = Contact("help@desk.example", "Help desk")
MAIL = Mail(
    subject="acme.example: it is fixed",
    body="Hello Maria,\n",
    sender=Contact("dev@agency.example", "Example Agency"),
    to=(Contact("maria@acme.example"), Contact("jo@acme.example")),
    date=datetime(2026, 11, 20, 9, 41, tzinfo=timezone.utc),
    mail_id="<01k3q7@agency.example>",
    ticket="4711",
)


def test_a_desk_gets_the_mail_with_the_ticket_first_in_its_subject() -> None:
    sent = to_desk(MAIL, DESK)
    assert sent == replace(MAIL, to=(DESK,), subject="[#4711] acme.example: it is fixed")
    message = build_mail(sent)
    assert message["To"] == "Help desk <help@desk.example>"
    assert message["Subject"] == "[#4711] acme.example: it is fixed"


@pytest.mark.parametrize(
    ("subject", "form", "wanted"),
    [
        ("[#4711] it is fixed", "[#{ticket}]", "[#4711] it is fixed"),
        ("Re: [#4711] it  [#4711] is fixed [#4711]", "[#{ticket}]", "[#4711] Re: it is fixed"),
        ("[#47110] and [#14711]", "[#{ticket}]", "[#4711] [#47110] and [#14711]"),
        ("14711: x", "{ticket}:", "4711: 14711: x"),
        ("Ticket 47110, not Ticket 4711", "Ticket {ticket}", "Ticket 4711 Ticket 47110, not"),
        ("Ticket Ticket 4711 4711 x", "Ticket {ticket}", "Ticket 4711 x"),
        ("", "[#{ticket}]", "[#4711]"),
        ("a\r\nBcc: x@y.example", "[{ticket}]\r\nBcc: {0}", "[4711] Bcc: {0} a Bcc: x@y.example"),
    ],
)
def test_the_number_stands_in_the_subject_once(subject: str, form: str, wanted: str) -> None:
    once = to_desk(replace(MAIL, subject=subject), DESK, form)
    assert once.subject == wanted
    assert to_desk(once, DESK, form) == once


@given(subject=st.text(max_size=80) | st.lists(st.sampled_from(["[#4711]", " ", "[#", "4711]", "x"])).map("".join))
def test_any_subject_begins_with_the_number_and_has_it_once(subject: str) -> None:
    sent = to_desk(replace(MAIL, subject=subject), DESK).subject
    assert sent.startswith("[#4711]")
    assert sent.count("[#4711]") == 1
    assert sent == one_line(sent)


def test_without_a_ticket_or_a_place_for_it_a_desk_is_no_road() -> None:
    with pytest.raises(PlugwatchError) as caught:
        to_desk(replace(MAIL, ticket=None), DESK)
    assert str(caught.value) == (
        "no ticket is known, and without its number a help desk cannot file the message; "
        "record a call with --ticket URL, or send it on another road with --via"
    )
    with pytest.raises(ConfigError) as caught:
        to_desk(MAIL, DESK, "[ticket]")
    assert str(caught.value) == "[desk] subject '[ticket]' has no {ticket}; write for example '[#{ticket}]'"


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("https://desk.example/tickets/4711", "4711"),
        ("https://desk.example/a/tickets/4711/?page=2#comment-99", "4711"),
        ("https://desk.example/conversation/81/4711?folderId=9", "4711"),
        ("https://desk.example/scp/tickets.php?id=4711", "4711"),
        ("https://desk.example/v2/show?id=4711", "4711"),
        ("https://desk.example/browse/HELP-4711?focus=1", "4711"),
        ("https://desk.example/show4711.html", "4711"),
        ("https://desk.example/#ticket/zoom/4711", "4711"),
        (" 4711 ", "4711"),
        ("https://desk7.example:8080/tickets", None),
        ("https://desk.example/tickets/٤٧", None),
        (f"https://desk.example/{'9' * 21}", None),
        ("https://[", None),
        ("", None),
    ],
)
def test_the_number_of_a_ticket_is_read_from_its_address(url: str, number: str | None) -> None:
    assert ticket_number(url) == number
