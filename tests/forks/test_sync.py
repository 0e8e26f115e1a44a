"""What a remote sends is hostile until it was looked at; git itself keeps secrets and options where they belong."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from workbench import add_files, add_patch, environment, fsck, git, git_text, mail_file, plugin, public_refs

from plugwatch.errors import ForkError
from plugwatch.forks.fork import Fork, ForkStore
from plugwatch.forks.remotes import Login, LostLeaseError, RemoteGit, UnreachableError
from plugwatch.forks.sync import Exchange
from plugwatch.model.component import Component
from plugwatch.model.fork import Release
from plugwatch.model.git_remote import parse_remote
from plugwatch.model.operation import RefChange

TIDY = Component("plugin", "tidy-forms")
WHO = "plugwatch <plugwatch@plugwatch.invalid> 946684800 +0000"
SEEN = "author Ana <ana@fernhill.example> 1779278400 +0200\ncommitter Ana <ana@fernhill.example> 1779278400 +0200"


@pytest.fixture
def theirs(carrying: Fork, tmp_path: Path) -> Path:
    """A remote that is a copy of a fork with release 1.0.0, a patch on it, and all that is private to it."""
    return Path(shutil.copytree(carrying.directory, tmp_path / "remote.git"))


def exchange(fork: Fork, theirs: Path) -> Exchange:
    """The fork and a remote in a folder."""
    return Exchange(fork, parse_remote(str(theirs)), None)


def commit(theirs: Path, tree: str, message: str, *parents: str, who: str = f"author {WHO}\ncommitter {WHO}") -> str:
    """Any commit at all."""
    lines = "".join(f"parent {parent}\n" for parent in parents)
    return write(theirs, "commit", f"tree {tree}\n{lines}{who}\n\n{message}".encode())


def write(theirs: Path, kind: str, content: bytes) -> str:
    """Any object at all, sound or not."""
    return git(theirs, "hash-object", "-t", kind, "-w", "--stdin", "--literally", stdin=content).decode().strip()


def tree(theirs: Path, *entries: tuple[str, str, bytes]) -> str:
    """A tree of (mode, object, name) as it stands."""
    return write(theirs, "tree", b"".join(m.encode() + b" " + n + b"\0" + bytes.fromhex(o) for m, o, n in entries))


def point(theirs: Path, ref: str, oid: str) -> None:
    """Put a ref where git itself would not let it be."""
    path = theirs / ref
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{oid}\n")


def release(theirs: Path, content: str, version: str = "9.0.0", *, component: str = "plugin/tidy-forms") -> str:
    """A release by construction, whatever its tree; its commit."""
    made = commit(theirs, content, f"{component} {version}\n")
    point(theirs, f"refs/tags/upstream/{version}", made)
    return made


def stacked(theirs: Path, message: str, *parents: str, content: str = "carried/1.0.0^{tree}", seen: str = SEEN) -> None:
    """The stack on 1.0.0 becomes one commit."""
    base = parents or (git_text(theirs, "rev-parse", "upstream/1.0.0"),)
    point(
        theirs,
        "refs/heads/carried/1.0.0",
        commit(theirs, git_text(theirs, "rev-parse", content), message, *base, who=seen),
    )


def blob(theirs: Path) -> str:
    return write(theirs, "blob", b"<?php\n")


def bomb(theirs: Path) -> str:
    """A tree of ten billion files in eleven small objects."""
    below = tree(theirs, *(("100644", blob(theirs), b"f%d.php" % n) for n in range(10)))
    for _ in range(9):
        below = tree(theirs, *(("40000", below, b"d%d" % n) for n in range(10)))
    return below


def hostile_tree(make: Callable[[Path], str]) -> Callable[[Path], object]:
    return lambda theirs: release(theirs, make(theirs))


PATCH = "Wait\n\nPlugwatch-Patch: pw-aaaaaaaaaa\nPlugwatch-Origin: 1.0.0\n"
OTHER = PATCH.replace("pw-a", "pw-b")
HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "symlink": (
        hostile_tree(lambda t: tree(t, ("120000", write(t, "blob", b"/etc/passwd"), b"a.php"))),
        "no plain file",
    ),
    "submodule": (hostile_tree(lambda t: tree(t, ("160000", "1" * 40, b"lib"))), "no plain file"),
    "dot-dot": (hostile_tree(lambda t: tree(t, ("40000", tree(t, ("100644", blob(t), b"x")), b".."))), "not sound"),
    "dot-git": (
        hostile_tree(lambda t: tree(t, ("40000", tree(t, ("100644", blob(t), b"config")), b".git"))),
        "not sound",
    ),
    "git~1": (hostile_tree(lambda t: tree(t, ("100644", blob(t), b"GIT~1"))), "not sound"),
    "slash": (hostile_tree(lambda t: tree(t, ("100644", blob(t), b"../x.php"))), "not sound"),
    "backslash": (hostile_tree(lambda t: tree(t, ("100644", blob(t), b"..\\x.php"))), "backslash"),
    "control": (hostile_tree(lambda t: tree(t, ("100644", blob(t), b"a\x1b[2J.php"))), "control characters"),
    "no-utf-8": (hostile_tree(lambda t: tree(t, ("100644", blob(t), b"\xff.php"))), "broken text"),
    "case": (
        hostile_tree(lambda t: tree(t, ("100644", blob(t), b"A.php"), ("100644", blob(t), b"a.php"))),
        "only in case",
    ),
    "mode": (hostile_tree(lambda t: tree(t, ("100664", blob(t), b"a.php"))), "not sound"),
    "bomb": (hostile_tree(bomb), "more than 50,000 files"),
    "release-of-another": (
        lambda t: release(t, git_text(t, "rev-parse", "upstream/1.0.0^{tree}"), component="plugin/other"),
        "is not plugin/tidy-forms 9.0.0",
    ),
    "release-with-parent": (
        lambda t: point(
            t,
            "refs/tags/upstream/9.0.0",
            commit(
                t,
                git_text(t, "rev-parse", "upstream^{tree}"),
                "plugin/tidy-forms 9.0.0\n",
                git_text(t, "rev-parse", "upstream"),
            ),
        ),
        "as importing a release makes it",
    ),
    "release-by-somebody": (
        lambda t: point(
            t,
            "refs/tags/upstream/9.0.0",
            commit(t, git_text(t, "rev-parse", "upstream^{tree}"), "plugin/tidy-forms 9.0.0\n", who=SEEN),
        ),
        "as importing a release makes it",
    ),
    "our-stack-as-release": (
        lambda t: point(t, "refs/tags/upstream/9.0.0", git_text(t, "rev-parse", "carried/1.0.0")),
        "as importing a release makes it",
    ),
    "annotated-tag": (
        lambda t: git(t, "tag", "-a", "-m", "x", "upstream/9.0.0", "upstream/1.0.0"),
        "is a tag, not a commit",
    ),
    "blob-as-release": (lambda t: point(t, "refs/tags/upstream/9.0.0", blob(t)), "is a blob, not a commit"),
    "no-version": (
        lambda t: release(t, git_text(t, "rev-parse", "upstream^{tree}"), "beta"),
        "is no version",
    ),
    "a-name-that-is-cleaned": (
        lambda t: release(t, git_text(t, "rev-parse", "upstream^{tree}"), "9.0.0-"),
        "upstream/9.0.0- is no name of a release",
    ),
    "wrong-head": (
        lambda t: point(
            t, "refs/heads/upstream", commit(t, git_text(t, "rev-parse", "upstream^{tree}"), "Init\n", who=SEEN)
        ),
        "is it the right repository?",
    ),
    "stack-without-release": (
        lambda t: point(t, "refs/heads/carried/9.0.0", git_text(t, "rev-parse", "carried/1.0.0")),
        "stands on no release",
    ),
    "stack-elsewhere": (
        lambda t: point(
            t, "refs/heads/carried/1.0.0", commit(t, git_text(t, "rev-parse", "upstream^{tree}"), PATCH, who=SEEN)
        ),
        "no line of patches",
    ),
    "no-trailer": (lambda t: stacked(t, "Wait\n"), "no Plugwatch-Patch line"),
    "two-ids": (lambda t: stacked(t, PATCH + "Plugwatch-Patch: pw-cccccccccc\n"), "no Plugwatch-Patch line"),
    "merge": (
        lambda t: stacked(t, PATCH, git_text(t, "rev-parse", "carried/1.0.0"), git_text(t, "rev-parse", "upstream")),
        "no line of patches",
    ),
    "patch-twice": (
        lambda t: stacked(
            t,
            git_text(t, "log", "-1", "--format=%B", "carried/1.0.0") + "\n",
            git_text(t, "rev-parse", "carried/1.0.0"),
        ),
        "a patch twice",
    ),
    "no-title": (lambda t: stacked(t, "\n" + PATCH), "has no title"),
    "control-title": (lambda t: stacked(t, PATCH.replace("Wait", "Wa\x1b]0;it")), "control characters"),
    "year-million": (
        lambda t: stacked(t, PATCH, seen=SEEN.replace("1779278400", "99999999999999")),
        "no calendar knows",
    ),
    "zone": (lambda t: stacked(t, PATCH, seen=SEEN.replace("+0200", "+9900")), "no calendar knows"),
    "no-author": (lambda t: stacked(t, PATCH, seen=SEEN.split("\n")[1]), "not sound"),
    "patch-with-link": (
        lambda t: stacked(t, OTHER, content=tree(t, ("120000", blob(t), b"a.php"))),
        "no plain file",
    ),
    "build-of-nothing": (
        lambda t: point(t, "refs/tags/build/1.0.0.0-p1", git_text(t, "rev-parse", "carried/1.0.0")),
        "no build",
    ),
    "resolutions-with-link": (
        lambda t: point(t, "refs/plugwatch/resolutions", commit(t, tree(t, ("120000", blob(t), b"a")), "x\n")),
        "no plain file",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_what_it_should_be_is_refused_and_nothing_moves(name: str, carrying: Fork, theirs: Path) -> None:
    change, sentence = HOSTILE[name]
    change(theirs)
    refs, objects = carrying.refs(), git_text(carrying.directory, "count-objects", "-v")
    partner = exchange(carrying, theirs)
    there = partner.list_refs()
    with pytest.raises(ForkError) as caught, partner.fetched(there) as arrivals:
        arrivals.keep()
    assert sentence in str(caught.value)
    assert str(theirs) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (carrying.refs(), git_text(carrying.directory, "count-objects", "-v")) == (refs, objects)


@pytest.mark.parametrize(
    ("limit", "value", "sentence"),
    [("_MOST_PATCHES", 1, "has more than 1 patches"), ("MAX_BYTES", 100, "upstream/9.0.0 holds more than 1 GiB")],
)
def test_more_than_anybody_has_is_refused(
    carrying: Fork, theirs: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, sentence: str
) -> None:
    release(theirs, git_text(theirs, "rev-parse", "carried/1.0.0^{tree}"))
    stacked(theirs, OTHER, git_text(theirs, "rev-parse", "carried/1.0.0"), content="upstream/1.0.0^{tree}")
    partner = exchange(carrying, theirs)
    with partner.fetched(partner.list_refs()) as arrivals:
        assert arrivals.releases.keys() == {"1.0.0", "9.0.0"}
    monkeypatch.setattr(f"plugwatch.forks.arrivals.{limit}", value)
    with pytest.raises(ForkError, match=sentence), partner.fetched(partner.list_refs()):
        raise AssertionError


def test_only_what_forks_share_is_asked_for_and_fetched(tmp_path: Path, theirs: Path) -> None:
    secret = commit(theirs, git_text(theirs, "rev-parse", "upstream^{tree}"), "private\n")
    for name in ("refs/heads/main", "refs/tags/v1", "refs/plugwatch/ops/9", "refs/notes/x"):
        point(theirs, name, secret)
    fork = ForkStore(tmp_path / "forks").create(TIDY)
    partner = exchange(fork, theirs)
    there = partner.list_refs()
    private = ("refs/heads/main", "refs/tags/v1")
    assert there == {name: oid for name, oid in public_refs(theirs).items() if name not in private}
    with partner.fetched(there) as arrivals:
        assert fork.refs() == {}
        arrivals.keep()
    assert fork.refs() == {}
    have = git_text(fork.directory, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    assert set(there.values()) <= set(have)
    assert secret not in have
    assert git_text(theirs, "rev-parse", "refs/plugwatch/ops/1") not in have
    assert "error" not in fsck(fork.directory)


def test_a_release_imported_anywhere_is_the_release_that_a_remote_has(tmp_path: Path, theirs: Path) -> None:
    fork = ForkStore(tmp_path / "elsewhere").create(TIDY)
    made = add_files(fork, tmp_path / "same", plugin("1.0.0"))
    partner = exchange(fork, theirs)
    with partner.fetched(partner.list_refs()) as arrivals:
        assert arrivals.releases == {"1.0.0": made}
        assert arrivals.files == {}


def test_how_two_stacks_stand_to_each_other(carrying: Fork, theirs: Path, tmp_path: Path) -> None:
    first = carrying.stacks()["1.0.0"]
    patch = add_patch(carrying, tmp_path / "e", plugin(mail=mail_file(seconds=60, subject="'Hi'")), "Say hi")
    second = carrying.stacks()["1.0.0"]
    partner = exchange(carrying, theirs)
    with partner.fetched(partner.list_refs()) as arrivals:
        onto = carrying.release("1.0.0")
        found = arrivals.relation(onto, second, first)
        assert (found.ours_below, found.theirs_below, found.theirs_was_ours) == (False, True, True)
        assert (found.ours_was_replaced, found.lost) == (False, (patch.id,))
        back = arrivals.relation(onto, first, second)
        assert (back.ours_below, back.theirs_below, back.lost) == (True, False, ())
        assert "Say hi" in arrivals.range_diff(onto, first, second)
        assert arrivals.patches(Release("1.0.0", onto.commit, onto.tree), onto.commit) == []


def test_a_stack_that_plain_git_made_is_nobodys_doing(carrying: Fork, theirs: Path, tmp_path: Path) -> None:
    onto = add_files(carrying, tmp_path / "2.0.0", plugin("2.0.0"))
    (entry,) = carrying.stack("1.0.0")
    below, above = (carrying.write_stack(onto, [(entry.patch, entry.tree)] * count) for count in (1, 2))
    git(carrying.directory, "update-ref", "refs/heads/carried/2.0.0", above)
    partner = exchange(carrying, theirs)
    with partner.fetched(partner.list_refs()) as arrivals:
        found = arrivals.relation(onto, above, below)
    assert (found.theirs_below, found.theirs_was_ours) == (True, False)


def test_an_address_is_written_down_once(carrying: Fork, theirs: Path) -> None:
    partner = exchange(carrying, theirs)
    partner.remember("hub")
    assert git_text(carrying.directory, "config", "remote.hub.url") == str(theirs)
    before = (carrying.directory / "config").stat().st_mtime_ns
    partner.remember("hub")
    assert (carrying.directory / "config").stat().st_mtime_ns == before


def test_a_push_moves_a_ref_only_from_where_it_was_seen(carrying: Fork, theirs: Path) -> None:
    partner = exchange(carrying, theirs)
    tip = carrying.stacks()["1.0.0"]
    ours = carrying.release("1.0.0").commit
    point(theirs, "refs/heads/carried/1.0.0", ours)
    with pytest.raises(LostLeaseError, match=r"refs/heads/carried/1\.0\.0 moved while it was looked at"):
        partner.push([RefChange("refs/heads/carried/1.0.0", "1" * 40, tip)])
    assert public_refs(theirs)["refs/heads/carried/1.0.0"] == ours


def test_no_hook_of_a_remote_folder_runs_and_its_owner_does_not_matter(
    carrying: Fork, theirs: Path, tmp_path: Path
) -> None:
    hook = theirs / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    if os.geteuid() == 0:
        os.chown(theirs, 12345, 12345)
    exchange(carrying, theirs).push([RefChange("refs/tags/upstream/x1", None, carrying.release("1.0.0").commit)])
    assert (theirs / "refs/tags/upstream/x1").is_file()
    assert not (tmp_path / "ran").exists()


SSH = """#!/bin/sh
printf '%s\\n' "$@" > "$(dirname "$0")/args"
env > "$(dirname "$0")/env"
for last; do :; done
exec sh -c "$last"
"""


def test_ssh_asks_nothing_and_gets_no_secret_of_ours(carrying: Fork, theirs: Path, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(SSH)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    remote = parse_remote(f"git@git.example:{theirs}")
    login = Login("ana", "s3cret")
    with environment(PATH=path, SSH_AUTH_SOCK="/run/agent", PLUGWATCH_GIT_TOKEN="s3cret", GIT_DIR="/x"):
        there = Exchange(carrying, remote, login).list_refs()
    assert there == public_refs(theirs)
    args = (program.parent / "args").read_text().splitlines()
    assert "BatchMode=yes" in args
    assert "git@git.example" in args
    seen = (program.parent / "env").read_text()
    assert "SSH_AUTH_SOCK=/run/agent" in seen
    assert "s3cret" not in seen


@pytest.mark.parametrize("url", ["ext::sh -c true", "fd::0", "git://127.0.0.1/x"])
def test_git_itself_would_refuse_every_other_transport(carrying: Fork, url: str) -> None:
    remote = parse_remote("/nowhere")
    other = type(remote)(url, "file", "")
    with pytest.raises(UnreachableError) as caught:
        RemoteGit(carrying.directory, other, None).list_refs()
    assert "not allowed" in str(caught.value)


def test_a_login_is_for_its_own_server_alone_and_never_shown() -> None:
    login = Login("ana", "s3cret", "https://git.example")
    assert login.is_for(parse_remote("https://git.example/a"))
    for other in ("https://git.example:444/a", "https://evil.example/a", "http://git.example/a", "git.example:a", "/a"):
        assert not login.is_for(parse_remote(other))
    assert not Login("ana", "").is_for(parse_remote("https://git.example/a"))
    assert "s3cret" not in repr(login)
