from __future__ import annotations

import json

import pytest


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
    lifted = plugwatch("incident", "hold", "1", "--lift", "--json").json

    assert lifted["holds"][0]["lifted_at"] is not None
    assert lifted["breached"] == []
    answer = plugwatch("site", "import", "blog", _list(tmp_path, "1.2.5"), "--type", "plugins", "--json").json
    assert answer["warnings"] == []
    assert "INC-1 holds nothing" in plugwatch("incident", "hold", "1", "--lift", code=1).err


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (("1", "--reason", "again"), 1, "INC-1 holds plugin/tidy-forms >=1.2.4 already"),
        (("1", "--version", ">=2"), 2, "a hold needs a --reason"),
        (("1", "--lift", "--reason", "x"), 2, "--lift stands alone"),
        (("1", "--reason", "x", "--version", "about 2"), 1, "is no condition"),
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
