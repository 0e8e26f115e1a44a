"""Site Health's copy, whole and in parts: every row is read exactly, and nothing else becomes one."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rendering import samples, site_health
from rendering.samples import SampleSite

from plugwatch.errors import InputError
from plugwatch.inventories.containers import Hints, decode
from plugwatch.inventories.registry import read
from plugwatch.inventories.reports.site_health import recognise
from plugwatch.model.inventory import Installed, Inventory

ALL = {"plugin", "theme", "mu-plugin", "dropin"}
NOTICES = (
    "",
    "PHP Notice:  Undefined index: acme in /srv/site/wp-content/plugins/acme-forms/acme-forms.php on line 7",
    "Deprecated: Optional parameter $a: version: 1 declared before $b in old, one/x.php on line 3",
    "<br />",
    "[21-Nov-2026 10:00:00 UTC] PHP Warning:  Undefined array key 0 in wp-content/plugins/slider/slider.php on line 9",
)
PROSE = (
    "Thank you for your help",
    "wpcode: 4",
    "popup: 42, version 3",
    "- Author: me",
    "version: 6.9",
    "Acme Booking – 1.16.23",
    "| acme | active | 1.2 |",
    "author: Acme, version: 1.2",
)

TITLE = re.compile(r"### wp-[a-z-]+(?: \([0-9]+\))? ###")

Sample = tuple[SampleSite, random.Random]


def _read(text: str, fmt: str | None = None, list_type: str | None = None) -> Inventory:
    inventory = read(text.encode(), source="list", fmt=fmt, hints=Hints(list_type))
    assert isinstance(inventory, Inventory)
    assert inventory.format == "site-health"
    return inventory


def _rows(*rows: str, key: str = "wp-plugins-active") -> str:
    return "\n".join([f"### {key} ({len(rows)}) ###", "", *rows, "", ""])


def _only(text: str) -> Installed:
    (installed,) = _read(text).components
    return installed


def _wrapped(text: str, chance: random.Random) -> str:
    """The text as it arrives: quoted, fenced, indented, coloured, below a prompt, with any line end."""
    lines = text.split("\n")
    if chance.random() < 0.5:
        lines = ["```", *lines, "```"]
    if chance.random() < 0.3:
        lines = ["<details><summary>Site Health</summary>", "", *lines, "</details>"]
        lines[0] = "<details>"
    if chance.random() < 0.3:
        lines = [f"\x1b[32m{line}\x1b[0m" if line else line for line in lines]
    if chance.random() < 0.3:
        lines = ["$ wp eval-file report.php", *lines]
    prefix = chance.choice(("", "> ", ">> ", "    "))
    wrapped = chance.choice(("\n", "\r\n")).join(prefix + line for line in lines)
    return chance.choice(("", "\ufeff")) + wrapped + chance.choice(("", "\n"))


def _lost_no_more_than_fields(installed: Installed, expected: dict[object, Installed]) -> bool:
    whole = expected.get((installed.kind, installed.slug, installed.name, installed.status))
    return whole is not None and all(
        getattr(installed, name) in (None, getattr(whole, name))
        for name in ("version", "update_version", "auto_update")
    )


def _assert_no_phantoms(inventory: Inventory, expected: Inventory) -> None:
    """Every row is one of the site's, and no kind is called complete that is not."""
    known: dict[object, Installed] = {(row.kind, row.slug, row.name, row.status): row for row in expected.components}
    assert [row for row in inventory.components if not _lost_no_more_than_fields(row, known)] == []
    counts, whole = (Counter(row.kind for row in found.components) for found in (inventory, expected))
    assert all(counts[kind] == whole[kind] for kind in inventory.complete_kinds)
    if inventory.complete_kinds != ALL:
        assert any(warning.endswith("; taken as partial") for warning in inventory.warnings)


