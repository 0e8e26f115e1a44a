"""The program as a user starts it, in this process; a workspace of its own for each test."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from telling import AGENCY_TOML, TO_TELL, write_list
from workbench import Workspace, environment

from plugwatch.cli.context import App
from plugwatch.cli.main import run

CHECKOUT = Path(__file__).parents[2]
EXAMPLES = CHECKOUT / "examples"
LISTS = EXAMPLES / "sites"
BERLIN = "Europe/Berlin"
SITES = (
    ("site", "add", "shop", "--client", "Brightside Bikes", "--tier", "shop", "--php", "8.3"),
    ("site", "add", "blog", "--client", "Brightside Bikes"),
    ("site", "add", "dental", "--client", "Northgate Dental", "--tier", "lead"),
    ("site", "import", "shop", LISTS / "earlier" / "brightside-shop.json", "--at", "yesterday 09:00"),
    ("site", "import", "shop", LISTS / "themes" / "brightside-shop.json", "--at", "yesterday 10:00"),
    ("site", "import", "shop", LISTS / "brightside-shop.json"),
    ("site", "import", "blog", LISTS / "brightside-blog.csv"),
    ("site", "import", "dental", LISTS / "northgate-dental.txt"),
)


@dataclass(frozen=True)
class Ran:
    """What one command line did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


@pytest.fixture
def plugwatch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Run a command line; ``code`` is the exit code that it must end with. It starts in the test's own folder."""
    monkeypatch.setenv("PLUGWATCH_USER", "dana")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.chdir(tmp_path)

    def ran(*args: object, code: int = 0) -> Ran:
        capsys.readouterr()
        ended = run([str(arg) for arg in args])
        captured = capsys.readouterr()
        assert ended == code, f"plugwatch {args} ended with {ended}\n{captured.out}\n{captured.err}"
        return Ran(ended, captured.out, captured.err)

    return ran


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Whatever the last of these says it is; a Monday, ten in the morning in Berlin."""
    times = [datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo(BERLIN))]
    monkeypatch.setattr(App, "now", property(lambda _: times[-1]))
    return times


@pytest.fixture(scope="session")
def _to_tell() -> list[Path]:
    return []


@pytest.fixture
def agency(
    plugwatch: Callable[..., Ran],
    clock: list[datetime],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    _to_tell: list[Path],
) -> Path:
    """An incident of which nobody was told: acme has called, bolt has written, corvid has not noticed.

    The test stands in the workspace.
    """
    if not _to_tell:
        first = tmp_path_factory.mktemp("telling") / "agency"
        plugwatch("init", first)
        write_list(first)
        (first / "plugwatch.toml").write_text(AGENCY_TOML)
        monkeypatch.chdir(first)
        for command in TO_TELL:
            plugwatch(*command)
        _to_tell.append(first)
    folder = Path(shutil.copytree(_to_tell[0], tmp_path / "agency"))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="session")
def agencies(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make a workspace in Berlin's time, give commands in it as dana, and keep it to be copied: its folder.

    With ``sites`` the commands follow those that make the fixture of this name. Yesterday is in them, so what was made
    is good for one day.
    """
    made: dict[object, Path] = {}

    def make(*commands: tuple[str | Path, ...], sites: bool = False) -> Path:
        key = (datetime.now(ZoneInfo(BERLIN)).date(), commands, sites)
        if key not in made:
            agency = Workspace(tmp_path_factory.mktemp("agencies") / "agency")
            init = ("init", agency.folder, "--agency", "Fernhill Web", "--email", "dev@fernhill.example")
            with environment(PLUGWATCH_USER="dana"):
                assert run([*map(str, init), "--timezone", BERLIN]) == 0
                for command in (*(SITES if sites else ()), *commands):
                    agency.do(*command)
            made[key] = agency.folder
        return made[key]

    return make


@pytest.fixture
def workspace(
    plugwatch: Callable[..., Ran], agencies: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A new workspace in Berlin's time; the test stands in it."""
    folder = Path(shutil.copytree(agencies(), tmp_path / "agency"))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def sites(agencies: Callable[..., Path], workspace: Path) -> Path:
    """Three sites of two clients, with their lists; on two of them runs Tidy Forms 1.2.4. The lists' folder."""
    shutil.copytree(agencies(sites=True), workspace, dirs_exist_ok=True)
    return LISTS


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run a command line in a process of its own, for what its streams and its environment do."""

    def ran(*args: object, env: dict[str, str] | None = None, **options: Any) -> subprocess.CompletedProcess[bytes]:
        options.setdefault("capture_output", True)
        return subprocess.run(
            [sys.executable, "-m", "plugwatch", *map(str, args)],
            env=os.environ | {"PYTHONPATH": str(CHECKOUT), "PLUGWATCH_USER": "dana"} | (env or {}),
            timeout=60,
            check=False,
            **options,
        )

    return ran


@pytest.fixture
def conforms() -> Callable[[Any, Any], None]:
    """Check a document against a shape, and name the place where it differs.

    A shape is a type, None, a set (one of these), a tuple (either of these), a list of one shape (every element), a
    dictionary (at least these keys) or a compiled pattern.
    """

    def check(value: Any, shape: Any, place: str = "document") -> None:
        assert _fits(value, shape), f"{place}: {value!r} is no {shape!r}"
        if isinstance(shape, tuple):
            shape = next((s for s in shape if _fits(value, s)), None)
        if isinstance(shape, dict):
            for key, below in shape.items():
                assert key in value, f"{place} lacks '{key}'"
                check(value[key], below, f"{place}.{key}")
        if isinstance(shape, list):
            for number, row in enumerate(value):
                check(row, shape[0], f"{place}[{number}]")

    return check


def _fits(value: Any, shape: Any) -> bool:
    if shape is None:
        return value is None
    if isinstance(shape, type):
        return type(value) is shape
    if isinstance(shape, (set, frozenset)):
        return value in shape
    if isinstance(shape, tuple):
        return any(_fits(value, one) for one in shape)
    if isinstance(shape, re.Pattern):
        return isinstance(value, str) and shape.fullmatch(value) is not None
    return isinstance(value, type(shape))
