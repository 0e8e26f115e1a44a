"""A release is the same commit for everybody, byte for byte what the vendor shipped, and never moves."""

from __future__ import annotations

import os
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from workbench import (
    add_files,
    environment,
    fsck,
    git,
    git_text,
    import_release,
    mail_file,
    plugin,
    public_refs,
    snapshot,
    stamp,
    write_files,
    zip_files,
)

from plugwatch.errors import ForkError, InputError, PlugwatchError
from plugwatch.forks.fork import Fork, ForkStore
from plugwatch.model.component import Component
from plugwatch.workflows import forks as workflow

TIDY = Component("plugin", "tidy-forms")
RELEASES = {"1.0.0": plugin("1.0.0"), "1.10.0": plugin("1.10.0"), "1.9.0": plugin("1.9.0", readme=b"nine\n")}


def blobs(fork: Fork, version: str) -> dict[str, bytes]:
    """The files of a release, read by plain git."""
    names = git(fork.directory, "ls-tree", "-r", "-z", "--name-only", f"upstream/{version}").split(b"\0")[:-1]
    return {n.decode(): git(fork.directory, "cat-file", "blob", f"upstream/{version}:{n.decode()}") for n in names}


def hostile_surroundings(folder: Path) -> dict[str, str]:
    """An environment in which a careless git would work somewhere else, sign, rewrite line ends and run hooks."""
    home = folder / "home"
    hooks = folder / "hooks"
    write_files(
        home,
        {
            ".gitconfig": f"""[core]
\tautocrlf = true
\teol = crlf
\thooksPath = {hooks}
\texcludesFile = {home}/ignore
\tattributesFile = {home}/attributes
\tbare = false
[commit]
\tgpgSign = true
[user]
\tname = Wrong
\temail = wrong@other.example
[i18n]
\tcommitEncoding = latin1
[merge]
\trenames = false
\tconflictStyle = diff3
[diff]
\texternal = {hooks}/post-commit
\tnoprefix = true
\trenames = copies
[apply]
\twhitespace = fix
[init]
\ttemplateDir = {folder}/template
\tdefaultObjectFormat = sha256
""".encode(),
            "ignore": b"*.php\n",
            "attributes": b"* text eol=crlf ident filter=broken merge=union\n",
        },
    )
    write_files(hooks, dict.fromkeys(("post-commit", "reference-transaction"), b'#!/bin/sh\necho ran >> "$0.ran"\n'))
    for hook in hooks.iterdir():
        hook.chmod(0o755)
    write_files(folder / "template" / "hooks", {"pre-commit": b"#!/bin/sh\nexit 1\n"})
    other = folder / "other.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(other)], check=True)
    return {
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_DIR": str(other),
        "GIT_WORK_TREE": str(home),
        "GIT_INDEX_FILE": str(folder / "index"),
        "GIT_OBJECT_DIRECTORY": str(other / "objects"),
        "GIT_NAMESPACE": "elsewhere",
        "GIT_AUTHOR_DATE": "2001-01-01T00:00:00",
        "GIT_COMMITTER_NAME": "Wrong",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.compression",
        "GIT_CONFIG_VALUE_0": "nonsense",
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "tr_TR.UTF-8",
    }


def test_the_same_bytes_are_the_same_commits_whatever_surrounds_them(tmp_path: Path) -> None:
    here = ForkStore(tmp_path / "here" / "forks").create(TIDY)
    for version, files in RELEASES.items():
        add_files(here, tmp_path / "here" / version, files)
    hostile = hostile_surroundings(tmp_path / "hostile")
    sources = {v: zip_files(tmp_path / f"{v}.zip", dict(reversed(f.items()))) for v, f in RELEASES.items()}
    before = snapshot(tmp_path / "hostile")
    later = stamp("sam", datetime(2031, 1, 1, tzinfo=timezone(timedelta(hours=14))))
    with environment(**hostile):
        there = ForkStore(tmp_path / "there" / "a:b" / "forks").create(TIDY)
        for version in reversed(RELEASES):
            import_release(there, sources[version], by=later)
    assert public_refs(here.directory) == public_refs(there.directory)
    assert snapshot(tmp_path / "hostile") == before
    assert fsck(here.directory) == fsck(there.directory) == ""


