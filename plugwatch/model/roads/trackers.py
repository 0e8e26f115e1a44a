"""Which tracker a pasted address is of, and the address by which it is watched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from plugwatch.errors import InputError
from plugwatch.model.patches.source import public_url

_REPOSITORY = r"/(?P<owner>[A-Za-z0-9][A-Za-z0-9-]{0,99})/(?P<name>[A-Za-z0-9._-]{1,100})"
_THREAD = re.compile(_REPOSITORY + r"/(?P<kind>pull|issues|discussions)/(?P<number>\d{1,9})(?:/.*)?")
_TICKET = re.compile(r"(?P<trac>/.*)?/ticket/(?P<number>\d{1,9})/?")
_TOPIC = re.compile(r"/support/topic/(?P<topic>[^/]+)(?:/.*)?")
_WORDPRESS_TRAC = re.compile(r"[a-z0-9-]+\.trac\.wordpress\.org")
_WORDPRESS = re.compile(r"(?:[a-z0-9-]+\.)?wordpress\.org")
_LONGEST = 2_000  # characters; browsers and servers take little more
_OTHERS = (
    ("GitLab", re.compile(r"/-/(?:issues|merge_requests|work_items)/\d+")),
    ("Bitbucket", re.compile(r"/(?:issues|pull-requests)/\d+")),
    ("Jira", re.compile(r"/browse/[A-Z][A-Z0-9_]+-\d+")),
)


@dataclass(frozen=True)
class Tracked:
    """What an address is of: one of TRACKERS, the address without what changes nothing, and for ``none`` a note."""

    tracker: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class Bases:
    """Where the trackers are that we know: GitHub's API, Tracs, and the forum of WordPress.org."""

    github_api: str = "https://api.github.com"
    tracs: Sequence[str] = ("https://plugins.trac.wordpress.org",)
    forum: str = "https://wordpress.org/support"

    @property
    def github(self) -> str:
        """The pages of that GitHub."""
        parts = urlsplit(self.github_api)
        return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}".lower()


@dataclass(frozen=True)
class GitHubThread:
    """An issue or a pull request on GitHub; ``kind`` is issues, pull or discussions, as in its address."""

    repository: str
    kind: str
    number: int


def tracker_of(url: str, bases: Bases | None = None) -> Tracked | None:
    """The tracker of an address of the web; None for what is no address. Nothing is asked."""
    bases = bases or Bases()
    if len(url) > _LONGEST:
        return None
    try:
        page = public_url(url.strip())
    except InputError:
        return None
    return _on_github(page, bases) or _on_trac(page, bases) or _in_forum(page, bases) or _elsewhere(page)


def github_thread(url: str, github: str) -> GitHubThread | None:
    """What an address on a GitHub (``https://github.com``) is of."""
    parts = urlsplit(url)
    place = f"{parts.scheme}://{parts.netloc.lower().removeprefix('www.')}"
    if place.removeprefix("http://").removeprefix("https://") != github.partition("://")[2]:
        return None
    found = _THREAD.fullmatch(parts.path.rstrip("/"))
    return GitHubThread(f"{found['owner']}/{found['name']}", found["kind"], int(found["number"])) if found else None


def _on_github(page: str, bases: Bases) -> Tracked | None:
    for github in dict.fromkeys((bases.github, "https://github.com")):
        thread = github_thread(page, github)
        if thread is None:
            continue
        url = f"{github}/{thread.repository}/{thread.kind}/{thread.number}"
        if thread.kind == "discussions":
            return Tracked("none", url, _by_hand("GitHub's discussions are not read"))
        if github != bases.github:
            return Tracked("none", url, _by_hand(f"[github] api_url is that of {bases.github}"))
        return Tracked({"pull": "github-pull", "issues": "github-issue"}[thread.kind], url)
    return None


def _on_trac(page: str, bases: Bases) -> Tracked | None:
    parts = urlsplit(page)
    for base in bases.tracs:
        known = urlsplit(base.rstrip("/"))
        rest = parts.path.removeprefix(known.path)
        found = _TICKET.fullmatch(rest)
        if parts.netloc.lower() == known.netloc.lower() and found and not found["trac"]:
            return Tracked("trac", f"{base.rstrip('/')}/ticket/{found['number']}")
    found = _TICKET.fullmatch(parts.path)
    if found and _WORDPRESS_TRAC.fullmatch(parts.netloc.lower()):
        return Tracked("trac", f"https://{parts.netloc.lower()}/ticket/{found['number']}")
    if found:
        note = f'a Trac that plugwatch does not know; write it as [trac.NAME] url = "{page[: -len(found[0])]}…"'
        return Tracked("none", page, _by_hand(note))
    return None


def _in_forum(page: str, bases: Bases) -> Tracked | None:
    parts, base = urlsplit(page), urlsplit(bases.forum.rstrip("/"))
    own = parts.netloc.lower() == base.netloc.lower() and parts.path.startswith(base.path + "/topic/")
    path = parts.path.removeprefix(base.path) if own else parts.path.removeprefix("/support")
    found = re.fullmatch(r"/topic/([^/]+)(?:/.*)?", path)
    if found and own:
        return Tracked("forum", f"{bases.forum.rstrip('/')}/topic/{found[1]}/")
    topic = _TOPIC.fullmatch(parts.path)
    if topic and _WORDPRESS.fullmatch(parts.netloc.lower()):
        return Tracked("forum", f"https://{parts.netloc.lower()}/support/topic/{topic['topic']}/")
    return None


def _elsewhere(page: str) -> Tracked:
    path = urlsplit(page).path
    name = next((name for name, pattern in _OTHERS if pattern.search(path)), None)
    return Tracked("none", page, _by_hand(f"{name} is not read" if name else "no tracker that plugwatch reads"))


def _by_hand(why: str) -> str:
    return f"{why}; its status is set by hand with 'plugwatch submission mark'"
