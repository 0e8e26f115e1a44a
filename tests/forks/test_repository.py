"""Operations are all or nothing: recorded under one ref, then carried out, by whoever comes next if need be."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from workbench import add_files, fsck, git, git_text, import_release, mail_file, plugin, public_refs, stamp, write_files

from plugwatch.errors import ForkError
from plugwatch.forks.fork import Fork, ForkStore
from plugwatch.forks.git import ZERO, Git
from plugwatch.forks.repository import DONE, OPERATIONS, create_repository
from plugwatch.model.component import Component
from plugwatch.model.operation import Operation, RefChange
from plugwatch.workflows import forks as workflow

TIDY = Component("plugin", "tidy-forms")


def started_upgrade(fork: Fork, folder: Path) -> Operation:
    """An upgrade to 2.0.0, worked out, its objects written, nothing recorded."""
    add_files(fork, folder / "2.0.0", plugin("2.0.0", mail=mail_file(subject="'Hello'")))
    _done, operation = workflow.upgrade(fork, "2.0.0", (), stamp=stamp())
    assert operation
    return operation


def started_import(fork: Fork, folder: Path) -> Operation:
    """An import of 3.0.0 that moves two refs, its objects written, nothing recorded."""
    source = write_files(folder / "3.0.0", plugin("3.0.0"))
    _imported, operation = workflow.import_release(fork, source, shown="3", version=None, stamp=stamp())
    assert operation
    assert len(operation.refs) == 2
    return operation


def test_the_record_says_what_was_done_by_whom_and_from_where_to_where(carrying: Fork, tmp_path: Path) -> None:
    before = carrying.refs()
    operation = started_import(carrying, tmp_path)
    with carrying.writing("fork import"):
        carrying.commit(operation)
    number = carrying.operations()[-1]
    assert carrying.operations() == [1, 2, 3]
    assert carrying.operation(number).to_text() == operation.to_text()
    document = json.loads(git(carrying.directory, "cat-file", "blob", f"{OPERATIONS}{number}:operation.json"))
    commit = git_text(carrying.directory, "rev-parse", "upstream/3.0.0")
    assert document["command"] == "fork import"
    assert document["component"] == "plugin/tidy-forms"
    assert document["actor"] == "kim"
    assert document["at"] == "2026-05-20T12:00:00+00:00"
    assert document["refs"] == [
        ["refs/tags/upstream/3.0.0", None, commit],
        ["refs/heads/upstream", before["refs/heads/upstream"], commit],
    ]
    tree = git_text(carrying.directory, "rev-parse", f"{commit}^{{tree}}")
    row = {"version": "3.0.0", "commit": commit, "tree": tree, "files": 3, "source": "3", "sha256": None}
    assert document["rows"]["releases"] == [row]
    # It keeps alive what it names, before and after: no garbage collection can make it impossible to undo.
    parents = git_text(carrying.directory, "log", "-1", "--format=%P", f"{OPERATIONS}{number}").split()
    assert set(parents) == {commit, before["refs/heads/upstream"]}


def half_moved(fork: Fork, operation: Operation) -> None:
    fork.record(operation)
    fork.git.update_refs(operation.refs[:1])


LEFT_BY_A_KILLED_GIT = (
    "refs/heads/upstream.lock",
    "refs/heads/carried/1.0.0.lock",
    "refs/tags/upstream/3.0.0.lock",
    "refs/plugwatch/done.lock",
    "packed-refs.lock",
    "packed-refs.new",
    "HEAD.lock",
    "index.lock",
    "shallow.lock",
    "config.lock",
    "gc.pid.lock",
    "fast_import_crash_99",
    "logs/refs/heads/upstream.lock",
    "objects/info/alternates.lock",
    "objects/info/commit-graphs/commit-graph-chain.lock",
    "objects/pack/multi-pack-index.lock",
    "objects/pack/tmp_pack_abc",
    "objects/pack/tmp_idx_abc",
    "objects/tmp_obj_abc",
    "objects/00/tmp_obj_abc",
    "objects/tmp_objdir-incoming-abc/pack/tmp_pack_abc",
    "objects/incoming-abc/0f/tmp_obj_abc",
)


def locks_left(fork: Fork, operation: Operation) -> None:
    fork.record(operation)
    for name in LEFT_BY_A_KILLED_GIT:
        (fork.directory / name).parent.mkdir(parents=True, exist_ok=True)
        (fork.directory / name).write_bytes(b"left over")


def all_moved(fork: Fork, operation: Operation) -> None:
    fork.record(operation)
    fork.git.update_refs(operation.refs)


CRASHES: list[Callable[[Fork, Operation], None]] = [Fork.record, half_moved, locks_left, all_moved]


@pytest.mark.parametrize("crash", CRASHES)
@pytest.mark.parametrize("start", [started_import, started_upgrade])
def test_what_was_recorded_is_carried_out_by_the_next(
    carrying: Fork,
    tmp_path: Path,
    start: Callable[[Fork, Path], Operation],
    crash: Callable[[Fork, Operation], None],
) -> None:
    operation = start(carrying, tmp_path)
    expected = public_refs(carrying.directory) | {c.name: c.new for c in operation.refs}
    crash(carrying, operation)
    found = Fork(carrying.directory, TIDY)
    waiting = found.unfinished()
    assert waiting
    assert waiting.to_text() == operation.to_text()
    with found.writing("the next"):
        assert found.unfinished() is None
        assert public_refs(carrying.directory) == expected
    refs = found.refs()
    assert refs[DONE] == refs[f"{OPERATIONS}{found.operations()[-1]}"]
    marks = ("lock", "tmp_", "crash", "incoming", "packed-refs.new")
    left = [p.name for p in carrying.directory.rglob("*") if any(mark in p.name for mark in marks)]
    assert left == ["plugwatch.lock"]
    assert fsck(carrying.directory) == ""
    with found.writing("and again"):
        assert found.refs() == refs  # harmless to repeat


@pytest.mark.parametrize("waits", [1, 2])
def test_a_git_that_is_at_the_same_work_is_waited_for(
    carrying: Fork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: int
) -> None:
    """It has outlived its killed plugwatch, and holds the lock of a ref."""
    operation = started_import(carrying, tmp_path)
    lock = carrying.directory / f"{operation.refs[0].name}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == waits:
            lock.unlink()

    monkeypatch.setattr("plugwatch.forks.repository.time", SimpleNamespace(sleep=sleep))
    carrying.commit(operation)
    assert carrying.unfinished() is None
    assert slept == [0.1, 0.5][:waits]


def test_a_git_that_never_ends_is_told(carrying: Fork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    operation = started_import(carrying, tmp_path)
    lock = carrying.directory / f"{operation.refs[0].name}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    monkeypatch.setattr("plugwatch.forks.repository.time", SimpleNamespace(sleep=lambda _seconds: None))
    with pytest.raises(ForkError, match="File exists"):
        carrying.commit(operation)
    assert carrying.unfinished() is not None


def test_what_was_not_recorded_has_not_happened(carrying: Fork, tmp_path: Path) -> None:
    before = carrying.refs()
    started_import(carrying, tmp_path)
    with carrying.writing("the next"):
        assert carrying.refs() == before
    assert import_release(carrying, tmp_path / "3.0.0").version == "3.0.0"
    assert fsck(carrying.directory) == ""


def test_an_operation_on_what_has_moved_meanwhile_is_refused(carrying: Fork, tmp_path: Path) -> None:
    operation = started_upgrade(carrying, tmp_path)
    tip = carrying.stacks()["1.0.0"]
    git(carrying.directory, "update-ref", "refs/heads/carried/2.0.0", tip)
    before = carrying.refs()
    with pytest.raises(ForkError, match=r"refs/heads/carried/2\.0\.0 moved meanwhile"):
        carrying.commit(operation)
    assert carrying.refs() == before


def test_no_operation_is_put_on_top_of_an_unfinished_one(carrying: Fork, tmp_path: Path) -> None:
    """A git that outlives its killed plugwatch may store a record after the next one has looked for it."""
    operation = started_upgrade(carrying, tmp_path)
    late = started_import(carrying, tmp_path)
    carrying.record(late)
    before = carrying.refs()
    with pytest.raises(ForkError, match="moved meanwhile"):
        carrying.record(operation)
    assert carrying.refs() == before
    with carrying.writing("the next"):
        assert public_refs(carrying.directory)["refs/tags/upstream/3.0.0"] == late.refs[0].new


def test_a_late_git_cannot_turn_a_ref_back(carrying: Fork, tmp_path: Path) -> None:
    first = started_import(carrying, tmp_path)
    carrying.commit(first)
    newer = add_files(carrying, tmp_path / "4.0.0", plugin("4.0.0"))
    with pytest.raises(ForkError):
        carrying.git.update_refs(first.refs)
    assert public_refs(carrying.directory)["refs/heads/upstream"] == newer.commit


def test_a_late_git_cannot_repeat_what_was_undone(carrying: Fork, tmp_path: Path) -> None:
    """Every ref stands again where it stood before the operation, but the operation is not the next one any more."""
    operation = started_import(carrying, tmp_path)
    late = Late(carrying.directory, carrying.component)
    late.git = Catching(carrying.directory)
    late.record(operation)
    with pytest.raises(RuntimeError, match="killed"):
        late.roll_forward()
    with carrying.writing("the next"):
        back = [RefChange(c.name, c.new, c.old) for c in operation.refs]
        carrying.commit(stamp().operation(TIDY, "fork undo", back, {}, undoes=operation.id))
    before = carrying.refs()
    assert all(before.get(c.name) == c.old for c in operation.refs)
    with pytest.raises(ForkError, match="cannot lock ref"):
        carrying.git.update_refs(late.git.caught)
    assert carrying.refs() == before


class Catching(Git):
    """A git that is held up: it moves no ref of a second transaction, but keeps it for later."""

    caught: Sequence[RefChange] = ()

    def update_refs(self, changes: Sequence[RefChange]) -> None:
        if not self.caught and not changes[0].name.startswith(OPERATIONS):
            self.caught = changes
            raise RuntimeError("killed")
        super().update_refs(changes)


class Late(Fork):
    """A fork whose git is held up."""

    git: Catching


def test_no_late_git_moves_a_ref_of_a_new_fork_again(fork: Fork, tmp_path: Path) -> None:
    """The first operation of all: there is no ref yet that says how far the fork is."""
    source = write_files(tmp_path / "1.0.0", plugin("1.0.0"))
    _imported, operation = workflow.import_release(fork, source, shown="1", version=None, stamp=stamp())
    assert operation
    fork.commit(operation)
    back = [RefChange(c.name, c.new, c.old) for c in operation.refs]
    fork.commit(stamp().operation(TIDY, "fork undo", back, {}, undoes=operation.id))
    before = fork.refs()
    with pytest.raises(ForkError, match="cannot lock ref"):
        fork.git.update_refs([*operation.refs, RefChange(DONE, None, ZERO)])
    assert fork.refs() == before
    assert public_refs(fork.directory) == {}


def test_a_transaction_that_is_killed_between_two_refs_is_finished_by_the_next(carrying: Fork) -> None:
    """git moves the refs of a transaction one after the other, and is killed as soon as one of them has moved."""
    commits = [carrying.release("1.0.0").commit, carrying.stacks()["1.0.0"]]
    chance = random.Random("many refs")
    names = [f"refs/tags/build/{number}" for number in range(60)]
    torn = 0
    for number in range(100):  # on a busy machine some kills come too late
        if number >= 30 and torn >= 10:
            break
        old, new = (commits[number % 2] if number else None), commits[(number + 1) % 2]
        refs = [RefChange(name, old, new) for name in names]
        carrying.record(stamp().operation(TIDY, "fork sync", refs, {}))
        kill_while_it_moves(carrying, refs, carrying.directory / chance.choice(names[:20]))
        there = public_refs(carrying.directory)
        torn += len({there.get(name) for name in names}) > 1
        with carrying.writing("the next"):
            there = public_refs(carrying.directory)
            assert {there.get(name) for name in names} == {new}
            assert carrying.unfinished() is None
    assert torn >= 5, torn
    assert fsck(carrying.directory) == ""


def kill_while_it_moves(fork: Fork, refs: Sequence[RefChange], watched: Path) -> None:
    """Start the transaction and end it with SIGKILL as soon as the watched ref has moved."""
    lines = "".join(f"update {c.name}\0{c.new}\0{c.old or ZERO}\0" for c in refs).encode()
    before = watched.stat().st_ino if watched.exists() else None
    command = ["git", "update-ref", "-z", "--stdin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=fork.git.environment(), start_new_session=True) as child:
        assert child.stdin
        child.stdin.write(lines)
        child.stdin.close()
        while child.poll() is None:
            with suppress(FileNotFoundError):
                if os.stat(watched).st_ino != before:  # noqa: PTH116  (quicker, and the window is short)
                    os.killpg(child.pid, signal.SIGKILL)
                    break


def test_packed_refs_and_a_garbage_collection_do_no_harm(carrying: Fork, tmp_path: Path) -> None:
    refs = carrying.refs()
    started_import(carrying, tmp_path)
    git(carrying.directory, "gc", "--quiet", "--prune=now")
    assert carrying.refs() == refs
    assert [e.patch.title for e in carrying.stack("1.0.0")] == ["Wait a minute"]
    with carrying.writing("fork import"):
        carrying.commit(started_import(carrying, tmp_path))
    assert import_release(carrying, write_files(tmp_path / "5", plugin("5.0.0"))).version == "5.0.0"
    assert ForkStore(tmp_path / "none").components() == []
    assert fsck(carrying.directory) == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is damaged"),
        ("[]", "is damaged"),
        ('{"format": 1}', "is damaged"),
        ('{"format": 3}', "written by a newer plugwatch"),
        ('{"format": 1, "refs": [[1]]}', "is damaged"),
    ],
)
def test_a_record_that_cannot_be_read_stops_everything(carrying: Fork, text: str, message: str) -> None:
    blob = git(carrying.directory, "hash-object", "-w", "--stdin", stdin=text.encode()).decode().strip()
    tree = git(carrying.directory, "mktree", stdin=f"100644 blob {blob}\toperation.json\n".encode()).decode().strip()
    commit = git(carrying.directory, "commit-tree", "-m", "x", tree).decode().strip()
    git(carrying.directory, "update-ref", f"{OPERATIONS}3", commit)
    with pytest.raises(ForkError, match=message) as caught, carrying.writing("the next"):
        raise AssertionError
    assert "tidy-forms.git, operation 3" in str(caught.value)


@pytest.mark.parametrize(
    ("ref", "read"),
    [
        ("refs/tags/upstream/9.9", Fork.releases),
        ("refs/plugwatch/ops/last", Fork.operations),
        ("refs/plugwatch/ops/07", Fork.unfinished),
    ],
)
def test_a_ref_that_is_not_ours_is_named(carrying: Fork, ref: str, read: Callable[[Fork], object]) -> None:
    tag = f"object {carrying.release('1.0.0').commit}\ntype commit\ntag x\ntagger K <k@x.example> 1 +0000\n\nx\n"
    named = git(carrying.directory, "hash-object", "-t", "tag", "-w", "--stdin", stdin=tag.encode()).decode().strip()
    git(carrying.directory, "update-ref", ref, named)
    with pytest.raises(ForkError, match=f"git update-ref -d {ref}"):
        read(carrying)


def test_a_fork_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    place = tmp_path / "plugin" / "tidy-forms.git"
    (tmp_path / "plugin" / ".tidy-forms.git.new" / "refs").mkdir(parents=True)  # somebody was killed here
    create_repository(place, TIDY)
    assert git_text(place, "rev-parse", "--is-bare-repository") == "true"
    assert sorted(p.name for p in (tmp_path / "plugin").iterdir()) == [".plugwatch.lock", "tidy-forms.git"]
    assert not list(place.glob("hooks/*"))
    (place / "kept").write_text("by the second creation")
    create_repository(place, TIDY)
    assert (place / "kept").exists()


def test_only_a_fork_with_an_operation_is_a_fork(tmp_path: Path, prepared: Path) -> None:
    store = ForkStore(tmp_path / "forks")
    shutil.copytree(prepared, store.folder)
    empty = store.create(Component("theme", "evensong"))
    (store.folder / "plugin" / "notes.txt").write_text("not a fork")
    (store.folder / "other").mkdir()
    (store.folder / "plugin" / "-bad slug.git").mkdir()
    assert store.components() == [TIDY]
    assert store.exists(TIDY)
    assert not store.exists(empty.component)
    git(store.place(TIDY), "pack-refs", "--all")
    assert store.components() == [TIDY]


def test_an_empty_fork_is_discarded_and_no_other(tmp_path: Path, prepared: Path) -> None:
    store = ForkStore(tmp_path / "forks")
    shutil.copytree(prepared, store.folder)
    empty = store.create(Component("theme", "evensong"))
    busy = store.create(Component("theme", "busy"))
    with busy.writing("fork import"):
        store.discard(Fork(busy.directory, busy.component))
    assert busy.directory.is_dir()
    store.discard(empty)
    assert not empty.directory.exists()
    full = store.open(TIDY)
    assert full
    store.discard(full)
    assert full.releases()
    store.create(empty.component)  # and it can be made again


def test_refs_of_an_operation_may_also_go(carrying: Fork) -> None:
    tip = carrying.stacks()["1.0.0"]
    gone = stamp().operation(TIDY, "fork undo", [RefChange("refs/heads/carried/1.0.0", tip, None)], {})
    carrying.record(gone)
    with carrying.writing("the next"):
        assert carrying.stacks() == {}
    assert carrying.operation(carrying.operations()[-1]).refs == gone.refs
