"""An agency with one broken plugin and a patch for it, for the stories of what goes upstream."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from peers.wordpress_org import WordPressOrgServer

from plugwatch.cli.context import App
from plugwatch.cli.main import run

EXAMPLES = Path(__file__).parents[1] / "examples"
BERLIN = ZoneInfo("Europe/Berlin")
AGENCY = """
[agency]
name = "Fernhill Web"
email = "dev@fernhill.example"
url = "https://fernhill.example"
signature = "The Fernhill Web team"
timezone = "Europe/Berlin"
"""


class Agency:
    """The agency at its keyboard, with a clock that the story sets."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=BERLIN)  # a Monday
        self.printed = ""
        self._capsys = capsys
        monkeypatch.setenv("PLUGWATCH_USER", "Ana")
        monkeypatch.setenv("PLUGWATCH_WORKSPACE", str(folder))
        monkeypatch.setattr(App, "now", property(lambda _: self.now))

    def begin(self, configuration: str = "") -> None:
        """A new workspace, two clients whose sites run the plugin, and an incident with a patch."""
        assert run(["init", str(self.folder)]) == 0
        (self.folder / "plugwatch.toml").write_text(AGENCY + configuration, encoding="utf-8")
        for site in ("brightside", "northgate"):
            self("site", "add", site, "--client", f"{site}-gmbh", "--url", f"https://www.{site}.example")
            self.runs(site, "1.2.4")
        words = "Brightside's form does not send"
        self("incident", "open", "brightside", "tidy", words, "--caller", "Ada Lovelace")
        self("incident", "set", "INC-1", "--steps", "Open the cached page.\nPress Send.", "--trigger", "update")
        self("incident", "set", "INC-1", "--expected", "It sends.", "--actual", "It says that the session has expired.")
        self("fork", "create", "plugin/tidy-forms", "--from", EXAMPLES / "tidy-forms" / "1.2.4")
        self.patch = self(
            *("patch", "import", "tidy-forms", EXAMPLES / "fix-nonce.patch", "--incident", "INC-1"),
            *("--title", "Accept the form from cached pages", "--why", "A page cache hands out old nonces."),
        )["patch"]

    def runs(self, site: str, version: str) -> Any:
        """A list of a site."""
        rows = [
            {"name": "tidy-forms", "title": "Tidy Forms", "status": "active", "version": version},
            {"name": "akismet", "title": "Akismet", "status": "active", "version": "5.4"},
        ]
        themes = [{"name": "storefront", "title": "Storefront", "status": "active", "version": "4.5.0"}]
        path = self.folder / f"{site}.json"
        path.write_text(json.dumps(rows), encoding="utf-8")
        self("site", "set", site, "--wordpress", "6.9.1", "--php", "8.3.1")
        found = self("site", "import", site, path, "--type", "plugins")
        path.write_text(json.dumps(themes), encoding="utf-8")
        self("site", "import", site, path, "--type", "themes")
        return found

    def __call__(self, *args: object, code: int = 0) -> Any:
        """Run a command line with ``--json``; its document."""
        self._capsys.readouterr()
        ended = run([*map(str, args), "--json"])
        captured = self._capsys.readouterr()
        self.printed += captured.out + captured.err
        assert ended == code, f"plugwatch {args} ended with {ended}\n{captured.out}\n{captured.err}"
        return json.loads(captured.out) if captured.out else captured.err

    def say(self, *args: object, code: int = 0) -> str:
        """Run a command line as a person does; what is on the screen."""
        self._capsys.readouterr()
        ended = run([*map(str, args)])
        captured = self._capsys.readouterr()
        self.printed += captured.out + captured.err
        assert ended == code, f"plugwatch {args} ended with {ended}\n{captured.out}\n{captured.err}"
        return captured.out + captured.err

    def later(self, **span: int) -> Agency:
        """Let time pass."""
        self.now += timedelta(**span)
        return self

    def files(self) -> dict[Path, bytes]:
        """Every file of the workspace."""
        return {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}


class Directory(WordPressOrgServer):
    """WordPress.org, which has what the vendor has shipped so far."""

    def __init__(self) -> None:
        super().__init__()
        self.shipped: list[str] = []
        self.ship("1.2.4", example("1.2.4"))

    @property
    def settings(self) -> str:
        """For plugwatch.toml."""
        places = {"api_url": self.url, "downloads_url": self.url, "forum_url": f"{self.url}/support"}
        return "\n".join(["[wordpress_org]", *(f'{name} = "{url}"' for name, url in places.items()), ""])

    def ship(self, version: str, files: dict[str, bytes]) -> None:
        """A release of the vendor's, with its version in the header."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for name, written in sorted(files.items()):
                archive.writestr(f"tidy-forms/{name}", written.replace(b"1.2.4", version.encode()))
        self.shipped.append(version)
        self.add_plugin("tidy-forms", versions=self.shipped)
        self.add_download("plugin", f"tidy-forms.{version}", content.getvalue())


def example(version: str) -> dict[str, bytes]:
    """The files of a release as the vendor keeps them."""
    root = EXAMPLES / "tidy-forms" / version
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
