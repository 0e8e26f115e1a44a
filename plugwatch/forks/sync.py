"""A fork and a remote that shares it: what is there, what it is made of, and whether it may come in.

Everything fetched lies in a quarantine until it was looked at (:mod:`plugwatch.forks.arrivals`), and nothing of it has
a name in the fork before an operation gives it one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from plugwatch.errors import EXIT_PERSON, ForkError, PlugwatchError
from plugwatch.forks.arrivals import check_build, check_release, check_stack, check_tree
from plugwatch.forks.fork import Fork
from plugwatch.forks.git import Git, TreeEntry
from plugwatch.forks.remotes import Login, RemoteGit, keep_objects, remember, remembered
from plugwatch.forks.restack import restack
from plugwatch.model.fork import (
    BUILD_REFS,
    NEWEST_REF,
    RELEASE_REFS,
    STACK_REFS,
    BuildRecord,
    Patch,
    Release,
    StackEntry,
)
from plugwatch.model.git_remote import GitRemote
from plugwatch.model.operation import RefChange, taken_back
from plugwatch.model.sharing import RESOLUTIONS_REF, SUPERSEDED_REFS, Relation, is_shared

_LONGEST_DIFF = 200_000
_AHEAD = (RELEASE_REFS, SUPERSEDED_REFS)
_MERGER = "plugwatch <plugwatch@plugwatch.invalid> 946684800 +0000"


class NoBothError(ForkError):
    """Two stacks that do not go together; a person must decide for one."""

    exit_code = EXIT_PERSON


class Exchange:
    """One fork and one remote."""

    def __init__(self, fork: Fork, remote: GitRemote, login: Login | None) -> None:
        self.fork = fork
        self.remote = remote
        self._git = RemoteGit(fork.directory, remote, login)

    def list_refs(self) -> dict[str, str]:
        """What the remote has of what forks share. Raises ForkError or UnreachableError."""
        return {name: oid for name, oid in self._git.list_refs().items() if is_shared(name)}

    @contextmanager
    def fetched(self, there: Mapping[str, str]) -> Iterator[Arrivals]:
        """What the refs of the remote name, looked at, for the block. Raises ForkError where it may not come in."""
        wanted = {oid for name, oid in there.items() if not name.startswith(SUPERSEDED_REFS)}
        kinds = _kinds(self.fork.git, wanted)
        with self._git.fetched(sorted(wanted - kinds.keys())) as folder:
            yield Arrivals(self.fork, there, folder, str(self.remote))

    def push(self, moves: Sequence[RefChange]) -> None:
        """Move refs of the remote, each from where it was seen. Raises LostLeaseError or ForkError.

        A push can end anywhere, and a remote can refuse any ref. Releases and what is replaced go ahead, since nobody
        could take a stack or a newest release without them.
        """
        for ahead in (True, False):
            self._git.push([move for move in moves if move.name.startswith(_AHEAD) is ahead])

    def remember(self, name: str) -> None:
        """Keep the remote's address with the fork; only under its lock."""
        if find_remembered(self.fork, name) != self.remote.url:
            remember(self.fork.git, name, self.remote)


