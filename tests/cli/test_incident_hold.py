from __future__ import annotations

import json
from dataclasses import replace

import pytest
from workbench import make_carrying_workspace

from plugwatch.ledger.database import open_ledger


def _list(tmp_path, version):
    path = tmp_path / f"{version}.json"
    rows = [{"name": "tidy-forms", "status": "active", "update": "none", "version": version}]
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


@pytest.fixture
def held(plugwatch, workspace, tmp_path):
    """INC-1 holds tidy-forms from the version that the shop runs on; the blog is still on an older one."""
    for site, version in (("shop", "1.2.4"), ("blog", "1.2.3")):
        plugwatch("site", "add", site, "--client", "Acme")
        plugwatch("site", "import", site, _list(tmp_path, version), "--type", "plugins")
    plugwatch("incident", "open", "shop", "tidy", "the form is broken")
    plugwatch("incident", "hold", "1", "--reason", "loses enquiries", "--until", "a release with our fix")
    return "INC-1"


def test_a_hold_is_on_the_version_of_the_incident_and_all_later_ones(plugwatch, held):
    listed = plugwatch("incident", "hold", "1", "--json").json

    [hold] = listed["holds"]
    assert (hold["component"], hold["versions"]) == ("plugin/tidy-forms", ">=1.2.4")
    assert (hold["reason"], hold["until"]) == ("loses enquiries", "a release with our fix")
    assert listed["breached"] == ["shop"]
    shown = plugwatch("incident", "show", "1")
    assert "plugin/tidy-forms >=1.2.4: loses enquiries, until a release with our fix" in shown.out
    assert plugwatch("incident", "show", "1", "--json").json["holds"] == listed["holds"]
    assert "hold: plugin/tidy-forms >=1.2.4: loses enquiries" in shown.out


def test_an_import_that_breaks_a_hold_says_so_and_is_a_suspect(plugwatch, held, tmp_path):
    warned = plugwatch("site", "import", "blog", _list(tmp_path, "1.2.5"), "--type", "plugins", "--json").json

    assert warned["warnings"] == [
        "plugin/tidy-forms 1.2.5 is on the site although INC-1 holds >=1.2.4: loses enquiries"
    ]
    [change] = plugwatch("site", "changes", "blog", "--json").json["changes"]
    assert (change["rank"], change["what"], change["holds"][0]["incident"]) == (1, ["updated"], "INC-1")
    assert "held by INC-1: loses enquiries" in change["why"]


def test_our_build_of_a_held_version_breaks_nothing(plugwatch, held, tmp_path):
    answer = plugwatch("site", "import", "blog", _list(tmp_path, "1.2.4.0-p1"), "--type", "plugins", "--json").json

    assert answer["warnings"] == []


def test_a_lifted_hold_is_kept_and_binds_nobody(plugwatch, held, tmp_path):
    lifted = plugwatch("incident", "hold", "1", "--lift", "--reason", "taken back", "--json").json

    assert lifted["holds"][0]["lifted_at"] is not None
    assert lifted["holds"][0]["lifted_why"] == "taken back"
    assert "(lifted: taken back)" in plugwatch("incident", "hold", "1").out
    assert plugwatch("incident", "hold", "--json").json == {"incident": None, "holds": [], "breached": []}
    assert lifted["breached"] == []
    answer = plugwatch("site", "import", "blog", _list(tmp_path, "1.2.5"), "--type", "plugins", "--json").json
    assert answer["warnings"] == []
    assert "INC-1 holds nothing" in plugwatch("incident", "hold", "1", "--lift", code=1).err


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (("1", "--reason", "again"), 1, "INC-1 holds plugin/tidy-forms >=1.2.4 already"),
        (("1", "--version", ">=2"), 2, "a hold needs a --reason"),
        (("1", "--lift", "--version", ">=2"), 2, "beside it only --reason has a meaning"),
        (("1", "--lift", "--export", "text"), 2, "are for looking at holds"),
        (("--reason", "x"), 2, "name the incident"),
        (("--lift",), 2, "name the incident"),
        (("--site", "nowhere"), 1, "no site here is called 'nowhere'"),
        (("1", "--reason", "x", "--version", "about 2"), 1, "is no condition"),
        (("1", "--reason", "x", "--version", "later"), 1, "'later' is no version"),
        (("1", "--reason", " ", "--version", ">=2"), 1, "a hold needs a reason"),
        (("1", "--reason", ""), 1, "a hold needs a reason"),
        (("1", "--reason", "a\nb"), 1, "the reason of a hold holds a line break"),
        (("9", "--reason", "x"), 1, "there is no incident '9'"),
    ],
)
def test_what_cannot_be_held_is_said(plugwatch, held, args, status, said):
    assert said in plugwatch("incident", "hold", *args, code=status).err


