from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import ForkError, PlugwatchError
from plugwatch.model.component import Component
from plugwatch.model.fork import (
    Outcome,
    Patch,
    Person,
    Plan,
    Release,
    check_equation,
    is_patch_id,
    new_patch_id,
    one_line,
    parse_message,
    release_order,
)

DANA = Person("Dana", "dana@agency.example")
PATCH = Patch(
    id="pw-abcdefghij",
    title="Accept the form",
    why="The nonce is old.\n\nA second paragraph.",
    author=DANA,
    date="1763762005 +0100",
    origin="1.2.4",
    incident="INC-1",
)
ONE_LINE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1).filter(
    lambda t: t.strip() == t
)
PROSE = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\x00")).map(lambda t: t.strip("\n"))


def test_a_message_holds_title_reason_and_trailers():
    assert PATCH.message() == (
        "Accept the form\n\nThe nonce is old.\n\nA second paragraph.\n\n"
        "Plugwatch-Patch: pw-abcdefghij\nPlugwatch-Incident: INC-1\nPlugwatch-Origin: 1.2.4\n"
    )
    assert replace(PATCH, why="", incident=None).message() == (
        "Accept the form\n\nPlugwatch-Patch: pw-abcdefghij\nPlugwatch-Origin: 1.2.4\n"
    )


@settings(deadline=None, max_examples=200)
@given(ONE_LINE, st.one_of(PROSE, st.just("Plugwatch-Patch: pw-aaaaaaaaaa"), st.just("x\nPlugwatch-Origin: 9")))
def test_a_message_is_read_as_it_was_written(title, why):
    parts = parse_message(replace(PATCH, title=title, why=why).message(), source="commit")

    assert (parts["title"], parts["why"]) == (title, why)
    assert parts["Plugwatch-Patch"] == "pw-abcdefghij"
    assert (parts["Plugwatch-Incident"], parts["Plugwatch-Origin"]) == ("INC-1", "1.2.4")


@pytest.mark.parametrize(
    "message",
    [
        *("", "Fix", "Fix\n\nbecause", "Fix\n\nPlugwatch-Origin: 1", "Fix\n\nPlugwatch-Patch: pw-short"),
        "Fix\n\nPlugwatch-Patch: pw-abcdefghij\nPlugwatch-Patch: pw-abcdefghij\n",
        "Fix\n\nPlugwatch-Patch: pw-abcdefghij\n\nand a word behind it\n",
        "Plugwatch-Patch: pw-abcdefghij\n",
    ],
)
def test_a_commit_of_somebody_else_is_no_patch(message):
    with pytest.raises(ForkError, match="abc123: this commit has no Plugwatch-Patch line of its own"):
        parse_message(message, source="abc123")


@settings(deadline=None, max_examples=100)
@given(st.binary(min_size=7, max_size=16))
def test_ids_have_one_form(randomness):
    assert is_patch_id(new_patch_id(randomness))


@pytest.mark.parametrize(
    "text", ["", "pw-", "pw-abcdefghi", "pw-abcdefghijk", "PW-abcdefghij", "pw-abcdefgh01", "pw-abcdefghij\n"]
)
def test_what_is_no_id(text):
    assert not is_patch_id(text)


def test_releases_stand_in_phps_order_and_a_second_edition_after_the_first():
    versions = ["1.2", "1.2.0", "1.2.3", "1.2.3+r2", "1.2.3+r10", "1.2.4-beta", "1.2.4", "1.10"]
    shuffled = random.Random(7).sample(versions, len(versions))

    assert sorted(shuffled, key=release_order) == versions


def _outcome(patch: Patch, verdict: str, *, accepted: bool = False) -> Outcome:
    return Outcome(patch, verdict, (), (), "ok", accepted)


def _plan(outcomes: list[Outcome], kept: list[Patch]) -> Plan:
    target = Release("1.3", "c" * 40, "t" * 40)
    return Plan(Component("plugin", "x"), "1.2", target, tuple(outcomes), tuple((p, f"tree of {p.id}") for p in kept))


A, B, C = (replace(PATCH, id=f"pw-{letter * 10}") for letter in "abc")


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ([], "clean"),
        (["carried", "landed"], "clean"),
        (["carried", "landed-variant"], "attention"),
        (["would-double"], "attention"),
        (["landed-variant", "conflict"], "conflict"),
    ],
)
def test_the_status_is_that_of_the_worst(verdicts, status):
    assert _plan([_outcome(A, verdict) for verdict in verdicts], []).status == status


def test_an_accepted_variant_is_dropped_and_settled():
    accepted = _outcome(A, "landed-variant", accepted=True)

    assert (accepted.dropped, accepted.settled) == (True, True)
    assert (_outcome(A, "landed-variant").dropped, _outcome(A, "landed-variant").settled) == (False, False)
    assert (_outcome(A, "carried").dropped, _outcome(A, "carried").settled) == (False, True)
    assert _plan([accepted], []).status == "clean"


def test_the_tree_is_that_of_the_top_of_the_stack():
    assert _plan([], []).tree == "t" * 40
    assert _plan([_outcome(A, "carried"), _outcome(B, "carried")], [A, B]).tree == f"tree of {B.id}"


def test_the_equation_holds():
    check_equation([A, B, C], _plan([_outcome(A, "carried"), _outcome(B, "landed"), _outcome(C, "carried")], [A, C]))
    check_equation([], _plan([], []))


@pytest.mark.parametrize(
    ("before", "outcomes", "kept"),
    [
        ([A, B], [_outcome(A, "carried"), _outcome(B, "carried")], [A]),  # B vanishes
        ([A], [_outcome(A, "carried")], [A, B]),  # B appears
        ([A], [_outcome(A, "carried")], [A, A]),  # A stands twice
        ([A], [_outcome(A, "landed")], [A]),  # A is dropped and kept
        ([A, B], [_outcome(A, "landed"), _outcome(A, "landed")], []),  # A is dropped twice, B vanishes
        ([A], [_outcome(A, "landed-variant")], []),  # nobody said yes
    ],
)
def test_no_patch_vanishes_appears_or_stands_twice(before, outcomes, kept):
    with pytest.raises(ForkError, match=r"plugin/x: .* the upgrade was stopped and nothing moved"):
        check_equation(before, _plan(outcomes, kept))


def test_one_line():
    assert one_line(" Accept the form ", "title") == "Accept the form"
    for text in ("", "  ", "a\nb", "a\rb", "a\0b"):
        with pytest.raises(PlugwatchError, match="a title is one line of text, not empty"):
            one_line(text, "title")
