"""Exactly one version of a plugin or theme from the directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from peers.wordpress_org import DOWN, WordPressOrgServer

from plugwatch.errors import InputError, UnknownError
from plugwatch.model.component import Component
from plugwatch.upstream.wordpress_org import WordPressOrg
from plugwatch.upstream.wordpress_org_releases import DirectoryRelease, WordPressOrgReleases

TIDY, EVENSONG = Component("plugin", "tidy-forms"), Component("theme", "evensong")


@pytest.fixture
def server() -> Iterator[WordPressOrgServer]:
    with WordPressOrgServer() as running:
        yield running


@pytest.fixture
def releases(server: WordPressOrgServer) -> WordPressOrgReleases:
    directory = WordPressOrg(server.url, server.url, pause=0)
    return WordPressOrgReleases(directory, f"{server.url}/", "https://svn.example")


def _refused(releases: WordPressOrgReleases, component: Component, wanted: str | None, folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        releases.fetch(component, wanted, folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_exactly_that_version_and_its_checksums(
    server: WordPressOrgServer, releases: WordPressOrgReleases, tmp_path: Path
) -> None:
    server.add_plugin("tidy-forms", versions=["1.2.3", "1.2.4"])
    server.add_download("plugin", "tidy-forms.1.2.3", b"PK old")
    server.add_checksums("tidy-forms", "1.2.3", {"tidy-forms.php": "0" * 64})
    got = releases.fetch(TIDY, "1.2.3", tmp_path)
    assert got.path.read_bytes() == b"PK old"
    assert got.checksums is not None
    assert got.checksums.version == "1.2.3"
    assert [request.path for request in server.requests] == [
        "/plugins/info/1.2/",
        "/plugin/tidy-forms.1.2.3.zip",
        "/plugin-checksums/tidy-forms/1.2.3.json",
    ]


@pytest.mark.parametrize(
    ("versions", "version", "wanted", "name"),
    [
        (["1.2.3", "1.10.0", "2.0-beta"], "1.10.0", None, "tidy-forms.1.10.0"),
        (["v1.2.3"], "1.2.3", None, "tidy-forms.v1.2.3"),
        (["v1.2.3"], "1.2.3", "1.2.3", "tidy-forms.v1.2.3"),
        (["1.2.3"], "1.3.0", None, "tidy-forms"),
        (["1.2.3"], "1.3.0", "1.3.0", "tidy-forms"),
        ([], "1.3.0", "1.3.0", "tidy-forms.1.3.0"),
        ([], "1.3.0", "1.2.9", "tidy-forms.1.2.9"),
        (["1.2.3"], "1.2.3", "1.2.4", "tidy-forms.1.2.4"),
        (["1.2.3", "1.4"], "0.0", None, "tidy-forms.1.4"),
    ],
    ids=[
        *("newest", "v-tag", "v-tag asked for", "trunk", "trunk asked for", "hidden list", "hidden list, older one"),
        *("not listed yet", "no current version"),
    ],
)
def test_the_zip_is_named_by_the_tag(
    server: WordPressOrgServer,
    releases: WordPressOrgReleases,
    tmp_path: Path,
    versions: list[str],
    version: str,
    wanted: str | None,
    name: str,
) -> None:
    server.add_plugin("tidy-forms", versions=versions, version=version)
    server.add_download("plugin", name, b"PK")
    assert releases.fetch(TIDY, wanted, tmp_path).path.name == f"{name}.zip"


def test_a_theme(server: WordPressOrgServer, releases: WordPressOrgReleases, tmp_path: Path) -> None:
    server.add_theme("evensong", versions=["1.0", "1.1"])
    for version in ("1.0", "1.1"):
        server.add_download("theme", f"evensong.{version}", version.encode())
    assert releases.versions(EVENSONG) == ("1.0", "1.1")
    got = [releases.fetch(EVENSONG, wanted, tmp_path) for wanted in ("1.0", None)]
    assert got == [DirectoryRelease(tmp_path / f"evensong.{version}.zip", None) for version in ("1.0", "1.1")]
    assert not [request for request in server.requests if "checksums" in request.path]


def test_a_closed_plugin_says_so_and_where_else_to_look(
    server: WordPressOrgServer, releases: WordPressOrgReleases, tmp_path: Path
) -> None:
    server.close_plugin("tidy-forms", reason="security-issue")
    said = _refused(releases, TIDY, "1.2.3", tmp_path)
    assert said == (
        "WordPress.org: plugin/tidy-forms was closed there on 2026-05-04 (security-issue), so it hands out no release "
        "of it; take it from a site that runs it (--from site:SITE), or from its repository "
        "(--from svn:https://svn.example/tidy-forms --version V)"
    )
    with pytest.raises(InputError, match="was closed there"):
        releases.versions(TIDY)


def test_what_it_does_not_have_is_said(
    server: WordPressOrgServer, releases: WordPressOrgReleases, tmp_path: Path
) -> None:
    assert "it has no plugin/tidy-forms" in _refused(releases, TIDY, None, tmp_path)
    assert "plugins and themes only" in _refused(releases, Component("dropin", "db.php"), None, tmp_path)
    server.add_plugin("tidy-forms", versions=["1.2.3", "1.2.5"])
    said = _refused(releases, TIDY, "1.2.4", tmp_path)
    assert "it has no 1.2.4; near it are 1.2.3, 1.2.5; write one of them" in said
    assert "../" not in " ".join(r.path for r in server.requests)
    _refused(releases, TIDY, "../../1", tmp_path)
    assert server.requests[-1].path == "/plugin/tidy-forms...%2F..%2F1.zip"


def test_a_directory_that_is_down_is_not_known(
    server: WordPressOrgServer, releases: WordPressOrgReleases, tmp_path: Path
) -> None:
    server.go_wrong(DOWN, times=3)
    with pytest.raises(UnknownError):
        releases.fetch(TIDY, "1.2.3", tmp_path)
