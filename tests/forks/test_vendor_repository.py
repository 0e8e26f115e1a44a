"""The vendor's own repository as we keep it: what is fetched of it, and what is pushed to our copy of it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from peers.git_http import TOKEN, USER, GitServer
from workbench import fsck, git, git_text, snapshot, write_files

from plugwatch.errors import BusyError, ForkError
from plugwatch.forks.fork import ForkStore
from plugwatch.forks.lock import locked
from plugwatch.forks.remotes import Login, LostLeaseError, UnreachableError
from plugwatch.forks.vendor_remote import RefusedError
from plugwatch.forks.vendor_repository import Snapshot, VendorRepository, find_tag
from plugwatch.model.git_remote import parse_remote

WHO = "Agency <dev@agency.example> 1779278400 +0200"


class Host(GitServer):
    """A host with the vendor's repository ``vendor/tidy``, our copy of it ``ours/tidy``, and where the vendor works."""

    @property
    def work(self) -> Path:
        """The vendor's work tree."""
        return self.folder.parent / "work"

    @property
    def vendor(self) -> Path:
        """The vendor's repository, as the host has it."""
        return self.folder / "vendor/tidy.git"

    @property
    def ours(self) -> Path:
        """Our copy of it."""
        return self.folder / "ours/tidy.git"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders of a host, to be copied; three commits are in the vendor's repository."""
    folder = tmp_path_factory.mktemp("host")
    host = Host(folder / "hub")
    (host.folder / "vendor").mkdir(parents=True)
    git(host.create("vendor/tidy"), "config", "uploadpack.allowFilter", "true")
    git(host.vendor, "symbolic-ref", "HEAD", "refs/heads/trunk")
    git(write_files(host.work, {}), "init", "--quiet", "--initial-branch=trunk")
    for number in range(3):
        commit(host, {"a.php": f"<?php // {number}\n".encode(), "big.txt": b"x" * 5000 + b"%d" % number})
    git(host.folder, "clone", "--quiet", "--bare", "vendor/tidy.git", "ours/tidy.git")
    git(host.ours, "config", "http.receivepack", "true")
    return folder


@pytest.fixture
def server(prepared: Path, tmp_path: Path) -> Iterator[Host]:
    """A host of this test's own."""
    for part in ("hub", "work"):
        shutil.copytree(prepared / part, tmp_path / part, symlinks=True)
    host = Host(tmp_path / "hub")
    with host.running():
        yield host


def commit(server: Host, files: dict[str, bytes], branch: str = "trunk") -> str:
    """One more commit of the vendor's, on its server."""
    write_files(server.work, files)
    git(server.work, "add", "--all")
    git(server.work, "commit", "--quiet", "--allow-empty", "--message=Work")
    git(server.work, "push", "--quiet", "--force", str(server.vendor), f"HEAD:refs/heads/{branch}")
    return git_text(server.work, "rev-parse", "HEAD")


def login(server: Host, token: str = TOKEN) -> Login:
    return Login(USER, token, parse_remote(server.address("x")).origin)


def mirror(server: Host, folder: Path) -> VendorRepository:
    return VendorRepository(folder / "forks", server.address("vendor/tidy"), login(server))


def make_commit(vendor: VendorRepository, there: Snapshot, content: bytes = b"<?php // ours\n") -> str:
    """A commit on the tip that changes one file; only folders of the tip are read."""
    blob = vendor.git.write_object("blob", content)
    rows = vendor.git.text("ls-tree", there.tip).splitlines()
    rows = [f"100644 blob {blob}\ta.php" if row.endswith("\ta.php") else row for row in rows]
    tree = vendor.git.text("mktree", "--missing", stdin="".join(f"{row}\n" for row in rows).encode())
    text = f"tree {tree}\nparent {there.tip}\nauthor {WHO}\ncommitter {WHO}\n\nOurs\n"
    return vendor.git.write_object("commit", text.encode())


