"""One patch on one state of a release: find its files there, merge them, have the rules judge, and put it on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from plugwatch.errors import ForkError
from plugwatch.forks.elsewhere import look_elsewhere
from plugwatch.forks.git import TreeEntry
from plugwatch.forks.objects import Changes, Objects
from plugwatch.forks.renames import Renames
from plugwatch.model.fork import Release, StackEntry
from plugwatch.model.verdicts.verdict import FileTriple, Judgement, judge

REGULAR = ("100644", "100755")


@dataclass(frozen=True)
class Place:
    """One file of a patch, and where it goes: ``path`` in the patch, ``source`` in the release, ``target`` after it.

    ``source`` is None where the release has no such file; ``target`` differs from it where the patch moves the file.
    """

    path: str
    source: str | None
    target: str
    base: TreeEntry | None
    ours: TreeEntry | None
    theirs: TreeEntry | None


@dataclass(frozen=True)
class Pick:
    """What became of a patch: the rules' judgement, the tree with the patch (None where it stops), its files.

    ``written`` are the paths of the release that the patch changes.
    """

    judgement: Judgement
    files: tuple[FileTriple, ...]
    tree: str | None = None
    written: tuple[str, ...] = ()


class Picker:
    """The state that one patch hands on to the next: the release and what is kept on it so far, as ``tree``."""

    def __init__(self, objects: Objects, source: Release, target: Release) -> None:
        self.objects = objects
        self.source = source
        self.target = target
        self.tree = target.tree

    def prepare(self, entries: Sequence[StackEntry]) -> None:
        """Merge the files of many patches in one go, as if each were the only one; what is not so is merged again."""
        triples = []
        for entry in entries:
            places = self._places(self.objects.diff(entry.base_tree, entry.tree))
            triples += [(p.base.blob, p.ours.blob, p.theirs.blob) for p in places if p.base and p.ours and p.theirs]
        self.objects.merge_blobs(triples)

    def pick(self, entry: StackEntry, *, by_hand: Mapping[str, bytes | None] | None = None) -> Pick:
        """Judge a patch on what is kept so far; the caller decides whether :attr:`tree` becomes the one with it.

        ``by_hand`` are the files as a person has merged them, by path in the release, None for one that goes.
        """
        changes = self.objects.diff(entry.base_tree, entry.tree)
        if not changes:
            raise ForkError(f"{entry.patch.id} on {self.source.version} changes no file; it is no patch any more")
        places = self._places(changes)
        if by_hand is not None:
            return self._pick_by_hand(entry, places, by_hand)
        merged = self._merge(places)
        files = self._files(places, merged)
        own = {path for place in places for path in (place.path, place.target)}
        judgement = look_elsewhere(self.objects.git, self.source.tree, self.target.tree, judge(files), own)
        if judgement.verdict == "carried":
            return self._put_on_top(places, merged, files, judgement)
        if judgement.drop and (doubts := self._mode_doubts(places)):
            judgement = Judgement("conflict", doubts, "low")
        return Pick(judgement, files)

    # Where files are

    @cached_property
    def _renames(self) -> Renames:
        old, new = (dict(self.objects.files(release.tree)) for release in (self.source, self.target))
        return Renames(self.objects.git, old, new)

    def _places(self, changes: Changes) -> list[Place]:
        moved = self._moved_by_patch(changes)
        places = []
        for path, (base, ours) in sorted(changes.items()):
            if path in moved.values():
                continue
            source = self._source(path, base)
            theirs = self.objects.file(self.tree, source) if source else None
            target = moved.get(path)
            ours_there = changes[target][1] if target else ours
            places.append(
                Place(path, source if theirs or not base else None, target or source or path, base, ours_there, theirs)
            )
        return places

    def _source(self, path: str, base: TreeEntry | None) -> str | None:
        """Where a patched file lives in the new release; None when the vendor removed it."""
        if base is None or self.objects.file(self.tree, path):
            return path
        if self.objects.file(self.source.tree, path) is None:
            return None
        return self._renames.find(path)

    def _moved_by_patch(self, changes: Changes) -> dict[str, str]:
        """Files that the patch itself moves, with their new path."""
        gone = {path: base for path, (base, ours) in changes.items() if base and not ours}
        come = {path: ours for path, (base, ours) in changes.items() if ours and not base}
        if not gone or not come:
            return {}
        renames = Renames(self.objects.git, gone, come)
        found: dict[str, str] = {}
        for path in gone:
            target = renames.find(path)
            if target is not None and target not in found.values():
                found[path] = target
        return found

    # Merging

    def _merge(self, places: Sequence[Place]) -> dict[str, str | None]:
        """The blob of each file that git could merge, by path in the patch; None where it conflicts."""
        found: dict[str, str | None] = {}
        whole = []
        for place in places:
            base, ours, theirs = place.base, place.ours, place.theirs
            if base and ours and theirs:
                whole.append(place)
            elif ours is None:
                # The patch deletes it: nothing is left of it, unless the vendor has changed it.
                is_changed = theirs and base and theirs.blob != base.blob
                found[place.path] = None if is_changed else ""
            elif theirs is None:
                found[place.path] = ours.blob if base is None else None
            else:
                found[place.path] = theirs.blob if theirs.blob == ours.blob else None
        blobs = [(p.base.blob, p.ours.blob, p.theirs.blob) for p in whole if p.base and p.ours and p.theirs]
        for place, merged in zip(whole, self.objects.merge_blobs(blobs), strict=True):
            same_kind = len({_kind(e) for e in (place.base, place.ours, place.theirs) if e}) == 1
            found[place.path] = merged.blob if same_kind else None
        return found

    def _files(self, places: Sequence[Place], merged: Mapping[str, str | None]) -> tuple[FileTriple, ...]:
        return tuple(
            FileTriple(
                path=place.path,
                path_new=place.target if place.theirs or not place.base else None,
                base=self._content(place.base),
                ours=self._content(place.ours),
                theirs=self._content(place.theirs),
                merged=self.objects.read(blob) if blob else None,
                conflicted=blob is None,
                vendor_old=self._content(self.objects.file(self.source.tree, place.path)),
            )
            for place in places
            for blob in [merged[place.path]]
        )

    def _content(self, entry: TreeEntry | None) -> bytes | None:
        return self.objects.read(entry.blob) if entry else None

    def _put_on_top(
        self,
        places: Sequence[Place],
        merged: Mapping[str, str | None],
        files: tuple[FileTriple, ...],
        judgement: Judgement,
    ) -> Pick:
        changes: dict[str, TreeEntry | None] = {}
        doubts = []
        for place, file in zip(places, files, strict=True):
            mode, blob = _merged_mode(place), merged[place.path]
            if file.name in judgement.merged:
                blob = self.objects.write("blob", judgement.merged[file.name])
            if mode is None or blob is None:
                doubts.append(f"{place.target}: the patch and the release have both changed what kind of file it is")
            elif place.base is None and (gone := self._gone_folder(place.target)):
                doubts.append(
                    f"{place.target}: the patch adds a file in {gone}/, a folder that the release has not any more"
                )
            if place.source and place.source != place.target:
                changes[place.source] = None
            changes[place.target] = TreeEntry(mode, blob) if mode and blob else None
        if not doubts:
            return self._with(changes, files, judgement)
        return Pick(Judgement("conflict", tuple(doubts), "low"), files)

    def _with(
        self, changes: Mapping[str, TreeEntry | None], files: tuple[FileTriple, ...], judgement: Judgement
    ) -> Pick:
        try:
            tree = self.objects.with_changes(self.tree, changes)
        except ForkError as error:
            return Pick(Judgement("conflict", (f"{error} in the release",), "low"), files)
        if tree == self.tree:
            same = Judgement(
                "landed", ("the release has the same files with the same bytes and modes",), "high", drop=True
            )
            return Pick(same, files)
        return Pick(judgement, files, tree, tuple(sorted(changes)))

    def _pick_by_hand(self, entry: StackEntry, places: Sequence[Place], by_hand: Mapping[str, bytes | None]) -> Pick:
        files = self._files(places, self._merge(places))
        changes: dict[str, TreeEntry | None] = {}
        for place in places:
            if place.source and place.source != place.target:
                changes[place.source] = None
        modes = {place.target: _merged_mode(place) for place in places}
        for path, content in by_hand.items():
            there = self.objects.file(self.tree, path)
            mode = modes.get(path) or (there.mode if there else REGULAR[0])
            changes[path] = None if content is None else TreeEntry(mode, self.objects.write("blob", content))
        judgement = Judgement("carried", (f"{entry.patch.id} was merged by hand",), "high")
        return self._with(changes, files, judgement)

    def _gone_folder(self, path: str) -> str | None:
        """The folder of a new file, where the old release has it and the new one does not."""
        folder = path.rpartition("/")[0]
        if folder and self.objects.entry(self.source.tree, folder) and not self.objects.entry(self.tree, folder):
            return folder
        return None

    def _mode_doubts(self, places: Sequence[Place]) -> tuple[str, ...]:
        """Modes that a patch sets and that the release, which has its content, does not have."""
        return tuple(
            f"{place.target}: the patch sets its mode to {place.ours.mode}, in the release it is {place.theirs.mode}"
            for place in places
            if place.ours
            and place.theirs
            and place.ours.mode != place.theirs.mode
            and (place.base is None or place.base.mode != place.ours.mode)
        )


def _kind(entry: TreeEntry) -> str:
    """A file may change from one that can be run to one that cannot, but not to a link."""
    return "file" if entry.mode in REGULAR else entry.mode


def _merged_mode(place: Place) -> str | None:
    """The three-way merge of the modes; None where both sides have changed it, each in its way."""
    base, ours, theirs = (entry.mode if entry else None for entry in (place.base, place.ours, place.theirs))
    if ours is None:
        return base or "100644"
    if theirs is None or theirs in (base, ours):
        return ours
    return theirs if ours == base else None
