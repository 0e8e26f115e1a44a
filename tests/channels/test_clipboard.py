from __future__ import annotations

from pathlib import Path

import pytest

from plugwatch.channels.clipboard import copy

TEXT = "Grüße `$(touch gone)`\n'quoted' 👍\n"


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH on which stand a shell and the programs that a test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "cat", "sleep"):
        (folder / name).symlink_to(Path("/bin") / name)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return folder


def put(desktop: Path, name: str, then: str = "") -> Path:
    """A program that keeps what it is told, and with what arguments."""
    kept = desktop.parent / f"{name}.txt"
    program = desktop / name
    program.write_text(f'#!/bin/sh\necho "$@" > "{kept}.args"\ncat > "{kept}"\n{then}\n', encoding="utf-8")
    program.chmod(0o755)
    return kept


@pytest.mark.parametrize(
    ("program", "arguments"),
    [("pbcopy", ""), ("xclip", "-selection clipboard"), ("xsel", "--clipboard --input"), ("wl-copy", "")],
)
def test_the_text_reaches_the_clipboard_as_it_is(
    program: str, arguments: str, desktop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    kept = put(desktop, program)
    assert copy(TEXT)
    assert kept.read_text(encoding="utf-8") == TEXT
    assert Path(f"{kept}.args").read_text(encoding="utf-8").strip() == arguments


def test_windows_gets_what_it_can_read(desktop: Path) -> None:
    kept = put(desktop, "clip.exe")
    assert copy(TEXT)
    assert kept.read_bytes().decode("utf-16") == TEXT


def test_one_that_stays_behind_to_serve_the_text_is_not_waited_for(desktop: Path) -> None:
    kept = put(desktop, "xclip", "sleep 8 &")
    assert copy(TEXT)
    assert kept.read_text(encoding="utf-8") == TEXT


def test_the_next_one_is_tried_where_one_fails(desktop: Path) -> None:
    put(desktop, "xclip", "exit 1")
    kept = put(desktop, "xsel")
    assert copy(TEXT)
    assert kept.exists()


def test_without_a_clipboard_nothing_happens(desktop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not copy(TEXT)
    put(desktop, "wl-copy")
    kept = put(desktop, "xclip")
    monkeypatch.delenv("DISPLAY")
    assert not copy(TEXT)
    assert not kept.exists()
