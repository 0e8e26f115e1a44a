"""PHP's word on files; where it cannot be had, nothing is claimed."""

from __future__ import annotations

from pathlib import Path

import pytest
from services import require
from workbench import environment

from plugwatch.forks.php import Parser

FILES = {"good.php": b"<?php\n$a = 1;\n", "bad.php": b"<?php\n$a = ;\n"}


def path_with(folder: Path, script: str) -> str:
    """A PATH on which ``php`` is this script of the shell."""
    program = folder / "php"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


@pytest.mark.services
def test_a_file_that_does_not_parse_is_told_with_phps_message() -> None:
    require("php", "php-cli")
    with Parser() as parser:
        (found,) = (parser.errors(FILES) or {}).items()
        assert found[0] == "bad.php"
        assert "on line 2" in found[1]
        assert parser.errors({"good.php": FILES["good.php"]}) == {}


def test_without_php_nothing_is_known(tmp_path: Path) -> None:
    with environment(PATH=str(tmp_path)), Parser() as parser:
        assert parser.errors(FILES) is None


@pytest.mark.parametrize("script", ["echo no json; cat > /dev/null", "exit 1", "read -r line; exit 0"])
def test_a_php_that_cannot_tell_is_asked_once(tmp_path: Path, script: str) -> None:
    path = path_with(tmp_path, f"echo started >> '{tmp_path}/starts'; {script}")
    with environment(PATH=path), Parser() as parser:
        assert [parser.errors(FILES), parser.errors(FILES)] == [None, None]
    assert (tmp_path / "starts").read_text() == "started\n"


def test_a_php_that_dies_after_its_answer_changes_nothing_of_it(tmp_path: Path) -> None:
    path = path_with(tmp_path, "while read -r line; do echo null; done; exit 3")
    with environment(PATH=path), Parser() as parser:
        assert parser.errors(FILES) == {}
