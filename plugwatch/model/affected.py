"""Which versions have a fault: what is suspected, what the evidence says, and where an update may lead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plugwatch.errors import PlugwatchError
from plugwatch.model.component import PLATFORM, Component
from plugwatch.model.fork import release_order
from plugwatch.model.incident import Incident
from plugwatch.model.version import VersionRange, check_release_version, clean, compare, sort_key

_UPPER = ("<", "<=", "=")
_LOWER = (">", ">=", "=")
_IN_WORDS = {
    ">=": "{} and later",
    ">": "later than {}",
    "<": "before {}",
    "<=": "up to {}",
    "=": "{}",
    "!=": "but not {}",
}


@dataclass(frozen=True)
class Suspicion:
    """What is thought of versions: ``bad`` ones have the fault, ``doubtful`` ones may have it until somebody knows.

    No condition at all means every version.
    """

    bad: VersionRange | None
    doubtful: VersionRange

    def lies_in(self, version: str | None) -> bool | None:
        """Whether a version has the fault; None where nobody knows, as for one that no list tells."""
        if version is None or not clean(version):
            return None
        if self.bad and self.bad.contains(version):
            return True
        return None if self.doubtful.contains(version) else False

    def threatens(self, version: str | None, offered: str | None) -> bool:
        """Whether a site on a version may get one with the fault by an update, now or later."""
        return may_get(self.doubtful, version, offered)


def parse_affected(text: str, *, known: str | None = None) -> VersionRange:
    """Read the versions that somebody gives, such as ``>=5.9.4,<5.9.6``. ``known`` is one that is really called so.

    Raises PlugwatchError for what is no range, for a bound that can be no version, and for a range that no version is
    in: with such a one every site would count as well.
    """
    found = VersionRange.parse(text)
    for _, bound in found.conditions:
        if bound != known:
            check_release_version(bound)
    lower = [(bound, sign == ">") for sign, bound in found.conditions if sign in _LOWER]
    upper = [(bound, sign == "<") for sign, bound in found.conditions if sign in _UPPER]
    for first, after in lower:
        for last, before in upper:
            gap = compare(first, last)
            if gap > 0 or (gap == 0 and (after or before)):
                raise PlugwatchError(f"no version is in '{found}'; write the first one, then the one with the fix")
    return found


def suspicion(incident: Incident, fixed: str | None = None) -> Suspicion:
    """What an incident makes of versions: its affected ones; else its own, and with less certainty all later ones.

    ``fixed`` is a release that is known to have the fix; nothing is suspected from there on.
    """
    if incident.affected:
        affected = VersionRange.parse(incident.affected)
        return Suspicion(affected, affected)
    platform = brought_on_by(incident)
    if incident.component is None and platform:
        ((_, version),) = platform[1].conditions
        branch = re.fullmatch(r"(.*?)([0-9]{1,9})", version)
        # "php:8.4" is every 8.4.x
        same = ((">=", version), ("<", f"{branch[1]}{int(branch[2]) + 1}")) if branch else (("=", version),)
        return Suspicion(VersionRange(same), platform[1])
    version = clean(incident.version or "")
    if not version:
        return Suspicion(None, VersionRange(()))
    later = VersionRange(((">=", version),))
    return Suspicion(VersionRange((("=", version),)), (cut_before(later, fixed) if fixed else None) or later)


def subject(incident: Incident) -> Component | None:
    """What the sites are looked at for: the cause, else the WordPress or PHP that brought it on."""
    platform = brought_on_by(incident)
    return incident.component or (platform[0] if platform else None)


def brought_on_by(incident: Incident) -> tuple[Component, VersionRange] | None:
    """WordPress or PHP, from the version on that brought the incident on; None where neither did."""
    name, _, text = incident.trigger.partition(":")
    version = clean(text)
    return (PLATFORM[name], VersionRange(((">=", version),))) if name in PLATFORM and version else None


def may_get(versions: VersionRange, version: str | None, offered: str | None) -> bool:
    """Whether an update can lead a site to one of these versions.

    ``offered`` is the update that WordPress has named; sites only go up, so from there on rather than from ``version``.
    """
    if offered and versions.contains(offered):
        return True
    newest = max((one for one in (version, offered) if one and clean(one)), key=sort_key, default=None)
    if newest is None:
        return True
    return all(compare(bound, clean(newest)) > 0 for sign, bound in versions.conditions if sign in _UPPER)


def cut_before(versions: VersionRange, version: str) -> VersionRange | None:
    """The part of a range that lies before a version; None where nothing is left."""
    end = clean(version)
    kept = [
        (sign, bound) for sign, bound in versions.conditions if not (sign in ("<", "<=") and compare(bound, end) >= 0)
    ]
    if any(sign in _LOWER and compare(bound, end) >= 0 for sign, bound in kept):
        return None
    ends = any(sign in _UPPER for sign, _ in kept)
    return VersionRange((*kept,) if ends else (*kept, ("<", end)))


def in_words(versions: VersionRange) -> str:
    """``1.2.4 and later, before 1.3``."""
    return ", ".join(_IN_WORDS[sign].format(version) for sign, version in versions.conditions)


@dataclass(frozen=True)
class Fate:
    """What became of a patch of an incident (``INC-3``) on a release: ``carried``, or how it came to be dropped."""

    incident: str
    patch: str
    version: str
    fate: str


def fixed_by(fates: Iterable[Fate]) -> str | None:
    """The first release that contains all patches of an incident; None while one of them is still needed.

    A patch that somebody has dropped without a release that has it counts for nothing. A release that the vendor has
    shipped twice (``1.2.3+r2``) is left out: sites do not tell the two apart.
    """
    patches: dict[str, list[Fate]] = {}
    for fate in fates:
        if "+" not in fate.version:
            patches.setdefault(fate.patch, []).append(fate)
    firsts = []
    for rows in patches.values():
        carried = [release_order(row.version) for row in rows if row.fate == "carried"]
        landed = [row.version for row in rows if row.fate not in ("carried", "dropped")]
        after = [one for one in landed if not carried or release_order(one) > max(carried)]
        if after:
            firsts.append(min(after, key=release_order))
        elif carried:
            return None
    return max(firsts, key=release_order, default=None)


@dataclass(frozen=True)
class Evidence:
    """Versions seen with the fault and without it, the ones that ran quietly ``before``, and those with our fix."""

    bad: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()


def propose_range(evidence: Evidence) -> tuple[str | None, tuple[str, ...]]:
    """The affected versions as the evidence has them (``>=5.9.4,<5.9.6``), and why; None where it contradicts itself.

    What ran quietly before somebody noticed the fault is weak: it only counts below the first bad version.
    """
    bad = _in_order(evidence.bad)
    if not bad:
        return None, ("no version is known to be bad",)
    good = _in_order([*evidence.good, *evidence.fixed], without=bad)
    first, last = bad[0], bad[-1]
    between = [one for one in good if compare(first, one) < 0 < compare(last, one)]
    if between:
        return None, (f"{', '.join(between)} is good, and so the bad {_shown(bad)} are no single range",)
    known = _in_order([*good, *evidence.before], without=bad)
    below = [one for one in known if compare(one, first) < 0]
    above = [one for one in good if compare(one, last) > 0]
    why = [f"bad {_shown(bad)}"]
    if below:
        why.append(f"good {below[-1]}")
    if not above:
        return f">={first}", tuple(why)
    fixed = any(compare(above[0], clean(one)) == 0 for one in evidence.fixed)
    return f">={first},<{above[0]}", (*why, f"{'fixed' if fixed else 'good'} {above[0]}")


def _in_order(versions: Iterable[str], *, without: Sequence[str] = ()) -> list[str]:
    """Versions that can stand in a range, each once, the lowest first."""
    keys = {sort_key(one) for one in without}
    found = {sort_key(one): clean(one) for one in versions if _is_writable(one)}
    return [found[key] for key in sorted(found) if key not in keys]


def _is_writable(version: str) -> bool:
    try:
        return bool(VersionRange.parse(f"={version}"))
    except PlugwatchError:
        return False


def _shown(versions: Sequence[str]) -> str:
    return versions[0] if len(versions) == 1 else f"{versions[0]} to {versions[-1]}"
