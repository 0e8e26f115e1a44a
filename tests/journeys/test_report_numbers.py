"""The numbers of the example year's board, against sums that were made by hand from the story in ``example_year.py``.

Each literal has its sum beside it. The board compares the last 90 days (INC-8 to INC-11) with the 90 before (INC-6 and
INC-7); its charts are over the year.
"""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from example_year import at_the_end_of_the_year, copy_year

from plugwatch.cli.main import run

MINUTE, HOUR, DAY = 60, 3600, 86400


def run_json(folder: Path, *args: str) -> Any:
    shown = io.StringIO()
    with at_the_end_of_the_year(), contextlib.redirect_stdout(shown):
        assert run(["--workspace", str(folder), *args, "--json"]) == 0
    return json.loads(shown.getvalue())


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("year") / "agency"
    copy_year(tmp_path_factory, folder)
    return folder


@pytest.fixture(scope="module")
def board(year: Path) -> Any:
    return run_json(year, "report", "agency")


def summary(n: int, still_open: int, median: float, p90: float, *, at_least: tuple[bool, bool] = (False, False)) -> Any:
    """What can be said of n cases; times in minutes."""
    first, second = (
        {"seconds": minutes * MINUTE, "at_least": unsure}
        for minutes, unsure in zip((median, p90), at_least, strict=True)
    )
    return {"n": n, "still_open": still_open, "median": first, "p90": second}


NONE: Any = {"n": 0, "still_open": 0, "median": None, "p90": None}
AT_LEAST = (True, True)


def by_severity(board: Any, key: str) -> Any:
    return {severity: (told["now"], told["before"]) for severity, told in board["numbers"][key]["by_severity"].items()}


def chart(board: Any, page: str, key: str) -> Any:
    return next(one for one in board["charts"][page] if one["key"] == key)


def values(chart: Any) -> dict[str, dict[str, float]]:
    """By series and label, without what is not there."""
    return {
        series["name"]: {
            label: value for label, value in zip(chart["labels"], series["values"], strict=True) if value is not None
        }
        for series in chart["series"]
    }


def test_first_responses(board: Any):
    assert by_severity(board, "first-response") == {
        "high": (summary(1, 0, 0, 0), summary(1, 0, 0, 0)),  # INC-10 by phone; INC-7 by phone
        "medium": (summary(2, 0, 7, 14), NONE),  # INC-8 after 14, INC-9 by phone: (0 + 14) / 2
        "low": (summary(1, 0, 35, 35), summary(1, 0, 8, 8)),  # INC-11; INC-6
    }
    # The year: five by phone (1, 5, 7, 9, 10), then 8 | 12, 14 | 25 | 35; INC-4 was seen by a monitor.
    told = values(chart(board, "index.html", "first-response"))
    assert told["within the agreed time"] == {"at once": 5, "≤ 10 min": 1, "≤ 15 min": 2}
    assert told["later"] == {"≤ 30 min": 1, "≤ 1 h": 1}


def test_mitigations_of_sites_with_those_that_still_wait(board: Any):
    waits = 6 * 24 * 60 - 5  # three sites of INC-10, from Tuesday 09:05 to Monday 09:00
    other = 3 * 24 * 60 - (6 * 60 + 40)  # INC-11, from Friday 15:40 to Monday 09:00
    assert by_severity(board, "mitigation") == {
        "high": (summary(4, 3, waits, waits, at_least=AT_LEAST), summary(2, 0, 32.5, 35)),  # INC-7: 30 and 35
        "medium": (summary(2, 0, 47.5, 70), NONE),  # INC-8: 70; INC-9: 25
        "low": (summary(1, 1, other, other, at_least=AT_LEAST), summary(2, 0, 110, 180)),  # INC-6: 40 and 180
    }


def test_promises(board: Any):
    told = board["numbers"]["promises-kept"]
    # INC-8: first answer, news, the end: 3. INC-9: news, the end: 2. INC-10: news: 1.
    # INC-11: its first answer came late: 0 of 1.
    assert (told["now"]["part"], told["now"]["of"]) == (6, 7)
    # INC-6: first answer: 1; news and the end to each of two clients: 4.
    # INC-7: news to who called: 1; the end to each of two clients: 2.
    assert (told["before"]["part"], told["before"]["of"]) == (8, 8)


def test_shares(board: Any):
    numbers = board["numbers"]
    parts = {
        key: [(numbers[key][when]["part"], numbers[key][when]["of"]) for when in ("now", "before")]
        for key in ("found-first", "loop-closure", "recurrence")
    }
    assert parts == {
        "found-first": [(0, 4), (0, 2)],  # the monitor saw INC-4 alone, in March
        "loop-closure": [(2, 2), (2, 2)],  # INC-8 and INC-9; INC-6 and INC-7
        "recurrence": [(0, 4), (1, 2)],  # INC-6 is INC-3 again
    }


