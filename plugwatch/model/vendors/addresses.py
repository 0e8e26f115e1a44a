"""Addresses that strangers' files name: web pages, mail, repositories on GitHub. What is no safe address is none."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from plugwatch.model.client import is_email
from plugwatch.model.roads.markup import one_line

GITHUB_HOST = "github.com"

_LONGEST_URL = 500
_MOST_READ = 200_000  # characters of one text; a readme is meant to stay below 10 kB
_MOST_FOUND = 40
# The rules of github.com for the names of accounts and repositories.
_OWNER = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}[A-Za-z0-9])?"
_NAME = r"[A-Za-z0-9._-]{1,100}"
_REPOSITORY = re.compile(rf"{_OWNER}/{_NAME}", re.ASCII)
_GITHUB = re.compile(
    rf"(?:git\+)?(?:(?:https?|git|ssh)://(?:[^/@\s]+@)?(?:www\.)?{re.escape(GITHUB_HOST)}/|git@{re.escape(GITHUB_HOST)}:|github:)"
    rf"({_OWNER}/{_NAME})(?=[/?#]|$)",
    re.ASCII | re.IGNORECASE,
)
# First parts of paths that are pages of GitHub itself (github.com/shouldbee/reserved-usernames lists them all).
_PAGES = {"about", "apps", "collections", "contact", "customer-stories", "enterprise", "events", "explore", "features"}
_PAGES |= {"login", "marketplace", "new", "notifications", "orgs", "pricing", "search", "security", "settings", "site"}
_PAGES |= {"sponsors", "stars", "topics", "trending", "users"}
_LINK = re.compile(r"https?://[^\s<>\"'`\\^{}|\]]{3,500}", re.IGNORECASE)
_MAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}(?!\.?[A-Za-z0-9-])",
    re.ASCII,
)
_PUNCTUATION = ".,;:!?'*_"


def web_url(text: object) -> str | None:
    """The text where it is an address of the web on one line that hides nothing: no other scheme, no password."""
    if not isinstance(text, str):
        return None
    url = text.strip()
    if len(url) > _LONGEST_URL or one_line(url) != url or " " in url:
        return None
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc else None


def mail_address(text: object) -> str | None:
    """The text, with or without ``mailto:``, where it is an e-mail address."""
    address = text.strip().removeprefix("mailto:").partition("?")[0] if isinstance(text, str) else ""
    return address if is_email(address) else None


def github_repository(text: object) -> str | None:
    """``OWNER/NAME`` of any address on GitHub that lies in a repository, as people and package files write it."""
    found = _GITHUB.match(text.strip()) if isinstance(text, str) and len(text) <= _LONGEST_URL else None
    if not found:
        return None
    owner, _slash, name = found[1].partition("/")
    name = name.removesuffix(".git").rstrip(".")
    return None if owner.lower() in _PAGES or not name else f"{owner}/{name}"


def is_repository(text: str) -> bool:
    """Whether the text can be ``OWNER/NAME`` on GitHub."""
    return _REPOSITORY.fullmatch(text) is not None and text.rpartition("/")[2] not in (".", "..")


def find_links(text: str) -> tuple[str, ...]:
    """The addresses of the web that a text names, each once and in order, without what the sentence puts after them."""
    found: dict[str, None] = {}
    for match in _LINK.finditer(text[:_MOST_READ]):
        url = web_url(_trimmed(match[0]))
        if url:
            found[url] = None
        if len(found) >= _MOST_FOUND:
            break
    return tuple(found)


def find_mails(text: str) -> tuple[str, ...]:
    """The e-mail addresses that a text names, each once and in order."""
    found = (mail_address(match[0].rstrip(".-")) for match in _MAIL.finditer(text[:_MOST_READ]))
    return tuple(dict.fromkeys(address for address in found if address))[:_MOST_FOUND]


def _trimmed(url: str) -> str:
    """Without the punctuation of the sentence, and without a bracket that was opened before the address."""
    while url and (url[-1] in _PUNCTUATION or (url[-1] == ")" and url.count(")") > url.count("("))):
        url = url[:-1]
    return url
