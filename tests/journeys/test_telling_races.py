"""Twenty colleagues at once, on both engines: no words are lost, no number is given twice, nobody is told twice."""

from __future__ import annotations

import json
import os
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from peers.smtp import serve_smtp
from telling import AGENCY_TOML, TO_TELL, with_smtp, write_list
from workbench import Workspace, environment

from plugwatch.cli.main import run

MANY = 20


class Colleagues:
    """Processes that each wait with one command until they are let go; what each wrote is in its own file."""

    def __init__(self, folder: Path, commands: list[tuple[str, ...]]) -> None:
        self._folder = folder
        self._gate, self._opener = os.pipe()
        self._children = [self._start(number, command) for number, command in enumerate(commands)]
        os.close(self._gate)

    def _start(self, number: int, command: tuple[str, ...]) -> int:
        # A fork, made before there is a server's thread or an open ledger in this process.
        child = os.fork()
        if child:
            return child
        code = 99
        try:
            os.close(self._opener)
            output = os.open(self._folder / f"output-{number}", os.O_WRONLY | os.O_CREAT)
            os.dup2(output, 1), os.dup2(output, 2)
            os.read(self._gate, 1)
            os.environ.update(json.loads((self._folder / "environment").read_text()), PLUGWATCH_USER=f"dev{number}")
            code = run(list(command))
        except BaseException:  # noqa: BLE001 - the parent sees the exit code, and the file says why
            traceback.print_exc()
        finally:
            os._exit(code)

    def let_go(self, variables: Mapping[str, str]) -> None:
        """All begin, and all end well."""
        (self._folder / "environment").write_text(json.dumps(variables))
        os.close(self._opener)
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in self._children]
        said = [(self._folder / f"output-{number}").read_text() for number in range(len(codes))]
        assert codes == [0] * len(codes), next(text for code, text in zip(codes, said, strict=True) if code)


@pytest.fixture
def workspace(tmp_path: Path, ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Where the colleagues work together."""
    folder = tmp_path / "agency"
    assert run(["init", str(folder)]) == 0
    write_list(folder)
    (folder / "plugwatch.toml").write_text(AGENCY_TOML)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PLUGWATCH_DATABASE_URL", ledger_url)
    return Workspace(folder)


@pytest.fixture
def colleagues(tmp_path: Path) -> Callable[..., Colleagues]:
    """Start a command for each of them."""

    def start(command: Callable[[int], tuple[str, ...]]) -> Colleagues:
        return Colleagues(tmp_path, [command(number) for number in range(MANY)])

    return start


def _prepare(workspace: Workspace, *more: tuple[str, ...]) -> None:
    with environment(PLUGWATCH_USER="ana"):
        for command in (*TO_TELL, *more):
            workspace.do(*command)


def test_twenty_calls_about_the_same_join_one_incident(workspace, colleagues):
    _prepare(workspace)
    phones = colleagues(lambda n: ("incident", "open", "corvid", "tidy", f"call {n}", "--json"))

    phones.let_go({})

    found = workspace.do("incident", "show", "1", "--json").json
    assert {call["words"] for call in found["calls"]} >= {f"call {n}" for n in range(MANY)}
    assert len(found["calls"]) == MANY + 2
    assert sum(promise["client"] == "corvid" for promise in found["promises"]) == MANY
    assert [incident["incident"] for incident in workspace.do("incident", "list", "--json").json] == ["INC-1"]


def test_twenty_new_incidents_have_twenty_numbers_without_a_gap(workspace, colleagues):
    _prepare(workspace)
    phones = colleagues(lambda n: ("incident", "open", "corvid", "tidy", f"call {n}", "--new", "--json"))

    phones.let_go({})

    names = [incident["incident"] for incident in workspace.do("incident", "list", "--json").json]
    assert names == [f"INC-{number}" for number in range(MANY + 1, 0, -1)]


def test_twenty_notes_are_twenty_lines(workspace, colleagues):
    _prepare(workspace)
    desks = colleagues(lambda n: ("incident", "note", "1", f"note {n}", "--minutes", "5"))

    desks.let_go({})

    events = workspace.do("incident", "show", "1", "--json").json["timeline"]
    notes = [(event["actor"], event["body"]) for event in events if event["kind"] == "note"]
    assert sorted(notes) == sorted((f"dev{n}", f"note {n}") for n in range(MANY))


def test_twenty_who_tell_at_once_send_each_client_one_mail(workspace, colleagues):
    _prepare(workspace, ("incident", "set", "1", "--say", "effect=the contact form does not send"))
    workspace.do("incident", "tell", "1", "--phase", "monitoring")  # so that all of them have loaded what it needs
    desks = colleagues(lambda _: ("incident", "tell", "1", "--next", "tomorrow 12:00", "--send"))

    with serve_smtp() as server:
        (workspace.folder / "plugwatch.toml").write_text(with_smtp(server))
        secrets = {"SSL_CERT_FILE": str(server.certificate), "PLUGWATCH_SMTP_PASSWORD": server.password}
        desks.let_go(secrets)

        assert Counter(address for mail in server.mails for address in mail.envelope_to) == {
            "maria@acme.example": 1,
            "ute@bolt.example": 1,
            "it@corvid.example": 1,
        }
    found = workspace.do("incident", "show", "1", "--json").json
    assert sorted(event["body"] for event in found["timeline"] if event["kind"] == "message") == [
        "identified to acme: maria@acme.example sent",
        "identified to bolt: ute@bolt.example sent",
        "identified to corvid: it@corvid.example sent",
    ]
    assert Counter(promise["client"] for promise in found["promises"]) == {"acme": 2, "bolt": 2, "corvid": 1}
