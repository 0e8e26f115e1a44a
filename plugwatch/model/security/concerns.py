"""What marks mean for the sites and forks that we look after: whom they concern, and what is to be done."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from plugwatch.model.component import Component
from plugwatch.model.fork import Plan, release_order
from plugwatch.model.patches.stepping import say_clients
from plugwatch.model.security.marks import CHANGELOG, CLOSED, FEED, SecurityMark
from plugwatch.model.security.signs import SECURITY_REASON
from plugwatch.model.security.vulnerability import fixed_for, fixes, is_affected, notice
from plugwatch.model.site import InstalledOn
from plugwatch.model.version import clean, sort_key

_MOST_MARKS = 2
_AGAIN = re.compile(r"\+r[0-9]+\Z")  # a release that the vendor has shipped twice is one version for everybody else


@dataclass(frozen=True)
class Forked:
    """What there is of a component's fork: its newest release, the newest one with a stack, and how many patches are on
    it; the build of these, where there is one; and the forecast on the newest release.

    ``stands`` is the release that our newest build is on while the patches are on a newer one that is not built yet,
    else the one that the patches are on.
    """

    newest: str | None
    patched: str | None = None
    patches: int = 0
    built: str | None = None
    plan: Plan | None = None
    stands: str | None = None


@dataclass(frozen=True)
class Concern:
    """Marks of one component that concern what runs, or what our patches stand on.

    ``sites`` run a version (by its base) that a mark is about. ``fixed_in`` is the release that ends it, where one is
    known: for a fork the newest that it has. ``base`` is what our patches stand on where that is concerned too.
    """

    component: Component
    marks: tuple[SecurityMark, ...]
    sites: tuple[InstalledOn, ...]
    fixed_in: str | None
    base: str | None
    fork: Forked | None

    @property
    def is_proof(self) -> bool:
        """Whether a feed says so, and not only words of a changelog or a closed entry."""
        return any(mark.sign == FEED for mark in self.marks)

    @property
    def can_build(self) -> bool:
        """Whether nothing stands between us and a build that ends it: its forecast is clean, or it is carried there."""
        fork = self.fork
        if fork is None or self.fixed_in is None:
            return False
        if fork.plan:
            return fork.plan.status == "clean" and fork.plan.target.version == self.fixed_in
        return fork.patched == self.fixed_in and fork.patches > 0 and fork.built is None

    @property
    def needs_person(self) -> bool:
        """Whether somebody must see to it: there is a fix to bring, or a site runs it as the vendor ships it.

        A build of ours on a release that nobody has mended may hold our own fix; that a directory has closed a plugin
        counts where it says that it is for security.
        """
        bare = any(site.build is None for site in self.sites)
        if all(mark.sign == CLOSED for mark in self.marks):
            return bare and any(mark.key == SECURITY_REASON for mark in self.marks)
        return self.fixed_in is not None or bare


def concerns_version(mark: SecurityMark, version: str | None) -> bool:
    """Whether a mark is about a version of the vendor's."""
    if mark.sign == CLOSED:
        return True
    base = _AGAIN.sub("", clean(version or ""))
    if mark.sign == CHANGELOG:
        return bool(base) and mark.fixed_in is not None and sort_key(base) < sort_key(mark.fixed_in)
    return bool(is_affected(mark.affected, base))


def judge_concern(
    component: Component, marks: Sequence[SecurityMark], sites: Sequence[InstalledOn], fork: Forked | None
) -> Concern | None:
    """What the marks of a component mean; None where they concern nothing that runs and no patch of ours."""
    base = fork.stands if fork else None
    found = [
        mark
        for mark in marks
        if concerns_version(mark, base) or any(concerns_version(mark, site.base_version) for site in sites)
    ]
    found.sort(key=lambda mark: ((FEED, CHANGELOG, CLOSED).index(mark.sign), mark.key))
    versions = [mark for mark in found if mark.sign != CLOSED]
    counted = versions or found
    hit = tuple(site for site in sites if any(concerns_version(mark, site.base_version) for mark in counted))
    stands = base if any(concerns_version(mark, base) for mark in counted) else None
    if not found or not (hit or stands):
        return None
    bases = [
        _AGAIN.sub("", version or "") for version in (*([stands] if stands else ()), *(s.base_version for s in hit))
    ]
    return Concern(component, tuple(found), hit, _fixed_in(versions, bases, fork), stands, fork)


def _fixed_in(marks: Sequence[SecurityMark], bases: Sequence[str], fork: Forked | None) -> str | None:
    """The release that ends all of it: the newest of the fork where that does, else the last of those named."""
    newest = fork.newest if fork else None
    if newest and marks and all(_ends(mark, newest) for mark in marks):
        return newest
    named = [
        fixed_for(mark, base) if mark.sign == FEED else mark.fixed_in
        for mark in marks
        for base in bases
        if concerns_version(mark, base)
    ]
    known = [version for version in named if version]
    return max(known, key=sort_key) if known and len(known) == len(named) else None


