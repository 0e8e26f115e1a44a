"""``plugwatch client``: the clients who pay, and how they like to be told."""

from __future__ import annotations

import click

from plugwatch.cli.lazy import LazyGroup

_VERBS = {
    "add": ("client_settings", "Add a client."),
    "set": ("client_settings", "Change what was agreed with a client."),
    "list": ("client_settings", "All clients."),
    "show": ("client_settings", "One client."),
    "feedback": ("client_answers", "Keep what a client said of how it was handled."),
    "export": ("client_law", "All that we hold of a client, in one archive."),
    "forget": ("client_law", "Erase a client's names, words and addresses; asks twice."),
}


@click.group(cls=LazyGroup, table=_VERBS)
def client() -> None:
    """The clients who pay, and how they like to be told."""
