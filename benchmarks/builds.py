"""Builds: packing a large one against zip, verifying it against sha256sum, and publishing two hundred."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import time
import zipfile
from pathlib import Path

BUILDS = 200
_LARGE = "large-forms"


def write_large(tree: Path) -> None:
    """A plugin of 60 MB and 8,000 files, a third of it noise, so that it packs no better than code does."""
    chance = random.Random(7)
    for number in range(8000):
        path = tree / f"vendor/package-{number // 100:02}/class-{number}.php"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = b"".join(b"$value_%d = %d;\n" % (n, number) for n in range(300))
        path.write_bytes(b"<?php\n" + lines + b"/* " + chance.randbytes(3000).hex().encode() + b" */\n")
    (tree / f"{_LARGE}.php").write_bytes(b"<?php\n/*\n * Plugin Name: Large\n * Version: 1.0\n */\n")


def build_against_zip(place: Path, plugwatch: list[str], runs: int) -> list[tuple[float, float]]:
    """Seconds of ``fork build`` of a large plugin with one patch, and of ``zip -r`` of the same tree, in turn."""
    tree = place / _LARGE
    write_large(tree)
    run = [*plugwatch, "--workspace", str(place)]
    component = f"plugin/{_LARGE}"
    _quietly([*run, "fork", "create", component, "--from", str(tree)])
    edited = tree / "vendor/package-00/class-0.php"
    edited.write_bytes(edited.read_bytes().replace(b"$value_1 = 0;", b"$value_1 = 1;"))
    _quietly([*run, "patch", "capture", component, str(tree), "--title", "Mend it", "--why", "It broke."])
    pairs = []
    for number in range(runs + 1):
        (place / "plain.zip").unlink(missing_ok=True)
        ours = _seconds([*run, "fork", "build", component, "--out", str(place / "builds")])
        theirs = _seconds(["zip", "-r", "-q", str(place / "plain.zip"), _LARGE], cwd=place)
        if number:
            pairs.append((ours, theirs))
    return pairs


def verify_against_sha256sum(place: Path, plugwatch: list[str], runs: int) -> list[tuple[float, float]]:
    """Seconds of ``fork verify`` of that build in a folder, and of ``sha256sum`` of the same files, in turn."""
    (packed,) = (place / "builds").glob("*.zip")
    installed = place / "installed"
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(installed)
    pairs = []
    for number in range(runs + 1):
        began = time.perf_counter()
        verify = ["fork", "verify", str(installed / _LARGE), "--json"]
        done = subprocess.run([*plugwatch, "--workspace", str(place), *verify], capture_output=True, check=True)
        ours = time.perf_counter() - began
        assert [row["state"] for row in json.loads(done.stdout)["components"]] == ["patched"]
        theirs = _seconds(["find", str(installed), "-type", "f", "-exec", "sha256sum", "{}", "+"])
        if number:
            pairs.append((ours, theirs))
    shutil.rmtree(installed)
    return pairs


def publish_many(place: Path, plugwatch: list[str]) -> float:
    """Seconds of ``fork publish`` of 200 builds, of one fork each with twenty files, into an empty folder."""
    run = [*plugwatch, "--workspace", str(place)]
    for number in range(BUILDS):
        component, tree = f"plugin/part-{number:03}", place / "source" / f"part-{number:03}"
        for file in range(20):
            path = tree / f"inc/file-{file:02}.php"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"<?php\n// {number} {file}\n" + "".join(f"$x_{n} = {n};\n" for n in range(120)))
        (tree / f"part-{number:03}.php").write_text(f"<?php\n/*\n * Plugin Name: Part {number}\n * Version: 1.0\n */\n")
        _quietly([*run, "fork", "create", component, "--from", str(tree)])
        (tree / "inc/file-00.php").write_text("<?php\n// mended\n")
        _quietly([*run, "patch", "capture", component, str(tree), "--title", "Mend it", "--why", "It broke."])
        _quietly([*run, "fork", "build", component, "--out", str(place / "builds")])
    return _seconds([*run, "fork", "publish", "--out", str(place / "public"), "--url", "https://updates.bench.example"])


def _quietly(command: list[str]) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def _seconds(command: list[str], cwd: Path | None = None) -> float:
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, cwd=cwd)
    return time.perf_counter() - began
