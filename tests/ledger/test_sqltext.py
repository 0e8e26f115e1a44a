from __future__ import annotations

import sqlite3

import pytest

from plugwatch.ledger.sqltext import statements, to_pyformat


@pytest.mark.parametrize(
    ("sql", "translated"),
    [
        ("select :a, :b_2 from t", "select %(a)s, %(b_2)s from t"),
        ("values (:a,:a)", "values (%(a)s,%(a)s)"),
        ("select x::text, :a::text", "select x::text, %(a)s::text"),
        ("select ':a', 'it''s :b', \":c\", :d", "select ':a', 'it''s :b', \":c\", %(d)s"),
        ("select '10:30', 'a%b', 7 % 2", "select '10:30', 'a%%b', 7 %% 2"),
        ("select 1 -- of :a at 5 %\n, :b /* :c\n% */", "select 1 \n, %(b)s "),
    ],
)
def test_parameters_become_psycopgs_and_nothing_else_changes(sql, translated):
    assert to_pyformat(sql) == translated


def test_statements_end_at_semicolons_outside_of_literals_and_comments():
    script = """
    -- first; with a comment
    create table a (x text default ';', y text); -- and; another
    insert into a values (';''', "x;y") /* ; */;

    select 1
    """

    assert statements(script) == [
        "create table a (x text default ';', y text)",
        "insert into a values (';''', \"x;y\")",
        "select 1",
    ]


def test_statements_run_one_by_one():
    connection = sqlite3.connect(":memory:")
    for statement in statements("create table a (x text); insert into a values ('1;2'); -- end;"):
        connection.execute(statement)

    assert connection.execute("select x from a").fetchall() == [("1;2",)]
