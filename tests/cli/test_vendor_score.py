"""``plugwatch vendor score``: what vendors' answers and fixes are worth, from what was really sent and said."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from workbench import Workspace

DAYS = {"dental": (90, 88, 70), "blog": (60, 56, None), "shop": (10, None, None)}
PRIVATE = "for us alone: a vendor may be somebody's customer, so show it to nobody outside\n"


def day(ago: int) -> str:
    """A date; times of these tests are midnights in UTC, where no clock is changed."""
    return f"{datetime.now(timezone.utc) - timedelta(days=ago):%Y-%m-%d}"


def story() -> Iterator[tuple[str, ...]]:
    """Three incidents that were sent to Larkspur: one fixed, one answered, one that waits; and one for nobody known."""
    yield ("vendor", "set", "tidy-forms", "--name", "Larkspur")
    known = ("--steps", "Press Send.", "--expected", "It sends.", "--actual", "It does not.", "--trigger", "update")
    for number, (site, (sent, answered, fixed)) in enumerate(DAYS.items(), 1):
        name = f"SUB-{number}"
        yield ("incident", "open", site, "tidy-forms", "it is broken", "--new")
        yield ("incident", "set", f"INC-{number}", *known)
        yield ("submission", "draft", f"INC-{number}", "--via", "forum")
        yield ("submission", "mark", name, "sent", "--at", f"{day(sent)}T00:00:00+00:00")
        if answered:
            yield ("submission", "mark", name, "confirmed", "--at", f"{day(answered)}T00:00:00+00:00")
        if fixed:
            yield ("submission", "mark", name, "released", "--in", "1.2.5", "--at", f"{day(fixed)}T00:00:00+00:00")


@pytest.fixture(scope="session")
def larkspur(agencies: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which that was sent; a draft with blanks asks for a person (3), and a person has posted it."""
    agency = Workspace(tmp_path_factory.mktemp("larkspur") / "agency")
    shutil.copytree(agencies(sites=True), agency.folder)
    for command in story():
        answer = agency.run(*command)
        assert answer.code in (0, 3), answer
    return agency.folder


@pytest.fixture
def told(larkspur: Path, workspace: Path) -> Path:
    """A copy of it."""
    shutil.copytree(larkspur, workspace, dirs_exist_ok=True)
    return workspace


def test_where_nothing_was_sent_the_next_step_says_how(plugwatch, sites):
    answer = plugwatch("vendor", "score")

    assert answer.out == ""
    assert answer.err.startswith("no incident was reported to any vendor since ")
    assert answer.err.endswith("\nnext: plugwatch vendor show COMPONENT\n")
    named = plugwatch("vendor", "score", "tidy", "--since", "2026-01-01").err
    assert named == (
        "no incident was reported to the vendor of plugin/tidy-forms since 2026-01-01\n"
        "\nnext: plugwatch vendor show plugin/tidy-forms\n"
    )
    assert plugwatch("vendor", "score", "--json").json["vendors"] == []


def test_the_table_has_the_grade_the_cases_and_what_still_waits_and_says_that_it_is_private(plugwatch, told):
    answer = plugwatch("vendor", "score", "--since", "2y")

    header, row = (line.split("\t") for line in answer.out.splitlines())
    found = dict(zip(header, row, strict=True))
    assert found.pop("POINTS") == str(plugwatch("vendor", "score", "--json").json["vendors"][0]["points"])
    assert found == {
        "VENDOR": "Larkspur",
        "GRADE": "C",
        "CASES": "3",
        "ANSWERED": "2",
        "MEDIAN ANSWER": "4 days",
        "UNFIXED": "2",
        "MEDIAN FIX": "≥ 40 days",
    }
    assert "; ≥: some still wait, so at least that long\n" + PRIVATE in answer.err
    assert answer.err.endswith("\nnext: plugwatch vendor score plugin/tidy-forms\n")


