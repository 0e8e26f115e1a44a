"""The list that a person keeps by hand, and the mistakes in it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from rendering import plugwatch_toml, samples

from plugwatch.errors import InputError
from plugwatch.inventories.registry import read
from plugwatch.model.inventory import Installed, Inventory

LIST = """\
wordpress = "6.9.1"
php = "8.2"
[plugins]
acme = "5.3"
tidy-forms = { version = "1.2.4", status = "inactive", name = "Tidy Forms" }
"twin/extra" = ""
[themes]
shopfront = { version = "4.5.0", status = "active" }
[mu-plugins]
"site-tweaks.php" = "0.3"
[dropins]
"object-cache.php" = ""
"""


def _read(text: str) -> Inventory:
    return read(text.encode(), source="sites/acme.toml", fmt="plugwatch-toml")


def test_everything_that_the_contract_allows_is_read() -> None:
    inventory = read(LIST.encode(), source="x")
    assert inventory == Inventory(
        "plugwatch-toml",
        (
            Installed("plugin", "acme", None, "5.3", "unknown"),
            Installed("plugin", "tidy-forms", "Tidy Forms", "1.2.4", "inactive"),
            Installed("plugin", "twin/extra", None, None, "unknown"),
            Installed("theme", "shopfront", None, "4.5.0", "active"),
            Installed("mu-plugin", "site-tweaks.php", None, "0.3", "must-use"),
            Installed("dropin", "object-cache.php", None, None, "dropin"),
        ),
        wordpress_version="6.9.1",
        php_version="8.2",
        complete_kinds=frozenset({"plugin", "theme", "mu-plugin", "dropin"}),
    )


def test_only_the_tables_that_stand_in_it_are_complete() -> None:
    assert _read('[themes]\nshop = "1"\n').complete_kinds == {"theme"}
    assert _read('wordpress = "6.9"\n').complete_kinds == frozenset()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[plugin]\nacme = "1"\n', "line 1: unknown key: 'plugin'; did you mean 'plugins'?"),
        ('Wordpress = "6.9"\n', "line 1: unknown key: 'Wordpress'; did you mean 'wordpress'?"),
        ('\nzzz = "6.9"\n', "line 2: unknown key: 'zzz'; known are wordpress, php, plugins, themes"),
        ("[plugins]\nacme = 5.10\n", "line 2: the version of plugins.acme must be text in quotes"),
        ("wordpress = 6\n", "line 1: the version of wordpress must be text in quotes"),
        ('[plugins]\nacme = { verison = "1" }\n', "line 2: unknown key in plugins.acme: 'verison'; did you mean 'ver"),
        ('[plugins]\nacme = { status = "activ" }\n', "unknown status of plugins.acme: 'activ'; did you mean 'active'?"),
        ("[plugins]\nacme = { name = 7 }\n", "line 2: the name of plugins.acme must be text in quotes"),
        ("plugins = 3\n", "line 1: 'plugins' must be a table of names and versions"),
        ('[plugins]\n"../x" = "1"\n', "line 2: 'plugins.../x' is no folder or file name"),
        ('[plugins]\na.b = "1"\n', "line 2: unknown key in plugins.a: 'b'"),
        ('[mu-plugins]\ntweaks = "1"\n', "line 2: a must-use plugin is named by its file; write \"tweaks.php\""),
        ("[plugins\n", "it is no valid TOML: "),
        ('[plugins]\na = "1"\na = "2"\n', "it is no valid TOML: "),
        ("a = " + "9" * 5000, "a number in it is too long"),
        ("a = " + "[" * 100_000, "nested too deeply"),
        ("#" + "a" * 2_000_000, "it is over 1 MiB"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        _read(text)
    assert str(error.value).startswith("sites/acme.toml")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text", ['[plugin]\nacme = "1"\n', '[[themes]]\nwordpress = "1"\n', '[plugins.acme]\nversion = "1"\n']
)
def test_a_file_with_a_nearly_right_table_is_still_known_as_ours(text: str) -> None:
    try:
        said = read(text.encode(), source="x").format
    except InputError as error:
        said = str(error)
    assert "no list that plugwatch knows" not in said


def test_a_file_that_was_cut_behind_a_header_removes_nothing() -> None:
    inventory = _read('[plugins]\ntidy-forms = "1.2.4"\n[themes]\n')
    assert inventory.complete_kinds == {"plugin"}
    assert inventory.warnings == ("the table [themes] is empty, so nothing was taken for removed",)


@pytest.mark.parametrize("entry", ['a{} = ""\n', "a{}.version = ''\n"])
def test_more_entries_than_any_site_has_are_refused(entry: str) -> None:
    with pytest.raises(InputError, match="it names over 30,000 components; no site has that many"):
        _read("[plugins]\n" + "".join(map(entry.format, range(31_000))))


@given(samples.sites())
def test_any_site_written_by_hand_is_read_back_exactly(drawn: tuple[samples.SampleSite, random.Random]) -> None:
    rendered = plugwatch_toml.render(*drawn)

    found = read(rendered.text.encode(), source="list.toml")

    assert isinstance(found, Inventory)
    assert replace(found, format="expected") == rendered.expected
