"""The one place where errors become a sentence and an exit code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress

import click

from plugwatch import __version__
from plugwatch.errors import EXIT_BUG, EXIT_ERROR, EXIT_INTERRUPTED, EXIT_USAGE, PlugwatchError
from plugwatch.render.terminal import clean, clean_lines

_LONGEST = 1000


def handle(action: Callable[[list[str]], int], args: list[str]) -> int:
    """Run an action; its exit code, or that of the error it raised, with one sentence on stderr."""
    try:
        code = action(args)
        sys.stdout.flush()
    except PlugwatchError as error:
        _say(str(error))
        return error.exit_code
    except click.UsageError as error:
        text = io.StringIO()
        error.show(text)
        click.echo(clean_lines(text.getvalue()), err=True, nl=False)
        return EXIT_USAGE
    except click.ClickException as error:
        _say(error.format_message())
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted; nothing more was done")
        return EXIT_INTERRUPTED
    except (BrokenPipeError, SystemExit):  # click makes the second of the first
        return 0  # whoever read our output has gone (`plugwatch … | head`)
    except OSError as error:
        # A full disk or a missing permission is no bug of ours.
        _say(f"{error.filename or 'reading or writing failed'}: {error.strerror or error}")
        return EXIT_ERROR
    except Exception:  # noqa: BLE001  (the last line of defence: a bug of ours)
        path = _write_log(args)
        _say(f"this is a bug in plugwatch, sorry; a report ready to be sent is in {path}")
        return EXIT_BUG
    return code


def _say(sentence: str) -> None:
    text = clean(sentence)
    if len(text) > _LONGEST:  # what to do about it stands at the end
        text = f"{text[: _LONGEST - 300]} … {text[-300:]}"
    with suppress(OSError):  # nobody is there to read it: the exit code says enough
        click.echo(f"plugwatch: {text}", err=True)


def _write_log(args: list[str]) -> str:
    """What a bug report needs. Only options' names are kept of the command line: its values may be a client's words."""
    # Bugs are rare, so what only they need is not loaded at each start.
    import platform
    import tempfile
    import traceback
    from datetime import datetime, timezone

    words = [a if a.startswith("-") or a.isidentifier() else "…" for a in args]
    text = (
        f"plugwatch {__version__}\nPython {platform.python_version()} on {platform.platform()}\n"
        f"at {datetime.now(timezone.utc).isoformat(timespec='seconds')}\n"
        f"command: plugwatch {' '.join(words)}\n\n{traceback.format_exc()}"
    )
    descriptor, name = tempfile.mkstemp(prefix="plugwatch-bug-", suffix=".txt", text=True)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as log:
        log.write(text)
    return name
