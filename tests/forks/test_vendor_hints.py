from __future__ import annotations

import json

import pytest
from workbench import add_files, plugin

from plugwatch.errors import ForkError
from plugwatch.forks.fork import ForkStore
from plugwatch.forks.vendor_hints import newest_hints
from plugwatch.model.component import Component

TIDY = Component("plugin", "tidy-forms")


def test_the_newest_release_tells_of_its_vendor(fork, tmp_path):
    support = json.dumps({"support": {"source": "https://github.com/tidy-works/tidy-forms"}}).encode()
    extra = {"composer.json": support, ".github/SECURITY.md": b"s@tidy.example", "freemius/start.php": b"<?php\n"}
    extra |= {"vendor/other/composer.json": b'{"support": {"email": "other@other.example"}}'}
    add_files(fork, tmp_path / "old", plugin("1.9.0", readme=b"=== Tidy Forms ===\nContributors: old\n"))
    readme = b"=== Tidy Forms ===\nContributors: tidyworks\n"
    add_files(fork, tmp_path / "new", {**plugin("1.10.0", readme=readme), **extra})

    hints = newest_hints(ForkStore(tmp_path / "forks"), TIDY)

    assert (hints.version, hints.name, hints.readme.contributors) == ("1.10.0", "Tidy Forms", ("tidyworks",))
    assert [package.source for package in hints.packages] == ["https://github.com/tidy-works/tidy-forms"]
    assert (hints.policy, hints.sold_by) == ("s@tidy.example", ("ships Freemius",))


def test_without_a_release_there_is_nothing_to_tell(fork, tmp_path):
    store = ForkStore(tmp_path / "forks")
    assert newest_hints(store, TIDY) is None
    assert newest_hints(store, Component("plugin", "other")) is None


def test_a_fork_that_is_none_is_said(tmp_path):
    (tmp_path / "forks" / "plugin" / "tidy-forms.git").mkdir(parents=True)
    with pytest.raises(ForkError):
        newest_hints(ForkStore(tmp_path / "forks"), TIDY)
