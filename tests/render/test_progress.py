from __future__ import annotations

import os
import pty
import select
import sys

import click
import pytest

from plugwatch.cli.progressing import progress as progress_of_a_command
from plugwatch.render.progress import progress


@pytest.fixture
def watch(monkeypatch):
    """Let stderr be a terminal (pytest puts its own one back before the test, so the test must call); its other end."""
    ends = []

    def begin() -> int:
        monkeypatch.setenv("TERM", "xterm")
        main, side = pty.openpty()
        stream = os.fdopen(side, "w", encoding="utf-8")
        monkeypatch.setattr(sys, "stderr", stream)
        ends.append((main, stream))
        return main

    yield begin
    for main, stream in ends:
        stream.close()
        os.close(main)


def _read_until(main: int, wanted: bytes) -> bytes:
    """Wait for what must come."""
    read = b""
    while wanted not in read:
        assert select.select([main], [], [], 5)[0], f"{wanted!r} did not come, but {read!r}"
        read += os.read(main, 4096)
    return read


def _left(main: int) -> bytes:
    os.set_blocking(main, False)
    try:
        return os.read(main, 65536)
    except BlockingIOError:
        return b""


def test_a_bar_counts_from_what_was_done_before_it_was_shown(watch):
    watched = watch()
    with progress("asking sites", 5, after=0) as advance:
        _read_until(watched, b"asking sites")
        for _ in range(3):
            advance()
        _read_until(watched, b"3/5")


def test_what_has_no_known_end_turns(watch):
    watched = watch()
    with progress("building [bold]", after=0):
        assert b"/" not in _read_until(watched, b"building [bold]").replace(b"/ ", b"")


def test_what_is_done_at_once_shows_nothing(watch):
    watched = watch()
    with progress("asking sites", 5) as advance:
        advance()

    assert _left(watched) == b""


def test_within_a_bar_there_is_no_other(watch):
    watched = watch()
    with progress("outer", 5, after=0):
        _read_until(watched, b"outer")
        with progress("inner", 5, after=0) as advance:
            advance()
    with progress("the next", 5, after=0):
        assert b"inner" not in _read_until(watched, b"the next")


@pytest.mark.parametrize(("name", "value"), [("TERM", "dumb"), ("PLUGWATCH_PLAIN", "1")])
def test_plain_and_dumb_terminals_see_none(watch, monkeypatch, name, value):
    watched = watch()
    monkeypatch.setenv(name, value)

    with progress("asking sites", 5, after=0) as advance:
        advance()

    assert _left(watched) == b""


def test_an_error_leaves_no_bar_behind(watch):
    watched = watch()

    def fail() -> None:
        with progress("asking", 5, after=0):
            _read_until(watched, b"asking")
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()

    with progress("again", 5, after=0):
        _read_until(watched, b"again")


def test_stdout_keeps_going_to_its_pipe(watch, capsys):
    watched = watch()
    with progress("asking sites", 5, after=0):
        _read_until(watched, b"asking sites")
        print("a result")

    assert capsys.readouterr().out == "a result\n"


@pytest.mark.parametrize(("args", "seen"), [([], True), (["--json"], False)])
def test_a_command_shows_none_where_json_is_asked_for(watch, args, seen):
    watched = watch()

    @click.command()
    @click.option("--json", "as_json", is_flag=True)
    def command(as_json: bool) -> None:
        with progress_of_a_command("asking", after=0):
            if seen:
                _read_until(watched, b"asking")

    command.main(args, standalone_mode=False)

    assert seen or _left(watched) == b""
