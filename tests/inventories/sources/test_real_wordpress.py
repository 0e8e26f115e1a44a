"""A real WordPress: its own word, folder, REST API, Site Health and WP-CLI agree; a wrong log-in is explained."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
import requests
from peers.wordpress import WordPress
from peers.wordpress_content import BROKEN_THEMES, INSTALLED

from plugwatch.errors import PlugwatchError
from plugwatch.inventories.sources.credentials import password_variable
from plugwatch.inventories.sources.fetch import fetch
from plugwatch.inventories.sources.spec import SourceSite, parse_spec
from plugwatch.model.inventory import Inventory

pytestmark = pytest.mark.services

Row = tuple[str, str, str | None, str | None]

COMES_WITH_WORDPRESS = {"akismet", "hello"}
# WP-CLI 3 lists these too, though WordPress loads neither; WP-CLI 2 leaves broken themes out.
ONLY_WP_CLI = {("mu-plugin", "library/library.php"), ("theme", "assets")}


@pytest.fixture(scope="module")
def said(wordpress: WordPress) -> set[Row]:
    """What WordPress itself says is installed: kind, slug, name and version; plugins are named as WP-CLI names them."""
    rows: set[Row] = set()
    for kind, found in wordpress.installed().items():
        folders = Counter(file.rpartition("/")[0] for file in found)
        for file, data in found.items():
            folder = file.rpartition("/")[0]
            alone = folder and folders[folder] == 1
            slug = file if kind != "plugin" else folder if alone else file.removesuffix(".php")
            rows.add((kind, slug, data["Name"] if data["Name"] != file else None, data["Version"] or None))
    return rows


def _rows(inventory: Inventory) -> set[Row]:
    rows = [(row.kind, row.slug or "", row.name, row.version) for row in inventory.components]
    if inventory.wordpress_version is not None:
        rows.append(("core", "wordpress", "WordPress", inventory.wordpress_version))
    assert len(rows) == len(set(rows))
    return set(rows)


def _statuses(inventory: Inventory, kinds: set[str]) -> set[tuple[str, str, str]]:
    return {
        (row.kind, row.slug or "", row.status)
        for row in inventory.components
        if row.kind in kinds and row.slug not in COMES_WITH_WORDPRESS
    }


def _fetch(source: str, workspace: Path) -> Inventory:
    """What ``site refresh`` gets from a source."""
    return fetch(parse_spec(source), SourceSite("shop", None, workspace))


def _rest(address: str, user: str = "ada") -> str:
    return f"rest:{address.replace('//', f'//{user}@')}"


@pytest.fixture
def password(wordpress: WordPress, monkeypatch: pytest.MonkeyPatch) -> str:
    """The administrator's application password, where plugwatch looks for it."""
    monkeypatch.setenv(password_variable("shop"), wordpress.passwords["ada"])
    return wordpress.passwords["ada"]


def test_wordpress_finds_what_was_put_there(said: set[Row]) -> None:
    expected = {row[:4] for row in INSTALLED} | BROKEN_THEMES
    assert expected <= said
    assert {slug for _, slug, _, _ in said - expected} <= COMES_WITH_WORDPRESS | {"wordpress"}


def test_a_folder_scan_finds_what_wordpress_finds(wordpress: WordPress, said: set[Row], tmp_path: Path) -> None:
    inventory = _fetch(str(wordpress.root), tmp_path)
    assert _rows(inventory) == said
    assert inventory.complete_kinds == {"plugin", "theme", "mu-plugin", "dropin"}
    assert inventory.unparsed == ()
    assert inventory.warnings == ("the theme orphan builds on the theme gone, which is not there",)


@pytest.mark.parametrize("permalinks", ["pretty", "plain"])
@pytest.mark.usefixtures("password")
def test_the_rest_api_tells_what_wordpress_finds(
    wordpress: WordPress, said: set[Row], tmp_path: Path, permalinks: str
) -> None:
    inventory = _fetch(_rest(wordpress.address if permalinks == "pretty" else wordpress.plain), tmp_path)
    kinds = {"plugin", "theme"}
    assert _rows(inventory) == {row for row in said if row[0] in kinds} - BROKEN_THEMES
    assert _statuses(inventory, kinds) == {
        (kind, slug, status) for kind, slug, _, _, status in INSTALLED if kind in kinds
    }
    assert inventory.complete_kinds == kinds
    assert (inventory.unparsed, inventory.warnings) == ((), ())


