"""``plugwatch fork sync``: two people and one git server over HTTP with passwords."""

from __future__ import annotations

import base64
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from peers.git_http import TOKEN, USER, Asked, GitServer
from workbench import (
    Workspace,
    environment,
    fsck,
    git,
    git_text,
    mail_file,
    make_carrying_workspace,
    make_workspace,
    plugin,
    public_refs,
    write_files,
    zip_files,
)

from plugwatch.ledger.database import open_ledger

TIDY = "plugin/tidy-forms"
RESOLUTIONS = "refs/plugwatch/resolutions"
TABLES = {
    "fork_release": "version, commit_id, tree_id",
    "patch": "id, title, origin",
    "stack_entry": "version, position, patch_id",
    "build": "version, base_version, fingerprint, tree_id",
}


@dataclass(frozen=True)
class Team:
    """Ana, who carries a patch on 1.0.0, Ben, who has nothing yet, their server, and sources of releases."""

    ana: Workspace
    ben: Workspace
    server: GitServer
    url: str
    bare: Path
    sources: Path


@contextmanager
def team_in(folder: Path) -> Iterator[Team]:
    """The team whose files lie in a folder, with its server running; the forks' addresses of it are put right."""
    server = GitServer(folder / "server")
    team = Team(
        Workspace(folder / "ws"), Workspace(folder / "ben"), server, "", server.folder / "tidy.git", folder / "sources"
    )
    with server.running(), environment(PLUGWATCH_GIT_TOKEN=TOKEN, PLUGWATCH_USER="ana"):
        for workspace in (team.ana, team.ben):
            config = workspace.fork() / "config"
            if config.exists():
                config.write_text(re.sub(r"http://[0-9.:]+", server.url, config.read_text()))
        yield replace(team, url=server.address("tidy"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """States of the team, to be copied: before and after the first sync, then diverged, or with news on both sides."""
    folder = tmp_path_factory.mktemp("team")
    first = folder / "team"
    first.mkdir()
    make_carrying_workspace(first)
    make_workspace(first / "ben")
    for name in ("ws", "ben"):
        with (first / name / "plugwatch.toml").open("a") as settings:
            settings.write(f'\n[sync]\nuser = "{USER}"\n')
    (first / "server").mkdir()
    GitServer(first / "server").create("tidy")
    shutil.copytree(first, folder / "sharing")
    with team_in(folder / "sharing") as team:
        sync(team.ana, team.url)
        sync(team.ben, team.url)
    shutil.copytree(folder / "sharing", folder / "diverged")
    with team_in(folder / "diverged") as team:
        capture(team, team.ana, "Say hi", mail=mail_file(seconds=60, subject="'Hi'"))
        capture(team, team.ben, "Other readme", readme=b"=== Other ===\n")
        sync(team.ana)
    shutil.copytree(folder / "sharing", folder / "apart")
    with team_in(folder / "apart") as team:
        capture(team, team.ana, "Say hi", mail=mail_file(seconds=60, subject="'Hi'"))
        sync(team.ana)
        team.ben.do("fork", "import", TIDY, "--from", team.sources / "2.0.0")
    return folder


@pytest.fixture
def team(template: Path, tmp_path: Path) -> Iterator[Team]:
    """Ana has a fork, Ben has none, the repository on the server is empty."""
    shutil.copytree(template / "team", tmp_path, dirs_exist_ok=True)
    with team_in(tmp_path) as found:
        yield found


@pytest.fixture
def sharing(template: Path, tmp_path: Path) -> Iterator[Team]:
    """Both have the same."""
    shutil.copytree(template / "sharing", tmp_path, dirs_exist_ok=True)
    with team_in(tmp_path) as found:
        yield found


@pytest.fixture
def diverged(template: Path, tmp_path: Path) -> Iterator[Team]:
    """Ana has pushed another patch on 1.0.0; Ben has made one too."""
    shutil.copytree(template / "diverged", tmp_path, dirs_exist_ok=True)
    with team_in(tmp_path) as found:
        yield found


@pytest.fixture
def apart(template: Path, tmp_path: Path) -> Iterator[Team]:
    """Ana has pushed another patch, Ben has imported 2.0.0."""
    shutil.copytree(template / "apart", tmp_path, dirs_exist_ok=True)
    with team_in(tmp_path) as found:
        yield found


def sync(workspace: Workspace, *args: str, code: int = 0) -> Any:
    """``fork sync tidy-forms``; its document."""
    answer = workspace.run("fork", "sync", TIDY, *args, "--json")
    assert answer.code == code, answer
    return answer.json


def fails(workspace: Workspace, *args: str, code: int = 1) -> str:
    """A sync that must fail, with one sentence and nothing on stdout; the sentence."""
    answer = workspace.run("fork", "sync", *args)
    assert (answer.code, answer.out, answer.err.count("\n")) == (code, "", 1), answer
    return answer.err


def capture(team: Team, workspace: Workspace, title: str, **changed: Any) -> str:
    """A patch that leaves the files as given; its id."""
    folder = team.sources / title.replace(" ", "-")
    write_files(folder, plugin("1.0.0", **({"mail": mail_file(seconds=60)} | changed)))
    return workspace.do("patch", "capture", TIDY, folder, "--title", title, "--json").json["patch"]


def index(workspace: Workspace) -> dict[str, Any]:
    """What the ledger says of forks."""
    with open_ledger("sqlite:///plugwatch.db", workspace=workspace.folder) as ledger, ledger.reading() as work:
        rows = work.forks._queries._connection.rows
        return {table: sorted(rows(f"select {columns} from {table}", {})) for table, columns in TABLES.items()}


def tip(repository: Path, version: str = "1.0.0") -> str:
    return git_text(repository, "rev-parse", f"refs/heads/carried/{version}")


def test_two_people_have_the_same_fork_and_the_same_index(team: Team) -> None:
    sent = sync(team.ana, team.url)
    assert sent == {
        "component": TIDY,
        "remote": team.url,
        "status": "synced",
        "fetched": [],
        "pushed": ["upstream/1.0.0", "carried/1.0.0"],
        "alarms": [],
        "diverged": [],
        "error": None,
    }
    got = sync(team.ben, team.url)
    assert (got["fetched"], got["pushed"]) == (["upstream/1.0.0", "carried/1.0.0"], [])
    assert public_refs(team.ana.fork()) == public_refs(team.ben.fork()) == public_refs(team.bare)
    assert index(team.ana) == index(team.ben)
    assert fsck(team.ben.fork()) == ""
    patch = team.ana.do("patch", "list", TIDY, "--json").json[0]["patch"]
    assert team.ben.do("patch", "show", patch, "--json").json["title"] == "Wait a minute"
    again = sync(team.ben)  # the address is remembered
    assert (again["remote"], again["fetched"], again["pushed"]) == (team.url, [], [])
    assert git_text(team.bare, "for-each-ref", "refs/plugwatch") == ""
    plain = "nothing new on either side"
    assert plain in team.ben.do("fork", "sync", TIDY).out


def test_the_token_stands_nowhere_but_in_the_request(sharing: Team) -> None:
    capture(sharing, sharing.ana, "Say hi", mail=mail_file(seconds=60, subject="'Hi'"))
    sync(sharing.ana)
    sync(sharing.ben)
    right = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
    assert {asked.authorization for asked in sharing.server.asked} == {None, f"Basic {right}"}
    for workspace in (sharing.ana, sharing.ben):
        for path in workspace.folder.rglob("*"):
            assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path
    with environment(PLUGWATCH_GIT_TOKEN="wr0ng-t0ken"):
        assert "wr0ng-t0ken" not in fails(sharing.ana, TIDY)


def test_two_who_import_the_same_zip_converge_and_their_patches_meet(team: Team) -> None:
    archive = zip_files(team.sources / "tidy.zip", plugin("1.0.0"))
    team.ben.do("fork", "create", TIDY, "--from", archive)
    team.ben.do("fork", "import", TIDY, "--from", team.sources / "2.0.0")
    sync(team.ana, team.url)
    found = sync(team.ben, team.url)
    assert found["fetched"] == ["carried/1.0.0"]
    assert found["pushed"] == ["upstream/2.0.0"]
    assert found["alarms"] == []
    assert sync(team.ana)["fetched"] == ["upstream/2.0.0"]
    assert public_refs(team.ana.fork()) == public_refs(team.ben.fork()) == public_refs(team.bare)


def test_the_same_version_with_other_bytes_is_an_alarm_and_both_are_kept(team: Team) -> None:
    team.ben.do("fork", "create", TIDY, "--from", write_files(team.sources / "x", plugin(readme=b"other\n")))
    ours = git_text(team.ben.fork(), "rev-parse", "upstream/1.0.0")
    sync(team.ana, team.url)
    theirs = public_refs(team.bare)
    found = sync(team.ben, team.url)
    assert found["fetched"] == ["upstream/1.0.0+r2", "carried/1.0.0+r2"]
    assert found["pushed"] == ["upstream/1.0.0+r2"]
    assert len(found["alarms"]) == 2
    assert "1.0.0 has other bytes" in found["alarms"][0]
    assert git_text(team.ben.fork(), "rev-parse", "upstream/1.0.0") == ours
    there = public_refs(team.bare)
    assert theirs.items() <= there.items() | {("refs/heads/upstream", theirs["refs/heads/upstream"])}
    assert there["refs/tags/upstream/1.0.0+r2"] == ours
    assert sync(team.ana)["fetched"] == ["upstream/1.0.0+r2"]
    second = sync(team.ben)
    assert (second["fetched"], second["pushed"], second["alarms"]) == ([], [], [])
    capture(team, team.ana, "Say hi", mail=mail_file(seconds=60, subject="'Hi'"))
    sync(team.ana)
    assert sync(team.ben)["fetched"] == ["carried/1.0.0+r2"]
    assert tip(team.ben.fork(), "1.0.0+r2") == tip(team.ana.fork())


def test_who_is_behind_follows(apart: Team) -> None:
    found = sync(apart.ben)
    assert (found["fetched"], found["pushed"]) == (["carried/1.0.0"], ["upstream/2.0.0"])
    titles = [row["title"] for row in apart.ben.do("patch", "list", TIDY, "--json").json]
    assert titles == ["Wait a minute", "Say hi"]


def test_stacks_that_have_diverged_are_shown_and_stay(diverged: Team) -> None:
    ours, theirs = tip(diverged.ben.fork()), tip(diverged.ana.fork())
    diverged.ben.do("fork", "import", TIDY, "--from", diverged.sources / "2.0.0")
    before = public_refs(diverged.ben.fork())
    found = sync(diverged.ben, code=3)
    assert found["status"] == "diverged"
    assert found["pushed"] == ["upstream/2.0.0"]  # what nobody disputes goes on
    (only,) = found["diverged"]
    assert (only["on"], only["ours"], only["theirs"]) == ("1.0.0", ours, theirs)
    assert re.findall(r" ([<>=]) .*?(?:[0-9a-f]{7}|-{7}) ([A-Z].*)", only["range_diff"]) == [
        ("=", "Wait a minute"),
        ("<", "Other readme"),
        (">", "Say hi"),
    ]
    assert public_refs(diverged.ben.fork()) == before
    assert tip(diverged.bare) == theirs
    shown = diverged.ben.run("fork", "sync", TIDY)
    assert shown.code == 3
    assert "carried/1.0.0 has diverged" in shown.out
    assert "--on 1.0.0 --take both|ours|theirs" in shown.err


def test_a_person_takes_theirs_and_can_undo_it(diverged: Team) -> None:
    ours = tip(diverged.ben.fork())
    assert sync(diverged.ben, "--on", "1.0.0", "--take", "theirs")["fetched"] == ["carried/1.0.0"]
    assert tip(diverged.ben.fork()) == tip(diverged.bare)
    assert index(diverged.ben)["stack_entry"] == index(diverged.ana)["stack_entry"]
    diverged.ben.do("fork", "undo", TIDY, "--yes")
    assert tip(diverged.ben.fork()) == ours
    assert sync(diverged.ben, code=3)["status"] == "diverged"  # going back decides nothing
    assert tip(diverged.bare) == tip(diverged.ana.fork())


def test_a_person_takes_ours_and_theirs_is_kept_on_both_sides(diverged: Team) -> None:
    theirs = tip(diverged.bare)
    assert sync(diverged.ben, "--on", "1.0.0", "--take", "ours")["pushed"] == ["carried/1.0.0"]
    assert tip(diverged.bare) == tip(diverged.ben.fork())
    kept = f"refs/plugwatch/superseded/carried/1.0.0/{theirs}"
    assert git_text(diverged.bare, "rev-parse", kept) == theirs
    assert git_text(diverged.ben.fork(), "rev-parse", kept) == theirs
    assert sync(diverged.ana, code=3)["status"] == "diverged"  # Ana's patch does not go without her
    assert sync(diverged.ana, "--on", "1.0.0", "--take", "theirs")["status"] == "synced"
    assert tip(diverged.ana.fork()) == tip(diverged.ben.fork())


def test_both_puts_ours_on_top_of_theirs(diverged: Team) -> None:
    theirs = tip(diverged.bare)
    found = sync(diverged.ben, "--on", "1.0.0", "--take", "both")
    assert (found["status"], found["fetched"], found["pushed"]) == ("synced", ["carried/1.0.0"], ["carried/1.0.0"])
    assert tip(diverged.ben.fork()) == tip(diverged.bare)
    assert git_text(diverged.bare, "rev-parse", "carried/1.0.0~1") == theirs
    titles = [row["title"] for row in diverged.ben.do("patch", "list", TIDY, "--json").json]
    assert titles == ["Wait a minute", "Say hi", "Other readme"]
    assert git(diverged.bare, "cat-file", "blob", "carried/1.0.0:readme.txt") == b"=== Other ===\n"
    assert sync(diverged.ana)["fetched"] == ["carried/1.0.0"]
    assert index(diverged.ana) == index(diverged.ben)
    assert fsck(diverged.ben.fork()) == ""


@pytest.mark.parametrize(("subject", "why"), [("'Hey'", "includes/mail.php"), ("'Hi'", "would change nothing")])
def test_both_is_refused_where_the_stacks_do_not_go_together(sharing: Team, subject: str, why: str) -> None:
    capture(sharing, sharing.ana, "Say hi", mail=mail_file(seconds=60, subject="'Hi'"))
    capture(sharing, sharing.ben, "Greet", mail=mail_file(seconds=60, subject=subject))
    sync(sharing.ana)
    before = public_refs(sharing.bare), public_refs(sharing.ben.fork())
    assert why in fails(sharing.ben, TIDY, "--on", "1.0.0", "--take", "both", code=3)
    assert (public_refs(sharing.bare), public_refs(sharing.ben.fork())) == before


def test_there_is_nothing_to_decide_where_nothing_diverged(sharing: Team) -> None:
    before = public_refs(sharing.bare), public_refs(sharing.ben.fork())
    assert "no two stacks on 1.0.0" in fails(sharing.ben, TIDY, "--on", "1.0.0", "--take", "ours")
    assert "no two stacks on 9.9" in fails(sharing.ben, TIDY, "--on", "9.9", "--take", "theirs")
    assert (public_refs(sharing.bare), public_refs(sharing.ben.fork())) == before


def test_what_was_undone_here_is_taken_back_there_by_a_decision(sharing: Team) -> None:
    before = tip(sharing.bare)
    capture(sharing, sharing.ana, "Say hi", mail=mail_file(seconds=60, subject="'Hi'"))
    sync(sharing.ana)
    sync(sharing.ben)
    sharing.ana.do("fork", "undo", TIDY, "--yes")
    assert sync(sharing.ana, "--on", "1.0.0", "--take", "ours")["pushed"] == ["carried/1.0.0"]
    assert tip(sharing.bare) == tip(sharing.ana.fork()) == before
    assert sync(sharing.ana)["status"] == "synced"
    assert sync(sharing.ben, code=3)["status"] == "diverged"  # Ben's copy of it does not go without him


@pytest.mark.parametrize("dropper", ["ana", "ben"])
def test_both_does_not_bring_back_what_one_has_dropped(sharing: Team, dropper: str) -> None:
    """Ana drops the patch below and shares that, or Ben does and Ana shares that she has added to the old stack."""
    add = {"ana": sharing.ben, "ben": sharing.ana}[dropper]
    drop: Workspace = getattr(sharing, dropper)
    patch = drop.do("patch", "list", TIDY, "--json").json[0]["patch"]
    capture(sharing, add, "Other readme", readme=b"=== Other ===\n")
    drop.do("patch", "drop", patch, "--why", "The client left.")
    sync(sharing.ana)
    found = sync(sharing.ben, "--on", "1.0.0", "--take", "both")
    reason = "there" if dropper == "ana" else "here (The client left.)"
    said = f"{TIDY} 1.0.0: {patch} (Wait a minute) was taken out {'of the stack ' * (dropper == 'ana')}{reason}"
    assert found["alarms"] == [f"{said}, so it is not put back"]
    sync(sharing.ana, code=0 if dropper == "ana" else 3)
    if dropper == "ben":  # Ana's patch does not go without her
        sync(sharing.ana, "--on", "1.0.0", "--take", "theirs")
    for workspace in (sharing.ana, sharing.ben):
        assert [row["title"] for row in workspace.do("patch", "list", TIDY, "--json").json] == ["Other readme"]
    assert public_refs(sharing.ben.fork()) == public_refs(sharing.ana.fork())
    assert fsck(sharing.ben.fork()) == ""


def test_a_release_that_the_remote_has_lost_goes_there_again(sharing: Team) -> None:
    before = public_refs(sharing.bare)
    git(sharing.bare, "update-ref", "-d", "refs/tags/upstream/1.0.0")
    assert sync(sharing.ana)["pushed"] == ["upstream/1.0.0"]
    assert public_refs(sharing.bare) == before


def rewritten(workspace: Workspace) -> None:
    """The stack's only patch is written anew, as a command of ours would do it; the id stays."""
    code = """
import sys
from dataclasses import replace
from plugwatch.cli.context import App
from plugwatch.cli.forking import open_fork, stamp, writing
from plugwatch.model.operation import RefChange
from plugwatch.workflows.operations import carry_out
app = App(sys.argv[1])
fork = open_fork(app, "plugin/tidy-forms")
with writing(app, fork, "patch edit"):
    (entry,) = fork.stack("1.0.0")
    tip = fork.write_stack(fork.release("1.0.0"), [(replace(entry.patch, title="Better"), entry.tree)])
    refs = [RefChange("refs/heads/carried/1.0.0", entry.commit, tip)]
    carry_out(fork, app.ledger, stamp(app).operation(fork.component, "patch edit", refs, {}))
"""
    subprocess.run([sys.executable, "-c", code, str(workspace.folder)], check=True)


def test_a_stack_that_its_owner_wrote_anew_goes_on_and_others_follow(sharing: Team) -> None:
    before = tip(sharing.bare)
    rewritten(sharing.ana)
    assert sync(sharing.ana)["pushed"] == ["carried/1.0.0"]
    assert git_text(sharing.bare, "rev-parse", f"refs/plugwatch/superseded/carried/1.0.0/{before}") == before
    assert sync(sharing.ben)["fetched"] == ["carried/1.0.0"]
    assert [row["title"] for row in sharing.ben.do("patch", "list", TIDY, "--json").json] == ["Better"]


def test_a_patch_that_was_dropped_there_is_dropped_here_by_a_person_only(sharing: Team) -> None:
    patch = sharing.ana.do("patch", "list", TIDY, "--json").json[0]["patch"]
    sharing.ana.do("patch", "drop", patch, "--why", "The client left.")
    assert sync(sharing.ana)["pushed"] == ["carried/1.0.0"]
    assert sync(sharing.ana)["status"] == "synced"
    assert sync(sharing.ben, code=3)["diverged"][0]["on"] == "1.0.0"
    capture(sharing, sharing.ben, "Other readme", readme=b"=== Other ===\n")
    assert sync(sharing.ben, code=3)["diverged"][0]["on"] == "1.0.0"
    sharing.ben.do("fork", "undo", TIDY, "--yes")
    sync(sharing.ben, "--on", "1.0.0", "--take", "theirs")
    assert public_refs(sharing.ben.fork()) == public_refs(sharing.ana.fork())
    with open_ledger("sqlite:///plugwatch.db", workspace=sharing.ben.folder) as ledger, ledger.reading() as work:
        rows = work.forks._queries._connection.rows("select patch_id, version, verdict, evidence from patch_drop", {})
    assert [(row[0], row[1], row[2]) for row in rows] == [(patch, "1.0.0", "dropped")]
    assert "ana took the stack of" in rows[0][3]


def test_builds_are_shared_and_another_one_of_the_same_name_is_an_alarm(sharing: Team) -> None:
    for workspace in (sharing.ana, sharing.ben):
        workspace.do("fork", "build", TIDY, "--out", workspace.folder / "out")
    assert sync(sharing.ana)["pushed"] == ["build/1.0.0.0-p1"]
    assert sync(sharing.ben)["alarms"] == []  # the same inputs made the same build
    capture(sharing, sharing.ana, "Say hi", mail=mail_file(seconds=60, subject="'Hi'"))
    sharing.ana.do("fork", "build", TIDY, "--out", sharing.ana.folder / "out")
    capture(sharing, sharing.ben, "Other readme", readme=b"=== Other ===\n")
    sharing.ben.do("fork", "build", TIDY, "--out", sharing.ben.folder / "out")
    theirs = sync(sharing.ana)["pushed"]
    assert "build/1.0.0.0-p2" in theirs
    refs = public_refs(sharing.ben.fork())
    (alarm,) = sync(sharing.ben, code=3)["alarms"]
    assert "build 1.0.0.0-p2" in alarm
    assert public_refs(sharing.ben.fork()) == refs
    assert refs["refs/tags/build/1.0.0.0-p2"] != public_refs(sharing.bare)["refs/tags/build/1.0.0.0-p2"]


def test_a_build_is_known_to_who_fetches_it(team: Team) -> None:
    team.ana.do("fork", "build", TIDY, "--out", team.ana.folder / "out")
    sync(team.ana, team.url)
    assert "build/1.0.0.0-p1" in sync(team.ben, team.url)["fetched"]
    assert index(team.ben) == index(team.ana)


def resolutions(repository: Path, files: dict[str, bytes]) -> None:
    """Put remembered resolutions into a repository, as whoever writes them would."""
    rows = b""
    for name, content in sorted(files.items()):
        oid = git(repository, "hash-object", "-w", "--stdin", stdin=content).strip()
        rows += b"100644 blob " + oid + b"\t" + name.encode() + b"\n"
    tree = git(repository, "mktree", stdin=rows).decode().strip()
    below = git_text(repository, "for-each-ref", "--format=%(objectname)", RESOLUTIONS)
    parent = ["-p", below] if below else []
    made = git(repository, "commit-tree", tree, *parent, "-m", "resolutions").decode().strip()
    git(repository, "update-ref", RESOLUTIONS, made)


def test_remembered_resolutions_are_put_together(sharing: Team) -> None:
    resolutions(sharing.ana.fork(), {"aa11": b"ana\n", "cc33": b"of ana\n"})
    resolutions(sharing.ben.fork(), {"bb22": b"ben\n", "cc33": b"of ben\n"})
    assert sync(sharing.ana)["pushed"] == ["resolutions"]
    found = sync(sharing.ben)
    assert (found["fetched"], found["pushed"]) == (["resolutions"], ["resolutions"])
    assert found["alarms"] == ["the remembered resolution cc33 is another one there; ours stays"]
    assert sync(sharing.ana)["fetched"] == ["resolutions"]
    for repository in (sharing.ana.fork(), sharing.ben.fork(), sharing.bare):
        names = git_text(repository, "ls-tree", "--name-only", RESOLUTIONS).split()
        assert names == ["aa11", "bb22", "cc33"]
        assert git(repository, "cat-file", "blob", f"{RESOLUTIONS}:cc33") == b"of ben\n"
    assert sync(sharing.ben)["pushed"] == []


def test_what_one_has_forgotten_the_other_does_not_bring_back(sharing: Team) -> None:
    resolutions(sharing.ana.fork(), {"aa11": b"one\n", "bb22": b"two\n", "cc33": b"three\n"})
    sync(sharing.ana)
    sync(sharing.ben)
    resolutions(sharing.ana.fork(), {"bb22": b"two, better\n"})
    resolutions(sharing.ben.fork(), {"aa11": b"one\n", "cc33": b"three\n", "dd44": b"four\n"})
    sync(sharing.ana)
    assert sync(sharing.ben)["alarms"] == []
    names = git_text(sharing.bare, "ls-tree", "--name-only", RESOLUTIONS).split()
    assert names == ["bb22", "dd44"]  # made anew by one after the other had forgotten it: that counts
    assert sync(sharing.ana)["fetched"] == ["resolutions"]


def test_wrong_and_missing_passwords_foreign_and_missing_repositories(team: Team) -> None:
    with environment(PLUGWATCH_GIT_TOKEN="nonsense"):
        assert f"does not take the token of '{USER}'" in fails(team.ana, TIDY, team.url)
    with environment(PLUGWATCH_GIT_TOKEN=""):
        assert "asks for a login; set PLUGWATCH_GIT_TOKEN" in fails(team.ana, TIDY, team.url)
    with environment(PLUGWATCH_GIT_TOKEN="broken\ntoken"):
        assert "the token in PLUGWATCH_GIT_TOKEN is damaged" in fails(team.ana, TIDY, team.url)
    assert "there is no repository at" in fails(team.ana, TIDY, team.server.address("nothing"))
    team.server.foreign.add("tidy")
    assert "refuses (403)" in fails(team.ana, TIDY, team.url)
    assert "refuses (403)" in fails(team.ben, TIDY, team.url)
    assert not team.ben.fork().exists()
    assert public_refs(team.bare) == {}
    assert "no remote is known" in fails(team.ana, TIDY)  # none of them was worth remembering


def test_the_token_goes_to_the_configured_server_alone(team: Team) -> None:
    settings = team.ana.folder / "plugwatch.toml"
    settings.write_text(settings.read_text() + 'remote = "https://git.example/{kind}-{slug}.git"\n')
    sentence = fails(team.ana, TIDY, team.url)
    assert "is for https://git.example alone" in sentence
    assert {asked.authorization for asked in team.server.asked} == {None}


def test_a_server_that_is_down_is_not_known_about(sharing: Team) -> None:
    before = public_refs(sharing.ana.fork())
    capture(sharing, sharing.ana, "Say hi", mail=mail_file(seconds=60, subject="'Hi'"))
    for fault in (503, 200):  # and a page that is no answer of git
        sharing.server.fault = fault
        assert "is not known" in fails(sharing.ana, TIDY, code=4)
    sharing.server.fault = None
    assert "is not known" in fails(sharing.ana, TIDY, "http://127.0.0.1:9/x.git", code=4)
    assert before.items() - public_refs(sharing.ana.fork()).items() == {
        ("refs/heads/carried/1.0.0", before["refs/heads/carried/1.0.0"])
    }
    assert sync(sharing.ana)["pushed"] == ["carried/1.0.0"]


def test_somebody_who_pushes_in_between_is_not_overwritten(diverged: Team) -> None:
    theirs = tip(diverged.bare)
    earlier = git_text(diverged.bare, "rev-parse", f"{theirs}~1")
    git(diverged.bare, "update-ref", "refs/heads/carried/1.0.0", earlier)
    done: list[Asked] = []

    def push_first(asked: Asked) -> None:
        if "git-receive-pack" in asked.query and not done:
            done.append(asked)
            git(diverged.bare, "update-ref", "refs/heads/carried/1.0.0", theirs)

    diverged.server.before = push_first
    found = sync(diverged.ben, code=3)  # looked again, and now it has diverged
    assert (done != [], found["status"], found["diverged"][0]["theirs"]) == (True, "diverged", theirs)
    assert tip(diverged.bare) == theirs


def test_somebody_who_never_stops_pushing_is_told_of(sharing: Team) -> None:
    capture(sharing, sharing.ana, "Say hi", mail=mail_file(seconds=60, subject="'Hi'"))
    release = git_text(sharing.bare, "rev-parse", "upstream/1.0.0")
    stack = tip(sharing.bare)
    turns = iter([release, stack] * 20)

    def push_always(asked: Asked) -> None:
        if "git-receive-pack" in asked.query and asked.authorization:
            git(sharing.bare, "update-ref", "refs/heads/carried/1.0.0", next(turns))

    sharing.server.before = push_always
    assert "moved while it was looked at" in fails(sharing.ana, TIDY)


def test_a_remote_of_another_component_is_refused(sharing: Team) -> None:
    files = {"other.php": b"<?php\n/* Plugin Name: Other\n * Version: 3.0\n */\n"}
    other = write_files(sharing.sources / "other", files)
    sharing.ben.do("fork", "create", "plugin/other", "--from", other)
    before = public_refs(sharing.bare)
    assert "is not plugin/other 1.0.0" in fails(sharing.ben, "plugin/other", sharing.url)
    assert public_refs(sharing.bare) == before


def test_all_forks_at_once_with_one_that_fails(sharing: Team) -> None:
    for slug in ("bravo", "charlie"):
        header = f"<?php\n/* Plugin Name: {slug}\n * Version: 1.0\n */\n".encode()
        folder = write_files(sharing.sources / slug, {f"{slug}.php": header})
        sharing.ana.do("fork", "create", f"plugin/{slug}", "--from", folder)
    sharing.server.create("plugin-charlie")
    answer = sharing.ana.run("fork", "sync", "--json")
    rows = {row["component"]: row for row in answer.json}
    assert answer.code == 0
    assert {name: row["status"] for name, row in rows.items()} == {
        TIDY: "synced",
        "plugin/bravo": "skipped",
        "plugin/charlie": "skipped",
    }
    address = sharing.server.address("{kind}-{slug}")
    answer = sharing.ana.run("fork", "sync", "--all", address, "--json")
    rows = {row["component"]: row for row in answer.json}
    assert answer.code == 1
    assert rows["plugin/charlie"]["pushed"] == ["upstream/1.0"]
    assert "there is no repository" in rows["plugin/bravo"]["error"]
    assert rows[TIDY]["status"] == "failed"
    usage = sharing.ana.run("fork", "sync", "--all", sharing.url)
    assert (usage.code, usage.out) == (2, "")


def test_a_silent_server_is_asked_about_one_fork_only(sharing: Team) -> None:
    sharing.server.fault = 503
    header = b"<?php\n/* Plugin Name: Bravo\n * Version: 1.0\n */\n"
    folder = write_files(sharing.sources / "bravo", {"bravo.php": header})
    sharing.ana.do("fork", "create", "plugin/bravo", "--from", folder)
    settings = sharing.ana.folder / "plugwatch.toml"
    settings.write_text(settings.read_text() + f'remote = "{sharing.server.url}/{{slug}}.git"\n')
    answer = sharing.ana.run("fork", "sync", "--all", "--json")
    assert answer.code == 4
    assert [row["status"] for row in answer.json] == ["unreachable", "unreachable"]


def test_the_address_of_every_fork_can_stand_in_the_settings(team: Team) -> None:
    team.server.create("plugin-tidy-forms")
    for workspace in (team.ana, team.ben):
        settings = workspace.folder / "plugwatch.toml"
        settings.write_text(settings.read_text() + f'remote = "{team.server.url}/{{kind}}-{{slug}}.git"\n')
    assert sync(team.ana)["remote"] == team.server.address("plugin-tidy-forms")
    assert sync(team.ben)["fetched"] == ["upstream/1.0.0", "carried/1.0.0"]


def test_a_remote_by_name_and_a_folder_beside(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    backup = team.sources / "backup.git"
    git(team.sources, "init", "--quiet", "--bare", str(backup))
    git(team.ana.fork(), "remote", "add", "backup", str(backup))
    assert sync(team.ana, "backup")["pushed"] == ["upstream/1.0.0", "carried/1.0.0"]
    monkeypatch.chdir(team.sources)
    found = sync(team.ben, "./backup.git")
    assert (found["remote"], found["fetched"]) == (str(backup), ["upstream/1.0.0", "carried/1.0.0"])
    assert sync(team.ben)["remote"] == str(backup)
    assert "write its address (a folder as ./nowhere)" in fails(team.ana, TIDY, "nowhere")
    assert "there is no repository" in fails(team.ben, "plugin/none", "/nonexistent/none.git")


@pytest.mark.parametrize(
    "address",
    [
        "ext::sh -c touch% pwned",
        "-oProxyCommand=touch pwned",
        "--upload-pack=touch pwned",
        "ssh://-oProxyCommand=touch%20pwned/x",
        "https://ana:s3cret@git.example/x.git",
        "git://git.example/x.git",
        "https://git.example/x\x1b[2J",
        "{slug}",
        "",
    ],
)
def test_an_address_that_is_none_is_a_sentence(team: Team, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(team.sources)
    answer = team.ana.run("fork", "sync", TIDY, "--", address)
    assert answer.code == 1, answer
    assert answer.err.count("\n") == 1
    assert "s3cret" not in answer.err
    assert not (team.sources / "pwned").exists()


@pytest.mark.parametrize(
    "args",
    [
        ["--take", "ours"],
        ["--on", "1.0.0"],
        ["--all", "--take", "ours", "--on", "1.0.0"],
        [TIDY, "--take", "mine", "--on", "1.0.0"],
        [TIDY, "origin", "--all"],
        ["/somewhere/tidy.git"],
        ["https://git.example/tidy.git"],
        ["git@git.example:tidy.git"],
    ],
)
def test_wrong_usage(team: Team, args: list[str]) -> None:
    answer = team.ana.run("fork", "sync", *args)
    assert (answer.code, answer.out) == (2, "")


def test_what_cannot_be_forked_and_what_is_nowhere(team: Team) -> None:
    assert "cannot be forked" in fails(team.ben, "plugin/tidy/forms.php", team.url)
    sentence = fails(team.ben, "plugin/nothing", team.url)
    assert "there is no fork of plugin/nothing" in sentence
    assert team.ben.do("fork", "list", "--json").json == []
    with (team.ben.folder / "plugwatch.toml").open("a") as settings:
        settings.write(f'remote = "{team.server.address("{kind}-{slug}")}"\n')
    team.server.create("plugin-nothing")
    assert "there is no fork of plugin/nothing" in fails(team.ben, "plugin/nothing")
    assert not (team.ben.folder / "forks" / "plugin" / "nothing.git").exists()
    assert "no fork here yet" in team.ben.do("fork", "sync").err
    assert "next: plugwatch fork create COMPONENT" in team.ben.do("fork", "list").err
    assert "the component comes first" in team.ben.run("fork", "sync", team.url).err
    assert "no remote is known for any fork" in fails(team.ana)
    assert team.ben.do("fork", "sync", "--json").json == []


def test_a_hook_of_the_server_that_refuses_is_told(team: Team) -> None:
    hook = team.bare / "hooks" / "update"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    hook.chmod(0o755)
    assert "does not take refs/" in fails(team.ana, TIDY, team.url)
    hook.unlink()
    assert sync(team.ana)["pushed"] == ["upstream/1.0.0", "carried/1.0.0"]


def test_a_server_that_refuses_a_release_gets_nothing_that_needs_it(apart: Team) -> None:
    before = public_refs(apart.bare)
    hook = apart.bare / "hooks" / "update"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\ncase $1 in refs/tags/*) exit 1 ;; esac\n")
    hook.chmod(0o755)
    assert "does not take refs/tags/upstream/2.0.0" in fails(apart.ben, TIDY)
    assert public_refs(apart.bare) == before
    assert sync(apart.ana)["status"] == "synced"
    hook.unlink()
    assert sync(apart.ben)["pushed"] == ["upstream/2.0.0"]


# Killed at the git call that the argument names: once before it runs, once after it has.
KILLER = """#!/bin/sh
case " $* " in *" $KILL_AT "*) ;; *) exec "$REAL_GIT" "$@" ;; esac
[ -e "$KILL_DONE" ] && exec "$REAL_GIT" "$@"
: > "$KILL_DONE"
[ "$KILL_WHEN" = before ] || "$REAL_GIT" "$@"
kill -9 $PPID
"""


@pytest.mark.parametrize(
    ("call", "when"),
    [
        ("index-pack", "before"),
        ("index-pack", "after"),
        ("update-ref", "before"),
        ("update-ref", "after"),
        ("push", "after"),
    ],
)
def test_a_kill_leaves_both_sides_sound_and_the_next_sync_goes_on(
    apart: Team, tmp_path: Path, call: str, when: str
) -> None:
    before = public_refs(apart.ben.fork())
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    # git's environment is made from scratch, so the wrapper must know by itself what it is to do.
    known = {"REAL_GIT": shutil.which("git") or "", "KILL_AT": call, "KILL_WHEN": when, "KILL_DONE": f"{tmp_path}/done"}
    head = "".join(f"{name}='{value}'\n" for name, value in known.items())
    program.write_text(KILLER.replace("#!/bin/sh\n", f"#!/bin/sh\n{head}"))
    program.chmod(0o755)
    with environment(PATH=f"{program.parent}{os.pathsep}{os.environ['PATH']}"):
        answer = apart.ben.run_apart("fork", "sync", TIDY)
    assert answer.code == -signal.SIGKILL, answer
    apart.ben.do("fork", "show", TIDY, "--json")
    found = public_refs(apart.ben.fork())
    assert found in (before, before | {"refs/heads/carried/1.0.0": tip(apart.ana.fork())})
    assert fsck(apart.ben.fork()) == ""
    assert fsck(apart.bare) == ""
    assert sync(apart.ben)["status"] == "synced"
    assert public_refs(apart.ben.fork()) == public_refs(apart.bare)
    assert index(apart.ben)["stack_entry"] == index(apart.ana)["stack_entry"]
