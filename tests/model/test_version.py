"""Versions: PHP's order exactly, keys that keep it, ranges, and the versions of our builds."""

from __future__ import annotations

import json
import random
import subprocess
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from services import require

from plugwatch.errors import PlugwatchError
from plugwatch.model.version import (
    VersionRange,
    build_version,
    check_release_version,
    clean,
    compare,
    may_be_build_of,
    sort_key,
    split_build,
)

# Every pair was confirmed with PHP 8.2.
PAIRS = [
    ("1.2.3", "1.2.3", 0),
    ("1.2", "1.2.0", -1),
    ("1.2.0", "1.2.0.0", -1),
    ("1.02", "1.2", 0),
    ("1.02", "1.1", 1),
    ("1.10", "1.9", 1),
    ("9.9.9", "10.0", -1),
    ("v1.2.3", "1.2.3", -1),
    ("1.2.3-dev", "1.2.3-alpha", -1),
    ("1.2.3-snapshot", "1.2.3-dev", -1),
    ("1.2.3-alpha", "1.2.3-beta", -1),
    ("1.2.3a1", "1.2.3alpha1", 0),
    ("1.2.3-beta2", "1.2.3-beta10", -1),
    ("1.2.3-beta.1", "1.2.3-beta1", 0),
    ("1.2.3-beta", "1.2.3-RC1", -1),
    ("1.2.3-RC1", "1.2.3-rc1", 0),
    ("1.2.3-RC1", "1.2.3", -1),
    ("1.2.3c", "1.2.3RC", -1),
    ("5.0", "5.0-dev", 1),
    ("1.2.3-Beta1", "1.2.3-beta1", -1),
    ("1.2.3-P1", "1.2.3", -1),
    ("2024.01.15", "2024.1.15", 0),
    ("", "0", -1),
    ("1.2.3.", "1.2.3", -1),
    ("1.2.3", "1.2.3-p1", -1),
    ("1.2.3-p1", "1.2.3-pl1", 0),
    ("1.2.3-patch1", "1.2.3-p1", 0),
    ("1.2.3pl1", "1.2.3.1", 1),
    ("1.2.3-p1", "1.2.4", -1),
    ("1.2-p1", "1.2.9", 1),
    ("1.2.3-p1", "1.2.3-1", 1),
    ("1.2.3.1", "1.2.4", -1),
    ("1.2.3", "1.2.3.1", -1),
    ("1.2.3+1", "1.2.3.1", 0),
    ("1.2.3+agency.1", "1.2.3", -1),
    ("1.2.3+agency.1", "1.2.3-dev", 1),
    ("1.2.3-agency.1", "1.2.3", -1),
    ("1.2.3-preview", "1.2.3", 1),
    ("1.2.3-pw.1", "1.2.3", 1),
    ("1.2.3#1", "1.2.3", 1),
    ("1.0pl1", "1.0#1", 1),
    ("1.2.3_1", "1.2.3", 1),
    ("1.2.3.1", "1.2.3.0.9", 1),
    ("1.2.3.1-agency", "1.2.3.1", -1),
    ("1.2.3-RC1-p1", "1.2.3", -1),
    ("20240115", "1.0", 1),
    ("1..2", "1.2", 0),
    ("1.2.3 ", "1.2.3", -1),
    (" 1.2.3", "1.2.3", -1),
    # The end of the shorter version counts as "#N#", also where nothing but an empty part is left.
    ("1.2.", "1.2.", -1),
    ("1.rc", "1.", -1),
    ("1.", "1.rc", -1),
    ("1.2#", "1.2", 0),
    ("1#", "1.5", 0),
    ("1#", "1.6", 0),
    ("#1-2", "#9", 0),
    # strtol saturates.
    ("9223372036854775807", "99999999999999999999", 0),
    ("9223372036854775806", "9223372036854775807", -1),
    ("0000000000000000000000000000001.2", "1.2", 0),
    # A C string ends at a NUL; bytes beyond ASCII are no letters.
    ("1.2\x00.9", "1.2", 0),
    ("1é2", "1.c.2", 0),
    ("é2", "d2", 0),
]


