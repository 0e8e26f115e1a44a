"""JSON lists amid noise, cut, nested, huge and hostile."""

from __future__ import annotations

import json

import pytest

from plugwatch.errors import InputError
from plugwatch.inventories.containers import decode
from plugwatch.inventories.registry import read
from plugwatch.inventories.wpcli.wpcli_json import recognise
from plugwatch.model.inventory import Installed, Inventory

PLUGIN_KINDS = {"plugin", "mu-plugin", "dropin"}

LIST = (
    '[{"name":"acme-forms","title":"Acme Forms","file":"acme-forms/acme-forms.php","status":"active",'
    '"update":"available","version":"1.2.3","update_version":"1.2.4","auto_update":"off"},'
    '{"name":"site-tweaks","title":"Site Tweaks","file":"site-tweaks.php","status":"must-use","update":false,'
    '"version":"0.3","update_version":null,"auto_update":"off"},'
    '{"name":"object-cache.php","title":"","file":"object-cache.php","status":"dropin","update":false,'
    '"version":"","update_version":"","auto_update":false}]'
)
COMPONENTS = (
    Installed("plugin", "acme-forms", "Acme Forms", "1.2.3", "active", "1.2.4", auto_update=False),
    Installed("mu-plugin", "site-tweaks.php", "Site Tweaks", "0.3", "must-use", None, auto_update=False),
    Installed("dropin", "object-cache.php", None, None, "dropin", None, auto_update=None),
)


def _read(text: str, fmt: str | None = None) -> Inventory:
    found = read(text.encode(), source="list.json", fmt=fmt)
    assert isinstance(found, Inventory)
    return found


def test_a_list_is_read_whole() -> None:
    inventory = _read(LIST)
    assert (inventory.format, inventory.components, inventory.complete_kinds) == (
        "wpcli-json",
        COMPONENTS,
        PLUGIN_KINDS,
    )
    assert inventory.warnings == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Deprecated: Array [{\"a\"] access in /srv/x.php on line 1\n", ""),
        ("$ wp plugin list --format=json\n", "deploy@web1:~$ "),
        ("#!/usr/bin/env php\n\ufeff", "\nSuccess: done"),
        ("Warning: [] and [\"x\"] and [{ in a.php on line 2\n<br />\n", "Error: Only updated 1 of 2 plugins."),
        ("@shop\n", ""),
    ],
)  # fmt: skip
def test_noise_around_is_context(before: str, after: str) -> None:
    inventory = _read(before + LIST + after)
    assert inventory.components == COMPONENTS
    assert inventory.unparsed == ()
    assert inventory.complete_kinds == PLUGIN_KINDS


def test_words_around_are_reported_with_their_line() -> None:
    inventory = _read(f"Hello\n\n{LIST} that was it\nBye")
    assert [(unparsed.line, unparsed.text) for unparsed in inventory.unparsed] == [
        (1, "Hello"),
        (3, "that was it"),
        (4, "Bye"),
    ]
    assert inventory.components == COMPONENTS


def test_a_cut_list_keeps_its_complete_objects() -> None:
    inventory = _read(LIST[:-30])
    assert inventory.components == COMPONENTS[:2]
    assert inventory.complete_kinds == frozenset()
    assert "the JSON is cut after 2 complete entries; taken as partial" in inventory.warnings
    assert len(inventory.unparsed) == 1


def test_a_list_within_other_json_closes_nothing() -> None:
    for text in (f'{{"plugins": {LIST}}}', f'{{"plugins":\n  {LIST}\n}}', f"[[1], {LIST}]"):
        inventory = _read(text)
        assert inventory.components == COMPONENTS
        assert inventory.complete_kinds == frozenset()
        assert "it is a part of other JSON, which WP-CLI does not print; taken as partial" in inventory.warnings


@pytest.mark.parametrize("fields", ['"version":"2.31.0"', '"status":"running","version":"2.31.0"'])
def test_names_with_versions_of_anything_close_nothing(fields: str) -> None:
    inventory = _read(f'[{{"name":"requests",{fields}}}]')
    assert inventory.complete_kinds == frozenset()
    assert any(warning.endswith("whole output of WP-CLI; taken as partial") for warning in inventory.warnings)


