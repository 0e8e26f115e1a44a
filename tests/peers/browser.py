"""A real browser without a window: Debian's Chromium, driven by playwright.

Nothing of a page goes anywhere but to loopback, and what a page complains of is kept. ``PLUGWATCH_TEST_SCREENSHOTS``
names a folder that pictures go into, for whoever wants to look at them. Use, in a test marked ``services``::

    def test_something(browser: Browser) -> None:
        page = browser.open("http://127.0.0.1:4711/", cookies={...})
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from services import require, require_module

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Route

PICTURES_VARIABLE = "PLUGWATCH_TEST_SCREENSHOTS"

_OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


class Browser:
    """One browser; each page has cookies and a memory of its own.

    ``complaints`` are errors of scripts and of pages, ``asked`` all addresses that pages wanted, ``refused`` those of
    them that lie elsewhere.
    """

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.refused: list[str] = []

    def open(
        self,
        address: str,
        *,
        cookies: Mapping[str, str] | None = None,
        width: int = 1200,
        dark: bool = False,
        scripts: bool = True,
    ) -> Page:
        """A page, loaded."""
        context: BrowserContext = self._driver.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        self._contexts.append(context)
        host = urlsplit(address)
        place = f"{host.scheme}://{host.netloc}"
        context.add_cookies([{"name": n, "value": v, "url": place} for n, v in (cookies or {}).items()])
        context.route("**/*", self._route)
        page = context.new_page()
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.goto(address)
        return page

    def close(self) -> None:
        """Forget all pages."""
        while self._contexts:
            self._contexts.pop().close()

    def _route(self, route: Route) -> None:
        parts = urlsplit(route.request.url)
        if parts.scheme in ("http", "https") and parts.hostname != "127.0.0.1":
            self.refused.append(route.request.url)
            route.abort()
        else:
            route.continue_()


def take_picture(page: Page, name: str) -> None:
    """A picture of the whole page, where somebody wants pictures."""
    folder = os.environ.get(PICTURES_VARIABLE)
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser of a process, started once."""
    program = require("chromium", "chromium")
    playwright = require_module("playwright.sync_api", "pip install playwright")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=list(_OPTIONS))
        yield started
        started.close()


@pytest.fixture
def browser(chromium: Any) -> Iterator[Browser]:
    """A browser that remembers nothing of the tests before."""
    opened = Browser(chromium)
    yield opened
    opened.close()