def test_an_incident_without_a_cause_holds_what_is_named(plugwatch, held):
    plugwatch("incident", "open", "blog", "something is wrong")

    assert "the cause is not known yet" in plugwatch("incident", "hold", "2", "--reason", "x", code=1).err
    named = ("--component", "tidy", "--version", ">=1.3")
    [hold] = plugwatch("incident", "hold", "2", "--reason", "x", *named, "--json").json["holds"]
    assert (hold["incident"], hold["versions"]) == ("INC-2", ">=1.3")


def test_what_any_incident_holds_is_listed_for_all_or_for_one_site(plugwatch, held, tmp_path):
    plugwatch("site", "add", "empty", "--client", "Acme")
    plugwatch("incident", "hold", "1", "--reason", "x", "--component", "plugin/other", "--version", ">=1")

    every = plugwatch("incident", "hold", "--json").json
    assert [hold["component"] for hold in every["holds"]] == ["plugin/tidy-forms", "plugin/other"]
    assert every["breached"] == ["shop"]
    shop, blog, empty = (plugwatch("incident", "hold", "--site", s, "--json").json for s in ("shop", "blog", "empty"))
    assert [[hold["component"] for hold in one["holds"]] for one in (shop, blog, empty)] == [
        ["plugin/tidy-forms"],
        ["plugin/tidy-forms"],
        [],
    ]
    assert [one["breached"] for one in (shop, blog, empty)] == [["shop"], [], []]
    assert plugwatch("incident", "hold", "--site", "empty").out == "nothing is held\n"


def test_a_hold_stands_with_the_site_and_with_the_component(plugwatch, held):
    sentence = "plugin/tidy-forms >=1.2.4 held by INC-1: loses enquiries, until a release with our fix"

    shop, blog = (plugwatch("site", "show", site, "--json").json["holds"] for site in ("shop", "blog"))
    assert [(hold["incident"], hold["versions"], hold["broken"]) for hold in (*shop, *blog)] == [
        ("INC-1", ">=1.2.4", True),
        ("INC-1", ">=1.2.4", False),
    ]
    assert f"BROKEN   {sentence}\n" in plugwatch("site", "show", "shop").out
    assert f"hold     {sentence}\n" in plugwatch("site", "show", "blog").out
    [hold] = plugwatch("component", "where", "tidy", "--json").json["holds"]
    assert (hold["incident"], hold["reason"]) == ("INC-1", "loses enquiries")
    assert f"held: {sentence}\n" in plugwatch("component", "where", "tidy").err
    assert f"held: {sentence}\n" in plugwatch("component", "where", "tidy", "--version", ">=9").err

    plugwatch("incident", "hold", "1", "--lift")
    assert plugwatch("site", "show", "shop", "--json").json["holds"] == []
    assert plugwatch("component", "where", "tidy", "--json").json["holds"] == []


def test_holds_go_to_wp_cli_for_each_site(plugwatch, held):
    plugwatch("site", "set", "blog", "--source", "wp --ssh=web@host.example/srv/blog")

    ran = plugwatch("incident", "hold", "1", "--export", "wp-cli")
    assert ran.out.splitlines() == [
        "# plugin/tidy-forms >=1.2.4 held by INC-1: loses enquiries, until a release with our fix",
        "wp --ssh=web@host.example/srv/blog plugin auto-updates disable tidy-forms",
        "wp --ssh=web@host.example/srv/blog plugin update --all --exclude=tidy-forms",
        "wp @shop plugin auto-updates disable tidy-forms",
        "wp @shop plugin update --all --exclude=tidy-forms",
    ]
    document = plugwatch("incident", "hold", "--export", "wp-cli", "--site", "shop", "--json").json
    assert [row["site"] for row in document["sites"]] == ["shop"]
    assert document["sites"][0]["components"] == ["plugin/tidy-forms"]
    assert document["sites"][0]["commands"] == ran.out.splitlines()[3:]
    assert (document["export"], document["left_out"], len(document["holds"])) == ("wp-cli", [], 1)


def test_a_source_that_nobody_can_read_any_more_does_not_aim_wp_cli(plugwatch, workspace, held):
    with open_ledger("sqlite:///plugwatch.db", workspace=workspace) as ledger, ledger.unit_of_work() as work:
        work.sites.update(replace(work.sites.get("shop"), source="wp --exec=x"))

    ran = plugwatch("incident", "hold", "--export", "wp-cli", "--site", "shop")
    assert ran.out.splitlines()[1] == "wp @shop plugin auto-updates disable tidy-forms"


