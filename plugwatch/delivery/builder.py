"""Builds on disk: the installable ZIP, its manifest beside it, and the lock that tells what it was made of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from plugwatch.delivery.zipfile_writer import ZipWriter, replacing, sha256_of, zip_writer
from plugwatch.model.builds.build import (
    CHANGES_NAME,
    MANIFEST_NAME,
    BuildFile,
    BuildInput,
    Digest,
    changes_document,
    check_input,
    finish,
    folder_name,
    lock,
    manifest,
    to_json,
)
from plugwatch.model.headers import HEADER_BYTES, THEME_FILE, Main, main_file


@dataclass(frozen=True)
class BuildOutput:
    """The three files of a build; ``sha256`` is that of the ZIP."""

    zip: Path
    sha256: str
    manifest: Path
    lock: Path


def build(made_of: BuildInput, out_dir: Path) -> BuildOutput:
    """Write ``SLUG.BUILD.zip``, ``SLUG.BUILD.manifest.json`` and ``SLUG.BUILD.lock`` into ``out_dir``.

    Each file appears whole, the lock last: where it stands, all three belong together. Files are read one at a time,
    in the byte order of their paths (candidates for the main file once more, before). In the ZIP the manifest is the
    last entry, because it lists every other one. Raises PlugwatchError.
    """
    check_input(made_of)
    main = _find_main(made_of)
    component = made_of.recipe.component
    stem = f"{folder_name(component)}.{made_of.version}"
    output = [out_dir / f"{stem}.{ending}" for ending in ("zip", "manifest.json", "lock")]
    with zip_writer(output[0], folder_name(component)) as writer:
        listed = to_json(manifest(made_of, _write_files(made_of, main, writer)))
        writer.add(MANIFEST_NAME, False, listed)
    sha256 = sha256_of(output[0])
    _write(output[1], listed)
    _write(output[2], to_json(lock(made_of, sha256, hashlib.sha256(listed).hexdigest())))
    return BuildOutput(output[0], sha256, output[1], output[2])


def _find_main(made_of: BuildInput) -> Main:
    component = made_of.recipe.component
    top = [
        (path, file.read()[:HEADER_BYTES])
        for path, file in made_of.files.items()
        if "/" not in path and (path == THEME_FILE if component.kind == "theme" else path.endswith(".php"))
    ]
    return main_file(top, component.slug, component.kind)


def _write_files(made_of: BuildInput, main: Main, writer: ZipWriter) -> dict[str, Digest]:
    changes = changes_document(made_of, main)
    files = {**made_of.files, CHANGES_NAME: BuildFile(False, lambda: changes)}
    digests = {}
    for path in sorted(files, key=str.encode):
        data = finish(made_of, main, path, files[path].read())
        writer.add(path, files[path].executable, data)
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        digests[path] = Digest(md5, hashlib.sha256(data).hexdigest())
    return digests


def _write(path: Path, data: bytes) -> None:
    with replacing(path) as part:
        part.write_bytes(data)
