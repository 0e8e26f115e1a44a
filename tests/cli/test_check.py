"""``plugwatch check``: all parts in one run, each failure a row, and an exit code that cron can act on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from peers.wordpress_org import DOWN, WordPressOrgServer
from workbench import (
    Answer,
    Workspace,
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

from plugwatch.forks.lock import locked

TIDY = "plugin/tidy-forms"
MAILS = {
    "1.0.0": mail_file(),
    "1.1.0": mail_file(subject="'Greetings'"),
    "2.0.0": mail_file(subject="'Hello'"),
    "2.1.0": mail_file(seconds=15),
    "3.0.0": mail_file(seconds=60),
    "4.0.0": mail_file(subject="'Hello'"),
}
PARTS = (
    "security",
    "feed",
    "built",
    "sites",
    "releases",
    "forecasts",
    "relapses",
    "lost_patches",
    "to_move",
    "retired",
    "deployments",
    "lint",
    "submissions",
    "released",
    "needs_person",
    "unknown",
)
NOTHING: dict[str, Any] = {part: [] for part in PARTS} | {"feed": None}


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that carries one patch on 1.0.0, with a reason and a stance: nothing needs a person."""
    folder = tmp_path_factory.mktemp("template")
    make_carrying_workspace(folder).do("patch", "stance", "1", "wait", "--why", "they are slow")
    return folder


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[WordPressOrgServer]:
    """WordPress.org, which has Tidy Forms 1.0.0 only until a test says more."""
    with WordPressOrgServer() as server:
        _offer(server, tmp_path, "1.0.0")
        yield server


@pytest.fixture
def workspace(template: Path, tmp_path: Path, directory: WordPressOrgServer) -> Workspace:
    """A copy of the template for one test, pointed at that WordPress.org."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return _pointed(Workspace(tmp_path / "ws"), directory.url)


def _pointed(workspace: Workspace, url: str) -> Workspace:
    settings = workspace.folder / "plugwatch.toml"
    settings.write_text(
        f'{settings.read_text()}\n[wordpress_org]\napi_url = "{url}"\ndownloads_url = "{url}"\n', encoding="utf-8"
    )
    return workspace


def _offer(server: WordPressOrgServer, folder: Path, *versions: str, slug: str = "tidy-forms") -> None:
    """Let the directory have these versions, the last one as the newest."""
    server.add_plugin(slug, versions=list(versions))
    for version in versions:
        archive = zip_files(folder / "made.zip", plugin(version, mail=MAILS[version]), top=slug)
        server.add_download("plugin", f"{slug}.{version}", archive.read_bytes())


def _runs(workspace: Workspace, site: str, version: str) -> None:
    """Let a site show Tidy Forms in a version the next time that it is asked."""
    rows = [{"name": "tidy-forms", "status": "active", "update": "none", "version": version}]
    (workspace.folder / f"{site}.json").write_text(json.dumps(rows), encoding="utf-8")


def _site(workspace: Workspace, site: str, version: str) -> None:
    _runs(workspace, site, version)
    workspace.do("site", "add", site, "--client", "acme", "--source", f"{site}.json")


def _check(workspace: Workspace, code: int) -> dict[str, Any]:
    answer = workspace.run("check", "--json")
    assert answer.code == code, answer
    assert list(answer.json) == list(NOTHING)
    document: dict[str, Any] = answer.json
    return document


def _today(workspace: Workspace) -> dict[str, Any]:
    """What the morning's list has of the last check."""
    document: dict[str, Any] = workspace.do("today", "--json").json
    return document


def test_an_empty_workspace_needs_nobody_and_asks_nobody(tmp_path: Path, directory: WordPressOrgServer) -> None:
    workspace = _pointed(make_workspace(tmp_path / "empty"), directory.url)
    assert _today(workspace)["checked_at"] is None
    assert _check(workspace, 0) == NOTHING
    assert _today(workspace)["checked_at"]
    said = workspace.do("check")
    assert said.out == ""
    assert said.err.splitlines() == ["nothing needs a person", "", "next: plugwatch fork list"]
    assert directory.requests == []