def test_the_vendors_times(board: Any):
    since_sent = 5 * 24 * 60 - 5  # INC-10 was sent on Wednesday 09:05
    assert by_severity(board, "vendor-answer")["high"] == (
        summary(1, 1, since_sent, since_sent, at_least=AT_LEAST),
        summary(1, 0, 24 * 60, 24 * 60),  # INC-7: after a day
    )
    assert by_severity(board, "vendor-answer")["medium"] == (summary(2, 0, 2.5 * 24 * 60, 3 * 24 * 60), NONE)
    assert by_severity(board, "upstream-fix")["high"][1] == summary(1, 0, 9 * 24 * 60, 9 * 24 * 60)  # INC-7
    curves = {one["name"]: one for one in chart(board, "vendors.html", "survival")["curves"]}
    assert {name: (one["n"], one["censored"]) for name, one in curves.items()} == {
        "ticket": (2, 0),  # INC-1 after 12 days, INC-7 after 9
        "forum": (3, 1),  # INC-2 after 20, INC-8 after 25; INC-10 waits
        "github-issue": (2, 1),  # INC-4 after 6; INC-9 waits
        "email": (3, 3),  # INC-3, INC-5 and INC-6 wait
    }
    assert curves["ticket"]["steps"] == [[0, 1], [9 * DAY, 0.5], [12 * DAY, 0]]
    assert curves["forum"]["steps"] == [[0, 1], [20 * DAY, 0.5], [25 * DAY, 0]]


def test_hours_and_money(board: Any):
    hours = values(chart(board, "index.html", "hours"))["hours"]
    assert hours == pytest.approx(
        {
            "plugin/cart-pebble": 270 / 60,  # INC-1: 150, INC-7: 120
            "plugin/tidy-forms": 225 / 60,  # INC-2: 75, INC-8: 40, INC-10: 110
            "plugin/slide-lantern": 205 / 60,  # INC-3: 60, INC-5: 45, INC-6: 80, INC-11: 20
            "plugin/cache-otter": 120 / 60,  # INC-4: 90, INC-9: 30
        },
        abs=0.005,
    )
    cost = board["numbers"]["cost"]
    assert (cost["hours"], cost["money"]) == (pytest.approx(820 / 60, abs=0.005), 820 / 60 * 90)
    vendors = values(chart(board, "vendors.html", "pareto"))["hours"]
    assert vendors == pytest.approx({"Quillsoft": 325 / 60, "Pebbleworks": 270 / 60, "Larkspur": 225 / 60})


def test_incidents_by_component_and_month(board: Any):
    assert values(chart(board, "index.html", "heat")) == {
        "plugin/slide-lantern": {"2026-02-01": 1, "2026-04-01": 1, "2026-06-01": 1, "2026-11-01": 1},
        "plugin/tidy-forms": {"2026-01-01": 1, "2026-09-01": 1, "2026-11-01": 1},
        "plugin/cart-pebble": {"2025-12-01": 1, "2026-07-01": 1},
        "plugin/cache-otter": {"2026-03-01": 1, "2026-10-01": 1},
    }


def test_versions_on_sites(board: Any):
    spread = values(chart(board, "components/plugin-tidy-forms.html", "spread"))
    sites = {version: sum(one.get(version, 0) for one in spread.values()) for version in ("1.2.3", "1.2.4", "1.2.5")}
    assert sites == {"1.2.3": 1, "1.2.4": 5, "1.2.5": 1}


def test_what_is_carried(board: Any):
    debt = board["numbers"]["carried-debt"]
    # One patch since Tuesday 10:15, offered on the forum, and on no site yet.
    assert (debt["patches"], debt["forwarded"], debt["oldest_days"], debt["site_days"]) == (1, 1, 5, 0)


def test_the_score_of_vendors(year: Path):
    vendors = {one["vendor"]: one for one in run_json(year, "vendor", "score")["vendors"]}

    assert {name: (one["n"], one["answered"], one["censored"]) for name, one in vendors.items()} == {
        "Quillsoft": (5, 3, 4),  # INC-3, 4, 5, 6, 9: answered 4, 5, 9; fixed 4
        "Larkspur": (3, 2, 1),  # INC-2, 8, 10: answered and fixed 2, 8
        "Pebbleworks": (2, 2, 0),  # INC-1, 7
    }
    assert vendors["Pebbleworks"]["grade"] is None  # two cases are too few
    assert vendors["Larkspur"]["points"] > vendors["Quillsoft"]["points"]
    days = {name: (one["median_fix"]["seconds"] / DAY, one["median_fix"]["at_least"]) for name, one in vendors.items()}
    assert days["Pebbleworks"] == (10.5, False)  # (12 + 9) / 2
    assert days["Larkspur"] == (22.5, False)  # 20 and 25, and one of five days that still waits
