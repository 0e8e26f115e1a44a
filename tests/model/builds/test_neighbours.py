"""A build is above its base and hides no release, or it is not made."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import PlugwatchError
from plugwatch.model.builds.neighbours import check_neighbours
from plugwatch.model.version import build_version, compare


@pytest.mark.parametrize(
    ("base", "known"),
    [
        ("1.2.3", ["1.2.2", "1.2.3", "1.2.3.1", "1.2.4", "2.0-beta1"]),
        ("1.2", ["1.2", "1.2.1", "1.2.0.1", "1.3"]),
        ("2.0-RC1", ["1.9.9", "2.0-beta9", "2.0-RC1", "2.0-RC2", "2.0"]),
        ("20240115", ["20240115.1", "20240116"]),
        ("1.2.3+r2", ["1.2.3", "1.2.3+r2", "1.2.3+r3", "1.2.4"]),
        ("1.2.3", ["1.2.3-p1", "", "trunk", "1.2.3."]),
    ],
)
def test_a_build_between_its_neighbours_is_made(base: str, known: list[str]) -> None:
    check_neighbours(build_version(base.removesuffix("+r2"), 3), base, known)


@pytest.mark.parametrize(
    ("base", "release"),
    [("1.2.3", "1.2.3.0.5"), ("1.2.3", "1.2.3.0-p1"), ("1.2.3", "1.2.3.0"), ("1.2.3.4", "1.2.3.4.1"), ("1.2", "1.2.0")],
)
def test_a_build_that_would_hide_a_release_is_refused_in_one_sentence(base: str, release: str) -> None:
    with pytest.raises(PlugwatchError) as refused:
        check_neighbours(build_version(base, 1), base, ["0.9", release, "9.9"])
    text = str(refused.value)
    assert f"no version for a build of {base} lies below {release}, which the vendor has released" in text
    assert f"carry the patches on {release}" in text


def test_a_build_that_wordpress_holds_to_be_older_is_refused() -> None:
    with pytest.raises(PlugwatchError, match=r"'1\.2\.3\+agency\.1' cannot be a build of 1\.2\.3"):
        check_neighbours("1.2.3+agency.1", "1.2.3", [])


def test_composers_order_counts_as_well() -> None:
    with pytest.raises(PlugwatchError, match=r"build 1\.2\.3\.0-p1 cannot have a version in Composer"):
        check_neighbours("1.2.3.0-p1", "1.2.3", ["1.2.3-p0"])


_RELEASE = st.lists(st.sampled_from(["0", "1", "2", "3", "10", "p1", "RC1"]), min_size=1, max_size=5).map(".".join)


@settings(max_examples=300)
@given(st.lists(st.sampled_from([0, 1, 2, 3]), min_size=1, max_size=4), st.lists(_RELEASE, max_size=6))
def test_what_passes_is_in_order(numbers: list[int], known: list[str]) -> None:
    base = ".".join(map(str, numbers))
    build = build_version(base, 1)
    hidden = [one for one in known if compare(base, one) < 0 <= compare(build, one)]
    complaint = ""
    try:
        check_neighbours(build, base, known)
    except PlugwatchError as refused:
        complaint = str(refused)
    assert ("which the vendor has released" in complaint) == bool(hidden)
    assert hidden or not complaint or "Composer" in complaint
    assert compare(base, build) == -1
