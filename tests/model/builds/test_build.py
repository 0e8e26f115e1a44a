"""When two builds are the same, what they are called, and what cannot become one."""

from __future__ import annotations

import dataclasses
import re

import pytest
from building import PLUGIN, build_input, patch, recipe

from plugwatch.errors import ConfigError, PlugwatchError
from plugwatch.model.builds.build import check_input, fingerprint, folder_name, next_build_number, update_uri
from plugwatch.model.component import CORE, Component


@pytest.mark.parametrize(
    ("component", "folder"),
    [
        (PLUGIN, "tidy-forms"),
        (Component("plugin", "bundle/second"), "bundle"),
        (Component("theme", "linen"), "linen"),
        (Component("mu-plugin", "site-tweaks.php"), "site-tweaks"),
    ],
)
def test_the_folder_is_named_as_installed(component: Component, folder: str) -> None:
    assert folder_name(component) == folder
    assert update_uri(component, "https://updates.example") == f"https://updates.example/{folder}/"


def test_wordpress_itself_is_not_built() -> None:
    with pytest.raises(PlugwatchError, match="must-use plugin"):
        folder_name(CORE)


@pytest.mark.parametrize(
    "base",
    [
        "updates.example",
        "ftp://updates.example",
        "https://",
        "https://updates.example/?a=1",
        "https://user:secret@updates.example",
        "https://updates.example/a b",
        "https://[broken",
        "https://wordpress.org/plugins",
        "https://api.w.org",
    ],
)
def test_an_update_server_must_be_a_plain_url_of_the_agencys_own(base: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(base)):
        update_uri(PLUGIN, base)


def test_a_build_is_no_release() -> None:
    for name in ("plugwatch-manifest.json", "plugwatch-changes.MD"):
        with pytest.raises(PlugwatchError, match="vendor's own ZIP"):
            check_input(build_input(recipe(), name))
    check_input(build_input(recipe(), "docs/plugwatch-manifest.json"))


@pytest.mark.parametrize("version", ["", "../1", "1/2", "-1", "1 2", "1\n", "1" * 101])
def test_a_version_must_do_for_a_file_name(version: str) -> None:
    with pytest.raises(PlugwatchError, match="version of a build"):
        check_input(build_input(recipe(), version=version))


def test_the_same_inputs_have_the_same_fingerprint_and_any_other_has_not() -> None:
    base = recipe(patch(), patch(id="pw-def"))
    assert fingerprint(base) == fingerprint(recipe(patch(), patch(id="pw-def"), source_sha256="f" * 64))
    others = [
        recipe(patch(id="pw-def"), patch()),
        recipe(patch()),
        recipe(patch(commit="d" * 40), patch(id="pw-def")),
        recipe(patch(), patch(id="pw-def", upstream_url="https://tracker.example/7")),
        dataclasses.replace(base, release_tree="e" * 40),
        dataclasses.replace(base, result_tree="e" * 40),
        dataclasses.replace(base, agency="Other Agency"),
        dataclasses.replace(base, update_uri_base=""),
        dataclasses.replace(base, base_version="1.2.4"),
        dataclasses.replace(base, component=Component("theme", "tidy-forms")),
    ]
    assert len({fingerprint(other) for other in [base, *others]}) == len(others) + 1


def test_a_trailing_slash_of_the_update_server_is_no_change() -> None:
    assert fingerprint(recipe(update_uri_base="https://u.example/")) == fingerprint(
        recipe(update_uri_base="https://u.example")
    )


@pytest.mark.parametrize(
    ("existing", "number"),
    [({}, 1), ({1: "x"}, 1), ({1: "x", 2: "y"}, 1), ({1: "y", 2: "z"}, 3), ({9: "y", 10: "z"}, 11), ({4: "x"}, 4)],
)
def test_a_known_build_keeps_its_number_and_a_new_one_takes_the_next(existing: dict[int, str], number: int) -> None:
    assert next_build_number(existing, "x") == number
