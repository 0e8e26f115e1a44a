"""Take a patched component apart: the vendor's release, patches on it, and whatever neither of them explains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from plugwatch.errors import ForkError
from plugwatch.forks.adopt_base import Base, Given, ReleaseFinder, Shelf, choose_base
from plugwatch.forks.adopt_fetch import fetch_from
from plugwatch.forks.adopt_history import State, ancestors, read_chain
from plugwatch.forks.adopt_normal import Normal, Setting, points_to
from plugwatch.forks.adopt_places import Place, choose_places, is_submodule, places_in_folder, places_in_tree
from plugwatch.forks.adopt_replay import Replay, Step, group_paths, read_steps, without_reverts
from plugwatch.forks.adopt_source import (
    SINCE,
    TIP,
    History,
    Location,
    open_history,
    open_quarantine,
    plain_files,
    read_folder,
)
from plugwatch.forks.git import Git
from plugwatch.forks.repository import Repository
from plugwatch.forks.upgrade import changed_files, diff_files
from plugwatch.model.adoption import (
    Adoption,
    CommitFacts,
    Oddity,
    is_left_out,
    junk_reason,
    line_endings_like,
    rest_reason,
)
from plugwatch.model.builds.build import MANIFEST_NAME
from plugwatch.model.component import Component, is_slug
from plugwatch.model.fork import Person

TITLE = "Adopted local changes"
REST_TITLE = "Adopted local changes: the rest"

_MOST_PATCHES = 200
_MOST_EARLIER = 200


@dataclass(frozen=True)
class Wish:
    """What a person asked for. ``agency`` and ``date`` sign what no commit holds."""

    agency: Person
    date: str
    releases: tuple[Path, ...] = ()
    base: str | None = None
    split: str | None = None
    leave_out: tuple[str, ...] = ()
    with_rest: bool = False
    vendor_endings: bool = False


@dataclass(frozen=True)
class Source:
    """What is adopted, opened: the components in it, and their history where there is one."""

    git: Git
    location: Location
    history: History | None
    places: tuple[Place, ...]
    since: bool


@contextmanager
def open_source(location: Location, wanted: str | None, since: str | None) -> Iterator[Source]:
    """Read what a person pointed at into a quarantine, for the block.

    Raises InputError, NotFoundError or AmbiguousError where it does not hold what was named, UnknownError where a
    repository cannot be reached.
    """
    with open_quarantine(Component("plugin", "adopted")) as git:
        history = open_history(git, location, since)
        if history is None:
            found, within = places_in_folder(location.folder or Path()), ""
        else:
            within = history.within
            name = within.rpartition("/")[2] or location.name
            found = places_in_tree(git, TIP, within=within, name=name)
        places = choose_places(found, wanted, within=within, shown=location.shown)
        yield Source(git, location, history, tuple(places), since is not None)


def adopt_place(
    source: Source, place: Place, fork: Repository | None, finders: Sequence[ReleaseFinder], wish: Wish
) -> Adoption:
    """Take one component apart; nothing is written but into the quarantine.

    Raises ForkError where its release cannot be had or where it cannot be adopted, UnknownError where that could not be
    found out.
    """
    _check_name(source, place)
    if source.history is None:
        chain, odd = _copied_chain(source, place, wish)
    else:
        chain, odd = read_chain(source.git, place), []
    tip = chain[-1].tree if chain else None
    if not tip:
        if is_submodule(source.git, TIP, place.folder):
            raise ForkError(f"{place.component} is a submodule; adopt its own repository")
        raise ForkError(f"{place.component} is not in the newest commit of {source.location.shown}")
    if MANIFEST_NAME in source.git.tree(tip):
        raise ForkError(f"{place.component} is a build of plugwatch; take its changes with 'plugwatch patch capture'")
    shelf = Shelf(source.git, place, fork, tip)
    shelf.add_given((Given(path, len(source.places) == 1) for path in wish.releases), wish.base)
    shelf.finders = finders
    base = choose_base(shelf, chain, wish.base)
    return _Taking(source, place, chain, base, wish).take(shelf, odd)


def _check_name(source: Source, place: Place) -> None:
    kind, slug = place.component.kind, place.component.slug
    if not is_slug(slug) or kind == "core" or "/" in slug:
        raise ForkError(f"{slug!r} cannot be the name of a fork; name the component, as plugin/SLUG")
    stem = (place.main or "").removesuffix(".php")
    guessed = source.history is not None and not place.folder and place.file is None and slug == source.location.name
    if guessed and kind == "plugin" and stem and stem != slug:
        raise ForkError(
            f"the repository is called {slug} and the plugin's file {stem}.php; name the component, as plugin/SLUG"
        )


def _copied_chain(source: Source, place: Place, wish: Wish) -> tuple[list[State], list[Oddity]]:
    """The one state that a folder without history has."""
    folder = (source.location.folder or Path()) / place.folder
    if (folder / ".git").exists() and not place.file:
        raise ForkError(f"{place.component} is a repository of its own; adopt it with 'plugwatch fork adopt {folder}'")
    files, odd = read_folder(source.git, folder, wish.leave_out, only=place.file)
    facts = CommitFacts(None, TITLE, "", wish.agency, wish.date)
    return [State(facts, (), "", source.git.write_tree(files), place.version)], odd


@dataclass(frozen=True)
class _Taking:
    """One component on its way: its states, and the release that it was made from."""

    source: Source
    place: Place
    chain: Sequence[State]
    base: Base
    wish: Wish

    @property
    def git(self) -> Git:
        return self.source.git

    @property
    def tip(self) -> str:
        return self.chain[-1].tree or ""

    def take(self, shelf: Shelf, odd: Sequence[Oddity]) -> Adoption:
        """The patches, the rest, and the proof that both are all."""
        stock, history = self.base.stock, self.source.history
        first = self.chain[self.base.index].tree or ""
        normal = Normal(self.git, self._setting(), first)
        if history is None:
            replay = self._replay_copy(normal)
        else:
            earlier = self._earlier_steps()
            if self.base.layout or (stock.version in shelf.tags and first == stock.tree):
                differs = diff_files(self.git, stock.tree, normal.tree(first)).keys()
                earlier = [step for step in earlier if differs & diff_files(self.git, step.old, step.new).keys()]
            replay = self._replay(normal, earlier, self._steps())
        unexplained, left_out = normal.oddities(self.tip)
        self._add_rest(normal, replay, unexplained, left_out)
        for oddity in odd:
            (left_out if is_left_out(oddity.path.rstrip("/"), self.wish.leave_out) else unexplained).append(oddity)
        if self.wish.with_rest:
            unexplained = self._carry_rest(replay, unexplained)
        if history and history.work_tree:
            unexplained = self._compare_checkout(history.work_tree, unexplained, left_out)
        stock = replace(stock, found_by=f"{stock.found_by}{self._match(first)}")
        adoption = Adoption(
            self.place.component,
            stock,
            tuple(replay.patches),
            tuple(replay.dropped),
            tuple(sorted(unexplained, key=lambda o: o.path)),
            tuple(sorted(left_out, key=lambda o: o.path)),
        )
        self._prove(adoption)
        self._refuse_guess(adoption)
        return adoption

    def _setting(self) -> Setting:
        layout = plain_files(self.git, self.base.layout)[0] if self.base.layout else None
        return Setting(
            self.git.tree(self.base.stock.tree),
            self.place.main,
            self.wish.leave_out,
            self.source.history is None,
            self.wish.vendor_endings,
            layout,
        )

    def _replay_copy(self, normal: Normal) -> Replay:
        """A patch for all that differs, or one for each file or folder."""
        release = self.base.stock.tree
        replay = Replay(self.git, normal, release)
        files = self.git.tree(release)
        changes = diff_files(self.git, release, normal.tree(self.tip))
        for group, paths in group_paths(changes, self.wish.split).items():
            # None of them goes: what a copy lacks is filled in from the release.
            files |= {path: entry for path in paths if (entry := changes[path][1])}
            title = f"{TITLE} in {group}" if group else TITLE
            replay.put_tree(self._own(title), self.git.write_tree(files))
        return replay

    def _own(self, title: str) -> CommitFacts:
        return CommitFacts(None, " ".join(title.split()), "", self.wish.agency, self.wish.date)

    def _steps(self) -> list[Step]:
        """What happened since the release came in; up to the commit that a person named it is one step."""
        later = list(self.chain[self.base.index :])
        steps: list[Step] = []
        if self.source.since:
            before = ancestors(self.git, SINCE)
            last = max((i for i, state in enumerate(later) if state.commit in before), default=0)
            if last:
                title = f"Changes after {self.base.stock.version} up to commit {later[last].commit[:10]}"
                why = "\n".join(f"* {s.facts.title}" for s in later[1 : last + 1])
                facts = replace(later[last].facts, title=title, why=why, author=self.wish.agency)
                steps.append(Step(facts, later[0].tree or "", later[last].tree or ""))
                later = later[last:]
        steps += read_steps(self.git, self.place, later)
        if len(steps) > _MOST_PATCHES:
            raise ForkError(
                f"{self.place.component}: {len(steps)} commits follow release {self.base.stock.version}; say with "
                "--since BRANCH or --since COMMIT up to where they are the vendor's own"
            )
        return steps

    def _earlier_steps(self) -> Sequence[Step]:
        """What was patched before the release came in; an import of the vendor's is no patch."""
        before = self.chain[: self.base.index + 1]
        pairs = [[a, b] for a, b in pairwise(before) if a.version == b.version]
        if len(pairs) > _MOST_EARLIER:
            return ()
        return [step for pair in pairs for step in read_steps(self.git, self.place, pair)]

    def _replay(self, normal: Normal, earlier: Sequence[Step], later: Sequence[Step]) -> Replay:
        whole = self._put_all(normal, earlier, later)
        before, taken_before = without_reverts(self.git, earlier)
        after, taken_back = without_reverts(self.git, later)
        if taken_before or taken_back:
            slim = self._put_all(normal, before, after)
            if slim.tree == whole.tree and not any(patch.notes for patch in slim.patches):
                slim.dropped[:] = [*taken_before, *taken_back, *slim.dropped]
                return slim
        return whole

    def _put_all(self, normal: Normal, earlier: Sequence[Step], later: Sequence[Step]) -> Replay:
        replay = Replay(self.git, normal, self.base.stock.tree)
        target = normal.tree(self.chain[self.base.index].tree or "")
        for step in earlier:
            replay.add_earlier(step, target, self.base.stock.version)
        for step in later:
            replay.add(step)
        return replay

    def _add_rest(self, normal: Normal, replay: Replay, unexplained: list[Oddity], left_out: list[Oddity]) -> None:
        """What differs from what is adopted after all patches."""
        wanted = normal.tree(self.tip)
        for path, (have, want) in sorted(diff_files(self.git, replay.tree, wanted).items()):
            if self.base.layout and have and want:
                left_out.append(Oddity(path, "the release's is another than the repository's"))
                continue
            contents = [self.git.blob(entry.blob) if entry else None for entry in (have, want)]
            unexplained.append(Oddity(path, rest_reason(*contents)))

    def _carry_rest(self, replay: Replay, unexplained: Sequence[Oddity]) -> list[Oddity]:
        """Put what can be carried of the rest into a last patch; what cannot."""
        files, raw = self.git.tree(replay.tree), plain_files(self.git, self.tip)[0]
        for oddity in unexplained:
            if oddity.may_be_carried:
                files.pop(oddity.path, None)
                if oddity.path in raw:
                    files[oddity.path] = raw[oddity.path]
        tree = self.git.write_tree(files)
        if tree != replay.tree:
            replay.put_tree(self._own(REST_TITLE), tree)
        return [oddity for oddity in unexplained if not oddity.may_be_carried]

    def _compare_checkout(self, work_tree: Path, unexplained: Sequence[Oddity], left_out: list[Oddity]) -> list[Oddity]:
        """The unexplained with what the checkout holds and its newest commit does not.

        What git ignores and the checkout has as it was shipped is explained. git itself must not look: it would run the
        filters that the repository's configuration names.
        """
        folder = work_tree / self.place.folder
        if not folder.is_dir():
            return list(unexplained)
        found, _odd = read_folder(self.git, folder, self.wish.leave_out, only=self.place.file)
        committed, odd = plain_files(self.git, self.tip)
        release, inside = self.git.tree(self.base.stock.tree), tuple(f"{oddity.path}/" for oddity in odd)
        shipped = {path for path, entry in found.items() if path not in committed and entry == release.get(path)}
        left_out += [Oddity(path, "not in git, but in the work tree as the release has it") for path in shipped]
        oddities = [oddity for oddity in unexplained if oddity.path not in shipped]
        for path in sorted(changed_files(committed, found) - shipped):
            have, seen = committed.get(path), found.get(path)
            if junk_reason(path) or is_left_out(path, self.wish.leave_out) or path.startswith(inside):
                continue
            if have and seen and self._same_text(have.blob, seen.blob):
                continue
            what = "not in git" if have is None else "not there any more" if seen is None else "changed"
            oddities.append(Oddity(path, f"{what} in the work tree; commit it or leave it out", may_be_carried=False))
        return oddities

    def _same_text(self, one: str, other: str) -> bool:
        left, right = self.git.objects([one, other])
        return left == right or line_endings_like(left, right) == left or points_to(left, right)

    def _match(self, first: str) -> str:
        """How many of the release's files came in as they were shipped, where not all did."""
        release = self.git.tree(self.base.stock.tree)
        there = self.git.tree(self.tip if self.source.history is None else first)
        same = sum(there.get(path) == entry for path, entry in release.items())
        return "" if same == len(release) else f"; {same} of its {len(release)} files as they are in it"

    def _prove(self, adoption: Adoption) -> None:
        """Release + patches = what is adopted, but for what is listed. Raises ForkError where it is not."""
        listed = {o.path for o in (*adoption.unexplained, *adoption.left_out)}
        rest = [path for path in diff_files(self.git, adoption.tree, self.tip) if path not in listed]
        if rest:
            raise ForkError(
                f"{adoption.component}: release {adoption.base.version} and the patches are not what was adopted, "
                f"{rest[0]} differs; please report this"
            )

    def _refuse_guess(self, adoption: Adoption) -> None:
        """A first commit without a patch on it may hold any number of them."""
        stock = self.base.stock
        if stock.is_guess and not adoption.patches:
            raise ForkError(
                f"nothing in its history tells a patch of {adoption.component} from the vendor's own code; "
                f"give release {stock.version} with --release ZIP"
            )


def bring(git: Git, adoption: Adoption, fork: Repository) -> None:
    """Copy the release and the trees of the patches into a fork; no ref names them yet."""
    trees = dict.fromkeys([adoption.base.tree, *(patch.tree for patch in adoption.patches)])
    who = "plugwatch <plugwatch@plugwatch.invalid> 946684800 +0000"
    parent: list[str] = []
    for tree in trees:
        lines = [
            f"tree {tree}",
            *(f"parent {p}" for p in parent),
            f"author {who}",
            f"committer {who}",
            "",
            "adopted",
            "",
        ]
        parent = [git.write_object("commit", "\n".join(lines).encode())]
    ref = "refs/adopted/ready"
    git.run("update-ref", "--end-of-options", ref, parent[0])
    fetch_from(fork.git, git.directory, ref)
