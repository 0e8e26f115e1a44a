"""What a place really has of a component: the judgement of a listing, by sums and never by what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from plugwatch.model.evidence.differences import (
    AS_OURS,
    AS_VENDORS,
    GONE,
    OTHERS,
    SUSPICIOUS,
    Found,
    Looking,
    name_of,
    named,
)
from plugwatch.model.evidence.evidence import (
    CHANGED,
    CLAIMED,
    LOST,
    MISSING,
    OTHER,
    PATCHED,
    TAMPERED,
    THERE,
    UNKNOWN,
    UNSURE,
    VERIFIED,
    Evidence,
    Listing,
    PatchSeen,
)
from plugwatch.model.evidence.known import OURS, OWN_FILES, VENDORS, Carried, Ground, Known, carried_at, is_readme
from plugwatch.model.version import compare, sort_key, split_build

_PLAIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,60}", re.ASCII)
_MOST_KEPT = 200  # differences in one piece of evidence; all are counted


def judge(listing: Listing, ground: Ground) -> Evidence:
    """The evidence of a listing. Site, time and person are the caller's to add."""
    listing = _only_file(listing, ground)
    nearest = find_nearest(listing, ground.known)
    if nearest is None or not _is_about(listing, nearest):
        why = f"these are not the files of {ground.component} as any release or build here has them"
        return _evidence(listing, ground, UNKNOWN, f"{why}; give the folder or list of that component", total=0)
    looking = _look(listing, ground, nearest)
    if _is_stranger(listing, ground, nearest):
        return _judge_stranger(looking)
    found = looking.differences()
    seen = _patches(looking)
    state, why = _state(looking, found, seen)
    told = Told(seen, _warnings(looking, found, seen))
    return _evidence(listing, ground, state, why, found, told, looking)


@dataclass(frozen=True)
class Told:
    """What is told beside a state."""

    patches: tuple[PatchSeen, ...] = ()
    warnings: tuple[str, ...] = ()


def find_nearest(listing: Listing, known: Iterable[Known]) -> Known | None:
    """The tree that fits a listing best; of those that fit equally well the one whose version it says it is, then a
    build, then the newest. That what a build adds of its own is gone does not count: a single file has no room for it.
    """

    def rank(one: Known) -> tuple[int, bool, bool, bytes]:
        gone = [path for path in OWN_FILES if path in one.files and path not in listing.files]
        says_so = one.version == listing.version
        return len(gone) - len(one.differing(listing.files)), says_so, one.kind == OURS, sort_key(one.version)

    return max(known, key=rank, default=None)


def _only_file(listing: Listing, ground: Ground) -> Listing:
    """Of a component that is a single file, that one: it stands among strangers."""
    releases = [one for one in ground.known if one.kind == VENDORS]
    if ground.main in listing.files and releases and all(set(one.files) == {ground.main} for one in releases):
        own = {path for one in ground.known for path in one.files}
        return replace(listing, files={path: found for path, found in listing.files.items() if path in own})
    return listing


def _is_about(listing: Listing, nearest: Known) -> bool:
    """Whether a listing can be one of the component: the directory's lists aside, some file is where it belongs."""
    return any(path in nearest.files for path in listing.files)


def _is_stranger(listing: Listing, ground: Ground, nearest: Known) -> bool:
    """Whether nobody here has the files of that release: by its version or, where it says none, by its files."""
    differing = nearest.differing(listing.files)
    if listing.version is None:
        changed = [path for path in differing if path in listing.files and path in nearest.files]
        return 2 * len(changed) > len(nearest.files)
    known = {one.version for one in ground.known} | {one.base for one in ground.known}
    return listing.version not in known and any(path != ground.main for path in differing)


def _look(listing: Listing, ground: Ground, nearest: Known) -> Looking:
    """The build and the release that a listing is judged by: the nearest, and the other one of its base."""
    if nearest.kind == OURS:
        return Looking(listing, ground, nearest, nearest, ground.release(nearest.base))
    builds = [one for one in ground.builds() if one.base == nearest.base]
    return Looking(listing, ground, nearest, builds[0] if builds else None, nearest)


def _wanted(looking: Looking) -> tuple[str, ...]:
    """The patches that belong there: those of the build that is there, and those carried on its release."""
    ground, nearest = looking.ground, looking.nearest
    carried = carried_at(ground.stacks, nearest.base)
    if carried is None:
        expected = ground.find(ground.expected)
        carried = expected.patches if expected else next(iter(ground.stacks.values()), ())
    here = nearest.patches if nearest.kind == OURS else ()
    return tuple(dict.fromkeys((*here, *carried)))


