"""The .sql files: every query is used, and every query is one that both engines understand."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import plugwatch.ledger
from plugwatch.ledger.queries import load_queries
from plugwatch.ledger.sqltext import statements

FOLDER = Path(plugwatch.ledger.__path__[0])
PACKAGE = FOLDER.parent
QUERIES = sorted((FOLDER / "sql").glob("*.sql"))
SCRIPTS = sorted((FOLDER / "migrations").glob("*.sql"))

# What one engine has and the other has not, or has from versions on that are too new for a stable distribution.
ONE_ENGINE_ONLY = re.compile(
    r"::|\$\d|~|\b(ilike|similar|glob|regexp|returning|autoincrement|serial|rowid|pragma|json\w*|array|unnest|boolean|"
    r"true|false|timestamp\w*|interval|ifnull|isnull|nvl|now(?=\s*\()|strftime|julianday|datetime|group_concat|string_agg|"
    r"greatest|least|lateral|merge|materialized|if\s+not\s+exists|without\s+rowid|insert\s+or|replace\s+into|distinct\s+on)\b",
    re.IGNORECASE,
)


def name_of(path):
    return path.name


def without_comments(path):
    return "\n".join(statements(path.read_text(encoding="utf-8")))


def uses(aggregate, name):
    """Whether a module that runs this aggregate's queries has the name, or puts it together."""
    strings, patterns = strings_of(aggregate)
    return name in strings or any(re.fullmatch(pattern, name) for pattern in patterns)


@cache
def strings_of(aggregate):
    """The strings of the modules that name the aggregate or that its own module works with, and their f-strings."""
    own = f"plugwatch.ledger.{aggregate}"
    imported = modules()[own].imports if own in modules() else set()
    found, patterns = set(), set()
    for name, module in modules().items():
        names_it = aggregate in module.strings and name.startswith("plugwatch.ledger")
        if names_it or name in imported or own in module.imports:
            found |= module.strings
            patterns |= module.patterns
    return found, patterns


class Module(NamedTuple):
    """The strings in a module, the patterns of its f-strings, and the modules that it imports from."""

    strings: set
    patterns: set
    imports: set


@cache
def modules():
    """All of the package, each read once."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
        found[f"plugwatch.{'.'.join(path.relative_to(PACKAGE).with_suffix('').parts)}"] = Module(
            {node.value for node in nodes if isinstance(node, ast.Constant)},
            {joined(node) for node in nodes if isinstance(node, ast.JoinedStr)},
            {node.module for node in nodes if isinstance(node, ast.ImportFrom)},
        )
    return found


def joined(node):
    """The pattern of an f-string of which something stays the same."""
    parts = [re.escape(v.value) if isinstance(v, ast.Constant) else r"\w+" for v in node.values]
    return "".join(parts) if any(isinstance(v, ast.Constant) for v in node.values) else ""


@pytest.mark.parametrize("path", QUERIES, ids=name_of)
def test_every_query_has_its_own_name_and_is_used(path):
    names = re.findall(r"^-- name: (\w+)$", path.read_text(encoding="utf-8"), re.MULTILINE)

    assert names
    assert len(names) == len(set(names))
    assert set(names) == set(load_queries(path.stem))
    assert [name for name in names if not uses(path.stem, name)] == []


@pytest.mark.parametrize("path", QUERIES + SCRIPTS, ids=name_of)
def test_sql_keeps_to_what_both_engines_understand(path):
    sql = without_comments(path)

    assert "%" not in path.read_text(encoding="utf-8"), "psycopg alone would take it for a parameter"
    assert not ONE_ENGINE_ONLY.search(re.sub(r"'[^']*'", "''", sql))


@pytest.mark.parametrize(
    "bad", ["select a::text", "select * from t where a ILIKE :b", "insert or ignore into t values (1)"]
)
def test_lint_sees_what_it_is_for(bad):
    assert ONE_ENGINE_ONLY.search(bad)


def test_every_query_compiles(ledger):
    with ledger.reading() as work:
        for path in QUERIES:
            for name, sql in load_queries(path.stem).items():
                parameters = dict.fromkeys(re.findall(r":(\w+)", sql))
                rows = work._connection.rows(f"explain {sql}", parameters)
                assert rows, f"{path.name}: {name}"


@pytest.mark.parametrize("path", QUERIES, ids=name_of)
def test_a_query_is_one_statement(path):
    for name, sql in load_queries(path.stem).items():
        assert len(statements(sql)) == 1, name
