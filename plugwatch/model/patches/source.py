"""Where a patch is when somebody pastes an address: a page for people, of which the patch itself must be found.

The addresses are those of https://docs.github.com/en/pull-requests, https://docs.gitlab.com/user/project/merge_requests/
("as a diff") and https://trac.edgewall.org/wiki/TracTicketsAttachments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from plugwatch.errors import InputError

GITHUB = "github.com"
_HASH = r"[0-9a-fA-F]{4,40}"
_REPOSITORY = r"/(?P<owner>[A-Za-z0-9][A-Za-z0-9-]{0,99})/(?P<repository>[A-Za-z0-9._-]{1,100})"
_FORM = r"(?:\.diff|\.patch)?"
_GITHUB_PAGES = (
    ("compare", rf"/pull/\d+/(?:files|changes)/(?P<name>{_HASH}\.\.{_HASH})"),
    ("commit", rf"/pull/\d+/(?:files|changes|commits)/(?P<name>{_HASH})"),
    ("pull", rf"/pull/(?P<name>\d{{1,9}}){_FORM}(?:/.*)?"),
    ("commit", rf"/commit/(?P<name>{_HASH}){_FORM}"),
    ("compare", rf"/compare/(?P<name>.+?){_FORM}"),
)
_ISSUE = re.compile(_REPOSITORY + r"/issues/\d+")
_FILE = re.compile(rf"(?P<before>{_REPOSITORY})/blob/(?P<after>.+)")
_GITLAB_MERGE = re.compile(r"(?P<page>/.+/-/merge_requests/\d+)(?:\.diff|\.patch|/.*)?")
_GITLAB_COMMIT = re.compile(rf"(?P<page>/.+/-/commit/{_HASH})(?:\.diff|\.patch)?")
_TRAC_FILE = re.compile(r"(?P<trac>.*)/attachment/(?P<rest>ticket/(?P<number>\d{1,9})/.+)")
_TRAC_TICKET = re.compile(r"(?P<trac>.*)/ticket/(?P<number>\d{1,9})/?")
_TRAC_CHANGE = re.compile(r".*/changeset/\d{1,9}(/.*)?")


@dataclass(frozen=True)
class GitHubChange:
    """A pull request (``name`` is its number), a commit (its hash) or a comparison (``BASE...HEAD``) on GitHub."""

    kind: str
    site: str
    owner: str
    repository: str
    name: str

    @property
    def url(self) -> str:
        """The page for people."""
        return f"{self.site}/{self.owner}/{self.repository}/{self.kind}/{quote(self.name, safe='/:.')}"


@dataclass(frozen=True)
class PlainPatch:
    """A file to fetch. ``url`` may hold secrets; ``page`` is the address to record, ``ticket`` the Trac ticket's."""

    url: str
    page: str
    ticket: str | None = None


@dataclass(frozen=True)
class TracTicket:
    """A ticket of a Trac, whose attachments are listed on its page."""

    url: str


PatchSource = GitHubChange | PlainPatch | TracTicket


def find_patch_source(url: str, github_api: str) -> PatchSource:
    """What an address of the web means. ``github_api`` is where GitHub's API is, or that of a GitHub of one's own.

    Raises InputError for an address that cannot be read, or that is known to be of something else.
    """
    page = public_url(url)
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    if host.removeprefix("www.") == GITHUB or host == urlsplit(github_api).netloc.lower():
        return _on_github(url, parts.path, f"{parts.scheme}://{host.removeprefix('www.')}", page)
    return _on_gitlab(url, parts.path) or _on_trac(url, parts.path) or PlainPatch(url, page)


def public_url(url: str) -> str:
    """An address as it may be recorded: without user, password, query and fragment. Raises InputError for none."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise InputError("the address cannot be read; write https://HOST/PATH") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or not re.fullmatch(r"[\w.:-]+", parts.hostname):
        raise InputError("the address cannot be read; write https://HOST/PATH")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}{quote(parts.path, safe='/%~:@!$&()*+,;=.-_', errors='replace')}"


def _on_github(url: str, path: str, site: str, page: str) -> PatchSource:
    for kind, rest in _GITHUB_PAGES:
        found = re.fullmatch(_REPOSITORY + rest, path.rstrip("/"))
        if found:
            name = unquote(found["name"])
            if kind == "compare":
                name = _compared(name, page, exact="/pull/" in path)
            return GitHubChange(kind, site, found["owner"], found["repository"], name)
    if _ISSUE.fullmatch(path.rstrip("/")):
        raise InputError("this is an issue; give the pull request or the commit that mends it", source=page)
    file = _FILE.fullmatch(path)
    if file:
        return PlainPatch(f"{site}{file['before']}/raw/{file['after']}", page)
    return PlainPatch(url, page)


def _compared(name: str, page: str, *, exact: bool) -> str:
    """Two ends for GitHub's API, which compares with the point where they parted ("three dots") only."""
    if exact:
        return name.replace("..", "...")  # commits of one pull request: the first is where they parted
    if ".." in name and "..." not in name:
        raise InputError("two dots compare what GitHub's API cannot; write BASE...HEAD with three", source=page)
    return name


def _on_gitlab(url: str, path: str) -> PatchSource | None:
    """GitLab's own ``.diff`` of a merge request, and the mail of a commit, which says who made it and why."""
    for pattern, form in ((_GITLAB_MERGE, ".diff"), (_GITLAB_COMMIT, ".patch")):
        found = pattern.fullmatch(path)
        if found:
            return PlainPatch(_with_path(url, found["page"] + form), _with_path(public_url(url), found["page"]))
    return None


def _on_trac(url: str, path: str) -> PatchSource | None:
    page = public_url(url)
    file = _TRAC_FILE.fullmatch(path)
    if file:
        ticket = _with_path(page, f"{file['trac']}/ticket/{file['number']}")
        return PlainPatch(_with_path(url, f"{file['trac']}/raw-attachment/{file['rest']}"), page, ticket)
    if _TRAC_TICKET.fullmatch(path):
        return TracTicket(_with_path(page, path.rstrip("/")))
    if _TRAC_CHANGE.fullmatch(path):
        return PlainPatch(_with_path(page, path) + "?format=diff", page)
    return None


def _with_path(url: str, path: str) -> str:
    """The same place with another path, without query and fragment."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{path}"
