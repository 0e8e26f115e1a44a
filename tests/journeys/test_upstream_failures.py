"""``submission send`` through everything that GitHub and the network may answer, each request of its way in turn.

Each failure is one sentence that says what to do, leaves the text ready to be sent, and the next ``send`` ends with it
there once. Nobody but the two whom it is for ever gets to see the token.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from peers.loopback import Reply, json_reply
from sending import ISSUE, OURS, PULL, REPLY, THEIRS, TOKEN, Ran, Stage, Text

API = f"/api/v3/repos/{THEIRS}"
LIMIT = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1790000000"}
SPENT = json_reply({"message": "API rate limit exceeded for user ID 7."}, 403, **LIMIT)
SLOWER = {"message": "You have exceeded a secondary rate limit."}
CLOSED = Reply(0)
HALF = Reply(201, b'{"number": 1, "html', {"Content-Length": "9000"}, served=True)
PATIENCE = {"plugwatch.channels.github_api._TIMEOUT": 1}


@dataclass(frozen=True)
class Failure:
    """What GitHub answers to a request, so many times, and what the person is told. ``done``: it was done all the same.

    ``code`` is 4 where something is not known, 1 or 3 where a person has to see to it.
    """

    asked: str
    answer: Reply
    says: str
    code: int = 4
    times: int = 1
    done: bool = False


_DONE = "send it again, which looks for it first"
FAILURES: dict[str, tuple[Text, Failure]] = {
    "vendor's git": (PULL, Failure(f"GET /{THEIRS}.git/info/refs", Reply(502), "could not be asked")),
    "vendor's git 2": (PULL, Failure(f"POST /{THEIRS}.git/git-upload-pack", CLOSED, "could not be asked", times=2)),
    "repository": (PULL, Failure(f"GET {API}", Reply(500), "try again later", times=3)),
    "primary limit": (PULL, Failure("GET /api/v3/user", SPENT, "try again after 14:13 UTC")),
    "fork unknown": (PULL, Failure(f"GET /api/v3/repos/{OURS}", Reply(503), "try again later", times=3)),
    "secondary limit": (
        PULL,
        Failure(f"POST {API}/forks", json_reply(SLOWER, 403, Retry_After="60"), "try again in 60 seconds"),
    ),
    "forked, not told": (PULL, Failure(f"POST {API}/forks", Reply(502), _DONE, done=True)),
    "fork's branches": (PULL, Failure(f"GET /api/v3/repos/{OURS}/branches/main", CLOSED, "try again later", times=3)),
    "network down at push": (PULL, Failure(f"GET /{OURS}.git/info/refs", CLOSED, "could not be asked", times=9)),
    "push refused": (PULL, Failure(f"POST /{OURS}.git/git-receive-pack", Reply(500), "could not be asked")),
    "pushed, not told": (PULL, Failure(f"POST /{OURS}.git/git-receive-pack", CLOSED, "could not be asked", done=True)),
    "push forbidden": (PULL, Failure(f"POST /{OURS}.git/git-receive-pack", Reply(403), "refuses (403)", 3)),
    "pull requests": (PULL, Failure(f"GET {API}/pulls", Reply(500), "try again later", times=3)),
    "opened, not told": (PULL, Failure(f"POST {API}/pulls", Reply(504), _DONE, done=True)),
    "opened, half told": (PULL, Failure(f"POST {API}/pulls", HALF, _DONE)),
    "opened, told too late": (PULL, Failure(f"POST {API}/pulls", Reply(201, delay=1.5), _DONE, done=True)),
    "not opened": (PULL, Failure(f"POST {API}/pulls", json_reply(SLOWER, 429, Retry_After="7"), "in 7 seconds")),
    "thread": (REPLY, Failure(f"GET {API}/issues/1", Reply(500), "try again later", times=3)),
    "said, not told": (REPLY, Failure(f"POST {API}/issues/1/comments", CLOSED, _DONE, done=True)),
    "not said": (REPLY, Failure(f"POST {API}/issues/1/comments", SPENT, "try again after 14:13 UTC")),
    "new issue, not told": (ISSUE, Failure(f"POST {API}/issues", Reply(500), _DONE, done=True)),
    "no new issue": (ISSUE, Failure(f"POST {API}/issues", CLOSED, _DONE)),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_a_sentence_and_the_next_one_sends_it_once(github: Stage, name: str) -> None:
    text, failure = FAILURES[name]
    github.back_to(text.state)
    planned = replace(failure.answer, served=failure.done or failure.answer.served)
    github.github.plan(failure.asked, *[planned] * failure.times)
    check_refused(
        github,
        text,
        github.send(text.name, constants=PATIENCE if failure.answer.delay else {}),
        failure.code,
        failure.says,
    )
    github.github.planned.clear()
    again = github.send(text.name)
    assert again.code == 0, again
    github.check_sent(text, name)
    check_secret(github, again)


def no_scope(github: Stage) -> None:
    github.github.account(TOKEN, "fernhill-web", "read:user")


def no_issues(github: Stage) -> None:
    github.theirs.has_issues = False


def no_forks(github: Stage) -> None:
    github.theirs.allow_forking = False


def expired(github: Stage) -> None:
    github.github.accounts.clear()


def gone(github: Stage) -> None:
    github.github.repositories[THEIRS].private = True


@pytest.mark.parametrize(
    ("text", "forbid", "code", "says"),
    [
        (PULL, no_scope, 4, "make one with the scope public_repo"),
        (PULL, no_forks, 4, "may not be forked; send the patch on another road"),
        (REPLY, no_scope, 3, "let PLUGWATCH_GITHUB_TOKEN be one that may push to it"),
        (ISSUE, no_issues, 1, "has its issues switched off; choose another road (plugwatch vendor show)"),
        (ISSUE, expired, 1, "it may have expired; make a new one"),
        (ISSUE, gone, 1, "look at the name, or at the token in PLUGWATCH_GITHUB_TOKEN"),
    ],
)
def test_what_github_forbids_is_a_sentence_and_once_it_allows_it_the_text_is_sent_once(
    github: Stage, text: Text, forbid: Callable[[Stage], None], code: int, says: str
) -> None:
    github.back_to(text.state)
    theirs, account = github.theirs, github.github.accounts[TOKEN]
    allowed = dict(vars(theirs))
    forbid(github)
    check_refused(github, text, github.send(text.name), code, says)
    vars(theirs).update({name: allowed[name] for name in ("has_issues", "allow_forking", "private")})
    github.github.accounts[TOKEN] = account
    again = github.send(text.name)
    assert again.code == 0, again
    github.check_sent(text, says)
    check_secret(github, again)


GIT = """#!/bin/sh
echo "$*" >> "$0.args"
{env} > "$0.env-$$"
exec {git} "$@"
"""


def test_no_program_is_started_with_the_token_among_its_arguments(github: Stage, tmp_path: Path) -> None:
    github.back_to(PULL.state)
    git = tmp_path / "git"
    git.write_text(GIT.format(git=shutil.which("git"), env=shutil.which("env")))
    git.chmod(0o755)
    github.sender.environment["PATH"] = f"{tmp_path}:{os.environ['PATH']}"
    assert github.send(PULL.name).code == 0

    said = (tmp_path / "git.args").read_text()
    assert "push" in said
    assert TOKEN not in said
    for path in tmp_path.glob("git.env-*"):  # where git's own helper reads it, and no other account of this machine
        holding = {line.partition("=")[0] for line in path.read_text().splitlines() if TOKEN in line}
        assert holding <= {"PLUGWATCH_GIT_TOKEN"}, path.read_text()


def check_refused(github: Stage, text: Text, ran: Ran, code: int, *words: str) -> None:
    """One sentence, and the text as it was."""
    assert (ran.code, ran.out, ran.err.count("\n"), ran.err[:11]) == (code, "", 1, "plugwatch: "), ran
    for said in words:
        assert said in ran.err, ran
    submission, _lines = github.recorded(text.name)
    assert submission.posts[-1].state in ("draft", "handing"), ran
    assert submission.status == ("changes-requested" if text is REPLY else "draft"), ran
    check_secret(github, ran)


def check_secret(github: Stage, ran: Ran) -> None:
    """The token is in nothing that was said or written."""
    assert TOKEN not in ran.out + ran.err
    assert [path for path, content in github.agency.files().items() if TOKEN.encode() in content] == []
