"""Texts for people outside who make the components, from the templates ``upstream/ROAD/KIND.j2``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from plugwatch.model.roads.markup import MARKUPS
from plugwatch.model.roads.road import NETWORKS, Road
from plugwatch.model.roads.social import fits, length
from plugwatch.model.roads.submission import Brief, RenderedText, name_patch_file
from plugwatch.render.sandbox import LimitedEnvironment
from plugwatch.render.templates import Templates, find_shipped_templates

__all__ = ["Texts", "find_shipped_templates"]

_LEAST_ROOM = 20  # characters of a title, with which a reader can still tell what it is about
_STEP = 8


class Texts:
    """The templates of a workspace, with the shipped ones behind them."""

    def __init__(self, override_dirs: Sequence[Path] = ()) -> None:
        self._templates = Templates(override_dirs)
        self._engines: dict[str, tuple[LimitedEnvironment, LimitedEnvironment]] = {}

    def render(self, road: Road, brief: Brief) -> RenderedText:
        """The text for a road, of everything that the brief says.

        Where a network takes only so many characters, the template is filled in again with less ``room`` for the
        title, until it fits or says no more.

        Raises NotFoundError where no folder has the template, InputError with file and line where it is wrong.
        """
        values = {field.name: getattr(brief, field.name) for field in fields(brief)}
        values |= {"closes_related": brief.closes_related, "patch_file": name_patch_file(road, brief), "road": road}
        if road.markup == "social":
            return self._fit(road, brief, values)
        return self._fill(road, brief.kind, values | {"room": None})

    def _fit(self, road: Road, brief: Brief, values: Mapping[str, Any]) -> RenderedText:
        """A post that its network takes: filled in with less and less room, until it fits or there is none."""
        network = brief.network if brief.network in NETWORKS else min(NETWORKS, key=NETWORKS.__getitem__)
        room = NETWORKS[network]
        while True:
            text = self._fill(road, brief.kind, {**values, "room": room})
            if room <= _LEAST_ROOM or fits(network, text.body.rstrip("\n")):
                return text
            over = length(network, text.body) - NETWORKS[network]
            room = max(_LEAST_ROOM, room - max(_STEP, over // 3))  # what a title loses may count twice, and stand twice

    def _fill(self, road: Road, kind: str, values: Mapping[str, Any]) -> RenderedText:
        name, markup = road.template(kind), MARKUPS[road.markup]
        if markup.name not in self._engines:  # what they have read and compiled serves the next text, too
            self._engines[markup.name] = (self._templates.for_titles(markup), self._templates.for_bodies(markup))
        titles, bodies = self._engines[markup.name]
        title = self._templates.fill(titles, name, values)
        body = self._templates.fill(bodies, name, values)
        return RenderedText(" ".join(title.split()), markup.finish(body))
