"""Tries every template on invented facts, so that a mistake in one is found before it keeps a message from leaving."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timezone
from functools import cached_property
from itertools import pairwise, product
from pathlib import Path
from typing import NamedTuple

from plugwatch.errors import InputError, NotFoundError
from plugwatch.model.client import TONES
from plugwatch.model.messages.checks import Finding, Rules, find_in_message
from plugwatch.model.messages.message import LAST_PHASES, PHASES
from plugwatch.model.messages.wording import Wording
from plugwatch.model.roads.checks import Rules as DraftRules
from plugwatch.model.roads.checks import check_draft
from plugwatch.model.roads.markup import ZERO_WIDTH_SPACE, clean
from plugwatch.model.roads.privacy import PrivateWords
from plugwatch.model.roads.road import KINDS, ROADS, Road
from plugwatch.model.roads.submission import Draft, RenderedText
from plugwatch.render import samples
from plugwatch.render.client_texts import ClientTexts
from plugwatch.render.reports.trials import Problem, try_months, try_story
from plugwatch.render.templates import TemplateFile, Templates, find_shipped_templates
from plugwatch.render.texts import Texts

# What an optional part left behind: a blank before a comma or full stop, two full stops, empty quotation marks.
_HOLE = re.compile(r"\S* [,.;](?= |$)|\w*\.\.(?!\.)|“”|„“|\(\)", re.MULTILINE)

_SENTENCE_END = re.compile(r"(?<=[.!?:”“])\s+")


@dataclass(frozen=True)
class TemplateFinding:
    """Something wrong with a template; ``sample`` tells in which of the invented messages it was seen first."""

    file: Path
    line: int | None
    check: str
    detail: str
    sample: str = ""

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else f"{self.file}"
        return f"{place}: {self.check}: {self.detail}" + (f" ({self.sample})" if self.sample else "")


@dataclass(frozen=True)
class CheckedTemplates:
    """How many files were tried in how many texts, and what was found, file by file."""

    files: int
    texts: int
    findings: tuple[TemplateFinding, ...]


def check_templates(override_dirs: Sequence[Path] = (), language: str | None = None) -> CheckedTemplates:
    """Try the templates of a workspace and the shipped ones that it leaves in use, or only those of one language.

    Raises NotFoundError where there is no such language.
    """
    texts, found = ClientTexts(override_dirs), _Findings()
    files = texts.templates.files()
    if language is not None:
        folder = texts.find_language(language)
        if folder is None:
            raise NotFoundError(f"there are no texts in the language '{language}' but {', '.join(texts.languages())}")
        of_language = (f"client/{folder}/", f"report/client/{folder}/")
        files = tuple(file for file in files if file.name.startswith(of_language))
        number = _check_language(texts, folder, found)
    else:
        number = sum(_check_language(texts, folder, found) for folder in texts.languages())
        number += _check_upstream_texts(override_dirs, found) + _add(found, try_story(texts))
    for file in find_unused(files):
        found.add(TemplateFinding(file.path, None, "unused", "plugwatch never reads a template of this name"))
    return CheckedTemplates(len(files), number, found.sorted())


def check_template(name: str, override_dirs: Sequence[Path] = ()) -> CheckedTemplates:
    """Try one template of ``Templates.files``: with its language, or where it is a part of others with all of them."""
    folder = name.split("/")
    if folder[0] == "client":
        return check_templates(override_dirs, folder[1])
    found = _Findings()
    if folder[0] == "report":
        return CheckedTemplates(1, _check_reports(ClientTexts(override_dirs), folder[1:], found), found.sorted())
    kinds = [(road, kind) for road in ROADS.values() for kind in KINDS]
    alone = [one for one in kinds if one[0].template(one[1]) == name]
    files, texts = Templates(override_dirs), Texts(override_dirs)
    number = sum(_check_kind(texts, files, road, kind, found) for road, kind in alone or kinds)
    return CheckedTemplates(1, number, found.sorted())


def find_unused(files: Iterable[TemplateFile]) -> list[TemplateFile]:
    """Those of a workspace's files that neither hide a shipped one, nor are a language's, nor a part (``_part.j2``)."""
    shipped = find_shipped_templates()
    phases = {f"{phase}{tone}.j2" for phase in PHASES for tone in ("", *(f".{tone}" for tone in TONES))}

    def is_used(file: TemplateFile) -> bool:
        folder, _, name = file.name.rpartition("/")
        if folder == "report/agency":  # so many pages that they are made without asking the workspace
            return False
        message = re.fullmatch("client/[^/]+", folder) and (name in phases or name == "words.txt")
        month = re.fullmatch(r"report/client/[^/]+/month\.(html|md)\.j2", file.name)
        return bool(message or month) or name.startswith("_") or (shipped / file.name).is_file()

    return [file for file in files if file.own and not is_used(file)]


class _Findings:
    """Each finding once, with the sample that showed it first."""

    def __init__(self) -> None:
        self._found: dict[tuple[Path, int | None, str, str], TemplateFinding] = {}

    def add(self, finding: TemplateFinding) -> None:
        self._found.setdefault((finding.file, finding.line, finding.check, finding.detail), finding)

    def add_error(self, error: InputError, name: str, sample: str) -> None:
        self.add(TemplateFinding(Path(error.source or name), error.line, "template", error.reason, sample))

    def sorted(self) -> tuple[TemplateFinding, ...]:
        return tuple(
            sorted(self._found.values(), key=lambda one: (str(one.file), one.line or 0, one.check, one.detail))
        )


def _check_language(texts: ClientTexts, language: str, found: _Findings) -> int:
    """Try all phases in all tones; the number of texts."""
    if not _has_words(texts, language, found):
        return 0
    seen: set[tuple[str, str]] = set()
    number = sum(_check_phase(texts, (language, *which), seen, found) for which in product(PHASES, TONES))
    return number + _add(found, try_months(texts, language))


def _check_reports(texts: ClientTexts, place: Sequence[str], found: _Findings) -> int:
    """Try the reports that a template below ``report/`` belongs to: a language's months, all months, or an incident."""
    if place[0] != "client":
        return _add(found, try_story(texts))
    languages = [place[1]] if len(place) > 2 else texts.languages()
    return sum(_add(found, try_months(texts, language)) for language in languages if texts.find_language(language))