def test_with_a_component_each_part_has_its_reason_and_each_case_is_named(plugwatch, told):
    answer = plugwatch("vendor", "score", "tidy")

    head, parts, cases = answer.out.split("\n\n")
    assert head.startswith("Larkspur (plugin/tidy-forms): C, ")
    assert head.endswith(" of 100\n3 cases, 2 without a released fix")
    assert [line.split("\t")[0::3] for line in parts.splitlines()] == [
        ["PART", "WHY"],
        ["answered", "2 of 3 answered by a person"],
        ["answer", "median 4 days"],
        ["fix", "1 of 3 in a release; median at least 40 days"],
        ["openness", "took 1 of 1 decided submissions"],
        ["support", "not known, so left out: no threads in a support forum"],
        ["trouble", "0 of 1 fixes came back; no fork to see changed releases by"],
    ]
    assert [line.split("\t") for line in cases.splitlines()[1:]] == [
        ["INC-3", day(10), "SUB-3 forum", "≥ 10 days", "≥ 10 days", ""],
        ["INC-2", day(60), "SUB-2 forum", "4 days", "≥ 60 days", ""],
        ["INC-1", day(90), "SUB-1 forum", "2 days", "20 days", ""],
    ]
    assert PRIVATE in answer.err
    assert answer.err.endswith("next: plugwatch vendor show plugin/tidy-forms · plugwatch incident show INC-3\n")


def test_what_was_sent_before_the_period_does_not_count_and_two_cases_have_no_grade(plugwatch, told):
    (row,) = plugwatch("vendor", "score", "--since", "75d", "--json").json["vendors"]

    assert (row["n"], row["grade"], row["points"], row["parts"][0]["points"]) == (2, None, None, None)
    screen = plugwatch("vendor", "score", "tidy", "--since", "75d").out
    assert screen.startswith("Larkspur (plugin/tidy-forms): no grade under three cases\n2 cases, 2 without")
    assert plugwatch("vendor", "score", "--since", "10d", "--json").json["vendors"] == []


def test_json_has_the_numbers_behind_the_score(plugwatch, told, conforms):
    document = plugwatch("vendor", "score", "--json").json

    quantile = {"seconds": float, "at_least": bool}
    conforms(
        document,
        {
            "since": str,
            "until": str,
            "private": {True},
            "vendors": [
                {
                    "vendor": str,
                    "components": [str],
                    "n": int,
                    "answered": int,
                    "censored": int,
                    "grade": set("ABCDE"),
                    "points": float,
                    "median_answer": quantile,
                    "median_fix": quantile,
                    "parts": [{"name": str, "points": (float, None), "of": int, "why": str}],
                    "cases": [
                        {
                            "incident": str,
                            "component": str,
                            "submissions": [str],
                            "channels": [str],
                            "sent_at": str,
                            "answer": quantile,
                            "fix": quantile,
                            "taken": (bool, None),
                            "came_back": bool,
                        }
                    ],
                }
            ],
        },
    )
    (row,) = document["vendors"]
    assert (row["n"], row["censored"], row["answered"]) == (3, 2, 2)
    assert row["cases"][2]["fix"] == {"seconds": 20 * 86400, "at_least": False}


@pytest.mark.parametrize("period", ["soon", "0m", "2999-01-01"])
def test_what_is_no_period_is_refused(plugwatch, sites, period):
    answer = plugwatch("vendor", "score", "--since", period, code=1)

    wanted = "is no period to look back over; write 24m (months), 2y, 90d or 2026-01-01"
    assert answer.err == f"plugwatch: '{period}' {wanted}\n"


def test_a_narrow_terminal_reads_it_in_lines(plugwatch, told, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setitem(os.environ, "COLUMNS", "50")

    lines = plugwatch("vendor", "score").out.splitlines()

    assert "vendor         Larkspur" in lines
    assert all(len(line.rstrip()) <= 50 for line in lines)
