"""``php -l`` on the files of a build, by the PHP of each version that sites run, where such a program is installed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from plugwatch.process import ProgramError, clean_environment, find, run

OK, FAILED, NOT_CHECKED = "ok", "failed", "not-checked"

_MINOR = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})(?![0-9])", re.ASCII)
_NAMES = ("php{}.{}", "php{}{}", "php-{}.{}")  # Debian and Ubuntu; Alpine and Remi's packages; Gentoo, FreeBSD's own
_LINT = ("-n", "-d", "display_errors=stderr", "-d", "memory_limit=-1", "-l")
_AT_ONCE = min(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class PhpResult:
    """What the PHP of one version says: ``ok``, ``failed`` or ``not-checked``.

    ``version`` has two parts (``8.1``), ``program`` is None where none of that version is installed; ``errors`` are the
    files that it cannot read any more, each with its sentence.
    """

    version: str
    program: str | None
    result: str
    errors: Mapping[str, str] = field(default_factory=dict)


def lint(changed: Mapping[str, tuple[bytes | None, bytes]], versions: Iterable[str]) -> list[PhpResult]:
    """Check changed files (before, None for none, and after) for some versions of PHP, oldest first.

    The ``php`` on PATH is asked as well, whatever its version. What it could not read before is no fault of a change.
    """
    wanted = {minor: _program(minor) for version in versions if (minor := _minor(version))}
    if usual := find("php"):
        minor = _minor(_said_version(usual))
        if minor and not wanted.get(minor):
            wanted[minor] = "php"
    return [_lint(minor, wanted[minor], changed) for minor in sorted(wanted, key=_order)]


def _lint(version: str, program: str | None, changed: Mapping[str, tuple[bytes | None, bytes]]) -> PhpResult:
    if program is None:
        return PhpResult(version, None, NOT_CHECKED)
    try:
        after = _errors(program, {path: content for path, (_before, content) in changed.items()})
        before = _errors(program, {path: old for path, (old, _after) in changed.items() if path in after and old})
    except ProgramError:
        return PhpResult(version, program, NOT_CHECKED)
    new = {path: message for path, message in after.items() if path not in before}
    return PhpResult(version, program, FAILED if new else OK, new)


def _errors(program: str, files: Mapping[str, bytes]) -> dict[str, str]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        said = pool.map(partial(_complaint, program), files.values())
        return {path: message for path, message in zip(files, said, strict=True) if message}


def _complaint(program: str, content: bytes) -> str:
    done = run([program, *_LINT], stdin=content, env=clean_environment(), check=False)
    if not done.returncode:
        return ""
    return done.complaint.removeprefix("PHP ").replace(" in Standard input code", "")


def _program(minor: str) -> str | None:
    names = (name.format(*minor.split(".")) for name in _NAMES)
    return next((name for name in names if find(name)), None)


def _said_version(program: str) -> str:
    try:
        return run([program, "-n", "-r", "echo PHP_VERSION;"]).stdout.decode("ascii", "replace")
    except ProgramError:
        return ""


def _minor(version: str) -> str | None:
    """``8.1`` of ``8.1.27``."""
    found = _MINOR.match(version.strip())
    return f"{found[1]}.{found[2]}" if found else None


def _order(minor: str) -> tuple[int, ...]:
    return tuple(map(int, minor.split(".")))