@settings(max_examples=150, deadline=None)
@given(samples.sites(), st.booleans())
def test_a_report_is_read_exactly_in_whatever_it_arrives(sample: Sample, wrapped: bool) -> None:
    site, chance = sample
    rendered = site_health.render(site, chance)
    inventory = _read(_wrapped(rendered.text, chance) if wrapped else rendered.text)
    assert inventory.components == rendered.expected.components
    assert inventory.wordpress_version == rendered.expected.wordpress_version
    assert inventory.php_version == rendered.expected.php_version
    assert inventory.complete_kinds == rendered.expected.complete_kinds
    assert inventory.knows_updates is rendered.expected.knows_updates
    assert inventory.unparsed == ()
    assert any("as partial" in warning for warning in inventory.warnings) is (inventory.complete_kinds != ALL)


@settings(max_examples=100, deadline=None)
@given(samples.sites(), st.lists(st.sampled_from(NOTICES), max_size=6))
def test_notices_between_the_lines_change_nothing(sample: Sample, notices: list[str]) -> None:
    rendered = site_health.render(*sample)
    lines = rendered.text.split("\n")
    for notice in notices:
        lines.insert(sample[1].randint(0, len(lines)), notice)
    inventory = _read("\n".join(lines))
    assert inventory.components == rendered.expected.components
    assert inventory.complete_kinds == rendered.expected.complete_kinds
    assert inventory.unparsed == ()


@settings(max_examples=100, deadline=None)
@given(samples.sites(), st.lists(st.sampled_from(PROSE), min_size=1, max_size=6))
def test_other_lines_become_no_rows_and_are_reported(sample: Sample, prose: list[str]) -> None:
    rendered = site_health.render(*sample)
    lines = rendered.text.split("\n")
    first_list = next(number for number, line in enumerate(lines) if line.startswith("### wp-plugins-"))
    for line in prose:
        lines.insert(sample[1].randint(first_list + 1, first_list + 3), line)
    inventory = _read("\n".join(lines))
    _assert_no_phantoms(inventory, rendered.expected)
    assert {unparsed.text for unparsed in inventory.unparsed} >= set(prose)
    lost = len(rendered.expected.components) - len(inventory.components)
    assert lost == sum(
        ": version: " in unparsed.text or ": author: " in unparsed.text for unparsed in inventory.unparsed
    )


@settings(max_examples=200, deadline=None)
@given(samples.sites(), st.data())
def test_an_excerpt_has_no_phantoms(sample: Sample, data: st.DataObject) -> None:
    rendered = site_health.render(*sample)
    start = data.draw(st.integers(0, len(rendered.text) - 1))
    end = data.draw(st.integers(start + 1, len(rendered.text)))
    excerpt = rendered.text[start:end]
    assume(TITLE.search(excerpt))
    _assert_no_phantoms(_read(excerpt), rendered.expected)


@settings(max_examples=100, deadline=None)
@given(samples.sites(), st.data())
def test_what_a_cut_leaves_whole_is_read(sample: Sample, data: st.DataObject) -> None:
    rendered = site_health.render(*sample)
    lines = rendered.text.split("\n")
    first = data.draw(st.integers(0, len(lines) - 1))
    last = data.draw(st.integers(first, len(lines) - 1))
    excerpt = "\n".join([*lines[first:last], ""])
    assume(TITLE.search(excerpt))
    inventory = _read(excerpt)
    _assert_no_phantoms(inventory, rendered.expected)
    titled = excerpt[excerpt.index("### wp-") :].split("\n")
    assert sum(row.slug is None for row in inventory.components) >= sum(": version: " in line for line in titled)


@settings(max_examples=50, deadline=None)
@given(samples.sites(), st.sampled_from((60, 76, 100)))
def test_a_mail_that_wraps_lines_gives_no_wrong_row(sample: Sample, width: int) -> None:
    rendered = site_health.render(*sample)
    lines: list[str] = []
    for line in rendered.text.split("\n"):
        while len(line) > width and " " in line[1:width]:
            head = line[:width].rpartition(" ")[0]
            lines.append(head)
            line = line[len(head) + 1 :]
        lines.append(line)
    _assert_no_phantoms(_read("\n".join(lines)), rendered.expected)


