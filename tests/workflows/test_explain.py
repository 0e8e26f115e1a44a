"""Reasons of patches: written down later, corrected when a person says so, all or none."""

from __future__ import annotations

from pathlib import Path

import pytest
from workbench import add_files, add_patch, mail_file, plugin, stamp

from plugwatch.errors import ForkError, PlugwatchError
from plugwatch.forks.fork import Fork, ForkStore
from plugwatch.model.component import Component
from plugwatch.workflows.explain import explain


@pytest.fixture
def fork(tmp_path: Path) -> Fork:
    """Two patches, the lower one with a reason."""
    fork = ForkStore(tmp_path / "forks").create(Component("plugin", "tidy-forms"))
    add_files(fork, tmp_path / "1", plugin())
    add_patch(fork, tmp_path / "a", plugin(mail=mail_file(seconds=60)), "Wait", why="Slow.")
    add_patch(fork, tmp_path / "b", plugin(mail=mail_file(seconds=60), readme=b"=== Tidier ===\n"), "Rename it")
    return fork


def _explain(fork: Fork, why: str, *places: int, again: bool = False) -> None:
    patches = [fork.stack("1.0.0")[place].patch for place in places]
    with fork.writing("patch explain"):
        _release, operation = explain(fork, patches, why, version=None, again=again, stamp=stamp())
        fork.commit(operation)


def _reasons(fork: Fork) -> list[str]:
    return [entry.patch.why for entry in fork.stack("1.0.0")]


def test_a_reason_is_written_down_and_nothing_else_changes(fork: Fork) -> None:
    before = fork.stack("1.0.0")
    _explain(fork, "They laugh.", 1)
    after = fork.stack("1.0.0")
    assert _reasons(fork) == ["Slow.", "They laugh."]
    assert [(e.patch.id, e.patch.title, e.tree) for e in after] == [(e.patch.id, e.patch.title, e.tree) for e in before]
    assert after[0].commit == before[0].commit


def test_a_reason_that_is_there_stays_unless_it_is_said_again(fork: Fork) -> None:
    for places in ((0,), (0, 1)):
        with pytest.raises(ForkError, match="the reason is there already"):
            _explain(fork, "Other.", *places)
    assert _reasons(fork) == ["Slow.", ""]
    old = fork.stacks()["1.0.0"]
    _explain(fork, "Other.", 0, 1, again=True)
    assert _reasons(fork) == ["Other.", "Other."]
    (change,) = fork.history()[-1][1].refs
    assert change.old == old
    assert [e.patch.why for e in fork.read_stack(fork.release("1.0.0"), old)] == ["Slow.", ""]


def test_the_same_reason_again_is_no_operation(fork: Fork) -> None:
    with pytest.raises(ForkError, match="nothing was changed"):
        _explain(fork, "Slow.", 0, again=True)


def test_an_empty_reason_is_none(fork: Fork) -> None:
    with pytest.raises(PlugwatchError, match="reason"):
        _explain(fork, " ", 0, again=True)
    assert _reasons(fork) == ["Slow.", ""]
