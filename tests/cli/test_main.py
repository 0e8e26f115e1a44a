from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from plugwatch.cli.lazy import LazyGroup
from plugwatch.cli.main import COMMANDS, cli


def _commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli, info_name="plugwatch")
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            for verb in command.list_commands(context):
                below = command.get_command(context, verb)
                assert below is not None
                yield f"{name} {verb}", below


ALL = dict(_commands())


TABLES = dict(COMMANDS) | {
    f"{name} {verb}": row
    for name, group in ALL.items()
    if isinstance(group, LazyGroup)
    for verb, row in group.table.items()
}


@pytest.mark.parametrize("name", TABLES)
def test_the_table_says_what_the_command_itself_says(name):
    assert ALL[name].get_short_help_str(limit=500) == TABLES[name][1]


@pytest.mark.parametrize("name", ALL)
def test_every_command_and_option_has_help_and_is_a_sentence(name):
    command = ALL[name]

    assert command.help
    assert command.help.splitlines()[0].endswith("."), command.help
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"{name} {option.opts}"


@pytest.mark.parametrize("name", ALL)
def test_every_value_has_a_name(name):
    for option in ALL[name].params:
        if isinstance(option, click.Option) and not option.is_flag and not isinstance(option.type, click.Choice):
            assert option.metavar, f"{name} {option.opts}"


@pytest.mark.parametrize("name", ALL)
def test_help_fits_a_terminal_and_is_cut_nowhere(name, plugwatch):
    text = plugwatch(*name.split(), "--help").out

    assert "..." not in text.replace("[ARGS]...", "")
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("name", ALL)
def test_every_command_takes_the_common_options(name):
    options = {option for parameter in ALL[name].params for option in parameter.opts}

    assert {"--workspace", "--no-color", "--plain"} <= options


@pytest.mark.parametrize(
    ("typed", "meant"), [("incidnt", "incident"), ("sit", "site"), ("sub", None), ("", None), ("clients", "client")]
)
def test_a_slip_of_the_fingers_is_answered_with_the_nearest_command(plugwatch, typed, meant):
    answer = plugwatch(typed, code=2)

    assert answer.out == ""
    assert f"No such command '{typed}'." in answer.err
    assert ("Did you mean" in answer.err) == (meant is not None)
    assert meant is None or f"Did you mean '{meant}'?" in answer.err


@pytest.mark.parametrize(
    "args",
    [
        ["--bogus"],
        ["site", "--bogus"],
        ["site", "list", "--bogus"],
        ["site", "bogus"],
        ["site", "show"],
        ["init", "a", "b"],
    ],
)
def test_wrong_usage_says_so_on_stderr(plugwatch, args):
    answer = plugwatch(*args, code=2)

    assert answer.out == ""
    assert "Error: " in answer.err
    assert "--help" in answer.err


def test_the_version_is_told(plugwatch):
    assert plugwatch("--version").out.startswith("plugwatch 0.")


def test_without_a_command_the_help_is_shown(plugwatch):
    answer = plugwatch(code=2)

    assert "plugwatch demo" in answer.out + answer.err


def test_short_and_long_help_are_the_same(plugwatch):
    assert plugwatch("site", "list", "-h").out == plugwatch("site", "list", "--help").out


def test_a_call_waits_for_nothing_that_it_does_not_need(sites, program):
    logged = program("incident", "open", "shop", "tidy-forms", "it broke", env={"PYTHONPROFILEIMPORTTIME": "1"})
    loaded = {line.rpartition("|")[2].strip() for line in logged.stderr.decode().splitlines()}

    assert logged.returncode == 0
    assert {"plugwatch.workflows.open_incident", "plugwatch.ledger.incidents"} <= loaded
    needless = {"suspects", "hold", "history", "impact", "life", "message", "rota"}
    assert (
        loaded & ({f"plugwatch.model.{name}" for name in needless} | {"difflib", "jinja2", "requests", "rich"}) == set()
    )