def test_a_line_end_that_a_terminal_put_into_a_string_is_taken_out() -> None:
    assert _read(LIST.replace("acme-forms", "acme-\nforms", 1)).components == COMPONENTS


def test_numbers_are_text_and_entries_that_are_no_rows_are_reported() -> None:
    inventory = _read(
        '[{"name":"a","status":"active","version":5.10},7,{"name":"../b","status":"active"},{"x":{"y":1}}]'
    )
    assert inventory.components == (Installed("plugin", "a", None, "5.10", "active"),)
    assert [unparsed.text for unparsed in inventory.unparsed] == [
        "entry 2: no object",
        "entry 3: name: ../b, status: active",
        "entry 4: no object",
    ]
    assert inventory.complete_kinds == frozenset()


def test_control_characters_and_lone_surrogates_do_not_get_through() -> None:
    text = (
        '[{"name":"a","status":"active","title":"A\\u0000\\u001b[31m\\ud800 B\\u202e","version":"1.\\u00002\\ud800"}]'
    )
    assert _read(text).components == (Installed("plugin", "a", "A [31m B", "1. 2", "active"),)


def test_an_empty_list_stands_alone_and_closes_nothing() -> None:
    inventory = _read("Notice: strange thing []\n[]\n")
    assert inventory.components == ()
    assert inventory.complete_kinds == frozenset()
    with pytest.raises(InputError):
        _read("Notice: strange thing []\n")


@pytest.mark.parametrize(
    "text",
    [
        '[{"name":"acme","old_version":"1.2","new_version":"1.3","status":"Updated"}]',
        '[{"plugin":"acme/acme","status":"active","name":"Acme Forms","version":"1.2.3","requires_php":"7.4"}]',
        '[{"name":"Administrator","role":"administrator"}]',
        '[{"name":"acme","slug":"acme","version":"1.0"}]',
        '{"packages":[{"name":"acme/tool","version":"1.2","type":"library","authors":[]}]}',
        '["acme","Forms for you"]',
        '["1.2.3","2.0","dev-main"]',
        '["active","inactive","must-use"]',
        '["switch_themes","edit_themes"]',
        '$ wp cap list administrator --format=json\n["switch_themes","edit_themes"]',
        '{"installed":[{"name":"monolog/monolog","version":"2.0.0"}]}',
        '{"nodes":[{"name":"web-1","status":"active","version":"1.2"}]}',
        '[{"name":"wpackagist-plugin/acme","version":"1.2","type":"wordpress-plugin"}]',
        '[404,"301-redirects"]',
        'Notice: a ["acme","foo"] in it',
        'Hello\n["acme","foo"]',
        '$ wp user list --field=user_login --format=json\n["acme","foo"]\nBye',
        '$ wp plugin list --field=version --format=json\n["acme","foo"]',
        "[1,2,3]",
        '{"name":"acme","version":"1.2","status":"active"}',
        '[{"ID":1,"user_login":"bob"}]',
    ],
)
def test_other_json_is_no_list(text: str) -> None:
    assert recognise(decode(text.encode(), "list.json")).confidence < 0.5


@pytest.mark.parametrize(
    "names", ['["acme-forms","twin\\/two","hello.php","5"]', '["acme-forms","twin/two","hello.php","5"]']
)
def test_an_array_of_names_alone_is_only_read_where_told_and_says_no_more(names: str) -> None:
    text = f'Warning: [] and ["x"] in a.php on line 2\n{names}@shop\n'
    with pytest.raises(InputError, match="no list that plugwatch knows"):
        _read(text)
    inventory = _read(text, "wpcli-json")
    assert inventory.components == tuple(
        Installed("plugin", slug, None, None, "unknown") for slug in ("acme-forms", "twin/two", "hello.php", "5")
    )
    assert inventory.complete_kinds == frozenset()
    assert "names alone do not say whether they are all; taken as partial" in inventory.warnings


@pytest.mark.parametrize(
    ("command", "components", "complete"),
    [
        ("wp plugin list --field=name --format=json", ["plugin/acme", "plugin/foo"], {"plugin"}),
        ("wp theme list --field=name --format=json", ["theme/acme", "theme/foo"], {"theme"}),
        ("wp plugin list --field=name --format=json --status=active", ["plugin/acme", "plugin/foo"], set()),
    ],
)
def test_the_command_above_says_what_an_array_of_names_is(
    command: str, components: list[str], complete: set[str]
) -> None:
    inventory = _read(f'Hello\n$ {command}\n["acme","foo"]\n')
    assert [str(row.component) for row in inventory.components] == components
    assert inventory.complete_kinds == complete
    assert [unparsed.line for unparsed in inventory.unparsed] == [1]


