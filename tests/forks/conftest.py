"""Forks to work on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from adopting import commit, start_repository
from workbench import add_files, add_patch, mail_file, plugin, zip_files

from plugwatch.forks.fork import Fork, ForkStore
from plugwatch.model.component import Component

TIDY = Component("plugin", "tidy-forms")


@pytest.fixture
def fork(tmp_path: Path) -> Fork:
    """An empty fork."""
    return ForkStore(tmp_path / "forks").create(TIDY)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The forks folder with release 1.0.0 and one patch on it, to be copied."""
    folder = tmp_path_factory.mktemp("prepared")
    fork = ForkStore(folder / "forks").create(TIDY)
    add_files(fork, folder / "1.0.0", plugin("1.0.0"))
    add_patch(fork, folder / "edited", plugin("1.0.0", mail=mail_file(seconds=60)), "Wait a minute", seed="one")
    return folder / "forks"


@pytest.fixture
def carrying(prepared: Path, tmp_path: Path) -> Fork:
    """A fork with release 1.0.0 and one patch on it: the mail waits 60 seconds, not 10."""
    shutil.copytree(prepared, tmp_path / "carrying")
    fork = ForkStore(tmp_path / "carrying").open(TIDY)
    assert fork is not None
    return fork


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The vendor's ZIPs of Tidy Forms."""
    folder = tmp_path_factory.mktemp("stock")
    hello = plugin("2.0.0", mail=mail_file(subject="'Hello'"))
    return {
        "1.0.0": zip_files(folder / "tidy-forms.1.0.0.zip", plugin("1.0.0")),
        "2.0.0": zip_files(folder / "tidy-forms.2.0.0.zip", hello),
        "3.0.0": zip_files(folder / "tidy-forms.3.0.0.zip", plugin("3.0.0", mail=mail_file(seconds=60))),
    }


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository to adopt, whose first commit is release 1.0.0."""
    folder = start_repository(tmp_path / "tidy-forms")
    commit(folder, plugin("1.0.0"), "Tidy Forms 1.0.0")
    return folder
