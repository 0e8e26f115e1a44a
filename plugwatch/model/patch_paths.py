"""Where the files of a patch are in a release: a repository's layout is often not that of the ZIP that is shipped.

WooCommerce's repository, for one, has the plugin in ``plugins/woocommerce/`` and beside it much that is never shipped.
What decides is the blobs that the patch says it was made for, then the paths that are in the release, then (for the
caller) whether the lines fit. Files that no release ships are left out and named; where code that should be there is
not, everything stops, for half a patch is worse than none.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from plugwatch.errors import InputError
from plugwatch.model.patch import FilePatch, PatchFile, has_git_prefix, sides_of, strip_for, stripped, target_of
from plugwatch.model.patch_names import show_path

_SAMPLE = 60  # files of a patch whose places are looked for
_MOST_TWINS = 20  # a name that more files have (index.php) tells nothing
_MOST_RULES = 60
_MOST_SHOWN = 8

_CODE = re.compile(r".*\.(php\d?|phtml|inc)", re.I)
_SOURCES = re.compile(r".*\.(jsx?|tsx?|mjs|css|scss|sass|less|vue|pot?)", re.I)
_TEXTS = re.compile(r".*\.(md|rst|txt|ya?ml|xml|dist|neon|lock)", re.I)
_FOLDERS_OF_DEVELOPERS = frozenset(
    {"test", "tests", "spec", "specs", "e2e", "cypress", "__tests__", "__mocks__", "changelog", "changelogs"}
)
_FILES_OF_DEVELOPERS = re.compile(
    r"(changelog|contributing|upgrading|code_of_conduct|security)(\.(md|txt|rst))?"
    r"|(composer|package|package-lock|tsconfig|renovate)\.json|composer\.lock|yarn\.lock|pnpm-lock\.yaml"
    r"|(phpunit|phpcs|phpstan|psalm)\b.*|(webpack|babel|jest|playwright|eslint|stylelint)\..*|(gulp|grunt)file\..*",
    re.I,
)
_DOT_FILES_OF_SITES = frozenset({".htaccess", ".user.ini"})


class NothingShippedError(InputError):
    """A release has none of the files that a patch changes."""


@dataclass(frozen=True)
class PathOptions:
    """What a person says of a patch's paths.

    ``strip`` is the number of leading parts to drop, as ``patch -p``; ``prefix`` the component's folder in the
    repository; ``leave_out`` files and folders to do without; ``slug`` the component's own name, by which the place of
    new files is recognised.
    """

    strip: int | None = None
    prefix: str | None = None
    leave_out: tuple[str, ...] = ()
    slug: str = ""


@dataclass(frozen=True)
class Layout:
    """A patch with its paths as they are in the release, what was left out of it, and what the reader should know."""

    patch: PatchFile
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Rule:
    """How a path becomes one of the release: ``skip`` parts go, then ``onto`` takes the place of ``top``.

    ``top`` and ``onto`` end in ``/`` or are empty.
    """

    skip: int
    top: str = ""
    onto: str = ""

    def place(self, path: str | None) -> str | None:
        """The path in the release; None for one that is not below ``top``."""
        rest = stripped(path, self.skip) if path is not None else ""
        return self.onto + rest[len(self.top) :] if rest.startswith(self.top) and rest != self.top else None


@dataclass
class _Release:
    """The paths of a release, with those that the patch has made so far, and their folders."""

    files: Mapping[str, str]
    made: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.folders = {folder for path in self.files for folder in _folders_above(path)}

    def has(self, path: str) -> bool:
        return path in self.files or path in self.made


def find_layouts(patch: PatchFile, files: Mapping[str, str], options: PathOptions) -> list[Layout]:
    """The ways to lay a patch onto a release, one at least; whose lines fit is for the caller to see.

    ``files`` are the release's paths with the ids of their blobs. Raises InputError where the patch has nothing for
    this release, or needs code that is not in it.
    """
    base = _parts_before_the_repository(patch)
    given = _given_rule(patch, base, options)
    if given:
        return [_lay(patch, base, given, files, options)]
    rules = [_Rule(base)]
    rest = replace(patch, files=tuple(c for c in patch.files if not _unwanted(c, options)))
    try:
        if all(change.kind == "add" for change in rest.files):
            rules = [_rule_of_slug(rest, base, files, options.slug) or _Rule(base)]
        else:
            rules = [_Rule(strip_for(rest, files))]
    except InputError:
        rules = _likely_rules(rest, base, files) or [_rule_of_slug(rest, base, files, options.slug) or _Rule(base)]
    layouts: list[Layout] = []
    refusals: list[InputError] = []
    for rule in rules:
        try:
            layouts.append(_lay(patch, base, rule, files, options))
        except InputError as refusal:
            refusals.append(refusal)
    if not layouts:
        raise refusals[0]
    return layouts


def _parts_before_the_repository(patch: PatchFile) -> int:
    """1 for git's ``a/`` and ``b/`` and for two folders that were compared, else 0."""
    pairs = [(c.old_path, c.new_path) for c in patch.files if c.kind == "modify" and c.old_path and c.new_path]
    differ = bool(pairs) and all(old != new and stripped(old, 1) == stripped(new, 1) for old, new in pairs)
    return int(has_git_prefix(patch) or differ)