@pytest.mark.parametrize(("a", "b", "expected"), PAIRS)
def test_compare_is_phps_order(a: str, b: str, expected: int) -> None:
    assert compare(a, b) == expected


@pytest.mark.parametrize(("a", "b", "expected"), PAIRS[:44])
def test_compare_is_symmetric_where_versions_are_clean(a: str, b: str, expected: int) -> None:
    assert compare(clean(b), clean(a)) == -compare(clean(a), clean(b))


TOKENS = [
    *"0123456789",
    *["."] * 8,
    *["-", "+", "_", " ", "#", "#N#", "~", "v", "x", "d", "l", "é", "β", "\n"],
    *["dev", "a", "alpha", "b", "beta", "RC", "rc", "Rc", "p", "pl", "P", "pw", "00"],
    *["9223372036854775807", "9223372036854775808", "99999999999999999999"],
]


def _random_pairs(count: int) -> list[tuple[str, str]]:
    """Pairs of which many differ in one place only, because two random texts differ at once."""
    dice = random.Random(20240115)
    pairs = []
    for _ in range(count):
        a = "".join(dice.choice(TOKENS) for _ in range(dice.randint(0, 7)))
        at = dice.randint(0, len(a))
        b = a[:at] + dice.choice(TOKENS) + a[at + dice.randint(0, 1) :]
        pairs.append((a, b) if dice.random() < 0.5 else (b, a))
    return pairs


@pytest.mark.services
def test_compare_agrees_with_the_real_php() -> None:
    php = require("php", "php-cli")
    pairs = _random_pairs(20_000)
    script = (
        "foreach (json_decode(stream_get_contents(STDIN)) as $pair) { echo version_compare($pair[0], $pair[1]), ' '; }"
    )
    output = subprocess.run(
        [php, "-d", "memory_limit=512M", "-r", script],
        input=json.dumps(pairs).encode(),
        capture_output=True,
        check=True,
    ).stdout
    theirs = [int(word) for word in output.split()]
    ours = [compare(a, b) for a, b in pairs]
    assert [(pair, one, other) for pair, one, other in zip(pairs, ours, theirs, strict=True) if one != other] == []


versions = st.lists(st.sampled_from(TOKENS), max_size=7).map("".join)


@st.composite
def near_pairs(draw: st.DrawFn) -> tuple[str, str]:
    """Two versions that share a beginning, so that ends and late parts are compared too."""
    start = draw(versions)
    return start + draw(versions), start + draw(versions)


@settings(max_examples=500, deadline=None)
@given(near_pairs())
@example(("", "dev"))
@example(("1.2", "1.2-p"))
@example(("1.2#3", "1.2.3"))
def test_sort_keys_have_the_order_of_compare(pair: tuple[str, str]) -> None:
    a, b = clean(pair[0]), clean(pair[1])
    left, right = sort_key(pair[0]), sort_key(pair[1])
    assert (left > right) - (left < right) == compare(a, b)
    assert compare(b, a) == -compare(a, b)


