"""What a text to a vendor claims: no more than is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plugwatch.model.roads.road import ROADS
from plugwatch.model.roads.submission import Brief
from plugwatch.render.texts import Texts

TEXTS = Texts()
OTHERS = ("github-pr", "github-issue", "trac", "forum", "email", "ticket")


@pytest.mark.parametrize("road", OTHERS)
def test_a_version_is_the_first_with_the_problem_only_where_another_was_without_it(road: str, brief: Brief) -> None:
    at = brief.environment
    assert "First version with the problem: 5.9.4" in _body(road, brief)
    alone = replace(brief, environment=replace(at, last_good="", suspect=None))
    assert "First version" not in _body(road, alone)


def test_a_patch_that_is_shown_whole_is_not_said_to_come_besides(brief: Brief) -> None:
    assert brief.patch is not None
    whole = _body("github-issue", brief)
    assert "This is the complete patch: " in whole
    assert "goes with this" not in whole
    cut = replace(brief.patch, excerpt="+a\n[… 3 more lines in the complete patch]")
    assert ".patch`, goes with this: " in _body("github-issue", replace(brief, patch=cut))


def _body(road: str, brief: Brief) -> str:
    return TEXTS.render(ROADS[road], replace(brief, kind="patch")).body
