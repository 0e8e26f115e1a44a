"""What a real WordPress's Site Health copies is read as what is installed there."""

from __future__ import annotations

import pytest
from peers.wordpress import WordPress
from peers.wordpress_content import INSTALLED

from plugwatch.inventories.registry import read
from plugwatch.model.inventory import Inventory

pytestmark = pytest.mark.services

COMES_WITH_WORDPRESS = {"Akismet Anti-Spam", "Hello Dolly"}


@pytest.fixture(scope="module")
def inventory(wordpress: WordPress) -> Inventory:
    found = read(wordpress.site_health().encode(), source="site health")
    assert isinstance(found, Inventory)
    return found


def test_it_names_what_is_installed(inventory: Inventory) -> None:
    """Folders are shown of the theme in use and its parent only, and of drop-ins nothing but the file."""
    expected = set()
    for kind, slug, name, version, status in INSTALLED:
        if kind == "dropin":
            expected.add((kind, slug, None, None, status))
        elif kind == "theme" and status != "inactive":
            expected.add((kind, slug, name, version, status))
        else:
            expected.add((kind, None, name or slug, version, status))
    found = {(row.kind, row.slug, row.name, row.version, row.status) for row in inventory.components}
    assert {row for row in found if row[2] not in COMES_WITH_WORDPRESS} == expected
    assert len(found) == len(inventory.components)


def test_it_is_read_as_whole(inventory: Inventory, wordpress: WordPress) -> None:
    assert inventory.format == "site-health"
    assert inventory.wordpress_version == wordpress.installed()["core"]["wordpress"]["Version"]
    assert inventory.complete_kinds == {"plugin", "theme", "mu-plugin", "dropin"}
    assert inventory.unparsed == ()
    assert inventory.warnings == ()
    assert inventory.knows_updates is False  # the tests' WordPress may not ask wordpress.org
