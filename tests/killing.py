"""Commands that are killed where a test wants it: at a call of git, inside it, at an SQL statement, at a moment.

Not a test itself. One process has all of plugwatch loaded and forks for each command, so that a kill costs no start of
Python. git on its PATH is a script that knows which of its calls is to be the last.

The kinds of kills at a call of git:

- ``before``: plugwatch dies as it starts git, which never runs;
- ``outlived``: plugwatch dies, and git does its work a moment later, while the next command runs already;
- ``prepared``: both die when git has locked the refs of its transaction and moved none;
- ``torn-N``: both die when git has moved N refs of its transaction, and the locks of the others are still there.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from workbench import Workspace

CHECKOUT = Path(__file__).resolve().parent.parent

SERVER = """
import json, os, signal, sqlite3, sys
import plugwatch.cli.fork, plugwatch.cli.patch, plugwatch.cli.site, plugwatch.delivery.builder, plugwatch.forks.fork
import plugwatch.ledger.database, plugwatch.ledger.forks, plugwatch.ledger.sqlite, plugwatch.render.terminal
from plugwatch.cli.main import run

def kill_at(statement):
    count = 0
    def watch(frame, event, called):
        nonlocal count
        if event == "c_call" and called.__name__.startswith("execute"):
            count += 1
            if count == statement:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.setprofile(watch)
    return lambda: count

for line in sys.stdin:
    job = json.loads(line)
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        os.environ["TMPDIR"] = job["folder"]
        with open(os.path.join(job["folder"], "plugwatch"), "w") as file:
            print(os.getpid(), file=file)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        output = os.open(os.path.join(job["folder"], "output"), os.O_WRONLY | os.O_CREAT)
        os.dup2(output, 1), os.dup2(output, 2)
        counted = kill_at(job["statement"]) if job["statement"] else int
        code = run(job["args"])
        sys.setprofile(None)
        with open(os.path.join(job["folder"], "statements"), "w") as file:
            print(counted(), file=file)
        os._exit(code)
    try:
        os.setpgid(child, child)
    except OSError:
        pass
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""

# Only what the shell itself has, but for cat and sleep: it runs in place of each of the many calls of git. Of the
# environment only TMPDIR reaches it, the folder of the run. It kills no $PPID, which may be somebody else by now.
GIT = """#!/bin/sh
number=1
set -C  # two may start at once, and only one can make a file
until echo "$1" 2> /dev/null > "$TMPDIR/calls/$number"; do number=$((number + 1)); done
set +C
read -r at how < "$TMPDIR/plan"
[ "$number" = "$at" ] || exec {git} "$@"
read -r plugwatch < "$TMPDIR/plugwatch"
case $how in
before)
  kill -9 "$plugwatch" ;;
outlived)
  {cat} > "$TMPDIR/input"
  kill -9 "$plugwatch"
  {sleep} 0.05
  {git} "$@" < "$TMPDIR/input"
  echo > "$TMPDIR/ended" ;;
prepared)
  echo $$ > "$TMPDIR/git"
  exec {git} -c core.hooksPath={here}/hooks "$@" ;;
torn-*)
  {python} {here}/torn.py "${{how#torn-}}" "$@"
  kill -9 "$plugwatch" ;;
esac
"""

HOOK = """#!/bin/sh
read -r plugwatch < "$TMPDIR/plugwatch"
read -r git < "$TMPDIR/git"
[ "$1" = prepared ] && kill -9 "$plugwatch" "$git"
"""

# As refs/files-backend.c does it: first the new value of each ref is in its lock, then one lock after the other is
# renamed to its ref. Refs that go leave an empty lock.
TORN = """
import os, subprocess, sys
from pathlib import Path

moved, *args = sys.argv[1:]
fields = sys.stdin.buffer.read().split(b"\\0")[:-1]
changes = []
while fields:
    size = 3 if fields[0].startswith(b"update ") else 2
    changes.append(fields[:size])
    fields = fields[size:]
first = b"".join(b"\\0".join(change) + b"\\0" for change in changes[: int(moved)])
subprocess.run([{git!r}, *args], input=first, check=True)
for change in changes[int(moved) :]:
    lock = Path(os.environ["GIT_DIR"], os.fsdecode(change[0].split(b" ", 1)[1]) + ".lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_bytes(change[1] + b"\\n" if len(change) == 3 else b"")
"""


