from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import NotFoundError
from plugwatch.model.roads.markup import MARKUPS
from plugwatch.model.roads.road import ROADS, find_road
from plugwatch.model.roads.submission import (
    STATUSES,
    Agency,
    Brief,
    Check,
    ComponentFacts,
    Draft,
    Environment,
    PatchFacts,
    make_excerpt,
    name_patch_file,
)

BRIEF = Brief(
    component=ComponentFacts("plugin", "tidy-forms", "Tidy Forms", repository="tidyworks/tidy-forms"),
    environment=Environment("5.9.4", None, None, None, None, None),
    agency=Agency("Example Agency", "dev@agency.example", "", "The team"),
    title="Nonce is rejected",
    why=None,
    steps=(),
    expected=None,
    actual=None,
    workaround=None,
    tested=None,
)
PATCH = PatchFacts("pw-k3q7x2m9ab", "Accept the nonce", None, ("a.php",), 1, 1, "", "")


def test_roads_are_those_of_the_command_line() -> None:
    assert " ".join(ROADS) == "github-pr github-issue trac forum email ticket chat social security"
    assert [name for name, road in ROADS.items() if not road.public] == ["email", "ticket", "security"]
    assert {road.markup for road in ROADS.values()} == set(MARKUPS)
    assert STATUSES[0] == "draft"


def test_an_unknown_road_is_answered_with_those_there_are() -> None:
    with pytest.raises(
        NotFoundError, match="'fax' is not a road upstream; choose one of github-pr, github-issue, trac"
    ):
        find_road("fax")
    assert find_road("trac") is ROADS["trac"]


@pytest.mark.parametrize(
    ("url", "closes"),
    [
        ("https://github.com/tidyworks/tidy-forms/issues/1388", True),
        ("https://github.com/TidyWorks/Tidy-Forms/issues/1388", True),
        ("https://github.com/tidyworks/tidy-forms/pull/1388", False),
        ("https://github.com/tidyworks/other/issues/1388", False),
        ("https://github.com/tidyworks/tidy-forms/issues/1388#issuecomment-1", False),
        ("https://github.com.evil.example/tidyworks/tidy-forms/issues/1", False),
        (None, False),
    ],
)
def test_only_an_issue_of_the_own_repository_is_closed(url: str | None, closes: bool) -> None:
    assert replace(BRIEF, related_url=url).closes_related is closes
    elsewhere = replace(BRIEF, component=replace(BRIEF.component, repository=None), related_url=url)
    assert elsewhere.closes_related is False


def test_patch_files_are_named_as_each_road_names_them() -> None:
    brief = replace(BRIEF, patch=PATCH)
    assert name_patch_file(ROADS["github-pr"], brief) == "0001-Accept-the-nonce.patch"
    assert name_patch_file(ROADS["email"], brief) == "0001-Accept-the-nonce.patch"
    assert name_patch_file(ROADS["trac"], brief) == "tidy-forms.diff"
    assert name_patch_file(ROADS["forum"], BRIEF) == "tidy-forms.diff"
    second = replace(BRIEF, component=replace(BRIEF.component, slug="tidy/second part"))
    assert name_patch_file(ROADS["trac"], second) == "tidy-second-part.diff"


@given(title=st.text(max_size=80), slug=st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_a_file_name_is_only_ever_a_file_name(title: str, slug: str) -> None:
    brief = replace(BRIEF, component=replace(BRIEF.component, slug=slug), patch=replace(PATCH, title=title))
    for road in ROADS.values():
        name = name_patch_file(road, brief)
        assert name.isascii()
        assert name.isprintable()
        assert not set(name) & set("/\\ '\"`$;:*?<>|")
        assert not name.startswith((".", "-"))
        assert len(name) <= 64


def test_an_excerpt_leaves_out_gits_headers_and_says_what_is_missing() -> None:
    head = "diff --git a/x.php b/x.php\nindex 111..222 100644\n--- a/x.php\n+++ b/x.php\n@@ -1,30 +1,31 @@\n"
    diff = head + "".join(f" line {number}\n" for number in range(30)) + "+new\n"
    lines = make_excerpt(diff).split("\n")
    assert len(lines) == 20
    assert lines[:3] == ["--- a/x.php", "+++ b/x.php", "@@ -1,30 +1,31 @@"]
    assert lines[-1] == "[… 15 more lines in the complete patch]"
    assert make_excerpt(diff, limit=34) == diff[diff.index("---") :].rstrip("\n")


def test_one_failed_check_blocks_a_draft() -> None:
    fine = Draft("forum", "t", "b", checks=(Check("blanks", True, ""),))
    assert not fine.blocked
    assert replace(fine, checks=(*fine.checks, Check("privacy", False, "x"))).blocked
