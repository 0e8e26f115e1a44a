"""Conflicts that people resolve: over a stack, for a sister fork, with a colleague, and with a kill in between."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from killing import COUNT, Commands, Kill, Ran, copy_folder, plan_kills
from workbench import (
    Workspace,
    environment,
    fsck,
    git,
    git_text,
    mail_file,
    make_workspace,
    plugin,
    snapshot,
    write_files,
)

TIDY = "plugin/tidy-forms"
CONFLICT = "refs/plugwatch/conflicts/2.0.0"
SLOW, HELLO = mail_file(seconds=60), mail_file(seconds=60, subject="'Hello'")
VENDOR = mail_file(seconds=15, subject="'Salut'")
FIRST = mail_file(seconds=75, subject="'Salut'")
SECOND = mail_file(seconds=75, subject="'Hello, salut'")
FOLDER = "resolve/plugin-tidy-forms-2.0.0"
BEGIN = ("fork", "resolve", TIDY, "--to", "2.0.0")
CONTINUE = (*BEGIN, "--continue", "--lost-lines-ok", "--accept-proposals")


def carry(workspace: Workspace, component: str, sources: Path, path: str) -> None:
    """A fork with two patches on 1.0.0, both on lines that 2.0.0 has changed; the code is in ``path``."""

    def release(name: str, version: str, mail: bytes) -> Path:
        return write_files(sources / name, plugin(version, mail=None) | {path: mail})

    workspace.do("fork", "create", component, "--from", release("1.0.0", "1.0.0", mail_file()))
    for number, (mail, title) in enumerate(((SLOW, "Wait a minute"), (HELLO, "Say hello"))):
        copy = release(f"edited-{number}", "1.0.0", mail)
        workspace.do("patch", "capture", component, copy, "--title", title, "--why", "Clients ask.")
    workspace.do("fork", "import", component, "--from", release("2.0.0", "2.0.0", VENDOR))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a fork that has two patches in conflict with 2.0.0."""
    folder = tmp_path_factory.mktemp("conflicts")
    with environment(PLUGWATCH_USER="ana"):
        carry(make_workspace(folder / "ws"), TIDY, folder / "sources", "includes/mail.php")
    return folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A copy of it for one test; ana is at the keyboard."""
    monkeypatch.setenv("PLUGWATCH_USER", "ana")
    return Workspace(Path(shutil.copytree(template / "ws", tmp_path / "ws")))


def edit(workspace: Workspace, content: bytes) -> None:
    """What a person makes of the file."""
    (workspace.folder / FOLDER / "component" / "includes" / "mail.php").write_bytes(content)


def resolve(workspace: Workspace) -> None:
    """Both patches, to the end."""
    assert workspace.run(*BEGIN).code == 3
    edit(workspace, FIRST)
    assert workspace.run(*CONTINUE).code == 3
    edit(workspace, SECOND)
    workspace.do(*CONTINUE)


def test_a_stack_goes_up_patch_by_patch_and_undo_goes_back_to_the_last(workspace: Workspace) -> None:
    ids = [row["patch"] for row in workspace.do("patch", "list", TIDY, "--json").json]
    resolve(workspace)
    shown = workspace.do("fork", "show", TIDY, "--json").json
    carried = {release["version"]: release["patches"] for release in shown["releases"]}
    assert carried == {"1.0.0": ids, "2.0.0": ids}
    workspace.do("fork", "undo", TIDY, "--yes")
    again = workspace.run(*BEGIN, "--json").json
    assert (again["patch"]["id"], again["files"][0]["state"]) == (ids[1], "conflict")
    workspace.do("fork", "undo", TIDY, "--operation", "6", "--yes")  # the step to the second patch
    again = workspace.run(*BEGIN, "--json").json
    assert (again["patch"]["id"], again["files"][0]["state"]) == (ids[0], "conflict")
    edit(workspace, FIRST)
    assert workspace.run(*CONTINUE).code == 3
    laid = (workspace.folder / FOLDER / "component" / "includes" / "mail.php").read_bytes()
    assert b"$wait = 75;" in laid
    edit(workspace, SECOND)
    workspace.do(*CONTINUE)
    assert git(workspace.fork(), "cat-file", "blob", "carried/2.0.0:includes/mail.php") == SECOND


def test_a_sister_fork_is_proposed_what_was_done_for_the_first(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(workspace)
    acme = "plugin/tidy-forms-acme"
    carry(workspace, acme, workspace.folder.parent / "acme", "src/post/mail.php")
    monkeypatch.setenv("PLUGWATCH_USER", "ben")
    begin = ("fork", "resolve", acme, "--to", "2.0.0")
    answer = workspace.run(*begin)
    assert answer.code == 3
    assert "filled in as ana did on " in answer.out
    assert f"for {TIDY} 1.0.0 → 2.0.0:" in answer.out
    files = workspace.folder / "resolve" / "plugin-tidy-forms-acme-2.0.0" / "component"
    assert (files / "src" / "post" / "mail.php").read_bytes() == FIRST
    assert workspace.run(*begin, "--continue", "--lost-lines-ok").code == 3
    assert workspace.run(*begin, "--continue", "--lost-lines-ok", "--accept-proposals").code == 3
    workspace.do(*begin, "--continue", "--lost-lines-ok", "--accept-proposals")
    assert git(workspace.fork(acme), "cat-file", "blob", "carried/2.0.0:src/post/mail.php") == SECOND
    learned = workspace.do("fork", "resolutions", acme, "--json").json["resolutions"]
    assert {row["author"] for row in learned} == {"ana"}


def test_a_colleague_gets_what_was_resolved(workspace: Workspace, tmp_path: Path, template: Path) -> None:
    resolve(workspace)
    hub = tmp_path / "hub.git"
    git(tmp_path, "init", "--quiet", "--bare", str(hub))
    with environment(PLUGWATCH_USER="ben"):
        other = make_workspace(tmp_path / "ben")
        carry(other, TIDY, template / "sources", "includes/mail.php")
        workspace.do("fork", "sync", TIDY, hub)
        git(hub, "update-ref", "-d", "refs/heads/carried/1.0.0")  # another story: their patches have ids of their own
        git(hub, "update-ref", "-d", "refs/heads/carried/2.0.0")
        assert "fetched resolutions" in other.do("fork", "sync", TIDY, hub).out
        assert "filled in as ana did on " in other.run(*BEGIN).out


# Kills


def state(workspace: Workspace) -> dict[str, str]:
    """The trees behind the public refs and behind the merge: what is laid out, and on what."""
    refs = git_text(workspace.fork(), "for-each-ref", "--format=%(refname)").splitlines()
    found = {
        ref: git_text(workspace.fork(), "rev-parse", f"{ref}^{{tree}}")
        for ref in refs
        if ref.startswith(("refs/heads/", "refs/tags/"))
    }
    if CONFLICT in refs:
        found["laid"] = git_text(workspace.fork(), "rev-parse", f"{CONFLICT}:component")
    return found


def told(folder: Path) -> dict[str, bytes | None]:
    """What a person has before her, without the mark that names a commit."""
    return {path: content for path, content in snapshot(folder).items() if path != ".merge"} if folder.exists() else {}


def chosen(ran: Ran, seed: str) -> list[Kill]:
    """Some of the places for a kill: every fourth of those that tear the record in two, a twentieth of the others."""
    kills = plan_kills(ran, seed=seed)
    torn = [kill for kill in kills if kill.how in ("prepared", "torn-0", "torn-1")]
    return [*torn[::4], *[kill for kill in kills if kill not in torn and kill.how != "outlived"][::20]]


@pytest.mark.parametrize("verb", ["begin", "continue", "finish", "abort"])
def test_a_killed_command_is_before_or_after(
    template: Path, tmp_path: Path, killer: Commands, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLUGWATCH_USER", "ana")
    start = Workspace(Path(shutil.copytree(template / "ws", tmp_path / "start")))
    steps = {"begin": 0, "continue": 1, "abort": 1, "finish": 2}[verb]
    for content in (None, FIRST)[:steps]:
        if content:
            edit(start, content)
        assert start.run(*(CONTINUE if content else BEGIN)).code == 3
    if steps:
        edit(start, SECOND if verb == "finish" else FIRST)
    args = {"begin": BEGIN, "abort": (*BEGIN, "--abort")}.get(verb, CONTINUE)
    before, edited = state(start), told(start.folder / FOLDER)
    whole = Workspace(Path(shutil.copytree(start.folder, tmp_path / "ws")))
    ran = killer.run(whole, *args, kill=COUNT)
    code = ran.code
    assert code == (0 if verb in ("finish", "abort") else 3), ran
    after, laid = state(whole), told(whole.folder / FOLDER)
    assert after != before
    killed = 0
    for kill in chosen(ran, verb):
        copy_folder(start.folder, whole.folder)
        killed += killer.run(whole, *args, kill=kill).code == -9
        killer.do(whole, "fork", "show", TIDY)
        found = state(whole)
        assert found in (before, after), kill
        if found == before and found != after:
            assert told(whole.folder / FOLDER) == edited, kill  # nothing of her work is gone
            assert killer.run(whole, *args).code == code, kill
        else:
            look = killer.run(whole, *BEGIN) if code else killer.run(whole, *BEGIN, "--abort")
            assert look.code == (3 if code else 1), (kill, look)
        assert (state(whole), told(whole.folder / FOLDER)) == (after, laid), kill
        assert not list(whole.folder.glob("resolve/.*")), kill
    assert fsck(whole.fork()) == ""
    assert killed >= 3
