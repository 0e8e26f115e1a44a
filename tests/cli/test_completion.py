"""What shells propose: bash is asked for real, through the script that ``plugwatch completion bash`` prints."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.shell_completion import CompletionItem, ShellComplete
from services import require

from plugwatch.cli.completing import offer
from plugwatch.cli.lazy import LazyGroup
from plugwatch.cli.main import cli

CHECKOUT = Path(__file__).parents[2]
# bash itself fills these, then calls the function and reads what it leaves behind.
ASK = """source {script}
COMP_WORDS=({words}); COMP_CWORD={last}
_plugwatch_completion plugwatch
printf '%s\\n' "${{COMPREPLY[@]}}"
"""

Ask = Callable[..., list[str]]


@pytest.fixture
def bash(plugwatch, tmp_path: Path) -> Ask:
    """Ask bash to complete the last of some words in a workspace; what it proposes. Nothing may be on stderr."""
    program = require("bash", "bash")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "plugwatch").write_text(f'#!/bin/sh\nexec {sys.executable} -m plugwatch "$@"\n')
    (tmp_path / "bin" / "plugwatch").chmod(0o755)
    script = tmp_path / "completion.sh"
    script.write_text(plugwatch("completion", "bash").out)

    def ask(*words: str, **variables: str) -> list[str]:
        quoted = " ".join(f"'{word}'" for word in ("plugwatch", *words))
        env = os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(CHECKOUT)} | variables
        text = ASK.format(script=script, words=quoted, last=len(words))
        done = subprocess.run([program, "--norc", "-c", text], env=env, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done
        return done.stdout.split()

    return ask


@pytest.fixture
def agency(plugwatch, workspace: Path) -> Path:
    """Two clients with sites, components of two kinds with one slug, and three incidents."""
    plugwatch("client", "add", "acme", "--name", "Acme\u202e Ltd")
    plugwatch("site", "add", "acme-shop", "--client", "acme")
    plugwatch("site", "add", "bolt", "--client", "bolt-gmbh")
    lists = {
        "acme-shop": '[plugins]\ntidy-forms = "1.0"\nstorefront = "1.0"\n[themes]\nstorefront = "4.5"\n',
        "bolt": '[plugins]\ntidy-gallery = "2.0"\n',
    }
    for site, text in lists.items():
        (workspace / "list.toml").write_text(f'php = "8.3"\n{text}')
        plugwatch("site", "import", site, workspace / "list.toml", "--as", "plugwatch-toml")
    for site, words in (("acme-shop", "the form\ndoes not send"), ("bolt", "it is slow"), ("bolt", "it is gone")):
        plugwatch("incident", "open", site, words, "--new")
    plugwatch("incident", "note", "3", "x")
    with closing(sqlite3.connect(workspace / "plugwatch.db")) as ledger, ledger:
        ledger.execute("update incident set status = 'closed' where number = 3")
    return workspace


def test_bash_completes_commands_from_the_tables(bash: Ask, workspace: Path) -> None:
    assert bash("in") == ["init", "inventory", "incident"]
    assert bash("client", "") == ["add", "set", "list", "show", "feedback", "export", "forget"]
    assert bash("component", "w") == ["where"]
    assert bash("client", "forget", "--al") == ["--also"]


def test_bash_completes_sites_clients_and_incidents(bash: Ask, agency: Path) -> None:
    assert bash("site", "show", "") == ["acme-shop", "bolt"]
    assert bash("site", "show", "BO") == ["bolt"]
    assert bash("client", "forget", "") == ["acme", "bolt-gmbh"]
    assert bash("client", "show", "gmb") == ["bolt-gmbh"]  # no name begins so
    assert bash("incident", "show", "") == ["INC-2", "INC-1", "INC-3"]  # what is over comes last
    assert bash("incident", "note", "inc-2") == ["INC-2"]
    assert bash("incident", "show", "3") == ["3"]
    assert bash("incident", "show", "x") == []
    assert bash("site", "list", "--client", "a") == ["acme"]


def test_bash_completes_components_as_shortly_as_they_can_be_told_apart(bash: Ask, agency: Path) -> None:
    assert bash("component", "where", "tidy") == ["tidy-forms", "tidy-gallery"]
    assert bash("component", "where", "store") == ["plugin/storefront", "theme/storefront"]
    assert bash("component", "where", "theme/") == ["theme/storefront"]
    assert bash("component", "where", "gallery") == ["tidy-gallery"]
    assert bash("component", "where", "ph") == ["php"]


def test_a_call_is_completed_word_by_word(bash: Ask, agency: Path) -> None:
    assert bash("incident", "open", "ac") == ["acme-shop"]
    assert bash("incident", "open", "acme-shop", "ti") == ["tidy-forms"]  # the gallery is on another site
    assert bash("incident", "open", "acme-shop", "plugin/") == ["plugin/storefront", "plugin/tidy-forms"]
    assert bash("incident", "open", "acme-shop", "tidy-forms", "t") == []
    assert bash("incident", "open", "--fleet", "tidy-g") == ["tidy-gallery"]
    assert bash("incident", "open", "--fleet", "tidy-gallery", "") == []
    assert bash("incident", "call", "INC-1", "b") == ["bolt"]
    assert bash("incident", "call", "INC-1", "bolt", "b") == []


def test_the_workspace_may_be_named_before_or_after_the_noun(
    bash: Ask, agency: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert bash("site", "show", "") == []
    assert bash("--workspace", str(agency), "site", "show", "b") == ["bolt"]
    assert bash("site", "show", "--workspace", str(agency), "b") == ["bolt"]
    assert bash("site", "show", "b", PLUGWATCH_WORKSPACE=str(agency)) == ["bolt"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "plugwatch.db").unlink(),
        lambda folder: (folder / "plugwatch.db").write_bytes(b"none of ours"),
        lambda folder: (folder / "plugwatch.toml").write_text("[agency\n"),
        lambda folder: (folder / "plugwatch.toml").write_text('[database]\nurl = "mysql://x/y"\n'),
    ],
)
def test_where_nothing_can_be_known_nothing_is_proposed_and_nothing_said(
    bash: Ask, agency: Path, spoil: Callable[[Path], object]
) -> None:
    spoil(agency)

    assert bash("site", "show", "") == []


def test_names_of_nothing_are_no_error(bash: Ask, workspace: Path) -> None:
    assert bash("nonsense", "x") == []
    assert bash("client", "nonsense", "x") == []
    assert bash("client", "forget", "--nonsense", "x") == []


def test_what_a_shell_would_read_as_more_than_a_word_is_not_proposed(bash: Ask, agency: Path) -> None:
    with closing(sqlite3.connect(agency / "plugwatch.db")) as ledger, ledger:
        ledger.execute("update site set slug = '$(touch x)' where slug = 'bolt'")

    assert bash("site", "show", "") == ["acme-shop"]
    assert not (agency / "x").exists()


def test_looking_migrates_nothing_and_waits_for_nobody(bash: Ask, agency: Path) -> None:
    with closing(sqlite3.connect(agency / "plugwatch.db", isolation_level=None)) as ledger:
        ledger.execute("delete from schema_migration where number > 5")
        ledger.execute("begin immediate")
        assert bash("site", "show", "b") == ["bolt"]
        ledger.execute("rollback")
        assert ledger.execute("select max(number) from schema_migration").fetchone() == (5,)


def completions(*words: str) -> list[CompletionItem]:
    return ShellComplete(cli, {}, "plugwatch", "X").get_completions(list(words[:-1]), words[-1])


def test_zsh_and_fish_get_one_short_line_beside_each_name(agency: Path) -> None:
    remarks = {item.value: item.help for item in completions("site", "show", "")}
    titles = [item.help for item in completions("incident", "show", "")]

    assert remarks == {"acme-shop": "Acme Ltd", "bolt": "bolt-gmbh"}
    assert all(title and "\n" not in title and len(title) <= 60 for title in titles)


def test_commands_are_completed_without_importing_one(program) -> None:
    code = "import sys; from plugwatch.cli.main import run; run([]); print(*sys.modules)"
    env = os.environ | {"PYTHONPATH": str(CHECKOUT), "_PLUGWATCH_COMPLETE": "bash_complete"}
    env |= {"COMP_WORDS": "plugwatch cl", "COMP_CWORD": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)

    first, *_rest, modules = done.stdout.split("\n")[:-1]
    assert first == "plain,client"
    assert "plugwatch.cli.client" not in modules.split()


def commands(group: click.Group, ctx: click.Context) -> list[click.Command]:
    """Every command below a group."""
    found = []
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        found += commands(command, ctx) if isinstance(command, click.Group) else [command]
    return found


def test_every_argument_that_is_called_a_site_component_incident_or_client_is_completed() -> None:
    with click.Context(cli, resilient_parsing=True) as ctx:
        params = [(command, param) for command in commands(cli, ctx) for param in command.params]
    names = {"SITE", "[SITE]", "[SITE]…", "COMPONENT", "INC", "[INC]", "CLIENT", "INTO", "OTHER"}
    named = [(c.name, p) for c, p in params if (p.metavar or str(p.name).upper()) in names]

    assert len(named) > 30
    assert [(command, p.name) for command, p in named if "shell_complete" not in vars(p)] == []


def test_offering_again_changes_nothing() -> None:
    with click.Context(cli, resilient_parsing=True) as ctx:
        group = cli.get_command(ctx, "site")
    assert isinstance(group, (click.Group, LazyGroup))
    offer(group)
    offer(group)

    assert group.name == "site"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_that_it_can_read(plugwatch, tmp_path: Path, shell: str) -> None:
    printed = plugwatch("completion", shell)

    assert f"_PLUGWATCH_COMPLETE={shell}_complete" in printed.out
    assert printed.err == ""  # a shell that starts with it would show it
    program = shutil.which(shell)
    if program:
        (tmp_path / "script").write_text(printed.out)
        subprocess.run([program, "-n", tmp_path / "script"], check=True)


def test_another_shell_is_a_usage_error(plugwatch) -> None:
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in plugwatch("completion", "tcsh", code=2).err
