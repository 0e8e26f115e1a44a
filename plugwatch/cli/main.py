"""The program: finds the command, runs it, and turns errors into one sentence and an exit code.

Start-up is a feature: a command's module is imported when that command is run, and ``--help`` imports none of them.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from plugwatch import __version__

# name -> (module, one line of help); the line is repeated by a test against the command's own.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("workspace", "Make a workspace: settings, ledger, folder for forks."),
    "demo": ("demo", "Play the whole story on the bundled example, offline."),
    "doctor": ("doctor", "Check what this machine and workspace need."),
    "client": ("client", "The clients who pay, and how they like to be told."),
    "site": ("site", "Client sites and what runs on them."),
    "inventory": ("inventory", "Read a list of plugins or themes."),
    "component": ("component", "Plugins and themes over all sites."),
    "incident": ("incident", "Breakages, from the call to the end."),
    "fork": ("fork", "Vendors' releases and what we carry on them."),
    "patch": ("patch", "The changes that we carry."),
    "submission": ("submission", "What we send to vendors."),
}


def _set_workspace(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value:
        ctx.find_root().obj = value


def _set_no_color(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        os.environ["NO_COLOR"] = "1"
        ctx.find_root().color = ctx.color = False


# Every command takes these, so that they may stand before the noun or after the verb.
_COMMON = (
    click.Option(
        ["--workspace"],
        metavar="DIR",
        expose_value=False,
        callback=_set_workspace,
        help="The workspace (default: nearest plugwatch.toml upwards).",
    ),
    click.Option(
        ["--no-color"],
        is_flag=True,
        expose_value=False,
        callback=_set_no_color,
        help="No colours; NO_COLOR in the environment does the same.",
    ),
)


def _add_common_options(command: click.Command) -> None:
    if _COMMON[0] not in command.params:
        command.params.extend(_COMMON)
    if isinstance(command, click.Group):
        for below in command.commands.values():
            _add_common_options(below)


class LazyGroup(click.Group):
    """A group whose commands live in modules that are imported only when one is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command's module and take the object of the same name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"plugwatch.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        _add_common_options(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; for a name that is none, a UsageError with the nearest one."""
        if args[0] in COMMANDS or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        from difflib import get_close_matches  # only for a slip of the fingers

        near = get_close_matches(args[0], COMMANDS, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise click.UsageError(f"No such command '{args[0]}'.{hint}", ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The table of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_module, text) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    params=list(_COMMON),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="plugwatch", message="%(prog)s %(version)s")
def cli() -> None:
    """Keep your plugin fixes alive across vendor updates, and know which client sites lost them.

    \b
    A first look:     plugwatch demo
    A first day:      plugwatch init
                      plugwatch site add shop --client "Acme Ltd"
                      plugwatch site import shop plugins.txt
                      plugwatch incident open shop tidy "form does not send"
    """


def main() -> None:
    """Entry point of the ``plugwatch`` program."""
    _make_streams_safe()
    code = run(sys.argv[1:])
    _let_go_of_streams()
    sys.exit(code)


def run(args: list[str]) -> int:
    """Run one command line in this process; the exit code."""
    from plugwatch.cli.errors import handle  # keeps --version quick

    return handle(_invoke, args)


def _invoke(args: list[str]) -> int:
    result: Any = cli.main(args=args, prog_name="plugwatch", standalone_mode=False)
    return result if isinstance(result, int) else 0


def _make_streams_safe() -> None:
    """Whoever started us may have closed a stream (``>&-``), or may read an encoding that lacks our letters."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 (for the whole run)
        elif mode == "w":
            stream.reconfigure(errors="backslashreplace")


def _let_go_of_streams() -> None:
    """What a full disk or a reader who has gone would not take is dropped, or Python exits with 120 over it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