@settings(max_examples=50, deadline=None)
@given(samples.sites())
def test_a_rendered_post_without_its_marks_is_read_too(sample: Sample) -> None:
    rendered = site_health.render(*sample)
    for old, new in (("### ", ""), ("### ", "<h3>"), ("### ", "**")):
        end = {"": "", "<h3>": "</h3>", "**": "**"}[new]
        text = rendered.text.strip("`\n").replace(" ###\n", f"{end}\n").replace(old, new)
        inventory = _read(text)
        assert inventory.components == rendered.expected.components
        assert inventory.wordpress_version == rendered.expected.wordpress_version


@pytest.mark.parametrize(
    ("row", "name", "version"),
    [
        ("Acme Forms: version: 1.2.3, author: Acme", "Acme Forms", "1.2.3"),
        ("Stats: Lite: version: .6, author: Ann: Author", "Stats: Lite", ".6"),
        ("Slider - By Acme.: version: 2.62, author: Acme, Inc.", "Slider - By Acme.", "2.62"),
        ("Mail – now: author: (undefined), version: 0.9", "Mail – now", "0.9"),
        ("Shop: author: Acme, version: 2 Co, version: (undefined)", "Shop", None),
        ("Cache: author: (undefined), version: (undefined)", "Cache", None),
        ("Logo: version: (undefined), author: Acme", "Logo", None),
        ('Forms: version: 1, author: <a href="https://acme.example/x, version: 9">Acme</a>', "Forms", "1"),
        ("Forms &amp; More: version: 1, author: Ann <ann@acme.example>", "Forms & More", "1"),
        ("Info: version: 5, author: Acme", "Info", "5"),
        ("The version: old: version: 5, author: X, version: 7, author: Y", "The version: old", "5"),
        ("Gallery: version 5.3.7, author: Acme", "Gallery", "5.3.7"),
        ("Gallery: version: 5.3.7 (latest version: 6), author: Acme", "Gallery", "5.3.7"),
    ],
)
@pytest.mark.parametrize(
    ("tail", "update", "auto_update"),
    [
        ("", None, None),
        (", Auto-updates enabled", None, True),
        (" (latest version: 99.0), Auto-updates disabled", "99.0", False),
        (" (latest version: 99.0)", "99.0", None),
        (", Mises à jour auto désactivées", None, None),
        (", Automatische Aktualisierungen aktiviert", None, True),
        (", Auto-updates disabled, Requires: acme-core", None, False),
    ],
)
def test_a_row(
    row: str, name: str, version: str | None, tail: str, update: str | None, auto_update: bool | None
) -> None:
    if "latest version" in row:
        update = update or "6"
    assert _only(_rows(row + tail)) == Installed("plugin", None, name, version, "active", update, auto_update)


@pytest.mark.parametrize(
    "cut", ["Old: author: (undefined), version: 0.", "Old: version: 1.2", "Old: version: 1.2, auth"]
)
def test_a_version_that_may_be_cut_is_not_taken(cut: str) -> None:
    inventory = _read(f"### wp-plugins-active (2) ###\n\nAcme: version: 1.0, author: Acme\n{cut}")
    assert [row.name for row in inventory.components] == ["Acme"]
    assert [unparsed.text for unparsed in inventory.unparsed] == [cut]


