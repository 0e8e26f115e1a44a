"""What a list changes in what was known of a site."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plugwatch.model.component import CORE, Component
from plugwatch.model.inventory import Change, Installed, Inventory, Unparsed, diff, to_json

FORMS = Installed("plugin", "acme-forms", "Acme Forms", "1.2.3", "active")
SLIDER = Installed("plugin", "Slider_Pro", None, "4.0", "inactive")
THEME = Installed("theme", "shopfront", None, "4.5", "active")
TWEAKS = Installed("mu-plugin", "site-tweaks.php", None, None, "must-use")
PLUGIN_KINDS = frozenset({"plugin", "mu-plugin", "dropin"})


def _known(*rows: Installed) -> dict[Component, Installed]:
    return {component: row for row in rows if (component := row.component) is not None}


def _listed(*rows: Installed, complete: frozenset[str] = PLUGIN_KINDS, core: str | None = None) -> Inventory:
    return Inventory("wpcli-csv", rows, wordpress_version=core, complete_kinds=complete)


def test_a_component_is_known_by_kind_and_slug() -> None:
    assert TWEAKS.component == Component("mu-plugin", "site-tweaks.php")
    assert Installed("plugin", None, "Acme Forms", "1.2", "active").component is None


def test_what_comes_goes_and_changes() -> None:
    newer = replace(FORMS, version="1.2.4")
    changes = diff(_known(FORMS, SLIDER, THEME), _listed(newer, TWEAKS), partial=False)
    assert changes.added == (Change(Component("mu-plugin", "site-tweaks.php"), None, TWEAKS),)
    assert changes.changed == (Change(Component("plugin", "acme-forms"), FORMS, newer),)
    assert changes.removed == (Change(Component("plugin", "Slider_Pro"), SLIDER, None),)
    assert changes.unchanged == 0
    assert changes.unresolved == ()


def test_the_same_list_again_changes_nothing() -> None:
    changes = diff(_known(FORMS, SLIDER, TWEAKS), _listed(FORMS, SLIDER, TWEAKS), partial=False)
    assert (changes.added, changes.changed, changes.removed, changes.unchanged) == ((), (), (), 3)


@pytest.mark.parametrize(
    ("after", "changed"),
    [
        (replace(FORMS, status="inactive"), True),
        (replace(FORMS, version=None), False),
        (replace(FORMS, status="unknown"), False),
        (replace(FORMS, version=None, status="inactive"), True),
        (replace(FORMS, name=None, update_version="1.2.4", auto_update=True), False),
    ],
)
def test_only_a_known_version_or_status_that_differs_is_a_change(after: Installed, changed: bool) -> None:
    changes = diff(_known(FORMS), _listed(after), partial=False)
    assert (len(changes.changed), changes.unchanged) == ((1, 0) if changed else (0, 1))
    assert changes.removed == ()


def test_a_version_that_was_unknown_is_a_change() -> None:
    before = replace(FORMS, version=None)
    assert diff(_known(before), _listed(FORMS), partial=False).changed[0].after == FORMS


def test_a_partial_list_and_an_incomplete_kind_close_nothing() -> None:
    assert diff(_known(FORMS), _listed(), partial=True).removed == ()
    assert diff(_known(FORMS), _listed(complete=frozenset({"theme"})), partial=False).removed == ()


def test_rows_without_a_slug_are_unresolved_and_keep_their_kind_open() -> None:
    nameless = Installed("plugin", None, "Slider Pro", "4.0", "active")
    changes = diff(_known(SLIDER, TWEAKS), _listed(nameless), partial=False)
    assert changes.unresolved == (nameless,)
    assert [change.component for change in changes.removed] == [TWEAKS.component]


def test_wordpress_takes_part_without_closing_anything() -> None:
    added = diff({}, _listed(core="6.9.1"), partial=False).added
    assert added == (Change(CORE, None, Installed("core", "wordpress", "WordPress", "6.9.1", "active")),)
    known = _known(Installed("core", "wordpress", "WordPress", "6.9.1", "active"))
    assert diff(known, _listed(core="6.9.2"), partial=False).changed[0].component == CORE
    assert diff(known, _listed(complete=PLUGIN_KINDS | {"core"}), partial=False).removed == ()


def test_the_first_of_two_rows_of_a_component_counts() -> None:
    changes = diff({}, _listed(FORMS, replace(FORMS, version="9")), partial=False)
    assert [change.after for change in changes.added] == [FORMS]


def test_to_json_is_the_contract_of_inventory_read() -> None:
    inventory = Inventory(
        "wpcli-csv",
        (replace(FORMS, update_version="1.2.4", auto_update=False), replace(TWEAKS, slug=None)),
        php_version="8.2",
        unparsed=(Unparsed(7, "hello"),),
        warnings=("line 7",),
        complete_kinds=PLUGIN_KINDS,
    )
    assert to_json(inventory) == {
        "format": "wpcli-csv",
        "wordpress_version": None,
        "php_version": "8.2",
        "components": [
            {
                "kind": "plugin",
                "slug": "acme-forms",
                "name": "Acme Forms",
                "version": "1.2.3",
                "status": "active",
                "update_version": "1.2.4",
                "auto_update": False,
                "sign": None,
            },
            {
                "kind": "mu-plugin",
                "slug": None,
                "name": None,
                "version": None,
                "status": "must-use",
                "update_version": None,
                "auto_update": None,
                "sign": None,
            },
        ],
        "unparsed": [{"line": 7, "text": "hello"}],
        "warnings": ["line 7"],
    }
