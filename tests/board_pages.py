"""Pages of the agency's report, made of a board and read as a browser does. Not a test itself."""

from __future__ import annotations

import posixpath
from collections import Counter
from html.parser import HTMLParser
from types import ModuleType

from boarding import ZONE

from plugwatch.model.reports.board import Board
from plugwatch.model.reports.places import component_page, fork_page, incident_page
from plugwatch.render.reports.engine import Engine, Frame
from plugwatch.render.reports.reader import Reader

_EMPTY = frozenset({"br", "hr", "img", "input", "link", "meta"})
_IN_LINE = frozenset({"a", "bdi", "code", "span", "strong", "small", "tspan"})


class Page(HTMLParser):
    """``elements`` counts tags, ``links`` are addresses, ``states`` the ``data-state`` of cells with their span.

    ``text`` is what there is to read, with single blanks; ``unsafe`` are attributes and elements that a strict policy
    forbids or nobody has written.
    """

    def __init__(self, path: str, html: str) -> None:
        super().__init__()
        self.path, self.html = path, html
        self.elements: Counter[str] = Counter()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.states: list[tuple[str, int]] = []
        self.unsafe: list[str] = []
        self._open: list[str] = []
        self._texts: list[str] = []
        self.feed(html)
        self.close()
        self.text = " ".join("".join(self._texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        found = dict(attrs)
        self.elements[tag] += 1
        self._texts += [] if tag in _IN_LINE else [" "]
        self.unsafe += [name for name in found if name.startswith("on") or name == "style"]
        self.unsafe += (
            [tag] if tag in ("style", "img", "iframe", "form") or (tag == "script" and "src" not in found) else []
        )
        self.links += [found["href"] or ""] if tag == "a" and "href" in found else []
        self.ids += [found["id"] or ""] if "id" in found else []
        if tag == "td" and found.get("data-state"):
            self.states.append((found["data-state"] or "", int(found.get("colspan") or 1)))
        if tag not in _EMPTY:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element of an SVG."""
        self.handle_starttag(tag, attrs)
        if tag not in _EMPTY:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Elements close in the order in which they were opened."""
        assert self._open.pop() == tag, f"{self.path}: </{tag}>"
        self._texts += [] if tag in _IN_LINE else [" "]

    def handle_data(self, data: str) -> None:
        """Keep what there is to read."""
        self._texts.append(data)

    def is_closed(self) -> bool:
        """Whether every element was closed."""
        return not self._open


def pages_of(module: ModuleType, board: Board) -> dict[str, Page]:
    """The pages that a module of render/reports makes, by their path."""
    engine = Engine(Reader("en", ZONE, board.now), Frame(board.agency, board.now, board.since))
    return {path: Page(path, content.decode()) for path, content in module.pages(board, engine)}


def dead_links(pages: dict[str, Page], board: Board) -> list[str]:
    """Links to no page of the report, to no place on their page, or to what is no address of the web."""
    tops = ("index", "incidents", "components", "vendors", "forks", "sites", "holds")
    known = {*(f"{name}.html" for name in tops), "report.json", *map(incident_page, board.by_name)}
    known |= {component_page(str(hold.component)) for record in board.records for hold in record.holds}
    known |= {page(one.component) for one in board.forks for page in (component_page, fork_page)}
    known |= set(map(component_page, board.by_component))
    return [link for page in pages.values() for link in page.links if not _leads(page, link, known)]


def _leads(page: Page, link: str, known: set[str]) -> bool:
    if link.startswith(("https://", "http://")):
        return True
    path, _hash, place = link.partition("#")
    if not path:
        return place in page.ids
    return posixpath.normpath(posixpath.join(posixpath.dirname(page.path), path)) in known
