"""Git first, then the ledger's rows: whatever is cut in between is made up for, once."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from workbench import add_files, add_patch, mail_file, plugin, stamp, upgrade, write_files

from plugwatch.forks.fork import Fork, ForkStore
from plugwatch.model.component import Component
from plugwatch.model.operation import Operation, RefChange
from plugwatch.workflows import forks as workflow
from plugwatch.workflows.operations import carry_out, settle

TIDY = Component("plugin", "tidy-forms")
TABLES = {
    "fork_operation": "id, command, actor, at",
    "fork_release": "version, commit_id, tree_id, files, source, sha256, operation_id",
    "patch": "id, title, origin, operation_id",
    "stack_entry": "version, position, patch_id, operation_id",
    "patch_drop": "patch_id, version, verdict, evidence, operation_id",
    "build": "version, base_version, fingerprint, tree_id, operation_id",
}


def rows(ledger: Any) -> dict[str, list[tuple[Any, ...]]]:
    """The whole index of forks, in one order."""
    with ledger.reading() as work:
        connection = work.forks._queries._connection
        return {t: sorted(connection.rows(f"select {columns} from {t}", {})) for t, columns in TABLES.items()}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fork with two releases and a patch that landed in the second."""
    folder = tmp_path_factory.mktemp("template")
    fork = ForkStore(folder / "forks").create(TIDY)
    add_files(fork, folder / "1", plugin("1.0.0"))
    add_patch(fork, folder / "e", plugin(mail=mail_file(seconds=60)), "Wait a minute", incident="INC-3")
    add_files(fork, folder / "2", plugin("2.0.0", mail=mail_file(seconds=60)))
    upgrade(fork, "2.0.0")
    return fork.directory


@pytest.fixture
def fork(template: Path, tmp_path: Path) -> Fork:
    """A copy of it; the ledger has heard of none of it."""
    return Fork(Path(shutil.copytree(template, tmp_path / "tidy-forms.git")), TIDY)


def test_the_index_is_written_from_the_records(ledger: Any, fork: Fork) -> None:
    patch = fork.stack("1.0.0")[0].patch
    assert settle(fork, ledger) == 4
    index = rows(ledger)
    assert [command for _id, command, *_rest in index["fork_operation"]] == [
        "fork import",
        "patch import",
        "fork import",
        "fork upgrade",
    ]
    assert [row[:2] for row in index["fork_release"]] == [(r.version, r.commit) for r in fork.releases()]
    assert [row[:3] for row in index["patch"]] == [(patch.id, "Wait a minute", "1.0.0")]
    assert [row[:3] for row in index["stack_entry"]] == [("1.0.0", 0, patch.id)]
    assert [row[:3] for row in index["patch_drop"]] == [(patch.id, "2.0.0", "landed")]
    with ledger.reading() as work:
        assert work.forks.find_patch(patch.id[:6]) == (TIDY, patch.id)


def test_it_is_written_once(ledger: Any, fork: Fork) -> None:
    settle(fork, ledger)
    before = rows(ledger)
    assert settle(fork, ledger) == 0
    with ledger.unit_of_work() as work:
        for number in fork.operations():
            work.forks.apply(fork.operation(number))
    assert rows(ledger) == before


def test_a_ledger_that_lost_its_index_gets_the_same_one_again(ledger: Any, fork: Fork) -> None:
    settle(fork, ledger)
    before = rows(ledger)
    with ledger.unit_of_work() as work:
        for table in reversed(TABLES):
            work.forks._queries._connection.run(f"delete from {table}", {})
    assert not any(rows(ledger).values())
    assert settle(fork, ledger) == 4
    assert rows(ledger) == before


@pytest.mark.parametrize("known", [0, 1, 2, 3])
def test_a_ledger_that_stayed_behind_catches_up(ledger: Any, fork: Fork, known: int) -> None:
    with ledger.unit_of_work() as work:
        for number in fork.operations()[:known]:
            work.forks.apply(fork.operation(number))
    assert settle(fork, ledger) == 4 - known
    assert len(rows(ledger)["fork_operation"]) == 4


@pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)  # PostgreSQL's readers never wait
def test_nobody_waits_for_the_ledger_where_nothing_is_missing(ledger: Any, fork: Fork, tmp_path: Path) -> None:
    """A long import holds the ledger's only write transaction; commands that read a fork go on meanwhile."""
    from plugwatch.ledger.database import open_ledger

    settle(fork, ledger)
    with open_ledger(f"sqlite:///{ledger.place}", workspace=tmp_path) as other, other.unit_of_work():
        assert settle(fork, ledger) == 0


def test_git_and_ledger_move_together(ledger: Any, fork: Fork, tmp_path: Path) -> None:
    settle(fork, ledger)
    with fork.writing("fork import"):
        source = write_files(tmp_path / "3", plugin("3.0.0"))
        _imported, operation = workflow.import_release(fork, source, shown="3", version=None, stamp=stamp())
        assert operation
        carry_out(fork, ledger, operation)
    assert operation.id in [row[0] for row in rows(ledger)["fork_operation"]]
    assert fork.releases()[-1].version == "3.0.0"


def test_where_git_refuses_the_ledger_hears_nothing(ledger: Any, fork: Fork) -> None:
    settle(fork, ledger)
    before = rows(ledger)
    stale = Operation("x" * 26, str(TIDY), "fork import", "kim", "2026-05-20T12:00:00+00:00", (), {})
    tip = fork.stacks()["1.0.0"]
    stale = stamp().operation(TIDY, "fork import", [RefChange("refs/heads/upstream", tip, tip)], stale.rows)
    with pytest.raises(Exception, match="moved meanwhile"), fork.writing("fork import"):
        carry_out(fork, ledger, stale)
    assert rows(ledger) == before
    assert fork.unfinished() is None