def test_all_parts_of_a_night_on_which_nothing_needs_a_person(
    workspace: Workspace, directory: WordPressOrgServer, tmp_path: Path
) -> None:
    _site(workspace, "shop", "1.1.0")
    workspace.do("site", "add", "plain", "--client", "acme")
    _offer(directory, tmp_path, "1.0.0", "1.1.0", "2.0.0")
    before = public_refs(workspace.fork())

    answer = workspace.run("check", "--json")

    assert answer.code == 0, answer
    found = answer.json
    [site] = found.pop("sites")
    assert (site["site"], site["ok"], site["added"]) == ("shop", True, [TIDY])
    patch = workspace.do("patch", "list", TIDY, "--json").json[0]["patch"]
    kept = {"component": TIDY, "kept": True, "source": "wporg", "error": None}
    outcome = {"id": patch, "title": "Wait a minute", "verdict": "carried", "confidence": "high", "accepted": False}
    assert found == {
        "security": [],
        "feed": None,
        "built": [],
        "releases": [
            {**kept, "version": "1.1.0", "reason": "runs", "sites": ["shop"]},
            {**kept, "version": "2.0.0", "reason": "newest", "sites": []},
        ],
        "forecasts": [
            {"component": TIDY, "from": "1.0.0", "to": "2.0.0", "status": "clean", "patches": [outcome], "error": None}
        ],
        "relapses": [],
        "lost_patches": [],
        "to_move": [],
        "retired": [],
        "deployments": [],
        "lint": [],
        "submissions": [],
        "released": [],
        "needs_person": [],
        "unknown": [],
    }
    assert "sites without a source, whose lists come by hand: 1\n" in answer.err
    after = public_refs(workspace.fork())
    new = {"refs/tags/upstream/1.1.0", "refs/tags/upstream/2.0.0"}
    assert after.keys() - before.keys() == new
    assert after == {**before, **{name: after[name] for name in new}, "refs/heads/upstream": after[max(new)]}

    again = workspace.do("check")
    assert again.out == f"PART\tWHAT\tSTATE\tDETAIL\nfork\t{TIDY} 1.0.0 → 2.0.0\tclean\tcarried\n"
    assert "next: plugwatch fork upgrade plugin/tidy-forms --to 2.0.0" in again.err
    workspace.do("fork", "upgrade", TIDY, "--to", "latest")
    assert _check(workspace, 0)["forecasts"] == []


def test_a_patch_that_waits_for_a_person_wins_over_what_is_not_known(
    workspace: Workspace, directory: WordPressOrgServer, tmp_path: Path
) -> None:
    workspace.do("site", "add", "dead", "--client", "acme", "--source", "nowhere.json")
    _offer(directory, tmp_path, "1.0.0", "2.1.0")
    found = _check(workspace, 3)
    [forecast] = found["forecasts"]
    status, patch, verdict = forecast["status"], forecast["patches"][0]["id"], forecast["patches"][0]["verdict"]
    assert status in {"conflict", "attention"}
    look = f"look at it with 'plugwatch patch show {patch} --against 2.1.0'"
    assert found["needs_person"] == [f"{TIDY} 1.0.0 → 2.1.0: {patch} (Wait a minute) has the verdict {verdict}; {look}"]
    [missed] = found["unknown"]
    assert missed.startswith("dead: ")
    today = _today(workspace)
    assert today["releases"] == [{"place": TIDY, "summary": f"{TIDY} 2.1.0 is out: 1 {verdict}"}]
    assert today["watch_errors"] == [{"place": "dead", "summary": missed}]
    assert "nowhere.json: no such file or folder" in missed
    said = workspace.run("check")
    assert said.code == 3
    assert said.out.splitlines()[1:3] == [
        "site\tdead\tfailed\t",
        f"fork\t{TIDY} 1.0.0 → 2.1.0\t{status}\t{verdict}",
    ]
    assert [line.partition(": ")[0] for line in said.out.splitlines()[3:]] == ["needs a person", "not known"]
    assert f"next: plugwatch fork forecast {TIDY} --to 2.1.0" in said.err

    workspace.do("patch", "accept", patch, "--in", "2.1.0", "--why", "fifteen will do")
    found = _check(workspace, 4)
    assert (found["needs_person"], found["forecasts"][0]["status"]) == ([], "clean")
    assert found["forecasts"][0]["patches"][0]["accepted"]


