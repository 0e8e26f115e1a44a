"""Commands that are killed where a test wants it: at a call of git, inside it, at an SQL statement, at a moment.

Not a test itself. One process has all of plugwatch loaded and forks for each command, so that a kill costs no start of
Python. git on its PATH is a script that knows which of its calls is to be the last.

The kinds of kills at a call of git:

- ``before``: plugwatch dies as it starts git, which never runs;
- ``outlived``: plugwatch dies, and git does its work a moment later, while the next command runs already;
- ``prepared``: both die when git has locked the refs of its transaction and moved none;
- ``torn-N``: both die when git has moved N refs of its transaction, and the locks of the others are still there;
- ``there-N``: plugwatch dies in ``git push`` to a folder, together with the git over there that takes it, when that one
  tells for the Nth time of refs that it has locked, or has moved.
"""

from __future__ import annotations

import json
import os
import random
import re
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
import gc, importlib, json, os, signal, sqlite3, sys
from contextlib import suppress
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
    gc.freeze()  # to look for garbage among what is there already would copy all of it for the child
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        os.environ["TMPDIR"] = job["folder"]
        os.environ["PATH"] = job["path"]
        with open(os.path.join(job["folder"], "plugwatch"), "w") as file:
            print(os.getpid(), file=file)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        output = os.open(os.path.join(job["folder"], "output"), os.O_WRONLY | os.O_CREAT)
        os.dup2(output, 1), os.dup2(output, 2)
        counted = kill_at(job["statement"]) if job["statement"] else int
        code = run(job["args"])
        sys.setprofile(None)
        with open(os.path.join(job["folder"], "ended"), "w") as file:
            json.dump({"statements": counted(), "modules": [*sys.modules]}, file)
        os._exit(code)
    with suppress(OSError):
        os.setpgid(child, child)
    print(child, flush=True)
    status = os.waitpid(child, 0)[1]
    print(status, flush=True)
    if os.WIFEXITED(status):
        with suppress(OSError), open(os.path.join(job["folder"], "ended")) as file:
            for name in json.load(file)["modules"]:  # the next child has them without loading them
                with suppress(ImportError):
                    importlib.import_module(name)
"""

# Only what the shell itself has, but for cat and sleep: it runs in place of each of the many calls of git. Of the
# environment only TMPDIR reaches it, the folder of the run. It kills no $PPID, which may be somebody else by now.
GIT = """#!/bin/sh
number=1
set -C  # two may start at once, and only one can make a file
until echo "$*" 2> /dev/null > "$TMPDIR/calls/$number"; do number=$((number + 1)); done
set +C
read -r at how < "$TMPDIR/plan"
case $how-$1 in
count-update-ref)
  {cat} > "$TMPDIR/moves-$number"
  exec {git} "$@" < "$TMPDIR/moves-$number" ;;
count-push)
  at=$number how=there-0 ;;
esac
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
  echo > "$TMPDIR/outlived" ;;
prepared)
  echo $$ > "$TMPDIR/git"
  exec {git} -c core.hooksPath={here}/hooks "$@" ;;
torn-*)
  {python} -IS {here}/torn.py "${{how#torn-}}" "$@"
  kill -9 "$plugwatch" ;;
there-*)
  echo "$number" > "$TMPDIR/push"
  exec {git} --exec-path={here}/there "$@" ;;
esac
"""

# What git push calls git, here and over there.
THERE = """#!/bin/sh
case " $* " in
*" receive-pack "*)
  for folder; do :; done
  echo $$ > "$TMPDIR/git"
  exec {git} -c 'safe.directory=*' -c core.hooksPath={here}/hooks receive-pack "$folder" ;;
esac
exec {git} "$@"
"""

HOOK = """#!/bin/sh
case $1 in
prepared | committed) ;;
*) exit 0 ;;
esac
read -r plugwatch < "$TMPDIR/plugwatch"
read -r git < "$TMPDIR/git"
read -r at how < "$TMPDIR/plan"
if [ "$how" != prepared ]; then
  read -r push < "$TMPDIR/push"
  number=1
  set -C
  until echo "$1" 2> /dev/null > "$TMPDIR/told-$push-$number"; do number=$((number + 1)); done
  [ "there-$number" = "$how" ] || exit 0