@pytest.mark.parametrize("cut", ["name: Acme (2) (ac", "name: Acme (2)"])
def test_a_theme_that_may_be_cut_is_not_taken(cut: str) -> None:
    inventory = _read(f"### wp-active-theme ###\n\n{cut}")
    assert inventory.components == ()
    assert [(unparsed.line, unparsed.text) for unparsed in inventory.unparsed] == [(3, cut)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (("name: Acme (2) (acme)", "version: 2"), ("acme", "Acme (2)", "2", None, None)),
        (("name: Acme (group/acme)", "version: undefined"), ("group/acme", "Acme", None, None, None)),
        (("name: Größe (größe)", "version: 1 (latest version: 2)"), (None, "Größe", "1", "2", None)),
        (("name:  (nameless)", "version: 1", "auto_update: Enabled"), ("nameless", None, "1", None, True)),
        (("name: A &amp; B (ab)", "version: 1", "version: 2", "name: C (c)"), ("ab", "A & B", "1", None, None)),
    ],
)
def test_the_active_theme(fields: tuple[str, ...], expected: tuple[object, ...]) -> None:
    theme = _only("\n".join(["### wp-active-theme ###", "", *fields, "theme_features: menus, html5", ""]))
    assert (theme.slug, theme.name, theme.version, theme.update_version, theme.auto_update) == expected
    assert (theme.kind, theme.status) == ("theme", "active")


@pytest.mark.parametrize(("core", "setting"), [("6.6.2", None), ("6.7", False), ("7.1", False), (None, None)])
def test_the_parents_setting_counts_since_wordpress_shows_its_own(core: str | None, setting: bool | None) -> None:
    text = "### wp-parent-theme ###\n\nname: Acme (acme)\nversion: 1\nauto_update: Disabled\n"
    theme = _only((f"### wp-core ###\n\nversion: {core}\n\n" if core else "") + text)
    assert (theme.status, theme.auto_update) == ("parent", setting)


@pytest.mark.parametrize("tail", ["", " (latest version: 2.0)", ", Auto-updates enabled"])
def test_an_inactive_theme_without_version_and_author(tail: str) -> None:
    theme = _only(_rows(f"Acme: undefined{tail}", key="wp-themes-inactive"))
    assert (theme.kind, theme.name, theme.version, theme.status) == ("theme", "Acme", None, "inactive")


def test_only_the_right_sections_say_the_versions() -> None:
    text = (
        "### wp-core ###\n\nversion: 6.9.1\n\tversion: 3\n\n### wp-active-theme ###\n\nversion: 2.0\n"
        "### wp-server ###\n\nphp_version: 8.2.28 64bit\n"
        "### wp-database ###\n\nversion: 10\n### acme ###\n\nversion: 1\n"
    )
    inventory = _read(text)
    assert (inventory.wordpress_version, inventory.php_version) == ("6.9.1", "8.2.28")
    assert (inventory.components, inventory.unparsed) == ((), ())


@pytest.mark.parametrize(
    ("text", "complete", "said"),
    [
        (
            _rows("A: version: 1, author: X") + _rows("B: version: 1, author: X", key="wp-plugins-inactive"),
            {"plugin"},
            "",
        ),
        (_rows("A: version: 1, author: X"), set(), "an excerpt that may not name all plugins, themes"),
        (_rows("A: version: 1, author: X", key="wp-mu-plugins"), {"mu-plugin"}, "all plugins, themes, drop-ins"),
        (_rows("db.php: true", key="wp-dropins"), {"dropin"}, "may not name all plugins, themes, must-use plugins"),
        (
            "### wp-active-theme ###\n\nname: A (a)\nversion: 1\nparent_theme: none\n\n"
            + _rows("B: version: 1, author: X", key="wp-themes-inactive"),
            {"theme"},
            "",
        ),
        (
            "### wp-active-theme ###\n\nname: A (a)\nversion: 1\nparent_theme: P (p)\n\n"
            + _rows("B: version: 1, author: X", key="wp-themes-inactive"),
            set(),
            "may not name all plugins, themes",
        ),
        (
            _rows("db.php: true", key="wp-dropins").replace("1", "2"),
            set(),
            "wp-dropins declares 2, and 1 of it could be",
        ),
        (_rows("db.php: true", key="wp-dropins").replace(" (1)", ""), set(), "wp-dropins does not say how many"),
        ("### wp-active-theme ###\n\nversion: 1\n", set(), "no theme could be read in the section wp-active-theme"),
    ],
)
def test_an_excerpt_is_complete_only_where_all_lists_of_a_kind_are(text: str, complete: set[str], said: str) -> None:
    inventory = _read(text)
    assert inventory.complete_kinds == complete
    assert said in "\n".join(inventory.warnings)
    assert all(warning.endswith("; taken as partial") for warning in inventory.warnings)


