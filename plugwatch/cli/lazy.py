"""Groups whose commands are imported only when one of them is run: start-up is a feature."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _set_workspace(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value:
        ctx.find_root().obj = value


def _set_no_color(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        os.environ["NO_COLOR"] = "1"
        ctx.find_root().color = ctx.color = False


def _set_plain(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        from plugwatch.render.terminal import set_plain

        root = ctx.find_root()
        root.color = ctx.color = False
        set_plain(True)
        root.call_on_close(lambda: set_plain(False))


# Every command takes these, so that they may stand before the noun or after the verb.
COMMON = (
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
    click.Option(
        ["--plain"],
        is_flag=True,
        expose_value=False,
        callback=_set_plain,
        help="Plain lines on a terminal too, as in a pipe.",
    ),
)


def _add_common_options(command: click.Command) -> None:
    if COMMON[0] not in command.params:
        command.params.extend(COMMON)
    if isinstance(command, click.Group):
        for below in command.commands.values():
            _add_common_options(below)


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own.

    ``table`` says for each its module in this package and its line of help, which a test holds against the command's
    own; in the module the command has its name, with underscores for hyphens and one more where Python keeps the word.
    """

    def __init__(self, *args: Any, table: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names, in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module and take the object of its name; where a shell asks, let it complete names."""
        if cmd_name not in self.table:
            return None
        module = importlib.import_module(f"plugwatch.cli.{self.table[cmd_name][0]}")
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(module, name, None) or getattr(module, f"{name}_")
        _add_common_options(command)
        if ctx.resilient_parsing:
            from plugwatch.cli.completing import offer

            offer(command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names of the commands, without importing any, and the options."""
        from click.shell_completion import CompletionItem

        names = [(name, text) for name, (_module, text) in self.table.items() if name.startswith(incomplete)]
        return [CompletionItem(name, help=text) for name, text in names] + click.Command.shell_complete(
            self, ctx, incomplete
        )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; for a name that is none, a UsageError with the nearest one."""
        if args[0] in self.table or args[0].startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        from difflib import get_close_matches  # only for a slip of the fingers

        near = get_close_matches(args[0], self.table, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise click.UsageError(f"No such command '{args[0]}'.{hint}", ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The table of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_module, text) in self.table.items()])
