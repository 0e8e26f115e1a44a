"""What a change does to PHP files: only what it broke itself is its fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from services import require
from workbench import add_files, environment

from plugwatch.forks.fork import Fork, ForkStore
from plugwatch.forks.php import Parser
from plugwatch.forks.syntax import Syntax, check_syntax
from plugwatch.model.component import Component

GOOD, BAD, WORSE = b"<?php\n$a = 1;\n", b"<?php\n$a = ;\n", b"<?php\n\n$a = = ;\n"
HEADER = b"<?php\n/*\n * Plugin Name: Mini\n * Version: %s\n */\n"


@pytest.fixture
def fork(tmp_path: Path) -> Fork:
    """Two releases."""
    fork = ForkStore(tmp_path / "forks").create(Component("plugin", "mini"))
    before = {"breaks.php": GOOD, "stays.php": BAD, "bad.php": BAD, "goes.php": BAD, "mends.php": BAD}
    after = {"breaks.php": BAD, "stays.php": WORSE, "bad.php": BAD, "new.php": BAD, "mends.php": GOOD, "t.txt": BAD}
    for number, files in ((b"1.0", before), (b"2.0", after)):
        add_files(fork, tmp_path / number.decode(), files | {"mini.php": HEADER % number})
    return fork


def _check(fork: Fork) -> Syntax:
    with Parser() as parser:
        return check_syntax(fork.git, fork.release("1.0").tree, fork.release("2.0").tree, parser)


@pytest.mark.services
def test_what_parsed_before_and_what_is_new_is_broken_and_the_rest_was(fork: Fork) -> None:
    require("php", "php-cli")
    found = _check(fork)
    assert list(found.broken) == ["breaks.php", "new.php"]
    assert list(found.old_faults) == ["stays.php"]
    assert found.checked
    assert "on line 2" in found.broken["new.php"]


def test_without_php_nothing_is_claimed(fork: Fork) -> None:
    path = Path(fork.directory, "..").resolve()
    with environment(PATH=str(path)), Parser() as parser:
        unable = parser
    assert check_syntax(fork.git, fork.release("1.0").tree, fork.release("2.0").tree, unable) == Syntax(checked=False)
    same = fork.release("1.0").tree
    assert check_syntax(fork.git, same, same, unable) == Syntax()
