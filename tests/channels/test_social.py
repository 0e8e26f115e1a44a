from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from plugwatch.channels.registry import prepare
from plugwatch.model.roads.road import ROADS
from plugwatch.model.roads.submission import Brief, PatchForms, RenderedText, Surroundings

SOCIAL = ROADS["social"]
TEXT = RenderedText("t", "Tidy Forms: a & b = c? #100% ä 👍\nhttps://github.com/o/r/pull/12\n")


@pytest.mark.parametrize(
    ("network", "form"),
    [
        ("mastodon", "https://social.agency.example/share"),
        ("bluesky", "https://bsky.app/intent/compose"),
        ("x", "https://x.com/intent/post"),
    ],
)
def test_the_form_of_a_network_is_filled_in(
    network: str, form: str, brief: Brief, forms: PatchForms, around: Surroundings
) -> None:
    at_home = replace(around, instance="https://social.agency.example/")
    made = prepare(SOCIAL, TEXT, replace(brief, network=network), forms, at_home)
    assert made.files == ()
    assert made.url is not None
    assert made.url.partition("?")[0] == form
    assert parse_qs(urlsplit(made.url).query, strict_parsing=True) == {"text": [TEXT.body.strip()]}


@pytest.mark.parametrize("network", [None, "", "myspace"])
def test_an_unknown_network_has_no_form(network: str | None, brief: Brief, around: Surroundings) -> None:
    assert prepare(SOCIAL, TEXT, replace(brief, network=network), None, around).url is None


def test_a_server_that_is_no_address_is_not_opened(brief: Brief, around: Surroundings) -> None:
    wrong = replace(around, instance="javascript:alert(1)//")
    assert prepare(SOCIAL, TEXT, replace(brief, network="mastodon"), None, wrong).url is None
