"""What the directory of WordPress.org says of a plugin or a theme.

The shapes of its answers are those of the directory's own source (github.com/WordPress/wordpress.org,
plugin-directory/api/routes/class-plugin.php and standalone/class-plugins-info-api.php,
theme-directory/class-themes-api.php), served as ``plugins/info/1.2`` and ``themes/info/1.2``. PHP writes ``false`` or
``""`` for a text that is not there and ``[]`` for an empty object; strangers wrote the texts. What is not as it should
be counts as not told, so that an answer is read or refused and never fails half-way.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta, timezone
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from plugwatch.errors import InputError
from plugwatch.model.roads.markup import one_line
from plugwatch.model.version import clean, may_be_build_of, sort_key, split_build

OPEN, CLOSED, UNKNOWN = "open", "closed", "unknown"
STATES = (OPEN, CLOSED, UNKNOWN)
"""In the directory; closed there (plugins only); not there, or for a theme perhaps not any more."""

HOSTED_KINDS = ("plugin", "theme")
FRESH_FOR = timedelta(days=1)
"""How long an answer is believed; WordPress.org itself caches its own as long."""

TRUNK = "trunk"

_NO_VERSION = "0.0"  # what class-plugin.php says where it knows no version
_NOT_THERE = re.compile(r"(?:plugin|theme) not found|invalid (?:plugin )?slug", re.IGNORECASE)
_SLUG = re.compile(r"[a-z0-9_-]{1,200}", re.ASCII)
_TAG = re.compile(r"<[^<>]*>")
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d{1,2}):(\d\d)(?::(\d\d))?\s*(am|pm)?)?", re.ASCII | re.IGNORECASE)
_LONGEST_RAW = 4000
_LONGEST_URL = 500
_LONGEST_VERSION = 100
_MOST_READ = 20_000
_MOST_VERSIONS = 2000


def is_directory_slug(text: str) -> bool:
    """Whether WordPress.org can have this slug; it refuses all others as invalid, so they need not be asked for."""
    return bool(_SLUG.fullmatch(text))


@dataclass(frozen=True)
class DirectoryEntry:
    """One plugin or theme as WordPress.org describes it; what it does not say is None, or () for versions.

    ``kind`` is plugin or theme, ``state`` one of STATES; only an open entry says everything, a closed one its name and
    ``closed_*``, an unknown one nothing. ``version`` is the version header of the current release; ``versions`` are the
    names of all tags (themes: of all versions) but trunk, oldest first as PHP sorts. ``business_model`` is commercial,
    community or canonical; a community one tells its ``repository_url``, a commercial one its
    ``commercial_support_url``. ``last_updated`` is in UTC; the threads are those of the last two months.
    ``closed_reason`` (security-issue, author-request, guideline-violation, licensing-trademark-violation,
    merged-into-core, unused) is public after 60 days only, unless the author asked for the closing.
    """

    kind: str
    slug: str
    state: str
    name: str | None = None
    version: str | None = None
    author: str | None = None
    requires: str | None = None
    tested: str | None = None
    requires_php: str | None = None
    last_updated: datetime | None = None
    versions: tuple[str, ...] = ()
    business_model: str | None = None
    repository_url: str | None = None
    commercial_support_url: str | None = None
    support_url: str | None = None
    support_threads: int | None = None
    support_threads_resolved: int | None = None
    active_installs: int | None = None
    closed_date: date | None = None
    closed_reason: str | None = None
    closed_text: str | None = None

    @classmethod
    def from_answer(cls, kind: str, slug: str, document: object) -> DirectoryEntry:
        """What the answer for one slug says, alone or as a part of the answer for many.

        Raises InputError where it says neither what the component is nor that there is none.
        """
        answer = document if isinstance(document, dict) else {}
        error = answer.get("error")
        closed = error == CLOSED or answer.get("closed") is True
        if isinstance(error, str) and _NOT_THERE.match(error):
            return cls(kind, slug, UNKNOWN)
        name = _plain(answer.get("name"))
        if answer.get("slug", slug) != slug or not (closed or (_text(name) and not error)):
            raise InputError(f"this is no answer about {kind}/{slug}", source="the directory's answer")
        if closed:
            return cls(kind, slug, CLOSED, **_cleaned({"name": name, **_closing(answer)}))
        told = _theme_facts(answer) if kind == "theme" else _plugin_facts(answer)
        return cls(kind, slug, OPEN, **_cleaned({"name": name, **told}))

    @classmethod
    def from_document(cls, document: object) -> DirectoryEntry:
        """What :meth:`to_document` wrote down. Raises InputError where it is something else."""
        kept = document if isinstance(document, dict) else {}
        kind, slug, state = (kept.get(key) for key in ("kind", "slug", "state"))
        if not isinstance(kind, str) or not isinstance(slug, str) or not isinstance(state, str) or state not in STATES:
            raise InputError("no entry that plugwatch has kept; ask WordPress.org again", source="a directory entry")
        return cls(kind, slug, state, **_cleaned(kept))

    def to_document(self) -> dict[str, Any]:
        """The entry as JSON holds it; times are ISO 8601."""
        document: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple):
                value = list(value)
            document[field.name] = value.isoformat() if isinstance(value, date) else value
        return document

    def knows_version(self, version: str) -> bool | None:
        """Whether this is the current version or a tag, as PHP compares; None where the directory tells no version.

        A build of ours counts as the release that it is made of, and a tag ``v1.2`` as 1.2.
        """
        known = [clean(_without_v(text)) for text in (self.version or "", *self.versions)]
        known = [text for text in known if text]
        if not known:
            return None
        wanted = clean(_without_v(version))
        if split_build(wanted):
            return any(may_be_build_of(wanted, text) for text in known)
        return sort_key(wanted) in {sort_key(text) for text in known}


def strip_html(text: str) -> str:
    """The text as a browser shows it: without tags, entities decoded; only so much of it as any field keeps."""
    return html.unescape(_TAG.sub("", text[:_LONGEST_RAW]))


def _plugin_facts(answer: Mapping[str, Any]) -> dict[str, Any]:
    version = answer.get("version")
    return {
        **_common_facts(answer),
        "version": None if version == _NO_VERSION else version,
        "author": _plain(answer.get("author")),
        "tested": answer.get("tested"),
        "last_updated": answer.get("last_updated"),
        "business_model": answer.get("business_model"),
        "repository_url": answer.get("repository_url"),
        "commercial_support_url": answer.get("commercial_support_url"),
        "support_url": answer.get("support_url"),
        "support_threads": answer.get("support_threads"),
        "support_threads_resolved": answer.get("support_threads_resolved"),
    }


def _theme_facts(answer: Mapping[str, Any]) -> dict[str, Any]:
    """A theme's author is an object where asked for: ``author`` is the header, ``display_name`` the account's."""
    author = answer.get("author")
    if isinstance(author, dict):
        author = author.get("author") or author.get("display_name")
    models = [model for model in ("commercial", "community") if answer.get(f"is_{model}") is True]
    return {
        **_common_facts(answer),
        "version": answer.get("version"),
        "author": _plain(author),
        "last_updated": answer.get("last_updated_time") or answer.get("last_updated"),
        "business_model": models[0] if models else None,
        "repository_url": answer.get("external_repository_url"),
        "commercial_support_url": answer.get("external_support_url"),
    }


def _common_facts(answer: Mapping[str, Any]) -> dict[str, Any]:
    versions = answer.get("versions")
    return {
        "requires": answer.get("requires"),
        "requires_php": answer.get("requires_php"),
        "versions": list(islice(versions, _MOST_READ)) if isinstance(versions, dict) else [],
        "active_installs": answer.get("active_installs"),
    }


def _closing(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "closed_date": answer.get("closed_date"),
        "closed_reason": answer.get("reason"),
        "closed_text": _plain(answer.get("description")),
    }


def _plain(value: object) -> object:
    return strip_html(value) if isinstance(value, str) else value


def _without_v(version: str) -> str:
    return re.sub(r"\A[vV](?=[0-9])", "", version.strip())


def _cleaned(values: Mapping[str, Any]) -> dict[str, Any]:
    """Every field that the values have, made what the entry promises; a second time changes nothing."""
    return {name: clean_one(values[name]) for name, clean_one in _CLEANERS.items() if name in values}


def _text(value: object, longest: int = 200) -> str | None:
    return one_line(value[:_LONGEST_RAW])[:longest].strip() or None if isinstance(value, str) else None


def _version(value: object) -> str | None:
    return _text(value, _LONGEST_VERSION)


def _versions(value: object) -> tuple[str, ...]:
    named = {_text(version) for version in value} if isinstance(value, (list, tuple)) else set()
    kept = [text for text in named if text and text != TRUNK and len(text) <= _LONGEST_VERSION and clean(text)]
    return tuple(sorted(kept, key=lambda text: (sort_key(text), text))[-_MOST_VERSIONS:])


def _moment(value: object) -> datetime | None:
    """``2024-10-24 3:07pm GMT``, ``2024-10-24 15:07:00``, ``2024-10-24`` or ISO 8601; all of them are in UTC."""
    found = _MOMENT.match(value[:_LONGEST_RAW]) if isinstance(value, str) else None
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    if found[7]:
        hour = hour % 12 + (12 if found[7].lower() == "pm" else 0)
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
    except ValueError:
        return None


def _day(value: object) -> date | None:
    moment = _moment(value)
    return moment.date() if moment else None


def _count(value: object) -> int | None:
    """A number, which PHP may write as text or with a fraction of nothing."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 10**15:
        return None
    return int(value) if value == int(value) else None


def _url(value: object) -> str | None:
    """The address where it is one of the web that hides nothing: no other scheme, no password, no blanks."""
    if not isinstance(value, str) or len(value) > _LONGEST_URL or one_line(value) != value or " " in value:
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc else None


_CLEANERS: dict[str, Callable[[object], Any]] = {
    "name": _text,
    "version": _version,
    "author": _text,
    "requires": _version,
    "tested": _version,
    "requires_php": _version,
    "last_updated": _moment,
    "versions": _versions,
    "business_model": _version,
    "repository_url": _url,
    "commercial_support_url": _url,
    "support_url": _url,
    "support_threads": _count,
    "support_threads_resolved": _count,
    "active_installs": _count,
    "closed_date": _day,
    "closed_reason": _version,
    "closed_text": lambda value: _text(value, 1000),
}
