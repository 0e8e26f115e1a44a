"""Boxes copied from terminals, with what people and terminals do to them."""

from __future__ import annotations

import pytest

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NO_HINTS, Hints, decode
from plugwatch.inventories.registry import read
from plugwatch.inventories.wpcli.wpcli_table import recognise
from plugwatch.model.inventory import Installed, Inventory

PLUGIN_KINDS = {"plugin", "mu-plugin", "dropin"}

BOX = """\
+------------------+----------------+------------------------------+---------+----------------+-------------+
| name             | status         | update                       | version | update_version | auto_update |
+------------------+----------------+------------------------------+---------+----------------+-------------+
| acme-forms       | active         | available                    | 1.2.3   | 1.2.4          | off         |
| Slider_Pro       | active-network | version   higher than expected | 99.0-x1.2 |              | on          |
| twin-tools/extra | inactive       | unavailable                  |         | 2.0            | off         |
| site-tweaks      | must-use       | none                         | 0.3     |                | off         |
| object-cache.php | dropin         | none                         |         |                | off         |
+------------------+----------------+------------------------------+---------+----------------+-------------+
"""


NETWORK = (
    "it is a network's list: what is inactive here is active neither in the whole network nor on its main site, but "
    "another of its sites may use it (ask with --url)"
)


def _read(text: str, hints: Hints = NO_HINTS) -> Inventory:
    return read(text.encode(), source="paste.txt", hints=hints)


def test_a_box_is_read_whole() -> None:
    inventory = _read(BOX)
    assert inventory.format == "wpcli-table"
    assert inventory.components == (
        Installed("plugin", "acme-forms", None, "1.2.3", "active", "1.2.4", auto_update=False),
        Installed(
            "plugin", "Slider_Pro", None, "99.0-x1.2", "active-network", None, auto_update=True, sign="possible-fork"
        ),
        Installed("plugin", "twin-tools/extra", None, None, "inactive", "2.0", auto_update=False),
        Installed("mu-plugin", "site-tweaks.php", None, "0.3", "must-use", None, auto_update=False),
        Installed("dropin", "object-cache.php", None, None, "dropin", None, auto_update=False),
    )
    assert inventory.complete_kinds == PLUGIN_KINDS
    assert inventory.unparsed == ()
    assert inventory.warnings == (NETWORK,)


def test_colours_quotes_and_a_prompt_change_nothing() -> None:
    coloured = BOX.replace("acme-forms", "\x1b[32macme-forms\x1b[0m").replace("| active ", "|\u00a0active ")
    quoted = "".join(f"> {line}\n" for line in ["deploy@web1:~/site$ wp plugin list", *coloured.splitlines()])
    assert _read(quoted).components == _read(BOX).components


def test_notices_between_rows_are_context() -> None:
    lines = BOX.splitlines()
    lines.insert(4, "PHP Warning:  Undefined array key 1 in /srv/wp-content/plugins/foo/foo.php on line 12")
    lines.insert(6, "Deprecated: strlen(): Passing null in /srv/wp-content/plugins/bar/bar.php on line 3")
    inventory = _read("\n".join(lines))
    assert inventory.components == _read(BOX).components
    assert inventory.unparsed == ()
    assert inventory.complete_kinds == PLUGIN_KINDS


@pytest.mark.parametrize("missing", ["top", "middle"])
def test_a_missing_upper_border_loses_nothing(missing: str) -> None:
    lines = BOX.splitlines()
    del lines[0 if missing == "top" else 2]
    inventory = _read("\n".join(lines))
    assert inventory.components == _read(BOX).components
    assert inventory.complete_kinds == PLUGIN_KINDS


def test_a_missing_last_border_makes_the_list_partial() -> None:
    inventory = _read("\n".join(BOX.splitlines()[:-1]))
    assert inventory.components == _read(BOX).components
    assert inventory.complete_kinds == frozenset()
    assert "the last border of the table is missing; taken as partial" in inventory.warnings


