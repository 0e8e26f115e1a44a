"""Undoing is one more operation: refs and rows go back together, and the ledger can be written again from git alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from workbench import environment, fsck, git, mail_file, new_patch, plugin, public_refs, stamp, write_files

from plugwatch.delivery import builder
from plugwatch.errors import ForkError
from plugwatch.forks.fork import ForkStore
from plugwatch.ledger.database import Ledger, open_ledger
from plugwatch.model.component import Component
from plugwatch.model.operation import Operation, outcomes
from plugwatch.workflows import builds
from plugwatch.workflows import forks as workflow
from plugwatch.workflows.operations import carry_out, settle
from plugwatch.workflows.undo import Undo, find_undo, undo_operation

TIDY = Component("plugin", "tidy-forms")
TABLES = {
    "fork_operation": "id, command, actor, at",
    "fork_release": "version, commit_id, tree_id, files, source, sha256, operation_id",
    "patch": "id, title, origin, operation_id",
    "stack_entry": "version, position, patch_id, operation_id",
    "patch_drop": "patch_id, version, verdict, evidence, operation_id",
    "build": "version, base_version, fingerprint, tree_id, operation_id",
}
MAILS = {
    "1.0.0": mail_file(),
    "2.0.0": mail_file(subject="'Hello'"),
    "2.1.0": mail_file(seconds=15),
    "3.0.0": mail_file(seconds=60),
    "4.0.0": mail_file(seconds=60, subject="'Hello'"),
}


@pytest.fixture(autouse=True)
def only_git(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Without PHP, which would check each merged file and take most of the time."""
    folder = tmp_path_factory.mktemp("bin")
    (folder / "git").symlink_to(shutil.which("git") or "")
    with environment(PATH=str(folder)):
        yield


class Bench:
    """A fork and its ledger, and the commands on both as the command line does them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fork = ForkStore(folder / "forks").create(TIDY)
        self.ledger = self.open_ledger("ledger")
        self.patches = 0

    def open_ledger(self, name: str) -> Ledger:
        """A ledger, empty where it is not there yet."""
        return open_ledger(f"sqlite:///{self.folder / name}.db", workspace=self.folder, create=True)

    def carry_out(self, operation: Operation | None) -> None:
        if operation:
            carry_out(self.fork, self.ledger, operation)

    def import_release(self, version: str) -> None:
        source = write_files(self.folder / version, plugin(version, mail=MAILS[version]))
        with self.fork.writing("fork import"):
            done = workflow.import_release(self.fork, source, shown="x", version=None, stamp=stamp())
            self.carry_out(done[1])

    def add_patch(self, version: str | None = None) -> None:
        self.patches += 1
        with self.fork.writing("patch import"):
            release = workflow.release_to_patch(self.fork, version)
            files = {path: self.fork.git.blob(entry.blob) for path, entry in self.files(release.version).items()}
            if self.patches % 2:
                files["includes/mail.php"] = files["includes/mail.php"].replace(b"$wait = 10;", b"$wait = 60;")
            files[f"added-{self.patches}.txt"] = b"%d\n" % self.patches
            edited = write_files(self.folder / f"edited-{self.patches}", files)
            change = self.fork.change_from_copy(release, edited, "the copy", ())
            self.carry_out(new_patch(self.fork, release, change, f"Patch {self.patches}")[1])

    def files(self, version: str) -> dict[str, Any]:
        return self.fork.git.tree(self.fork.tip_tree(self.fork.release(version)))

    def upgrade(self, version: str) -> None:
        with self.fork.writing("fork upgrade"):
            self.carry_out(workflow.upgrade(self.fork, version, (), stamp=stamp())[1])

    def build(self, version: str | None = None) -> None:
        maker = builds.Maker("Fernhill Web", "")
        with self.fork.writing("fork build"):
            done = builds.make_build(self.fork, version, maker, builder.build, self.folder / "out", stamp=stamp())
            self.carry_out(done[1])

    def undo(self, number: int | None = None) -> Undo:
        with self.fork.writing("fork undo"):
            found = find_undo(self.fork, number)
            self.carry_out(undo_operation(self.fork, found, stamp=stamp()))
        return found


def rows(ledger: Ledger) -> dict[str, list[tuple[Any, ...]]]:
    """The whole index of forks, in one order."""
    with ledger.reading() as work:
        connection = work.forks._queries._connection
        return {t: sorted(connection.rows(f"select {columns} from {t}", {})) for t, columns in TABLES.items()}


def facts(ledger: Ledger) -> dict[str, list[tuple[Any, ...]]]:
    """The index without the operations: what is there, not who has brought it."""
    return {name: [row[:-1] for row in table] for name, table in rows(ledger).items() if name != "fork_operation"}


def check_index(bench: Bench) -> None:
    """git and ledger tell the same, and a ledger that is written from git alone tells it word for word."""
    fork, index = bench.fork, rows(bench.ledger)
    assert sorted(row[:3] for row in index["fork_release"]) == sorted(
        (r.version, r.commit, r.tree) for r in fork.releases()
    )
    stacks = {version: fork.stack(version) for version in fork.stacks()}
    in_git = [(version, n, e.patch.id) for version, stack in stacks.items() for n, e in enumerate(stack)]
    assert sorted(row[:3] for row in index["stack_entry"]) == sorted(in_git)
    carried = {entry.patch.id for stack in stacks.values() for entry in stack}
    assert {row[0] for row in index["patch"]} == carried  # a first stack is never given up, so it holds them all
    assert {row[0] for row in index["build"]} == {build.version for build in fork.builds()}
    other = bench.open_ledger("again")
    with other:
        settle(fork, other)
        assert rows(other) == index
    for path in bench.folder.glob("again.db*"):
        path.unlink()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    with made.ledger:
        yield made


def step(bench: Bench, verb: str, choice: int) -> None:
    version = list(MAILS)[choice % len(MAILS)]
    if verb == "undo":
        bench.undo()
    elif verb == "further":
        history = bench.fork.history()
        state = outcomes([operation for _number, operation in history])[-1] if history else -1
        bench.undo(history[state][0] if state >= 0 else None)
    elif verb == "import":
        bench.import_release(version)
    elif verb == "patch":
        bench.add_patch(version if choice % 2 else None)
    elif verb == "upgrade":
        bench.upgrade(version)
    else:
        bench.build()


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a bench with two releases and a patch on the first."""
    bench = Bench(tmp_path_factory.mktemp("begun"))
    with bench.ledger:
        for version in ("1.0.0", "2.1.0"):
            bench.import_release(version)
        bench.add_patch("1.0.0")
    return bench.folder


