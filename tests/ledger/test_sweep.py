"""What a database keeps of old rows, and letting go of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timezone

import pytest

from plugwatch.errors import BusyError
from plugwatch.ledger.database import open_ledger
from plugwatch.ledger.sweep import old_backups, sweep
from plugwatch.model.client import Client
from plugwatch.model.erasure import Eraser
from plugwatch.model.site import Site

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
CORVID = Client("corvid", "Corvid Prints")


def test_the_file_of_a_swept_ledger_has_no_old_bytes(tmp_path):
    url = "sqlite:///plugwatch.db"
    with open_ledger(url, workspace=tmp_path, create=True) as ledger:
        with ledger.unit_of_work() as work:
            client = work.clients.add(CORVID, at=NOW)
            for number in range(200):  # more than one page
                work.sites.add(Site(f"corvid-{number}", "corvid", f"https://{number}.corvid.example"), at=NOW)
        with ledger.unit_of_work() as work:
            work.erasure.erase(client, Eraser(work.erasure.traces(client)), now=NOW, actor="ana")
        assert any(b"corvid" in path.read_bytes() for path in tmp_path.iterdir())

        sweep(url, tmp_path)

        assert not [path for path in tmp_path.iterdir() if b"corvid" in path.read_bytes().lower()]


def test_a_reader_that_keeps_the_log_is_waited_for_by_the_person(tmp_path, monkeypatch):
    monkeypatch.setattr("plugwatch.ledger.sweep._PATIENCE_MS", 50)
    url = "sqlite:///plugwatch.db"
    with open_ledger(url, workspace=tmp_path, create=True) as ledger, ledger.unit_of_work() as work:
        work.clients.add(CORVID, at=NOW)
    with closing(sqlite3.connect(tmp_path / "plugwatch.db")) as reader:
        reader.execute("begin")
        reader.execute("select count(*) from client").fetchall()

        with pytest.raises(
            BusyError, match=r"another process reads .*plugwatch\.db, so its log still has what was erased"
        ):
            sweep(url, tmp_path)


def test_old_backups_are_those_of_this_ledger(tmp_path):
    for name in (
        "plugwatch.db",
        "plugwatch.db-wal",
        "plugwatch.db.before-0008",
        "plugwatch.db.x.part1",
        "other.db.before-0008",
    ):
        (tmp_path / name).touch()

    assert [path.name for path in old_backups("sqlite:///plugwatch.db", tmp_path)] == [
        "plugwatch.db.before-0008",
        "plugwatch.db.x.part1",
    ]
    assert old_backups("postgresql://localhost/x", tmp_path) == []