def bad_commit(server: Host) -> str:
    """A commit on the vendor's server whose tree leads out of its folder."""
    blob = git(server.vendor, "hash-object", "-w", "--stdin", stdin=b"x").decode().strip()
    raw = b"100644 ..\0" + bytes.fromhex(blob)
    tree = git(server.vendor, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=raw).decode().strip()
    return git_text(server.vendor, "commit-tree", tree, "-m", "bad")


def missing(vendor: VendorRepository, tip: str) -> int:
    """How many of the files at a commit are not here."""
    return git_text(vendor.directory, "rev-list", "--objects", "--missing=print", tip).count("\n?")


# What is fetched


def test_only_the_newest_commit_is_fetched_and_files_when_they_are_asked_for(server: Host, tmp_path: Path) -> None:
    vendor = mirror(server, tmp_path)
    there = vendor.fetch()
    assert (there.branch, there.tip) == ("trunk", git_text(server.vendor, "rev-parse", "trunk"))
    assert vendor.directory.relative_to(tmp_path).as_posix() == (
        f"forks/vendors/{server.url.removeprefix('http://').replace(':', '+')}/vendor/tidy.git"
    )
    assert git_text(vendor.directory, "rev-list", "--count", there.tip) == "1"
    assert missing(vendor, there.tip) == 2
    files = vendor.files(there.tip)
    vendor.bring([files["a.php"].blob])
    assert missing(vendor, there.tip) == 1
    assert vendor.git.blob(files["a.php"].blob) == b"<?php // 2\n"
    asked = len(server.asked)
    vendor.bring([files["a.php"].blob])
    assert len(server.asked) == asked


def test_a_server_that_leaves_nothing_out_is_read_all_the_same(server: Host, tmp_path: Path) -> None:
    git(server.vendor, "config", "uploadpack.allowFilter", "false")
    vendor = mirror(server, tmp_path)
    there = vendor.fetch()
    assert missing(vendor, there.tip) == 0
    assert git_text(vendor.directory, "rev-list", "--count", there.tip) == "1"


def test_tags_and_pull_requests_are_fetched_on_demand_and_the_moved_default_branch(
    server: Host, tmp_path: Path
) -> None:
    there = server.vendor
    git(there, "tag", "-a", "-m", "1.2.3", "v1.2.3", "trunk~1")
    git(there, "update-ref", "refs/pull/7/head", "trunk~2")
    vendor = mirror(server, tmp_path)
    seen = vendor.fetch(["refs/pull/7/head", "refs/pull/8/head"], version="1.2.3")
    assert seen.tag == git_text(there, "rev-parse", "trunk~1")
    assert seen.refs == {"refs/pull/7/head": git_text(there, "rev-parse", "trunk~2")}
    assert vendor.fetch(version="9.9").tag is None
    tip = commit(server, {"a.php": b"<?php // main\n"}, "main")
    git(there, "symbolic-ref", "HEAD", "refs/heads/main")
    moved = vendor.fetch()
    assert (moved.branch, moved.tip, moved.branches) == ("main", tip, {"main", "trunk"})


def test_a_history_that_was_rewritten_is_followed(server: Host, tmp_path: Path) -> None:
    vendor = mirror(server, tmp_path)
    vendor.fetch()
    git(server.work, "reset", "--quiet", "--hard", "HEAD~2")
    tip = commit(server, {"a.php": b"<?php // again\n"})
    assert vendor.fetch().tip == tip


def test_links_and_submodules_are_no_files(server: Host, tmp_path: Path) -> None:
    (server.work / "link.php").symlink_to("/etc/passwd")
    head = git_text(server.work, "rev-parse", "HEAD")
    git(server.work, "update-index", "--add", "--cacheinfo", f"160000,{head},sub")
    commit(server, {})
    vendor = mirror(server, tmp_path)
    assert vendor.files(vendor.fetch().tip).keys() == {"a.php", "big.txt"}


