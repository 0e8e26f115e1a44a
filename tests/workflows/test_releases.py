"""A copy of every release that any site runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone

import pytest

from plugwatch.errors import InputError, NotFoundError, PlugwatchError, UnknownError
from plugwatch.model.component import Component
from plugwatch.model.fork import Release, SourceNote
from plugwatch.model.site import InstalledOn
from plugwatch.workflows.forks import Imported
from plugwatch.workflows.releases import Missing, first_found, keep_releases, missing_releases, sources_to_try

TIDY, EVENSONG = Component("plugin", "tidy-forms"), Component("theme", "evensong")
NOON = datetime(2026, 5, 20, 12, 0, tzinfo=timezone.utc)


@dataclass
class Running:
    """What sites run: rows of component, site, version and base version."""

    rows: list[tuple[Component, str, str | None, str | None]] = field(default_factory=list)

    @property
    def installations(self) -> Running:
        return self

    def where(self, component: Component) -> list[InstalledOn]:
        return [
            InstalledOn(site, "acme", "shop", version, base, "active", None, NOON)
            for wanted, site, version, base in self.rows
            if wanted == component
        ]


@dataclass(frozen=True)
class Kept:
    """A fork with these releases."""

    component: Component
    versions: tuple[str, ...] = ()

    def releases(self) -> list[Release]:
        return [Release(version, "c" * 40, "t" * 40) for version in self.versions]


def _imported(component: Component, version: str) -> Imported:
    note = SourceNote("wporg", None, 1)
    return Imported(component, Release(version, "c" * 40, "t" * 40), note, None, is_new=True)


def test_what_sites_run_and_the_forks_lack() -> None:
    running = Running(
        [
            (TIDY, "shop", "1.10.0", "1.10.0"),
            (TIDY, "blog", "1.9.0.0-p2", "1.9.0"),
            (TIDY, "lab", "1.9.0", "1.9.0"),
            (TIDY, "old", "1.0.0", "1.0.0"),
            (TIDY, "odd", "2.0RC1", "2.0RC1"),
            (TIDY, "odder", "2.0-rc1", "2.0-rc1"),
            (TIDY, "unknown", None, None),
            (EVENSONG, "shop", "1.1", "1.1"),
            (Component("plugin", "unforked"), "shop", "1.0", "1.0"),
        ]
    )
    found = missing_releases(running, [Kept(TIDY, ("1.0.0+r2",)), Kept(EVENSONG, ("1.1",))])
    assert found == [
        Missing(TIDY, "1.9.0", ("blog", "lab")),
        Missing(TIDY, "1.10.0", ("shop",)),
        Missing(TIDY, "2.0RC1", ("odd", "odder")),
    ]


def test_one_failure_is_a_row_and_the_others_are_kept() -> None:
    asked = []

    def keep(component: Component, version: str) -> Imported:
        asked.append(version)
        if version == "1.1":
            raise UnknownError("the server is down")
        return _imported(component, version)

    missing = [Missing(TIDY, version, ("shop",)) for version in ("1.0", "1.1", "../../1.2", "1.3")]
    rows = list(keep_releases(missing, keep))
    assert asked == ["1.0", "1.1", "1.3"]  # what is no version is asked for nowhere
    assert [row.missing for row in rows] == missing
    assert [row.imported.release.version if row.imported else None for row in rows] == ["1.0", None, None, "1.3"]
    assert str(rows[1].error) == "the server is down"
    assert "is no version" in str(rows[2].error)


@pytest.mark.parametrize(
    ("component", "used", "expected"),
    [
        (TIDY, [], ["wporg"]),
        (Component("mu-plugin", "x.php"), [], []),
        (TIDY, [("1.0", "wporg")], ["wporg"]),
        (TIDY, [("1.0", "git:https://git.example/r.git@release/1.0")], [
            "git:https://git.example/r.git@release/1.1",
            "wporg",
        ]),
        (TIDY, [("1.0", "/srv/tidy.zip"), ("0.9", "svn:https://svn.example/t/tags/0.9"), ("0.8", "wporg")], [
            "svn:https://svn.example/t",
            "wporg",
        ]),
        (TIDY, [("1.0", "site:shop"), ("0.9", "git:ext::x"), ("0.8", "https://a.example/x.zip")], ["wporg"]),
    ],
)  # fmt: skip
def test_where_to_try(component: Component, used: list[tuple[str, str]], expected: list[str]) -> None:
    assert [source.shown for source in sources_to_try(component, used, "1.1")] == expected


def test_the_first_source_that_has_it_is_enough_and_an_unknown_one_counts_most() -> None:
    def failing(error: PlugwatchError) -> Callable[[], Imported]:
        def attempt() -> Imported:
            raise error

        return attempt

    def working() -> Imported:
        return _imported(TIDY, "1.0")

    assert first_found([failing(InputError("a")), working, failing(InputError("b"))]) == working()
    with pytest.raises(InputError, match="a"):
        first_found([failing(InputError("a")), failing(InputError("b"))])
    with pytest.raises(UnknownError, match="b"):
        first_found([failing(InputError("a")), failing(UnknownError("b"))])
    with pytest.raises(NotFoundError, match="--from ZIP"):
        first_found([])
