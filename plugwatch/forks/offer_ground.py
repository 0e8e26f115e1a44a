"""A state of the vendor's repository as a release would have it, so that a patch can be judged and put on it.

The files of the repository are laid out at the paths at which they ship. Those that the patch changes are compared in
one form where the release ships them with other line ends, or a byte order mark, than the repository has; modes are the
repository's own and no patch's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from plugwatch.errors import EXIT_PERSON, ForkError
from plugwatch.forks.changes import GENERATED
from plugwatch.forks.export import standalone
from plugwatch.forks.fork import Fork
from plugwatch.forks.git import EMPTY_TREE, Git, TreeEntry
from plugwatch.forks.objects import Changes, Objects
from plugwatch.forks.overview import Overview
from plugwatch.forks.php import Parser
from plugwatch.forks.upgrade import Request, plan_upgrade
from plugwatch.forks.vendor_repository import VendorRepository
from plugwatch.model.fork import Outcome, Person, Release, StackEntry
from plugwatch.model.vendors.layout import Layout, choose_namesake, find_layout, say_absent
from plugwatch.model.vendors.text_form import form_of, is_text, plain

_PLAIN = "100644"
_CODE = (".php", ".inc")
_LFS = b"version https://git-lfs.github.com/spec/v1\n"
# Of files that are in the repository only: dot folders and dot files are nobody's release.
_HIDDEN = re.compile(r"(^|/)\.")


class NoPlaceError(ForkError):
    """A patch that has no place in the vendor's repository; a person must look for one."""

    exit_code = EXIT_PERSON


@dataclass(frozen=True)
class Proposal:
    """What is to be offered: one patch of a stack on a release, who signs it, and what its commit says."""

    fork: Fork
    release: Release
    entry: StackEntry
    author: Person
    message: str


@dataclass(frozen=True)
class Ground:
    """One state of the repository. ``places`` says where in it each file of the release is or would be.

    ``raw`` are the contents there, as they are kept, of the files that the patch changes, by their paths in the
    release; ``plainly`` those of them that are judged in their plain form. ``source`` and ``entry`` are the release and
    the patch as they are judged, ``target`` is the state.
    """

    layout: Layout
    files: Mapping[str, TreeEntry]
    places: Mapping[str, str]
    raw: Mapping[str, bytes]
    plainly: frozenset[str]
    source: Release
    entry: StackEntry
    target: Release

    def place(self, path: str) -> str | None:
        """Where a file of the release is, or a new one would be."""
        return self.places.get(path) or self.layout.place(path)


class Workshop(Git):
    """git that reads the vendor's repository and the fork at once; what it writes vanishes with its folder."""

    def __init__(self, vendor: VendorRepository, fork: Fork, scratch: Path) -> None:
        super().__init__(vendor.directory)
        self._scratch = scratch
        self._read_from = (vendor.git.objects_directory, fork.git.objects_directory)

    @property
    def objects_directory(self) -> Path:
        """Where new objects go."""
        return self._scratch

    def environment(self) -> dict[str, str]:
        """As ever, with two places to read from."""
        quoted = ('"' + str(p).replace("\\", "\\\\").replace('"', '\\"') + '"' for p in self._read_from)
        return super().environment() | {
            "GIT_OBJECT_DIRECTORY": str(self._scratch),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": ":".join(quoted),
        }


@contextmanager
def open_workshop(proposal: Proposal, vendor: VendorRepository) -> Iterator[Workshop]:
    """A place to try a patch on states of the vendor's repository, for the block."""
    with TemporaryDirectory(prefix="plugwatch-") as folder:
        yield Workshop(vendor, proposal.fork, Path(folder))


