"""Stepping aside: which sites still wait to leave a patch that a release of the vendor's holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from plugwatch.model.component import Component
from plugwatch.model.fork import release_order
from plugwatch.model.hold import Hold
from plugwatch.model.patches.retirement import Dropped
from plugwatch.model.site import InstalledOn
from plugwatch.model.version import VersionRange, clean, sort_key

_MOST_NAMES = 3


def leaving(dropped: Iterable[Dropped], stacks: Mapping[Component, Mapping[str, Collection[str]]]) -> list[Dropped]:
    """The patches that are on their way out, each with the first release from which on all hold it.

    ``stacks`` are the patches carried on each release, the oldest first, by component: what is carried on the newest
    one, or on a later one than the release that held it, has come back, since the vendor has lost the fix again.
    """
    first: dict[str, Dropped] = {}
    for one in dropped:
        carried = [version for version, patches in stacks.get(one.component, {}).items() if one.patch in patches]
        newest = next(reversed(list(stacks.get(one.component, {}))), None)
        if carried and (carried[-1] == newest or release_order(carried[-1]) >= release_order(one.version)):
            continue
        known = first.get(one.patch)
        if known is None or release_order(one.version) < release_order(known.version):
            first[one.patch] = one
    return list(first.values())


def must_move(one: Dropped, site: InstalledOn, holding: Collection[str]) -> bool:
    """Whether a site is not known to have left: it runs a build with the patch (``holding``) or something older than
    the release, or nobody has seen it since the patch was dropped. Where the vendor has shipped the fix under the
    version of the release without it (``1.2.3+r2``), the version alone does not tell."""
    base = clean(site.base_version or "")
    if not base or site.build in holding:
        return True
    return release_order(base) < release_order(one.version) or site.last_seen < one.dropped_at


def ends_with(hold: Hold, version: str) -> bool:
    """Whether a hold is on versions before this one alone, so that it is over once every site has passed it.

    A hold on later versions was set for another reason and stays.
    """
    end = release_order(version)[0]
    bounds = [
        (sort_key(bound), sign)
        for sign, bound in VersionRange.parse(hold.versions).conditions
        if sign in ("<", "<=", "=")
    ]
    return any(bound < end or (bound == end and sign == "<") for bound, sign in bounds)


def by_client(sites: Iterable[InstalledOn], names: Mapping[str, str]) -> list[tuple[str, int]]:
    """The clients of sites by name, with the number of their sites, most of them first."""
    counts: dict[str, int] = {}
    for site in sites:
        counts[site.client] = counts.get(site.client, 0) + 1
    return sorted(
        ((names.get(slug, slug), number) for slug, number in counts.items()), key=lambda row: (-row[1], row[0])
    )


def say_clients(sites: Sequence[InstalledOn], names: Mapping[str, str]) -> str:
    """``3 sites (Brightside Bikes ×2, Northgate Dental)``."""
    clients = by_client(sites, names)
    shown = [name if number == 1 else f"{name} ×{number}" for name, number in clients[:_MOST_NAMES]]
    more = [f"{len(clients) - _MOST_NAMES} more"] * (len(clients) > _MOST_NAMES)
    return f"{len(sites)} site{'' if len(sites) == 1 else 's'} ({', '.join((*shown, *more))})"


def say_waiting(one: Dropped, sites: Sequence[InstalledOn], names: Mapping[str, str]) -> str:
    """A patch that has landed and the sites that it waits for, and what brings them on."""
    about = f"{one.patch} ({one.title}) landed in {one.version} of {one.component}"
    return f"{about}: {say_clients(sites, names)} to move; next: {' or '.join(map(repr, ways_on(one, sites)))}"


def ways_on(one: Dropped, sites: Sequence[InstalledOn]) -> list[str]:
    """The commands that bring sites to the release."""
    named = " ".join(f"--site {site.site}" for site in sites[:_MOST_NAMES])
    where = f"--affected {one.incident}" if one.incident and len(sites) > _MOST_NAMES else named
    return ["plugwatch fork publish", f"plugwatch fork deploy {one.component} --stock {one.version} {where}".rstrip()]
