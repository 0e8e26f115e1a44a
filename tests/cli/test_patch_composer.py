"""``plugwatch patch import composer.json``: what cweagans/composer-patches has carried so far."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from peers.loopback import Peer, Reply, Request
from workbench import Workspace, git_text, make_workspace, plugin, write_files

TIDY = "plugin/tidy-forms"
PACKAGE = "wpackagist-plugin/tidy-forms"
README = b"--- a/readme.txt\n+++ b/readme.txt\n@@ -1,2 +1,2 @@\n === Tidy Forms ===\n-Forms, tidied.\n+Forms, tidier.\n"
AGAIN = README.replace(b"tidier", b"tidiest").replace(b"tidied", b"tidier")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with release 1.0.0 of Tidy Forms."""
    folder = tmp_path_factory.mktemp("composer")
    make_workspace(folder / "ws").do("fork", "create", TIDY, "--from", write_files(folder / "1.0.0", plugin("1.0.0")))
    return folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Workspace:
    """A copy of it for one test."""
    shutil.copytree(template / "ws", tmp_path / "ws")
    return Workspace(tmp_path / "ws")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The folder of a site with its patches."""
    return write_files(tmp_path / "site", {"patches/1.patch": README, "patches/2.patch": AGAIN})


class Files(Peer):
    """A server of files."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, bytes] = {}

    def reply(self, request: Request) -> Reply:
        """The file, or 404."""
        return Reply(200, self.files[request.path]) if request.path in self.files else Reply(404)


@pytest.fixture
def server() -> Iterator[Files]:
    """It, running."""
    peer = Files()
    with peer.running():
        yield peer


def write(site: Path, document: dict[str, Any], name: str = "composer.json") -> Path:
    (site / name).write_text(json.dumps(document))
    return site / name


def refs(workspace: Workspace) -> str:
    return git_text(workspace.fork(), "for-each-ref")


def test_the_patches_of_a_component_in_their_order_and_the_rest_left_out(workspace: Workspace, site: Path) -> None:
    patches = {
        PACKAGE: {"Say it better": "patches/1.patch", "Say it best": "patches/2.patch"},
        "wpackagist-plugin/other": {"Other": "patches/none.patch"},
    }
    file = write(site, {"require": {}, "extra": {"patches": patches}})
    answer = workspace.do("patch", "import", TIDY, file, "--why", "As before.", "--json")
    document = answer.json
    assert [(row["title"], row["files"]) for row in document["patches"]] == [
        ("Say it better", ["readme.txt"]),
        ("Say it best", ["readme.txt"]),
    ]
    assert document["left_out"] == [
        {"title": "Other", "reason": "it is for wpackagist-plugin/other", "package": "wpackagist-plugin/other"}
    ]
    assert "left out: Other: it is for wpackagist-plugin/other" in answer.err
    listed = workspace.do("patch", "list", TIDY, "--json").json
    assert [row["title"] for row in listed] == ["Say it better", "Say it best"]
    assert workspace.do("patch", "show", "2", "--json").json["why"] == "As before."
    again = workspace.run("patch", "import", TIDY, file)
    assert again.code == 1
    assert "1 of 2 patches cannot be added, so none was: 'Say it better': readme.txt" in again.err


def test_what_the_release_has_already_is_left_out(workspace: Workspace, site: Path) -> None:
    write_files(site.parent / "2.0", plugin("2.0", readme=b"=== Tidy Forms ===\nForms, tidier.\n"))
    workspace.do("fork", "import", TIDY, "--from", site.parent / "2.0")
    file = write(site, {"extra": {"patches": {PACKAGE: {"Better": "patches/1.patch", "Best": "patches/2.patch"}}}})
    document = workspace.do("patch", "import", TIDY, file, "--json").json
    assert [row["title"] for row in document["patches"]] == ["Best"]
    assert document["left_out"][0]["title"] == "Better"
    assert "all of this patch is there already" in document["left_out"][0]["reason"]


def test_other_files_locks_and_depths(workspace: Workspace, site: Path) -> None:
    deep = README.replace(b"a/readme", b"x/y/z/readme").replace(b"b/readme", b"x/y/z/readme")
    (site / "patches" / "1.patch").write_bytes(deep)
    write(site, {"patches": {PACKAGE: [{"url": "patches/1.patch", "description": "Deep", "depth": 3}]}}, "more.json")
    entry = {"package": PACKAGE, "url": "patches/1.patch", "sha256": sha256(deep).hexdigest(), "depth": 3}
    write(site, {"_hash": "x", "patches": [entry]}, "patches.lock.json")
    file = write(site, {"extra": {"patches-file": "more.json", "patches": {PACKAGE: {"Best": "patches/2.patch"}}}})
    wrong = workspace.run("patch", "import", TIDY, file)
    assert wrong.code == 1  # composer.json comes first, and its patch builds on the other
    assert "'Best': readme.txt" in wrong.err
    assert "is older than the patches: 1 of them have no checksum in it" in wrong.err
    write(site, {"extra": {"composer-patches": {"patches-file": "more.json"}}})
    assert [row["title"] for row in workspace.do("patch", "import", TIDY, file, "--json").json["patches"]] == ["Deep"]
    depths = {"extra": {"composer-patches": {"package-depths": {PACKAGE: 2}}}}
    write(site, depths | {"patches": {PACKAGE: ["patches/1.patch"]}}, "patches.json")
    write(site, depths)
    (site / "patches.lock.json").unlink()
    shallow = workspace.run("patch", "import", TIDY, site / "patches.json", "--title", "T")
    assert shallow.code == 1
    assert "the release has nothing of what this patch changes (x/y/z/readme.txt)" in shallow.err
    there = workspace.run("patch", "import", TIDY, site / "composer.json", "--title", "T", "--strip", "3")
    assert "all of this patch is there already" in there.err


