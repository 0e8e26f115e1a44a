"""One fork on disk: a bare repository with a public layout, and operations that are all or nothing.

``refs/tags/upstream/V`` names a release, ``refs/heads/upstream`` the newest, ``refs/heads/carried/V`` the patches on a
release, ``refs/tags/build/B`` what was built. ``refs/plugwatch/ops/N`` holds the operations.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from plugwatch.errors import ForkError
from plugwatch.forks.git import ZERO, Git, TreeEntry
from plugwatch.forks.lock import locked
from plugwatch.model.component import Component
from plugwatch.model.fork import (
    INCIDENT_TRAILER,
    ORIGIN_TRAILER,
    PATCH_TRAILER,
    RELEASE_REFS,
    SOURCE_TRAILER,
    STACK_REFS,
    Patch,
    Person,
    Release,
    StackEntry,
    parse_message,
    release_order,
)
from plugwatch.model.operation import Operation, RefChange

OPERATIONS = "refs/plugwatch/ops/"
DONE = "refs/plugwatch/done"
LOCK = "plugwatch.lock"

# What a killed git leaves behind (lockfile.h, tmp-objdir.c and fast-import.c of git); the last two may be folders.
_LEFT_BY_GIT = (
    "refs/**/*.lock",
    "logs/**/*.lock",
    "*.lock",
    "packed-refs.new",
    "fast_import_crash_*",
    "objects/info/**/*.lock",
    "objects/pack/*.lock",
    "objects/pack/tmp_*",
    "objects/??/tmp_*",
    "objects/tmp_*",
    "objects/incoming-*",
)

# A release is the same commit wherever it is imported, so nothing in it may depend on when or by whom.
_IMPORTER = "plugwatch <plugwatch@plugwatch.invalid> 946684800 +0000"


class Repository:
    """A fork's repository. Reading needs no lock; writing happens inside :meth:`writing`."""

    def __init__(self, directory: Path, component: Component) -> None:
        self.component = component
        self.git = Git(directory)

    @property
    def directory(self) -> Path:
        """The bare repository's folder."""
        return self.git.directory

    @contextmanager
    def writing(self, purpose: str) -> Iterator[None]:
        """Hold this fork's lock, with whatever a killed process left behind cleared and carried out."""
        with locked(self.directory / LOCK, purpose) as lock:
            self.git.keep_open = (lock,)
            try:
                self._clear_dead_locks()
                self.roll_forward()
                yield
            finally:
                self.git.keep_open = ()

    # Releases and stacks

    def releases(self) -> list[Release]:
        """All releases, oldest first in PHP's order of versions. Raises ForkError where there is no repository."""
        self.check_is_there()
        rows = self.git.text("for-each-ref", "--format=%(refname) %(objectname) %(tree)", RELEASE_REFS).split("\n")
        found = [self._read_release(*row.split(" ")) for row in rows if row]
        return sorted(found, key=lambda r: release_order(r.version))

    def check_is_there(self) -> None:
        """Raise ForkError where a folder is empty or none of git's, as a backup that was put back in part leaves it."""
        if not (self.directory / "HEAD").is_file():
            raise ForkError(
                f"{self.directory} is no git repository, so the fork of {self.component} is not in it; remove the "
                "folder, or put the fork from a backup into its place"
            )

    def _read_release(self, name: str, commit: str, tree: str) -> Release:
        if not tree:
            raise ForkError(
                f"{self.directory}: {name} is a tag that plugwatch did not make, its own name commits; "
                f"remove it with 'git update-ref -d {name}'"
            )
        return Release(name.removeprefix(RELEASE_REFS), commit, tree)

    def release(self, version: str) -> Release:
        """The release of this version. Raises ForkError, naming those that are there."""
        releases = self.releases()
        for release in releases:
            if release.version == version:
                return release
        there = ", ".join(r.version for r in releases[-8:]) or "none yet"
        raise ForkError(
            f"{self.component} has no release {version} (there: {there}); "
            f"add it with 'plugwatch fork import {self.component} --version {version} --from ZIP'"
        )

    def stacks(self) -> dict[str, str]:
        """The tip of the patch stack on each release that has one, oldest release first."""
        tips = {n.removeprefix(STACK_REFS): tip for n, tip in self.git.refs(STACK_REFS).items()}
        return dict(sorted(tips.items(), key=lambda item: release_order(item[0])))

    def stack(self, version: str) -> list[StackEntry]:
        """The patches on a release, bottom first; empty when there are none."""
        tip = self.stacks().get(version)
        return self.read_stack(self.release(version), tip) if tip else []

    def read_stack(self, release: Release, tip: str) -> list[StackEntry]:
        """The patches between a release and the tip of a stack on it."""
        if tip == release.commit:
            return []
        commits = self.git.text("rev-list", "--reverse", "--first-parent", f"{release.commit}..{tip}").split()
        entries: list[StackEntry] = []
        below = release.tree
        for commit, content in zip(commits, self.git.stream(commits), strict=True):
            entry = parse_commit(commit, content, below)
            entries.append(entry)
            below = entry.tree
        return entries

    # Objects

    def write_release(self, version: str, tree: str, *, name: str) -> Release:
        """The commit of a release: no parent, fixed author, date and message, so that everybody gets the same id.

        ``version`` is the vendor's, ``name`` ours: what is ``1.2.3+r2`` here is ``1.2.3`` to whoever got it first.
        """
        message = f"{self.component} {version}\n"
        content = f"tree {tree}\nauthor {_IMPORTER}\ncommitter {_IMPORTER}\n\n{message}"
        return Release(name, self.git.write_object("commit", content.encode()), tree)

    def write_stack(self, release: Release, patches: Sequence[tuple[Patch, str]]) -> str:
        """Commits for patches and the trees they lead to, on a release; the tip (the release itself for none).

        The committer is the author, at the author's date, so that a replay gives the same ids.
        """
        tip = release.commit
        for patch, tree in patches:
            who = f"{patch.author} {patch.date}"
            content = f"tree {tree}\nparent {tip}\nauthor {who}\ncommitter {who}\n\n{patch.message()}"
            tip = self.git.write_object("commit", content.encode())
        return tip

    # Operations

    def operations(self) -> list[int]:
        """The numbers of all operations, oldest first."""
        return sorted(self._numbered(self.git.refs(OPERATIONS)))

    def _numbered(self, refs: Mapping[str, str]) -> dict[int, str]:
        """The operations among some refs, by number."""
        found = {}
        for name, commit in refs.items():
            number = name.removeprefix(OPERATIONS)
            if number != name and not re.fullmatch("[1-9][0-9]{0,17}", number):
                raise ForkError(
                    f"{self.directory}: {name} is no operation of plugwatch; remove it with 'git update-ref -d {name}'"
                )
            if number != name:
                found[int(number)] = commit
        return found

    def operation(self, number: int) -> Operation:
        """The record of an operation."""
        return self._read_operations([number])[0]

    def history(self) -> list[tuple[int, Operation]]:
        """All operations with their numbers, oldest first."""
        numbers = self.operations()
        return list(zip(numbers, self._read_operations(numbers), strict=True))

    def _read_operations(self, numbers: Sequence[int]) -> list[Operation]:
        records = self.git.objects(f"{OPERATIONS}{number}:operation.json" for number in numbers)
        return [
            Operation.from_text(record.decode("utf-8", "replace"), f"{self.directory.name}, operation {number}")
            for number, record in zip(numbers, records, strict=True)
        ]

    def unfinished(self) -> Operation | None:
        """The operation that was recorded but whose refs have not all moved; None in a fork at rest.

        Where a ref cannot be read it is the last one: whoever goes on from there puts that ref back as well.
        """
        self.check_is_there()
        listed = self.git.run("for-each-ref", "--format=%(objectname) %(refname)")
        rows = listed.stdout.decode("utf-8", "replace").splitlines()
        refs = {name: oid for oid, _blank, name in (row.partition(" ") for row in rows)}
        commits = self._numbered(refs)
        last = max(commits, default=0)
        at_rest = not last or refs.get(DONE) == commits[last]
        return None if at_rest and not broken_refs(listed.stderr) else self.operation(last)

    def broken_refs(self) -> list[str]:
        """The refs whose files a crash or a full disk has left empty or cut short."""
        return broken_refs(self.git.run("for-each-ref").stderr)

    def _mend(self) -> None:
        """Let each ref that git cannot read name again what the records say. Only under the lock.

        Raises ForkError where none of them says it.
        """
        # The records first: they say what the others named.
        for name in sorted(self.broken_refs(), key=lambda name: not name.startswith(OPERATIONS)):
            file, known = self.directory / name, self._recorded()
            if name == DONE or (name in known and known[name] is None):
                file.unlink()
                continue
            commit = known.get(name) or ""
            if self.git.run("cat-file", "-e", f"{commit}^{{commit}}", check=False).returncode:
                raise ForkError(
                    f"{file} holds no commit, as a crash or a full disk leaves it, and nothing here says which it was; "
                    "restore the fork from a backup, or move its folder away and fetch it with 'plugwatch fork sync'"
                )
            lock = file.with_name(f"{file.name}.lock")  # as git writes a ref, so that it is there whole or not at all
            lock.write_text(f"{commit}\n", encoding="ascii")
            lock.replace(file)

    def _recorded(self) -> dict[str, str | None]:
        """What each ref names by the records of all operations, and the last record by what was done last."""
        refs = self.git.refs("refs/plugwatch/")
        commits = self._numbered(refs)
        found = {change.name: change.new for _number, operation in self.history() for change in operation.refs}
        if DONE in refs and refs[DONE] not in commits.values():
            found[f"{OPERATIONS}{max(commits, default=0) + 1}"] = refs[DONE]
        return found

    def commit(self, operation: Operation) -> None:
        """Carry out an operation whose objects are all written. Only inside :meth:`writing`."""
        self.record(operation)
        self.roll_forward()

    def record(self, operation: Operation) -> None:
        """The commit point: one new ref, whose commit keeps every object of the operation alive."""
        current = self.git.refs()
        last = max(self._numbered(current).items(), default=(0, None))
        # A git that outlives its killed plugwatch, and with it the lock, may have come in between.
        moved = [c.name for c in operation.refs if current.get(c.name) != c.old]
        moved += [DONE] if current.get(DONE) != last[1] else []
        if moved:
            raise ForkError(f"{self.component}: {moved[0]} moved meanwhile; run the command again")
        blob = self.git.write_object("blob", operation.to_text().encode())
        tree = self.git.write_tree({"operation.json": TreeEntry("100644", blob)})
        parents = dict.fromkeys(oid for c in operation.refs for oid in (c.old, c.new) if oid)
        lines = [f"tree {tree}", *(f"parent {p}" for p in parents), f"author {_IMPORTER}", f"committer {_IMPORTER}"]
        commit = self.git.write_object("commit", ("\n".join([*lines, "", operation.command, ""])).encode())
        self.git.update_refs([RefChange(f"{OPERATIONS}{last[0] + 1}", None, commit), _still(DONE, last[1])])

    def roll_forward(self) -> None:
        """Move the refs of the last operation, then say so; harmless to repeat. Only under the lock."""
        self._mend()
        for patience in (0.1, 0.5, None):
            operation = self.unfinished()
            if operation is None:
                return
            try:
                self._move(operation)
            except ForkError:  # a git that outlives its killed plugwatch may be at the very same work
                if patience is None:
                    raise
                time.sleep(patience)

    def _move(self, operation: Operation) -> None:
        current = self.git.refs()
        commits = self._numbered(current)
        left = [RefChange(c.name, current.get(c.name), c.new) for c in operation.refs if current.get(c.name) != c.new]
        if left:
            # Such a git must not do this when another operation has been done meanwhile.
            self.git.update_refs([*left, _still(DONE, current.get(DONE))])
        self.git.update_refs([RefChange(DONE, current.get(DONE), commits[max(commits)])])

    def _clear_dead_locks(self) -> None:
        """git's own lock and temporary files outlive a killed git; under our lock no living git owns one."""
        for pattern in _LEFT_BY_GIT:
            for path in self.directory.glob(pattern):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                elif path != self.directory / LOCK:
                    path.unlink(missing_ok=True)


