"""``wp @all …``: each site's list under its own name, whatever happened to the others."""

from __future__ import annotations

import contextlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import samples, wpcli_all
from rendering.samples import SampleSite, random_site
from rendering.wpcli_pastes import paste

from plugwatch.errors import InputError
from plugwatch.inventories.containers import Hints
from plugwatch.inventories.registry import read
from plugwatch.model.inventory import Fleet, Inventory, SiteList

JSON = '[{"name":"acme","status":"active","version":"1.2"}]'
CSV = "name,status,version\nacme,active,1.2\n"
STATUS = "1 installed plugin:\n  A acme 1.2\n\nLegend: A = Active\n"


def _read(text: str, fmt: str | None = None, hints: Hints = Hints("plugins")) -> Fleet:  # noqa: B008
    found = read(text.encode(), source="all.txt", fmt=fmt, hints=hints)
    assert isinstance(found, Fleet)
    assert found.format == "wpcli-all"
    return found


def _read_or_refuse(text: str) -> Fleet | None:
    with contextlib.suppress(InputError):
        return _read(text, "wpcli-all", Hints())
    return None


def _sites(fleet: Fleet) -> dict[str, list[str] | None]:
    """The components of each site, None for an error."""
    return {
        site.name: site.inventory and [f"{row.component} {row.version}" for row in site.inventory.components]
        for site in fleet.sites
    }


def _seen(site: SiteList) -> tuple[object, ...]:
    inventory = site.inventory
    return (site.name, site.error is None, inventory and (inventory.components, inventory.complete_kinds))


@settings(max_examples=150, deadline=None)
@given(samples.sites())
def test_every_sites_list_is_read_back_exactly(drawn: tuple[SampleSite, random.Random]) -> None:
    site, chance = drawn
    rendered = wpcli_all.render(site, chance)
    for data in (rendered.text.encode(), paste(rendered.text, chance, between=False, quotable=False)):
        fleet = read(data, source="x")
        assert isinstance(fleet, Fleet)
        assert [_seen(site) for site in fleet.sites] == [_seen(site) for site in rendered.expected.sites]
        assert fleet.unparsed == ()
        assert all(site.inventory is None or site.inventory.unparsed == () for site in fleet.sites)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(sorted(wpcli_all.DRAWN)))
def test_a_text_cut_anywhere_gives_no_site_anothers_components(seed: int, fmt: str) -> None:
    chance = random.Random(seed)
    rendered = wpcli_all.render_fleet([random_site(chance, size=3) for _ in range(4)], chance, fmt=fmt)
    lines = rendered.text.split("\n")
    text = "\n".join(lines[: chance.randint(0, len(lines))])
    fleet = _read_or_refuse(text)
    expected = {site.name: site.inventory for site in rendered.expected.sites}
    for site in fleet.sites if fleet else ():
        whole = expected.get(site.name)
        if site.inventory is not None:
            assert whole is not None
            known = {(one.component, one.version) for one in whole.components}
            lost = site.inventory.components[-1:] if not site.inventory.complete_kinds >= whole.complete_kinds else ()
            assert {(one.component, one.version) for one in site.inventory.components if one not in lost} <= known
            assert {one.component for one in lost} <= {component for component, _ in known}


def test_names_glued_to_json_are_found() -> None:
    fleet = _read(f"@shop\n{JSON}@blog\n{JSON.replace('1.2', '1.3')}")
    assert _sites(fleet) == {"@shop": ["plugin/acme 1.2"], "@blog": ["plugin/acme 1.3"]}


@pytest.mark.parametrize("part", [JSON, CSV, STATUS, CSV.replace(",", "\t")])
def test_one_site_that_failed_is_an_error_and_not_the_end(part: str) -> None:
    failure = "Warning: mysqli_real_connect(): Access denied\nError: Error establishing a database connection"
    fleet = _read(f"@shop\n{part}\n@gone\n{failure}\n@silent\n@odd\nWhat is that?\n@blog\n{part}")
    assert _sites(fleet) == {
        "@shop": ["plugin/acme 1.2"],
        "@gone": None,
        "@silent": None,
        "@odd": None,
        "@blog": ["plugin/acme 1.2"],
    }
    errors = [site.error for site in fleet.sites if site.error]
    assert errors[0] == "Error: Error establishing a database connection"
    assert errors[1].startswith("nothing stands below its name")
    assert errors[2] == "no list stands below its name, but 'What is that?'"


