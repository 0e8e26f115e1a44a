"""Measure plugwatch against something that everybody knows, in one run: ``make bench``.

Absolute times say more about a machine than about a program, so each figure is set beside another one that was taken in
the same minute, in turn (A B A B …), and the median of the ratios is what counts. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from builds import BUILDS, build_against_zip, publish_many, verify_against_sha256sum
from forks import FILES, FORKS, PATCHES, forecast_against_rebase, import_against_commit
from incidents import INCIDENTS, write_past
from reading import WANTED, rows_a_second
from reports import FORKS as AGENCY_FORKS
from reports import INCIDENTS as AGENCY_INCIDENTS
from reports import SITES, report_agency
from workspace import empty_workspace

from plugwatch.ledger.database import Ledger, open_ledger
from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.site import Site
from plugwatch.workflows.inventories import ListOrigin, import_list
from plugwatch.workflows.recurrence import Watch

PLUGWATCH = [str(Path(sys.executable).with_name("plugwatch"))]
START = datetime(2026, 1, 1, tzinfo=timezone.utc)
PER_SITE = 40


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    measured: str
    wanted: str
    ok: bool


def main() -> None:
    """Run all rows and print the table; the exit code says whether every bound held."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15, help="runs of each command (default: 15)")
    parser.add_argument("--sites", type=int, default=10_000, help="sites of the large ledger (default: 10,000)")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="plugwatch-bench-"))
    # As an installed program has it: nothing is compiled again at each start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    try:
        rows = [*start_up(options.runs), *reading()]
        rows += [*first_thousand(folder, options.runs), *everywhere(folder, options), *forks(folder), *builds(folder)]
        rows += reports(folder)
    finally:
        shutil.rmtree(folder)
    width = max(len(row.what) for row in rows)
    for row in rows:
        print(f"{row.what:<{width}}  {row.measured:<46} {row.wanted:<22} {'ok' if row.ok else 'MISSED'}")
    sys.exit(not all(row.ok for row in rows))


def start_up(runs: int) -> list[Row]:
    """``--version`` and ``--help`` against the import of click."""
    rows = []
    for option in ("--version", "--help"):
        pair = in_turn(runs, [*PLUGWATCH, option], [sys.executable, "-c", "import click"])
        rows.append(ratio_row(f"plugwatch {option}", "import click", pair, 1.5))
    return rows


def reading() -> list[Row]:
    """Every text format, read without being told which it is."""
    return [
        Row(f"reading {name}", f"{speed:,.0f} rows a second", f"≥ {WANTED:,}", speed >= WANTED)
        for name, speed in rows_a_second().items()
    ]


def first_thousand(folder: Path, runs: int) -> list[Row]:
    """An import of 1,000 sites, and on the ledger that results, with a past of its own, what is asked all day long."""
    workspace, seconds = make_workspace(folder / "thousand", sites=1000, pool=400)
    speed = 1000 * PER_SITE / seconds
    rows = [Row("import of 1,000 sites × 40", f"{speed:,.0f} installations a second", "≥ 10,000", speed >= 10_000)]
    write_past(workspace, now=datetime.now(timezone.utc))
    number = iter(range(10_000))
    plugwatch = [*PLUGWATCH, "--workspace", str(workspace)]

    def opening() -> list[str]:
        site = f"site-{next(number) % 1000:05}"
        return [*plugwatch, "incident", "open", site, "plugin/plugin-0007", "it broke"]

    for what, command, bound in (("incident open", opening, 3), ("today", [*plugwatch, "today"], 6)):
        pair = in_turn(runs, command, [sys.executable, "-c", "import click, sqlite3"])
        rows.append(
            ratio_row(f"{what}, 1,000 sites × 40, {INCIDENTS:,} incidents", "import click, sqlite3", pair, bound)
        )
    return rows


def everywhere(folder: Path, options: argparse.Namespace) -> list[Row]:
    """``component where`` on a large ledger, beyond what it takes on one of a single site; then of more components."""
    small, _seconds = make_workspace(folder / "small", sites=1, pool=40)
    rows, medians = [], {}
    for pool in (400, 4000):
        large, _seconds = make_workspace(folder / f"large-{pool}", sites=options.sites, pool=pool)
        where = ["component", "where", "plugin/plugin-0000", "--version", ">=9.3,<9.3.2", "--json"]
        pair = in_turn(
            options.runs,
            [*PLUGWATCH, "--workspace", str(large), *where],
            [*PLUGWATCH, "--workspace", str(small), *where],
        )
        beyond = statistics.median(a - b for a, b in pair) * 1000
        medians[pool] = beyond
        found = subprocess.run([*PLUGWATCH, "--workspace", str(large), *where], capture_output=True, check=True)
        count = len(json.loads(found.stdout)["installations"])
        what = f"component where, {options.sites:,} sites × 40 of {pool:,}"
        rows.append(Row(what, f"{beyond:.0f} ms beyond start-up ({count} rows)", "≤ 50 ms", beyond <= 50))
        if pool == 400:
            rows.append(whole_fleet(large, small, options.runs))
        shutil.rmtree(large)
    difference = medians[4000] - medians[400]
    rows.append(
        Row("the same with ten times the components", f"{difference:+.0f} ms", "flat (≤ 10 ms)", difference <= 10)
    )
    return rows


