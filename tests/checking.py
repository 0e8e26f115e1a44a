"""A workspace whose nightly check is tested: WordPress.org beside it, sites that show what a test lets them run.

Not a test itself. Use::

    from checking import Night
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peers.wordpress_org import WordPressOrgServer
from workbench import Workspace, make_carrying_workspace, plugin, zip_files

TIDY = "plugin/tidy-forms"
LINK = "https://feed.example/vulnerabilities/1"
COPYRIGHT = {
    "message": "This record is subject to copyright.",
    "holder": {
        "notice": "Copyright 2026 Feed Ltd.",
        "license": "Show the link.",
        "license_url": "https://feed.example/l",
    },
}


@dataclass(frozen=True)
class Night:
    """The workspace, its WordPress.org, and a folder to make things in."""

    workspace: Workspace
    directory: WordPressOrgServer
    folder: Path

    def offer(self, releases: Mapping[str, Mapping[str, bytes]], slug: str = "tidy-forms") -> None:
        """Let the directory have these releases (version → files), the last one as the newest."""
        self.directory.add_plugin(slug, versions=list(releases))
        for version, files in releases.items():
            archive = zip_files(self.folder / "made.zip", files, top=slug)
            self.directory.add_download("plugin", f"{slug}.{version}", archive.read_bytes())

    def runs(self, site: str, version: str, slug: str = "tidy-forms") -> None:
        """Let a site show a plugin in a version the next time that it is asked."""
        rows = [{"name": slug, "status": "active", "update": "none", "version": version}]
        (self.workspace.folder / f"{site}.json").write_text(json.dumps(rows), encoding="utf-8")

    def site(self, name: str, client: str, version: str, slug: str = "tidy-forms") -> None:
        """A site of a client that runs a plugin in a version."""
        self.runs(name, version, slug)
        self.workspace.do("site", "add", name, "--client", client, "--source", f"{name}.json")

    def check(self, code: int, *options: str | Path) -> dict[str, Any]:
        """``check --json``, which must end with a code; its document."""
        answer = self.workspace.run("check", "--json", *options)
        assert answer.code == code, answer
        document: dict[str, Any] = answer.json
        return document

    def today(self) -> dict[str, Any]:
        """``today --json``."""
        document: dict[str, Any] = self.workspace.do("today", "--json").json
        return document

    def feed(self, *records: Mapping[str, Any] | object, name: str = "feed.json") -> Path:
        """A feed with these records."""
        path = self.folder / name
        path.write_text(json.dumps({f"r{number}": record for number, record in enumerate(records)}), encoding="utf-8")
        return path


def make_template(folder: Path) -> None:
    """A workspace that carries one patch on 1.0.0, with a reason and a stance: nothing needs a person."""
    make_carrying_workspace(folder).do("patch", "stance", "1", "wait", "--why", "they are slow")


def make_night(template: Path, folder: Path, directory: WordPressOrgServer) -> Night:
    """A copy of the template for one test, pointed at a WordPress.org that has Tidy Forms 1.0.0."""
    shutil.copytree(template, folder, dirs_exist_ok=True)
    workspace = Workspace(folder / "ws")
    settings = workspace.folder / "plugwatch.toml"
    text = f'{settings.read_text()}\n[wordpress_org]\napi_url = "{directory.url}"\ndownloads_url = "{directory.url}"\n'
    settings.write_text(text, encoding="utf-8")
    night = Night(workspace, directory, folder)
    night.offer({"1.0.0": plugin("1.0.0")})
    return night


def record(slug: str = "tidy-forms", to: str = "1.0.5", fixed: str | None = "1.1.0", **changed: Any) -> dict[str, Any]:
    """A record of a feed: every version up to one is affected; ``changed`` replaces what it says otherwise."""
    told = {"from_version": "*", "from_inclusive": True, "to_version": to, "to_inclusive": True}
    return {
        "id": "11111111-2222-3333-4444-555555555555",
        "title": "Stored XSS in the title of a form",
        "software": [
            {
                "type": "plugin",
                "name": "Tidy Forms",
                "slug": slug,
                "affected_versions": {f"* - {to}": told},
                "patched": fixed is not None,
                "patched_versions": [fixed] if fixed else [],
            }
        ],
        "references": [LINK],
        "cve": "CVE-2026-12345",
        "copyrights": COPYRIGHT,
        **changed,
    }
