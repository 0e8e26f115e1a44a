"""Share a fork through a git repository: take what is new there, send what is new here, overwrite nothing unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from plugwatch.errors import BusyError, ForkError
from plugwatch.model.component import Component
from plugwatch.model.fork import (
    BUILD_REFS,
    NEWEST_REF,
    RELEASE_REFS,
    STACK_REFS,
    BuildRecord,
    Patch,
    Release,
    release_order,
)
from plugwatch.model.operation import ROWS, RefChange
from plugwatch.model.sharing import (
    RESOLUTIONS_REF,
    SUPERSEDED_REFS,
    Decision,
    Divergence,
    Relation,
    Synced,
    choose_side,
    is_shared,
    newest,
    place_releases,
    shorten,
    superseded_ref,
    vendor_version,
)
from plugwatch.workflows.operations import Ledger, OperatedFork, Stamp, carry_out

_ROUNDS = 3


class SharedFork(OperatedFork, Protocol):
    """What sharing asks of a fork."""

    @property
    def component(self) -> Component:
        """Whose fork it is."""

    def refs(self) -> dict[str, str]:
        """All refs and the objects they name."""

    def releases(self) -> list[Release]:
        """All releases, oldest first."""

    def builds(self) -> list[BuildRecord]:
        """Everything that was built."""


class Arrivals(Protocol):
    """What a remote has, looked at; names are the remote's own."""

    @property
    def there(self) -> Mapping[str, str]:
        """Its refs and the objects they name."""

    @property
    def releases(self) -> Mapping[str, Release]:
        """Its releases."""

    @property
    def files(self) -> Mapping[str, int]:
        """How many files each new release has, by its commit."""

    @property
    def stacks(self) -> Mapping[str, str]:
        """The tips of its stacks, by release."""

    @property
    def builds(self) -> Mapping[str, str]:
        """The commits of its builds."""

    @property
    def build_records(self) -> Mapping[str, BuildRecord]:
        """What each build that is new here is."""

    def patches(self, release: Release, tip: str) -> list[Patch]:
        """The patches of a stack."""

    def is_below(self, one: str, other: str) -> bool:
        """Whether one commit is the other or comes before it."""

    def relation(self, release: Release, ours: str, theirs: str) -> Relation:
        """How two stacks on a release stand to each other."""

    def restack(self, release: Release, ours: str, theirs: str) -> tuple[str, tuple[str, ...]]:
        """The tip of theirs with what only ours has on top, and what to say of the patches that are left out."""

    def range_diff(self, release: Release, ours: str, theirs: str) -> str:
        """Both stacks beside each other."""

    def keep(self) -> None:
        """Put what was fetched into the fork."""

    def merge_resolutions(self, ours: str, theirs: str) -> tuple[str, tuple[str, ...]]:
        """Both sides' resolutions in one commit, and the names on which they differ."""


class Exchange(Protocol):
    """A fork and a remote."""

    @property
    def remote(self) -> object:
        """Where the other copy is, as it may be shown."""

    def list_refs(self) -> dict[str, str]:
        """What the remote has."""

    def fetched(self, there: Mapping[str, str]) -> AbstractContextManager[Arrivals]:
        """It, in quarantine."""

    def push(self, moves: Sequence[RefChange]) -> None:
        """Move refs of the remote; BusyError when one moved meanwhile."""

    def remember(self, name: str) -> None:
        """Keep the remote's address with the fork."""


@dataclass(frozen=True)
class Tools:
    """What a sync works with: the fork's lock, the ledger, who does it, and the name to remember the remote under."""

    hold: Callable[[], AbstractContextManager[None]]
    ledger: Ledger
    stamp: Stamp
    remember: str | None = None


def sync_fork(
    fork: SharedFork,
    exchange: Exchange,
    tools: Tools,
    *,
    decision: Decision | None = None,
    there: Mapping[str, str] | None = None,
) -> Synced:
    """Bring both sides to one state; ``there`` is what the remote was seen to have a moment ago.

    Where somebody else pushes at the same time it is tried again. What is fetched moves in one operation; what is
    pushed moves after it, and can be pushed again.
    """
    fetched: dict[str, None] = {}
    alarms: dict[str, None] = {}
    for left in reversed(range(1 if decision else _ROUNDS)):
        seen = exchange.list_refs() if there is None else there
        there = None
        nothing = not seen and not fork.operations()
        if not (decision or tools.remember or nothing) and _matter(seen) == _matter(fork.refs()):
            return Synced(fork.component, str(exchange.remote), (), (), (), ())
        with exchange.fetched(seen) as arrivals, tools.hold():
            plan = _Plan(fork, arrivals, str(exchange.remote), tools.stamp.actor)
            plan.work_out(decision)
            if plan.moves:
                arrivals.keep()
                operation = tools.stamp.operation(fork.component, "fork sync", plan.moves, plan.rows)
                carry_out(fork, tools.ledger, operation)
            if tools.remember:
                exchange.remember(tools.remember)
        fetched |= dict.fromkeys(_shown(plan.moves))
        alarms |= dict.fromkeys(plan.alarms)
        try:
            exchange.push(plan.pushes)
            break
        except BusyError:
            if not left:
                raise
    return Synced(
        fork.component,
        str(exchange.remote),
        tuple(fetched),
        tuple(_shown(plan.pushes)),
        tuple(alarms),
        tuple(plan.diverged),
    )


