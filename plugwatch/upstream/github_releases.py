"""Which releases of a repository on GitHub contain a commit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cmp_to_key
from typing import Any, Protocol
from urllib.parse import quote

from plugwatch.model.version import compare
from plugwatch.upstream.github_access import Answer, parse_moment

_MOST_RELEASES = 10  # are compared with
_FINISHED = re.compile(r"^(?!.*(?:alpha|beta|rc\d*$|rc[.-]|dev|nightly|test)).*\d", re.IGNORECASE)
_CONTAINING = ("ahead", "identical")  # what "compare" calls a head that has all of the base's commits


class _Get(Protocol):
    def __call__(self, path: str, about: str, *, parameters: Mapping[str, str]) -> Answer: ...


def find_releases(
    read: Callable[[str, Mapping[str, str]], Answer], get: _Get, repository: str, commit: str, since: datetime | None
) -> tuple[str, ...]:
    """The tags of releases that contain a commit, the newest first, of the newest ten.

    ``repository`` is its path in the API, ``since`` when the commit came in: what was released earlier lacks it.
    Where a repository makes no releases its tags are looked at; drafts and pre-releases are none. ``read`` reads what
    is asked again at the next look. https://docs.github.com/en/rest/commits/commits#compare-two-commits
    """
    releases = read(f"{repository}/releases", {"per_page": "30"}).rows
    names = _releases(releases, since) if releases else _tags(read(f"{repository}/tags", {"per_page": "100"}).rows)
    about = f"the releases of {repository.removeprefix('/repos/')}"
    found = []
    for name in names[:_MOST_RELEASES]:
        ends = f"{quote(commit)}...{quote(name, safe='')}"
        # The changed files stand on the first page alone, and nobody wants them here.
        answer = get(f"{repository}/compare/{ends}", about, parameters={"per_page": "1", "page": "2"})
        if answer.status == 200 and answer.row.get("status") in _CONTAINING:
            found.append(name)
    return tuple(found)


def _releases(rows: list[dict[str, Any]], since: datetime | None) -> list[str]:
    finished = [row for row in rows if row.get("draft") is not True and row.get("prerelease") is not True]
    after = since - timedelta(minutes=1) if since else None
    dated = [(parse_moment(row.get("published_at")), row.get("tag_name")) for row in finished]
    return [name for at, name in dated if isinstance(name, str) and (at is None or after is None or at >= after)]


def _tags(rows: list[dict[str, Any]]) -> list[str]:
    """The tags from the highest version down; GitHub lists them by name."""
    names = [name for row in rows if isinstance(name := row.get("name"), str) and _FINISHED.search(name)]
    return sorted(names, key=cmp_to_key(_compare), reverse=True)


def _compare(one: str, other: str) -> int:
    return compare(_bare(one), _bare(other))


def _bare(name: str) -> str:
    return name.rpartition("/")[2].lstrip("vV")
