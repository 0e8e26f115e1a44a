"""Fetch a patch from wherever its address leads: GitHub, GitLab, a Trac, or a plain file."""

from __future__ import annotations

import csv
import re
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urljoin

from plugwatch.errors import InputError, PlugwatchError
from plugwatch.model.patches.letter import Letter, plain
from plugwatch.model.patches.source import GitHubChange, PlainPatch, TracTicket, find_patch_source, public_url
from plugwatch.upstream.download import download

LARGEST_PATCH = 16 << 20
"""Bytes that a patch file may have."""

_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body)", re.I)
_ATTACHED = re.compile(r"""href=["']([^"'<>\s]*/attachment/ticket/\d+/[^"'<>/\s]+\.(?:diff|patch))["']""", re.I)
_MOST_SHOWN = 8


def fetch_letters(url: str, github_api: str, *, split: bool = False, pause: float = 0.25) -> list[Letter]:
    """The patches at an address, each with what is known of it; one, unless a change of several commits is ``split``.

    What comes as a plain file still has to be read as a mail. ``pause`` is the rest between two requests to GitHub, in
    seconds. Raises InputError where there is no patch, UnknownError where it cannot be had now.
    """
    source = find_patch_source(url, github_api)
    if isinstance(source, GitHubChange):
        from plugwatch.upstream.github import GitHub  # PyGithub costs more than everything else here

        return GitHub(github_api, pause=pause).letters(source, split=split)
    if isinstance(source, TracTicket):
        source = _only_attachment(source)
    title = _summary(source.ticket) if source.ticket else None
    return [Letter(_fetch(source), title=title, source=source.page)]


def fetch_file(url: str) -> bytes:
    """The file at an address, as it is. Raises as :func:`fetch_letters`."""
    return _fetch(PlainPatch(url, public_url(url)))


def read_patch_file(path: Path, shown: str) -> bytes:
    """A patch file's bytes. Raises InputError for a file that is too large for a patch."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_PATCH + 1)
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror}", source=shown) from error
    if len(data) > LARGEST_PATCH:
        raise InputError(f"it is larger than {LARGEST_PATCH >> 20} MiB, so it is no patch", source=shown)
    return data


def _fetch(source: PlainPatch) -> bytes:
    data = _get(source.url, source.page)
    if _PAGE.match(data):
        raise InputError(
            "this is a page for people, not a patch; give the address behind its link to the raw file",
            source=source.page,
        )
    return data


def _get(url: str, shown: str) -> bytes:
    with TemporaryDirectory(prefix="plugwatch-") as folder:
        return read_patch_file(download(url, Path(folder)), shown)


def _only_attachment(ticket: TracTicket) -> PlainPatch:
    """The one patch that is attached to a ticket. Raises InputError where there is none, or more than one."""
    page = _get(ticket.url, ticket.url).decode("utf-8", "replace")
    trac, number = ticket.url.rsplit("/ticket/", 1)
    links = (urljoin(ticket.url, unescape(link)) for link in _ATTACHED.findall(page))
    found = list(dict.fromkeys(link for link in links if link.startswith(f"{trac}/attachment/ticket/{number}/")))
    if len(found) != 1:
        names = ", ".join(plain(unquote(link.rpartition("/")[2])) for link in found[:_MOST_SHOWN])
        what = f"has several patches ({names}); give the address of one" if found else "has no *.diff or *.patch"
        raise InputError(f"this ticket {what}", source=ticket.url)
    source = find_patch_source(found[0], "")
    if not isinstance(source, PlainPatch):
        raise InputError("this ticket has no *.diff or *.patch", source=ticket.url)
    return source


def _summary(ticket: str) -> str | None:
    """A ticket's own title, where the Trac tells it; nothing that a patch must have."""
    try:
        rows = csv.DictReader(_get(f"{ticket}?format=csv", ticket).decode("utf-8-sig", "replace").splitlines())
        summary = next(iter(rows), {}).get("summary")
    except (PlugwatchError, csv.Error):
        return None
    words = " ".join(plain(summary or "").split())
    return f"{words} (#{ticket.rpartition('/')[2]})" if words else None
