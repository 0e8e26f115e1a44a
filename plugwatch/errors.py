"""Every error that plugwatch raises on purpose, and the exit code that each one means.

A message is one sentence for the person at the keyboard: what is wrong, where, and what to do about it. Whatever is not
a :class:`PlugwatchError` is a bug of ours. Exit codes are those of the command-line contract: 0 done, 1 an error,
2 wrong usage, 3 a person must decide, 4 something could not be known, 70 a bug, 130 interrupted.
"""

from __future__ import annotations

EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_PERSON = 3
EXIT_UNKNOWN = 4
EXIT_BUG = 70
EXIT_INTERRUPTED = 130


class PlugwatchError(Exception):
    """Base of all errors meant for the user; its text is the sentence that is shown."""

    exit_code = EXIT_ERROR


class InputError(PlugwatchError):
    """A file, paste, archive or answer from outside is not what it should be.

    The source and, where there is one, the place in it are part of the sentence: ``list.csv, line 4: ...``.
    """

    def __init__(self, reason: str, *, source: str = "", line: int | None = None) -> None:
        self.reason, self.source, self.line = reason, source, line
        place = source if line is None else f"{source}, line {line}" if source else f"line {line}"
        super().__init__(f"{place}: {reason}" if place else reason)


class NotFoundError(PlugwatchError):
    """A name or number that the workspace does not know."""


class AmbiguousError(PlugwatchError):
    """A part of a name that fits several things; nothing is guessed."""

    def __init__(self, what: str, text: str, candidates: list[str]) -> None:
        self.candidates = candidates
        shown = ", ".join(candidates[:8]) + (", …" if len(candidates) > 8 else "")
        super().__init__(f"'{text}' fits {len(candidates)} {what}: {shown}; write more of the name")


class ConfigError(PlugwatchError):
    """plugwatch.toml or the user's own configuration cannot be used."""


class LedgerError(PlugwatchError):
    """The ledger cannot be opened, read or written."""


class ForkError(PlugwatchError):
    """A fork cannot do what was asked."""


class BusyError(PlugwatchError):
    """Another process works on the same fork or ledger."""


class UnknownError(PlugwatchError):
    """Something could not be known (network, quota, stale data); never reported as fine."""

    exit_code = EXIT_UNKNOWN
