"""Where the files of a patch are in a release: a repository's layout is often not that of the ZIP that is shipped.

WooCommerce's repository, for one, has the plugin in ``plugins/woocommerce/`` and beside it much that is never shipped.
:mod:`plugwatch.model.patches.rules` finds the folder; whether the lines fit is for the caller to see. Files that no
release ships are left out and named; where code that should be there is not, or where the folder is that of another
component, everything stops, for half a patch is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from plugwatch.errors import InputError
from plugwatch.model.patches.developers import CODE, FOLDERS_OF_DEVELOPERS, SOURCES, files_in_use, is_for_developers
from plugwatch.model.patches.names import show_path
from plugwatch.model.patches.patch import FilePatch, PatchFile, prefix_length, sides_of, strip_for, stripped, target_of
from plugwatch.model.patches.rules import Rule, is_of, is_of_other, likely_rules, rule_of_slug

_MOST_SHOWN = 8
_TEXTS = re.compile(r".*\.(md|rst|txt|ya?ml|xml|dist|neon|lock)", re.I)


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
    """A patch with its paths as they are in the release, what was left out of it, and what the reader should know.

    ``top`` is the folder of the patch that was taken for the component's, with ``/``, or empty.
    """

    patch: PatchFile
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    top: str = ""


@dataclass
class _Release:
    """The paths of a release and their folders, those that the patch has made so far, and new ones that it needs."""

    files: Mapping[str, str]
    folders: set[str]
    used: frozenset[str] = frozenset()
    made: set[str] = field(default_factory=set)

    def has(self, path: str) -> bool:
        return path in self.files or path in self.made

    def may_lack(self, path: str, *, new: bool) -> bool:
        """Whether the file is one for developers, which nothing that is shipped needs."""
        known = path in self.used or self.has(path)
        return not known and is_for_developers(path, self.folders, new=new)


def find_layouts(patch: PatchFile, files: Mapping[str, str], options: PathOptions) -> list[Layout]:
    """The ways to lay a patch onto a release, one at least; whose lines fit is for the caller to see.

    ``files`` are the release's paths with the ids of their blobs. Raises InputError where the patch has nothing for
    this release, needs code that is not in it, or is for a folder that is named like another component.
    """
    base = prefix_length(patch)
    release = _Release(files, {folder for path in files for folder in _folders_above(path)})
    given = _given_rule(patch, base, options)
    if given:
        return [_lay(patch, base, given, release, options)]
    layouts: list[Layout] = []
    refusals: list[InputError] = []
    for rule in _rules(patch, base, files, options):
        try:
            _refuse_other_component(patch, base, rule, options)
            layout = _lay(patch, base, rule, release, options)
            _refuse_uncertain(layout, release, options)
        except InputError as refusal:
            refusals.append(refusal)
        else:
            layouts.append(layout)
    if not layouts:
        raise refusals[0]
    return layouts


def _rules(patch: PatchFile, base: int, files: Mapping[str, str], options: PathOptions) -> list[Rule]:
    rest = replace(patch, files=tuple(c for c in patch.files if not _unwanted(c, options)))
    by_name = [rule_of_slug(rest, base, files, options.slug) or Rule(base)]
    if all(change.kind == "add" for change in rest.files):
        return by_name
    try:
        return [Rule(strip_for(rest, files))]
    except InputError:
        rules = likely_rules(rest, base, files, options.slug)
    ours = any(_fits_name(rule.top, rule, options) for rule in rules)
    return rules if ours or (rules and not by_name[0].top) else by_name


def _given_rule(patch: PatchFile, base: int, options: PathOptions) -> Rule | None:
    if options.strip is not None:
        return Rule(options.strip)
    if options.prefix is None:
        return None
    top = "/".join(part for part in options.prefix.split("/") if part not in ("", "."))
    rule = Rule(base, f"{top}/" if top else "")
    if not any(rule.place(path) for change in patch.files for path in sides_of(change)):
        raise InputError(f"the patch has no file below '{show_path(top)}'", source=patch.source)
    return rule


def _fits_name(top: str, rule: Rule, options: PathOptions) -> bool:
    return not is_of_other(top, options.slug) if rule.onto else is_of(top, options.slug)


def _refuse_other_component(patch: PatchFile, base: int, rule: Rule, options: PathOptions) -> None:
    """Components of one house hold files alike to the byte; only the folder's name tells them apart."""
    tops = rule.taken_off(patch, base)
    if tops:
        fits = any(_fits_name(top, rule, options) for top in tops)
    else:
        tops = Rule(base).taken_off(patch, 0)
        fits = not all(is_of_other(top, options.slug) for top in tops)
    if tops and not fits:
        option = f"--prefix {show_path(tops[0])}" if rule.top else f"--strip {rule.skip}"
        raise InputError(
            f"the patch is for '{show_path(tops[0])}', which is not named like {options.slug}; if it is that "
            f"component's folder all the same, say {option}",
            source=patch.source,
        )


