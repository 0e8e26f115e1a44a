"""What the tests of adoptions are made with: repositories as agencies keep them, and small plugins in them.

Not a test itself. Use::

    from adopting import commit, other_plugin, start_repository
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workbench import git, git_text, write_files


def other_plugin(name: str, version: str, body: str = "\treturn 1;\n") -> dict[str, bytes]:
    """A plugin of two files."""
    slug = name.lower().replace(" ", "-")
    header = f"<?php\n/*\n * Plugin Name: {name}\n * Version: {version}\n */\n"
    code = f"<?php\n\nfunction {slug.replace('-', '_')}() {{\n{body}}}\n"
    return {f"{slug}.php": header.encode(), "code.php": code.encode()}


def below(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Files inside of a folder."""
    return {f"{folder}/{path}": content for path, content in files.items()}


def start_repository(folder: Path) -> Path:
    """An empty repository whose branch is ``main``."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    return folder


def commit(
    repository: Path, files: Mapping[str, bytes | None], message: str, *, author: str = "Kim Holt", minute: int = 0
) -> str:
    """Write files (None takes one away) and commit them; the commit's id."""
    for path, content in files.items():
        if content is None:
            (repository / path).unlink()
        else:
            write_files(repository, {path: content})
    git(repository, "add", "-A", "-f")
    who = f"{author} <{author.split()[0].lower()}@fernhill.example>"
    date = f"{1763762005 + 60 * minute} +0100"
    git(repository, "commit", "--quiet", "--allow-empty", f"--author={who}", f"--date={date}", "-m", message)
    return git_text(repository, "rev-parse", "HEAD")