def test_an_empty_repository_is_told(server: Host, tmp_path: Path) -> None:
    server.create("vendor/empty")
    vendor = VendorRepository(tmp_path / "forks", server.address("vendor/empty"), login(server))
    with pytest.raises(ForkError, match="vendor/empty has no commit on its default branch"):
        vendor.fetch()


def test_what_is_not_sound_is_not_taken(server: Host, tmp_path: Path) -> None:
    git(server.vendor, "update-ref", "refs/heads/trunk", bad_commit(server))
    with pytest.raises(ForkError, match="sends what is not sound"):
        mirror(server, tmp_path).fetch()


def test_a_pull_request_that_is_not_sound_stops_no_other(server: Host, tmp_path: Path) -> None:
    bad = bad_commit(server)
    git(server.vendor, "update-ref", "refs/pull/6/head", bad)
    git(server.vendor, "update-ref", "refs/pull/7/head", "trunk~1")
    refs = [f"refs/pull/{number}/head" for number in (6, 7, 8)]
    there = mirror(server, tmp_path).fetch(refs)
    assert list(there.refs) == ["refs/pull/7/head"]
    assert there.refused == ("refs/pull/6/head",)


def test_what_old_tools_wrote_is_taken(server: Host, tmp_path: Path) -> None:
    tree = git_text(server.vendor, "rev-parse", "trunk^{tree}")
    text = f"tree {tree}\nauthor Old Tool <> 1100000000 +051800\ncommitter Old Tool <> 1100000000 +051800\n\nOld\n"
    old = git(server.vendor, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=text.encode())
    git(server.vendor, "update-ref", "refs/heads/trunk", old.decode().strip())
    assert mirror(server, tmp_path).fetch().tip == old.decode().strip()


def test_who_may_not_read_is_told_so(server: Host, tmp_path: Path) -> None:
    vendor = VendorRepository(tmp_path / "forks", server.address("vendor/tidy"))
    with pytest.raises(RefusedError, match=r"no repository at .* that everybody may read; .* set PLUGWATCH_GITHUB_TOK"):
        vendor.fetch()


def test_the_mirror_is_no_fork_and_no_list_of_forks_has_it(server: Host, tmp_path: Path) -> None:
    mirror(server, tmp_path).fetch()
    assert ForkStore(tmp_path / "forks").components() == []


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/Tidy/Forms",
        "https://github.com/tidy/forms.git",
        "ssh://git@github.com/tidy/forms.git",
        "git@github.com:tidy/forms.git",
    ],
)
def test_every_address_of_a_repository_has_one_place(address: str, tmp_path: Path) -> None:
    vendor = VendorRepository(tmp_path, address)
    assert vendor.directory == tmp_path / "vendors/github.com/tidy/forms.git"
    assert vendor.name.lower() == "tidy/forms"


@pytest.mark.parametrize(
    "address", ["https://git.example/../../etc/x", "https://git.example/.a/%2e%2e/x", "/srv/../x y.git"]
)
def test_no_address_leads_out_of_the_folder(address: str, tmp_path: Path) -> None:
    place = VendorRepository(tmp_path, address).directory.relative_to(tmp_path / "vendors")
    assert not [part for part in place.parts if part.startswith(".")]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["1.2.3", "1.2.30"], "1.2.3"),
        (["v1.2.3"], "v1.2.3"),
        (["tidy-forms/1.2.3", "other/1.2.3"], "tidy-forms/1.2.3"),
        (["tidy_forms-v1.2.3"], "tidy_forms-v1.2.3"),
        (["other/1.2.3", "another/1.2.3"], None),
        (["release-1.2.3"], "release-1.2.3"),
        (["11.2.3", "1.2.3.4", "2.1.2.3"], None),
    ],
)
def test_the_tag_of_a_release(names: list[str], found: str | None) -> None:
    refs = [f"refs/tags/{name}" for name in names]
    for version in ("1.2.3", "1.2.3+r2"):  # shipped again with other bytes
        assert find_tag(version, refs, "tidy-forms") == (found and f"refs/tags/{found}")


