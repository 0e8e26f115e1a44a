"""Texts for people outside who make the components, from the templates ``upstream/FOLDER/KIND.j2``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from plugwatch.model.markup import MARKUPS
from plugwatch.model.submission import Brief, RenderedText, Road, name_patch_file
from plugwatch.render.templates import Templates, find_shipped_templates

__all__ = ["Texts", "find_shipped_templates"]


class Texts:
    """The templates of a workspace, with the shipped ones behind them."""

    def __init__(self, override_dirs: Sequence[Path] = ()) -> None:
        self._templates = Templates(override_dirs)

    def render(self, road: Road, brief: Brief) -> RenderedText:
        """The text for a road, of everything that the brief says.

        Raises NotFoundError where no folder has the template, InputError with file and line where it is wrong.
        """
        name, markup = template_name(road), MARKUPS[road.markup]
        values = {field.name: getattr(brief, field.name) for field in fields(brief)}
        values |= {"closes_related": brief.closes_related, "patch_file": name_patch_file(road, brief)}
        title = self._templates.fill(self._templates.for_titles(markup), name, values)
        body = self._templates.fill(self._templates.for_bodies(markup), name, values)
        return RenderedText(" ".join(title.split()), markup.finish(body))


def template_name(road: Road) -> str:
    """The template that a road is filled in from."""
    return f"upstream/{road.folder}/{road.kind}.j2"
