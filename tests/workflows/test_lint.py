"""The facts about carried patches, gathered from views of forks and the ledger's rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone

from plugwatch.model.component import Component
from plugwatch.model.fork import Patch, Person, StackEntry
from plugwatch.model.operation import Operation
from plugwatch.model.patches.lint import Claim
from plugwatch.model.patches.stance import Stance
from plugwatch.workflows.lint import carried_since, gather, lint_all

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=timezone.utc)
TIDY, OTHER = Component("plugin", "tidy-forms"), Component("theme", "evensong")


@dataclass(frozen=True)
class Build:
    version: str
    patches: tuple[str, ...]


@dataclass(frozen=True)
class View:
    """A fork as it stands."""

    component: Component
    newest: str | None
    stacks: dict[str, tuple[StackEntry, ...]]
    builds: tuple[Build, ...] = ()

    @property
    def patched(self) -> str | None:
        return list(self.stacks)[-1] if self.stacks else None


@dataclass
class Rows:
    """A ledger's rows."""

    told: dict[str, list[Stance]] = field(default_factory=dict)
    sent: dict[str, list[Claim]] = field(default_factory=dict)
    sites: dict[Component, dict[str | None, int]] = field(default_factory=dict)
    gone: set[Component] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    @property
    def patches(self) -> Rows:
        return self

    def stances(self):
        self.asked.append("stances")
        return self.told

    def claims(self):
        self.asked.append("claims")
        return self.sent

    def installed(self):
        self.asked.append("installed")
        return self.sites

    def was_installed(self):
        self.asked.append("was_installed")
        return self.gone


def entry(letter: str, origin: str = "1.0") -> StackEntry:
    patch = Patch(f"pw-{letter * 10}", f"Patch {letter}", "Why.", Person("Kim", "k@a.example"), "1 +0000", origin)
    return StackEntry(patch, letter * 40, "0" * 40, "1" * 40)


A, B, C = entry("a"), entry("b"), entry("c", origin="2.0")
FORK = View(
    TIDY,
    "3.0",
    {"1.0": (A, B), "1.5": (A, B), "2.0": (B, C)},
    (Build("1.0.0.0-p1", (A.patch.id,)), Build("2.0.0.0-p1", (B.patch.id, C.patch.id))),
)


def test_patches_are_those_of_the_newest_stack_in_their_order():
    first, second = gather(Rows(), [FORK])
    assert [(f.number, f.patch.id, f.on, f.newest) for f in (first, second)] == [
        (1, B.patch.id, "2.0", "3.0"),
        (2, C.patch.id, "2.0", "3.0"),
    ]
    assert (first.survived, second.survived) == (2, 0)


def test_another_release_can_be_asked_for():
    assert [f.patch.id for f in gather(Rows(), [FORK], on="1.0")] == [A.patch.id, B.patch.id]
    assert gather(Rows(), [FORK], on="9.9") == []


def test_forks_without_patches_are_passed_over():
    assert gather(Rows(), [View(OTHER, None, {}), View(OTHER, "1.0", {"1.0": ()})]) == []


def test_sites_are_counted_with_a_build_that_has_the_patch():
    rows = Rows(sites={TIDY: {None: 4, "1.0.0.0-p1": 3, "2.0.0.0-p1": 2, "9.0.0.0-p1": 1}, OTHER: {None: 99}})
    (facts, _) = gather(rows, [FORK])
    assert (facts.sites.with_build, facts.sites.with_component, facts.sites.were_some) == (2, 10, False)


def test_the_ledger_is_asked_once_for_all_forks():
    rows = Rows()
    gather(rows, [FORK] * 50)
    assert sorted(rows.asked) == ["claims", "installed", "stances", "was_installed"]


def test_findings_are_those_of_every_fork():
    wait = Stance(B.patch.id, "wait", "r", None, NOW, "kim")
    rows = Rows(
        told={B.patch.id: [wait], A.patch.id: [wait]},
        sent={A.patch.id: [Claim("SUB-1", "trac", "released")]},
        gone={OTHER},
    )
    forks = [FORK, View(OTHER, "1.0", {"1.0": (A,)})]
    found = [(f.component, f.patch, f.code) for f in lint_all(rows, forks, now=NOW)]
    assert found == [
        (TIDY, C.patch.id, "no-stance"),
        (OTHER, A.patch.id, "not-in-release"),
        (OTHER, A.patch.id, "sites-gone"),
    ]


def test_a_patch_is_carried_since_the_first_operation_that_has_it_and_an_adopted_one_since_before():
    def done(command: str, at: str, *patches: str) -> Operation:
        return Operation(at, str(TIDY), command, "kim", at, (), {"patches": [{"id": patch} for patch in patches]})

    since = carried_since(
        [
            done("fork adopt", "2026-05-01T00:00:00+00:00", "a"),
            done("patch import", "2026-05-02T00:00:00+00:00", "b", "c"),
            done("fork sync", "2026-05-03T02:00:00+02:00", "b", "d"),
        ]
    )
    days = {patch: datetime.fromtimestamp(at, timezone.utc).day for patch, at in since.items()}
    assert days == {"b": 2, "c": 2, "d": 3}
    (facts, _) = gather(Rows(), [FORK], since={B.patch.id: 7})
    assert facts.since == 7
