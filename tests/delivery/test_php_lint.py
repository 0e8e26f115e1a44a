"""Each PHP that sites run is asked where it is installed; what it could not read before is no fault of a change."""

from __future__ import annotations

from pathlib import Path

import pytest
from services import require
from workbench import environment

from plugwatch.delivery.php_lint import lint
from plugwatch.process import run

pytestmark = pytest.mark.services

SOUND, BROKEN = b"<?php\necho 1;\n", b"<?php\necho (1;\n"
NEWER = b"<?php\nenum Size { case S; }\n"


def tools(folder: Path, *names: str) -> Path:
    """A folder with other names for the PHP that is here."""
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(require("php", "php-cli"))
    return folder


def own_version() -> str:
    """``8.2``, of the PHP that is here."""
    require("php", "php-cli")
    said = run(["php", "-n", "-r", "echo PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;"]).stdout
    return said.decode()


def test_the_php_on_path_is_asked_whatever_sites_run(tmp_path: Path) -> None:
    own = own_version()
    with environment(PATH=str(tools(tmp_path / "bin", "php"))):
        results = lint({"a.php": (None, SOUND), "b.php": (SOUND, BROKEN)}, ["7.4.33", "10.1", "", "7.4"])
    assert [(one.version, one.program, one.result) for one in results] == [
        ("7.4", None, "not-checked"),
        (own, "php", "failed"),
        ("10.1", None, "not-checked"),
    ]
    assert list(results[1].errors) == ["b.php"]
    assert "syntax error" in results[1].errors["b.php"]
    assert "on line 2" in results[1].errors["b.php"]


def test_the_program_of_a_version_is_found_by_its_usual_names(tmp_path: Path) -> None:
    with environment(PATH=str(tools(tmp_path / "bin", "php7.4", "php81", "php-8.3"))):
        results = lint({"a.php": (None, SOUND)}, ["8.3.1", "8.1.0", "7.4", "8.0"])
    assert [(one.version, one.program, one.result) for one in results] == [
        ("7.4", "php7.4", "ok"),
        ("8.0", None, "not-checked"),
        ("8.1", "php81", "ok"),
        ("8.3", "php-8.3", "ok"),
    ]


def test_versions_may_differ_in_what_they_can_read(tmp_path: Path) -> None:
    folder = tools(tmp_path / "bin", "php")
    old = folder / "php7.4"
    # No PHP 7.4 is here: this one stumbles over what came after it, and leaves the rest to the PHP that is.
    old.write_text(
        "#!/bin/sh\ninput=$(/usr/bin/cat)\ncase $input in *enum*)\n"
        "  echo 'PHP Parse error:  syntax error, unexpected identifier \"Size\" in Standard input code on line 2' >&2\n"
        '  exit 255;;\nesac\nprintf \'%s\' "$input" | php "$@"\n'
    )
    old.chmod(0o755)
    with environment(PATH=str(folder)):
        first, second = lint({"size.php": (SOUND, NEWER), "a.php": (None, SOUND)}, ["7.4.3"])
    assert (first.version, first.program, first.result) == ("7.4", "php7.4", "failed")
    assert first.errors == {"size.php": 'Parse error:  syntax error, unexpected identifier "Size" on line 2'}
    assert (second.program, second.result, second.errors) == ("php", "ok", {})


def test_what_was_broken_before_is_no_fault_of_the_change(tmp_path: Path) -> None:
    with environment(PATH=str(tools(tmp_path / "bin", "php"))):
        (one,) = lint({"a.php": (BROKEN, BROKEN + b"// more\n")}, [])
    assert (one.result, one.errors) == ("ok", {})


def test_without_any_php_nothing_is_checked(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    with environment(PATH=str(tmp_path / "bin")):
        assert lint({"a.php": (None, BROKEN)}, []) == []
        assert [one.result for one in lint({"a.php": (None, BROKEN)}, ["8.1"])] == ["not-checked"]
