"""What a test needs from the machine: another program, or a library that does not exist for every Python.

Where it is missing the test is skipped with a line that says what to install. ``.ci/run`` has installed everything
and sets ``PLUGWATCH_TEST_REQUIRE_SERVICES=1``; with it a missing program fails the test, so that none is skipped
there without anybody noticing.

Use, inside a test or fixture marked ``services``::

    from services import require

    php = require("php", "php-cli")
"""

from __future__ import annotations

import importlib
import os
import shutil
from types import ModuleType
from typing import NoReturn

import pytest

REQUIRE_VARIABLE = "PLUGWATCH_TEST_REQUIRE_SERVICES"


def require(program: str, package: str) -> str:
    """The full path of a program that Debian's ``package`` holds."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin")  # which is not on every user's PATH
    return path or go_without(f"'{program}' is not installed: apt-get install {package}")


def require_module(name: str, hint: str) -> ModuleType:
    """A library; ``hint`` says what to do where it is missing."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return go_without(f"the library '{name}' is not installed: {hint}")


def go_without(reason: str) -> NoReturn:
    """Skip the test, or fail it where everything must be there; ``reason`` says what is missing and what to do."""
    if os.environ.get(REQUIRE_VARIABLE) == "1":
        pytest.fail(f"{reason} ({REQUIRE_VARIABLE}=1 allows no skipped test)", pytrace=False)
    pytest.skip(reason)
