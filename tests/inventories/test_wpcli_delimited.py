"""CSV and tab-separated lists: mapped by header, with a spreadsheet's and a pipe's marks on them."""

from __future__ import annotations

import pytest

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NO_HINTS, Hints, decode
from plugwatch.inventories.registry import read
from plugwatch.inventories.wpcli import wpcli_csv, wpcli_tsv
from plugwatch.model.inventory import Installed, Inventory

PLUGIN_KINDS = {"plugin", "mu-plugin", "dropin"}


def _read(text: str, fmt: str | None = None, hints: Hints = NO_HINTS) -> Inventory:
    return read(text.encode(), source="list.csv", fmt=fmt, hints=hints)


def test_columns_that_wp_cli_appends_by_itself_do_not_shift_the_others() -> None:
    inventory = _read("""\
name,status,update,version,update_version,auto_update,requires,requires_php
acme-forms,active,available,1.2.3,1.2.4,off,6.0,7.4
shop-pro,active-network,unavailable,4.0,5.0,on,6.9,8.2
site-tweaks,must-use,false,0.3,,off,,
object-cache.php,dropin,false,,,off,,
""")
    assert inventory.format == "wpcli-csv"
    assert inventory.components == (
        Installed("plugin", "acme-forms", None, "1.2.3", "active", "1.2.4", auto_update=False),
        Installed("plugin", "shop-pro", None, "4.0", "active-network", "5.0", auto_update=True),
        Installed("mu-plugin", "site-tweaks.php", None, "0.3", "must-use", None, auto_update=False),
        Installed("dropin", "object-cache.php", None, None, "dropin", None, auto_update=False),
    )
    assert inventory.complete_kinds == PLUGIN_KINDS
    assert inventory.warnings == ()


def test_a_spreadsheets_semicolons_guards_and_empty_columns_are_undone() -> None:
    inventory = _read(
        '\ufeffsep=;\r\nname;status;version;title;;\r\nacme;Active;\'-1.2;"\'=Acme; ""Forms""";;\r\n;;;;;\r\n'
    )
    assert inventory.components == (Installed("plugin", "acme", '=Acme; "Forms"', "-1.2", "active"),)


def test_a_cell_over_several_lines_belongs_to_its_row() -> None:
    inventory = _read(
        'name,status,description,version\nacme,active,"Forms,\nfor ""all""\nof you",1.2\nfoo,active,,1\n',
        hints=Hints("plugins"),
    )
    assert [(row.slug, row.version) for row in inventory.components] == [("acme", "1.2"), ("foo", "1")]
    assert inventory.unparsed == ()


def test_a_quote_that_never_ends_swallows_no_rows() -> None:
    inventory = _read('name,status\nacme,active\nbar,"active\nfoo,inactive\n', hints=Hints("plugins"))
    assert [row.slug for row in inventory.components] == ["acme", "foo"]
    assert [unparsed.line for unparsed in inventory.unparsed] == [3]
    assert inventory.complete_kinds == frozenset()


def test_the_file_column_names_a_list_without_names() -> None:
    inventory = _read("""\
file,status,version
acme-forms/main.php,active,1.0
twin/one.php,active,1.0
twin/two.php,inactive,2.0
hello.php,inactive,1.7
site-tweaks.php,must-use,0.3
""")
    assert [(row.kind, row.slug) for row in inventory.components] == [
        ("plugin", "acme-forms"),
        ("plugin", "twin/one"),
        ("plugin", "twin/two"),
        ("plugin", "hello"),
        ("mu-plugin", "site-tweaks.php"),
    ]


def test_the_file_column_decides_what_a_must_use_plugin_is_called() -> None:
    inventory = _read("name,file,status\nloader,loader/loader.php,must-use\n")
    assert inventory.components[0].slug == "loader/loader.php"


def test_without_a_status_must_use_plugins_cannot_be_told_from_plugins() -> None:
    text = "name,version\nacme,1.2\nobject-cache.php,\n"
    inventory = _read(f"$ wp plugin list --fields=name,version --format=csv\n{text}")
    assert [(row.kind, row.status) for row in inventory.components] == [("plugin", "unknown"), ("dropin", "unknown")]
    assert inventory.complete_kinds == {"plugin"}
    assert "without a status column" in inventory.warnings[0]


@pytest.mark.parametrize(
    ("version", "expected"),
    [(".6", ".6"), ("v1.7.1", "v1.7.1"), ("2.0a", "2.0a"), ("2020.09.1", "2020.09.1"), ("1.2.", "1.2"), ("false", None),
     ("5.10", "5.10"), ("1.2.3.0-p1", "1.2.3.0-p1"), ("-", None)],
)  # fmt: skip
def test_versions_are_stored_as_written(version: str, expected: str | None) -> None:
    assert _read(f"name,status,version\nacme,active,{version}\n").components[0].version == expected


