"""CSV of any making: every table is read exactly, many sites are told apart, secrets stay where they are."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import csv_table, samples
from rendering.samples import SampleSite, random_site

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NO_HINTS, Hints, decode
from plugwatch.inventories.registry import read
from plugwatch.inventories.tables.csv_table import recognise
from plugwatch.model.inventory import Fleet, Installed, Inventory, SiteList

Sample = tuple[SampleSite, random.Random]


def _read(text: str | bytes, fmt: str | None = None, hints: Hints = NO_HINTS) -> Inventory:
    found = read(text if isinstance(text, bytes) else text.encode(), source="list.csv", fmt=fmt, hints=hints)
    assert isinstance(found, Inventory)
    assert found.format == "csv"
    return found


def _sites(text: str, fmt: str | None = None, hints: Hints = NO_HINTS) -> Fleet:
    found = read(text.encode(), source="sites.csv", fmt=fmt, hints=hints)
    assert isinstance(found, Fleet)
    assert found.format == "csv"
    return found


def _error(text: str, hints: Hints = NO_HINTS) -> str:
    with pytest.raises(InputError) as error:
        read(text.encode(), source="list.csv", fmt="csv", hints=hints)
    return str(error.value)


def _arrive(text: str, chance: random.Random) -> bytes:
    """The text as an editor, PowerShell, MainWP or a post makes a file of it."""
    if chance.random() < 0.2:
        text = f"$ cat plugins.csv\n{text}"
    elif chance.random() < 0.2:
        text = f"```\n{text}```\n"
    text = text.replace("\n", chance.choice(["\n", "\r\n", "\r"]))
    return text.encode("utf-16") if chance.random() < 0.2 else chance.choice(["", "\ufeff"]).encode() + text.encode()


@settings(max_examples=200, deadline=None)
@given(samples.sites())
def test_a_table_is_read_exactly(sample: Sample) -> None:
    site, chance = sample
    rendered = csv_table.render(site, chance)
    inventory = _read(_arrive(rendered.text, chance))
    assert inventory.components == rendered.expected.components
    assert inventory.unparsed == ()
    assert inventory.complete_kinds == rendered.expected.complete_kinds
    assert inventory.wordpress_version == rendered.expected.wordpress_version
    assert inventory.php_version == rendered.expected.php_version
    assert "ABCD-1234" not in str(inventory)


@settings(max_examples=60, deadline=None)
@given(samples.sites(), st.integers(1, 5))
def test_the_rows_of_many_sites_are_told_apart(sample: Sample, count: int) -> None:
    chance = sample[1]
    sites = {f"{name} {chance.randint(1, 99)}": random_site(chance) for name in "ABCDE"[:count]}
    shape = csv_table.draw_shape(chance, first=("site", "client"), first_headers=("Site", "Kunde"))
    rows = [
        (name, row)
        for name, one in sites.items()
        for row in one.rows
        if row.kind == "plugin" or csv_table._tells(shape, row.kind)
    ]
    chance.shuffle(rows)
    written = [[name, f"{name} Ltd", *csv_table.cells(shape, sites[name], row, chance)[2:]] for name, row in rows]
    fleet = _sites("\n".join([*csv_table.write(shape, written, chance), ""]))
    assert fleet.unparsed == ()
    assert [found.name for found in fleet.sites] == list(dict.fromkeys(name for name, _ in rows))
    for found in fleet.sites:
        expected = csv_table.expect_site(shape, sites[found.name], [row for name, row in rows if name == found.name])
        assert found.client == f"{found.name} Ltd"
        assert found.inventory is not None
        assert found.inventory.components == expected.components
        assert found.inventory.complete_kinds == expected.complete_kinds
        assert found.inventory.wordpress_version == expected.wordpress_version


@settings(max_examples=100, deadline=None)
@given(samples.sites(), st.floats(0, 1))
def test_a_cut_table_loses_only_what_was_cut(sample: Sample, place: float) -> None:
    site, chance = sample
    rendered = csv_table.render(site, chance)
    cut = rendered.text[: int(place * len(rendered.text))]
    try:
        inventory = _read(cut, fmt="csv")
    except InputError:
        return
    # The last row may have lost the end of its last cell.
    assert set(inventory.components[:-1]) <= set(rendered.expected.components)
    assert len(inventory.components) <= len(rendered.expected.components)


@settings(max_examples=60, deadline=None)
@given(samples.sites(), st.text(alphabet="name,;|\t\n \"'1.2", max_size=60))
def test_words_before_the_table_add_no_component(sample: Sample, words: str) -> None:
    site, chance = sample
    rendered = csv_table.render(site, chance)
    inventory = _read(f"{words.replace(chr(34), '')}\n{rendered.text}", fmt="csv")
    assert inventory.components == rendered.expected.components


def test_the_tables_of_export_plugins_are_read() -> None:
    inventory = _read("""\