def test_a_fix_that_the_vendor_loses_again_needs_a_person(
    workspace: Workspace, directory: WordPressOrgServer, tmp_path: Path
) -> None:
    _offer(directory, tmp_path, "1.0.0", "3.0.0")
    assert _check(workspace, 0)["forecasts"][0]["patches"][0]["verdict"] == "landed"
    workspace.do("fork", "upgrade", TIDY, "--to", "3.0.0")
    patch = workspace.do("patch", "list", TIDY, "--on", "1.0.0", "--json").json[0]["patch"]
    assert _check(workspace, 0)["relapses"] == []
    _offer(directory, tmp_path, "1.0.0", "3.0.0", "4.0.0")
    found = _check(workspace, 3)
    assert found["relapses"] == [
        {"component": TIDY, "patch": patch, "title": "Wait a minute", "found_in": "3.0.0", "release": "4.0.0"}
    ]
    [said] = found["needs_person"]
    nowhere = {"site": None, "client": None, "component": TIDY, "incident": None}
    assert _today(workspace)["lost_patches"] == [{"place": TIDY, "summary": said, **nowhere}]
    assert f"4.0.0 lacks {patch} (Wait a minute) again, which 3.0.0 had" in said
    workspace.do("patch", "export", patch, "--out", tmp_path / "again")
    [mail] = (tmp_path / "again").glob("*.patch")
    assert workspace.run("fork", "upgrade", TIDY, "--to", "4.0.0").err.startswith(f"note: {said}\n")
    workspace.do("patch", "import", TIDY, mail, "--on", "4.0.0")
    assert _check(workspace, 3)["relapses"] == []  # lint wants a stance
    assert b"$wait = 60" in git(workspace.fork(), "cat-file", "blob", "carried/4.0.0:includes/mail.php")


def test_what_lint_finds_needs_a_person(workspace: Workspace, tmp_path: Path) -> None:
    copy = write_files(tmp_path / "copy", plugin("1.0.0", mail=mail_file(seconds=60), readme=b"Ours\n"))
    workspace.do("patch", "capture", TIDY, copy, "--title", "Name it")
    found = _check(workspace, 3)
    assert [finding["code"] for finding in found["lint"]] == ["no-reason", "no-stance"]
    patch = found["lint"][0]["patch"]
    assert found["needs_person"] == [
        f"{TIDY}: {patch} (Name it): nobody said why it is carried; nobody said what is meant to become of it"
    ]
    assert f"plugwatch patch explain {patch} --why REASON" in workspace.run("check").err
    assert "plugwatch patch lint\n" in workspace.run("check").err


def test_a_build_that_a_site_has_lost_needs_a_person_unless_nothing_was_left_to_carry(
    workspace: Workspace, directory: WordPressOrgServer, tmp_path: Path
) -> None:
    workspace.do("fork", "import", TIDY, "--from", tmp_path / "sources" / "3.0.0")
    workspace.do("fork", "upgrade", TIDY, "--to", "3.0.0")  # the patch has landed there
    for site in ("shop", "blog"):
        _site(workspace, site, "1.0.0.0-p1")
    assert _check(workspace, 0)["needs_person"] == []
    _runs(workspace, "shop", "1.0.0")
    _runs(workspace, "blog", "3.0.0")
    found = _check(workspace, 3)
    [lost] = found["needs_person"]
    went = f"shop: {TIDY} went from our build 1.0.0.0-p1 to 1.0.0, so its patches are gone there"
    assert lost == f"{went}; acme is hit again; see 'plugwatch site changes shop'"
    [row] = found["lost_patches"]
    assert (row["site"], row["client"], row["certainty"], row["summary"]) == ("shop", "acme", "claimed", lost)
    assert _check(workspace, 3)["needs_person"] == [lost]  # it is lost still
    where = {"site": "shop", "client": "acme", "component": TIDY, "incident": None}
    assert _today(workspace)["lost_patches"] == [{"place": "shop", "summary": lost, **where}]
    _runs(workspace, "shop", "1.0.0.0-p1")
    _check(workspace, 0)
    assert _today(workspace)["lost_patches"] == []


