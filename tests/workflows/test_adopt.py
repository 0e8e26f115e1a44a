"""What is put into a fork when something is adopted: once, whole, and under the ids that patches have already."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from adopting import commit, start_repository
from workbench import AGENCY, add_files, add_patch, git_text, mail_file, plugin, stamp, zip_files

from plugwatch.errors import ForkError, PlugwatchError
from plugwatch.forks.adopt import Wish, adopt_place, bring, open_source
from plugwatch.forks.adopt_source import find_location
from plugwatch.forks.fork import Fork, ForkStore
from plugwatch.model.adoption import Oddity, PullRequest, link_pull_requests
from plugwatch.model.component import Component
from plugwatch.model.operation import Operation
from plugwatch.workflows import adopt as workflow

TIDY = Component("plugin", "tidy-forms")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Release 1.0.0 with one patch on it; the vendor's ZIPs lie beside it."""
    for version in ("1.0.0", "2.0.0"):
        zip_files(tmp_path / f"{version}.zip", plugin(version))
    folder = start_repository(tmp_path / "tidy-forms")
    commit(folder, plugin("1.0.0"), "Import")
    commit(folder, {"includes/mail.php": mail_file(seconds=60)}, "Wait a minute\n\nSlow.")
    return folder


@pytest.fixture
def fork(tmp_path: Path) -> Fork:
    """An empty fork."""
    return ForkStore(tmp_path / "forks").create(TIDY)


def adopt(repository: Path, fork: Fork, **changes: Any) -> tuple[workflow.Placement, Operation | None]:
    """``fork adopt`` on the fork alone."""
    zips = tuple(sorted(repository.parent.glob("*.zip")))
    with open_source(find_location(str(repository)), None, None) as opened:
        adoption = adopt_place(opened, opened.places[0], fork, (), Wish(AGENCY, "1779278400 +0200", zips))
        adoption = link_pull_requests(replace(adoption, **changes), changes.pop("pulls", ()))
        with fork.writing("fork adopt"):
            bring(opened.git, adoption, fork)
            placement, operation = workflow.adopt(fork, adoption, randomness=lambda: os.urandom(8), stamp=stamp())
            if operation:
                fork.commit(operation)
    return placement, operation


def test_one_operation_holds_all(repository: Path, fork: Fork) -> None:
    placement, operation = adopt(repository, fork)
    assert operation is not None
    (release,) = fork.releases()
    (entry,) = fork.stack("1.0.0")
    assert (placement.status, placement.ids, placement.release) == ("would-adopt", (entry.patch.id,), release)
    assert operation.command == "fork adopt"
    assert {change.name: (change.old, change.new) for change in operation.refs} == {
        "refs/tags/upstream/1.0.0": (None, release.commit),
        "refs/heads/upstream": (None, release.commit),
        "refs/heads/carried/1.0.0": (None, entry.commit),
    }
    assert operation.rows["patches"] == [
        {"id": entry.patch.id, "title": "Wait a minute", "origin": "1.0.0", "incident": None}
    ]
    assert operation.rows["stacks"] == [{"version": "1.0.0", "patches": [entry.patch.id]}]
    (row,) = operation.rows["releases"]
    assert (row["version"], row["commit"], row["files"]) == ("1.0.0", release.commit, 3)
    assert row["source"].endswith("1.0.0.zip")
    assert (entry.patch.why, entry.patch.author.name, entry.patch.source) == ("Slow.", "Kim Holt", None)


def test_the_release_is_the_one_that_everybody_has(tmp_path: Path, repository: Path, fork: Fork) -> None:
    adopt(repository, fork)
    other = ForkStore(tmp_path / "other").create(TIDY)
    assert add_files(other, tmp_path / "1", plugin("1.0.0")) == fork.releases()[0]


def test_again_adds_nothing_and_later_commits_go_on_top(repository: Path, fork: Fork) -> None:
    first, _operation = adopt(repository, fork)
    refs = fork.refs()
    again, operation = adopt(repository, fork)
    assert (again.status, again.ids, operation) == ("adopted-already", first.ids, None)
    assert fork.refs() == refs
    commit(repository, {"readme.txt": b"ours\n"}, "Ours")
    grown, operation = adopt(repository, fork)
    assert operation is not None
    assert [entry.patch.title for entry in fork.stack("1.0.0")] == ["Wait a minute", "Ours"]
    assert grown.ids[0] == first.ids[0]
    assert operation.rows["stacks"] == [{"version": "1.0.0", "patches": list(grown.ids)}]
    assert "releases" not in operation.rows


def test_what_was_added_since_does_not_hide_what_is_there(tmp_path: Path, repository: Path, fork: Fork) -> None:
    adopt(repository, fork)
    add_patch(fork, tmp_path / "e", plugin(mail=mail_file(seconds=60), readme=b"more\n"), "More")
    assert adopt(repository, fork)[0].status == "adopted-already"


