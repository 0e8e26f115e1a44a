"""Operations are all or nothing: recorded under one ref, then carried out, by whoever comes next if need be."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from workbench import add_files, fsck, git, git_text, import_release, mail_file, plugin, public_refs, stamp, write_files

from plugwatch.errors import ForkError
from plugwatch.forks.fork import Fork, ForkStore
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


def locks_left(fork: Fork, operation: Operation) -> None:
    fork.record(operation)
    for name in ("refs/heads/upstream.lock", "refs/plugwatch/done.lock", "packed-refs.lock", "HEAD.lock"):
        (fork.directory / name).write_bytes(b"")
    for name in ("packed-refs.new", "fast_import_crash_99", "objects/pack/tmp_pack_abc", "objects/tmp_obj_abc"):
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
    left = [p.name for p in carrying.directory.rglob("*") if "lock" in p.name or "tmp_" in p.name or "crash" in p.name]
    assert left == ["plugwatch.lock"]
    assert not (carrying.directory / "packed-refs.new").exists()
    assert fsck(carrying.directory) == ""
    with found.writing("and again"):
        assert found.refs() == refs  # harmless to repeat


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
        ('{"format": 2}', "written by a newer plugwatch"),
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
