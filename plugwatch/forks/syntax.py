"""Which PHP files a change broke; what did not parse before is no fault of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plugwatch.forks.git import Git
from plugwatch.forks.objects import Objects
from plugwatch.forks.php import Parser


@dataclass(frozen=True)
class Syntax:
    """What PHP says of the PHP files that differ between two trees, each with its message.

    ``broken`` parsed before, or were not there; ``old_faults`` did not parse before either. ``checked`` is False where
    PHP cannot be asked.
    """

    broken: Mapping[str, str] = field(default_factory=dict)
    old_faults: Mapping[str, str] = field(default_factory=dict)
    checked: bool = True


def check_syntax(git: Git, old: str, new: str, parser: Parser) -> Syntax:
    """Parse the PHP files that one tree has and another has otherwise, or not at all."""
    with Objects(git) as objects:
        changed = {path: pair for path, pair in objects.diff(old, new).items() if path.endswith(".php")}
        after = {path: objects.read(entry.blob) for path, (_before, entry) in changed.items() if entry}
        if not after:
            return Syntax()
        errors = parser.errors(after)
        if errors is None:
            return Syntax(checked=False)
        before = {path: objects.read(entry.blob) for path, (entry, _after) in changed.items() if entry}
    faults = parser.errors({path: content for path, content in before.items() if path in errors}) or {}
    return Syntax(
        {path: message for path, message in sorted(errors.items()) if path not in faults},
        {path: message for path, message in sorted(errors.items()) if path in faults},
    )
