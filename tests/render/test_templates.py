"""Folders of templates: what is found, what hides what, and where a name may lead."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugwatch.errors import InputError, NotFoundError
from plugwatch.render.templates import TemplateFile, Templates, find_shipped_templates


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace's templates: one instead of a shipped one, one of a language of its own, and something else."""
    for name in ("client/en/closed.j2", "client/nl/closed.j2", "client/nl/words.txt", "client/nl/readme.md"):
        path = tmp_path / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Subject: {name}\n", encoding="utf-8")
    return tmp_path / "templates"


def test_every_template_and_list_of_words_is_listed_once_by_name(folder: Path) -> None:
    files = Templates([folder]).files()
    names = [file.name for file in files]
    shipped = [path.relative_to(find_shipped_templates()).as_posix() for path in find_shipped_templates().rglob("*.j2")]

    assert names == sorted(set(names))
    board = {name for name in shipped if name.startswith("report/agency/")}  # those no workspace can replace
    assert board
    assert set(shipped) - board < set(names)
    assert not board.intersection(names)
    assert [file for file in files if file.own] == [
        TemplateFile("client/en/closed.j2", folder / "client/en/closed.j2", own=True),
        TemplateFile("client/nl/closed.j2", folder / "client/nl/closed.j2", own=True),
        TemplateFile("client/nl/words.txt", folder / "client/nl/words.txt", own=True),
    ]


def test_a_workspace_without_templates_uses_the_shipped_ones(tmp_path: Path) -> None:
    assert Templates([tmp_path / "none"]).files() == Templates().files()
    assert not any(file.own for file in Templates().files())


def test_a_file_is_found_and_read_in_the_first_folder_that_has_it(folder: Path) -> None:
    templates = Templates([folder])
    shipped = find_shipped_templates() / "client/en/resolved.j2"

    assert templates.find("client/en/closed.j2") == folder / "client/en/closed.j2"
    assert templates.find("client/en/resolved.j2") == shipped
    assert templates.find("client/en/none.j2") is None
    assert templates.read("client/en/closed.j2") == "Subject: client/en/closed.j2\n"
    assert templates.read("client/en/resolved.j2") == shipped.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["../secret.j2", "client/../../secret.j2", "client/en/none.j2"])
def test_no_name_leads_out_of_the_folders(folder: Path, name: str) -> None:
    (folder.parent / "secret.j2").write_text("secret", encoding="utf-8")
    with pytest.raises(NotFoundError) as caught:
        Templates([folder]).read(name)
    assert str(caught.value) == f"there is no template '{name}' in {folder} nor {find_shipped_templates()}"


def test_a_file_that_is_no_text_is_named(folder: Path) -> None:
    (folder / "client/nl/closed.j2").write_bytes(b"Subject: \xff")
    with pytest.raises(InputError, match=r"client/nl/closed\.j2: the template is not UTF-8 text"):
        Templates([folder]).read("client/nl/closed.j2")
