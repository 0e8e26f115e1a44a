"""Names and commits of releases on two sides, and which of two stacks goes on."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.fork import NEWEST_REF
from plugwatch.model.sharing import Relation, choose_side, is_shared, newest, place_releases, shorten, vendor_version


def test_the_same_commit_is_the_same_release_whatever_it_is_called():
    ours = {"1.0": "a", "1.0+r2": "b", "2.0": "c"}
    theirs = {"1.0": "b", "1.0+r2": "a", "2.0": "d"}
    assert place_releases(ours, theirs) == {"1.0": "1.0+r2", "1.0+r2": "1.0", "2.0": "2.0+r2"}
    assert place_releases(theirs, ours) == {"1.0": "1.0+r2", "1.0+r2": "1.0", "2.0": "2.0+r2"}


def test_other_bytes_get_the_next_free_name():
    assert place_releases({"1.0": "a", "1.0+r2": "b"}, {"1.0": "c", "1.0+r2": "d"}) == {
        "1.0": "1.0+r3",
        "1.0+r2": "1.0+r4",
    }


_SIDE = st.dictionaries(
    st.sampled_from(["1.0", "1.0+r2", "1.0+r3", "2.0", "10.0", "2.0-rc1"]), st.sampled_from("abcdef")
)


@settings(max_examples=200, deadline=None)
@given(_SIDE, _SIDE)
def test_nothing_is_ever_placed_on_another_commit(ours, theirs):
    placed = place_releases(ours, theirs)
    assert placed.keys() == theirs.keys()
    together = dict(ours)
    for name, here in placed.items():
        assert together.setdefault(here, theirs[name]) == theirs[name]
    assert {together[name] for name in ours} == set(ours.values())


@pytest.mark.parametrize(
    ("relation", "side"),
    [
        (Relation(True, False, False, False, ()), "theirs"),
        (Relation(False, True, False, False, ()), "ours"),
        (Relation(False, False, True, False, ("pw-a",)), "ours"),
        (Relation(False, False, False, True, ()), "theirs"),
        (Relation(False, False, False, True, ("pw-a",)), None),
        (Relation(False, False, False, False, ()), None),
        (Relation(True, False, True, False, ()), "ours"),  # we took our top patch off
        (Relation(False, True, False, True, ("pw-a",)), None),  # they took our top patch off
        (Relation(False, True, True, True, ("pw-a", "pw-b")), None),  # and we put another one on it
        (Relation(False, True, True, False, ("pw-a",)), "ours"),
    ],
)
def test_which_stack_goes_on(relation, side):
    assert choose_side(relation) == side


def test_only_what_forks_share_is_shared():
    shared = ["refs/tags/upstream/1", "refs/heads/carried/1", "refs/tags/build/1", NEWEST_REF]
    shared += ["refs/plugwatch/resolutions", "refs/plugwatch/superseded/carried/1/a"]
    assert all(map(is_shared, shared))
    others = ["refs/heads/main", "refs/tags/v1", "refs/plugwatch/ops/1", "refs/plugwatch/done", "HEAD"]
    assert not any(map(is_shared, [*others, "refs/heads/upstream/x", "refs/plugwatch/resolutions/x"]))


def test_names_for_people():
    assert shorten("refs/tags/upstream/1.0") == "upstream/1.0"
    assert shorten("refs/plugwatch/resolutions") == "resolutions"
    assert vendor_version("1.0+r12") == "1.0"
    assert vendor_version("1.0+rc") == "1.0+rc"
    assert newest({"9.0": "a", "10.0": "b", "2.0": "c"}) == "b"
    assert newest({}) is None
