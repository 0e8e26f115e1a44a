"""The folder in which a person merges: the component laid out, what tells why beside it, and reading it back.

A folder is complete under its name or not there. It says which merge it belongs to, so that one which a kill left
behind is never taken for another.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from plugwatch.errors import ForkError, InputError
from plugwatch.forks.archive import open_source, refuse_bad_paths
from plugwatch.forks.git import Git, object_id
from plugwatch.model.adoption import junk_reason, line_endings_like
from plugwatch.model.component import Component

FOLDER = "resolve"
INSIDE = "component"
_MARK = ".merge"
_WORKING_COPY = (".git", ".svn")
_COMMIT = re.compile("[0-9a-f]{40}")


@dataclass(frozen=True)
class Owner:
    """Which merge a folder belongs to: the component, the release it is for, and the commit that keeps its state."""

    component: str
    version: str
    commit: str


@dataclass(frozen=True)
class Edited:
    """The files that a person changed (None: took away), and sentences on what was not taken as it is."""

    files: Mapping[str, bytes | None]
    notes: tuple[str, ...]


def place(workspace: Path, component: Component, version: str) -> Path:
    """Where a merge is laid out: ``resolve/KIND-SLUG-V``."""
    return workspace / FOLDER / f"{component.kind}-{component.slug.replace('/', '--')}-{version}"


def owner_of(folder: Path) -> Owner | None:
    """Which merge a folder belongs to; None where it is none of ours."""
    try:
        document = json.loads((folder / _MARK).read_text(encoding="utf-8"))
        owner = Owner(str(document["component"]), str(document["version"]), str(document["commit"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return owner if _COMMIT.fullmatch(owner.commit) else None


def folders_of(workspace: Path, component: Component) -> Iterator[tuple[Path, Owner]]:
    """The folders that belong to merges of a component; what a kill left of others goes."""
    for folder in sorted((workspace / FOLDER).glob("[!.]*")):
        owner = owner_of(folder)
        if owner and owner.component == str(component):
            yield folder, owner


def lay_out(git: Git, folder: Path, owner: Owner, tree: str, beside: Mapping[str, bytes]) -> None:
    """Make the folder, in place of one that is there: ``component/`` from a tree, and files beside it.

    Raises ForkError where something that is no merge of this component lies there, InputError for a tree whose paths
    would lead out.
    """
    check_free(folder, owner.component)
    building = folder.with_name(f".{folder.name}.new")
    if building.exists():
        shutil.rmtree(building)
    files = git.tree(tree)
    refuse_bad_paths(list(files), [], str(folder))
    (building / INSIDE).mkdir(parents=True)
    with git.reader() as read:
        for path, entry in files.items():
            if not entry.mode.startswith("100"):
                raise ForkError(f"{path} is no plain file, so {owner.component} cannot be laid out")
            target = building / INSIDE / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(read(entry.blob))
            if entry.mode == "100755":
                target.chmod(0o755)
    for name, content in beside.items():
        (building / name).parent.mkdir(parents=True, exist_ok=True)
        (building / name).write_bytes(content)
    (building / _MARK).write_text(json.dumps(vars(owner)) + "\n", encoding="utf-8")
    remove(folder)
    building.rename(folder)


def check_free(folder: Path, component: str) -> None:
    """Raise ForkError where something lies at a place that is no merge of this component."""
    owner = owner_of(folder)
    if folder.exists() and (owner is None or owner.component != component):
        raise ForkError(f"{folder} is no merge of {component}; move it away, then run the command again")


def remove(folder: Path) -> None:
    """Take a folder away, at once under its name."""
    going = folder.with_name(f".{folder.name}.gone")
    if going.exists():
        shutil.rmtree(going)
    if folder.exists():
        folder.rename(going)
        shutil.rmtree(going)


def clear(folder: Path) -> None:
    """Take away what a kill has left of making or removing a folder, and the folder of them all where it is empty."""
    for name in (f".{folder.name}.new", f".{folder.name}.gone"):
        if folder.with_name(name).exists():
            shutil.rmtree(folder.with_name(name))
    with suppress(OSError):  # it holds other folders, or is not there
        folder.parent.rmdir()


def read_back(git: Git, folder: Path, laid: str) -> Edited:
    """What a person did in ``component/``, against the tree that was laid out.

    Droppings of editors and systems are left out; a file that has other line ends throughout gets its own again. Raises
    InputError for links, git's own folder, names that lead out and whatever else no release may hold; ForkError where
    the folder is gone.
    """
    inside = folder / INSIDE
    _check_inside(inside)
    known = git.tree(laid)
    found: dict[str, bytes | None] = dict.fromkeys(known)
    notes = []
    with open_source(inside) as source:
        for file in source.files():
            after, entry = file.read(), known.get(file.path)
            before = None
            if entry:
                before = after if object_id("blob", after) == entry.blob else git.blob(entry.blob)
            kept = after if before is None else line_endings_like(before, after) or after
            if kept != after:
                notes.append(f"{file.path} had other line ends throughout; it keeps those of the release")
            if before is None and (reason := junk_reason(file.path)):
                notes.append(f"{file.path} was left out: {reason}")
            elif kept != before:
                found[file.path] = kept
            else:
                del found[file.path]
    return Edited(found, tuple(notes))


def _check_inside(inside: Path) -> None:
    if not inside.is_dir():
        raise ForkError(
            f"{inside} is gone; remove {inside.parent} as well, and 'plugwatch fork resolve' lays it out again"
        )
    if inside.is_symlink():
        raise InputError("it is a symbolic link; links are not taken", source=str(inside))
    for name in _WORKING_COPY:
        if (inside / name).exists() or (inside / name).is_symlink():
            raise InputError(f"{name} lies in it; take it out, for no release has one", source=str(inside))
