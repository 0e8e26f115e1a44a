"""What a version alone says: a claim, by the same rules as proof."""

from __future__ import annotations

import pytest

from plugwatch.model.component import Component
from plugwatch.model.evidence.claims import judge_claim

TIDY = Component("plugin", "tidy-forms")
BUILDS = {"1.2.3.0-p1": ("1.2.3", ("pw-a",)), "1.2.3.0-p2": ("1.2.3", ("pw-a", "pw-b"))}
CARRIED = {"1.2.3": ("pw-a", "pw-b")}


def claim(version, stacks=CARRIED, expected=None):
    return judge_claim(TIDY, version, BUILDS, stacks, {"pw-a": "A"}, expected=expected)


@pytest.mark.parametrize(
    ("version", "stacks", "expected", "state"),
    [
        ("1.2.3.0-p2", CARRIED, None, "patched"),
        ("1.2.3", CARRIED, None, "lost"),
        ("1.2.4", CARRIED, "1.2.3.0-p2", "lost"),
        ("1.2.2", CARRIED, None, "other"),
        ("1.2.2", CARRIED, "1.2.3.0-p1", "lost"),
        ("1.3.0", {**CARRIED, "1.3.0": ()}, "1.2.3.0-p2", "patched"),
        ("1.3.1", {**CARRIED, "1.3.0": ()}, None, "patched"),
        ("1.2.4", {**CARRIED, "1.3.0": ()}, None, "lost"),
        ("1.2.3.0-p9", CARRIED, None, "unknown"),
        ("1.2.3", {}, None, "patched"),
        (None, CARRIED, None, "unknown"),
    ],
)
def test_the_version_decides_and_is_only_ever_a_claim(version, stacks, expected, state):
    seen = claim(version, stacks, expected)

    assert (seen.state, seen.certainty) == (state, "claimed")


def test_the_patches_of_an_older_build_are_there_and_later_ones_missing():
    assert [(one.patch, one.state) for one in claim("1.2.3.0-p1").patches] == [("pw-a", "there"), ("pw-b", "missing")]


def test_a_lost_build_misses_every_patch_that_belongs_there():
    assert [(one.patch, one.state) for one in claim("1.2.4").patches] == [("pw-a", "missing"), ("pw-b", "missing")]
