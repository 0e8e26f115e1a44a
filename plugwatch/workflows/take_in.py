"""Take in what a list says, from its names to the site's history; for one site and for many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from plugwatch.errors import PlugwatchError, UnknownError
from plugwatch.model.client import Client, make_slug
from plugwatch.model.component import Component
from plugwatch.model.directory import DirectoryEntry
from plugwatch.model.inventory import Fleet, Inventory, SiteList
from plugwatch.model.site import Site, parse_url, same_site
from plugwatch.workflows.inventories import ListOrigin, Result, import_list
from plugwatch.workflows.names import Choice, Naming, choose, questions, resolve, shared_choices
from plugwatch.workflows.recurrence import Watch


class Ledger(Protocol):
    """Where sites and their history are kept."""

    def reading(self) -> AbstractContextManager[Any]: ...

    def unit_of_work(self) -> AbstractContextManager[Any]: ...


class Directory(Protocol):
    """WordPress.org: what it says of plugins and themes. Raises UnknownError where it cannot be asked."""

    def entries(self, components: Sequence[Component]) -> Mapping[Component, DirectoryEntry]: ...


@dataclass(frozen=True)
class Reader:
    """How lists are taken in: into which ledger, with whose choices of names, asking which directory (None: none), on
    the watch for which incidents."""

    ledger: Ledger
    directory: Directory | None = None
    choices: tuple[Choice, ...] = ()
    watch: Watch = field(default_factory=Watch)


@dataclass(frozen=True)
class Taken:
    """What became of one list; ``namings`` are its rows that showed a display name only."""

    site: Site
    inventory: Inventory
    result: Result
    namings: tuple[Naming, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One site of many: what became of its list (None where only the site was named), or why nothing did."""

    name: str
    taken: Taken | None
    error: PlugwatchError | None = None
    created: bool = False


def take_in(reader: Reader, find: Callable[[Any], Site], inventory: Inventory, origin: ListOrigin) -> Taken:
    """Resolve the names of a list and compare it with what is known of the site that ``find`` finds in the ledger.

    WordPress.org is asked before anything is written, so that nobody waits for the network with the ledger locked.
    """
    answers, warnings = _ask(reader, find, inventory, origin)
    transaction = reader.ledger.reading() if origin.dry_run else reader.ledger.unit_of_work()
    with transaction as work:
        site = find(work)
        if not origin.dry_run:
            for entry in answers.values():
                work.catalog.keep_entry(entry, at=origin.now)
            choose(work, inventory, reader.choices, now=origin.now, actor=origin.actor)
        fresh = {(component.kind, component.slug): entry for component, entry in answers.items()}
        resolution = resolve(work, site, inventory, reader.choices, fresh)
        result = import_list(work, site, resolution.inventory, origin, reader.watch)
    return Taken(site, resolution.inventory, result, resolution.namings, (*result.warnings, *warnings))


def _ask(
    reader: Reader, find: Callable[[Any], Site], inventory: Inventory, origin: ListOrigin
) -> tuple[Mapping[Component, DirectoryEntry], tuple[str, ...]]:
    if not any(row.slug is None for row in inventory.components):
        return {}, ()
    with reader.ledger.reading() as work:
        asked = questions(work, find(work), inventory, reader.choices, origin.now)
    if not asked or reader.directory is None:
        return {}, ()
    try:
        return reader.directory.entries(asked), ()
    except UnknownError as error:
        return {}, (f"names could not be looked up: {error}",)


def take_in_fleet(reader: Reader, fleet: Fleet, origin: ListOrigin, *, client: str | None) -> list[Row]:
    """Take in the lists of many sites, each for itself: what fails is a row, not the end.

    A site is found by its short name, the alias of its source, or its address. One that is not known is added where
    the list or ``client`` says whose it is. Raises InputError for a choice of a name that no list shows.
    """
    lists = [entry.inventory or Inventory(fleet.format, ()) for entry in fleet.sites]
    choices = shared_choices(lists, reader.choices)
    with reader.ledger.reading() as work:
        known = _Known(list(work.sites.list()), list(work.clients.list()))
    return [
        _take_in_one(replace(reader, choices=chosen), known, entry, origin, client)
        for entry, chosen in zip(fleet.sites, choices, strict=True)
    ]


@dataclass
class _Known:
    """The sites and clients of the ledger, with those that this import has added."""

    sites: list[Site]
    clients: list[Client]

    def client(self, name: str) -> Client | None:
        """The client of this short name or name in full."""
        names = {name.casefold(), (make_slug(name) or "").casefold()}
        return next((one for one in self.clients if {one.slug.casefold(), one.name.casefold()} & names), None)


def _take_in_one(reader: Reader, known: _Known, entry: SiteList, origin: ListOrigin, client: str | None) -> Row:
    created, taken = False, None
    try:
        if entry.error:
            raise UnknownError(f"{entry.name}: {entry.error}")
        site = find_site(known.sites, entry)
        if site is None:
            site, created = _new_site(reader, known, entry._replace(client=entry.client or client), origin), True
        elif entry.client and _is_other_client(known.client(entry.client), site):
            raise PlugwatchError(
                f"{entry.name}: the site '{site.slug}' is one of {site.client}, not of {entry.client}; "
                "give one of them another name"
            )
        if entry.inventory is not None and not (created and origin.dry_run):
            taken = take_in(reader, lambda _work: site, entry.inventory, origin)
    except PlugwatchError as error:
        return Row(entry.name, None, error, created)
    return Row(site.slug, taken, created=created)


def _is_other_client(owner: Client | None, site: Site) -> bool:
    return owner is None or owner.slug.casefold() != site.client.casefold()


def _new_site(reader: Reader, known: _Known, entry: SiteList, origin: ListOrigin) -> Site:
    slug = make_slug(entry.name.removeprefix("@"))
    if not entry.client or not slug:
        raise PlugwatchError(
            f"{entry.name}: no site is called so; add it with 'plugwatch site add', or say whose the new ones are "
            "with --client"
        )
    if origin.dry_run:
        return Site(slug, entry.client)
    owner = known.client(entry.client)
    url = parse_url(entry.url) if entry.url else None
    with reader.ledger.unit_of_work() as work:
        if owner is None:
            owner = work.clients.add(Client(make_slug(entry.client) or entry.client, entry.client), at=origin.now)
        site: Site = work.sites.add(Site(slug, owner.slug, url=url, source=entry.source), at=origin.now)
    known.sites.append(site)
    if owner not in known.clients:
        known.clients.append(owner)
    return site


def find_site(sites: Sequence[Site], entry: SiteList) -> Site | None:
    """The site that a list means by its name (``@alias``, a short name, a name in full) or its address.

    Raises PlugwatchError where that could be several, or where the site of this name has another address: two clients
    may both have a "Shop".
    """
    name = entry.name.removeprefix("@")
    names = {name.casefold(), (make_slug(name) or "").casefold()}
    found = [site for site in sites if site.source and site.source == entry.source]
    found = found or [site for site in sites if site.slug.casefold() in names]
    if len(found) == 1 and entry.url and found[0].url and not same_site(found[0].url, entry.url):
        raise PlugwatchError(
            f"{entry.name}: the site '{found[0].slug}' has the address {found[0].url} and this one {entry.url}; give "
            "one of them another name, or correct the address with 'plugwatch site set'"
        )
    found = found or [site for site in sites if site.url and entry.url and same_site(site.url, entry.url)]
    if len(found) > 1:
        slugs = ", ".join(site.slug for site in found)
        raise PlugwatchError(f"{entry.name}: it could be any of {slugs}; import their lists one by one")
    return found[0] if found else None