class Arrivals:
    """What a remote has, all of it looked at; ``releases``, ``stacks`` and ``builds`` go by the remote's own names.

    ``files`` counts the files of each release that the fork has not yet, ``build_records`` says what each new build is.
    """

    def __init__(self, fork: Fork, there: Mapping[str, str], folder: Path, shown: str) -> None:
        self.there = there
        self._fork = fork
        self._folder = folder
        self._kept = False
        # A fork that reads through the quarantine; what it writes vanishes with it.
        self._view = Fork(fork.directory, fork.component)
        self._view.git = Git(fork.directory, objects=folder)
        self.stacks, self.builds = self._named(STACK_REFS), self._named(BUILD_REFS)
        self.files: dict[str, int] = {}
        try:
            self._check_kinds()
            self.releases = self._check_releases()
            self._check_stacks()
            self.build_records = self._check_builds()
        except PlugwatchError as error:
            raise ForkError(f"nothing was taken from {shown}: {error}") from error

    def patches(self, release: Release, tip: str) -> list[Patch]:
        """The patches between a release and the tip of a stack on it."""
        return [entry.patch for entry in self._view.read_stack(release, tip)]

    def is_below(self, one: str, other: str) -> bool:
        """Whether one commit is the other or comes before it."""
        return self._view.git.run("merge-base", "--is-ancestor", one, other, check=False).returncode == 0

    def relation(self, release: Release, ours: str, theirs: str) -> Relation:
        """How our stack on a release, as it is called here, and theirs stand to each other."""
        kept = {patch.id for patch in self.patches(release, theirs)}
        in_ours, in_theirs = (set(self._view.git.text("rev-list", tip).split("\n")) for tip in (ours, theirs))
        replaced = {oid for name, oid in self.there.items() if name.startswith(SUPERSEDED_REFS)}
        return Relation(
            ours_below=ours in in_theirs,
            theirs_below=theirs in in_ours,
            theirs_was_ours=self._was_ours(STACK_REFS + release.version, ours, theirs),
            ours_was_replaced=bool(replaced & in_ours - in_theirs),
            lost=tuple(patch.id for patch in self.patches(release, ours) if patch.id not in kept),
        )

    def range_diff(self, release: Release, ours: str, theirs: str) -> str:
        """Our stack beside theirs, as ``git range-diff`` shows them: ``<`` only ours, ``>`` only theirs."""
        text = self._view.git.text("range-diff", "--color=never", release.commit, ours, theirs)
        return text if len(text) <= _LONGEST_DIFF else text[:_LONGEST_DIFF] + "\n… (cut)"

    def keep(self) -> None:
        """Put all that was fetched into the fork; only under its lock. No ref names it yet."""
        if not self._kept:
            keep_objects(self._fork.git, self._folder)
            self._kept = True

    def restack(self, release: Release, ours: str, theirs: str) -> tuple[str, tuple[str, ...]]:
        """The patches that only ours has, put on top of theirs: the new tip, and a sentence for each patch left out.

        What one side has taken out of its stack does not come back from the other. Only under the fork's lock. Raises
        NoBothError where a patch does not fit there, or changes nothing there.
        """
        self.keep()
        mine, others = (self._fork.read_stack(release, tip) for tip in (ours, theirs))
        gone = self._left_out(release, ours, theirs)
        stays = [entry for entry in others if entry.patch.id not in gone]
        kept = {entry.patch.id for entry in others}
        added = [entry for entry in mine if entry.patch.id not in kept | gone.keys()]
        base = theirs
        if stays != others:
            again = _put(self._fork.git, release.tree, stays)
            base = self._fork.write_stack(release, again)
            stays = self._fork.read_stack(release, base)
        done = _put(self._fork.git, stays[-1].tree if stays else release.tree, added)
        return self._fork.write_stack(Release(release.version, base, release.tree), done), tuple(gone.values())

    def _left_out(self, release: Release, ours: str, theirs: str) -> dict[str, str]:
        """The patches that one side has taken out of its stack on a release and the other still has; what to say."""
        mine, others = ({patch.id: patch for patch in self.patches(release, tip)} for tip in (ours, theirs))
        in_ours, in_theirs = (set(self._view.git.text("rev-list", tip).split("\n")) for tip in (ours, theirs))
        before = {oid for name, oid in self.there.items() if name.startswith(SUPERSEDED_REFS)} & in_ours - in_theirs
        known = {patch.id for tip in before for patch in self.patches(release, tip)}
        reasons = self._drops(release.version)
        return {
            patch.id: f"{patch.id} ({patch.title}) was taken out of the stack there, so it is not put back"
            for patch in mine.values()
            if patch.id in known - others.keys()
        } | {
            patch.id: f"{patch.id} ({patch.title}) was taken out here ({reasons[patch.id]}), so it is not put back"
            for patch in others.values()
            if patch.id in reasons.keys() - mine.keys()
        }

    def _drops(self, version: str) -> dict[str, str]:
        """The patches that were dropped here on a release, each with the first reason."""
        operations = [operation for _number, operation in self._fork.history()]
        undone = taken_back(operations)
        rows = [row for one in operations if one.id not in undone for row in one.rows.get("drops", ())]
        return {row["patch"]: next(iter(row["evidence"]), "") for row in rows if row["version"] == version}

    def merge_resolutions(self, ours: str, theirs: str) -> tuple[str, tuple[str, ...]]:
        """A commit with both sides' remembered resolutions, and the names on which they differ: ours stays.

        What one side has forgotten, and the other has as it was, is gone. Only under the fork's lock.
        """
        self.keep()
        git = self._fork.git
        base = git.run("merge-base", ours, theirs, check=False).stdout.decode().strip()
        known = git.tree(base) if base else {}
        mine, others = (
            _without_forgotten(git.tree(a), git.tree(b), known) for a, b in ((ours, theirs), (theirs, ours))
        )
        clashes = tuple(sorted(name for name in mine.keys() & others.keys() if mine[name] != others[name]))
        lines = [f"tree {git.write_tree(others | mine)}", f"parent {ours}", f"parent {theirs}"]
        lines += [f"author {_MERGER}", f"committer {_MERGER}", "", "Put remembered resolutions together", ""]
        return git.write_object("commit", "\n".join(lines).encode()), clashes

    def _check_kinds(self) -> None:
        wanted = {name: oid for name, oid in self.there.items() if not name.startswith(SUPERSEDED_REFS)}
        kinds = _kinds(self._view.git, set(wanted.values()))
        for name, oid in wanted.items():
            if kinds.get(oid) != "commit":
                raise ForkError(f"{name} there is a {kinds.get(oid, 'thing that it does not send')}, not a commit")

    def _check_releases(self) -> dict[str, Release]:
        known = {release.commit: release for release in self._fork.releases()}
        found = {}
        for name, commit in self._named(RELEASE_REFS).items():
            if commit in known:
                found[name] = Release(name, commit, known[commit].tree)
            else:
                tree, self.files[commit] = check_release(self._view, name, commit)
                found[name] = Release(name, commit, tree)
        head = self.there.get(NEWEST_REF)
        if head and head not in {*known, *(release.commit for release in found.values())}:
            raise ForkError(
                f"its branch 'upstream' is no release of {self._fork.component}; is it the right repository?"
            )
        return found

    def _check_stacks(self) -> None:
        ours = self._fork.refs()
        here = {release.commit: release.version for release in self._fork.releases()}
        for name, tip in self.stacks.items():
            release = self._with_lost().get(name)
            if release is None:
                raise ForkError(f"carried/{name} stands on no release that is there")
            if ours.get(f"{STACK_REFS}{here.get(release.commit)}") != tip:
                check_stack(self._view, release, tip)
        resolutions = self.there.get(RESOLUTIONS_REF)
        if resolutions and resolutions != ours.get(RESOLUTIONS_REF):
            check_tree(self._view.git, resolutions, "the remembered resolutions")

    def _check_builds(self) -> dict[str, BuildRecord]:
        ours = self._fork.refs()
        return {
            name: check_build(self._view, name, commit, self._with_lost())
            for name, commit in self.builds.items()
            if ours.get(BUILD_REFS + name) != commit
        }

    def _with_lost(self) -> dict[str, Release]:
        """The releases there, and ours under the names that are free there: a remote may have lost the tag of one."""
        return {release.version: release for release in self._fork.releases()} | self.releases

    def _named(self, prefix: str) -> dict[str, str]:
        return {name.removeprefix(prefix): oid for name, oid in self.there.items() if name.startswith(prefix)}

    def _was_ours(self, ref: str, ours: str, theirs: str) -> bool:
        """Whether ours came from theirs by commands of our own alone: none that took from a remote or went back."""
        for _number, operation in reversed(self._fork.history()):
            change = next((change for change in operation.refs if change.name == ref), None)
            if change is None:
                continue
            if change.new != ours or operation.undoes or operation.command == "fork sync":
                return False
            if change.old is None or change.old == theirs:
                return change.old == theirs
            ours = change.old
        return False