Sr. No,Plugin Name,Version,Status,Time
1,Acme Forms,1.2.3,active,2026-05-01
2,"Tidy, the Slider",,deactive,2026-05-01
""")
    assert inventory.components == (
        Installed("plugin", None, "Acme Forms", "1.2.3", "active"),
        Installed("plugin", None, "Tidy, the Slider", None, "inactive"),
    )
    assert inventory.complete_kinds == {"plugin"}
    assert inventory.warnings == ()
    inventory = _read('"Plugin Name","Active Status","Available Update"\n"Acme Forms","Active","No"\n')
    assert inventory.components == (Installed("plugin", None, "Acme Forms", None, "active"),)


@pytest.mark.parametrize("below", ["", "acme-seo|keep|2.0\n"])
def test_a_row_whose_cell_holds_line_ends_is_a_row(below: str) -> None:
    inventory = _read(f'# by hand\nSlug|Notes|Version\nacme-forms|"two\nlines; ""pinned"""|1.2.3\n{below}')
    assert inventory.components[0] == Installed("plugin", "acme-forms", None, "1.2.3", "unknown")
    assert len(inventory.components) == 1 + bool(below)
    assert inventory.unparsed == ()


def test_a_spreadsheet_may_drop_the_empty_cells_of_every_row() -> None:
    inventory = _read("Slug;Version;Status;New Version\nacme-forms;1.2.3\n")
    assert inventory.components == (Installed("plugin", "acme-forms", None, "1.2.3", "unknown"),)
    for words in ("and so on; please", "1.2.3", "see; below"):
        assert recognise(decode(f"Slug;Version;Status\n{words}\n".encode(), "x")).confidence == 0
    glued = "name,status,version,acme-forms,active\nacme-seo,inactive,1.2.3,off\n"
    assert recognise(decode(glued.encode(), "x")).confidence == 0


@pytest.mark.parametrize("prose", ['and "one\nof each", one\n', 'He said "slug|one\ntwo|three" to me\n'])
def test_quotes_over_two_lines_make_no_row(prose: str) -> None:
    assert recognise(decode(f"Slug|Notes|Version\n{prose}".encode(), "x")).confidence == 0


def test_a_person_says_what_the_columns_hold() -> None:
    text = "Modul;Stand;Aktiv?\nacme-forms;1.2.3;ja\nTidyLogo;2.0;nein\n"
    inventory = _read(text, hints=Hints("plugins", {"slug": " modul ", "version": "STAND"}))
    assert inventory.components == (
        Installed("plugin", "acme-forms", None, "1.2.3", "active"),
        Installed("plugin", "TidyLogo", None, "2.0", "inactive"),
    )
    assert _read("Modul\nacme-forms\n", "csv", Hints("themes", {"slug": "Modul"})).components == (
        Installed("theme", "acme-forms", None, None, "unknown"),
    )


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"slug": "Plugins"}, "no column is headed 'Plugins'; the headers are Modul, Stand, api_key"),
        ({"plugin": "Modul"}, "--map knows no 'plugin'; each of site, client, url, slug, file, name, kind, version"),
        ({"name": "api_key"}, "the column 'api_key' may hold a secret, which is never read; leave it out of --map"),
        ({"version": "Stand"}, "none of its columns (Modul, Stand, api_key) is known to name a plugin, theme or site"),
        ({}, "say which with --map FIELD=HEADER, such as --map slug=Plugin"),
    ],
)
def test_a_map_that_cannot_be_obeyed_is_refused(columns: dict[str, str], said: str) -> None:
    message = _error("Modul,Stand,api_key\nacme,1.2,SECRET\n", Hints(columns=columns))
    assert said in message
    assert "SECRET" not in message


