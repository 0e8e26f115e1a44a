"""SIGKILL while a client is being forgotten: the command, given again, goes on from there and leaves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from killing import Commands, Kill, copy_folder
from soundness import check_clean
from workbench import Workspace, fsck, git, git_text, make_carrying_workspace, write_files

TIDY = "plugin/tidy-forms"
FORGET = ("client", "forget", "corvid", "--yes", "--confirm", "corvid")
WORDS = (b"corvid", b"marlowe", b"does not send a thing")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a client whose words stand in the ledger, a fork, a list and a draft."""
    folder = tmp_path_factory.mktemp("forgetting")
    workspace = make_carrying_workspace(folder)
    (folder / "list.toml").write_text('[plugins]\ntidy-forms = "1.0.0"\n# corvid.example\n')
    workspace.do("fork", "import", TIDY, "--from", folder / "sources" / "2.0.0")
    workspace.do("client", "add", "corvid", "--name", "Corvid Prints", "--contact", "Maria Marlowe <m@corvid.example>")
    workspace.do("site", "add", "corvid-shop", "--client", "corvid", "--url", "https://corvid.example")
    workspace.do("site", "import", "corvid-shop", folder / "list.toml", "--as", "plugwatch-toml", "--keep-raw")
    words = "since Friday the contact form on our page does not send a thing"
    workspace.do("incident", "open", "corvid-shop", "tidy", words, "--caller", "Maria Marlowe")
    patch = "--- a/readme.txt\n+++ b/readme.txt\n@@ -1,2 +1,3 @@\n === Tidy Forms ===\n Forms, tidied.\n+Ours.\n"
    write_files(folder, {"readme.patch": patch.encode()})
    facts = ("--on", "1.0.0", "--title", "Help Corvid Prints", "--why", f"Marlowe: {words}", "--incident", "INC-1")
    workspace.do("patch", "import", TIDY, folder / "readme.patch", *facts)
    draft = workspace.folder / "drafts" / "INC-1" / "corvid-identified-1.txt"
    write_files(draft.parent, {draft.name: b"Hello Corvid"})
    return folder


def left(workspace: Workspace) -> list[str]:
    """The files, and the objects of the fork, in which something of the client stands."""
    fork = workspace.fork()
    found = {"objects": git(fork, "cat-file", "--batch-all-objects", "--batch")}
    for path in workspace.folder.rglob("*"):
        if path.is_file() and "objects" not in path.parts:
            found[str(path.relative_to(workspace.folder))] = path.read_bytes()
    return [name for name, content in found.items() if any(w in name.encode().lower() + content.lower() for w in WORDS)]


def titles(workspace: Workspace) -> list[str]:
    """The first lines of the commits of the stack, bottom first."""
    log = git_text(workspace.fork(), "log", "--reverse", "--format=%s", "upstream/1.0.0..carried/1.0.0")
    return log.split("\n")


def test_a_client_is_forgotten_whole_by_whoever_says_it_again(template: Path, tmp_path: Path, killer: Commands) -> None:
    whole = Workspace(copy_folder(template / "ws", tmp_path / "ws"))
    kills = killer.plan(whole, *FORGET)
    assert left(whole) == []
    killed = 0
    for number, kill in enumerate(kills):
        workspace = Workspace(copy_folder(template / "ws", tmp_path / "ws"))
        ran = killer.run(workspace, *FORGET, kill=kill)
        assert ran.code == -9 or kill.delay is not None, (kill, ran)
        killed += ran.code == -9
        if kill.how == "outlived":
            ran.wait_for_git()
        again = killer.run(workspace, *FORGET)
        assert again.code in (0, 1), (kill, again)
        assert left(workspace) == [], (kill, again)
        assert fsck(workspace.fork()) == "", kill
        assert titles(workspace) == ["Wait a minute", "Help (erased)"], kill
        if number % 8 == 0:
            killer.do(workspace, "fork", "upgrade", TIDY, "--to", "2.0.0")  # the next operation finds its place
            check_clean(workspace, TIDY)
    assert killed >= 24
    assert Kill(statement=1) in kills
