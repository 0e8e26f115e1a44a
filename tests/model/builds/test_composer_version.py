"""Composer's order is Composer's, and every build has a version there that lies where it belongs."""

from __future__ import annotations

import json
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from services import go_without, require

from plugwatch.errors import PlugwatchError
from plugwatch.model.builds.composer_version import compare_in_composer, composer_version, normalize
from plugwatch.model.version import build_version, check_release_version
from plugwatch.process import run

# Every row was confirmed with Composer 2.5.5.
NORMAL = [
    ("1.2.3", "1.2.3.0"),
    ("v1.2", "1.2.0.0"),
    ("1.2.3.0-p1", "1.2.3.0-patch1"),
    ("1.2.3-pl.2", "1.2.3.0-patch2"),
    ("2.0-RC1", "2.0.0.0-RC1"),
    ("2.0rc1.0.2", "2.0.0.0-RC1.0.2"),
    ("2.0-Beta", "2.0.0.0-beta"),
    ("2.0-b2-dev", "2.0.0.0-beta2-dev"),
    ("1.0-stable", "1.0.0.0"),
    ("1.2.3+build.5", "1.2.3.0"),
    ("1.2@beta", "1.2.0.0"),
    (" 1.2 ", "1.2.0.0"),
    ("20240115", "20240115"),
    ("2024-01-15.1", "2024.01.15.1"),
    ("20240115.0-p2", "20240115.0-patch2"),
    ("1.x-dev", "1.9999999.9999999.9999999-dev"),
    ("1.2.3.4.5", None),
    ("1.2.3.0.1", None),
    ("1.2.3-1", None),
    ("2.0-RC1.0-p1", None),
    ("20240115.0.0.0-p1", None),
    ("1.2.3-agency.1", None),
    ("dev-main", None),
    ("trunk", None),
    ("", None),
]

# The bases of wordpress.md, and stranger ones: what Composer takes for the second build of each.
VERSIONS = [
    ("1.2.3", "1.2.3.0-p2"),
    ("1.2", "1.2.0.0-p2"),
    ("5", "5.0.0.0-p2"),
    ("1.2.3.4", "1.2.3.4-p2"),
    ("2024.01.15", "2024.01.15.0-p2"),
    ("2.0-RC1", "2.0-RC1.0.2"),
    ("2.0-beta2", "2.0-beta2.0.2"),
    ("2.0-dev", "2.0-alpha0.0.2"),
    ("1.2.3-pl1", "1.2.3-pl1.0.2"),
    ("20240115", "20240115.0-p2"),
    ("1.2.3.4.5", "1.2.3.4-p5.0.2"),
    ("1.2.3_1", "1.2.3-p0.1.0.2"),
    ("1.2.3c", "1.2.3-alpha0.0.2"),
    ("2.0-preview3", "2.0-p0.3.0.2"),
    ("1.2.3+build5", "1.2.3-p0.5.0.2"),
    ("20240115-1", "20240115.1-p0.2"),
    ("20240115-dev", "20240115-alpha0.0.2"),
    ("2.0-p1-dev", "2.0.0.0-patch1.0.2-dev"),
    ("123456.1.2", "99999.123456.1.2-p0.2"),
]

_PHP = """
require '/usr/share/php/Composer/Semver/autoload.php';
$parser = new Composer\\Semver\\VersionParser();
$normal = function ($version) use ($parser) {
    try { return $parser->normalize($version); } catch (UnexpectedValueException $e) { return null; }
};
[$versions, $pairs] = json_decode(stream_get_contents(STDIN), true);
$sign = function ($a, $b) use ($normal) {
    $a = $normal($a); $b = $normal($b);
    if (Composer\\Semver\\Comparator::greaterThan($a, $b)) { return 1; }
    return Composer\\Semver\\Comparator::lessThan($a, $b) ? -1 : 0;
};
$orders = array_map(function ($pair) use ($sign) { return $sign(...$pair); }, $pairs);
echo json_encode([array_map($normal, $versions), $orders]);
"""

_PARTS = ["0", "1", "2", "10", "2024", "01", "15", "20240115", ".", ".", ".", ".", "-", "_", "+", "p", "pl", "patch"]
_PARTS += [
    "RC",
    "rc",
    "beta",
    "b",
    "alpha",
    "a",
    "dev",
    "-dev",
    "stable",
    "@dev",
    "v",
    "x",
    "*",
    " as ",
    "#",
    " ",
    "\n",
    "c",
]


def some_versions() -> list[str]:
    """Versions as vendors write them, and what only looks like one."""
    chance = random.Random(17)
    plain = [
        ".".join(str(chance.choice([0, 1, 2, 10, 123456])) for _ in range(chance.randint(1, 6))) for _ in range(150)
    ]
    marks = [
        "-p1",
        "p2",
        "-RC1",
        "rc.2",
        "-beta",
        "b3",
        "-alpha.1",
        "-dev",
        ".0-p1",
        ".0.1",
        "-1",
        "+5",
        "-stable",
        "-pl0.1",
    ]
    marked = [chance.choice(plain) + chance.choice(marks) + chance.choice(["", "", ".0.2", "-dev"]) for _ in range(600)]
    dates = [
        f"{chance.choice(['2024-01-15', '20240115', '2024.1.5', '202401151230'])}{chance.choice(marks)}"
        for _ in range(60)
    ]
    mixed = ["".join(chance.choices(_PARTS, k=chance.randint(1, 8))) for _ in range(1500)]
    return [*plain, *marked, *dates, *mixed, *(version for version, _normal in NORMAL)]


@pytest.mark.parametrize(("version", "normal"), NORMAL)
def test_a_version_has_one_form(version: str, normal: str | None) -> None:
    assert normalize(version) == normal