@dataclass(frozen=True)
class Kill:
    """Where a command is to die: at a call of git (counted from 1), at an SQL statement, or after some seconds."""

    call: int = 0
    how: str = "before"
    statement: int = 0
    delay: float | None = None
    group: bool = False


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code (negative for a signal), what it wrote, its calls of git, time and folder."""

    code: int
    text: str
    calls: tuple[str, ...]
    seconds: float
    folder: Path

    def wait_for_git(self) -> None:
        """Until the git that has outlived its plugwatch is done."""
        deadline = time.monotonic() + 30
        while not (self.folder / "ended").exists():
            assert time.monotonic() < deadline
            time.sleep(0.005)


NO_KILL = Kill()
_COUNT = Kill(statement=-1)  # no statement has this number, but all are counted


class Commands:
    """The process that runs commands, and the script that stands for git."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs = 0
        tools = {name: shutil.which(name) for name in ("git", "cat", "sleep")} | {"python": sys.executable}
        self._script("bin/git", GIT.format(here=folder, **tools))
        self._script("hooks/reference-transaction", HOOK)
        self._script("torn.py", TORN.format(git=tools["git"]))
        (folder / "bin" / "sh").symlink_to("/bin/sh")
        env = os.environ | {"PATH": str(folder / "bin"), "PYTHONPATH": str(CHECKOUT)}
        self._server = subprocess.Popen(
            [sys.executable, "-c", SERVER], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def _script(self, name: str, text: str) -> None:
        path = self._folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def run(self, workspace: Workspace, *args: str | Path, kill: Kill = NO_KILL) -> Ran:
        """One command in a process of its own, killed as it is planned."""
        self._runs += 1
        folder = self._folder / f"run-{self._runs}"
        (folder / "calls").mkdir(parents=True)
        (folder / "plan").write_text(f"{kill.call} {kill.how}\n")
        job = {
            "args": ["--workspace", str(workspace.folder), *map(str, args)],
            "folder": str(folder),
            "statement": kill.statement,
        }
        assert self._server.stdin
        assert self._server.stdout
        started = time.monotonic()
        self._server.stdin.write(json.dumps(job) + "\n")
        self._server.stdin.flush()
        child = int(self._server.stdout.readline())
        if kill.delay is not None:
            time.sleep(kill.delay)
            with suppress(ProcessLookupError):
                (os.killpg if kill.group else os.kill)(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(int(self._server.stdout.readline()))
        seconds = time.monotonic() - started
        output = folder / "output"
        text = output.read_text(errors="replace") if output.exists() else ""
        names = [path.read_text().strip() for path in sorted((folder / "calls").iterdir(), key=lambda p: int(p.name))]
        return Ran(code, text, tuple(names), seconds, folder)

    def do(self, workspace: Workspace, *args: str | Path) -> Ran:
        """A command that must succeed."""
        ran = self.run(workspace, *args)
        assert ran.code == 0, ran
        return ran

    def plan(self, workspace: Workspace, *args: str | Path) -> list[Kill]:
        """Where to kill a command, found by running it to its end."""
        counted = self.run(workspace, *args, kill=_COUNT)
        assert counted.code == 0, counted
        return plan_kills(counted, int((counted.folder / "statements").read_text()), seed=str(args[:2]))

    def close(self) -> None:
        """End the process."""
        self._server.communicate()


@contextmanager
def commands(folder: Path) -> Iterator[Commands]:
    """A process for commands, for the block."""
    folder.mkdir(parents=True, exist_ok=True)
    started = Commands(folder)
    try:
        yield started
    finally:
        started.close()


_READING = ("for-each-ref", "cat-file", "ls-tree", "rev-list", "diff-tree", "mailinfo")


def plan_kills(whole: Ran, statements: int, *, seed: str) -> list[Kill]:
    """Where to kill a command that ran like this: around every call of git that writes, in every transaction, anywhere.

    Of the calls that only read, those right after one that wrote are taken: between others nothing changes.
    """
    chance = random.Random(seed)
    kills = []
    for call, name in enumerate(whole.calls, 1):
        if name not in _READING or (call > 1 and whole.calls[call - 2] not in _READING):
            kills.append(Kill(call))
        if name == "update-ref":
            kills += [Kill(call, how) for how in ("outlived", "prepared", "torn-0", "torn-1", "torn-2")]
    kills += [Kill(statement=number) for number in range(1, statements + 1, max(1, statements // 8))]
    moments = [chance.uniform(0, whole.seconds) for _ in range(5)]
    return kills + [Kill(delay=moment, group=bool(number % 2)) for number, moment in enumerate(moments)]