def test_a_row_cut_in_the_middle_is_reported_and_not_read() -> None:
    inventory = _read("\n".join([*BOX.splitlines()[:6], "| site-tweaks      | must-use       | none     | 0."]))
    assert [installed.slug for installed in inventory.components] == ["acme-forms", "Slider_Pro", "twin-tools/extra"]
    assert [unparsed.line for unparsed in inventory.unparsed] == [7]
    assert inventory.complete_kinds == frozenset()


def test_a_row_that_makes_no_sense_makes_the_list_partial() -> None:
    inventory = _read(BOX.replace("| site-tweaks      |", "| site -> tweaks   |"))
    assert [unparsed.line for unparsed in inventory.unparsed] == [7]
    assert inventory.complete_kinds == frozenset()
    assert "line 7 of the list could not be read; taken as partial" in inventory.warnings


NARROW = """\
$ wp plugin list
+------------+------------+------------+---------+------------+------------+
| name       | status     | update     | version | update_ver | auto_updat |
|            |            |            |         | sion       | e          |
+------------+------------+------------+---------+------------+------------+
| acme-forms | active     | none       | 1.2.3   |            | off        |
| shop-gatew | active-net | version hi | 20.1.2- | 20.1.3-bet | on         |
| ay-express | work       | gher than  | beta.1  | a.2        |            |
|            |            | expected   |         |            |            |
| site-tweak | must-use   | none       | 0.1     |            | off        |
| s          |            |            |         |            |            |
+------------+------------+------------+---------+------------+------------+
"""


def test_a_narrow_terminals_wrapped_cells_are_put_together() -> None:
    inventory = _read(NARROW)
    gateway = ("shop-gateway-express", None, "20.1.2-beta.1", "active-network", "20.1.3-beta.2")
    assert inventory.components == (
        Installed("plugin", "acme-forms", None, "1.2.3", "active", None, auto_update=False),
        Installed("plugin", *gateway, auto_update=True, sign="possible-fork"),
        Installed("mu-plugin", "site-tweaks.php", None, "0.1", "must-use", None, auto_update=False),
    )
    assert inventory.complete_kinds == PLUGIN_KINDS


def test_names_wrapped_between_words_are_put_together() -> None:
    inventory = _read("""\
+-----------+----------+---------+
| name      | status   | version |
+-----------+----------+---------+
| acme-     | inactive | 1.2.3   |
| gateway-  |          |         |
| express   |          |         |
+-----------+----------+---------+
""")
    assert [(row.slug, row.version) for row in inventory.components] == [("acme-gateway-express", "1.2.3")]


def test_rows_without_a_status_are_not_joined_where_they_do_not_fit_together() -> None:
    inventory = _read("""\
+------------+----------+---------+
| name       | status   | version |
+------------+----------+---------+
| acme       | inactive | 1.2.3   |
| forms      |          | 2.0     |
+------------+----------+---------+
""")
    assert [row.slug for row in inventory.components] == ["acme"]
    assert [unparsed.line for unparsed in inventory.unparsed] == [5]


def test_bars_in_a_title_stay_in_it() -> None:
    inventory = _read("""\
+------+-------------------+--------+
| name | title             | status |
+------+-------------------+--------+
| acme | Acme | Forms|Pro  | active |
+------+-------------------+--------+
""")
    assert inventory.components == (Installed("plugin", "acme", "Acme | Forms|Pro", None, "active"),)


def test_a_theme_list_is_known_by_its_columns_status_or_command() -> None:
    box = "+---+\n| name | status | update | {0} |\n+---+\n| shopfront | {1} | none | {2} |\n+---+\n"
    for text in (
        box.format("enabled", "inactive", "network,site"),
        box.format("type", "active", "block"),
        box.format("version", "parent", "1.0"),
        "$ wp theme list --skip-update-check\n" + box.format("version", "active", "1.0"),
        "root@web:/# wp --path=/srv/site theme list\n" + box.format("version", "active", "1.0"),
    ):
        inventory = _read(text)
        assert [row.component and str(row.component) for row in inventory.components] == ["theme/shopfront"]
        assert inventory.complete_kinds == {"theme"}
        assert inventory.warnings == ()