def test_a_fork_is_read_with_plain_git(tmp_path: Path, fork: Fork) -> None:
    for version, files in RELEASES.items():
        add_files(fork, tmp_path / version, files)
    refs = public_refs(fork.directory)
    assert set(refs) == {"refs/heads/upstream", *(f"refs/tags/upstream/{v}" for v in RELEASES)}
    assert refs["refs/heads/upstream"] == refs["refs/tags/upstream/1.10.0"]  # PHP's order, not the alphabet's
    assert git_text(fork.directory, "symbolic-ref", "HEAD") == "refs/heads/upstream"
    for version in RELEASES:
        assert git_text(fork.directory, "cat-file", "-t", f"refs/tags/upstream/{version}") == "commit"
        assert git_text(fork.directory, "rev-list", "--count", f"upstream/{version}") == "1"
        assert blobs(fork, version) == RELEASES[version]
    git(tmp_path, "clone", "--quiet", str(fork.directory), "clone")
    assert (tmp_path / "clone" / "readme.txt").read_bytes() == RELEASES["1.10.0"]["readme.txt"]
    author = git_text(fork.directory, "log", "-1", "--format=%an <%ae> %ad %cd %B", "upstream")
    assert author.startswith("plugwatch <plugwatch@plugwatch.invalid> Sat Jan 1 00:00:00 2000 +0000 Sat Jan 1")
    assert author.endswith("plugin/tidy-forms 1.10.0")


AWKWARD = plugin() | {
    ".gitattributes": b"* text=auto eol=lf ident merge=ours diff=none\n*.php working-tree-encoding=UTF-16 merge=union\n"
    b"tests/ export-ignore\n*.txt binary\n*.bin filter=lfs diff=lfs merge=lfs -text\nreadme.txt export-subst\n",
    ".gitignore": b"vendor/\n*.log\nincludes/\n",
    "includes/.gitattributes": b"mail.php -diff -merge\n",
    "vendor/autoload.php": b"<?php // $Id$\r\n",
    "tests/test-mail.php": b"<?php\r\n// $Format:%H$\r\nexit;",
    "debug.log": b"",
    "data.bin": bytes(range(256)) * 8,
    "only-newlines.txt": b"\r\n\n\r",
    "languages/tidy-forms-d\u00fc.mo": b"\x95\x04\x12\xde",
    "languages/\u65e5\u672c\u8a9e \u2028 name.po": b'msgid ""',
    "bin/run": b"#!/bin/sh\n",
    "-option.php": b"<?php // a name that looks like an option\n",
    '"quoted".txt': b"q\n",
}


@pytest.mark.parametrize("kind", ["zip", "folder"])
def test_no_byte_is_changed_by_what_the_vendor_ships(tmp_path: Path, fork: Fork, kind: str) -> None:
    if kind == "zip":
        source = zip_files(tmp_path / "a.zip", AWKWARD | {"empty/": b"", "deep/er/": b""}, executable="bin/run")
    else:
        source = write_files(tmp_path / "a", AWKWARD)
        (source / "empty" / "er").mkdir(parents=True)
        (source / "bin" / "run").chmod(0o755)
    release = import_release(fork, source)
    assert blobs(fork, "1.0.0") == AWKWARD
    modes = git_text(fork.directory, "-c", "core.quotePath=false", "ls-tree", "-r", "upstream").splitlines()
    assert [line.split("\t")[1] for line in modes if line.startswith("100755 ")] == ["bin/run"]
    assert release.tree == git_text(fork.directory, "rev-parse", "upstream^{tree}")
    names = subprocess.run(
        ["tar", "-tf", "-"], input=git(fork.directory, "archive", "upstream"), capture_output=True, check=True
    ).stdout
    assert b"tests/test-mail.php" in names  # export-ignore is the vendor's own affair
    assert fsck(fork.directory) == ""


def test_zip_and_folder_are_the_same_release(tmp_path: Path, fork: Fork) -> None:
    folder = write_files(tmp_path / "a", AWKWARD)
    (folder / "bin" / "run").chmod(0o755)
    first = import_release(fork, folder)
    refs = fork.refs()
    assert import_release(fork, zip_files(tmp_path / "a.zip", AWKWARD, executable="bin/run")) == first
    assert fork.refs() == refs


def test_a_merge_does_not_obey_the_plugins_attributes(tmp_path: Path) -> None:
    """With merge=union, merge=ours or binary in force both sides' lines would stand in it, or one side's would go."""
    trees = {}
    attributes = {path: content for path, content in AWKWARD.items() if path.endswith(".gitattributes")}
    for name, extra in (("plain", {}), ("hostile", attributes)):
        fork = ForkStore(tmp_path / name).create(TIDY)
        base, ours, theirs = (
            fork.store(write_files(tmp_path / f"{name}{s}", plugin(mail=mail_file(seconds=s)) | extra), "x").tree
            for s in (10, 20, 30)
        )
        clean = fork.store(
            write_files(tmp_path / f"{name}c", plugin(mail=mail_file(subject="'Hello'")) | extra), "x"
        ).tree
        assert fork.git.merge(base, ours, theirs).conflicts == {"includes/mail.php"}
        merged = fork.git.merge(base, ours, clean)
        assert not merged.conflicts
        trees[name] = git(fork.directory, "cat-file", "blob", f"{merged.tree}:includes/mail.php")
    assert trees["plain"] == trees["hostile"] == mail_file(seconds=20, subject="'Hello'")


