"""The record of a merge by hand: read back as it was written, or refused in one sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugwatch.errors import ForkError
from plugwatch.model.markers import LaidBlock, LaidFile
from plugwatch.model.verdicts.conflict import Attempt, Conflict, conflict_from_text
from plugwatch.model.verdicts.resolution import Resolution


@pytest.fixture
def conflict() -> Conflict:
    """A merge that has one patch behind it, and a text that was filled in."""
    facts = ("ana", "2026-11-20T10:00:00+00:00", "plugin/tidy-forms", "pw-aaaaaaaaaa", "1.0.0", "2.1.0", "a.php")
    known = Resolution("ab" * 32, (b"caf\xe9", b""), *facts)
    blocks = (LaidBlock(3, 7, "cd" * 32), LaidBlock(12, 2, known.key, known))
    return Conflict(
        component="plugin/tidy-forms",
        attempt=Attempt("1.0.0", "2.1.0", ("pw-cccccccccc",), {"pw-dddddddddd": {"a.php": "1" * 40, "b.php": None}}),
        source_tip="2" * 40,
        target_commit="3" * 40,
        patch="pw-aaaaaaaaaa",
        title="Wait a minute",
        verdict="conflict",
        confidence="low",
        evidence=("a.php:3: the patch and the release change the same lines",),
        onto="4" * 40,
        laid="5" * 40,
        files=(LaidFile("a.php", "conflict", blocks), LaidFile("c.php", "merged", (), "b.php")),
        resolutions=(known,),
        actor="ana",
        at="2026-11-20T10:00:00+00:00",
    )


def test_it_is_read_back_as_it_was_written(conflict: Conflict) -> None:
    text = conflict.to_text()
    assert conflict_from_text(text, "here") == conflict
    assert conflict_from_text(text, "here").to_text() == text
    assert conflict.ref == "refs/plugwatch/conflicts/2.1.0"
    assert conflict.blobs() == {"1" * 40}


def test_an_attempt_grows_and_stays_what_it_was(conflict: Conflict) -> None:
    before = conflict.attempt
    merged = before.with_files("pw-aaaaaaaaaa", {"a.php": "6" * 40}).with_drop("pw-eeeeeeeeee")
    assert sorted(merged.by_hand) == ["pw-aaaaaaaaaa", "pw-dddddddddd"]
    assert merged.accepted == ("pw-cccccccccc", "pw-eeeeeeeeee")
    assert before == conflict.attempt


@pytest.mark.parametrize(
    "change",
    [
        {"attempt": None},
        {"attempt": {"source": "1"}},
        {"files": 7},
        {"files": [{"blocks": [{}]}]},
        {"files": ["a"]},
        {"evidence": None},
        {"surplus": 1},
        {"resolutions": [{}]},
        {"resolutions": [None]},
    ],
)
def test_a_damaged_record_is_named(conflict: Conflict, change: dict[str, Any]) -> None:
    with pytest.raises(ForkError, match="here: "):
        conflict_from_text(json.dumps(json.loads(conflict.to_text()) | change), "here")


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "{"])
def test_noise_is_named_too(text: str) -> None:
    with pytest.raises(ForkError, match="here: the record of a merge by hand is damaged"):
        conflict_from_text(text, "here")


def test_one_of_a_newer_plugwatch_is_not_touched(conflict: Conflict) -> None:
    with pytest.raises(ForkError, match="newer plugwatch"):
        conflict_from_text(conflict.to_text().replace('"format": 1', '"format": 2', 1), "here")
