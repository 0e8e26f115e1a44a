"""One who sends to a vendor on a GitHub of our own: the real command line, killed at a step, held up, or let go.

Not a test itself. A process has all of plugwatch loaded and forks for each command. What has happened so far, in the
workspace and on GitHub, can be kept and taken back, so that many can begin from the same.
"""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from killing import copy_folder
from peers.github import GitHub, Repository
from upstreaming import BERLIN, EXAMPLES, Agency, example
from workbench import environment, git, git_text, write_files

from plugwatch.ledger.database import open_ledger
from plugwatch.model.roads.submitted import Submission

CHECKOUT = Path(__file__).resolve().parent.parent
TOKEN = "ghp_0123456789abcdefSECRET"
OURS, THEIRS = "fernhill-web/tidy-forms", "larkspur-labs/tidy-forms"
FIXED = "includes/class-tidy-forms-rest.php"
COUNT = -1
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=BERLIN)

# A step is a call of C that says something to somebody, hears something, starts git or waits for it, or is SQL.
SERVER = """
import ctypes, gc, importlib, json, os, signal, sys, threading
from contextlib import suppress
from datetime import datetime
from plugwatch.cli.context import App
from plugwatch.cli.main import run

STEPS = {"connect", "sendall", "recv_into", "fork_exec", "poll", "execute", "executemany", "flock"}
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: the git of a dead child is ours to wait for

def children(of):
    rows = {}
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with suppress(OSError), open(f"/proc/{name}/stat") as file:
            rows.setdefault(int(file.read().rpartition(")")[2].split()[1]), []).append(int(name))
    found = rows.get(of, [])
    for child in found:
        found += rows.get(child, [])
    return found

def die(with_git):
    for child in children(os.getpid()) if with_git else ():
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)

def count_steps(last, with_git):
    steps = []
    def is_new(name):  # how often it waits for the same depends on the machine
        before = steps[-1] if steps else ""
        return not (name == before == "recv_into" or (name == "poll" and before != "fork_exec"))
    def watch(frame, event, called):
        if event == "c_call" and called.__name__ in STEPS and is_new(called.__name__):
            handing = "'handing', tried_at" in str(frame.f_locals.get("sql"))
            steps.append("hand" if handing else called.__name__)
            if len(steps) == last:
                sys.setprofile(None)
                die(with_git)
    if last:
        sys.setprofile(watch), threading.setprofile(watch)
    return steps

def work(job):
    os.environ.clear()
    os.environ.update(job["environment"])
    now = datetime.fromisoformat(job["now"])
    App.now = property(lambda app: now.astimezone(app.zone))
    for name, value in job["constants"].items():
        place, _dot, name = name.rpartition(".")
        setattr(importlib.import_module(place), name, value)
    for stream, name in enumerate((os.devnull, job["output"] + ".out", job["output"] + ".err")):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT), stream)
    steps = count_steps(job["last"], job["with_git"])
    code = run(job["args"])
    sys.setprofile(None), threading.setprofile(None)
    with open(job["output"] + ".steps", "w") as file:
        json.dump({"steps": steps, "modules": [*sys.modules]}, file)
    os._exit(code)

for line in sys.stdin:
    job = json.loads(line)
    gc.freeze()  # to look for garbage among what is there already would copy all of it for the child
    child = os.fork()
    if not child:
        work(job)
    print(child, flush=True)
    status = os.waitpid(child, 0)[1]
    with suppress(ChildProcessError):
        while job["settle"]:
            os.waitpid(-1, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
    with suppress(OSError), open(job["output"] + ".steps") as file:
        for name in json.load(file)["modules"]:  # the next child has them without loading them
            with suppress(ImportError):
                importlib.import_module(name)
"""


@dataclass(frozen=True)
class Text:
    """A text that is ready: the state that has it, and its submission."""

    state: str
    name: str


