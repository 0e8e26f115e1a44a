"""Where the files of a release live in the vendor's repository, by paths and blob ids alone."""

from __future__ import annotations

import time
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.vendors.layout import Layout, choose_namesake, find_layout, is_built, say_absent

RELEASE = ("tidy-forms.php", "readme.txt", "includes/mail.php", "includes/admin/page.php", "assets/app.js")


def ids(paths: Iterable[str], *, state: str = "") -> dict[str, str]:
    """Files whose content tells their names, and the state."""
    return {path: f"{path.rpartition('/')[2]} {state}" for path in paths}


def found(shipped: dict[str, str], there: dict[str, str], earlier: Layout | None = None) -> Layout:
    layout = find_layout(shipped, there, earlier)
    assert layout is not None
    return layout


@pytest.mark.parametrize("folder", ["", "trunk/", "src/", "plugins/tidy-forms/"])
@pytest.mark.parametrize("state", ["", "other bytes in every file"])
def test_a_release_is_found_below_one_folder_whatever_its_bytes(folder: str, state: str) -> None:
    there = ids((folder + path for path in RELEASE), state=state) | ids(["tests/test-mail.php", ".github/ci.yml"])
    layout = found(ids(RELEASE), there)
    assert layout.main == folder
    assert layout.found == {path: folder + path for path in RELEASE}
    assert not layout.absent


def test_the_right_plugin_is_found_among_others_with_the_same_names() -> None:
    others = [f"plugins/{n}/{p}" for n in ("one", "two") for p in ("readme.txt", "includes/mail.php")]
    layout = found(ids(RELEASE), ids(others) | ids([f"plugins/tidy/{p}" for p in RELEASE], state="x"))
    assert layout.main == "plugins/tidy/"


def test_copies_of_releases_are_not_where_work_goes_on() -> None:
    there = ids([f"tags/1.0.0/{p}" for p in RELEASE]) | ids([f"trunk/{p}" for p in RELEASE], state="x")
    assert found(ids(RELEASE), there).main == "trunk/"


def test_folders_put_together_from_elsewhere_have_rules_of_their_own() -> None:
    parts = [f"lib/sync/src/{n}.php" for n in ("queue", "sender", "actions")]
    shipped = ids([*RELEASE, *parts, "lib/sync/src/changed.php"])
    sources = ids([f"packages/sync/src/{n}.php" for n in ("queue", "sender", "actions")])
    there = ids([f"plugin/{p}" for p in RELEASE]) | sources | {"packages/sync/src/changed.php": "something else"}
    layout = found(shipped, there)
    assert layout.main == "plugin/"
    assert layout.found["lib/sync/src/changed.php"] == "packages/sync/src/changed.php"
    assert layout.place("lib/sync/src/new.php") == "packages/sync/src/new.php"


def test_what_is_built_is_absent_and_a_namesake_is_told() -> None:
    shipped = ids([*RELEASE, "assets/app.min.js", "vendor/autoload.php", "assets/screen.css"])
    layout = found(shipped, ids([*RELEASE, "styles/screen.css"], state="x"))
    assert layout.absent == {"assets/app.min.js", "vendor/autoload.php", "assets/screen.css"}
    assert layout.namesakes == {"assets/screen.css": ("styles/screen.css",)}


def test_the_layout_at_a_tag_holds_where_the_file_is_still_there() -> None:
    shipped = ids([*RELEASE, "assets/screen.css"])
    tag = found(shipped, ids([*RELEASE, "styles/screen.css"]))
    assert tag.found["assets/screen.css"] == "styles/screen.css"
    tip = ids([*RELEASE, "styles/screen.css", "themes/screen.css"], state="x")
    assert found(shipped, tip).absent == {"assets/screen.css"}
    assert found(shipped, tip, tag).found["assets/screen.css"] == "styles/screen.css"
    moved = ids([f"trunk/{path}" for path in RELEASE], state="x")
    assert found(shipped, moved, tag).found["readme.txt"] == "trunk/readme.txt"


