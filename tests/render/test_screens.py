"""What is drawn, on a stream that says that it is a terminal; real ones are in tests/cli/test_screens.py."""

from __future__ import annotations

import io
import re
import sys
from datetime import datetime, timedelta, timezone

import pytest
from rich.cells import cell_len

from plugwatch.model.component import Component
from plugwatch.model.hold import Hold
from plugwatch.model.suspects import Concern
from plugwatch.model.today import BadFeedback, Due, Finding, OnCall, SilentVendor, Today, Turn, Undelivered
from plugwatch.render.screens.component import draw_versions
from plugwatch.render.screens.fork import draw_fork, stack_lines
from plugwatch.render.screens.pen import Pen
from plugwatch.render.screens.today import draw_today

NOW = datetime(2026, 11, 24, 9, 39, tzinfo=timezone.utc)
COLOUR = re.compile("\x1b\\[[0-9;]*m")
HOSTILE = ["x" * 10_000, "[red]a\nb\t\x1b[31m\u202eevil\x00", "漢字" * 5000, "e\u0301" * 9000, "שלום " * 99]


class _Stream(io.TextIOWrapper):
    """A terminal whose text can be read, without its colours."""

    def isatty(self) -> bool:
        return True

    @property
    def text(self) -> str:
        self.flush()
        return COLOUR.sub("", self.buffer.getvalue().decode(self.encoding))


@pytest.fixture
def screen(monkeypatch):
    def at(columns: int, encoding: str = "utf-8") -> _Stream:
        stream = _Stream(io.BytesIO(), encoding=encoding, errors="backslashreplace")
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys, "stdout", stream)
        return stream

    return at


def _due(client: str, due: datetime) -> Due:
    return Due(client, "INC-42", client, client, due, "first message", "high", None)


def _morning(word: str) -> Today:
    return Today(
        now=NOW,
        on_call=OnCall(word, None, word),
        due=[_due(word, NOW - timedelta(minutes=9)), _due(word, NOW + timedelta(minutes=12))],
        turns=[
            Turn(f"INC-{place}", word, turn, word, "high", "identified", word, NOW, in_triage=1)
            for place, turn in enumerate(("us", "client", "vendor"), 50)
        ],
        undelivered=[Undelivered("INC-42", word, word, word, "refused", word, NOW, None)],
        feedback=[BadFeedback(None, word, word, word, NOW, None)],
        silent=[SilentVendor("SUB-7", None, word, "sent", NOW, None)],
        findings=[Finding("release", word, word), Finding("security", word, word)],
    )


@pytest.mark.parametrize("word", HOSTILE)
def test_no_word_breaks_the_morning(screen, word):
    for columns in (40, 60, 80, 120):
        stream = screen(columns)
        draw_today(_morning(word))

        assert max(map(cell_len, stream.text.splitlines())) <= columns
        assert not set(stream.text) & {"\x1b", "\u202e", "\x00"}
        assert len(stream.text.splitlines()) < 200
        assert "── Nobody" not in stream.text  # a part with nothing in it is left out


def test_the_bar_before_a_promise_fills_as_the_time_comes(screen):
    stream = screen(80)
    times = (timedelta(minutes=-9), timedelta(minutes=12), timedelta(hours=2), timedelta(hours=5))
    draw_today(Today(NOW, None, due=[_due("Acme", NOW + time) for time in times]))

    rows = [line.split("Acme")[0].rstrip() for line in stream.text.splitlines() if "Acme" in line]
    assert rows == [" ██████  !", " █████▊", " ███░░░", " ░░░░░░"]


def test_a_morning_with_nothing_in_it_says_so(screen):
    stream = screen(80)
    draw_today(Today(NOW, OnCall("ana"), checked_at=NOW - timedelta(hours=3)))

    assert stream.text.splitlines()[:2] == ["On call  ana", "Nothing is due, and nobody waits."]
    assert stream.text.endswith(" nothing found, looked 3 h ago\n")


