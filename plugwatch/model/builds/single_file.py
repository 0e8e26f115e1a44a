"""Components that are one PHP file: ``wp-content/plugins/hello.php``, must-use plugins, drop-ins.

No ZIP can bring one to where it is. Core's installer, which WP-CLI uses too, puts whatever a ZIP holds into a folder of
its own below the plugins' (``WP_Upgrader::install_package()``, wp-admin/includes/class-wp-upgrader.php: the plugins'
folder is one of the "protected directories"), so ``hello/hello.php`` or, from a ZIP without a folder,
``hello.1.7.2.0-p1/hello.php`` would be a second plugin, and the first would stay active. The file itself takes the
place of the installed one.
"""

from __future__ import annotations

from collections.abc import Collection

from plugwatch.model.component import Component

_NEVER_IN_A_FOLDER = ("mu-plugin", "dropin")


def installed_alone(component: Component, files: Collection[str]) -> bool:
    """Whether a release with these files may be installed as a bare PHP file.

    A plugin of one file may have a folder of its own as well: its tree does not tell, nor does what WP-CLI calls it.
    """
    if len(files) != 1 or not next(iter(files)).endswith(".php"):
        return False
    return component.kind in ("plugin", *_NEVER_IN_A_FOLDER) and "/" not in component.slug


def installed_as(component: Component, files: Collection[str]) -> str:
    """Where the bare file goes, below ``wp-content``."""
    name = next(iter(files))
    if component.kind == "dropin":
        return name
    return f"{'mu-plugins' if component.kind == 'mu-plugin' else 'plugins'}/{name}"