def test_the_repository_of_something_else_is_none() -> None:
    other = ids(["other.php", "readme.txt", "uninstall.php", "index.php", "includes/class-other.php"])
    assert find_layout(ids([*RELEASE, "index.php", "uninstall.php"]), other) is None
    assert find_layout(ids(RELEASE), {}) is None
    assert find_layout({}, ids(RELEASE)) is None


def test_new_files_go_beside_their_neighbours() -> None:
    shipped = ids([*RELEASE, "assets/build/app.js", "assets/build/app.css"])
    layout = found(shipped, ids([f"src/{path}" for path in RELEASE]))
    assert layout.place("new.php") == "src/new.php"
    assert layout.place("includes/new.php") == "src/includes/new.php"
    assert layout.place("includes/more/deep/new.php") == "src/includes/more/deep/new.php"
    assert layout.place("folder/new.php") == "src/folder/new.php"
    assert layout.place("assets/build/new.js") is None
    assert found(shipped, ids(RELEASE)).place("includes/new.php") == "includes/new.php"


def test_a_file_is_never_two_files_at_once() -> None:
    shipped = {"a.php": "same", "b.php": "other", "copy/a.php": "same", "c.php": "c", "copy/c.php": "c"}
    there = {"a.php": "same", "b.php": "other", "c.php": "c"}
    layout = found(shipped, there)
    assert layout.found == {"a.php": "a.php", "b.php": "b.php", "c.php": "c.php"}
    assert layout.absent == {"copy/a.php", "copy/c.php"}


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from([f"{d}{n}.php" for d in ("", "a/", "a/b/", "c/") for n in "xyz"]), st.integers(0, 5)
    ),
    st.dictionaries(
        st.sampled_from([f"{d}{n}.php" for d in ("", "a/", "t/a/", "t/") for n in "xyz"]), st.integers(0, 5)
    ),
)
def test_every_shipped_file_is_found_once_or_absent(shipped: dict[str, int], there: dict[str, int]) -> None:
    layout = find_layout(*({path: str(blob) for path, blob in side.items()} for side in (shipped, there)))
    if layout is None:
        return
    assert layout.found.keys() | layout.absent == shipped.keys()
    assert not layout.found.keys() & layout.absent
    assert len(set(layout.found.values())) == len(layout.found)
    assert set(layout.found.values()) <= there.keys()


def test_a_namesake_is_taken_by_its_lines_whatever_their_ends() -> None:
    content = b"\xef\xbb\xbfone\r\ntwo\r\nthree\r\nfour\r\n"
    alike, other = b"one\ntwo\nthree\nfive\n", b"one\nsix\nseven\n"
    assert choose_namesake(content, {"a/x.php": other, "b/x.php": alike}) == "b/x.php"
    assert choose_namesake(content, {"a/x.php": alike, "b/x.php": alike}) is None
    assert choose_namesake(content, {"a/x.php": other}) is None
    assert choose_namesake(content, {}) is None


@pytest.mark.parametrize(
    ("path", "built"),
    [
        ("assets/app.min.js", True),
        ("build/index.js", True),
        ("vendor/a/b.php", True),
        ("build/index.asset.php", True),
        ("css/style-rtl.css", True),
        ("languages/tidy.mo", True),
        ("includes/builder.php", False),
        ("assets/app.js", False),
    ],
)
def test_what_is_built_is_told_by_its_name(path: str, built: bool) -> None:
    assert is_built(path) is built
    assert ("is built from other files" in say_absent(path, "tidy/forms")) is built
    assert path in say_absent(path, "tidy/forms")


def test_ten_thousand_files_take_no_time() -> None:
    paths = [f"includes/part-{n % 97}/more-{n % 13}/class-{n}.php" for n in range(10_000)]
    there = ids([f"plugins/tidy/{path}" for path in paths]) | ids([f"other/{path}x" for path in paths])
    start = time.process_time()
    layout = found(ids(paths), there)
    assert time.process_time() - start < 10
    assert len(layout.found) == 10_000
