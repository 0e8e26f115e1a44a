"""The agency's report of a large agency: ``python benchmarks/reports.py FOLDER`` makes such a workspace to try on."""

from __future__ import annotations

import os
import random
import sqlite3
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from agency import FORKS, SITES, Agency, Rows, text
from stories import INCIDENTS, Stories, plan_incidents
from workspace import empty_workspace

__all__ = ["FORKS", "INCIDENTS", "SITES", "report_agency", "write_agency"]

MIB = 1 << 20


@dataclass(frozen=True)
class Measured:
    """How long the report took, in seconds, its largest memory in MiB, and the size of its overview in bytes."""

    seconds: float
    memory: float
    overview: int


def report_agency(workspace: Path, plugwatch: list[str], runs: int) -> Measured:
    """``report agency`` on a large agency: the median of the times, and the largest of all the rest."""
    write_agency(workspace, now=datetime.now(timezone.utc))
    seconds, memory, overview = [], 0.0, 0
    for run in range(runs):
        out = workspace / f"report-{run}"
        began = time.perf_counter()
        process = subprocess.Popen(
            [*plugwatch, "--workspace", str(workspace), "report", "agency", "--since", "25m", "--out", str(out)],
            stdout=subprocess.DEVNULL,
        )
        _pid, status, usage = os.wait4(process.pid, 0)  # of this process alone
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, f"report agency ended with {process.returncode}"
        seconds.append(time.perf_counter() - began)
        memory = max(memory, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / MIB)  # getrusage(2)
        overview = max(overview, (out / "index.html").stat().st_size)
    return Measured(statistics.median(seconds), memory, overview)


def write_agency(workspace: Path, *, now: datetime) -> None:
    """Fill the empty ledger of a workspace with two years of a large agency."""
    rows, chance = Rows(), random.Random(3)
    agency = Agency(rows, chance, now)
    plans = plan_incidents(agency, chance)
    agency.write_forks()
    agency.write_installations()
    for plan in plans:
        if plan.patch and chance.random() < 0.5:
            stance = chance.choice(("send", "send", "wait", "never"))
            rows.add(
                "stance",
                id=None,
                patch_id=plan.patch.id,
                stance=stance,
                reason="as we do it",
                at=text(now),
                actor="bench",
            )
    Stories(rows, agency, chance).write(plans)
    with sqlite3.connect(workspace / "plugwatch.db") as connection:
        connection.execute("pragma synchronous = off")
        rows.write(connection)
    connection.close()


if __name__ == "__main__":
    write_agency(empty_workspace(Path(sys.argv[1])), now=datetime.now(timezone.utc))
