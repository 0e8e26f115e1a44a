"""What is drawn on a terminal, in a real one: colours there and nowhere else, no line wider, hostile words harmless."""

from __future__ import annotations

import os
import pty
import re
import shutil
import sys
from pathlib import Path
from threading import Thread

import pytest
from rich.cells import cell_len

from plugwatch.cli.main import run

ESCAPE = re.compile("\x1b\\[[0-9;?]*[a-zA-Z]")
DRAWN = re.compile("[─│█●✓×░○]")
HOSTILE = "[red]x[/red] :smile: \x1b[31m \u202e 表單壞了 <script> " + "x" * 10_000
SCREENS = [("today",), ("incident", "show", "1"), ("component", "where", "tidy"), ("fork", "show", "tidy")]


class Terminal:
    """A pseudo-terminal that stdout is for one command, with whatever was written to it."""

    def __init__(self, encoding: str) -> None:
        self._main, side = pty.openpty()
        self.stream = os.fdopen(side, "w", encoding=encoding, errors="backslashreplace")
        self._pieces: list[bytes] = []
        self._reader = Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                self._pieces.append(os.read(self._main, 65536))
            except OSError:  # Linux says EIO when the other side has closed
                return

    def close(self) -> str:
        self.stream.close()
        self._reader.join(30)
        os.close(self._main)
        return b"".join(self._pieces).decode().replace("\r\n", "\n")


@pytest.fixture
def shown(monkeypatch):
    """Run a command whose stdout is a terminal: what is on it then."""

    def ran(*args, columns=80, encoding="utf-8", **env):
        with monkeypatch.context() as patch:
            for name, value in ({"TERM": "xterm-256color", "COLUMNS": str(columns)} | env).items():
                patch.setenv(name, value)
            terminal = Terminal(encoding)
            patch.setattr(sys, "stdout", terminal.stream)
            code = run([str(arg) for arg in args])
            text = terminal.close()
        assert code == 0, text
        return text

    return ran


EXAMPLES = Path(__file__).parents[2] / "examples"
TOLD = (
    ("incident", "open", "shop", "tidy", HOSTILE, "--caller", "[b]Ada " * 20),
    ("incident", "call", "1", "dental", HOSTILE, "--heard", "mail"),
    ("incident", "set", "1", "--workaround", "[b]word " * 50, "--say", "effect=the form is not sending"),
    ("incident", "note", "1", HOSTILE),
    ("incident", "hold", "1", "--reason", "[bold]forms[/bold] do not send, " * 5),
    ("fork", "create", "plugin/tidy-forms", "--from", EXAMPLES / "tidy-forms" / "1.2.4"),
    (
        *("patch", "import", "tidy", EXAMPLES / "fix-nonce.patch", "--incident", "INC-1", "--why", "Because."),
        *("--title", " ".join(["[red]Accept[/red] the form"] * 4)),
    ),
)


@pytest.fixture
def agency(agencies, workspace):
    """Three sites, an incident with hostile words in it, a hold, and a fork with a patch."""
    shutil.copytree(agencies(*TOLD, sites=True), workspace, dirs_exist_ok=True)


def test_no_line_is_wider_than_the_terminal_and_no_word_is_taken_for_markup(agency, shown):
    for columns in (30, 40, 60, 80, 120):
        for screen in SCREENS:
            drawn = shown(*screen, columns=columns)
            plain = ESCAPE.sub("", drawn)

            assert DRAWN.search(plain), (screen, columns)
            assert "\x1b[" in drawn
            assert max(map(cell_len, plain.splitlines())) <= columns, (screen, columns)
            assert not set(plain) & {"\x1b", "\u202e", "\x00"}
    assert "[red]Accept[/red]" in plain  # the last one is the fork on the widest


@pytest.mark.parametrize("screen", SCREENS, ids=" ".join)
def test_plain_is_what_a_pipe_gets_byte_for_byte(agency, shown, plugwatch, monkeypatch, screen):
    monkeypatch.setenv("COLUMNS", "70")
    piped = plugwatch(*screen).out

    assert shown(*screen, "--plain", columns=70) == piped
    assert shown("--plain", *screen, columns=70) == piped
    assert not DRAWN.search(piped)
    assert "PLUGWATCH_PLAIN" not in os.environ  # the next command of this process is drawn again


