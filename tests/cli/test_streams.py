"""What the program does with the streams that it is given: pipes that close, full disks, terminals, odd encodings."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import click
import pytest

from plugwatch.render.terminal import clean_lines


def _on_terminal(args: list[str], columns: int, **env: str) -> str:
    """What a command shows on a terminal of that width."""
    main, side = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "plugwatch", *args],
        stdin=side,
        stdout=side,
        stderr=side,
        env=os.environ
        | {"PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm-256color", "COLUMNS": str(columns)}
        | env,
    )
    os.close(side)
    shown = b""
    while select.select([main], [], [], 30)[0]:
        try:
            piece = os.read(main, 65536)
        except OSError:  # Linux says EIO when the other side has closed
            break
        if not piece:
            break
        shown += piece
    os.close(main)
    assert child.wait(30) == 0
    return shown.decode().replace("\r\n", "\n")


def test_a_reader_that_goes_away_is_no_error(sites, program):
    reader, writer = os.pipe()
    os.close(reader)

    done = program("site", "show", "shop", stdout=writer, stderr=subprocess.PIPE, capture_output=False)
    os.close(writer)

    assert done.returncode == 0
    assert done.stderr == b""


def test_a_full_disk_is_said_in_one_sentence(sites, program):
    with Path("/dev/full").open("wb") as full:
        done = program("site", "list", "--json", stdout=full, stderr=subprocess.PIPE, capture_output=False)

    assert done.returncode == 1
    assert done.stderr == b"plugwatch: reading or writing failed: No space left on device\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", ["site list", "site list --json", "--version", "site import shop -"])
def test_a_closed_stream_is_no_bug(sites, program, closed, command):
    script = f'"$0" -m plugwatch {command} {closed}'

    done = subprocess.run(
        ["sh", "-c", script, sys.executable],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        input=b"",
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == (1 if "import" in command else 0), done.stderr
    assert b"bug" not in done.stderr


def test_an_error_that_nobody_can_read_keeps_its_code(workspace, program):
    with Path("/dev/full").open("wb") as full:
        done = program("site", "show", "nowhere", stderr=full, capture_output=False)

    assert done.returncode == 1


def test_an_encoding_without_our_letters_shows_escapes(sites, program):
    done = program("incident", "open", "shop", "tidy", "kaputt", env={"PYTHONIOENCODING": "latin-1"})

    assert done.returncode == 0, done.stderr
    assert b"\\u201c" in done.stdout


def test_json_in_a_poor_encoding_is_still_json(workspace, program):
    program("client", "add", "baeder", "--name", "Bäder 🏊 Süd")

    done = program("client", "list", "--json", env={"PYTHONIOENCODING": "ascii"})

    assert done.returncode == 0
    assert b"B\\xe4der" in done.stdout or json.loads(done.stdout)[0]["name"] == "Bäder 🏊 Süd"


def test_a_table_fits_the_terminal(sites):
    for columns in (60, 80, 120):
        shown = click.unstyle(_on_terminal(["component", "where", "tidy"], columns))

        assert max(map(len, shown.splitlines()[1:4])) <= columns, shown
        assert "dental" in shown


def test_versions_and_dates_stay_whole_on_a_narrow_terminal(sites):
    shown = _on_terminal(["site", "show", "shop", "--no-color"], 40)

    assert "component  plugin/tidy-forms\nversion    1.2.4\nstatus     active\n" in shown


def test_colours_can_be_switched_off(sites):
    with_colours = _on_terminal(["site", "list"], 100)
    without = [
        _on_terminal(["--no-color", "site", "list"], 100),
        _on_terminal(["site", "list", "--no-color"], 100),
        _on_terminal(["site", "list"], 100, NO_COLOR="1"),
    ]

    assert "\x1b[" in with_colours
    for shown in without:
        assert "\x1b[3" not in shown


def test_a_pipe_gets_tabs_and_no_escapes(sites, program):
    done = program("site", "list")

    header, *rows = done.stdout.decode().splitlines()
    assert header.split("\t")[:2] == ["SITE", "CLIENT"]
    assert [row.split("\t")[0] for row in rows] == ["blog", "dental", "shop"]
    assert clean_lines(done.stdout.decode()) == done.stdout.decode()