def test_other_bytes_of_the_same_version_are_kept_beside_the_first(tmp_path: Path, fork: Fork) -> None:
    first = add_files(fork, tmp_path / "a", plugin())
    with fork.writing("fork import"):
        source = write_files(tmp_path / "b", plugin(readme=b"silently changed\n"))
        again, operation = workflow.import_release(fork, source, shown="b", version=None, stamp=stamp())
        assert operation
        fork.commit(operation)
    assert again.release.version == "1.0.0+r2"
    assert again.alarm
    assert "1.0.0+r2" in again.alarm
    third = add_files(fork, tmp_path / "c", plugin(readme=b"and again\n"))
    refs = public_refs(fork.directory)
    assert refs["refs/tags/upstream/1.0.0"] == first.commit
    assert third.version == "1.0.0+r3"
    assert refs["refs/heads/upstream"] == third.commit
    assert [r.version for r in fork.releases()] == ["1.0.0", "1.0.0+r2", "1.0.0+r3"]
    # The same bytes are the same release, whichever of them they are.
    before = fork.refs()
    assert import_release(fork, tmp_path / "b").version == "1.0.0+r2"
    assert import_release(fork, tmp_path / "a").version == "1.0.0"
    assert fork.refs() == before
    # A later version is above all of them.
    assert add_files(fork, tmp_path / "d", plugin("1.0.1")).commit == public_refs(fork.directory)["refs/heads/upstream"]


def test_a_re_release_is_the_same_commit_for_whoever_had_it_first(tmp_path: Path, fork: Fork) -> None:
    other = ForkStore(tmp_path / "other").create(TIDY)
    contents = [plugin(), plugin(readme=b"silently changed\n")]
    ours = [add_files(fork, tmp_path / f"a{n}", files).commit for n, files in enumerate(contents)]
    theirs = [add_files(other, tmp_path / f"b{n}", files).commit for n, files in enumerate(reversed(contents))]
    assert ours == theirs[::-1]


def test_importing_twice_is_no_operation(tmp_path: Path, fork: Fork) -> None:
    source = write_files(tmp_path / "a", plugin())
    first = import_release(fork, source)
    before = fork.refs()
    with fork.writing("fork import"):
        again, operation = workflow.import_release(fork, source, shown="a", version=None, stamp=stamp())
    assert (again.release, operation, again.is_new, again.alarm) == (first, None, False, None)
    assert fork.refs() == before
    assert fork.operations() == [1]


@pytest.mark.parametrize(
    ("versions", "newest"),
    [
        (["1.0.0", "1.0.0-rc1", "1.0.0-beta2"], "1.0.0"),
        (["2.0-RC1", "1.9"], "2.0-RC1"),
        (["1.2", "1.2.0", "1.10"], "1.10"),
        (["1.0-rc1", "1.0RC1"], "1.0RC1"),  # PHP holds them to be equal; the order of imports must not decide
        (["1.0RC1", "1.0-rc1"], "1.0RC1"),
        (["5.0.0", "5.0.0", "4.9"], "5.0.0+r2"),
    ],
)
def test_upstream_points_at_the_newest_in_phps_order(
    tmp_path: Path, fork: Fork, versions: list[str], newest: str
) -> None:
    for number, version in enumerate(versions):
        add_files(fork, tmp_path / str(number), {"a.php": b"%d" % number}, version)
    refs = public_refs(fork.directory)
    assert refs["refs/heads/upstream"] == refs[f"refs/tags/upstream/{newest}"]
    assert fork.releases()[-1].version == newest


@pytest.mark.parametrize(
    "version",
    ["", "latest", "-1", "--upload-pack=x", "1/2", "1..2", "1.2.lock", "../1", "1 2", "1\n2", "1~2", "@{1}", "1" * 101],
)
def test_what_is_no_version_is_refused(tmp_path: Path, fork: Fork, version: str) -> None:
    source = write_files(tmp_path / "a", plugin())
    with pytest.raises(PlugwatchError, match="is no version"):
        import_release(fork, source, version)
    assert fork.refs() == {}


def test_the_header_says_the_version_and_one_given_wins(tmp_path: Path, fork: Fork) -> None:
    source = write_files(tmp_path / "a", plugin("3.1"))
    assert import_release(fork, source).version == "3.1"
    assert import_release(fork, source, " 3.1.0. ").version == "3.1.0"
    bare = write_files(tmp_path / "b", {"a.php": b"<?php // no header\n"})
    with pytest.raises(ForkError, match="give it with --version"):
        import_release(fork, bare)
    assert import_release(fork, bare, "0.1").version == "0.1"