def test_a_table_without_a_header_is_refused_without_its_cells() -> None:
    message = _error("Acme Shop,https://acme.example,admin,hunter2\n", Hints(columns={"site": "Name"}))
    assert message == "list.csv: no row of it heads columns; give the table with its header"


MAINWP = (
    "#\r# Your password is never stored, and so on.\r#\r"
    "site name,url,admin name,admin password,tag,security id,http username,http password,verify certificate"
    ",ssl version\r"
    '"Acme Shop","https://acme.example/","ada","hunter2","","sid-1","","hunter3","1",""\r'
    '"Fernhill ""Garden""","https://bob:hunter4@fernhill.example/blog/","ada","hunter5","","","","","1","auto"\r'
    '"A, broken","https://x.example","hunter6"\r'
    '"***","https://y.example","ada","hunter7","","","","","1",""\r'
)


@pytest.mark.parametrize("keys", [False, True])
def test_mainwps_sites_come_without_their_passwords(keys: bool) -> None:
    names = "name,url,adminname,adminpasswd,wpgroups,uniqueId,http_user,http_pass,verify_certificate,ssl_version"
    lines = MAINWP.split("\r")
    fleet = _sites("\r".join([*lines[:3], names, *lines[4:]]) if keys else MAINWP)
    assert fleet.sites == (
        SiteList("Acme Shop", None, None, "https://acme.example/"),
        SiteList('Fernhill "Garden"', None, None, "https://fernhill.example/blog/"),
    )
    assert [missed.line for missed in fleet.unparsed] == [7, 8]
    assert "hunter" not in str(fleet)
    assert "ada" not in str(fleet)


def test_a_list_of_sites_says_what_they_run_on() -> None:
    fleet = _sites("Name,Client,URL,PHP,WP Version\nAcme,C1,https://acme.example,8.2,6.9\nBob,C2,bob.example,,\n")
    assert fleet.sites == (
        SiteList("Acme", Inventory("csv", (), "6.9", "8.2"), "C1", "https://acme.example"),
        SiteList("Bob", None, "C2", "bob.example"),
    )
    mapped = Hints(columns={"site": "Kürzel", "client": "Firma", "url": "Adresse"})
    fleet = _sites("Kürzel,Firma,Adresse\nacme,C1,https://acme.example\n", "csv", mapped)
    assert fleet.sites == (SiteList("acme", None, "C1", "https://acme.example"),)


@pytest.mark.parametrize(
    ("text", "sites"),
    [
        ("url,slug,version\nhttps://a.example,acme,1\nhttps://b.example,acme,2\n", ["a.example", "b.example"]),
        ("slug,version,url\nacme,1,https://a.example\nacme,2,https://b.example\n", ["a.example", "b.example"]),
        ("plugin,version,site url\nAcme Forms,1,https://a.example\n", ["a.example"]),
        ("slug,version,url\nacme,1,https://acme.example\ntidy,2,https://tidy.example\n", None),
        ("Plugin,Version,URL\nAcme,1,https://wordpress.org/plugins/acme-forms/\n", None),
    ],
)  # fmt: skip
def test_an_address_is_the_sites_or_the_plugins(text: str, sites: list[str] | None) -> None:
    found = read(text.encode(), source="list.csv")
    assert (None if isinstance(found, Inventory) else [site.name for site in found.sites]) == sites


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("Blog,Acme,https://a.example,seo,1\nblog,Acme,https://b.example,forms,3\n",
         "two sites are called so: https://a.example and https://b.example; give each a name of its own"),
        ("Blog,Acme,,seo,1\nBlog,Beta,,forms,3\n",
         "two sites are called so: one of Acme and one of Beta; give each a name of its own"),
        ("Blog,Acme,https://a.example,seo,1\nBlog,,http://www.A.example/,forms,3\nBlog,acme,,cache,3\n", None),
    ],
)  # fmt: skip
def test_two_sites_of_one_name_are_never_made_one(rows: str, said: str | None) -> None:
    fleet = _sites(f"Site,Client,URL,Slug,Version\n{rows}Shop,Acme,https://shop.example,cart,2\n")
    blog, shop = fleet.sites
    assert (blog.name, blog.error, shop.name, shop.error) == ("Blog", said, "Shop", None)
    assert (blog.inventory is None) == (said is not None)


