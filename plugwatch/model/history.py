"""What happened to a component between two lists, in the words that people use for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from plugwatch.model.component import PHP, Component
from plugwatch.model.inventory import UNKNOWN_STATUS, Change, Changes, Installed
from plugwatch.model.version import compare

_ON = frozenset({"active", "active-network", "must-use", "dropin", "parent"})
_COPY = re.compile(r"(?:[-_. ](?:\d+|old|new|copy|backup|bak|master|main|trunk|disabled|off)|\.(?:off|bak|old))+\Z")


class Rename(NamedTuple):
    """A component whose folder or file got another name: the same version of the same kind went and came."""

    before: Component
    after: Component
    version: str


def what_happened(before: Installed | None, after: Installed | None) -> tuple[str, ...]:
    """One or two words: installed, removed, updated, downgraded, activated, deactivated, or ``status FROM → TO``.

    Versions are compared as WordPress does. A version that was not known before and is now is "version seen".
    """
    if before is None:
        return ("installed",)
    if after is None:
        return ("removed",)
    if is_more_exact(before, after):
        return ("told more exactly",)
    return (*_version_words(before.version, after.version), *_status_words(before.status, after.status))


def is_more_exact(before: Installed | None, after: Installed | None) -> bool:
    """Whether PHP only was told by its first two numbers before (8.2) and is by all three now (8.2.28): no change."""
    if before is None or after is None or after.component != PHP or not before.version or not after.version:
        return False
    return before.version.count(".") < 2 and after.version.startswith(f"{before.version}.")


def _version_words(before: str | None, after: str | None) -> tuple[str, ...]:
    if after is None or before == after:
        return ()
    if before is None:
        return ("version seen",)
    order = compare(before, after)
    return ("downgraded",) if order > 0 else ("updated",) if order < 0 else ("version written otherwise",)


def _status_words(before: str, after: str) -> tuple[str, ...]:
    if UNKNOWN_STATUS in (before, after) or before == after:
        return ()
    if (before in _ON) != (after in _ON):
        return ("activated",) if after in _ON else ("deactivated",)
    return (f"status {before} → {after}",)


def find_renames(changes: Changes) -> tuple[Rename, ...]:
    """What went and came in one import under another name, so that it is no loss and no news.

    Both must be of one kind and have one known version, and either show the same name or be called alike
    (``tidy-forms`` and ``tidy-forms-1``). Where several could have become the same one, nothing is said.
    """
    found: list[Rename] = []
    for added in changes.added:
        gone = [removed for removed in changes.removed if _is_renamed(removed, added)]
        if len(gone) == 1 and added.after is not None and added.after.version is not None:
            found.append(Rename(gone[0].component, added.component, added.after.version))
    once = _only_once(rename.before for rename in found)
    return tuple(rename for rename in found if rename.before in once)


def _is_renamed(removed: Change, added: Change) -> bool:
    before, after = removed.before, added.after
    if before is None or after is None or before.kind != after.kind or before.version != after.version:
        return False
    same_name = before.name is not None and after.name is not None and before.name.casefold() == after.name.casefold()
    return same_name or _stem(removed.component.slug) == _stem(added.component.slug)


def _stem(slug: str) -> str:
    return _COPY.sub("", slug.casefold().removesuffix(".php")).replace("_", "-")


def _only_once(components: Iterable[Component]) -> set[Component]:
    seen = list(components)
    return {component for component in seen if seen.count(component) == 1}
