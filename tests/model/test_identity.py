"""What is no release of a component is told from one that has only changed its name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plugwatch.errors import ForkError
from plugwatch.model.component import Component
from plugwatch.model.identity import Identity, check_identity, doubt, identify, may_have_header

TIDY, THEME = Component("plugin", "tidy-forms"), Component("theme", "tidy")
OURS = Identity(frozenset({"tidy-forms.php", "a.php"}), "tidy-forms.php", "Tidy Forms", "tidy-forms", "1.0.0")
OTHER = Identity(frozenset({"akismet.php", "a.php"}), "akismet.php", "Akismet", "akismet", "9.9")


def header(name: str, version: str = "1.0", domain: str = "", title: str = "Plugin Name") -> bytes:
    return f"<?php\n/*\n * {title}: {name}\n * Version: {version}\n * Text Domain: {domain}\n */\n".encode()


def test_what_a_release_says_of_itself_is_read_from_its_main_file() -> None:
    heads = [("a.php", b"<?php\n"), ("tidy-forms.php", header("Tidy Forms", "1.2", "tidy"))]
    assert identify(TIDY, ["a.php", "tidy-forms.php"], heads, "tidy-forms-1.2") == Identity(
        frozenset({"a.php", "tidy-forms.php"}), "tidy-forms.php", "Tidy Forms", "tidy", "1.2", "tidy-forms-1.2"
    )


@pytest.mark.parametrize("version", ["trunk", "@@version", "%VERSION%", ""])
def test_a_placeholder_in_a_header_is_no_version(version: str) -> None:
    assert identify(TIDY, [], [("a.php", header("Tidy Forms", version))]).version == ""


def test_only_the_top_and_the_folder_of_the_components_name_are_looked_at() -> None:
    looked_at = ["a.php", "style.css", "tidy-forms/a.php"]
    left = ["readme.txt", "inc/a.php", "tidy-forms/inc/a.php", "tidy-forms/tidy-forms/a.php"]
    assert [path for path in looked_at + left if may_have_header(TIDY, path)] == looked_at


@pytest.mark.parametrize("same", ["name", "main", "domain"])
def test_one_thing_that_stays_the_same_is_enough(same: str) -> None:
    renamed = replace(OTHER, **{same: getattr(OURS, same)})
    check_identity(TIDY, "a.zip", renamed, [("1.0.0", OURS)])


def test_another_plugin_is_refused_however_many_files_are_the_same() -> None:
    with pytest.raises(ForkError, match=r"a\.zip: this is 'Akismet', and neither .* that of 1\.0\.0, so it is no rel"):
        check_identity(TIDY, "a.zip", OTHER, [("1.0.0", OURS)])
    check_identity(TIDY, "a.zip", OTHER, [])


def test_no_text_domain_is_not_the_same_text_domain() -> None:
    with pytest.raises(ForkError, match="is no release of"):
        check_identity(TIDY, "a.zip", replace(OTHER, domain=""), [("1.0.0", replace(OURS, domain=""))])


def test_a_release_is_akin_where_it_is_to_an_older_one() -> None:
    check_identity(TIDY, "a.zip", OTHER, [("2.0.0", OURS), ("1.0.0", OTHER)])


def test_the_main_file_of_a_theme_says_nothing() -> None:
    one = Identity(frozenset({"style.css"}), "style.css", "Tidy", "tidy")
    with pytest.raises(ForkError, match="this is 'Bold'"):
        check_identity(THEME, "a.zip", Identity(frozenset({"style.css"}), "style.css", "Bold", "bold"), [("1", one)])


def test_without_a_header_a_common_file_decides() -> None:
    check_identity(TIDY, "a.zip", Identity(frozenset({"a.php", "b.php"})), [("1.0.0", OURS)])
    with pytest.raises(ForkError, match=r"no plugin or theme header, and no file that 1\.0\.0 has"):
        check_identity(TIDY, "a.zip", Identity(frozenset({"b.php"})), [("1.0.0", OURS)])


def test_a_component_beside_other_things_is_refused() -> None:
    paths = ["license.txt", "tidy-forms/tidy-forms.php"]
    found = identify(TIDY, paths, [(paths[1], header("Tidy Forms"))])
    with pytest.raises(ForkError, match="is in its folder 'tidy-forms', beside other things; give that one"):
        check_identity(TIDY, "a.zip", found, [])
    top = [("main.php", header("Tidy Forms")), (paths[1], header("Tidy Forms Loader"))]
    assert not identify(TIDY, paths, top).inside


def test_a_first_release_of_another_name_is_doubted() -> None:
    said = doubt(TIDY, "a.zip", replace(OTHER, top="akismet"))
    assert said is not None
    assert "may be another plugin than tidy-forms: its folder is 'akismet', its text domain is 'akismet'" in said
    assert "header says no text domain" in (doubt(TIDY, "a.zip", replace(OTHER, top="akismet", domain="")) or "")


@pytest.mark.parametrize(
    "found",
    [
        replace(OTHER, top="tidy-forms"),
        replace(OTHER, top="x", domain="tidy-forms"),
        replace(OTHER, top="x", main="tidy-forms.php"),
        OTHER,
        Identity(frozenset(), top="x"),
    ],
)
def test_a_first_release_with_one_fitting_name_or_no_folder_is_not(found: Identity) -> None:
    assert doubt(TIDY, "a.zip", found) is None
