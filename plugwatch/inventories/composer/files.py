"""Which of Composer's files stand in a text, whole or cut, and what stands around them.

Several may be given at once: a composer.json beside a lock says which of the lock's plugins are must-use.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from plugwatch.errors import InputError
from plugwatch.inventories.composer.packages import Places, is_package_name
from plugwatch.inventories.containers import Text
from plugwatch.inventories.json_text import Document, Documents, find_json, leftovers, mapping, plain
from plugwatch.model.inventory import Unparsed

REQUIRES = ("require", "require-dev")

# What only a package that Composer has chosen has, so that no composer.json is taken for one.
_CHOSEN = ("dist", "source", "notification-url", "time")
_PARTS = (*REQUIRES, "repositories", "extra")
_REPOSITORIES = {"composer", "package", "vcs", "git", "github", "gitlab", "svn", "path", "artifact"}
# Keys of a lock and of a composer.json that say nothing of what is installed; their values stand alone in a cut file.
_PASSIVE = {
    *("_readme", "content-hash", "aliases", "minimum-stability", "stability-flags", "prefer-stable", "prefer-lowest"),
    *("platform", "platform-dev", "plugin-api-version", "platform-overrides", "$schema", "type", "license"),
    *("description", "keywords", "authors", "homepage", "support", "config", "scripts", "autoload", "autoload-dev"),
    *("suggest", "conflict", "allow-plugins", "preferred-install", "optimize-autoloader", "sort-packages"),
}
_HEADING = re.compile(r"\W{0,10}(?:cat |type )?[^\s\"{}]{0,200}(?:composer|installed)\.(?:json|lock)\W{0,5}")
_LINE = re.compile(r'"([\w$-]{1,40})"(?:\s*:.*)?')
_SHOWN = 1_000

_TOKENS = {"http-basic", "github-oauth", "gitlab-oauth", "gitlab-token", "bitbucket-oauth", "bearer", "forgejo-token"}
_WP_ENV = {"core", "phpVersion", "mappings", "env", "config", "port", "testsPort", "$schema", "lifecycleScripts"}


@dataclass(frozen=True)
class Files:
    """The files of Composer in a text: whole locks and composer.json files, and complete pieces of cut ones.

    ``packages`` are packages outside of a whole lock, ``parts`` the named pieces of a composer.json.
    """

    documents: Documents
    locks: tuple[Document, ...]
    projects: tuple[Document, ...]
    packages: tuple[Document, ...]
    parts: tuple[Document, ...]

    @property
    def is_locked(self) -> bool:
        """Whether anything in it is what Composer has chosen."""
        return bool(self.locks or self.packages)

    def places(self) -> Places:
        """Where the composer.json in the text installs packages; none where it says nothing, or none is there."""
        extras = [document.value.get("extra") for document in self.projects]
        extras += [document.value for document in self.parts if document.key == "extra"]
        return next((places for places in map(Places.of, extras) if places.paths), Places())


def find_files(text: Text) -> Files:
    """What of Composer's stands in the text. Raises InputError where its JSON is nested too deeply or too large."""
    documents = find_json(text)
    locks, projects, packages, parts = [], [], [], []
    for document in documents.found:
        if is_lock(document.value):
            locks.append(document)
        elif is_package(document.value) and document.key != "package":
            packages.append(document)
        elif document.key in _PARTS or is_repository(document):
            parts.append(document)
        elif is_project(document):
            projects.append(document)
    return Files(documents, tuple(locks), tuple(projects), tuple(packages), tuple(parts))


def is_lock(value: object) -> bool:
    """Whether this is a composer.lock, or the ``installed.json`` that Composer keeps of what it has installed."""
    lock = mapping(value)
    packages = lock.get("packages") if lock else value
    if not isinstance(packages, list):
        return False
    known = "content-hash" in lock or isinstance(lock.get("packages-dev"), list)
    return known or any(_names_version(package) for package in packages)


def is_package(value: object) -> bool:
    """Whether this is a package as a lock names it."""
    return _names_version(value) and any(key in mapping(value) for key in _CHOSEN)


def _names_version(value: object) -> bool:
    package = mapping(value)
    return isinstance(package.get("version"), str) and is_package_name(plain(package.get("name")))


def is_repository(document: Document) -> bool:
    """Whether this is an entry of a composer.json's ``repositories``; the sources of packages look alike."""
    repository = mapping(document.value)
    told = "url" in repository or "package" in repository
    return told and plain(repository.get("type")) in _REPOSITORIES and document.key not in _CHOSEN


def is_project(document: Document) -> bool:
    """Whether this is a composer.json."""
    value = mapping(document.value)
    places = mapping(value.get("extra")).get("installer-paths")
    return document.key is None and (
        any(isinstance(value.get(key), dict) for key in REQUIRES) or isinstance(places, dict)
    )


def refuse_neighbour(files: Files, source: str) -> None:
    """Raise InputError where it is a file that stands beside Composer's and names no versions; see name_neighbour."""
    said = name_neighbour(files, source)
    if said:
        raise InputError(said, source=source)


def name_neighbour(files: Files, source: str) -> str | None:
    """What to say of auth.json, whippet.lock or .wp-env.json, where it is one of them."""
    auth = "it is Composer's auth.json, which holds passwords, so nothing of it was read; give composer.lock instead"
    if has_secret_name(source):
        return auth
    for document in files.documents.found:
        value = mapping(document.value)
        if document.key in _TOKENS or (document.key is None and not _TOKENS.isdisjoint(value)):
            return auth
        lists = [value[key] for key in ("plugins", "themes") if isinstance(value.get(key), list)]
        entries = [entry for entries in lists for entry in entries]
        if entries and all("src" in mapping(entry) for entry in entries):
            return "it is a whippet.lock, which names git revisions and no versions; give the site's list of plugins"
        if entries and all(isinstance(entry, str) for entry in entries) and not _WP_ENV.isdisjoint(value):
            return "it is a .wp-env.json, which names sources and no versions; give the site's list of plugins"
    return None


def has_secret_name(source: str) -> bool:
    """Whether a file is named like Composer's file of passwords."""
    return PurePosixPath(source.replace("\\", "/")).name.lower() == "auth.json"


def unread(text: Text, files: Files, is_known: Callable[[str], bool] = lambda _: False) -> list[Unparsed]:
    """What stands around the files and was not understood, without any word that may be an address or a key.

    ``is_known`` is asked first about every line, in their order.
    """
    passive = [document for document in files.documents.found if document.key in _PASSIVE]
    read = {document.start: document for document in (*passive, *files.locks, *files.projects, *files.packages)}
    read |= {document.start: document for document in files.parts}
    in_order = [read[start] for start in sorted(read)]
    return leftovers(text, in_order, lambda piece: is_known(piece[:_SHOWN]) or _is_known(piece[:_SHOWN]))


def damage(files: Files) -> str | None:
    """Why not every package in the text may have been read, where the JSON is cut or damaged."""
    if files.documents.broken:
        return f"the JSON is cut or damaged at line {files.documents.broken[0][1]}"
    return "it is an excerpt, not a whole file" if files.packages or files.parts else None


def _is_known(piece: str) -> bool:
    """Whether it is a key alone, a passive line, or the name of the file."""
    bare = piece.strip(" \t[]{},:")
    if _HEADING.fullmatch(piece.strip()):
        return True
    match = _LINE.fullmatch(bare)
    return match is not None and (match[1] in _PASSIVE or bare == f'"{match[1]}"')
