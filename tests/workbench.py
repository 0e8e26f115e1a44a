"""What the tests of forks are made with: small plugins, ZIPs, plain git, and the commands in and out of this process.

Not a test itself. Use::

    from workbench import plugin, write_files, zip_files
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

from plugwatch.cli.main import run as run_command
from plugwatch.forks.changes import Change
from plugwatch.forks.fork import Fork
from plugwatch.forks.upgrade import diff_files
from plugwatch.ledger.ids import new_id
from plugwatch.model.fork import Patch, Person, Release
from plugwatch.model.operation import Operation
from plugwatch.workflows import forks as workflow
from plugwatch.workflows.operations import Stamp

AGENCY = Person("Fernhill Web", "dev@fernhill.example")
NOON = datetime(2026, 5, 20, 12, 0, tzinfo=timezone.utc)


def mail_file(*, seconds: int = 10, subject: str = "'New message'") -> bytes:
    """A PHP file whose lines all differ, so that no hunk can slip."""
    steps = "".join(f"\t$step_{n} = prepare( $message, {n} );\n\n" for n in range(1, 13))
    return (
        f"<?php\n\nfunction tidy_send( $message ) {{\n\t$wait = {seconds};\n\n{steps}"
        f"\t$subject = {subject};\n\n\treturn wp_mail( tidy_to(), $subject, $message, $wait );\n}}\n"
    ).encode()


def plugin(version: str = "1.0.0", **changed: bytes | None) -> dict[str, bytes]:
    """The files of a release of Tidy Forms; ``mail``, ``main`` and ``readme`` change one, None takes it out."""
    header = f"<?php\n/*\n * Plugin Name: Tidy Forms\n * Version: {version}\n */\n"
    main = f"{header}\nrequire __DIR__ . '/includes/mail.php';\n"
    files = {
        "includes/mail.php": changed.get("mail", mail_file()),
        "readme.txt": changed.get("readme", b"=== Tidy Forms ===\nForms, tidied.\n"),
        "tidy-forms.php": changed.get("main", main.encode()),
    }
    return {path: content for path, content in files.items() if content is not None}


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Put files into a folder, made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder


def zip_files(path: Path, files: Mapping[str, bytes], *, top: str = "tidy-forms", executable: str = "") -> Path:
    """A ZIP as a vendor makes it; names that end in ``/`` are folders."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(f"{top}/{name}", (2025, 3, 4, 5, 6, 8))
            info.external_attr = (0o100755 if name == executable else 0o100644) << 16
            if name.endswith("/"):
                info.external_attr = 0o40755 << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return path