@settings(max_examples=300, deadline=None)
@given(st.one_of(versions, st.text(max_size=20)))
def test_clean_versions_equal_themselves(text: str) -> None:
    version = clean(text)
    assert clean(version) == version
    assert compare(version, version) == 0
    assert (version == "") == (sort_key(text) == b"")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.2.3", "1.2.3"),
        (" 1.2.3\n", "1.2.3"),
        ("1.2.3.", "1.2.3"),
        ("1.2.3-", "1.2.3"),
        ("1.2.3 .-", "1.2.3"),
        ("1.2β", "1.2"),
        ("v1.7.1", "v1.7.1"),
        (".6", ".6"),
        ("2.8.0-b-1", "2.8.0-b-1"),
        ("1.2 beta", "1.2 beta"),
        ("dev-main#2c5968b", "dev-main#2c5968b"),
        ("1.2#3", "1.2.3"),
        ("# 1.2", "1.2"),
        ("1.2\x00.3", "1.2"),
        ("...", ""),
        ("", ""),
    ],
)
def test_clean_keeps_what_is_written_but_for_empty_ends(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_clean_is_quick_on_a_long_run_of_punctuation() -> None:
    assert clean("1" + "-" * 2_000_000 + "é") == "1"


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        (">=9.3,<9.3.2", ((">=", "9.3"), ("<", "9.3.2"))),
        (" >= 9.3 , < 9.3.2 ", ((">=", "9.3"), ("<", "9.3.2"))),
        ("9.3", (("=", "9.3"),)),
        ("=9.3", (("=", "9.3"),)),
        ("!=9.3,<=10,>1", (("!=", "9.3"), ("<=", "10"), (">", "1"))),
        (">=.6", ((">=", ".6"),)),
        ("dev-main", (("=", "dev-main"),)),
    ],
)
def test_a_range_is_read_as_conditions(text: str, conditions: tuple[tuple[str, str], ...]) -> None:
    parsed = VersionRange.parse(text)
    assert parsed.conditions == conditions
    assert VersionRange.parse(str(parsed)) == parsed


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "''"),
        (">=9.3,", "''"),
        (">=9.3,,<2", "''"),
        ("=>9.3", "'=>9.3'"),
        ("==9.3", "'==9.3'"),
        (">=", "'>='"),
        (">=9.3 <9.4", "'>=9.3 <9.4'"),
        ("~1.2", "'~1.2'"),
        (">=9.3,^1", "'^1'"),
    ],
)
def test_a_malformed_condition_is_named(text: str, named: str) -> None:
    with pytest.raises(PlugwatchError) as error:
        VersionRange.parse(text)
    assert str(error.value).startswith(named)


@pytest.mark.parametrize(
    ("range_text", "version", "expected"),
    [
        (">=9.3,<9.3.2", "9.3", True),
        (">=9.3,<9.3.2", "9.3.1", True),
        (">=9.3,<9.3.2", "9.3.2", False),
        (">=9.3,<9.3.2", "9.3-RC1", False),
        ("9.3", "9.03", True),
        ("!=9.3", "9.3", False),
        ("!=9.3", "9.4", True),
        ("<=9.3", "9.3.", True),
        (">9.3", "9.3", False),
        ("<9.3", "", False),
        ("!=9.3", "", False),
    ],
)
def test_a_range_contains_what_fulfils_every_condition(range_text: str, version: str, expected: bool) -> None:
    assert VersionRange.parse(range_text).contains(version) is expected


@pytest.mark.parametrize("text", ["1.2.3", "v1.2", "2.0-RC1", "1.2.3.0-p1", "2024.01.15", "1.2+build.5", "1" * 100])
def test_a_release_version_stays_as_it_is(text: str) -> None:
    assert check_release_version(text) == text
    assert check_release_version(f" {text}\n") == text


@pytest.mark.parametrize(
    "text",
    [
        *["", " ", "latest stable", "latest", "-1.2", ".6", "1..2", "1.2/3", "1.2:3", "1.2~3", "1.2^", "1 2", "1.2#3"],
        *["1.2.lock", "1.2.LOCK", "@{1}", "1.2\n3", "1.2\x00", "1" * 101, "--upload-pack=1", "1.2é", "1.2)"],
    ],
)
def test_what_cannot_name_a_release_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(PlugwatchError) as error:
        check_release_version(text)
    assert "is no version" in str(error.value)
    assert "\n" not in str(error.value)


def test_trailing_punctuation_is_no_part_of_a_release_version() -> None:
    assert check_release_version("1.2.") == "1.2"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="019aAzZ.+_-/~^:@{ \\*?[", max_size=8))
def test_release_versions_are_safe_in_git_refs(text: str) -> None:
    try:
        version = check_release_version(text)
    except PlugwatchError:
        return
    # git check-ref-format, rules 1 and 3 to 10, for the last part of a ref.
    assert not any(character in version for character in " ~^:?*[\\@{/\x7f")
    assert ".." not in version
    assert not version.startswith((".", "-"))
    assert not version.endswith((".", ".lock"))