@pytest.mark.services
def test_the_forms_and_their_order_are_the_real_composers() -> None:
    require("php", "php-cli")
    require("composer", "composer")
    versions = some_versions()
    ours = [normalize(version) for version in versions]
    valid = [version for version, normal in zip(versions, ours, strict=True) if normal]
    assert len(valid) > 600
    random.Random(3).shuffle(valid)
    pairs = list(pairwise(valid))
    done = run(["php", "-n", "-r", _PHP], stdin=json.dumps([versions, pairs]).encode(), check=False)
    if b"Failed opening required" in done.stdout + done.stderr:
        go_without("Composer's own files are not in /usr/share/php: apt-get install composer")
    normals, orders = json.loads(done.stdout)
    # Branches have no order there, so they have no form here.
    theirs = [None if normal is None or normal.startswith("dev-") else normal for normal in normals]
    assert [row for row in zip(versions, ours, theirs, strict=True) if row[1] != row[2]] == []
    assert [pair for pair, order in zip(pairs, orders, strict=True) if compare_in_composer(*pair) != order] == []


@pytest.mark.parametrize(("base", "version"), VERSIONS)
def test_every_base_has_a_version_for_its_builds(base: str, version: str) -> None:
    assert composer_version(build_version(base, 2), base) == version


def test_no_base_is_so_strange_that_its_builds_have_no_version() -> None:
    bases = [version for version in some_versions() if is_base(version) and "9999999" not in (normalize(version) or "")]
    assert len(bases) > 800
    for base in bases:
        version = composer_version(build_version(base, 1), base)
        assert normalize(version) is not None
        assert compare_in_composer(version, base) in (1, None)


def is_base(version: str) -> bool:
    """Whether a release may be called so, and builds of it have a name."""
    try:
        return check_release_version(version) == version and bool(build_version(version, 1))
    except PlugwatchError:
        return False


@pytest.mark.parametrize("base", [base for base, _version in VERSIONS])
def test_builds_of_a_base_are_in_the_order_of_their_numbers(base: str) -> None:
    versions = [composer_version(build_version(base, number), base) for number in (1, 2, 9, 10)]
    assert [compare_in_composer(one, other) for one, other in pairwise(versions)] == [-1, -1, -1]


@pytest.mark.parametrize(
    ("base", "known", "version"),
    [
        ("1.2.3", ["1.2.3-p1"], "1.2.3-p0.1"),  # a vendor's own patch level is our first choice in Composer's eyes
        ("1.2.3", ["1.2.3-p0"], None),
        ("1.2.3", ["1.2.3-p1", "1.2.3-pl0.1"], None),
        ("1.2.3", ["1.2.3.0.5", "1.2.4"], "1.2.3.0-p1"),  # five parts are nothing to Composer
        ("2.0-RC1", ["2.0-RC1.1", "2.0-RC2", "2.0"], "2.0-RC1.0.1"),
        ("2.0-dev", ["2.0-alpha1"], "2.0-alpha0.0.1"),
        ("20240115", ["20240115.1", "20240116"], "20240115.0-p1"),
        ("1.2.3.4", ["1.2.3.4.1", "1.2.3.5"], "1.2.3.4-p1"),
        ("1.2.3c", ["1.2.3", "1.2.3-dev"], None),
        ("123456.1.2", ["9.0", "123457"], "99999.123456.1.2-p0.1"),
        ("1.2.3.4.5", ["1.2.3.4", "1.2.3.5"], "1.2.3.4-p5.0.1"),
        ("1.2.3.4.5", ["1.2.3.4-p5"], None),  # later to PHP, and a place that Composer has not
    ],
)
def test_releases_that_stand_in_the_way_are_gone_round(base: str, known: list[str], version: str | None) -> None:
    build = build_version(base, 1)
    if version is not None:
        assert composer_version(build, base, known) == version
        return
    with pytest.raises(PlugwatchError, match=r"cannot have a version in Composer"):
        composer_version(build, base, known)


_NUMBER = st.sampled_from([0, 1, 2, 3, 9, 10])
_WORD = st.sampled_from(["", "", "", "-RC1", "-beta2", "-alpha", "-p1", "b", "-dev", ".0-p1", "c", "+5"])
_RELEASE = st.builds(
    lambda numbers, word: ".".join(map(str, numbers)) + word, st.lists(_NUMBER, min_size=1, max_size=5), _WORD
)


@settings(max_examples=400)
@given(_RELEASE, st.lists(_RELEASE, max_size=6), st.sampled_from([1, 2, 10]))
def test_a_version_lies_above_the_base_and_below_all_that_is_later(base: str, known: list[str], number: int) -> None:
    build = build_version(base, number)
    try:
        version = composer_version(build, base, known)
    except PlugwatchError:
        assert known
        return
    assert normalize(version) is not None
    assert compare_in_composer(version, base) in (1, None)
    if normalize(base):
        later = [release for release in known if (compare_in_composer(release, base) or 0) > 0]
        assert [release for release in later if compare_in_composer(version, release) != -1] == []


@settings(max_examples=200)
@given(st.lists(_NUMBER, min_size=1, max_size=4), st.sampled_from(["", "-RC1", "-beta2", "-alpha.3", "-p1"]), st.data())
def test_what_vendors_release_next_is_above(numbers: list[int], word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(numbers) - 1))
    later = [*numbers[:place], numbers[place] + 1]
    base = ".".join(map(str, numbers)) + word
    version = composer_version(build_version(base, 3), base)
    assert compare_in_composer(version, ".".join(map(str, later))) == -1
    if word and word != "-p1":
        assert compare_in_composer(version, ".".join(map(str, numbers))) == -1
