"""``fork deploy`` killed, or left alone by the site, in the middle: what is there is whole, and the next one ends it.

Which call of ``wp`` it happens at is the site's own doing: its PHP counts them, and knows its parent.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from peers.bare_wp import BareSites
from workbench import Workspace, make_carrying_workspace, plugin, snapshot

from plugwatch.forks.lock import locked

FORMS = "plugin/tidy-forms"
# What is asked of the site, in its order: look, starts, pack, place, look, starts, settle.
PACK, PLACE, SECOND_LOOK, SETTLE = 3, 4, 5, 7
_COUNT = "$n = (int) @file_get_contents(ABSPATH . 'n') + 1; file_put_contents(ABSPATH . 'n', $n); if ($n {}) {{ {} }}"
_KILL_US = "posix_kill(posix_getppid(), 9);"
_DIE = "posix_kill(getpid(), 9);"


@pytest.fixture
def sites(tmp_path, monkeypatch):
    made = BareSites(tmp_path / "server")
    monkeypatch.setenv("PATH", made.path)
    return made


@pytest.fixture(scope="module")
def agency(tmp_path_factory):
    folder = tmp_path_factory.mktemp("agency")
    workspace = make_carrying_workspace(folder)
    workspace.do("fork", "build", FORMS, "--out", folder / "out")
    return folder


@pytest.fixture
def space(agency, tmp_path, sites):
    shutil.copytree(agency, tmp_path, dirs_exist_ok=True)
    space = Workspace(tmp_path / "ws")
    root = sites.add("shop", {"tidy-forms": plugin()})
    space.do("site", "add", "shop", "--client", "shop-gmbh", "--source", f"wp --path={root}")
    return space


def at_call(sites: BareSites, when: str, code: str) -> None:
    (sites.folder / "shop" / "n").unlink(missing_ok=True)
    sites.plan(before=_COUNT.format(when, code), php=["-d", "extension=posix"])


def plugins(sites: BareSites):
    folder = sites.folder / "shop" / "wp-content" / "plugins"
    return {path: content for path, content in snapshot(folder).items() if content is not None}


def is_old(sites: BareSites) -> bool:
    return plugins(sites) == {f"tidy-forms/{path}": content for path, content in plugin().items()}


def is_new(sites: BareSites) -> bool:
    found = plugins(sites)
    return "tidy-forms/plugwatch-manifest.json" in found and not [path for path in found if path.startswith(".")]


def states(space: Workspace):
    return [row["state"] for row in space.do("fork", "deploy", "--log", "--json").json]


def wait_for_the_site(sites: BareSites) -> None:
    """Until the orphaned PHP has come to its end."""
    for call in sites.calls:
        while _lives(call["pid"]):
            time.sleep(0.01)


def _lives(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.mark.parametrize(
    ("call", "site_too"),
    [(PACK, False), (PLACE, True), (PLACE, False), (SECOND_LOOK, True), (SETTLE, True), (SETTLE, False)],
)
def test_killed_at_any_call_the_next_deployment_ends_it(space, sites, call, site_too):
    at_call(sites, f"=== {call}", _KILL_US + _DIE * site_too)
    child = space.start("fork", "deploy", FORMS, "--site", "shop", "--send")
    child.communicate()
    wait_for_the_site(sites)
    assert child.returncode == -9
    live = {path: content for path, content in plugins(sites).items() if path.startswith("tidy-forms/")}
    assert len(live) in (3, 5), "the old one or the new one, whole"
    assert states(space) == ["running"]
    sites.plan(before="")
    told = space.run("fork", "deploy", FORMS, "--site", "shop")
    assert (told.code, "has not ended" in told.out) == (3, True)

    answer = space.do("fork", "deploy", FORMS, "--site", "shop", "--send")

    assert is_new(sites), answer
    assert set(states(space)) <= {"done", "put-back", "failed"}
    assert "done" in states(space)


def test_interrupted_it_says_what_ends_what_was_begun_and_nothing_older_is_taken_back(space, sites, tmp_path):
    space.do("fork", "import", FORMS, "--from", tmp_path / "sources" / "2.0.0")
    space.do("fork", "deploy", FORMS, "--stock", "2.0.0", "--site", "shop", "--send")
    before = plugins(sites)
    at_call(sites, f"=== {PLACE}", "posix_kill(posix_getppid(), 2);" + _DIE)
    child = space.start("fork", "deploy", FORMS, "--site", "shop", "--send")

    _out, err = child.communicate()

    assert child.returncode == 130
    assert b"shop: broken off in the middle; 'plugwatch fork deploy plugin/tidy-forms --back --site shop --send'" in err
    assert b"Traceback" not in err
    sites.plan(before="")
    answer = space.do("fork", "deploy", FORMS, "--back", "--site", "shop", "--send")
    assert "broken off before it changed anything" in answer.out
    assert plugins(sites) == before
    assert states(space) == ["failed", "done"]


def test_where_nobody_reads_what_was_done_no_further_site_is_tried_and_it_is_no_success(space, sites):
    root = sites.add("yard", {"tidy-forms": plugin()})
    space.do("site", "add", "yard", "--client", "yard-gmbh", "--source", f"wp --path={root}")
    child = space.start("fork", "deploy", FORMS, "--site", "shop", "--site", "yard", "--send")
    child.stdout.close()

    err = child.stderr.read()

    assert child.wait() == 1
    assert b"no further site was tried; see 'plugwatch fork deploy --log plugin/tidy-forms'" in err
    assert [(row["site"], row["state"]) for row in space.do("fork", "deploy", "--log", "--json").json] == [
        ("shop", "done")
    ]


def test_what_a_killed_command_had_fetched_of_a_site_does_not_stay(space, sites):
    at_call(sites, f"=== {PACK}", _KILL_US)
    space.start("fork", "deploy", FORMS, "--site", "shop", "--send").communicate()
    wait_for_the_site(sites)
    sites.plan(before="")
    kept = space.folder / "snapshots"
    assert [path.name.rpartition(".")[2] for path in kept.rglob("*.zip*")] == ["part"]

    space.do("fork", "deploy", FORMS, "--site", "shop", "--send")

    assert [path.name.rpartition(".")[2] for path in kept.rglob("*.zip*")] == ["zip"]


@pytest.mark.parametrize("call", [PLACE, SECOND_LOOK])
def test_killed_it_can_be_taken_back_instead(space, sites, call):
    at_call(sites, f"=== {call}", _KILL_US)
    space.start("fork", "deploy", FORMS, "--site", "shop", "--send").communicate()
    wait_for_the_site(sites)
    sites.plan(before="")

    answer = space.do("fork", "deploy", FORMS, "--site", "shop", "--back", "--send")

    assert "the old copy was put back" in answer.out
    assert is_old(sites)
    assert states(space) == ["put-back"]


def test_a_site_that_goes_away_in_the_middle_is_not_known_until_it_is_back(space, sites):
    at_call(sites, f">= {SECOND_LOOK}", _DIE)

    answer = space.run("fork", "deploy", FORMS, "--site", "shop", "--send")
    assert answer.code == 3, answer
    assert "shop: NOT KNOWN" in answer.out
    assert "next: plugwatch fork deploy plugin/tidy-forms --back --site shop --send" in answer.err
    assert states(space) == ["unknown"]

    sites.plan(before="")
    space.do("fork", "deploy", FORMS, "--site", "shop", "--send")
    assert is_new(sites)
    assert states(space)[0] == "done"


def test_another_workspace_does_not_meddle_without_a_reason(space, sites, tmp_path):
    at_call(sites, f"=== {SECOND_LOOK}", _KILL_US + _DIE)
    space.start("fork", "deploy", FORMS, "--site", "shop", "--send").communicate()
    sites.plan(before="")
    wait_for_the_site(sites)
    other = Workspace(tmp_path / "other")
    shutil.copytree(space.folder, other.folder, ignore=shutil.ignore_patterns("plugwatch.db*"))
    other_ledger(space, other)

    answer = other.run("fork", "deploy", FORMS, "--site", "shop", "--send")
    assert answer.code == 3, answer
    assert "that this workspace does not know" in answer.out

    other.do("fork", "deploy", FORMS, "--site", "shop", "--send", "--anyway", "Kim's machine is gone")
    assert is_new(sites)


def other_ledger(space: Workspace, other: Workspace) -> None:
    """A colleague's ledger: the site, but none of the deployments."""
    other.do("init", other.folder)
    root = space.folder.parent / "server" / "shop"
    other.do("site", "add", "shop", "--client", "shop-gmbh", "--source", f"wp --path={root}")


def test_two_commands_of_one_workspace_do_not_meet(space, sites):
    folder = space.folder / "snapshots" / "shop"
    folder.mkdir(parents=True)

    with locked(folder / ".plugin.tidy-forms.lock", "fork deploy"):
        answer = space.run("fork", "deploy", FORMS, "--site", "shop", "--send")

    assert answer.code == 1
    assert "shop is in use by 'fork deploy'" in answer.out
    assert is_old(sites)
