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
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The table of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_module, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="plugwatch", message="%(prog)s %(version)s")
@click.option("--workspace", metavar="DIR", help="The workspace (default: nearest plugwatch.toml upwards).")
@click.option("--no-color", is_flag=True, help="No colours; NO_COLOR in the environment does the same.")
@click.pass_context
def cli(ctx: click.Context, workspace: str | None, no_color: bool) -> None:
    """Keep your plugin fixes alive across vendor updates, and know which client sites lost them.

    \b
    A first look:     plugwatch demo
    A first day:      plugwatch init
                      plugwatch site add shop --client "Acme Ltd"
                      plugwatch site import shop plugins.txt
                      plugwatch incident open shop tidy "form does not send"
    """
    if no_color:
        os.environ["NO_COLOR"] = "1"
        ctx.color = False
    ctx.obj = workspace


def main() -> None:
    """Entry point of the ``plugwatch`` program."""
    sys.exit(run(sys.argv[1:]))


def run(args: list[str]) -> int:
    """Run one command line in this process; the exit code."""
    from plugwatch.cli.errors import handle  # keeps --version quick

    return handle(_invoke, args)


def _invoke(args: list[str]) -> int:
    result: Any = cli.main(args=args, prog_name="plugwatch", standalone_mode=False)
    return result if isinstance(result, int) else 0