VERBS = ["import", "patch", "upgrade", "build", "undo", "undo", "further", "further"]
STEPS = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 9)), min_size=4, max_size=8)


@settings(max_examples=10, deadline=None, phases=[Phase.generate])  # to shrink one of these would take minutes
@given(steps=STEPS)
def test_whatever_is_done_and_undone_git_and_ledger_say_the_same(begun: Path, steps: list[tuple[str, int]]) -> None:
    with TemporaryDirectory() as folder:
        shutil.copytree(begun, folder, dirs_exist_ok=True)
        bench = Bench(Path(folder))
        with bench.ledger:
            bench.patches = 1
            after = {2: (public_refs(bench.fork.directory), facts(bench.ledger))}
            for verb, choice in steps:
                with suppress(ForkError):  # some cannot be done here, and then nothing may have moved
                    step(bench, verb, choice)
                state = public_refs(bench.fork.directory), facts(bench.ledger)
                history = [operation for _number, operation in bench.fork.history()]
                assert state == after.setdefault(outcomes(history)[-1], state), (verb, choice)
            check_index(bench)
            complaints = fsck(bench.fork.directory).splitlines()
            assert [line for line in complaints if not line.startswith("notice: ")] == []


def test_an_undo_is_a_record_that_names_what_it_takes_back(bench: Bench) -> None:
    for version in ("1.0.0", "2.0.0"):
        bench.import_release(version)
    bench.add_patch("1.0.0")
    before, index = public_refs(bench.fork.directory), facts(bench.ledger)
    bench.upgrade("2.0.0")
    tip = bench.fork.stacks()["2.0.0"]
    undone = bench.undo()
    assert (undone.number, undone.redoes, undone.below) == (4, False, 3)
    assert (public_refs(bench.fork.directory), facts(bench.ledger)) == (before, index)
    record = bench.fork.operation(5)
    assert (record.command, record.actor, record.undoes) == ("fork undo", "kim", bench.fork.operation(4).id)
    assert [(c.name, c.old, c.new) for c in record.refs] == [("refs/heads/carried/2.0.0", tip, None)]
    assert record.rows["stacks"] == [{"version": "2.0.0", "patches": []}]
    git(bench.fork.directory, "gc", "--quiet", "--prune=now")  # what was undone can still be brought back
    again = bench.undo()
    assert (again.redoes, again.command.command, bench.fork.stacks()["2.0.0"]) == (True, "fork upgrade", tip)
    check_index(bench)


