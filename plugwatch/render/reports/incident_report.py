"""The draft of a post-incident report, from ``report/incident/story.html.j2`` or ``story.md.j2``."""

from __future__ import annotations

from datetime import datetime, tzinfo

from plugwatch.model.reports.story import Story
from plugwatch.model.roads.submission import Agency, RenderedText
from plugwatch.model.suspects import describe_change
from plugwatch.render.reports.letter_engine import LetterEngine
from plugwatch.render.reports.looks import Look
from plugwatch.render.reports.reader import Reader
from plugwatch.render.templates import Templates


class StoryReport:
    """The templates of a workspace; ``language`` is that of dates and numbers."""

    def __init__(self, templates: Templates, look: Look, agency: Agency, language: str) -> None:
        self._engine = LetterEngine(templates, look)
        self._agency = agency
        self._language = language

    def render(self, story: Story, form: str, now: datetime, zone: tzinfo) -> RenderedText:
        """The report in ``html`` or ``md``. Raises NotFoundError or InputError where a template is wrong."""
        values = {
            "story": story,
            "record": story.record,
            "agency": self._agency,
            "now": now,
            "suspects": [
                (str(one.change.component), one.why or (describe_change(one.change),)) for one in story.suspects
            ],
        }
        return self._engine.fill(f"report/incident/story.{form}.j2", values, Reader(self._language, zone, now))
