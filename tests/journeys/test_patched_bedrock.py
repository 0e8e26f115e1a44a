"""A Bedrock-style project on real Composer: from the call to our build, and back to the vendor's fixed release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from client_sites import open_agency, sites_to_move
from peers.composer import Project
from peers.composer_repository import ComposerServer
from peers.web_space import WebSpace
from peers.zips import plugin_zip
from upstreaming import EXAMPLES, Agency, Directory, example

pytestmark = pytest.mark.services

PACKAGE = "wpackagist-plugin/tidy-forms"


class Vendor:
    """The vendor's releases, as WordPress.org and a Composer repository have them."""

    def __init__(self, directory: Directory, packages: ComposerServer) -> None:
        self.directory, self.packages = directory, packages
        self.ship("1.2.4")

    def ship(self, version: str) -> None:
        """A release, byte for byte as it is among the examples."""
        content = plugin_zip({f"tidy-forms/{path}": data for path, data in example(version).items()})
        name = f"{PACKAGE.replace('/', '-')}-{version}.zip"
        self.packages.add(PACKAGE, version, content, url=f"{self.packages.url}/dist/{name}")
        if version not in self.directory.shipped:
            self.directory.shipped.append(version)
            self.directory.add_plugin("tidy-forms", versions=self.directory.shipped)
        self.directory.add_download("plugin", f"tidy-forms.{version}", content)

    @property
    def repository(self) -> dict[str, str]:
        """For a composer.json."""
        return {"type": "composer", "url": self.packages.url}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Directory() as directory, ComposerServer().running() as packages:
        yield Vendor(directory, packages)


@pytest.fixture
def project(tmp_path: Path, vendor: Vendor) -> Project:
    """The client's site, with what is broken."""
    made = Project(tmp_path / "project")
    made.write({PACKAGE: "1.2.4"}, [vendor.repository])
    made.do("install")
    return made


@pytest.fixture
def agency(
    project: Project,
    vendor: Vendor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Agency:
    agency = open_agency(tmp_path / "agency", vendor.directory, capsys, monkeypatch)
    lock = project.folder / "composer.lock"
    agency("site", "add", "brightside", "--client", "brightside", "--source", lock)
    agency("site", "refresh", "brightside")
    return agency


def test_from_the_call_to_the_vendors_release(agency: Agency, vendor: Vendor, project: Project) -> None:
    opened = agency("incident", "open", "brightside", "tidy", "The form says that the session has expired")
    assert opened["version"] == "1.2.4"
    agency("fork", "create", "plugin/tidy-forms", "--from", "wporg", "--version", "1.2.4")
    facts = ("--title", "Accept the form from cached pages", "--why", "A page cache hands out old nonces.")
    imported = agency("patch", "import", "tidy-forms", EXAMPLES / "fix-nonce.patch", "--incident", "INC-1", *facts)
    patch = imported["patch"]
    agency("patch", "stance", patch, "send", "--why", "Everybody with a page cache has it.")

    with WebSpace(agency.folder / "public") as space:
        toml = agency.folder / "plugwatch.toml"
        text = toml.read_text(encoding="utf-8")
        toml.write_text(text.replace("https://updates.fernhill.example", space.url), encoding="utf-8")
        agency("fork", "build", "tidy-forms", "--out", agency.folder / "builds")
        agency("fork", "publish")
        told = _follow(agency, project, vendor)
        assert told["require"] == {PACKAGE: "1.2.4.0-p1"}
        assert _look(agency, project) == ("patched", "verified")
        agency("site", "refresh", "brightside")

        # The vendor ships 1.2.5 without the fix: an update does not take it, and the developer hears of it.
        vendor.ship("1.2.5")
        agency.later(days=1)
        project.do("update")
        assert project.locked(PACKAGE) == "1.2.4.0-p1"
        assert [(row["to"], row["status"]) for row in agency("check")["forecasts"]] == [("1.2.5", "clean")]
        agency("fork", "upgrade", "tidy-forms", "--to", "1.2.5")
        agency("fork", "build", "tidy-forms", "--out", agency.folder / "builds")
        agency("fork", "publish")
        assert _follow(agency, project, vendor)["require"] == {PACKAGE: "1.2.5.0-p1"}
        agency("site", "refresh", "brightside")

        # Somebody takes our repository out, and the vendor's release comes over the build: it is said whom it hits.
        project.write({PACKAGE: "1.2.5"}, [vendor.repository])
        project.do("update")
        agency("site", "refresh", "brightside")
        assert _look(agency, project, code=3) == ("lost", "verified")
        assert any("Brightside Bikes" in line for line in agency("check", code=3)["needs_person"])
        _follow(agency, project, vendor)
        agency("site", "refresh", "brightside")

        # The vendor ships 1.3.0 with the fix: the project goes back to it.
        vendor.ship("1.3.0")
        agency.later(days=9)
        agency("check", code=0)
        upgraded = agency("fork", "upgrade", "tidy-forms", "--to", "1.3.0")
        assert [(row["id"], row["verdict"]) for row in upgraded["patches"]] == [(patch, "landed")]
        agency("fork", "publish")
        agency("site", "refresh", "brightside")
        agency("check")
        assert sites_to_move(agency) == {patch: ["brightside"]}
        assert _follow(agency, project, vendor)["require"] == {PACKAGE: "1.3.0"}
        assert "plugwatch" not in project.folder.joinpath("composer.json").read_text()
        agency("site", "refresh", "brightside")
        (todo,) = agency("check", code=3)["needs_person"]
        assert "incident tell INC-1" in todo
        assert sites_to_move(agency) == {}

    agency("incident", "resolve", "INC-1", "brightside")
    agency("incident", "resolve", "INC-1")
    told = agency("incident", "tell", "INC-1", "--phase", "resolved", "--send")
    assert all(check["ok"] for check in told["messages"][0]["checks"])


def _follow(agency: Agency, project: Project, vendor: Vendor) -> Any:
    """Do with the composer.json what ``fork composer`` says."""
    told = agency("fork", "composer", "tidy-forms")
    ours = [told["repository"]] if told["repository"] else []
    project.write(told["require"], [*ours, vendor.repository])
    project.do(*told["command"].split()[1:])
    assert {PACKAGE: project.locked(PACKAGE)} == told["require"]
    return told


def _look(agency: Agency, project: Project, code: int = 0) -> tuple[str, str]:
    """What ``fork verify`` says of the project's folder."""
    place = project.folder / "web" / "app" / "plugins" / "tidy-forms"
    (row,) = agency("fork", "verify", place, "--site", "brightside", code=code)["components"]
    return row["state"], row["certainty"]
