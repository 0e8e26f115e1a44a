"""Refuse what is no edited copy of the component, and what would take a carried patch back without a word of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from plugwatch.errors import ForkError
from plugwatch.forks.git import Git, TreeEntry
from plugwatch.forks.picks import REGULAR
from plugwatch.forks.upgrade import diff_files
from plugwatch.model.component import Component
from plugwatch.model.fork import StackEntry
from plugwatch.model.headers import HEADER_BYTES, THEME_FILE, Main, NoHeaderError, main_file
from plugwatch.model.patches.names import show_path
from plugwatch.model.take_back import takes_back

Files = Mapping[str, TreeEntry]
_Pair = tuple[TreeEntry | None, TreeEntry | None]


def refuse_other(git: Git, component: Component, name: str, files: Files, copy: Files) -> None:
    """Refuse a copy of another component, and a folder that holds the component's own folder.

    ``files`` are those of the tree called ``name``. Raises ForkError.
    """
    main = _main(git, component, files)
    if main is None or main.path in copy:
        return
    inner = [path.removesuffix(f"/{main.path}") for path in copy if path.endswith(f"/{main.path}")]
    if inner:
        folder = min(inner, key=lambda path: (path.rpartition("/")[2] != component.slug, path.count("/"), path))
        raise ForkError(f"the copy has {component} in its folder {show_path(folder)}; give that folder alone")
    other = _main(git, component, copy)
    if other and other.name != main.name:
        raise ForkError(
            f"the copy is one of another component: {show_path(other.path)} says {_title(other)}, "
            f"but {name} is {main.name!r}; give a copy of that"
        )
    if other:
        raise ForkError(
            f"the main file of the copy is {show_path(other.path)}, but that of {name} is {show_path(main.path)}; "
            "give it that name"
        )


def refuse_loss(
    git: Git, component: Component, name: str, files: Files, changes: Mapping[str, _Pair], meant: Collection[str]
) -> None:
    """Refuse changes that would delete the main file or most of the others, or give the component another name.

    ``meant`` are paths that a person has named. Raises ForkError.
    """
    gone = [path for path, (old, new) in changes.items() if old and not new and path not in meant]
    whole = f"give a whole copy of the folder of {component}, or name with --only each file that was changed in it"
    main = _main(git, component, files)
    if main and main.path in gone:
        raise ForkError(f"the copy lacks {show_path(main.path)}, the main file; {whole}")
    if 2 * len(gone) > len(files):
        raise ForkError(f"the copy lacks {len(gone)} of the {len(files)} files of {name}; {whole}")
    edited = changes[main.path][1] if main and main.path in changes else None
    other = _main(git, component, {main.path: edited}) if main and edited else None
    if main and other and other.name != main.name:
        raise ForkError(
            f"{show_path(main.path)} of the copy says {_title(other)}, that of {name} {main.name!r}; give a copy of "
            "that or, where the name was edited by hand, put it back or name with --only what else was edited"
        )


def refuse_take_back(git: Git, stack: Sequence[StackEntry], onto: str, tree: str) -> None:
    """Refuse a tree, made from ``onto`` at the top of a stack, that undoes what a patch in it did. Raises ForkError."""
    edits = diff_files(git, onto, tree)
    with git.reader() as read:
        for entry in stack:
            did = diff_files(git, entry.base_tree, entry.tree)
            places = [path for path in sorted(did.keys() & edits.keys()) if _is_undone(read, did[path], edits[path])]
            if places:
                patch = entry.patch
                raise ForkError(
                    f"this would take back what {patch.id} ('{patch.title}') did in "
                    f"{', '.join(map(show_path, places))}; capture it in a copy that has that patch or, where nobody "
                    f"wants it any more, say 'plugwatch patch drop {patch.id} --why REASON' first"
                )


def _is_undone(read: Callable[[str], bytes], did: _Pair, edit: _Pair) -> bool:
    (before, patched), (now, new) = did, edit
    if new == before or (patched is None and now is None):
        return True
    if not (before and patched and now and new):
        return False
    if before.mode == new.mode != patched.mode == now.mode:
        return True
    if any(entry.mode not in REGULAR for entry in (before, patched, now, new)):
        return False
    contents = [read(entry.blob) for entry in (before, patched, now, new)]
    return not any(b"\0" in content for content in contents) and takes_back(*contents)


def _main(git: Git, component: Component, files: Files) -> Main | None:
    places = [path for path in files if "/" not in path and path.endswith((".php", THEME_FILE))]
    heads = (content[:HEADER_BYTES] for content in git.stream(files[path].blob for path in places))
    try:
        return main_file(zip(places, heads, strict=True), component.slug, component.kind)
    except NoHeaderError:
        return None


def _title(main: Main) -> str:
    return f"'{main.kind.title()} Name: {main.name}'"