def test_a_version_that_is_a_novel_is_reported() -> None:
    inventory = _read(f"name,status,version\nacme,active,{'1' * 101}\nfoo,active,1\n")
    assert [row.slug for row in inventory.components] == ["foo"]
    assert [unparsed.line for unparsed in inventory.unparsed] == [2]


@pytest.mark.parametrize(
    "line",
    ["Hello Bob, thanks", "PHP Notice: foo, bar in /srv/wp-content/plugins/x/x.php on line 1", "see acme, it broke",
     "../../etc/passwd,1.0", "-rf,1.0", "acme forms,1.0", "update, 3 plugins", "$ ls,1.0", ",1.0"],
)  # fmt: skip
def test_words_with_as_many_commas_as_a_row_are_no_component(line: str) -> None:
    inventory = _read(f"name,version\nacme,1.2\n{line}\n")
    assert [row.slug for row in inventory.components] == ["acme"]


@pytest.mark.parametrize(
    "text",
    [
        "name,old_version,new_version,status\nacme,1.2,1.3,Updated\n",
        "plugin_name,file,message\nacme,x.php,File was added\n",
        "blog_id,url\n1,https://acme.example\n",
        "We have two plugins, by name, and no file\n",
        "key,value\nname,acme\n",
        "Name,Version\nAcme Forms,1.2\n",
    ],
)
def test_other_csv_is_no_list(text: str) -> None:
    with pytest.raises(InputError):
        _read(text)


@pytest.mark.parametrize(
    "header",
    [
        "name,slug,version",
        "name;Version",
        "site,name,status,version",
        "name,version,Site URL",
        "url,name,status,version",
        "Name\tVersion",
    ],
)
def test_columns_that_wp_cli_does_not_print_are_left_to_other_formats(header: str) -> None:
    text = decode(f"{header}\n{header.replace('version', '1.2')}\n".encode(), "x")
    assert wpcli_csv.recognise(text).confidence < 0.5
    assert wpcli_tsv.recognise(text).confidence < 0.5


def test_rows_of_many_sites_never_become_one_sites() -> None:
    with pytest.raises(InputError, match="no wpcli-csv list stands in it"):
        _read("site,name,status\na.example,acme,active\nb.example,acme,inactive\n", fmt="wpcli-csv")


def test_tabs_come_out_of_a_pipe() -> None:
    inventory = _read(
        "name   \tstatus\tupdate\tversion\tupdate_version\n"
        "acme-forms\tactive\tavailable\t1.2.3\t1.2.4\n"
        "Slider_Pro\tinactive\tversion higher than expected\t4.0\n"
        "site-tweaks\tmust-use\tfalse\n"
    )
    assert inventory.format == "wpcli-tsv"
    assert inventory.components == (
        Installed("plugin", "acme-forms", None, "1.2.3", "active", "1.2.4"),
        Installed("plugin", "Slider_Pro", None, "4.0", "inactive", sign="possible-fork"),
        Installed("mu-plugin", "site-tweaks.php", None, None, "must-use"),
    )
    assert inventory.unparsed == ()
    assert inventory.complete_kinds == PLUGIN_KINDS


def test_a_trimmed_first_cell_is_put_back_where_only_one_place_fits() -> None:
    inventory = _read("version\tname\tstatus\n1.0\tacme\tactive\nsite-tweaks\tmust-use\n")
    assert [(row.slug, row.version) for row in inventory.components] == [("acme", "1.0"), ("site-tweaks.php", None)]


def test_a_short_last_line_without_an_end_was_cut() -> None:
    text = "name\tstatus\tupdate\tversion\nacme\tactive\tnone\t1.0\nfoo\tactive\tnone"
    assert [row.slug for row in _read(text).components] == ["acme"]
    assert _read(text).complete_kinds == frozenset()
    assert [row.slug for row in _read(text + "\n").components] == ["acme"]
    assert _read(text + "\n\n").complete_kinds == frozenset()
    whole = _read(text + "\nsite-tweaks\tmust-use\n")
    assert [row.slug for row in whole.components] == ["acme", "foo", "site-tweaks.php"]
    assert whole.complete_kinds == PLUGIN_KINDS
    assert _read(text + "\t\n").complete_kinds == PLUGIN_KINDS


