"""Where an adoption reads from: what is no source is said in one sentence, and what is read is only read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from adopting import below, commit, take, titles
from workbench import mail_file, plugin, write_files, zip_files

from plugwatch.errors import ForkError, InputError, UnknownError
from plugwatch.forks.adopt_source import _read

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
