"""The program: finds the command, runs it, and turns errors into one sentence and an exit code.

Start-up is a feature: a command's module is imported when that command is run, and ``--help`` imports none of them.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from plugwatch import __version__
from plugwatch.cli.lazy import COMMON, LazyGroup

# name -> (module, one line of help); the line is repeated by a test against the command's own.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("workspace", "Make a workspace: settings, ledger, folder for forks."),
    "demo": ("demo", "Play the whole story on the bundled example, offline."),
    "doctor": ("doctor", "Check what this machine and workspace need."),
    "today": ("today", "What is due, whose turn it is, and who waits."),
    "check": ("check", "Look at all sites, releases and patches, as cron does."),
    "client": ("client", "The clients who pay, and how they like to be told."),
    "site": ("site", "Client sites and what runs on them."),
    "inventory": ("inventory", "Read a list of plugins or themes."),
    "component": ("component", "Plugins and themes over all sites."),
    "incident": ("incident", "Breakages, from the call to the end."),
    "vendor": ("vendor", "Those who make plugins and themes, and what they are called."),
    "fork": ("fork", "Vendors' releases and what we carry on them."),
    "patch": ("patch", "The changes that we carry."),
    "submission": ("submission", "What we send to vendors, and what becomes of it."),
    "report": ("report", "Pages to look at: the agency's board, a client's month, an incident's story."),
    "template": ("template", "The texts that leave the agency, and whether they hold."),
    "completion": ("completion", "Let the shell complete commands, sites and components."),
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    params=list(COMMON),
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