def test_a_lock_file_by_itself_and_a_changed_patch(workspace: Workspace, site: Path) -> None:
    entry = {"package": PACKAGE, "description": "Better", "url": "patches/1.patch", "sha256": "0" * 64, "depth": 1}
    file = write(site, {"_hash": "x", "patches": [entry]}, "patches.lock.json")
    before = refs(workspace)
    answer = workspace.run("patch", "import", TIDY, file)
    assert answer.code == 1
    assert "'Better': the file has the checksum" in answer.err
    assert "not 000000000000…; somebody has changed it since" in answer.err
    assert refs(workspace) == before
    write(site, {"patches": [entry | {"sha256": sha256(README).hexdigest()}]}, "patches.lock.json")
    assert len(workspace.do("patch", "import", TIDY, file, "--json").json["patches"]) == 1


def test_a_misspelt_package_and_one_of_another_name(workspace: Workspace, site: Path) -> None:
    file = write(site, {"extra": {"patches": {"acme/tidy-forms": {"Better": "patches/1.patch"}}}})
    answer = workspace.run("patch", "import", TIDY, file)
    assert answer.code == 1
    assert "has no patch for plugin/tidy-forms" in answer.err
    assert "but for acme/tidy-forms; name the package with --package" in answer.err
    assert workspace.run("patch", "import", TIDY, file, "--package", "acme/tidy").code == 1
    done = workspace.do("patch", "import", TIDY, file, "--package", "acme/tidy-forms")
    assert done.out.startswith("pw-")
    assert "on plugin/tidy-forms 1.0.0: Better (readme.txt)" in done.out


def test_a_patch_that_is_not_there_is_named(workspace: Workspace, site: Path) -> None:
    file = write(site, {"extra": {"patches": {PACKAGE: {"Better": "patches/9.patch"}}}})
    answer = workspace.run("patch", "import", TIDY, file)
    assert answer.code == 1
    assert "composer.json, 'Better': there is no file 'patches/9.patch' beside it" in answer.err


def test_addresses_are_fetched_and_checked(workspace: Workspace, site: Path, server: Files) -> None:
    mail = b"From: Mika Lind <mika@vendor.example>\nSubject: [PATCH] Theirs\n\nBecause.\n---\n" + README
    server.files = {"/1.patch": mail, "/p/2.patch": AGAIN}
    first = {"url": f"{server.url}/1.patch?key=hunter2", "description": "Ours", "sha256": sha256(mail).hexdigest()}
    server.files["/composer.json"] = json.dumps(
        {"extra": {"patches": {PACKAGE: [first, {"url": "p/2.patch"}]}}}
    ).encode()
    server.files["/p/2.patch"] = mail.split(README)[0] + AGAIN
    done = workspace.do("patch", "import", TIDY, f"{server.url}/composer.json", "--json")
    assert [row["title"] for row in done.json["patches"]] == ["Ours", "Theirs"]
    assert [row["source"] for row in done.json["patches"]] == [f"{server.url}/1.patch", f"{server.url}/p/2.patch"]
    shown = workspace.do("patch", "show", "1", "--json").json
    assert (shown["author"], shown["why"]) == ("Mika Lind <mika@vendor.example>", "Because.")
    assert "hunter2" not in done.out + done.err + git_text(workspace.fork(), "log", "--all", "--format=%B")


@pytest.mark.parametrize("url", ["//127.0.0.1:9/x.patch", "file:///etc/passwd", "../../../etc/passwd"])
def test_a_document_on_a_server_names_files_of_that_server_only(workspace: Workspace, server: Files, url: str) -> None:
    server.files["/a/composer.json"] = json.dumps({"extra": {"patches": {PACKAGE: {"Evil": url}}}}).encode()
    answer = workspace.run("patch", "import", TIDY, f"{server.url}/a/composer.json")
    assert answer.code == 1
    assert "on another server" in answer.err or "answers 404" in answer.err
    assert "root:" not in answer.err


def test_patches_without_a_title_are_named_by_their_files(workspace: Workspace, site: Path) -> None:
    file = write(site, {"extra": {"patches": {PACKAGE: ["patches/1.patch", "patches/2.patch"]}}})
    before = refs(workspace)
    assert workspace.run("patch", "import", TIDY, file, "--title", "T").code == 2
    assert refs(workspace) == before
    done = workspace.do("patch", "import", TIDY, file, "--json")
    assert [row["title"] for row in done.json["patches"]] == ["1.patch", "2.patch"]
