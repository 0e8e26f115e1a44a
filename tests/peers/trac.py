"""A real Trac 1.6 on loopback: one environment with forms alone, one that speaks XML-RPC too, ready in two seconds.

Trac lives in a virtual environment of its own, for it wants an old setuptools; ``.ci/run`` makes it and names it in
``PLUGWATCH_TEST_TRAC``. The users are kim, who reports, and vendor; both have the password of :data:`PASSWORD` and
the permissions that Trac gives to whoever has logged in. Use, in a test marked ``services``::

    with running_trac(tmp_path) as trac:
        trac.forms.url  # http://127.0.0.1:PORT/forms
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
from services import go_without

TRAC_VARIABLE = "PLUGWATCH_TEST_TRAC"
PASSWORD = "let-me-in-9471"

_PLUGINS = Path(__file__).parent / "trac_plugins"
_PATIENCE = 60  # seconds


@dataclass(frozen=True)
class Environment:
    """One Trac: its address, and what is in it, read from its database."""

    url: str
    folder: Path
    _sessions: dict[str, requests.Session] = field(default_factory=dict, compare=False)

    def tickets(self) -> list[dict[str, str]]:
        """All tickets, oldest first, by the names of their fields."""
        return self._rows("SELECT * FROM ticket ORDER BY id")

    def comments(self, number: int) -> list[tuple[str, str]]:
        """Who has written what to a ticket, oldest first."""
        query = "SELECT author, newvalue FROM ticket_change WHERE ticket = ? AND field = 'comment' ORDER BY time"
        return [(row["author"], row["newvalue"]) for row in self._rows(query, number) if row["newvalue"]]

    def files(self, number: int) -> dict[str, bytes]:
        """The files of a ticket, oldest first."""
        rows = self._rows("SELECT filename FROM attachment WHERE id = ? ORDER BY time", str(number))
        url, session = f"{self.url}/raw-attachment/ticket/{number}", self._as("vendor")
        return {row["filename"]: session.get(f"{url}/{row['filename']}").content for row in rows}

    def open(self, summary: str, description: str = "x", *, user: str = "vendor", **fields: str) -> int:
        """A new ticket, by the form that a person fills in."""
        given = {"summary": summary, "description": description, **fields}
        return self._submit(user, "/newticket", {f"field_{name}": value for name, value in given.items()})

    def change(self, number: int, comment: str = "", *, user: str = "vendor", **fields: str) -> None:
        """Answer in a ticket; ``resolution`` closes it with that, ``action`` is one such as ``accept``."""
        given = {"comment": comment, "action": fields.pop("action", "leave")}
        if resolution := fields.pop("resolution", ""):
            given |= {"action": "resolve", "action_resolve_resolve_resolution": resolution}
        given |= {f"field_{name}": value for name, value in fields.items()}
        html = self._as(user).get(f"{self.url}/ticket/{number}").text
        given |= dict(re.findall(r'name="(start_time|view_time)"\s+value="([^"]*)"', html))
        assert self._submit(user, f"/ticket/{number}", given) == number

    def attach(self, number: int, name: str, content: bytes, *, user: str = "vendor") -> None:
        """Attach a file."""
        session = self._as(user)
        fields = {"__FORM_TOKEN": session.cookies["trac_form_token"], "action": "new", "realm": "ticket"}
        answer = session.post(
            f"{self.url}/attachment/ticket/{number}/",
            {**fields, "id": str(number), "description": ""},
            files={"attachment": (name, content)},
            allow_redirects=False,
        )
        assert answer.status_code == 303, answer.text

    def allow(self, user: str, *permissions: str) -> None:
        """Give a user permissions; the others keep theirs."""
        with self._database() as database, database:
            database.executemany("INSERT INTO permission VALUES (?, ?)", [(user, name) for name in permissions])
        self._forget()

    def forbid(self, user: str, *permissions: str) -> None:
        """Take permissions away."""
        with self._database() as database, database:
            rows = [(user, name) for name in permissions]
            database.executemany("DELETE FROM permission WHERE username = ? AND action = ?", rows)
        self._forget()

    def _forget(self) -> None:
        """Trac keeps permissions for a few seconds, unless its configuration changes."""
        ini = self.folder / "conf" / "trac.ini"
        moment = ini.stat().st_mtime + 2
        os.utime(ini, (moment, moment))

    def _submit(self, user: str, path: str, fields: dict[str, str]) -> int:
        session = self._as(user)
        token = {"__FORM_TOKEN": session.cookies["trac_form_token"], "submit": "x"}
        answer = session.post(self.url + path, fields | token, allow_redirects=False)
        assert answer.status_code == 303, answer.text
        return int(answer.headers["Location"].rpartition("/ticket/")[2].partition("#")[0])

    def _as(self, user: str) -> requests.Session:
        """A browser in which somebody has logged in."""
        if user not in self._sessions:
            session = self._sessions[user] = requests.Session()
            session.get(f"{self.url}/login", auth=(user, PASSWORD), allow_redirects=False)
            session.get(f"{self.url}/newticket")
        return self._sessions[user]

    def _rows(self, query: str, *arguments: object) -> list[dict[str, str]]:
        with self._database() as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(query, arguments)]

    def _database(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(self.folder / "db" / "trac.db", timeout=_PATIENCE))


@dataclass(frozen=True)
class Trac:
    """A server that runs: with ``forms`` alone, and with ``rpc`` too."""

    forms: Environment
    rpc: Environment

    def __getitem__(self, name: str) -> Environment:
        return {"forms": self.forms, "rpc": self.rpc}[name]


@contextmanager
def running_trac(folder: Path) -> Iterator[Trac]:
    """The server, for the length of the block."""
    programs = _programs()
    folder.mkdir(exist_ok=True)
    names = ("forms", "rpc")
    quiet = {"cwd": folder, "check": True, "stdout": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
    subprocess.run(
        [programs / "trac-admin", "forms", "initenv", "Tidy", "sqlite:db/trac.db?synchronous=off&journal_mode=memory"],
        **quiet,
    )
    ini = folder / "forms" / "conf" / "trac.ini"
    ini.write_text(ini.read_text().replace("permission_policies = ", "permission_policies = Watchful,"))
    shutil.copy(_PLUGINS / "watchful.py", folder / "forms" / "plugins")
    shutil.copytree(folder / "forms", folder / "rpc")
    shutil.copy(_PLUGINS / "rpc.py", folder / "rpc" / "plugins")
    digest = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()
    (folder / "htpasswd").write_text(f"kim:{{SHA}}{digest}\nvendor:{{SHA}}{digest}\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    logins = [f"--basic-auth={name},htpasswd,realm" for name in names]
    setpriv = shutil.which("setpriv")  # ends the server with us even where we are killed
    # Over a connection that is kept open each answer waits for an acknowledgement, 40 ms.
    command = [programs / "tracd", "--http10", "--hostname=127.0.0.1", f"--port={port}", *logins, *names]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [setpriv, "--pdeathsig", "KILL", *command] if setpriv else command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait(server, port, folder / "log")
        yield Trac(*(Environment(f"http://127.0.0.1:{port}/{name}", folder / name) for name in names))
    finally:
        server.kill()  # what it holds is thrown away anyway
        server.wait()


def _programs() -> Path:
    """The folder of Trac's programs."""
    named = os.environ.get(TRAC_VARIABLE, "")
    programs = Path(named or "/nowhere") / "bin"
    if not (programs / "tracd").is_file():
        go_without(
            "there is no Trac: python3 -m venv FOLDER, FOLDER/bin/pip install Trac==1.6 'setuptools<80' as .ci/run "
            f"does, and set {TRAC_VARIABLE} to that folder"
        )
    return programs


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"tracd does not start: {log.read_text()}")
        time.sleep(0.02)
