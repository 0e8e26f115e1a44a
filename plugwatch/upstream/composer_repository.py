"""A private Composer repository (Satis, Private Packagist, a vendor's own): its packages' versions and archives."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from plugwatch.errors import InputError
from plugwatch.model.release_source import COMPOSER_LOGIN, login_variable
from plugwatch.upstream.composer_metadata import Include, Package, Root, read_packages
from plugwatch.upstream.download import NotServedError, download
from plugwatch.upstream.logins import composer_headers

_LARGEST = 64 << 20
_CHUNK = 1 << 20
_SHOWN = 8


class ComposerRepository:
    """One repository by the address that its ``packages.json`` stands under; ``login`` is ``USER:PASSWORD``."""

    def __init__(self, base: str, login: str | None = None) -> None:
        self.base = base
        self._login = login

    def packages(self, name: str) -> dict[str, Package]:
        """The versions of a package by their names.

        Raises UnknownError where the repository does not answer, InputError where it does not have the package, wants a
        login, or says something that cannot be read.
        """
        root = self._root()
        found = root.packages(name)
        found = found or self._own_file(root, name) or self._by_hash(root, name) or self._included(root, name)
        if not found:
            there = root.names()
            listed = f"; it has {', '.join(there[:_SHOWN])}{' …' if len(there) > _SHOWN else ''}" if there else ""
            raise InputError(f"the repository has no release of {name}{listed}", source=self.base)
        return {package.version: package for package in found}

    def fetch(self, package: Package, folder: Path) -> Path:
        """The archive of a version in ``folder``, with the checksum that the repository tells of it.

        Raises UnknownError or InputError; the latter also where the checksum does not fit.
        """
        if package.type != "zip":
            raise InputError(f"{package.version} is no ZIP but a '{package.type[:20]}'", source=self.base)
        path = self._download(package.url, folder)
        if package.sha1 and _digest(path, "sha1") != package.sha1:
            raise InputError(
                f"the archive of {package.version} is not the one whose checksum the repository tells, so it was not "
                "taken; try again, and ask the vendor if it stays so",
                source=self.base,
            )
        return path

    def _root(self) -> Root:
        try:
            return Root(self.base, self._read(Include(f"{self.base}/packages.json")))
        except NotServedError as error:
            raise InputError("there is no packages.json, so it is no Composer repository", source=self.base) from error

    def _own_file(self, root: Root, name: str) -> list[Package]:
        file = root.package_file(name)
        try:
            return read_packages(self._read(file), name, self.base) if file else []
        except NotServedError as error:
            if error.status in (404, 410):
                return []
            raise

    def _by_hash(self, root: Root, name: str) -> list[Package]:
        file = root.provider_file(name, root.providers)
        for include in root.provider_includes() if file is None else ():
            listed = self._read(include).get("providers")
            file = root.provider_file(name, listed) if isinstance(listed, dict) else None
            if file:
                break
        return read_packages(self._read(file), name, self.base) if file else []

    def _included(self, root: Root, name: str) -> list[Package]:
        for include in root.includes():
            found = read_packages(self._read(include), name, self.base)
            if found:
                return found
        return []

    def _read(self, file: Include) -> Mapping[str, Any]:
        """The JSON object that a file of the repository is."""
        with TemporaryDirectory(prefix="plugwatch-") as folder:
            path = self._download(file.url, Path(folder))
            if path.stat().st_size > _LARGEST:
                raise InputError(f"a file of it is larger than {_LARGEST >> 20} MiB", source=self.base)
            if file.algorithm and _digest(path, file.algorithm) != file.digest:
                raise InputError("a file of it does not have the checksum that it tells; try again", source=self.base)
            data = path.read_bytes()
        try:
            document = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise InputError("it answers what is no JSON, so it is no Composer repository", source=self.base) from error
        if not isinstance(document, dict):
            raise InputError("it answers no JSON object, so it is no Composer repository", source=self.base)
        return document

    def _download(self, url: str, folder: Path) -> Path:
        headers = composer_headers(url, self.base, self._login)
        try:
            return download(url, folder, headers)
        except NotServedError as error:
            if error.status not in (401, 403):
                raise
            refused = "does not take the login that is set for it" if headers else "wants a login"
            variable = login_variable(COMPOSER_LOGIN, url)
            raise InputError(f"the server {refused}; set {variable} to USER:PASSWORD", source=self.base) from error


def _digest(path: Path, algorithm: str) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
