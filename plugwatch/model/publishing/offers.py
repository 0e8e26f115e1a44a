"""What of a fork is offered to the sites: our build, the vendor's release once it has all fixes, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from plugwatch.model.component import Component
from plugwatch.model.fork import release_order
from plugwatch.model.hold import Hold
from plugwatch.model.sharing import vendor_version
from plugwatch.model.version import VersionRange, split_build

BUILD, STOCK, HOLD = STATES = ("build", "stock", "hold")
"""``build``: our build, and every other offer is kept off; ``stock``: we step aside for the vendor's release; ``hold``:
nothing of ours, but versions that must not be installed."""

UPDATED_KINDS = ("plugin", "theme")
"""What WordPress has updates of; must-use plugins and drop-ins lie where nothing updates them."""

Held = tuple[tuple[tuple[str, str], ...], ...]
"""Ranges of versions: one of them must fit, and all conditions of it; an operator of PHP's version_compare each."""


@dataclass(frozen=True)
class PatchTold:
    """What is told of a patch: its title (None: it is kept back) and the release that it was first made for."""

    id: str
    title: str | None
    since: str


@dataclass(frozen=True)
class BuildFacts:
    """A build in a fork. ``stack`` is the commit of the stack that it was made from, ``patches`` are the ids in it."""

    version: str
    base_version: str
    tree: str
    stack: str
    patches: tuple[str, ...]


@dataclass(frozen=True)
class ForkFacts:
    """All that matters of a fork for what is offered of it.

    ``releases`` are versions and their trees, the oldest first. ``stack`` is the newest release that has one (None:
    none has), ``tip`` its commit and ``carried`` the ids of the patches in it. ``told`` are the patches of all stacks
    and of builds, by id.
    """

    component: Component
    releases: tuple[tuple[str, str], ...]
    stack: str | None
    tip: str | None
    carried: tuple[str, ...]
    builds: tuple[BuildFacts, ...]
    told: tuple[PatchTold, ...] = ()

    @property
    def upstream(self) -> str | None:
        """The newest release of the vendor's, under the version that the vendor gave it."""
        return vendor_version(self.releases[-1][0]) if self.releases else None


@dataclass(frozen=True)
class Offer:
    """What a fork offers. ``version`` is the build's or the release's, ``tree`` its files in git.

    ``note`` is a sentence for the developer where it is not what one may expect; ``releases`` are all of the vendor's
    that we know.
    """

    component: Component
    state: str
    version: str
    base_version: str
    tree: str
    patches: tuple[PatchTold, ...] = ()
    note: str | None = None
    releases: tuple[str, ...] = ()


def choose_offer(facts: ForkFacts) -> Offer | None:
    """What a fork offers; None where it has no build, or none that its newest stack is meant to replace.

    The newest release with a stack decides. Patches there and built: that build. Not built yet: the newest build so
    far stays. No patches left there: the vendor's release, so that nobody is frozen on a build of ours.
    """
    if not facts.builds or facts.stack is None or facts.component.kind not in UPDATED_KINDS:
        return None
    if not facts.carried:
        tree = dict(facts.releases)[facts.stack]
        return Offer(facts.component, STOCK, vendor_version(facts.stack), facts.stack, tree, releases=_versions(facts))
    made = [one for one in facts.builds if one.stack == facts.tip]
    if made:
        return _offer_build(facts, max(made, key=build_order))
    limit = release_order(facts.stack)
    earlier = [one for one in facts.builds if release_order(one.base_version) <= limit]
    if not earlier:
        return None
    newest = max(earlier, key=build_order)
    note = (
        f"{facts.component}: the patches on {facts.stack} are not built yet, so {newest.version} stays; "
        f"run 'plugwatch fork build {facts.component}'"
    )
    return _offer_build(facts, newest, note)


def build_order(build: BuildFacts) -> tuple[tuple[bytes, int], int]:
    """The place of a build among the others of its fork: by its release, then by its number."""
    parts = split_build(build.version)
    return release_order(build.base_version), parts[1] if parts else 0


def held_ranges(holds: Iterable[Hold], fixed: Mapping[str, str] = MappingProxyType({})) -> Held:
    """The versions that holds forbid, each range once and in a fixed order; why stays with us.

    ``fixed`` are the releases that hold the fix of an incident: its hold goes no further than to there.
    """
    return tuple(sorted({_conditions(hold, fixed.get(hold.incident)) for hold in holds}))


def _conditions(hold: Hold, fixed_in: str | None) -> tuple[tuple[str, str], ...]:
    found = VersionRange.parse(hold.versions)
    is_over = fixed_in is not None and found.contains(fixed_in)
    return (*found.conditions, ("<", str(fixed_in))) if is_over else found.conditions


def _offer_build(facts: ForkFacts, build: BuildFacts, note: str | None = None) -> Offer:
    told = {patch.id: patch for patch in facts.told}
    patches = tuple(told.get(patch) or PatchTold(patch, None, build.base_version) for patch in build.patches)
    return Offer(facts.component, BUILD, build.version, build.base_version, build.tree, patches, note, _versions(facts))


def _versions(facts: ForkFacts) -> tuple[str, ...]:
    return tuple(vendor_version(release) for release, _tree in facts.releases)
