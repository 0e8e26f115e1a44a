"""The page of the published folder: one file that asks nobody for anything, from ``templates/site/index.html.j2``."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, Template

from plugwatch.model.publishing.page import Page
from plugwatch.render.sandbox import LimitedEnvironment
from plugwatch.render.templates import Templates

PAGE = "site/index.html.j2"
_EXAMPLE = ("wpackagist-plugin/SLUG",)


class _LongEnvironment(LimitedEnvironment):
    """For a page that is as long as there are components."""

    def fill(self, template: Template, values: Mapping[str, Any]) -> str:
        """A template with its values."""
        return "".join(template.generate(values))


def render_page(page: Page, override_dirs: Sequence[Path] = ()) -> bytes:
    """The page; everything that it shows is escaped for HTML.

    Raises NotFoundError where there is no template, InputError with file and line where it is wrong.
    """
    templates = Templates(override_dirs)

    def load(name: str) -> tuple[str, str, None] | None:
        path = templates.find(name)
        return (templates.read(name), str(path), None) if path else None

    environment = _LongEnvironment(
        loader=FunctionLoader(load),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"json": _json, "shell": shlex.quote}
    for name in ("safe", "tojson"):
        del environment.filters[name]
    builds = [row for row in page.rows if row.state == "build" and row.package and row.composer]
    values = {
        "page": page,
        "packages": [row.package for row in builds] or list(_EXAMPLE),
        "pins": [(row.package, row.composer) for row in builds],
    }
    return templates.fill(environment, PAGE, values).encode()


def _json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
