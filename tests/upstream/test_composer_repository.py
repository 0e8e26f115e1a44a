"""Private Composer repositories: every form of their metadata, logins, checksums, and hostile answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from peers.composer_repository import FORMS, ComposerServer
from peers.loopback import Reply, json_reply

from plugwatch.errors import ConfigError, InputError, UnknownError
from plugwatch.upstream.composer_metadata import Root, read_packages
from plugwatch.upstream.composer_repository import ComposerRepository
from plugwatch.upstream.logins import composer_headers

TIDY = "larkspur/tidy-forms"


@pytest.fixture
def server() -> Iterator[ComposerServer]:
    with ComposerServer("minified").running() as running:
        assert isinstance(running, ComposerServer)
        running.add(TIDY, "1.2.3", b"PK one")
        running.add(TIDY, "v1.3.0", b"PK two")
        yield running


def _refused(server: ComposerServer, name: str = TIDY) -> str:
    with pytest.raises(InputError) as caught:
        ComposerRepository(server.url).packages(name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("base", ["", "/satis"])
def test_every_form_of_metadata_is_read(form: str, base: str, tmp_path: Path) -> None:
    with ComposerServer(form, base=base).running() as server:
        assert isinstance(server, ComposerServer)
        for number in range(3):
            server.add(TIDY, f"1.2.{number}", b"PK %d" % number)
        server.add("larkspur/other", "9.9", b"PK other")
        server.rows[TIDY].append({"name": TIDY, "version": "dev-main", "dist": {"type": "zip", "url": "/x.zip"}})
        server.rows[TIDY].append({"name": TIDY, "version": "2.0.x-dev", "dist": {"type": "zip", "url": "/x.zip"}})
        server.rows[TIDY].append({"name": TIDY, "version": "0.1", "source": {"type": "git", "url": "x"}})
        repository = ComposerRepository(f"{server.url}{base}")
        found = repository.packages(TIDY)
        assert sorted(found) == ["1.2.0", "1.2.1", "1.2.2"]
        assert repository.fetch(found["1.2.1"], tmp_path).read_bytes() == b"PK 1"


def test_an_unset_key_stays_away_and_the_rest_is_taken_along() -> None:
    rows = [
        {"version": "3", "dist": {"type": "zip", "url": "https://a.example/3.zip", "shasum": "A" * 40}},
        {"version": "2", "dist": "__unset"},
        {"version": "1", "dist": {"type": "zip", "url": "one.zip", "shasum": "short"}},
    ]
    document = {"minified": "composer/2.0", "packages": {TIDY: rows}}
    found = read_packages(document, TIDY, "https://pkg.example/sub")
    assert [(p.version, p.url, p.sha1) for p in found] == [
        ("3", "https://a.example/3.zip", "a" * 40),
        ("1", "https://pkg.example/sub/one.zip", None),
    ]


def test_another_archive_than_the_repository_tells_is_refused(server: ComposerServer, tmp_path: Path) -> None:
    repository = ComposerRepository(server.url)
    package = repository.packages(TIDY)["1.2.3"]
    server.archives["/dist/larkspur-tidy-forms-1.2.3.zip"] = b"PK evil"
    with pytest.raises(InputError, match="not the one whose checksum the repository tells, so it was not taken"):
        repository.fetch(package, tmp_path)


def test_an_archive_of_another_type_is_refused(server: ComposerServer, tmp_path: Path) -> None:
    server.add(TIDY, "2.0", b"tar", type="tar")
    repository = ComposerRepository(server.url)
    with pytest.raises(InputError, match=r"2\.0 is no ZIP but a 'tar'"):
        repository.fetch(repository.packages(TIDY)["2.0"], tmp_path)


def test_a_package_that_is_not_there_is_said_with_those_that_are(server: ComposerServer) -> None:
    assert "no release of larkspur/nothing; it has larkspur/tidy-forms" in _refused(server, "larkspur/nothing")


@pytest.mark.parametrize("how", ["environment", "address", "composer", "bearer"])
def test_a_login_goes_to_the_repository_and_its_archives(how: str, tmp_path: Path, monkeypatch: Any) -> None:
    with ComposerServer("plain-v2", login="kim:hunter2").running() as server:
        assert isinstance(server, ComposerServer)
        server.add(TIDY, "1.0", b"PK")
        if how == "environment":
            monkeypatch.setenv("PLUGWATCH_COMPOSER_AUTH_127_0_0_1", "kim:hunter2")
        if how == "composer":
            login = {"127.0.0.1": {"username": "kim", "password": "hunter2"}}
            monkeypatch.setenv("COMPOSER_AUTH", json.dumps({"http-basic": login}))
        if how == "bearer":
            monkeypatch.setenv("COMPOSER_AUTH", json.dumps({"bearer": {"127.0.0.1": "t0ken"}}))
            with pytest.raises(InputError, match="does not take the login"):
                ComposerRepository(server.url).packages(TIDY)
            assert server.requests[-1].headers["Authorization"] == "Bearer t0ken"
            return
        repository = ComposerRepository(server.url, "kim:hunter2" if how == "address" else None)
        assert repository.fetch(repository.packages(TIDY)["1.0"], tmp_path).read_bytes() == b"PK"
        assert len(server.requests) == 3


def test_a_login_does_not_follow_a_redirect_to_another_server(tmp_path: Path) -> None:
    with ComposerServer(login="kim:hunter2").running() as server, ComposerServer().running() as elsewhere:
        assert isinstance(server, ComposerServer)
        assert isinstance(elsewhere, ComposerServer)
        server.add(TIDY, "1.0", b"PK")
        elsewhere.archives["/cdn.zip"] = b"PK"
        server.plan("/dist/larkspur-tidy-forms-1.0.zip", Reply(302, b"", {"Location": f"{elsewhere.url}/cdn.zip"}))
        repository = ComposerRepository(server.url, "kim:hunter2")
        assert repository.fetch(repository.packages(TIDY)["1.0"], tmp_path).read_bytes() == b"PK"
        assert "Authorization" not in elsewhere.requests[0].headers


def test_without_a_login_it_says_where_one_belongs() -> None:
    with ComposerServer(login="kim:hunter2").running() as server:
        assert isinstance(server, ComposerServer)
        said = _refused(server)
        assert "wants a login; set PLUGWATCH_COMPOSER_AUTH_127_0_0_1 to USER:PASSWORD" in said
        with pytest.raises(InputError) as caught:
            ComposerRepository(server.url, "kim:wr0ng").packages(TIDY)
        assert "does not take the login" in str(caught.value)
        assert "wr0ng" not in str(caught.value)


def test_a_login_belongs_to_its_host_alone(monkeypatch: Any) -> None:
    base = "https://pkg.vendor.example/x"
    assert composer_headers(f"{base}/packages.json", base, "kim:s") == {"Authorization": "Basic a2ltOnM="}
    for other in ("https://cdn.example/a.zip", "https://pkg.vendor.example:8443/a.zip", "http://pkg.vendor.example/a"):
        assert composer_headers(other, base, "kim:s") == {}
    monkeypatch.setenv("PLUGWATCH_COMPOSER_AUTH_CDN_EXAMPLE", "kim:t")
    assert composer_headers("https://cdn.example/a.zip", base, "kim:s") == {"Authorization": "Basic a2ltOnQ="}
    with pytest.raises(InputError, match="not encrypted, so no password is sent there"):
        composer_headers("http://cdn.example/a.zip", base, None)
    monkeypatch.setenv("PLUGWATCH_COMPOSER_AUTH_CDN_EXAMPLE", "nonsense")
    with pytest.raises(ConfigError, match="set it to USER:PASSWORD"):
        composer_headers("https://cdn.example/a.zip", base, None)
    monkeypatch.setenv("COMPOSER_AUTH", '{"github-oauth": {"github.com": "gh"}}')
    assert composer_headers("https://api.github.com/x", base, None) == {"Authorization": "Bearer gh"}
    monkeypatch.setenv("COMPOSER_AUTH", "{")
    with pytest.raises(ConfigError, match="COMPOSER_AUTH is no JSON"):
        composer_headers("https://api.github.com/x", base, None)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (json_reply({}, 404), "there is no packages.json, so it is no Composer repository"),
        (Reply(200, b"<html>"), "answers what is no JSON"),
        (Reply(200, b"[" * 200_000), "answers what is no JSON"),
        (Reply(200, b"[1]"), "answers no JSON object"),
        (Reply(200, b'{"packages": 7, "includes": [], "metadata-url": 3}'), "has no release of"),
        (Reply(200, b'{"packages": {"larkspur/tidy-forms": [1, {"version": 2}]}}'), "has no release of"),
        (Reply(200, b'{"metadata-url": "file:///etc/%package%"}'), "has no release of"),
        (Reply(200, b'{"metadata-url": "/p2/%package%~.json"}'), "has no release of"),
    ],
)
def test_what_is_no_repository_is_said(server: ComposerServer, reply: Reply, words: str) -> None:
    server.plan("/packages.json", reply)
    assert words in _refused(server)


def test_a_server_that_is_down_is_not_known(monkeypatch: Any) -> None:
    monkeypatch.setattr("plugwatch.web.time.sleep", lambda _seconds: None)
    with pytest.raises(UnknownError, match="try again later"):
        ComposerRepository("http://127.0.0.1:9").packages(TIDY)


def test_a_file_without_its_checksum_is_refused() -> None:
    with ComposerServer("included-hashes").running() as server:
        assert isinstance(server, ComposerServer)
        server.add(TIDY, "1.0", b"PK")
        path = next(path for path in server._files() if "provider-latest" in path)
        server.plan(path, json_reply({"providers": {}}))
        assert "does not have the checksum that it tells" in _refused(server)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from([TIDY, "__unset", "//[", "%hash%"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [TIDY, "packages", "version", "dist", "url", "type", "shasum", "sha256", "x.json", "minified"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150)
@given(
    st.dictionaries(
        st.sampled_from(
            *[("packages", "includes", "providers", "provider-includes", "providers-url", "metadata-url", "minified")]
        ),
        _JSON,
    )
)
def test_any_document_is_read_without_harm(document: dict[str, Any]) -> None:
    root = Root("https://pkg.example", document)
    for file in (*root.includes(), *root.provider_includes(), root.package_file(TIDY)):
        assert file is None or file.url.startswith(("https://", "http://"))
    assert all(package.url.startswith(("https://", "http://")) for package in root.packages(TIDY))
    root.provider_file(TIDY, root.providers)
    root.names()
