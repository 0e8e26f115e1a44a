"""What a person decides about a patch: on a real fork, with the ledger's rows beside it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from workbench import add_files, add_patch, mail_file, plugin, stamp, upgrade

from plugwatch.errors import ForkError, PlugwatchError
from plugwatch.forks.fork import Fork, ForkStore
from plugwatch.forks.restack import Restacked, restack
from plugwatch.model.component import Component
from plugwatch.model.fork import StackEntry
from plugwatch.workflows import patches as workflow

TIDY = Component("plugin", "tidy-forms")
SLOW = mail_file(seconds=60)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forks with release 1.0.0 and three patches: the second is free of the first, the third changes its line."""
    folder = tmp_path_factory.mktemp("decisions")
    fork = ForkStore(folder / "forks").create(TIDY)
    add_files(fork, folder / "1", plugin())
    readme = b"=== Tidier ===\n"
    add_patch(fork, folder / "a", plugin(mail=SLOW), "Wait a minute", why="Slow.", seed="one")
    add_patch(fork, folder / "b", plugin(mail=SLOW, readme=readme), "Rename it", seed="two")
    add_patch(fork, folder / "c", plugin(mail=mail_file(seconds=90), readme=readme), "Wait longer", seed="three")
    return folder / "forks"


@pytest.fixture
def fork(prepared: Path, tmp_path: Path) -> Fork:
    """A copy of it for one test."""
    shutil.copytree(prepared, tmp_path / "forks")
    found = ForkStore(tmp_path / "forks").open(TIDY)
    assert found is not None
    return found


@pytest.fixture
def work(ledger: Any) -> Iterator[Any]:
    """One transaction on a ledger."""
    with ledger.unit_of_work() as work:
        yield work


def _drop(fork: Fork, number: int, why: str = "nobody needs it", **options: Any) -> workflow.Drop:
    """``patch drop`` on the fork alone."""
    patch = fork.stack("1.0.0")[number - 1].patch
    options = {"version": None, "stamp": stamp()} | options
    with fork.writing("patch drop"):
        dropped, operation = workflow.drop(fork, patch, why, partial(restack, fork.git), **options)
        assert (operation is None) == (dropped.blocked is not None)
        if operation:
            fork.commit(operation)
    return dropped


def _titles(fork: Fork, version: str = "1.0.0") -> list[str]:
    return [entry.patch.title for entry in fork.stack(version)]


def test_the_top_of_a_stack_goes_and_the_rest_stays_as_it_was(fork: Fork) -> None:
    before = fork.stack("1.0.0")
    dropped = _drop(fork, 3, "  not worth it ")
    assert fork.stack("1.0.0") == before[:2]
    assert (dropped.tree, dropped.reason) == (before[1].tree, "not worth it")
    operation = fork.operation(fork.operations()[-1])
    assert operation.command == "patch drop"
    assert operation.rows["drops"] == [
        {
            "patch": before[2].patch.id,
            "version": "1.0.0",
            "verdict": "dropped",
            "evidence": ["not worth it", "kim took it out; the release does not have it"],
        }
    ]
    assert operation.rows["stacks"] == [{"version": "1.0.0", "patches": [entry.patch.id for entry in before[:2]]}]


def test_one_in_the_middle_goes_from_below_the_others(fork: Fork) -> None:
    before = fork.stack("1.0.0")
    _drop(fork, 2)
    first, last = fork.stack("1.0.0")
    assert first == before[0]
    assert (last.patch, last.base_tree) == (before[2].patch, first.tree)
    files = {path: fork.git.blob(entry.blob) for path, entry in fork.git.tree(last.tree).items()}
    assert files == plugin(mail=mail_file(seconds=90))


def test_one_that_another_rests_on_stays_and_nothing_moves(fork: Fork) -> None:
    before = fork.refs()
    dropped = _drop(fork, 1)
    assert dropped.blocked is not None
    assert (dropped.blocked.title, dropped.tree, len(dropped.kept)) == ("Wait longer", None, 3)
    assert fork.refs() == before


def test_the_last_of_a_stack_leaves_the_release(fork: Fork) -> None:
    for number in (3, 2, 1):
        dropped = _drop(fork, number)
    release = fork.release("1.0.0")
    assert (fork.stacks(), dropped.tree) == ({"1.0.0": release.commit}, release.tree)


def test_the_ledger_has_the_drop_with_its_reason(fork: Fork, work: Any) -> None:
    _drop(fork, 3)
    for number in fork.operations():
        work.forks.apply(fork.operation(number))
    rows = work._connection.rows("select patch_id, version, verdict, evidence from patch_drop", {})
    assert [row[1:3] for row in rows] == [("1.0.0", "dropped")]
    assert "nobody needs it" in rows[0][3]


@dataclass
class Lossy:
    """Puts patches onto a tree, but the one at this place, as no code should."""

    git: Any
    place: int

    def __call__(self, tree: str, entries: Sequence[StackEntry]) -> Restacked:
        done = restack(self.git, tree, entries)
        return Restacked(done.stack[: self.place] + done.stack[self.place + 1 :])


