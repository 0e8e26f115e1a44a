"""What a Trac says of its tickets, read from the forms that it gives to programs; nothing in here asks it.

Comma-separated tickets and queries, and a ticket's changes as RSS: trac.edgewall.org/wiki/TracTickets and TracQuery.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from html.parser import HTMLParser
from io import StringIO
from urllib.parse import urlsplit
from xml.etree import ElementTree

from plugwatch.errors import InputError
from plugwatch.model.roads.heard import make_harmless
from plugwatch.model.roads.markup_base import clean, one_line

HAS_PATCH = "has-patch"
FIELD_LIMIT = 1 << 22
"""Characters of one field: Trac takes 262,144 unless it is told otherwise."""

# Of core.trac.wordpress.org and of Trac's own workflow; what a project calls its own resolutions says nothing to us.
_FIXED = frozenset({"fixed"})
_REFUSED = frozenset({"wontfix", "invalid", "worksforme", "duplicate", "maybelater", "cantfix"})
_TAKEN_UP = frozenset({"accepted", "reviewing"})
# make.wordpress.org/core/handbook/contribute/trac/keywords: the next word is ours.
_ASKED = ("changes-requested", "needs-refresh", "reporter-feedback")
# What writes on WordPress's Tracs without being a person: mirrors of pull requests, chat and IRC.
_MACHINES = frozenset({"prbot", "slackbot", "ircbot", "trac", "anonymous-bot"})

_TICKET = re.compile(r"(?P<base>/.*)?/ticket/(?P<number>[1-9][0-9]{0,8})/?\Z")
_COUNTED = re.compile(r"\.([2-9]|[1-9][0-9]{1,5})\Z")
_DUPLICATE = re.compile(r"\bduplicate\s+of\s+(?:ticket:|#)([1-9][0-9]{0,8})\b", re.IGNORECASE)
_CHANGESET = re.compile(r"/changeset/([0-9A-Za-z]{1,40})(?:/[^\"']*)?\Z")
_NO_XML = re.compile("<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_DATE = re.compile(
    r"(?:[A-Za-z]{3}, )?(?P<day>[0-9]{1,2}) (?P<month>[A-Za-z]{3}) (?P<year>[0-9]{4}) "
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2}) "
    r"(?:GMT|UTC?|Z|(?P<sign>[+-])(?P<hours>[0-9]{2})(?P<minutes>[0-9]{2}))"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_WHERE = "Trac"
_MOST_CHANGES = 2_000
_SKEW = timedelta(days=1)  # that another machine's clock may go wrong by, or be in another zone


@dataclass(frozen=True)
class TicketRow:
    """A ticket as a query lists it; ``description`` as it was written, in Trac's wiki markup."""

    number: int
    summary: str
    description: str


@dataclass(frozen=True)
class Change:
    """One change of a ticket: ``fields`` say in words what else was set, ``words`` are the comment as plain text.

    ``number`` is the comment's, None where there is none to answer (a file was attached). ``changeset`` is the address
    of the first changeset that the comment links.
    """

    id: str
    at: datetime
    who: str
    fields: tuple[str, ...]
    words: str
    number: int | None = None
    changeset: str | None = None

    @property
    def by_machine(self) -> bool:
        """Whether a program of the project's own wrote it."""
        return self.who.lower() in _MACHINES


@dataclass(frozen=True)
class Meaning:
    """What a ticket's state means: in its own words, as a status of a submission (None: a person must look), and
    whether they say that it is fixed."""

    remote: str
    status: str | None
    fixed: bool = False


def split_ticket_url(url: str) -> tuple[str, int] | None:
    """The base of the Trac and the ticket's number, of an address such as ``https://HOST/ENV/ticket/7#comment:2``."""
    try:
        parts = urlsplit(url.strip())
        found = _TICKET.fullmatch(parts.path)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or found is None:
        return None
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{found['base'] or ''}", int(found["number"])


def _is_web(link: str) -> bool:
    """Whether a link leads to a page: Trac links its own without a host."""
    return one_line(link) == link and re.match(r"https?://|/(?!/)", link) is not None


