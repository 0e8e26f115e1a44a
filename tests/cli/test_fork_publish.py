"""``fork publish`` and ``fork composer``: what gets into the folder, and what stays out of it."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from publishing import BASE, check_whole, set_up, site_file
from workbench import Workspace, git, mail_file, make_carrying_workspace, plugin, snapshot, write_files

TIDY = "plugin/tidy-forms"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a build of 1.0.0, a theme that is patched and not built, and the releases that came since."""
    folder = tmp_path_factory.mktemp("publish")
    workspace = make_carrying_workspace(folder)
    set_up(workspace)
    for version in ("2.0.0", "3.0.0"):
        workspace.do("fork", "import", TIDY, "--from", folder / "sources" / version)
    shelf = {"style.css": b"/*\nTheme Name: Shelf\nVersion: 1.0\n*/\n", "index.php": b"<?php\n"}
    workspace.do("fork", "create", "theme/shelf", "--from", write_files(folder / "sources" / "shelf", shelf))
    edited = write_files(folder / "sources" / "shelf-edited", shelf | {"index.php": b"<?php\n// mended\n"})
    workspace.do("patch", "capture", "theme/shelf", edited, "--title", "Mend the shelf", "--why", "It fell.")
    assert build(workspace) == "1.0.0.0-p1"
    return folder


