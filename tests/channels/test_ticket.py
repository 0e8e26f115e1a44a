from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from email import message_from_bytes

import pytest

from plugwatch.channels.registry import prepare
from plugwatch.model.roads.road import ROADS
from plugwatch.model.roads.submission import Brief, DraftFile, PatchForms, RenderedText, Surroundings, Thread

TICKET = ROADS["ticket"]
DESK = "https://desk.vendor.example/new?product=tidy-forms"


def at(brief: Brief, desk: str | None, ticket: str | None = None) -> Brief:
    thread = Thread("t", ticket, datetime(2026, 11, 1, tzinfo=timezone.utc)) if ticket else None
    return replace(brief, component=replace(brief.component, support_url=desk), thread=thread)


def test_a_desk_with_a_form_gets_its_address_and_the_patch_to_upload(
    brief: Brief, forms: PatchForms, around: Surroundings, text: RenderedText
) -> None:
    made = prepare(TICKET, text, at(brief, DESK), forms, around)
    assert made.url == DESK
    assert made.files == (DraftFile("0001-Accept-the-nonce.patch", forms.format_patch, "text/x-patch"),)
    assert prepare(TICKET, text, at(brief, DESK), None, around).files == ()


def test_a_desk_that_takes_mails_gets_one(
    brief: Brief, forms: PatchForms, around: Surroundings, text: RenderedText
) -> None:
    made = prepare(TICKET, text, at(brief, "help@vendor.example"), forms, around)
    message = message_from_bytes(made.files[0].content)
    assert (message["To"], message["Message-ID"]) == ("help@vendor.example", around.message_id)
    assert [file.name for file in made.files] == ["0001-Accept-the-nonce.eml", "0001-Accept-the-nonce.patch"]
    patch = replace(forms, format_patch=b"From 0 Mon Sep 17\nFrom: A <a@b.example>\n\n+a\n")
    inline = prepare(TICKET, text, at(brief, "help@vendor.example"), patch, replace(around, patch_as="inline"))
    assert b"-- >8 --" in inline.files[0].content
    assert made.url is not None
    assert made.url.startswith("mailto:help@vendor.example?")


def test_what_goes_on_from_a_ticket_goes_into_it(brief: Brief, around: Surroundings, text: RenderedText) -> None:
    ticket = "https://desk.vendor.example/tickets/4711"
    for desk in (DESK, "help@vendor.example", None):
        made = prepare(TICKET, text, at(brief, desk, ticket), None, around)
        assert (made.files, made.url) == ((), ticket)


@pytest.mark.parametrize("desk", [None, "", "javascript:alert(1)", "https://a.example\nb", "ask@", "C:\\desk"])
def test_what_is_no_address_is_not_opened(
    desk: str | None, brief: Brief, around: Surroundings, text: RenderedText
) -> None:
    assert prepare(TICKET, text, at(brief, desk), None, around).url is None
