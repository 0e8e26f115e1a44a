"""The .sql files: every query is used, and every query is one that both engines understand."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import plugwatch.ledger
from plugwatch.ledger.queries import load_queries
from plugwatch.ledger.sqltext import statements

FOLDER = Path(plugwatch.ledger.__path__[0])
QUERIES = sorted((FOLDER / "sql").glob("*.sql"))
SCRIPTS = sorted((FOLDER / "migrations").glob("*.sql"))

# What one engine has and the other has not, or has from versions on that are too new for a stable distribution.
ONE_ENGINE_ONLY = re.compile(
    r"::|\$\d|~|\b(ilike|similar|glob|regexp|returning|autoincrement|serial|rowid|pragma|json\w*|array|unnest|boolean|"
    r"true|false|timestamp\w*|interval|ifnull|isnull|nvl|now|strftime|julianday|datetime|group_concat|string_agg|"
    r"greatest|least|lateral|merge|materialized|if\s+not\s+exists|without\s+rowid|insert\s+or|replace\s+into|distinct\s+on)\b",
    re.IGNORECASE,
)


def name_of(path):
    return path.name


def without_comments(path):
    return "\n".join(statements(path.read_text(encoding="utf-8")))


def names_used(aggregate):
    """The string constants of the modules that run this aggregate's queries."""
    used = set()
    for module in FOLDER.glob("*.py"):
        constants = {node.value for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Constant)}
        if aggregate in constants:
            used |= constants
    return used


@pytest.mark.parametrize("path", QUERIES, ids=name_of)
def test_every_query_has_its_own_name_and_is_used(path):
    names = re.findall(r"^-- name: (\w+)$", path.read_text(encoding="utf-8"), re.MULTILINE)

    assert names
    assert len(names) == len(set(names))
    assert set(names) == set(load_queries(path.stem))
    assert not set(names) - names_used(path.stem)


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