def git(directory: Path, *args: str, stdin: bytes | None = None, check: bool = True) -> bytes:
    """Plain git as anybody runs it, on a bare repository or in a work tree; what it printed."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C",
        **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _OUTSIDER.items()},
    }
    done = subprocess.run(["git", *args], cwd=directory, env=env, input=stdin, capture_output=True, check=False)
    if check and done.returncode:
        raise AssertionError(f"git {' '.join(args)}: {done.stderr.decode()}")
    return done.stdout


_OUTSIDER = {"NAME": "Somebody Else", "EMAIL": "else@other.example"}


def git_text(directory: Path, *args: str) -> str:
    """As :func:`git`, as text without the final line end."""
    return git(directory, *args).decode().rstrip("\n")


def public_refs(directory: Path) -> dict[str, str]:
    """The refs of a fork that are its public contract, and the objects that they name."""
    rows = git_text(directory, "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags")
    return dict(row.split(" ") for row in rows.splitlines())


def fsck(directory: Path) -> str:
    """What a strict check of the repository complains of; empty for a sound one."""
    done = subprocess.run(
        ["git", "fsck", "--strict", "--no-dangling", "--no-progress"], cwd=directory, capture_output=True, check=False
    )
    return (done.stdout + done.stderr).decode() + (f"exit {done.returncode}" if done.returncode else "")


def snapshot(folder: Path) -> dict[str, bytes | None]:
    """Every file below a folder with its bytes, and every folder (None)."""
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}


# A fork without a ledger


def stamp(actor: str = "kim", now: datetime = NOON) -> Stamp:
    """Who does it, and when."""
    return Stamp(actor, now, new_id)


def import_release(fork: Fork, source: Path, version: str | None = None, *, by: Stamp | None = None) -> Release:
    """``fork import`` on the fork alone."""
    with fork.writing("fork import"):
        imported, operation = workflow.import_release(
            fork, source, shown=source.name, version=version, stamp=by or stamp()
        )
        if operation:
            fork.commit(operation)
    return imported.release


def add_files(fork: Fork, folder: Path, files: Mapping[str, bytes], version: str | None = None) -> Release:
    """``fork import`` of a folder with these files."""
    return import_release(fork, write_files(folder, files), version)


def add_patch(
    fork: Fork, folder: Path, files: Mapping[str, bytes], title: str, *, on: str | None = None, **facts: str
) -> Patch:
    """``patch capture`` of a folder that holds all files as the patch leaves them."""
    with fork.writing("patch capture"):
        release = workflow.release_to_patch(fork, on)
        change = fork.change_from_copy(release, write_files(folder, files), "the copy", ())
        patch, operation = new_patch(fork, release, change, title, **facts)
        fork.commit(operation)
    return patch


def add_state(fork: Fork, folder: Path, files: Mapping[str, bytes], title: str) -> Patch:
    """A patch that leaves exactly these files; unlike a capture it may take back what those below it did."""
    with fork.writing("patch import"):
        release = workflow.release_to_patch(fork, None)
        tree = fork.store(write_files(folder, files), "the state").tree
        changed = diff_files(fork.git, fork.tip_tree(release), tree)
        patch, operation = new_patch(fork, release, Change(tree, tuple(sorted(changed))), title)
        fork.commit(operation)
    return patch


def new_patch(fork: Fork, release: Release, change: Any, title: str, **facts: str) -> tuple[Patch, Operation]:
    """A patch for a change, and the operation that would put it onto the stack."""
    known = workflow.PatchFacts(
        title=title,
        why=facts.get("why", ""),
        author=AGENCY,
        date=facts.get("date", "1779278400 +0200"),
        incident=facts.get("incident"),
        source=facts.get("source"),
    )
    randomness = facts["seed"].encode().ljust(8, b".") if "seed" in facts else os.urandom(8)
    return workflow.add_patch(fork, release, change, known, randomness=randomness, stamp=stamp())


def upgrade(fork: Fork, target: str, *accept: str) -> workflow.Upgrade:
    """``fork upgrade`` on the fork alone."""
    with fork.writing("fork upgrade"):
        done, operation = workflow.upgrade(fork, target, accept, stamp=stamp())
        if operation:
            fork.commit(operation)
    return done


# The commands


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Workspace:
    """A workspace and the commands on it."""

    folder: Path

    def run(self, *args: str | Path) -> Answer:
        """One command in this process."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        with redirect_stdout(out), redirect_stderr(err):
            code = run_command(["--workspace", str(self.folder), *map(str, args)])
        texts = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
        return Answer(code, *texts)

    def do(self, *args: str | Path) -> Answer:
        """A command that must succeed."""
        answer = self.run(*args)
        assert answer.code == 0, answer
        return answer

    def start(self, *args: str | Path, group: bool = False) -> subprocess.Popen[bytes]:
        """One command in a process of its own, as a user starts it."""
        return subprocess.Popen(
            [sys.executable, "-m", "plugwatch", "--workspace", str(self.folder), *map(str, args)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=group,
        )

    def run_apart(self, *args: str | Path) -> Answer:
        """As :meth:`run`, in a process of its own."""
        child = self.start(*args)
        out, err = child.communicate()
        return Answer(child.returncode, out.decode(), err.decode())

    def fork(self, component: str = "plugin/tidy-forms") -> Path:
        """Where a component's fork lies."""
        return self.folder / "forks" / f"{component}.git"


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Variables of the environment for the block."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def make_workspace(folder: Path, *, agency: Person = AGENCY) -> Workspace:
    """A new workspace of an agency."""
    assert run_command(["init", str(folder), "--agency", agency.name, "--email", agency.email]) == 0
    return Workspace(folder)


def make_carrying_workspace(folder: Path) -> Workspace:
    """A workspace with a fork: release 1.0.0, a patch on it (wait 60 seconds, not 10), and sources beside it.

    ``sources/V`` hold releases: 1.0.0, 2.0.0 where the patch is carried, 2.1.0 where it conflicts, 3.0.0 that has it.
    It is a copy of one that each process makes once for each user, so two of them have the same ids.
    """
    shutil.copytree(_carrying(os.environ.get("PLUGWATCH_USER")), folder, dirs_exist_ok=True)
    return Workspace(folder / "ws")


@cache
def _carrying(user: str | None) -> Path:
    """What :func:`make_carrying_workspace` copies, made by this user."""
    folder = Path(tempfile.mkdtemp(prefix="carrying-", dir=Path.home()))
    releases = {
        "1.0.0": mail_file(),
        "2.0.0": mail_file(subject="'Hello'"),
        "2.1.0": mail_file(seconds=15),
        "3.0.0": mail_file(seconds=60),
    }
    for version, mail in releases.items():
        write_files(folder / "sources" / version, plugin(version, mail=mail))
    write_files(folder / "sources" / "edited", plugin("1.0.0", mail=mail_file(seconds=60)))
    workspace = make_workspace(folder / "ws")
    workspace.do("fork", "create", "plugin/tidy-forms", "--from", folder / "sources" / "1.0.0")
    workspace.do(
        "patch",
        "capture",
        "plugin/tidy-forms",
        folder / "sources" / "edited",
        "--title",
        "Wait a minute",
        "--why",
        "Slow.",
    )
    return folder
