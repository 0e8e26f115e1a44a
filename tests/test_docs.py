"""The documents keep to the program: every command in them exists, and every key of the settings is told."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from plugwatch.cli.main import COMMANDS, cli
from plugwatch.model.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = (
    "README.md",
    "docs/builds.md",
    "docs/configuration.md",
    "docs/forks.md",
    "docs/incidents.md",
    "docs/inventories.md",
    "docs/reports.md",
    "docs/site-plugin.md",
    "docs/submissions.md",
    "examples/README.md",
)


def commands_of(name: str) -> list[str]:
    """Every command line in the fenced blocks of a document; one may go on over lines inside quotes."""
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.findall(r"```(?:sh|console)?\n(.*?)```", text, re.DOTALL)
    found = []
    for block in blocks:
        for match in re.finditer(r"^(?:\$ |wp .*\| )?plugwatch ", block, re.MULTILINE):
            line = block[match.start() :]
            ends = (n for n, c in enumerate(line + "\n") if c == "\n" and not line[:n].endswith("\\"))
            end = next(n for n in ends if line[:n].count('"') % 2 == 0)
            found.append(line[:end].replace("\\\n", "").rpartition("| ")[2].removeprefix("$ "))
    return found


CASES = [(name, line) for name in DOCUMENTS for line in commands_of(name)]


def test_commands_are_found_in_the_documents():
    assert len([line for name, line in CASES if name == "README.md"]) >= 15


@pytest.mark.parametrize(("name", "line"), CASES)
def test_a_command_in_a_document_exists_with_its_options(name, line):
    words = shlex.split(line, comments=True)[1:]
    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"{name}: no command '{words[0]}' in: {line}"
        command, words = found, words[1:]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= known | {"--help", "--version"}


def test_every_noun_is_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [noun for noun in COMMANDS if noun not in text] == []


def _keys(settings, above=""):
    for name, value in settings._asdict().items():
        yield from _keys(value, f"{above}{name}.") if isinstance(value, tuple) else [f"{above}{name}"]


def test_every_section_of_the_settings_is_told():
    text = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    skipped = ("trac", "wordpress_org", "smtp", "imap")
    missing = [key for key in _keys(Settings()) if key.partition(".")[0] not in skipped and key not in text]
    assert missing == []