@pytest.mark.parametrize("what", ["plugins", "themes"])
def test_a_saved_answer_of_the_rest_api_is_the_same_list(
    wordpress: WordPress, said: set[Row], tmp_path: Path, what: str
) -> None:
    route = f"{wordpress.address}/wp-json/wp/v2/{what}"
    answer = requests.get(route, auth=("ada", wordpress.passwords["ada"]), timeout=30)
    (tmp_path / "answer.json").write_bytes(answer.content)
    inventory = _fetch("answer.json", tmp_path)
    assert inventory.format == f"rest-{what}"
    assert _rows(inventory) == {row for row in said if row[0] == what.removesuffix("s")} - BROKEN_THEMES


def test_site_health_tells_what_wordpress_finds(wordpress: WordPress, tmp_path: Path) -> None:
    (tmp_path / "info.txt").write_text(wordpress.site_health(), encoding="utf-8")
    inventory = _fetch("info.txt", tmp_path)
    assert inventory.format == "site-health"
    told = {(row.kind, row.name or row.slug, row.version, row.status) for row in inventory.components}
    expected = {(row[0], row[2] or row[1], *row[3:]) for row in INSTALLED if row[0] != "dropin"}
    dropins = {("dropin", row[1], None, "dropin") for row in INSTALLED if row[0] == "dropin"}
    assert {row for row in told if row[1] not in ("Akismet Anti-Spam", "Hello Dolly")} == expected | dropins
    assert inventory.wordpress_version == wordpress.installed()["core"]["wordpress"]["Version"]
    assert (inventory.unparsed, inventory.warnings) == ((), ())


@pytest.mark.skipif(shutil.which("wp") is None, reason="WP-CLI is in no package of Debian; see wp-cli.org")
def test_wp_cli_tells_what_wordpress_finds(wordpress: WordPress, said: set[Row], tmp_path: Path) -> None:
    inventory = _fetch(f"wp --path={wordpress.root} --allow-root", tmp_path)
    told = {row for row in _rows(inventory) if row[:2] not in ONLY_WP_CLI} | BROKEN_THEMES
    assert told == {row if row[0] != "dropin" else (*row[:3], None) for row in said}  # it has no versions of drop-ins
    kinds = {"plugin", "theme", "mu-plugin", "dropin"}
    assert _statuses(inventory, kinds) >= {(kind, slug, status) for kind, slug, _, _, status in INSTALLED}
    assert any("could not ask for updates" in warning for warning in inventory.warnings)


def test_a_wrong_password_is_told_from_a_missing_one(
    wordpress: WordPress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(
        PlugwatchError, match="no application password for the site 'shop'; set PLUGWATCH_APP_PASSWORD_"
    ):
        _fetch(_rest(wordpress.address), tmp_path)
    monkeypatch.setenv(password_variable("shop"), "abcd EFGH 1234 ijkl MNOP 5678")
    with pytest.raises(PlugwatchError, match="does not take the user 'ada' with this application password") as caught:
        _fetch(_rest(wordpress.address), tmp_path)
    assert "EFGH" not in str(caught.value)


def test_a_user_without_the_right_is_told(
    wordpress: WordPress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(password_variable("shop"), wordpress.passwords["ben"])
    with pytest.raises(PlugwatchError, match="'ben' may not see the plugins; name a user who may activate plugins"):
        _fetch(_rest(wordpress.address, "ben"), tmp_path)


@pytest.mark.usefixtures("password")
def test_plain_http_has_no_application_passwords(wordpress: WordPress, tmp_path: Path) -> None:
    with pytest.raises(PlugwatchError, match=r"application passwords are switched off there.*HTTPS"):
        _fetch(_rest(wordpress.production), tmp_path)
