from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import ForkError
from plugwatch.model.operation import FORMAT, ROWS, Operation, RefChange, describe, outcomes, taken_back

OPERATION = Operation(
    id="01J",
    component="plugin/tidy-forms",
    command="fork upgrade",
    actor="Dana 🦄",
    at="2026-11-21T08:30:15+00:00",
    refs=(RefChange("refs/heads/carried/1", None, "a" * 40), RefChange("refs/heads/upstream", "b" * 40, None)),
    rows={"drops": [{"patch": "pw-aaaaaaaaaa", "evidence": ["x"]}]},
    undoes="01H",
)


def test_a_record_is_read_as_it_was_written():
    read = Operation.from_text(OPERATION.to_text(), "op")

    assert read.refs == OPERATION.refs
    assert (read.id, read.component, read.command, read.actor, read.at, read.undoes) == (
        *(OPERATION.id, OPERATION.component, OPERATION.command, OPERATION.actor, OPERATION.at, OPERATION.undoes),
    )
    assert read.rows == {name: list(OPERATION.rows.get(name, ())) for name in ROWS}
    assert read.to_text() == OPERATION.to_text()


def test_the_same_operation_is_the_same_text_whatever_the_order_of_its_rows_names():
    rows = {"builds": [{"b": 1, "a": 2}], "drops": [{"x": None}]}
    one = Operation("1", "c", "x", "y", "z", (), rows)
    other = Operation("1", "c", "x", "y", "z", (), dict(reversed(rows.items())))

    assert one.to_text() == other.to_text()


def test_a_record_of_a_newer_plugwatch_says_so():
    newer = OPERATION.to_text().replace(f'"format": {FORMAT}', f'"format": {FORMAT + 1}')

    with pytest.raises(ForkError, match="op: this fork was written by a newer plugwatch; upgrade plugwatch"):
        Operation.from_text(newer, "op")


def test_a_record_of_the_first_format_undoes_nothing():
    document = json.loads(OPERATION.to_text()) | {"format": 1}
    del document["undoes"]

    assert Operation.from_text(json.dumps(document), "op").undoes is None


@pytest.mark.parametrize("key", ["format", "id", "component", "command", "actor", "at", "refs", "rows", "undoes"])
def test_a_record_without_one_of_its_parts_is_damaged(key):
    document = json.loads(OPERATION.to_text())
    del document[key]

    with pytest.raises(ForkError, match="op: the record of an operation is damaged"):
        Operation.from_text(json.dumps(document), "op")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", '"x"', "\x00", '{"format": 1, "refs": 3}'])
def test_what_is_no_record_is_damaged(text):
    with pytest.raises(ForkError, match="op: the record of an operation is damaged"):
        Operation.from_text(text, "op")


@settings(deadline=None, max_examples=100)
@given(st.integers(0, len(OPERATION.to_text()) - 2))
def test_a_record_that_is_cut_is_damaged(length):
    with pytest.raises(ForkError, match="is damaged"):
        Operation.from_text(OPERATION.to_text()[:length], "op")


def done(number: int, *, undoes: int | None = None, command: str = "fork import", **rows: list[dict[str, str]]):
    return Operation(f"id{number}", "plugin/x", command, "kim", "", (), rows, f"id{undoes}" if undoes else None)


@pytest.mark.parametrize(
    ("command", "rows", "words"),
    [
        ("fork import", {"releases": [{"version": "2.0.0"}]}, "fork import 2.0.0"),
        ("fork upgrade", {"stacks": [{"version": "2.0.0"}], "drops": [{}]}, "fork upgrade to 2.0.0"),
        ("patch import", {"patches": [{"id": "pw-a"}], "stacks": [{"version": "1.0"}]}, "patch import on 1.0"),
        ("fork build", {"builds": [{"version": "1.0.0.0-p1"}]}, "fork build 1.0.0.0-p1"),
        ("fork sync", {"releases": [{"version": "1"}, {"version": "2"}]}, "fork sync 1, 2"),
        ("fork resolve", {}, "fork resolve"),
        ("client forget", {"builds": [{"version": "1.0.0.0-p1"}], "patches": [{"id": "pw-a"}]}, "client forget"),
    ],
)
def test_an_operation_is_told_in_the_words_of_its_command(command, rows, words):
    assert describe(done(1, command=command, **rows)) == words


def test_what_an_undo_writes_again_is_not_what_it_did():
    assert describe(done(2, undoes=1, command="fork undo", stacks=[{"version": "1.0"}])) == "fork undo"


def test_an_undo_of_an_undo_brings_back():
    import_, undo, redo, undo_again = done(1), done(2, undoes=1), done(3, undoes=2), done(4, undoes=3)

    assert taken_back([import_]) == set()
    assert taken_back([import_, undo]) == {"id1"}
    assert taken_back([import_, undo, redo]) == {"id2"}
    assert taken_back([import_, undo, redo, undo_again]) == {"id1", "id3"}


def test_equal_outcomes_are_found():
    history = [done(1), done(2), done(3), done(4, undoes=3), done(5, undoes=2), done(6, undoes=4), done(7)]

    assert outcomes(history) == [0, 1, 2, 1, 0, 2, 6]
    assert outcomes([done(1), done(2, undoes=1)]) == [0, -1]
    assert outcomes([]) == []


def test_an_undo_of_what_is_not_there_has_an_outcome_of_its_own():
    assert outcomes([done(1), done(2, undoes=9), done(3, undoes=3)]) == [0, 1, 2]