def _whole(*lists: str) -> str:
    keys = ("wp-media", "wp-server", "wp-database", "wp-constants", "wp-filesystem")
    theme = "### wp-active-theme ###\n\nname: A (a)\nversion: 1\nparent_theme: none\n\n"
    return (
        "### wp-core ###\n\nversion: 7.1\n\n"
        + theme
        + "".join(lists)
        + "".join(f"### {key} ###\n\nx: y\n\n" for key in keys)
    )


def test_a_whole_report_closes_what_it_does_not_name_but_never_all_plugins() -> None:
    assert _read(_whole(_rows("A: version: 1, author: X"))).complete_kinds == ALL
    nothing = _read(_whole())
    assert nothing.complete_kinds == ALL - {"plugin"}
    assert nothing.warnings == (
        "it has no list of the active plugins; taken as partial",
        "it has no list wp-themes-inactive; taken as empty (give --partial if it was left out)",
    )


ACTIVE = _rows("A: version: 1, author: X")
SPARE = _rows("B: version: 1, author: X", key="wp-plugins-inactive")
THEMES = _rows("C: version: 1, author: X", key="wp-themes-inactive")


@pytest.mark.parametrize(
    ("lists", "complete", "said"),
    [
        ((THEMES, ACTIVE, SPARE), ALL, None),
        ((THEMES, SPARE), ALL - {"plugin"}, "it has no list of the active plugins; taken as partial"),
        ((THEMES, ACTIVE), ALL, "it has no list wp-plugins-inactive; taken as empty"),
        ((ACTIVE, SPARE), ALL, "it has no list wp-themes-inactive; taken as empty"),
        (
            (THEMES, ACTIVE, "[... inactive plugins cut ...]\n\n"),
            ALL - {"plugin"},
            "it lacks wp-plugins-inactive, and line",
        ),
        ((THEMES, "(some left out)\n\n", SPARE), ALL - {"plugin", "mu-plugin"}, "it lacks wp-mu-plugins, and line"),
        (
            ("and Z: version: 1, author: X\n", ACTIVE, SPARE),
            {"plugin", "dropin"},
            "it lacks wp-themes-inactive, and line",
        ),
        ((ACTIVE, THEMES), {"theme"}, "its sections do not stand as WordPress writes them"),
    ],
)
def test_a_list_that_a_person_took_out_is_no_empty_one(
    lists: tuple[str, ...], complete: set[str], said: str | None
) -> None:
    inventory = _read(_whole(*lists))
    assert inventory.complete_kinds == complete
    assert (said or "") in "\n".join(inventory.warnings)
    assert bool(inventory.warnings) is bool(said)


def test_a_parent_theme_that_is_named_and_not_described_keeps_the_themes_open() -> None:
    inventory = _read(_whole(THEMES, ACTIVE, SPARE).replace("parent_theme: none", "parent_theme: P (p)"))
    assert inventory.complete_kinds == ALL - {"theme"}
    assert inventory.warnings == ("it does not describe the parent theme that it names; taken as partial",)


@pytest.mark.parametrize(
    "line",
    [
        "A: version: 1, author: X, Auto-updates disabled B: version: 2, author: Y",
        "A: author: (undefined), version: 1 B: version: 2, author: Y",
        "A: version: 1, author: X B: author: Y, version: (undefined)",
        "### wp-plugins-active (1) ### A: version: 1, author: X",
        "path: /srv/x ### wp-plugins-active (1) ### A: version: 1, author: X",
        "[03-Nov-2026 10:00:00 UTC] Plugin update: A: version: 1.2.4, author: Acme updated",
        "2026-11-03T10:00:00 A: version: 1.2.4, author: Acme",
        "…: version: 1, author: X",
        "...: version: 1, author: X",
    ],
)
@pytest.mark.parametrize("above", ["### wp-plugins-active (1) ###\n\n", "### wp-media ###\n\n", ""])
def test_what_is_no_row_or_several_is_reported(line: str, above: str) -> None:
    inventory = _read(f"{above}{line}\n### wp-database ###\n\nx: y\n")
    assert inventory.components == ()
    assert [unparsed.text for unparsed in inventory.unparsed] == [line]
    assert inventory.complete_kinds == set()
    assert "no plugin or theme could be read in it; taken as partial" in inventory.warnings