def test_plugins_and_then_themes_are_united_by_site() -> None:
    fleet = _read(
        f"$ wp @all plugin list --format=json\n@shop\n{JSON}@blog\n{JSON}"
        f"deploy@web1:~$ wp @all theme list --format=json\n@shop\n{JSON}"
        "@blog\nError: Error establishing a database connection\n",
        hints=Hints(),
    )
    assert _sites(fleet) == {"@shop": ["plugin/acme 1.2", "theme/acme 1.2"], "@blog": ["plugin/acme 1.2"]}
    shop, blog = (site.inventory for site in fleet.sites)
    assert shop is not None
    assert blog is not None
    assert shop.complete_kinds == {"plugin", "mu-plugin", "dropin", "theme"}
    assert blog.complete_kinds == {"plugin", "mu-plugin", "dropin"}
    assert blog.warnings == ("one of its lists could not be read: Error: Error establishing a database connection",)


def test_the_echoed_command_holds_for_every_site() -> None:
    fleet = _read(f"$ wp @all plugin list --status=active\n@shop\n{CSV}@blog\n{CSV}")
    for site in fleet.sites:
        assert site.inventory is not None
        assert site.inventory.complete_kinds == frozenset()
        assert site.inventory.warnings == ("the command above the list prints only some of them; taken as partial",)


def test_lines_keep_their_numbers_of_the_whole_text() -> None:
    fleet = _read(f"Hello\n@shop\n{CSV}oops!\n@blog\n{CSV}\n$ ls\nthe end\n")
    shop, blog = (site.inventory for site in fleet.sites)
    assert shop is not None
    assert blog is not None
    assert [unparsed.line for unparsed in fleet.unparsed] == [1]
    assert [unparsed.line for unparsed in shop.unparsed] == [5]
    assert [unparsed.line for unparsed in blog.unparsed] == [11]


def test_the_output_of_another_command_belongs_to_no_site() -> None:
    fleet = _read(f"$ wp @all plugin list\n@shop\n{CSV}@blog\n{CSV}$ wp plugin list\n{CSV}")
    assert _sites(fleet) == {"@shop": ["plugin/acme 1.2"], "@blog": ["plugin/acme 1.2"]}
    assert [unparsed.line for unparsed in fleet.unparsed] == [9, 10]


def test_the_name_of_a_group_is_no_site() -> None:
    fleet = _read(f"@shop\n{CSV}@gone\n@both\n@shop\n{CSV}@gone\n")
    assert _sites(fleet) == {"@shop": ["plugin/acme 1.2"], "@gone": None}
    assert fleet.warnings == ("@both stands directly above sites that were named before; read as a group",)


def test_lists_that_ran_at_the_same_time_are_nobodys() -> None:
    for part in (JSON, CSV, STATUS):
        fleet = _read(f"@shop\n@blog\n{part}{part.replace('acme', 'foo')}", hints=Hints())
        assert _sites(fleet) == {"@shop": None, "@blog": None}
        assert "WP_CLI_ALIAS_GROUPS_PARALLEL" in (fleet.sites[1].error or "")


def test_brackets_in_a_notice_are_no_second_list() -> None:
    fleet = _read(f'@shop\nWarning: Undefined key ["x"] in a.php on line 1\n{JSON}@blog\n{JSON}')
    assert _sites(fleet) == {"@shop": ["plugin/acme 1.2"], "@blog": ["plugin/acme 1.2"]}


def test_only_errors_are_a_fleet_too() -> None:
    fleet = _read("@shop\nError: Error establishing a database connection\n@blog\n")
    assert _sites(fleet) == {"@shop": None, "@blog": None}


@pytest.mark.parametrize(
    "part",
    [CSV, CSV.replace(",", "\t"), STATUS, "---\n- \n  name: acme\n  status: active\n"],
)
def test_what_a_redirection_has_overwritten_is_refused(part: str) -> None:
    with pytest.raises(InputError, match="overwritten"):
        _read(f"@shop\n{part[: len('@blog-live')]}{part}@blog-live\n{part}")
    with pytest.raises(InputError, match="overwritten"):
        read(f"@shop\n{part[: len('@blog-live')]}{part}".encode(), source="x")


@pytest.mark.parametrize(
    "text",
    [
        "@bob\n@alice\nthank you\n",
        "@bob\nHow are you?\n@alice\nFine\n",
        "@shop\nname\tuser_login\n1\tbob\n@blog\nname\tuser_login\n1\tbob\n",
    ],
)
def test_other_texts_are_no_fleet(text: str) -> None:
    with pytest.raises(InputError):
        read(text.encode(), source="x")


def test_one_name_is_the_list_of_one_site() -> None:
    assert isinstance(read(f"@shop\n{CSV}".encode(), source="x", hints=Hints("plugins")), Inventory)
    with pytest.raises(InputError, match="no lines with the names of several sites"):
        _read(f"@shop\n{CSV}", "wpcli-all")


@pytest.mark.parametrize(
    "text", ["@a\n@b\n" * 45_000, "@a\n[{\n" * 45_000, f"@a\n{CSV}@b\n" * 20_000, "[]@a" * 500_000]
)
def test_very_many_names_cost_no_more_than_their_length(text: str) -> None:
    found = _read_or_refuse(text)
    assert found is None or len(_sites(found)) <= 2