def whole_fleet(large: Path, small: Path, runs: int) -> Row:
    """The same command without a range: a row for every site, most of the time spent on writing them down."""
    where = ["component", "where", "plugin/plugin-0000", "--json"]
    pair = in_turn(
        runs, [*PLUGWATCH, "--workspace", str(large), *where], [*PLUGWATCH, "--workspace", str(small), *where]
    )
    beyond = statistics.median(a - b for a, b in pair) * 1000
    return Row("component where, a component of every site", f"{beyond:.0f} ms beyond start-up", "(no bound)", ok=True)


def forks(folder: Path) -> list[Row]:
    """A forecast over many forks, and the import of a large release."""
    place = empty_workspace(folder / "forks")
    pairs = forecast_against_rebase(place, PLUGWATCH, runs=3)
    faster = statistics.median(theirs / ours for ours, theirs in pairs)
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    what = f"forecast of {FORKS} forks × {PATCHES} patches, {FILES} files"
    measured = f"{faster:.1f} × faster than worktree + rebase ({ours:.1f} / {theirs:.1f} s)"
    rows = [Row(what, measured, "≥ 5 ×", faster >= 5)]
    pairs, memory = import_against_commit(empty_workspace(folder / "large"), PLUGWATCH, runs=3)
    rows.append(ratio_row("import of a ZIP, 60 MB, 8,000 files", "git add + commit", pairs, 2))
    return [*rows, Row("the same, largest memory", f"{memory:.0f} MiB", "≤ 150 MiB", memory <= 150)]


def builds(folder: Path) -> list[Row]:
    """Packing and verifying a large build, and publishing many small ones."""
    place = empty_workspace(folder / "builds")
    rows = [
        ratio_row("build, 60 MB, 8,000 files", "zip -r", build_against_zip(place, PLUGWATCH, runs=3), 2),
        ratio_row("verify the same", "sha256sum", verify_against_sha256sum(place, PLUGWATCH, runs=5), 2),
    ]
    seconds = publish_many(empty_workspace(folder / "many"), PLUGWATCH)
    return [*rows, Row(f"publish of {BUILDS} builds", f"{seconds:.1f} s", "≤ 10 s", seconds <= 10)]


def reports(folder: Path) -> list[Row]:
    """The agency's report of two years."""
    found = report_agency(empty_workspace(folder / "agency"), PLUGWATCH, runs=3)
    what = f"report agency, {AGENCY_INCIDENTS:,} incidents, {SITES:,} sites, {AGENCY_FORKS} forks"
    return [
        Row(what, f"{found.seconds:.1f} s", "≤ 20 s", found.seconds <= 20),
        Row("the same, largest memory", f"{found.memory:.0f} MiB", "≤ 500 MiB", found.memory <= 500),
        Row("the same, its overview", f"{found.overview / 1000:.0f} kB", "< 1,000 kB", found.overview < 1_000_000),
    ]


def make_workspace(place: Path, *, sites: int, pool: int) -> tuple[Path, float]:
    """A workspace whose sites run 40 of a pool of plugins, one of them on every site; and how long the imports took."""
    empty_workspace(place)
    chance = random.Random(1)
    with open_ledger("sqlite:///plugwatch.db", workspace=place, create=True) as ledger:
        with ledger.unit_of_work() as work:
            known = [work.sites.add(Site(f"site-{n:05}", f"client-{n // 5}"), at=START) for n in range(sites)]
        lists = [make_list(chance, pool) for _site in range(min(sites, 1000))]
        began, watch = time.perf_counter(), Watch()
        for number, site in enumerate(known):
            take_in(ledger, site, lists[number % len(lists)], watch)
        return place, time.perf_counter() - began


def make_list(chance: random.Random, pool: int) -> Inventory:
    """A site's list: plugin 0 and 39 others; one in a hundred runs plugin 0 in a version that is asked for later."""
    names = [0, *chance.sample(range(1, pool), PER_SITE - 1)] if pool > PER_SITE else range(PER_SITE)
    components = []
    for name in names:
        version = "9.3.1" if name == 0 and chance.random() < 0.01 else f"{chance.randint(1, 8)}.{chance.randint(0, 20)}"
        components.append(Installed("plugin", f"plugin-{name:04}", f"Plugin {name}", version, "active"))
    assert len(components) == PER_SITE
    return Inventory("bench", tuple(components), complete_kinds=frozenset({"plugin"}))


def take_in(ledger: Ledger, site: Site, inventory: Inventory, watch: Watch) -> None:
    """One import of many, as ``site import`` does them."""
    moment = START + timedelta(hours=1)
    with ledger.unit_of_work() as work:
        import_list(work, site, inventory, ListOrigin("bench", moment, moment, "bench"), watch)


def in_turn(runs: int, one: list[str] | Callable[[], list[str]], other: list[str]) -> list[tuple[float, float]]:
    """Seconds of two commands, run in turn, after a warm-up of each."""
    pairs = []
    for number in range(runs + 1):
        first = seconds_of(one() if callable(one) else one)
        second = seconds_of(other)
        if number:
            pairs.append((first, second))
    return pairs


def seconds_of(command: list[str]) -> float:
    """How long a command takes, from start to end."""
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def ratio_row(what: str, against: str, pairs: list[tuple[float, float]], bound: float) -> Row:
    """The median of the ratios, with the medians of both for orientation."""
    ratio = statistics.median(a / b for a, b in pairs)
    ours, theirs = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
    return Row(what, f"{ratio:.2f} × {against} ({ours:.0f} / {theirs:.0f} ms)", f"≤ {bound:g} ×", ratio <= bound)


if __name__ == "__main__":
    main()
