from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from plugwatch.model.component import Component
from plugwatch.model.directory import CLOSED, OPEN, UNKNOWN, DirectoryEntry

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=timezone.utc)
TIDY, OTHER = Component("plugin", "tidy-forms"), Component("plugin", "other-forms")

OPEN_ENTRY = DirectoryEntry(
    "plugin",
    "tidy-forms",
    OPEN,
    name="Tidy Forms – „schöne“ Formulare",
    version="1.2.4",
    author="Maker & Sons",
    last_updated=datetime(2026, 8, 24, 15, 7, tzinfo=timezone.utc),
    versions=("1.9", "1.10"),
    support_threads=0,
    active_installs=4000,
)
CLOSED_ENTRY = DirectoryEntry(
    "plugin",
    "old-thing",
    CLOSED,
    name="Old Thing",
    closed_date=date(2026, 5, 4),
    closed_reason="security-issue",
    closed_text="This plugin has been closed.",
)


@pytest.fixture
def catalog(ledger):
    with ledger.unit_of_work() as work:
        yield work.catalog


@pytest.mark.parametrize("entry", [OPEN_ENTRY, CLOSED_ENTRY, DirectoryEntry("theme", "nothing", UNKNOWN)])
def test_an_entry_comes_back_as_it_was_kept(catalog, entry):
    catalog.keep_entry(entry, at=NOW)

    assert catalog.entry(entry.kind, entry.slug) == (entry, NOW)


def test_the_newest_answer_replaces_the_one_before(catalog):
    catalog.keep_entry(OPEN_ENTRY, at=NOW)
    closed = DirectoryEntry("plugin", "tidy-forms", CLOSED, name="Tidy Forms")
    catalog.keep_entry(closed, at=NOW + timedelta(days=1))

    assert catalog.entry("plugin", "tidy-forms") == (closed, NOW + timedelta(days=1))


def test_what_was_never_asked_is_told_from_what_is_not_there(catalog):
    catalog.keep_entry(DirectoryEntry("plugin", "tidy-forms", UNKNOWN), at=NOW)

    assert catalog.entry("plugin", "tidy-forms") is not None
    assert catalog.entry("theme", "tidy-forms") is None
    assert catalog.entry("plugin", "tidy") is None


def test_a_choice_holds_for_its_kind_in_any_letter_case(catalog):
    catalog.choose(TIDY, "Tidy FORMS Größe", at=NOW, actor="dana")

    assert catalog.chosen("plugin", "tidy forms grösse") == TIDY
    assert catalog.chosen("theme", "Tidy FORMS Größe") is None
    assert catalog.chosen("plugin", "Tidy") is None


def test_a_later_choice_replaces_an_earlier_one(catalog):
    catalog.choose(TIDY, "Forms", at=NOW, actor="dana")
    catalog.choose(OTHER, "forms", at=NOW, actor="sam")
    catalog.choose(Component("theme", "forms"), "Forms", at=NOW, actor="sam")

    assert catalog.chosen("plugin", "Forms") == OTHER
    assert catalog.chosen("theme", "Forms") == Component("theme", "forms")


def test_a_choice_is_kept_beyond_the_command(ledger):
    with ledger.unit_of_work() as work:
        work.catalog.choose(TIDY, "Forms", at=NOW, actor="dana")

    with ledger.reading() as work:
        assert work.catalog.chosen("plugin", "Forms") == TIDY
