"""SIGKILL in ``fork sync``: both repositories stay sound, nobody is stuck, and the next sync of both makes them one.

Ben is killed, at the places of every other command and, while he pushes, together with the git that takes what he
sends. Ana works on; the repository that they share is a folder beside them.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from killing import Commands, copy_folder
from soundness import check_agreement, check_clean, state
from workbench import (
    Workspace,
    fsck,
    git,
    git_text,
    mail_file,
    make_carrying_workspace,
    make_workspace,
    plugin,
    public_refs,
    write_files,
)

TIDY = "plugin/tidy-forms"
BOTH, THEIRS = (("--on", "1.0.0", "--take", side) for side in ("both", "theirs"))


@dataclass(frozen=True)
class Team:
    """Ana, Ben, and the repository that they share."""

    folder: Path

    @property
    def ana(self) -> Workspace:
        return Workspace(self.folder / "ws")

    @property
    def ben(self) -> Workspace:
        return Workspace(self.folder / "ben")

    @property
    def shared(self) -> Path:
        return self.folder / "shared.git"

    def args(self, *more: str) -> tuple[str | Path, ...]:
        """The command line of a sync."""
        return ("fork", "sync", TIDY, self.shared, *more)

    def copy(self, folder: Path) -> Team:
        """The same team in another folder."""
        return Team(copy_folder(self.folder, folder))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """States of the team: Ana alone; what she has is shared; both went on; both put a patch on the same release."""
    folder = tmp_path_factory.mktemp("kills")
    make_carrying_workspace(folder / "alone")
    sources = Path(shutil.move(folder / "alone" / "sources", folder / "sources"))
    make_workspace(folder / "alone" / "ben")
    git(folder, "init", "--quiet", "--bare", "--initial-branch=upstream", "alone/shared.git")
    alone = Team(folder / "alone")

    shared = alone.copy(folder / "shared")
    capture(shared.ana, sources, "Say hi", mail_file(seconds=60, subject="'Hi'"))
    shared.ana.do(*shared.args())

    apart = shared.copy(folder / "apart")
    apart.ben.do(*apart.args())
    write_files(sources / "1.5.0", plugin("1.5.0"))
    for workspace, version in ((apart.ana, "1.5.0"), (apart.ben, "2.0.0")):
        workspace.do("fork", "import", TIDY, "--from", sources / version)
        workspace.do("patch", "drop", "2", "--why", "The client left.") if workspace == apart.ben else None
        workspace.do("fork", "upgrade", TIDY, "--to", version)
    apart.ben.do("fork", "build", TIDY, "--out", folder / "out")
    apart.ana.do(*apart.args())

    diverged = shared.copy(folder / "diverged")
    diverged.ben.do(*diverged.args())
    capture(diverged.ana, sources, "Say bye", mail_file(seconds=60, subject="'Bye'"))
    diverged.ana.do(*diverged.args())
    capture(diverged.ben, sources, "Our readme", mail_file(seconds=60, subject="'Hi'"), b"=== Ours ===\n")
    return folder


def capture(workspace: Workspace, sources: Path, title: str, mail: bytes, readme: bytes | None = None) -> None:
    """A patch on 1.0.0."""
    changed = {"mail": mail} | ({"readme": readme} if readme else {})
    copy = write_files(sources / title, plugin("1.0.0", **changed))
    workspace.do("patch", "capture", TIDY, copy, "--title", title, "--on", "1.0.0")


def all_refs(repository: Path) -> dict[str, str]:
    """Every ref of the shared repository."""
    rows = git_text(repository, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return dict(row.split(" ") for row in rows)


def check_shared(team: Team, before: dict[str, str], after: dict[str, str]) -> None:
    """The shared repository is sound, and each of its refs is where it was or where it is to be."""
    assert [line for line in fsck(team.shared).splitlines() if not line.startswith("notice: ")] == []
    found = all_refs(team.shared)
    assert all(found.get(name) in (before.get(name), after.get(name)) for name in before | after | found)


def unlock(team: Team) -> None:
    """What whoever looks after the shared repository does when a git has died there."""
    for lock in team.shared.rglob("*.lock"):
        lock.unlink()


def sync(killer: Commands, workspace: Workspace, team: Team, *decision: str) -> None:
    """A sync that must succeed, with the decision where one is asked for."""
    ran = killer.run(workspace, *team.args())
    if ran.code == 3:
        ran = killer.run(workspace, *team.args(*decision))
    assert ran.code == 0, ran


def survive(
    killer: Commands, start: Team, team: Team, killed: Workspace, decision: tuple[str, ...] = (), each: int = 1
) -> int:
    """Kill a sync at the places of its plan, each time on a new copy of the team; how often it was in time.

    Where the kill came before everything or after it, the commands that follow are the same each time, so they are
    given every second time only; a colleague's come where the shared repository is in between, and at the end.
    """
    colleague = team.ana if killed == team.ben else team.ben
    start.copy(team.folder)
    before = state(killed, TIDY), all_refs(team.shared)
    kills = killer.plan(killed, *team.args(*decision))
    after = state(killed, TIDY), all_refs(team.shared)
    in_time = 0
    for number, kill in enumerate(kills[::each]):
        start.copy(team.folder)
        ran = killer.run(killed, *team.args(*decision), kill=kill)
        assert ran.code == -9 or kill.delay is not None, (kill, ran)
        in_time += ran.code == -9
        killer.do(killed, "fork", "list")
        if kill.how == "outlived":
            ran.wait_for_git()
            killer.do(killed, "fork", "list")
        found = state(killed, TIDY), all_refs(team.shared)
        assert found[0] in (before[0], after[0]), kill
        check_agreement(killed, TIDY)
        check_shared(team, before[1], after[1])
        unlock(team)
        if found[1] not in (before[1], after[1]):
            sync(killer, colleague, team, *THEIRS)
            check_agreement(colleague, TIDY)
        if number % 2 or found not in (before, after):
            sync(killer, killed, team, *decision)
            assert (state(killed, TIDY), all_refs(team.shared)) == after, kill
            check_clean(killed, TIDY)
    sync(killer, killed, team, *decision)
    sync(killer, colleague, team, *THEIRS)
    assert public_refs(killed.fork()) == public_refs(colleague.fork()) == public_refs(team.shared)
    check_agreement(colleague, TIDY)
    return in_time


@pytest.mark.parametrize(
    ("start", "decision", "each", "least"), [("apart", (), 1, 40), ("shared", (), 2, 15), ("diverged", BOTH, 2, 15)]
)
def test_a_killed_sync_goes_on_and_both_agree(
    template: Path, tmp_path: Path, killer: Commands, start: str, decision: tuple[str, ...], each: int, least: int
) -> None:
    team = Team(tmp_path / "team")
    assert survive(killer, Team(template / start), team, team.ben, decision, each) >= least


def test_a_killed_first_sync_leaves_a_shared_fork_that_others_can_take(
    template: Path, tmp_path: Path, killer: Commands
) -> None:
    team = Team(tmp_path / "team")
    assert survive(killer, Team(template / "alone"), team, team.ana) >= 10


def test_a_lock_that_a_killed_git_has_left_in_the_shared_repository_is_named(template: Path, tmp_path: Path) -> None:
    team = Team(template / "apart").copy(tmp_path / "team")
    lock = team.shared / "refs" / "heads" / "upstream.lock"
    lock.touch()
    answer = team.ben.run(*team.args())
    assert (answer.code, answer.out, answer.err.count("\n")) == (1, "", 1)
    assert "/refs/heads/upstream.lock removed there" in answer.err
    lock.unlink()
    team.ben.do(*team.args())
    assert all_refs(team.shared)["refs/heads/upstream"] == public_refs(team.ben.fork())["refs/tags/upstream/2.0.0"]