# What is pushed


def test_a_commit_is_pushed_to_our_copy_without_what_was_left_out(server: Host, tmp_path: Path) -> None:
    vendor = mirror(server, tmp_path)
    done = make_commit(vendor, vendor.fetch())
    ours = server.address("ours/tidy")
    assert vendor.tip_of(ours, "fix/a", login(server)) is None
    assert vendor.push(done, ours, "fix/a", seen=None, login=login(server)) == done
    assert vendor.tip_of(ours, "fix/a", login(server)) == done
    assert not fsck(server.ours)
    assert (vendor.directory / "shallow").exists()


def test_a_second_push_changes_nothing_and_a_reworked_commit_takes_the_place(server: Host, tmp_path: Path) -> None:
    vendor = mirror(server, tmp_path)
    there, ours = vendor.fetch(), server.address("ours/tidy")
    first, second = make_commit(vendor, there), make_commit(vendor, there, b"<?php // better\n")
    for seen in (None, "1" * 40):  # whatever we believe: it is there
        vendor.push(first, ours, "fix/a", seen=None, login=login(server))
        assert vendor.push(first, ours, "fix/a", seen=seen, login=login(server)) == first
    pushes = [asked for asked in server.asked if asked.method == "POST" and asked.path.endswith("git-receive-pack")]
    assert len(pushes) == 1
    vendor.push(second, ours, "fix/a", seen=first, login=login(server))
    assert vendor.tip_of(ours, "fix/a", login(server)) == second


def test_what_somebody_else_has_pushed_is_not_overwritten(server: Host, tmp_path: Path) -> None:
    vendor = mirror(server, tmp_path)
    there, ours = vendor.fetch(), server.address("ours/tidy")
    done = make_commit(vendor, there)
    git(server.ours, "update-ref", "refs/heads/fix/a", "trunk~1")
    for seen in (None, there.tip):
        with pytest.raises(LostLeaseError, match="the branch has moved since we last saw it"):
            vendor.push(done, ours, "fix/a", seen=seen, login=login(server))
    assert git_text(server.ours, "rev-parse", "fix/a") != done


def test_a_copy_that_is_behind_gets_the_history_that_it_lacks(server: Host, tmp_path: Path) -> None:
    for number in range(3, 6):
        tip = commit(server, {"a.php": b"<?php // %d\n" % number, f"new-{number}.txt": b"new"})
    vendor = mirror(server, tmp_path)
    there = vendor.fetch()
    assert there.tip == tip
    done = make_commit(vendor, there)
    vendor.push(done, server.address("ours/tidy"), "fix/a", seen=None, login=login(server))
    path = server.ours
    assert git_text(path, "rev-list", "--count", "fix/a") == "7"
    assert not fsck(path)
    newer = commit(server, {"a.php": b"<?php // 9\n"})
    assert vendor.fetch().tip == newer
    assert git_text(vendor.directory, "rev-list", "--count", newer) == "7"


def test_a_folder_of_this_machine_is_a_repository_too(server: Host, tmp_path: Path) -> None:
    vendor = VendorRepository(tmp_path / "forks", str(server.vendor))
    done = make_commit(vendor, vendor.fetch())
    hook = server.ours / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
    hook.chmod(0o755)
    vendor.push(done, str(server.ours), "fix/a", seen=None)
    assert not (tmp_path / "ran").exists()


