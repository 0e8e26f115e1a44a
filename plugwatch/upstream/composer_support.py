"""Where a Composer repository says that help for a package is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from plugwatch.model.patches.package_support import PackageSupport, support_from
from plugwatch.model.version import sort_key
from plugwatch.upstream.composer_metadata import Root
from plugwatch.upstream.composer_repository import ComposerRepository
from plugwatch.upstream.download import NotServedError


class ComposerSupport(ComposerRepository):
    """A Composer repository, asked for what its packages' composer.json says."""

    def support(self, name: str) -> PackageSupport | None:
        """What the newest version of a package says; None where it says nothing.

        Raises UnknownError where the repository does not answer, InputError for what cannot be read.
        """
        for document in self._documents(name):
            row = _newest(document, name)
            if row is not None:
                told = support_from(row, f"the package {name}")
                return told if told.says_anything else None
        return None

    def _documents(self, name: str) -> Iterator[Mapping[str, Any]]:
        """The files that may tell of the package, in the order in which Composer looks."""
        root = self._root()
        yield root.document
        own = root.package_file(name)
        try:
            if own:
                yield self._read(own)
        except NotServedError as error:
            if error.status not in (404, 410):
                raise
        for listed in self._hashes(root):
            file = root.provider_file(name, listed)
            if file:
                yield self._read(file)
        for include in root.includes():
            yield self._read(include)

    def _hashes(self, root: Root) -> Iterator[Mapping[str, Any]]:
        """The lists of packages' hashes (Composer 1)."""
        yield root.providers
        for include in root.provider_includes():
            listed = self._read(include).get("providers")
            if isinstance(listed, dict):
                yield listed


def _newest(document: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """The row of the newest version; the minified form has that one first, and whole."""
    packages = document.get("packages")
    told = packages.get(name) if isinstance(packages, dict) else None
    if isinstance(told, list):
        return next((row for row in told if isinstance(row, dict)), None)
    rows = [row for row in told.values() if isinstance(row, dict)] if isinstance(told, dict) else []
    return max(rows, key=lambda row: sort_key(str(row.get("version", ""))[:100]), default=None)
