"""Where an adoption reads from: what is no source is said in one sentence, and what is read is only read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from adopting import below, commit, reasons, start_repository, take, titles
from workbench import git, mail_file, plugin, write_files, zip_files

from plugwatch.errors import ForkError, InputError, UnknownError
from plugwatch.forks.adopt import open_source
from plugwatch.forks.adopt_source import _read, find_location

EDITED = plugin(mail=mail_file(seconds=60))


def test_a_file_and_a_password_on_an_open_line_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it is a file; give a folder or a git repository"):
        take(zip_files(tmp_path / "tidy-forms.zip", plugin()))
    with pytest.raises(InputError, match="not encrypted, so no password is sent there") as caught:
        take("http://kim:s3cret@git.example/tidy-forms.git")
    assert "s3cret" not in str(caught.value)


def test_a_repository_that_is_not_there_and_one_that_does_not_answer(tmp_path: Path) -> None:
    with pytest.raises(ForkError, match="there is no such repository"):
        take(f"file://{tmp_path}/gone.git")
    with pytest.raises(UnknownError, match=r"could not be read \(.*\); try again later"):
        take("http://127.0.0.1:1/tidy-forms.git")


def test_a_folder_that_the_repository_around_it_does_not_keep_has_no_history(
    repository: Path, stock: dict[str, Path]
) -> None:
    write_files(repository, below("new/tidy-forms", EDITED))
    adoption = take(repository / "new" / "tidy-forms", releases=(stock["1.0.0"],))
    assert titles(adoption) == ["Adopted local changes"]


def test_a_folder_that_is_not_in_the_repository_holds_no_component(repository: Path) -> None:
    with pytest.raises(ForkError, match=r"plugin/tidy-forms is not in the newest commit of file://"):
        take(f"file://{repository}#wp-content/tidy-forms", "plugin/tidy-forms")


def test_a_folder_whose_name_has_a_line_end_is_not_asked_for(repository: Path) -> None:
    commit(repository, below("line\nend", plugin()), "Odd")
    with pytest.raises(ForkError, match="a folder whose name has a line end cannot be adopted from git"):
        take(repository / "line\nend", "plugin/tidy-forms")


@pytest.mark.parametrize("limit", ["MAX_ENTRIES", "MAX_BYTES"])
def test_more_than_a_plugin_can_hold_is_refused(
    tmp_path: Path, stock: dict[str, Path], monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    folder = write_files(tmp_path / "tidy-forms", EDITED)
    monkeypatch.setattr(f"plugwatch.forks.adopt_source.{limit}", 2)
    with pytest.raises(InputError, match="more than a plugin or theme can"):
        take(folder, releases=(stock["1.0.0"],))


def test_a_folder_that_cannot_be_opened_is_named(tmp_path: Path, stock: dict[str, Path]) -> None:
    """Its path is longer than the system takes."""
    below_it = os.open(write_files(tmp_path / "tidy-forms", EDITED), os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=below_it)
        deeper = os.open("d" * 250, os.O_RDONLY, dir_fd=below_it)
        os.close(below_it)
        below_it = deeper
    os.close(below_it)
    with pytest.raises(InputError, match="it cannot be read: File name too long"):
        take(tmp_path / "tidy-forms", releases=(stock["1.0.0"],))


def test_a_link_that_took_a_files_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.php").symlink_to("/etc/passwd")
    with pytest.raises(InputError, match="it cannot be read: Too many levels of symbolic links"):
        _read(tmp_path / "a.php")


# What is in git by name only


def pointer(data: bytes) -> bytes:
    """What Git LFS commits in place of a file."""
    digest = hashlib.sha256(data).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(data)}\n".encode()


def test_files_that_git_lfs_keeps_elsewhere_are_no_patches(tmp_path: Path) -> None:
    logo = b"\x89PNG logo"
    release = zip_files(tmp_path / "tidy-forms.zip", plugin() | {"logo.png": logo, "icon.png": logo})
    folder = start_repository(tmp_path / "tidy-forms")
    commit(folder, plugin() | {"logo.png": pointer(logo), "icon.png": pointer(logo)}, "Import")
    commit(folder, {"logo.png": pointer(b"new")}, "New logo")
    commit(folder, {"banner.png": pointer(b"banner"), "readme.txt": b"ours\n"}, "Add a banner")
    write_files(folder, {"logo.png": b"new", "icon.png": logo, "banner.png": b"banner"})
    for with_rest in (False, True):
        adoption = take(folder, releases=(release,), with_rest=with_rest)
        assert [(patch.facts.title, patch.files) for patch in adoption.patches] == [("Add a banner", ("readme.txt",))]
        assert reasons(adoption.unexplained) == dict.fromkeys(
            ("logo.png", "banner.png"), "a pointer of Git LFS, not the file itself"
        )
        assert reasons(adoption.left_out) == {"icon.png": "a pointer of Git LFS to the file that the release has"}
    left = take(folder, releases=(release,), leave_out=("*.png",))
    assert (left.unexplained, left.patches[0].files) == ((), ("readme.txt",))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A repository that others have as a submodule."""
    folder = start_repository(tmp_path / "library")
    commit(folder, {"lib.php": b"<?php // lib\n", "more/lib.php": b"<?php\n"}, "Library")
    return folder


def add_submodule(repository: Path, other: Path, path: str) -> None:
    """As ``git submodule add`` does it; its files are in the work tree."""
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), path)
    git(repository, "commit", "--quiet", "-m", f"Add {path}")


def test_a_submodule_is_told_once_and_never_carried(repository: Path, stock: dict[str, Path], library: Path) -> None:
    add_submodule(repository, library, "lib")
    for with_rest in (False, True):
        adoption = take(repository, releases=(stock["1.0.0"],), with_rest=with_rest)
        assert reasons(adoption.unexplained) == {"lib": "a submodule; adopt its own repository"}
    left = take(repository, releases=(stock["1.0.0"],), leave_out=("lib", ".gitmodules"))
    assert (left.patches, left.unexplained) == ((), ())


def test_a_plugin_that_is_a_submodule_of_a_site_is_told(tmp_path: Path, stock: dict[str, Path]) -> None:
    vendor = start_repository(tmp_path / "tidy-forms")
    commit(vendor, plugin(), "Tidy Forms")
    commit(vendor, {"readme.txt": b"ours\n"}, "Ours")
    site = start_repository(tmp_path / "site")
    commit(site, {"wp-content/themes/slate/style.css": b"/*\nTheme Name: Slate\nVersion: 1\n*/\n"}, "Site")
    for path in ("wp-content/plugins/tidy-forms", "tools", "wp-content/themes/slate/plugins/part"):
        add_submodule(site, vendor, path)
    with open_source(find_location(str(site)), None, None) as opened:
        assert [str(place.component) for place in opened.places] == ["theme/slate", "plugin/tidy-forms"]
    with open_source(find_location(str(site / "wp-content/themes")), None, None) as opened:
        assert [str(place.component) for place in opened.places] == ["theme/slate"]
    with pytest.raises(ForkError, match="plugin/tidy-forms is a submodule; adopt its own repository"):
        take(site, "tidy-forms", releases=(stock["1.0.0"],))
    own = take(site / "wp-content/plugins/tidy-forms", releases=(stock["1.0.0"],))
    assert titles(own) == ["Ours"]
