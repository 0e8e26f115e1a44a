"""Templates: the workspace's own first, then those that came with plugwatch; what they print is escaped.

A template is one file. Its first line is ``Subject: ...``, the rest is the body in a markup (see
:mod:`plugwatch.model.roads.markup`). Whatever a template prints is escaped for that markup, on one line; the filters
say otherwise:

- ``known("what")``: None becomes a marked blank, which blocks the text until somebody fills it in;
- ``paragraphs``: prose with its line ends; ``code``: code within a line; ``block("diff")``: a block of code;
- ``link``: an http or https address as a link;
- ``items``: a list; ``lines(20)``: code in at most so many lines; ``shorten(80)``: a text in so many characters.

``blank("what")`` is a marked blank by itself. Joining what a filter made with other text makes it unsafe again, so that
it is escaped once more and never once too little.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.loaders import split_template_path

from plugwatch.errors import InputError, NotFoundError
from plugwatch.model.roads.markup import Markup, Safe, one_line
from plugwatch.render.sandbox import LimitedEnvironment

_SUBJECT = "Subject:"
_BOARD = "report/agency/"  # so many pages that they are made without asking the workspace
_UNKNOWN = "something that nobody has found out yet"
# What an expression in somebody's template can raise, beside Jinja's own errors.
_IN_TEMPLATE = (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError)


def find_shipped_templates() -> Path:
    """The templates of the package; in an editable install they lie at the top of the checkout."""
    packaged = Path(str(files("plugwatch") / "templates"))
    return packaged if packaged.is_dir() else packaged.parent.parent / "templates"


@dataclass(frozen=True)
class TemplateFile:
    """A file of the templates, ``client/en/closed.j2``; ``own``: it is the workspace's, and hides a shipped one."""

    name: str
    path: Path
    own: bool


class Templates:
    """The files of several folders; of those with one name the first wins."""

    def __init__(self, override_dirs: Sequence[Path] = ()) -> None:
        self._shipped = find_shipped_templates()
        self.folders = (*override_dirs, self._shipped)

    def files(self) -> tuple[TemplateFile, ...]:
        """Every template and list of words that is in use, by name; but for those that no workspace can replace."""
        found: dict[str, TemplateFile] = {}
        for folder in self.folders:
            for path in (*folder.rglob("*.j2"), *folder.rglob("words.txt")):
                name = path.relative_to(folder).as_posix()
                if folder == self._shipped and name.startswith(_BOARD):
                    continue
                found.setdefault(name, TemplateFile(name, path, own=folder != self._shipped))
        return tuple(found[name] for name in sorted(found))

    def find(self, name: str) -> Path | None:
        """The file of that name, or None. Raises NotFoundError for a name that would leave the folders."""
        try:
            parts = split_template_path(name)
        except TemplateNotFound as error:
            raise self._missing(name) from error
        return next((path for folder in self.folders if (path := folder.joinpath(*parts)).is_file()), None)

    def read(self, name: str) -> str:
        """The source of a template. Raises NotFoundError, or InputError where the file is no text."""
        path = self.find(name)
        if path is None:
            raise self._missing(name)
        return _read(path)

    def for_titles(self, markup: Markup) -> LimitedEnvironment:
        """Jinja for the first lines of templates."""
        return _environment(self._load(_subject), markup.title, markup)

    def for_bodies(self, markup: Markup) -> LimitedEnvironment:
        """Jinja for what follows the first lines, with the filters of the markup."""
        environment = _environment(self._load(_body), markup.inline, markup)
        for name in ("paragraphs", "code", "block", "link"):
            environment.filters[name] = make_safe(getattr(markup, name), markup)
        show = make_safe(markup.inline, markup)
        environment.filters["items"] = lambda values: Safe(markup.items([show(value) for value in values]))
        return environment

    def fill(self, environment: LimitedEnvironment, name: str, values: Mapping[str, Any]) -> str:
        """A template with its values.

        Raises NotFoundError where no folder has it, InputError with file and line where it is wrong.
        """
        try:
            return environment.fill(environment.get_template(name), values)
        except TemplateNotFound as error:
            raise self._missing(str(error.name or name)) from error
        except TemplateSyntaxError as error:
            source = error.filename or error.name or name
            raise InputError(error.message or "not a template", source=source, line=error.lineno) from error
        except (TemplateError, *_IN_TEMPLATE) as error:
            source, line = _find_place(error, name)
            reason = str(error) or type(error).__name__
            raise InputError(f"the template cannot be filled in: {reason}", source=source, line=line) from error

    def _missing(self, name: str) -> NotFoundError:
        places = " nor ".join(str(folder) for folder in self.folders)
        return NotFoundError(f"there is no template '{name}' in {places}")

    def _load(self, part: Callable[[str, str], str]) -> FunctionLoader:
        """A loader for Jinja; ``part`` says which part of a file is the template."""

        def load(name: str) -> tuple[str, str, None] | None:
            path = self.find(name)
            return (part(_read(path), str(path)), str(path), None) if path else None

        return FunctionLoader(load)


