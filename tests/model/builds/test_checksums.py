"""Checksums as WordPress.org merges them, and whether files are what a vendor has published."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import InputError
from plugwatch.model.builds.checksums import Checksums, core_checksums_from_answer

ONE, TWO, THREE = "1" * 64, "2" * 64, "a" * 64
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from([ONE, TWO]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.just("sha256"), inner, max_size=3),
    max_leaves=10,
)


def _read(files: object, **other: Any) -> Checksums:
    document = {"plugin": "tidy-forms", "version": "1.2.3", "source": ["a", "b"], "files": files, **other}
    return Checksums.from_answer("tidy-forms", "1.2.3", document)


@pytest.mark.parametrize(
    ("told", "sums"),
    [
        (ONE, (ONE,)),
        (THREE.upper(), (THREE,)),
        ([ONE, TWO], (ONE, TWO)),
        ({"0": ONE, "2": TWO}, (ONE, TWO)),
        ([ONE, ONE], (ONE,)),
        ([], ()),
        (False, ()),
        ("no sum", ()),
        ([ONE, None, ["x"], ONE + "0"], (ONE,)),
    ],
)
def test_sums_are_read_in_every_shape_that_php_writes(told: object, sums: tuple[str, ...]) -> None:
    assert _read({"a.php": {"md5": "x", "sha256": told}}).files == {"a.php": sums}


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../x",
        "a/../../x",
        "a//b",
        "a/",
        "",
        ".",
        "a/./b",
        "a\\b",
        "C:x",
        "a\x00b",
        "a\nb",
        "\ud800",
        "x" * 1001,
    ],
)
def test_paths_that_lead_elsewhere_are_dropped(path: str) -> None:
    assert _read({path: {"sha256": ONE}, "ok/..a.php": {"sha256": ONE}}).files == {"ok/..a.php": (ONE,)}
    assert core_checksums_from_answer({"checksums": {path: "0" * 32, "ok.php": "0" * 32}}) == {"ok.php": "0" * 32}


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"files": []},
        {"files": "x"},
        {"plugin": "other", "files": {}},
        {"version": "1.2", "files": {}},
        {"plugin": False, "files": {}},
    ],
)
def test_a_list_of_something_else_is_refused(document: object) -> None:
    with pytest.raises(InputError, match=r"no list of files of tidy-forms 1\.2\.3"):
        Checksums.from_answer("tidy-forms", "1.2.3", document)


def test_files_with_several_hashes_are_the_vendor_s_silent_changes() -> None:
    checksums = _read(
        {
            "tidy-forms.php": {"sha256": [ONE, TWO]},
            "inc/b.php": {"sha256": [ONE, TWO]},
            "c.php": {"sha256": ONE},
            "ReadMe.txt": {"sha256": [ONE, TWO]},
            "inc/readme.txt": {"sha256": [ONE, TWO]},
        }
    )

    assert checksums.rewritten() == ("inc/b.php", "inc/readme.txt", "tidy-forms.php")
    assert checksums.rewritten(strict=True) == ("ReadMe.txt", "inc/b.php", "inc/readme.txt", "tidy-forms.php")


def test_files_match_any_of_the_published_hashes() -> None:
    checksums = _read({"a.php": {"sha256": [ONE, TWO]}, "gone.php": {"sha256": ONE}, "readme.txt": {"sha256": ONE}})

    assert checksums.differing({"a.php": TWO.upper(), "readme.txt": THREE}) == ()
    assert checksums.differing({"a.php": TWO, "readme.txt": THREE}, strict=True) == ("readme.txt",)


def test_changed_and_added_files_differ() -> None:
    checksums = _read({"a.php": {"sha256": ONE}, "unsummed.php": {"sha256": []}})
    found = {"b.php": ONE, "a.php": TWO, "readme.md": ONE, "unsummed.php": ONE}

    assert checksums.differing(found) == ("a.php", "b.php", "readme.md", "unsummed.php")


@given(st.dictionaries(st.text(max_size=10), ANY_JSON, max_size=5))
@settings(max_examples=100)
def test_any_list_is_read(files: dict[str, Any]) -> None:
    checksums = _read(files)

    assert set(checksums.files) <= set(files)
    assert all(len(text) == 64 for sums in checksums.files.values() for text in sums)
    first = {path: sums[0] for path, sums in checksums.files.items() if sums}
    assert checksums.differing(first, strict=True) == ()


@pytest.mark.parametrize("told", [False, None, [], {}])
def test_wordpress_without_checksums_has_none(told: object) -> None:
    assert core_checksums_from_answer({"checksums": told}) is None


@pytest.mark.parametrize(
    "document", [None, [], {}, {"checksums": True}, {"checksums": "x"}, {"checksums": ["x"]}, {"checksums": 0}]
)
def test_what_is_no_list_of_wordpress_s_files_is_refused(document: object) -> None:
    with pytest.raises(InputError, match="no list of WordPress's files"):
        core_checksums_from_answer(document)


def test_wordpress_s_sums_are_md5() -> None:
    told = {"wp-login.php": "A" * 32, "b.php": ["b" * 32], "c.php": "short", "d.php": False}

    assert core_checksums_from_answer({"checksums": told}) == {"wp-login.php": "a" * 32, "b.php": "b" * 32}
