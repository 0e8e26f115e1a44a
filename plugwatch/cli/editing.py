"""A text in the editor of a person, or from a file that they have written."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from plugwatch.errors import InputError, PlugwatchError

_LONGEST = 1_000_000


def check_editor(instead: str) -> None:
    """Raises PlugwatchError where no editor can be opened; ``instead`` says what else there is."""
    if not (sys.stdin.isatty() or os.environ.get("VISUAL") or os.environ.get("EDITOR")):
        raise PlugwatchError(
            f"no editor can be opened without a terminal; set EDITOR to one that needs none, or {instead}"
        )


def edit_text(text: str) -> str | None:
    """What a person's editor makes of a text; None where they saved nothing. Raises PlugwatchError where it fails."""
    try:
        changed = click.edit(text, extension=".txt")
    except click.ClickException as error:
        raise PlugwatchError(
            f"{error.format_message()}; nothing was changed: set EDITOR to an editor that works"
        ) from error
    except UnicodeDecodeError as error:
        raise PlugwatchError("what the editor left is no UTF-8 text, so nothing was changed") from error
    except OSError as error:
        raise PlugwatchError(f"the editor's file is gone ({error.strerror}), so nothing was changed") from error
    return changed


def read_text(source: str) -> str:
    """The text of a file, or of what is piped in (``-``). Raises InputError for what is none."""
    try:
        if source == "-":
            content = sys.stdin.buffer.read(_LONGEST + 1)
        else:
            with Path(source).open("rb") as file:
                content = file.read(_LONGEST + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror}); give a file that holds the text", source=source
        ) from error
    except UnicodeDecodeError as error:
        raise InputError("is no UTF-8 text; save it as UTF-8", source=source) from error
    if len(content) > _LONGEST or "\0" in text:
        raise InputError("is no text that a vendor could read", source=source)
    return text.replace("\r\n", "\n")
