from __future__ import annotations

import re

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
WHERE = {
    "component": str,
    "installations": [
        {
            "site": str,
            "client": str,
            "version": (str, None),
            "base_version": (str, None),
            "status": str,
            "build": (str, None),
            "last_seen": ISO,
        }
    ],
}


def _sites(answer) -> list[str]:
    return [row["site"] for row in answer.json["installations"]]


def test_where_lists_sites_and_versions(plugwatch, sites, conforms):
    answer = plugwatch("component", "where", "tidy", "--json")

    conforms(answer.json, WHERE)
    assert answer.json["component"] == "plugin/tidy-forms"
    assert [
        (r["site"], r["client"], r["version"], r["base_version"], r["build"]) for r in answer.json["installations"]
    ] == [
        ("dental", "northgate-dental", "1.2.4", "1.2.4", None),
        ("shop", "brightside-bikes", "1.2.4", "1.2.4", None),
    ]


def test_ranges(plugwatch, sites, tmp_path):
    (tmp_path / "l.csv").write_text("name,status,update,version\ntidy-forms,active,none,1.2\n", encoding="utf-8")
    plugwatch("site", "import", "blog", tmp_path / "l.csv")
    where = ("component", "where", "plugin/tidy-forms", "--json", "--version")

    assert _sites(plugwatch(*where, ">=1.2.4,<1.3")) == ["dental", "shop"]
    assert _sites(plugwatch(*where, "<1.2.0")) == ["blog"]
    assert _sites(plugwatch(*where, "=1.2")) == ["blog"]
    assert _sites(plugwatch(*where, "!=1.2.4")) == ["blog"]
    assert _sites(plugwatch(*where, ">2")) == []


def test_a_build_of_ours_is_found_by_the_release_below_it(plugwatch, sites, tmp_path):
    (tmp_path / "l.csv").write_text("name,status,update,version\ntidy-forms,active,none,1.2.4.0-p1\n", encoding="utf-8")
    plugwatch("site", "import", "shop", tmp_path / "l.csv")

    answer = plugwatch("component", "where", "tidy", "--version", "=1.2.4", "--json").json

    [row] = [row for row in answer["installations"] if row["site"] == "shop"]
    assert (row["version"], row["base_version"], row["build"]) == ("1.2.4.0-p1", "1.2.4", "1.2.4.0-p1")


def test_nowhere_is_an_answer(plugwatch, sites):
    answer = plugwatch("component", "where", "tidy", "--version", ">9")

    assert answer.out == ""
    assert answer.err == "plugin/tidy-forms is on no site in >9\n"


def test_a_name_that_fits_several_or_none(plugwatch, sites):
    assert (
        "'woo' fits 3 components: plugin/invoice-press, plugin/woo-pay-bridge, plugin/woocommerce"
        in plugwatch("component", "where", "woo", code=1).err
    )
    assert plugwatch("component", "where", "woocommerce", "--json").json["component"] == "plugin/woocommerce"
    assert plugwatch("component", "where", "theme/storefront", "--json").json["component"] == "theme/storefront"
    for nothing in ("nonsense", "", "plugin/nonsense", "%"):
        assert "no component here is called" in plugwatch("component", "where", nothing, code=1).err


def test_a_bad_range(plugwatch, sites):
    for text in (">=", "", "~1.2", ">=1 <2"):
        refused = plugwatch("component", "where", "tidy", "--version", text, "--json", code=1)
        assert refused.out == ""
        assert "such as '>=9.3,<9.3.2'" in refused.err


def test_list_names_all(plugwatch, sites, workspace):
    rows = plugwatch("component", "list", "--json").json

    assert {"component": "plugin/tidy-forms", "name": "Tidy Forms"} in rows
    own = [row["component"] for row in rows if "/" in row["component"]]
    assert own == sorted(own)
    assert {"component": "php", "name": "PHP"} in rows
    assert "plugin/tidy-forms\tTidy Forms\n" in plugwatch("component", "list").out


def test_no_components_yet(plugwatch, workspace):
    assert "plugwatch site import" in plugwatch("component", "list").err
