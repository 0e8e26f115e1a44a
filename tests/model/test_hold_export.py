from __future__ import annotations

import re
import shlex
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.model.component import CORE, PHP, Component
from plugwatch.model.hold import Hold
from plugwatch.model.hold_export import HeldOn, Letterhead, as_text, composer, not_for_wp_cli, wp_cli

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=timezone.utc)
TIDY, OTHER = Component("plugin", "tidy-forms"), Component("plugin", "other")
FRONT = Component("theme", "store front")


def _hold(component=TIDY, versions=">=1.2.4", number=1):
    return Hold(
        f"INC-{number}", component, versions, "loses enquiries.", None, NOW, "ana", id=f"{component} {versions}"
    )


def _on(site, component=TIDY, version="1.2.3", **facts):
    known = {"source": None, "network_site": None, "build": None, "offered": None} | facts
    return HeldOn(site=site, component=component, base_version=version, **known)


def _commands(rows, *holds, wanted=None):
    by_component = {}
    for hold in holds:
        by_component.setdefault(hold.component, []).append(hold)
    ids = {hold.id for hold in (holds if wanted is None else wanted)}
    found = wp_cli(rows, by_component, ids, lambda row: [f"@{row.site}"])
    return {one.site: list(one.commands) for one in found}


def test_updates_of_a_site_leave_out_all_that_is_held_on_it():
    tidy, other, theme = _hold(), _hold(OTHER, number=2), _hold(FRONT)
    rows = [_on("shop"), _on("shop", OTHER), _on("shop", FRONT), _on("blog", OTHER)]

    assert _commands(rows, tidy, other, theme, wanted=[tidy, theme]) == {
        "shop": [
            "wp @shop plugin auto-updates disable tidy-forms",
            "wp @shop plugin update --all --exclude=tidy-forms,other",
            "wp @shop theme auto-updates disable 'store front'",
            "wp @shop theme update --all '--exclude=store front'",
        ]
    }


def test_a_site_that_no_update_can_bring_there_needs_no_command():
    hold = _hold(versions=">=1.2.4,<1.3")
    rows = [
        _on("below"),
        _on("in", version="1.2.4"),
        _on("build", version="1.2.4", build="1.2.4.0-p1"),
        _on("unknown", version=None),
        _on("to-be-hit", offered="1.2.5"),
        _on("to-be-mended", offered="1.3"),
        _on("beyond", version="1.3.1"),
    ]

    assert list(_commands(rows, hold)) == ["below", "in", "build", "unknown", "to-be-hit"]


def test_a_network_is_told_once_by_its_main_site_where_that_has_the_files():
    rows = [_on("main"), _on("part", network_site="main")]

    assert list(_commands(rows, _hold())) == ["main"]
    assert list(_commands(rows[1:], _hold())) == ["part"]


def test_what_wp_cli_cannot_hold_is_named():
    holds = [_hold(CORE, ">=7.0"), _hold(), _hold(Component("mu-plugin", "tweaks.php"))]

    assert [line.partition(":")[0] for line in not_for_wp_cli(holds)] == ["core >=7.0", "mu-plugin/tweaks.php >=1.2.4"]
    assert _commands([_on("shop", CORE)], *holds) == {}


SLUGS = st.from_regex(re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+ -]{0,20}", re.ASCII), fullmatch=True)


@given(st.lists(SLUGS, min_size=1, max_size=3, unique=True), st.text(min_size=1, max_size=20))
def test_a_shell_reads_the_words_of_a_command_as_they_were_meant(slugs, place):
    holds = [_hold(Component("plugin", slug)) for slug in slugs]
    by_component = {hold.component: [hold] for hold in holds}
    rows = [_on("shop", hold.component) for hold in holds]
    [found] = wp_cli(rows, by_component, {hold.id for hold in holds}, lambda _row: [f"--path={place}"])

    words = [shlex.split(command) for command in found.commands]
    start = ["wp", f"--path={place}", "plugin"]
    assert words[:-1] == [[*start, "auto-updates", "disable", slug] for slug in slugs]
    assert words[-1] == [*start, "update", "--all", f"--exclude={','.join(slugs)}"]


@pytest.mark.parametrize(
    ("versions", "builds", "constraint"),
    [
        (">=1.2.4,<1.3", (), ">=1.2.4,<1.3"),
        (">=1.2.4", ("1.2.3.0-p1", "1.2.4.0-p1", "1.2.4.0-p2"), ">=1.2.4,!=1.2.4.0-p1,!=1.2.4.0-p2"),
        (">=1.2.4,<1.2.5", ("1.2.5.0-p1",), ">=1.2.4,<1.2.5"),
        ("=1.2.4", ("1.2.4.0-p1",), "=1.2.4"),
        (">1.2.4", ("1.2.4.0-p1",), ">1.2.4,!=1.2.4.0-p1"),
        (">=2.0-RC1", ("2.0-RC1.0-p1",), ">=2.0-RC1"),
    ],
)
def test_composer_keeps_out_what_is_held_and_lets_our_builds_in(versions, builds, constraint):
    """Each constraint was tried with composer/semver 3.3: it has the held versions and none of the builds."""
    conflict, left_out = composer([_hold(versions=versions)], {TIDY: builds})

    assert conflict == {"wpackagist-plugin/tidy-forms": constraint, "wp-plugin/tidy-forms": constraint}
    assert left_out == []


def test_several_holds_on_a_package_are_one_constraint():
    holds = [_hold(versions="=1.2.4"), _hold(versions="=1.2.4", number=2), _hold(versions=">=2", number=3)]

    assert composer(holds, {})[0]["wpackagist-plugin/tidy-forms"] == "=1.2.4 || >=2"


def test_what_composer_has_no_name_or_constraint_for_is_said():
    holds = [
        _hold(Component("theme", "Divi")),
        _hold(CORE, ">=7.0"),
        _hold(PHP, ">=8.4"),
        _hold(FRONT),
        _hold(Component("dropin", "db.php")),
        _hold(versions=">=1.2.3.4.5"),
    ]
    conflict, left_out = composer(holds, {})

    assert list(conflict) == [
        "wpackagist-theme/divi",
        "wp-theme/divi",
        "roots/wordpress",
        "johnpbloch/wordpress",
        "php",
    ]
    assert left_out == [
        "theme/store front >=1.2.4: no package of Composer can be written for it",
        "dropin/db.php >=1.2.4: no package of Composer can be written for it",
        "plugin/tidy-forms >=1.2.3.4.5: no constraint can be written for it",
    ]


def test_a_host_reads_what_why_and_until_when_and_no_client_but_their_own():
    held = Hold("INC-1", TIDY, ">=1.2.4,<1.3", "loses enquiries.", "a release with our fix", NOW, "ana")
    names = {TIDY: "Tidy Forms", OTHER: None}
    text = as_text([held, _hold(OTHER)], Letterhead("Fernhill Web", names, None, lambda at: f"{at:%d %B %Y}"))

    since = "Since 20 November 2026"
    tidy = "- Tidy Forms (plugin/tidy-forms), 1.2.4 and later, before 1.3. Why: loses enquiries."
    assert text.splitlines()[:4] == [
        "Please do not install these versions on the sites that we look after:",
        "",
        f"{tidy} {since}, until a release with our fix (INC-1).",
        f"- plugin/other, 1.2.4 and later. Why: loses enquiries. {since} (INC-1).",
    ]
    assert text.endswith("\n\nFernhill Web")
    alone = as_text([held], Letterhead("", {}, "shop", str))
    assert alone.startswith("Please do not install these versions on shop:\n")
    assert alone.endswith("We will tell you when this is over.")