@pytest.mark.parametrize(
    "row", ["foo\tinactive", "foo\tinactive\tnone\t1.0\t2.0", "foo\tinactive\tavail\t1.0\t2.0\toff",
            "foo\tinactive\tnone\t1.0\t2.0\to", "foo\tinactive\t\t1.0\t2.0\toff"],
)  # fmt: skip
@pytest.mark.parametrize("delimiter", ["\t", ","])
def test_a_row_that_lacks_a_word_which_wp_cli_always_prints_is_reported(row: str, delimiter: str) -> None:
    header = "name\tstatus\tupdate\tversion\tupdate_version\tauto_update\nacme\tactive\tnone\t1.0\t\toff\n"
    inventory = _read(f"{header}{row}\nbar\tactive\tnone\t1\t\toff\n".replace("\t", delimiter))
    assert [component.slug for component in inventory.components] == ["acme", "bar"]
    assert [unparsed.line for unparsed in inventory.unparsed] == [3]
    assert inventory.complete_kinds == frozenset()
    assert "line 3 of the list could not be read; taken as partial" in inventory.warnings


@pytest.mark.parametrize(
    "text",
    ["name,version\nnginx,1.24\nmysql,8.0\n", "name\tversion\nnginx\t1.24\n",
     "name,status,version\nnginx,up,1.24\nmysql,down,8.0\n",
     "name\tstatus\tversion\nnginx\tup\t1.24\nmysql\tdown\t8.0\n"],
)  # fmt: skip
def test_names_with_versions_of_anything_close_nothing(text: str) -> None:
    for hints in (NO_HINTS, Hints("plugins")):
        inventory = _read(text, hints=hints)
        assert inventory.complete_kinds == frozenset()
        assert any(warning.endswith("whole output of WP-CLI; taken as partial") for warning in inventory.warnings)


def test_a_word_that_only_wordpress_has_or_the_command_makes_a_list_whole() -> None:
    text = "name,status,version\nacme,active,1.24\n"
    assert _read(f"{text}site-tweaks,must-use,\n").complete_kinds == PLUGIN_KINDS
    assert _read(f"{text}site-tweaks,active-network,1\n").complete_kinds == PLUGIN_KINDS
    assert _read(f"$ wp plugin list --fields=name,status,version --format=csv\n{text}").complete_kinds == PLUGIN_KINDS
    for header in ("name,status,auto_update\nacme,active,on\n", "name,status,update_version\nacme,active,\n"):
        assert _read(header).complete_kinds == PLUGIN_KINDS


def test_a_file_that_is_no_php_file_is_no_plugin() -> None:
    inventory = _read("name,status,file\nanna,active,cv.pdf\nacme,must-use,acme.php\n")
    assert [row.slug for row in inventory.components] == ["acme.php"]
    assert inventory.complete_kinds == frozenset()


def test_the_title_of_a_theme_is_escaped_for_html_and_a_plugins_is_not() -> None:
    text = "name,title,status,update\nsalt,Salt &amp; Pepper,active,none\n"
    assert _read(text, hints=Hints("themes")).components[0].name == "Salt & Pepper"
    assert _read(text, hints=Hints("plugins")).components[0].name == "Salt &amp; Pepper"


def test_more_components_than_any_site_has_are_refused() -> None:
    rows = "".join(f"acme-{number},active,none\n" for number in range(30_001))
    with pytest.raises(InputError, match=r"over 30,000 components; no site has that many$"):
        _read(f"name,status,update\n{rows}")


def test_powershells_utf_16_is_read() -> None:
    data = "name\tstatus\r\nacme\tactive\r\n".encode("utf-16")
    assert read(data, source="plugins.txt").components == (Installed("plugin", "acme", None, None, "active"),)


@pytest.mark.parametrize("status", ["inactive", "must-use"])
def test_a_list_without_anything_active_looks_filtered(status: str) -> None:
    inventory = _read(f"name,status\nacme,{status}\nfoo,{status}\nbar,{status}\n", hints=Hints("plugins"))
    assert len(inventory.components) == 3
    assert inventory.complete_kinds == frozenset()
    assert inventory.warnings == ("nothing in the list is active, so it looks filtered; taken as partial",)


def test_a_command_above_decides_and_filters() -> None:
    inventory = _read("$ wp theme list --status=inactive --format=csv\nname,status\nshopfront,inactive\n")
    assert [row.kind for row in inventory.components] == ["theme"]
    assert inventory.complete_kinds == frozenset()


def test_two_lists_in_one_text_are_both_read() -> None:
    inventory = _read(
        "$ wp plugin list --format=csv\nname,status\nacme,active\n"
        "$ wp theme list --format=csv\nname,status,enabled\nshopfront,active,no\n"
    )
    assert [row.kind for row in inventory.components] == ["plugin", "theme"]
    assert inventory.complete_kinds == PLUGIN_KINDS | {"theme"}


def test_results_of_an_update_end_a_list() -> None:
    inventory = _read("name,status,version\nacme,active,1.2\nname,old_version,new_version,status\nfoo,1,2,Updated\n")
    assert [row.slug for row in inventory.components] == ["acme"]
    assert [unparsed.line for unparsed in inventory.unparsed] == [3, 4]