PULL, REPLY, ISSUE = Text("draft", "SUB-1"), Text("reply", "SUB-1"), Text("draft", "SUB-2")


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code (negative for a signal), what it wrote, and the steps that were counted."""

    code: int
    out: str
    err: str
    steps: tuple[str, ...] = ()


class Sender:
    """Somebody at a desk: the process that runs one command after the other."""

    def __init__(self, folder: Path, workspace: Path, name: str = "Ana") -> None:
        folder.mkdir(parents=True)
        self.workspace, self.name, self.folder = workspace, name, folder
        self._runs = self.child = 0
        self.environment: dict[str, str] = {}
        env = os.environ | {"PYTHONPATH": str(CHECKOUT)}
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVER], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, now: datetime, *args: object, **plan: Any) -> None:
        """Begin a command at a moment. ``last`` is the step before which it dies (COUNT: none, but they are
        counted), ``with_git``: and git with it; ``patience`` are the seconds to wait for a lock.
        """
        self._runs += 1
        job = {
            "args": ["--workspace", str(self.workspace), *map(str, args)],
            "environment": os.environ | {"PLUGWATCH_USER": self.name} | self.environment,
            "now": now.isoformat(),
            "output": str(self._output),
            "last": 0,
            "with_git": False,
            "settle": True,
            "constants": {},
            **plan,
        }
        assert self._process.stdin
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout
        self.child = int(self._process.stdout.readline())

    def end(self) -> Ran:
        """How the command that was begun has ended."""
        assert self._process.stdout
        code = int(self._process.stdout.readline())
        out, err, steps = (self._output.with_suffix(suffix) for suffix in (".out", ".err", ".steps"))
        made = json.loads(steps.read_text())["steps"] if steps.exists() else ()
        return Ran(code, out.read_text(errors="replace"), err.read_text(errors="replace"), tuple(made))

    def run(self, now: datetime, *args: object, **plan: Any) -> Ran:
        """A command from its beginning to its end."""
        self.start(now, *args, **plan)
        return self.end()

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    @property
    def _output(self) -> Path:
        return self.folder / f"output-{self._runs}"


class Desk(Agency):
    """The agency, whose commands all run in processes of their own."""

    def __init__(self, folder: Path, sender: Sender) -> None:
        self.folder, self.sender, self.now = folder, sender, MONDAY

    def __call__(self, *args: object, code: int = 0) -> Any:
        """Run a command line with ``--json``; its document."""
        ran = self.sender.run(self.now, *args, "--json")
        assert ran.code == code, (args, ran)
        return json.loads(ran.out) if ran.out else ran.err


class Stage:
    """The agency with its drafts, and GitHub with the vendor's repository, in a state that can be come back to."""

    def __init__(self, folder: Path, github: GitHub, sender: Sender, database: str = "") -> None:
        self._folder, self.github, self.sender = folder, github, sender
        self.agency = Desk(folder / "agency", sender)
        self._database = database or "sqlite:///plugwatch.db"
        self.secrets = {"PLUGWATCH_GITHUB_TOKEN": TOKEN} | ({"PLUGWATCH_DATABASE_URL": database} if database else {})
        sender.environment = dict(self.secrets)
        self._kept: dict[str, Any] = {}
        github.clock = lambda: self.agency.now

    def keep(self, name: str) -> None:
        """Remember what is now."""
        for part in ("agency", "github"):
            copy_folder(self._folder / part, self._folder / f"{part}-{name}")
        self._kept[name] = self.agency.now, copy.deepcopy(self._memory)

    def back_to(self, name: str) -> None:
        """As it was."""
        self.github.settle()
        for part in ("agency", "github"):
            copy_folder(self._folder / f"{part}-{name}", self._folder / part)
        self.agency.now, memory = copy.deepcopy(self._kept[name])
        for field, value in memory.items():
            setattr(self.github, field, value)
        self.github.planned.clear()
        self.sender.environment = dict(self.secrets)

    @property
    def _memory(self) -> dict[str, Any]:
        return {name: getattr(self.github, name) for name in ("accounts", "left", "repositories", "renamed")}

    @property
    def web(self) -> str:
        """The address of the vendor's repository."""
        return f"{self.github.url}/{self.theirs.full_name}"

    @property
    def theirs(self) -> Repository:
        """The vendor's repository, whatever it is called."""
        return next(one for one in self.github.repositories.values() if one.parent is None)

    @property
    def ours(self) -> Repository | None:
        """Our fork of it."""
        return next((one for one in self.github.repositories.values() if one.parent), None)

    def send(self, name: str, **plan: Any) -> Ran:
        """``submission send``, and GitHub done with all that it was told."""
        ran = self.sender.run(self.agency.now, "submission", "send", name, "--json", **plan)
        self.github.settle()
        return ran

    def recorded(self, name: str) -> tuple[Submission, list[str]]:
        """What the ledger says of a submission, and the lines of the timeline by which its texts were sent."""
        with open_ledger(self._database, workspace=self.agency.folder) as ledger, ledger.reading() as work:
            lines = [event.body for event in work.incidents.events(work.incidents.get("INC-1"))]
            sent = [line for line in lines if re.match(rf"{name} \S+ sent by ", line or "")]
            return work.submissions.get(name), sent

    def tip(self, branch: str | None) -> str | None:
        """What our fork has at a branch."""
        return self.ours.resolve(f"refs/heads/{branch}") if self.ours else None

    def found(self, text: Text) -> list[str]:
        """The addresses at which a text stands."""
        post = self.recorded(text.name)[0].posts[-1]
        if text is REPLY:
            said = [(row, comment) for row in self.theirs.pulls.values() for comment in row.comments]
            ids = [(row.number, comment.id) for row, comment in said if comment.body == post.body]
            return [f"{self.web}/pull/{number}#issuecomment-{comment}" for number, comment in ids]
        threads: dict[int, Any] = {**(self.theirs.pulls if text is PULL else self.theirs.issues)}
        kind = "pull" if text is PULL else "issues"
        return [f"{self.web}/{kind}/{row.number}" for row in threads.values() if row.title == post.title]

    def check_sent(self, text: Text, place: str, *, is_ours: bool = True) -> None:
        """It is there once, and the ledger knows all about it; ``is_ours``: nobody else has changed our branch."""
        submission, lines = self.recorded(text.name)
        post, first = submission.posts[-1], text is not REPLY
        now_called = (post.remote_url or "").replace(THEIRS, self.theirs.full_name)
        assert self.found(text) == [now_called], place
        assert (submission.status, post.state, len(lines)) == ("sent", "sent", len(submission.posts)), place
        assert [change.status for change in submission.changes].count("sent") == (1 if first else 2), place
        assert submission.watch, place
        assert submission.watch.url == submission.remote_url, place
        assert max(len(self.theirs.pulls), len(self.theirs.issues)) == 1, f"{place}: nothing else was opened"
        if text in (PULL, REPLY) and is_ours:
            tip = self.tip(submission.branch)
            assert tip == post.commit == submission.commit, place
            assert tip, place
            assert self.ours, place
            assert git_text(self.ours.directory, "diff", "--name-only", f"{tip}^", tip) == FIXED, place
            people = git_text(self.ours.directory, "show", "-s", "--format=%an, %cn", tip)
            assert people == "Fernhill Web, Fernhill Web", place