def _given_rule(patch: PatchFile, base: int, options: PathOptions) -> _Rule | None:
    if options.strip is not None:
        return _Rule(options.strip)
    if options.prefix is None:
        return None
    top = "/".join(part for part in options.prefix.split("/") if part not in ("", "."))
    rule = _Rule(base, f"{top}/" if top else "")
    if not any(rule.place(path) for change in patch.files for path in sides_of(change)):
        raise InputError(f"the patch has no file below '{show_path(top)}'", source=patch.source)
    return rule


def _rule_of_slug(patch: PatchFile, base: int, files: Mapping[str, str], slug: str) -> _Rule | None:
    """For files that a patch adds: a repository of several components has ours in a folder that is named like it."""
    tops = {path.split("/", 1)[0] for path in files if "/" in path}
    for change in patch.files:
        parts = stripped(sides_of(change)[-1], base).split("/")
        if slug in parts[:-1] and parts[0] not in tops:
            return _Rule(base, "/".join(parts[: parts.index(slug) + 1]) + "/")
    return None


def _likely_rules(patch: PatchFile, base: int, files: Mapping[str, str]) -> list[_Rule]:
    """The rules under which most blobs, then most paths of the patch are in the release."""
    changes = [change for change in patch.files if change.kind != "add"]
    votes: Counter[_Rule] = Counter()
    twins = defaultdict(list)
    for path in files:
        twins[path.rpartition("/")[2]].append(path)
    for change in changes[:_SAMPLE]:
        for side in dict.fromkeys(stripped(side, base) for side in sides_of(change)):
            votes.update(_rules_for(side, base, files, twins, change.old_id))
    scores = {rule: _score(rule, changes, files) for rule, _count in votes.most_common(_MOST_RULES)}
    if not scores:
        return []
    best = max(scores.values())
    found = [rule for rule, score in scores.items() if score == best]
    plain = [rule for rule in found if not rule.onto]
    return sorted(plain, key=lambda rule: len(rule.top))[:1] or sorted(found, key=lambda rule: (rule.top, rule.onto))


def _rules_for(
    path: str, base: int, files: Mapping[str, str], twins: Mapping[str, list[str]], blob: str | None
) -> Iterator[_Rule]:
    parts = path.split("/")
    for skip in range(len(parts)):
        if "/".join(parts[skip:]) in files:
            yield _Rule(base, "".join(f"{part}/" for part in parts[:skip]))
    others = twins.get(parts[-1], [])
    exact = {other for other in others if blob is not None and files[other].startswith(blob)}
    for other in others if len(others) <= _MOST_TWINS else exact:
        same = _common_end(parts, other.split("/"))
        if other in exact or same > 1:
            onto = other.split("/")[:-same]
            yield _Rule(base, *("".join(f"{part}/" for part in top) for top in (parts[:-same], onto)))


def _common_end(one: list[str], other: list[str]) -> int:
    count = 0
    while count < min(len(one), len(other)) and one[-1 - count] == other[-1 - count]:
        count += 1
    return count


def _score(rule: _Rule, changes: list[FilePatch], files: Mapping[str, str]) -> tuple[int, int]:
    blobs = paths = 0
    for change in changes:
        place = target_of(_moved(change, rule), 0, lambda path: path in files)
        if place is not None:
            paths += 1
            blobs += change.old_id is not None and files[place].startswith(change.old_id)
    return blobs, paths


