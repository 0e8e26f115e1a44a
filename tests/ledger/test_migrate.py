from __future__ import annotations

import os
import shutil
import signal
import sqlite3

import pytest

from plugwatch.errors import LedgerError
from plugwatch.ledger.database import connect, open_ledger
from plugwatch.ledger.migrate import MIGRATIONS, migrate

FIRST = "create table one (a text not null);\ninsert into one values ('x');\ninsert into one values ('y');"
SECOND = "create table two (b text);\ninsert into two select a from one;\nalter table one add column c text;"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    """A place where a ledger can be made, on both engines."""
    return f"sqlite:///{tmp_path}/w.db" if request.param == "sqlite" else request.getfixturevalue("empty_postgres_url")


@pytest.fixture
def steps(tmp_path):
    """A folder with two small migrations, and the first of them alone."""
    both, first = tmp_path / "both", tmp_path / "first"
    for folder in (both, first):
        folder.mkdir()
        (folder / "0001_one.sql").write_text(FIRST)
    (both / "0002_two.sql").write_text(SECOND)
    return both, first


def open_connection(url, tmp_path):
    return connect(url, tmp_path, create=True)


def state(url, tmp_path):
    """What a ledger of the two small migrations holds: its version and the rows of its tables."""
    connection = open_connection(url, tmp_path)
    try:
        version = connection.version()
        ones = connection.rows("select count(*) from one", {})[0][0] if version else 0
        twos = connection.rows("select count(*) from two", {})[0][0] if version > 1 else 0
    finally:
        connection.close()
    return version, ones, twos


def test_numbers_of_migrations_have_no_gap():
    names = sorted(path.name for path in MIGRATIONS.iterdir())

    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]


def test_new_ledger_has_every_migration_with_its_record(empty_url, tmp_path):
    with open_ledger(empty_url, workspace=tmp_path, create=True) as ledger, ledger.reading() as work:
        records = work._connection.rows("select number, name from schema_migration order by number", {})

    assert [name for _, name in records] == sorted(path.stem for path in MIGRATIONS.iterdir())
    assert not list(tmp_path.glob("*.before-*"))


def test_missing_ledger_is_not_made_by_the_way(empty_url, tmp_path):
    with pytest.raises(LedgerError, match="plugwatch init"):
        open_ledger(empty_url, workspace=tmp_path)
    assert not list(tmp_path.iterdir())


def test_older_ledger_is_migrated(empty_url, tmp_path, steps):
    both, first = steps
    for folder in (first, both):
        connection = open_connection(empty_url, tmp_path)
        migrate(connection, create=folder == first, folder=folder)
        connection.close()

    assert state(empty_url, tmp_path) == (2, 2, 2)


def test_older_sqlite_ledger_is_backed_up_first(tmp_path, steps):
    both, first = steps
    url = f"sqlite:///{tmp_path}/plugwatch.db"
    for folder in (first, both, both):
        connection = open_connection(url, tmp_path)
        migrate(connection, create=True, folder=folder)
        connection.close()

    backup = tmp_path / "plugwatch.db.before-0002"
    assert sorted(path.name for path in tmp_path.glob("plugwatch.db.*")) == [backup.name]
    with sqlite3.connect(backup) as old:
        assert old.execute("select a from one order by a").fetchall() == [("x",), ("y",)]
        assert old.execute("select max(number) from schema_migration").fetchone() == (1,)
        assert old.execute("select count(*) from sqlite_master where name = 'two'").fetchone() == (0,)


def test_ledger_stays_as_it_is_where_no_backup_can_be_written(tmp_path, steps):
    both, first = steps
    url = f"sqlite:///{tmp_path}/plugwatch.db"
    connection = open_connection(url, tmp_path)
    migrate(connection, create=True, folder=first)
    (tmp_path / "plugwatch.db.before-0002").mkdir()

    with pytest.raises(LedgerError, match="no backup of the ledger"):
        migrate(connection, create=False, folder=both)
    connection.close()
    assert state(url, tmp_path) == (1, 2, 0)


def test_newer_ledger_is_refused(empty_url, tmp_path):
    known = len(list(MIGRATIONS.iterdir()))
    connection = open_connection(empty_url, tmp_path)
    migrate(connection, create=True)
    connection.run("insert into schema_migration (number, name, applied_at) values (999, 'x', 'y')", {})
    connection.close()

    with pytest.raises(LedgerError) as refused:
        open_ledger(empty_url, workspace=tmp_path)
    assert str(refused.value) == (
        "this workspace was written by a newer plugwatch (ledger version 999, this one knows "
        f"{known}); upgrade plugwatch"
    )


def test_failing_migration_leaves_nothing_behind(empty_url, tmp_path, steps):
    both, first = steps
    (both / "0002_two.sql").write_text("create table two (b text);\ninsert into nowhere values (1);")
    connection = open_connection(empty_url, tmp_path)
    migrate(connection, create=True, folder=first)

    with pytest.raises(Exception, match="nowhere"):
        migrate(connection, create=False, folder=both)
    connection.close()
    assert state(empty_url, tmp_path) == (1, 2, 0)


@pytest.mark.parametrize("last", range(6))
def test_kill_between_two_statements_leaves_the_old_or_the_new_ledger(empty_url, tmp_path, steps, start, last):
    both, first = steps
    connection = open_connection(empty_url, tmp_path)
    migrate(connection, create=True, folder=first)
    connection.close()

    def killed():
        connection = open_connection(empty_url, tmp_path)
        left = last
        run = connection.run

        def run_or_die(sql, parameters):
            nonlocal left
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
            return run(sql, parameters)

        connection.run = run_or_die
        migrate(connection, create=False, folder=both)

    statements = 5  # the table of records, three statements, the record
    assert start(killed)() == (-signal.SIGKILL if last < statements else 0)
    assert state(empty_url, tmp_path) == ((1, 2, 0) if last < statements else (2, 2, 2))
    connection = open_connection(empty_url, tmp_path)
    migrate(connection, create=False, folder=both)  # no lock is left
    connection.close()
    assert state(empty_url, tmp_path) == (2, 2, 2)


def test_processes_that_create_and_migrate_at_once_do_it_once(empty_url, tmp_path, steps, start):
    def work():
        connection = open_connection(empty_url, tmp_path)
        migrate(connection, create=True, folder=steps[0])

    waits = [start(work) for _ in range(6)]

    assert [wait() for wait in waits] == [0] * 6
    assert state(empty_url, tmp_path) == (2, 2, 2)
    assert not list(tmp_path.glob("*.part*"))


def test_kill_during_the_first_creation_can_be_repeated(tmp_path):
    url = f"sqlite:///{tmp_path}/w.db"
    connection = open_connection(url, tmp_path)
    connection.begin(write=True)
    connection.run("create table schema_migration (number integer primary key)", {})
    shutil.copytree(tmp_path, tmp_path / "as-killed")  # the files of a process that dies here
    connection.rollback()
    connection.close()

    left = f"sqlite:///{tmp_path}/as-killed/w.db"
    with pytest.raises(LedgerError, match="holds no ledger yet; 'plugwatch init' makes one"):
        open_ledger(left, workspace=tmp_path)
    open_ledger(left, workspace=tmp_path, create=True).close()
