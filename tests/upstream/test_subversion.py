"""Releases from a real Subversion server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from peers.subversion import SubversionServer
from workbench import plugin

from plugwatch.errors import InputError, PlugwatchError, UnknownError
from plugwatch.model.release_source import SvnSource
from plugwatch.upstream.subversion import Subversion

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SubversionServer]:
    """A plugin with trunk and tags, a theme with folders named by versions, and a folder that is neither."""
    with SubversionServer(tmp_path_factory.mktemp("svn") / "peer") as running:
        for version in ("1.0.0", "1.10.0", "1.9.0", "2.0-beta"):
            running.commit(f"tidy-forms/tags/{version}", plugin(version) | {"grüße.txt": b"hi\r\n"})
        running.commit("tidy-forms/trunk", plugin("3.0-dev"))
        running.commit("evensong/1.0", {"style.css": b"/*\nTheme Name: Evensong\nVersion: 1.0\n*/\n"})
        running.commit("evensong/1.1", {"style.css": b"/*\nTheme Name: Evensong\nVersion: 1.1\n*/\n"})
        running.commit("own/a@b/plugin", plugin("5.0"))
        running.commit("new/trunk", plugin("0.1"))
        yield running


def _fetch(server: SubversionServer, place: str, folder: Path, wanted: str | None = None) -> tuple[str, str | None]:
    path, url, name = Subversion(SvnSource(f"{server.url}/{place}")).fetch(wanted, folder)
    assert any(path.iterdir())
    assert not (path / ".svn").exists()
    return url.removeprefix(f"{server.url}/"), name


@pytest.mark.parametrize(
    ("place", "wanted", "url", "name"),
    [
        ("tidy-forms", "1.9.0", "tidy-forms/tags/1.9.0", "1.9.0"),
        ("tidy-forms", None, "tidy-forms/tags/1.10.0", "1.10.0"),
        ("tidy-forms/tags/1.0.0", None, "tidy-forms/tags/1.0.0", "1.0.0"),
        ("tidy-forms/tags/1.0.0", "7.7", "tidy-forms/tags/1.0.0", "1.0.0"),
        ("tidy-forms/trunk", None, "tidy-forms/trunk", None),
        ("evensong", "1.0", "evensong/1.0", "1.0"),
        ("evensong", None, "evensong/1.1", "1.1"),
        ("own/a@b/plugin", "5.0", "own/a@b/plugin", None),
        ("new", None, "new/trunk", None),
    ],
)
def test_which_folder_is_exported(
    server: SubversionServer, tmp_path: Path, place: str, wanted: str | None, url: str, name: str | None
) -> None:
    assert _fetch(server, place, tmp_path, wanted) == (url, name)


def test_files_are_as_committed_whatever_the_language(
    server: SubversionServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "C")
    monkeypatch.setenv("LC_ALL", "C")
    path, _url, _name = Subversion(SvnSource(f"{server.url}/tidy-forms/tags/1.9.0")).fetch(None, tmp_path)
    files = {os.fsencode(p.relative_to(path)): p.read_bytes() for p in path.rglob("*") if p.is_file()}
    wanted = {name.encode(): content for name, content in plugin("1.9.0").items()}
    assert files == wanted | {"grüße.txt".encode(): b"hi\r\n"}


@pytest.mark.parametrize("place", ["tidy-forms", "tidy-forms/trunk", "tidy-forms/tags", "tidy-forms/tags/1.9.0"])
def test_versions_are_told_from_wherever_it_points(server: SubversionServer, place: str) -> None:
    versions = Subversion(SvnSource(f"{server.url}/{place}")).versions()
    assert versions == ["1.0.0", "1.9.0", "1.10.0", "2.0-beta"]


@pytest.mark.parametrize(
    ("place", "wanted", "words"),
    [
        ("tidy-forms", "1.9.5", "it has no 1.9.5; near it are 1.0.0, 1.9.0, 1.10.0, 2.0-beta; write one of them"),
        ("tidy-forms/tags/7.7", None, "there is no such repository or folder in it"),
        ("nothing", None, "there is no such repository or folder in it"),
    ],
)
def test_what_is_not_there_is_said(
    server: SubversionServer, tmp_path: Path, place: str, wanted: str | None, words: str
) -> None:
    with pytest.raises(InputError) as caught:
        _fetch(server, place, tmp_path, wanted)
    assert str(caught.value) == f"svn:{server.url}/{place}: {words}"


def test_a_server_that_is_down_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(UnknownError, match="could not be asked; try again later"):
        Subversion(SvnSource("svn://127.0.0.1:9/x")).fetch(None, tmp_path)


def test_a_login_reaches_svn_on_no_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SubversionServer(tmp_path / "peer", password="hunter2") as server:
        server.commit("tidy/tags/1.0", plugin("1.0"))
        with pytest.raises(PlugwatchError, match="wants another login"):
            Subversion(SvnSource(f"{server.url}/tidy")).versions()
        real = Subversion(SvnSource(f"{server.url}/tidy", "kim:hunter2"))
        assert real.versions() == ["1.0"]
        spy = tmp_path / "bin" / "svn"
        spy.parent.mkdir()
        spy.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/args\ncat >> {tmp_path}/stdin\n')
        spy.chmod(0o755)
        monkeypatch.setenv("PATH", f"{spy.parent}{os.pathsep}{os.environ['PATH']}")
        real.versions()
        assert "hunter2" not in (tmp_path / "args").read_text()
        assert (tmp_path / "stdin").read_text().startswith("hunter2")
        assert not (Path(os.environ["HOME"]) / ".subversion" / "auth" / "svn.simple").exists() or not any(
            (Path(os.environ["HOME"]) / ".subversion" / "auth" / "svn.simple").iterdir()
        )
