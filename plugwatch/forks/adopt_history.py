"""A component's way through the commits of a repository: one state a commit, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from plugwatch.errors import ForkError
from plugwatch.forks.adopt_places import Place
from plugwatch.forks.adopt_source import TAGS, TIP
from plugwatch.forks.git import Git, TreeEntry
from plugwatch.model.adoption import CommitFacts, make_person, split_message, tag_version, usable_date
from plugwatch.model.headers import HEADER_BYTES, read_headers
from plugwatch.model.version import sort_key

_MOST_COMMITS = 20_000
_FIELDS = ("%H", "%P", "%an", "%ae", "%ad", "%cd", "%B")


@dataclass(frozen=True)
class State:
    """A component after a commit: its tree (None where it is not there) and what its header says."""

    facts: CommitFacts
    parents: tuple[str, ...]
    message: str
    tree: str | None
    version: str | None

    @property
    def commit(self) -> str:
        """The commit's id."""
        return self.facts.commit or ""


def read_chain(git: Git, place: Place) -> list[State]:
    """What the branch did to a component, by first parents: a merged branch is one state.

    The last time that the component appeared is the beginning.
    """
    chain = read_states(git, place, "--first-parent", TIP)
    chain.reverse()
    gone = [i for i, state in enumerate(chain) if state.tree is None]
    chain = chain[gone[-1] + 1 if gone else 0 :]
    return [s for i, s in enumerate(chain) if i == 0 or s.tree != chain[i - 1].tree]


def read_states(git: Git, place: Place, *range_: str) -> list[State]:
    """The states after the commits of a range that touch a component, newest first."""
    options = ("-z", f"--format={'%x00'.join(_FIELDS)}", "--date=raw", f"--max-count={_MOST_COMMITS}", "--no-mailmap")
    paths = [f":(literal){_join(place.folder, place.file)}"] if place.folder or place.file else []
    out = git.run("log", *options, *range_, "--", *paths).stdout.decode("utf-8", "replace")
    parts = out.split("\0")
    rows = [parts[i : i + len(_FIELDS)] for i in range(0, len(parts) - len(_FIELDS) + 1, len(_FIELDS))]
    trees = _trees(git, place, [row[0] for row in rows])
    versions = _versions(git, place, {tree for tree in trees if tree})
    return [_state(row, tree, versions.get(tree or "")) for row, tree in zip(rows, trees, strict=True)]


def _state(row: Sequence[str], tree: str | None, version: str | None) -> State:
    commit, parents, name, email, author_date, commit_date, message = row
    title, why = split_message(message, commit)
    facts = CommitFacts(commit, title, why, make_person(name, email), usable_date(author_date, commit_date))
    return State(facts, tuple(parents.split()), message, tree, version)


def tree_at(git: Git, place: Place, commit: str) -> str | None:
    """The component's tree in one commit."""
    return _trees(git, place, [commit])[0]


def _trees(git: Git, place: Place, commits: Sequence[str]) -> list[str | None]:
    where = _join(place.folder, place.file)
    objects = _look_up(git, [f"{commit}:{where}" if where else f"{commit}^{{tree}}" for commit in commits])
    if place.file is None:
        return [oid if kind == "tree" else None for oid, kind in objects]
    blobs = {oid for oid, kind in objects if kind == "blob"}
    made = {blob: git.write_tree({place.file: TreeEntry("100644", blob)}) for blob in blobs}
    return [made.get(oid) for oid, _kind in objects]


def _versions(git: Git, place: Place, trees: Iterable[str]) -> Mapping[str, str]:
    """What the headers of trees say, as far as their main file is where it is now."""
    if place.main is None:
        return {}
    ordered = sorted(trees)
    found = _look_up(git, [f"{tree}:{place.main}" for tree in ordered])
    mains = {tree: oid for tree, (oid, kind) in zip(ordered, found, strict=True) if kind == "blob"}
    heads: dict[str, str] = {}
    with git.reader() as content:
        for blob in set(mains.values()):
            heads[blob] = read_headers(content(blob)[:HEADER_BYTES], ("Version",))["Version"]
    return {tree: heads[blob] for tree, blob in mains.items() if heads[blob]}


def _look_up(git: Git, names: Sequence[str]) -> list[tuple[str, str]]:
    """The id and kind of each object; both are empty where it is not there."""
    if any("\n" in name for name in names):
        raise ForkError("a folder whose name has a line end cannot be adopted from git; copy it elsewhere")
    stdin = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
    rows = git.run("cat-file", "--batch-check=%(objecttype) %(objectname)", stdin=stdin).stdout.split(b"\n")
    found = []
    for row in rows[: len(names)]:
        kind, _blank, oid = row.decode("utf-8", "replace").partition(" ")
        found.append((oid, kind) if kind in ("blob", "tree", "commit") else ("", ""))
    return found


def version_tags(git: Git, place: Place) -> dict[str, str]:
    """The versions that tags name, each with its commit; the component's header must say the same there.

    A site's repository has tags as well, and those name no release of a plugin.
    """
    rows = git.text("for-each-ref", "--format=%(objectname) %(*objectname) %(refname)", TAGS).split("\n")
    named: dict[str, str] = {}
    for row in rows:
        if row:
            own, peeled, name = row.split(" ", 2)
            version = tag_version(name.removeprefix(TAGS), place.component.slug)
            if version:
                named.setdefault(version, peeled or own)
    trees = _trees(git, place, list(named.values()))
    said = _versions(git, place, {tree for tree in trees if tree})
    return {
        version: commit
        for (version, commit), tree in zip(named.items(), trees, strict=True)
        if tree and sort_key(said.get(tree, "")) == sort_key(version)
    }


def vendor_imports(git: Git, place: Place, version: str) -> list[State]:
    """The commits in which a version appeared on top of nothing but such commits: untouched imports of the vendor's.

    An import over a patched state may have kept patches, so it does not count.
    """
    states = {
        s.commit: s for s in read_states(git, place, "--topo-order", "--full-history", "--parents", "--all") if s.tree
    }
    pure: dict[str, bool] = {}
    for commit, state in reversed(states.items()):  # parents come before children
        parents = [states[p] for p in state.parents if p in states]
        appeared = state.version is not None and all(p.version != state.version for p in parents)
        pure[commit] = appeared and len(state.parents) < 2 and all(pure.get(p.commit, False) for p in parents)
    return [s for commit, s in states.items() if pure[commit] and s.version == version]


def ancestors(git: Git, commit: str) -> set[str]:
    """A commit and all before it."""
    return set(git.text("rev-list", "--end-of-options", commit, "--").split())


def merged_in(git: Git, place: Place, merge: State) -> list[State]:
    """The commits that a merge brought in, oldest first; empty where they are no single line."""
    if len(merge.parents) != 2:
        return []
    inside = read_states(git, place, "--topo-order", f"{merge.parents[0]}..{merge.parents[1]}")
    inside.reverse()
    return [] if any(len(s.parents) > 1 or s.tree is None for s in inside) else inside


def _join(folder: str, file: str | None) -> str:
    return "/".join(part for part in (folder, file) if part)