def test_a_patch_that_is_there_keeps_its_own_title(tmp_path: Path, repository: Path, fork: Fork) -> None:
    add_files(fork, tmp_path / "1", plugin("1.0.0"))
    mine = add_patch(fork, tmp_path / "e", plugin(mail=mail_file(seconds=60)), "Mine")
    assert adopt(repository, fork)[0].carried == (mine,)


def test_other_patches_on_the_release_are_never_replaced(tmp_path: Path, repository: Path, fork: Fork) -> None:
    add_files(fork, tmp_path / "1", plugin("1.0.0"))
    add_patch(fork, tmp_path / "e", plugin(readme=b"other\n"), "Other")
    refs = fork.refs()
    with pytest.raises(ForkError, match=r"carries other patches on 1\.0\.0 already; take single changes with"):
        adopt(repository, fork)
    assert fork.refs() == refs


def test_a_patch_keeps_its_id_on_the_next_release(repository: Path, fork: Fork) -> None:
    first, _operation = adopt(repository, fork)
    commit(repository, {"readme.txt": b"ours\n"}, "Ours")
    adopt(repository, fork)
    commit(repository, plugin("2.0.0", mail=mail_file(seconds=60), readme=b"ours\n"), "Update")
    later, operation = adopt(repository, fork)
    assert operation is not None
    assert [release.version for release in fork.releases()] == ["1.0.0", "2.0.0"]
    assert later.ids == tuple(entry.patch.id for entry in fork.stack("1.0.0"))
    assert [entry.patch.origin for entry in fork.stack("2.0.0")] == ["2.0.0", "2.0.0"]
    assert fork.refs()["refs/heads/upstream"] == fork.release("2.0.0").commit
    assert first.ids[0] == later.ids[0]


def test_the_same_version_with_other_bytes_is_kept_beside_the_first(
    tmp_path: Path, repository: Path, fork: Fork
) -> None:
    add_files(fork, tmp_path / "1", plugin("1.0.0", readme=b"another\n"))
    told = "plugin/tidy-forms 1.0.0 came with other bytes than before"
    unpatched, _operation = adopt(repository, fork, patches=())
    assert unpatched.alarm == told
    first, _operation = adopt(repository, fork)
    assert first.alarm == f"{told}; kept beside the first as 1.0.0+r2"
    again, _operation = adopt(repository, fork)
    assert (again.status, again.alarm) == ("adopted-already", None)
    assert [release.version for release in fork.releases()] == ["1.0.0", "1.0.0+r2"]
    assert [entry.patch.origin for entry in fork.stack("1.0.0+r2")] == ["1.0.0+r2"]
    assert fork.stack("1.0.0") == []


def test_nothing_is_written_while_a_file_is_unexplained(repository: Path, fork: Fork) -> None:
    with pytest.raises(ForkError, match=r"1 file belongs to no patch, so nothing was written.* --leave-out PATH or"):
        adopt(repository, fork, unexplained=(Oddity("x.log", "a log"),))
    with pytest.raises(ForkError, match=r"2 files belong .* say --leave-out PATH$"):
        adopt(repository, fork, unexplained=(Oddity("a", "a link", False), Oddity("b", "a link", False)))
    assert fork.refs() == {}


def test_an_unpatched_component_needs_no_fork(repository: Path, fork: Fork) -> None:
    placement, operation = adopt(repository, fork, patches=())
    assert (placement.status, operation, fork.refs()) == ("unpatched", None, {})


def test_pull_requests_are_kept_with_their_patches(repository: Path, fork: Fork) -> None:
    head = git_text(repository, "rev-parse", "HEAD")
    zips = tuple(sorted(repository.parent.glob("*.zip")))
    pull = PullRequest("https://git.example/o/r/pull/3", "fix", "Wait", (head,))
    with open_source(find_location(str(repository)), None, None) as opened:
        adoption = adopt_place(opened, opened.places[0], fork, (), Wish(AGENCY, "1 +0000", zips))
        linked = link_pull_requests(adoption, [pull])
        with fork.writing("fork adopt"):
            bring(opened.git, linked, fork)
            _placement, operation = workflow.adopt(fork, linked, randomness=lambda: os.urandom(8), stamp=stamp())
            assert operation is not None
            fork.commit(operation)
    assert fork.stack("1.0.0")[0].patch.source == "https://git.example/o/r/pull/3"


def test_a_title_is_one_line(repository: Path, fork: Fork) -> None:
    commit(repository, {"readme.txt": b"ours\n"}, "\x1b[31mRed\x07 alarm\x00"[:-1])
    adopt(repository, fork)
    assert [entry.patch.title for entry in fork.stack("1.0.0")][1] == "[31mRed alarm"
    with pytest.raises(PlugwatchError):
        fork.release("9")
