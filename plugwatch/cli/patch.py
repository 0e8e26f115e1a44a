"""``plugwatch patch``: the changes that we carry."""

from __future__ import annotations

import click

from plugwatch.cli.lazy import LazyGroup

_VERBS = {
    "import": ("patch_import", "Add a patch from a file or an address."),
    "capture": ("patch_capture", "Add a patch from an edited copy."),
    "rework": ("patch_rework", "Give a patch another content, under the same id."),
    "list": ("patch_show", "The patches carried on a component, or on all of them."),
    "show": ("patch_show", "One patch: why it is there, and its diff."),
    "stance": ("patch_intent", "Say what is meant to become of a patch."),
    "accept": ("patch_intent", "Say yes: this release has the patch, in another form."),
    "drop": ("patch_drop", "Take a patch out of a stack."),
    "explain": ("patch_intent", "Write down why a patch is carried, where nobody has yet."),
    "lint": ("patch_lint", "What somebody must see to, on one component or on all."),
    "export": ("patch_show", "Write patches to files."),
}


@click.group(cls=LazyGroup, table=_VERBS)
def patch() -> None:
    """The changes that we carry."""
