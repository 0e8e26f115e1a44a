"""Changing what persons have said of the ways to a vendor, with who says it and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from plugwatch.errors import PlugwatchError
from plugwatch.model.roads.road import find_road
from plugwatch.model.vendors.told import (
    NEITHER,
    NEVER,
    PREFERRED,
    Choice,
    Told,
    Way,
    check_address,
    check_note,
    place_tracker,
)

_GITHUB = ("github-pr", "github-issue")


class Telling:
    """What is said of one vendor in one go; :meth:`told` is the outcome. An empty text takes back what was said."""

    def __init__(self, before: Told, at: datetime, actor: str) -> None:
        self._ways, self._choices = dict(before.ways), dict(before.choices)
        self._at, self._actor = at, actor

    def told(self) -> Told:
        """Everything that holds now."""
        return Told({road: self._ways[road] for road in sorted(self._ways)}, dict(sorted(self._choices.items())))

    def address(self, road: str, text: str) -> None:
        """The address to use on a road. Raises PlugwatchError for what can be none."""
        self._change(road, address=check_address(road, text) if text.strip() else None)

    def repository(self, text: str) -> None:
        """``OWNER/NAME``, for pull requests and issues. Raises PlugwatchError for what can be none."""
        for road in _GITHUB:
            self.address(road, text)

    def tracker(self, url: str) -> None:
        """Where reports go: issues of a repository on GitHub, or a Trac; taken back: where they went before.

        Raises PlugwatchError for a tracker that plugwatch does not write to.
        """
        if url.strip():
            road, address = place_tracker(url)
            self.address(road, address)
            return
        self.address("trac", "")
        pulls = self._ways.get("github-pr")
        self.address("github-issue", (pulls.address if pulls else None) or "")

    def prefer(self, road: str) -> None:
        """The road to take, in place of the one before; "" for none."""
        for other in [one.road for one in self._ways.values() if one.prefer == PREFERRED and one.road != road]:
            self._change(other, prefer=NEITHER)
        if road:
            way = self._ways.get(find_road(road).name)
            kept = way.note if way and way.prefer != NEVER else None  # why it was never to be taken holds no more
            self._change(road, prefer=PREFERRED, note=kept)

    def never(self, road: str, why: str) -> None:
        """A road that is not to be taken, and why; "" gives all such roads free. Raises PlugwatchError without why."""
        if not road:
            for way in [one for one in self._ways.values() if one.prefer == NEVER]:
                self._change(way.road, prefer=NEITHER, note=None)
            return
        if not why.strip():
            raise PlugwatchError(f"say with --why TEXT why {road} is never to be taken, for whoever wonders next year")
        self._change(find_road(road).name, prefer=NEVER, note=check_note(why))

    def note(self, road: str, text: str) -> None:
        """A remark on one road."""
        self._change(find_road(road).name, note=check_note(text) or None)

    def choose(self, name: str, value: str) -> None:
        """One of the choices PAID, PATCH, LABELS and NOTE, already checked."""
        before = self._choices.get(name)
        if not value:
            self._choices.pop(name, None)
        elif before is None or before.value != value:
            self._choices[name] = Choice(value, self._at, self._actor)

    def _change(self, road: str, **changed: object) -> None:
        """What differs is signed anew; a way that says nothing is dropped."""
        before = self._ways.get(road) or Way(road, None, NEITHER, None, self._at, self._actor)
        after = replace(before, **changed)  # type: ignore[arg-type]
        if after != before:
            after = replace(after, at=self._at, actor=self._actor)
        if after.says_anything:
            self._ways[road] = after
        else:
            self._ways.pop(road, None)
