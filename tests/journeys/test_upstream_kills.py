"""``submission send`` to GitHub, killed anywhere, while the world goes on; then sent again.

Each command dies before a step that chance has chosen: a call of C that says something to GitHub or hears something
from there, starts git or waits for it, locks a file, or is SQL. Half of the kills take git along; else it goes on.
Meanwhile the world may have moved. The next plain ``submission send`` ends with everything there once (one pull
request, one answer, one issue) and a ledger that says where; or it says in one sentence what a person has to do, and
has changed nothing.
"""

from __future__ import annotations

import itertools
import random
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sending import COUNT, FIXED, ISSUE, OURS, PULL, REPLY, THEIRS, TOKEN, Stage, Text, fixed_file

ANOTHER = "ghp_9876543210fedcbaSECRET"


KILLS = ((PULL, 16), (REPLY, 16), (ISSUE, 20))


@dataclass(frozen=True)
class Killed:
    """What a kill has left: ``state`` of the text as recorded, and how often it is ``there`` (0 or 1)."""

    github: Stage
    text: Text
    state: str
    there: int

    @property
    def branch(self) -> str:
        """The branch that is offered."""
        return self.github.recorded("SUB-1")[0].branch or ""

    @property
    def tip(self) -> str | None:
        """What our fork has at it."""
        return self.github.tip(self.branch)


@dataclass(frozen=True)
class Turn:
    """What the next ``send`` meets: its exit code, words of its sentence, what a person does then to let it go on
    (None where that is the end of it), and whether the branch is ours alone.
    """

    code: int = 0
    says: str = ""
    mend: Callable[[], object] | None = None
    ours: bool = True


def nothing(_: Killed) -> Turn:
    """The world rests."""
    return Turn()


def default_branch_moved(killed: Killed) -> Turn:
    killed.github.theirs.commit("main", {"CHANGES.md": b"More.\n"}, "Another change")
    return Turn()


def renamed(killed: Killed) -> Turn:
    killed.github.github.rename(THEIRS, "larkspur-labs/neat-forms")
    return Turn()


def fixed_already(killed: Killed) -> Turn:
    """Our pull request was merged; where it is not there yet, somebody else has made the same change."""
    theirs = killed.github.theirs
    if theirs.pulls:
        theirs.merge(theirs.pulls[1])
        return Turn() if killed.there else Turn(3, "has the fix already")
    theirs.commit("main", {FIXED: fixed_file()}, "Accept old nonces")
    return Turn(3, "has the fix already")


def pushed_to(killed: Killed) -> Turn:
    """A maintainer has put a commit on our branch."""
    tip, ours = killed.tip, killed.github.ours
    if tip is None or ours is None:
        return Turn()
    added = ours.commit(killed.branch, {"maintained.txt": b"Mine.\n"}, "By a maintainer")
    if killed.there:
        return Turn(ours=False)
    return Turn(3, f"somebody else has put {added[:10]} on the branch", lambda: ours.branch(killed.branch, tip))


def fork_deleted(killed: Killed) -> Turn:
    if killed.github.ours:
        killed.github.github.delete(OURS)
    if killed.text is REPLY and not killed.there:
        return Turn(1, "was deleted")
    return Turn(ours=not killed.there)


def token_expired(killed: Killed) -> Turn:
    peer, sender = killed.github.github, killed.github.sender

    def get_another() -> None:
        peer.account(ANOTHER, "fernhill-web", "public_repo")
        sender.environment = {"PLUGWATCH_GITHUB_TOKEN": ANOTHER}

    del peer.accounts[TOKEN]
    return Turn(1, "PLUGWATCH_GITHUB_TOKEN", get_another)


def archived(killed: Killed) -> Turn:
    theirs = killed.github.theirs
    theirs.archived = True
    if killed.there:
        return Turn()
    return Turn(1, "is archived and read-only", lambda: setattr(theirs, "archived", False))


