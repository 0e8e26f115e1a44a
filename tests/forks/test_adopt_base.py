"""Which release a patched component was made from."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from adopting import TIDY, commit, reasons, start_repository, take, titles
from workbench import git, mail_file, plugin, write_files, zip_files

from plugwatch.errors import ForkError
from plugwatch.forks.adopt_base import Given
from plugwatch.model.component import Component

EDITED = plugin(mail=mail_file(seconds=60))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("tidy-forms", "tidy-forms"),
        ("stock", "stock/tidy-forms"),
        ("other", None),
        ("zips/any-name.zip", "zips/any-name.zip"),
        ("zips/tidy-forms.zip", "zips/tidy-forms.zip"),
        ("zips/tidy-forms-1.0.0.zip", "zips/tidy-forms-1.0.0.zip"),
        ("zips/tidy-forms-pro.zip", None),
        ("zips/flat.zip", None),
    ],
)
def test_what_is_given_for_many_goes_to_the_one_that_it_is(tmp_path: Path, given: str, expected: str | None) -> None:
    for folder in ("tidy-forms", "stock/tidy-forms", "other"):
        write_files(tmp_path / folder, plugin())
    (tmp_path / "zips").mkdir()
    zip_files(tmp_path / "zips/any-name.zip", plugin())
    zip_files(tmp_path / "zips/tidy-forms-pro.zip", plugin(), top="tidy-forms-pro")
    for name in ("tidy-forms", "tidy-forms-1.0.0", "flat"):
        with zipfile.ZipFile(tmp_path / f"zips/{name}.zip", "w") as archive:  # without a folder at the top
            archive.writestr("tidy-forms.php", plugin()["tidy-forms.php"])
    found = Given(tmp_path / given, is_for_all=False).place_for(TIDY)
    assert found == (tmp_path / expected if expected else None)


@dataclass
class Cupboard:
    """Somewhere that has releases, and what it was asked for."""

    name: str
    releases: dict[str, Path]
    asked: list[str] = field(default_factory=list)

    @property
    def source(self) -> str:
        return f"from {self.name}"

    def find(self, component: Component, version: str) -> Path | None:
        self.asked.append(f"{component} {version}")
        return self.releases.get(version)


def test_places_are_asked_in_order_until_one_has_the_release(tmp_path: Path, stock: dict[str, Path]) -> None:
    places = [Cupboard("empty", {}), Cupboard("full", stock), Cupboard("late", stock)]
    adoption = take(write_files(tmp_path / "tidy-forms", EDITED), finders=places)
    assert adoption.base.found_by.startswith("full")
    assert adoption.base.note is not None
    assert adoption.base.note.source == "from full"
    assert [place.asked for place in places] == [["plugin/tidy-forms 1.0.0"]] * 2 + [[]]


def test_a_release_that_says_no_version_is_to_be_named(tmp_path: Path) -> None:
    bare = plugin(main=b"<?php\n/* Plugin Name: Tidy Forms */\n")
    folder = write_files(tmp_path / "tidy-forms", bare | {"readme.txt": b"ours\n"})
    with pytest.raises(ForkError, match="no header says which version plugin/tidy-forms is; say it with --base V"):
        take(folder)
    release = zip_files(tmp_path / "tidy-forms.zip", bare)
    with pytest.raises(ForkError, match=r"tidy-forms\.zip: no header says its version; say with --base which one"):
        take(folder, releases=(release,))
    assert take(folder, releases=(release,), base="1.0").patches[0].files == ("readme.txt",)


def test_a_header_that_names_no_version_asks_for_the_release(tmp_path: Path, stock: dict[str, Path]) -> None:
    folder = write_files(tmp_path / "tidy-forms", plugin("@@VERSION@@", mail=mail_file(seconds=60)))
    with pytest.raises(ForkError, match=r"release @@VERSION@@ of plugin/tidy-forms cannot be had; give it"):
        take(folder, releases=(stock["1.0.0"],))
    assert take(folder, releases=(stock["1.0.0"],), base="1.0.0").patches[0].files == ("includes/mail.php",)


def test_a_version_that_was_made_up_where_there_was_none_is_asked_for(repository: Path, stock: dict[str, Path]) -> None:
    commit(repository, {"tidy-forms.php": b"<?php\n/* Plugin Name: Tidy Forms */\n"}, "No version any more")
    newest = commit(repository, {"tidy-forms.php": plugin("9.9")["tidy-forms.php"]}, "Ours is 9.9")
    with pytest.raises(ForkError, match=rf"release 9\.9 .*, which commit {newest[:10]} brought in, cannot be had"):
        take(repository, releases=(stock["1.0.0"],))


def test_a_main_file_that_was_away_for_a_while_is_no_raised_version(repository: Path, stock: dict[str, Path]) -> None:
    commit(repository, {"tidy-forms.php": None}, "Take it away")
    commit(repository, {"tidy-forms.php": b"<?php\n/* Plugin Name: Tidy Forms */\n"}, "Back, without a version")
    with pytest.raises(ForkError, match="no header says which version plugin/tidy-forms is"):
        take(repository, releases=(stock["1.0.0"],))
    assert titles(take(repository, releases=(stock["1.0.0"],), base="1.0.0"))[0] == "Take it away"


def test_a_tag_on_a_line_of_its_own_is_compared_with_the_first_import(tmp_path: Path) -> None:
    folder = start_repository(tmp_path / "tidy-forms")
    commit(folder, plugin("1.0.0"), "Release 1.0.0")
    git(folder, "tag", "v1.0.0")
    git(folder, "tag", "before-the-move")  # names no version
    git(folder, "checkout", "--quiet", "--orphan", "ours")
    commit(folder, EDITED, "Import, with our fix in it")
    commit(folder, {"readme.txt": b"ours\n"}, "Ours")
    adoption = take(f"{folder}@ours")
    assert adoption.base.found_by.startswith("its tag in the repository")
    assert titles(adoption) == ["Ours"]
    assert reasons(adoption.unexplained) == {
        "includes/mail.php": "differs from the release, and no commit after the import changed it"
    }
