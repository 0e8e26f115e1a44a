"""Forks: a forecast over a hundred of them against worktree and rebase, and a large ZIP against git add and commit."""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
import time
import zipfile
from datetime import datetime, timezone
from itertools import count
from pathlib import Path

from plugwatch.forks.fork import Fork, ForkStore
from plugwatch.ledger.database import Ledger, open_ledger
from plugwatch.ledger.ids import new_id
from plugwatch.model.component import Component
from plugwatch.model.fork import Person
from plugwatch.workflows import forks as workflow
from plugwatch.workflows.operations import Stamp, carry_out

FORKS, PATCHES, FILES = 100, 3, 400
MIB = 1 << 20
_STAMP = Stamp("bench", datetime(2026, 5, 20, 12, tzinfo=timezone.utc), new_id)
_GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "b", "GIT_AUTHOR_EMAIL": "b@b"}
_GIT |= {"GIT_COMMITTER_NAME": "b", "GIT_COMMITTER_EMAIL": "b@b", "PATH": os.environ["PATH"], "HOME": os.devnull}
# git must not tidy up behind our back.
_GIT |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "gc.auto", "GIT_CONFIG_VALUE_0": "0"}


def forecast_against_rebase(place: Path, plugwatch: list[str], runs: int) -> list[tuple[float, float]]:
    """Seconds of ``fork forecast --all`` and of a worktree and a rebase for each fork, in turn.

    The forks have a release of 400 files with three patches, and one to go to in which the vendor has touched every
    tenth file, those of the patches among them.
    """
    store = ForkStore(place / "forks")
    with open_ledger("sqlite:///plugwatch.db", workspace=place, create=True) as ledger:
        for number in range(FORKS):
            _make_fork(store.create(Component("plugin", f"plugin-{number:03}")), ledger, place, random.Random(number))
    pairs = []
    for run in range(runs + 1):
        began = time.perf_counter()
        done = subprocess.run(
            [*plugwatch, "--workspace", str(place), "fork", "forecast", "--all", "--to", "latest", "--json"],
            capture_output=True,
            check=False,
        )
        middle = time.perf_counter()
        assert done.returncode == 0, done.stderr[-500:]
        assert done.stdout.count(b'"verdict": "carried"') == FORKS * PATCHES
        for fork in sorted((place / "forks" / "plugin").glob("*.git")):
            _rebase(fork, place / "worktree")
        if run:
            pairs.append((middle - began, time.perf_counter() - middle))
    return pairs


def import_against_commit(place: Path, plugwatch: list[str], runs: int) -> tuple[list[tuple[float, float]], float]:
    """Seconds of importing a ZIP of 60 MB and 8,000 files, and of git adding and committing the same tree, in turn.

    Also the largest memory of the import, in MiB.
    """
    chance = random.Random(7)
    tree, archive = place / "large-forms", place / "large-forms.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(8000):
            name = f"vendor/package-{number // 100:02}/class-{number}.php"
            # As much of it is noise as makes the ZIP a tenth of the tree's size larger than code would be.
            body = (
                b"<?php\n" + b"".join(b"$value_%d = %d;\n" % (n, number) for n in range(300)) + chance.randbytes(6000)
            )
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_bytes(body)
            packed.writestr(f"large-forms/{name}", body)
        packed.writestr("large-forms/large-forms.php", "<?php\n/*\n * Plugin Name: Large\n * Version: 1.0\n */\n")
    pairs, numbers = [], count()
    for run in range(runs + 1):
        component = f"plugin/large-{next(numbers)}"
        command = ["fork", "create", component, "--version", "1.0", "--from", str(archive)]
        began = time.perf_counter()
        subprocess.run([*plugwatch, "--workspace", str(place), *command], stdout=subprocess.DEVNULL, check=True)
        middle = time.perf_counter()
        _git(tree, "init", "--quiet")
        _git(tree, "add", "-A", "-f")
        _git(tree, "commit", "--quiet", "-m", "1.0")
        if run:
            pairs.append((middle - began, time.perf_counter() - middle))
        shutil.rmtree(tree / ".git")
    script = (
        "import resource, sys; from plugwatch.cli.main import run; run(sys.argv[1:]); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    args = [
        "--workspace",
        str(place),
        "fork",
        "create",
        "plugin/large-memory",
        "--version",
        "1.0",
        "--from",
        str(archive),
    ]
    done = subprocess.run([sys.executable, "-c", script, *args], capture_output=True, check=True)
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, KiB here
    own = int(done.stdout.split()[-1]) * unit / MIB
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / MIB
    return pairs, max(own, min(own, children))


def _make_fork(fork: Fork, ledger: Ledger, place: Path, chance: random.Random) -> None:
    slug = fork.component.slug
    files = {f"inc/part-{n // 20:02}/file-{n:03}.php": _body(n, chance) for n in range(FILES)}
    files[f"{slug}.php"] = ["<?php", "/*", f" * Plugin Name: {slug}", " * Version: 1.0.0", " */", ""]
    folder = place / "source" / slug
    _write(folder, files)
    with fork.writing("bench"):
        _import(fork, ledger, folder, "1.0.0")
        wanted = [name for name in files if name.startswith("inc/")][:: FILES // PATCHES][:PATCHES]
        for name in wanted:
            files[name][30] = files[name][30] + " // mended"
            _write(folder, {name: files[name]})
            release = fork.release("1.0.0")
            change = fork.change_from_copy(release, folder, "copy", [name])
            facts = workflow.PatchFacts(f"Mend {name}", "It broke.", Person("b", "b@b"), _STAMP.git_date(), None)
            _patch, operation = workflow.add_patch(fork, release, change, facts, randomness=os.urandom(8), stamp=_STAMP)
            carry_out(fork, ledger, operation)
            files[name][30] = files[name][30].removesuffix(" // mended")
            _write(folder, {name: files[name]})
        for name in [*wanted, *list(files)[5:FILES:10]]:
            files[name].insert(3, "// Since 2.0.")
            files[name].append("finish();")
        _write(folder, files)
        _import(fork, ledger, folder, "2.0.0")
    shutil.rmtree(folder)


def _import(fork: Fork, ledger: Ledger, folder: Path, version: str) -> None:
    _imported, operation = workflow.import_release(fork, folder, shown="bench", version=version, stamp=_STAMP)
    if operation:
        carry_out(fork, ledger, operation)


def _body(number: int, chance: random.Random) -> list[str]:
    return [
        "<?php",
        "",
        f"function part_{number}() {{",
        *(f"\t$x_{n} = {chance.random()};" for n in range(60)),
        "}",
        "",
    ]


def _write(folder: Path, files: dict[str, list[str]]) -> None:
    for name, lines in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("\n".join(lines), encoding="utf-8")


def _rebase(repository: Path, worktree: Path) -> None:
    _git(repository, "worktree", "add", "--quiet", "--detach", str(worktree), "carried/1.0.0")
    _git(worktree, "rebase", "--quiet", "--onto", "upstream/2.0.0", "upstream/1.0.0")
    _git(repository, "worktree", "remove", "--force", str(worktree))


def _git(folder: Path, *args: str) -> None:
    subprocess.run(
        ["git", *args], cwd=folder, env=_GIT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
