"""The agency's board as pages: plain Jinja on templates that came with plugwatch, everything that they print escaped.

A board of ten thousand incidents has as many pages, so this is no sandbox; therefore a workspace cannot replace these
templates, as it can those of texts that leave the agency.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from plugwatch.model.reports.chart import Chart
from plugwatch.model.reports.places import component_page, fork_page, incident_page
from plugwatch.render.reports.figures import figure
from plugwatch.render.reports.lane_drawing import draw_lanes
from plugwatch.render.reports.reader import Reader
from plugwatch.render.templates import find_shipped_templates

# No browser needs these: C0 and C1 controls but for tab and line end, and what turns the direction of other text. Every
# text of somebody else stands in its own <bdi>, so what is right to left by itself is shown so.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]")
_FILTERS = (
    "day",
    "moment",
    "time",
    "month",
    "short_month",
    "weekday",
    "number",
    "share",
    "money",
    "span",
    "quantile",
    "value",
)


class Frame(NamedTuple):
    """What stands on every page: whose board it is, of which moment, and of which time."""

    agency: str
    now: datetime
    since: datetime


def shorten(text: str, length: int = 120) -> str:
    """At most so much of a text that should be short by its nature: a name, a title, a version."""
    return text if len(text) <= length else text[: length - 1] + "…"


class Engine:
    """Makes pages of templates, which know ``reader`` and its ways to write numbers and times as filters.

    A template is given ``root`` (the way to the top of the report: empty, or ``../``), ``section`` (the page of the
    navigation that it belongs to), ``frame``, and two that draw: ``figure(chart)`` and ``swim_lane(lanes)``. What
    should be short is printed with the filter ``short``.
    """

    def __init__(self, reader: Reader, frame: Frame, templates: Path | None = None) -> None:
        self.reader = reader
        folder = templates or find_shipped_templates()
        environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        for name in ("safe", "tojson", "xmlattr", "urlize"):
            del environment.filters[name]
        environment.filters |= {name: getattr(reader, name) for name in _FILTERS}
        environment.filters["short"] = shorten
        environment.globals |= {
            "reader": reader,
            "frame": frame,
            "component_page": component_page,
            "fork_page": fork_page,
            "incident_page": incident_page,
            "swim_lane": partial(draw_lanes, reader=reader),
        }
        self._environment = environment
        self._templates: dict[str, Template] = {}
        self.charts: dict[str, list[dict[str, Any]]] = {}

    def page(self, name: str, values: Mapping[str, Any], path: str) -> bytes:
        """The template ``report/agency/NAME.html.j2`` with its values, for the page at a path of the report.

        The numbers behind its pictures are kept in ``charts``, by the path.
        """
        template = self._templates.get(name)
        if template is None:
            template = self._templates[name] = self._environment.get_template(f"report/agency/{name}.html.j2")
        root = "../" * path.count("/")

        def draw(chart: Chart) -> Markup:
            self.charts.setdefault(path, []).append(chart.document())
            return figure(chart, self.reader, chart.key, link_prefix=root)

        section = path.partition("/")[0].removesuffix(".html")
        text = template.render(values, root=root, section=section, figure=draw)
        return _UNWANTED.sub("", text).encode("utf-8", "replace")
