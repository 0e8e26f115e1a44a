"""The same inputs are the same build, whenever and wherever it is made; a changed stack is the next one."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from workbench import add_files, add_patch, environment, fsck, git, git_text, mail_file, plugin, stamp, upgrade

from plugwatch.delivery import builder
from plugwatch.errors import ForkError, PlugwatchError
from plugwatch.forks.fork import Fork, ForkStore
from plugwatch.forks.tree_sums import tree_sums
from plugwatch.model.component import Component
from plugwatch.workflows.builds import Built, Maker, make_build
from plugwatch.workflows.operations import Stamp
from plugwatch.workflows.undo import find_undo, undo_operation

TIDY = Component("plugin", "tidy-forms")
MAKER = Maker("Fernhill Web", "https://updates.fernhill.example")


def made_fork(folder: Path) -> Fork:
    """One release, one patch with a known id."""
    fork = ForkStore(folder / "forks").create(TIDY)
    add_files(fork, folder / "1", plugin("1.0.0"))
    add_patch(fork, folder / "e", plugin(mail=mail_file(seconds=60)), "Wait a minute", seed="one")
    return fork


@pytest.fixture
def fork(tmp_path: Path) -> Fork:
    """One release, one patch."""
    return made_fork(tmp_path)


def build(fork: Fork, out: Path, version: str | None = None, *, by: Stamp | None = None, maker: Maker = MAKER) -> Built:
    with fork.writing("fork build"):
        built, operation = make_build(fork, version, maker, builder.build, out, stamp=by or stamp())
        if operation:
            fork.commit(operation)
    return built


def contents(built: Built) -> list[bytes]:
    return [path.read_bytes() for path in (built.output.zip, built.output.manifest, built.output.lock)]


def test_the_same_inputs_are_the_same_bytes_and_the_same_number(fork: Fork, tmp_path: Path) -> None:
    first = build(fork, tmp_path / "a")
    refs = fork.refs()
    elsewhere = made_fork(tmp_path / "elsewhere")
    later = stamp("sam", datetime(2031, 1, 1, tzinfo=timezone(timedelta(hours=14))))
    with environment(TZ="Pacific/Kiritimati", LC_ALL="tr_TR.UTF-8", SOURCE_DATE_EPOCH="1"):
        again, there = build(fork, tmp_path / "b", by=later), build(elsewhere, tmp_path / "c", by=later)
    assert first.version == again.version == there.version == "1.0.0.0-p1"
    assert contents(first) == contents(again) == contents(there)
    assert fork.refs() == refs  # nothing new: no operation
    tags = [git(f.directory, "rev-parse", "build/1.0.0.0-p1") for f in (fork, elsewhere)]
    assert tags[0] == tags[1]


def test_a_changed_stack_is_the_next_number_and_the_old_one_stays(fork: Fork, tmp_path: Path) -> None:
    first = build(fork, tmp_path / "a")
    add_patch(fork, tmp_path / "e2", plugin(mail=mail_file(seconds=60), readme=b"=== two ===\n"), "Rename it")
    second = build(fork, tmp_path / "a")
    assert (first.version, second.version) == ("1.0.0.0-p1", "1.0.0.0-p2")
    assert len(second.patches) == 2
    git(fork.directory, "update-ref", "refs/heads/carried/1.0.0", fork.stack("1.0.0")[0].commit)
    assert build(fork, tmp_path / "b").version == "1.0.0.0-p1"  # the stack of the first build again
    assert build(fork, tmp_path / "c", maker=Maker("Another name", "")).version == "1.0.0.0-p3"


def test_the_number_of_an_undone_build_is_never_another_one_s(fork: Fork, tmp_path: Path) -> None:
    first = build(fork, tmp_path / "a")
    undo(fork)
    add_patch(fork, tmp_path / "e2", plugin(mail=mail_file(seconds=60), readme=b"=== two ===\n"), "Rename it")
    assert build(fork, tmp_path / "b").version == "1.0.0.0-p2"
    for number in (6, 5):
        undo(fork, number)
    again = build(fork, tmp_path / "c")
    assert contents(again) == contents(first)
    assert [b.version for b in fork.builds()] == ["1.0.0.0-p1"]


def undo(fork: Fork, number: int | None = None) -> None:
    with fork.writing("fork undo"):
        fork.commit(undo_operation(fork, find_undo(fork, number), stamp=stamp()))


def test_each_release_counts_for_itself(fork: Fork, tmp_path: Path) -> None:
    build(fork, tmp_path / "a")
    add_files(fork, tmp_path / "2", plugin("2.0", mail=mail_file(subject="'Hello'")))
    upgrade(fork, "2.0")
    assert build(fork, tmp_path / "b").version == "2.0.0.0-p1"
    assert build(fork, tmp_path / "b", "1.0.0").version == "1.0.0.0-p1"


def test_a_build_is_read_with_plain_git(fork: Fork, tmp_path: Path) -> None:
    built = build(fork, tmp_path / "a")
    assert git_text(fork.directory, "tag", "--list", "build/*") == "build/1.0.0.0-p1"
    assert git(fork.directory, "rev-parse", "build/1.0.0.0-p1^") == git(fork.directory, "rev-parse", "carried/1.0.0")
    listed = git_text(fork.directory, "ls-tree", "-r", "--name-only", "build/1.0.0.0-p1").splitlines()
    with zipfile.ZipFile(built.output.zip) as archive:
        names = archive.namelist()
        assert {name.split("/")[0] for name in names} == {"tidy-forms"}
        assert sorted(name.removeprefix("tidy-forms/") for name in names) == sorted(listed)
        for name in listed:
            blob = git(fork.directory, "cat-file", "blob", f"build/1.0.0.0-p1:{name}")
            assert archive.read(f"tidy-forms/{name}") == blob
    assert json.loads(built.output.manifest.read_bytes())["build"] == "1.0.0.0-p1"
    record = fork.builds()[0]
    assert (record.version, record.base_version) == ("1.0.0.0-p1", "1.0.0")
    assert record.tree == git_text(fork.directory, "rev-parse", "build/1.0.0.0-p1^{tree}")
    assert record.fingerprint == json.loads(built.output.lock.read_bytes())["fingerprint"]
    assert fsck(fork.directory) == ""


def test_the_stack_knows_nothing_of_the_build(fork: Fork, tmp_path: Path) -> None:
    before = git(fork.directory, "ls-tree", "-r", "carried/1.0.0")
    build(fork, tmp_path / "a")
    assert git(fork.directory, "ls-tree", "-r", "carried/1.0.0") == before
    assert len(fork.stack("1.0.0")) == 1


def test_there_must_be_something_to_build(fork: Fork, tmp_path: Path) -> None:
    add_files(fork, tmp_path / "2", plugin("2.0.0", mail=mail_file(seconds=60)))
    with pytest.raises(ForkError, match=r"carries no patches on 2\.0\.0"):
        build(fork, tmp_path / "a", "2.0.0")
    upgrade(fork, "2.0.0")  # it landed
    with pytest.raises(ForkError, match=r"carries no patches on 2\.0\.0"):
        build(fork, tmp_path / "a")
    with pytest.raises(ForkError, match=r"has no release 9\.9"):
        build(fork, tmp_path / "a", "9.9")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("date", [b"99999999999999 +0000", b"1779271200 +9959"])
def test_a_day_that_no_calendar_has_is_told(fork: Fork, tmp_path: Path, date: bytes) -> None:
    (entry,) = fork.stack("1.0.0")
    commit = git(fork.directory, "cat-file", "commit", entry.commit)
    other = re.sub(rb"(?m)^(author .*>).*", rb"\1 " + date, commit)
    made = git(fork.directory, "hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=other)
    git(fork.directory, "update-ref", "refs/heads/carried/1.0.0", made.decode().strip())
    with pytest.raises(ForkError, match=f"{entry.patch.id}: .* no calendar has"):
        build(fork, tmp_path / "out")


def test_a_tag_of_others_beside_our_builds_does_no_harm(fork: Fork, tmp_path: Path) -> None:
    tree = fork.release("1.0.0").tree
    commit = git(fork.directory, "commit-tree", "-m", "By hand", tree).decode().strip()
    git(fork.directory, "update-ref", "refs/tags/build/by-hand", commit)
    assert build(fork, tmp_path / "a").version == "1.0.0.0-p1"
    assert {b.version: b.base_version for b in fork.builds()} == {"1.0.0.0-p1": "1.0.0", "by-hand": ""}


def test_a_release_that_came_again_is_built_under_the_vendors_version(fork: Fork, tmp_path: Path) -> None:
    build(fork, tmp_path / "a")
    add_files(fork, tmp_path / "2", plugin("1.0.0", readme=b"=== Tidy Forms ===\nAgain.\n"))
    assert [release.version for release in fork.releases()] == ["1.0.0", "1.0.0+r2"]
    upgrade(fork, "1.0.0+r2")
    again = build(fork, tmp_path / "b")
    assert (again.version, again.base_version) == ("1.0.0.0-p2", "1.0.0+r2")  # p1 is the first one's
    assert build(fork, tmp_path / "c", "1.0.0").version == "1.0.0.0-p1"
    assert build(fork, tmp_path / "d", "1.0.0+r2").version == "1.0.0.0-p2"


def test_releases_whose_builds_would_be_called_the_same_share_the_numbers(fork: Fork, tmp_path: Path) -> None:
    assert build(fork, tmp_path / "out").version == "1.0.0.0-p1"
    add_files(fork, tmp_path / "2", plugin("1.0.0.0"))
    upgrade(fork, "1.0.0.0")
    for version, called in (("1.0.0.0", "1.0.0.0-p2"), ("1.0.0.0", "1.0.0.0-p2"), ("1.0.0", "1.0.0.0-p1")):
        made = build(fork, tmp_path / "out", version)
        assert (made.version, made.base_version) == (called, version)


def test_what_was_heard_elsewhere_counts_as_a_release(fork: Fork, tmp_path: Path) -> None:
    heard = Maker(MAKER.agency, MAKER.update_uri, ("0.9", "1.0.0", "1.0.0.0.5", "1.1"))
    with pytest.raises(PlugwatchError, match=r"below 1\.0\.0\.0\.5, which the vendor has released"):
        build(fork, tmp_path / "a", maker=heard)
    assert fork.builds() == []
    made = build(fork, tmp_path / "a")  # a build that is out there already is made again whatever came since
    assert contents(build(fork, tmp_path / "b", maker=heard)) == contents(made)


def test_the_tag_holds_what_is_in_the_zip_and_its_sums_are_kept(fork: Fork, tmp_path: Path) -> None:
    build(fork, tmp_path / "a")
    (made,) = fork.builds()
    with zipfile.ZipFile(next((tmp_path / "a").glob("*.zip"))) as archive:
        packed = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    with fork.build_files(made.tree) as files:
        assert {path: file.read() for path, file in files.items()} == packed
    (kept,) = (fork.directory / "plugwatch-sums").iterdir()
    assert kept.name == made.tree
    assert tree_sums(fork.git, made.tree).sha256 == {
        path: hashlib.sha256(content).hexdigest() for path, content in packed.items()
    }
