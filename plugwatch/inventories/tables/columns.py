"""Which column of a table holds what: tables that people keep and programs export, not WP-CLI's own.

A column is known by the name that the person gives (``--map slug=Plugin``), else by the words that head such columns in
English, German, French and Spanish. Words that mean two things are left out, and what may hold a secret is never read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from plugwatch.errors import InputError
from plugwatch.inventories.containers import Text, shorten
from plugwatch.inventories.wpcli.listing import rate_columns

TABLE_FIELDS = (
    *("site", "client", "url", "slug", "file", "name", "kind", "version", "status", "update_version", "auto_update"),
    *("wordpress", "php"),
)
# A column of links is no field of its own, but one to the WordPress.org directory names the slug.
LINK = "link"

STRONG = 0.9
WEAK = 0.4
# What rate_wpcli says where at least most columns are WP-CLI's own.
MOSTLY_WPCLI = 0.5

_WORDS = {
    "site": (
        *("site", "site name", "sitename", "site title", "website", "website name", "web site", "domain"),
        *("domain name", "wordpress site", "webseite", "site web", "nom du site", "sitio", "sitio web"),
    ),
    "client": ("client", "client name", "customer", "customer name", "kunde", "kundenname", "nom du client", "cliente"),
    "url": ("url", "site url", "siteurl", "home url", "website url", "domain url", "url du site", "url del sitio"),
    "slug": (
        *("slug", "plugin slug", "theme slug", "component slug", "wordpress org slug", "wp org slug"),
        *("folder", "folder name", "plugin folder", "theme folder", "stylesheet"),
    ),
    "file": ("file", "plugin file", "main file", "plugin basename", "plugin path"),
    "name": (
        *("name", "title", "display name", "plugin", "plugins", "plugin name", "plugin title", "installed plugin"),
        *("theme", "themes", "theme name", "component", "component name", "plugin/theme", "plugin / theme"),
        *("bezeichnung", "titel", "erweiterung", "nom", "titre", "extension", "nom de l'extension", "nom du plugin"),
        *("nombre", "titulo", "nombre del plugin", "tema"),
    ),
    "kind": ("type", "kind", "component type", "plugin/theme type", "typ", "tipo"),
    "version": (
        *("version", "installed version", "version installed", "installed", "current version", "plugin version"),
        *("theme version", "version number", "ver", "versionsnummer", "installierte version", "installiert"),
        *("version installee", "version actuelle", "version instalada", "version actual"),
    ),
    "status": (
        *("status", "state", "plugin status", "active status", "activation status", "active", "is active", "activated"),
        *("enabled", "aktiv", "zustand", "aktiviert", "statut", "etat", "actif", "estado", "activo"),
    ),
    "update_version": (
        *("update version", "new version", "latest version", "latest", "available version", "update available"),
        *("available update", "update availability", "update", "update to", "newest version", "neue version"),
        *("neueste version", "verfugbare version", "verfugbares update", "nouvelle version", "derniere version"),
        *("mise a jour", "version disponible", "nueva version", "ultima version", "actualizacion"),
    ),
    "auto_update": (
        *("auto update", "auto updates", "autoupdate", "autoupdates", "automatic updates", "auto update enabled"),
        *("automatische updates", "automatische aktualisierung", "automatische aktualisierungen"),
        *("mises a jour automatiques", "mise a jour automatique", "actualizaciones automaticas"),
    ),
    "wordpress": ("wordpress", "wordpress version", "wp version", "wp", "core", "core version", "version de wordpress"),
    "php": ("php", "php version", "version php", "version de php"),
    LINK: (
        *("link", "plugin url", "plugin uri", "theme uri", "wordpress org", "wp org", "wordpress org url"),
        *("homepage", "directory url"),
    ),
}
_FIELD_OF = {word: column for column, words in _WORDS.items() for word in words}
# Words of "status" and "version" that some tables use for something else; they give way to a plainer one.
_SECOND_CHOICE = {"installed", "installiert", "latest", "update", "enabled", "active", "title", "titel", "titre"}
_PLUGIN_WORDS = {
    *("plugin", "plugins", "plugin name", "plugin title", "installed plugin", "plugin slug", "plugin folder"),
    *("plugin file", "plugin basename", "plugin path", "nom du plugin", "nombre del plugin"),
}
_THEME_WORDS = {"theme", "themes", "theme name", "theme slug", "theme folder", "stylesheet"}
_EITHER_WORDS = {"plugin/theme", "plugin / theme"}
_SURE_URL = set(_WORDS["url"]) - {"url"}
# Columns of tables that only look like lists: results of updates, searches in the directory, shops, posts, users, jobs.
_FOREIGN = {
    *("old version", "rating", "ratings", "num ratings", "active installs", "active installations", "downloads"),
    *("downloaded", "order", "order id", "order number", "sku", "post title", "post status", "user login", "hook"),
    "message",
}
_SECRET = re.compile(
    r"pass|pwd|secret|token|key|licen[cs]|lizenz|serial|credential|auth(?!or)|unique ?id|security ?id|contrasena|mot de"
)
_TELLING = ("version", "status", "update_version", "auto_update")
_SHOWN_HEADERS = 12


@dataclass(frozen=True)
class Layout:
    """A header row that was understood: where each field stands, and what its words say of the rows.

    ``kind`` is what the rows are where the header says it, ``either`` whether it says "plugin or theme"; ``sure_url``
    whether the address can only be the site's. ``secrets`` are the columns that are never shown.
    """

    headers: tuple[str, ...]
    places: Mapping[str, int]
    kind: str | None = None
    mapped: bool = False
    either: bool = False
    sure_url: bool = False
    secrets: frozenset[int] = field(default_factory=frozenset)

    @property
    def names_component(self) -> bool:
        """Whether a column says which component a row is about."""
        return bool(self.places.keys() & {"slug", "file", "name"})

    @property
    def tells(self) -> bool:
        """Whether a column says more of a component than its name."""
        return not self.places.keys().isdisjoint(_TELLING)


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """A word without case, accents, outer punctuation and the signs that join words: what headers are compared by."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text[:200]) if not unicodedata.combining(c))
    return " ".join(plain.casefold().replace("_", " ").replace("-", " ").strip(" .:*?\"'`#").replace(".", " ").split())


