"""What can be wrong with a shared ledger, each said in one sentence that holds no password."""

from __future__ import annotations

import socket
import sys

import pytest
from services import require_module

from plugwatch.errors import BusyError, LedgerError
from plugwatch.ledger.database import connect, open_ledger


@pytest.fixture
def engine():
    """The engine's module."""
    require_module("psycopg", "pip install 'plugwatch[postgres]'")
    from plugwatch.ledger import postgres

    return postgres


@pytest.fixture
def url(empty_postgres_url, tmp_path):
    """The URL of an empty ledger."""
    open_ledger(empty_postgres_url, workspace=tmp_path, create=True).close()
    return empty_postgres_url


def everything_said(error):
    """An error with all that led to it, as a log would show it."""
    said = []
    while error:
        said += [str(error), repr(error)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(said)


def test_missing_driver_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "plugwatch.ledger.postgres", raising=False)

    with pytest.raises(LedgerError, match=r"install plugwatch\[postgres\]"):
        open_ledger("postgresql://127.0.0.1/x", workspace=tmp_path)


def test_server_that_cannot_be_reached(engine, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"postgresql://ana:geheim@127.0.0.1:{port}/plugwatch"

    with pytest.raises(LedgerError) as refused:
        open_ledger(url, workspace=tmp_path)
    assert str(refused.value).startswith(f"the ledger at postgresql://127.0.0.1:{port}/plugwatch cannot be reached: ")
    assert "refused" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "geheim" not in everything_said(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ana:ge@heim:geheim@host/x",
        "postgresql://ana:x@geheim@host/x",
        "postgresql://ana:geheim/heim@host:54x/y",
        "postgresql://ana:12/geheim@host/y",
        "postgresql://h/x?geheim=1",
    ],
)
def test_url_that_cannot_be_read_is_not_repeated(engine, tmp_path, url):
    with pytest.raises(LedgerError, match="the database URL cannot be read") as refused:
        open_ledger(url, workspace=tmp_path)
    assert "geheim" not in everything_said(refused.value)


def test_missing_database(engine, url, tmp_path):
    with pytest.raises(LedgerError, match=r'cannot be reached: .*"nowhere" does not exist'):
        open_ledger(f"postgresql:///nowhere?{url.partition('?')[2]}&user=postgres", workspace=tmp_path)


def test_no_password_in_what_shows_the_ledger(url, tmp_path):
    with_password = url.replace("postgres:@", "postgres:geheim@")
    with open_ledger(with_password, workspace=tmp_path) as ledger:
        shown = [repr(ledger), repr(ledger._connection), ledger._connection.place]
        with pytest.raises(LedgerError) as refused, ledger.unit_of_work() as work:
            work._connection.run("insert into counter (name, value) values ('x', null)", {})

    assert "geheim" in with_password
    assert "geheim" not in "".join(shown) + everything_said(refused.value)


def test_ledger_in_use_is_busy_not_broken(engine, url, tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.1)
    with open_ledger(url, workspace=tmp_path) as first, open_ledger(url, workspace=tmp_path) as second:
        with first.unit_of_work() as work:
            work.counters.next("incident")
            with second.reading() as reading:
                assert reading._connection.rows("select count(*) from counter", {}) == [(0,)]
            with pytest.raises(BusyError, match="another plugwatch has been at work on postgresql://"):
                second.unit_of_work().__enter__()
        with second.unit_of_work() as work:
            assert work.counters.next("incident") == 2


def test_lost_connection_keeps_nothing(url, tmp_path):
    with open_ledger(url, workspace=tmp_path) as ledger, open_ledger(url, workspace=tmp_path) as other:
        [[pid]] = ledger._connection.rows("select pg_backend_pid()", {})
        with pytest.raises(LedgerError) as lost, ledger.unit_of_work() as work:  # noqa: PT012
            work.counters.next("incident")
            other._connection.rows("select pg_terminate_backend(:pid)", {"pid": pid})
            work.counters.next("incident")
        assert str(lost.value).endswith("was lost; nothing of this command was kept")
        with other.unit_of_work() as work:
            assert work.counters.next("incident") == 1


def test_user_without_rights(url, tmp_path):
    admin = connect(url, tmp_path, create=False)
    admin.run("create role reader login", {})
    try:
        reader = url.replace("postgres:@", "reader:@")
        with pytest.raises(LedgerError, match="may not be used like this by its database user: permission denied"):
            open_ledger(reader, workspace=tmp_path)
    finally:
        admin.run("drop role reader", {})
        admin.close()


def test_nul_in_a_text_is_refused_in_one_sentence(url, tmp_path):
    ledger = open_ledger(url, workspace=tmp_path)
    with ledger, pytest.raises(LedgerError, match="refused this"), ledger.unit_of_work() as work:
        work.counters.next("a\0b")


def test_database_of_something_else(empty_postgres_url, tmp_path):
    connection = connect(empty_postgres_url, tmp_path, create=False)
    connection.run("create table schema_migration (version text)", {})
    connection.close()

    with pytest.raises(LedgerError, match="is a database of something else, not a plugwatch ledger"):
        open_ledger(empty_postgres_url, workspace=tmp_path, create=True)
