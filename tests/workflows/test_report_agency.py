"""What the agency's report is made of, and that the index alone tells of sites what the forks themselves do."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from workbench import Workspace, mail_file, make_carrying_workspace, plugin, write_files

from plugwatch.forks.fork import ForkStore
from plugwatch.forks.overview import read_overview
from plugwatch.ledger.database import open_ledger
from plugwatch.model.client import Client, WorkingHours
from plugwatch.model.component import Component
from plugwatch.model.incident import Incident
from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.promise import Promise
from plugwatch.model.reports.board import Board
from plugwatch.model.roads.ladder import Week
from plugwatch.model.site import Site
from plugwatch.model.today import OnCall
from plugwatch.workflows.inventories import ListOrigin, import_list
from plugwatch.workflows.matrix import matrix
from plugwatch.workflows.report_agency import Wanted, board

TIDY = Component("plugin", "tidy-forms")
DAY = timedelta(days=1)
START = datetime(2026, 5, 1, 12, 0, tzinfo=timezone.utc)
NOW = START + 30 * DAY
WANTED = Wanted(
    "Example Agency",
    NOW,
    NOW - 365 * DAY,
    3 * DAY,
    Week(WorkingHours.parse("Mon-Fri 9-18")),
    OnCall("ana"),
    90.0,
    "CHF",
)
P1, P2 = "1.0.0.0-p1", "1.0.0.0-p2"
# Of each site the versions that it showed day by day.
SITES = {
    "first": [P1],
    "second": [P1, P2],
    "back": [P2, "1.0.0"],
    "newer": [P2, "2.0.0"],
    "newest": ["1.0.0", "2.0.0.0-p1"],
    "never": ["1.0.0"],
    "landed": [P1, "3.0.0"],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A fork with two builds of one release, the second with one more patch, and a build of the next release."""
    folder = tmp_path_factory.mktemp("report")
    space = make_carrying_workspace(folder)
    build = ("fork", "build", "plugin/tidy-forms", "--out", folder / "out")
    space.do(*build)
    edited = plugin("1.0.0", mail=mail_file(seconds=60)) | {"extra.php": b"<?php\n// Since our patch.\n"}
    write_files(folder / "sources" / "more", edited)
    space.do("patch", "capture", "plugin/tidy-forms", folder / "sources" / "more", "--title", "More", "--why", "So.")
    space.do(*build)
    write_files(folder / "sources" / "3.0.0", {"extra.php": edited["extra.php"]})  # both patches have landed
    for version in ("2.0.0", "3.0.0"):
        space.do("fork", "import", "plugin/tidy-forms", "--from", folder / "sources" / version)
        space.do("fork", "upgrade", "plugin/tidy-forms", "--to", version)
        if version == "2.0.0":
            space.do(*build)
    with closing(sqlite3.connect(space.folder / "plugwatch.db")) as connection, connection:
        for minute, (operation,) in enumerate(
            connection.execute("select id from fork_operation order by id").fetchall()
        ):
            at = f"2026-04-01T10:{minute:02}:00Z"  # as far apart as when a person does it
            connection.execute("update fork_operation set at = ? where id = ?", [at, operation])
    for site, versions in SITES.items():
        _show(space, site, versions)
    return space


def _show(space: Workspace, slug: str, versions: list[str]) -> None:
    """Add a site that showed these versions, one a day."""
    with open_ledger("sqlite:///plugwatch.db", workspace=space.folder) as ledger:
        with ledger.unit_of_work() as work:
            work.clients.add(Client(slug, slug.title()), at=START)
            site = work.sites.add(Site(slug, slug), at=START)
        for day, version in enumerate(versions):
            listed = Inventory("list", (Installed("plugin", "tidy-forms", None, version, "active"),))
            at = START + day * DAY
            with ledger.unit_of_work() as work:
                import_list(work, site, listed, ListOrigin("list", at, at, "kim"))


def _board(folder: Path, wanted: Wanted = WANTED) -> Board:
    with open_ledger("sqlite:///plugwatch.db", workspace=folder) as ledger, ledger.reading() as work:
        return board(work, wanted)


def test_sites_and_patches_are_as_the_fork_itself_says_though_it_is_not_opened(made):
    view = read_overview(ForkStore(made.folder / "forks").open(TIDY))
    with open_ledger("sqlite:///plugwatch.db", workspace=made.folder) as ledger, ledger.reading() as work:
        wanted = matrix(work, [view], now=NOW)
    told = _board(made.folder)
    found = list(told.matrix)

    stacks = {version: tuple(entry.patch.id for entry in stack) for version, stack in view.stacks.items()}
    assert [len(stack) for stack in stacks.values()] == [2, 2, 0]
    assert list(told.forks[0].stacks.items()) == list(stacks.items())
    assert found == wanted
    states = {row.site: (row.state, [state for _patch, state in row.patches]) for row in found}
    assert states["first"] == ("patched", ["there", "missing"])
    assert states["second"] == ("patched", ["there", "there"])
    assert states["back"][0] == states["newer"][0] == "lost"
    assert "never" not in states


def test_a_board_holds_one_state_of_everything(made):
    with open_ledger("sqlite:///plugwatch.db", workspace=made.folder) as ledger:
        with ledger.unit_of_work() as work:
            new = Incident("", 0, "No form", "identified", "high", "update", TIDY, "1.0.0", NOW - DAY)
            incident = work.incidents.add(new, actor="kim", recorded_at=NOW)
            work.promises.add(incident, Promise("first", NOW - DAY, NOW - 2 * DAY), actor="kim")
        with ledger.reading() as work:
            found = board(work, WANTED)
            assert (found.records, found.forks) == (
                tuple(work.history.records(since=WANTED.since, now=NOW)),
                tuple(work.history.forks()),
            )
            assert (found.clients, found.sites) == (work.history.clients(), work.history.sites())
            assert found.components == work.history.components()

    assert (found.agency, found.now, found.since) == ("Example Agency", NOW, NOW - 365 * DAY)
    assert (found.hourly_rate, found.currency) == (90.0, "CHF")
    [record], [turn], [due] = found.records, found.today.turns, found.today.due
    assert (record.turn, record.turn_why) == (turn.turn, turn.why)
    assert (turn.incident, due.client, due.state(NOW)) == (record.name, "first", "overdue")
    assert found.today.on_call == WANTED.on_call
    assert found.by_component[str(TIDY)] == (record,)


def test_an_empty_ledger_is_an_empty_board(tmp_path):
    open_ledger("sqlite:///plugwatch.db", workspace=tmp_path, create=True).close()
    found = _board(tmp_path, replace(WANTED, on_call=None))

    assert (found.records, found.forks, found.matrix) == ((), (), ())
    assert (dict(found.clients), dict(found.sites), dict(found.components)) == ({}, {}, {})
    assert (list(found.today.due), list(found.today.turns)) == ([], [])
