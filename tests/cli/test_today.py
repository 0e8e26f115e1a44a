"""``plugwatch today``: what is due, what is mine, and reminders that are sent once."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from peers.chat import ChatRoom, serve_chat

from plugwatch.cli.context import App
from plugwatch.model.turn import TURNS

BERLIN = "Europe/Berlin"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
LISTS = (
    "due",
    "turns",
    "undelivered",
    "look",
    "feedback",
    "silent_vendors",
    "releases",
    "security",
    "lost_patches",
    "to_move",
    "to_tell",
    "deployments",
)
SHAPE = {
    "now": TIME,
    "on_call": {"person": (str, None), "until": (str, None), "next": (str, None)},
    "due": [
        {
            "incident": re.compile("INC-[0-9]+"),
            "client": str,
            "due": TIME,
            "state": {"overdue", "soon", "open"},
            "minutes": int,
            "what": str,
            "assignee": (str, None),
        }
    ],
    "turns": [
        {
            "incident": re.compile("INC-[0-9]+"),
            "turn": set(TURNS),
            "why": str,
            "severity": str,
            "status": str,
            "assignee": (str, None),
            "since": TIME,
            "title": str,
        }
    ],
    "look": [{"incident": str, "in_triage": int, "run_out": int, "hit_next": int}],
    "undelivered": list,
    "feedback": list,
    "silent_vendors": list,
    "releases": [{"place": str, "summary": str}],
    "security": [{"place": str, "summary": str, "component": str, "url": (str, None)}],
    "lost_patches": [{"place": str, "summary": str, "site": (str, None), "incident": (str, None)}],
    "to_move": [{"place": str, "summary": str, "patch": str, "sites": [str]}],
    "to_tell": [{"place": str, "summary": str}],
    "deployments": [{"site": str, "component": str, "version": str, "state": str}],
    "watch_errors": [{"place": str, "summary": str}],
    "checked_at": (TIME, None),
}


def _configure(text: str) -> None:
    """Add tables to the configuration of the workspace that the test stands in."""
    with Path("plugwatch.toml").open("a", encoding="utf-8") as file:
        file.write(text)


@pytest.fixture
def open_long_ago(plugwatch):
    """Log a call on a Monday morning of 2020, whose promise nobody has kept."""

    def logged(*args: str) -> None:
        monday = datetime(2020, 1, 6, 9, 0, tzinfo=ZoneInfo(BERLIN))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(App, "now", property(lambda _: monday))
            plugwatch("incident", "open", *args)

    return logged


@pytest.fixture
def calls(plugwatch, sites, open_long_ago):
    """Two calls: one about Tidy Forms that two sites run, long ago; and one just now."""
    open_long_ago("shop", "tidy", "form does not send")
    plugwatch("incident", "open", "dental", "the site is slow")


def test_a_new_workspace_has_nothing_due(plugwatch, workspace):
    found = plugwatch("today")

    assert found.out.splitlines()[0] == "Nothing is due, and nobody waits."
    assert found.err.splitlines()[-1] == "next: plugwatch incident list --all"
    assert all(plugwatch("today", "--json").json[key] == [] for key in LISTS)


def test_what_is_due_stands_first_with_whose_turn_it_is(plugwatch, calls, conforms):
    found = plugwatch("today", "--json").json

    conforms(found, SHAPE)
    assert [(row["incident"], row["client"], row["assignee"]) for row in found["due"]] == [
        ("INC-1", "brightside-bikes", None),
        ("INC-2", "northgate-dental", None),
    ]
    assert [row["what"] for row in found["due"]] == ["first message"] * 2
    assert {row["incident"]: row["turn"] for row in found["turns"]} == {"INC-1": "us", "INC-2": "us"}
    assert found["turns"][0]["why"].startswith("Brightside Bikes ")
    assert found["on_call"] == {"person": None, "until": None, "next": None}


def test_the_screen_names_the_next_command(plugwatch, calls):
    found = plugwatch("today")

    assert "Brightside Bikes" in found.out
    assert found.err.splitlines()[-1] == "next: plugwatch incident tell INC-1"


def test_mine_is_what_is_assigned_to_me_and_what_nobody_has_while_i_am_on_call(plugwatch, calls, monkeypatch):
    plugwatch("incident", "set", "1", "--assign", "eve")
    mine = plugwatch("today", "--mine", "--json").json
    assert [row["incident"] for row in mine["due"]] == ["INC-2"]  # without a rota it is everybody's

    _configure('\n[rota]\npeople = ["eve"]\nstarts = "2020-01-06"\n')
    assert plugwatch("today", "--mine", "--json").json["due"] == []
    others = plugwatch("today", "--mine")
    assert (others.out.splitlines()[1], others.err) == ("Nothing of it is yours.", "\nnext: plugwatch today\n")
    monkeypatch.setenv("PLUGWATCH_USER", "eve")
    mine = plugwatch("today", "--mine", "--json").json
    assert [row["incident"] for row in mine["due"]] == ["INC-1", "INC-2"]
    assert mine["on_call"] == {"person": "eve", "until": None, "next": None}
    assert plugwatch("today").out.splitlines()[0] == "On call: eve"


def test_it_says_who_is_on_call_until_when_and_who_follows(plugwatch, workspace):
    _configure('\n[rota]\npeople = ["ana", "ben"]\nstarts = "2020-01-06"\n')

    shown = plugwatch("today").out.splitlines()[0]
    assert re.fullmatch(r"On call: (ana|ben) \(until Sun \d+ \w+( \d+)?\), then (ana|ben)", shown)


# Reminders


@pytest.fixture
def room(monkeypatch) -> Iterator[ChatRoom]:
    """The team's chat."""
    with serve_chat() as room:
        monkeypatch.setenv("PLUGWATCH_CHAT_URLS", room.url)
        yield room


