"""What journeys share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from killing import Commands, commands
from sending import Stage, stage


@pytest.fixture(scope="session")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """The process that runs the commands that are killed."""
    with commands(tmp_path_factory.mktemp("commands")) as started:
        yield started


@pytest.fixture(scope="session")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Drafts that are ready to go to a GitHub of our own; whoever uses it begins with ``back_to``."""
    with stage(tmp_path_factory.mktemp("sending")) as made:
        yield made
