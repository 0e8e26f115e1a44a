from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import ForkError
from plugwatch.model.operation import FORMAT, ROWS, Operation, RefChange

OPERATION = Operation(
    id="01J",
    component="plugin/tidy-forms",
    command="fork upgrade",
    actor="Dana 🦄",
    at="2026-11-21T08:30:15+00:00",
    refs=(RefChange("refs/heads/carried/1", None, "a" * 40), RefChange("refs/heads/upstream", "b" * 40, None)),
    rows={"drops": [{"patch": "pw-aaaaaaaaaa", "evidence": ["x"]}]},
)


def test_a_record_is_read_as_it_was_written():
    read = Operation.from_text(OPERATION.to_text(), "op")

    assert read.refs == OPERATION.refs
    assert (read.id, read.component, read.command, read.actor, read.at) == (
        *(OPERATION.id, OPERATION.component, OPERATION.command, OPERATION.actor, OPERATION.at),
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


@pytest.mark.parametrize("key", ["format", "id", "component", "command", "actor", "at", "refs", "rows"])
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
