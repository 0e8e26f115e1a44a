"""A large agency: who is looked after, which components run where, and their forks. No git: only what the ledger keeps.

Rows are written as the ledger keeps them, many at once. :mod:`stories` adds what happened.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from plugwatch.model.version import build_version, sort_key

CLIENTS, SITES, PER_SITE = 200, 1000, 40
PLUGINS, VENDORS, FORKS = 400, 60, 300
YEARS = timedelta(days=730)

_TIERS = ("shop", "lead", "lead", "info")
_CORE = (("core", "wordpress", "WordPress"), ("core", "php", "PHP"), ("theme", "plain-page", "Plain Page"))
_BASE_32 = "abcdefghijklmnopqrstuvwxyz234567"


class Rows:
    """Rows by table, each with an id that grows in the order in which they come."""

    def __init__(self) -> None:
        self.tables: dict[str, list[tuple[object, ...]]] = defaultdict(list)
        self._columns: dict[str, tuple[str, ...]] = {}
        self._last = 0

    def add(self, table: str, /, **values: object) -> str:
        """Keep a row; its id, where the table has one."""
        if "id" in values and values["id"] is None:
            self._last += 1
            values["id"] = f"{table}-{self._last:08}"
        columns = tuple(values)
        if self._columns.setdefault(table, columns) != columns:
            raise ValueError(f"the rows of {table} differ in their columns")
        self.tables[table].append(tuple(values.values()))
        return str(values.get("id", ""))

    def write(self, connection: sqlite3.Connection) -> None:
        """Insert all of them."""
        for table, rows in self.tables.items():
            columns = self._columns[table]
            marks = ", ".join("?" * len(columns))
            connection.executemany(f"insert into {table} ({', '.join(columns)}) values ({marks})", rows)


@dataclass
class PatchMade:
    """A patch for an incident (its place in the list), carried from one release of its fork to another."""

    id: str
    incident: int
    made_at: datetime
    since: int
    until: int | None


@dataclass
class Plugin:
    """A plugin: when its releases came out, and where it runs."""

    place: int
    component: str
    slug: str
    releases: list[tuple[str, datetime]]
    sites: list[int] = field(default_factory=list)
    patches: list[PatchMade] = field(default_factory=list)
    waits: bool = False

    def carried(self, place: int) -> list[PatchMade]:
        """The patches on a release; none on the newest one while it waits for a person."""
        if self.waits and place == len(self.releases) - 1:
            return []
        return [one for one in self.patches if one.since <= place and (one.until is None or place < one.until)]

    def newest_at(self, moment: datetime) -> int:
        """The place of the release that was the newest then."""
        return max((place for place, (_version, at) in enumerate(self.releases) if at <= moment), default=0)


class Agency:
    """Everything but incidents; all by chance, and the same each time."""

    def __init__(self, rows: Rows, chance: random.Random, now: datetime) -> None:
        self._rows, self._chance, self.now, self.start = rows, chance, now, now - YEARS
        self.clients = [self._client(number) for number in range(CLIENTS)]
        self.owners = [number // (SITES // CLIENTS) for number in range(SITES)]
        self.sites = [self._site(number) for number in range(SITES)]
        self.platform = [self._component(*names) for names in _CORE]
        self.plugins = [self._plugin(number) for number in range(PLUGINS)]
        weights = [1 / (2 + number) ** 0.7 for number in range(PLUGINS)]
        for site in range(SITES):
            left = PER_SITE - len(_CORE)
            keys = [(chance.random() ** (1 / weight), number) for number, weight in enumerate(weights)]
            for _key, number in sorted(keys, reverse=True)[:left]:
                self.plugins[number].sites.append(site)

    def write_installations(self) -> None:
        """What runs on each site, and what ran before on some; forked plugins partly in builds of ours."""
        for component, version in zip(self.platform, ("6.9", "8.3.14", "3.2"), strict=True):
            for site in self.sites:
                self._install(site, component, version, None, self.start)
        for plugin in self.plugins:
            for site in plugin.sites:
                self._write_installation(plugin, self.sites[site])

    def write_forks(self) -> None:
        """Releases, patches, stacks, drops and builds of most plugins, and what a check said of them."""
        chance = self._chance
        self._rows.add("check_finding", kind="run", place="", summary="", seen_at=text(self.now))
        for plugin in self.plugins[:FORKS]:
            plugin.waits = len(plugin.releases) > 2 and chance.random() < 0.2
            self._write_fork(plugin)
            if plugin.waits:
                becomes = chance.choice(("2 carried", "1 carried, 1 conflict", "1 would-double", "1 landed"))
                summary = f"plugin/{plugin.slug} {plugin.releases[-1][0]} is out: {becomes}"
                self._rows.add(
                    "check_finding",
                    kind="release",
                    place=f"plugin/{plugin.slug}",
                    summary=summary,
                    seen_at=text(self.now),
                )

    def _client(self, number: int) -> str:
        name = f"Client {number:03} & Partners"
        chosen = self._rows.add(
            "client", id=None, slug=f"client-{number:03}", name=name, folded_name=name.casefold(),
            language="de" if number % 3 else "en", timezone=None, created_at=text(self.start),
        )  # fmt: skip
        self._rows.add("contact", client_id=chosen, position=0, name="Maria", email=f"maria@client-{number:03}.example")
        return chosen

    def _site(self, number: int) -> str:
        return self._rows.add(
            "site", id=None, client_id=self.clients[self.owners[number]], slug=f"site-{number:04}",
            url=f"https://site-{number:04}.example", tier=_TIERS[number % len(_TIERS)], created_at=text(self.start),
        )  # fmt: skip

    def _component(self, kind: str, slug: str, name: str) -> str:
        return self._rows.add("component", id=None, kind=kind, slug=slug, name=name, folded_name=name.casefold())

    def _plugin(self, number: int) -> Plugin:
        chance, slug = self._chance, f"plugin-{number:04}"
        component = self._component("plugin", slug, f"Plugin {number:04}")
        times = sorted(self.start + YEARS * chance.random() for _release in range(chance.randint(3, 8)))
        releases = [(f"2.{place}", at) for place, at in enumerate(times)]
        if chance.random() < 0.8:
            vendor = f"Vendor {int(VENDORS * chance.random() ** 2):02} Ltd."
            self._rows.add("vendor", component_id=component, name=vendor, words="")
        if chance.random() < 0.6:
            threads = chance.randint(0, 60)
            document = {"kind": "plugin", "slug": slug, "state": "open", "name": f"Plugin {number:04}"}
            document |= {"support_threads": threads, "support_threads_resolved": chance.randint(0, threads)}
            self._rows.add(
                "directory_entry", kind="plugin", slug=slug, document=json.dumps(document), asked_at=text(self.now)
            )
        return Plugin(number, component, slug, releases)

    def _write_installation(self, plugin: Plugin, site: str) -> None:
        chance = self._chance
        place = max(0, len(plugin.releases) - 1 - int(3 * chance.random() ** 2))
        version, since = plugin.releases[place][0], max(self.start, plugin.releases[place][1])
        runs_ours = plugin.place < FORKS and bool(plugin.carried(place)) and chance.random() < 0.5
        if chance.random() < 0.3:
            self._install(site, plugin.component, "1.9", None, self.start, closed_at=since)
        if runs_ours and chance.random() < 0.02:  # an update has taken it away
            self._install(site, plugin.component, build_version(version, 1), version, self.start, closed_at=since)
            runs_ours = False
        if runs_ours:
            self._install(site, plugin.component, build_version(version, 1), version, since)
            if chance.random() < 0.05:
                self._look(plugin, place, site)
        else:
            self._install(site, plugin.component, version, None, since)

    def _look(self, plugin: Plugin, place: int, site: str) -> None:
        """We have put a build there ourselves, and looked at it afterwards."""
        base = plugin.releases[place][0]
        build, seen = build_version(base, 1), [[one.id, "Keep the form", "there"] for one in plugin.carried(place)]
        self._rows.add(
            "deployment", id=None, run_id="bench", component_id=plugin.component, site_id=site, kind="build",
            version=build, actor="bench", started_at=text(self.now), finished_at=text(self.now), state="done",
        )  # fmt: skip
        self._rows.add(
            "evidence", id=None, site_id=site, component_id=plugin.component, at=text(self.now), actor="bench",
            state="patched", certainty="verified", version=build, build=build, release_version=base,
            why="all files are those of the build", taken_from="its folder", patches=json.dumps(seen), differences="[]",
            total=0,
        )  # fmt: skip

    def _install(
        self,
        site: str,
        component: str,
        version: str,
        base: str | None,
        since: datetime,
        *,
        closed_at: datetime | None = None,
    ) -> None:
        chance, key = self._chance, sort_key(base or version)
        self._rows.add(
            "installation", id=None, site_id=site, component_id=component, version=version,
            version_key=sort_key(version), base_version=base or version, base_key=key, build=version if base else None,
            status="active", update_version="9.9" if chance.random() < 0.2 else None,
            auto_update=int(chance.random() < 0.1), first_seen=text(since), last_seen=text(closed_at or self.now),
            closed_at=text(closed_at) if closed_at else None,
        )  # fmt: skip

    def _write_fork(self, plugin: Plugin) -> None:
        rows, component = self._rows, plugin.component
        for version, at in plugin.releases:
            rows.add(
                "fork_release", component_id=component, version=version, version_key=sort_key(version),
                commit_id="0" * 40, tree_id="0" * 40, files=40, source="bench", sha256=None,
                operation_id=self._operation(component, "import", at),
            )  # fmt: skip
        for patch in plugin.patches:
            rows.add(
                "patch", id=patch.id, component_id=component, title=f"Keep the form when a field is empty ({patch.id})",
                origin=plugin.releases[patch.since][0], incident_id=incident_id(patch.incident),
                operation_id=self._operation(component, "add", patch.made_at),
            )  # fmt: skip
        first = min((patch.since for patch in plugin.patches), default=len(plugin.releases))
        for place, (version, at) in list(enumerate(plugin.releases))[first : len(plugin.releases) - plugin.waits]:
            self._write_stack(plugin, place, version, at)

    def _write_stack(self, plugin: Plugin, place: int, version: str, at: datetime) -> None:
        rows, component, operation = self._rows, plugin.component, self._operation(plugin.component, "upgrade", at)
        carried = plugin.carried(place)
        for position, patch in enumerate(carried):
            rows.add(
                "stack_entry", component_id=component, version=version, position=position, patch_id=patch.id,
                operation_id=operation,
            )  # fmt: skip
        for patch in (one for one in plugin.patches if one.until == place):
            verdict = self._chance.choice(("landed", "landed", "landed-variant", "dropped"))
            rows.add(
                "patch_drop", patch_id=patch.id, version=version, verdict=verdict, evidence="[]", operation_id=operation
            )
        if carried:
            rows.add(
                "build", component_id=component, version=build_version(version, 1), base_version=version,
                fingerprint=f"{component}-{version}", tree_id="0" * 40,
                operation_id=self._operation(component, "build", max(at, *(one.made_at for one in carried))),
            )  # fmt: skip

    def _operation(self, component: str, command: str, at: datetime) -> str:
        return self._rows.add(
            "fork_operation", id=None, component_id=component, command=command, actor="bench", at=text(at)
        )


def patch_ids(chance: random.Random) -> Iterator[str]:
    """Ids of patches, no two alike."""
    seen = set()
    while True:
        made = "pw-" + "".join(chance.choices(_BASE_32, k=10))
        if made not in seen:
            seen.add(made)
            yield made


def incident_id(number: int) -> str:
    """The id of an incident's row by its number."""
    return f"incident-{number:06}"


def text(moment: datetime) -> str:
    """A time as the ledger keeps it."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