def _patches(looking: Looking) -> tuple[PatchSeen, ...]:
    carried = [one for one in map(looking.ground.patches.get, _wanted(looking)) if one]
    shared = {path for one in carried for path in one.files if sum(path in other.files for other in carried) > 1}
    return tuple(PatchSeen(one.id, one.title, _patch_state(looking, one, shared)) for one in carried)


def _patch_state(looking: Looking, patch: Carried, shared: set[str]) -> str:
    """THERE where all its files are as in a build with it, MISSING where one is as the vendor ships it."""
    states = {_file_state(looking, patch, path, path in shared) for path in _telling(looking, patch)}
    return next((state for state in (CHANGED, MISSING, UNSURE) if state in states), THERE if states else UNSURE)


def _telling(looking: Looking, patch: Carried) -> list[str]:
    """The files of a patch that are not the same with it and without it."""
    build, release = _with(looking, patch), looking.release
    if build is None or release is None:
        return sorted(patch.files)
    return sorted(path for path in patch.files if build.files.get(path) != release.files.get(path))


def _with(looking: Looking, patch: Carried) -> Known | None:
    """A build on the same release that has the patch: the nearest, else the newest."""
    builds = [one for one in looking.ground.builds() if one.base == looking.nearest.base and patch.id in one.patches]
    return looking.nearest if looking.nearest in builds else builds[0] if builds else None


def _file_state(looking: Looking, patch: Carried, path: str, is_shared: bool) -> str:
    build, there = _with(looking, patch), looking.listing.files.get(path)
    if build and build.holds(path, there):
        return THERE
    if looking.release and looking.release.holds(path, there):
        return MISSING
    for part in (*looking.ground.builds(), *looking.ground.parts):
        if part.base == looking.nearest.base and there and part.files.get(path) == there:
            return THERE if patch.id in part.patches else MISSING
    kind, _words = looking.kind(path)
    if kind in (AS_OURS, AS_VENDORS):
        return THERE if kind == AS_OURS and looking.build and patch.id in looking.build.patches else MISSING
    return UNSURE if is_shared else CHANGED


def _state(looking: Looking, found: Sequence[Found], seen: Sequence[PatchSeen]) -> tuple[str, str]:
    """The state, and the sentence that says why."""
    ground, nearest = looking.ground, looking.nearest
    bad = [one for one in found if one.kind in SUSPICIOUS]
    if bad:
        return TAMPERED, _tampered(looking, bad)
    mixed = [one for one in found if one.kind == OTHERS and not is_readme(one.told.path)]
    state, why = _of_build(looking, mixed, seen) if nearest.kind == OURS else _of_release(looking, seen)
    if state == PATCHED and mixed:
        state, why = OTHER, f"{name_of(nearest)} with files of other versions: {named(mixed)}"
    if ground.against and _is_against(looking):
        return state, f"{why}; it is what was asked for"
    if ground.against and state == PATCHED:
        return OTHER, f"it is {name_of(nearest)}, not {ground.against}"
    return state, why


def _is_against(looking: Looking) -> bool:
    wanted = looking.ground.find(looking.ground.against)
    return looking.nearest == wanted or (wanted is None and looking.nearest.version == looking.ground.against)


def _of_build(looking: Looking, mixed: Sequence[Found], seen: Sequence[PatchSeen]) -> tuple[str, str]:
    nearest = looking.nearest
    own = [one for one in seen if one.patch in nearest.patches]
    gone = [one for one in own if one.state != THERE]
    if any(one.state == MISSING for one in gone):
        over = f"files of other versions ({named(mixed)})" if mixed else f"files of the vendor's {nearest.base}"
        return LOST, f"{over} are over {name_of(nearest)}: {_titles(gone)} gone"
    if gone:
        return UNKNOWN, f"it is not to be told whether {_titles(gone)} there; give the folder itself"
    return PATCHED, f"{name_of(nearest)}, {_exactness(looking)}"


def _of_release(looking: Looking, seen: Sequence[PatchSeen]) -> tuple[str, str]:
    ground, nearest = looking.ground, looking.nearest
    carried = carried_at(ground.stacks, nearest.base)
    what = f"{name_of(nearest)}, {_exactness(looking)}"
    if carried == ():
        return PATCHED, f"{what}; no patch is carried on it, so this is as it should be"
    if seen and all(one.state == THERE for one in seen):
        return PATCHED, f"the files of all patches are there, on {name_of(nearest)}, without the marks of our build"
    if carried is None and not ground.expected:
        oldest = next(iter(ground.stacks), None)
        if oldest is None:
            return OTHER, f"{what}; no patch is carried on {ground.component}"
        return OTHER, f"{what}, older than {oldest}, the first release with patches"
    if any(one.state == UNSURE for one in seen) and not any(one.state in (MISSING, CHANGED) for one in seen):
        return UNKNOWN, f"it is not to be told whether {_titles(seen)} there; give the folder itself"
    gone = [one for one in seen if one.state != THERE]
    over = f", over our build {ground.expected}" if ground.expected else ""
    return LOST, f"{what}{over}, without {' and '.join(f'{one.patch} ({one.title})' for one in gone) or 'our patches'}"