def find_remembered(fork: Fork, name: str) -> str | None:
    """The address that a fork has under the name of a remote."""
    return remembered(fork.git, name)


def _put(git: Git, tree: str, entries: Sequence[StackEntry]) -> tuple[tuple[Patch, str], ...]:
    """Patches on a tree, each with the tree that it leads to. Raises NoBothError for the first that does not go."""
    done = restack(git, tree, entries)
    if done.blocked:
        raise NoBothError(
            f"{done.blocked.id} does not go on top of the others, so nothing moved ({'; '.join(done.evidence)}); "
            "take one side, or make the patch again on theirs"
        )
    return done.stack


def _kinds(git: Git, oids: set[str]) -> dict[str, str]:
    """The kind of each object that the repository has: what names a commit in a fork has all of it."""
    if not oids:
        return {}
    asked = "".join(f"{oid}\n" for oid in sorted(oids)).encode()
    rows = git.text("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked).split("\n")
    return {oid: kind for oid, _blank, kind in (row.partition(" ") for row in rows) if kind != "missing"}


def _without_forgotten(
    files: Mapping[str, TreeEntry], others: Mapping[str, TreeEntry], known: Mapping[str, TreeEntry]
) -> dict[str, TreeEntry]:
    return {name: entry for name, entry in files.items() if name in others or known.get(name) != entry}