def test_reminders_name_no_client_unless_the_chat_may_know_them(plugwatch, calls, room, open_long_ago):
    ran = plugwatch("today", "--remind")

    assert (ran.out, ran.err) == ("", "reminded of 1 promise\n")
    [(title, body)] = room.told
    assert title == "Clients wait for a word: 1 overdue"
    assert re.fullmatch(r"INC-1: a client should have heard from us by 6 Jan 2020 \(\d+ days ago\)", body)

    _configure("\n[messages]\nchat_names = true\n")
    open_long_ago("blog", "tidy", "no form", "--new")
    assert plugwatch("today", "--remind", "--json").json["reminded"] == 1
    assert room.told[1][1].startswith("INC-3: Brightside Bikes should have heard from us ")
    assert plugwatch("today", "--remind", "--json").json["reminded"] == 0


def test_a_room_that_does_not_answer_is_reminded_the_next_time(plugwatch, calls, room):
    room.status = 500
    assert "did not take the reminder" in plugwatch("today", "--remind", code=4).err

    room.status = 200
    assert plugwatch("today", "--remind").err == "reminded of 1 promise\n"


def test_of_two_rooms_the_one_that_was_told_is_not_told_again(plugwatch, calls, room, monkeypatch):
    with serve_chat() as silent:
        silent.status = 500
        monkeypatch.setenv("PLUGWATCH_CHAT_URLS", f"{room.url} {silent.url}")
        assert "did not take the reminder" in plugwatch("today", "--remind", code=4).err
    plugwatch("today", "--remind")

    assert len(room.told) == 1


def test_without_an_address_it_says_where_to_write_one(plugwatch, workspace):
    assert "PLUGWATCH_CHAT_URLS" in plugwatch("today", "--remind", code=1).err


def test_many_jobs_at_once_remind_once(plugwatch, calls, room):
    jobs = [
        subprocess.Popen([sys.executable, "-m", "plugwatch", "today", "--remind"], stderr=subprocess.PIPE)
        for _ in range(8)
    ]

    said = sorted(job.communicate()[1].decode() for job in jobs)
    assert [job.returncode for job in jobs] == [0] * 8
    assert said == ["reminded of 0 promises\n"] * 7 + ["reminded of 1 promise\n"]
    assert len(room.told) == 1