def _add(found: _Findings, tried: tuple[int, Iterable[Problem]]) -> int:
    number, problems = tried
    for problem in problems:
        found.add(TemplateFinding(*problem))
    return number


def _has_words(texts: ClientTexts, language: str, found: _Findings) -> bool:
    """Whether the language's list of words can be used; without a list its templates are tried all the same."""
    name = f"client/{language}/words.txt"
    try:
        if texts.wording(language) is None:
            detail = f"there is no such file, so every message in '{language}' is blocked; begin with the English one"
            found.add(TemplateFinding(texts.templates.folders[0] / name, None, "words", detail))
    except InputError as error:
        found.add_error(error, name, "")
        return False
    return True


def _check_phase(texts: ClientTexts, which: tuple[str, str, str], seen: set[tuple[str, str]], found: _Findings) -> int:
    """Try one phase in one language and tone; the number of texts. One that cannot be filled in is tried no further.

    Held against the checks, which take their time, is each text with something that was not in ``seen``; those with
    the most of it first, for they leave little to the others.
    """
    wording, tried = texts.wording(which[0]), list(_fill_in(texts, which, found))
    while new := max(tried, key=lambda one: len(one.parts - seen), default=None):
        if new.parts <= seen:
            break
        seen |= new.parts
        for check, words, detail in _look_at(new.text, new.sample, wording):
            file, line = _find_place(texts.templates, new.template, words)
            found.add(TemplateFinding(file, line, check, detail, new.sample.label))
    return len(tried)


@dataclass(frozen=True)
class _Tried:
    """A template that was filled in."""

    template: str
    sample: samples.ClientSample
    text: RenderedText

    @cached_property
    def parts(self) -> frozenset[tuple[str, str]]:
        """What the checks see at once: each sentence with the one after it, and whether we say when we report again."""
        silent = "" if (self.sample.brief.next or "") in self.text.body else "says nothing of the next time"
        paragraphs = [_SENTENCE_END.split(paragraph) for paragraph in self.text.body.split("\n\n")]
        pairs = (" ".join(pair) for sentences in paragraphs for pair in pairwise(["", *sentences]))
        return frozenset((self.template, part) for part in (self.text.title, silent, *pairs))


def _fill_in(texts: ClientTexts, which: tuple[str, str, str], found: _Findings) -> Iterator[_Tried]:
    """A phase in a language and tone with one sample after the other, up to the first that does not go in."""
    for sample in samples.client_samples(*which, texts.wording(which[0])):
        name = texts.template_name(sample.brief)
        try:
            yield _Tried(name, sample, texts.render(sample.brief))
        except InputError as error:
            found.add_error(error, name, sample.label)
            return
        except NotFoundError as error:
            place = texts.templates.find(name) or texts.templates.folders[0] / name
            found.add(TemplateFinding(place, None, "template", str(error), sample.label))
            return