def test_a_drop_is_taken_back_and_comes_again(bench: Bench) -> None:
    for version in ("1.0.0", "3.0.0"):
        bench.import_release(version)
    edited = write_files(bench.folder / "landed", plugin("1.0.0", mail=mail_file(seconds=60)))
    with bench.fork.writing("patch import"):
        release = bench.fork.release("1.0.0")
        change = bench.fork.change_from_copy(release, edited, "the copy", ())
        bench.carry_out(new_patch(bench.fork, release, change, "Wait")[1])
    bench.upgrade("3.0.0")
    dropped = rows(bench.ledger)["patch_drop"]
    assert [row[1:3] for row in dropped] == [("3.0.0", "landed")]
    bench.undo()
    assert rows(bench.ledger)["patch_drop"] == []
    bench.undo()
    assert [row[:-1] for row in rows(bench.ledger)["patch_drop"]] == [row[:-1] for row in dropped]
    check_index(bench)


def test_a_second_patch_leaves_the_stack_as_the_first_made_it(bench: Bench) -> None:
    bench.import_release("1.0.0")
    bench.add_patch()
    first = bench.fork.stack("1.0.0")
    bench.add_patch()
    bench.undo()
    assert bench.fork.stack("1.0.0") == first
    assert [row[2] for row in rows(bench.ledger)["stack_entry"]] == [first[0].patch.id]
    check_index(bench)
    bench.undo(2)
    assert bench.fork.stacks() == {}
    assert not any(rows(bench.ledger)[table] for table in ("patch", "stack_entry"))
    bench.undo(1)
    assert public_refs(bench.fork.directory) == {}
    with pytest.raises(ForkError, match="operation 1 of plugin/tidy-forms is undone already"):
        bench.undo(1)
    bench.undo()
    bench.undo(5)
    assert [release.version for release in bench.fork.releases()] == ["1.0.0"]
    check_index(bench)


def test_nothing_is_undone_where_nothing_was_done(bench: Bench) -> None:
    with pytest.raises(ForkError, match="there is nothing to undo"):
        bench.undo()


def test_what_later_work_rests_on_stays(bench: Bench) -> None:
    bench.import_release("1.0.0")
    bench.add_patch()
    with pytest.raises(ForkError, match="operation 2 of plugin/tidy-forms came after 1; undo that one first"):
        bench.undo(1)
    with pytest.raises(ForkError, match="has no operation 3; see 'plugwatch fork log plugin/tidy-forms'"):
        bench.undo(3)


@pytest.mark.parametrize("to", ["elsewhere", "nowhere"])
def test_a_ref_that_somebody_moved_is_not_taken_back(bench: Bench, to: str) -> None:
    bench.import_release("1.0.0")
    bench.add_patch()
    ref, tip = "refs/heads/carried/1.0.0", bench.fork.stacks()["1.0.0"]
    release = bench.fork.release("1.0.0").commit
    git(bench.fork.directory, "update-ref", *([ref, release] if to == "elsewhere" else ["-d", ref]))
    before = bench.fork.refs()
    place = f"is at {release[:10]} now" if to == "elsewhere" else "is gone"
    with pytest.raises(
        ForkError, match=f"{ref} was moved since by something other than plugwatch and {place}"
    ) as caught:
        bench.undo()
    assert bench.fork.refs() == before
    assert f"'git -C {bench.fork.directory} update-ref {ref} {tip}'" in str(caught.value)
    git(bench.fork.directory, "update-ref", ref, tip)
    bench.undo()


def test_a_ref_that_came_back_is_named_with_the_way_to_remove_it(bench: Bench) -> None:
    bench.import_release("1.0.0")
    bench.add_patch()
    tip = bench.fork.stacks()["1.0.0"]
    bench.undo()
    git(bench.fork.directory, "update-ref", "refs/heads/carried/1.0.0", tip)
    with pytest.raises(ForkError, match=r"put it back with 'git -C .* update-ref -d refs/heads/carried/1\.0\.0'"):
        bench.undo()


def test_what_a_colleague_s_fork_rests_on_stays_known(bench: Bench) -> None:
    """Two people may share a ledger: what one of them undoes must not take away what the other's fork rests on."""
    bench.import_release("1.0.0")
    bench.add_patch()
    other = Bench(bench.folder / "other")
    shutil.rmtree(other.fork.directory)
    shutil.copytree(bench.fork.directory, other.fork.directory)
    other.ledger.close()
    other.ledger = bench.ledger
    other.import_release("2.0.0")
    other.upgrade("2.0.0")
    bench.undo()
    patch = other.fork.stack("2.0.0")[0].patch.id
    assert [row[0] for row in rows(bench.ledger)["patch"]] == [patch]
