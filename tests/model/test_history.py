from __future__ import annotations

import pytest

from plugwatch.model.component import Component
from plugwatch.model.history import Rename, find_renames, what_happened
from plugwatch.model.inventory import Change, Changes, Installed


def _row(slug="tidy-forms", version="1.2.3", status="active", *, name=None, kind="plugin"):
    return Installed(kind, slug, name, version, status)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (None, _row(), ("installed",)),
        (_row(), None, ("removed",)),
        (_row(), _row(version="1.2.4"), ("updated",)),
        (_row(version="1.10"), _row(version="1.9"), ("downgraded",)),
        (_row(version="1.2.4"), _row(version="1.2.3.0-p1"), ("downgraded",)),
        (_row(version="1.2"), _row(version="1_2"), ("version written otherwise",)),
        (_row(version=None), _row(), ("version seen",)),
        (_row(), _row(version=None), ()),
        (_row(status="inactive"), _row(), ("activated",)),
        (_row(), _row(status="inactive"), ("deactivated",)),
        (_row(status="inactive"), _row(version="1.2.4"), ("updated", "activated")),
        (_row(), _row(status="active-network"), ("status active → active-network",)),
        (_row(), _row(status="unknown"), ()),
        (_row("php", "8.2", kind="core"), _row("php", "8.2.28", kind="core"), ("told more exactly",)),
        (_row("php", "8.2.1", kind="core"), _row("php", "8.2.10", kind="core"), ("updated",)),
        (_row("wordpress", "6.9", kind="core"), _row("wordpress", "6.9.1", kind="core"), ("updated",)),
    ],
)
def test_changes_have_names(before, after, words):
    assert what_happened(before, after) == words


def _changes(removed, added):
    return Changes(
        tuple(Change(Component(row.kind, row.slug), None, row) for row in added),
        (),
        tuple(Change(Component(row.kind, row.slug), row, None) for row in removed),
        0,
        (),
    )


@pytest.mark.parametrize("slug", ["tidy-forms-1", "tidy_forms", "Tidy-Forms", "tidy-forms-master", "tidy-forms.off"])
def test_same_version_in_a_folder_of_another_name_is_a_rename(slug):
    [rename] = find_renames(_changes([_row()], [_row(slug)]))

    assert rename == Rename(Component("plugin", "tidy-forms"), Component("plugin", slug), "1.2.3")


def test_same_version_and_display_name_is_a_rename():
    assert find_renames(_changes([_row("a", name="Tidy Forms")], [_row("b", name="tidy forms")]))


@pytest.mark.parametrize(
    ("removed", "added"),
    [
        ([_row()], [_row("tidy-forms-1", "1.2.4")]),
        ([_row()], [_row("slider")]),
        ([_row(version=None)], [_row("tidy-forms-1", None)]),
        ([_row()], [_row("tidy-forms-1", kind="theme")]),
        ([_row("tidy-forms-1"), _row("tidy-forms-2")], [_row("tidy-forms")]),
        ([_row()], [_row("tidy-forms-1"), _row("tidy-forms-2")]),
    ],
)
def test_what_may_be_something_else_is_no_rename(removed, added):
    assert find_renames(_changes(removed, added)) == ()