@pytest.mark.parametrize(
    ("url", "name", "kept"),
    [
        (
            "https://user:pw@www.third.example/blog/?key=qSECRET",
            "third.example/blog",
            "https://www.third.example/blog/",
        ),
        ("https://third.example/#qSECRET", "third.example", "https://third.example/"),
        ("http://third.example:8080?next=https://x.example", "third.example:8080", "http://third.example:8080"),
        ("user:pw@third.example/?key=qSECRET", "third.example", "third.example/"),
    ],
)
def test_of_an_address_only_host_and_path_are_kept(url: str, name: str, kept: str) -> None:
    (site,) = _sites(f"URL,Slug,Version\n{url},acme,1\n").sites
    assert (site.name, site.url) == (name, kept)
    (site,) = _sites(f"Website,Slug,Version\n{url},acme,1\n").sites
    assert (site.name, site.url) == (name, kept if "://" in kept else None)


@pytest.mark.parametrize("url", ["https://user:p/w@x.example", "https://user:p#w@x.example", "https://"])
def test_an_address_whose_password_cannot_be_told_is_no_site(url: str) -> None:
    fleet = _sites(f"Website,Slug,Version\n{url},acme,1\nAcme,acme,1\n")
    assert [site.name for site in fleet.sites] == ["Acme"]
    assert [missed.line for missed in fleet.unparsed] == [2]


def test_addresses_of_the_directory_name_slugs() -> None:
    text = "Plugin,Version,URL,Notes\nAcme,1,https://de.wordpress.org/plugins/acme-forms/,see https://wordpress.org/plugins/x/\n"
    assert _read(text).components == (Installed("plugin", "acme-forms", "Acme", "1", "unknown"),)


def test_files_and_folders_are_named_as_wp_cli_names_them() -> None:
    inventory = _read("""\
Plugin,Slug,Version,Status
Acme,acme-forms/main.php,1,active
One,twin/one.php,1,active
Two,twin/two.php,2,inactive
Hello,hello.php,1.7,inactive
Tweaks,site-tweaks,0.3,must-use
Cache,object-cache.php,,drop-in
""")
    assert [(row.kind, row.slug) for row in inventory.components] == [
        ("plugin", "acme-forms"),
        ("plugin", "twin/one"),
        ("plugin", "twin/two"),
        ("plugin", "hello"),
        ("mu-plugin", "site-tweaks.php"),
        ("dropin", "object-cache.php"),
    ]


def test_a_slug_of_folder_and_file_is_kept_as_it_is() -> None:
    text = "name\tstatus\tversion\nmedia-lib\tactive\t1.0\nmedia-lib/reset\tinactive\t2.0\ntwin/one.php\tactive\t1\n"
    inventory = _read(text + "twin/two\tactive\t3\n", hints=Hints(columns={"slug": "name"}))
    assert [row.slug for row in inventory.components] == ["media-lib", "media-lib/reset", "twin/one", "twin/two"]


