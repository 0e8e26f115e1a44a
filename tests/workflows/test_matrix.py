"""Patches on sites: which place counts, by what it is known, and whom it hits when it is lost."""

from __future__ import annotations

import dataclasses
import json
import shutil
from datetime import datetime, timedelta, timezone

import pytest
from workbench import Workspace, mail_file, make_carrying_workspace, plugin, write_files

from plugwatch.forks.fork import ForkStore
from plugwatch.forks.overview import read_overview
from plugwatch.ledger.database import open_ledger
from plugwatch.ledger.ids import new_id
from plugwatch.model.component import Component
from plugwatch.model.deployments.deployment import BUILD, DONE, STOCK, Deployment
from plugwatch.model.evidence.evidence import Evidence, PatchSeen
from plugwatch.workflows.matrix import lost_sentence, matrix

TIDY = Component("plugin", "tidy-forms")
P1, MAIL = "1.0.0.0-p1", mail_file(seconds=60)
DAY = timedelta(days=1)
START = datetime(2026, 5, 1, 12, 0, tzinfo=timezone.utc)
NOW = START + 30 * DAY


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A fork with one build, and one patch in it, which an incident of Brightside Bikes asked for."""
    folder = tmp_path_factory.mktemp("matrix")
    workspace = make_carrying_workspace(folder)
    workspace.do("fork", "build", "plugin/tidy-forms", "--out", folder / "out")
    return folder


@pytest.fixture
def space(made, tmp_path):
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return Workspace(tmp_path / "ws")


def import_version(space, site: str, version: str, at: datetime) -> None:
    told = {"tidy-forms": {"version": version, "status": "active"}}
    text = "[plugins]\n" + "".join(f"{slug} = {json.dumps(row['version'])}\n" for slug, row in told.items())
    path = space.folder / "list.toml"
    path.write_text(text)
    space.do("site", "import", site, path, "--at", at.isoformat(), "--as", "plugwatch-toml")


def add_site(space, site: str, *versions: str, client: str = "") -> None:
    space.do("site", "add", site, "--client", client or f"{site.title()} Ltd")
    for day, version in enumerate(versions):
        import_version(space, site, version, START + day * DAY)


def rows(space, *, looks: tuple[Evidence, ...] = (), put: tuple[Deployment, ...] = ()):
    """The matrix, with looks and deployments at the end of the twentieth day."""
    ledger = open_ledger("sqlite:///plugwatch.db", workspace=space.folder)
    fork = ForkStore(space.folder / "forks").open(TIDY)
    with ledger.unit_of_work() as work:
        for one in looks:
            work.evidence.add(one, at=one.at or START, actor="kim")
        for one in put:
            work.deployments.add(one)
            work.deployments.change(one)
    with ledger.reading() as work:
        found = matrix(work, [read_overview(fork)], now=NOW)
    ledger.close()
    return found


def look(site: str, state: str, version: str, at: datetime, build: str | None = None) -> Evidence:
    return Evidence(TIDY, site, state, "verified", version, "seen", "files", build, "1.0.0", (), at=at)


def deployment(site: str, kind: str, version: str) -> Deployment:
    return Deployment(new_id(), "run", TIDY, site, kind, version, "kim", START, DONE, finished_at=START)


def test_a_site_that_never_ran_a_build_is_not_in_it(space):
    add_site(space, "shop", "1.0.0")

    assert rows(space, looks=(look("shop", "lost", "1.0.0", NOW),)) == []


def test_a_site_that_runs_the_build_is_patched_by_its_version(space):
    add_site(space, "shop", "1.0.0", P1)
    [row] = rows(space)

    assert (row.site, row.client, row.client_name, row.component) == ("shop", "shop-ltd", "Shop Ltd", TIDY)
    assert (row.state, row.certainty, row.version, row.build, row.wanted) == ("patched", "claimed", P1, P1, P1)
    assert [state for _patch, state in row.patches] == ["there"]
    assert row.seen_at == START + DAY
    assert not row.is_lost


@pytest.mark.parametrize("after", ["1.0.0", "1.0.1"])
def test_a_site_that_went_back_to_the_vendors_release_has_lost_it_and_the_client_is_named(space, after):
    add_site(space, "shop", P1, after)
    [row] = rows(space)
    sentence = lost_sentence(row)

    assert (row.state, row.is_lost, row.build, [state for _patch, state in row.patches]) == (
        *("lost", True, P1, ["missing"]),
    )
    for part in ("shop", "Shop Ltd is hit again", "plugin/tidy-forms", P1, f"to {after}", "by its version"):
        assert part in sentence


def test_a_look_counts_more_than_the_version_that_it_saw(space):
    add_site(space, "shop", P1)
    seen = dataclasses.replace(
        look("shop", "lost", P1, START + DAY), patches=(PatchSeen("pw-aaaaaaaaaa", "A", "missing"),)
    )
    [row] = rows(space, looks=(seen,))

    assert (row.state, row.certainty, row.patches) == ("lost", "verified", (("pw-aaaaaaaaaa", "missing"),))
    assert "by its version" not in lost_sentence(row)


def test_a_look_still_counts_after_a_list_that_shows_the_same(space):
    add_site(space, "shop", P1)
    seen = look("shop", "patched", P1, START + DAY, P1)
    import_version(space, "shop", P1, START + 5 * DAY)
    [row] = rows(space, looks=(seen,))

    assert (row.state, row.certainty, row.seen_at) == ("patched", "verified", START + 5 * DAY)


def test_a_look_older_than_a_list_with_another_version_is_stale(space):
    add_site(space, "shop", P1)
    seen = look("shop", "patched", P1, START + DAY, P1)
    import_version(space, "shop", "1.0.1", START + 5 * DAY)
    [row] = rows(space, looks=(seen,))

    assert (row.state, row.certainty, row.version) == ("lost", "claimed", "1.0.1")


def test_the_newest_of_several_looks_counts_and_none_of_the_future(space):
    add_site(space, "shop", P1)
    found = rows(
        space,
        looks=(look("shop", "patched", P1, START + DAY, P1), look("shop", "tampered", P1, START + 2 * DAY, P1)),
    )

    assert [row.state for row in found] == ["tampered"]
    assert "neither ours nor the vendor's" in lost_sentence(found[0])


def test_a_look_that_told_nothing_changes_nothing(space):
    add_site(space, "shop", P1)
    [row] = rows(space, looks=(look("shop", "unknown", P1, START + DAY),))

    assert (row.state, row.certainty) == ("patched", "claimed")


def test_a_site_that_has_removed_the_component_is_not_in_it(space):
    add_site(space, "shop", P1)
    seen = look("shop", "patched", P1, START + DAY, P1)
    path = space.folder / "list.toml"
    path.write_text('[plugins]\nother = "1.0"\n')
    space.do("site", "import", "shop", path, "--at", (START + 2 * DAY).isoformat(), "--as", "plugwatch-toml")

    assert rows(space, looks=(seen,)) == []


def test_a_site_that_was_never_listed_is_known_by_a_look_alone(space):
    add_site(space, "shop")
    [row] = rows(space, looks=(look("shop", "patched", P1, START, P1),))

    assert (row.state, row.certainty, row.client_name) == ("patched", "verified", "Shop Ltd")


def test_a_site_that_no_list_tells_of_is_known_by_its_deployment(space):
    add_site(space, "shop", "1.0.0")
    [row] = rows(space, put=(deployment("shop", BUILD, P1),))

    assert (row.state, row.build) == ("lost", P1)


def test_what_we_handed_back_ourselves_is_not_lost(space):
    add_site(space, "shop", P1, "1.0.0")
    [row] = rows(space, put=(deployment("shop", BUILD, P1), deployment("shop", STOCK, "1.0.0")))

    assert (row.state, row.handed_back, row.is_lost) == ("other", True, False)


def test_what_the_vendors_updates_made_of_a_release_that_we_handed_back_is_not_lost(space):
    add_site(space, "shop", P1, "1.0.0", "1.0.1")
    add_site(space, "blog", P1, "1.0.0", P1, "1.0.1")
    put = tuple(deployment(site, STOCK, "1.0.0") for site in ("blog", "shop"))
    blog, shop = rows(space, put=put)

    assert (shop.state, shop.handed_back, shop.is_lost) == ("other", True, False)
    assert "we put the vendor's 1.0.0 there ourselves" in shop.why
    assert (blog.state, blog.handed_back) == ("lost", False)


def test_where_it_is_switched_off_nobody_is_said_to_be_hit(space):
    add_site(space, "shop", P1)
    path = space.folder / "list.json"
    path.write_text(json.dumps([{"name": "tidy-forms", "status": "inactive", "update": "none", "version": "1.0.0"}]))
    space.do("site", "import", "shop", path, "--type", "plugins", "--at", (START + DAY).isoformat())
    [row] = rows(space)

    assert row.is_lost
    assert "Shop Ltd is hit again once it is switched on: it is inactive now" in lost_sentence(row)


def upgrade(space) -> None:
    write_files(space.folder.parent / "sources" / "3", plugin("3.0.0", mail=MAIL))
    space.do("fork", "import", "plugin/tidy-forms", "--from", space.folder.parent / "sources" / "3")
    space.do("fork", "upgrade", "plugin/tidy-forms", "--to", "3.0.0")


@pytest.mark.parametrize("certainty", ["verified", "claimed"])
def test_a_look_at_a_release_that_turned_out_to_hold_the_fix_is_no_alarm_any_more(space, certainty):
    add_site(space, "shop", P1, "3.0.0")
    seen = dataclasses.replace(
        look("shop", "lost", "3.0.0", START + 2 * DAY),
        certainty=certainty,
        release="3.0.0" if certainty == "verified" else "1.0.0",  # of a release that nobody knows, the nearest
        patches=(PatchSeen("pw-aaaaaaaaaa", "A", "missing"),),
    )
    [row] = rows(space, looks=(seen,))
    assert row.state == "lost"
    upgrade(space)
    [row] = rows(space)

    assert (row.state, row.certainty, row.patches, row.is_lost) == ("patched", certainty, (), False)


def test_a_look_from_before_a_patch_was_made_does_not_say_that_it_is_there(space):
    add_site(space, "shop", P1)
    add_site(space, "blog", P1, "3.0.0")
    upgrade(space)
    seen = dataclasses.replace(look("blog", "patched", "3.0.0", START + 2 * DAY), release="3.0.0")
    blog, shop = rows(space, looks=(look("shop", "patched", P1, START + DAY, P1), seen))
    assert (blog.state, blog.patches) == ("patched", ())
    first = [patch for patch, _state in shop.patches]
    edited = plugin("3.0.0", mail=MAIL.replace(b"'New message'", b"'News'"))
    write_files(space.folder.parent / "news", edited)
    space.do("patch", "capture", "plugin/tidy-forms", space.folder.parent / "news", "--title", "News")
    blog, shop = rows(space)

    assert (blog.state, blog.certainty, [state for _patch, state in blog.patches]) == ("other", "verified", ["missing"])
    assert (shop.state, [patch for patch, _state in shop.patches]) == ("patched", first)


def test_a_release_that_holds_all_that_a_site_had_has_lost_it_nothing(space):
    second = plugin("1.0.0", mail=MAIL.replace(b"'New message'", b"'News'"))
    write_files(space.folder.parent / "news", second)
    space.do("patch", "capture", "plugin/tidy-forms", space.folder.parent / "news", "--title", "News")
    space.do("fork", "build", "plugin/tidy-forms", "--out", space.folder)
    add_site(space, "blog", P1, "3.0.0")
    add_site(space, "shop", "1.0.0.0-p2", "3.0.0")
    assert [(row.site, row.state) for row in rows(space)] == [("blog", "lost"), ("shop", "lost")]
    upgrade(space)  # it holds the first patch, not the second
    blog, shop = rows(space)

    assert (blog.state, shop.state) == ("other", "lost")
    assert [state for _patch, state in blog.patches] == ["missing"]
    assert "all that our build 1.0.0.0-p1 had is there" in blog.why


def test_a_release_that_holds_the_fix_is_as_it_should_be(space):
    upgrade(space)
    add_site(space, "shop", P1, "3.0.0")
    [row] = rows(space)

    assert (row.state, row.wanted, row.patches, row.is_lost) == ("patched", None, (), False)


def test_the_incident_of_the_client_who_is_hit_again_is_named(tmp_path):
    space = make_carrying_workspace(tmp_path)
    add_site(space, "shop", "1.0.0", client="Brightside Bikes")
    add_site(space, "blog", "1.0.0", client="Northgate Dental")
    opened = space.do("incident", "open", "shop", "tidy-forms", "mails come late", "--json").json
    write_files(tmp_path / "twice", plugin("1.0.0", mail=MAIL.replace(b"'New message'", b"'News'")))
    space.do(
        *("patch", "capture", "plugin/tidy-forms", tmp_path / "twice", "--title", "News"),
        *("--incident", opened["incident"]),
    )
    space.do("fork", "build", "plugin/tidy-forms", "--out", tmp_path / "out")
    for site in ("shop", "blog"):
        import_version(space, site, P1, NOW)
        import_version(space, site, "1.0.0", NOW + DAY)
    ledger = open_ledger("sqlite:///plugwatch.db", workspace=space.folder)
    with ledger.reading() as work:
        found = matrix(work, [read_overview(ForkStore(space.folder / "forks").open(TIDY))], now=NOW + 2 * DAY)
    ledger.close()

    shop = next(row for row in found if row.site == "shop")
    assert shop.incidents == (opened["incident"],)
    assert f"Brightside Bikes is hit again by {opened['incident']}" in lost_sentence(shop)
