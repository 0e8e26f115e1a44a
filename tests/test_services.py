"""A missing program skips a test on a developer's machine and fails it where .ci/run has installed everything."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from services import REQUIRE_VARIABLE, require, require_module

MISSING = "plugwatch-no-such-program"


@pytest.fixture
def anywhere(monkeypatch):
    monkeypatch.delenv(REQUIRE_VARIABLE, raising=False)


def test_program_that_is_there_is_named_with_its_path(anywhere, monkeypatch):
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))

    assert require(Path(sys.executable).name, "python3") == sys.executable


def test_missing_program_skips_and_says_what_to_install(anywhere):
    with pytest.raises(pytest.skip.Exception, match="apt-get install some-package"):
        require(MISSING, "some-package")


def test_missing_program_fails_where_everything_must_be_there(anywhere, monkeypatch):
    monkeypatch.setenv(REQUIRE_VARIABLE, "1")

    with pytest.raises(pytest.fail.Exception, match="apt-get install some-package"):
        require(MISSING, "some-package")


def test_missing_library_skips_and_says_what_to_do(anywhere):
    assert require_module("json", "part of Python").__name__ == "json"
    with pytest.raises(pytest.skip.Exception, match="use another Python"):
        require_module("plugwatch_no_such_library", "use another Python")