def test_a_plugin_may_be_called_author() -> None:
    assert _only(_rows("Author: version: 2, author: X")) == Installed("plugin", None, "Author", "2", "active")


def test_secrets_in_lines_that_are_no_rows_are_not_shown() -> None:
    inventory = _read(_rows("licence key ABCD-1234 pw hunter2", "https://x.example/?a=K1", "ask ann@acme.example"))
    assert [unparsed.text for unparsed in inventory.unparsed] == ["licence…", "https://x.example/?…", "ask …"]


def test_more_rows_than_any_site_has_are_refused() -> None:
    with pytest.raises(InputError, match="it names over 30,000 components"):
        _read(_rows(*(f"A{number}: version: 1, author: x" for number in range(30_001))))


def test_a_count_that_does_not_match_opens_only_its_kind() -> None:
    inventory = _read(_whole(_rows("A: version: 1, author: X").replace("(1)", "(2)")))
    assert inventory.complete_kinds == ALL - {"plugin"}


def test_equal_names_in_both_lists_of_one_report_are_two_plugins() -> None:
    row = "Acme: version: 1, author: X"
    inventory = _read(_rows(row) + _rows(row, key="wp-plugins-inactive"))
    assert [(row.name, row.status) for row in inventory.components] == [("Acme", "active"), ("Acme", "inactive")]


def test_two_reports_of_a_site_are_taken_together_and_what_differs_is_reported() -> None:
    first = _whole(_rows("A: version: 1, author: X", "B: version: 1, author: X"))
    second = _whole(_rows("A: version: 2, author: X", "C: version: 1, author: X")).replace("7.1", "7.2")
    inventory = _read(first + second)
    assert [(row.name, row.version) for row in inventory.components[1:]] == [("A", "1"), ("B", "1"), ("C", "1")]
    assert inventory.complete_kinds == ALL
    assert inventory.wordpress_version == "7.1"
    assert inventory.warnings == (
        "A stands in it twice, as 1 (active) and as 2 (active); the first was taken",
        "it has no list wp-plugins-inactive; taken as empty (give --partial if it was left out)",
        "it has no list wp-themes-inactive; taken as empty (give --partial if it was left out)",
        "WordPress stands in it as 7.1, 7.2; the first was taken",
    )


def test_reports_of_two_sites_are_refused() -> None:
    paths = "### wp-paths-sizes ###\n\nwordpress_path: /srv/{}\n\n"
    with pytest.raises(InputError, match=r"^list: it holds the reports of several sites"):
        _read(paths.format("a") + _rows("A: version: 1, author: X") + paths.format("b"))
    assert len(_read(paths.format("a") + _rows("A: version: 1, author: X") + paths.format("a")).components) == 1


def test_a_network_is_pointed_out() -> None:
    inventory = _read("### wp-core ###\n\nversion: 7.1\nmultisite: true\n")
    assert inventory.warnings[-1].startswith("it is a site of a network")


@pytest.mark.parametrize(("said", "known"), [("true", True), ("cURL error 28: timed out", False)])
def test_a_site_that_cannot_reach_wordpress_org_knows_of_no_updates(said: str, known: bool) -> None:
    assert _read(f"### wp-core ###\n\nversion: 7.1\ndotorg_communication: {said}\n").knows_updates is known


UNTITLED = "Acme: version: 1, author: X, Auto-updates disabled\n"