def test_a_column_of_names_holds_slugs_only_where_all_look_so() -> None:
    slugs = _read("Plugin,Version\nacme-forms,1\nakismet,2\njs_composer,3\nMetaSlider,4\nx3,5\n")
    assert [row.slug for row in slugs.components] == ["acme-forms", "akismet", "js_composer", "MetaSlider", "x3"]
    assert "every cell under 'Plugin' looks like a slug and was taken for one" in slugs.warnings
    for cells in (["acme-forms", "Acme Slider"], ["yoast", "elementor"], ["WooCommerce", "wp-rocket"], ["Acme"]):
        names = _read("".join(["Plugin,Version\n", *(f"{cell},1\n" for cell in cells)]))
        assert [(row.slug, row.name) for row in names.components] == [(None, cell) for cell in cells]


def test_rows_that_head_or_count_others_are_no_components() -> None:
    inventory = _read("""\
Plugins of the shop
Plugin;Version;Notes
Active plugins (1);;
Acme Forms;1.2;
Inactive plugins;;
Tidy Slider;2.0;
Must-use;;
Tweaks;;
Total: 3;;
""")
    assert inventory.components == (
        Installed("plugin", None, "Acme Forms", "1.2", "active"),
        Installed("plugin", None, "Tidy Slider", "2.0", "inactive"),
        Installed("mu-plugin", None, "Tweaks", None, "must-use"),
    )
    assert [missed.line for missed in inventory.unparsed] == [1]
    assert inventory.complete_kinds == {"plugin"}


def test_a_total_that_does_not_match_makes_the_list_partial() -> None:
    inventory = _read("Plugin,Version,Status\nAcme Forms,1,active\nTidy,2,inactive\nTotal,14,\n")
    assert inventory.complete_kinds == frozenset()
    assert inventory.warnings == ("the list says that it has 14 rows and shows 2; taken as partial",)


@pytest.mark.parametrize(
    ("cell", "version"),
    [("1.2 (pinned)", "1.2"), ("Version 1.2", "1.2"), ("^3.0", None), ("5.x", None), ("latest", None), ("n/a", None),
     ("v1.7.1", "v1.7.1"), ("dev-main#2c5968b", "dev-main#2c5968b"), ("—", None), ("'-1", "-1")],
)  # fmt: skip
def test_versions_are_read_without_remarks(cell: str, version: str | None) -> None:
    inventory = _read(f"Plugin,Version\nAcme Forms,{cell}\n")
    assert [row.version for row in inventory.components] == [version]


@pytest.mark.parametrize(
    "line",
    ["Hello Bob, thanks", "Hi Bob, it broke, please help", "PHP Notice: foo, bar in /srv/x.php on line 1", "$ ls,1.0",
     "-rf,1.0", "../../etc/passwd,1.0", "https://acme.example,1.0", "see acme, it broke", ",1.0", "Acme"],
)  # fmt: skip
def test_words_between_rows_are_no_component(line: str) -> None:
    inventory = _read(f"Plugin,Version\nAcme Forms,1.2\n{line}\n")
    assert [row.name for row in inventory.components] == ["Acme Forms"]


def test_a_mails_end_below_a_table_is_no_component() -> None:
    inventory = _read("Plugin,Version\nAcme Forms,1.2\n\nBest regards,\nBob\n")
    assert [row.name for row in inventory.components] == ["Acme Forms"]
    assert [missed.text for missed in inventory.unparsed] == ["Best regards |", "Bob"]


def test_rows_that_differ_and_words_that_are_unknown_are_told() -> None:
    inventory = _read("""\
Plugin,Version,Status
Acme Forms,1,active
Acme Forms,2,active
Tidy,3,paused
Older,^3,inactive
Newer,^4,?
""")
    assert [missed.line for missed in inventory.unparsed] == [6]
    assert inventory.warnings == (
        "the status 'paused' (1 x) is not known; read as unknown",
        "'^3' (1 x) names no one version; left out",
        "Acme Forms stands in it twice, as 1 (active) and as 2 (active); the first was taken",
        "line 6 of the list could not be read; taken as partial",
    )


