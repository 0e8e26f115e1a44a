"""Mutation testing of the verdict code, in a copy of the checkout: ``make mutants``. Not a test itself.

mutmut (https://mutmut.readthedocs.io/) leaves decorated functions alone, and most facts of the verdict code are cached
properties; in the copy each is a plain function and an attribute made of it. Arguments are names of mutants to try
again, with wildcards, such as ``plugwatch.model.verdicts.merge.*``; without any, all that have not been tried are.
"""

from __future__ import annotations

import ast
import resource
import shutil
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_COPY = _ROOT / "build" / "mutants"
_PROPERTIES = ("cached_property", "property")
# A mutant that never ends shall meet this before the machine has no memory left.
_MEMORY = 4 * 1024**3


def unfold_properties(source: str) -> str:
    """The source with ``name = cached_property(_value_of_name)`` for each property of its classes."""
    lines = source.splitlines()
    methods = [
        node
        for parent in ast.walk(ast.parse(source))
        if isinstance(parent, ast.ClassDef)
        for node in parent.body
        if isinstance(node, ast.FunctionDef)
    ]
    for method in reversed(methods):
        kinds = [decorator.id for decorator in method.decorator_list if isinstance(decorator, ast.Name)]
        if len(kinds) == 1 and kinds[0] in _PROPERTIES and method.end_lineno:
            lines.insert(method.end_lineno, f"    {method.name} = {kinds[0]}(_value_of_{method.name})")
            lines[method.lineno - 1] = lines[method.lineno - 1].replace("def ", "def _value_of_", 1)
            del lines[method.decorator_list[0].lineno - 1]
    return "\n".join(lines) + "\n"


def copy_checkout() -> None:
    """Bring the copy up to date; what mutmut has found out so far stays."""
    _COPY.mkdir(parents=True, exist_ok=True)
    shutil.copy(_ROOT / "pyproject.toml", _COPY)
    for name in ("plugwatch", "tests"):
        shutil.rmtree(_COPY / name, ignore_errors=True)
        shutil.copytree(_ROOT / name, _COPY / name, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (_COPY / "plugwatch" / "model").glob("verdict*.py"):
        file.write_text(unfold_properties(file.read_text("utf-8")), "utf-8")


def main(names: list[str]) -> int:
    """Try the mutants and list those that live."""
    copy_checkout()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    mutmut = [sys.executable, "-m", "mutmut"]
    done = subprocess.run([*mutmut, "run", *names], cwd=_COPY, check=False)
    return done.returncode or subprocess.run([*mutmut, "results"], cwd=_COPY, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
