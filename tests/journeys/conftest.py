"""What journeys share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from killing import Commands, commands


@pytest.fixture(scope="session")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """The process that runs the commands that are killed."""
    with commands(tmp_path_factory.mktemp("commands")) as started:
        yield started