def is_secret(header: str) -> bool:
    """Whether a column of this name may hold a password, a key or the like."""
    return bool(_SECRET.search(fold(header)))


def names_site(headers: Sequence[str]) -> bool:
    """Whether a column says which site a row is about: then the rows are those of many.

    A bare "url" does where it comes before the component's name; behind it, it is the component's own.
    """
    words = [fold(header) for header in headers]
    return words[:1] == ["url"] or any(_FIELD_OF.get(word) == "site" or word in _SURE_URL for word in words)


def rate_wpcli(columns: Sequence[str]) -> float:
    """How surely these are WP-CLI's own columns (0 to 1); a table of many sites is not WP-CLI's."""
    confidence = rate_columns(columns)
    return 0.0 if confidence and names_site(columns) else confidence


def find_layout(headers: Sequence[str], columns: Mapping[str, str]) -> Layout:
    """Where each field stands in a row of headers; ``columns`` are those that the person has named, all present."""
    places: dict[str, int] = {}
    weak: set[str] = set()
    folded = [fold(header) for header in headers]
    secrets = frozenset(index for index, header in enumerate(headers) if is_secret(header))
    plain = [header.strip().casefold() for header in headers]
    named = {ours: plain.index(theirs.strip().casefold()) for ours, theirs in columns.items()}
    for index, word in enumerate(folded):
        found = _FIELD_OF.get(word)
        if found is None or index in secrets or index in named.values() or found in named:
            continue
        if found not in places or (found in weak and word not in _SECOND_CHOICE):
            places[found] = index
            weak = weak | {found} if word in _SECOND_CHOICE else weak - {found}
    places.update(named)
    if _lists_sites(places, folded):
        places["site"] = places.pop("name")
    words = {folded[places[column]] for column in ("slug", "file", "name") if column in places}
    kinds = [
        kind for kind, known in (("plugin", _PLUGIN_WORDS), ("theme", _THEME_WORDS)) if not known.isdisjoint(words)
    ]
    return Layout(
        tuple(headers),
        places,
        kind=kinds[0] if len(kinds) == 1 else None,
        mapped=bool(columns),
        either=not words.isdisjoint(_EITHER_WORDS),
        sure_url="url" in named or ("url" in places and folded[places["url"]] in _SURE_URL),
        secrets=secrets,
    )