def test_an_incident_that_a_list_opens_again_needs_a_person(workspace: Workspace) -> None:
    _site(workspace, "shop", "0.9.0")
    workspace.do("incident", "open", "shop", TIDY, "it does not send")
    workspace.do("incident", "set", "INC-1", "--affected", "=0.9.0")
    _runs(workspace, "shop", "1.0.0")
    _check(workspace, 0)
    workspace.do("incident", "mitigate", "INC-1", "--all", "--how", "updated")
    _runs(workspace, "shop", "0.9.0")
    back = f"INC-1 is open again, as shop shows {TIDY} 0.9.0; see 'plugwatch incident show INC-1'"
    assert back in _check(workspace, 3)["needs_person"]
    assert back not in workspace.run("check", "--json").json["needs_person"]


def test_what_a_list_says_and_nobody_understands_is_not_known(
    workspace: Workspace, directory: WordPressOrgServer
) -> None:
    report = (
        "### wp-core ###\n\nversion: 6.9.1\n\n### wp-plugins-active (1) ###\n\nOdd Thing: version: 1.2.4, author: A\n"
    )
    report += "\n### wp-plugins-inactive (1) ###\n\nOther Thing: version: 1, author: A\nand what is that\n"
    (workspace.folder / "report.txt").write_text(report, encoding="utf-8")
    workspace.do("site", "add", "shop", "--client", "acme", "--source", "report.txt")
    line, name = _check(workspace, 4)["unknown"]
    assert line == "shop: line 12 of its list was not understood: and what is that"
    say = "say what they are with 'plugwatch site import shop LIST --resolve NAME=SLUG'"
    assert name == f"shop: names without a slug: Odd Thing, Other Thing; {say}"


def test_a_directory_that_is_down_is_asked_once_for_all_forks(
    workspace: Workspace, directory: WordPressOrgServer, tmp_path: Path
) -> None:
    slugs = [f"plugin-{number}" for number in range(6)]
    for slug in slugs:
        folder = write_files(tmp_path / slug, plugin("1.0.0"))
        workspace.do("fork", "create", f"plugin/{slug}", "--from", folder)
    _site(workspace, "shop", "1.1.0")
    directory.go_wrong(DOWN, times=99)
    found = _check(workspace, 4)
    assert len(directory.requests) == 3  # three attempts at one question about all of them
    assert [row["error"] is not None for row in found["releases"]] == [True] * 8
    assert [row["version"] for row in found["releases"]] == [None] * 7 + ["1.1.0"]
    assert len(found["unknown"]) == 8
    assert found["unknown"][-1].startswith(f"{TIDY} 1.1.0, which runs on shop, could not be kept: ")
    assert "next: plugwatch doctor --network" in workspace.run("check").err


def test_a_release_that_nobody_has_any_more_needs_a_person(workspace: Workspace, directory: WordPressOrgServer) -> None:
    _site(workspace, "shop", "0.9")
    found = _check(workspace, 3)
    why = "WordPress.org, plugin/tidy-forms: it has no 0.9; near it are 1.0.0; write one of them"
    assert found["needs_person"] == [f"{TIDY} 0.9, which runs on shop, could not be kept: {why}"]
    assert found["unknown"] == []


def test_the_next_release_comes_from_where_the_last_one_came_from(
    workspace: Workspace, directory: WordPressOrgServer, tmp_path: Path
) -> None:
    repository = tmp_path / "vendor"
    repository.mkdir()
    git(repository, "init", "--quiet")
    for version in ("1.0.0", "1.1.0", "2.0.0-beta"):
        write_files(repository, plugin(version, mail=MAILS["1.0.0"]))
        git(repository, "add", "-A")
        git(repository, "commit", "--quiet", "-m", version)
        git(repository, "tag", f"v{version}")
    workspace.do("fork", "create", "plugin/paid", "--from", f"git:{repository}@v1.0.0")
    [row] = _check(workspace, 0)["releases"]
    assert (row["component"], row["version"], row["kept"]) == ("plugin/paid", "1.1.0", True)
    assert row["source"] == f"git:{repository}@v1.1.0"
    assert all("paid" not in slug for request in directory.requests for slug in request.slugs)
    shutil.rmtree(repository)
    found = _check(workspace, 3)
    assert "there is no such repository" in found["needs_person"][0]