fi
kill -9 "$plugwatch" "$git"
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

    @property
    def statements(self) -> int:
        """How many SQL statements there were in a run that counted them."""
        return int(json.loads((self.folder / "ended").read_text())["statements"])

    def moves(self, call: int) -> int:
        """How many refs a call of ``git update-ref`` was to move, in a run that counted them."""
        return len(re.findall(rb"(?:\A|\0)(?:update|delete) ", (self.folder / f"moves-{call}").read_bytes()))

    def tellings(self, call: int) -> int:
        """How often a call of ``git push`` to a folder was told of refs over there, in a run that counted it."""
        return len(list(self.folder.glob(f"told-{call}-*")))

    def wait_for_git(self) -> None:
        """Until the git that has outlived its plugwatch is done."""
        deadline = time.monotonic() + 30
        while not (self.folder / "outlived").exists():
            assert time.monotonic() < deadline
            time.sleep(0.005)


NO_KILL = Kill()
COUNT = Kill(how="count", statement=-1)  # no statement has this number, but all are counted


class Commands:
    """The process that runs commands, and the script that stands for git where its calls count."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs = 0
        tools = {name: shutil.which(name) for name in ("git", "cat", "sleep")} | {"python": sys.executable}
        self._script("bin/git", GIT.format(here=folder, **tools))
        self._script("hooks/reference-transaction", HOOK)
        self._script("torn.py", TORN.format(git=tools["git"]))
        self._script("there/git", THERE.format(here=folder, **tools))
        (folder / "plain").mkdir()
        (folder / "plain" / "git").symlink_to(str(tools["git"]))
        for name in ("bin", "plain"):
            (folder / name / "sh").symlink_to("/bin/sh")
        env = os.environ | {"PYTHONPATH": str(CHECKOUT)}
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
            "path": str(self._folder / ("plain" if kill == NO_KILL or kill.statement > 0 else "bin")),
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
        counted = self.run(workspace, *args, kill=COUNT)
        assert counted.code == 0, counted
        return plan_kills(counted, seed=str(args[:2]))

    def close(self) -> None:
        """End the process."""
        self._server.communicate()


def copy_folder(source: Path, target: Path) -> Path:
    """A copy in place of whatever is there; git's objects, which nothing ever changes, are linked."""
    shutil.rmtree(target, ignore_errors=True)
    return Path(shutil.copytree(source, target, copy_function=_link_objects))


def _link_objects(source: str, target: str) -> None:
    if "/objects/" in source:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


@contextmanager
def commands(folder: Path) -> Iterator[Commands]:
    """A process for commands, for the block."""
    folder.mkdir(parents=True, exist_ok=True)
    started = Commands(folder)
    try:
        yield started
    finally:
        started.close()


_READING = {"cat-file", "diff-tree", "for-each-ref", "ls-remote", "ls-tree", "mailinfo", "merge-base", "rev-list"}
_READING |= {"rev-parse"}
_ADDING = {"fast-import", "hash-object", "index-pack", "merge-tree", "mktree"}


def plan_kills(counted: Ran, *, seed: str) -> list[Kill]:
    """Where to kill a command that ran like this: around every call of git that writes, in every transaction, anywhere.

    Where a call only reads, a kill leaves what the one at the next call that writes leaves, but after the last of
    those. It is at the next call, too, that a transaction has moved all of its refs. Calls in a row that only add
    objects, which nothing names yet, leave more or fewer of them: there every third is taken.
    """
    verbs = [call.split()[0] for call in counted.calls]
    writing = [call for call, verb in enumerate(verbs, 1) if verb not in _READING]
    kills, row = [], 0
    for call in writing:
        verb = verbs[call - 1]
        if verb not in _ADDING or row % 3 == 0:
            kills.append(Kill(call))
        kills += [Kill(call, how) for how in _inside(counted, call, verb)]
        row = row + 1 if verb in _ADDING else 0
    if writing and writing[-1] < len(verbs):
        kills.append(Kill(writing[-1] + 1))
    statements = counted.statements
    kills += [Kill(statement=number) for number in range(1, statements + 1, -(-statements // 8))]
    chance = random.Random(seed)
    moments = [chance.uniform(0, counted.seconds) for _ in range(2)]
    return kills + [Kill(delay=moment, group=bool(number % 2)) for number, moment in enumerate(moments)]


def _inside(counted: Ran, call: int, verb: str) -> list[str]:
    """The kinds of kills inside a call of git."""
    if verb == "update-ref":
        return ["outlived", "prepared", *(f"torn-{moved}" for moved in range(min(counted.moves(call), 3)))]
    if verb == "push":
        return ["outlived", *(f"there-{told}" for told in range(1, counted.tellings(call) + 1))]
    return []
