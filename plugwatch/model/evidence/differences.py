"""What each differing file of a listing is: ours, the vendor's, the same code in another form, or nobody's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from plugwatch.model.evidence.evidence import ABSENT, ADDED, DIFFERENT, Difference, Listing
from plugwatch.model.evidence.known import OURS, OWN_FILES, VENDORS, Carried, Ground, Known, is_readme
from plugwatch.model.evidence.variants import digest, is_harmless, same_code

AS_OURS, AS_VENDORS, OTHERS, QUIET, FOREIGN, CODE, GONE = (
    *("as-ours", "as-vendors", "others", "quiet", "foreign", "code", "gone"),
)
"""As in our build; as the vendor ships it; as in some other release or build; a difference that changes no code;
changed by somebody; added, and the server may run it; not there."""

SUSPICIOUS = (FOREIGN, CODE, GONE)

_MOST_TRIED = 20_000  # files whose content is compared in other forms
# What a web server runs, by any part of the name behind a dot: Apache's AddHandler takes x.php.jpg for PHP.
_RUNS = frozenset({"php", "php3", "php4", "php5", "php7", "php8", "phtml", "phar", "pht", "phps", "inc", "cgi", "pl"})
_RUNS |= {"py", "sh", "so", "asp", "aspx", "jsp"}
_RULES = frozenset({".htaccess", ".user.ini", "php.ini", "web.config"})
_WRITTEN_FOLDERS = frozenset({"cache", "caches", "log", "logs", "upload", "uploads", "tmp", "temp", "backups"})
_WRITTEN_FILES = frozenset({"error_log", "debug.log", ".ds_store", "thumbs.db"})


@dataclass(frozen=True)
class Found:
    """A file that differs: what it is (AS_OURS …) and the difference as it is told.

    ``is_formed``: it holds code that is known, in another form.
    """

    kind: str
    told: Difference
    is_formed: bool = False


@dataclass(frozen=True)
class Looking:
    """A listing beside our build and the vendor's release, either of which may be missing.

    ``nearest`` is the one of all known trees that fits it best.
    """

    listing: Listing
    ground: Ground
    nearest: Known
    build: Known | None
    release: Known | None

    def differences(self) -> list[Found]:
        """All files that are not as in the build, or where there is none as in the release, in order."""
        target = self.build or self.nearest
        paths = {*target.differing(self.listing.files), *self.nearest.differing(self.listing.files)}
        return [self._found(path, target) for path in sorted(paths)]

    def kind(self, path: str) -> tuple[str, str]:
        """What the file at a path is, and words for it where it is neither ours nor the vendor's as it stands."""
        there = self.listing.files.get(path)
        if self.build and self.build.holds(path, there):
            return AS_OURS, ""
        if self.release and self.release.holds(path, there):
            return AS_VENDORS, ""
        if there is None:
            return self._absent(path)
        other = next((one for one in reversed(self.ground.known) if one.files.get(path) == there), None)
        if other:
            return OTHERS, f"as in {name_of(other)}"
        by_hand = [p for p in self.ground.parts if p.base == self.nearest.base and p.files.get(path) == there]
        if by_hand:
            return AS_OURS, f"as in {name_of(by_hand[0])}, without the notice of our build"
        if path in self._forms:
            return self._forms[path]
        if is_readme(path):
            return QUIET, "a readme with other words, which vendors change without a new version"
        if any(path in one.files for one in self._own):
            return FOREIGN, "not ours and not the vendor's"
        return self._added(path, there)

    @property
    def _own(self) -> list[Known]:
        return [one for one in (self.build, self.release, self.nearest) if one]

    @cached_property
    def _forms(self) -> dict[str, tuple[str, str]]:
        """The files that hold known code in another form."""
        here = self.listing.files
        trees = {one.tree: one for one in self._own if one.tree}
        differing = {path for one in trees.values() for path in one.differing(here) if path in here}
        tried = sorted(path for path in differing if not any(one.holds(path, here[path]) for one in self._own))
        found: dict[str, tuple[str, str]] = {}
        for one in trees.values():
            for path in tried[:_MOST_TRIED]:
                form = self._form(one, path, here[path]) if path in one.files and path not in found else None
                if form:
                    found[path] = (AS_OURS if one.kind == OURS else AS_VENDORS, f"as in {name_of(one)}, {form}")
        return found

    def _form(self, one: Known, path: str, there: str) -> str | None:
        data = self.ground.read(one.tree, path)
        if data is None:
            return None
        of = digest(self.listing.algorithm)
        said = {self.listing.version, self.ground.claimed, one.base, *(k.version for k in self._own)} - {None}
        versions = sorted(text for text in said if text) if path == self.ground.main else ()
        return next((words for words, form in same_code(data, versions) if of(form) == there), None)

    def _absent(self, path: str) -> tuple[str, str]:
        if path in OWN_FILES:
            return QUIET, "only in our build, and not there"
        if is_readme(path):
            return QUIET, "the readme is not there"
        return GONE, "not there"

    @cached_property
    def _folded(self) -> dict[str, str]:
        return {path.lower(): path for one in self._own for path in one.files}

    def _added(self, path: str, there: str) -> tuple[str, str]:
        same = self._folded.get(path.lower())
        case = f"; it differs from {same} in letter case only" if same else ""
        if may_run(path):
            if is_harmless(there, self.listing.algorithm):
                return QUIET, "added, and empty in effect: it only keeps people from looking into the folder"
            return CODE, f"not ours and not the vendor's, and the server may run it{case}"
        if is_written(path):
            return QUIET, "written there by the plugin or the server, and nothing that a server runs"
        return QUIET, f"not ours and not the vendor's, and nothing that a server runs{case}"

    def _found(self, path: str, target: Known) -> Found:
        kind, words = self.kind(path)
        there = path in self.listing.files
        how = (DIFFERENT if path in target.files else ADDED) if there else ABSENT
        formed = bool(words) and kind in (AS_OURS, AS_VENDORS)
        return Found(kind, Difference(path, how, words or self._why(kind, path)), formed)

    def _why(self, kind: str, path: str) -> str:
        if kind == AS_VENDORS and self.build and self.release:
            vendors = f"as the vendor ships {self.release.version}"
            return f"{vendors}, without {reason(path, self.build, self.ground.patches)}"
        return f"as in {name_of(self.build or self.nearest)}"