def _exactness(looking: Looking) -> str:
    return "all of its code" if looking.nearest.differing(looking.listing.files) else "byte for byte"


def _tampered(looking: Looking, bad: Sequence[Found]) -> str:
    gone = [one for one in bad if one.kind == GONE]
    changed = [one for one in bad if one.kind != GONE]
    parts = []
    if changed:
        parts.append(f"{named(changed)}: neither ours nor the vendor's")
    if gone:
        parts.append(f"{named(gone)}: not there")
    return f"nearest to {name_of(looking.nearest)}, but {'; '.join(parts)}"


def _titles(seen: Sequence[PatchSeen]) -> str:
    return " and ".join(f"{one.patch} ({one.title})" for one in seen) + (" is" if len(seen) == 1 else " are")


def _judge_stranger(looking: Looking) -> Evidence:
    """A release that neither the fork nor WordPress.org's lists have: it is not our build, and more is its own word."""
    listing, ground, says = looking.listing, looking.ground, looking.listing.version
    told = Told(
        tuple(PatchSeen(one.id, one.title, UNSURE) for one in map(ground.patches.get, _wanted(looking)) if one),
        listing.warnings,
    )
    if says is None:
        nearest = name_of(looking.nearest)
        why = f"its files are no build or release known here; the nearest is {nearest}, give the folder itself"
        return _evidence(listing, ground, OTHER, why, (), told, looking)
    if split_build(says):
        why = f"it says that it is build {says}, which this fork does not know; fetch it with 'plugwatch fork sync'"
        return _evidence(listing, ground, UNKNOWN, why, (), told, looking)
    named = says if _PLAIN.fullmatch(says) else "V"  # what a site says of itself may not become part of a command
    learn = (
        f"it says that it is {says}, and its files are not known here; add it with 'plugwatch fork import "
        f"{ground.component} --version {named} --from SOURCE' and verify again"
    )
    if carried_at(ground.stacks, says) or ground.expected:
        return _evidence(listing, ground, LOST, f"not our build: {learn}", (), told, looking)
    return _evidence(listing, ground, OTHER, learn, (), told, looking)


def _warnings(looking: Looking, found: Sequence[Found], seen: Sequence[PatchSeen]) -> tuple[str, ...]:
    ground, nearest, says = looking.ground, looking.nearest, looking.listing.version
    said = []
    for text, who in ((says, "its header says"), (ground.claimed, "the inventory says")):
        if text and text != nearest.version and compare(text, nearest.version) != 0:
            said.append(f"{who} {text}, its files are {name_of(nearest)}")
    main = [one for one in found if one.told.path == ground.main and one.kind == AS_VENDORS]
    if main and nearest.kind == OURS:
        said.append(
            f"{ground.main} is the vendor's, so it lacks the build's headers and the next update goes over it; "
            "put the build there again"
        )
    late = [one for one in seen if nearest.kind == OURS and one.patch not in nearest.patches]
    if late:
        said.append(f"it is an older build: {_titles(late)} not in it")
    formed = sum(one.is_formed for one in found)
    if formed:
        said.append(f"{formed} {'file has' if formed == 1 else 'files have'} the same code in another form")
    if looking.listing.algorithm == "md5":
        said.append("known by MD5, which tells accidents but not somebody who means harm; use SHA-256 where you can")
    return (*looking.listing.warnings, *said)


def _evidence(
    listing: Listing,
    ground: Ground,
    state: str,
    why: str,
    found: Sequence[Found] = (),
    told: Told | None = None,
    looking: Looking | None = None,
    *,
    total: int | None = None,
) -> Evidence:
    told = told or Told(warnings=listing.warnings)
    nearest = looking.nearest if looking else None
    is_known = not (looking and _is_stranger(listing, ground, looking.nearest))
    is_mixed = state == OTHER and any(one.kind == OTHERS and not is_readme(one.told.path) for one in found)
    return Evidence(
        component=ground.component,
        site=None,
        state=state,
        certainty=VERIFIED if is_known and state != UNKNOWN else CLAIMED,
        version=listing.version or ground.claimed,
        why=why,
        taken_from=listing.taken_from,
        build=nearest.version if nearest and nearest.kind == OURS and is_known else None,
        release=nearest.base if nearest and not is_mixed else None,
        patches=told.patches,
        differences=tuple(one.told for one in sorted(found, key=_telling_first)[:_MOST_KEPT]),
        total=len(found) if total is None else total,
        warnings=told.warnings,
    )


def _telling_first(found: Found) -> bool:
    return found.kind not in SUSPICIOUS
