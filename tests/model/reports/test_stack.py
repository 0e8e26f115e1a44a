from __future__ import annotations

from boarding import ago, fork, patch

from plugwatch.model.reports import stack
from plugwatch.model.reports.records import DropFact
from plugwatch.model.reports.stack import Run, lay_out

A, B, C = (f"pw-{letter * 10}" for letter in "abc")


def _runs(forked, name):
    return next(row.runs for row in lay_out(forked).rows if row.patch.id == name)


def test_a_patch_is_one_bar_over_the_releases_that_carry_it():
    assert _runs(fork(), A) == (Run("carried", "1.2.3", "1.3", 3),)


def test_a_patch_that_landed_ends_there_and_one_that_came_later_begins_later():
    assert _runs(fork(), B) == (Run("carried", "1.2.3", "1.2.4", 2), Run("landed", "1.3", "1.3", 1, "landed"))
    assert _runs(fork(), C) == (Run("before", "1.2.3", "1.2.4", 2), Run("carried", "1.3", "1.3", 1))


def test_what_was_dropped_by_hand_did_not_land_and_is_gone_after_that():
    releases = (*fork().releases, ("1.4", ago(1)))
    stacks = {**fork().stacks, "1.4": (A, C)}

    found = fork(releases=releases, stacks=stacks, drops=(DropFact(B, "1.3", "dropped", ago(9)),))

    assert [run.state for run in _runs(found, B)] == ["carried", "dropped", "gone"]


def test_a_release_that_nothing_was_carried_to_waits_and_conflicts_where_a_person_must_decide():
    releases = (*fork().releases, ("1.4", ago(2)), ("1.5", ago(1)))

    assert [run.state for run in _runs(fork(releases=releases), A)] == ["carried", "waiting"]
    undecided = fork(releases=releases, conflict=f"{A} conflicts in forms.php")
    assert [run.state for run in _runs(undecided, A)] == ["carried", "waiting", "conflict"]
    assert [run.state for run in _runs(undecided, C)] == ["before", "carried", "waiting"]
    unnamed = fork(releases=releases, conflict="a person must decide")
    assert [run.state for run in _runs(unnamed, C)] == ["before", "carried", "waiting", "conflict"]


def test_an_older_release_without_a_stack_is_a_gap_and_no_debt():
    without = {version: patches for version, patches in fork().stacks.items() if version != "1.2.4"}

    assert [run.state for run in _runs(fork(stacks=without), A)] == ["carried", "skipped", "carried"]


def test_a_patch_that_came_back_after_it_had_landed_is_carried_again():
    back = fork(
        stacks={"1.2.3": (A,), "1.3": (A,)},
        drops=(DropFact(A, "1.2.4", "landed", ago(30)),),
        patches={A: patch("a", 90)},
    )

    assert [run.state for run in _runs(back, A)] == ["carried", "landed", "carried"]


def test_each_row_is_as_wide_as_there_are_releases():
    drawing = lay_out(fork(releases=(*fork().releases, ("1.4", ago(2)))))

    assert all(sum(run.columns for run in row.runs) == len(drawing.releases) == 4 for row in drawing.rows)


def test_of_much_the_last_releases_and_what_is_carried_are_drawn(monkeypatch):
    monkeypatch.setattr(stack, "MOST_RELEASES", 2)
    monkeypatch.setattr(stack, "MOST_PATCHES", 2)

    drawing = lay_out(fork())

    assert [version for version, _at in drawing.releases] == ["1.2.4", "1.3"]
    assert [row.patch.id for row in drawing.rows] == [A, C]
    assert (drawing.releases_left, drawing.patches_left) == (1, 1)
    assert drawing.rows[0].runs == (Run("carried", "1.2.4", "1.3", 2),)


def test_a_fork_of_nothing_is_drawn_as_nothing():
    drawing = lay_out(fork(releases=(), stacks={}, patches={}, drops=()))

    assert (drawing.releases, drawing.rows) == ((), ())
