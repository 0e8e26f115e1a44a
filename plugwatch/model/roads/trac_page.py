"""A page of Trac: its forms, as a browser would send them back, what it complains of, and the files of a ticket."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote

from plugwatch.model.roads.heard import make_harmless
from plugwatch.model.roads.markup_base import one_line
from plugwatch.model.roads.trac import path_of

_REASON_LIMIT = 300
_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})


@dataclass
class Form:
    """A form: what it would send untouched, and what each of its lists offers to choose from."""

    values: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether the form has such a field."""
        return name in self.values or name in self.choices


@dataclass
class Page:
    """``complaints`` is what Trac says was wrong, on one line; ``links`` are the addresses of its links."""

    forms: list[Form]
    complaints: str
    links: list[str]

    def form_with(self, name: str) -> Form | None:
        """The form with such a field."""
        return next((form for form in self.forms if form.has(name)), None)

    def files_of(self, number: int) -> list[str]:
        """The names of the files that are attached to a ticket, in the order of the page."""
        mark = f"/raw-attachment/ticket/{number}/"
        paths = [path_of(link) for link in self.links]
        names = [unquote(path.partition(mark)[2]) for path in paths if mark in path]
        return list(dict.fromkeys(name for name in names if name and "/" not in name))


def read_page(html: str) -> Page:
    """Whatever the page holds; what is no page of Trac's has no forms and no complaints."""
    reader = _PageReader()
    reader.feed(make_harmless(html))
    reader.close()
    told = one_line(" ".join(reader.complaints))
    return Page(reader.forms, told if len(told) <= _REASON_LIMIT else told[: _REASON_LIMIT - 1] + "…", reader.links)


class _PageReader(HTMLParser):
    """Reads as a browser does: the HTML specification, section "Constructing the entry list"."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.complaints: list[str] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._area: str | None = None
        self._list: str | None = None
        self._option: dict[str, str] | None = None  # what the open option says of itself
        self._complaint: str | None = None  # the element that holds what is complained of
        self._depth = self._muted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            self._form = Form()
            self.forms.append(self._form)
        elif self._form is not None:
            self._open_field(self._form, tag, given)
        self._open_complaint(tag, given.get("class", "").split())

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = None
        elif tag in ("option", "select"):
            self._close_option()
            self._list = None if tag == "select" else self._list
        self._muted -= bool(self._muted)
        if tag == self._complaint:
            self._depth -= 1
            self._complaint = self._complaint if self._depth else None

    def handle_data(self, data: str) -> None:
        if self._complaint and not self._muted:
            self.complaints.append(data)
        if self._form is None:
            return
        if self._area is not None:
            self._form.values[self._area] += data
        elif self._option is not None:
            self._option["text"] += data

    def _open_complaint(self, tag: str, classes: list[str]) -> None:
        if self._complaint:
            self._depth += tag == self._complaint
            # The button that hides it, and the word "Warning:" that it begins with.
            begins = tag == "strong" and not "".join(self.complaints).strip()
            self._muted += tag not in _VOID and (self._muted > 0 or begins or "trac-close-msg" in classes)
        elif "system-message" in classes or (tag == "p" and "message" in classes):
            self._complaint, self._depth = tag, 1

    def _open_field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text").lower()
        if tag == "input" and name:
            if kind in ("radio", "checkbox"):
                form.choices.setdefault(name, []).append(given.get("value", "on"))
                if "checked" in given:
                    form.values[name] = given.get("value", "on")
            elif kind == "file":
                form.choices[name] = []
            elif kind not in ("submit", "button", "image", "reset"):
                form.values[name] = given.get("value", "")
        elif tag == "textarea" and name:
            self._area, form.values[name] = name, ""
        elif tag == "select" and name:
            self._list, form.choices[name] = name, []
        elif tag == "option" and self._list is not None:
            self._close_option()
            self._option = {"text": ""} | given

    def _close_option(self) -> None:
        """A browser sends the option that is selected, the first one where none is."""
        if self._option is not None and self._list is not None and self._form is not None:
            value = self._option.get("value", self._option["text"].strip())
            self._form.choices[self._list].append(value)
            if "selected" in self._option or self._list not in self._form.values:
                self._form.values[self._list] = value
        self._option = None
