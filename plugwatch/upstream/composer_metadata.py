"""What a Composer repository says of its packages, in every form that Composer 2 reads.

Source: composer/composer, doc/05-repositories.md, and MetadataMinifier of composer/metadata-minifier. A repository is
hostile until parsed: whatever is not as it should be counts as not told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

_SHA1, _SHA256 = re.compile(r"[0-9a-f]{40}"), re.compile(r"[0-9a-f]{64}")
_UNSET = "__unset"
_MOST_VERSIONS = 20_000
_MOST_FILES = 200


@dataclass(frozen=True)
class Package:
    """One version of a package: where its archive is, of which type, and the sha1 of it where the repository tells."""

    version: str
    type: str
    url: str = field(repr=False)
    sha1: str | None = None


@dataclass(frozen=True)
class Include:
    """Another file of the repository, and the hash that it must have (``sha1`` or ``sha256``), if one is told."""

    url: str = field(repr=False)
    algorithm: str | None = None
    digest: str | None = None


@dataclass(frozen=True)
class Root:
    """A ``packages.json``: packages in it, files with more of them, and how the file of one package is found."""

    base: str
    document: Mapping[str, Any] = field(repr=False)

    def packages(self, name: str) -> list[Package]:
        """The versions of a package that stand in this file."""
        return read_packages(self.document, name, self.base)

    def includes(self) -> list[Include]:
        """Files whose packages belong to this one (Satis before version 2)."""
        return list(self._named_files("includes", "sha1"))

    def provider_includes(self) -> list[Include]:
        """Files that say the hashes of packages' own files (Composer 1's ``provider-includes``)."""
        return list(self._named_files("provider-includes", "sha256"))

    def package_file(self, name: str) -> Include | None:
        """The file of one package, where the repository has one a package (``metadata-url``, Composer 2)."""
        for key in ("metadata-url", "providers-lazy-url"):
            template = self.document.get(key)
            if isinstance(template, str) and "%package%" in template:
                return self._file(template.replace("%package%", quote(name)))
        return None

    def provider_file(self, name: str, providers: Mapping[str, Any]) -> Include | None:
        """The file of one package by its hash (``providers-url``, Composer 1)."""
        template, told = self.document.get("providers-url"), _dict(providers.get(name))
        digest = told.get("sha256")
        if not isinstance(template, str) or not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            return None
        return self._file(template.replace("%package%", quote(name)).replace("%hash%", digest), "sha256", digest)

    @property
    def providers(self) -> Mapping[str, Any]:
        """Packages' hashes that stand in this file itself."""
        return _dict(self.document.get("providers"))

    def names(self) -> list[str]:
        """The packages that the repository says it has, as far as it says so here."""
        listed = self.document.get("available-packages")
        told = [*_dict(self.document.get("packages")), *self.providers, *(listed if isinstance(listed, list) else ())]
        return sorted({name for name in told if isinstance(name, str)})

    def _named_files(self, key: str, algorithm: str) -> Iterator[Include]:
        for name, told in list(_dict(self.document.get(key)).items())[:_MOST_FILES]:
            digest = _dict(told).get(algorithm)
            known = isinstance(digest, str) and bool((_SHA1 if algorithm == "sha1" else _SHA256).fullmatch(digest))
            named = str(name).replace("%hash%", str(digest)) if known else str(name)
            file = self._file(named, algorithm if known else None, str(digest) if known else None)
            if file:
                yield file

    def _file(self, address: str, algorithm: str | None = None, digest: str | None = None) -> Include | None:
        url = absolute(self.base, address)
        return Include(url, algorithm, digest) if url else None


def absolute(base: str, address: str) -> str | None:
    """A web address that a repository names, from its root; None for any other scheme."""
    try:
        url = urljoin(base.rstrip("/") + "/", address)
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("https", "http") and parts.hostname else None


def read_packages(document: Mapping[str, Any], name: str, base: str) -> list[Package]:
    """The versions of a package in a file, without its branches; what cannot be fetched is left out."""
    told = _dict(document.get("packages")).get(name)
    if isinstance(told, list):
        rows = [row for row in told[:_MOST_VERSIONS] if isinstance(row, dict)]
        rows = list(_expand(rows)) if document.get("minified") == "composer/2.0" else rows
    else:
        rows = [row for row in list(_dict(told).values())[:_MOST_VERSIONS] if isinstance(row, dict)]
    found = (_package(row, base) for row in rows)
    return [package for package in found if package]


def _expand(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows that say only what differs from the row before them (MetadataMinifier::expand)."""
    current: dict[str, Any] = {}
    for row in rows:
        current = {key: value for key, value in (current | row).items() if value != _UNSET}
        yield current


def _package(row: Mapping[str, Any], base: str) -> Package | None:
    version, dist = row.get("version"), _dict(row.get("dist"))
    url, kind, sha1 = dist.get("url"), dist.get("type"), dist.get("shasum")
    if not isinstance(version, str) or not isinstance(url, str) or version.startswith("dev-"):
        return None
    address = absolute(base, url)
    if address is None or version.endswith("-dev"):
        return None
    told = sha1.lower() if isinstance(sha1, str) else ""
    return Package(version, str(kind), address, told if _SHA1.fullmatch(told) else None)


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
