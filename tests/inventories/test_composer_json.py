"""composer.json: only what names exactly one version is a version; files beside it are refused with a reason."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import composer_json, json_texts, samples
from rendering.samples import SampleSite

from plugwatch.errors import InputError
from plugwatch.inventories.composer.composer_json import read_pin
from plugwatch.inventories.registry import read
from plugwatch.model.inventory import Installed, Inventory, to_json
from plugwatch.model.signs import DEVELOPMENT, POSSIBLE_FORK

Sample = tuple[SampleSite, random.Random]

AUTH = "auth.json, which holds passwords, so nothing of it was read"
KEYED = {"type": "zip", "url": "https://vendor.example/get?licence=5ecre7c0de"}


def _read(text: str | bytes, fmt: str | None = None) -> Inventory:
    data = text.encode() if isinstance(text, str) else text
    inventory = read(data, source="list", fmt=fmt)
    assert isinstance(inventory, Inventory)
    assert inventory.format == "composer-json"
    return inventory


def _project(require: dict[str, Any], **fields: object) -> str:
    return json.dumps({"name": "acme/site", "require": require, **fields}, indent=2)


def _inline(name: str, version: str, **fields: object) -> dict[str, Any]:
    package = {"name": name, "version": version, "type": "wordpress-plugin", "dist": KEYED, **fields}
    return {"type": "package", "package": package}


@settings(max_examples=150, deadline=None)
@given(samples.sites())
def test_a_file_is_read_exactly(sample: Sample) -> None:
    site, chance = sample
    rendered = composer_json.render(site, chance)
    inventory = _read(json_texts.wrap(rendered.text, chance) if chance.random() < 0.7 else rendered.text)
    assert inventory.components == rendered.expected.components
    assert inventory.wordpress_version == rendered.expected.wordpress_version
    assert inventory.php_version is None
    assert inventory.complete_kinds == frozenset()
    assert inventory.unparsed == ()
    assert "5ecre7" not in json.dumps(to_json(inventory))


@settings(max_examples=150, deadline=None)
@given(samples.sites(), st.floats(0, 1))
def test_a_cut_file_names_nothing_that_was_not_there(sample: Sample, place: float) -> None:
    site, chance = sample
    rendered = composer_json.render(site, chance)
    try:
        inventory = _read(rendered.text[: int(place * len(rendered.text))], fmt="composer-json")
    except InputError:
        return
    # Without the paths and inline packages that were cut, a plugin may lack its folder, version or must-use kind.
    slugs = {str(row.slug).removesuffix(".php") for row in rendered.expected.components} | {"None"}
    versions = {row.version for row in rendered.expected.components} | {None}
    assert {str(row.slug).removesuffix(".php") for row in inventory.components} <= slugs
    assert {row.version for row in inventory.components} <= versions
    assert inventory.warnings[-1].endswith("; taken as partial")
    assert "5ecre7" not in json.dumps(to_json(inventory))


@pytest.mark.parametrize(
    ("constraint", "version"),
    [
        ("1.2.3", "1.2.3"),
        ("v1.2.3", "v1.2.3"),
        ("=1.2.3", "1.2.3"),
        ("== 1.2", "1.2"),
        (" 1.2.3.0-p1 ", "1.2.3.0-p1"),
        ("2.0-RC1@beta", "2.0-RC1"),
        ("20190801.1", "20190801.1"),
        ("dev-main", "dev-main"),
        ("dev-main#2c5968b", "dev-main#2c5968b"),
        ("dev-feature/x as 2.12.2", "dev-feature/x as 2.12.2"),
        ("1.2.x-dev", "1.2.x-dev"),
        *((loose, "") for loose in composer_json.LOOSE),
        ("1.2.x", ""),
        ("1.2.X", ""),
        ("!=1.2.3", ""),
        ("1.2.3 1.2.4", ""),
        ("1.2.3,1.2.4", ""),
        ("dev-main || 1.0", ""),
        ("dev-main|dev-x", ""),
        ("@dev", ""),
        ("latest", ""),
        ("1." * 100 + "1", ""),
    ],
)
def test_only_one_exact_version_or_branch_is_a_version(constraint: str, version: str) -> None:
    assert read_pin(constraint) == version
    (installed,) = _read(_project({"wpackagist-plugin/acme": constraint})).components
    assert installed.version == (version or None)
    assert installed.sign == (DEVELOPMENT if "dev" in version else None)


def test_a_vendors_package_is_known_only_where_it_is_written_out() -> None:
    text = _project(
        {"vendor/acme": "*", "vendor/shop": "2.0", "vendor/pro": "^3", "vendor/library": "1.0", "vendor/what": "1.0"},
        repositories=[
            {"type": "composer", "url": "https://packages.example"},
            _inline("vendor/acme", "1.2.3", extra={"installer-name": "acme-pro"}),
            _inline("vendor/shop", "1.0"),
            _inline("vendor/shop", "2.0"),
            {"type": "package", "package": [_inline("vendor/pro", v)["package"] for v in ("3.0", "3.1")]},
            _inline("vendor/library", "1.0", type="library"),
            _inline("vendor/unused", "1.0"),
            7,
            {"type": "package", "package": "x"},
        ],
    )
    inventory = _read(text)
    assert inventory.components == (
        Installed("plugin", "acme-pro", None, "1.2.3", "unknown"),
        Installed("plugin", None, "vendor/shop", "2.0", "unknown"),
        Installed("plugin", None, "vendor/pro", None, "unknown"),
    )
    assert "nothing tells whether these are plugins; composer.lock does: vendor/what" in inventory.warnings


def test_a_public_package_from_elsewhere_is_a_possible_fork() -> None:
    text = _project({"wpackagist-plugin/acme": "*"}, repositories=[_inline("wpackagist-plugin/acme", "1.2.3.9")])
    assert _read(text).components == (Installed("plugin", "acme", None, "1.2.3.9", "unknown", sign=POSSIBLE_FORK),)


def test_paths_tell_the_kind_and_the_folder() -> None:
    paths = {
        "web/app/mu-plugins/{$name}/": ["wpackagist-plugin/acme", "vendor:studio"],
        "web/app/plugins/forms-pro": ["vendor/forms"],
        "web/app/themes/{$name}/": ["vendor/theme"],
        "vendor/{$name}": ["vendor/tool"],
    }
    require = {
        "wpackagist-plugin/acme": "1.0",
        "studio/tweaks": "2.0",
        "vendor/forms": "3.0",
        "vendor/theme": "4.0",
        "vendor/tool": "5.0",
    }
    inventory = _read(_project(require, extra={"installer-paths": paths}))
    assert inventory.components == (
        Installed("mu-plugin", "acme.php", None, "1.0", "must-use"),
        Installed("mu-plugin", None, "studio/tweaks", "2.0", "must-use"),
        Installed("plugin", "forms-pro", None, "3.0", "unknown"),
        Installed("theme", None, "vendor/theme", "4.0", "unknown"),
    )


@pytest.mark.parametrize(
    ("require", "extra", "version"),
    [
        ({"roots/wordpress": "6.4.2"}, {}, "6.4.2"),
        ({"johnpbloch/wordpress-core": "^6.4"}, {}, None),
        ({}, {"wp-version": "6.4.2"}, "6.4.2"),
        ({}, {"wp-version": "6.*"}, None),
        ({"roots/wordpress": "6.5"}, {"wp-version": "6.4.2"}, "6.5"),
        ({"php": "8.2"}, {"wp-version": ["6"]}, None),
    ],
)
def test_wordpress_has_a_version_only_where_it_is_exact(
    require: dict[str, Any], extra: dict[str, Any], version: str | None
) -> None:
    inventory = _read(_project(require, extra=extra))
    assert (inventory.wordpress_version, inventory.php_version, inventory.components) == (version, None, ())


def test_constraints_and_what_is_for_one_plugin_are_told() -> None:
    inventory = _read(_project({"php": ">=8", "wpackagist-plugin/acme": "^1"}, type="wordpress-plugin"))
    assert inventory.warnings == (
        "it is the composer.json of one plugin or theme; what it requires need not be on a site",
        "1 of its versions are constraints, so they stay unknown; composer.lock has them",
        "a site may have more than Composer installs; taken as partial",
    )


def test_lines_without_their_json_are_read_where_they_are_required() -> None:
    text = (
        "This is what I have:\n"
        '  "require": {\n    "php": ">=8",\n    "wpackagist-plugin/acme": "1.2.3",\n    "vendor/pro": "2.0",\n  },\n'
        '  "conflict": {\n    "wpackagist-plugin/evil": "1.0",\n  }\n'
        '  "require-dev": {\n    "wp-theme/shop": "dev-main",\n    ...\n'
    )
    inventory = _read(text)
    assert inventory.components == (
        Installed("plugin", "acme", None, "1.2.3", "unknown"),
        Installed("theme", "shop", None, "dev-main", "unknown", sign=DEVELOPMENT),
    )
    assert [(unparsed.line, unparsed.text) for unparsed in inventory.unparsed] == [
        (1, "This is what I have:"),
        (8, '"wpackagist-plugin/evil": "1.0",'),
        (12, "..."),
    ]
    assert inventory.warnings[-1].endswith("; taken as partial")


def test_a_damaged_file_shows_no_secret() -> None:
    text = _project(
        {"wpackagist-plugin/acme": "1.0"},
        config={"http-basic": {"repo.example": {"username": "ada", "password": "5ecre7"}}},
        repositories=[_inline("vendor/acme", "1.2.3")],
    ).replace('"acme/site",', '"acme/site"')
    for start in range(0, len(text), 7):
        try:
            inventory = _read(text[start:], fmt="composer-json")
        except InputError as error:
            assert "5ecre7" not in str(error)  # noqa: PT017 - some of the cuts are read, some are refused
        else:
            assert "5ecre7" not in json.dumps(to_json(inventory))


def test_inline_packages_of_a_cut_file_are_no_lock() -> None:
    packages = [_inline("vendor/a", "1.0"), _inline("vendor/b", "2.0")]
    whole = json.dumps({"repositories": packages, "require": {"vendor/a": "*"}}, indent=2)
    for end in range(whole.index('"vendor/b"'), len(whole)):
        inventory = _read(whole[:end])
        assert [row.name for row in inventory.components] in ([], ["vendor/a"])


def test_a_lock_beside_it_counts_more() -> None:
    text = _project({"wpackagist-plugin/a": "^1"}) + '{"content-hash":"0","packages":[]}'
    with pytest.raises(InputError, match=r"a composer\.lock stands in it too; read both with --as composer-lock"):
        _read(text, fmt="composer-json")


@pytest.mark.parametrize(
    ("source", "text", "said"),
    [
        ("list", '{"http-basic":{"repo.example":{"username":"ada","password":"5ecre7"}}}', AUTH),
        ("list", '{"github-oauth":{"github.com":"ghp_5ecre7"}', AUTH),
        ("list", '{"bearer":{"repo.example":"5ecre7"}}', AUTH),
        ("site/auth.json", "5ecre7", AUTH),
        ("C:\\site\\Auth.JSON", '[{"name":"acme","status":"active","version":"5ecre7"}]', AUTH),
        ("list", '{"hash":"0","plugins":[{"name":"acme","src":"git@a.example:a","commit":"5ecre7"}]}', "whippet.lock"),
        ("list", '{"core":null,"plugins":[".","https://a.example/b.zip?key=5ecre7"]}', ".wp-env.json"),
    ],
)  # fmt: skip
def test_files_beside_it_are_refused_with_a_reason(source: str, text: str, said: str) -> None:
    for fmt in (None, "composer-json", "composer-lock"):
        with pytest.raises(InputError) as error:
            read(text.encode(), source=source, fmt=fmt)
        assert said in str(error.value)
        assert "5ecre7" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        '{"name":"acme","version":"1.0","dependencies":{"react":"1.0"}}',
        '{"require":["wp"],"name":"acme"}',
        '{"plugins":["acme"],"rules":{}}',
        '{"a":1}',
    ],
)
def test_other_json_is_no_composer_json(text: str) -> None:
    with pytest.raises(InputError, match=r"no composer\.json stands in it"):
        read(text.encode(), source="list", fmt="composer-json")


@pytest.mark.parametrize("text", ['{"require":' * 100_000, '{"require":{"wpackagist-plugin/a":' + "[" * 100_000])
@pytest.mark.parametrize("fmt", [None, "composer-json"])
def test_hostile_json_is_refused_in_one_sentence(text: str, fmt: str | None) -> None:
    with pytest.raises(InputError, match=r"^list") as error:
        read(text.encode(), source="list", fmt=fmt)
    assert "\n" not in str(error.value)


def test_many_lines_are_read_once() -> None:
    text = '"require": {\n' + '"wpackagist-plugin/acme": "1.0",\n' * 30_000
    inventory = _read(text)
    assert [row.slug for row in inventory.components] == ["acme"]


def test_more_than_any_project_requires_is_refused() -> None:
    text = json.dumps({"require": {f"wpackagist-plugin/acme{number}": "1" for number in range(30_001)}})
    with pytest.raises(InputError, match="it names over 30,000 components; no site has that many"):
        _read(text)
