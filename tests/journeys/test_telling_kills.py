"""``incident tell --send``, killed before each statement that writes and each word to the mail server.

Whatever has arrived is recorded as sent or as not known; the next one who sends sends what is missing, and nothing
twice.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from peers.smtp import SmtpServer, serve_smtp
from telling import AGENCY_TOML, TO_TELL, with_smtp, write_list
from workbench import Workspace, environment

from plugwatch.cli.context import App
from plugwatch.cli.main import run
from plugwatch.ledger.database import open_ledger

CHECKOUT = Path(__file__).resolve().parents[2]
MARIA, JO = "maria@acme.example", "jo@acme.example"
TELL = ("incident", "tell", "1", "--client", "acme", "--next", "tomorrow 12:00", "--send")
# A claim of somebody who died counts no more after this.
LATER = timedelta(minutes=6)

# It has everything loaded, and forks for each command. A step is a call of C that changes the ledger or says something
# to the mail server, once the messages are claimed; the process dies right before the step that it was told.
SERVER = """
import gc, io, json, os, signal, sys
from contextlib import redirect_stdout
from plugwatch.cli import incident_tell
from plugwatch.cli.main import run
import plugwatch.channels.smtp

def is_step(frame, called):
    place, where = os.path.basename(frame.f_code.co_filename), frame.f_code.co_name
    if place == "sqlite.py":
        writes = where in ("run", "run_many") or frame.f_locals.get("sql") == "commit"
        return writes and called.__name__.startswith("execute")
    return place in ("ssl.py", "socket.py", "wire.py") and called.__name__ in SAYING

SAYING = {"connect", "sendall", "send", "write", "do_handshake", "close"}
deliver = incident_tell.deliver

def counting(step, told):
    def watched(*args):
        count = 0
        def watch(frame, event, called):
            nonlocal count
            if event == "c_call" and is_step(frame, called):
                count += 1
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.setprofile(watch)
        try:
            return deliver(*args)
        finally:
            sys.setprofile(None)
            os.write(told, b"%d\\n" % count)
    return watched

with redirect_stdout(io.StringIO()):  # what a message needs is loaded by making one
    run(["--workspace", sys.argv[1], "incident", "tell", "1", "--client", "acme", "--phase", "closed", "--json"])
for line in sys.stdin:
    job = json.loads(line)
    gc.freeze()  # to look for garbage among what is there already would copy all of it for the child
    child = os.fork()
    if not child:
        incident_tell.deliver = counting(job["step"], os.dup(1))
        output = os.open(os.devnull, os.O_WRONLY)
        os.dup2(output, 1), os.dup2(output, 2)
        os._exit(run(job["args"]))
    print("ended", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Sending:
    """The process that sends and is killed."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(workspace.folder)],
            env=os.environ | {"PYTHONPATH": str(CHECKOUT), "PLUGWATCH_USER": "ana"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def send(self, *, step: int = -1) -> tuple[int, int]:
        """Send, and die before a step; the exit code, and how many steps there were where it came to its end."""
        assert self._process.stdin
        assert self._process.stdout
        job = {"args": ["--workspace", str(self._workspace.folder), *TELL], "step": step}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        steps = 0
        while not (line := self._process.stdout.readline()).startswith("ended"):
            steps = int(line)
        return int(line.split()[1]), steps

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


@contextmanager
def _sender(workspace: Workspace) -> Iterator[Sending]:
    sending = Sending(workspace)
    try:
        yield sending
    finally:
        sending.close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpServer]:
    with serve_smtp() as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        monkeypatch.setenv("PLUGWATCH_SMTP_PASSWORD", server.password)
        yield server


@pytest.fixture
def workspace(tmp_path: Path, server: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Acme has called, and has two addresses."""
    folder = tmp_path / "agency"
    monkeypatch.chdir(tmp_path)
    assert run(["init", str(folder)]) == 0
    write_list(folder)
    (folder / "plugwatch.toml").write_text(AGENCY_TOML)
    workspace = Workspace(folder)
    monkeypatch.chdir(folder)
    with environment(PLUGWATCH_USER="ana"):
        for command in (*TO_TELL, ("client", "set", "acme", "--contact", MARIA, "--contact", JO)):
            workspace.do(*command)
    (folder / "plugwatch.toml").write_text(with_smtp(server))
    return workspace


@contextmanager
def _later(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Some minutes on, at another desk."""
    now = datetime.now(ZoneInfo("Europe/Berlin")).replace(microsecond=0) + LATER
    with monkeypatch.context() as patched, environment(PLUGWATCH_USER="ana"):
        patched.setattr(App, "now", property(lambda _: now))
        yield


def _recorded(workspace: Workspace) -> dict[str, str]:
    """What the ledger says of each address; of a text that was on the line when its sender died nobody can know."""
    with open_ledger("sqlite:///plugwatch.db", workspace=workspace.folder) as ledger, ledger.reading() as work:
        [(_, deliveries)] = work.messages.of_client(work.clients.get("acme")) or [(None, ())]
    return {row.address: row.state.replace("handing", "unknown") for row in deliveries}


def _arrived(server: SmtpServer) -> Counter[str]:
    return Counter(address for mail in server.mails for address in mail.envelope_to)


def _restore(workspace: Workspace, saved: Path) -> None:
    for path in workspace.folder.glob("plugwatch.db*"):
        path.unlink()
    shutil.copy(saved, workspace.folder / "plugwatch.db")


@pytest.mark.parametrize("greylisted", [False, True])
def test_a_kill_loses_no_mail_and_doubles_none(workspace, server, monkeypatch, tmp_path, greylisted):
    saved = Path(shutil.copy(workspace.folder / "plugwatch.db", tmp_path / "saved.db"))
    seen: Counter[str] = Counter()
    with _sender(workspace) as sender:
        server.greylist(JO, tries=int(greylisted))
        code, steps = sender.send()
        assert (code, steps > 20) == (4 if greylisted else 0, True)
        for step in range(1, steps + 1):
            _restore(workspace, saved)
            server.mails.clear()
            server.greylist(JO, tries=int(greylisted))
            assert sender.send(step=step)[0] == -signal.SIGKILL
            before, recorded = _arrived(server), _recorded(workspace)
            server.accept(JO)
            with _later(monkeypatch):
                answer = workspace.run(*TELL)
            assert answer.code == (4 if "unknown" in recorded.values() else 0), (step, answer)
            _check(recorded, before, _recorded(workspace), _arrived(server), f"step {step} of {steps}")
            seen[recorded[MARIA]] += 1
    assert server.doubles() == {}
    assert set(seen) == {"waiting", "unknown", "sent"}


def _check(
    recorded: dict[str, str], before: Counter[str], after: dict[str, str], arrived: Counter[str], place: str
) -> None:
    """What was recorded at the kill is true, and whoever came next has sent what was missing and nothing else."""
    for address in (MARIA, JO):
        known = recorded.get(address, "waiting")
        assert before[address] == 0 or known in ("sent", "unknown"), place
        assert before[address] == 1 or known != "sent", place
        assert after[address] == ("unknown" if known == "unknown" else "sent"), place
        assert arrived[address] == (before[address] if known == "unknown" else 1), place