def path_of(url: str) -> str:
    """The path of an address, however broken that is."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def read_ticket(content: bytes) -> dict[str, str]:
    """The fields of one ticket by their names, of ``/ticket/N?format=csv``. Raises InputError."""
    rows = _rows(content)
    if len(rows) != 2 or rows[0][:1] != ["id"] or len(rows[0]) != len(rows[1]) or "status" not in rows[0]:
        raise InputError("this is no ticket as Trac writes it", source=_WHERE)
    return dict(zip(*rows, strict=True))


def read_query(content: bytes) -> list[TicketRow]:
    """The tickets of a query with the columns id, summary, description, in their order. Raises InputError.

    The head is not looked at: it is in the language of whoever asks.
    """
    rows = _rows(content)
    if not rows or rows[0][:1] != ["id"] or any(len(row) != 3 or not _is_number(row[0]) for row in rows[1:]):
        raise InputError("this is no list of tickets as Trac writes it", source=_WHERE)
    return [TicketRow(int(number), summary, description) for number, summary, description in rows[1:]]


def _rows(content: bytes) -> list[list[str]]:
    before = csv.field_size_limit(FIELD_LIMIT)
    try:
        text = content.decode("utf-8-sig")
        return [row for row in csv.reader(StringIO(text, newline=""), strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError("this is no table as Trac writes it", source=_WHERE) from error
    finally:
        csv.field_size_limit(before)


def _is_number(text: str) -> bool:
    return re.fullmatch("[1-9][0-9]{0,8}", text) is not None


def read_changes(content: bytes) -> list[Change]:
    """The newest 2,000 changes of a ticket, oldest first, of ``/ticket/N?format=rss``. Raises InputError."""
    try:
        text = content.decode("utf-8-sig")  # no other encoding, in which what is searched for would look otherwise
        if _NO_XML.search(text):  # an entity may stand for gigabytes
            raise InputError("this feed declares a document type, which Trac's do not", source=_WHERE)
        channel = ElementTree.fromstring(text).find("channel")  # noqa: S314 - without entities it is harmless
    except (UnicodeDecodeError, ElementTree.ParseError) as error:
        raise InputError("this is no feed as Trac writes it", source=_WHERE) from error
    if channel is None:
        raise InputError("this is no feed as Trac writes it", source=_WHERE)
    return [_change(item) for item in list(channel.iter("item"))[-_MOST_CHANGES:]]


def _change(item: ElementTree.Element) -> Change:
    guid, moment = (item.findtext("guid") or "").strip(), _moment((item.findtext("pubDate") or "").strip())
    fields, words, links = _read_html(item.findtext("description") or "", changed=bool(item.findtext("title")))
    comment = re.search(r"#comment:([1-9][0-9]{0,8})\Z", guid)
    found = next((link for link in links if _is_web(link) and _CHANGESET.search(path_of(link))), None)
    return Change(
        # A file that was attached has the guid of the ticket itself.
        id=guid if comment else f"{guid}#{moment.isoformat()}:{sha256(repr(fields).encode()).hexdigest()[:12]}",
        at=moment,
        who=clean(item.findtext(_CREATOR) or item.findtext("author") or "").strip(),
        fields=fields,
        words=words,
        number=int(comment[1]) if comment else None,
        changeset=found,
    )


def _moment(text: str) -> datetime:
    """A date as feeds have it: RFC 822, section 5, with a year of four digits."""
    found = _DATE.fullmatch(text)
    try:
        if found is None or found["month"].title() not in _MONTHS:
            raise ValueError(text)
        month = _MONTHS.index(found["month"].title()) + 1
        hours, minutes = (int(f"{found['sign'] or '+'}{found[part] or 0}") for part in ("hours", "minutes"))
        zone = timezone(timedelta(hours=hours, minutes=minutes))
        year, day, hour, minute, second = (int(found[part]) for part in ("year", "day", "hour", "minute", "second"))
        return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(timezone.utc)
    except (ValueError, OverflowError) as error:
        raise InputError("this feed has a change without a date", source=_WHERE) from error


def _read_html(html: str, *, changed: bool) -> tuple[tuple[str, ...], str, list[str]]:
    reader = _ChangeReader(changed=changed)
    reader.feed(make_harmless(html))
    reader.close()
    lines = (" ".join(line.split()) for line in clean("".join(reader.words)).split("\n"))
    fields = tuple(" ".join(clean(field).split()) for field in reader.fields)
    return fields, re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), reader.links


class _ChangeReader(HTMLParser):
    """The HTML of a change: first, where something was ``changed``, a list of that, then the comment."""

    _BREAKS = frozenset({"p", "li", "br", "div", "pre", "tr", "blockquote", "ul", "ol", "h1", "h2", "h3", "h4"})

    def __init__(self, *, changed: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: list[str] = []
        self.words: list[str] = []
        self.links: list[str] = []
        self._lists = 0
        self._heading = changed

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._heading:
            self._lists += tag == "ul"
            if tag == "li" and self._lists == 1:
                self.fields.append("")
            return
        self.links += [value for name, value in attrs if name == "href" and value and tag == "a"]
        if tag in self._BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._heading:
            self._lists -= tag == "ul"
            self._heading = self._lists > 0 or not self.fields
        elif tag in ("p", "pre"):
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._heading:
            self.words.append(data)
        elif self.fields:
            self.fields[-1] += data


def read_meaning(fields: Mapping[str, str], changes: Iterable[Change] = ()) -> Meaning:
    """What a ticket's fields mean for us."""
    state, resolution = fields.get("status", ""), fields.get("resolution", "")
    milestone = fields.get("milestone", "")
    due = f", milestone {milestone}" if milestone else ""
    if state == "closed":
        told = f"closed as {resolution or 'nothing in particular'}"
        if resolution == "duplicate" and (other := _duplicate_of(changes)):
            told = f"closed as duplicate of #{other}"
        fixed = resolution in _FIXED
        status = "accepted" if fixed else "rejected" if resolution in _REFUSED else None
        return Meaning(clean(f"{told}{due if fixed else ''}"), status, fixed)
    keywords = split_keywords(fields.get("keywords", ""))
    asked = [word for word in _ASKED if word in keywords]
    status = "changes-requested" if asked else "confirmed" if state in _TAKEN_UP else "sent"
    return Meaning(clean(", ".join([f"{state}{due}", *asked])), status)