BUILDS = [
    ("1.2.3", "1.2.3.0-p1"),
    ("1.2", "1.2.0.0-p1"),
    ("5", "5.0.0.0-p1"),
    ("1.2.3.4", "1.2.3.4-p1"),
    ("1.2.3.4.5", "1.2.3.4.5.0-p1"),
    ("2.0-RC1", "2.0-RC1.0-p1"),
    ("1.0.0-beta", "1.0.0-beta.0-p1"),
    ("v1.2.3", "v1.2.3.0-p1"),
    ("2024.01.15", "2024.01.15.0-p1"),
    ("20240115", "20240115.0.0.0-p1"),
    ("1.2.3-p1", "1.2.3-p1.0-p1"),
    ("2.0a", "2.0a.0-p1"),
    ("dev-main", "dev-main.0-p1"),
]


@pytest.mark.parametrize(("base", "build"), BUILDS)
def test_a_build_is_named_after_its_base(base: str, build: str) -> None:
    assert build_version(base, 1) == build
    assert split_build(build) == (build.removesuffix("-p1"), 1)
    assert may_be_build_of(build, base)
    assert not may_be_build_of(base, base)


@pytest.mark.parametrize(
    ("base", "later"),
    [
        ("1.2.3", ["1.2.3.1", "1.2.4", "1.3", "2.0-dev"]),
        ("1.2", ["1.2.1", "1.2.0.1", "1.3-alpha"]),
        ("1.2.3.4", ["1.2.3.5", "1.2.4"]),
        ("2.0-RC1", ["2.0-RC2", "2.0", "2.0-RC1.1"]),
        ("1.0.0-beta", ["1.0.0-beta1", "1.0.0-rc", "1.0.0"]),
    ],
)
def test_a_build_hides_no_later_release(base: str, later: list[str]) -> None:
    builds = [build_version(base, number) for number in (1, 2, 10)]
    order = [base, *builds]
    assert all(compare(one, other) < 0 for one, other in pairwise(order))
    assert all(compare(builds[-1], release) < 0 for release in later)


@settings(max_examples=300, deadline=None)
@given(versions, st.integers(min_value=1, max_value=10**6))
def test_every_build_that_can_be_named_keeps_the_order_and_is_known_again(text: str, number: int) -> None:
    try:
        build = build_version(text, number)
    except PlugwatchError:
        return
    base = clean(text)
    assert compare(base, build) < 0
    assert compare(build, build_version(base, number + 1)) < 0
    assert may_be_build_of(build, base)
    found = split_build(build)
    assert found is not None
    assert found[1] == number


@pytest.mark.parametrize(
    ("base", "number"), [("", 1), (" . ", 1), ("1.2", 0), ("1.2", -1), ("9223372036854775807", 1), ("1.2", 2**63)]
)
def test_a_build_that_would_not_sort_is_refused(base: str, number: int) -> None:
    with pytest.raises(PlugwatchError):
        build_version(base, number)


@pytest.mark.parametrize(
    "version",
    ["1.2.3", "1.2.3-p1", "1.2-p1", "1.2.3.0-p0", "1.2.3.0-p01", "1.2.3.0-p", "1.2.3.0-P1", "1.2.3.4.5-p1", "-p1", "",
     "1.2.3.0-p1 ", "2.0-RC1-p1", "1.2.3.0-p" + "9" * 30],
)  # fmt: skip
def test_other_versions_are_no_builds(version: str) -> None:
    assert split_build(version) is None


@pytest.mark.parametrize(
    ("version", "base", "expected"),
    [
        ("1.2.3.0-p7", "1.2.3", True),
        ("1.2.3.0-p7", "1.2.3.0", True),
        ("1.2.3.0-p7", "1.2.4", False),
        ("1.2.3.0-p7", "1.2.3.0.0", False),
        ("1.2.3.4-p7", "1.2.3", False),
        ("1.2.3", "1.2.3", False),
    ],
)
def test_a_build_belongs_to_its_base_only(version: str, base: str, expected: bool) -> None:
    assert may_be_build_of(version, base) is expected
