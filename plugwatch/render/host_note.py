"""What to tell a site's host about patched files, from ``templates/site/for-host.j2``: plain text, one site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined

from plugwatch.model.roads.markup import one_line
from plugwatch.render.sandbox import LimitedEnvironment
from plugwatch.render.templates import Templates

_TEMPLATE = "site/for-host.j2"


def render_host_note(values: Mapping[str, Any], override_dirs: Sequence[Path] = ()) -> str:
    """The text with its subject as the first line. Raises InputError where the template is wrong."""
    templates = Templates(override_dirs)
    environment = LimitedEnvironment(
        loader=FunctionLoader(lambda name: (templates.read(name), str(templates.find(name)), None)),
        undefined=StrictUndefined,
        finalize=lambda value: "" if value is None else one_line(str(value)),
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.fill(environment, _TEMPLATE, values).rstrip("\n") + "\n"
