"""What can be wrong with a ledger's file, each said in one sentence."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from pathlib import Path

import pytest

from plugwatch.errors import BusyError, LedgerError
from plugwatch.ledger import sqlite as engine
from plugwatch.ledger.database import open_ledger


@pytest.fixture
def unprivileged():
    """A folder that another user may read, and the rights of that user for as long as the test runs."""
    if os.geteuid() != 0:
        folder = Path(tempfile.mkdtemp())
        yield folder
        folder.chmod(0o755)
        return
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    os.seteuid(0)


def drop_rights(folder):
    """From here on nothing may be written into the folder."""
    folder.chmod(0o555)
    if os.geteuid() == 0:
        os.seteuid(65534)


def make(folder):
    url = f"sqlite:///{folder / 'plugwatch.db'}"
    open_ledger(url, workspace=folder, create=True).close()
    return url


def count(url, folder):
    """Open a ledger and write to it."""
    with open_ledger(url, workspace=folder) as ledger, ledger.unit_of_work() as work:
        work.counters.next("incident")


def test_relative_path_lies_in_the_workspace(tmp_path):
    open_ledger("sqlite:///plugwatch.db", workspace=tmp_path, create=True).close()

    assert (tmp_path / "plugwatch.db").is_file()


@pytest.mark.parametrize("name", ["my ledger?#%41.db", "größe.db"])
def test_unusual_file_names_are_files(tmp_path, name):
    open_ledger(f"sqlite:///{name}", workspace=tmp_path, create=True).close()

    assert (tmp_path / name).is_file()


def test_settings_of_a_connection(tmp_path):
    make(tmp_path)
    with open_ledger("sqlite:///plugwatch.db", workspace=tmp_path) as ledger:
        found = {
            pragma: ledger._connection.rows(f"pragma {pragma}", {})[0][0]
            for pragma in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }

    assert found == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1, "busy_timeout": 30_000}


@pytest.mark.parametrize(
    "url", ["mysql://u:geheim@h/x", "sqlite://", "sqlite:///", "plugwatch.db", "postgresql://", ""]
)
def test_other_urls_are_refused_without_repeating_them(tmp_path, url):
    with pytest.raises(LedgerError, match=r"write sqlite:///plugwatch\.db or postgresql://HOST/NAME") as refused:
        open_ledger(url, workspace=tmp_path, create=True)
    assert "geheim" not in str(refused.value)


def test_file_that_is_no_database(tmp_path):
    (tmp_path / "plugwatch.db").write_text("a shopping list " * 100)

    with pytest.raises(LedgerError, match=r"plugwatch\.db is not a ledger: the file is no SQLite database"):
        open_ledger("sqlite:///plugwatch.db", workspace=tmp_path)


def test_database_of_something_else_stays_untouched(tmp_path):
    with sqlite3.connect(tmp_path / "plugwatch.db") as other:
        other.execute("create table recipes (name text)")
    before = (tmp_path / "plugwatch.db").read_bytes()

    with pytest.raises(LedgerError, match=r"plugwatch\.db is a database of something else, not a plugwatch ledger"):
        open_ledger("sqlite:///plugwatch.db", workspace=tmp_path, create=True)
    assert (tmp_path / "plugwatch.db").read_bytes() == before


def test_damaged_file(tmp_path):
    make(tmp_path)
    file = tmp_path / "plugwatch.db"
    content = bytearray(file.read_bytes())
    content[4096 : 4096 * 3] = b"\xa5" * 8192
    file.write_bytes(content)

    with pytest.raises(LedgerError, match=r"plugwatch\.db is damaged; restore it from a backup"):
        open_ledger("sqlite:///plugwatch.db", workspace=tmp_path)


@pytest.mark.parametrize("place", ["nowhere/plugwatch.db", "file/plugwatch.db", "folder"])
def test_place_that_cannot_hold_a_file(tmp_path, place):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()

    with pytest.raises(LedgerError, match="cannot be opened; check that its folder exists and may be written"):
        open_ledger(f"sqlite:///{place}", workspace=tmp_path, create=True)
    with pytest.raises(LedgerError, match=r"there is no ledger at .*; 'plugwatch init' makes a workspace with one"):
        open_ledger(f"sqlite:///{place}", workspace=tmp_path)


def test_folder_that_may_not_be_written(unprivileged):
    drop_rights(unprivileged)

    with pytest.raises(LedgerError, match="may be written"):
        make(unprivileged)


def test_ledger_that_may_not_be_written(unprivileged):
    url = make(unprivileged)
    (unprivileged / "plugwatch.db").chmod(0o444)
    drop_rights(unprivileged)

    with pytest.raises(LedgerError, match=r"plugwatch\.db .*may .*be written") as refused:
        count(url, unprivileged)
    assert "\n" not in str(refused.value)


def test_full_disk_keeps_nothing_of_the_command(tmp_path):
    url = make(tmp_path)
    with open_ledger(url, workspace=tmp_path) as ledger:
        pages = ledger._connection.rows("pragma page_count", {})[0][0]
        ledger._connection.rows(f"pragma max_page_count = {pages + 2}", {})
        with pytest.raises(LedgerError) as full, ledger.unit_of_work() as work:  # noqa: PT012
            for number in range(10_000):
                work.counters.next(f"counter {number:1000}")
        assert str(full.value).endswith("plugwatch.db is full; nothing of this command was kept")
        ledger._connection.rows(f"pragma max_page_count = {pages * 1000}", {})
        with ledger.unit_of_work() as work:
            assert work.counters.next(f"counter {0:1000}") == 1


def test_ledger_in_use_is_busy_not_broken(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.1)
    url = make(tmp_path)
    with open_ledger(url, workspace=tmp_path) as first, open_ledger(url, workspace=tmp_path) as second:
        with first.unit_of_work() as work:
            work.counters.next("incident")
            with second.reading() as reading:
                assert reading._connection.rows("select count(*) from counter", {}) == [(0,)]
            with pytest.raises(BusyError, match=r"another plugwatch has been at work on .*plugwatch\.db"):
                second.unit_of_work().__enter__()
        with second.unit_of_work() as work:
            assert work.counters.next("incident") == 2


def test_lone_surrogates_are_refused_in_one_sentence(tmp_path):
    ledger = open_ledger(make(tmp_path), workspace=tmp_path)
    with ledger, pytest.raises(LedgerError, match="refused this"), ledger.unit_of_work() as work:
        work.counters.next("\ud800")


def test_misuse_of_sql_stays_a_bug(tmp_path):
    ledger = open_ledger(make(tmp_path), workspace=tmp_path)
    with ledger, pytest.raises(sqlite3.ProgrammingError), ledger.reading() as work:
        work._connection.rows("select :missing", {})
