"""Units of work: whole or not at all, one after the other, on both engines."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone
from functools import partial

import pytest

from plugwatch.errors import LedgerError
from plugwatch.ledger.database import open_ledger
from plugwatch.model.component import Component
from plugwatch.model.site import Site

AT = datetime(2026, 3, 1, 9, 15, tzinfo=timezone.utc)
TIDY = Component("plugin", "tidy-forms")


class Stop(Exception):  # noqa: N818
    """Raised by a test inside a unit of work."""


def undo(ledger, change, error=Stop):
    """Make a change in a unit of work that an error then ends."""
    with pytest.raises(error), ledger.unit_of_work() as work:  # noqa: PT012
        change(work)
        raise error


def test_clean_end_keeps_the_work_for_everybody(ledger, ledger_url, tmp_path):
    with ledger.unit_of_work() as work:
        site = work.sites.add(Site("acme", "acme"), at=AT)

    with open_ledger(ledger_url, workspace=tmp_path) as other, other.reading() as work:
        assert work.sites.get("acme") == site


@pytest.mark.parametrize("error", [Stop, KeyboardInterrupt, SystemExit])
def test_any_exception_undoes_the_work(ledger, error):
    undo(ledger, lambda work: work.sites.add(Site("acme", "acme"), at=AT), error)

    with ledger.reading() as work:
        assert work.sites.list() == ()
        assert work.clients.list() == ()


def test_component_ids_of_an_undone_unit_are_forgotten(ledger):
    undo(ledger, lambda work: work.components.get_or_create(TIDY))

    with ledger.unit_of_work() as work:
        kept = work.components.get_or_create(TIDY)
    with ledger.reading() as work:
        assert work.components.id_of(TIDY) == kept


def test_reading_writes_nothing(ledger):
    with pytest.raises(LedgerError, match="may not be written"), ledger.reading() as work:
        work.counters.next("incident")


def test_reading_sees_one_state(ledger, ledger_url, tmp_path):
    with open_ledger(ledger_url, workspace=tmp_path) as other, ledger.reading() as work:
        assert work.sites.list() == ()
        with other.unit_of_work() as writing:
            writing.sites.add(Site("acme", "acme"), at=AT)
        assert work.sites.list() == ()


def test_units_of_work_do_not_nest(ledger):
    with ledger.unit_of_work(), pytest.raises(RuntimeError, match="open already"), ledger.reading():
        pytest.fail("a unit of work inside another one")
    with ledger.unit_of_work() as work:
        assert work.counters.next("incident") == 1


def test_refused_row_is_one_sentence(ledger):
    with pytest.raises(LedgerError, match=r"the ledger .* refused this: ") as refused, ledger.unit_of_work() as work:
        work._connection.run("insert into counter (name, value) values ('x', null)", {})
    assert "\n" not in str(refused.value)


def test_unit_with_a_failed_statement_is_not_kept_whoever_catches_the_error(ledger):
    with pytest.raises(LedgerError, match="so nothing of it is kept"), ledger.unit_of_work() as work:  # noqa: PT012
        work.counters.next("incident")
        with suppress(LedgerError):
            work._connection.run("insert into counter (name, value) values ('x', null)", {})

    with ledger.unit_of_work() as work:
        assert work.counters.next("incident") == 1


def test_counters_count_by_name_and_give_back_what_was_undone(ledger):
    with ledger.unit_of_work() as work:
        assert [work.counters.next(name) for name in ("incident", "incident", "submission")] == [1, 2, 1]
    undo(ledger, lambda work: work.counters.next("incident"))
    with ledger.unit_of_work() as work:
        assert work.counters.next("incident") == 3


def test_twenty_processes_at_once_lose_no_row_and_give_no_number_twice(ledger_url, tmp_path, start):
    def write(name):
        numbers = []
        with open_ledger(ledger_url, workspace=tmp_path) as ledger:
            for turn in range(3):
                with ledger.unit_of_work() as work:
                    numbers.append(work.counters.next("incident"))
                    work.sites.add(Site(f"{name}-{turn}", "shared"), at=AT)
                    work.components.get_or_create(TIDY, f"Name from {name}")
        (tmp_path / name).write_text(" ".join(map(str, numbers)))

    names = [f"w{number}" for number in range(20)]
    waits = [start(partial(write, name)) for name in names]
    assert [wait() for wait in waits] == [0] * 20

    numbers = [int(number) for name in names for number in (tmp_path / name).read_text().split()]
    assert sorted(numbers) == list(range(1, 61))
    with open_ledger(ledger_url, workspace=tmp_path) as ledger, ledger.reading() as work:
        assert {site.slug for site in work.sites.list()} == {f"{name}-{turn}" for name in names for turn in range(3)}
        assert [client.slug for client in work.clients.list()] == ["shared"]
        assert list(work.components.names()) == [TIDY]
