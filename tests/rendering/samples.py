"""Random sites for the tests and the benchmark: what is installed, whatever format it is then written down in.

A renderer (``rendering/FORMAT.py``) has one function, ``render(site, chance)``, that writes a site down as programs do
and people, with the quirks of the format drawn from ``chance``, and returns the text with what must be read from it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from plugwatch.model.inventory import Inventory

_WORDS = (
    *(
        "Acme",
        "Tidy",
        "Forms",
        "Shop",
        "Slider",
        "Cache",
        "Gallery",
        "Booking",
        "SEO",
        "Mail",
        "Stats",
        "Author",
        "Logo",
    ),
    *("Update", "Uploads", "Élan", "Über", "Größe", "日本", "Core", "Lite", "Pro", "for", "and", "2", "360°", "3D"),
)
_JOINTS = (" ", " ", " ", " ", " – ", " - ", ": ", " | ", " & ", ", ", " by ", "/", " - By ")
_ENDS = ("", "", "", "", ".", "!", " (Pro)", "™", " 2.0", "®", " v3")
_AUTHORS = (
    *("Acme", "Acme, Inc.", "Ann Author", "Ann Author, Bob Builder, and Cy", "Fernhill & Sons", "acme.example", "Ünal"),
    *("The Acme Team", "Studio 4,5", "A – B", "Ann (Acme)"),
)
_VERSIONS = (
    *(".6", ".2.4", "2.62", "v1.7.1", "20190801.1", "2.8.0-b-1", "12.2-a.5", "2.0a", "1.6.5.160513", "2026.08.21.1609"),
    *("2020.09.1", "1.2.3.0-p1", "99.0-upstream1.2.3", "5.10", "1", "0.0.1", "3.0.0-beta.2", "4.1-RC1"),
)


@dataclass(frozen=True)
class Row:
    """One component of a site; ``version`` and ``update_version`` may be None, ``status`` is one of STATUSES."""

    kind: str
    slug: str
    name: str
    author: str
    version: str | None
    status: str
    update_version: str | None
    auto_update: bool


@dataclass(frozen=True)
class SampleSite:
    """A whole site. ``rows`` has plugins, themes (exactly one active), must-use plugins and drop-ins."""

    wordpress_version: str
    php_version: str
    rows: tuple[Row, ...]

    def of(self, *kinds: str) -> tuple[Row, ...]:
        """The rows of these kinds."""
        return tuple(row for row in self.rows if row.kind in kinds)


@dataclass(frozen=True)
class Rendered:
    """A text, and what reading it must give (its ``format``, ``warnings`` and ``unparsed`` are not compared)."""

    text: str
    expected: Inventory


def random_site(chance: random.Random, *, size: int | None = None) -> SampleSite:
    """A site with some plugins, themes, must-use plugins and drop-ins; ``size`` plugins and as many themes if told."""
    slugs: set[str] = set()
    names: set[str] = set()
    count = size or chance.randint(1, 30)
    rows = [_row("plugin", chance, slugs, names) for _ in range(count)]
    themes = [_row("theme", chance, slugs, names) for _ in range(size or chance.randint(1, 4))]
    rows += [_with_status(theme, "inactive" if number else "active") for number, theme in enumerate(themes)]
    rows += [_row("mu-plugin", chance, slugs, names) for _ in range(chance.randint(0, 3))]
    dropins = chance.sample(["object-cache.php", "advanced-cache.php", "db.php"], chance.randint(0, 2))
    rows += [
        Row("dropin", file, f"{file} drop-in", "Acme", chance.choice([None, "1.2"]), "dropin", None, auto_update=False)
        for file in dropins
    ]
    return SampleSite(
        chance.choice(["6.9.1", "7.1", "6.1.9", "7.0.2"]), chance.choice(["8.2.28", "7.4.33", "8.4.1"]), tuple(rows)
    )


def sites() -> st.SearchStrategy[tuple[SampleSite, random.Random]]:
    """A site, and the chance that its renderer draws quirks from; smaller seeds do not mean smaller sites."""
    return st.integers(0, 2**32).map(random.Random).map(lambda chance: (random_site(chance), chance))


def title(chance: random.Random) -> str:
    """A display name as vendors choose them."""
    parts = [chance.choice(_WORDS)]
    for _ in range(chance.choice((0, 1, 1, 1, 2, 2, 3, 5))):
        parts += [chance.choice(_JOINTS), chance.choice(_WORDS)]
    return "".join(parts) + chance.choice(_ENDS)


def version(chance: random.Random) -> str:
    """A version as vendors number them."""
    if chance.random() < 0.2:
        return chance.choice(_VERSIONS)
    return ".".join(str(chance.randint(0, 20)) for _ in range(chance.choice((1, 2, 2, 3, 3, 3, 4))))


def expect(rows: Sequence[Row], **other: object) -> Inventory:
    """The inventory of rows in a format that loses nothing; a renderer takes away what its own loses."""
    from plugwatch.model.inventory import Installed

    components = tuple(
        Installed(row.kind, row.slug, row.name, row.version, row.status, row.update_version, row.auto_update)
        for row in rows
    )
    return Inventory("expected", components, **other)  # type: ignore[arg-type]


def _row(kind: str, chance: random.Random, slugs: set[str], names: set[str]) -> Row:
    name = title(chance)
    while name in names:
        name = f"{title(chance)} {chance.randint(2, 10_000)}"
    names.add(name)
    slug = _slug(name, chance)
    while slug in slugs:
        slug = f"{slug}-{chance.randint(2, 10_000)}"
    slugs.add(slug)
    newer = f"{chance.randint(21, 40)}.{chance.randint(0, 9)}" if chance.random() < 0.3 else None
    known = version(chance) if chance.random() < 0.95 else None
    if kind == "mu-plugin":
        return Row(kind, f"{slug}.php", name, chance.choice(_AUTHORS), known, "must-use", None, auto_update=False)
    status = chance.choice(("active", "active", "inactive"))
    return Row(kind, slug, name, chance.choice(_AUTHORS), known, status, newer, auto_update=chance.random() < 0.3)


def _with_status(row: Row, status: str) -> Row:
    return Row(row.kind, row.slug, row.name, row.author, row.version, status, row.update_version, row.auto_update)


def _slug(name: str, chance: random.Random) -> str:
    plain = "".join(c.lower() if c.isascii() and c.isalnum() else "-" for c in name).strip("-")
    slug = "-".join(filter(None, plain.split("-"))) or f"plugin-{chance.randint(1, 10_000)}"
    if chance.random() < 0.05:
        return slug.replace("-", "_")
    return slug.title().replace("-", "") if chance.random() < 0.03 else slug
