"""From the incident to the thank-you through a real Trac, with the patch tried on a real Subversion."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from peers.subversion import SubversionServer
from peers.trac import PASSWORD, Environment, running_trac
from services import require
from upstreaming import BERLIN, Agency, Directory, example

pytestmark = pytest.mark.services


@pytest.fixture
def trac(tmp_path: Path) -> Iterator[Environment]:
    with running_trac(tmp_path / "trac") as server:
        yield server.forms


@pytest.fixture
def subversion(tmp_path: Path) -> Iterator[SubversionServer]:
    require("svnserve", "subversion")
    with SubversionServer(tmp_path / "svn") as server:
        server.commit("tidy-forms/trunk", example("1.2.4"))
        yield server


@pytest.fixture
def directory() -> Iterator[Directory]:
    with Directory() as server:
        yield server


@pytest.fixture
def agency(
    trac: Environment,
    directory: Directory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Agency:
    monkeypatch.setenv("PLUGWATCH_TRAC_USER", "kim")
    monkeypatch.setenv("PLUGWATCH_TRAC_PASSWORD", PASSWORD)
    agency = Agency(tmp_path / "agency", capsys, monkeypatch)
    agency.now = _now() - timedelta(days=30)
    agency.begin(f'\n[trac.plugins]\nurl = "{trac.url}"\n{directory.settings}')
    return agency


def test_from_the_incident_to_the_thank_you(
    agency: Agency, trac: Environment, subversion: SubversionServer, directory: Directory, tmp_path: Path
) -> None:
    draft = agency("submission", "draft", "INC-1", "--via", "trac")
    sent = agency("submission", "send", "SUB-1")
    again = agency("submission", "send", "SUB-1")
    assert sent["remote_url"] == again["remote_url"] == f"{trac.url}/ticket/1"
    (ticket,) = trac.tickets()
    assert (ticket["summary"], ticket["description"].strip()) == (draft["title"], draft["body"].strip())
    assert ticket["keywords"] == "has-patch"
    ((name, content),) = trac.files(1).items()
    assert name == "tidy-forms.diff"
    assert _applied(subversion, content, tmp_path / "first") == _patched(agency, "first")

    trac.change(1, "An empty nonce must still be refused.", keywords="needs-refresh")
    agency.now = _now()
    agency("submission", "poll", "SUB-1", code=3)
    shown = agency("submission", "show", "SUB-1")
    assert shown["status"] == "changes-requested"
    assert [remark["who"] for remark in shown["remarks"] if remark["human"]] == ["vendor"]

    reworked = tmp_path / "reworked.diff"
    reworked.write_bytes(content.replace(b"if ( ! wp_verify_nonce(", b"if ( '' === $nonce || ! wp_verify_nonce("))
    agency("patch", "rework", agency.patch, reworked)
    agency("submission", "reply", "SUB-1", "--asks", "changes", "--text", "The check for an empty nonce is back.")
    assert agency("submission", "send", "SUB-1")["status"] == "sent"
    assert list(trac.files(1)) == ["tidy-forms.diff", "tidy-forms.2.diff"]
    newest = trac.files(1)["tidy-forms.2.diff"]
    applied = _applied(subversion, newest, tmp_path / "second")
    assert applied == _patched(agency, "second")
    assert [user for user, _text in trac.comments(1)] == ["vendor", "kim"]

    _commit(subversion, newest, tmp_path / "maintainer")
    trac.change(1, "In [3].", resolution="fixed")
    agency.now = _now()
    agency("submission", "poll", "SUB-1")
    assert agency("submission", "show", "SUB-1")["status"] == "accepted"

    directory.ship("1.3.0", applied)
    agency.later(days=7)
    agency("submission", "poll", "SUB-1", code=3)
    shown = agency("submission", "show", "SUB-1")
    assert (shown["status"], shown["fixed_in"]) == ("released", "1.3.0")
    if shown["kind"] != "thanks":
        agency("submission", "thank", "SUB-1")
    agency("submission", "send", "SUB-1")
    assert "1.3.0" in trac.comments(1)[-1][1]
    assert list(trac.files(1)) == ["tidy-forms.diff", "tidy-forms.2.diff"]
    assert PASSWORD not in agency.printed
    assert [path for path, content in agency.files().items() if PASSWORD.encode() in content] == []


def _now() -> datetime:
    """Trac has a clock of its own, which counts in seconds; ours is surely after what has happened there."""
    return datetime.now(BERLIN) + timedelta(seconds=2)


def _applied(subversion: SubversionServer, patch: bytes, folder: Path) -> dict[str, bytes]:
    """A checkout of the vendor's trunk with a patch from Trac on it, as a maintainer makes it."""
    svn, program = require("svn", "subversion"), require("patch", "patch")
    subprocess.run([svn, "checkout", "--quiet", f"{subversion.url}/tidy-forms/trunk", folder], check=True)
    subprocess.run([program, "-p0", "--quiet"], cwd=folder, input=patch, check=True)
    shutil.rmtree(folder / ".svn")
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _commit(subversion: SubversionServer, patch: bytes, folder: Path) -> None:
    """What the maintainer does with the patch."""
    trunk = f"file://{subversion.repository}/tidy-forms/trunk"
    subprocess.run(["svn", "checkout", "--quiet", trunk, folder], check=True)
    subprocess.run(["patch", "-p0", "--quiet"], cwd=folder, input=patch, check=True)
    subprocess.run(["svn", "commit", "--quiet", "-m", "Accept the form from cached pages"], cwd=folder, check=True)


def _patched(agency: Agency, name: str) -> dict[str, bytes]:
    """The release with our patch as the fork has it."""
    folder = agency.folder.parent / f"export-{name}"
    folder.mkdir()
    fork = agency.folder / "forks" / "plugin" / "tidy-forms.git"
    packed = subprocess.run(["git", "archive", "carried/1.2.4"], cwd=fork, check=True, capture_output=True).stdout
    subprocess.run(["tar", "x"], cwd=folder, input=packed, check=True)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
