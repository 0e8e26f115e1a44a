"""The components that sites run and that forks carry patches of, from the ledger's index: no fork is opened for it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain

from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.findings import Findings
from plugwatch.ledger.history_parts import Moments
from plugwatch.ledger.queries import Queries
from plugwatch.model.component import Component
from plugwatch.model.directory import DirectoryEntry
from plugwatch.model.fork import release_order
from plugwatch.model.reports.records import ComponentFact, DropFact, ForkFact, PatchFact
from plugwatch.model.version import sort_key

# What a check says of a release; the verdicts that a person alone can settle.
_IS_OUT = re.compile(
    r"(?P<component>\S+) (?P<version>\S+) is out: .*\d (?:conflict|would-double|landed-variant)\b.*", re.DOTALL
)

_order = lru_cache(maxsize=4096)(sort_key)
_release_order = lru_cache(maxsize=4096)(release_order)


class Carried:
    """Components and forks, all at once."""

    def __init__(self, connection: Connection) -> None:
        self._queries = Queries(connection, "history")
        self._findings = Findings(connection)

    def components(self) -> dict[str, ComponentFact]:
        """What sites run now, and what incidents and forks are about; a version that no list has told is ``""``."""
        versions: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
        for kind, slug, version, sites, ours in self._queries.rows("versions"):
            versions[_name(kind, slug)].append((version or "", sites, ours))
        found = {}
        for kind, slug, name, vendor, document in self._queries.rows("components"):
            component = _name(kind, slug)
            run = tuple(sorted(versions[component], key=lambda row: (_order(row[0]), row[0])))
            found[component] = ComponentFact(component, name, vendor, run, _support(document))
        return found

    def forks(self) -> list[ForkFact]:
        """Every fork that has a release, in the order of their components."""
        rows = {query: self._grouped(query) for query in ("releases", "stacks", "drops", "builds", "forked_patches")}
        patches, asks, moment = self._patches(rows["forked_patches"]), self._conflicts(), Moments()
        return [
            _fork(component, {query: found.get(component, []) for query, found in rows.items()}, patches, asks, moment)
            for component in sorted(rows["releases"])
        ]

    def built(self) -> dict[tuple[str, str], datetime]:
        """When each build was made."""
        moment = Moments()
        rows = self._queries.rows("builds")
        return {(_name(kind, slug), version): moment[at] for kind, slug, version, _base, at in rows}

    def _grouped(self, query: str) -> dict[str, list[Row]]:
        """The rows of a query without kind and slug, which stand first, by component."""
        found: dict[str, list[Row]] = {}
        for kind, slug, *rest in self._queries.rows(query):
            found.setdefault(_name(kind, slug), []).append(tuple(rest))
        return found

    def _patches(self, by_component: Mapping[str, Sequence[Row]]) -> dict[str, PatchFact]:
        """All patches by id."""
        stances = {patch: (stance, reason) for patch, stance, reason in self._queries.rows("stances")}
        written = _Written(self._queries.rows("sent"))
        moment, found = Moments(), {}
        for patch, title, origin, at, incident in chain.from_iterable(by_component.values()):
            texts = written.of(patch, incident)
            stance, reason = stances.get(patch, (None, None))
            found[patch] = PatchFact(
                id=patch,
                title=title,
                origin=origin,
                made_at=moment[at],
                incident=f"INC-{incident}" if incident else None,
                stance=stance,
                reason=reason,
                forwarded_at=min((moment[sent] for _number, sent in texts if sent), default=None),
                submissions=tuple(f"SUB-{number}" for number, _sent in texts),
            )
        return found

    def _conflicts(self) -> dict[str, tuple[str, str]]:
        """The releases of which the last check said that a person must decide, and its sentence, by component."""
        found, _seen_at = self._findings.last()
        said = ((one.summary, _IS_OUT.fullmatch(one.summary)) for one in found if one.kind == "release")
        return {match["component"]: (match["version"], sentence) for sentence, match in said if match}


class _Written:
    """Submissions by patch; those that name no patch by incident."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._of_patch: dict[str, list[tuple[int, str | None]]] = {}
        self._of_incident: dict[int, list[tuple[int, str | None]]] = {}
        for number, patch, incident, sent in rows:
            if patch:
                self._of_patch.setdefault(patch, []).append((number, sent))
            elif incident:
                self._of_incident.setdefault(incident, []).append((number, sent))

    def of(self, patch: str, incident: int | None) -> list[tuple[int, str | None]]:
        """The numbers of what was written of a patch, in order, each with when its first text left."""
        return sorted(
            [*self._of_patch.get(patch, ()), *self._of_incident.get(incident or 0, ())], key=lambda row: row[0]
        )


def _fork(
    component: str,
    rows: Mapping[str, Sequence[Row]],
    patches: Mapping[str, PatchFact],
    asks: Mapping[str, tuple[str, str]],
    moment: Moments,
) -> ForkFact:
    # Where the last patch left the stack there is no row of it any more.
    stacks: dict[str, tuple[str, ...]] = {version: () for _patch, version, *_ in rows["drops"]}
    for version, patch in rows["stacks"]:
        stacks[version] = (*stacks.get(version, ()), patch)
    known = dict.fromkeys([*(row[0] for row in rows["forked_patches"]), *(patch for _version, patch in rows["stacks"])])
    newest, sentence = asks.get(component, ("", None))
    return ForkFact(
        component=component,
        releases=tuple((version, moment[at]) for version, at in sorted(rows["releases"], key=_release)),
        stacks={version: stacks[version] for version in sorted(stacks, key=_release_order)},
        patches={patch: patches[patch] for patch in known},
        drops=tuple(DropFact(patch, version, verdict, moment[at]) for patch, version, verdict, at in rows["drops"]),
        builds=tuple((version, base) for version, base, _at in sorted(rows["builds"], key=_build)),
        conflict=None if newest in stacks else sentence,  # somebody has decided since the check
    )


def _release(row: Row) -> tuple[bytes, int]:
    return _release_order(row[0])


def _build(row: Row) -> tuple[tuple[bytes, int], bytes]:
    return _release_order(row[1]), _order(row[0])


def _support(document: str | None) -> tuple[int, int] | None:
    """The threads of two months in the vendor's forum on WordPress.org: resolved, and all."""
    if not document:
        return None
    entry = DirectoryEntry.from_document(json.loads(document))
    threads, resolved = entry.support_threads, entry.support_threads_resolved
    return None if threads is None or resolved is None else (resolved, threads)


def _name(kind: str, slug: str) -> str:
    return str(Component(kind, slug))