def _matter(refs: Mapping[str, str]) -> dict[str, str]:
    """The refs that are the same on both sides where there is nothing to do."""
    return {n: oid for n, oid in refs.items() if is_shared(n) and not n.startswith(SUPERSEDED_REFS)}


def _shown(moves: Sequence[RefChange]) -> list[str]:
    """What moved, without what only follows from it."""
    return [shorten(m.name) for m in moves if m.name != NEWEST_REF and not m.name.startswith(SUPERSEDED_REFS)]


class _Plan:
    """What is to move here and there; worked out under the fork's lock."""

    def __init__(self, fork: SharedFork, arrivals: Arrivals, remote: str, actor: str) -> None:
        self.fork = fork
        self.arrivals = arrivals
        self.remote = remote
        self.actor = actor
        self.moves: list[RefChange] = []
        self.pushes: list[RefChange] = []
        self.alarms: list[str] = []
        self.diverged: list[Divergence] = []
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in ROWS}
        self.refs = fork.refs()
        self.ours = {release.version: release for release in fork.releases()}

    def work_out(self, decision: Decision | None) -> None:
        """Fill the lists. Raises ForkError where there is nothing at all, or nothing to decide."""
        self._releases()
        self._stacks(decision)
        self._builds()
        self._resolutions()

    def _take(self, name: str, new: str) -> None:
        if self.refs.get(name) != new:
            self.moves.append(RefChange(name, self.refs.get(name), new))

    def _push(self, name: str, new: str) -> None:
        if self.arrivals.there.get(name) != new:
            self.pushes.append(RefChange(name, self.arrivals.there.get(name), new))

    def _releases(self) -> None:
        """The same bytes are the same commit on both sides; other bytes of one version stay apart, under two names."""
        ours = {version: release.commit for version, release in self.ours.items()}
        theirs = {name: release.commit for name, release in self.arrivals.releases.items()}
        if not ours and not theirs:
            raise ForkError(
                f"there is no fork of {self.fork.component} at {self.remote} and none here; "
                f"make one with 'plugwatch fork create {self.fork.component} --from SOURCE'"
            )
        self.name_here = place_releases(ours, theirs)
        self.name_there = place_releases(theirs, ours)
        for name, here in self.name_here.items():
            if here not in self.ours:
                self._take_release(name, here)
        for here, name in list(self.name_there.items()):
            if name not in theirs:
                self._push(RELEASE_REFS + name, ours[here])
                theirs[name] = ours[here]
                if name != here:
                    self._alarm(here, f"ours is kept there as {name}")
        self.name_here |= {name: here for here, name in self.name_there.items() if name not in self.name_here}
        self.name_there |= {here: name for name, here in self.name_here.items() if here not in self.name_there}
        for move, releases in ((self._take, {v: r.commit for v, r in self.ours.items()}), (self._push, theirs)):
            last = newest(releases)
            if last:
                move(NEWEST_REF, last)

    def _take_release(self, name: str, here: str) -> None:
        release = self.arrivals.releases[name]
        self.ours[here] = Release(here, release.commit, release.tree)
        self._take(RELEASE_REFS + here, release.commit)
        facts = {"version": here, "commit": release.commit, "tree": release.tree}
        files = self.arrivals.files[release.commit]
        self.rows["releases"].append(facts | {"files": files, "source": self.remote, "sha256": None})
        if here != name:
            self._alarm(name, f"theirs is kept here as {here}")

    def _alarm(self, version: str, what: str) -> None:
        self.alarms.append(
            f"{self.fork.component} {vendor_version(version)} has other bytes at {self.remote} than here; {what}"
        )

    def _stacks(self, decision: Decision | None) -> None:
        theirs = {self.name_here[name]: tip for name, tip in self.arrivals.stacks.items()}
        ours = {n.removeprefix(STACK_REFS): tip for n, tip in self.refs.items() if n.startswith(STACK_REFS)}
        sides = {
            version: choose_side(self.arrivals.relation(self.ours[version], ours[version], theirs[version]))
            for version in ours.keys() & theirs.keys()
            if ours[version] != theirs[version]
        }
        if decision and decision.on not in sides:
            raise ForkError(
                f"{self.fork.component}: there are no two stacks on {decision.on}, so there is nothing to decide "
                f"and nothing moved; run 'plugwatch fork sync {self.fork.component}'"
            )
        for version in sorted(ours.keys() | theirs.keys(), key=lambda v: (release_order(v), v)):
            side = sides.get(version, "ours" if version in ours else "theirs")
            decided = version in sides and decision is not None and decision.on == version
            if decided and decision:
                side = decision.side
            if side == "both":
                self._take_both(version, ours[version], theirs[version])
            elif side is None:
                release, pair = self.ours[version], (ours[version], theirs[version])
                self.diverged.append(Divergence(version, *pair, self.arrivals.range_diff(release, *pair)))
            elif side == "ours":
                self._push_stack(version, ours[version], theirs.get(version), decided=decided)
            else:
                self._take_stack(version, ours.get(version), theirs[version], decided=decided)

    def _push_stack(self, version: str, ours: str, theirs: str | None, *, decided: bool) -> None:
        """What ours replaces there is kept there, so that whoever has it sees that it was replaced."""
        name = self.name_there[version]
        if theirs and theirs != ours and not self.arrivals.is_below(theirs, ours):
            self._push(superseded_ref(name, theirs), theirs)
            if decided:
                self._take(superseded_ref(version, theirs), theirs)
        self._push(STACK_REFS + name, ours)

    def _take_stack(self, version: str, ours: str | None, theirs: str, *, decided: bool) -> None:
        """What theirs replaces here stays in the record of the operation."""
        release = self.ours[version]
        patches = self.arrivals.patches(release, theirs)
        self._take(STACK_REFS + version, theirs)
        # A number of an incident is ours only where the ledger is shared, and there the patch is known already.
        self.rows["patches"] += [{"id": p.id, "title": p.title, "origin": p.origin, "incident": None} for p in patches]
        self.rows["stacks"].append({"version": version, "patches": [patch.id for patch in patches]})
        if ours and decided:
            kept = {patch.id for patch in patches}
            evidence = [f"{self.actor} took the stack of {self.remote}, which does not have it"]
            self.rows["drops"] += [
                {"patch": patch.id, "version": version, "verdict": "dropped", "evidence": evidence}
                for patch in self.arrivals.patches(release, ours)
                if patch.id not in kept
            ]

    def _take_both(self, version: str, ours: str, theirs: str) -> None:
        tip, left_out = self.arrivals.restack(self.ours[version], ours, theirs)
        self.alarms += [f"{self.fork.component} {version}: {sentence}" for sentence in left_out]
        self._take_stack(version, ours, tip, decided=True)
        self._push_stack(version, tip, theirs, decided=True)

    def _builds(self) -> None:
        """A build that is on sites never changes, so where two have one name neither moves."""
        ours = {n.removeprefix(BUILD_REFS): commit for n, commit in self.refs.items() if n.startswith(BUILD_REFS)}
        for name, record in self.arrivals.build_records.items():
            if name in ours:
                self.alarms.append(
                    f"build {name} of {self.fork.component} is another one at {self.remote} than here, and sites may "
                    "run both; build again on a changed stack, and send that one out"
                )
            elif self.name_here[record.base_version] == record.base_version:
                self._take(BUILD_REFS + name, self.arrivals.builds[name])
                facts = {"version": name, "base_version": record.base_version, "fingerprint": record.fingerprint}
                self.rows["builds"].append(facts | {"tree": record.tree})
        for build in self.fork.builds():
            known = build.version in self.arrivals.builds
            if not known and self.name_there.get(build.base_version) == build.base_version:
                self._push(BUILD_REFS + build.version, ours[build.version])

    def _resolutions(self) -> None:
        ours, theirs = self.refs.get(RESOLUTIONS_REF), self.arrivals.there.get(RESOLUTIONS_REF)
        if ours and theirs and not self.arrivals.is_below(theirs, ours):
            if self.arrivals.is_below(ours, theirs):
                ours = theirs
            else:
                ours, clashes = self.arrivals.merge_resolutions(ours, theirs)
                self.alarms += [
                    f"the remembered resolution {name} is another one there; ours stays" for name in clashes
                ]
        together = ours or theirs
        if together:
            self._take(RESOLUTIONS_REF, together)
            self._push(RESOLUTIONS_REF, together)
