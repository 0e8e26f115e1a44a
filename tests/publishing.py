"""A published folder as whoever reads it sees it: does every address in it name a file, with the sum that is told?

Not a test itself.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from workbench import Workspace

BASE = "https://updates.fernhill.example"


def set_up(workspace: Workspace, more: str = "", base: str = BASE) -> Path:
    """Say once where the folder is and where it is seen; the folder."""
    path = workspace.folder / "plugwatch.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f'{text}\n[builds]\nupdate_uri = "{base}"\npublish = "public"\n{more}', encoding="utf-8")
    return workspace.folder / "public"


def site_file(folder: Path) -> dict[str, Any]:
    """The components of ``plugwatch.json`` by kind and slug."""
    rows = json.loads((folder / "plugwatch.json").read_bytes())["components"]
    return {f"{row['kind']}/{row['slug']}": row for row in rows}


def check_whole(folder: Path, base: str = BASE) -> int:
    """Every JSON parses, and every address in every file leads to a file with the sum told; how many there are."""
    count = 0
    for path in folder.rglob("*.json"):
        document = json.loads(path.read_bytes())
        if path.parent == folder or "updates" in path.parts:
            count += sum(_check(folder, base, text) for text in _texts(document))
    if (folder / "plugwatch.json").exists():
        for row in site_file(folder).values():
            if row["package"]:
                content = _at(folder, base, row["package"]).read_bytes()
                assert (hashlib.sha256(content).hexdigest(), len(content)) == (row["sha256"], row["size"])
    if (folder / "packages.json").exists():
        for versions in json.loads((folder / "packages.json").read_bytes())["packages"].values():
            for told in versions.values():
                content = _at(folder, base, told["dist"]["url"]).read_bytes()
                assert hashlib.sha1(content).hexdigest() == told["dist"]["shasum"]
    if (folder / "index.html").exists():
        links = re.findall(r'href="([^"#]+)"', (folder / "index.html").read_text())
        count += sum(_check(folder, base, html.unescape(link)) for link in links)
    return count


def _check(folder: Path, base: str, text: str) -> bool:
    if not text.startswith(f"{base}/") or text.startswith(f"{base}/#"):
        return False
    assert _at(folder, base, text).is_file(), text
    return True


def _at(folder: Path, base: str, url: str) -> Path:
    return folder / unquote(url.removeprefix(f"{base}/"))


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []
