"""A stand-in for WordPress.org on loopback, as strict as the real one and as broken as a test wants it.

It answers as the directory's published source does (github.com/WordPress/wordpress.org): at most 100 slugs in one
request, 404 with a JSON body for what is unknown or closed, fields left out on demand, ``false`` and ``[]`` where PHP
writes them. Use::

    with WordPressOrgServer() as server:
        server.add_plugin("tidy-forms", version="1.2.4", versions=["1.2.3", "1.2.4"])
        server.close_plugin("old-thing", reason="security-issue")
        server.add_download("plugin", "tidy-forms.1.2.4", content)
        server.go_wrong(RATE_LIMITED, times=2)
        WordPressOrg(server.url, server.url)
        assert server.requests[0].slugs == ("tidy-forms",)
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from plugwatch.model.version import compare

_MOST_SLUGS = 100
_PLUGINS, _THEMES = "/plugins/info/1.2/", "/themes/info/1.2/"
_CHECKSUMS = re.compile(r"/plugin-checksums/([^/]+)/([^/]+)\.json")


@dataclass(frozen=True)
class Request:
    """One request that the server got: its path, and each parameter once."""

    path: str
    parameters: Mapping[str, str]
    user_agent: str
    at: float

    @property
    def slugs(self) -> tuple[str, ...]:
        """The slugs that it asks about, alone or together."""
        return tuple((self.parameters.get("slugs") or self.parameters.get("slug", "")).split(","))


@dataclass(frozen=True)
class Fault:
    """What the server does instead of answering well.

    ``delay``: seconds before it says anything; ``trickle``: seconds between two bytes; ``cut``: it says that the body
    is longer than it is; ``repeat``: how often the body is sent, for answers that have no end.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    trickle: float = 0.0
    cut: bool = False
    repeat: int = 1


RATE_LIMITED = Fault(429, b'{"error":"Too many requests"}', {"Retry-After": "0"})
LOCKED_OUT = Fault(429, b'{"error":"Too many requests"}', {"Retry-After": "86400"})
DOWN = Fault(503, b"<h1>Briefly unavailable</h1>", {"Retry-After": "0"})
HTML_PAGE = Fault(200, b"<!DOCTYPE html><title>Sign in to the hotel's network</title>", {"Content-Type": "text/html"})
HTML_404 = Fault(404, b"<!DOCTYPE html><title>404 Not Found</title>", {"Content-Type": "text/html"})
NOT_JSON = Fault(200, b'{"name": "Tidy Fo')
NO_OBJECT = Fault(200, b'["a", 1, null]')
DEEP = Fault(200, b'{"a":' + b"[" * 200_000)
CUT = Fault(200, b'{"name":"Tidy Forms"}', cut=True)
GIGANTIC = Fault(200, b"x", {"Content-Length": str(1 << 40)})
ENDLESS = Fault(200, b" " * (1 << 20), repeat=80)


