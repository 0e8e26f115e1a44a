"""Releases from real git repositories: over a path and over HTTP, as committed and never as configured."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from peers.git_http import TOKEN, USER, GitServer
from workbench import git, git_text, plugin, write_files

from plugwatch.errors import EXIT_UNKNOWN, InputError, PlugwatchError, UnknownError
from plugwatch.forks.git import TreeEntry
from plugwatch.forks.git_releases import Exported, GitReleases
from plugwatch.model.release_source import GitSource, parse_source

ATTRIBUTES = b"*.php text eol=crlf\nreadme.txt export-ignore\n"


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vendor's repository with the plugin in a folder: tags v1.0.0, v1.1.0, v2.0.0-beta, pkg@9; branch next."""
    folder = tmp_path_factory.mktemp("vendor") / "mono"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    for version in ("1.0.0", "1.1.0", "2.0.0-beta"):
        files = {f"plugins/tidy-forms/{path}": content for path, content in plugin(version).items()}
        write_files(folder, files | {"README.md": b"mono\n", "plugins/tidy-forms/.gitattributes": ATTRIBUTES})
        (folder / "plugins/tidy-forms/tidy-forms.php").chmod(0o755)
        (folder / "plugins/tidy-forms/dos.php").write_bytes(b"<?php\r\n")
        git(folder, "add", "-A", "-f")
        git(folder, "-c", "core.autocrlf=false", "commit", "--quiet", "-m", version)
        git(folder, "tag", *(["-a", "-m", "x"] if version == "1.1.0" else []), f"v{version}")
    git(folder, "tag", "pkg@9")
    git(folder, "branch", "next")
    return folder


def _fetch(source: str, folder: Path, wanted: str | None = None) -> Exported:
    parsed = parse_source(source)
    assert isinstance(parsed, GitSource)
    folder.mkdir(exist_ok=True)
    return GitReleases(parsed).fetch(wanted, folder)


def _fails(source: str, folder: Path, wanted: str | None = None) -> str:
    with pytest.raises(PlugwatchError) as caught:
        _fetch(source, folder, wanted)
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_a_tag_and_a_folder_of_it_byte_for_byte(repository: Path, tmp_path: Path) -> None:
    got = _fetch(f"git:{repository}@v1.1.0#plugins/tidy-forms", tmp_path / "a")
    files = {str(p.relative_to(got.folder)): p.read_bytes() for p in got.folder.rglob("*") if p.is_file()}
    shown = {path: git(repository, "show", f"v1.1.0:plugins/tidy-forms/{path}") for path in files}
    assert files == shown
    assert files["dos.php"] == b"<?php\n"  # a checkout would have \r\n, and no readme in an archive
    assert len(files) == 5
    assert got.commit == git_text(repository, "rev-parse", "v1.1.0^{commit}")
    assert (got.tag, got.notes) == ("v1.1.0", ())
    assert os.access(got.folder / "tidy-forms.php", os.X_OK)
    assert not os.access(got.folder / "readme.txt", os.X_OK)


@pytest.mark.parametrize(
    ("ref", "wanted", "tag"),
    [
        ("", "1.0.0", "v1.0.0"),
        ("", None, "v1.1.0"),
        ("@pkg@9", None, "pkg@9"),
        ("@next", None, None),
        ("@{commit}", None, None),
        ("@v1.0.0", "7.7", "v1.0.0"),
    ],
)
def test_what_is_meant_by_a_ref_or_a_version(
    repository: Path, tmp_path: Path, ref: str, wanted: str | None, tag: str | None
) -> None:
    old = git_text(repository, "rev-parse", "v1.0.0")
    got = _fetch(f"git:file://{repository}{ref.format(commit=old)}", tmp_path / "a", wanted)
    assert got.tag == tag
    assert (got.folder / "README.md").is_file()
    if tag is None:
        assert got.commit == (old if "commit" in ref else git_text(repository, "rev-parse", "next"))


def test_versions_are_the_tags_that_say_one(repository: Path) -> None:
    assert GitReleases(GitSource(str(repository))).versions() == ["v1.0.0", "v1.1.0", "v2.0.0-beta"]


@pytest.mark.parametrize(
    ("rest", "wanted", "words"),
    [
        ("", "1.0.5", "it has no 1.0.5; near it are v1.0.0, v1.1.0, v2.0.0-beta; write git:URL@TAG"),
        ("@v1.0.5", None, "it has no tag, branch or commit 'v1.0.5'"),
        ("@abcdef12", None, "write all 40 characters"),
        ("@" + "0" * 40, None, "there is no such repository, or it has not what was asked for"),
        ("@v1.0.0#plugins/other", None, "there is no folder 'plugins/other' in it"),
        ("@v1.0.0#README.md", None, "there is no folder 'README.md' in it"),
        ("nowhere", None, "there is no such repository"),
    ],
)
def test_what_is_not_there_is_said(repository: Path, tmp_path: Path, rest: str, wanted: str | None, words: str) -> None:
    assert words in _fails(f"git:{repository}{rest}", tmp_path / "a", wanted)


