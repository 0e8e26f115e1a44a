"""What the tests of the must-use plugin are made with: a published folder written by hand, and who offers other things.

Not a test itself. Use::

    from guarding import BASE, Directory, WebSpace, component, folder_zip, guard
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from peers.live_wordpress import LiveWordPress
from peers.loopback import Peer, Reply, Request, json_reply

from plugwatch.render.guard import GUARD_NAME, render_guard

BASE = "https://updates.fernhill.example/wp"
HOST = "updates.fernhill.example"
PLUGIN = "tidy-forms/tidy-forms.php"
THEME = "shopfront"


def plugin(version: str, *, base: str = "", extra: str = "") -> dict[str, str]:
    """The files of Tidy Forms, which prints one of its options at the end of every page; ``base`` makes it a build."""
    uri = f" * Update URI: {base}/tidy-forms/\n" if base else ""
    header = f"<?php\n/*\n * Plugin Name: Tidy Forms\n * Version: {version}\n{uri} */\n"
    shown = "add_action( 'wp_footer', function () { echo '<p>Forms: ', esc_html( get_option( 'tidy' ) ), '</p>'; } );\n"
    return {PLUGIN: header + shown + extra}


def theme(version: str, *, base: str = "") -> dict[str, str]:
    """The files of the theme Shopfront."""
    uri = f"Update URI: {base}/{THEME}/\n" if base else ""
    page = "<html><head><?php wp_head(); ?></head><body><h1>Shopfront</h1><?php wp_footer(); ?></body></html>\n"
    style = f"/*\nTheme Name: Shopfront\nVersion: {version}\n{uri}*/\n"
    return {f"{THEME}/style.css": style, f"{THEME}/index.php": page}


def folder_zip(files: Mapping[str, str]) -> bytes:
    """A ZIP with these files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return data.getvalue()


def component(
    slug: str, state: str, version: str | None = None, data: bytes | None = None, **more: Any
) -> dict[str, Any]:
    """One component of plugwatch.json; ``data`` is its ZIP."""
    kind = more.pop("kind", "theme" if slug == THEME else "plugin")
    package = f"{BASE}/builds/{kind}/{slug}/{slug}.{version}.zip" if data is not None else None
    document = {
        "kind": kind,
        "slug": slug,
        "name": slug.title(),
        "state": state,
        "version": version,
        "base_version": "1.2.3",
        "package": package,
        "sha256": hashlib.sha256(data).hexdigest() if data is not None else None,
        "size": len(data) if data is not None else None,
        "requires": None,
        "requires_php": None,
        "tested": None,
        "url": f"{BASE}/#{kind}-{slug}",
        "guard": state == "build",
        "held": [],
        "upstream": None,
    }
    return document | more


def feed(*components: dict[str, Any]) -> Reply:
    """plugwatch.json."""
    return json_reply({"plugwatch": 1, "agency": "Fernhill Web", "components": list(components)})


class WebSpace(Peer):
    """Where the agency publishes: files by their paths below BASE, behind a password where one is set."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, bytes] = {}
        self.password = ""

    def publish(self, *components: dict[str, Any], **zips: bytes) -> None:
        """A plugwatch.json, and each ZIP where its component says."""
        self.files["/wp/plugwatch.json"] = feed(*components).body
        for one in components:
            if one["package"]:
                path = one["package"].removeprefix(f"https://{HOST}")
                self.files[path] = zips.get(one["slug"].replace("-", "_"), self.files.get(path, b""))

    def reply(self, request: Request) -> Reply:
        """A file, or 401 or 404."""
        known = f"Basic {base64.b64encode(self.password.encode()).decode()}"
        if self.password and request.headers.get("Authorization") != known:
            return Reply(401, headers={"WWW-Authenticate": "Basic"})
        return Reply(200, self.files[request.path]) if request.path in self.files else Reply(404)


class Directory(Peer):
    """WordPress.org's update check, which offers what a test tells it, and its downloads."""

    def __init__(self) -> None:
        super().__init__()
        self.offers: dict[str, dict[str, Any]] = {"plugins": {}, "themes": {}}
        self.up_to_date: dict[str, dict[str, Any]] = {"plugins": {}, "themes": {}}
        self.zips: dict[str, bytes] = {}

    def offer(self, kind: str, name: str, version: str, data: bytes, **more: Any) -> None:
        """An offer for a main file or stylesheet."""
        slug = name.partition("/")[0]
        path = f"/{kind}/{slug}.{version}.zip"
        self.zips[path] = data
        row = {"slug": slug, kind: name, "theme" if kind == "theme" else "plugin": name, "new_version": version}
        row |= {"package": f"https://downloads.wordpress.org{path}", "url": "https://wordpress.org/"}
        self.offers[f"{kind}s"][name] = row | more

    def reply(self, request: Request) -> Reply:
        """An answer of the API, or a download."""
        for kind in self.offers:
            if request.path == f"/{kind}/update-check/1.1/":
                return json_reply({kind: self.offers[kind], "no_update": self.up_to_date[kind], "translations": []})
        return Reply(200, self.zips[request.path]) if request.path in self.zips else Reply(404)


@contextmanager
def online(site: LiveWordPress) -> Iterator[tuple[WebSpace, Directory]]:
    """The agency's web space and WordPress.org, as the site reaches them, and the must-use plugin in its place."""
    space, directory = WebSpace(), Directory()
    guard(site)
    with space.running(), directory.running():
        connect(site, space, directory)
        yield space, directory


def guard(site: LiveWordPress, agency: str = "Fernhill Web") -> None:
    """Put the must-use plugin on a site."""
    site.add_must_use(GUARD_NAME, render_guard(BASE, agency, "0.1.0"))


def connect(site: LiveWordPress, space: WebSpace | None, directory: Directory | None) -> None:
    """What the site can reach of the two."""
    hosts: dict[str, str | None] = {HOST: space.url if space else None}
    for host in ("api.wordpress.org", "downloads.wordpress.org"):
        hosts[host] = directory.url if directory else None
    site.internet(hosts)


def forget_feed(site: LiveWordPress) -> None:
    """As on a site that has never read the feed."""
    site.php("delete_site_option( 'plugwatch_updates' );")


def our_complaints(site: LiveWordPress) -> str:
    """What PHP had to say, without what an old WordPress says of itself."""
    lines = [line for line in site.complaints.splitlines() if line.startswith("[")]
    of_core = ("PHP Deprecated", "An unexpected error occurred")
    return "\n".join(line for line in lines if GUARD_NAME in line or not any(words in line for words in of_core))