def test_a_push_goes_by_ssh_as_well(server: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = write_files(tmp_path / "bin", {"ssh": b'#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n'}) / "ssh"
    program.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    vendor = mirror(server, tmp_path)
    done = make_commit(vendor, vendor.fetch())
    vendor.push(done, f"git@git.example:{server.ours}", "fix/a", seen=None)
    assert git_text(server.ours, "rev-parse", "fix/a") == done


def test_a_token_is_nowhere_but_in_the_request(server: Host, tmp_path: Path) -> None:
    vendor = mirror(server, tmp_path)
    done = make_commit(vendor, vendor.fetch())
    vendor.push(done, server.address("ours/tidy"), "fix/a", seen=None, login=login(server))
    assert any(asked.authorization for asked in server.asked)
    for path, content in snapshot(vendor.directory).items():
        assert TOKEN not in path
        assert TOKEN.encode() not in (content or b"")
    assert TOKEN not in repr(vendor.__dict__)
    server.fault = 403
    with pytest.raises(ForkError) as caught:
        vendor.fetch()
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (401, r"does not take the login; set PLUGWATCH_GITHUB_TOKEN to a token that is still good"),
        (403, r"refuses \(403\): this login may not do that there"),
        (404, r"there is no repository at .*ours/tidy\.git, or none that you may see; it may have been deleted"),
    ],
)
def test_each_refusal_is_one_sentence(fault: int, sentence: str, server: Host, tmp_path: Path) -> None:
    vendor = mirror(server, tmp_path)
    done = make_commit(vendor, vendor.fetch())
    server.fault = fault
    with pytest.raises(RefusedError, match=sentence):
        vendor.push(done, server.address("ours/tidy"), "fix/a", seen=None, login=login(server))
    with pytest.raises(RefusedError):
        vendor.fetch()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("ERROR: This repository was archived so it is read-only.", "is archived, so nothing can be pushed there"),
        ("error: GH006: Protected branch update failed for refs/heads/fix/a.", "protects this branch"),
        (
            "refusing to allow a Personal Access Token to create or update workflow `ci.yml` without `workflow` scope",
            "press 'Sync fork' there",
        ),
    ],
)
def test_what_a_host_says_of_a_push_is_understood(said: str, sentence: str, server: Host, tmp_path: Path) -> None:
    vendor = mirror(server, tmp_path)
    done = make_commit(vendor, vendor.fetch())
    hook = server.ours / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{said}\nEND\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(RefusedError, match=sentence):
        vendor.push(done, server.address("ours/tidy"), "fix/a", seen=None, login=login(server))


def test_a_branch_that_stands_in_the_way_is_told(server: Host, tmp_path: Path) -> None:
    vendor = mirror(server, tmp_path)
    done = make_commit(vendor, vendor.fetch())
    git(server.ours, "update-ref", "refs/heads/fix", "trunk")
    with pytest.raises(RefusedError, match="has a branch whose name stands in the way"):
        vendor.push(done, server.address("ours/tidy"), "fix/a", seen=None, login=login(server))


def test_silence_is_unknown_and_leaves_the_mirror_whole(server: Host, tmp_path: Path) -> None:
    vendor = mirror(server, tmp_path)
    there = vendor.fetch()
    server.fault = 500
    with pytest.raises(UnreachableError, match="could not be asked"):
        vendor.fetch()
    server.fault = None
    assert vendor.fetch() == there


def test_one_at_a_time_and_what_a_killed_git_left_is_cleared(
    server: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = mirror(server, tmp_path)
    vendor.fetch()
    monkeypatch.setattr("plugwatch.forks.lock.WAIT", 0.05)
    with locked(vendor.directory / "plugwatch.lock", "somebody else"), pytest.raises(BusyError, match="somebody else"):
        vendor.fetch()
    (vendor.directory / "shallow.lock").write_bytes(b"")
    (vendor.directory / "refs/vendor/refs%2Fheads%2Ftrunk.lock").write_bytes(b"")
    tip = commit(server, {"a.php": b"<?php // 9\n"})
    assert vendor.fetch().tip == tip


def test_the_mirror_can_be_thrown_away(server: Host, tmp_path: Path) -> None:
    vendor = mirror(server, tmp_path)
    there = vendor.fetch()
    shutil.rmtree(vendor.directory)
    assert vendor.fetch() == there