def test_links_are_refused_and_submodules_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "vendor"
    folder.mkdir()
    git(folder, "init", "--quiet")
    write_files(folder, {"a/x.php": b"<?php\n", "big.bin": b"version https://git-lfs.github.com/spec/v1\noid x\n"})
    git(folder, "add", "-A")
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},lib/sub")
    git(folder, "commit", "--quiet", "-m", "x")
    git(folder, "tag", "1.0")
    got = _fetch(f"git:{folder}", tmp_path / "out")
    assert sorted(got.notes) == [
        "big.bin is a pointer of Git LFS, not the file itself",
        "lib/sub is a submodule and was left out",
    ]
    (folder / "a" / "passwd").symlink_to("/etc/passwd")
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "-m", "y")
    git(folder, "tag", "1.1")
    assert "'a/passwd' is a symbolic link" in _fails(f"git:{folder}@1.1", tmp_path / "out2")


def test_a_tree_that_leads_out_is_not_written(tmp_path: Path) -> None:
    folder = tmp_path / "vendor.git"
    git(tmp_path, "init", "--quiet", "--bare", str(folder))
    blob = git(folder, "hash-object", "-w", "--stdin", stdin=b"<?php\n").decode().strip()
    inner = git(folder, "mktree", stdin=f"100644 blob {blob}\tescaped.php\n".encode()).decode().strip()
    tree = bytes.fromhex(inner)
    outer = git(folder, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", stdin=b"40000 ..\0" + tree)
    commit = git(folder, "commit-tree", "-m", "x", outer.decode().strip()).decode().strip()
    git(folder, "tag", "1.0", commit)
    said = _fails(f"git:{folder}", tmp_path / "out")
    assert "not sound" in said or "leads out" in said
    assert not (tmp_path / "escaped.php").exists()
    assert not (tmp_path / "out" / "escaped.php").exists()
    source = parse_source(f"git:{folder}")
    assert isinstance(source, GitSource)
    for path in ("../escaped.php", "a/../../b.php", "a//b.php", "./a.php"):
        with pytest.raises(InputError, match="leads out of the folder"):
            GitReleases(source)._check({path: TreeEntry("100644", blob)})


def test_nothing_of_the_persons_git_or_the_repositorys_is_run(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "run"
    settings = tmp_path / "gitconfig"
    settings.write_text(f'[url "ext::touch {mark} "]\n\tinsteadOf = {repository}\n[core]\n\tautocrlf = true\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "ext")
    _fetch(f"git:{repository}@v1.0.0", tmp_path / "out")
    assert not mark.exists()


@pytest.fixture
def server(repository: Path, tmp_path: Path) -> Iterator[GitServer]:
    """The repository over HTTP; everybody needs a login."""
    with GitServer(tmp_path / "served").running() as running:
        running.folder.mkdir()
        git(running.folder, "clone", "--quiet", "--bare", str(repository), "mono.git")
        yield running


def test_over_http_with_a_login_that_is_in_no_address(server: GitServer, tmp_path: Path) -> None:
    address = server.address("mono").replace("://", f"://{USER}:{TOKEN}@")
    got = _fetch(f"git:{address}@v1.0.0#plugins/tidy-forms", tmp_path / "a")
    assert (got.folder / "tidy-forms.php").is_file()
    assert all(TOKEN not in asked.path + asked.query for asked in server.asked)


@pytest.mark.parametrize(
    ("login", "words"), [("", "wants a login"), (f"{USER}:wrong-t0ken@", "does not take the login")]
)
def test_a_login_that_is_missing_or_wrong(server: GitServer, tmp_path: Path, login: str, words: str) -> None:
    said = _fails(f"git:{server.address('mono').replace('://', f'://{login}')}@v1.0.0", tmp_path / "a")
    assert words in said
    assert "PLUGWATCH_GIT_AUTH_127_0_0_1 to USER:TOKEN" in said
    assert "wrong-t0ken" not in said


def test_a_server_that_is_down_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(UnknownError) as caught:
        _fetch("git:http://127.0.0.1:9/r.git@1", tmp_path / "a")
    assert caught.value.exit_code == EXIT_UNKNOWN
    assert "try again later" in str(caught.value)


def test_no_password_goes_over_an_open_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not encrypted, so no password is sent there"):
        _fetch("git:http://kim:secret@git.example/r.git@1", tmp_path / "a")


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("_MOST_FILES", "more than 1 files"),
        ("_MOST_BYTES", "holds more than"),
        ("MAX_FILE_BYTES", "'README.md' is larger than"),
    ],
)
def test_what_is_too_large_is_refused(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, words: str
) -> None:
    monkeypatch.setattr(f"plugwatch.forks.git_releases.{limit}", 1)
    assert words in _fails(f"git:{repository}@v1.0.0", tmp_path / "a")
    assert not list((tmp_path / "a").rglob("*.php"))


def test_a_repository_without_a_stable_tag_wants_one_to_be_named(repository: Path, tmp_path: Path) -> None:
    bare = tmp_path / "few.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(repository), str(bare))
    git(bare, "tag", "-d", "v1.0.0", "v1.1.0")
    assert "it has no tag that names a stable version; write git:URL@TAG" in _fails(f"git:{bare}", tmp_path / "a")


def test_a_damaged_pack_is_not_taken(repository: Path, tmp_path: Path) -> None:
    bare = tmp_path / "old.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(repository), str(bare))
    tree = git_text(bare, "rev-parse", "v1.0.0^{tree}")
    who = b"author nobody\ncommitter nobody\n\nx\n"
    oid = git(
        bare, "hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=b"tree %s\n" % tree.encode() + who
    )
    git(bare, "update-ref", "refs/tags/v7", oid.decode().strip())
    assert "sends what is not sound" in _fails(f"git:{bare}@v7", tmp_path / "a")
