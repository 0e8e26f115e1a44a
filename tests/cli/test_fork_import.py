"""``plugwatch fork create``, ``import`` and ``releases`` from every kind of source."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from peers.composer_repository import ComposerServer
from peers.fake_ssh import FakeSsh
from peers.git_http import TOKEN, USER, GitServer
from peers.subversion import SubversionServer
from peers.wordpress_org import DOWN, WordPressOrgServer
from workbench import (
    Answer,
    Workspace,
    environment,
    fsck,
    git,
    git_text,
    make_workspace,
    plugin,
    snapshot,
    write_files,
    zip_files,
)

TIDY = "plugin/tidy-forms"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "ws")


def _zip(folder: Path, files: dict[str, bytes]) -> bytes:
    return zip_files(folder / "made.zip", files).read_bytes()


@pytest.fixture
def directory(workspace: Workspace, tmp_path: Path) -> Iterator[WordPressOrgServer]:
    """WordPress.org with Tidy Forms 1.0.0, 1.1.0 and 2.0-beta, the first two with checksums."""
    with WordPressOrgServer() as server:
        server.add_plugin("tidy-forms", versions=["1.0.0", "1.1.0", "2.0-beta"], version="1.1.0")
        for version in ("1.0.0", "1.1.0", "2.0-beta"):
            server.add_download("plugin", f"tidy-forms.{version}", _zip(tmp_path, plugin(version)))
        for version in ("1.0.0", "1.1.0"):
            hashes = {path: hashlib.sha256(content).hexdigest() for path, content in plugin(version).items()}
            server.add_checksums("tidy-forms", version, hashes)
        settings = workspace.folder / "plugwatch.toml"
        place = f'\n[wordpress_org]\napi_url = "{server.url}"\ndownloads_url = "{server.url}"\n'
        settings.write_text(settings.read_text() + place)
        yield server


def _create(workspace: Workspace, source: str, *args: str) -> Answer:
    return workspace.run("fork", "create", TIDY, "--from", source, *args, "--json")


def _recorded(workspace: Workspace) -> list[str]:
    """The sources as the record of each operation has them."""
    numbers = sorted(git_text(workspace.fork(), "for-each-ref", "--format=%(refname)", "refs/plugwatch/ops").split())
    records = [json.loads(git(workspace.fork(), "show", f"{ref}:operation.json")) for ref in numbers]
    return [row["source"] for record in records for row in record["rows"]["releases"]]


def _refused(answer: Answer, code: int = 1) -> str:
    assert (answer.code, answer.out) == (code, ""), answer
    assert answer.err.count("\n") == 1, answer
    return answer.err


def test_from_wordpress_org(workspace: Workspace, directory: WordPressOrgServer) -> None:
    made = _create(workspace, "wporg", "--version", "1.0.0")
    assert (made.code, made.json["version"], made.json["source"]) == (0, "1.0.0", "wporg")
    assert made.json["sha256"] == hashlib.sha256(directory.downloads["/plugin/tidy-forms.1.0.0.zip"]).hexdigest()
    assert workspace.do("fork", "import", TIDY, "--from", "wporg", "--version", "v1.0.0", "--json").json == made.json
    newest = workspace.do("fork", "import", "tidy", "--from", "wporg", "--json")
    assert newest.json["version"] == "1.1.0"
    assert newest.err == ""
    listed = workspace.do("fork", "releases", "tidy", "--json").json
    assert listed == {
        "component": TIDY,
        "source": "wporg",
        "newest": "1.1.0",
        "releases": [
            {"version": "1.0.0", "name": "1.0.0", "in_fork": True},
            {"version": "1.1.0", "name": "1.1.0", "in_fork": True},
            {"version": "2.0-beta", "name": "2.0-beta", "in_fork": False},
        ],
        "only_in_fork": [],
    }


def test_releases_before_there_is_a_fork(workspace: Workspace, directory: WordPressOrgServer) -> None:
    answer = workspace.do("fork", "releases", TIDY)
    assert answer.out == "VERSION\tNAME\tIN FORK\n1.0.0\t1.0.0\t\n1.1.0\t1.1.0\t\n2.0-beta\t2.0-beta\t\n"
    assert f"next: plugwatch fork create {TIDY} --version 1.1.0 --from wporg" in answer.err
    assert snapshot(workspace.folder / "forks") == {}


def test_other_bytes_than_the_checksums_are_refused(
    workspace: Workspace, directory: WordPressOrgServer, tmp_path: Path
) -> None:
    evil = _zip(tmp_path, plugin("1.0.0") | {"readme.txt": b"newer\n", "shell.php": b"<?php\n"})
    directory.add_download("plugin", "tidy-forms.1.0.0", evil)
    said = _refused(_create(workspace, "wporg", "--version", "1.0.0"))
    assert "1 of the files of 1.0.0 are not as its own checksums say (shell.php), so it was not taken" in said
    assert workspace.do("fork", "list", "--json").json == []


def test_the_same_version_with_other_bytes_is_kept_beside_the_first_with_an_alarm(
    workspace: Workspace, directory: WordPressOrgServer, tmp_path: Path
) -> None:
    _create(workspace, str(write_files(tmp_path / "a", plugin("1.0.0") | {"readme.txt": b"ours\n"})))
    again = workspace.do("fork", "import", TIDY, "--from", "wporg", "--version", "1.0.0", "--json")
    assert again.json["version"] == "1.0.0+r2"
    assert "other bytes than before" in again.json["alarm"]
    assert "warning: " in again.err


def test_a_closed_plugin_a_missing_version_and_a_directory_that_is_down(
    workspace: Workspace, directory: WordPressOrgServer
) -> None:
    assert "it has no 1.0.5; near it are 1.0.0, 1.1.0, 2.0-beta" in _refused(
        _create(workspace, "wporg", "--version", "1.0.5")
    )
    directory.close_plugin("tidy-forms")
    assert "plugin/tidy-forms was closed there on 2026-05-04" in _refused(_create(workspace, "wporg"))
    assert "was closed there" in _refused(workspace.run("fork", "releases", TIDY, "--json"))
    directory.go_wrong(DOWN, times=3)
    _refused(_create(workspace, "wporg"), code=4)
    assert workspace.do("fork", "list", "--json").json == []


def test_a_header_that_says_another_version_is_told(
    workspace: Workspace, directory: WordPressOrgServer, tmp_path: Path
) -> None:
    directory.add_download("plugin", "tidy-forms.2.0-beta", _zip(tmp_path, plugin("1.9.9")))
    made = _create(workspace, "wporg", "--version", "2.0-beta")
    assert (made.code, made.json["version"]) == (0, "2.0-beta")
    assert "warning: what wporg has as 2.0-beta says in its header that it is 1.9.9" in made.err


@pytest.fixture
def mono(tmp_path: Path) -> Path:
    """A repository with Tidy Forms in a folder, tags v1.0.0 and v1.1.0, and one with a tag but no header."""
    folder = tmp_path / "mono"
    folder.mkdir()
    git(folder, "init", "--quiet")
    for version in ("1.0.0", "1.1.0"):
        write_files(folder / "plugins" / "tidy-forms", plugin(version))
        git(folder, "add", "-A")
        git(folder, "commit", "--quiet", "-m", version)
        git(folder, "tag", f"v{version}")
    git(folder, "rm", "-rq", "plugins")
    write_files(folder, {"cache.php": b"<?php\n"})
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "-m", "x")
    git(folder, "tag", "v9.1")
    return folder


def test_from_a_folder_of_a_git_repository(workspace: Workspace, mono: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(mono.parent)
    made = _create(workspace, "git:./mono#plugins/tidy-forms", "--version", "1.0.0").json
    assert made["source"] == f"git:{mono}@v1.0.0#plugins/tidy-forms"
    assert made["tree"] == git_text(mono, "rev-parse", "v1.0.0:plugins/tidy-forms")
    assert (made["version"], made["sha256"]) == ("1.0.0", None)
    listed = workspace.do("fork", "releases", TIDY, "--json").json  # from where the last one came
    assert listed["source"] == f"git:{mono}#plugins/tidy-forms"
    assert [(row["name"], row["in_fork"]) for row in listed["releases"]] == [
        ("v1.0.0", True),
        ("v1.1.0", False),
        ("v9.1", False),
    ]
    assert "near it are v1.0.0, v1.1.0" in _refused(
        workspace.run("fork", "import", TIDY, "--from", f"git:{mono}", "--version", "1.0.5")
    )
    assert fsck(workspace.fork()) == ""


def test_a_tag_names_a_release_without_a_header(workspace: Workspace, mono: Path) -> None:
    answer = workspace.do("fork", "create", "dropin/cache.php", "--from", f"git:{mono}@v9.1", "--json")
    assert answer.json["version"] == "9.1"


def test_from_git_over_http_with_a_login_that_is_recorded_nowhere(
    workspace: Workspace, mono: Path, tmp_path: Path
) -> None:
    with GitServer(tmp_path / "served").running() as server:
        server.folder.mkdir()
        git(server.folder, "clone", "--quiet", "--bare", str(mono), "mono.git")
        address = f"git:{server.address('mono')}@v1.0.0#plugins/tidy-forms"
        assert "PLUGWATCH_GIT_AUTH_127_0_0_1 to USER:TOKEN" in _refused(_create(workspace, address))
        with environment(PLUGWATCH_GIT_AUTH_127_0_0_1=f"{USER}:{TOKEN}"):
            made = _create(workspace, address)
        assert (made.code, made.json["source"]) == (0, address)
        inline = address.replace("://", f"://{USER}:{TOKEN}@").replace("v1.0.0", "v1.1.0")
        assert workspace.do("fork", "import", TIDY, "--from", inline, "--json").json["version"] == "1.1.0"
    secrets = [path for path in workspace.folder.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    assert secrets == []
    assert TOKEN not in "".join(_recorded(workspace))


@pytest.mark.services
def test_from_subversion(workspace: Workspace, tmp_path: Path) -> None:
    with SubversionServer(tmp_path / "svn") as server:
        for version in ("1.0.0", "1.1.0"):
            server.commit(f"tidy-forms/tags/{version}", plugin(version))
        server.commit("tidy-forms/trunk", plugin("1.2-dev"))
        made = _create(workspace, f"svn:{server.url}/tidy-forms", "--version", "1.0.0").json
        assert (made["version"], made["source"]) == ("1.0.0", f"svn:{server.url}/tidy-forms/tags/1.0.0")
        trunk = workspace.do("fork", "import", TIDY, "--from", f"{server.url}/tidy-forms/trunk", "--json").json
        assert trunk["version"] == "1.2-dev"
        listed = workspace.do("fork", "releases", TIDY, "--json").json
        assert [row["version"] for row in listed["releases"]] == ["1.0.0", "1.1.0"]
        assert listed["only_in_fork"] == ["1.2-dev"]


def test_from_a_private_composer_repository(workspace: Workspace, tmp_path: Path) -> None:
    with ComposerServer("minified", login="kim:hunter2").running() as server:
        assert isinstance(server, ComposerServer)
        for version in ("1.0.0", "1.1.0"):
            server.add("larkspur/tidy", version, _zip(tmp_path, plugin(version)))
        source = f"composer:{server.url}#larkspur/tidy"
        assert "PLUGWATCH_COMPOSER_AUTH_127_0_0_1" in _refused(_create(workspace, source))
        made = _create(workspace, source.replace("://", "://kim:hunter2@"), "--version", "1.0.0")
        assert (made.code, made.json["version"], made.json["source"]) == (0, "1.0.0", source)
        with environment(PLUGWATCH_COMPOSER_AUTH_127_0_0_1="kim:hunter2"):
            assert workspace.do("fork", "import", TIDY, "--from", source, "--json").json["version"] == "1.1.0"
            assert [r["in_fork"] for r in workspace.do("fork", "releases", TIDY, "--json").json["releases"]] == [
                True,
                True,
            ]
            assert "it has no 1.0.5" in _refused(
                workspace.run("fork", "import", TIDY, "--from", source, "--version", "1.0.5")
            )
    assert "hunter2" not in "".join(_recorded(workspace))


def test_from_a_site_over_ssh_and_from_its_folder(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "server"
    write_files(home / "html" / "wp-content" / "plugins" / "tidy-forms", plugin("1.0.0"))
    monkeypatch.setenv("PATH", FakeSsh(tmp_path / "bin", home=home).path)
    sources = {"shop": "wp --ssh=shop.example~/html", "copy": str(home / "html"), "plain": None}
    for slug, source in sources.items():
        workspace.do("site", "add", slug, "--client", "acme", *(("--source", source) if source else ()))
    made = _create(workspace, "site:shop")
    assert (made.code, made.json["version"], made.json["source"]) == (0, "1.0.0", "site:shop")
    assert "warning: taken as it runs on shop" in made.err
    again = workspace.do("fork", "import", TIDY, "--from", "site:copy")
    assert "which was there already" in again.out
    assert "plain has no source to fetch files from" in _refused(
        workspace.run("fork", "import", TIDY, "--from", "site:plain")
    )
    assert "no site here is called" in _refused(workspace.run("fork", "import", TIDY, "--from", "site:nobody"))


def test_a_site_that_was_updated_meanwhile_is_not_taken_for_the_old_version(
    workspace: Workspace, tmp_path: Path
) -> None:
    place = tmp_path / "html" / "wp-content" / "plugins" / "tidy-forms"
    write_files(place, plugin("1.0.0"))
    workspace.do("site", "add", "shop", "--client", "acme", "--source", str(tmp_path / "html"))
    said = _refused(_create(workspace, "site:shop", "--version", "0.9"))
    assert "site:shop: it runs 1.0.0, not 0.9; give --version 1.0.0" in said
    assert workspace.do("fork", "list", "--json").json == []
    assert _create(workspace, "site:shop", "--version", "v1.0.0").json["version"] == "1.0.0"
    write_files(place, plugin("@@version"))
    assert workspace.do("fork", "import", TIDY, "--from", "site:shop", "--version", "1.2").code == 0


def test_a_file_whose_header_says_another_version_is_taken_and_told(workspace: Workspace, tmp_path: Path) -> None:
    source = write_files(tmp_path / "tidy-forms", plugin("1.2.3"))
    made = _create(workspace, str(source), "--version", "1.3.0")
    told = f"what {source} has as 1.3.0 says in its header that it is 1.2.3"
    assert (made.code, made.json["version"], made.json["notes"]) == (0, "1.3.0", [told])
    assert f"warning: {told}" in made.err
    write_files(source, plugin("trunk"))
    second = workspace.do("fork", "import", TIDY, "--from", source, "--version", "1.4.0", "--json")
    assert (second.json["version"], second.json["notes"]) == ("1.4.0", [])


def test_another_plugin_is_no_release_of_this_one(workspace: Workspace, tmp_path: Path) -> None:
    _create(workspace, str(write_files(tmp_path / "a", plugin("1.0.0"))))
    files = plugin("9.9") | {"akismet.php": plugin("9.9")["tidy-forms.php"].replace(b"Tidy Forms", b"Akismet")}
    del files["tidy-forms.php"]
    files["akismet.php"] = files["akismet.php"].replace(b"tidy-forms", b"akismet")
    other = zip_files(tmp_path / "akismet.zip", files, top="akismet")
    before = snapshot(workspace.fork() / "refs")
    said = _refused(workspace.run("fork", "import", TIDY, "--from", other))
    assert "akismet.zip: this is 'Akismet'" in said
    beside = zip_files(tmp_path / "two.zip", {f"tidy-forms/{path}": b for path, b in plugin("2.0").items()}, top="x")
    said = _refused(workspace.run("fork", "import", TIDY, "--version", "2.0", "--from", beside))
    assert f"{TIDY} is in its folder 'tidy-forms', beside other things" in said
    assert snapshot(workspace.fork() / "refs") == before
    renamed = plugin("2.0") | {"tidy-forms.php": plugin("2.0")["tidy-forms.php"].replace(b"Tidy Forms", b"Neat Forms")}
    workspace.do("fork", "import", TIDY, "--from", zip_files(tmp_path / "b.zip", renamed))


def test_a_first_release_that_may_be_another_plugin_is_told(workspace: Workspace, tmp_path: Path) -> None:
    files = {"akismet.php": b"<?php\n/*\n * Plugin Name: Akismet\n * Version: 9.9\n */\n"}
    made = _create(workspace, str(zip_files(tmp_path / "a.zip", files, top="akismet")))
    assert made.code == 0
    assert "may be another plugin than tidy-forms: its folder is 'akismet', its header says no text" in made.err
    assert made.json["notes"][0].startswith(str(tmp_path / "a.zip"))


def _list(workspace: Workspace, folder: Path, site: str, **versions: str) -> None:
    rows = [
        {"name": n.replace("_", "-"), "status": "active", "update": "none", "version": v} for n, v in versions.items()
    ]
    path = folder / f"{site}.json"
    path.write_text(json.dumps(rows))
    workspace.do("site", "add", site, "--client", "acme")
    workspace.do("site", "import", site, path, "--type", "plugins", "--offline")


def test_every_release_that_a_site_runs_is_kept(
    workspace: Workspace, directory: WordPressOrgServer, tmp_path: Path
) -> None:
    _create(workspace, "wporg", "--version", "1.1.0")
    nothing = workspace.do("fork", "import", "--sites", "--json")
    assert nothing.json == {"releases": []}
    _list(workspace, tmp_path, "shop", tidy_forms="1.0.0", other="3.0")
    _list(workspace, tmp_path, "blog", tidy_forms="1.0.7")
    _list(workspace, tmp_path, "news", tidy_forms="2.0-beta")
    _list(workspace, tmp_path, "lab", tidy_forms="1.1.0")
    directory.add_download("plugin", "tidy-forms.2.0-beta", _zip(tmp_path, plugin("1.9.9")))
    kept = workspace.run("fork", "import", "--sites", "--json")
    assert kept.code == 1
    first, second, third = kept.json["releases"]
    assert first == {
        "component": TIDY,
        "version": "1.0.0",
        "sites": ["shop"],
        "release": "1.0.0",
        "source": "wporg",
        "alarm": None,
        "error": None,
    }
    assert (second["version"], second["release"]) == ("1.0.7", None)
    assert "it has no 1.0.7" in second["error"]
    assert "says in its header that it is 1.9.9" in third["error"]
    shown = workspace.do("fork", "show", TIDY, "--json").json
    assert [release["version"] for release in shown["releases"]] == ["1.0.0", "1.1.0"]
    workspace.do("fork", "create", "plugin/broken", "--from", write_files(tmp_path / "b", plugin()))
    (workspace.fork("plugin/broken") / "HEAD").unlink()
    partly = workspace.run("fork", "import", "--sites", "--json")
    assert (partly.code, len(partly.json["releases"])) == (4, 2)
    assert "plugin/broken could not be looked at" in partly.err
    said = workspace.run("fork", "import", "tidy", "--sites")
    assert f"{TIDY} 1.0.7 on 1 site: failed: " in said.out
    assert f"fork import {TIDY} --version 1.0.7 --from site:blog" in said.err


def test_a_source_that_is_down_makes_it_unknown(
    workspace: Workspace, directory: WordPressOrgServer, tmp_path: Path
) -> None:
    _create(workspace, "wporg", "--version", "1.1.0")
    _list(workspace, tmp_path, "shop", tidy_forms="1.0.0")
    directory.go_wrong(DOWN, times=3)
    assert workspace.run("fork", "import", "--sites", "--json").code == 4
    assert workspace.do("fork", "import", "--sites").out == f"{TIDY} 1.0.0 on 1 site: imported from wporg\n"
    assert workspace.do("fork", "import", "--sites").out == "the forks have every release that a site runs\n"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "Missing argument 'COMPONENT'"),
        ((TIDY,), "Missing option '--from'"),
        (("--sites", "--version", "1"), "leave --version out"),
    ],
)
def test_wrong_usage(workspace: Workspace, args: tuple[str, ...], words: str) -> None:
    answer = workspace.run("fork", "import", *args)
    assert answer.code == 2
    assert words in answer.err


def test_a_list_of_releases_needs_a_source_of_many(workspace: Workspace) -> None:
    for source in ("a.zip", "https://vendor.example/a.zip?key=secret", "site:shop"):
        said = _refused(workspace.run("fork", "releases", TIDY, "--from", source))
        assert "is one release, not a list of them" in said
        assert "secret" not in said


HOSTILE = ("", "\x1b[31m\nx", "--upload-pack=touch owned", "../../etc", "ext::touch owned", "\udcff\ud800", "9" * 5000)


@pytest.mark.parametrize("prefix", ["git:", "git:https://127.0.0.1:9/x@", "git:.@", "git:.#", "svn:", "svn:file:///"])
def test_no_text_breaks_a_source(workspace: Workspace, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace.folder)
    before = snapshot(workspace.folder / "forks")
    for text in HOSTILE:
        for command in (("create", "--from={}", TIDY), ("releases", "--from={}", TIDY)):
            answer = workspace.run("fork", *(part.replace("{}", prefix + text) for part in command))
            assert answer.code in (1, 2, 4), (prefix, text, answer)
            assert "Traceback" not in answer.err
            assert not any(c < " " and c not in "\n\t" for c in answer.out + answer.err)
    assert not (workspace.folder / "owned").exists()
    left = {name for name in snapshot(workspace.folder / "forks") if not name.endswith(".lock")} - before.keys()
    assert left <= {"plugin"}


@pytest.mark.parametrize("prefix", ["composer:", "composer:https://127.0.0.1:9#", "site:"])
def test_no_text_breaks_a_source_of_other_kinds(
    workspace: Workspace, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace.folder)
    monkeypatch.setattr("plugwatch.web.time.sleep", lambda _seconds: None)
    test_no_text_breaks_a_source(workspace, prefix, monkeypatch)