def _look_at(
    text: RenderedText, sample: samples.ClientSample, wording: Wording | None
) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a message: the check, the words it found, and what to tell a person."""
    whole = f"{text.title}\n{text.body}"
    if clean(text.title) != text.title or clean(text.body) != text.body.rstrip("\n") or "\n\n\n" in text.body:
        yield "shape", "", "control characters or empty paragraphs"
    if not sample.hostile:
        for hole in _HOLE.finditer(whole):
            yield "shape", hole[0], f"a left-out part leaves a hole: '{hole[0]}'"
    for finding in _find(text, sample, wording):
        at = f" '{finding.words}'" if finding.words else ""
        words = finding.words if finding.words.casefold() in whole.casefold() else ""  # else it is what is missing
        yield finding.check, words, f"{finding.rule.partition('.')[2]}{at}; {finding.advice}"


def _find(text: RenderedText, sample: samples.ClientSample, wording: Wording | None) -> Sequence[Finding]:
    brief = sample.brief
    rules = Rules(
        brief=brief,
        now=samples.NOW,
        next_due=None if brief.phase in LAST_PHASES else samples.NEXT,
        zone=timezone.utc,
        names_vendor=False,
        ours=(brief.agency.name, brief.agency.signature, brief.client, *(site.name for site in brief.sites)),
        products=samples.PRODUCTS,
        others=samples.OTHERS,
    )
    if sample.hostile:  # no words count, so none are looked for
        return [one for one in find_in_message(text.title, text.body, rules, None) if one.check == "mail"]
    found = find_in_message(text.title, text.body, rules, wording)
    without_words = ("blame", "vendor", "promise", "next-update") if wording is None else ()
    return [one for one in found if one.check not in without_words]


def _find_place(templates: Templates, name: str, words: str) -> _Place:
    """The file and line that the words come from: the line of the template, or of a part, with most of them.

    Words that come from the facts stand in no line; then it is the template as a whole.
    """
    folder = name.rpartition("/")[0]
    parts = (file.name for file in templates.files() if file.name.startswith(f"{folder}/_"))
    wanted = [word for word in words.casefold().split() if len(word) > 2] or words.casefold().split()
    best, place = len(wanted) // 2, _Place(templates.find(name) or Path(name), None)
    for source in (name, *parts):
        for number, line in enumerate(templates.read(source).casefold().split("\n"), 1):
            score = sum(word in line for word in wanted)
            if score > best:
                best, place = score, _Place(templates.find(source) or Path(source), number)
    return place


class _Place(NamedTuple):
    file: Path
    line: int | None


def _check_upstream_texts(override_dirs: Sequence[Path], found: _Findings) -> int:
    texts, files = Texts(override_dirs), Templates(override_dirs)
    return sum(_check_kind(texts, files, road, kind, found) for road, kind in product(ROADS.values(), KINDS))


def _check_kind(texts: Texts, files: Templates, road: Road, kind: str, found: _Findings) -> int:
    """Try one kind of text on one road; the number of texts. One that cannot be filled in is tried no further."""
    name, number = road.template(kind), 0
    file = files.find(name) or files.folders[0] / name
    for sample in samples.upstream_samples(road, kind):
        try:
            text = texts.render(road, sample.brief)
        except InputError as error:
            found.add_error(error, name, sample.label)
            return number
        except NotFoundError as error:
            found.add(TemplateFinding(file, None, "template", str(error), sample.label))
            return number
        number += 1
        for check, detail in _look_at_upstream(text, road, sample):
            found.add(TemplateFinding(file, None, check, detail, sample.label))
    return number


def _look_at_upstream(text: RenderedText, road: Road, sample: samples.UpstreamSample) -> Iterator[tuple[str, str]]:
    """What is wrong with a text for a vendor: the check, and what to tell a person."""
    shown = text.title.replace(ZERO_WIDTH_SPACE, "")  # with which the markups part what would be live
    if clean(shown) != shown or "\n\n\n" in text.body:
        yield "shape", "control characters or empty paragraphs"
    if "None" in text.title + text.body:
        yield "shape", "'None' is printed where nothing is known"
    if sample.brief.security and road.public:
        return
    if sample.whole and not (sample.brief.component.paid and road.markup == "forum"):
        rules = DraftRules(road, sample.brief, PrivateWords())
        for check in check_draft(Draft(road.name, text.title, text.body), rules):
            if not check.ok:
                yield check.check, check.detail