def test_rows_alone_are_plugins_unless_somebody_says_themes() -> None:
    for list_type, kind, said in (
        (None, "plugin", "read as plugins"),
        ("plugins", "plugin", ""),
        ("themes", "theme", ""),
    ):
        inventory = _read(UNTITLED, list_type=list_type)
        assert inventory.components == (Installed(kind, None, "Acme", "1", "unknown", None, False),)
        assert inventory.complete_kinds == set()
        assert said in inventory.warnings[0]
        assert inventory.warnings[0].endswith("; taken as partial")


@pytest.mark.parametrize(
    "above", ["", "### Installed on staging\n\n", "### acme-network-plugins (1) ###\n\n", "##Expected\n"]
)
def test_rows_outside_of_the_lists_are_guessed_to_be_nothing(above: str) -> None:
    text = above + UNTITLED + "\n" + _rows("B: version: 1, author: X")
    inventory = _read(text)
    assert [row.name for row in inventory.components] == ["B"]
    assert [unparsed.text for unparsed in inventory.unparsed] == [UNTITLED.strip()]
    assert any(warning.endswith("--type plugins or --type themes reads them") for warning in inventory.warnings)
    assert {row.name for row in _read(text, list_type="plugins").components} == {"Acme", "B"}


def test_a_theme_whose_name_was_wrapped_gets_no_wrong_folder() -> None:
    inventory = _read("### wp-active-theme ###\n\nname: Acme (Pro)\n(acme-pro)\nversion: 1\nauthor: Acme\n")
    assert inventory.components == ()
    assert [unparsed.line for unparsed in inventory.unparsed] == [3, 4]


def test_a_wrapped_end_of_a_row_is_read_and_a_wrapped_name_is_not_guessed() -> None:
    inventory = _read(
        "### wp-plugins-active (4) ###\n\n"
        "A: version: 1, author: X (latest\nversion: 2), Auto-updates\n"
        "B: version: 1, author: X, Auto-updates\ndisabled\n"
        "A Very Long\nName: version: 1, author: X\n"
        "C: version: 1, author: X (latest version:\n3), Auto-updates disabled\n"
    )
    assert [(row.name, row.update_version, row.auto_update) for row in inventory.components] == [
        ("A", None, None),
        ("C", "3", False),
    ]
    assert [unparsed.line for unparsed in inventory.unparsed] == [4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    "text", ["wp-core\nwp-media\nakismet\n", "### Steps\n\nversion: 6.9\n", "A: version: 1\n", "wp-core: 1\n"]
)
def test_other_texts_are_not_taken_for_it(text: str) -> None:
    assert recognise(decode(text.encode(), "list")).confidence == 0
    with pytest.raises(InputError, match="no site-health report stands in it"):
        _read(text, fmt="site-health")


HOSTILE = {
    "versions": "### wp-plugins-active (1) ###\n" + ": version: " * 700_000,
    "authors": "### wp-plugins-active (1) ###\n" + "a: version: " + ", author:" * 800_000,
    "rows": "a: version: 1, author: x, Auto-updates disabled\n" * 30_000,
    "brackets": "### wp-plugins-active (1) ###\n"
    + ("a: version: 1, author: x" + " (latest version: " * 200 + "\n") * 2_000,
    "headings": "### wp-core ###\n" + "# x\n" * 90_000,
    "tags": "### wp-plugins-active (1) ###\n" + "<b<p<br " * 900_000,
    "fields": "### wp-core ###\n" + "version: 1\n" * 90_000,
    "hashes": "### wp-core ###\n" + "#" * 8_000_000,
    "names": "### wp-plugins-active (1) ###\n" + "&amp" * 900 + ": version: 1, author: x\n" + "a" * 8_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_read_for_what_it_is(name: str) -> None:
    inventory = _read(HOSTILE[name], "site-health")
    assert len(inventory.components) <= 1
    assert inventory.complete_kinds == set()


def test_endless_reports_are_refused() -> None:
    with pytest.raises(InputError, match=r"^list: over 100 reports stand in it"):
        _read("### wp-core ###\n" * 90_000)
