"""Which components a list means that shows display names only.

In this order: what a person has said the name stands for; what is installed on the site under that name; the only
component that any site has ever shown under it; what WordPress.org has under a slug made from the name. Whatever is
less sure than that stays unresolved and is listed with its candidates: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from plugwatch.errors import InputError, PlugwatchError
from plugwatch.model.component import KINDS, Component, is_slug
from plugwatch.model.directory import FRESH_FOR, HOSTED_KINDS, UNKNOWN, DirectoryEntry
from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.names import SURE, match_confidence, slug_candidates
from plugwatch.model.site import Installation, Site

_BY_PERSON, _ON_SITE, _ELSEWHERE, _LIKELY = 1.0, 0.99, 0.95, 0.6

Entries = Mapping[tuple[str, str], DirectoryEntry]


class Catalog(Protocol):
    """What the ledger keeps of names and of WordPress.org's answers."""

    def choose(self, component: Component, name: str, *, at: datetime, actor: str) -> None: ...

    def chosen(self, kind: str, name: str) -> Component | None: ...

    def keep_entry(self, entry: DirectoryEntry, *, at: datetime) -> None: ...

    def entry(self, kind: str, slug: str) -> tuple[DirectoryEntry, datetime] | None: ...


class Components(Protocol):
    """The components that the ledger knows."""

    def called(self, kind: str, name: str) -> Sequence[Component]: ...

    def find(self, component: Component) -> str | None: ...


class Installations(Protocol):
    """What the ledger keeps of what runs where."""

    def current(self, site_id: str) -> Mapping[Component, Installation]: ...


class UnitOfWork(Protocol):
    """One state of the ledger."""

    @property
    def catalog(self) -> Catalog: ...

    @property
    def components(self) -> Components: ...

    @property
    def installations(self) -> Installations: ...


@dataclass(frozen=True)
class Candidate:
    """A component that a name may stand for: how surely (0 to 1; from SURE on it is taken), and why."""

    component: Component
    confidence: float
    why: str


@dataclass(frozen=True)
class Naming:
    """One row that showed a display name only, its candidates, the likeliest first, and the one that is ``taken``."""

    row: Installed
    candidates: tuple[Candidate, ...]
    taken: Candidate | None


@dataclass(frozen=True)
class Resolution:
    """A list with the slugs that its names stand for, and how each was found."""

    inventory: Inventory
    namings: tuple[Naming, ...]


@dataclass(frozen=True)
class Choice:
    """What ``--resolve "Name=slug"`` says: a display name, and the slug that it stands for, perhaps with its kind."""

    name: str
    kind: str | None
    slug: str


def parse_choice(text: str) -> Choice:
    """Read ``Name=slug`` or ``Name=plugin/slug``; names may hold ``=``. Raises PlugwatchError for anything else."""
    name, equals, wanted = text.rpartition("=")
    name, wanted = " ".join(name.split()), wanted.strip()
    kind, slash, slug = wanted.partition("/")
    if not (slash and kind in KINDS):
        kind, slug = "", wanted
    if not equals or not name or not is_slug(slug) or " " in slug:
        raise PlugwatchError(f"'{text}' does not say what a name stands for; write --resolve \"Tidy Forms=tidy-forms\"")
    return Choice(name, kind or None, slug)


def choose(work: UnitOfWork, inventory: Inventory, choices: Iterable[Choice], *, now: datetime, actor: str) -> None:
    """Keep what names of this list stand for, from now on.

    Raises InputError for a name that the list does not show, naming those that it does.
    """
    for choice, kind in _matched(inventory, choices):
        work.catalog.choose(Component(kind, choice.slug), choice.name, at=now, actor=actor)


def shared_choices(inventories: Sequence[Inventory], choices: Iterable[Choice]) -> list[tuple[Choice, ...]]:
    """Of choices for several lists, those that each list shows a row for, in the order of the lists.

    Raises InputError for a choice that none of them shows a row for.
    """
    rows = tuple(row for inventory in inventories for row in inventory.components)
    everything = Inventory("all", rows)
    wanted = [(choice, kind) for choice, kind in _matched(everything, choices)]
    return [
        tuple(dict.fromkeys(choice for choice, kind in wanted if (kind, _fold(choice.name)) in _names_shown(inventory)))
        for inventory in inventories
    ]