def test_a_patch_that_nobody_named_cannot_vanish(fork: Fork) -> None:
    patch = fork.stack("1.0.0")[1].patch
    with pytest.raises(ForkError, match=r"3 patches before, 1 after one was dropped; .* nothing moved"):
        workflow.drop(fork, patch, "why not", Lossy(fork.git, 0), version=None, stamp=stamp())


def test_only_what_is_carried_there_can_go(fork: Fork, tmp_path: Path) -> None:
    add_files(fork, tmp_path / "2", plugin("2.0.0", readme=b"=== Tidier ===\n"))
    upgrade(fork, "2.0.0")
    assert _titles(fork, "2.0.0") == ["Wait a minute", "Wait longer"]
    with pytest.raises(ForkError, match=r"is not carried on plugin/tidy-forms 2.0.0; it is on 1.0.0: name one with"):
        _drop(fork, 2)
    _drop(fork, 2, version="1.0.0")
    assert _titles(fork) == ["Wait a minute", "Wait longer"]
    with pytest.raises(ForkError, match=r"has no release 1\.O"):
        _drop(fork, 1, version="1.O")


@pytest.mark.parametrize("why", ["", "  ", "one\ntwo", "\udcff"])
def test_a_drop_has_a_reason(fork: Fork, why: str) -> None:
    with pytest.raises(PlugwatchError, match="reason"):
        _drop(fork, 3, why)
    assert len(fork.stack("1.0.0")) == 3


def test_stances_are_added_with_who_and_when(fork: Fork, work: Any) -> None:
    patch = fork.stack("1.0.0")[0].patch
    first = workflow.set_stance(work, patch, "wait", "they are slow", review_by=None, stamp=stamp())
    second = workflow.set_stance(work, patch, "never", " ours ", review_by=None, stamp=stamp("dana"))
    assert work.patches.stances() == {patch.id: [first, second]}
    assert (second.actor, second.reason) == ("dana", "ours")
    with pytest.raises(PlugwatchError, match="reason"):
        workflow.set_stance(work, patch, "send", " ", review_by=None, stamp=stamp())


def test_a_yes_counts_until_it_is_taken_back(fork: Fork, work: Any, tmp_path: Path) -> None:
    add_files(fork, tmp_path / "2", plugin("2.0.0", mail=mail_file(seconds=15)))
    first = fork.stack("1.0.0")[0].patch
    outcome = workflow.forecast_patch(fork, first, "2.0.0")
    said = workflow.accept(work, TIDY, "2.0.0", outcome, " they wait, too ", stamp=stamp())
    assert (said.verdict, said.reason, said.stands) == (outcome.verdict, "they wait, too", True)
    assert workflow.accepted_patches(work, TIDY, "2.0.0") == [first.id]
    assert workflow.accepted_in(work, TIDY, first.id) == ["2.0.0"]
    assert workflow.accepted_patches(work, TIDY, "2.1.0") == []
    assert workflow.accepted_patches(work, Component("plugin", "other"), "2.0.0") == []
    workflow.take_back(work, TIDY, "2.0.0", first, "", stamp=stamp("dana"))
    assert workflow.accepted_patches(work, TIDY, "2.0.0") == []
    assert workflow.accepted_in(work, TIDY, first.id) == []
    with pytest.raises(ForkError, match="there is nothing to take back"):
        workflow.take_back(work, TIDY, "2.0.0", first, "", stamp=stamp())
    assert [a.stands for a in work.patches.acceptances(TIDY)] == [True, False]


def test_an_upgrade_drops_what_was_accepted(fork: Fork, work: Any, tmp_path: Path) -> None:
    add_files(fork, tmp_path / "2", plugin("2.0.0", mail=mail_file(seconds=15)))
    for number in (1, 3):
        outcome = workflow.forecast_patch(fork, fork.stack("1.0.0")[number - 1].patch, "2.0.0")
        workflow.accept(work, TIDY, "2.0.0", outcome, "", stamp=stamp())
    done = upgrade(fork, "2.0.0", *workflow.accepted_patches(work, TIDY, "2.0.0"))
    assert done.plan.status == "clean"
    assert _titles(fork, "2.0.0") == ["Rename it"]


def test_a_yes_that_makes_no_difference_is_none(fork: Fork, tmp_path: Path) -> None:
    one, two, three = (entry.patch for entry in fork.stack("1.0.0"))
    add_files(fork, tmp_path / "2", plugin("2.0.0", readme=b"=== Tidier ===\n"))
    with pytest.raises(ForkError, match=r"merges cleanly into 2\.0\.0 and is not in it, so nothing was accepted"):
        workflow.forecast_patch(fork, one, "2.0.0")
    with pytest.raises(ForkError, match=r"2\.0\.0 has pw-\w+ as it is and needs no yes"):
        workflow.forecast_patch(fork, two, "2.0.0")
    with pytest.raises(ForkError, match="has no release"):
        workflow.forecast_patch(fork, one, "9.9")
    upgrade(fork, "2.0.0")
    with pytest.raises(ForkError, match=r"its patches on 2\.0\.0 already"):
        workflow.forecast_patch(fork, three, "2.0.0")
    add_files(fork, tmp_path / "3", plugin("3.0.0"))
    with pytest.raises(ForkError, match=r"starts from the patches on 2\.0\.0, and pw-\w+ is not among them"):
        workflow.forecast_patch(fork, two, "3.0.0")