def rate_layout(layout: Layout, rows: Sequence[Sequence[str]], knows: Callable[[str, str], bool]) -> float:
    """How surely a header and some of its rows are a list of components or sites: STRONG, WEAK or 0.

    ``knows(field, cell)`` says whether a cell is one that such a list has. Where only a person can mean it so, the
    rating is WEAK: such a table is read only where nothing better stands in the text.
    """
    places = layout.places
    if layout.mapped:
        return STRONG if layout.names_component or "site" in places or "url" in places else 0.0
    if not _FOREIGN.isdisjoint(map(fold, layout.headers)):
        return 0.0
    if not layout.names_component:
        return _rate_sites(layout)
    if not layout.tells:
        sure = "slug" in places or "file" in places or layout.kind is not None
        return (STRONG if "site" in places else WEAK) if sure else 0.0
    if "slug" in places or "file" in places or layout.kind or layout.either:
        return STRONG
    if "url" in places and "version" not in places:
        return 0.0
    for column in ("kind", "status"):
        if column in places and any(knows(column, row[places[column]]) for row in rows if len(row) > places[column]):
            return STRONG
    # Server software is a "component" with a version too.
    named = fold(layout.headers[places["name"]])
    return WEAK if "version" in places and named not in ("component", "component name") else 0.0


def check_map(columns: Mapping[str, str], source: str) -> None:
    """Raise InputError where ``--map`` names no field of ours, or a column that may hold a secret."""
    for ours, theirs in columns.items():
        if ours not in TABLE_FIELDS:
            raise InputError(
                f"--map knows no '{shorten(ours, 40)}'; each of {', '.join(TABLE_FIELDS)} takes a header of the table",
                source=source,
            )
        if is_secret(theirs):
            raise InputError(
                f"the column '{shorten(theirs, 40)}' may hold a secret, which is never read; leave it out of --map",
                source=source,
            )


def has_columns(headers: Sequence[str], columns: Mapping[str, str]) -> bool:
    """Whether all of the columns that the person has named are among the headers."""
    return {theirs.strip().casefold() for theirs in columns.values()} <= {
        header.strip().casefold() for header in headers
    }


def refuse_table(text: Text, headers: Sequence[str], columns: Mapping[str, str], line: int | None) -> InputError:
    """The error for a table none of whose rows heads a list; ``headers`` is the row that most looks like one."""
    shown = [shorten(header, 40) for header in headers if header.strip()]
    if not shown or any("://" in header or "@" in header for header in headers):
        return InputError("no row of it heads columns; give the table with its header", source=text.source)
    known = {header.strip().casefold() for header in headers}
    missing = [theirs for theirs in columns.values() if theirs.strip().casefold() not in known]
    listed = ", ".join(shown[:_SHOWN_HEADERS]) + (", …" if len(shown) > _SHOWN_HEADERS else "")
    if missing:
        reason = f"no column is headed '{shorten(missing[0], 40)}'; the headers are {listed}"
    else:
        reason = (
            f"none of its columns ({listed}) is known to name a plugin, theme or site; say which with "
            "--map FIELD=HEADER, such as --map slug=Plugin"
        )
    return InputError(reason, source=text.source, line=line)


def _lists_sites(places: Mapping[str, int], folded: Sequence[str]) -> bool:
    """Whether a bare "name" is that of a site: an address stands beside it, and nothing that only components have."""
    return (
        "name" in places
        and places.keys().isdisjoint({"site", "slug", "file", "kind", *_TELLING})
        and "url" in places
        and folded[places["name"]] in {"name", "title", "nom", "nombre", "titel", "titre", "titulo", "bezeichnung"}
    )


def _rate_sites(layout: Layout) -> float:
    present = layout.places.keys() & {"site", "client", "url", "wordpress", "php"}
    if not present & {"site", "url"} or len(present) < 2:
        return 0.0
    if fold(layout.headers[layout.places.get("site", layout.places.get("url", 0))]) in _WORDS["site"]:
        return STRONG
    return STRONG if layout.sure_url or layout.secrets or "client" in present else WEAK
