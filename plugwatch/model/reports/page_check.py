"""The checks between a page and its client: those of messages, on the text that the client reads.

A page is no mail, so what only a mail must be is left out. It may be longer than the checks read at once, so it is read
in parts; and it says of each thing that is under way when the client hears from us next.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html.parser import HTMLParser

from plugwatch.model.messages.checks import BODY_LIMIT, CHECKS, Rules, check_message
from plugwatch.model.messages.promises import find_wrong_update
from plugwatch.model.messages.rules import Reading
from plugwatch.model.messages.wording import Wording
from plugwatch.model.roads.privacy import ZERO_WIDTH, read_as_person
from plugwatch.model.roads.submission import Check

# What stands in the client's own words is held against nobody; but it names no other client, and no secret.
_EVEN_IN_QUOTATIONS = ("other-client", "secrets")
_LAST, _OPEN = "closed", "identified"
_UNSEEN = ("style", "script", "template")
_WITHIN_A_LINE = frozenset(("a", "abbr", "b", "bdi", "code", "em", "i", "mark", "q", "small", "span", "strong", "time"))
_TOLD = ("alt", "aria-label", "title", "content")


@dataclass(frozen=True)
class PageText:
    """A page as it is read: its title, its text, and the words of the client that it quotes."""

    title: str
    text: str
    quoted: tuple[str, ...] = ()


def text_of_html(page: str) -> str:
    """What a person reads on a page, or hears of it, each block as a paragraph."""
    parser = _Reader()
    parser.feed(page)
    parser.close()
    return re.sub(r"[ \t]*\n\s*\n\s*", "\n\n", "".join(parser.parts)).strip() + "\n"


def text_of_markdown(page: str) -> str:
    """Markdown with its escapes taken back; lines stay lines."""
    return read_as_person(page)


class _Reader(HTMLParser):
    """Collects the text of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Blocks are set apart; what pictures and marks say of themselves is read as well."""
        self._unseen += tag in _UNSEEN
        if tag not in _WITHIN_A_LINE:
            self.parts.append("\n\n")
        if tag not in ("meta", "link"):
            self.parts += [f"\n\n{value}\n\n" for name, value in attrs if name in _TOLD and value]

    def handle_endtag(self, tag: str) -> None:
        """The end of a block."""
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        if tag not in _WITHIN_A_LINE:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        """Text, with white space as a browser shows it."""
        if not self._unseen:
            self.parts.append(re.sub(r"\s+", " ", data))


def check_page(
    page: PageText, rules: Rules, wording: Wording | None, dues: Sequence[datetime | None]
) -> tuple[Check, ...]:
    """The outcome of each check of a page, in the order of CHECKS.

    ``dues`` are the times of our next word, one for each thing that is under way; None where nobody has set one.
    """
    plain = ZERO_WIDTH.sub("", page.text)
    spoken = _without_words(plain, page.quoted)
    last = replace(rules, brief=replace(rules.brief, phase=_LAST), next_due=_latest(dues))
    found = _check(page.title, spoken, last, wording)
    if spoken != plain:
        found |= {
            check: one
            for check, one in _check(page.title, plain, last, wording).items()
            if check in _EVEN_IN_QUOTATIONS
        }
    found["next-update"] = _check_dues(page.title, spoken, rules, wording, dues, found["next-update"])
    return tuple(found[check] for check in CHECKS if check in found)


def _latest(dues: Sequence[datetime | None]) -> datetime | None:
    return max((due for due in dues if due), default=None)


def _check(title: str, text: str, rules: Rules, wording: Wording | None) -> dict[str, Check]:
    """Each check over all parts of a text; the lines that are named are those of the whole."""
    found: dict[str, Check] = {}
    for part in _parts(text):
        for one in check_message(title, part, rules, wording):
            before = found.get(one.check)
            if before is None or before.ok:
                found[one.check] = one
            elif not one.ok and one.detail != before.detail:
                found[one.check] = Check(one.check, False, f"{before.detail}; {one.detail}")
    found.pop("mail", None)
    return found


def _parts(text: str) -> Iterator[str]:
    """The text in pieces of whole paragraphs that the checks read at once, each below as many lines as before it."""
    lines, size, part = 0, 0, ""
    for paragraph in re.split(r"(?<=\n\n)", text):
        for piece in _pieces(paragraph):
            if part and size + len(piece) > BODY_LIMIT // 2:
                yield _below(lines, part)
                lines, size, part = lines + part.count("\n"), 0, ""
            part, size = part + piece, size + len(piece)
    yield _below(lines, part)


def _below(lines: int, part: str) -> str:
    return "\n" * min(lines, BODY_LIMIT // 2) + part


def _pieces(paragraph: str) -> Iterator[str]:
    """A paragraph, cut only where it alone is too long."""
    most = BODY_LIMIT // 2
    yield from (paragraph[start : start + most] for start in range(0, len(paragraph), most))


def _without_words(text: str, quoted: Iterable[str]) -> str:
    """The text without what the client said, where it stands between quotation marks exactly."""
    for words in {ZERO_WIDTH.sub("", words) for words in quoted}:
        text = re.sub(rf'([“„"«]){re.escape(words)}([”“"»])', r"\1…\2", text)
    return text


def _check_dues(
    title: str,
    text: str,
    rules: Rules,
    wording: Wording | None,
    dues: Sequence[datetime | None],
    said: Check,
) -> Check:
    """Whether the page says of everything that is under way when they hear from us next."""
    if not said.ok or not dues:
        return said
    parts = list(_parts(text))
    for due in dict.fromkeys(dues):
        wanted = replace(rules, brief=replace(rules.brief, phase=_OPEN), next_due=due)
        found = [list(find_wrong_update(Reading(title, part, wanted, wording))) for part in parts]
        wrong = next(iter(sorted(filter(None, found), key=lambda one: one[0].rule)), None)
        if wrong and all(found):
            return Check("next-update", False, f"{wrong[0].rule} '{wrong[0].words}': {wrong[0].advice}")
    return Check("next-update", True, "says when they hear from us again of what is under way")
