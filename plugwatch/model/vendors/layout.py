"""Where the files of a release live in the vendor's repository.

A release is seldom the repository itself: it may lie in ``trunk/`` or in a folder of a repository of many plugins, some
of its folders may have been put together from elsewhere, and what was built on the way is in no repository at all. Only
paths and blob ids are looked at, so that a repository need not be there with its contents.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from plugwatch.model.vendors.text_form import plain

# The name or the path of what is made from other files, as the tools of the trade name it.
_BUILT_FOLDERS = frozenset(
    {"build", "dist", "vendor", "vendor_prefixed", "vendor-prefixed", "jetpack_vendor", "node_modules", "bundles"}
)
_BUILT_NAME = re.compile(
    r"\.min\.(?:js|css|mjs)$|\.asset\.php$|\.(?:map|mo|pot|l10n\.php)$|[.-]rtl\.css$|\.bundle\.js$"
)
# A copy of a release in a repository: what is changed there is not what the next release is made from.
_COPIES = frozenset({"tags", "branches", "releases", "release", "build", "dist"})
# Names that most plugins have.
_COMMON = frozenset({"index.php", "uninstall.php", "autoload.php"})
_AS_GOOD = 0.9
# Of its own PHP files a repository must have this share to be taken for the one that a release came from.
_ENOUGH = 0.2
_MOST_NAMESAKES = 20
_ALIKE = 0.6


@dataclass(frozen=True)
class Layout:
    """``rules`` pair a folder of the release with one of the repository (each "" or with a slash at its end), the
    longest first; ``found`` says where each file is, ``absent`` are those that the repository has not.

    ``namesakes`` are, for an absent file, the files of its name that are no other file's.
    """

    rules: tuple[tuple[str, str], ...]
    found: Mapping[str, str]
    absent: frozenset[str]
    namesakes: Mapping[str, tuple[str, ...]]

    @property
    def main(self) -> str:
        """The folder of the repository that the release lies in, "" for all of it."""
        return next(there for here, there in self.rules if not here)

    def place(self, path: str) -> str | None:
        """Where a new file belongs: beside its neighbours. None: the release's folder for it is built."""
        folder = path
        while folder:
            folder = _parent(folder)
            beside = self._folders.get(folder)
            if beside is not None:
                rest = path[len(folder) :].lstrip("/")
                return "/".join(part for part in (beside.most_common(1)[0][0], rest) if part) if beside else None
        return self.main + path

    @cached_property
    def _folders(self) -> dict[str, Counter[str]]:
        """By a folder of the release, the folders that its files are in there; empty where they are in none."""
        folders: dict[str, Counter[str]] = defaultdict(Counter)
        for path, there in self.found.items():
            if _name(path) == _name(there):
                folders[_parent(path)][_parent(there)] += 1
        for path in self.absent:
            folders[_parent(path)].update()
        return dict(folders)


def find_layout(shipped: Mapping[str, str], there: Mapping[str, str], earlier: Layout | None = None) -> Layout | None:
    """The layout of a repository, from the blob ids of both by their paths; None where the release is not from it.

    ``earlier`` is the layout in another state of the same repository, such as the tag of the release: what it says
    holds where the file is still there.
    """
    pairs = _equal_pairs(shipped, there)
    main = _main_folder(shipped, there, pairs)
    if main is None:
        return None
    rules = {("", main), *(earlier.rules if earlier else ()), *_side_rules(pairs, there, main)}
    ordered = tuple(sorted(rules, key=lambda rule: (-len(rule[0]), rule[0], rule != ("", main), rule[1])))
    found = _resolve(shipped, there, ordered, dict(earlier.found) if earlier else {}, dict(pairs))
    absent = frozenset(shipped.keys() - found.keys())
    if not _is_from(shipped, found):
        return None
    kept = (*(rule for rule in ordered if rule[0]), ("", main))
    return Layout(kept, found, absent, _namesakes(absent, there.keys() - set(found.values())))


def is_built(path: str) -> bool:
    """Whether a file is made from others, by its name or its folder."""
    *folders, name = path.split("/")
    return bool(_BUILT_NAME.search(name)) or any(folder in _BUILT_FOLDERS for folder in folders)


def say_absent(path: str, repository: str) -> str:
    """Why a patch that changes a file cannot be offered there."""
    if is_built(path):
        return (
            f"{path} is built from other files, and {repository} has only those; make the patch on its source there, "
            "and offer that"
        )
    return (
        f"{path} is shipped, but not in {repository}: it is built there or was taken out; look where it comes from and "
        "make the patch on that"
    )


def choose_namesake(content: bytes, candidates: Mapping[str, bytes]) -> str | None:
    """The one file of several that has most of a file's lines; None where none has enough, or two have as many."""
    ours = _lines(content)
    rows = sorted(((_share(ours, _lines(other)), path) for path, other in candidates.items()), reverse=True)
    if not rows or rows[0][0] < _ALIKE or (len(rows) > 1 and rows[1][0] == rows[0][0]):
        return None
    return rows[0][1]


