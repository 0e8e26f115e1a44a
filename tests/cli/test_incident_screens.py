"""Incidents as a person sees them: what is asked, what is on the screen, and that no line is wider than that."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from plugwatch.ledger.database import open_ledger
from plugwatch.model.operation import Operation
from plugwatch.render.folding import cells

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def terminal(sites):
    """Run a command on a terminal of a width, with what a person types; what is on the screen then."""

    def ran(*args, columns=80, typed=""):
        main, side = pty.openpty()
        own = {"PYTHONPATH": str(CHECKOUT), "COLUMNS": str(columns), "PLUGWATCH_USER": "dana", "TERM": "dumb"}
        command = [sys.executable, "-m", "plugwatch", *args]
        child = subprocess.Popen(command, stdin=side, stdout=side, stderr=side, env=os.environ | own)
        os.close(side)
        os.write(main, typed.encode())
        shown = b""
        while True:
            try:
                piece = os.read(main, 65536)
            except OSError:  # Linux says EIO when the other side has closed
                break
            if not piece:
                break
            shown += piece
        os.close(main)
        assert child.wait(30) == 0, shown
        return shown.decode().replace("\r\n", "\n")

    return ran


def numbers(plugwatch):
    return [row["incident"] for row in plugwatch("incident", "list", "--json").json]


@pytest.mark.parametrize(("typed", "joined"), [("\n", True), ("y\n", True), ("n\n", False)])
def test_a_person_is_asked_whether_it_is_the_same(plugwatch, terminal, typed, joined):
    plugwatch("incident", "open", "dental", "tidy", "no enquiries")

    shown = terminal("incident", "open", "shop", "tidy", "it broke", typed=typed)

    assert "Same as INC-1 (tidy-forms 1.2.4)? [Y/n]" in shown
    assert numbers(plugwatch) == (["INC-1"] if joined else ["INC-2", "INC-1"])


def test_what_php_broke_is_asked_for_by_its_name(plugwatch, terminal):
    plugwatch("incident", "open", "dental", "white page", "--trigger", "php:8.4")

    assert "Same as INC-1 (php:8.4)?" in terminal(
        "incident", "open", "shop", "white", "--trigger", "php:8.4", typed="\n"
    )


@pytest.mark.parametrize("options", [("--new",), ("--json",)])
def test_nobody_is_asked_who_has_said_so_already(plugwatch, terminal, options):
    plugwatch("incident", "open", "dental", "tidy", "no enquiries")

    assert "Same as" not in terminal("incident", "open", "shop", "tidy", "it broke", *options)


def test_nothing_is_asked_where_nothing_is_the_same(plugwatch, terminal):
    assert "Same as" not in terminal("incident", "open", "shop", "tidy", "it broke")
    assert numbers(plugwatch) == ["INC-1"]


@pytest.mark.parametrize("columns", [60, 80])
def test_no_line_is_wider_than_the_screen(plugwatch, terminal, columns):
    words = "Das Formular sendet nicht 🦄 " * 20 + "\u202e" + "x" * 10_000
    plugwatch("incident", "open", "shop", "tidy", words, "--caller", "Ada " * 40)
    plugwatch("incident", "call", "1", "dental", "表單壞了" * 50, "--heard", "mail")
    plugwatch("incident", "set", "1", "--workaround", "word " * 100, "--say", "effect=the form is not sending")
    plugwatch("incident", "note", "1", words)
    plugwatch("incident", "hold", "1", "--reason", "forms do not send, " * 9)

    shown = terminal("incident", "show", "1", columns=columns)

    assert max(cells(line) for line in shown.splitlines() if "next:" not in line) <= columns
    assert "\u202e" not in shown
    assert "\n  sites       2 affected (shop, dental)\n" in shown
    folded = shown[shown.index("  workaround  ") :].splitlines()
    assert folded[1].startswith(" " * 14 + "word word")


@pytest.mark.parametrize("args", [("hold", "1"), ("call", "1", "shop", "it is still broken"), ("impact", "1")])
def test_no_line_of_what_one_does_is_wider_either(plugwatch, terminal, args):
    plugwatch("incident", "open", "shop", "tidy", "it broke")
    plugwatch("incident", "hold", "1", "--reason", "forms do not send, " * 9, "--until", "a release with our fix")

    shown = terminal("incident", *args, columns=60)

    assert max(cells(line) for line in shown.splitlines() if "next:" not in line) <= 60


def test_what_was_promised_and_what_was_told(plugwatch, sites):
    plugwatch("incident", "open", "shop", "tidy", "it broke")
    plugwatch("incident", "call", "1", "shop", "it is still broken")
    plugwatch("incident", "call", "1", "dental", "no enquiries")
    plugwatch("incident", "tell", "1", "--client", "brightside", "--via", "phone", "--send")

    shown = plugwatch("incident", "show", "1")
    document = plugwatch("incident", "show", "1", "--json").json

    due = r"(today |tomorrow |\w{3} )?\d+:\d\d"
    promises = rf"\n  promises    .*brightside-bikes kept \d+:\d\d \(due {due}\)"
    assert re.search(promises, shown.out)
    assert re.search(rf"[ ·]northgate-dental due {due}", shown.out)
    assert re.search(r"\n  messages    brightside-bikes identified sent \d+:\d\d\n", shown.out)
    assert sorted(promise["state"] for promise in document["promises"]) == ["kept", "kept", "open", "open"]
    [message] = document["messages"]
    assert (message["client"], message["phase"], message["status"]) == ("brightside-bikes", "identified", "sent")
    assert message["sites"] == ["shop"]
    assert [row["state"] for row in message["deliveries"]] == ["sent"]


def test_a_patch_that_was_taken_out_is_not_said_to_be_in_a_release(plugwatch, sites, workspace):
    plugwatch("incident", "open", "shop", "tidy", "it broke")
    fates = {"pw-aaaaaaaaaa": None, "pw-bbbbbbbbbb": "dropped", "pw-cccccccccc": "landed"}
    rows = {
        "patches": [{"id": one, "title": "Wait", "origin": "o", "incident": "INC-1"} for one in fates],
        "drops": [
            {"patch": one, "version": "1.2.5", "verdict": verdict, "evidence": []}
            for one, verdict in fates.items()
            if verdict
        ],
    }
    operation = Operation("OP-1", "plugin/tidy-forms", "fork upgrade", "dana", "2026-11-20T10:00:00+00:00", (), rows)
    with open_ledger("sqlite:///plugwatch.db", workspace=workspace) as ledger, ledger.unit_of_work() as work:
        work.forks.apply(operation)

    shown = plugwatch("incident", "show", "1").out
    patches = {
        p["patch"]: (p["dropped_in"], p["verdict"])
        for p in plugwatch("incident", "show", "1", "--json").json["patches"]
    }

    on = "on plugin/tidy-forms: Wait"
    assert f"\n  patch       pw-aaaaaaaaaa {on}\n" in shown
    assert f"\n  patch       pw-bbbbbbbbbb {on}, taken out on 1.2.5\n" in shown
    assert f"\n  patch       pw-cccccccccc {on}, in the vendor's 1.2.5\n" in shown
    assert patches == {
        "pw-aaaaaaaaaa": (None, None),
        "pw-bbbbbbbbbb": ("1.2.5", "dropped"),
        "pw-cccccccccc": ("1.2.5", "landed"),
    }