@pytest.mark.parametrize("kind", ["closed", "unknown", "a namesake", "older"])
def test_no_release_is_taken_from_a_directory_that_has_none_of_ours(
    workspace: Workspace, directory: WordPressOrgServer, tmp_path: Path, kind: str
) -> None:
    _offer(directory, tmp_path, "2.0.0")
    if kind == "closed":
        directory.close_plugin("tidy-forms")
    elif kind == "unknown":
        del directory.plugins["tidy-forms"]
    elif kind == "older":
        workspace.do("fork", "import", TIDY, "--from", tmp_path / "sources" / "2.0.0")
        _offer(directory, tmp_path, "1.0.0", "1.1.0")
    assert _check(workspace, 0)["releases"] == []


def test_a_damaged_fork_is_a_row_and_the_others_are_looked_at(
    workspace: Workspace, directory: WordPressOrgServer, tmp_path: Path
) -> None:
    workspace.do("fork", "create", "plugin/broken", "--from", tmp_path / "sources" / "1.0.0")
    release = git_text(workspace.fork("plugin/broken"), "rev-parse", "refs/tags/upstream/1.0.0")
    (workspace.fork("plugin/broken") / "objects" / release[:2] / release[2:]).unlink()
    _offer(directory, tmp_path, "1.0.0", "2.0.0")
    found = _check(workspace, 4)
    assert [(row["component"], row["status"], row["error"] is None) for row in found["forecasts"]] == [
        ("plugin/broken", None, False),
        (TIDY, "clean", True),
    ]
    assert found["unknown"][0].startswith("plugin/broken could not be looked at: ")
    assert "fork\tplugin/broken\tfailed\t\n" in workspace.run("check").out


def test_a_second_check_at_the_same_time_says_so_and_does_nothing(
    workspace: Workspace, directory: WordPressOrgServer
) -> None:
    with locked(workspace.folder / "forks" / ".check.lock", "plugwatch check"):
        found = _check(workspace, 4)
        said = workspace.run("check")
    [sentence] = found["unknown"]
    assert found == {**NOTHING, "unknown": [sentence]}
    assert sentence.startswith("another check is at work, so this one did nothing: ")
    assert "'plugwatch check' (process " in sentence
    assert (said.code, said.out) == (4, f"not known: {sentence}\n")
    assert directory.requests == []
    assert _check(workspace, 0) == NOTHING  # the lock died with its holder


def test_a_check_of_two_processes_ends_for_both(workspace: Workspace, directory: WordPressOrgServer) -> None:
    answers = [(*child.communicate(), child.returncode) for child in [workspace.start("check") for _ in range(2)]]
    assert {code for _out, _err, code in answers} <= {0, 4}
    assert 0 in {code for _out, _err, code in answers}
    assert all(b"Traceback" not in err for _out, err, _code in answers)


@pytest.mark.parametrize("args", [("now",), ("--bogus",), ("--all", "shop")])
def test_wrong_usage(workspace: Workspace, args: tuple[str, ...]) -> None:
    answer: Answer = workspace.run("check", *args)
    assert (answer.code, answer.out) == (2, "")
    assert "Usage: plugwatch check" in answer.err


def test_settings_that_cannot_be_used_are_one_sentence(workspace: Workspace) -> None:
    settings = workspace.folder / "plugwatch.toml"
    settings.write_text(settings.read_text().replace('api_url = "http', 'api_url = "gopher'), encoding="utf-8")
    answer = workspace.run("check", "--json")
    assert (answer.code, answer.out, answer.err.count("\n")) == (1, "", 1)


def test_a_forecast_that_cannot_be_made_is_a_row_and_lint_goes_on(workspace: Workspace, tmp_path: Path) -> None:
    workspace.do("fork", "import", TIDY, "--from", tmp_path / "sources" / "2.0.0")
    tree = git_text(workspace.fork(), "rev-parse", "upstream/2.0.0^{tree}")
    for pack in workspace.fork().glob("objects/pack/*"):
        shutil.copy(pack, tmp_path)
        pack.unlink()
    for pack in tmp_path.glob("*.pack"):
        git(workspace.fork(), "unpack-objects", "-q", stdin=pack.read_bytes())
    (workspace.fork() / "objects" / tree[:2] / tree[2:]).unlink()
    found = _check(workspace, 4)
    [row] = found["forecasts"]
    assert (row["component"], row["status"], row["patches"]) == (TIDY, None, [])
    assert found["unknown"] == [f"{TIDY} could not be looked at: {row['error']}"]
    assert found["lint"] == []
