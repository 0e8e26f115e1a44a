"""What goes on in a conversation on GitHub: a comment, which is the same under issues and pull requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from plugwatch.errors import InputError
from plugwatch.model.roads.posting import Delivered, Posting

if TYPE_CHECKING:  # PyGithub takes half a second to load, and a draft needs none of it
    from plugwatch.channels.github_api import Entry, GitHubApi, Place

# Two clocks never agree; what stood there longer before a posting was first tried is an older text of the same words.
SLACK = timedelta(minutes=10)

_THREAD = re.compile(r"/(?P<name>[^/]+/[^/]+)/(?:pull|issues)/(?P<number>[0-9]{1,10})(?:/.*)?")


def locate(api: GitHubApi, thread: str) -> tuple[Place, Entry]:
    """The repository and the issue or pull request under a URL. Raises InputError for one of somewhere else."""
    try:
        parts = urlsplit(thread)
        found = _THREAD.fullmatch(parts.path)
        here = is_here(api, thread)
    except ValueError:
        found, here = None, False
    if found is None or not here:
        raise InputError(f"{thread} is no issue or pull request on {api.host}; give the URL of one")
    return api.issue(api.place(found["name"]), int(found["number"]))


def is_here(api: GitHubApi, url: str) -> bool:
    """Whether a URL is of the same GitHub as the API."""
    return urlsplit(url).netloc.rpartition("@")[2].lower() in (api.host.lower(), api.host.lower().removeprefix("api."))


def is_same(one: str, other: str) -> bool:
    """Whether two texts are the same but for line ends and blanks around them, which GitHub may change."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


def is_ours(api: GitHubApi, entry: Entry, posting: Posting) -> bool:
    """Whether we have made something since a posting was first tried."""
    return entry.author.lower() == api.login.lower() and entry.created >= posting.since - SLACK


def find_comment(api: GitHubApi, posting: Posting) -> Delivered | None:
    """The comment that says the same in the thread, where we have made it since."""
    place, entry = locate(api, str(posting.thread))
    for comment in api.comments(place, entry.number, posting.since - SLACK):
        if is_ours(api, comment, posting) and is_same(comment.body, posting.body):
            return Delivered("sent", comment.url)
    return None


def send_comment(api: GitHubApi, posting: Posting, about_to_hand: Callable[[], None]) -> Delivered:
    """Say it in the thread."""
    place, entry = locate(api, str(posting.thread))
    refuse_archived(place)
    about_to_hand()
    return Delivered("sent", api.comment(place, entry.number, posting.body).url, tell_moved(posting.target, place))


def refuse_archived(place: Place) -> None:
    """Raises InputError where nobody can write any more."""
    if place.archived:
        raise InputError(f"{place.full_name} is archived and read-only; choose another road (plugwatch vendor show)")


def tell_moved(target: str, place: Place) -> str:
    """That a repository has another name now than the one that we know."""
    if target.count("/") != 1 or target.lower() == place.full_name.lower():
        return ""
    return f"{target} is called {place.full_name} now; set it by plugwatch vendor set --repository"


def tell_labels(wanted: tuple[str, ...], there: tuple[str, ...], place: Place) -> str:
    """That labels are missing."""
    missing = [label for label in wanted if label.lower() not in {have.lower() for have in there}]
    return f"{place.full_name} did not take from us the labels: {', '.join(missing)}" if missing else ""


def join(*details: str) -> str:
    """Details as one."""
    return "; ".join(detail for detail in details if detail)
