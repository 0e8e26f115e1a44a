"""``plugwatch incident hours``: minutes of notes, added up and paid for."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def worked(plugwatch, sites):
    """Three incidents: two clients were hit by the first, one by the second, and the third has no minutes."""
    plugwatch("incident", "open", "shop", "tidy", "form does not send")
    plugwatch("incident", "open", "dental", "tidy", "no mail")
    plugwatch("incident", "open", "blog", "the site is slow")
    plugwatch("incident", "open", "dental", "white page")
    plugwatch("incident", "note", "1", "found the line", "--minutes", 41, "--at", "2020-01-06 10:00")
    plugwatch("incident", "note", "1", "called back", "--minutes", 20, "--client", "northgate-dental")
    plugwatch("incident", "note", "2", "cleared the cache", "--minutes", 15)
    plugwatch("incident", "note", "3", "looked")


def _set_rate() -> None:
    path = Path("plugwatch.toml")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[agency]", '[agency]\nhourly_rate = 90\ncurrency = "CHF"'), encoding="utf-8")


def test_minutes_are_added_up_by_incident_and_cost_nothing_known_without_a_rate(plugwatch, worked):
    assert plugwatch("incident", "hours", "--json").json == {
        "by": "incident",
        "rows": [
            {"incident": "INC-1", "minutes": 61, "cost": None, "currency": None},
            {"incident": "INC-2", "minutes": 15, "cost": None, "currency": None},
        ],
        "minutes": 76,
        "cost": None,
        "currency": None,
        "since": None,
    }


def test_the_clients_of_one_incident_share_what_was_not_done_for_one_of_them(plugwatch, worked):
    _set_rate()

    found = plugwatch("incident", "hours", "INC-1", "--json").json
    assert found["rows"] == [
        {"client": "northgate-dental", "minutes": 40, "cost": 60.0, "currency": "CHF"},
        {"client": "brightside-bikes", "minutes": 21, "cost": 31.5, "currency": "CHF"},
    ]
    assert (found["minutes"], found["cost"]) == (61, 91.5)


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("component", {"plugin/tidy-forms": 61, None: 15}),
        ("vendor", {None: 76}),
        ("client", {"northgate-dental": 40, "brightside-bikes": 36}),
    ],
)
def test_they_are_added_up_by_whatever_is_asked(plugwatch, worked, by, rows):
    found = plugwatch("incident", "hours", "--by", by, "--json").json

    assert {row[by]: row["minutes"] for row in found["rows"]} == rows


def test_only_what_was_done_since_then_counts(plugwatch, worked):
    found = plugwatch("incident", "hours", "--since", "30d", "--json").json

    assert {row["incident"]: row["minutes"] for row in found["rows"]} == {"INC-1": 20, "INC-2": 15}


def test_the_list_is_for_people(plugwatch, worked):
    _set_rate()

    assert plugwatch("incident", "hours").out.splitlines() == [
        "INCIDENT\tTIME\tCOST",
        "INC-1\t1h1m\t91.50 CHF",
        "INC-2\t15m\t22.50 CHF",
        "in all\t1h16m\t114.00 CHF",
    ]


def test_nothing_noted_says_how_to_note_it(plugwatch, workspace):
    ran = plugwatch("incident", "hours")

    assert ran.out == ""
    assert "no time was noted yet" in ran.err
    assert "--minutes 25" in ran.err


def test_an_unknown_incident_and_a_bad_time_are_said(plugwatch, workspace):
    assert "there is no incident '9'" in plugwatch("incident", "hours", "9", code=1).err
    assert "'soon' is no time to look back to" in plugwatch("incident", "hours", "--since", "soon", code=1).err


@pytest.mark.parametrize(("by", "shown"), [("client", "brightside-bikes"), ("vendor", "–")])
def test_a_person_sees_the_time_where_no_rate_is_set(plugwatch, worked, by, shown):
    rows = [line.split("\t") for line in plugwatch("incident", "hours", "--by", by).out.splitlines()]

    assert rows[0] == [by.upper(), "TIME"]
    assert shown in [row[0] for row in rows]