class Grounds:
    """Makes grounds for one patch. Raises ForkError when it builds on a patch below it, or has our own files in it."""

    def __init__(self, proposal: Proposal, vendor: VendorRepository, git: Workshop, tag: str | None) -> None:
        self.proposal, self.vendor, self.git = proposal, vendor, git
        alone = standalone(proposal.fork.git, proposal.release, proposal.entry)
        self.entry = replace(proposal.entry, base_tree=proposal.release.tree, tree=alone.tree)
        with Objects(git) as objects:
            self.changes: Changes = objects.diff(self.entry.base_tree, self.entry.tree)
        if ours := sorted(GENERATED & self.changes.keys()):
            raise ForkError(f"{self.entry.patch.id} changes {ours[0]}, which plugwatch makes; no vendor wants that")
        self._shipped = git.tree(proposal.release.tree)
        self._ids = {path: entry.blob for path, entry in self._shipped.items()}
        self._at_tag = self._layout(vendor.files(tag), None) if tag else None

    def lay_out(self, commit: str, *, only_patched: bool = False) -> Ground:
        """The ground at a commit. ``only_patched`` looks at the files of the patch alone.

        Raises NoPlaceError where the release is not from this repository, or the patch changes what is built.
        """
        files = self.vendor.files(commit)
        layout = self._layout(files, self._at_tag)
        if layout is None:
            component = self.proposal.fork.component
            raise NoPlaceError(
                f"{self.vendor.name} does not hold the files of {component} {self.proposal.release.version}; name the "
                f"repository that it is made from with 'plugwatch vendor set {component} --repository OWNER/NAME'"
            )
        places = dict(layout.found) | self._patched_places(layout, files)
        gone = {p for p, (before, _after) in self.changes.items() if before and p not in places}
        wanted = {p: r for p, r in places.items() if p in self.changes} if only_patched else places
        if not only_patched:
            folders = {path.partition("/")[0] for path in self._shipped if "/" in path}
            wanted |= _others(layout, files, places, _Wanted(folders, {_suffix(path) for path in gone}))
        self._bring(files, wanted, gone)
        whole = {} if only_patched else {p: e for p, e in self._shipped.items() if not self._is_built(p)}
        kept = {p: e for p, e in self._shipped.items() if p not in whole and p not in gone}
        return self._compose(layout, files, wanted, kept, commit)

    def judge(self, ground: Ground, parser: Parser) -> tuple[Outcome, str]:
        """What a state of the repository means for the patch, and the tree that results."""
        version, target = ground.source.version, ground.target.version
        view = Overview(
            component=self.proposal.fork.component,
            directory=self.git.directory,
            releases=(ground.source, ground.target),
            stacks={version: (ground.entry,)},
            builds=(),
            operation=None,
            at_rest=True,
        )
        plan = plan_upgrade(view, self.git, Request(version, target), parser)
        return plan.outcomes[0], plan.tree

    def _layout(self, files: Mapping[str, TreeEntry], earlier: Layout | None) -> Layout | None:
        return find_layout(self._ids, {path: entry.blob for path, entry in files.items()}, earlier)

    def _patched_places(self, layout: Layout, files: Mapping[str, TreeEntry]) -> dict[str, str]:
        """Where the files of the patch are that the rules do not find, and where its new ones go."""
        found = {}
        for path, (before, _after) in sorted(self.changes.items()):
            if before is None:
                place = layout.place(path)
            elif path in layout.found:
                continue
            else:
                place = self._namesake(path, layout, files)
                if place is None and self._at_tag and path in self._at_tag.found:
                    continue  # it was there, and has gone since: that is for the rules of verdicts to say
            if place is None:
                raise NoPlaceError(say_absent(path, self.vendor.name))
            found[path] = place
        return found

    def _namesake(self, path: str, layout: Layout, files: Mapping[str, TreeEntry]) -> str | None:
        named = layout.namesakes.get(path, ())
        self.vendor.bring((files[place].blob for place in named), self.git)
        contents = self.git.objects(files[place].blob for place in named)
        return choose_namesake(self.git.blob(self._ids[path]), dict(zip(named, contents, strict=True)))

    def _bring(self, files: Mapping[str, TreeEntry], wanted: Mapping[str, str], gone: set[str]) -> None:
        """Fetch what will be read: the files of the patch, code in which a name may stand, and what a file became."""
        suffixes = {*_CODE, *(_suffix(path) for path in gone)}
        read = (place for p, place in wanted.items() if p in self.changes or _suffix(p) in suffixes)
        self.vendor.bring((files[place].blob for place in read if place in files), self.git)

    def _compose(
        self,
        layout: Layout,
        files: Mapping[str, TreeEntry],
        wanted: Mapping[str, str],
        kept: Mapping[str, TreeEntry],
        commit: str,
    ) -> Ground:
        """``kept`` are the files that are taken to be there as they ship, since the repository does not tell."""
        target = {path: files[place] for path, place in wanted.items() if place in files}
        raw = {path: self.git.blob(target[path].blob) for path in self.changes if path in target}
        for path, content in raw.items():
            if content.startswith(_LFS):
                raise NoPlaceError(f"{path} is kept in Git LFS in {self.vendor.name}; offer its change by hand")
        with Objects(self.git) as objects:
            plainly = frozenset(path for path in raw if self._differs(objects, path, raw[path]))
            sides = _Sides(objects, self.changes, plainly)
            release = Release(
                self.proposal.release.version, commit, objects.with_changes(self.entry.base_tree, sides.before())
            )
            patched = objects.with_changes(release.tree, sides.after())
            tree = objects.with_changes(EMPTY_TREE, {**kept, **target, **sides.there(raw, target)})
        if patched == release.tree:
            raise NoPlaceError(
                f"{self.entry.patch.id} changes line ends or modes only, and {self.vendor.name} has its own"
            )
        entry = replace(self.entry, base_tree=release.tree, tree=patched)
        return Ground(layout, files, wanted, raw, plainly, release, entry, Release(f"at {commit}", commit, tree))

    def _is_built(self, path: str) -> bool:
        """Whether a shipped file that is not in a state of the repository is none that the vendor has taken out."""
        return self._at_tag is None or path not in self._at_tag.found

    def _differs(self, objects: Objects, path: str, content: bytes) -> bool:
        """Whether a file ships in another form than the repository keeps it in, or the patch has made a mix of it."""
        before, after = (objects.read(entry.blob) if entry else None for entry in self.changes[path])
        shipped = before if before is not None else after
        if shipped is None or not all(is_text(side) for side in (content, shipped, after or b"")):
            return False
        there, here, ours = form_of(content), form_of(shipped), form_of(after or b"")
        ends = {there.ends, here.ends, "mixed" if ours.ends == "mixed" else ""} - {""}
        return there.bom != here.bom or len(ends) > 1


