"""Which release a patched component was made from."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from adopting import TIDY, commit, other_plugin, reasons, start_repository, take, titles
from workbench import git, git_text, mail_file, plugin, write_files, zip_files

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


def test_another_plugins_zip_is_refused(tmp_path: Path) -> None:
    other = other_plugin("Night Mode", "1.0.0") | {"readme.txt": b"Dark.\n"}
    stock = zip_files(tmp_path / "night-mode.zip", other, top="night-mode")
    with pytest.raises(ForkError, match=r"this is 'Night Mode', .* is no release of plugin/tidy-forms"):
        take(write_files(tmp_path / "tidy-forms", EDITED), releases=(stock,))


def test_another_plugin_of_the_same_name_is_passed_over(tmp_path: Path, stock: dict[str, Path]) -> None:
    namesake = zip_files(tmp_path / "z.zip", other_plugin("Night Mode", "1.0.0"))
    places = [Cupboard("namesake", {"1.0.0": namesake}), Cupboard("full", stock)]
    adoption = take(write_files(tmp_path / "tidy-forms", EDITED), finders=places)
    assert adoption.base.found_by.startswith("full")


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


# Tags of an agency's own: Composer and Satis take nothing else for a version


def test_an_agencys_tag_hides_no_patch(repository: Path, stock: dict[str, Path]) -> None:
    commit(repository, {"composer.json": b"{}\n"}, "For Satis")
    commit(repository, {"includes/mail.php": mail_file(seconds=60)}, "Wait a minute")
    git(repository, "tag", "1.0.0")
    given = take(repository, releases=(stock["1.0.0"],))
    assert (titles(given), given.unexplained, given.left_out) == (["For Satis", "Wait a minute"], (), ())
    first = git_text(repository, "rev-parse", "HEAD~2")
    guessed = take(repository)
    assert guessed.base.found_by == f"commit {first[:10]}, not compared with the vendor's release"
    assert (guessed.base.tree, titles(guessed)) == (given.base.tree, titles(given))


def test_an_extra_file_in_the_import_does_not_make_a_tag_the_vendors(tmp_path: Path, stock: dict[str, Path]) -> None:
    folder = start_repository(tmp_path / "tidy-forms")
    commit(folder, plugin() | {"composer.json": b"{}\n"}, "Import")
    commit(folder, {"includes/mail.php": mail_file(seconds=60), "readme.txt": None}, "Wait a minute")
    git(folder, "tag", "1.0.0")
    adoption = take(folder, releases=(stock["1.0.0"],))
    assert [patch.files for patch in adoption.patches] == [("includes/mail.php", "readme.txt")]
    assert reasons(adoption.unexplained).keys() == {"composer.json"}


def test_a_vendors_tag_that_was_moved_is_no_more_the_vendors(tmp_path: Path, stock: dict[str, Path]) -> None:
    folder = start_repository(tmp_path / "tidy-forms")
    commit(folder, plugin("0.9.0", mail=mail_file(seconds=5)) | {"tests/test.php": b"<?php\n"}, "Begin")
    commit(folder, {"includes/mail.php": mail_file()}, "Wait longer")
    commit(folder, plugin(), "Release 1.0.0")
    git(folder, "tag", "1.0.0")
    assert reasons(take(folder, releases=(stock["1.0.0"],)).left_out).keys() == {"tests/test.php"}
    commit(folder, {"includes/mail.php": mail_file(seconds=60), "ours.php": b"<?php\n"}, "Wait a minute")
    git(folder, "tag", "--force", "1.0.0")
    adoption = take(folder, releases=(stock["1.0.0"],))
    assert [patch.files for patch in adoption.patches] == [("includes/mail.php", "ours.php")]
    assert reasons(adoption.unexplained).keys() == {"tests/test.php"}


def test_patches_below_an_update_that_an_agency_tagged_are_there(repository: Path, stock: dict[str, Path]) -> None:
    commit(repository, {"includes/mail.php": mail_file(seconds=60)}, "Wait a minute")
    commit(repository, {"ours.php": b"<?php\n"}, "Ours")
    commit(repository, plugin("2.0.0", mail=mail_file(seconds=60, subject="'Hello'")), "Update to 2.0.0")
    git(repository, "tag", "v2.0.0")
    adoption = take(repository, releases=(stock["2.0.0"],))
    assert (titles(adoption), adoption.unexplained) == (["Wait a minute", "Ours"], ())


def test_a_patch_that_the_vendor_took_does_not_hide_another(tmp_path: Path) -> None:
    shipped = plugin("2.0.0", mail=mail_file(subject="'Hello'"), readme=b"Better.\n")
    release = zip_files(tmp_path / "tidy-forms.zip", shipped)
    folder = start_repository(tmp_path / "tidy-forms")
    commit(folder, plugin() | {"composer.json": b"{}\n"}, "Import")
    commit(folder, {"readme.txt": b"Better.\n"}, "Mend the readme")
    commit(folder, {"includes/mail.php": mail_file(seconds=60)}, "Wait a minute")
    commit(folder, shipped | {"includes/mail.php": mail_file(seconds=60, subject="'Hello'")}, "Update")
    git(folder, "tag", "2.0.0")
    adoption = take(folder, releases=(release,))
    assert [patch.files for patch in adoption.patches] == [("includes/mail.php",)]
    assert reasons(adoption.left_out).keys() == {"composer.json"}


def test_a_tag_with_nothing_before_or_after_it_is_no_release(repository: Path) -> None:
    git(repository, "tag", "1.0.0")
    with pytest.raises(ForkError, match=r"nothing in its history tells a patch .* give release 1\.0\.0 with --release"):
        take(repository)