def test_plugins_and_themes_in_one_paste_are_told_apart() -> None:
    themes = "+---+\n| name | status | version |\n+---+\n| shopfront | active | 2.0 |\n+---+\n"
    inventory = _read(f"$ wp plugin list\n{BOX}\n$ wp theme list\n{themes}")
    assert [row.kind for row in inventory.components].count("theme") == 1
    assert inventory.complete_kinds == PLUGIN_KINDS | {"theme"}
    assert inventory.unparsed == ()


def test_a_list_that_does_not_say_is_read_as_plugins_with_a_warning() -> None:
    text = "+---+\n| name | status | update |\n+---+\n| shopfront | active | none |\n+---+\n"
    inventory = _read(text)
    assert inventory.components[0].kind == "plugin"
    assert "read as plugins" in inventory.warnings[0]
    assert _read(text, Hints("themes")).components[0].kind == "theme"
    assert _read(text, Hints("themes")).warnings == ()
    assert _read(text, Hints("plugins")).warnings == ()


@pytest.mark.parametrize(
    "command",
    ["wp plugin list --status=active", "wp plugin list --update=available", "wp plugin list --recently-active",
     "wp plugin list | grep acme", "wp plugin check-update --all"],
)  # fmt: skip
def test_a_filtered_list_is_partial(command: str) -> None:
    inventory = _read(f"$ {command}\n{BOX}")
    assert len(inventory.components) == 5
    assert inventory.complete_kinds == frozenset()
    assert "the command above the list prints only some of them; taken as partial" in inventory.warnings


@pytest.mark.parametrize(
    "command", ["wp plugin list --fields=name,status --format=table", "wp plugin list --skip-plugins --path=/srv"]
)
def test_other_options_do_not_make_a_list_partial(command: str) -> None:
    assert _read(f"$ {command}\n{BOX}").complete_kinds == PLUGIN_KINDS


def test_the_list_of_a_dry_run_is_partial() -> None:
    inventory = _read("""\
Available plugin updates:
+------+--------+---------+----------------+
| name | status | version | update_version |
+------+--------+---------+----------------+
| acme | active | 1.2.3   | 1.2.4          |
+------+--------+---------+----------------+
""")
    assert inventory.complete_kinds == frozenset()


RESULTS = """\
+------------+-------------+-------------+---------+
| name       | old_version | new_version | status  |
+------------+-------------+-------------+---------+
| acme-forms | 1.2.3       | 1.2.4       | Updated |
+------------+-------------+-------------+---------+
Success: Updated 1 of 1 plugins.
"""


def test_the_results_of_an_update_behind_a_list_are_reported_and_not_read() -> None:
    inventory = _read(BOX + "$ wp plugin update --all\n" + RESULTS)
    assert inventory.components == _read(BOX).components
    assert [unparsed.line for unparsed in inventory.unparsed] == [12, 14]
    assert inventory.complete_kinds == PLUGIN_KINDS


def test_results_that_follow_a_cut_list_do_not_close_it() -> None:
    inventory = _read("\n".join(BOX.splitlines()[:5]) + "\n" + RESULTS)
    assert [row.slug for row in inventory.components] == ["acme-forms", "Slider_Pro"]
    assert inventory.complete_kinds == frozenset()


@pytest.mark.parametrize(
    "header",
    ["| name | old_version | new_version | status |", "| plugin_name | file | message |", "| name | slug | rating |",
     "| name | authors | version | update | update_version |", "| name | role |", "| name | id | description |",
     "| Field | Value |", "| blog_id | url |", "| name | display | interval |"],
)  # fmt: skip
def test_tables_of_other_commands_hold_no_component(header: str) -> None:
    row = "| " + " | ".join(["acme", "1.2", "1.3", "active", "x"][: header.count("|") - 1]) + " |"
    with pytest.raises(InputError, match=r"paste\.txt: .*no list that plugwatch knows"):
        _read(f"+---+\n{header}\n+---+\n{row}\n+---+\n")


def test_rows_without_a_header_are_never_mapped_by_position() -> None:
    with pytest.raises(InputError):
        read(b"| acme | active | none | 1.2 |\n+---+\n", source="paste.txt", fmt="wpcli-table")