def test_plain_lines_are_as_wide_as_in_a_pipe_where_nobody_tells_the_width(agency, shown, plugwatch, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)

    assert shown("today", "--plain", COLUMNS="") == plugwatch("today").out


@pytest.mark.parametrize("screen", SCREENS, ids=" ".join)
def test_a_dumb_terminal_gets_lines(agency, shown, screen):
    drawn = shown(*screen, TERM="dumb")

    assert "\x1b" not in drawn
    assert not DRAWN.search(drawn)


@pytest.mark.parametrize("screen", SCREENS, ids=" ".join)
def test_without_colours_the_words_are_the_same(agency, shown, monkeypatch, screen):
    coloured = ESCAPE.sub("", shown(*screen))

    for drawn in (shown(*screen, NO_COLOR="1"), shown(*screen, "--no-color")):
        assert not re.search("\x1b\\[[0-9;]*(3[0-7]|9[0-7]|4[0-7])[;m]", drawn)
        assert ESCAPE.sub("", drawn) == coloured
        monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize("screen", SCREENS, ids=" ".join)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_with_poor_letters_gets_other_marks(agency, shown, screen, encoding):
    drawn = ESCAPE.sub("", shown(*screen, encoding=encoding))

    assert drawn.isascii()
    assert re.search("^-- ", drawn, re.MULTILINE)
    assert "\\u2500" not in drawn  # no mark of ours is shown as an escape


def test_json_is_json_on_a_terminal_too(agency, shown, plugwatch):
    for screen in SCREENS[1:]:
        assert shown(*screen, "--json") == plugwatch(*screen, "--json").out


def test_the_incident_shows_who_was_heard_and_the_promises(agency, shown):
    drawn = ESCAPE.sub("", shown("incident", "show", "1"))

    lanes = {row[0]: row for line in drawn.splitlines() if (row := line.split()) and line.startswith(" ")}
    assert "2" in lanes["client"][1]
    assert "○" in lanes["promise"]
    assert "\n── Timeline ─" in drawn


def test_a_version_says_that_it_is_affected_and_held(agency, shown, plugwatch):
    plugwatch("incident", "set", "1", "--affected", "=1.2.4")
    drawn = ESCAPE.sub("", shown("component", "where", "tidy"))

    assert re.search(r"\n 1\.2\.4 +2  █+  affected: INC-1 · held by INC-1\n", drawn)
    assert "BUILD OF" not in drawn  # no site runs one


def test_the_stack_over_the_releases(agency, shown, plugwatch, tmp_path):
    for version in ("1.2.5", "1.3.0"):
        plugwatch("fork", "import", "tidy", "--from", EXAMPLES / "tidy-forms" / version)
        plugwatch("fork", "upgrade", "tidy", "--to", version)
    plugwatch("fork", "build", "tidy", "--version", "1.2.5", "--out", tmp_path)

    drawn = ESCAPE.sub("", shown("fork", "show", "tidy"))

    assert re.search(r"\n 1\.2\.4  ●  [0-9a-f]{10} *\n 1\.2\.5  ●  [0-9a-f]{10}  1\.2\.5\.0-p1 *\n 1\.3\.0  ✓ ", drawn)
    assert re.search(r"\n a  ✓  pw-\w+ +landed in 1\.3\.0  \d+ min", drawn)
    assert "1.3.0  landed  dana" in drawn


def test_a_command_whose_output_is_no_terminal_does_not_load_what_draws(agency, program):
    done = program("today", env={"PYTHONPROFILEIMPORTTIME": "1"})

    assert done.returncode == 0
    assert b"plugwatch.render.today" in done.stderr
    assert b" rich" not in done.stderr
    assert b"screens" not in done.stderr


def test_every_screen_has_its_example():
    folder = Path(sys.modules["plugwatch"].__file__ or "").parent / "render" / "screens"

    assert {path.stem for path in folder.glob("[a-z]*.py")} - {"pen"} == {args[0] for args in SCREENS}
