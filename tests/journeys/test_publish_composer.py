"""A Bedrock-style project on real Composer: to a build of ours, through its life, and back to the vendor."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from peers.composer import Project
from peers.composer_repository import ComposerServer
from peers.web_space import WebSpace
from publishing import set_up
from workbench import Workspace, make_carrying_workspace, plugin, snapshot, zip_files

pytestmark = pytest.mark.services

TIDY, PACKAGE = "plugin/tidy-forms", "wpackagist-plugin/tidy-forms"
LOGIN = "sites:correct horse"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("composer")
    workspace = make_carrying_workspace(folder)
    workspace.do("fork", "build", TIDY, "--out", folder / "builds")
    workspace.do("fork", "import", TIDY, "--from", folder / "sources" / "3.0.0")
    for version in ("1.0.0", "2.0.0", "3.0.0", "3.1.0"):
        zip_files(folder / f"{version}.zip", plugin(version))
    return folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(template / "ws", tmp_path / "ws")
    return Workspace(tmp_path / "ws")


@pytest.fixture
def vendor(template: Path) -> Iterator[ComposerServer]:
    """The repository that has the vendor's releases, newer ones as well."""
    with ComposerServer().running() as server:
        for version in ("1.0.0", "2.0.0", "3.0.0", "3.1.0"):
            url = f"{server.url}/dist/{PACKAGE.replace('/', '-')}-{version}.zip"
            server.add(PACKAGE, version, (template / f"{version}.zip").read_bytes(), url=url)
        yield server


@pytest.fixture
def space(workspace: Workspace) -> Iterator[WebSpace]:
    """The web space that shows the published folder; it asks for a login."""
    with WebSpace(workspace.folder / "public", login=LOGIN) as server:
        set_up(workspace, base=server.url)
        workspace.do("fork", "publish")
        yield server


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


def lines(workspace: Workspace) -> Any:
    return workspace.do("fork", "composer", "tidy", "--json").json


def log_in(project: Project, told: Any, login: str = LOGIN) -> None:
    """What ``fork composer`` says of auth.json, with the name and password filled in."""
    text = json.dumps(told["auth"])
    user, _colon, password = login.partition(":")
    (project.folder / "auth.json").write_text(text.replace("USER", user).replace("PASSWORD", password))


def installed(project: Project) -> dict[str, bytes | None]:
    return snapshot(project.folder / "web/app/plugins/tidy-forms")


def test_from_the_vendor_to_our_build_and_back(
    workspace: Workspace, vendor: ComposerServer, space: WebSpace, project: Project, tmp_path: Path
) -> None:
    theirs = {"type": "composer", "url": vendor.url}
    project.write({PACKAGE: "1.0.0"}, [theirs])
    project.do("install")
    stock = installed(project)
    told = lines(workspace)

    # Without the password nothing changes; with it the build comes, though the vendor has 3.1.0.
    project.write(told["require"], [told["repository"], theirs])
    refused = project.run(*told["command"].split()[1:])
    assert refused.returncode != 0
    assert "401" in refused.stderr
    assert installed(project) == stock
    log_in(project, told)
    project.do(*told["command"].split()[1:])
    assert project.locked(PACKAGE) == "1.0.0.0-p1"
    build = installed(project)
    assert b"Plugwatch-Base: 1.0.0" in (build["tidy-forms.php"] or b"")
    assert "plugwatch-manifest.json" in build

    # A plain update leaves it there, and even a range does not reach past our folder.
    project.do("update")
    project.write({PACKAGE: ">=1.0"}, [told["repository"], theirs])
    project.do("update")
    assert (project.locked(PACKAGE), installed(project)) == ("1.0.0.0-p1", build)
    old_lock = (project.folder / "composer.lock").read_bytes()

    # The vendor's 3.0.0 has the fix: as told, back to it, and later releases come again.
    workspace.do("fork", "upgrade", TIDY, "--to", "3.0.0")
    workspace.do("fork", "publish")
    aside = lines(workspace)
    assert (aside["state"], aside["repository"], aside["require"]) == ("stock", None, {PACKAGE: "3.0.0"})
    project.write(aside["require"], [theirs])
    project.do(*aside["command"].split()[1:])
    assert project.locked(PACKAGE) == "3.0.0"
    assert "plugwatch-manifest.json" not in installed(project)
    project.write({PACKAGE: "^3.0"}, [theirs])
    project.do("update")
    assert project.locked(PACKAGE) == "3.1.0"

    # Who has not moved yet goes on installing from an old lock file.
    late = Project(tmp_path / "late")
    late.write(told["require"], [told["repository"], theirs])
    log_in(late, told)
    (late.folder / "composer.lock").write_bytes(old_lock)
    late.do("install")
    assert installed(late) == build


def test_a_zip_with_another_hash_is_refused(
    workspace: Workspace, vendor: ComposerServer, space: WebSpace, project: Project
) -> None:
    told = lines(workspace)
    log_in(project, told)
    project.write(told["require"], [told["repository"], {"type": "composer", "url": vendor.url}])
    (path,) = (workspace.folder / "public").rglob("*.zip")
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"tidy-forms.php", b"tidy-farms.php"))  # a ZIP all the same
    refused = project.run("update")
    assert refused.returncode != 0
    assert "checksum verification of the file failed" in refused.stderr
    assert not (project.folder / "web").exists()
    path.write_bytes(whole)
    project.do("update")
    assert installed(project)


def test_stepping_aside_within_our_folder_works_too(workspace: Workspace, space: WebSpace, project: Project) -> None:
    """A project that leaves the repository in and changes the pin alone gets the vendor's files from us."""
    told = lines(workspace)
    log_in(project, told)
    project.write(told["require"], [told["repository"]])
    project.do("update")
    workspace.do("fork", "upgrade", TIDY, "--to", "3.0.0")
    workspace.do("fork", "publish")
    project.write(lines(workspace)["require"], [told["repository"]])
    project.do("update")
    files = {path: data for path, data in installed(project).items() if data is not None}
    assert files == plugin("3.0.0", mail=files["includes/mail.php"])
    assert project.locked(PACKAGE) == "3.0.0"
