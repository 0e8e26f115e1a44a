"""The patches that documents of cweagans/composer-patches list, in all of their forms."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugwatch.errors import InputError
from plugwatch.model.component import Component
from plugwatch.model.patches.composer_patches import (
    ComposerPatch,
    ComposerPatches,
    choose_patches,
    looks_like_composer,
    read_composer_patches,
    with_depths,
    with_lock,
)

PACKAGE = "wpackagist-plugin/tidy-forms"
TIDY = Component("plugin", "tidy-forms")
SUM = "ab" * 32


def read(document: Any) -> ComposerPatches:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return read_composer_patches(data, "composer.json")


def test_the_compact_form_of_both_versions() -> None:
    found = read({"name": "agency/site", "extra": {"patches": {PACKAGE: {"Wait longer": "patches/wait.patch"}}}})
    assert found.patches == (ComposerPatch(PACKAGE, "patches/wait.patch", "Wait longer"),)
    assert (found.more_in, found.default_depth) == (None, None)


def test_lists_of_addresses_and_of_objects() -> None:
    entry = {"description": " Wait\nlonger ", "url": "https://x.example/1.diff", "sha256": SUM.upper(), "depth": 2}
    found = read({"patches": {PACKAGE: ["a.patch", entry | {"extra": {"any": 1}}, {"url": "b.patch"}]}})
    assert found.patches == (
        ComposerPatch(PACKAGE, "a.patch"),
        ComposerPatch(PACKAGE, "https://x.example/1.diff", "Wait longer", SUM, 2),
        ComposerPatch(PACKAGE, "b.patch"),
    )


def test_a_lock_file() -> None:
    entry = {"package": PACKAGE, "description": "Wait", "url": "a.patch", "sha256": SUM, "depth": 1, "extra": []}
    assert read({"_hash": "x", "patches": [entry]}).patches == (ComposerPatch(PACKAGE, "a.patch", "Wait", SUM, 1),)


def test_depths_and_the_other_file() -> None:
    settings = {"patches-file": "p.json", "package-depths": {PACKAGE: 3}, "default-patch-depth": 0}
    found = read({"extra": {"composer-patches": settings, "patchLevel": {PACKAGE: "-p5", "a/b": "-p2"}}})
    assert (found.more_in, found.patches) == ("p.json", ())
    patches = [
        ComposerPatch(PACKAGE, "1"),
        ComposerPatch("a/b", "2"),
        ComposerPatch("c/d", "3"),
        ComposerPatch("a/b", "4", depth=7),
    ]
    assert [patch.depth for patch in with_depths(patches, found)] == [3, 2, 0, 7]
    assert read({"extra": {"patches-file": "old.json"}}).more_in == "old.json"
    assert read({"extra": []}).patches == ()  # PHP's empty object


def test_the_lock_brings_checksums_and_tells_what_it_lacks() -> None:
    patches = [ComposerPatch(PACKAGE, "1"), ComposerPatch(PACKAGE, "2")]
    known, unlocked = with_lock(patches, [ComposerPatch(PACKAGE, "1", sha256=SUM, depth=1)])
    assert ([patch.sha256 for patch in known], unlocked) == ([SUM, None], 1)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"{", "neither a patch nor JSON"),
        (b"[" * 100_000, "neither a patch nor JSON"),
        (b'{"patches": {"a/b": {"x": "1"}, "a/b": {"y": "2"}}}', "'a/b' is there twice"),
        (b'"text"', "must be a JSON object"),
        ({"extra": "x"}, "'extra' must be a JSON object"),
        ({"patches": "x"}, "must be a JSON object"),
        ({"patches": {"a/b": "x"}}, "'a/b' must be an object of descriptions"),
        ({"patches": {"a/b": {"x": 1}}}, "'a/b', 'x' must be text"),
        ({"patches": {"a/b": {"x": "1\n2"}}}, "must be text"),
        ({"patches": {"a/\x1bb": {"x": "1"}}}, "must be text"),
        ({"patches": {"a/b": [1]}}, "a patch of 'a/b' must be a JSON object"),
        ({"patches": {"a/b": [{}]}}, "'url' of a patch of 'a/b' must be text"),
        ({"patches": {"a/b": [{"url": "x", "depth": -1}]}}, "depth of a patch must be a number"),
        ({"patches": {"a/b": [{"url": "x", "depth": "1"}]}}, "depth of a patch must be a number"),
        ({"patches": {"a/b": [{"url": "x", "sha256": "12"}]}}, "the sha256 of a patch of 'a/b' is none"),
        ({"patches": [{"url": "x"}]}, "'package' of a patch must be text"),
        ({"extra": {"patchLevel": {"a/b": "2"}}}, "must be -p0, -p1"),
        ({"extra": {"patches-file": 7}}, "'patches-file' must be text"),
    ],
)
def test_what_those_programs_would_not_take(document: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        read(document)
    assert words in str(caught.value)
    assert str(caught.value).startswith("composer.json: ")


def test_a_components_own_are_chosen_in_order_without_doubles() -> None:
    mine = [ComposerPatch(PACKAGE, "1"), ComposerPatch("wp-plugin/Tidy-Forms", "2")]
    other = ComposerPatch("acme/tidy-forms", "3")
    assert choose_patches([*mine, other, mine[0]], TIDY, None, "c") == (mine, [other])
    assert choose_patches([*mine, other], TIDY, "acme/tidy-forms", "c") == ([other], mine)


def test_a_misspelt_package_is_an_error_that_names_those_that_there_are() -> None:
    patches = [ComposerPatch("wpackagist-plugin/tidy-form", "1"), ComposerPatch("acme/tidy-forms", "2")]
    with pytest.raises(InputError, match=r"no patch for plugin/tidy-forms \(wpackagist-plugin/tidy-forms or wp-plugin"):
        choose_patches(patches, TIDY, None, "c")
    with pytest.raises(InputError, match="but for wpackagist-plugin/tidy-form, acme/tidy-forms; name the package"):
        choose_patches(patches, TIDY, "acme/tidy-froms", "c")
    with pytest.raises(InputError, match="no patch for mu-plugin/x, but"):
        choose_patches(patches, Component("mu-plugin", "x"), None, "c")
    with pytest.raises(InputError, match="it lists no patches"):
        choose_patches([], TIDY, None, "c")


def test_json_is_told_from_a_patch() -> None:
    assert looks_like_composer(b"\xef\xbb\xbf\n {}")
    assert not looks_like_composer(b"--- a\n")
    assert not looks_like_composer(b"")