def _refuse_uncertain(layout: Layout, release: _Release, options: PathOptions) -> None:
    """New files alone are beside nothing that would tell whether their folders are those of the release."""
    kept = layout.patch.files
    if any(change.kind != "add" for change in kept):
        return
    for path in (change.new_path or "" for change in kept):
        top, *inner = path.split("/")[:-1] or [""]
        known = not top or top in release.folders
        if not known and (
            layout.left_out or release.folders & set(inner) or is_of_other("/".join([top, *inner]), options.slug)
        ):
            raise InputError(
                f"it cannot be told where '{show_path(path)}' belongs in the release; name the component's folder in "
                "the repository with --prefix, or say with --strip how many leading parts of the paths to drop",
                source=layout.patch.source,
            )


def _lay(patch: PatchFile, base: int, rule: Rule, release: _Release, options: PathOptions) -> Layout:
    laid = [(change, rule.move(change)) for change in patch.files]
    release = _Release(release.files, release.folders, _in_use([to for _change, to in laid], release))
    kept: list[FilePatch] = []
    left_out: list[str] = []
    for change, to in laid:
        if _unwanted(change, options) or _not_shipped(change, to, release, patch.source):
            left_out.append(show_path(stripped(sides_of(change)[-1], base) or sides_of(change)[-1]))
        else:
            kept.append(to)
            release.made |= {to.new_path} if to.new_path else set()
    names = list(dict.fromkeys(left_out))
    if not kept:
        raise NothingShippedError(
            f"the release has nothing of what this patch changes ({_listed(names)})", source=patch.source
        )
    tops = rule.taken_off(patch, base)
    top = tops[0] if len(tops) == 1 else ""
    return Layout(replace(patch, files=tuple(kept)), tuple(names), tuple(_notes(rule, top, names)), top)


def _in_use(changes: list[FilePatch], release: _Release) -> frozenset[str]:
    """The new files that code which goes into the release names, whatever their folders are called."""

    def left_out(change: FilePatch) -> bool:
        return release.may_lack(change.new_path or "", new=True)

    added = {change.new_path for change in changes if change.kind == "add" and not left_out(change)}
    there = [c for c in changes if c.kind == "add" or target_of(c, 0, lambda path: release.has(path) or path in added)]
    return files_in_use(there, left_out)


def _unwanted(change: FilePatch, options: PathOptions) -> bool:
    """Whether a person said to leave this file out, by its path, the end of it, or a folder in it."""
    paths = [f"/{path}/" for path in sides_of(change)]
    return any(f"/{item.strip('/')}/" in path for item in options.leave_out if item.strip("/") for path in paths)


def _not_shipped(change: FilePatch, moved: FilePatch, release: _Release, source: str) -> bool:
    """Whether a change is of a file that releases do not have. Raises InputError where that would lose a part of it."""
    if not sides_of(moved):
        return True
    if change.kind == "add":
        return release.may_lack(moved.new_path or "", new=True)
    if change.kind == "copy" and moved.new_path is None:
        return True
    if change.kind in ("rename", "copy") and len(sides_of(moved)) == 1:
        raise _missing(sides_of(change)[0], "is moved over the edge of what the release ships", source)
    if target_of(moved, 0, release.has) is not None:
        return False
    path = moved.old_path or moved.new_path or ""
    folder, _slash, name = path.rpartition("/")
    if release.may_lack(path, new=False):
        return True
    if CODE.fullmatch(name) or (folder in release.folders if folder else not _TEXTS.fullmatch(name)):
        _refuse_inner(path, release, source)
        raise _missing(path, "is not in the release", source)
    return True


def _missing(path: str, problem: str, source: str) -> InputError:
    return InputError(
        f"the patch changes '{show_path(path)}', which {problem}; check that it is made for this component "
        f"and version, or do without that file by --leave-out",
        source=source,
    )


def _refuse_inner(path: str, release: _Release, source: str) -> None:
    """A diff made in a folder of the component lacks that folder in its paths; which one it is nobody can tell."""
    there = sorted(one for one in release.files if one.endswith(f"/{path}"))
    if there:
        raise InputError(
            f"the patch changes '{show_path(path)}', which is not in the release, but {_listed(there)} is; make the "
            "patch in the component's own folder (git diff without --relative), so that its paths begin there",
            source=source,
        )


def _notes(rule: Rule, top: str, left_out: list[str]) -> Iterator[str]:
    if rule.onto:
        yield f"'{show_path(top)}' in the patch was read as '{show_path(rule.onto)}'"
    elif top:
        yield f"'{show_path(top)}' was taken off the patch's paths"
    if left_out:
        yield f"left out, for the release does not have them: {_listed(left_out)}"
    if any(SOURCES.fullmatch(path) and not FOLDERS_OF_DEVELOPERS & set(path.split("/")) for path in left_out):
        yield "what the release has built from sources that were left out is as it was"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
    return ", ".join(names[:_MOST_SHOWN]) + more


def _folders_above(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
