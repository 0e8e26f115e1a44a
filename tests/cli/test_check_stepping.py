"""A patch that has landed waits for its sites, in check and today; with the last one it leaves, and the hold ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from checking import TIDY, Night, make_night, make_template
from peers.wordpress_org import WordPressOrgServer
from workbench import mail_file, plugin, write_files

from plugwatch.cli.context import App
from plugwatch.ledger.database import open_ledger
from plugwatch.ledger.ids import new_id
from plugwatch.model.component import Component
from plugwatch.model.deployments.deployment import BUILD, DONE, RUNNING, Deployment

FIXED = plugin("3.0.0", mail=mail_file(seconds=60))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    make_template(folder)
    return folder


@pytest.fixture
def night(template: Path, tmp_path: Path) -> Iterator[Night]:
    with WordPressOrgServer() as server:
        yield make_night(template, tmp_path, server)


@pytest.fixture
def tomorrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on every command runs a day later."""

    def later() -> None:
        now: Any = App.__dict__["now"]
        moment = now.fget if isinstance(now, property) else now.func
        monkeypatch.setattr(App, "now", property(lambda app: moment(app) + timedelta(days=1)))

    return later  # type: ignore[return-value]


def _hit(night: Night) -> str:
    """Two sites run the build of a patch that an incident of both asked for, and which is held; the patch's id."""
    run = night.workspace.do
    run("patch", "drop", "1", "--why", "made anew for the incident")
    for site, client in (("shop", "Brightside Bikes"), ("dental", "Northgate Dental")):
        night.site(site, client, "1.0.0.0-p1")
    run("incident", "open", "shop", TIDY, "it does not send")
    run("incident", "set", "INC-1", "--affected", "<3.0.0")
    edited = night.folder / "sources" / "edited"
    options = ("--title", "Wait a minute", "--why", "Slow.", "--incident", "INC-1")
    patch = run("patch", "capture", TIDY, edited, *options, "--json").json["patch"]
    run("patch", "stance", patch, "wait", "--why", "they are slow")
    run("fork", "build", TIDY, "--out", night.folder)
    return str(patch)


def test_a_landed_patch_waits_for_its_sites_and_leaves_with_the_last(night: Night, tomorrow) -> None:  # type: ignore[no-untyped-def]
    patch = _hit(night)
    night.workspace.do("incident", "hold", "INC-1", "--version", ">=1.0.1,<9", "--reason", "the form is slow")
    night.offer({"1.0.0": plugin("1.0.0"), "3.0.0": FIXED})
    night.check(0)
    said = night.workspace.do("fork", "upgrade", TIDY, "--to", "3.0.0")
    waits = "2 sites (Brightside Bikes, Northgate Dental) to move"
    assert f"{patch} (Wait a minute) waits for {waits}\n" in said.err
    ways = f"plugwatch fork publish · plugwatch fork deploy {TIDY} --stock 3.0.0 --site dental --site shop"
    assert said.err.endswith(f"next: {ways}\n")

    found = night.check(0)
    row = {"patch": patch, "title": "Wait a minute", "component": TIDY, "version": "3.0.0", "incident": "INC-1"}
    assert found["to_move"] == [{**row, "sites": ["dental", "shop"]}]
    [listed] = night.today()["to_move"]
    sentence = f"{patch} (Wait a minute) landed in 3.0.0 of {TIDY}: {waits}; next: 'plugwatch fork publish' or "
    assert listed["summary"].startswith(sentence)
    assert (listed["incident"], listed["clients"]) == ("INC-1", ["Brightside Bikes", "Northgate Dental"])
    assert sentence in night.workspace.do("check").out
    holds = night.workspace.do("incident", "show", "INC-1", "--json").json["holds"]
    assert [one["versions"] for one in holds if not one["lifted_at"]] == [">=1.0.1,<3.0.0"]  # the fix passes

    tomorrow()
    night.runs("shop", "3.0.0")
    found = night.check(0)
    assert (found["to_move"], found["retired"]) == ([{**row, "sites": ["dental"]}], [])
    night.runs("dental", "3.0.0.0-p1")  # a build for another reason, which does not hold the patch
    found = night.check(3)
    assert (found["to_move"], found["retired"]) == ([], [{**row, "sites": []}])
    [told] = found["needs_person"]
    assert told.startswith("INC-1: every site is on plugin/tidy-forms 3.0.0, which has our fix (Wait a minute); tell ")
    shown = night.workspace.do("incident", "show", "INC-1", "--json").json
    assert [one["lifted_why"] for one in shown["holds"] if one["versions"] == ">=1.0.1,<3.0.0"] == [
        "every site is on 3.0.0, which has our fix"
    ]
    assert f"{patch} retired: every site is on 3.0.0 or later" in str(shown)
    found = night.check(3)
    assert (found["to_move"], found["retired"], found["needs_person"]) == ([], [], [told])  # retired once, told until:
    today = night.today()
    assert (today["to_move"], today["to_tell"]) == ([], [{"place": "INC-1", "summary": told}])
    night.workspace.do("incident", "mitigate", "INC-1", "--all", "--how", "updated")
    night.workspace.do("incident", "resolve", "INC-1")
    assert night.check(0)["needs_person"] == []