def make_safe(convert: Callable[..., str], markup: Markup) -> Callable[..., Safe]:
    """A filter that leaves alone what is in the markup already, and never prints "None"."""

    def convert_once(value: object, *options: str) -> Safe:
        if value is None:
            return Safe(markup.blank(_UNKNOWN))
        return value if isinstance(value, Safe) else Safe(convert(str(value), *options))

    return convert_once


def shorten(text: str, length: int) -> str:
    """The text on one line in at most ``length`` characters, cut between words where that costs little."""
    whole = one_line(text)
    if isinstance(text, Safe) or len(whole) <= length:
        return text
    cut = whole[: max(0, length - 1)]
    words = cut.rpartition(" ")[0] if not whole[len(cut)].isspace() else cut
    kept = words if len(words) * 2 > len(cut) else cut
    return kept.rstrip(" ,;:.-") + "…"


def first_lines(code: str, number: int) -> str:
    """The first lines of some code; where lines are left out the last one says how many."""
    lines = code.rstrip("\n").split("\n")
    if len(lines) <= number:
        return "\n".join(lines)
    return "\n".join([*lines[: number - 1], f"[… {len(lines) - number + 1} more lines]"])


def _subject(source: str, path: str) -> str:
    """The first line of a template, without its mark."""
    first = source.partition("\n")[0]
    if not first.startswith(_SUBJECT):
        raise InputError(f"the first line must be '{_SUBJECT} ...'", source=path, line=1)
    return first.removeprefix(_SUBJECT)


def _body(source: str, _path: str) -> str:
    """A template without its first line; an empty one stands in its place, so that errors name the right line."""
    return "\n" + source.partition("\n")[2] if source.startswith(_SUBJECT) else source


def _environment(loader: FunctionLoader, escape: Callable[[str], str], markup: Markup) -> LimitedEnvironment:
    """Jinja with our escaping: its own knows HTML only, so every printed value passes through ``finalize`` instead."""
    environment = LimitedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        finalize=make_safe(escape, markup),
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["blank"] = lambda what: Safe(markup.blank(what))
    environment.filters["known"] = lambda value, what: Safe(markup.blank(what)) if value is None else value
    environment.filters["lines"] = first_lines
    environment.filters["shorten"] = shorten
    for name in ("safe", "escape", "e", "forceescape"):
        del environment.filters[name]
    return environment


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError("the template is not UTF-8 text; save it as UTF-8", source=str(path)) from error
    except OSError as error:
        raise InputError(f"the template cannot be read: {error.strerror}", source=str(path)) from error


def _find_place(error: BaseException, name: str) -> tuple[str, int | None]:
    """The file and line of the template that an error comes from; Jinja puts them into the traceback."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
    return (frames[-1].filename, frames[-1].lineno) if frames else (name, None)
