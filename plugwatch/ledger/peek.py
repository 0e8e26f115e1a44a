"""A quick look into the ledger for the shell: it reads only, migrates nothing, waits for nobody and never complains."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from plugwatch.ledger.connection import Row
from plugwatch.ledger.queries import load_queries
from plugwatch.ledger.sqltext import to_pyformat

_LOCKED_SECONDS = 0.3
_CONNECT_SECONDS = 2
_QUERY_MILLISECONDS = 1000

Ask = Callable[[str, Mapping[str, object]], list[Row]]


def peek(url: str, workspace: Path, query: str, text: str, **parameters: str) -> list[Row]:
    """The rows of a query of ``sql/peek.sql`` whose names begin with a text, else those that have it in them.

    At most 50. Nothing where the ledger is not there, is of another version, or does not answer at once.
    """
    part = "".join(f"!{c}" if c in "!%_" else c for c in text.lower())
    sql = load_queries("peek")[query]
    patterns = [f"{part}%", f"%{part}%"] if part else ["%"]
    look = _look_into_file if url.startswith("sqlite:///") else _look_into_server
    try:
        return look(url, workspace, sql, [{"part": pattern, **parameters} for pattern in patterns])
    except (OSError, ValueError, sqlite3.Error):
        return []


def _first(ask: Ask, sql: str, tries: list[dict[str, str]]) -> list[Row]:
    return next((rows for parameters in tries if (rows := ask(sql, parameters))), [])


def _look_into_file(url: str, workspace: Path, sql: str, tries: list[dict[str, str]]) -> list[Row]:
    place = (workspace / url.removeprefix("sqlite:///")).absolute().as_uri()
    with closing(sqlite3.connect(f"{place}?mode=ro", uri=True, timeout=_LOCKED_SECONDS)) as connection:
        return _first(lambda query, parameters: connection.execute(query, parameters).fetchall(), sql, tries)


def _look_into_server(url: str, _workspace: Path, sql: str, tries: list[dict[str, str]]) -> list[Row]:
    try:
        import psycopg
    except ImportError:
        return []
    settings: dict[str, Any] = {
        "connect_timeout": _CONNECT_SECONDS,
        "options": f"-c statement_timeout={_QUERY_MILLISECONDS} -c default_transaction_read_only=on",
    }
    try:
        with psycopg.connect(url, autocommit=True, **settings) as connection:
            return _first(
                lambda query, parameters: connection.execute(to_pyformat(query).encode(), parameters).fetchall(),
                sql,
                tries,
            )
    except psycopg.Error:
        return []