def _equal_pairs(shipped: Mapping[str, str], there: Mapping[str, str]) -> list[tuple[str, str]]:
    """Files with the same bytes that neither side has twice."""
    ours, theirs = _single(shipped), _single(there)
    return sorted((path, theirs[blob]) for blob, path in ours.items() if blob in theirs)


def _single(files: Mapping[str, str]) -> dict[str, str]:
    counts = Counter(files.values())
    return {blob: path for path, blob in files.items() if counts[blob] == 1}


def _main_folder(shipped: Mapping[str, str], there: Mapping[str, str], pairs: Sequence[tuple[str, str]]) -> str | None:
    """The folder of the repository under which most of the release's paths are."""
    names: Counter[str] = Counter()
    for path in there:
        names.update(folder for folder, rest in _splits(path) if rest in shipped)
    if not names:
        return None
    equal = Counter(other.removesuffix(path) for path, other in pairs if other.endswith(path))
    best = max(names.values())
    good = [folder for folder, count in names.items() if count >= best * _AS_GOOD]

    def rank(folder: str) -> tuple[bool, int, int, str]:
        return bool(_COPIES.intersection(folder.split("/"))), -names[folder] - 3 * equal[folder], len(folder), folder

    return min(good, key=rank)


def _splits(path: str) -> Iterable[tuple[str, str]]:
    """A path as folder and rest, in each way; the whole path is the first rest."""
    yield "", path
    at = path.find("/")
    while at >= 0:
        yield path[: at + 1], path[at + 1 :]
        at = path.find("/", at + 1)


def _side_rules(pairs: Sequence[tuple[str, str]], there: Mapping[str, str], main: str) -> list[tuple[str, str]]:
    """Folders of the release that were put together from elsewhere, each told by two equal files or more."""
    votes: Counter[tuple[str, str]] = Counter()
    for path, other in pairs:
        if main + path != other and main + path not in there and _name(path) == _name(other):
            votes[_without_common_end(path, other)] += 1
    return [rule for rule, count in votes.items() if count > 1 and rule[0]]


def _without_common_end(path: str, other: str) -> tuple[str, str]:
    ours, theirs = path.split("/"), other.split("/")
    while ours and theirs and ours[-1] == theirs[-1]:
        ours.pop()
        theirs.pop()
    return "".join(f"{part}/" for part in ours), "".join(f"{part}/" for part in theirs)


def _resolve(
    shipped: Mapping[str, str],
    there: Mapping[str, str],
    rules: Sequence[tuple[str, str]],
    earlier: Mapping[str, str],
    equal: Mapping[str, str],
) -> dict[str, str]:
    """Where each file is; no file there is that of two, and one with the same bytes goes before one of the name."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    wanted = {path: _candidates(path, rules, earlier, equal) for path in sorted(shipped)}
    for exact in (True, False):
        for path, places in wanted.items():
            if path in found:
                continue
            fits = (
                place
                for place in places
                if place in there and place not in taken and (there[place] == shipped[path] or not exact)
            )
            place = next(fits, None)
            if place is not None:
                found[path] = place
                taken.add(place)
    return found


def _candidates(
    path: str, rules: Sequence[tuple[str, str]], earlier: Mapping[str, str], equal: Mapping[str, str]
) -> list[str]:
    by_rule = [folder + path[len(here) :] for here, folder in rules if path.startswith(here)]
    known = [places[path] for places in (earlier, equal) if path in places]
    return list(dict.fromkeys([*known[:1], *by_rule, *known[1:]] if path in earlier else [*by_rule, *known]))


def _is_from(shipped: Mapping[str, str], found: Mapping[str, str]) -> bool:
    """Whether enough of a release is there; what is built, or in every plugin, says nothing."""
    own = [path for path in shipped if not is_built(path) and _name(path) not in _COMMON]
    telling = [path for path in own if path.endswith(".php")] or own
    return sum(path in found for path in telling) > len(telling) * _ENOUGH


def _namesakes(absent: Iterable[str], free: Iterable[str]) -> dict[str, tuple[str, ...]]:
    by_name: dict[str, list[str]] = defaultdict(list)
    for path in sorted(free):
        by_name[_name(path)].append(path)
    rows = ((path, by_name.get(_name(path), [])) for path in absent)
    return {path: tuple(named) for path, named in rows if 0 < len(named) <= _MOST_NAMESAKES}


def _share(ours: Counter[bytes], theirs: Counter[bytes]) -> float:
    """The lines that both have, of those that the longer one has."""
    return (ours & theirs).total() / max(ours.total(), theirs.total(), 1)


def _lines(content: bytes) -> Counter[bytes]:
    return Counter(line.strip() for line in plain(content).split(b"\n") if line.strip())


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _parent(path: str) -> str:
    return path.rpartition("/")[0]
