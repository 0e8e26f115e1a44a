"""Locks of Composer: every package is what it is, nothing is guessed, no address or key is kept."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import composer_lock, json_texts, samples
from rendering.samples import SampleSite

from plugwatch.errors import InputError
from plugwatch.inventories.registry import read
from plugwatch.model.inventory import Installed, Inventory, to_json
from plugwatch.model.signs import DEVELOPMENT, POSSIBLE_FORK

Sample = tuple[SampleSite, random.Random]

ELSEWHERE = {"type": "zip", "url": "https://vendor.example/get?licence=5ecre7c0de"}
ARCHIVE = {"type": "zip", "url": "https://downloads.wordpress.org/plugin/acme-forms.1.2.3.zip"}
TIMED = {"type": "zip", "url": "https://downloads.wordpress.org/plugin/acme-forms.zip?timestamp=17"}
SUBVERSION = {"type": "svn", "url": "https://plugins.svn.wordpress.org/acme-forms/", "reference": "tags/1.2.3"}


def _read(text: str | bytes, fmt: str | None = None) -> Inventory:
    data = text.encode() if isinstance(text, str) else text
    inventory = read(data, source="list", fmt=fmt)
    assert isinstance(inventory, Inventory)
    assert inventory.format == "composer-lock"
    return inventory


def _package(name: str, version: str = "1.2.3", kind: str = "wordpress-plugin", **fields: object) -> dict[str, Any]:
    return {"name": name, "version": version, "dist": ARCHIVE, "type": kind, **fields}


def _lock(*packages: object, **fields: object) -> str:
    return json.dumps({"content-hash": "0", "packages": packages, "packages-dev": [], **fields}, indent=4)


def _only(*packages: object) -> Installed:
    (installed,) = _read(_lock(*packages)).components
    return installed


@settings(max_examples=150, deadline=None)
@given(samples.sites())
def test_a_lock_is_read_exactly(sample: Sample) -> None:
    site, chance = sample
    rendered = composer_lock.render(site, chance)
    inventory = _read(json_texts.wrap(rendered.text, chance) if chance.random() < 0.7 else rendered.text)
    assert inventory.components == rendered.expected.components
    assert inventory.wordpress_version == rendered.expected.wordpress_version
    assert inventory.php_version is None
    assert inventory.complete_kinds == frozenset()
    assert inventory.unparsed == ()


@settings(max_examples=150, deadline=None)
@given(samples.sites(), st.floats(0, 1), st.floats(0, 1))
def test_a_cut_lock_loses_only_what_was_cut_and_keeps_no_key(sample: Sample, start: float, end: float) -> None:
    site, chance = sample
    rendered = composer_lock.render(site, chance)
    lock = rendered.text[rendered.text.rindex("_readme") - 5 :].lstrip(",{ \n")
    text = lock[int(start * start * len(lock)) : int(end * len(lock))]
    try:
        inventory = _read(text, fmt="composer-lock")
    except InputError:
        return
    known = {(row.name, row.version) for row in rendered.expected.components}
    slugs = {str(row.slug).removesuffix(".php") for row in rendered.expected.components}
    assert {(row.name, row.version) for row in inventory.components} <= known
    assert {str(row.slug).removesuffix(".php") for row in inventory.components} <= slugs
    assert inventory.complete_kinds == frozenset()
    assert inventory.warnings[-1].endswith("; taken as partial")
    assert "5ecre7c0de" not in json.dumps(to_json(inventory))


def test_a_list_of_packages_is_a_lock_whoever_wrote_it() -> None:
    text = '{"packages":[{"name":"wpackagist-plugin/acme-forms","version":"5.10","type":"wordpress-plugin"}]}'
    assert _read(text).components == (Installed("plugin", "acme-forms", None, "5.10", "unknown"),)
    assert _read(text.replace('"5.10"', "5.10")).components[0].version == "5.10"


def test_what_is_installed_names_its_folder_itself() -> None:
    installed = {
        "packages": [
            _package("vendor/a", dist=ELSEWHERE, **{"install-path": "../../../web/app/plugins/acme-pro"}),
            _package("vendor/b", dist=ELSEWHERE, **{"install-path": "../../../web/app/mu-plugins/tweaks/"}),
        ],
        "dev": True,
        "dev-package-names": ["vendor/b"],
    }
    for text in (json.dumps(installed), json.dumps(installed["packages"])):
        assert _read(text).components == (
            Installed("plugin", "acme-pro", None, "1.2.3", "unknown"),
            Installed("mu-plugin", "tweaks.php", None, "1.2.3", "must-use"),
        )
    assert (
        "1 of its components are for development; the site may not have them" in _read(json.dumps(installed)).warnings
    )


@pytest.mark.parametrize(
    ("package", "kind", "slug"),
    [
        (_package("wpackagist-plugin/Acme_Forms"), "plugin", "Acme_Forms"),
        (_package("wp-theme/shop", kind="wordpress-theme"), "theme", "shop"),
        (_package("wp-plugin/acme", kind=""), "plugin", "acme"),
        (_package("vendor/wp-acme", dist=ELSEWHERE, extra={"installer-name": "acme-pro"}), "plugin", "acme-pro"),
        (_package("vendor/wp-acme"), "plugin", "acme-forms"),
        (_package("vendor/wp-acme", dist=TIMED), "plugin", "acme-forms"),
        (_package("vendor/wp-acme", dist=ELSEWHERE, source=SUBVERSION), "plugin", "acme-forms"),
        (_package("vendor/a", kind="wordpress-muplugin", extra={"installer-name": "hi"}), "mu-plugin", "hi.php"),
        (_package("vendor/a", kind="wordpress-dropin", extra={"installer-name": "db.php"}), "dropin", "db.php"),
    ],
)  # fmt: skip
def test_where_the_folder_is_told(package: dict[str, Any], kind: str, slug: str) -> None:
    installed = _only(package)
    assert (installed.kind, installed.slug, installed.name) == (kind, slug, None)


@pytest.mark.parametrize(
    "package",
    [
        _package("vendor/acme", dist=ELSEWHERE),
        _package("vendor/acme", dist={"type": "path", "url": "../plugins/acme"}),
        _package("vendor/acme", dist={"url": "https://downloads.wordpress.org.evil.example/plugin/acme.1.zip"}),
        _package("vendor/acme", dist={"url": "https://[bad"}),
        _package("vendor/acme", dist={"url": 7}, source=[]),
        _package("vendor/acme", dist=ELSEWHERE, extra={"installer-name": "../../evil"}),
        _package("vendor/acme", dist=ELSEWHERE, extra={"installer-name": "a/b"}),
        _package("vendor/acme", kind="wordpress-dropin", dist=ELSEWHERE),
    ],
)
def test_a_folder_is_never_guessed(package: dict[str, Any]) -> None:
    inventory = _read(_lock(package))
    (installed,) = inventory.components
    assert (installed.slug, installed.name) == (None, "vendor/acme")
    assert inventory.warnings[0] == "nothing tells the folder of vendor/acme; --resolve NAME=FOLDER does"


@pytest.mark.parametrize(
    ("package", "sign"),
    [
        (_package("wpackagist-plugin/acme"), None),
        (_package("wpackagist-plugin/acme", dist={}), None),
        (_package("wpackagist-plugin/acme", dist=ELSEWHERE, source=SUBVERSION), None),
        (_package("wpackagist-plugin/acme", dist=ELSEWHERE), POSSIBLE_FORK),
        (_package("wp-plugin/acme", dist={"type": "path", "url": "../patched/acme"}), POSSIBLE_FORK),
        (_package("wp-plugin/acme", dist={"url": "https://notwordpress.org/a.zip"}), POSSIBLE_FORK),
        (_package("wpackagist-plugin/acme", "dev-trunk"), DEVELOPMENT),
        (_package("vendor/acme", "dev-fix as 2.12.2", dist=ELSEWHERE), DEVELOPMENT),
        (_package("vendor/acme", "3.x-dev", dist=ELSEWHERE), DEVELOPMENT),
        (_package("vendor/acme", dist=ELSEWHERE), None),
    ],
)
def test_signs_of_a_fork(package: dict[str, Any], sign: str | None) -> None:
    installed = _only(package)
    assert installed.sign == sign
    assert installed.version == package["version"]


def test_what_is_no_component_is_passed_over_and_what_may_be_is_told() -> None:
    inventory = _read(
        _lock(
            _package("acme/library", kind="library"),
            _package("koodimonni-language/en_gb", kind="wordpress-language"),
            _package("composer/installers", kind="composer-plugin"),
            _package("acme/strange", kind="wordpress-something"),
            _package("wpackagist-plugin/acme", "9" * 200),
            7,
            {"version": "1.0"},
        )
    )
    assert inventory.components == ()
    assert [unparsed.text for unparsed in inventory.unparsed] == [
        "a package 'acme/strange' of type 'wordpress-something'",
        "a package 'wpackagist-plugin/acme' of type 'wordpress-plugin'",
        "a package without a name",
        "a package without a name",
    ]


def test_wordpress_itself_counts_before_what_requires_it() -> None:
    wrapper = _package("johnpbloch/wordpress", "6.6.1.1", "package")
    core = _package("johnpbloch/wordpress-core", "6.6.1", "wordpress-core")
    assert _read(_lock(wrapper, core)).wordpress_version == "6.6.1"
    assert _read(_lock(wrapper)).wordpress_version == "6.6.1.1"
    other = _read(_lock(core, _package("vendor/core", "6.7", "wordpress-core")))
    assert other.wordpress_version == "6.6.1"
    assert "it has WordPress in several versions (6.6.1, 6.7); the first was taken" in other.warnings
    assert _read(_lock(core, platform={"php": "8.2.1"})).php_version is None


def test_the_first_path_that_fits_counts_as_in_composer() -> None:
    lock = _lock(
        _package("wpackagist-plugin/a"),
        _package("wpackagist-plugin/b"),
        _package("studio/c", dist=ELSEWHERE),
        _package("vendor/d", dist=ELSEWHERE),
        _package("vendor/e", dist=ELSEWHERE),
    )
    paths = {
        "app/plugins/": ["vendor/e"],
        "app/themes/{$name}/": ["type:wordpress-theme"],
        "app/plugins/{$name}/": ["wpackagist-plugin/b"],
        "app/plugins/acme-pro/": "vendor/d",
        "app/mu-plugins/{$name}/": ["type:wordpress-muplugin", "vendor:studio", "type:wordpress-plugin"],
    }
    project = json.dumps({"extra": {"installer-paths": paths}})
    for text in (f"{project}\n{lock}", f"composer.lock:\n{lock}\ncomposer.json:\n{project}"):
        inventory = _read(text)
        found = [(row.kind, row.slug or row.name, row.status) for row in inventory.components]
        assert found == [
            ("mu-plugin", "a.php", "must-use"),
            ("plugin", "b", "unknown"),
            ("mu-plugin", "studio/c", "must-use"),
            ("plugin", "acme-pro", "unknown"),
            ("plugin", "vendor/e", "unknown"),
        ]
        assert inventory.unparsed == ()
    assert any("installs as must-use plugins" in warning for warning in _read(lock).warnings)


def test_packages_that_stand_alone_are_an_excerpt() -> None:
    text = json.dumps(_package("wpackagist-plugin/acme"), indent=4)
    inventory = _read(f"In my lock I have\n{text},\n")
    assert [row.slug for row in inventory.components] == ["acme"]
    assert [(unparsed.line, unparsed.text) for unparsed in inventory.unparsed] == [(1, "In my lock I have")]
    assert inventory.warnings[-1] == "it is an excerpt, not a whole file; taken as partial"


def test_a_damaged_lock_keeps_its_other_packages() -> None:
    lock = _lock(_package("wpackagist-plugin/a"), _package("wpackagist-plugin/b"), _package("wpackagist-plugin/c"))
    inventory = _read(lock.replace('"wpackagist-plugin/b",', '"wpackagist-plugin/b"'))
    assert [row.slug for row in inventory.components] == ["a", "c"]
    assert inventory.warnings[-1] == "the JSON is cut or damaged at line 15; taken as partial"
    assert any("wpackagist-plugin/b" in unparsed.text for unparsed in inventory.unparsed)


def test_two_locks_that_differ_are_told() -> None:
    inventory = _read(_lock(_package("wp-plugin/a", "1")) + _lock(_package("wpackagist-plugin/a", "2")))
    assert [row.version for row in inventory.components] == ["1"]
    assert "plugin/a stands in it twice, as 1 (unknown) and as 2 (unknown); the first was taken" in inventory.warnings


@pytest.mark.parametrize(
    "text",
    [
        '{"name":"acme","lockfileVersion":3,"packages":{"":{"version":"1.0"}}}',
        '{"packages":{"vendor/acme":{"1.0":{"name":"vendor/acme","version":"1.0"}}}}',
        '{"packages":[{"name":"acme","version":"1.0"}]}',
        '{"packages":["vendor/acme"]}',
        '[{"name":"acme","version":"1.0","source":"registry"}]',
    ],
)
def test_other_locks_are_none_of_composers(text: str) -> None:
    with pytest.raises(InputError, match=r"no composer\.lock stands in it"):
        read(text.encode(), source="list", fmt="composer-lock")


@pytest.mark.parametrize(
    "text",
    [
        '{"packages":[{"name":"a/b","version":"1","dist":' + "[" * 100_000,
        '{"content-hash":"0","packages":' + '[{"a":' * 50_000,
        '{"content-hash":"0","packages":[' + '{"a":1},' * 200_000,
        '{"content-hash":"0"' + ',\n{"name":"a/b","version":' * 90_000,
    ],
)
@pytest.mark.parametrize("fmt", [None, "composer-lock"])
def test_hostile_json_is_refused_in_one_sentence(text: str, fmt: str | None) -> None:
    with pytest.raises(InputError, match=r"^list") as error:
        read(text.encode(), source="list", fmt=fmt)
    assert "\n" not in str(error.value)


def test_more_packages_than_any_site_has_are_refused() -> None:
    with pytest.raises(InputError, match="it names over 30,000 components; no site has that many"):
        _read(_lock(*({"name": f"acme/p{number}", "version": "1"} for number in range(30_001))))
    with pytest.raises(InputError, match="over 5,000 of its lines were not understood"):
        _read(_lock(*[{"name": "acme"}] * 5_001))


@pytest.mark.parametrize(
    "text",
    [
        '{"content-hash":"' + '{"' * 90_000,
        '{"content-hash":"0","packages":[{"name":"a/b","version":"' + "x" * 6_000_000,
        '{"content-hash":"0"' + ',{"name":"a/b","version":' * 29_000,
    ],
)
def test_endless_beginnings_are_not_tried_for_ever(text: str) -> None:
    inventory = _read(text, fmt="composer-lock")
    assert inventory.components == ()
    assert inventory.warnings[-1].endswith("; taken as partial")