def _names_shown(inventory: Inventory) -> set[tuple[str, str]]:
    return {(row.kind, _fold(row.name)) for row in inventory.components if row.slug is None and row.name}


def questions(
    work: UnitOfWork, site: Site, inventory: Inventory, choices: Sequence[Choice], now: datetime
) -> list[Component]:
    """What WordPress.org should be asked to resolve the names that nothing here does; answers of today are not asked
    for again."""
    resolved = resolve(work, site, inventory, choices)
    asked = [
        Component(naming.row.kind, slug)
        for naming in resolved.namings
        if naming.taken is None and naming.row.kind in HOSTED_KINDS and not _is_ambiguous(naming)
        for slug in slug_candidates(naming.row.name or "")
    ]
    return [component for component in dict.fromkeys(asked) if not _is_fresh(work, component, now)]


def resolve(
    work: UnitOfWork, site: Site, inventory: Inventory, choices: Sequence[Choice] = (), answers: Entries | None = None
) -> Resolution:
    """Fill in the slugs that names surely stand for; ``answers`` are fresh ones of WordPress.org."""
    nameless = [row for row in inventory.components if row.slug is None and row.name]
    if not nameless:
        _matched(inventory, choices)
        return Resolution(inventory, ())
    chosen = {(kind, _fold(choice.name)): choice.slug for choice, kind in _matched(inventory, choices)}
    here = work.installations.current(site.id)
    finder = _Finder(work, chosen, here, answers or {})
    named = {row.component for row in inventory.components if row.slug is not None}
    namings = _without_rivals([finder.find(row) for row in nameless], named, here)
    waiting = iter(namings)
    rows = [_filled(next(waiting)) if row.slug is None and row.name else row for row in inventory.components]
    return Resolution(replace(inventory, components=tuple(rows)), tuple(namings))


def _without_rivals(
    namings: Sequence[Naming], named: Container[Component | None], here: Mapping[Component, Installation]
) -> list[Naming]:
    """Two rows of one list cannot be the same component: of several that claim one, only the version known on the site
    may tell which is meant, and a row that names its slug goes first."""
    claims: dict[Component, list[Naming]] = {}
    for naming in namings:
        if naming.taken and naming.taken.component not in named:
            claims.setdefault(naming.taken.component, []).append(naming)
    meant = set()
    for component, rivals in claims.items():
        known = here.get(component)
        same = [naming for naming in rivals if known and known.version and naming.row.version == known.version]
        meant |= {id(naming) for naming in (rivals if len(rivals) == 1 else same if len(same) == 1 else [])}
    return [naming if id(naming) in meant else replace(naming, taken=None) for naming in namings]


def _filled(naming: Naming) -> Installed:
    return replace(naming.row, slug=naming.taken.component.slug) if naming.taken else naming.row