def _ends(mark: SecurityMark, release: str) -> bool:
    """Whether a release is known to be without the fault."""
    if mark.fixed_in is None or concerns_version(mark, release):
        return False
    return any(release_order(release)[0] >= sort_key(fixed) for fixed in fixes(mark))


# What is said


def say_concern(one: Concern, names: Mapping[str, str]) -> str:
    """What it is, whom it concerns, by whose word, and what to do."""
    where = f"on {say_clients(one.sites, names)}" if one.sites else f"in {one.base}, which our patches stand on"
    what = _what(one)
    if one.fixed_in and one.fork and one.fork.newest == one.fixed_in:
        start = f"{one.component} {one.fixed_in} {'fixes' if one.is_proof else 'may fix'} {what} {where}"
    else:
        start = f"{one.component} has {what} {where}" if one.marks[0].sign != CLOSED else f"{one.component} {where}"
    return f"{start}: {_sources(one.marks)}; {_todo(one)}"


def _what(one: Concern) -> str:
    proofs = sum(mark.sign == FEED for mark in one.marks)
    if proofs:
        return "a vulnerability" if proofs == 1 else f"{proofs} vulnerabilities"
    return "something of security"


def _sources(marks: Sequence[SecurityMark]) -> str:
    told = list(dict.fromkeys(notice(mark.attribution) for mark in marks if mark.attribution))
    last = max((place for place, mark in enumerate(marks[:_MOST_MARKS]) if mark.sign == FEED), default=None)
    shown = [_source(mark, told if place == last else ()) for place, mark in enumerate(marks[:_MOST_MARKS])]
    more = len(marks) - _MOST_MARKS
    return "; ".join((*shown, *([f"and {more} more"] if more > 0 else [])))


def _source(mark: SecurityMark, notices: Sequence[str]) -> str:
    """A mark with its source; a feed wants its link and, once, its notice wherever its words are shown."""
    if mark.sign == FEED:
        return f"{mark.title} ({', '.join(part for part in (mark.key, mark.url, *notices) if part)})"
    if mark.sign == CHANGELOG:
        return f"the vendor's changelog of {mark.fixed_in} says “{mark.title}”, which is a hint and no proof"
    return f"WordPress.org has it {mark.title}"


def _todo(one: Concern) -> str:
    fork, component, fixed = one.fork, one.component, one.fixed_in
    if fixed is None:
        if all(mark.sign == CLOSED for mark in one.marks):
            return "it gets no updates there; look for a way out, or look after it yourselves"
        ours = sum(site.build is not None for site in one.sites)
        run = f", and {ours} of them run a build of ours, which may hold a fix" if ours else ""
        return f"no release is known to fix it{run}; patch it, switch it off or replace it"
    if fork and fork.newest and release_order(fork.newest)[0] < sort_key(fixed) and fork.patched:
        return (
            f"{fixed} is said to fix it: get it with 'plugwatch fork import {component} --version {fixed} --from wporg'"
        )
    if fork is None or not fork.patched:
        return f"{fixed} fixes it: update these sites"
    if fork.plan:
        return _say_plan(component, fork.plan)
    if not fork.patches:
        return (
            f"no patch is left on {fixed}: 'plugwatch fork publish' or 'plugwatch fork deploy' brings it to the sites"
        )
    if fork.built:
        return (
            f"build {fork.built} is ready: 'plugwatch fork publish' or 'plugwatch fork deploy' brings it to the sites"
        )
    return f"the patches are on {fixed}: 'plugwatch fork build {component}' or 'plugwatch check --build' builds it"


def _say_plan(component: Component, plan: Plan) -> str:
    """The forecast in a few words, and the command that follows."""
    verdicts = Counter(outcome.verdict for outcome in plan.outcomes)
    target, total = plan.target.version, len(plan.outcomes)
    if plan.status != "clean":
        stuck = sum(not outcome.settled for outcome in plan.outcomes)
        return (
            f"{stuck} of {total} patch{'' if total == 1 else 'es'} need{'s' if stuck == 1 else ''} a person first: "
            f"'plugwatch fork forecast {component} --to {target}'"
        )
    kept, gone = verdicts["carried"], total - verdicts["carried"]
    upgrade = f"plugwatch fork upgrade {component} --to {target}"
    if not kept:
        holds = "it holds all our patches" if total > 1 else "it holds our patch"
        move = (
            f"'plugwatch fork publish' or 'plugwatch fork deploy {component} --stock {target}' brings it to the sites"
        )
        return f"{holds}, so nothing is left to build: '{upgrade}' drops {'them' if total > 1 else 'it'}, then {move}"
    if total == 1:
        carry = "the patch carries cleanly"
    else:
        carry = (
            f"all {total} patches carry cleanly" if not gone else f"{kept} patches carry cleanly, {gone} it has itself"
        )
    build = f"'{upgrade}' and 'plugwatch fork build {component}'"
    return f"{carry}; build it now with {build}, or with 'plugwatch check --build'"


def attributions(concerns: Iterable[Concern]) -> list[str]:
    """What the sources want said beside their words, each once."""
    return list(dict.fromkeys(mark.attribution for one in concerns for mark in one.marks if mark.attribution))
