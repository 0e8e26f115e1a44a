"""The checksums that WordPress.org publishes for a version of a plugin, and for WordPress itself.

The directory writes one list for a version and merges it whenever the version is built again
(github.com/WordPress/wordpress.org, plugin-directory/zip/class-builder.php): a file that has changed meanwhile keeps
all of its hashes, and a file that has gone stays listed. Several hashes become a JSON array, or an object with numbers
as keys where PHP has dropped a double one before the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from plugwatch.errors import InputError

README_FILES = frozenset({"readme.txt", "readme.md"})
"""Compared case-insensitively: vendors change "Tested up to" in them without a new version, and mean no harm."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MD5 = re.compile(r"[0-9a-f]{32}")
_LONGEST_PATH = 1000
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile("[\x00-\x1f\x7f\\\\\ud800-\udfff]")


@dataclass(frozen=True)
class Checksums:
    """What each file of a plugin's version hashes to: path in the plugin's folder → sha256 sums in hexadecimal.

    Usually one sum a file; none where WordPress.org lists the file without one.
    """

    slug: str
    version: str
    files: Mapping[str, tuple[str, ...]]

    @classmethod
    def from_answer(cls, slug: str, version: str, document: object) -> Checksums:
        """What the JSON document says. Paths that lead out of the folder and sums that are none are dropped.

        Raises InputError where it lists no files, or is about another plugin or version.
        """
        answer = document if isinstance(document, dict) else {}
        files = answer.get("files")
        named = (answer.get("plugin", slug), answer.get("version", version))
        if not isinstance(files, dict) or named != (slug, version):
            raise InputError(f"no list of files of {slug} {version}", source="the checksums' answer")
        return cls(slug, version, {path: _sums(told) for path, told in files.items() if _is_safe_path(path)})

    def rewritten(self, *, strict: bool = False) -> tuple[str, ...]:
        """Files with several hashes, sorted: their vendor has published other code under the same version.

        The readme does not count unless ``strict``.
        """
        return tuple(
            sorted(path for path, sums in self.files.items() if len(sums) > 1 and (strict or not _is_readme(path)))
        )

    def differing(self, hashes: Mapping[str, str], *, strict: bool = False) -> tuple[str, ...]:
        """Those of the given files (path → sha256) that are not as WordPress.org has ever published them, sorted.

        Added files count. Missing ones do not, for the list keeps files that a later build has dropped; nor does the
        readme unless ``strict``. Both as in ``wp plugin verify-checksums``. Nothing differing means: they match.
        """
        return tuple(
            sorted(
                path
                for path, found in hashes.items()
                if found.lower() not in self.files.get(path, ())
                and (strict or path not in self.files or not _is_readme(path))
            )
        )


def core_checksums_from_answer(document: object) -> dict[str, str] | None:
    """Path → md5 of WordPress's files as ``core/checksums/1.0`` lists them; None where it has none for the version.

    Raises InputError where the document is something else.
    """
    answer = document if isinstance(document, dict) else {}
    told = answer.get("checksums", "")
    if isinstance(told, dict) and told:
        sums = ((path, _texts(value)) for path, value in told.items() if _is_safe_path(path))
        return {path: texts[0] for path, texts in sums if texts and _MD5.fullmatch(texts[0])}
    if told is None or told is False or told in ({}, []):
        return None
    raise InputError("no list of WordPress's files", source="the checksums' answer")


def _sums(told: Any) -> tuple[str, ...]:
    sums = _texts(told.get("sha256")) if isinstance(told, dict) else []
    return tuple(dict.fromkeys(text for text in sums if _SHA256.fullmatch(text)))


def _texts(value: object) -> list[str]:
    """A string, an array of strings, or an object with numbers as keys, as PHP writes arrays with gaps."""
    several: Iterable[object] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text.lower() for text in ([value] if isinstance(value, str) else several) if isinstance(text, str)]


def _is_readme(path: str) -> bool:
    return path.lower() in README_FILES


def _is_safe_path(path: str) -> bool:
    """Whether a path stays in its folder on every system."""
    parts = path.split("/") if len(path) <= _LONGEST_PATH else [""]
    return not (_CONTROL.search(path) or _DRIVE.match(path) or {"", ".", ".."} & set(parts))
