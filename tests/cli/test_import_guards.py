"""What keeps a wrong list from spoiling a site's history, and what keeps names without slugs in sight."""

from __future__ import annotations

import json
import time

import pytest

from plugwatch.process import ProgramError, run

PLUGINS = ("akismet", "tidy-forms", "slider", "shop", "seo", "mailer", "gallery", "cache")
REPORT = """### wp-core ###

version: 6.9.1

### wp-plugins-active (1) ###

Tidy Forms: version: 1.2.4, author: Larkspur
"""


def _write(path, slugs, version="1.0"):
    rows = [{"name": slug, "status": "active", "update": "none", "version": version} for slug in slugs]
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


@pytest.fixture
def shop(plugwatch, workspace, tmp_path):
    plugwatch("site", "add", "shop", "--client", "Acme")
    first = _write(tmp_path / "all.json", PLUGINS)
    plugwatch("site", "import", "shop", first, "--type", "plugins", "--at", "yesterday 08:00")
    return "shop"


def _slugs(plugwatch):
    shown = plugwatch("site", "show", "shop", "--json").json["components"]
    return {row["component"].partition("/")[2] for row in shown}


def test_another_sites_list_removes_nothing_until_a_person_says_that_it_is_whole(plugwatch, shop, tmp_path):
    other = _write(tmp_path / "other.json", ["akismet", "news"])

    taken = plugwatch("site", "import", "shop", other, "--type", "plugins", "--json").json

    assert (taken["removed"], taken["partial"], taken["added"]) == ([], True, ["plugin/news"])
    assert "it lacks 7 of the known components, so nothing was taken for removed" in taken["warnings"][-1]
    whole = plugwatch("site", "import", "shop", other, "--type", "plugins", "--complete", "--json").json
    assert len(whole["removed"]) == 7
    assert _slugs(plugwatch) == {"akismet", "news"}


def test_themes_are_not_taken_for_plugins_where_the_site_knows_them(plugwatch, shop, tmp_path):
    themes = _write(tmp_path / "themes.json", ["store", "base"])
    plugwatch("site", "import", "shop", themes, "--type", "themes")

    refused = plugwatch("site", "import", "shop", themes, code=1)

    assert "store, base are themes of shop; import the list with --type themes" in refused.err
    assert _slugs(plugwatch) == {*PLUGINS, "store", "base"}


def test_names_without_slugs_stay_in_sight_and_are_no_news_once_resolved(plugwatch, shop, tmp_path):
    plugwatch("site", "add", "blog", "--client", "Acme")
    path = tmp_path / "report.txt"
    path.write_text(REPORT, encoding="utf-8")
    plugwatch("site", "import", "blog", path, "--offline", "--at", "yesterday 09:00")

    [nameless] = plugwatch("site", "show", "blog", "--json").json["unresolved"]
    assert (nameless["kind"], nameless["name"], nameless["version"]) == ("plugin", "Tidy Forms", "1.2.4")
    assert plugwatch("component", "where", "tidy-forms", "--json").json["perhaps"] == ["blog"]
    assert "perhaps on blog too" in plugwatch("component", "where", "tidy-forms").err
    again = plugwatch("site", "import", "blog", path, "--offline", "--json").json
    assert [c["component"] for c in again["candidates"]["Tidy Forms"]] == ["plugin/tidy-forms"]

    plugwatch("site", "import", "blog", path, "--offline", "--resolve", "Tidy Forms=tidy-forms")

    shown = plugwatch("site", "show", "blog", "--json").json
    assert shown["unresolved"] == []
    [forms] = [row for row in shown["components"] if row["component"] == "plugin/tidy-forms"]
    assert forms["first_seen"] == nameless["first_seen"]
    assert plugwatch("site", "changes", "blog", "--json").json["changes"] == []
    assert plugwatch("component", "where", "tidy-forms", "--json").json["perhaps"] == []


