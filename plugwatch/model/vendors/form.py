"""A vendor's own template, filled in with our text: their headings in their order, our words under them.

Theirs is text of strangers that we post under our name, so it is made harmless first
(:func:`plugwatch.model.markdown_parts.make_harmless`). Nothing is claimed that is not known: a box is ticked where
:class:`plugwatch.model.vendors.form_facts.Facts` says so, and what only a person can answer becomes a marked blank,
which blocks the draft.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from plugwatch.model.markdown_parts import BOLD, Section, make_harmless, split_sections
from plugwatch.model.roads.markup import MARKUPS, ZERO_WIDTH_SPACE, one_line
from plugwatch.model.vendors.form_facts import Facts
from plugwatch.model.vendors.headings import DEVICE, OPTIONAL, PLACES, find_meaning, simplify
from plugwatch.model.vendors.our_text import Part, read_our_text

_BOX = re.compile(r"(\s*[-*+]\s+)\[[ xX]?\](\s+)(.*)")
_STUB = re.compile(r"\s*(?:[-*+]|\d+[.)])?\s*(?:\.{2,}|…)?\s*")
# "OS: [e.g. iOS]", and "PHP version:" with nothing behind it.
_EXAMPLE = re.compile(
    r"\s*[-*+]?\s*[^:\[(]{1,60}:?\s*[\[(]?\s*e\.? ?g\b.*|\s*[-*+]\s+(?!\[)[^:]{1,60}:\s*"
    r"|\s*[^:|]{0,40}\bversion\b[^:|]{0,30}:\s*",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\s*[-*+]\s*")
_EMPTY_CELL = re.compile(r"\s*(?::?-+:?|before|after)?\s*", re.IGNORECASE)
_CLOSING = re.compile(
    r"\W*(close[sd]?|fix(?:e[sd])?|resolve[sd]?|address(?:es)?|ref(?:s|erences)?|related? to|see|part of)\b[\s:]*"
    rf"(?:\(?\s*(?:[A-Z]{{1,10}}-|#)?[\s{ZERO_WIDTH_SPACE}]*(?:\d{{0,9}}|x{{1,6}}|issue[-_ ]?(?:number|id)?"
    r"|\[[^\]]{0,40}\]|\([^)]{0,40}\)|(?:&lt;|<)[^>]{0,40}>)\s*\)?)?[\s.,]*",
    re.IGNORECASE,
)
_CLOSERS = frozenset({"Close", "Closes", "Closed", "Fix", "Fixes", "Fixed", "Resolve", "Resolves", "Resolved"})
_DANGLING = re.compile(r"#\s*[.,]?\s*$")
_FOLD = re.compile(r"\s*<(?:/?details|summary>.*</summary)>\s*")
_LEADING = ("what", "why", "how")
_CLAIM = re.compile(r"\bI(?: have|['\u2019]ve| am|['\u2019]m| agree| confirm| understand)\b|\bmade sure\b", re.I)
_ASKS = re.compile(
    r"[\s*_>]*(?:please\b|if (?:applicable|possible|relevant|needed|any)\b|add (?:any|an?|the|as|screenshots?)\b"
    r"|describe\b|provide\b|explain\b|list\b|include\b|tell us\b|outline\b|write\b|attach\b|upload\b|delete\b"
    r"|remove\b|insert\b|enter\b|summari[sz]e\b|a clear and concise\b|an explanation\b|change `\[ \]`"
    r"|(?:warning|important|attention|note|reminder)\b[*_]*:)",
    re.IGNORECASE,
)
_REVIEWER = re.compile(r"review(er)?s? only|for (the )?(pr )?(reviewers?|maintainers?)|maintainers? only")
_FIX = re.compile(r"\W*(?:bug ?fix(?:es)?|fix(?:e[sd])?|bug)\b", re.IGNORECASE)
_PATCH = re.compile(r"\W*patch\b", re.IGNORECASE)


@dataclass(frozen=True)
class Filled:
    """A vendor's form, filled in.

    ``left_over`` names what is left to a person, in the vendor's words. ``title_prefix`` and ``labels`` are what the
    form asks for (labels are given by whoever may), ``fields`` the answers by the form's own ids, ``form`` its file.
    ``theirs`` are the lines that are the vendor's and public, without the space around them.
    """

    body: str
    left_over: tuple[str, ...] = ()
    title_prefix: str = ""
    labels: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    form: str | None = None
    theirs: frozenset[str] = frozenset()


def fill_pull_template(template: str, ours: str, *, closes: str | None = None, facts: Facts | None = None) -> Filled:
    """A pull request's (or an old issue's) Markdown template with our rendered body in it.

    ``closes`` is the URL of the issue that the text says it closes, None where it closes none: it then stands where
    they want it, and their own "Fixes #" is gone.
    """
    return _Filling(template, ours, closes, facts or Facts()).fill()


class _Filling:
    """One template while it is filled in."""

    def __init__(self, template: str, ours: str, closes: str | None, facts: Facts) -> None:
        self.sections = split_sections(make_harmless(template))
        self.meanings = [self._meaning(at) for at in range(len(self.sections))]
        self.text = read_our_text(ours)
        self.closes, self.facts = closes, facts
        self.stub = closes is not None and any(_is_closing(n) in _CLOSERS for s in self.sections for n in s.lines)
        self.placed: dict[int, list[Part]] = {}
        self.left_over: list[str] = []
        self._closed = False

    def fill(self) -> Filled:
        homeless = []
        for part in self.text.parts:
            place = self._place(part)
            if place is None:
                homeless.append(part)
            else:
                self.placed.setdefault(place, []).append(part)
        # What it is about comes first, also where the template has no heading for that.
        first = [part for part in homeless if part.meaning in _LEADING]
        first = first if any(part.meaning == "what" for part in first) else []
        last = [part for part in homeless if part not in first]
        blocks = [*self._render(0), *self._as_ours(first)]
        blocks += [block for at in range(1, len(self.sections)) for block in self._render(at)] + self._as_ours(last)
        if self.text.farewell:  # a rule above it, for it does not belong to what their last heading asks for
            blocks += [self.text.farewell] if last or len(self.sections) == 1 else ["---", self.text.farewell]
        body = "\n\n".join(blocks).strip("\n") + "\n"
        lines = (line for section in self.sections for line in (section.line, *section.lines))
        return Filled(body, tuple(dict.fromkeys(self.left_over)), theirs=public_lines(lines))

    def _as_ours(self, parts: Iterable[Part]) -> list[str]:
        """What has no place in theirs, under our own headings."""
        return [block for part in parts for block in (self._own_heading(part), self._words(part)) if block]

    # Where things go

    def _meaning(self, at: int) -> str | None:
        section = self.sections[at]
        parent = self._parent(at)
        above = find_meaning(self.sections[parent].heading) if parent is not None else None
        words = simplify(section.heading)
        if _REVIEWER.search(words):
            return "reviewer"
        if above == "changelog" and words in ("message", "comment", "entry"):
            return "comment" if words == "comment" else "changelog"
        meaning = find_meaning(section.heading) if words else None
        said = " ".join(line for line in section.lines if line.rstrip().endswith(":"))
        return "changelog" if meaning in ("what", None) and "changelog entry" in said.lower() else meaning

    def _parent(self, at: int) -> int | None:
        level = self.sections[at].level
        return next((n for n in range(at - 1, 0, -1) if 0 < self.sections[n].level < level), None)

    def _below(self, at: int) -> range:
        """The sections inside of one."""
        end = at + 1
        while end < len(self.sections) and self.sections[end].level > self.sections[at].level:
            end += 1
        return range(at + 1, end)

    def _place(self, part: Part) -> int | None:
        for meaning in PLACES.get(part.meaning or "", ()):
            fitting = [at for at, known in enumerate(self.meanings) if known == meaning]
            # What has no heading of its own goes under a second one of that meaning, rather than leave it empty.
            free = [at for at in fitting if at not in self.placed] if meaning != part.meaning else []
            for place in (free or fitting)[:1]:
                return self._innermost(place, meaning)
        return None

    def _innermost(self, place: int, meaning: str) -> int:
        """The deepest of headings that mean the same and stand inside of each other, or the first with room in it."""
        while inner := [at for at in self._below(place) if self.meanings[at] == meaning]:
            if _find_stubs(self.sections[place].lines):
                break  # they left room for it here already
            place = inner[0]
        return place

    # How a section reads

    def _render(self, at: int) -> list[str]:
        section, parts = self.sections[at], self.placed.get(at, [])
        lines = [self._tick(line, self.meanings[at]) for line in self._close(section.lines)]
        head = [section.line] if section.line else []
        if parts:
            return [*head, *self._with_ours(lines, parts, at)]
        asks = [_ASKS.match(line) and not _leads_to_boxes(lines, n) for n, line in enumerate(lines)]
        kept = _squeeze(_without_stubs([line for line, asked in zip(lines, asks, strict=True) if not asked]))
        if kept:
            claim = self._name_leftovers(section, kept, self.meanings[at])
            return [*head, kept, *([MARKUPS["markdown"].blank("confirm this, or take it out")] if claim else [])]
        if not head:
            return []
        said = self._nothing_said(at)
        leads = [line for line in lines if _leads(line)] if said and said[0].startswith("((") else []
        return [*head, *leads, *said]

    def _nothing_said(self, at: int) -> list[str]:
        """What stands under a heading of theirs that we have nothing for."""
        section, meaning = self.sections[at], self.meanings[at]
        if self._below(at) or meaning in ("comment", "reviewer"):
            return []
        if meaning == DEVICE:
            return ["Not noted."]
        if meaning in OPTIONAL or re.search(r"\bif applicable\b|\boptional\b", section.heading, re.IGNORECASE):
            return [self.closes if meaning == "related" and self.closes else "None."]
        self.left_over.append(section.heading)
        return [MARKUPS["markdown"].blank(section.heading.strip(":? ") or "this section")]

    def _with_ours(self, lines: list[str], parts: list[Part], at: int) -> list[str]:
        """Ours where they left room for it; of theirs the boxes, the folds and the words that lead to an answer."""
        stubs, choices = _find_stubs(lines), [n for n in range(len(lines)) if _leads_to_boxes(lines, n)]
        boxes = [n for n, line in enumerate(lines) if _BOX.fullmatch(line) or _FOLD.fullmatch(line)]
        room = (stubs or sorted((*choices, *boxes)) or [len(lines)])[0]
        leads = [n for n, line in enumerate(lines) if _leads(line) and n < room and n not in stubs]
        keep = [n in (*boxes, *choices, *leads) or line == self._closing_line(line) for n, line in enumerate(lines)]
        before = _squeeze([line for n, line in enumerate(lines) if n < room and keep[n]])
        after = _squeeze([line for n, line in enumerate(lines) if n >= room and keep[n]])
        self._name_leftovers(self.sections[at], "\n".join((before, after)), self.meanings[at])
        first = next((p for p in parts if p.meaning == self.meanings[at]), parts[0])
        words = [self._words(first, at)]
        if stubs and _BULLET.fullmatch(lines[stubs[0]]) and "\n" not in words[0] and first.meaning == "changelog":
            words = [f"{lines[stubs[0]].strip()} {words[0]}"]
        words += [f"**{part.heading}**\n\n{self._words(part, at)}" for part in parts if part is not first]
        return [block for block in (before, *words, after) if block]

    def _words(self, part: Part, place: int | None = None) -> str:
        text = part.text
        if self.stub:
            text = "\n".join(line for line in text.split("\n") if not self._says_closes(line))
        if part.meaning == "changelog" and place is not None:
            text = "\n".join(line.removeprefix("> ") for line in text.split("\n"))
            text = text.removeprefix("Fix - ") if simplify(self.sections[place].heading) == "message" else text
        return re.sub(r"\n{3,}", "\n\n", text).strip("\n")

    def _own_heading(self, part: Part) -> str:
        levels = [section.level for section in self.sections if 0 < section.level < BOLD]
        if not part.heading:
            return ""
        if not levels and len(self.sections) > 1:
            return f"**{part.heading}**"
        return f"{'#' * (min(levels) if levels and min(levels) > 1 else 2)} {part.heading}"

    # Their lines

    def _closing_line(self, line: str) -> str | None:
        return line if self.closes and line.endswith(self.closes) else None

    def _says_closes(self, line: str) -> bool:
        return self.closes is not None and line.strip() in (f"Closes {self.closes}", f"Closes <{self.closes}>")

    def _close(self, lines: Iterable[str]) -> list[str]:
        """Their "Fixes #" with the issue in it, once, where we close one; else without any."""
        kept: list[str] = []
        for line in lines:
            found = _is_closing(line)
            if found in _CLOSERS and self.closes and not self._closed:
                kept.append(f"{found} {self.closes}")
                self._closed = True
            elif not found and not _DANGLING.search(line):
                kept.append(line)
        return kept

    def _tick(self, line: str, meaning: str | None) -> str:
        found = _BOX.fullmatch(line)
        if not found:
            return line
        kinds = {"type": _FIX, "significance": _PATCH}
        if meaning in kinds:
            known = bool(kinds[meaning].match(found[3]))
        else:
            known = meaning != "reviewer" and bool(self.facts.confirm(found[3]))
        return f"{found[1]}[{'x' if known else ' '}]{found[2]}{found[3]}"

    def _name_leftovers(self, section: Section, kept: str, meaning: str | None) -> bool:
        """Name what is left to a person; whether their words claim, in our name, what nobody has said is so."""
        if meaning in ("reviewer", "comment"):
            return False
        boxes = [found for line in kept.split("\n") if (found := _BOX.fullmatch(line))]
        ticked = [box for box in boxes if "[x]" in box[0][: box.start(3)]]
        if meaning in ("type", "significance"):
            self.left_over += [] if ticked or not boxes else [section.heading]
            return False
        self.left_over += [box[3].replace(ZERO_WIDTH_SPACE, "") for box in boxes if box not in ticked]
        claims = [line for line in kept.split("\n") if _CLAIM.search(line) and not _BOX.fullmatch(line)]
        if all(self.facts.confirm(line) for line in claims):
            return False
        self.left_over.append(section.heading or claims[0])
        return True


def public_lines(lines: Iterable[str]) -> frozenset[str]:
    """Lines without the space around them; one with a box is there with a tick and without."""
    found = {line.strip() for line in lines} - {""}
    boxes = [box for line in found if (box := _BOX.fullmatch(line))]
    return frozenset(found | {f"{box[1]}[{mark}]{box[2]}{box[3]}" for box in boxes for mark in " x"})


def _is_closing(line: str) -> str | None:
    """The word of a line that is nothing but "Fixes #" or the like, with the number left to be written."""
    found = _CLOSING.fullmatch(line)
    return found[1].capitalize() if found and line.strip() and len(line) < 120 else None


def _is_stub(line: str) -> bool:
    """Whether a line was left to be written over: an empty item, or a row of a table with nothing in it."""
    if "|" in line:
        return all(_EMPTY_CELL.fullmatch(cell) for cell in line.split("|"))
    return _STUB.fullmatch(line) is not None or _EXAMPLE.fullmatch(line) is not None


def _leads(line: str) -> bool:
    """Whether a line of prose leads to an answer, and is not itself one to fill in."""
    return line.rstrip().endswith(":") and not re.match(r"\s*(?:[-*+]|\d+[.)]|\|)\s", line)


def _find_stubs(lines: Sequence[str]) -> list[int]:
    """The lines that were left to be written over."""
    return [n for n, line in enumerate(lines) if line.strip() and _is_stub(line) and not _leads_to_boxes(lines, n)]


def _leads_to_boxes(lines: Sequence[str], at: int) -> bool:
    """Whether a line asks for one of the boxes below it."""
    below = next((line for line in lines[at + 1 :] if line.strip()), "")
    return lines[at].rstrip().endswith(":") and not _BOX.fullmatch(lines[at]) and _BOX.fullmatch(below) is not None


def _without_stubs(lines: list[str]) -> list[str]:
    """Without what they left to be written over: empty items, empty tables, and what leads to those alone."""
    kept: list[str] = []
    for at, line in enumerate(lines):
        behind = next((row for row in lines[at + 1 :] if row.strip()), None)
        leads_nowhere = _leads(line) and (behind is None or _is_stub(behind))
        heads_nothing = line.lstrip().startswith("|") and behind is not None and _is_stub(behind)
        written_over = _is_stub(line) and not _leads_to_boxes(lines, at)
        if not line.strip() or not (written_over or leads_nowhere or heads_nothing):
            kept.append(line)
    return kept


def _squeeze(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip("\n")


@dataclass(frozen=True)
class Head:
    """What an old issue template says of itself, and the template without that."""

    template: str
    name: str = ""
    about: str = ""
    title: str = ""
    labels: tuple[str, ...] = ()


def fill_markdown_form(
    template: str, ours: str, *, closes: str | None = None, facts: Facts | None = None, form: str | None = None
) -> Filled:
    """An issue template of the old kind: Markdown with a head of ``name``, ``title`` and ``labels`` (its front matter).

    As :func:`fill_pull_template`, with the title's prefix and the labels that the head asks for.
    """
    head = read_front_matter(template)
    filled = fill_pull_template(head.template, ours, closes=closes, facts=facts)
    prefix = f"{head.title} " if head.title else ""
    return replace(filled, title_prefix=prefix, labels=head.labels, form=form)


def read_front_matter(template: str) -> Head:
    """The head of a Markdown template (lines of ``name: value`` between two of ``---``), where it has one."""
    lines = template.lstrip("\ufeff").replace("\r\n", "\n").split("\n")
    rows = [line.rstrip() for line in lines]
    if rows[0] != "---" or "---" not in rows[1:]:
        return Head(template)
    end = rows.index("---", 1)
    pairs = [row.partition(":") for row in rows[1:end] if ":" in row and not row.startswith((" ", "-", "#"))]
    said = {name.strip(): one_line(value).strip("'\"").strip() for name, _colon, value in pairs}
    listed = [row.strip()[1:] for row in rows[1:end] if re.match(r"\s*- ", row)]  # labels, one a line
    labels = said.get("labels", "").strip("[]").split(",") if said.get("labels") else listed
    names = tuple(name for name in (part.strip(" '\"") for part in labels) if name)
    rest = "\n".join(lines[end + 1 :])
    return Head(rest, said.get("name", ""), said.get("about", ""), said.get("title", ""), names)