class _Sides:
    """The files of a patch as they are judged: in their plain form where need be, and all with one mode."""

    def __init__(self, objects: Objects, changes: Changes, plainly: frozenset[str]) -> None:
        self._objects, self._changes, self._plainly = objects, changes, plainly

    def before(self) -> dict[str, TreeEntry | None]:
        """Those of the release."""
        return {path: self._like(path, before) for path, (before, _after) in self._changes.items() if before}

    def after(self) -> dict[str, TreeEntry | None]:
        """Those of the patch."""
        return {path: self._like(path, after) for path, (_before, after) in self._changes.items()}

    def there(self, raw: Mapping[str, bytes], target: Mapping[str, TreeEntry]) -> dict[str, TreeEntry | None]:
        """Those of the repository."""
        return {path: self._like(path, target[path]) for path in raw}

    def _like(self, path: str, entry: TreeEntry | None) -> TreeEntry | None:
        if entry is None:
            return None
        blob = entry.blob
        if path in self._plainly:
            blob = self._objects.write("blob", plain(self._objects.read(blob)))
        return TreeEntry(_PLAIN, blob)


@dataclass(frozen=True)
class _Wanted:
    """Which files may matter: those of the folders of the release at its top, and suffixes beside those of code."""

    folders: Collection[str]
    suffixes: Collection[str]


def _others(
    layout: Layout, files: Mapping[str, TreeEntry], places: Mapping[str, str], wanted: _Wanted
) -> dict[str, str]:
    """Files of the repository that the release did not ship, and that may have come since.

    Folders beside the release's own (``tests/``) are no part of it.
    """
    taken = set(places.values())
    found = {}
    for place in files:
        path = place.removeprefix(layout.main)
        if place in taken or path in places or not place.startswith(layout.main) or _HIDDEN.search(path):
            continue
        top, slash, _rest = path.partition("/")
        if _suffix(path) in {*_CODE, *wanted.suffixes} and (not slash or top in wanted.folders):
            found[path] = place
    return found


def _suffix(path: str) -> str:
    name = path.rpartition("/")[2]
    return f".{name.rpartition('.')[2]}" if "." in name else ""
