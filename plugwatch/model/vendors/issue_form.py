"""A vendor's issue form (YAML under ``.github/ISSUE_TEMPLATE``), filled in with our text.

Forms are GitHub's web pages only: who opens an issue by its API sends the body that the form would have made, which is
``### Label`` and the answer below it, in the form's order, ``_No response_`` where there is none
(docs.github.com, "Syntax for GitHub's form schema"; the body is that of issues made with such forms).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from plugwatch.model.markdown_parts import make_harmless
from plugwatch.model.roads.markup import MARKUPS, find_blanks, one_line
from plugwatch.model.vendors.form import Filled, fill_markdown_form, public_lines
from plugwatch.model.vendors.form_facts import Facts
from plugwatch.model.vendors.headings import PLACES, find_meaning, simplify
from plugwatch.model.vendors.our_text import OurText, Part, read_our_text

URL_LIMIT = 8_000  # browsers and servers commonly stop at 8 KiB
NO_RESPONSE = "_No response_"
_KINDS = ("input", "textarea", "dropdown", "checkboxes")
_MOST = 100  # fields of a form, options of a field
_YES, _NO = ("yes", "y", "true"), ("no", "n", "false")
_ALWAYS = re.compile(r"consistent|always|every|100", re.IGNORECASE)
_NOT_PLUGINS = ("wordpress", "php", "theme", "first version with the problem", "last version without it", "seen on")


@dataclass(frozen=True)
class Field:
    """One question of a form; ``kind`` is input, textarea, dropdown or checkboxes.

    ``language`` is that of the code block that a text area's answer becomes, None where it stays text. ``options`` are
    labels with whether the box must be ticked.
    """

    kind: str
    label: str
    id: str | None = None
    required: bool = False
    language: str | None = None
    options: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True)
class IssueForm:
    """A form, or an old Markdown template; that has no fields, its ``template`` is filled in instead."""

    file: str
    name: str
    description: str = ""
    title: str = ""
    labels: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    template: str | None = None


def parse_issue_form(document: object, file: str) -> IssueForm | None:
    """A form from its YAML, as read; None for what is no form. What cannot be understood in it is left out."""
    if not isinstance(document, Mapping) or not isinstance(document.get("body"), Sequence):
        return None
    rows = [row for row in document["body"][:_MOST] if isinstance(row, Mapping)]
    fields = [field for row in rows if (field := _parse_field(row))]
    if not fields:
        return None
    labels = document.get("labels")
    names = labels.split(",") if isinstance(labels, str) else labels if isinstance(labels, Sequence) else []
    shown = tuple(name for name in (one_line(str(name)) for name in names[:_MOST]) if name)
    return IssueForm(
        file, _text(document, "name"), _text(document, "description"), _prefix(document), shown, tuple(fields)
    )


def _prefix(document: Mapping[object, object]) -> str:
    """What a form puts before a title; a stand-in for the whole title (``<title>``) is none."""
    title = document.get("title")
    text = one_line(title) if isinstance(title, str) else ""
    return "" if not text or re.fullmatch(r"[<\[(]?\s*title\s*[>\])]?", text, re.IGNORECASE) else text + " "


def _parse_field(row: Mapping[object, object]) -> Field | None:
    kind, attributes, rules = row.get("type"), row.get("attributes"), row.get("validations")
    if kind not in _KINDS or not isinstance(attributes, Mapping):
        return None
    label = _text(attributes, "label")
    options = attributes.get("options")
    listed = options[:_MOST] if isinstance(options, Sequence) and not isinstance(options, str) else []
    language = _text(attributes, "render") if kind == "textarea" else ""
    return Field(
        str(kind),
        label,
        _text(row, "id") or None,
        _is_true(rules.get("required")) if isinstance(rules, Mapping) else False,
        language if re.fullmatch(r"[A-Za-z0-9_+#.-]{1,30}", language) else None,
        tuple(option for option in map(_parse_option, listed) if option[0]),
    )


def _parse_option(option: object) -> tuple[str, bool]:
    if isinstance(option, Mapping):
        return _text(option, "label"), _is_true(option.get("required"))
    return (one_line(str(option)), False) if isinstance(option, (str, int, float)) else ("", False)


def _is_true(value: object) -> bool:
    return value is True or str(value).lower() == "true"


def _text(row: Mapping[object, object], key: str) -> str:
    value = row.get(key)
    return one_line(value) if isinstance(value, str) else ""


def fill_issue_form(form: IssueForm, ours: str, *, closes: str | None = None, facts: Facts | None = None) -> Filled:
    """The body that the form would have made of our rendered text; an old Markdown template is filled in instead.

    What has no place in the form follows under our own headings. A required answer that we do not have is a blank.
    ``closes`` as in :func:`plugwatch.model.vendors.form.fill_pull_template`; a form has no place of its own for it.
    """
    if form.template is not None:
        return fill_markdown_form(form.template, ours, closes=closes, facts=facts, form=form.file)
    return _FormFilling(form, read_our_text(ours), facts or Facts()).fill()


class _FormFilling:
    """One form while it is filled in."""

    def __init__(self, form: IssueForm, text: OurText, facts: Facts) -> None:
        self.form, self.text, self.facts = form, text, facts
        self.meanings = [find_meaning(field.label) for field in form.fields]
        self.told: set[str] = set()
        self.left_over: list[str] = []
        self.raw: list[tuple[str, str]] = []

    def fill(self) -> Filled:
        placed, homeless = self._place()
        blocks = []
        for at, field in enumerate(self.form.fields):
            answer = self._answer(field, placed.get(at, []), self.meanings[at])
            blocks.append(f"### {make_harmless(field.label)}\n\n{answer}")
        for part in homeless:
            words = self._rest_of(part)
            blocks += [f"### {part.heading}\n\n{words}" if part.heading else words] if words else []
        blocks += [self.text.farewell] if self.text.farewell else []
        return Filled(
            "\n\n".join(blocks) + "\n",
            tuple(dict.fromkeys(self.left_over)),
            self.form.title,
            self.form.labels,
            tuple(self.raw),
            self.form.file,
            self._public(),
        )

    def _public(self) -> frozenset[str]:
        """What the form itself says: its labels, and its options as boxes and as answers."""
        options = [make_harmless(label) for field in self.form.fields for label, _must in field.options]
        labels = [f"### {make_harmless(field.label)}" for field in self.form.fields]
        return public_lines([*labels, *options, *(f"- [ ] {option}" for option in options)])

    def _place(self) -> tuple[dict[int, list[Part]], list[Part]]:
        """Which parts of ours go into which text area, and which have no place."""
        placed: dict[int, list[Part]] = {}
        homeless = []
        areas = {at: self.meanings[at] for at, field in enumerate(self.form.fields) if field.kind == "textarea"}
        areas = {at: meaning for at, meaning in areas.items() if not self._is_about_plugins(self.form.fields[at])}
        for part in self.text.parts:
            wanted = PLACES.get(part.meaning or "", ())
            fitting = [at for want in wanted for at, meaning in areas.items() if meaning == want]
            if part.meaning == "environment":
                fitting.sort(key=lambda at: not self._is_about_us(at))
            found = next(iter(fitting), None)
            if found is None:
                homeless.append(part)
            else:
                placed.setdefault(found, []).append(part)
        return placed, homeless

    def _answer(self, field: Field, parts: list[Part], meaning: str | None) -> str:
        if field.kind == "checkboxes":
            return self._boxes(field)
        raw = self._choice(field, meaning) if field.kind == "dropdown" else self._words(field, parts, meaning)
        if not raw:
            return self._missing(field) if field.required else NO_RESPONSE
        if field.id and not find_blanks(raw):
            self.raw.append((field.id, raw))
        if field.kind == "dropdown":
            return make_harmless(raw)
        # A fence of ours in a fence of theirs would close it.
        return f"```{field.language}\n{raw}\n```" if field.language and "```" not in raw else raw

    def _missing(self, field: Field) -> str:
        self.left_over.append(field.label)
        return MARKUPS["markdown"].blank(field.label.strip(":? ") or "this field")

    def _words(self, field: Field, parts: list[Part], meaning: str | None) -> str:
        if parts:
            first = next((part for part in parts if part.meaning == meaning), parts[0])
            words = [first.text, *(f"**{part.heading}**\n\n{part.text}" for part in parts if part is not first)]
            return "\n\n".join(words)
        name = self._version_asked(field)
        if name:
            self.told.add(name)
            return self.text.version_of(name) or ""
        if self._is_about_plugins(field):
            others = [(key, value) for key, value in self.text.versions[1:] if simplify(key) not in _NOT_PLUGINS]
            self.told.update(key for key, _value in others)
            return "\n".join(f"- {key}: {value}" for key, value in others)
        return ""

    def _is_about_us(self, at: int) -> bool:
        """Whether a field asks for WordPress's or the component's own facts, and not for those of who looks at it."""
        words = simplify(self.form.fields[at].label)
        return any(simplify(name) in words for name in ("WordPress", self.text.component or "WordPress"))

    def _is_about_plugins(self, field: Field) -> bool:
        return re.search(r"\b(relevant|other|active|installed) plugins?\b|^plugins$", simplify(field.label)) is not None

    def _version_asked(self, field: Field) -> str | None:
        """The name, in our list of versions, of what a field asks the version of."""
        words = simplify(field.label)
        component = self.text.component
        if re.search(r"last (good|working|known)|regression|worked (in|with)", words):
            return "Last version without it"
        for name, pattern in (("PHP", r"\bphp\b"), ("WordPress", r"\b(wordpress|wp)( core)? version|^wordpress$|^wp$")):
            if re.search(pattern, words):
                return name
        if re.search(r"\btheme\b", words) and not re.search(r"\btype\b", words):
            return "Theme"
        for name, _value in self.text.versions:
            if simplify(name) and re.search(rf"\b{re.escape(simplify(name))}\b", words) and "version" in words:
                return name
        return component if re.search(r"^((which|plugin|affected|your|the) )*version\b", words) else None

    def _choice(self, field: Field, meaning: str | None) -> str:
        """The option of a dropdown that is known to be right."""
        options = [label for label, _required in field.options]
        known = self.facts.confirm(field.label) if any(simplify(option) in _YES for option in options) else None
        if known is not None:
            wanted = _YES if known else _NO
            return next((option for option in options if simplify(option) in wanted), "")
        if meaning == "reproducible" and self.facts.reproducible:
            return next((option for option in options if _ALWAYS.search(option)), "")
        component = simplify(self.text.component or "")
        asks = re.search(r"plugin|product|component|package|area|affect", simplify(field.label))
        return next((option for option in options if asks and simplify(option) == component), "")

    def _boxes(self, field: Field) -> str:
        """Boxes as GitHub writes them; which must be ticked and may not by us has a blank behind it."""
        lines = []
        for label, must in field.options:
            asked_for = field.label if simplify(label) in _YES else label
            known = bool(self.facts.confirm(asked_for))
            needed = (must or field.required) and not known
            mark = f" {MARKUPS['markdown'].blank('tick this box, or say why not')}" if needed else ""
            self.left_over += [asked_for] if needed else []
            lines.append(f"- [{'x' if known else ' '}] {make_harmless(label)}{mark}")
        return "\n".join(lines) or NO_RESPONSE

    def _rest_of(self, part: Part) -> str:
        """A part without the versions that fields of their own have told."""
        if part.meaning != "environment" or not self.told:
            return part.text
        told = {f"- {key}: {value}" for key, value in self.text.versions if key in self.told}
        told |= {f"- {key}: {value}" for key, value in self.text.versions if simplify(key) in map(simplify, self.told)}
        return "\n".join(line for line in part.text.split("\n") if line not in told).strip("\n")


def prefilled_address(repository_url: str, filled: Filled, title: str) -> str:
    """The address at which GitHub shows the form with our answers in it, for a person to look over and submit.

    The longest answers are left out until it is short enough; the person pastes those from the draft. Parameters:
    docs.github.com, "Creating an issue from a URL query".
    """
    fields = dict(filled.fields) if filled.fields else {"body": filled.body}
    base = [("template", filled.form)] if filled.form else []
    while True:
        query = urlencode([*base, ("title", title), *fields.items()], quote_via=quote)
        address = f"{repository_url.rstrip('/')}/issues/new?{query}"
        if len(address) <= URL_LIMIT or not fields:
            return address
        del fields[max(fields, key=lambda name: len(quote(fields[name])))]


def choose_bug_form(forms: Sequence[IssueForm]) -> IssueForm | None:
    """The form that a bug is reported with; None where none is meant for that."""
    wanted = re.compile(r"\bbugs?\b|defect|problem|crash|regression", re.IGNORECASE)
    others = re.compile(r"security|feature|enhance|support|question|docs|documentation|release", re.IGNORECASE)
    marked = [(re.sub(r"[_-]", " ", f"{form.file} {form.name}"), form) for form in forms]
    fitting = [form for words, form in marked if wanted.search(words) and not others.search(words)]
    if not fitting and len(forms) == 1 and not others.search(marked[0][0]):
        return forms[0]
    return min(fitting, key=lambda form: (form.file.endswith(".md"), form.file), default=None)
