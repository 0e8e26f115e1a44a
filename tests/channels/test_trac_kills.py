"""Whoever is killed while posting to a real Trac leaves one ticket, one file and one comment in the end."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from peers.trac import PASSWORD, Environment, running_trac

pytestmark = pytest.mark.services

CHECKOUT = Path(__file__).resolve().parents[2]
PATCH = "Index: a.php\n+++ a.php\n"

# Does what the workflow does, each time in a process of its own that dies right before or after one of its requests.
RUNNER = """
import json, os, signal, sys
from datetime import datetime
from pathlib import Path
from requests.adapters import HTTPAdapter
from plugwatch.channels.trac_client import TracLogin
from plugwatch.channels.trac_road import TracRoad
from plugwatch.model.roads.posting import Posting
from plugwatch.model.roads.submission import DraftFile

def die_at(number, when):
    count, send = 0, HTTPAdapter.send
    def counted(*args, **more):
        nonlocal count
        count += 1
        if (count, when) == (number, "before"):
            os.kill(os.getpid(), signal.SIGKILL)
        answer = send(*args, **more)
        if (count, when) == (number, "after"):
            answer.content
            os.kill(os.getpid(), signal.SIGKILL)
        return answer
    HTTPAdapter.send = counted
    return lambda: count

def work(job):
    requests, state = die_at(*job["kill"]), Path(job["state"])
    files = (DraftFile("tidy.diff", job["patch"].encode(), "text/x-diff"),)
    since = datetime.fromisoformat(job["since"])
    title, thread = job["title"], job["thread"]
    text = Posting(title, "trac", "", "patch", title, "Words of " + title, files, since, thread)
    road = TracRoad(job["url"], TracLogin("kim", job["password"]))
    found = road.find(text) if state.exists() else None
    sent = found or road.send(text, lambda: state.write_text("handing"))
    state.write_text(json.dumps([sent.state, sent.url, sent.detail, requests()]))

for line in sys.stdin:
    child = os.fork()
    if not child:
        work(json.loads(line))
        os._exit(0)
    print(os.waitpid(child, 0)[1], flush=True)
"""


@pytest.fixture(scope="module")
def run() -> Iterator[Callable[[dict[str, object]], int]]:
    """Runs a job, and tells its exit code: negative for the signal that ended it."""
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER],
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert runner.stdin
    assert runner.stdout

    def one(job: dict[str, object]) -> int:
        runner.stdin.write(json.dumps(job) + "\n")
        runner.stdin.flush()
        return os.waitstatus_to_exitcode(int(runner.stdout.readline()))

    yield one
    runner.communicate()


def test_twenty_kills_leave_one_ticket_one_file_and_one_comment(
    run: Callable[[dict[str, object]], int], tmp_path: Path
) -> None:
    chance, kills = random.Random(20), 0
    with running_trac(tmp_path / "trac") as trac:
        for way in ("forms", "rpc"):
            for joins in (False, True):
                there = trac[way]
                requests = post(run, there, tmp_path, f"{way} {joins} whole", joins, [])
                assert requests > 6
                for turn in range(4):
                    points = [(chance.randint(2, requests), chance.choice(["before", "after"])) for _ in range(2)]
                    kills += post(run, there, tmp_path, f"{way} {joins} {turn}", joins, points)
    assert kills >= 20


def post(
    run: Callable[[dict[str, object]], int],
    there: Environment,
    folder: Path,
    title: str,
    joins: bool,
    points: list[tuple[int, str]],
) -> int:
    """Post it, dying at each of these points first; how many times that was, or the requests that a whole run takes."""
    number = there.open(f"to be joined by {title}") if joins else None
    state = folder / title.replace(" ", "-")
    job = {
        "url": there.url,
        "password": PASSWORD,
        "title": title,
        "thread": f"{there.url}/ticket/{number}" if number else None,
        "patch": PATCH + title,
        "since": "2020-01-01T00:00:00+00:00",
        "state": str(state),
    }
    kills = 0
    for point in points:
        ended = run(job | {"kill": point})
        assert ended in (0, -signal.SIGKILL)
        kills += ended != 0
    assert run(job | {"kill": (0, "never")}) == 0
    outcome, url, detail, requests = json.loads(state.read_text())
    tickets = [int(row["id"]) for row in there.tickets() if row["summary"] == title]
    assert len(tickets) == (0 if joins else 1)
    assert (outcome, detail, url) == ("sent", "", f"{there.url}/ticket/{number or tickets[0]}")
    assert there.files(number or tickets[0]) == {"tidy.diff": (PATCH + title).encode()}
    assert there.comments(number or tickets[0]) == ([("kim", f"Words of {title}")] if joins else [])
    return kills if points else requests
