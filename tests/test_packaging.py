"""What people install: the wheel in a clean environment, and the editable install that this test runs in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from plugwatch import __version__

ROOT = Path(__file__).resolve().parent.parent
DATA = ("templates", "examples")


def _run(*args: str | Path, cwd: Path, status: int = 0) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))}
    result = subprocess.run(args, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert result.returncode == status, result.stdout + result.stderr
    return result.stdout


def _names(folder: Path) -> set[str]:
    files = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {name for name in files if "__pycache__" not in name}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The wheel, built from this checkout with the backend of the test environment."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("plugwatch-*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    """The Python of an environment that holds the wheel; libraries come from the test environment, without network."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin/python"
    _run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    # A folder that a .pth file names is searched, but its own .pth files are not read: the editable install stays out.
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text("\n".join({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}))
    return python


@pytest.fixture(scope="session")
def editable():
    """The Python of the test environment, if plugwatch is installed into it as ``make test`` does."""
    python = Path(sys.executable)
    if not python.with_name("plugwatch").exists():
        pytest.skip("plugwatch is not installed here: pip install --editable . (make test does it)")
    return python


def test_wheel_holds_the_package_its_templates_and_its_examples(wheel):
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if name.startswith("plugwatch/")}
    expected = {f"plugwatch/{name}" for name in _names(ROOT / "plugwatch")}
    for folder in DATA:
        expected |= {f"plugwatch/{folder}/{name}" for name in _names(ROOT / folder)}

    assert shipped == expected


@pytest.mark.parametrize("environment", ["installed", "editable"])
def test_program_runs_from_any_folder(environment, request, tmp_path):
    python = request.getfixturevalue(environment)

    assert _run(python.with_name("plugwatch"), "--version", cwd=tmp_path) == f"plugwatch {__version__}\n"
    place = Path(_run(python, "-c", "import plugwatch; print(plugwatch.__file__)", cwd=tmp_path).strip())
    assert place.is_relative_to(ROOT) == (environment == "editable")


@pytest.mark.parametrize("environment", ["installed", "editable"])
def test_templates_are_found_from_any_folder(environment, request, tmp_path):
    program = request.getfixturevalue(environment).with_name("plugwatch")
    component = "plugin/tidy-forms"
    release, patch = ROOT / "examples/tidy-forms/1.2.4", ROOT / "examples/fix-nonce.patch"

    _run(program, "init", ".", "--agency", "Fernhill Web", "--email", "dev@fernhill.example", cwd=tmp_path)
    _run(program, "fork", "create", component, "--version", "1.2.4", "--from", release, cwd=tmp_path)
    title = "Accept the form from cached pages"
    imported = _run(program, "patch", "import", component, patch, "--title", title, "--json", cwd=tmp_path)
    patch_id = json.loads(imported)["patch"]
    # Blanks that only an incident could fill block the draft; its text comes from the templates all the same.
    drafted = _run(program, "submission", "draft", patch_id, "--via", "github-pr", "--json", cwd=tmp_path, status=3)

    assert title in json.loads(drafted)["title"]
    assert json.loads(drafted)["body"]