def explain(build: Known, release: Known, patches: Mapping[str, Carried]) -> Iterator[Difference]:
    """Why each file of a build differs from the vendor's release, as scanners and ``verify-checksums`` find them."""
    for path in sorted(release.differing(build.files)):
        how = ABSENT if path not in build.files else ADDED if path not in release.files else DIFFERENT
        yield Difference(path, how, _explained(path, how, reason(path, build, patches)))


def _explained(path: str, how: str, why: str) -> str:
    if path in OWN_FILES:
        return "only in ours: it tells what was changed, and the sums of all files"
    if why == _MARK:
        return f"{_MARK}: headers and notes that say whose it is"
    return f"{'removed' if how == ABSENT else 'added' if how == ADDED else 'changed'} by {why}"


_MARK = "the build's own mark"


def reason(path: str, build: Known, patches: Mapping[str, Carried]) -> str:
    """Which patches of a build touch a path, by id and title; the build's own mark where none does."""
    touching = [one for one in map(patches.get, build.patches) if one and path in one.files]
    return " and ".join(f"{one.id} ({one.title})" for one in touching) or _MARK


def name_of(one: Known) -> str:
    """A tree in words."""
    if one.kind == OURS:
        return f"our build {one.version}"
    if one.kind == VENDORS:
        return f"the vendor's {one.version}"
    return f"{one.base} with {' and '.join(one.patches)}"


def may_run(path: str) -> bool:
    """Whether a web server may run a file by its name, or takes rules from it."""
    name = path.rpartition("/")[2].lower()
    return name in _RULES or not _RUNS.isdisjoint(name.split(".")[1:])


def is_written(path: str) -> bool:
    """Whether a file looks like what plugins and servers write into a plugin's folder while they work."""
    *folders, name = path.lower().split("/")
    return not _WRITTEN_FOLDERS.isdisjoint(folders) or name in _WRITTEN_FILES or name.endswith((".log", ".cache"))


def named(found: Iterable[Found], most: int = 3) -> str:
    """The paths of some files for a sentence; names are shown so that none of them can act on a terminal."""
    paths = [one.told.path for one in found]
    shown = ", ".join(path if path.isprintable() else ascii(path) for path in paths[:most])
    return shown + (f" and {len(paths) - most} more" if len(paths) > most else "")
