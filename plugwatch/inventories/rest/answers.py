"""Answers of WordPress's REST API as people save and paste them: with headers of HTTP, several pages, cut, or errors.

Source: core, class-wp-rest-plugins-controller.php and class-wp-rest-themes-controller.php.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NOT_MINE, Recognition, Text, shorten
from plugwatch.inventories.json_text import Document, Documents, find_json, leftovers, mapping, plain
from plugwatch.inventories.limits import Missed, check_count
from plugwatch.inventories.values import tidy

Row = Mapping[str, Any]

_SURE = 0.97
_ERROR = 0.8
# Where a list stands in an object: with ?_envelope, behind proxies, and on WordPress.com.
_ENVELOPES = ("body", "data", "plugins", "themes")

_HTTP = re.compile(r"(?:[<>] ?)?(?:HTTP/[\d.]{1,4} \d{3}|(?:GET|HEAD|POST) \S{1,2000} HTTP/)")
_CURL = re.compile(r"(?:(?:curl|wget|https?|xh)\s.*|% Total.*|Dload.*|[\d.kMG:% -]{1,200}|[<>])")
_TOTAL = re.compile(r"(?:< ?)?x-wp-total:\s{0,9}(\d{1,6})", re.IGNORECASE)
_ROUTE = re.compile(r"wp(?:/|%2F)v2(?:/|%2F)(?:plugins|themes)/?(?:[?&]([^\s'\"<>]{0,500}))?", re.IGNORECASE)
_FILTERS = ("status", "search", "include", "exclude", "page")
_SITE = re.compile(r"(https?://[^\"\\?#]{1,300}?)/(?:index\.php/)?(?:wp-json/)?wp/v2/", re.IGNORECASE)

_CODE = re.compile(r"[A-Za-z_]")
_TAG = re.compile(r"<[^<>]{0,200}>")
_SHOWN = 2_000
_NAMED_BY = ("plugin", "stylesheet", "name")

_MANAGE = "ask again as a user who may manage them, with an application password of that user"
_ADVICE = {
    "rest_no_route": "WordPress answers it from 5.5 on, unless a plugin hides it; read the list with WP-CLI instead",
    "rest_disabled": "something on the site hides the API; read the list with WP-CLI instead",
    "application_passwords_disabled": "application passwords need HTTPS; read the list with WP-CLI instead",
}


@dataclass
class Answer:
    """The rows of every list in a text, each after its line, and why they may not be all.

    ``asked_all`` where the text shows the address that was asked, without a filter.
    """

    source: str
    rows: list[tuple[int, Row]] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    asked_all: bool = False

    def __post_init__(self) -> None:
        self.missed = Missed(self.source)

    def miss(self, line: int, entry: object) -> None:
        """Report an entry of a list that is none of its rows; the list is not whole then."""
        row = mapping(entry)
        named = [f"{key}: {plain(row[key])}" for key in _NAMED_BY if plain(row.get(key))]
        self.missed.add(line, shorten(f"an entry with {', '.join(named) or 'nothing of a row'}"))
        self.gaps.append("an entry of the list could not be read")


def recognise_rows(text: Text, is_row: Callable[[Row], bool], what: str) -> Recognition:
    """Sure where one of the text's lists has a row, or where it is the error that the API answers instead."""
    try:
        found = find_json(text).found
    except InputError:
        return NOT_MINE
    if any(is_row(mapping(entry)) for document in found for entry in _entries(document.value, is_row)):
        return Recognition(_SURE, f"JSON of {what} as the REST API answers it")
    if any(is_error(value) and ("theme" in value["code"]) == (what == "themes") for value in _values(found)):
        return Recognition(_ERROR, "an error that the REST API answers")
    return NOT_MINE


def is_error(value: object) -> bool:
    """Whether this is an error of the API: ``{"code": ..., "message": ..., "data": {"status": 401}}``."""
    error = mapping(value)
    return bool(_CODE.match(plain(error.get("code")))) and isinstance(error.get("message"), str)


def read_answer(text: Text, is_row: Callable[[Row], bool], what: str) -> Answer:
    """The rows of every list of ``what`` in the text.

    Raises InputError where there is none, where the site answered with an error, or where several sites answered.
    """
    documents = find_json(text)
    answer = Answer(text.source, warnings=documents.warnings())
    read = []
    for document in documents.found:
        entries = _entries(document.value, is_row)
        if any(is_row(mapping(entry)) for entry in entries) or _is_empty_list(text, document):
            read.append(document)
            _take(answer, entries, is_row, text.line_at(document.start))
    if not read:
        _refuse_error(documents, what, text.source)
        raise InputError(f"no list of {what} as the REST API answers it stands in it", source=text.source)
    _refuse_several_sites(answer, text.source)
    around = _Surroundings("HTTP/" in text.joined)
    answer.missed.lines += leftovers(text, read, around.is_known)
    answer.asked_all = around.asked_all
    answer.gaps = [*_gaps(text, documents, read), *around.gaps(len(answer.rows)), *answer.gaps]
    return answer


