"""A Composer repository on loopback, in each of the forms that Composer 2 reads; with a login where a test wants one.

Use::

    with ComposerServer("satis").running() as server:
        server.add("vendor/tidy-forms", "1.2.4", zip_bytes)
        ComposerRepository(server.url)
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from peers.loopback import Peer, Reply, Request, json_reply

FORMS = ("inline", "satis", "hashed", "included-hashes", "lazy", "minified", "plain-v2")


class ComposerServer(Peer):
    """The server; ``form`` says how it tells of its packages, ``login`` is USER:PASSWORD."""

    def __init__(self, form: str = "inline", *, login: str | None = None, base: str = "") -> None:
        super().__init__()
        self.form, self.login, self.base = form, login, base
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.archives: dict[str, bytes] = {}

    def add(self, package: str, version: str, archive: bytes, **dist: Any) -> None:
        """A version of a package; ``dist`` replaces what its dist says otherwise."""
        path = f"{self.base}/dist/{package.replace('/', '-')}-{version}.zip"
        self.archives[path] = archive
        told = {"type": "zip", "url": path, "reference": "abc", "shasum": hashlib.sha1(archive).hexdigest(), **dist}
        row = {"name": package, "version": version, "version_normalized": f"{version}.0", "dist": told}
        self.rows.setdefault(package, []).append(row | {"type": "wordpress-plugin", "require": {"php": ">=7.4"}})

    def reply(self, request: Request) -> Reply:
        """What a static Satis or a Private Packagist would answer."""
        if self.login is not None:
            wanted = "Basic " + base64.b64encode(self.login.encode()).decode()
            given = request.headers.get("Authorization")
            if given != wanted:
                return json_reply({"status": "error"}, 403 if given else 401)
        if request.path in self.archives:
            return Reply(200, self.archives[request.path], {"Content-Type": "application/zip"})
        files = {f"{self.base}{path}": document for path, document in self._files().items()}
        return Reply(200, files[request.path]) if request.path in files else json_reply({"error": "not found"}, 404)

    def _files(self) -> dict[str, bytes]:
        """All JSON files of the repository by their path."""
        by_version = {name: {row["version"]: row for row in rows} for name, rows in self.rows.items()}
        lists = {name: rows[::-1] for name, rows in self.rows.items()}
        if self.form == "inline":
            return {"/packages.json": _json({"packages": by_version})}
        if self.form == "satis":
            every = _json({"packages": by_version})
            name = f"include/all${hashlib.sha1(every).hexdigest()}.json"
            root = {"packages": [], "includes": {name: {"sha1": hashlib.sha1(every).hexdigest()}}}
            return {"/packages.json": _json(root), f"/{name}": every}
        if self.form in ("hashed", "included-hashes"):
            return self._hashed(by_version)
        if self.form == "lazy":
            own = {f"/p/{name}.json": _json({"packages": {name: rows}}) for name, rows in by_version.items()}
            return own | {
                "/packages.json": _json({"packages": {}, "providers-lazy-url": f"{self.base}/p/%package%.json"})
            }
        told = {"minified": "composer/2.0"} if self.form == "minified" else {}
        make = _minified if told else list
        own = {f"/p2/{name}.json": _json({"packages": {name: make(rows)}, **told}) for name, rows in lists.items()}
        root = {"packages": {}, "metadata-url": f"{self.base}/p2/%package%.json", "available-packages": sorted(lists)}
        return own | {"/packages.json": _json(root)}

    def _hashed(self, by_version: dict[str, Any]) -> dict[str, bytes]:
        own = {name: _json({"packages": {name: rows}}) for name, rows in by_version.items()}
        hashes = {name: {"sha256": hashlib.sha256(content).hexdigest()} for name, content in own.items()}
        files = {f"/p/{name}${hashes[name]['sha256']}.json": content for name, content in own.items()}
        root: dict[str, Any] = {"packages": [], "providers-url": f"{self.base}/p/%package%$%hash%.json"}
        if self.form == "hashed":
            root["providers"] = hashes
        else:
            listed = _json({"providers": hashes})
            digest = hashlib.sha256(listed).hexdigest()
            files[f"/p/provider-latest${digest}.json"] = listed
            root["provider-includes"] = {f"{self.base}/p/provider-latest$%hash%.json": {"sha256": digest}}
        return files | {"/packages.json": _json(root)}


def _json(document: Any) -> bytes:
    return json.dumps(document).encode()


def _minified(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As MetadataMinifier::minify writes them: each row says what differs from the one before it."""
    told, before = [], dict[str, Any]()
    for row in rows:
        changed = {key: value for key, value in row.items() if before.get(key) != value}
        told.append(changed | {key: "__unset" for key in before if key not in row})
        before = row
    return told
