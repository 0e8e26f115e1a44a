"""What travels to a site: a ZIP with one folder, and what each file in it must hash to there."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from plugwatch.delivery.zipfile_writer import sha256_of, zip_writer
from plugwatch.errors import InputError, PlugwatchError
from plugwatch.model.builds.build import BuildFile
from plugwatch.model.deployments.deploying import Copy, git_sum
from plugwatch.model.deployments.deployment import BACK

_MOST_BYTES = 2 << 30
_EXECUTABLE = 0o111


@dataclass(frozen=True)
class Package:
    """A ZIP on this machine; ``files`` is path → its SHA-256 and whether it is executable, ``size`` is unpacked."""

    zip: Path
    sha256: str
    size: int
    files: Mapping[str, tuple[str, bool]]


def pack(files: Mapping[str, BuildFile], folder: str, out: Path) -> Package:
    """Write the files into a ZIP below its one folder. Raises PlugwatchError where it cannot be written."""
    sums: dict[str, tuple[str, bool]] = {}
    size = 0
    with zip_writer(out, folder) as writer:
        for path in sorted(files, key=str.encode):
            data = files[path].read()
            writer.add(path, files[path].executable, data)
            sums[path] = (hashlib.sha256(data).hexdigest(), files[path].executable)
            size += len(data)
    return Package(out, sha256_of(out), size, sums)


def read_snapshot(path: Path, folder: str, version: str) -> tuple[Copy, Package]:
    """A snapshot of what was on a site. Raises InputError where the file is none, or is damaged."""
    sums: dict[str, tuple[str, bool]] = {}
    ids: dict[str, str] = {}
    size = 0
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
                raise InputError("it unpacks to more than 2 GiB; put it back by hand", source=str(path))
            for entry in archive.infolist():
                name = entry.filename.removeprefix(f"{folder}/")
                if name == entry.filename or name in sums or not _is_inside(name):
                    raise InputError(f"it is no snapshot of {folder}: it has {entry.filename!a}", source=str(path))
                data = archive.read(entry)
                sums[name] = (hashlib.sha256(data).hexdigest(), bool(entry.external_attr >> 16 & _EXECUTABLE))
                ids[name] = git_sum(data)
                size += len(data)
    except FileNotFoundError as error:
        raise InputError(
            "the snapshot is no longer there; choose a version with --stock V or --build B", source=str(path)
        ) from error
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise InputError(f"the snapshot cannot be read ({error}); is it whole?", source=str(path)) from error
    return Copy(BACK, version, version, ids), Package(path, sha256_of(path), size, sums)


def check_snapshot(path: Path, folder: str, expected: Mapping[str, str]) -> None:
    """Raise PlugwatchError where a snapshot does not hold exactly the files that were seen (path → git's id)."""
    found, _package = read_snapshot(path, folder, "")
    if dict(found.files) != dict(expected):
        raise PlugwatchError(
            "the snapshot does not hold what was seen on the site, so somebody changes files there; try again"
        )


def _is_inside(name: str) -> bool:
    return not {"", ".", ".."} & set(name.split("/")) and "\\" not in name and "\0" not in name
