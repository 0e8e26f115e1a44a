"""``plugwatch fork``: vendors' releases, and what they mean for the patches on them."""

from __future__ import annotations

import click

from plugwatch.cli.lazy import LazyGroup

_VERBS = {
    "create": ("fork_import", "Start a fork with a first release."),
    "import": ("fork_import", "Add a release, byte for byte as the vendor shipped it."),
    "releases": ("fork_releases", "Which versions a source offers, and which of them the fork has."),
    "adopt": ("fork_adopt", "Take over plugins and themes that were patched by hand."),
    "list": ("fork_show", "All forks, with their newest release and what is carried."),
    "show": ("fork_show", "One fork: its releases, stacks and builds."),
    "forecast": ("fork_upgrade", "What a release would mean for each patch; nothing is written."),
    "upgrade": ("fork_upgrade", "Carry the patches to another release."),
    "resolve": ("fork_resolve", "Merge by hand what an upgrade cannot."),
    "resolutions": ("fork_resolutions", "What is remembered of conflicts, to be proposed again."),
    "build": ("fork_build", "Pack a release and its patches into an installable ZIP."),
    "publish": ("fork_publish", "Write the folder that sites and Composer update from."),
    "guard": ("fork_guard", "The must-use plugin that brings builds to a site, and keeps other offers off them."),
    "composer": ("fork_composer", "The lines that a composer.json needs for our builds."),
    "deploy": ("fork_deploy", "Put a build, or a release as the vendor ships it, on sites."),
    "verify": ("fork_verify", "What a site really runs, by the sums of its files."),
    "undo": ("fork_undo", "Take back the last thing that was done to a fork."),
    "log": ("fork_log", "What was done to a fork, by whom and when, the newest first."),
    "sync": ("fork_sync", "Fetch what colleagues did, push what you did."),
}


@click.group(cls=LazyGroup, table=_VERBS)
def fork() -> None:
    """Vendors' releases and what we carry on them."""
