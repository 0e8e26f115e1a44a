"""Which of the patches that the vendor had shipped are tried again on a newer release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from plugwatch.model.component import Component
from plugwatch.model.fork import Patch, Person, StackEntry
from plugwatch.model.verdicts.relapse import Retired, Watch, left_behind, to_watch

TIDY = Component("plugin", "tidy-forms")


def _entry(patch: str) -> StackEntry:
    facts = Patch(patch, "A fix", "", Person("Ann", "ann@fernhill.example"), "1779278400 +0200", "1.0")
    return StackEntry(facts, "c" * 40, "a" * 40, "b" * 40)


def _watched(stacks: Mapping[str, Sequence[str]], newest: str, *retired: tuple[str, str]) -> list[Watch]:
    entries = {version: [_entry(patch) for patch in patches] for version, patches in stacks.items()}
    return to_watch(TIDY, entries, newest, [Retired(TIDY, patch, version) for patch, version in retired])


@pytest.mark.parametrize(
    ("stacks", "newest", "retired"),
    [
        ({"1.0": ["pw-a"], "2.0": []}, "2.0", ("pw-a", "2.0")),
        ({"1.0": ["pw-a"], "2.0": []}, "1.5", ("pw-a", "2.0")),
        ({"1.0": ["pw-a"], "2.0": [], "3.0": ["pw-a"]}, "4.0", ("pw-a", "2.0")),
        ({"2.0": []}, "3.0", ("pw-a", "2.0")),
        ({"1.0": ["pw-a"], "2.0": [], "3.0": []}, "3.0", ("pw-a", "2.0")),
    ],
    ids=["found in the newest", "the newest is older", "carried again", "its stack is gone", "somebody went there"],
)
def test_nothing_is_tried_that_nobody_waits_for(
    stacks: Mapping[str, Sequence[str]], newest: str, retired: tuple[str, str]
) -> None:
    assert _watched(stacks, newest, retired) == []


def test_each_is_tried_from_the_last_stack_that_it_was_in() -> None:
    stacks = {"1.0": ["pw-a", "pw-b"], "1.10": ["pw-b", "pw-c"], "1.9": ["pw-b"], "2.0": []}
    found = _watched(stacks, "3.0", ("pw-a", "1.9"), ("pw-b", "1.11"), ("pw-b", "2.0"), ("pw-c", "2.0"))
    assert found == [
        Watch(TIDY, "1.0", "3.0", {"pw-a": "1.9"}),
        Watch(TIDY, "1.10", "3.0", {"pw-b": "2.0", "pw-c": "2.0"}),
    ]


def test_a_patch_of_another_stack_is_left_behind_unless_it_was_dropped() -> None:
    stacks = {"1.0": ["pw-a", "pw-c"], "1.10": ["pw-a", "pw-b"], "2.0": ["pw-a", "pw-b", "pw-d"]}
    entries = {version: [_entry(patch) for patch in patches] for version, patches in stacks.items()}
    assert [(patch.id, on) for patch, on in left_behind(entries, "1.0", {"pw-d"})] == [("pw-b", "2.0")]
    assert [(patch.id, on) for patch, on in left_behind(entries, "2.0", ())] == [("pw-c", "1.0")]
