from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from plugwatch.channels.file import FileRoad
from plugwatch.channels.mail import build_mail
from plugwatch.errors import PlugwatchError
from plugwatch.model.client import Contact
from plugwatch.model.messages.message import Answer, Mail, Receipt

MARIA, DESK = "maria@acme.example", "desk@acme.example"
MAIL = Mail(
    subject="acme.example:\nes läuft wieder",
    body="Guten Tag,\r\n\r\nes läuft wieder.\r\n\r\n",
    sender=Contact("dev@agency.example", "Example Agency"),
    to=(Contact(MARIA, "Maria Marlowe"), Contact(DESK)),
    date=datetime(2026, 11, 20, 9, 41, tzinfo=timezone.utc),
    mail_id="<01k3q7@agency.example>",
    name="acme-identified-1",
)
HANDING = Receipt({MARIA: Answer("handing"), DESK: Answer("handing")})


def nothing(_: Receipt) -> None:
    pass


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_mail_is_written_for_programs_and_for_people(tmp_path: Path) -> None:
    folder = tmp_path / "drafts" / "INC-42"
    told: list[tuple[Receipt, int]] = []

    def about_to_hand(receipt: Receipt) -> None:
        told.append((receipt, len(list(folder.glob("[!.]*")))))

    receipt = FileRoad(folder).send(MAIL, [MARIA, DESK], about_to_hand)

    written = Answer("written", str(folder / "acme-identified-1.eml"))
    assert told == [(HANDING, 0)]
    assert receipt == Receipt({MARIA: written, DESK: written})
    assert names(folder) == ["acme-identified-1.eml", "acme-identified-1.txt"]
    assert (folder / "acme-identified-1.eml").read_bytes() == build_mail(MAIL).as_bytes()
    assert (folder / "acme-identified-1.txt").read_bytes().decode() == (
        "To: Maria Marlowe <maria@acme.example>, desk@acme.example\n"
        "Subject: acme.example: es läuft wieder\n"
        "\n"
        "Guten Tag,\n"
        "\n"
        "es läuft wieder.\n"
    )


def test_another_try_writes_the_same_files_again(tmp_path: Path) -> None:
    road = FileRoad(tmp_path)
    first = road.send(MAIL, [MARIA], nothing)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (tmp_path / "acme-identified-1.txt").write_text("half")
    assert road.send(MAIL, [MARIA], nothing) == first
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_is_raised_at_the_point_of_no_return_leaves_nothing_behind(tmp_path: Path) -> None:
    def lose(_: Receipt) -> None:
        raise PlugwatchError("ben is sending this")

    road = FileRoad(tmp_path)
    with pytest.raises(PlugwatchError, match=r"^ben is sending this$"):
        road.send(MAIL, [MARIA], lose)
    assert road.send(MAIL, [MARIA], lambda _: False) == Receipt({MARIA: Answer("waiting")})
    assert names(tmp_path) == []


def test_any_character_can_be_written(tmp_path: Path) -> None:
    FileRoad(tmp_path).send(replace(MAIL, body="a\ud800b\u2028c\x00", subject="\ud800s"), [MARIA], nothing)
    text = (tmp_path / "acme-identified-1.txt").read_bytes().decode()
    assert text.endswith("Subject: s\n\na\ufffdb\u2028c\x00\n")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "INC-42"
    with pytest.raises(PlugwatchError) as caught:
        FileRoad(folder).send(MAIL, [MARIA], nothing)
    assert str(caught.value) == (
        f"{folder} cannot be written (Not a directory), so nothing was; make room or mend its rights"
    )


def test_files_that_cannot_take_their_names_wait(tmp_path: Path) -> None:
    (tmp_path / "acme-identified-1.eml").mkdir()
    receipt = FileRoad(tmp_path).send(MAIL, [MARIA], nothing)
    assert receipt == Receipt({MARIA: Answer("waiting", f"{tmp_path}: Is a directory")})
    assert names(tmp_path) == ["acme-identified-1.eml"]


@pytest.mark.parametrize("name", ["../x", "/x", "a/b"])
def test_a_name_never_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(PlugwatchError, match=r"cannot be the name of a file$"):
        FileRoad(tmp_path / "drafts").send(replace(MAIL, name=name), [MARIA], nothing)
    assert names(tmp_path) == []