def test_two_commands_in_a_row_do_not_say_whose_list_follows() -> None:
    commands = "wp theme list --format=json\nwp plugin list --format=json\n"
    one = '[{"name":"shop","status":"active","version":"2.0"}]\n'
    inventory = _read(commands + one)
    assert "nothing says whether the list holds plugins or themes" in inventory.warnings[0]
    inventory = _read(commands.replace("\n", "\nError: No database.\n") + one)
    assert inventory.warnings == ()


def test_an_array_of_files_names_folders_and_files() -> None:
    inventory = _read('["acme/acme.php","hello.php","twin/one.php","twin/two.php","db.php"]', "wpcli-json")
    assert [str(row.component) for row in inventory.components] == [
        "plugin/acme",
        "plugin/hello",
        "plugin/twin/one",
        "plugin/twin/two",
        "dropin/db.php",
    ]


def test_a_list_after_the_results_of_an_update_is_found() -> None:
    results = '[{"name":"acme-forms","old_version":"1.2","new_version":"1.2.3","status":"Updated"}]'
    inventory = _read(f"{results}\n{LIST}")
    assert inventory.components == COMPONENTS
    assert [unparsed.line for unparsed in inventory.unparsed] == [1]


def test_several_sites_are_never_mixed() -> None:
    with pytest.raises(InputError, match=r"several sites \(@clienta, @clientb\)"):
        _read(f"@clienta\n{LIST}@clientb\n{LIST}", "wpcli-json")


def test_lists_that_are_glued_without_names_are_several_sites_unless_they_have_nothing_in_common() -> None:
    with pytest.raises(InputError, match="several sites without their names"):
        _read(LIST + LIST)
    themes = '[{"name":"shop","status":"active","update":"none","version":"2.0","type":"block"}]'
    inventory = _read(LIST + themes)
    assert inventory.components == (*COMPONENTS, Installed("theme", "shop", None, "2.0", "active"))
    assert inventory.complete_kinds == {*PLUGIN_KINDS, "theme"}


@pytest.mark.parametrize("overwritten", ['[{"name":"a', '["acme-form', '[{"nam@both\n@shop\n[{"name":"a'])
def test_a_list_that_overwrote_another_is_refused(overwritten: str) -> None:
    rest = '["acme-forms","foo"]' if overwritten.startswith('["') else LIST
    with pytest.raises(InputError, match="overwritten"):
        _read(f"@shop\n{overwritten}{rest}", "wpcli-json")


@pytest.mark.parametrize(
    "text",
    [
        '[{"name":' * 100_000,
        '[{"name":' + "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000,
        '[{"name":"a","status":"active","x":' + "[" * 100_000 + "]" * 100_000 + "}]",
    ],
)
@pytest.mark.parametrize("fmt", [None, "wpcli-json"])
def test_deep_json_is_refused_in_one_sentence(text: str, fmt: str | None) -> None:
    with pytest.raises(InputError, match=r"^list\.json") as error:
        _read(text, fmt)
    assert "\n" not in str(error.value)


def test_a_huge_number_is_no_row() -> None:
    inventory = _read(
        '[{"name":"a","status":"active"},{"name":"b","status":"active","version":' + "9" * 1_000_000 + "}]"
    )
    assert [row.slug for row in inventory.components] == ["a"]
    assert len(inventory.unparsed[0].text) <= 201


@pytest.mark.parametrize("start", ["[{", '[{"', '[{"a":[{"b', '[{"a":1},', '[""', '[{"name":"'])
def test_a_million_beginnings_are_not_tried_for_ever(start: str) -> None:
    with pytest.raises(InputError):
        _read(start * (2_000_000 // len(start)))


def test_many_arrays_are_no_list_of_one_site() -> None:
    one = json.dumps([{"name": "a", "status": "active"}])
    with pytest.raises(InputError, match="over 100 lists"):
        _read(f"{one}\n" * 150)
