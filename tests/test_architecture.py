"""The house rules that a machine can hold: who imports whom, small rooms, documented rules, a quick start.

The contracts of who may import whom stand in pyproject.toml, ``[tool.importlinter]``; here they are run, and beside
them what import-linter cannot see.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "plugwatch"
SOURCES = sorted(PACKAGE.rglob("*.py"))

MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60

# Each of these costs 30 to 500 ms; whoever asks for the version or for help waits for none of them.
HEAVY = {"git", "github", "requests", "jinja2", "rich", "psycopg", "sqlite3"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=folder,
        env=os.environ | {"COLUMNS": "200"},  # its report is wrapped otherwise
        capture_output=True,
        text=True,
        check=False,
    )


def relative_imports(tree: ast.Module) -> list[str]:
    """Import-linter sees absolute imports only, so a relative one would slip through every contract."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
    return [f"line {node.lineno}: import '{node.module or ''}' by its full name" for node in found]


def dynamic_imports(tree: ast.Module) -> list[str]:
    """The name of a module that is computed: hidden from the contracts as well."""
    found = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"__import__", "importlib.import_module"}
    ]
    return [f"line {line}: import the module by its name" for line in found]


def rich_beyond_progress(tree: ast.Module) -> list[str]:
    """The command line may show progress bars; tables and colours are render's (import-linter sees only 'rich')."""
    names = [(node.lineno, node.module or "") for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [(node.lineno, part.name) for part in node.names]
    wrong = [(line, name) for line, name in names if name.split(".")[0] == "rich" and name != "rich.progress"]
    return [f"line {line}: '{name}' belongs to plugwatch.render" for line, name in wrong]


def clock_and_disk(tree: ast.Module) -> list[str]:
    """What asks the clock or reaches outside through a module that the model may import for its pure half."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name == "open" or name.rpartition(".")[2] in {"now", "today", "utcnow"}:
                found.append((node.lineno, f"{name}()"))
        elif isinstance(node, ast.ImportFrom) and node.module == "pathlib":
            found += [(node.lineno, part.name) for part in node.names if not part.name.startswith("Pure")]
        elif isinstance(node, ast.ImportFrom) and node.module == "urllib.request":
            found.append((node.lineno, node.module))
    return [f"line {line}: '{name}' is not pure; take the value as a parameter" for line, name in found]


def long_rooms(text: str, tree: ast.Module) -> list[str]:
    """Modules and functions that have outgrown their size."""
    lines = text.count("\n")
    found = [f"{lines} lines; split it by noun"] if lines > MAX_MODULE_LINES else []
    for node in _functions(tree):
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > MAX_FUNCTION_LINES:
            found.append(f"line {node.lineno}: '{node.name}' has {length} lines")
    return found


def undocumented_rules(tree: ast.Module) -> list[str]:
    """Public functions, methods and classes that do not say what they mean."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    members = [node for scope in (tree, *classes) for node in scope.body if isinstance(node, Function | ast.ClassDef)]
    bare = [node for node in members if not node.name.startswith("_") and not ast.get_docstring(node)]
    return [f"line {node.lineno}: '{node.name}' has no docstring" for node in bare]


def test_contracts_of_who_imports_whom_hold():
    result = _lint_imports(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


def test_contracts_notice_a_lazy_import_of_another_edge_and_of_a_foreign_library(tmp_path):
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    for path in SOURCES:
        copy = tmp_path / _name(path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text("")
    (tmp_path / "plugwatch/forks/bad.py").write_text("def lazy():\n    import plugwatch.ledger\n    import requests\n")

    result = _lint_imports(tmp_path)

    assert result.returncode == 1
    assert "plugwatch.forks is not allowed to import plugwatch.ledger" in result.stdout
    assert "plugwatch.forks.bad -> requests" in result.stdout


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_module_keeps_the_house_rules(path):
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    problems = relative_imports(tree) + long_rooms(text, tree)
    if text.strip() and not ast.get_docstring(tree):
        problems.append("no docstring")
    if path.name == "__init__.py" and path.parent != PACKAGE and text.strip():
        problems.append("not empty; import from the module that has the thing")
    room = path.relative_to(PACKAGE).parts[0]
    if room == "model":
        problems += undocumented_rules(tree) + clock_and_disk(tree)
    if room == "cli":
        problems += rich_beyond_progress(tree)
    else:
        problems += dynamic_imports(tree)

    assert not problems, f"{_name(path)}: " + "; ".join(problems)


@pytest.mark.parametrize(
    ("check", "bad"),
    [
        (relative_imports, "from . import version"),
        (relative_imports, "from .version import parse"),
        (dynamic_imports, "import importlib\nmodule = importlib.import_module('plugwatch.' + name)"),
        (rich_beyond_progress, "def show():\n    from rich.table import Table"),
        (rich_beyond_progress, "import rich"),
        (clock_and_disk, "from datetime import datetime, timezone\nstart = datetime.now(timezone.utc)"),
        (clock_and_disk, "from pathlib import Path"),
        (clock_and_disk, "text = open('list.csv').read()"),
        (clock_and_disk, "from urllib.request import urlopen"),
        (undocumented_rules, "def compare(a, b):\n    return a < b"),
        (undocumented_rules, "class Version:\n    '''One.'''\n    def key(self):\n        return 1"),
    ],
)
def test_rule_sees_what_it_is_for(check, bad):
    assert check(ast.parse(bad))


@pytest.mark.parametrize(
    ("check", "good"),
    [
        (relative_imports, "from plugwatch.model.version import parse"),
        (rich_beyond_progress, "from rich.progress import Progress"),
        (clock_and_disk, "from pathlib import PurePosixPath\nfrom urllib.parse import urlsplit"),
        (undocumented_rules, "def _compare(a, b):\n    return a < b"),
    ],
)
def test_rule_leaves_good_code_alone(check, good):
    assert not check(ast.parse(good))


def test_long_module_and_long_function_are_seen():
    module = "x = 1\n" * (MAX_MODULE_LINES + 1)
    function = "def f():\n" + "    x = 1\n" * MAX_FUNCTION_LINES

    assert long_rooms(module, ast.parse(module))
    assert long_rooms(function, ast.parse(function))
    assert not long_rooms(module[6:], ast.parse(module[6:]))


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_start_up_imports_nothing_heavy(option):
    program = "from plugwatch.cli.main import main; main()"
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", program, option],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in result.stderr.splitlines() if "|" in line}

    assert result.returncode == 0, result.stderr[-500:]
    assert "click" in imported
    assert not imported & HEAVY
