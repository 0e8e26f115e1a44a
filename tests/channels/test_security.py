from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from email import message_from_bytes
from email.policy import SMTP

import pytest

from plugwatch.channels.registry import prepare
from plugwatch.model.roads.markup import MARKUPS
from plugwatch.model.roads.road import ROADS
from plugwatch.model.roads.submission import Brief, PatchForms, RenderedText, Surroundings, Thread

SECURITY = ROADS["security"]


def test_a_door_for_mail_gets_a_mail(brief: Brief, forms: PatchForms, around: Surroundings, text: RenderedText) -> None:
    about = replace(brief, component=replace(brief.component, security_door="security@vendor.example"))
    made = prepare(SECURITY, text, about, forms, around)
    message = message_from_bytes(made.files[0].content, policy=SMTP)
    assert message["To"] == "security@vendor.example"
    assert [part.get_payload(decode=True) for part in message.iter_attachments()] == [forms.format_patch]


@pytest.mark.parametrize(
    ("door", "url"),
    [
        ("https://vendor.example/vdp", "https://vendor.example/vdp"),
        (None, "https://github.com/tidyworks/tidy-forms/security/advisories/new"),
        ("javascript:alert(1)", None),
    ],
)
def test_a_door_with_a_form_gets_its_address_and_the_patch_beside(
    door: str | None, url: str | None, brief: Brief, forms: PatchForms, around: Surroundings, text: RenderedText
) -> None:
    about = replace(brief, component=replace(brief.component, security_door=door))
    made = prepare(SECURITY, text, about, forms, around)
    assert made.url == url
    assert [file.name for file in made.files] == ["0001-Accept-the-nonce.patch"]


def test_a_report_goes_on_where_it_was_begun(brief: Brief, around: Surroundings, text: RenderedText) -> None:
    form = "https://github.com/tidyworks/tidy-forms/security/advisories/GHSA-1"
    about = replace(brief, thread=Thread("t", form, datetime(2026, 11, 1, tzinfo=timezone.utc)))
    assert prepare(SECURITY, text, about, None, around).url == form


def test_without_a_door_the_address_is_a_blank(brief: Brief, around: Surroundings, text: RenderedText) -> None:
    component = replace(brief.component, kind="mu-plugin", repository=None, vendor_email=None)
    made = prepare(SECURITY, text, replace(brief, component=component), None, around)
    assert MARKUPS["mail"].blank("the vendor's e-mail address").encode() in made.files[0].content