def test_a_status_that_only_becomes_known_is_no_change(plugwatch, shop, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("name,version\n" + "".join(f"{slug},1.0\n" for slug in (*PLUGINS, "extra")), encoding="utf-8")
    plugwatch("site", "import", "shop", path, "--as", "wpcli-csv", "--type", "plugins")
    plugwatch("site", "import", "shop", _write(tmp_path / "new.json", [*PLUGINS, "extra"]), "--type", "plugins")

    changes = plugwatch("site", "changes", "shop", "--json").json["changes"]

    assert [(change["component"], change["what"]) for change in changes] == [("plugin/extra", ["installed"])]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("--client", "Acme"), 2, "--client is for new sites of --all"),
        (("--partial", "--complete"), 2, "a list is --partial or --complete, not both"),
        (("--resolve", "Yoast SEO=Yoast SEO"), 1, "does not say what a name stands for"),
    ],
)
def test_options_that_mean_nothing_here_are_refused(plugwatch, shop, tmp_path, args, code, said):
    assert said in plugwatch("site", "import", "shop", tmp_path / "all.json", *args, code=code).err


@pytest.mark.parametrize("since", ["1w", "2tage", "99999999999d", "-1d"])
def test_a_time_to_look_back_to_is_told_by_example(plugwatch, shop, since):
    assert "write 2d, 6h" in plugwatch("site", "changes", "shop", f"--since={since}", code=1).err


def test_a_source_can_be_taken_away_and_no_command_is_one(plugwatch, shop):
    plugwatch("site", "set", "shop", "--source", "lists/shop.json")
    assert "is no file or folder" in plugwatch("site", "set", "shop", "--source", "rm -rf x", code=1).err
    assert plugwatch("site", "set", "shop", "--source", "none", "--json").json["source"] is None


def test_a_program_that_runs_too_long_takes_its_children_with_it(tmp_path):
    mark = tmp_path / "alive"
    script = f"(sleep 1; touch {mark}) & sleep 30"

    with pytest.raises(ProgramError, match="did not end within"):
        run(["sh", "-c", script], timeout=0.3, with_children=True)

    time.sleep(1.5)
    assert not mark.exists()


@pytest.mark.parametrize("told", ["https://shop.acme.example", "http://www.shop.acme.example/", "Shop.Acme.example"])
def test_a_report_of_the_site_itself_is_taken_in(plugwatch, workspace, tmp_path, told):
    plugwatch("site", "add", "shop", "--client", "Acme", "--url", "https://shop.acme.example")

    assert plugwatch("site", "import", "shop", _status_report(tmp_path, told), "--offline", "--json").json["added"]


def test_a_report_that_says_that_it_is_of_another_site_is_refused(plugwatch, workspace, tmp_path):
    plugwatch("site", "add", "shop", "--client", "Acme", "--url", "https://shop.acme.example")

    report = _status_report(tmp_path, "https://bikes.example")
    refused = plugwatch("site", "import", "shop", report, "--offline", code=1)

    assert "the report is of https://bikes.example, and shop has the address https://shop.acme.example" in refused.err
    assert plugwatch("site", "show", "shop", "--json").json["components"] == []


def _status_report(tmp_path, address):
    path = tmp_path / "status.txt"
    path.write_text(
        f"""### WordPress Environment ###

WordPress address (URL): {address}
Site address (URL): {address}
WC Version: 9.3.1
WP Version: 6.9.1

### Server Environment ###

PHP Version: 8.3.2

### Active Plugins (1) ###

Tidy Forms: by Larkspur – 1.2.4

### Inactive Plugins (0) ###

### Settings ###

API Enabled: –
""",
        encoding="utf-8",
    )
    return path


def test_an_endless_configuration_of_wp_cli_is_refused_and_not_read_in_part(plugwatch, workspace, tmp_path):
    path = tmp_path / "wp-cli.yml"
    path.write_text("".join(f"@site{number}:\n  path: /srv/{number}\n" for number in range(4000)), encoding="utf-8")

    assert "it is over 64 KiB" in plugwatch("site", "import", "--all", path, "--client", "Acme", code=1).err
    assert plugwatch("site", "list", "--json").json == []
