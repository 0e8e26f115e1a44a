"""``plugwatch vendor``: who makes the components, how they are reached, and what clients must not read of them."""

from __future__ import annotations

import click

from plugwatch.cli.lazy import LazyGroup

_VERBS = {
    "show": ("vendor_show", "Every road to a component's vendor: which one to take, and why."),
    "set": ("vendor_set", "Say what the vendor of a component is called, and how it is reached."),
    "score": ("vendor_score", "How vendors answer and fix, from our own cases: private, with n and period."),
    "list": ("vendor_list", "All vendors of which somebody has said something."),
}


@click.group(cls=LazyGroup, table=_VERBS)
def vendor() -> None:
    """Those who make plugins and themes, and what they are called."""
