"""Texts for people outside, from Jinja templates: the workspace's own first, then those that came with plugwatch.

A template is one file, ``upstream/FOLDER/KIND.j2``: its first line is ``Subject: ...``, the rest is the body in the
road's markup. Whatever a template prints is escaped for that markup, on one line; the filters say otherwise:

- ``known("what")``: None becomes a marked blank, which blocks the draft until somebody fills it in;
- ``paragraphs``: prose with its line ends; ``code``: code within a line; ``block("diff")``: a block of code;
- ``link``: an http or https address as a link.

``blank("what")`` is a marked blank by itself. Joining what a filter made with other text makes it unsafe again, so that
it is escaped once more and never once too little.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.loaders import split_template_path
from jinja2.sandbox import ImmutableSandboxedEnvironment

from plugwatch.errors import InputError, NotFoundError
from plugwatch.model.markup import MARKUPS, Markup, Safe
from plugwatch.model.submission import Brief, RenderedText, Road, name_patch_file

_SUBJECT = "Subject:"
_UNKNOWN = "something that nobody has found out yet"
# What an expression in somebody's template can raise, beside Jinja's own errors.
_IN_TEMPLATE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def find_shipped_templates() -> Path:
    """The templates of the package; in an editable install they lie at the top of the checkout."""
    packaged = Path(str(files("plugwatch") / "templates"))
    return packaged if packaged.is_dir() else packaged.parent.parent / "templates"


class Texts:
    """The templates of a workspace, with the shipped ones behind them."""

    def __init__(self, override_dirs: Sequence[Path] = ()) -> None:
        self._folders = (*override_dirs, find_shipped_templates())

    def render(self, road: Road, brief: Brief) -> RenderedText:
        """The text for a road, of everything that the brief says.

        Raises NotFoundError where no folder has the template, InputError with file and line where it is wrong.
        """
        name, markup = f"upstream/{road.folder}/{road.kind}.j2", MARKUPS[road.markup]
        values = {field.name: getattr(brief, field.name) for field in fields(brief)}
        values |= {"closes_related": brief.closes_related, "patch_file": name_patch_file(road, brief)}
        title = self._fill(_environment(_load_from(self._folders, _subject), markup.title, markup), name, values)
        body = self._fill(_body_environment(_load_from(self._folders, _body), markup), name, values)
        return RenderedText(" ".join(title.split()), markup.finish(body))

    def _fill(self, environment: ImmutableSandboxedEnvironment, name: str, values: dict[str, Any]) -> str:
        try:
            return environment.get_template(name).render(values)
        except TemplateNotFound as error:
            places = " nor ".join(str(folder) for folder in self._folders)
            raise NotFoundError(f"there is no template '{error.name}' in {places}") from error
        except TemplateSyntaxError as error:
            source = error.filename or error.name or name
            raise InputError(error.message or "not a template", source=source, line=error.lineno) from error
        except (TemplateError, *_IN_TEMPLATE) as error:
            source, line = _find_place(error, name)
            raise InputError(f"the template cannot be filled in: {error}", source=source, line=line) from error


def _load_from(folders: Sequence[Path], part: Callable[[str, str], str]) -> FunctionLoader:
    """Files of several folders, the first that has one wins; ``part`` says which part of a file is the template."""

    def load(name: str) -> tuple[str, str, None] | None:
        for folder in folders:
            path = folder.joinpath(*split_template_path(name))
            if path.is_file():
                return part(_read(path), str(path)), str(path), None
        return None

    return FunctionLoader(load)


def _subject(source: str, path: str) -> str:
    """The first line of a template, without its mark."""
    first = source.partition("\n")[0]
    if not first.startswith(_SUBJECT):
        raise InputError(f"the first line must be '{_SUBJECT} ...'", source=path, line=1)
    return first.removeprefix(_SUBJECT)


def _body(source: str, _path: str) -> str:
    """A template without its first line; an empty one stands in its place, so that errors name the right line."""
    return "\n" + source.partition("\n")[2] if source.startswith(_SUBJECT) else source


def _environment(loader: FunctionLoader, escape: Callable[[str], str], markup: Markup) -> ImmutableSandboxedEnvironment:
    """Jinja with our escaping: its own knows HTML only, so every printed value passes through ``finalize`` instead."""
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        finalize=_make_safe(escape, markup),
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["blank"] = lambda what: Safe(markup.blank(what))
    environment.filters["known"] = lambda value, what: Safe(markup.blank(what)) if value is None else value
    for name in ("safe", "escape", "e", "forceescape"):
        del environment.filters[name]
    return environment


def _body_environment(loader: FunctionLoader, markup: Markup) -> ImmutableSandboxedEnvironment:
    environment = _environment(loader, markup.inline, markup)
    for name in ("paragraphs", "code", "block", "link"):
        environment.filters[name] = _make_safe(getattr(markup, name), markup)
    return environment


def _make_safe(convert: Callable[..., str], markup: Markup) -> Callable[..., Safe]:
    """A filter that leaves alone what is in the markup already, and never prints "None"."""

    def convert_once(value: object, *options: str) -> Safe:
        if value is None:
            return Safe(markup.blank(_UNKNOWN))
        return value if isinstance(value, Safe) else Safe(convert(str(value), *options))

    return convert_once


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