@pytest.fixture(scope="module")
def called(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, with a client's call about the plugin, a hold, and a second patch that was made for it."""
    workspace = Workspace(tmp_path_factory.mktemp("called") / "ws")
    shutil.copytree(template / "ws", workspace.folder)
    open_incident(workspace)
    return workspace.folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(template / "ws", tmp_path / "ws")
    return Workspace(tmp_path / "ws")


def build(workspace: Workspace, component: str = TIDY, *more: str) -> str:
    """The number of a build."""
    out = workspace.folder / "builds"
    return str(workspace.do("fork", "build", component, "--out", out, *more, "--json").json["build"])


def test_a_build_is_published_as_it_was_built(workspace: Workspace) -> None:
    found = workspace.do("fork", "publish", "--json").json
    public = workspace.folder / "public"
    assert (found["out"], found["url"], found["dry_run"], found["left_out"]) == (str(public), BASE, False, [])
    (row,) = found["components"]
    assert (row["state"], row["version"], row["base_version"], row["new"]) == ("build", "1.0.0.0-p1", "1.0.0", True)
    stem = "tidy-forms.1.0.0.0-p1"
    for ending in ("zip", "manifest.json"):
        ours = (public / "builds" / "plugin" / "tidy-forms" / f"{stem}.{ending}").read_bytes()
        assert ours == (workspace.folder / "builds" / f"{stem}.{ending}").read_bytes()
    assert check_whole(public) >= 6
    assert site_file(public)[TIDY]["guard"] is True
    assert site_file(public)[TIDY]["upstream"] == "3.0.0"
    assert json.loads((public / "updates" / "plugin" / "tidy-forms.json").read_bytes())["version"] == "1.0.0.0-p1"


def test_nothing_is_touched_that_says_the_same(workspace: Workspace) -> None:
    workspace.do("fork", "publish")
    public = workspace.folder / "public"
    before = {path: path.stat().st_mtime_ns for path in public.rglob("*") if path.is_file()}
    again = workspace.do("fork", "publish", "--json").json
    assert again["written"] == []
    assert {path: path.stat().st_mtime_ns for path in public.rglob("*") if path.is_file()} == before
    build(workspace, "theme/shelf")
    written = workspace.do("fork", "publish", "--json").json["written"]
    assert [path for path in written if "tidy" in path] == []
    assert site_file(public)["theme/shelf"]["version"] == "1.0.0.0-p1"


def test_a_dry_run_writes_nothing(workspace: Workspace) -> None:
    before = snapshot(workspace.folder)
    found = workspace.do("fork", "publish", "--dry-run", "--json").json
    assert [(row["component"], row["version"]) for row in found["components"]] == [(TIDY, "1.0.0.0-p1")]
    assert (found["dry_run"], found["written"]) == (True, [])
    answer = workspace.do("fork", "publish", "--dry-run")
    assert "nothing was written" in answer.err
    after = snapshot(workspace.folder)
    assert {path for path in after if "db-" not in path} == {path for path in before if "db-" not in path}


def test_from_one_build_to_the_next_and_back_to_the_vendor(workspace: Workspace) -> None:
    public = workspace.folder / "public"
    workspace.do("fork", "publish")
    workspace.do("fork", "upgrade", TIDY, "--to", "2.0.0")

    waiting = workspace.do("fork", "publish", "--json").json
    assert waiting["components"][0]["version"] == "1.0.0.0-p1"
    assert "fork build plugin/tidy-forms" in waiting["notes"][0]

    assert build(workspace) == "2.0.0.0-p1"
    workspace.do("fork", "publish")
    assert site_file(public)[TIDY]["version"] == "2.0.0.0-p1"

    workspace.do("fork", "upgrade", TIDY, "--to", "3.0.0")
    aside = workspace.do("fork", "publish", "--json").json["components"][0]
    assert (aside["state"], aside["version"]) == ("stock", "3.0.0")
    row = site_file(public)[TIDY]
    assert (row["state"], row["guard"], row["version"]) == ("stock", False, "3.0.0")
    with zipfile.ZipFile(public / "builds/plugin/tidy-forms/tidy-forms.3.0.0.zip") as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found == {f"tidy-forms/{path}": data for path, data in plugin("3.0.0", mail=mail_file(seconds=60)).items()}
    manifest = json.loads((public / "builds/plugin/tidy-forms/tidy-forms.3.0.0.manifest.json").read_bytes())
    assert (manifest["plugin"], manifest["version"], manifest["build"]) == ("tidy-forms", "3.0.0", None)
    assert {f"tidy-forms/{path}": sums["sha256"] for path, sums in manifest["files"].items()} == {
        name: hashlib.sha256(data).hexdigest() for name, data in found.items()
    }
    check_whole(public)
    packages = json.loads((public / "packages.json").read_bytes())["packages"]
    assert list(packages["wpackagist-plugin/tidy-forms"]) == ["1.0.0.0-p1", "2.0.0.0-p1", "3.0.0"]


def test_with_names_the_others_stay_as_they_were(workspace: Workspace) -> None:
    public = workspace.folder / "public"
    build(workspace, "theme/shelf")
    workspace.do("fork", "publish")
    workspace.do("fork", "upgrade", TIDY, "--to", "2.0.0")
    build(workspace)
    workspace.do("fork", "publish", "shelf")
    assert site_file(public)[TIDY]["version"] == "1.0.0.0-p1"
    workspace.do("fork", "publish", "tidy")
    assert {name: row["version"] for name, row in site_file(public).items()} == {
        TIDY: "2.0.0.0-p1",
        "theme/shelf": "1.0.0.0-p1",
    }
    assert "no build yet" not in workspace.run("fork", "publish", "tidy").err
    git(workspace.fork(), "update-ref", "-d", "refs/tags/build/2.0.0.0-p1")
    git(workspace.fork(), "update-ref", "-d", "refs/tags/build/1.0.0.0-p1")
    refused = workspace.run("fork", "publish", "tidy")
    assert refused.code == 1
    assert "fork build plugin/tidy-forms" in refused.err


def test_a_build_that_was_undone_stays_and_that_is_said(workspace: Workspace) -> None:
    workspace.do("fork", "publish")
    workspace.do("fork", "undo", TIDY, "--yes")
    again = workspace.do("fork", "publish", "--json")
    assert again.json["components"][0]["version"] == "1.0.0.0-p1"
    assert again.json["notes"] == [f"{TIDY}: nothing of its fork is offered now, so 1.0.0.0-p1 stays as published"]


def test_a_package_of_another_component_is_refused(workspace: Workspace) -> None:
    build(workspace, "theme/shelf")
    workspace.do("fork", "publish", "tidy", "--package", "acme/tidy")
    refused = workspace.run("fork", "publish", "shelf", "--package", "acme/tidy")
    assert (refused.code, "plugin/tidy-forms goes by 'acme/tidy' already" in refused.err) == (1, True)
    assert "theme/shelf" not in site_file(workspace.folder / "public")


def test_nobody_is_sent_to_a_zip_that_is_gone(workspace: Workspace) -> None:
    workspace.do("fork", "publish")
    (packed,) = (workspace.folder / "public").rglob("*.zip")
    packed.unlink()
    refused = workspace.run("fork", "composer", "tidy")
    assert (refused.code, str(packed) in refused.err, refused.out) == (1, True, "")


def test_what_is_sold_is_left_out_unless_it_is_named(workspace: Workspace) -> None:
    public = workspace.folder / "public"
    workspace.do("vendor", "set", "tidy", "--paid")
    answer = workspace.run("fork", "publish", "--json")
    assert answer.json["components"] == []
    assert [row["component"] for row in answer.json["left_out"]] == [TIDY]
    assert "it is sold" in answer.err
    assert not list(public.rglob("*.zip"))

    workspace.do("fork", "publish", "--include", "tidy")
    assert site_file(public)[TIDY]["state"] == "build"
    workspace.do("fork", "upgrade", TIDY, "--to", "2.0.0")
    build(workspace)
    kept = workspace.do("fork", "publish", "--json")
    assert kept.json["left_out"][0]["published_before"] == "1.0.0.0-p1"
    assert "stays" in kept.err
    assert site_file(public)[TIDY]["version"] == "1.0.0.0-p1"

    # Once the vendor has the fix nobody is kept on a build, but the vendor's files are not ours to hand out.
    workspace.do("fork", "upgrade", TIDY, "--to", "3.0.0")
    workspace.do("fork", "publish")
    row = site_file(public)[TIDY]
    assert (row["state"], row["version"], row["package"], row["guard"]) == ("stock", "3.0.0", None, False)
    assert not list(public.rglob("*3.0.0*"))
    check_whole(public)


PRIVATE = ("Brightside", "brightside", "INC-", "Ada", "Lovelace", "cannot ring", "bikes.example", "has expired")


def open_incident(workspace: Workspace) -> None:
    """A client's call about the plugin, a hold, and a patch that was made for it."""
    contact = "Ada Lovelace <a@bikes.example>"
    workspace.do("client", "add", "brightside", "--name", "Brightside Bikes", "--contact", contact)
    workspace.do("site", "add", "brightside-shop", "--client", "brightside", "--url", "https://bikes.example")
    rows = [{"name": "tidy-forms", "status": "active", "version": "1.0.0"}]
    path = workspace.folder / "list.json"
    path.write_text(json.dumps(rows))
    workspace.do("site", "import", "brightside-shop", path)
    words = "our session has expired"
    workspace.do("incident", "open", "brightside-shop", "tidy", words, "--caller", "Ada Lovelace")
    workspace.do("incident", "hold", "INC-1", "--version", ">=1.0.0,<2.5", "--reason", "customers cannot ring")
    readme = write_files(
        workspace.folder / "edited", plugin("1.0.0", mail=mail_file(seconds=60), readme=b"=== T ===\n")
    )
    workspace.do(
        "patch", "capture", TIDY, readme, "--title", "Shorter readme", "--why", "Ada asked.", "--incident", "1"
    )


@pytest.fixture
def after_call(called: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(called, tmp_path / "ws")
    return Workspace(tmp_path / "ws")


def test_nothing_private_gets_into_the_folder(after_call: Workspace) -> None:
    workspace = after_call
    assert build(workspace) == "1.0.0.0-p2"
    workspace.do("fork", "publish")
    public = workspace.folder / "public"
    assert site_file(public)[TIDY]["held"] == [[[">=", "1.0.0"], ["<", "2.5"]]]
    for path in public.rglob("*"):
        texts = [path.read_bytes()] if path.is_file() else []
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                texts = [archive.read(name) for name in archive.namelist()]
        for text in texts:
            found = [word for word in (*PRIVATE, str(workspace.folder)) if word.encode() in text]
            assert found == [], path


def test_a_matter_of_security_is_left_out_and_its_title_is_never_told(after_call: Workspace) -> None:
    workspace, public = after_call, after_call.folder / "public"
    workspace.do("incident", "set", "1", "--security")
    build(workspace)
    answer = workspace.do("fork", "publish", "--json")
    assert answer.json["components"] == []
    assert {row["component"] for row in answer.json["left_out"]} == {TIDY}
    assert ["is a matter of security" in row["why"] for row in answer.json["left_out"]] == [True, True]
    assert site_file(public) == {}

    workspace.do("fork", "publish", "tidy")
    assert site_file(public)[TIDY]["version"] == "1.0.0.0-p2"
    told = "".join(path.read_text() for path in public.glob("*.*") if path.is_file())
    told += (public / "updates/plugin/tidy-forms.json").read_text() + (public / ".plugwatch-published.json").read_text()
    assert "Shorter readme" not in told
    assert "Wait a minute" in told


def test_a_title_that_names_a_client_is_left_out(workspace: Workspace) -> None:
    workspace.do("client", "add", "brightside", "--name", "Brightside Bikes")
    style = b"/*\nTheme Name: Shelf\nVersion: 1.0\nAuthor: Shelf Makers\n*/\n"
    edited = write_files(workspace.folder / "edited", {"style.css": style, "index.php": b"<?php\n"})
    workspace.do("patch", "capture", "theme/shelf", edited, "--title", "As Brightside Bikes wants it", "--why", "x")
    build(workspace, "theme/shelf")
    (left,) = workspace.do("fork", "publish", "--json").json["left_out"]
    assert left["component"] == "theme/shelf"
    assert "client name 'brightside bikes'" in left["why"]


def test_a_hold_without_a_build_is_told(after_call: Workspace) -> None:
    workspace = after_call
    git(workspace.fork(), "update-ref", "-d", "refs/tags/build/1.0.0.0-p1")
    workspace.do("fork", "publish")
    row = site_file(workspace.folder / "public")[TIDY]
    assert (row["state"], row["version"], row["guard"]) == ("hold", None, False)
    assert row["held"] == [[[">=", "1.0.0"], ["<", "2.5"]]]
    assert "Keep off" in (workspace.folder / "public" / "index.html").read_text()


def test_an_address_that_sites_could_not_trust_is_refused(workspace: Workspace) -> None:
    for url in (
        "http://updates.fernhill.example",
        "https://user:secret@updates.example",
        "https://wordpress.org/x",
        "ftp://x",
    ):
        answer = workspace.run("fork", "publish", "--url", url)
        assert answer.code in (1, 2), url
        assert "secret" not in answer.out
    assert not (workspace.folder / "public").exists()


def test_a_fork_that_cannot_be_read_keeps_its_offer(workspace: Workspace) -> None:
    build(workspace, "theme/shelf")
    workspace.do("fork", "publish")
    (workspace.fork() / "HEAD").unlink()
    answer = workspace.run("fork", "publish")
    assert answer.code == 4
    assert site_file(workspace.folder / "public")[TIDY]["version"] == "1.0.0.0-p1"


def test_composer_lines_are_those_of_the_folder(workspace: Workspace) -> None:
    missing = workspace.run("fork", "composer", "tidy")
    assert (missing.code, "fork publish plugin/tidy-forms" in missing.err) == (1, True)
    workspace.do("fork", "publish", "tidy", "--package", "acme/tidy")
    lines = workspace.do("fork", "composer", "tidy", "--json").json
    assert lines["package"] == "acme/tidy"
    assert lines["require"] == {"acme/tidy": "1.0.0.0-p1"}
    assert lines["repository"] == {"type": "composer", "url": BASE, "only": ["acme/tidy"]}
    assert lines["auth"]["http-basic"] == {"updates.fernhill.example": {"username": "USER", "password": "PASSWORD"}}
    text = workspace.do("fork", "composer", "tidy", "--package", "wp-plugin/tidy-forms").out
    assert '"wp-plugin/tidy-forms": "1.0.0.0-p1"' in text
    workspace.do("fork", "upgrade", TIDY, "--to", "3.0.0")
    workspace.do("fork", "publish", "--json")  # the name that somebody gave is remembered in the folder
    aside = workspace.do("fork", "composer", "tidy", "--json").json
    assert (aside["package"], aside["version"], aside["repository"]) == ("acme/tidy", "3.0.0", None)
    assert "take" in workspace.do("fork", "composer", "tidy").out