@dataclass(frozen=True)
class _Finder:
    work: UnitOfWork
    chosen: Mapping[tuple[str, str], str]
    here: Mapping[Component, Installation]
    answers: Entries

    def find(self, row: Installed) -> Naming:
        """The candidates for a row, and the one that is sure enough."""
        name = row.name or ""
        found = (
            self._chosen(row.kind, name)
            or self._by_file(row.kind, name)
            or self._on_site(row, name)
            or self._elsewhere(row.kind, name)
            or [
                *(self._in_directory(row, name) if row.kind in HOSTED_KINDS else []),
                *self._same_slug(row, name),
            ]
        )
        found.sort(key=lambda candidate: (-candidate.confidence, candidate.component))
        sure = [candidate for candidate in found if candidate.confidence >= SURE]
        return Naming(row, tuple(found), sure[0] if len(sure) == 1 else None)

    def _chosen(self, kind: str, name: str) -> list[Candidate]:
        slug = self.chosen.get((kind, _fold(name)))
        component = Component(kind, slug) if slug else self.work.catalog.chosen(kind, _fold(name))
        return [Candidate(component, _BY_PERSON, "a person has said so")] if component else []

    def _by_file(self, kind: str, name: str) -> list[Candidate]:
        """WordPress shows a must-use plugin without a name by its file (get_mu_plugins in wp-admin/includes)."""
        is_file = kind == "mu-plugin" and name.endswith(".php") and is_slug(name)
        return [Candidate(Component(kind, name), _ON_SITE, "its name is that of its file")] if is_file else []

    def _on_site(self, row: Installed, name: str) -> list[Candidate]:
        same = [
            (component, known)
            for component, known in self.here.items()
            if component.kind == row.kind and (known.name or "").casefold() == name.casefold()
        ]
        # Of two folders with one name, such as a plugin and its copy, the version may tell which is meant.
        exact = [component for component, known in same if known.version == row.version]
        found = exact if len(same) > 1 and len(exact) == 1 else [component for component, _ in same]
        return [Candidate(component, _ON_SITE, "installed on the site under this name") for component in found]

    def _elsewhere(self, kind: str, name: str) -> list[Candidate]:
        found = self.work.components.called(kind, name)
        return [Candidate(component, _ELSEWHERE, "other sites show this name for it") for component in found]

    def _same_slug(self, row: Installed, name: str) -> list[Candidate]:
        """A known component whose slug is the one that the name would make: likely, but never taken unasked."""
        slugs = [slug for slug in slug_candidates(name) if self.work.components.find(Component(row.kind, slug))]
        return [Candidate(Component(row.kind, slug), _LIKELY, "other sites have one of that slug") for slug in slugs]

    def _in_directory(self, row: Installed, name: str) -> list[Candidate]:
        found = []
        for slug in slug_candidates(name):
            entry = self.answers.get((row.kind, slug))
            if entry is None:
                kept = self.work.catalog.entry(row.kind, slug)
                entry = kept[0] if kept else None
            if entry is not None and entry.state != UNKNOWN:
                match = match_confidence(name, row.version, None, entry)
                found.append(Candidate(Component(row.kind, slug), match.confidence, f"WordPress.org: {match.reason}"))
        return found


def _is_ambiguous(naming: Naming) -> bool:
    """Whether the name is known here already, but for several components."""
    return any(candidate.confidence >= SURE for candidate in naming.candidates)


def _is_fresh(work: UnitOfWork, component: Component, now: datetime) -> bool:
    kept = work.catalog.entry(component.kind, component.slug)
    return kept is not None and now - kept[1] < FRESH_FOR


def _matched(inventory: Inventory, choices: Iterable[Choice]) -> list[tuple[Choice, str]]:
    """Each choice with the kind of the row that it names."""
    nameless = [row for row in inventory.components if row.slug is None and row.name]
    found = []
    for choice in choices:
        kinds = {
            row.kind
            for row in nameless
            if _fold(row.name or "") == _fold(choice.name) and choice.kind in (None, row.kind)
        }
        if not kinds:
            shown = ", ".join(f"'{row.name}'" for row in nameless[:8]) or "none"
            raise InputError(f"no row without a slug is called '{choice.name}'; such rows are: {shown}")
        found += [(choice, kind) for kind in sorted(kinds)]
    return found


def _fold(name: str) -> str:
    """A name as people compare it: letter case and the width of gaps do not count."""
    return " ".join(name.split()).casefold()


def perhaps_on(work: Any, component: Component) -> list[str]:
    """The sites whose lists show a name without a slug that this component may have."""
    rows = [row for row in work.unresolved.all() if row.kind == component.kind]
    own = (work.components.name(component) or "").casefold()
    names = {row.name for row in rows}  # many sites show the same ones
    meant = {name for name in names if name.casefold() == own or component.slug.casefold() in slug_candidates(name)}
    return sorted({row.site for row in rows if row.name in meant})