class _Http(ThreadingHTTPServer):
    def __init__(self, directory: WordPressOrgServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.directory = directory


class WordPressOrgServer:
    """The server; ``api_url`` and ``downloads_url`` of plugwatch.toml are both its ``url``.

    ``themes_together`` is False for the real service as its source of 2024 has it: it refuses every request about
    several themes.
    """

    def __init__(self, *, themes_together: bool = False) -> None:
        self.plugins: dict[str, dict[str, Any]] = {}
        self.themes: dict[str, dict[str, Any]] = {}
        self.checksums: dict[tuple[str, str], Any] = {}
        self.downloads: dict[str, bytes] = {}
        self.core_checksums: dict[tuple[str, str], dict[str, str]] = {}
        self.core_versions = ["7.0.1", "6.9.3"]
        self.themes_together = themes_together
        self.ignores_update_uri = False  # the real one leaves alone what says that it is updated from elsewhere
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self._http = _Http(self)
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> WordPressOrgServer:
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    def add_plugin(self, slug: str, *, versions: Sequence[str] = (), **facts: Any) -> None:
        """A plugin of the directory; ``facts`` replace what its answer says otherwise."""
        self.plugins[slug] = {
            "name": slug.replace("-", " ").title(),
            "slug": slug,
            "version": versions[-1] if versions else "1.0",
            "author": '<a href="https://maker.example">Maker &amp; Sons</a>',
            "author_profile": "https://profiles.example/maker",
            "contributors": {"maker": {"profile": "", "avatar": "", "display_name": "Maker"}},
            "requires": "6.0",
            "tested": "6.9.1",
            "requires_php": False,
            "requires_plugins": [],
            "rating": 92,
            "ratings": {"5": 10, "4": 0, "3": 0, "2": 0, "1": 1},
            "num_ratings": 11,
            "support_url": f"https://forum.example/support/plugin/{slug}/",
            "support_threads": 3,
            "support_threads_resolved": 1,
            "active_installs": 4000,
            "last_updated": "2026-08-24 3:07pm GMT",
            "added": "2015-01-02",
            "homepage": "",
            "sections": {"description": "<p>Text.</p>", "changelog": "<p>More.</p>"},
            "upgrade_notice": [],
            "screenshots": [],
            "tags": [],
            "versions": {v: f"{self.url}/plugin/{slug}.{v}.zip" for v in (*versions, "trunk")} if versions else [],
            "business_model": False,
            "repository_url": "",
            "commercial_support_url": "",
            "donate_link": "",
            **facts,
        }

    def close_plugin(self, slug: str, *, name: str = "", reason: str | bool = False, **facts: Any) -> None:
        """A plugin that was closed; the reason is public or False."""
        self.plugins[slug] = {
            "error": "closed",
            "name": name or slug.replace("-", " ").title(),
            "slug": slug,
            "description": "This plugin has been closed and is not available for download.",
            "closed": True,
            "closed_date": "2026-05-04",
            "reason": reason,
            "reason_text": str(reason).replace("-", " ").title() if reason else False,
            **facts,
        }

    def add_theme(self, slug: str, *, versions: Sequence[str] = (), **facts: Any) -> None:
        """A theme of the directory; ``facts`` replace what its answer says otherwise."""
        self.themes[slug] = {
            "name": slug.replace("-", " ").title(),
            "slug": slug,
            "version": versions[-1] if versions else "1.0",
            "preview_url": f"https://previews.example/{slug}/",
            "author": {
                "user_nicename": "maker",
                "display_name": "Maker",
                "author": "Maker & Sons",
                "author_url": False,
            },
            "rating": 90,
            "num_ratings": 4,
            "active_installs": 20000,
            "last_updated": "2026-07-01",
            "last_updated_time": "2026-07-01 09:10:11",
            "creation_time": "2016-07-01 09:10:11",
            "homepage": f"https://themes.example/{slug}/",
            "sections": {"description": "Text."},
            "tags": {},
            "versions": {v: f"{self.url}/theme/{slug}.{v}.zip" for v in versions} or [],
            "requires": False,
            "requires_php": "7.4",
            "is_commercial": False,
            "external_support_url": False,
            "is_community": False,
            "external_repository_url": "",
            **facts,
        }

    def add_download(self, kind: str, name: str, content: bytes) -> None:
        """A ZIP among the downloads; the name is ``SLUG.VERSION``, or ``SLUG`` for that of trunk."""
        self.downloads[f"/{kind}/{name}.zip"] = content

    def add_checksums(self, slug: str, version: str, files: Mapping[str, Any]) -> None:
        """The list of files of a plugin's version: path → what ``sha256`` says, a string or several."""
        self.checksums[slug, version] = {
            "plugin": slug,
            "version": version,
            "source": f"{self.url}/svn/{slug}/tags/{version}/",
            "zip": f"{self.url}/plugins/{slug}.{version}.zip",
            "files": {path: {"md5": "0" * 32, "sha256": sums} for path, sums in files.items()} or [],
        }

    def go_wrong(self, fault: Fault, *, times: int = 1) -> None:
        """Answer the next requests so."""
        self.faults += [fault] * times

    def answer(self, request: Request) -> tuple[int, Any]:
        """The status and the document of a good answer; None where there is no JSON."""
        path, parameters = request.path, request.parameters
        if path == _PLUGINS and parameters.get("action") == "plugin_information":
            return self._plugin_information(parameters)
        if path == _THEMES and parameters.get("action") == "theme_information":
            return self._theme_information(parameters)
        if path == "/core/version-check/1.7/":
            offers = [
                {"response": "upgrade", "version": v, "current": v, "locale": "en_US"} for v in self.core_versions
            ]
            return 200, {"offers": offers, "translations": []}
        if path == "/core/checksums/1.0/":
            wanted = (parameters.get("version", ""), parameters.get("locale", "en_US"))
            return 200, {"checksums": self.core_checksums.get(wanted, False)}
        listed = _CHECKSUMS.fullmatch(path)
        if listed and (found := self.checksums.get((listed[1], unquote(listed[2])))) is not None:
            return 200, found
        return 404, None

    def update_check(self, kind: str, form: Mapping[str, str]) -> dict[str, Any]:
        """What a WordPress is told that asks for updates of what it has installed (``update-check/1.1``)."""
        known = self.plugins if kind == "plugins" else self.themes
        found: dict[str, dict[str, Any]] = {kind: {}, "no_update": {}}
        for name, headers in json.loads(form[kind])[kind].items():
            slug = name.partition("/")[0].removesuffix(".php")
            told, foreign = known.get(slug), headers.get("UpdateURI", "")
            if told is None or "error" in told or (foreign and not self.ignores_update_uri):
                continue
            newer = compare(headers["Version"], told["version"]) < 0
            found[kind if newer else "no_update"][name] = self._offer(kind, name, slug, told)
        return {**found, "translations": []}

    def _offer(self, kind: str, name: str, slug: str, told: Mapping[str, Any]) -> dict[str, Any]:
        version, one = told["version"], kind.removesuffix("s")
        package = f"https://downloads.wordpress.org/{one}/{slug}.{version}.zip"
        offer = {"new_version": version, "url": f"https://wordpress.org/{kind}/{slug}/", "package": package}
        if kind == "themes":
            return {"theme": slug, **offer, "requires": False, "requires_php": "5.6"}
        more = {"icons": {}, "banners": {}, "requires": "5.0", "tested": "6.9", "requires_php": False}
        return {"id": f"w.org/plugins/{slug}", "slug": slug, "plugin": name, **offer, **more}

    def _plugin_information(self, parameters: Mapping[str, str]) -> tuple[int, Any]:
        if "slugs" not in parameters:
            told = self._plugin(parameters.get("slug", ""), parameters)
            return (404 if "error" in told else 200), told
        slugs = parameters["slugs"].split(",")
        if len(slugs) > _MOST_SLUGS:
            return 422, {"error": "A maximum of 100 plugins can be queried at once."}
        return 200, {slug: self._plugin(slug, parameters) for slug in slugs}

    def _plugin(self, slug: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        if not re.fullmatch("[a-z0-9_-]+", slug):
            return {"error": "Invalid plugin slug."}
        if slug not in self.plugins:
            return {"error": "Plugin not found."}
        told = self.plugins[slug]
        return told if "error" in told else _wanted(told, parameters, off=())

    def _theme_information(self, parameters: Mapping[str, str]) -> tuple[int, Any]:
        if "slugs" not in parameters:
            told = self._theme(parameters.get("slug", ""), parameters)
            return (404 if "error" in told else 200), told
        if not self.themes_together:
            return 404, {"error": "Slugs not provided"}
        return 200, {slug: self._theme(slug, parameters) for slug in parameters["slugs"].split(",")}

    def _theme(self, slug: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        if not re.fullmatch("[a-z0-9_-]+", slug):
            return {"error": "Invalid slug provided"}
        if slug not in self.themes:
            return {"error": "Theme not found"}
        return _wanted(self.themes[slug], parameters, off=("versions", "active_installs"))


def _wanted(told: Mapping[str, Any], parameters: Mapping[str, str], *, off: Sequence[str]) -> dict[str, Any]:
    """The fields that were asked for with ``fields[NAME]=0|1``; those in ``off`` come on demand only."""
    asked = {name[7:-1]: value != "0" for name, value in parameters.items() if name.startswith("fields[")}
    return {name: value for name, value in told.items() if asked.get(name, name not in off)}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, _Http)
        directory = self.server.directory
        parts = urlsplit(self.path)
        parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
        request = Request(parts.path, parameters, self.headers.get("User-Agent", ""), time.monotonic())
        directory.requests.append(request)
        if directory.faults:
            self._go_wrong(directory.faults.pop(0))
            return
        if request.path in directory.downloads:
            content = directory.downloads[request.path]
            self._begin(200, {"Content-Type": "application/zip", "Content-Length": str(len(content))})
            self.wfile.write(content)
            return
        status, document = directory.answer(request)
        body = b"<html>404 Not Found</html>" if document is None else json.dumps(document).encode()
        self._begin(status, {"Content-Type": "application/json", "Content-Length": str(len(body))})
        self.wfile.write(body)

    def do_POST(self) -> None:
        assert isinstance(self.server, _Http)
        directory, path = self.server.directory, urlsplit(self.path).path
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode(), keep_blank_values=True))
        directory.requests.append(Request(path, form, self.headers.get("User-Agent", ""), time.monotonic()))
        if directory.faults:
            self._go_wrong(directory.faults.pop(0))
            return
        asked = re.fullmatch("/(plugins|themes)/update-check/1.1/", path)
        body = json.dumps(directory.update_check(asked[1], form) if asked else {}).encode()
        self._begin(200 if asked else 404, {"Content-Type": "application/json", "Content-Length": str(len(body))})
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass

    def _begin(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()

    def _go_wrong(self, fault: Fault) -> None:
        time.sleep(fault.delay)
        length = len(fault.body) * fault.repeat + (10 if fault.cut else 0)
        sized = {} if fault.repeat > 1 else {"Content-Length": str(length)}
        with suppress(OSError):  # the other side may have heard enough
            self._begin(fault.status, {**sized, **fault.headers})
            for _ in range(fault.repeat):
                self._send(fault)

    def _send(self, fault: Fault) -> None:
        if not fault.trickle:
            self.wfile.write(fault.body)
            return
        for number in range(len(fault.body)):
            self.wfile.write(fault.body[number : number + 1])
            time.sleep(fault.trickle)
