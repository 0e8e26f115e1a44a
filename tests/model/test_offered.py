"""Versions by the names that sources give them."""

from __future__ import annotations

import pytest

from plugwatch.model.offered import find_version, is_kept, near, newest_stable, not_offered, sorted_names, version_named

TAGS = ["v1.10.0", "v1.2.0", "v1.9.0", "v2.0.0-beta.1", "latest", "release-1"]


def test_tags_that_say_a_version_in_phps_order() -> None:
    assert sorted_names(TAGS) == ["v1.2.0", "v1.9.0", "v1.10.0", "v2.0.0-beta.1"]
    assert version_named("V1.2.0") == "1.2.0"
    assert version_named("trunk") is None


@pytest.mark.parametrize(
    ("wanted", "names", "found"),
    [
        ("1.2.0", TAGS, "v1.2.0"),
        ("v1.2.0", ["1.2.0"], "1.2.0"),
        ("1.2.0", ["1.2.0", "v1.2.0"], "1.2.0"),
        ("2.0-RC1", ["2.0rc1"], "2.0rc1"),
        ("2.0-RC1", ["2.0rc1", "2.0.rc.1"], None),
        ("1.2", TAGS, None),
        ("", TAGS, None),
        ("latest", TAGS, "latest"),
    ],
)
def test_a_version_is_found_by_its_name_and_never_guessed(wanted: str, names: list[str], found: str | None) -> None:
    assert find_version(wanted, names) == found


def test_the_newest_stable_one_is_no_beta_and_no_other_name() -> None:
    assert newest_stable(TAGS) == "v1.10.0"
    assert newest_stable(["1.0-dev", "1.0-alpha", "trunk"]) is None
    assert newest_stable(["1.0", "1.0-p1", "1.0pl2"]) == "1.0pl2"
    assert newest_stable([]) is None


def test_what_is_near_a_version_that_is_not_there() -> None:
    names = [f"1.{n}" for n in range(20)]
    assert near("1.9.5", names) == ["1.7", "1.8", "1.9", "1.10", "1.11", "1.12"]
    assert near("9", names) == ["1.17", "1.18", "1.19"]
    assert not_offered("1.9.5", names) == "it has no 1.9.5; near it are 1.7, 1.8, 1.9, 1.10, 1.11, 1.12"
    assert not_offered("1", []) == "it has no 1, nor any version"


def test_a_re_release_is_the_version_too() -> None:
    assert is_kept("1.2", ["1.1", "1.2+r2"])
    assert is_kept("1.0RC1", ["1.0-rc1"])
    assert not is_kept("1.2.0", ["1.2"])