def test_a_single_file_is_a_tree_with_that_file(tmp_path: Path) -> None:
    fork = ForkStore(tmp_path / "forks").create(Component("mu-plugin", "site-tweaks.php"))
    file = write_files(tmp_path, {"site-tweaks.php": plugin("0.3")["tidy-forms.php"]}) / "site-tweaks.php"
    import_release(fork, file)
    assert blobs(fork, "0.3") == {"site-tweaks.php": file.read_bytes()}


def test_a_source_that_cannot_be_trusted_changes_nothing(tmp_path: Path, fork: Fork) -> None:
    add_files(fork, tmp_path / "good", plugin())
    before = fork.refs()
    damaged = zip_files(tmp_path / "damaged.zip", plugin("2.0.0") | {"z.bin": os.urandom(3000)})
    data = bytearray(damaged.read_bytes())
    data[-1500] ^= 0xFF
    damaged.write_bytes(data)
    for source in (damaged, zip_files(tmp_path / "escape.zip", {"../../x.php": b"x"}), tmp_path / "noise.zip"):
        if not source.exists():
            source.write_bytes(os.urandom(5000))
        with pytest.raises(InputError) as caught:
            import_release(fork, source)
        assert source.name in str(caught.value)
    assert fork.refs() == before
    assert fsck(fork.directory) == ""


def test_a_build_of_ours_is_no_release(tmp_path: Path, fork: Fork) -> None:
    source = write_files(tmp_path / "a", plugin("1.0.0.0-p1") | {"plugwatch-manifest.json": b"{}"})
    with pytest.raises(ForkError, match="is a build of plugwatch"):
        import_release(fork, source, "1.0.0")
    assert fork.refs() == {}


@pytest.mark.parametrize(
    ("wanted", "header", "version"),
    [
        ("v1.2.5", "1.2.5", "1.2.5"),
        ("V1.2.5", "trunk", "1.2.5"),
        ("v1.2.5", "v1.2.5", "v1.2.5"),
        (None, "v1.2.5", "v1.2.5"),
    ],
)
def test_a_v_before_a_version_goes_unless_the_header_has_it(
    tmp_path: Path, fork: Fork, wanted: str | None, header: str, version: str
) -> None:
    assert import_release(fork, write_files(tmp_path / "a", plugin(header)), wanted).version == version


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (
            "1.2.4+r2",
            r"how plugwatch names further bytes of a version; give the version that the vendor says, 1\.2\.4$",
        ),
        ("1.2.4.0-p1", "is the version of a build of plugwatch; import the release that it was built from"),
    ],
)
@pytest.mark.parametrize("by_header", [True, False])
def test_versions_that_plugwatch_gives_are_no_release_of_a_vendor(
    tmp_path: Path, fork: Fork, version: str, words: str, by_header: bool
) -> None:
    source = write_files(tmp_path / "a", plugin(version if by_header else "1.2.4"))
    with pytest.raises(ForkError, match=words):
        import_release(fork, source, None if by_header else version)
    assert fork.refs() == {}


def test_a_header_without_a_version_wants_one_to_be_given(tmp_path: Path, fork: Fork) -> None:
    with pytest.raises(ForkError, match="no plugin or theme header says the version; give it with --version"):
        import_release(fork, write_files(tmp_path / "a", plugin("@@version")))


def test_a_large_file_is_stored_without_being_held_in_memory(tmp_path: Path, fork: Fork) -> None:
    import tracemalloc

    files = plugin() | {"large.bin": os.urandom(1 << 20) * 32, "z.txt": b"z"}
    for source in (write_files(tmp_path / "a", files), zip_files(tmp_path / "a.zip", files)):
        tracemalloc.start()
        try:
            stored = fork.store(source, "x")
            assert tracemalloc.get_traced_memory()[1] < 16 << 20
        finally:
            tracemalloc.stop()
        assert set(fork.git.tree(stored.tree)) == set(files)
        assert fork.git.blob(fork.git.tree(stored.tree)["large.bin"].blob) == files["large.bin"]


def test_a_large_file_that_is_damaged_is_not_stored(tmp_path: Path, fork: Fork) -> None:
    source = zip_files(tmp_path / "a.zip", plugin() | {"large.bin": os.urandom(9 << 20)})
    data = bytearray(source.read_bytes())
    data[5 << 20] ^= 0xFF
    source.write_bytes(data)
    with pytest.raises(InputError, match=r"large\.bin' is damaged"):
        fork.store(source, "x")


def test_memory_does_not_grow_with_the_number_of_files_that_could_be_the_main_one(tmp_path: Path, fork: Fork) -> None:
    """Only the heads of some files are kept while a release is read."""
    import tracemalloc

    files = {f"f{n}.php": bytes([n % 251]) * 8192 for n in range(3000)}
    source = zip_files(tmp_path / "a.zip", files)
    tracemalloc.start()
    try:
        fork.store(source, "a.zip")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 21 << 20
