"""Builds on disk: the installable ZIP, its manifest beside it, and the lock that tells what it was made of."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from plugwatch.delivery.zipfile_writer import Packed, ZipWriter, pack, replacing, zip_writer
from plugwatch.model.builds.build import (
    CHANGES_NAME,
    MANIFEST_NAME,
    BuildInput,
    Digest,
    check_input,
    folder_name,
)
from plugwatch.model.builds.documents import changes_document, lock, manifest, to_json
from plugwatch.model.builds.finishing import Finisher
from plugwatch.model.builds.single_file import installed_alone
from plugwatch.model.headers import HEADER_BYTES, THEME_FILE, Main, main_file

# zlib and hashlib let other threads run, but a thread for each small file would cost more than it brings.
_WORKERS = min(4, os.cpu_count() or 1)
_CHUNK_BYTES, _CHUNK_FILES = 1 << 19, 64
_MOST_WAITING, _MOST_WAITING_BYTES = 2 * _WORKERS, 32 << 20

_File: TypeAlias = "tuple[str, bool, bytes]"  # path, executable, content
_Done: TypeAlias = "tuple[str, bool, Packed, Digest]"


@dataclass(frozen=True)
class BuildOutput:
    """The files of a build; ``sha256`` is that of the ZIP, ``digests`` are those of the files in it, by their paths.

    ``file`` is the component's one PHP file on its own, where that is how it may be installed (else None); ``marked``
    are the files that are otherwise in the ZIP than in the patched release, the added ones among them.
    """

    zip: Path
    sha256: str
    manifest: Path
    lock: Path
    file: Path | None
    digests: dict[str, Digest] = field(repr=False)
    marked: dict[str, bytes] = field(repr=False)


def build(made_of: BuildInput, out_dir: Path) -> BuildOutput:
    """Write ``SLUG.BUILD.zip``, ``SLUG.BUILD.manifest.json`` and ``SLUG.BUILD.lock`` into ``out_dir``.

    Each file appears whole, the lock last: where it stands, all belong together. A plugin of a single file comes as
    ``SLUG.BUILD.php`` as well. Files are read one at a time, in the byte order of their paths (candidates for the main
    file once more, before); packing goes on beside it, a few of them at once in memory. In the ZIP the list of changes
    and the manifest are the last entries, because they tell of the other ones. Raises PlugwatchError.
    """
    check_input(made_of)
    main = _find_main(made_of)
    folder = folder_name(made_of.recipe.component)
    stem = f"{folder}.{made_of.version}"
    zip_path, manifest_path, lock_path = (out_dir / f"{stem}.{ending}" for ending in ("zip", "manifest.json", "lock"))
    with zip_writer(zip_path, folder) as writer:
        digests, marked = _write_files(made_of, main, writer)
        listed = to_json(manifest(made_of, digests))
        writer.add(MANIFEST_NAME, False, listed)
    marked[MANIFEST_NAME] = listed
    alone = out_dir / f"{stem}.php" if installed_alone(made_of.recipe.component, made_of.files) else None
    if alone:
        _write(alone, marked[main.path])
    _write(manifest_path, listed)
    _write(lock_path, to_json(lock(made_of, writer.sha256, hashlib.sha256(listed).hexdigest())))
    return BuildOutput(zip_path, writer.sha256, manifest_path, lock_path, alone, digests, marked)


def _find_main(made_of: BuildInput) -> Main:
    component = made_of.recipe.component
    top = [
        (path, file.read()[:HEADER_BYTES])
        for path, file in made_of.files.items()
        if "/" not in path and (path == THEME_FILE if component.kind == "theme" else path.endswith(".php"))
    ]
    return main_file(top, component.slug, component.kind)


def _write_files(made_of: BuildInput, main: Main, writer: ZipWriter) -> tuple[dict[str, Digest], dict[str, bytes]]:
    """Write all files but the manifest: their sums by path, and the content of those that are marked."""
    finisher = Finisher.of(made_of, main)
    marks: list[tuple[str, str]] = []
    marked: dict[str, bytes] = {}

    def finished() -> Iterator[_File]:
        for path in sorted(made_of.files, key=str.encode):
            file = made_of.files[path]
            original = file.read()
            data, mark = finisher.finish(path, original)
            if mark:
                marks.append((path, mark))
            if data != original:
                marked[path] = data
            yield path, file.executable, data
        marked[CHANGES_NAME] = changes_document(made_of, main, marks)
        yield CHANGES_NAME, False, marked[CHANGES_NAME]

    digests = {}
    for path, executable, packed, digest in _packed(finished()):
        writer.write(path, executable, packed)
        digests[path] = digest
    return digests, marked


def _packed(files: Iterable[_File]) -> Iterator[_Done]:
    """The files packed and hashed by several threads, in the order in which they came."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        waiting: deque[tuple[Future[list[_Done]], int]] = deque()
        for chunk in _chunks(files):
            waiting.append((pool.submit(_pack_all, chunk), sum(len(data) for _path, _executable, data in chunk)))
            while len(waiting) > _MOST_WAITING or sum(size for _future, size in waiting) > _MOST_WAITING_BYTES:
                yield from waiting.popleft()[0].result()
        while waiting:
            yield from waiting.popleft()[0].result()


def _chunks(files: Iterable[_File]) -> Iterator[list[_File]]:
    chunk: list[_File] = []
    size = 0
    for file in files:
        chunk.append(file)
        size += len(file[2])
        if size >= _CHUNK_BYTES or len(chunk) == _CHUNK_FILES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _pack_all(files: list[_File]) -> list[_Done]:
    return [(path, executable, pack(data), Digest.of(data)) for path, executable, data in files]


def _write(path: Path, data: bytes) -> None:
    with replacing(path) as part:
        part.write_bytes(data)