def test_an_upgrade_that_is_undone_and_made_again_lets_the_patch_leave_again(night: Night, tomorrow) -> None:  # type: ignore[no-untyped-def]
    patch = _hit(night)
    night.offer({"1.0.0": plugin("1.0.0"), "3.0.0": FIXED})
    night.check(0)
    for _time in ("first", "again"):
        night.workspace.do("fork", "upgrade", TIDY, "--to", "3.0.0")
        tomorrow()
        for site in ("shop", "dental"):
            night.runs(site, "3.0.0")
        assert [row["patch"] for row in night.check(3)["retired"]] == [patch]
        assert night.check(3)["retired"] == []
        night.workspace.do("fork", "undo", TIDY, "--yes")
        tomorrow()


def test_a_site_that_nobody_has_seen_since_counts_as_not_moved(night: Night, tomorrow) -> None:  # type: ignore[no-untyped-def]
    night.site("shop", "acme", "3.0.0")
    night.offer({"1.0.0": plugin("1.0.0"), "3.0.0": FIXED})
    night.check(0)
    tomorrow()
    night.workspace.do("fork", "upgrade", TIDY, "--to", "3.0.0")
    (night.workspace.folder / "shop.json").unlink()
    assert [row["sites"] for row in night.check(4)["to_move"]] == [["shop"]]
    night.runs("shop", "3.0.0")
    assert night.check(0)["to_move"] == []


def test_a_lost_patch_is_told_each_night_with_the_client_who_is_hit_again_and_the_incident(night: Night) -> None:
    _hit(night)
    night.check(0)
    night.runs("shop", "1.0.0")
    for _night in range(2):
        found = night.check(3)
        [row] = found["lost_patches"]
        assert (row["site"], row["client"], row["build"], row["version"]) == (
            "shop",
            "brightside-bikes",
            "1.0.0.0-p1",
            "1.0.0",
        )
        assert row["incidents"] == ["INC-1"]
        assert "Brightside Bikes is hit again by INC-1" in row["summary"]
        assert row["summary"] in found["needs_person"]
    [listed] = night.today()["lost_patches"]
    assert listed == {
        "place": "shop",
        "summary": row["summary"],
        "site": "shop",
        "client": "brightside-bikes",
        "component": TIDY,
        "incident": "INC-1",
    }
    assert "Brightside Bikes is hit again by INC-1" in night.workspace.do("today").out.replace("\n             ", " ")
    night.runs("shop", "1.0.0.0-p1")
    assert night.check(0)["lost_patches"] == []