def display_name(value: object) -> str | None:
    """A name, plain or as ``{"raw", "rendered"}``; WordPress writes ``&`` as ``&amp;`` in either."""
    forms = mapping(value)
    shown = plain(value) or plain(forms.get("raw")) or plain(forms.get("rendered"))
    return tidy(html.unescape(shown)) or None


def _values(found: tuple[Document, ...]) -> list[Any]:
    return [document.value for document in found]


def _entries(value: object, is_row: Callable[[Row], bool]) -> list[Any]:
    """What a document lists: its elements, those of the list in an envelope, or itself where it is one row."""
    if isinstance(value, list):
        return value
    answer = mapping(value)
    if is_row(answer):
        return [answer]
    return next((answer[key] for key in _ENVELOPES if isinstance(answer.get(key), list)), [])


def _take(answer: Answer, entries: list[Any], is_row: Callable[[Row], bool], line: int) -> None:
    check_count(len(answer.rows) + len(entries), answer.source)
    for entry in entries:
        if is_row(mapping(entry)):
            answer.rows.append((line, entry))
        else:
            answer.miss(line, entry)


def _is_empty_list(text: Text, document: Document) -> bool:
    return document.value == [] and text.line(text.line_at(document.start)).strip() == "[]"


def _gaps(text: Text, documents: Documents, read: list[Document]) -> list[str]:
    """Why the JSON itself may not hold all rows."""
    broken = [place for line, place in documents.broken if not _CURL.fullmatch(text.line(line)[:_SHOWN].strip())]
    gaps = [f"the JSON is cut or damaged at line {broken[0]}"] if broken else []
    if any(isinstance(document.value, dict) and not _is_enveloped(document.value) for document in read):
        gaps.append("an entry stands in it alone, not in a list")
    if any(is_error(value) for value in _values(documents.found)):
        gaps.append("the site answered with an error too")
    return gaps


def _is_enveloped(value: Row) -> bool:
    return any(isinstance(value.get(key), list) for key in _ENVELOPES)


def _refuse_error(documents: Documents, what: str, source: str) -> None:
    error = next((value for value in _values(documents.found) if is_error(value)), None)
    if error is None:
        return
    status = plain(mapping(error.get("data")).get("status"))
    said = html.unescape(_TAG.sub("", error["message"][:_SHOWN]))
    raise InputError(
        f"the site did not answer with its {what} but with {shorten(error['code'], 60)} "
        f"({status + ', ' if status else ''}'{shorten(said, 120)}'); {_ADVICE.get(error['code'], _MANAGE)}",
        source=source,
    )


def _refuse_several_sites(answer: Answer, source: str) -> None:
    """Each row links to itself on its site; rows of several sites must not become those of one."""
    sites: dict[str, None] = {}
    for _, row in answer.rows:
        links = mapping(row.get("_links")).get("self")
        link = plain(mapping(links[0]).get("href")) if isinstance(links, list) and links else ""
        match = _SITE.match(link)
        if match:
            sites[match[1]] = None
    if len(sites) > 1:
        names = ", ".join(shorten(urlsplit(site).netloc.rpartition("@")[2], 60) for site in list(sites)[:4])
        raise InputError(f"it has the answers of several sites ({names}); give one site's part of it", source=source)


class _Surroundings:
    """What stands around the JSON: commands, the addresses that were asked, headers of HTTP."""

    def __init__(self, has_head: bool) -> None:
        self._has_head, self._in_head = has_head, False
        self._asked: list[str] = []
        self._totals: list[int] = []

    @property
    def asked_all(self) -> bool:
        """Whether an address that was asked is shown, and has no filter."""
        return bool(self._asked) and not self._is_filtered

    @property
    def _is_filtered(self) -> bool:
        return any(parameter.partition("=")[0] in _FILTERS for query in self._asked for parameter in query.split("&"))

    def gaps(self, count: int) -> list[str]:
        """Why the rows, so many of them, are not all that the site has."""
        gaps = ["the address that was asked has a filter"] if self._is_filtered else []
        if self._totals and sum(self._totals) != count:
            gaps.append(f"the answer's headers tell of {sum(self._totals)} rows and {count} are in it")
        return gaps

    def is_known(self, piece: str) -> bool:
        """Whether the piece of a line is a command, a header, or another word of the program that asked."""
        piece = piece[:_SHOWN].strip()
        route = _ROUTE.search(piece)
        if route:
            self._asked.append(route[1] or "")
        if _HTTP.match(piece):
            self._in_head = True
        elif piece in ("", "<", ">"):
            self._in_head = False
        total = _TOTAL.fullmatch(piece) if self._in_head else None
        if total:
            self._totals.append(int(total[1]))
        talk = self._has_head and piece[:2] in ("* ", "< ", "{ ", "} ")
        return route is not None or self._in_head or talk or _CURL.fullmatch(piece) is not None