def test_a_hold_that_wp_cli_cannot_keep_is_said(plugwatch, held):
    plugwatch("incident", "hold", "1", "--lift")
    plugwatch("incident", "hold", "1", "--reason", "x", "--component", "core", "--version", ">=7.0")

    ran = plugwatch("incident", "hold", "--export", "wp-cli")
    assert ran.out == ""
    assert "no site can get what is held by an update" in ran.err
    assert "not in it: core >=7.0: WP-CLI has no way to hold it" in ran.err


def test_holds_go_to_composer_as_conflicts(plugwatch, held, tmp_path):
    assert json.loads(plugwatch("incident", "hold", "--export", "composer").out) == {
        "conflict": {"wpackagist-plugin/tidy-forms": ">=1.2.4", "wp-plugin/tidy-forms": ">=1.2.4"}
    }
    plugwatch("site", "import", "blog", _list(tmp_path, "1.2.4.0-p1"), "--type", "plugins")
    plugwatch("incident", "hold", "1", "--reason", "x", "--component", "dropin/db.php", "--version", ">=1")
    document = plugwatch("incident", "hold", "1", "--export", "composer", "--json").json
    assert document["conflict"]["wp-plugin/tidy-forms"] == ">=1.2.4,!=1.2.4.0-p1"
    assert document["left_out"] == ["dropin/db.php >=1: no package of Composer can be written for it"]


def test_holds_go_to_a_host_as_a_text(plugwatch, held):
    ran = plugwatch("incident", "hold", "--export", "text", "--site", "blog")

    assert ran.out.startswith("Please do not install these versions on blog:\n\n- ")
    assert "1.2.4 and later. Why: loses enquiries. Since " in ran.out
    assert ran.out.endswith("\n\nFernhill Web\n")
    assert "read it before you mail it" in ran.err
    document = plugwatch("incident", "hold", "1", "--export", "text", "--json").json
    assert (document["export"], "the sites that we look after" in document["text"]) == ("text", True)
    assert not {"shop", "blog", "Acme"} & set(document["text"].split())
    plugwatch("incident", "hold", "1", "--lift")
    assert plugwatch("incident", "hold", "--export", "text").out == ""


def test_a_release_with_our_fix_is_let_through(tmp_path):
    agency = make_carrying_workspace(tmp_path)
    patch = agency.do("patch", "list", "tidy", "--json").json[0]["patch"]
    agency.do("incident", "open", "--fleet", "plugin/tidy-forms", "slow")
    sources = tmp_path / "sources"
    edited = sources / "edited" / "readme.txt"
    edited.write_bytes(b"=== Tidy Forms ===\nForms, tidied, at last.\n")
    capture = ("patch", "capture", "plugin/tidy-forms", sources / "edited", "--title", "Say so", "--incident", "INC-1")
    ours = agency.do(*capture, "--json").json["patch"]
    agency.do("incident", "hold", "1", "--reason", "slow", "--version", ">=1.0.0")
    agency.do("fork", "import", "tidy", "--from", sources / "2.0.0")
    assert "hold of" not in agency.do("fork", "upgrade", "tidy", "--to", "2.0.0").err

    (sources / "3.0.0" / "readme.txt").write_bytes(edited.read_bytes())
    agency.do("fork", "import", "tidy", "--from", sources / "3.0.0")
    done = agency.do("fork", "upgrade", "tidy", "--to", "3.0.0")

    assert "hold of INC-1: plugin/tidy-forms >=1.0.0 is >=1.0.0,<3.0.0 now: 3.0.0 has our fix" in done.err
    holds = agency.do("incident", "hold", "1", "--json").json["holds"]
    assert [(hold["versions"], hold["lifted_why"]) for hold in holds] == [
        (">=1.0.0", "3.0.0 has our fix"),
        (">=1.0.0,<3.0.0", None),
    ]
    assert patch != ours


def test_the_holds_of_a_merged_incident_are_those_of_the_one_that_goes_on(plugwatch, held):
    plugwatch("incident", "open", "blog", "tidy", "it is slow", "--new")
    plugwatch("incident", "merge", "1", "2")

    ran = plugwatch("incident", "hold", "1", "--json")
    assert (ran.json["incident"], len(ran.json["holds"])) == ("INC-2", 1)
    assert "INC-1 was merged into INC-2" in ran.err
    assert len(plugwatch("incident", "hold", "2", "--export", "wp-cli", "--json").json["sites"]) == 2
    assert plugwatch("incident", "hold", "2", "--lift", "--json").json["breached"] == []
