"""The record of a published folder, and the documents that are made from it."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest

from plugwatch.errors import InputError, PlugwatchError
from plugwatch.model.builds.build import BuildFile
from plugwatch.model.builds.documents import to_json
from plugwatch.model.component import Component
from plugwatch.model.publishing.documents import read_needs, site_document, update_document
from plugwatch.model.publishing.offers import PatchTold
from plugwatch.model.publishing.packages import (
    check_free,
    check_package,
    choose_package,
    composer_lines,
    package_names,
    packages_document,
    version_for_composer,
)
from plugwatch.model.publishing.published import Archive, Current, Needs, Published, address, anchor, archive_path

TIDY, SHELF = Component("plugin", "tidy-forms"), Component("theme", "shelf")
BASE = "https://updates.agency.example/wp"
NEEDS = Needs("Tidy Forms", "6.0", "7.4", "6.5")


def archive(component: Component, version: str, release: str, *, stock: bool = False, title: str = "Wait") -> Archive:
    patches = () if stock else (PatchTold("pw-aaaaaaaaaa", title, release),)
    return Archive(component, version, release, stock, version, "a" * 64, "b" * 40, 123, NEEDS, patches)


def current(one: Archive, upstream: str = "1.2.5") -> Current:
    return Current("stock" if one.stock else "build", one.version, one.release, one.path, NEEDS, upstream)


def record(*archives: Archive) -> Published:
    """All of them were published; the last one of each component is offered."""
    found = Published(packages={TIDY: ("acme/tidy",)})
    for one in archives:
        found = found.with_archive(one).with_current(one.component, current(one))
    return found


WHOLE = record(archive(TIDY, "1.2.4.0-p1", "1.2.4"), archive(TIDY, "1.3.0", "1.3.0+r2", stock=True))


def test_a_record_comes_back_as_it_was_written() -> None:
    text = to_json(WHOLE.to_document())
    assert Published.from_bytes(text, "here") == WHOLE
    assert to_json(Published.from_bytes(text, "here").to_document()) == text


@pytest.mark.parametrize(
    "change",
    [
        {"plugwatch": 2},
        {"archives": None},
        {"archives": [{}]},
        {"current": {"plugin/../x": {}}},
        {"current": {"mu-plugin/x.php": {}}},
        {"packages": {"plugin/x": [1]}},
        {"current": {"plugin/x": {"state": "build", "version": "1", "base_version": "1", "path": "../../etc/passwd"}}},
    ],
)
def test_a_record_that_somebody_has_been_at_is_refused(change: dict[str, Any]) -> None:
    document = WHOLE.to_document() | change
    with pytest.raises(InputError, match="web space"):
        Published.from_bytes(json.dumps(document).encode(), "public/record")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", "../../../etc"),
        ("release", "1/2"),
        ("sha256", "A" * 64),
        ("size", -1),
        ("size", "1"),
        ("component", "plugin/a/b"),
        ("stock", 1),
        ("patches", [{"id": "pw"}]),
        ("composer", "\ud800"),
    ],
)
def test_an_archive_that_nobody_wrote_is_refused(key: str, value: object) -> None:
    document = WHOLE.to_document()
    document["archives"][0][key] = value
    with pytest.raises(InputError, match="web space"):
        Published.from_bytes(json.dumps(document).encode(), "public/record")


def test_what_sites_read_is_the_agreed_shape() -> None:
    held = {TIDY: (((">=", "1.2.4"), ("<", "1.3")),), SHELF: ((("=", "2.0"),),)}
    document = site_document(record(archive(TIDY, "1.2.4.0-p1", "1.2.4")), held, {SHELF: "Shelf"}, "Fernhill Web", BASE)
    assert json.loads(to_json(document)) == {
        "plugwatch": 1,
        "agency": "Fernhill Web",
        "components": [
            {
                "kind": "plugin",
                "slug": "tidy-forms",
                "name": "Tidy Forms",
                "state": "build",
                "version": "1.2.4.0-p1",
                "base_version": "1.2.4",
                "package": f"{BASE}/builds/plugin/tidy-forms/tidy-forms.1.2.4.0-p1.zip",
                "sha256": "a" * 64,
                "size": 123,
                "requires": "6.0",
                "requires_php": "7.4",
                "tested": "6.5",
                "url": f"{BASE}/#plugin-tidy-forms",
                "guard": True,
                "held": [[[">=", "1.2.4"], ["<", "1.3"]]],
                "upstream": "1.2.5",
            },
            {
                "kind": "theme",
                "slug": "shelf",
                "name": "Shelf",
                "state": "hold",
                "version": None,
                "base_version": None,
                "package": None,
                "sha256": None,
                "size": None,
                "requires": None,
                "requires_php": None,
                "tested": None,
                "url": f"{BASE}/#theme-shelf",
                "guard": False,
                "held": [[["=", "2.0"]]],
                "upstream": None,
            },
        ],
    }


def test_stepping_aside_lets_go_and_hands_out_nothing_that_is_sold() -> None:
    sold = Published().with_current(TIDY, Current("stock", "1.3.0", "1.3.0", None, NEEDS, "1.3.0"))
    (row,) = site_document(sold, {}, {}, "Fernhill Web", BASE)["components"]
    assert (row["state"], row["guard"], row["version"], row["package"]) == ("stock", False, "1.3.0", None)
    assert update_document(TIDY, sold.current[TIDY], None, BASE)["download_url"] is None


def test_update_libraries_get_their_shapes() -> None:
    one = archive(TIDY, "1.2.4.0-p1", "1.2.4", title="<b>Wait</b> & see")
    told = update_document(TIDY, current(one), one, BASE)
    assert (told["name"], told["slug"], told["version"]) == ("Tidy Forms", "tidy-forms", "1.2.4.0-p1")
    assert (told["requires"], told["requires_php"], told["tested"]) == ("6.0", "7.4", "6.5")
    assert told["download_url"] == address(BASE, one.path)
    assert html.escape("<b>Wait</b> & see") in told["sections"]["description"]
    shelf = archive(SHELF, "2.0.0.0-p1", "2.0")
    told = update_document(SHELF, current(shelf), shelf, BASE)
    assert {"version", "details_url", "download_url"} <= set(told)


def test_composer_gets_everything_that_was_ever_published() -> None:
    packages = packages_document(WHOLE, BASE)["packages"]
    assert list(packages) == ["acme/tidy", "wp-plugin/tidy-forms", "wpackagist-plugin/tidy-forms"]
    for name, versions in packages.items():
        assert list(versions) == ["1.2.4.0-p1", "1.3.0"]
        for version, told in versions.items():
            assert (told["name"], told["version"], told["type"]) == (name, version, "wordpress-plugin")
            assert told["dist"]["shasum"] == "b" * 40
            assert told["require"] == {"composer/installers": "^1.0 || ^2.0"}
    stock = packages["acme/tidy"]["1.3.0"]["dist"]["url"]
    assert stock == f"{BASE}/builds/plugin/tidy-forms/tidy-forms.1.3.0%2Br2.zip"


def test_of_a_release_that_came_again_composer_gets_the_last_one() -> None:
    twice = record(archive(TIDY, "1.3.0", "1.3.0+r10", stock=True), archive(TIDY, "1.3.0", "1.3.0", stock=True))
    for found in (twice, twice.with_archive(archive(TIDY, "1.3.0", "1.3.0+r9", stock=True))):
        told = packages_document(found, BASE)["packages"]["acme/tidy"]
        assert [row["dist"]["url"].rpartition("/")[2] for row in told.values()] == ["tidy-forms.1.3.0%2Br10.zip"]


def test_a_package_is_one_component() -> None:
    check_free("acme/tidy", TIDY, WHOLE)
    check_free("acme/shelf", SHELF, WHOLE)
    for name in ("acme/tidy", "wpackagist-plugin/tidy-forms"):
        with pytest.raises(PlugwatchError, match="plugin/tidy-forms goes by"):
            check_free(name, SHELF, WHOLE)


def test_a_version_that_composer_does_not_know_stops_no_repository() -> None:
    assert version_for_composer("2.0-RC1.0-p1", "2.0-RC1", ["2.0-RC1", "2.0"], stock=False) == "2.0-RC1.0.1"
    assert version_for_composer("1.3.0", "1.3.0", [], stock=True) == "1.3.0"
    assert version_for_composer("1.3-final", "1.3-final", [], stock=True) is None
    one = Archive(TIDY, "1.3-final", "1.3-final", True, None, "a" * 64, "b" * 40, 1, NEEDS)
    assert packages_document(record(one), BASE)["packages"] == {}
    with pytest.raises(PlugwatchError, match="patch export"):
        composer_lines(current(one), one, ("a/b",), BASE)


def test_names_of_packages_are_composers() -> None:
    slider = Component("plugin", "LayerSlider")
    assert package_names(slider) == ("wpackagist-plugin/layerslider", "wp-plugin/layerslider")
    assert package_names(SHELF, ("acme/shelf",)) == ("acme/shelf", "wpackagist-theme/shelf", "wp-theme/shelf")
    assert package_names(Component("plugin", "a b")) == ()
    for bad in ("Acme/tidy", "tidy", "a/b/c", "a/--b", "../b", "a/b\n"):
        with pytest.raises(PlugwatchError, match="VENDOR/NAME"):
            check_package(bad)
    assert choose_package(TIDY, ("a/b", "c/d"), "c/d") == ("c/d", "a/b")
    for names, wanted in (((), None), (("a/b",), "c/d")):
        with pytest.raises(PlugwatchError, match="--package VENDOR/NAME"):
            choose_package(TIDY, names, wanted)


def test_addresses_are_quoted_and_places_on_the_page_are_plain() -> None:
    odd = Component("plugin", "my plugin+")
    path = archive_path(odd, "1.0+r2")
    assert address(f"{BASE}/", path) == f"{BASE}/builds/plugin/my%20plugin%2B/my%20plugin%2B.1.0%2Br2.zip"
    assert anchor(odd) == "plugin-my-plugin-"


def test_needs_come_from_the_header_then_from_the_readme() -> None:
    main = b"<?php\n/*\n * Plugin Name: Tidy <b>Forms</b>\n * Requires at least: 6.1\n */\n"
    readme = b"=== Tidy ===\nRequires at least: 5.0\nTested up to: 6.6\nRequires PHP: 7.2\n\nForms.\n"
    files = {
        "tidy-forms.php": BuildFile(False, lambda: main),
        "Readme.txt": BuildFile(False, lambda: readme),
        "inc/readme.txt": BuildFile(False, lambda: b"=== Other ===\nTested up to: 1.0\n"),
    }
    assert read_needs(TIDY, files) == Needs("Tidy <b>Forms</b>", "6.1", "7.2", "6.6")
    style = {"style.css": BuildFile(False, lambda: b"/*\nTheme Name: Shelf\nTested up to: 6.4\n*/\n")}
    assert read_needs(SHELF, style) == Needs("Shelf", None, None, "6.4")