def _duplicate_of(changes: Iterable[Change]) -> str | None:
    told = [found[1] for change in changes for found in _DUPLICATE.finditer(change.words)]
    return told[-1] if told else None


def split_keywords(keywords: str) -> list[str]:
    """The words of the field: some write spaces between them, some commas."""
    return [word for word in re.split(r"[\s,;]+", keywords.lower()) if word]


def add_keyword(keywords: str, word: str) -> str:
    """The field with a word more; what stands there is kept as it is."""
    if word in split_keywords(keywords):
        return keywords
    return f"{keywords.rstrip(' ,;')}{', ' if ',' in keywords else ' '}{word}".strip(" ,;")


def same_text(one: str, other: str) -> bool:
    """Whether two texts are one; Trac and browsers change ends of lines, and the white space around."""
    return _even(one) == _even(other)


def _even(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def unquote(answer: str) -> str | None:
    """The comment that an answer to it begins with, as ``/ticket/N?replyto=K`` fills it in; None where it does not."""
    _head, _end, quoted = answer.lstrip("\r\n").partition("\n")
    lines = quoted.rstrip("\r\n").splitlines()
    if not lines or not all(line.startswith(">") for line in lines):
        return None
    return "\n".join(line.removeprefix(">").removeprefix(" ") for line in lines)


def counts_up(name: str, there: str) -> int | None:
    """Which one of the files called ``name`` it is that Trac has named ``there``: 1 for itself, 2 for ``NAME.2.diff``.

    None for a file of another name. Trac puts the number before the last ending (trac/attachment.py).
    """
    if there == name:
        return 1
    stem, dot, ending = name.rpartition(".")
    front = stem if dot and stem else name
    end = f".{ending}" if dot and stem else ""
    if not there.startswith(front) or not there.endswith(end):
        return None
    found = _COUNTED.fullmatch(there[len(front) : len(there) - len(end)])
    return int(found[1]) if found else None


def choose_component(slug: str, known: Iterable[str]) -> str | None:
    """The component of a Trac that a slug means; ``not-listed`` where there is that, None where none fits."""
    names = list(known)
    for same in (str, str.lower, _letters):
        found = [name for name in names if slug and same(name) == same(slug)]
        if len(found) == 1:
            return found[0]
    return "not-listed" if "not-listed" in names else None


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def is_ours(who: str, login: str) -> bool:
    """Whether an author is the login; Trac cuts addresses for strangers: ``dev@…``."""
    name, at, _domain = login.lower().partition("@")
    return bool(login) and who.lower() in {login.lower(), f"{name}@…" if at else login.lower()}


def since_moment(since: datetime) -> datetime:
    """The moment that is early enough for whatever was written since, by any clock."""
    return since.astimezone(timezone.utc) - _SKEW


def since_day(since: datetime) -> str:
    """The same as a day for a query, which reads it in the zone of the server."""
    return f"{since_moment(since) - _SKEW:%Y-%m-%d}"
