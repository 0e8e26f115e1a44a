"""``plugwatch completion``: the script with which a shell completes what is typed."""

from __future__ import annotations

import sys

import click

from plugwatch.cli.context import note

VARIABLE = "_PLUGWATCH_COMPLETE"
# Where each shell looks for it, as its manual says.
_PLACES = {
    "bash": 'eval "$(plugwatch completion bash)"   (in ~/.bashrc)',
    "zsh": 'eval "$(plugwatch completion zsh)"   (in ~/.zshrc, after compinit)',
    "fish": "plugwatch completion fish > ~/.config/fish/completions/plugwatch.fish",
}


@click.command()
@click.argument("shell", metavar="bash|zsh|fish", type=click.Choice(tuple(_PLACES)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Let the shell complete commands, sites and components.

    \b
    bash  eval "$(plugwatch completion bash)"   in ~/.bashrc
    zsh   eval "$(plugwatch completion zsh)"    in ~/.zshrc, after compinit
    fish  plugwatch completion fish > ~/.config/fish/completions/plugwatch.fish
    """
    from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

    shells: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
    click.echo(shells[shell](ctx.find_root().command, {}, "plugwatch", VARIABLE).source())
    if sys.stdout.isatty():  # a shell that starts with it shows whatever stands on stderr
        note(f"put this where your shell finds it: {_PLACES[shell]}")