def broken_refs(complaints: bytes) -> list[str]:
    """The refs that git, by what it says on stderr in LC_ALL=C, has left out of a list."""
    return re.findall(r"^warning: ignoring broken ref (\S+)$", complaints.decode("utf-8", "replace"), re.MULTILINE)


def _still(name: str, value: str | None) -> RefChange:
    """The condition that a ref is where it was, as part of a transaction; git takes zeros for "is not there"."""
    return RefChange(name, value, value or ZERO)


def create_repository(directory: Path, component: Component) -> Repository:
    """Make an empty fork: complete under its name or not there at all."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    with locked(directory.parent / ".plugwatch.lock", "fork create"):
        for leftover in directory.parent.glob(f".{directory.name}.*"):
            shutil.rmtree(leftover)
        if directory.exists():
            return Repository(directory, component)
        building = directory.parent / f".{directory.name}.new"
        Git(building).run("init", "--quiet", "--bare", "--template=", "--initial-branch=upstream")
        (building / "info").mkdir(exist_ok=True)
        (building / "description").write_text(f"plugwatch fork of {component}\n")
        # Overrides every .gitattributes inside a release: nothing of the vendor's may change a byte or a merge.
        attributes = "* -text -ident -export-ignore -export-subst -filter -eol -working-tree-encoding !merge !diff\n"
        (building / "info" / "attributes").write_text(attributes)
        building.rename(directory)
    return Repository(directory, component)


def has_operations(directory: Path) -> bool:
    """Whether anything was ever done in this fork, by its files alone: a list of forks must not start git for each."""
    operations = directory / OPERATIONS
    return (directory / "packed-refs").is_file() or any(p.name.isdigit() for p in operations.glob("*"))


def remove_repository(directory: Path) -> None:
    """Take a fork away whole: a kill leaves it under its name, or under one that the next creation clears."""
    with locked(directory.parent / ".plugwatch.lock", "fork removal"):
        going = directory.parent / f".{directory.name}.gone"
        directory.rename(going)
        shutil.rmtree(going)


def parse_commit(commit: str, content: bytes, base_tree: str) -> StackEntry:
    """The patch that a commit holds. Raises ForkError where it holds none."""
    head, _blank, message = content.decode("utf-8", "replace").partition("\n\n")
    fields = dict(line.split(" ", 1) for line in head.split("\n") if " " in line)
    who, seconds, zone = fields["author"].rsplit(" ", 2)
    name, _bracket, email = who.rpartition(" <")
    facts = parse_message(message, source=f"commit {commit[:10]}")
    patch = Patch(
        id=facts[PATCH_TRAILER],
        title=facts["title"],
        why=facts["why"],
        author=Person(name, email.rstrip(">")),
        date=f"{seconds} {zone}",
        origin=facts.get(ORIGIN_TRAILER, ""),
        incident=facts.get(INCIDENT_TRAILER),
        source=facts.get(SOURCE_TRAILER),
    )
    return StackEntry(patch, commit, base_tree, fields["tree"])