def test_a_site_that_has_updated_itself_to_the_fix_has_lost_nothing(night: Night) -> None:
    _hit(night)
    night.check(0)
    night.offer({"1.0.0": plugin("1.0.0"), "1.5.0": plugin("1.5.0"), "3.0.0": FIXED})
    night.runs("shop", "3.0.0")
    night.runs("dental", "1.5.0")
    assert [row["site"] for row in night.check(3)["lost_patches"]] == ["dental"]
    night.workspace.do("fork", "upgrade", TIDY, "--to", "3.0.0")
    assert [row["site"] for row in night.check(3)["lost_patches"]] == ["dental"]


def test_a_patch_does_not_leave_a_site_whose_files_are_not_what_its_version_says(night: Night, tomorrow) -> None:  # type: ignore[no-untyped-def]
    night.site("shop", "acme", "3.0.0")
    night.offer({"1.0.0": plugin("1.0.0"), "3.0.0": FIXED})
    night.check(0)
    night.workspace.do("fork", "upgrade", TIDY, "--to", "3.0.0")
    tomorrow()
    liar = write_files(night.folder / "liar", plugin("3.0.0"))  # the files of 1.0.0 under a newer version
    assert night.workspace.run("fork", "verify", liar, TIDY, "--site", "shop").code == 3
    found = night.check(0)
    assert [row["sites"] for row in found["to_move"]] == [["shop"]]
    write_files(liar, FIXED)
    night.workspace.do("fork", "verify", liar, TIDY, "--site", "shop")
    found = night.check(0)
    assert (found["to_move"], [row["component"] for row in found["retired"]]) == ([], [TIDY])


def test_builds_that_only_colleagues_know_are_not_missed_beyond_a_release_that_has_the_fix(night: Night) -> None:
    night.site("shop", "acme", "1.0.0.0-p1")
    night.offer({"1.0.0": plugin("1.0.0"), "3.0.0": FIXED, "3.0.1": plugin("3.0.1", mail=mail_file(seconds=60))})
    night.check(0)
    night.runs("shop", "1.0.0")
    assert [row["build"] for row in night.check(3)["lost_patches"]] == ["1.0.0.0-p1"]
    night.workspace.do("fork", "upgrade", TIDY, "--to", "3.0.1")
    night.runs("shop", "3.0.1")
    assert night.check(0)["lost_patches"] == []


def test_a_deployment_without_a_known_end_is_told_until_there_is_one(night: Night, tomorrow) -> None:  # type: ignore[no-untyped-def]
    night.site("shop", "acme", "1.0.0")
    began = App(str(night.workspace.folder)).now
    one = Deployment(new_id(), "run", Component.parse(TIDY), "shop", BUILD, "1.0.0.0-p1", "kim", began, RUNNING)
    with (
        open_ledger("sqlite:///plugwatch.db", workspace=night.workspace.folder) as ledger,
        ledger.unit_of_work() as work,
    ):
        work.deployments.add(one)
    [said] = night.check(3)["needs_person"]
    assert said.startswith(f"shop: kim has been putting {TIDY} 1.0.0.0-p1 there since ")
    tomorrow()
    found = night.check(3)
    [said] = found["needs_person"]
    assert said.startswith(f"shop: nobody knows how it ended that kim put {TIDY} 1.0.0.0-p1 there at ")
    assert said.endswith(f"look with 'plugwatch fork deploy {TIDY} --site shop --back'")
    [row] = night.today()["deployments"]
    assert row == found["deployments"][0]
    assert (row["site"], row["version"], row["state"], row["actor"]) == ("shop", "1.0.0.0-p1", "running", "kim")
    shown = night.workspace.do("today")
    assert "NO END       shop  kim put plugin/tidy-forms 1.0.0.0-p1 there " in shown.out
    assert shown.err.endswith(f"next: plugwatch fork deploy {TIDY} --site shop --back\n")
    with (
        open_ledger("sqlite:///plugwatch.db", workspace=night.workspace.folder) as ledger,
        ledger.unit_of_work() as work,
    ):
        work.deployments.change(Deployment(**{**vars(one), "state": DONE}))
    assert (night.check(0)["deployments"], night.today()["deployments"]) == ([], [])
