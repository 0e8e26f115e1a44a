"""Where a report goes: to stdout, to a file, or before a person's eyes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click

from plugwatch.cli.context import App, note
from plugwatch.errors import PlugwatchError
from plugwatch.model.roads.submission import Check

FORMATS = ("html", "md")
# What a report may take the place of. A name that somebody mistyped may be that of the ledger, or of a device.
_PAGES = (".html", ".htm", ".md", ".markdown", ".txt")


@dataclass(frozen=True)
class Target:
    """What a person asks for: a file by its name, or where there is none the report's own name, and to see it."""

    out: Path | None
    opening: bool
    name: str
    form: str

    def file(self, app: App, *, shown: bool, draft: bool = False) -> Path | None:
        """The file to write, None for none: what is to be opened becomes one, and HTML that a terminal would show.

        A ``draft`` is one that must not leave yet: it never takes the name that somebody would send.
        """
        to_file = self.opening or (shown and self.form == "html" and sys.stdout.isatty())
        path = self.out or (app.workspace / "reports" / f"{self.name}.{self.form}" if to_file else None)
        return path.with_name(f"{path.stem}.draft{path.suffix}") if path and path.name and draft else path


def write_file(path: Path, body: str) -> None:
    """Write a report, whole or not at all, also in place of another one.

    Raises PlugwatchError where it cannot be written, and where it would take the place of something else.
    """
    if os.path.lexists(path) and not (path.is_file() and path.suffix.lower() in _PAGES):
        raise PlugwatchError(f"{path} is there and is no page; choose another file with --out, such as report.html")
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        with part.open("x", encoding="utf-8", newline="\n") as file:
            file.write(body)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise PlugwatchError(f"{path} cannot be written ({error.strerror}); choose another with --out") from error


def print_body(body: str) -> None:
    """A report on stdout as it is; on a terminal nothing of it changes the screen."""
    if sys.stdout.isatty():
        from plugwatch.render.terminal import clean_lines

        body = clean_lines(body)
    click.echo(body, nl=not body.endswith("\n"))


def open_file(path: Path) -> None:
    """Show a file in the person's browser; where there is none they are told where the file is."""
    import webbrowser

    if not webbrowser.open(path.resolve().as_uri()):
        note(f"no browser could be opened; the file is {path}")


def show_checks(checks: Sequence[Check], advice: Sequence[str] = ()) -> None:
    """The checks on stderr: in one line those that are fine, then those that block, and what to do about them."""
    from plugwatch.render.terminal import clean

    fine = [check.check for check in checks if check.ok]
    if fine:
        note(f"ok      {', '.join(fine)}")
    for check in checks:
        if not check.ok:
            note(f"BLOCKED {clean(f'{check.check}: {check.detail}')}")
    for command in dict.fromkeys(advice):
        note(f"        {clean(command)}")
