from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from plugwatch.channels.registry import prepare
from plugwatch.model.roads.road import ROADS
from plugwatch.model.roads.submission import Brief, DraftFile, PatchForms, RenderedText, Surroundings

PR, ISSUE = ROADS["github-pr"], ROADS["github-issue"]


def test_an_issue_is_filled_in(brief: Brief, forms: PatchForms, around: Surroundings, text: RenderedText) -> None:
    made = prepare(ISSUE, text, brief, forms, around)
    assert made.files == (DraftFile("0001-Accept-the-nonce.patch", forms.format_patch, "text/x-patch"),)
    assert made.url is not None
    parts = urlsplit(made.url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://github.com/tidyworks/tidy-forms/issues/new"
    assert parse_qs(parts.query) == {"title": [text.title], "body": [text.body]}
    assert " " not in made.url
    assert parts.fragment == ""


def test_a_pull_request_starts_from_the_pushed_branch(
    brief: Brief, forms: PatchForms, around: Surroundings, text: RenderedText
) -> None:
    made = prepare(PR, text, brief, forms, replace(around, github_url="https://git.example/"))
    assert made.url is not None
    parts = urlsplit(made.url)
    assert parts.netloc == "git.example"
    assert parts.path == "/tidyworks/tidy-forms/compare/example-agency:fix/nonce"
    assert parse_qs(parts.query) == {"expand": ["1"], "title": [text.title], "body": [text.body]}


def test_without_a_branch_the_person_picks_one(
    brief: Brief, forms: PatchForms, around: Surroundings, text: RenderedText
) -> None:
    made = prepare(PR, text, brief, replace(forms, branch=None), around)
    assert str(made.url).startswith("https://github.com/tidyworks/tidy-forms/compare?expand=1&title=")
    assert made.files[0].content == forms.format_patch


@pytest.mark.parametrize("road", [PR, ISSUE])
def test_no_address_without_a_repository(
    road, brief: Brief, forms: PatchForms, around: Surroundings, text: RenderedText
) -> None:
    unknown = replace(brief, component=replace(brief.component, repository=None))
    made = prepare(road, text, unknown, forms, around)
    assert made.url is None
    assert len(made.files) == 1


def test_a_body_too_long_for_an_address_is_left_to_the_clipboard(
    brief: Brief, forms: PatchForms, around: Surroundings
) -> None:
    made = prepare(ISSUE, RenderedText("Short", "é" * 4000), brief, forms, around)
    assert made.url == "https://github.com/tidyworks/tidy-forms/issues/new?title=Short"


def test_a_hostile_branch_or_repository_cannot_leave_its_place(
    brief: Brief, forms: PatchForms, around: Surroundings, text: RenderedText
) -> None:
    odd = replace(brief, component=replace(brief.component, repository="o/r?x=1#y"))
    made = prepare(PR, text, odd, replace(forms, branch="me:a?title=b#c d"), around)
    parts = urlsplit(str(made.url))
    assert parts.path == "/o/r%3Fx%3D1%23y/compare/me:a%3Ftitle%3Db%23c%20d"
    assert parse_qs(parts.query)["title"] == [text.title]


def test_without_a_patch_there_is_no_file(brief: Brief, around: Surroundings, text: RenderedText) -> None:
    assert prepare(ISSUE, text, brief, None, around).files == ()
