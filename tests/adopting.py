"""What the tests of adoptions are made with: repositories as agencies keep them, and small plugins in them.

Not a test itself. Use::

    from adopting import commit, other_plugin, start_repository
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench import AGENCY, git, git_text, write_files

from plugwatch.forks.adopt import Wish, adopt_place, open_source
from plugwatch.forks.adopt_base import ReleaseFinder
from plugwatch.forks.adopt_source import find_location
from plugwatch.forks.fork import Fork
from plugwatch.model.adoption import Adoption
from plugwatch.model.component import Component

TIDY = Component("plugin", "tidy-forms")
NOW = "1779278400 +0200"


def take(
    source: Path | str,
    wanted: str | None = None,
    fork: Fork | None = None,
    since: str | None = None,
    finders: Sequence[ReleaseFinder] = (),
    **wish: Any,
) -> Adoption:
    """The adoption of the one component that is meant."""
    with open_source(find_location(str(source)), wanted, since) as opened:
        (place,) = opened.places
        return adopt_place(opened, place, fork, finders, Wish(AGENCY, NOW, **wish))


def titles(adoption: Adoption) -> list[str]:
    """The patches, bottom first."""
    return [patch.facts.title for patch in adoption.patches]


def reasons(oddities: Sequence[Any]) -> dict[str, str]:
    """Paths with their reasons."""
    return {oddity.path: oddity.reason for oddity in oddities}


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
