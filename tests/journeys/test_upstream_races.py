"""Two people send the same text at once, in one workspace and in two that share a ledger: it leaves once.

The other one is told in a sentence who is sending, or that it was sent. Who dies in the middle leaves a claim, which
counts no more after a while.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from killing import copy_folder
from peers.loopback import Reply, Request
from sending import ISSUE, OURS, PULL, REPLY, THEIRS, Ran, Sender, Stage, Text, stage

from plugwatch.workflows.send import CLAIM_LASTS

API = f"/api/v3/repos/{THEIRS}"


@contextmanager
def colleague(github: Stage, folder: Path, workspace: Path) -> Iterator[Sender]:
    """Somebody else."""
    ben = Sender(folder, workspace, "Ben")
    ben.environment = dict(github.secrets)
    try:
        yield ben
    finally:
        ben.close()


@contextmanager
def held(github: Stage, asked: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """GitHub thinks about a request until the block is left; the function waits until it was asked."""
    reached, thought = threading.Event(), threading.Event()
    answer = github.github.answer

    def think(request: Request) -> Reply:
        if f"{request.method} {request.path}" == asked:
            reached.set()
            thought.wait(15)
        return answer(request)

    def wait() -> None:
        assert reached.wait(15)

    with monkeypatch.context() as patched:
        patched.setattr(github.github, "answer", think)
        try:
            yield wait
        finally:
            thought.set()


def start(sender: Sender, github: Stage, text: Text, **constants: float) -> None:
    """``submission send`` by somebody, begun."""
    sender.start(github.agency.now, "submission", "send", text.name, "--json", constants=constants)


def send(sender: Sender, github: Stage, text: Text, **constants: float) -> Ran:
    """``submission send`` by somebody, to its end."""
    start(sender, github, text, **constants)
    return sender.end()


def check_refused(ran: Ran, *words: str) -> None:
    """One sentence says what is the matter."""
    assert (ran.code, ran.out, ran.err.count("\n"), ran.err[:11]) == (4, "", 1, "plugwatch: "), ran
    for said in words:
        assert said in ran.err, ran


@pytest.mark.parametrize("text", [PULL, REPLY, ISSUE], ids=["pull-request", "reworked-patch", "issue"])
def test_two_at_once_in_one_workspace_send_it_once(github: Stage, text: Text, tmp_path: Path) -> None:
    github.back_to(text.state)
    with colleague(github, tmp_path / "ben", github.agency.folder) as ben:
        for sender in (github.sender, ben):
            start(sender, github, text)
        both = [sender.end() for sender in (github.sender, ben)]

        assert 0 in [ran.code for ran in both], both
        for ran in both:
            if ran.code:
                check_refused(ran, "has just been sent by somebody else; see 'plugwatch submission show'")
        assert send(ben, github, text).code == 0
    github.check_sent(text, "two at once")


def test_who_waits_in_vain_hears_who_is_sending(github: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    github.back_to(PULL.state)
    with colleague(github, tmp_path / "ben", github.agency.folder) as ben:
        with held(github, f"POST {API}/pulls", monkeypatch) as wait:
            start(github.sender, github, PULL)
            wait()
            refused = send(ben, github, PULL, **{"plugwatch.forks.lock.WAIT": 0})
        assert github.sender.end().code == 0
        check_refused(refused, "in use by 'plugwatch submission send SUB-1' (process ", "try again when it is done")
        assert send(ben, github, PULL).code == 0
    github.check_sent(PULL, "the other one had to wait")


@pytest.fixture
def shared(tmp_path: Path, empty_postgres_url: str) -> Iterator[Stage]:
    """A workspace whose ledger others use too."""
    with stage(tmp_path / "shared", empty_postgres_url) as made:
        yield made


def test_two_workspaces_on_one_ledger_send_it_once(
    shared: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = shared.sender
    del ana.environment["PLUGWATCH_GITHUB_TOKEN"]  # else our own pull request would be found
    issue = shared.agency("submission", "draft", "INC-1", "--via", "github-issue", "--tested", "By hand.")
    ana.environment = dict(shared.secrets)
    new_issue = Text("reply", issue["submission"])
    with colleague(shared, tmp_path / "ben", copy_folder(shared.agency.folder, tmp_path / "other")) as ben:
        with held(shared, f"POST /{OURS}.git/git-receive-pack", monkeypatch) as wait:  # git will come to its end
            start(ana, shared, REPLY)
            wait()
            check_refused(send(ben, shared, REPLY), "Ana is sending SUB-1 just now; try again in a few minutes")
            os.kill(ana.child, signal.SIGKILL)
        assert ana.end().code == -signal.SIGKILL
        shared.theirs.commit("main", {"CHANGES.md": b"More.\n"}, "Another change")
        check_refused(send(ben, shared, REPLY), "Ana is sending SUB-1 just now; try again in a few minutes")
        shared.agency.now += CLAIM_LASTS + timedelta(minutes=1)
        taken_over = send(ben, shared, REPLY)
        assert taken_over.code == 0, taken_over
        shared.check_sent(REPLY, "taken over between push and comment")

        with held(shared, f"GET {API}", monkeypatch) as wait:  # claimed, and not handed over yet
            start(ana, shared, new_issue)
            wait()
            os.kill(ana.child, signal.SIGKILL)
        assert ana.end().code == -signal.SIGKILL
        check_refused(
            send(ben, shared, new_issue), f"Ana is sending {new_issue.name} just now; try again in a few minutes"
        )
        shared.agency.now += CLAIM_LASTS + timedelta(minutes=1)
        with held(shared, f"POST {API}/issues", monkeypatch) as wait:
            start(ben, shared, new_issue)
            wait()
            check_refused(
                send(ana, shared, new_issue), f"Ben is sending {new_issue.name} just now; try again in a few minutes"
            )
        assert ben.end().code == 0
        assert send(ana, shared, new_issue).code == 0
        shared.check_sent(new_issue, "taken over before it was handed")
