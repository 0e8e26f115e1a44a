"""Taking words out of a fork, history and all: the one time that what was recorded is rewritten.

The messages of patches, the notices in builds, remembered resolutions and the records of operations are looked through.
Where something is found, new commits take the place of the old ones, one operation says how the fork is now, those
before it go, and git throws the old objects away. Patches keep their ids, commits get new ones. Killed at any moment,
the fork is whole, and doing it again goes on from there.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from plugwatch.errors import EXIT_PERSON, ForkError
from plugwatch.forks.fork import BASE_TRAILER, Fork
from plugwatch.forks.git import TreeEntry
from plugwatch.forks.repository import DONE, OPERATIONS, parse_commit
from plugwatch.forks.upgrade import diff_files
from plugwatch.model.erasure import redact_document
from plugwatch.model.fork import BUILD_REFS, NEWEST_REF, RELEASE_REFS, STACK_REFS, Patch, Person, Release, StackEntry
from plugwatch.model.operation import ROWS, Operation, RefChange
from plugwatch.model.sharing import RESOLUTIONS_REF, SUPERSEDED_REFS
from plugwatch.model.verdicts.conflict import CONFLICT_REFS

Rows = dict[str, list[dict[str, Any]]]
Redact = Callable[[str, str | None], str]  # a text, and the incident (INC-4) that it is about, if any

_WRITER = "plugwatch <plugwatch@plugwatch.invalid> 946684800 +0000"
_NOBODY = "erased@plugwatch.invalid"
_UNFINISHED = "plugwatch.erasing"  # objects that nothing names may still be there


class MergeUnderWayError(ForkError):
    """Words to be erased stand in a merge that a person has not ended yet."""

    exit_code = EXIT_PERSON


@dataclass(frozen=True)
class Erased:
    """What became of a fork: patches and builds whose commits are other ones now, and sentences on what stays.

    ``pushed`` are addresses of repositories that have the old commits, if they have any.
    """

    patches: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    pushed: tuple[str, ...] = ()
    changed: bool = False


def find_patches(fork: Fork, redact: Redact) -> list[Patch]:
    """The patches of a fork that tell of a client, each in its form on the newest of its releases."""
    found: dict[str, Patch] = {}
    for version in fork.stacks():
        found |= {entry.patch.id: entry.patch for entry in fork.stack(version)}
    return [patch for patch in found.values() if _clean_patch(patch, redact) != patch]


class Erasing:
    """One fork, while its words are taken out; only under its lock."""

    def __init__(self, fork: Fork, redact: Redact, redact_source: Callable[[str], str]) -> None:
        self._fork = fork
        self._git = fork.git
        self._redact = redact
        self._redact_source = redact_source
        self._stacks: dict[str, str] = {}  # the tip of a stack -> the tip with other words
        self._patches: dict[str, None] = {}
        self._builds: dict[str, None] = {}
        self._left: dict[str, None] = {}

    def erase(self, stamp: Callable[[Sequence[RefChange], Mapping[str, Any]], Operation]) -> Erased:
        """Rewrite what tells of the client; ``stamp`` makes the record of refs and rows as an operation of now."""
        refs = self._fork.refs()
        history = self._fork.history()
        after = {name: self._cleaned(name, oid) for name, oid in refs.items() if _is_ours(name)}
        self._note_contents()
        self._note_others_refs(refs, [oid for oid in after.values() if oid])
        stale = any(name.startswith(OPERATIONS) and self._is_dirty_history(oid) for name, oid in refs.items())
        records = any(self._is_dirty_record(operation) for _number, operation in history)
        changed = stale or records or after != {name: refs[name] for name in after}
        if changed:
            state = [
                RefChange(name, oid, oid) if oid else RefChange(name, refs[name], None) for name, oid in after.items()
            ]
            self._write(refs, after, stamp(state, self._clean_rows(_rows_now(history))))
        if changed or self._dirty_commits or self._marker.exists():
            self._throw_away()
        remotes = self._remotes()
        for url in remotes:
            if self._redact_source(url) != url:
                self._left[
                    f"the address of a remote tells of the client; change it in {self._fork.directory / 'config'}"
                ] = None
        pushed = remotes if changed else ()
        return Erased(tuple(self._patches), tuple(self._builds), tuple(self._left), pushed, changed)

    # Commits

    def _cleaned(self, name: str, oid: str) -> str | None:
        """What a ref is to name; None where it is to go."""
        if name.startswith(STACK_REFS):
            return self._clean_stack(self._fork.release(name.removeprefix(STACK_REFS)), oid)
        if name.startswith(BUILD_REFS):
            return self._clean_build(name.removeprefix(BUILD_REFS), oid)
        if name == RESOLUTIONS_REF:
            return self._clean_resolutions(oid)
        if name.startswith(SUPERSEDED_REFS):
            return None if self._is_dirty_history(oid) else oid
        if name.startswith(CONFLICT_REFS):
            self._refuse_dirty_merge(name, oid)
        return oid

    def _clean_stack(self, release: Release, tip: str) -> str:
        if tip not in self._stacks:
            entries = self._fork.read_stack(release, tip)
            clean = [(_clean_patch(entry.patch, self._redact), entry.tree) for entry in entries]
            changed = [patch.id for (patch, _tree), entry in zip(clean, entries, strict=True) if patch != entry.patch]
            self._patches |= dict.fromkeys(changed)
            self._stacks[tip] = self._fork.write_stack(release, clean) if changed else tip
        return self._stacks[tip]

    def _clean_build(self, build: str, commit: str) -> str:
        """A build's commit on the new stack, with the new titles in the notices that it carries."""
        content = self._git.blob(commit).decode("utf-8", "replace")
        head, _blank, message = content.partition("\n\n")
        fields = dict(line.split(" ", 1) for line in head.split("\n"))
        base = re.search(rf"^{BASE_TRAILER}: (.*)$", message, re.MULTILINE)
        release = self._fork.release(base[1]) if base else None
        if release is None or "parent" not in fields:
            return commit
        parent = self._clean_stack(release, fields["parent"])
        entries = self._fork.read_stack(release, fields["parent"])
        below = entries[-1].tree if entries else release.tree
        tree = self._clean_notices(below, fields["tree"], entries)
        if (parent, tree) == (fields["parent"], fields["tree"]):
            return commit
        self._builds[build] = None
        lines = [f"tree {tree}", f"parent {parent}", f"author {fields['author']}", f"committer {fields['committer']}"]
        return self._git.write_object("commit", ("\n".join(lines) + f"\n\n{message}").encode())

    def _clean_notices(self, below: str, tree: str, entries: Sequence[StackEntry]) -> str:
        """The tree of a build; what differs from the stack below it was written by the program."""
        new: dict[str, bytes] = {}
        for path, (_before, entry) in diff_files(self._git, below, tree).items():
            if entry is None:
                continue
            text = before = self._git.blob(entry.blob).decode("utf-8", "surrogateescape")
            for patch in (one.patch for one in entries):
                title = self._redact(patch.title, patch.incident)
                if title != patch.title:
                    text = text.replace(patch.title, title)
            if text != before:
                new[path] = text.encode("utf-8", "surrogateescape")
        if not new:
            return tree
        files = self._git.tree(tree)
        for path, blob in zip(new, self._git.write_blobs(new.values()), strict=True):
            files[path] = TreeEntry(files[path].mode, blob)
        return self._git.write_tree(files)

    def _clean_resolutions(self, commit: str) -> str | None:
        """What is remembered, without what tells of the client and without the history that has it."""
        commits = self._git.text("rev-list", commit).split()
        files = {name: entry for one in reversed(commits) for name, entry in self._git.tree(one).items()}
        blobs = {entry.blob for one in commits for entry in self._git.tree(one).values()}
        dirty = {blob for blob in blobs if self._finds(self._git.blob(blob))}
        if not dirty:
            return commit
        now = self._git.tree(commit)
        kept = {name: entry for name, entry in files.items() if name in now and now[name].blob not in dirty}
        for name in sorted(now.keys() - kept.keys()):
            self._left[f"the resolution {name[:12]} is no longer remembered"] = None
        lines = [f"tree {self._git.write_tree(kept)}", f"author {_WRITER}", f"committer {_WRITER}", ""]
        return self._git.write_object("commit", "\n".join([*lines, "Remember resolutions", ""]).encode())

    def _refuse_dirty_merge(self, name: str, commit: str) -> None:
        if self._is_dirty_history(commit) or self._finds(self._git.blob(f"{commit}:state.json")):
            version, component = name.removeprefix(CONFLICT_REFS), self._fork.component
            raise MergeUnderWayError(
                f"a merge of {component} to {version} is under way whose patch tells of the client; end it with "
                f"'plugwatch fork resolve {component} --to {version} --continue' or --abort, then run the command again"
            )

    # What is dirty

    def _finds(self, content: bytes, incident: str | None = None) -> bool:
        text = content.decode("utf-8", "replace")
        return self._redact(text, incident) != text

    @cached_property
    def _dirty_commits(self) -> frozenset[str]:
        """The commits whose words tell of the client, also those that no ref names any more."""
        listed = self._git.text("cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)").split(
            "\n"
        )
        commits = [oid for kind, _blank, oid in (row.partition(" ") for row in listed) if kind == "commit"]
        found = set()
        for commit, content in zip(commits, self._git.stream(commits), strict=True):
            with suppress(ForkError):  # no patch: its words are the program's own
                patch = parse_commit(commit, content, "").patch
                if _clean_patch(patch, self._redact) != patch:
                    found.add(commit)
        return frozenset(found)

    def _is_dirty_history(self, commit: str) -> bool:
        return bool(self._dirty_commits) and not self._dirty_commits.isdisjoint(
            self._git.text("rev-list", commit).split()
        )

    def _is_dirty_record(self, operation: Operation) -> bool:
        rows = {name: list(operation.rows.get(name, ())) for name in ROWS}
        return self._clean_rows(rows) != rows

    def _clean_rows(self, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Rows:
        """The rows of an operation with other words; those of a patch are about the incident of the patch."""
        incidents = {row["id"]: row["incident"] for row in rows["patches"]}
        return {
            name: [
                {
                    key: redact_document(value, self._cleaner(key, incidents.get(_patch(row))))
                    for key, value in row.items()
                }
                for row in rows[name]
            ]
            for name in ROWS
        }

    def _cleaner(self, key: str, incident: str | None) -> Callable[[str], str]:
        if key == "source":
            return self._redact_source
        return lambda text: self._redact(text, incident)

    def _note_contents(self) -> None:
        """What a patch puts into files is part of what it does; a person must change that."""
        for version, tip in self._fork.stacks().items():
            for entry in self._fork.read_stack(self._fork.release(version), tip):
                for path, (before, after) in diff_files(self._git, entry.base_tree, entry.tree).items():
                    incident = entry.patch.incident
                    known = before is not None and self._finds(self._git.blob(before.blob), incident)
                    if after and not known and self._finds(self._git.blob(after.blob), incident):
                        self._left[f"{entry.patch.id} on {version} writes it into {path}; make the patch anew"] = None

    def _note_others_refs(self, refs: Mapping[str, str], ours: Sequence[str]) -> None:
        """Branches, tags and notes that somebody has made with git are that person's to delete."""
        for name, oid in refs.items():
            if _is_ours(name) or _is_bookkeeping(name):
                continue
            rows = self._git.text("rev-list", "--objects", oid, "--not", *ours).split("\n")
            objects = self._git.stream([row.split(" ")[0] for row in rows if row])
            if self._is_dirty_history(oid) or any(map(self._finds, objects)):
                git = f"git -C {self._fork.directory}"
                self._left[
                    f"{name} is somebody's own and tells of the client; delete it with '{git} update-ref -d {name}', "
                    f"then run '{git} gc --prune=now'"
                ] = None

    # Writing

    @property
    def _marker(self) -> Path:
        return self._fork.directory / _UNFINISHED

    def _write(self, refs: Mapping[str, str], after: Mapping[str, str | None], operation: Operation) -> None:
        """One operation that says how the fork is now, in place of all before it."""
        self._marker.touch()
        blob = self._git.write_object("blob", operation.to_text().encode())
        tree = self._git.write_tree({"operation.json": TreeEntry("100644", blob)})
        lines = [f"tree {tree}", *(f"parent {oid}" for oid in dict.fromkeys(after.values()) if oid)]
        lines += [f"author {_WRITER}", f"committer {_WRITER}", "", operation.command, ""]
        commit = self._git.write_object("commit", "\n".join(lines).encode())
        old = [name for name in refs if name.startswith(OPERATIONS)]
        number = max((int(name.removeprefix(OPERATIONS)) for name in old), default=0) + 1
        self._git.update_refs([RefChange(f"{OPERATIONS}{number}", None, commit)])
        self._fork.roll_forward()
        self._git.update_refs([RefChange(name, refs[name], None) for name in old])

    def _throw_away(self) -> None:
        """Have git forget every object that no ref names, whatever a person's own git has noted of it."""
        directory = self._fork.directory
        shutil.rmtree(directory / "logs", ignore_errors=True)
        (directory / "FETCH_HEAD").unlink(missing_ok=True)
        for kept in (directory / "objects" / "pack").glob("*.keep"):
            kept.unlink()
        self._git.run("-c", "gc.packRefs=false", "gc", "--quiet", "--force", "--prune=now", timeout=7200)
        self._marker.unlink(missing_ok=True)

    def _remotes(self) -> tuple[str, ...]:
        listed = self._git.run("config", "--get-regexp", r"^remote\..*\.url$", check=False).stdout
        return tuple(line.partition(" ")[2] for line in listed.decode("utf-8", "replace").splitlines())


def _clean_patch(patch: Patch, redact: Redact) -> Patch:
    def clean(text: str) -> str:
        return redact(text, patch.incident)

    author = Person(clean(patch.author.name), patch.author.email)
    if clean(author.email) != author.email:
        author = replace(author, email=_NOBODY)
    source = clean(patch.source) if patch.source else None
    return replace(patch, title=clean(patch.title), why=clean(patch.why), author=author, source=source)


def _is_ours(ref: str) -> bool:
    """Whether plugwatch itself made a ref that is part of the fork."""
    names = (RELEASE_REFS, STACK_REFS, BUILD_REFS, "refs/plugwatch/")
    return (ref == NEWEST_REF or ref.startswith(names)) and not _is_bookkeeping(ref)


def _is_bookkeeping(ref: str) -> bool:
    """Whether a ref belongs to the operations themselves."""
    return ref == DONE or ref.startswith(OPERATIONS)


def _rows_now(history: Sequence[tuple[int, Operation]]) -> Rows:
    """The rows that all operations together have left in the ledger, as :meth:`Forks.apply` there writes them."""
    kept: dict[str, dict[Any, tuple[str, dict[str, Any]]]] = {name: {} for name in ROWS}
    for _number, operation in history:
        for name in ROWS:
            for row in operation.rows.get(name, ()):
                key, entry = _key(name, row), (operation.id, dict(row))
                if name == "stacks":
                    kept[name][key] = entry
                else:
                    kept[name].setdefault(key, entry)
        if operation.undoes:
            for name in ("drops", "builds", "releases", "patches"):
                kept[name] = {key: entry for key, entry in kept[name].items() if entry[0] != operation.undoes}
    return {name: [row for _operation, row in kept[name].values()] for name in ROWS}


def _patch(row: Mapping[str, Any]) -> str:
    """The patch that a row is about; "" for none."""
    return str(row.get("id") or row.get("patch") or "")


def _key(name: str, row: Mapping[str, Any]) -> tuple[Any, ...]:
    if name == "patches":
        return (row["id"],)
    return (row["patch"], row["version"]) if name == "drops" else (row["version"],)