Move = Callable[[Killed], Turn]
MOVES: dict[str, list[Move]] = {
    "SUB-1": [default_branch_moved, renamed, fixed_already, pushed_to, fork_deleted, token_expired, archived],
    "SUB-2": [renamed, token_expired, archived],
}


@pytest.mark.parametrize(("text", "kills"), KILLS, ids=["pull-request", "reworked-patch", "issue"])
def test_a_kill_loses_no_text_and_doubles_none(github: Stage, text: Text, kills: int) -> None:
    github.back_to(text.state)
    counted = github.send(text.name, last=COUNT)
    assert (counted.code, len(github.found(text))) == (0, 1), counted
    plan = _plan(counted.steps, text, kills)
    seen = Counter[tuple[str, int]]()
    for last, move, with_git in plan:
        place = f"step {last} of {len(counted.steps)}, then {move.__name__}"
        killed = _kill(github, text, last, with_git=with_git, wait=move is not nothing, place=place)
        seen[killed.state, killed.there] += 1
        turn = Turn() if killed.state == "sent" else move(killed)
        _go_on(killed, turn, place)
    assert {("draft", 0), ("handing", 0), ("handing", 1)} <= set(seen)


def _plan(steps: tuple[str, ...], text: Text, kills: int) -> list[tuple[int, Move, bool]]:
    """Before which steps to kill, what happens next, and whether git dies too.

    A quarter each is before the intent is recorded, then until the last word to GitHub, around the answer, and after.
    """
    chance = random.Random(f"{text.name} {text.state}")
    handed = steps.index("hand") + 2  # after the commit
    said, heard = (len(steps) - steps[::-1].index(word) for word in ("sendall", "recv_into"))
    spans = ((1, handed), (handed + 1, said), (said + 1, heard), (heard + 1, len(steps)))
    moves = itertools.cycle(chance.sample(MOVES[text.name], len(MOVES[text.name])))
    rows = [*itertools.product(spans, (False, True), (False, True)), *itertools.product(spans, (True,), (True,))]
    chosen = rows[:kills]
    assert len(chosen) == kills
    plan = [(chance.randint(*span), next(moves) if moved else nothing, git_too) for span, moved, git_too in chosen]
    return [*plan, *((handed + 1, move, True) for move in MOVES[text.name] if move is fixed_already)]


def _kill(github: Stage, text: Text, last: int, *, with_git: bool, wait: bool, place: str) -> Killed:
    """Send it, and die before a step; where this run had fewer, it has come to its end."""
    github.back_to(text.state)
    ran = github.send(text.name, last=last, with_git=with_git, settle=wait)
    assert ran.code in (0, -signal.SIGKILL), (place, ran)
    there, state = len(github.found(text)), github.recorded(text.name)[0].posts[-1].state
    assert there <= 1, place
    assert there <= (state != "draft"), f"{place}: what is there was not recorded before it went out"
    return Killed(github, text, state, there)


def _go_on(killed: Killed, turn: Turn, place: str) -> None:
    """Send it once more, and again once a person has done what the sentence says."""
    github, text = killed.github, killed.text
    ran = github.send(text.name)
    if turn.code:
        before = github.recorded(text.name)[0].posts[-1]
        tip = killed.tip
        _check_sentence(ran.code, ran.err, turn, place)
        assert (before.state, len(github.found(text))) == (killed.state, killed.there), place
        assert killed.tip == tip, place
        if turn.mend is None:
            return
        turn.mend()
        ran = github.send(text.name)
    assert ran.code == 0, (place, ran)
    github.check_sent(text, place, is_ours=turn.ours)


def _check_sentence(code: int, said: str, turn: Turn, place: str) -> None:
    assert (code, said.count("\n")) == (turn.code, 1), (place, said)
    assert said.startswith("plugwatch: "), (place, said)
    assert turn.says in said, (place, said)
