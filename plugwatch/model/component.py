"""What can break: a plugin, a theme, a must-use plugin, a drop-in, WordPress itself, or the PHP under it."""

from __future__ import annotations

import re
from typing import NamedTuple

from plugwatch.errors import PlugwatchError

KINDS = ("plugin", "theme", "mu-plugin", "dropin", "core")

# A slug is the name of a folder or file on the site, so capitals and underscores stay (LayerSlider, js_composer, _s).
# "folder/file" is what WP-CLI prints for the second plugin of one folder.
_SLUG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+ -]*(/[A-Za-z0-9_][A-Za-z0-9._+ -]*)?", re.ASCII)


class Component(NamedTuple):
    """The identity of a component: its kind and the folder or file name that the site knows it by."""

    kind: str
    slug: str

    def __str__(self) -> str:
        return _PLATFORM_NAMES.get(self.slug, self.slug) if self.kind == "core" else f"{self.kind}/{self.slug}"

    @classmethod
    def parse(cls, text: str) -> Component:
        """``plugin/SLUG``, ``theme/SLUG``, ``mu-plugin/FILE``, ``dropin/FILE``, ``core`` or ``php`` in full.

        Raises PlugwatchError where the text is none of these.
        """
        if text in PLATFORM:
            return PLATFORM[text]
        kind, slash, slug = text.partition("/")
        if not slash or kind not in KINDS or kind == "core":
            raise PlugwatchError(
                f"'{text}' is not a component; write plugin/SLUG, theme/SLUG, mu-plugin/FILE, dropin/FILE, core or php"
            )
        if not is_slug(slug):
            raise PlugwatchError(f"'{slug}' cannot be a {kind}'s name: letters, digits, '.', '_' and '-' only")
        return cls(kind, slug)


def is_slug(text: str) -> bool:
    """Whether the text can be the folder or file name of a component; keeps paths and options out of file names."""
    return bool(_SLUG.fullmatch(text)) and len(text) <= 200 and ".." not in text and text == text.strip()


# What every site runs on is a component like any other: it has a version, a history, and may be what broke the site.
CORE = Component("core", "wordpress")
PHP = Component("core", "php")
_PLATFORM_NAMES = {CORE.slug: "core"}
PLATFORM = {str(component): component for component in (CORE, PHP)}