@contextmanager
def stage(folder: Path, database: str = "") -> Iterator[Stage]:
    """Drafts that are ready, and the state ``reply`` with an answer to the vendor, who wanted something changed.

    ``database`` is the URL of the ledger; one of PostgreSQL's does not go back when the workspace does.
    """
    github = GitHub(folder / "github", tokens=())
    with github.running():
        github.account(TOKEN, "fernhill-web", "public_repo")
        sender = Sender(folder / "ana", folder / "agency")
        try:
            made = Stage(folder, github, sender, database)
            _prepare(made)
            yield made
        finally:
            sender.close()


def _prepare(made: Stage) -> None:
    agency = made.agency
    with environment(**made.secrets):
        agency.begin(f'\n[github]\napi_url = "{made.github.api_url}"\npause = 0\n')
    theirs = made.github.add(THEIRS)
    theirs.commit("main", example("1.2.4"), "Release 1.2.4")
    theirs.release("1.2.4", theirs.resolve("main") or "")
    agency("vendor", "set", "tidy-forms", "--name", "Larkspur Labs", "--repository", THEIRS)
    agency("submission", "draft", "INC-1", "--via", "github-pr", "--tested", "By hand on a cached page.")
    agency("submission", "draft", "INC-1", "--via", "github-issue", "--tested", "By hand on a cached page.")
    made.keep("draft")
    sent = agency("submission", "send", "SUB-1")
    agency.later(hours=5)
    theirs.review(1, "mika", "CHANGES_REQUESTED", "Please keep the check for an empty nonce.")
    agency.later(days=1)
    agency("submission", "poll", "SUB-1", code=3)
    diff = Path(sent["files"][1]["path"]).read_text(encoding="utf-8")
    reworked = agency.folder / "reworked.patch"
    better = diff.replace("\t\tif ( ! wp_verify_nonce( $nonce", "\t\tif ( '' === $nonce || ! wp_verify_nonce( $nonce")
    reworked.write_text(better, encoding="utf-8")
    agency("patch", "rework", agency.patch, reworked, "--why", "An empty nonce is refused as before.")
    agency("submission", "reply", "SUB-1", "--asks", "changes", "--text", "The check for an empty nonce is back.")
    made.keep("reply")


def fixed_file() -> bytes:
    """What the patch makes of the vendor's file."""
    with TemporaryDirectory() as folder:
        write_files(Path(folder), example("1.2.4"))
        git(Path(folder), "apply", str(EXAMPLES / "fix-nonce.patch"))
        return Path(folder, FIXED).read_bytes()