def _moved(change: FilePatch, rule: _Rule) -> FilePatch:
    return replace(change, old_path=rule.place(change.old_path), new_path=rule.place(change.new_path))


def _lay(patch: PatchFile, base: int, rule: _Rule, files: Mapping[str, str], options: PathOptions) -> Layout:
    release = _Release(files)
    kept: list[FilePatch] = []
    left_out: list[str] = []
    for change in patch.files:
        moved = _moved(change, rule)
        if _unwanted(change, options) or _not_shipped(change, moved, release, patch.source):
            left_out.append(show_path(stripped(sides_of(change)[-1], base) or sides_of(change)[-1]))
        else:
            kept.append(moved)
            release.made |= {moved.new_path} if moved.new_path else set()
    names = list(dict.fromkeys(left_out))
    if not kept:
        raise NothingShippedError(
            f"the release has nothing of what this patch changes ({_listed(names)})", source=patch.source
        )
    if names and all(c.kind == "add" and _top(c.new_path) not in release.folders for c in kept):
        raise InputError(
            f"it cannot be told where '{show_path(kept[0].new_path or '')}' belongs in the release; "
            "name the component's folder in the repository with --prefix",
            source=patch.source,
        )
    return Layout(replace(patch, files=tuple(kept)), tuple(names), tuple(_notes(patch, base, rule, names)))


def _unwanted(change: FilePatch, options: PathOptions) -> bool:
    """Whether a person said to leave this file out, by its path, the end of it, or a folder in it."""
    paths = [f"/{path}/" for path in sides_of(change)]
    return any(f"/{item.strip('/')}/" in path for item in options.leave_out if item.strip("/") for path in paths)


def _not_shipped(change: FilePatch, moved: FilePatch, release: _Release, source: str) -> bool:
    """Whether a change is of a file that releases do not have. Raises InputError where that would lose a part of it."""
    if not sides_of(moved):
        return True
    if change.kind == "add":
        return _is_for_developers(moved.new_path or "", release)
    if change.kind == "copy" and moved.new_path is None:
        return True
    if change.kind in ("rename", "copy") and len(sides_of(moved)) == 1:
        raise _missing(sides_of(change)[0], "is moved over the edge of what the release ships", source)
    if target_of(moved, 0, release.has) is not None:
        return False
    path = moved.old_path or moved.new_path or ""
    folder, _slash, name = path.rpartition("/")
    if _is_for_developers(path, release):
        return True
    if _CODE.fullmatch(name) or (folder in release.folders if folder else not _TEXTS.fullmatch(name)):
        raise _missing(path, "is not in the release", source)
    return True


def _missing(path: str, problem: str, source: str) -> InputError:
    return InputError(
        f"the patch changes '{show_path(path)}', which {problem}; check that it is made for this component "
        f"and version, or do without that file by --leave-out",
        source=source,
    )


def _is_for_developers(path: str, release: _Release) -> bool:
    *folders, name = path.split("/")
    if release.has(path) or name in _DOT_FILES_OF_SITES:
        return False
    for depth, folder in enumerate(folders, start=1):
        hidden = folder.startswith(".") or folder.lower() in _FOLDERS_OF_DEVELOPERS
        if hidden and "/".join(folders[:depth]) not in release.folders:
            return True
    return name.startswith(".") or (not folders and bool(_FILES_OF_DEVELOPERS.fullmatch(name)))


def _notes(patch: PatchFile, base: int, rule: _Rule, left_out: list[str]) -> Iterator[str]:
    dropped = {"/".join(path.split("/")[base : rule.skip]) for change in patch.files for path in sides_of(change)}
    top = rule.top or (f"{dropped.pop()}/" if rule.skip > base and len(dropped) == 1 else "")
    if rule.onto:
        yield f"'{show_path(top)}' in the patch was read as '{show_path(rule.onto)}'"
    elif top:
        yield f"'{show_path(top)}' was taken off the patch's paths"
    if left_out:
        yield f"left out, for the release does not have them: {_listed(left_out)}"
    if any(_SOURCES.fullmatch(path) and not _FOLDERS_OF_DEVELOPERS & set(path.split("/")) for path in left_out):
        yield "what the release has built from sources that were left out is as it was"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
    return ", ".join(names[:_MOST_SHOWN]) + more


def _top(path: str | None) -> str:
    return (path or "").split("/", 1)[0]


def _folders_above(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