def test_of_a_long_part_ten_are_drawn_and_the_rest_is_counted(screen):
    stream = screen(80)
    draw_today(Today(NOW, None, due=[_due(f"C{number}", NOW) for number in range(34)]))

    assert "── Due · 34 ─" in stream.text
    assert "C10 " not in stream.text
    assert "\n and 24 more\n" in stream.text


@pytest.mark.parametrize(("part", "of", "drawn"), [(0, 8, ""), (1, 10_000, "▏"), (4, 8, "█"), (9, 8, "██"), (0, 0, "")])
def test_a_bar_shows_whatever_is_not_nothing_and_never_more_than_all(screen, part, of, drawn):
    screen(80)

    assert Pen().bar(part, of, 2).plain == drawn


def _fork(patches: int, title: str) -> dict:
    carried = [{"patch": f"pw-{number:010}", "title": title} for number in range(patches)]
    first = {"version": "1.0", "commit": "a" * 40, "builds": [], "carried": carried}
    second = {"version": "1.1", "commit": "b" * 40, "builds": ["1.1.0.0-p1"], "carried": carried[2:]}
    dropped = [
        {
            "patch": f"pw-{number:010}",
            "title": title,
            "version": "1.1",
            "verdict": verdict,
            "actor": "dana",
            "at": "now",
        }
        | {"evidence": [title]}
        for number, verdict in ((1, "dropped"), (0, "landed-variant"))
    ]
    return {"component": "plugin/x", "repository": "/x.git", "releases": [first, second], "dropped": dropped}


def test_what_became_of_each_patch_on_each_release(screen):
    stream = screen(80)
    document = _fork(3, "a fix")
    draw_fork(document, stack_lines(document, {"pw-0000000002": NOW - timedelta(days=41)}), ["error: it is old"], NOW)

    shown = [line.rstrip() for line in stream.text.splitlines()]
    assert "      a b c" in shown
    assert " 1.0  ● ● ●  aaaaaaaaaa" in shown
    assert " 1.1  ✓ × ●  bbbbbbbbbb  1.1.0.0-p1" in shown
    assert " a  ✓  pw-0000000000  landed in 1.1   –        a fix" in shown
    assert " b  ×  pw-0000000001  dropped on 1.1  –        a fix" in shown
    assert " c  ●  pw-0000000002  carried on 1.1  41 days  a fix" in shown
    assert " error: it is old" in shown


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
@pytest.mark.parametrize("title", HOSTILE[:3])
def test_a_fork_of_many_patches_fits(screen, columns, title):
    stream = screen(columns)
    document = _fork(60, title)
    draw_fork(document, stack_lines(document, {}), [title], NOW)

    assert max(map(cell_len, stream.text.splitlines())) <= columns
    assert all(line.patch in stream.text for line in stack_lines(document, {}))


def test_a_fork_without_patches_or_releases_is_only_its_name(screen):
    stream = screen(80)
    draw_fork({"component": "plugin/x", "repository": "/x.git", "releases": [], "dropped": []}, [], [], NOW)

    assert stream.text.startswith("plugin/x  /x.git\n")


def test_versions_say_what_is_the_matter_with_them(screen):
    component = Component("plugin", "tidy")
    hold = Hold("INC-3", component, ">=1.2.4,<1.3", "it breaks", None, NOW, "dana")
    old = Concern("INC-1", "1.2.3", None, is_open=False)
    stream = screen(80)
    ours = ("1.2.4.0-p1", "1.2.4", "1.2.4.0-p1")
    installed = [("1.2.4", "1.2.4", None), ("1.10", "1.10", None), ours, ("1.2.3", "1.2.3", None), (None, None, None)]
    draw_versions(installed * 2, [hold], [Concern("INC-3", "1.2.4", ">=1.2.4,<1.2.5", is_open=True), old])

    rows = [" ".join(line.replace("█", "").split()) for line in stream.text.splitlines()[2:-2]]
    assert rows == [
        "not known 2",
        "1.2.3 2",
        "1.2.4 2 affected: INC-3 · held by INC-3",
        "1.2.4.0-p1 2 our build of 1.2.4",
        "1.10 2",
    ]