def test_the_same_component_twice_is_kept_once_and_a_conflict_is_told() -> None:
    assert _read(BOX + BOX).components == _read(BOX).components
    assert _read(BOX + BOX).warnings == (NETWORK,)
    inventory = _read(BOX + BOX.replace("1.2.3", "1.2.4"))
    assert inventory.components == _read(BOX).components
    assert inventory.warnings == (
        NETWORK,
        "plugin/acme-forms stands in it twice, as 1.2.3 (active) and as 1.2.4 (active); the first was taken",
    )


def test_an_unknown_status_is_kept_as_unknown_and_told() -> None:
    inventory = _read(BOX.replace("inactive", "paused  "))
    assert inventory.components[2].status == "unknown"
    assert inventory.warnings == ("the status 'paused' (1 x) is not known; read as unknown",)


def test_an_empty_table_closes_nothing() -> None:
    inventory = _read("\n".join([*BOX.splitlines()[:3], BOX.splitlines()[0]]))
    assert inventory.components == ()
    assert inventory.complete_kinds == frozenset()
    assert "the list has no rows; taken as partial" in inventory.warnings


def test_words_around_a_list_are_reported_with_their_line() -> None:
    inventory = _read(f"Hello, it broke again:\n{BOX}Any idea?\n")
    assert [(unparsed.line, unparsed.text) for unparsed in inventory.unparsed] == [
        (1, "Hello, it broke again:"),
        (11, "Any idea?"),
    ]
    assert inventory.complete_kinds == PLUGIN_KINDS


def test_a_bar_table_of_a_markdown_page_is_read_but_partial() -> None:
    inventory = _read("| name | status | version |\n|------|:------:|---|\n| acme | active | 1.0 |\n")
    assert [row.slug for row in inventory.components] == ["acme"]
    assert inventory.complete_kinds == frozenset()


def test_a_display_name_becomes_no_slug() -> None:
    inventory = _read("| name | status | version |\n|---|---|---|\n| Acme Forms | active | 1.0 |\n")
    assert inventory.components == (Installed("plugin", None, "Acme Forms", "1.0", "active"),)


def test_column_names_that_a_narrow_terminal_wraps_are_still_a_header():
    paste = (
        "+-----------+--------+-------------+------------+\n"
        "| name      | status | update_vers | auto_updat |\n"
        "|           |        | ion         | e          |\n"
        "+-----------+--------+-------------+------------+\n"
        "| akismet   | active | 5.4         | on         |\n"
        "| object-ca | dropin |             |            |\n"
        "| che.php   |        |             |            |\n"
        "+-----------+--------+-------------+------------+\n"
    )

    inventory = read(paste.encode(), source="list")

    assert inventory.format == "wpcli-table"
    assert [(c.slug, c.status, c.update_version) for c in inventory.components] == [
        ("akismet", "active", "5.4"),
        ("object-cache.php", "dropin", None),
    ]


def test_other_tables_of_a_markdown_page_are_left_to_another_format() -> None:
    page = "| name | status | version |\n|---|---|---|\n| acme | active | 1.0 |\n"
    assert recognise(decode(page.encode(), "x")).confidence == 0.8
    for header in ("| Name | Status | Version |", "| name | version | notes |", "| site | name | version |"):
        text = page.replace("| name | status | version |", header)
        assert recognise(decode(text.encode(), "x")).confidence == 0
    assert recognise(decode(BOX.encode(), "x")).confidence > 0.9


def test_a_box_or_page_of_names_and_versions_closes_nothing() -> None:
    page = "| name | version |\n|---|---|\n| WordPress | 6.9 |\n| PHP | 8.2 |\n"
    assert recognise(decode(page.encode(), "x")).confidence == 0
    with pytest.raises(InputError, match="no wpcli-table list stands in it"):
        read(page.encode(), source="page.md", fmt="wpcli-table")
    inventory = _read("+---+\n| name | version |\n+---+\n| nginx | 1.24 |\n+---+\n")
    assert inventory.complete_kinds == frozenset()


def test_a_box_that_says_which_site_a_row_is_of_is_no_list_of_one_site() -> None:
    with pytest.raises(InputError, match="no wpcli-table list stands in it"):
        read(BOX.replace("| update  ", "| site    ").encode(), source="paste.txt", fmt="wpcli-table")
