"""``plugwatch fork adopt``: what was patched by hand comes under care, once and whole, or is said not to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from adopting import below, commit, other_plugin, start_repository
from peers.git_http import TOKEN, USER, GitServer
from peers.github import GitHub, Repository
from peers.wordpress_org import DOWN, WordPressOrgServer
from workbench import (
    Answer,
    Workspace,
    environment,
    fsck,
    git,
    git_text,
    mail_file,
    make_workspace,
    plugin,
    public_refs,
    snapshot,
    write_files,
    zip_files,
)

PLUGINS = "wp-content/plugins"


@pytest.fixture(scope="session")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site's repository with three plugins, and the vendors' ZIPs beside it."""
    folder = tmp_path_factory.mktemp("agency")
    site = start_repository(folder / "site")
    tidy, gallery, night = (f"{PLUGINS}/{slug}" for slug in ("tidy-forms", "pale-gallery", "night-mode"))
    stock = below(tidy, plugin("1.0.0")) | below(gallery, other_plugin("Pale Gallery", "2.0"))
    stock |= below(night, other_plugin("Night Mode", "0.9"))
    commit(site, stock | {"index.php": b"<?php // the site\n"}, "The site as it was handed over")
    waiting = {f"{tidy}/includes/mail.php": mail_file(seconds=60)}
    commit(
        site,
        waiting,
        "Wait a minute\n\nThe shop's mail server is slow.\n\nSigned-off-by: Kim Holt <kim@fernhill.example>",
    )
    update = plugin("2.0.0", mail=mail_file(seconds=60, subject="'Hello'"))
    commit(site, below(tidy, update), "Update Tidy Forms to 2.0.0")
    commit(
        site,
        {f"{gallery}/code.php": b"<?php\n\nfunction pale_gallery() {\n\treturn 2;\n}\n"},
        "Two pictures",
        author="Ana Ruiz",
    )
    rubbish = {
        f"{night}/code.php": b"<?php\n\nfunction night_mode() {\n\treturn 3;\n}\n",
        f"{night}/.DS_Store": b"\0\0",
    }
    commit(site, rubbish, "Darker")
    releases = folder / "releases"
    releases.mkdir()
    zip_files(releases / "tidy-forms.2.0.0.zip", plugin("2.0.0", mail=mail_file(subject="'Hello'")))
    zip_files(releases / "pale-gallery.2.0.zip", other_plugin("Pale Gallery", "2.0"), top="pale-gallery")
    zip_files(releases / "night-mode.0.9.zip", other_plugin("Night Mode", "0.9"), top="night-mode")
    return folder


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace without forks."""
    return make_workspace(tmp_path / "ws")


def releases(agency: Path) -> list[str]:
    """The options that give all releases."""
    return [word for path in sorted((agency / "releases").iterdir()) for word in ("--release", str(path))]


def by_name(answer: Answer) -> dict[str, Any]:
    """The rows of an answer by their component."""
    return {row["component"]: row for row in answer.json["components"]}


def test_an_agency_moves_in(workspace: Workspace, agency: Path) -> None:
    adopt = ["fork", "adopt", agency / "site", *releases(agency), "--offline"]
    before = snapshot(workspace.folder / "forks")
    shown = workspace.run(*adopt, "--dry-run", "--json")
    assert shown.code == 3
    assert snapshot(workspace.folder / "forks") == before
    assert (shown.json["source"], shown.json["dry_run"]) == (str(agency / "site"), True)
    rows = by_name(shown)
    tidy = rows["plugin/tidy-forms"]
    assert (tidy["base_version"], tidy["status"], tidy["unexplained"], tidy["error"]) == (
        "2.0.0",
        "would-adopt",
        [],
        None,
    )
    assert tidy["found_by"].startswith("given: tidy-forms.2.0.0.zip")
    commits = git_text(agency / "site", "log", "--format=%H", "--reverse").split()
    assert tidy["patches"] == [
        {
            "id": None,
            "title": "Wait a minute",
            "author": "Kim Holt <kim@fernhill.example>",
            "date": "2025-11-21T21:53:25+00:00",
            "files": ["includes/mail.php"],
            "commit": commits[1],
            "source": None,
            "notes": [],
        }
    ]
    assert [p["title"] for p in rows["plugin/pale-gallery"]["patches"]] == ["Two pictures"]
    night = rows["plugin/night-mode"]
    assert night["unexplained"] == [{"path": ".DS_Store", "reason": "left by macOS"}]
    assert night["status"] == "failed"
    assert "--leave-out PATH or --with-rest" in night["error"]

    done = workspace.run(*adopt, "--json")
    assert done.code == 3
    assert {name: row["status"] for name, row in by_name(done).items()} == {
        "plugin/tidy-forms": "adopted",
        "plugin/pale-gallery": "adopted",
        "plugin/night-mode": "failed",
    }
    assert [row["component"] for row in workspace.do("fork", "list", "--json").json] == [
        "plugin/pale-gallery",
        "plugin/tidy-forms",
    ]
    again = workspace.run(*adopt, "--leave-out", ".DS_Store", "--json")
    assert again.code == 0
    assert {row["component"]: row["status"] for row in again.json["components"]} == {
        "plugin/tidy-forms": "adopted-already",
        "plugin/pale-gallery": "adopted-already",
        "plugin/night-mode": "adopted",
    }
    patch = by_name(again)["plugin/tidy-forms"]["patches"][0]["id"]
    assert patch == by_name(done)["plugin/tidy-forms"]["patches"][0]["id"]
    assert by_name(again)["plugin/night-mode"]["left_out"] == [{"path": ".DS_Store", "reason": "left out as you asked"}]

    fork = workspace.fork()
    assert git_text(fork, "log", "-1", "--format=%an %at %ct", "carried/2.0.0") == "Kim Holt 1763762005 1763762005"
    body = git_text(fork, "log", "-1", "--format=%b", "carried/2.0.0")
    assert body.startswith("The shop's mail server is slow.\n\nSigned-off-by: Kim Holt <kim@fernhill.example>\n\n")
    assert git_text(fork, "rev-parse", "carried/2.0.0^{tree}") == git_text(
        agency / "site", "rev-parse", f"HEAD:{PLUGINS}/tidy-forms"
    )
    listed = workspace.do("patch", "list", "tidy-forms", "--json").json
    assert [(row["patch"], row["on"], row["title"]) for row in listed] == [(patch, "2.0.0", "Wait a minute")]
    assert fsck(fork) == ""
    operations = workspace.do("fork", "log", "tidy-forms", "--json").json
    assert [row["command"] for row in operations] == ["fork adopt"]
    assert public_refs(fork).keys() == {"refs/heads/upstream", "refs/tags/upstream/2.0.0", "refs/heads/carried/2.0.0"}


def test_the_table_says_what_the_document_says(workspace: Workspace, agency: Path) -> None:
    shown = workspace.run("fork", "adopt", agency / "site", *releases(agency), "--offline", "--dry-run")
    assert shown.code == 3
    assert (
        "plugin/tidy-forms\t2.0.0\tgiven: tidy-forms.2.0.0.zip; 2 of its 3 files as they are in it\t1\t0\twould-adopt"
        in shown.out
    )
    assert "plugin/pale-gallery\tnew\t2025-11-21\tAna Ruiz\tTwo pictures\tcode.php" in shown.out
    assert "unexplained: .DS_Store: left by macOS" in shown.out
    assert "next: the same without --dry-run · the same with --leave-out PATH" in shown.err


def test_a_release_that_nobody_has_is_a_row(workspace: Workspace, tmp_path: Path) -> None:
    plugins = write_files(tmp_path / "plugins", below("tidy-forms", plugin(mail=mail_file(seconds=60))))
    write_files(plugins, below("night-mode", other_plugin("Night Mode", "0.9", "\treturn 3;\n")))
    stock = zip_files(tmp_path / "night-mode.zip", other_plugin("Night Mode", "0.9"), top="night-mode")
    answer = workspace.run("fork", "adopt", plugins, "--release", stock, "--offline", "--json")
    assert answer.code == 1
    rows = by_name(answer)
    assert rows["plugin/night-mode"]["status"] == "adopted"
    missing = rows["plugin/tidy-forms"]
    assert (missing["status"], missing["base_version"], missing["release"], missing["patches"]) == (
        "failed",
        None,
        None,
        [],
    )
    assert "give it with --release ZIP" in missing["error"]
    assert [row["component"] for row in workspace.do("fork", "list", "--json").json] == ["plugin/night-mode"]
    assert not workspace.fork().exists()


def test_other_bytes_of_a_known_version_are_told(workspace: Workspace, tmp_path: Path) -> None:
    first = write_files(tmp_path / "first" / "tidy-forms", plugin())
    second = zip_files(tmp_path / "tidy-forms.zip", plugin(readme=b"Again.\n"))
    workspace.do("fork", "create", "plugin/tidy-forms", "--from", first)
    edited = write_files(tmp_path / "tidy-forms", plugin(mail=mail_file(seconds=60), readme=b"Again.\n"))
    adopt = ["fork", "adopt", edited, "--release", second, "--offline"]
    told = "plugin/tidy-forms 1.0.0 came with other bytes than before"
    (shown,) = workspace.do(*adopt, "--dry-run", "--json").json["components"]
    assert (shown["base_version"], shown["alarm"]) == ("1.0.0", told)
    done = workspace.do(*adopt)
    assert "plugin/tidy-forms\t1.0.0+r2\tgiven: tidy-forms.zip" in done.out
    assert f"warning: {told}; kept beside the first as 1.0.0+r2" in done.err
    (again,) = workspace.do(*adopt, "--json").json["components"]
    assert (again["base_version"], again["release"]["version"], again["alarm"]) == ("1.0.0+r2", "1.0.0+r2", None)


def test_a_patch_that_is_carried_already_is_shown_as_it_is(workspace: Workspace, tmp_path: Path) -> None:
    workspace.do("fork", "create", "plugin/tidy-forms", "--from", write_files(tmp_path / "a/tidy-forms", plugin()))
    edited = write_files(tmp_path / "tidy-forms", plugin(mail=mail_file(seconds=60)))
    workspace.do("patch", "capture", "tidy-forms", edited, "--title", "Wait a minute")
    adopt = ["fork", "adopt", edited, "--offline"]
    (row,) = workspace.do(*adopt, "--json").json["components"]
    (carried,) = workspace.do("patch", "list", "--json").json
    assert (row["status"], row["patches"][0]["id"], row["patches"][0]["title"]) == (
        "adopted-already",
        carried["patch"],
        "Wait a minute",
    )
    assert "Adopted local changes" not in workspace.do(*adopt).out


def test_the_next_step_is_one_that_helps(workspace: Workspace, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "tidy-forms", plugin())
    stock = zip_files(tmp_path / "tidy-forms.zip", plugin())
    (folder / "link.php").symlink_to("/etc/passwd")
    answer = workspace.run("fork", "adopt", folder, "--release", stock, "--offline")
    assert answer.code == 3
    assert "next: the same with --leave-out PATH for what need not be kept\n" in answer.err
    write_files(folder, {".DS_Store": b"\0"})
    answer = workspace.run("fork", "adopt", folder, "--release", stock, "--offline")
    assert "need not be kept, --with-rest for a patch of the rest" in answer.err


@pytest.fixture
def directory(workspace: Workspace, tmp_path: Path) -> Iterator[WordPressOrgServer]:
    """WordPress.org with Tidy Forms 1.0.0."""
    with WordPressOrgServer() as server:
        server.add_plugin("tidy-forms", versions=["1.0.0"], version="1.0.0")
        server.add_download("plugin", "tidy-forms.1.0.0", zip_files(tmp_path / "z.zip", plugin("1.0.0")).read_bytes())
        with (workspace.folder / "plugwatch.toml").open("a") as settings:
            settings.write(f'\n[wordpress_org]\napi_url = "{server.url}"\ndownloads_url = "{server.url}"\n')
        yield server


def test_wordpress_org_has_the_release(workspace: Workspace, directory: WordPressOrgServer, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "tidy-forms", plugin(mail=mail_file(seconds=60)))
    (row,) = workspace.do("fork", "adopt", folder, "--json").json["components"]
    assert (row["found_by"].split(";")[0], row["status"], row["release"]["source"]) == (
        "WordPress.org",
        "adopted",
        "wporg",
    )
    assert len(row["release"]["sha256"]) == 64
    asked = len(directory.requests)
    assert workspace.do("fork", "adopt", folder, "--json").json["components"][0]["status"] == "adopted-already"
    assert len(directory.requests) == asked
    assert "nobody said why it is carried" in workspace.run("patch", "lint", "--json").out


def test_a_directory_that_is_down_is_unknown_not_missing(
    workspace: Workspace, directory: WordPressOrgServer, tmp_path: Path
) -> None:
    directory.go_wrong(DOWN, times=20)
    folder = write_files(tmp_path / "tidy-forms", plugin(mail=mail_file(seconds=60)))
    answer = workspace.run("fork", "adopt", folder, "--json")
    assert (answer.code, answer.json["components"][0]["status"]) == (4, "failed")
    assert not workspace.fork().exists()
    unpatched = write_files(tmp_path / "b" / "tidy-forms", plugin())
    given = workspace.do("fork", "adopt", unpatched, "--release", tmp_path / "z.zip", "--json").json["components"][0]
    assert (given["status"], given["patches"]) == ("unpatched", [])
    assert not workspace.fork().exists()


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (("nowhere",), 1, "there is no such folder or repository"),
        (("ext::sh -c touch% mark",), 1, "there is no such folder or repository"),
        (("--", "--upload-pack=touch mark"), 1, "there is no such folder or repository"),
        (("ftp://git.example/a.git",), 1, "its address cannot be used"),
        (("https://-oProxyCommand=touch/a.git",), 1, "its address cannot be used"),
        (("SITE", "plugin/../x"), 1, "'plugin/../x' is not in it"),
        (("SITE", "zebra"), 1, "'zebra' is not in it (there: plugin/night-mode"),
        (("SITE", "--base", "1.0"), 2, "--base is for one component; name it"),
        (("SITE", "--split", "files"), 2, "--split is for a folder without history"),
        (("SITE", "--release", "gone.zip"), 1, "there is no such file or folder"),
        (("SITE@nope",), 1, "there is no branch, tag or whole commit id 'nope'"),
        (("SITE", "--since", "-x"), 1, "there is no branch, tag or whole commit id '-x'"),
    ],
)
def test_bad_input_is_one_sentence(
    workspace: Workspace, agency: Path, tmp_path: Path, args: tuple[str, ...], code: int, sentence: str
) -> None:
    words = [word.replace("SITE", str(agency / "site")) for word in args]
    answer = workspace.run("fork", "adopt", "--offline", *words)
    assert (answer.code, answer.out) == (code, "")
    assert sentence in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "mark").exists()
    assert snapshot(workspace.folder / "forks") == {}


def test_damaged_releases_and_odd_folders_are_rows(workspace: Workspace, tmp_path: Path) -> None:
    plugins = write_files(tmp_path / "plugins", below("tidy-forms", plugin(mail=mail_file(seconds=60))))
    write_files(plugins, below("-odd", other_plugin("Odd", "1")))
    damaged = tmp_path / "tidy-forms.zip"
    damaged.write_bytes(b"PK\x03\x04 no zip")
    answer = workspace.run("fork", "adopt", plugins, "--release", damaged, "--offline", "--json")
    assert answer.code == 1
    errors = {row["component"]: row["error"] for row in answer.json["components"]}
    assert "a ZIP that is cut short or damaged" in errors["plugin/tidy-forms"]
    assert "cannot be the name of a fork" in errors["plugin/-odd"]
    assert workspace.do("fork", "list", "--json").json == []


class ForkedGitHub(GitHub):
    """GitHub with a repository that is a fork of another."""

    def repository(self, repository: Repository) -> dict[str, Any]:
        """As GitHub tells of a fork: with its parent."""
        document = super().repository(repository)
        if repository.owner == "fernhill":
            document |= {"fork": True, "parent": super().repository(self.repositories["vendor/tidy-forms"])}
        return document


@pytest.fixture
def github(workspace: Workspace, tmp_path: Path) -> Iterator[GitServer]:
    """A fork on GitHub with an open pull request from ``fix/wait`` to the vendor, served by git over HTTP."""
    peer = ForkedGitHub(tmp_path / "github")
    vendor, ours = peer.add("vendor/tidy-forms"), peer.add("fernhill/tidy-forms")
    first = vendor.commit("main", dict(plugin("1.0.0")), "Release 1.0.0")
    git(vendor.directory, "tag", "v1.0.0", first)
    git(ours.directory, "fetch", "--quiet", str(vendor.directory), "main:main", "refs/tags/*:refs/tags/*")
    ours.branch("fix/wait", "main")
    ours.commit("fix/wait", {"includes/mail.php": mail_file(seconds=60)}, "Wait a minute")
    vendor.open_pull("fix/wait", "Wait a minute", fork=ours)
    ours.commit("fix/wait", {"readme.txt": b"ours\n"}, "Ours alone")
    server = GitServer(tmp_path / "github")
    with peer.running(), server.running():
        with (workspace.folder / "plugwatch.toml").open("a") as settings:
            settings.write(f'\n[github]\napi_url = "{peer.api_url}"\n')
        with environment(PLUGWATCH_GIT_AUTH_127_0_0_1=f"{USER}:{TOKEN}"):
            yield server


def test_a_fork_on_github_is_linked_to_its_pull_requests(
    workspace: Workspace, github: GitServer, tmp_path: Path
) -> None:
    source = f"{github.address('fernhill/tidy-forms')}@fix/wait"
    stock = zip_files(tmp_path / "tidy-forms.zip", plugin("1.0.0"))
    adopted = workspace.do("fork", "adopt", source, "--release", stock, "--json").json
    assert adopted["source"] == source
    (row,) = adopted["components"]
    page = [patch["source"] for patch in row["patches"]]
    assert page[0].endswith("/vendor/tidy-forms/pull/1")
    assert page[1] is None
    assert f"Plugwatch-Source: {page[0]}" in git_text(workspace.fork(), "log", "--format=%B", "carried/1.0.0")
    assert workspace.do("patch", "show", row["patches"][0]["id"], "--json").json["source"] == page[0]


def test_private_repositories_ask_for_a_login_that_is_never_shown(
    workspace: Workspace, github: GitServer, tmp_path: Path
) -> None:
    source = f"{github.address('fernhill/tidy-forms')}@fix/wait"
    with environment(PLUGWATCH_GIT_AUTH_127_0_0_1=""):
        refused = workspace.run("fork", "adopt", source, "--offline", "--dry-run")
    assert (refused.code, refused.out) == (1, "")
    assert "wants a login; set PLUGWATCH_GIT_AUTH_127_0_0_1 to USER:TOKEN" in refused.err
    stock = zip_files(tmp_path / "tidy-forms.zip", plugin("1.0.0"))
    with environment(PLUGWATCH_GIT_AUTH_127_0_0_1=f"{USER}:{TOKEN}"):
        answer = workspace.do("fork", "adopt", source, "--offline", "--release", stock, "--json")
    assert answer.json["components"][0]["status"] == "adopted"
    typed = source.replace("http://", f"http://{USER}:{TOKEN}@")
    again = workspace.do("fork", "adopt", typed, "--offline", "--release", stock, "--json")
    assert again.json["components"][0]["status"] == "adopted-already"
    assert again.json["source"] == source
    for kept in (answer.out, again.out, again.err, git_text(workspace.fork(), "log", "--all", "-p")):
        assert TOKEN not in kept


def test_pull_requests_that_cannot_be_asked_for_are_said(
    workspace: Workspace, github: GitServer, tmp_path: Path
) -> None:
    settings = workspace.folder / "plugwatch.toml"
    settings.write_text(settings.read_text().replace("/api/v3", "/api/v9"))
    stock = zip_files(tmp_path / "tidy-forms.zip", plugin("1.0.0"))
    answer = workspace.run(
        "fork", "adopt", f"{github.address('fernhill/tidy-forms')}@fix/wait", "--release", stock, "--json"
    )
    assert answer.code == 4
    assert "warning: no patch was linked to a pull request" in answer.err
    assert answer.json["components"][0]["status"] == "adopted"
