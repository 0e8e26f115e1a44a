from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.model.signs import DEVELOPMENT, OUR_BUILD, POSSIBLE_FORK, SIGNS, read_sign


@pytest.mark.parametrize(
    ("version", "sign"),
    [
        ("1.2.3.0-p1", OUR_BUILD),
        ("1.2.0.0-p12", OUR_BUILD),
        ("99.0", POSSIBLE_FORK),
        ("v99.0", POSSIBLE_FORK),
        ("99", POSSIBLE_FORK),
        ("999.9.9", POSSIBLE_FORK),
        ("99.0-upstream1.2.3", POSSIBLE_FORK),
        ("1.2.3-patched", POSSIBLE_FORK),
        ("1.2.3-acme-fork", POSSIBLE_FORK),
        ("1.2.3-Custom.2", POSSIBLE_FORK),
        ("dev-main", DEVELOPMENT),
        ("dev-main#2c5968b", DEVELOPMENT),
        ("dev-fix as 2.12.2", DEVELOPMENT),
        ("2.x-dev", DEVELOPMENT),
        ("4.1-dev", DEVELOPMENT),
        ("trunk", DEVELOPMENT),
        ("Master", DEVELOPMENT),
    ],
)
def test_versions_that_no_vendor_has_released(version, sign):
    assert read_sign(version) == sign


@pytest.mark.parametrize(
    "version",
    [
        *(
            "1.2.3",
            ".6",
            "v1.7.1",
            "20190801.1",
            "2026.08.21.1609",
            "2.8.0-b-1",
            "12.2-a.5",
            "2.0a",
            "4.1-RC1",
            "0.0.1",
        ),
        *("3.0.0-beta.2", "1.2.3-p1", "9.9", "9.9.99", "90.0", "98.9", "1.99", "customer", "1.0-dispatched", "5.10"),
    ],
)
def test_versions_that_vendors_give(version):
    assert read_sign(version) is None


@pytest.mark.parametrize("version", ["1.2.3", None])
def test_what_the_list_says_counts_where_the_version_says_nothing(version):
    assert read_sign(version, POSSIBLE_FORK) == POSSIBLE_FORK
    assert read_sign(version) is None


def test_our_own_build_is_one_although_the_directory_knows_no_such_version():
    assert read_sign("1.2.3.0-p1", POSSIBLE_FORK) == OUR_BUILD


@given(st.text(max_size=60), st.sampled_from([None, *SIGNS]))
def test_any_text_has_a_sign_or_none(version, told):
    assert read_sign(version, told) in {None, *SIGNS}


@given(st.lists(st.integers(0, 89), min_size=1, max_size=4), st.integers(1, 500))
def test_a_release_has_no_sign_and_our_build_of_it_has(parts, number):
    release = ".".join(map(str, parts))
    padded = ".".join(map(str, [*parts, 0, 0, 0][:4]))

    assert read_sign(release) is None
    assert read_sign(f"{padded}-p{number}") == OUR_BUILD