def test_two_tables_of_one_file_are_both_read() -> None:
    inventory = _read(
        "Plugin,Version,Status\nAcme Forms,1,active\nTidy,2,inactive\n\n"
        "Theme,Version,Status\nShopfront,4,active\nOld,3,inactive\n\n"
    )
    assert [row.kind for row in inventory.components] == ["plugin", "plugin", "theme", "theme"]
    assert inventory.complete_kinds == {"plugin", "theme"}


@pytest.mark.parametrize(
    "text",
    [
        "name,old_version,new_version,status\nacme,1.2,1.3,Updated\n",
        "name,slug,rating\nAcme,acme,98\n",
        "order_id,name,status,total\n1,Acme,completed,20\n",
        "Name,Version\nnginx,1.27\n",
        "name,url\nAcme,https://acme.example\n",
        "Name,URL,Status\nAcme,https://acme.example,active\n",
        "ID,Type,SKU,Name,Published\n1,simple,a-1,Logo Mug,1\n",
        "We have two: slug, version and status\nof each, one, two\n",
        "# values: plugin, version, theme\na,b,c\n",
        "Name,URL,Type,Category,Price,Status\nAcme,https://acme.example,yearly,plugin,49,active\n",
        "SELECT\n  slug, version, status\nFROM items\n",
        "Plugin,Version\n",
        "name,status,version\nacme,active,1.2\n",
        "| Plugin | Version |\n|---|---|\n| Acme | 1 |\n",
        "Plugin | Version\n--- | ---\nAcme | 1\n",
        "+---+\n| Plugin | Version |\n+---+\n| Acme | 1 |\n+---+\n",
    ],
)
def test_other_tables_are_not_taken_for_a_list(text: str) -> None:
    assert recognise(decode(text.encode(), "x")).confidence < 0.5


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("日本,,acme,1\n", "list.csv: no site could be read: line 2: '日本 |  | acme | 1'"),
        ("Acme,https://a.example,acme,1,2\n", "no site could be read: line 2: 'Acme |"),
        ("", "no site could be read: there is no row below the header"),
    ],
)
def test_a_list_of_sites_that_gives_none_is_refused(rows: str, said: str) -> None:
    assert said in _error(f"Site,URL,Slug,Version\n{rows}", Hints(columns={"site": "Site"}))


def test_more_rows_than_any_site_has_are_refused() -> None:
    said = "it names over 30,000 components; no site has that many"
    rows = [f"acme-{number},1\n" for number in range(30_001)]
    assert said in _error("slug,version\n" + "".join(rows))
    fleet = _sites("site,slug,version\n" + "".join(f"one,{row}" for row in rows) + "two,acme,1\n")
    assert [(site.name, site.error) for site in fleet.sites] == [("one", said), ("two", None)]


def test_rows_that_are_not_understood_show_no_secret() -> None:
    fleet = _sites(
        "Site,URL,Slug,Version\nA,https://u:hunter1@a.example/p@x,acme,1\nB,b.example/?k=hunter2,../x,1\nC,,c,1\n"
    )
    assert [missed.line for missed in fleet.unparsed] == [2, 3]
    assert "hunter" not in str(fleet)


def test_lines_that_mean_nothing_are_not_collected_without_end() -> None:
    said = "over 5,000 of its lines were not understood; give the list alone"
    assert said in _error("Plugin,Version,Status\nAcme,1,active\n" + "../x,1,\n" * 5_001)
    assert said in _error("Plugin,Version,Status\nAcme,1,active\n" + "see, below, and, so, on\n" * 5_001)


def test_what_a_list_of_sites_cannot_say_is_refused() -> None:
    assert "name no site" not in _error("Notes,Price\na,1\n")
    fleet = _sites("Site,Plugin,Version\nAcme,Forms,1\n,Slider,2\n日本,Logo,3\n")
    assert [site.name for site in fleet.sites] == ["Acme"]
    assert [missed.line for missed in fleet.unparsed] == [3, 4]
    assert fleet.sites[0].inventory is not None
    assert fleet.sites[0].inventory.complete_kinds == frozenset()
