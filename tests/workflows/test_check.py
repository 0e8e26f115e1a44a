"""Which releases are looked for, where, and how long anybody waits for a source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.errors import InputError, PlugwatchError, UnknownError
from plugwatch.model.component import Component
from plugwatch.model.directory import CLOSED, OPEN, UNKNOWN, DirectoryEntry
from plugwatch.model.fork import release_order
from plugwatch.model.offered import is_kept
from plugwatch.model.release_source import ComposerSource, DirectorySource, GitSource, ReleaseSource
from plugwatch.model.version import sort_key
from plugwatch.workflows.check import Forked, Offer, Patience, look_for_releases, to_keep
from plugwatch.workflows.releases import Missing

TIDY, TABLES, EVENSONG = (
    Component("plugin", "tidy-forms"),
    Component("plugin", "tables"),
    Component("theme", "evensong"),
)
WPORG = DirectorySource()
GIT = GitSource("https://git.vendor.example/one.git", "v1.0")


@dataclass
class Directory:
    """WordPress.org with these entries; it does not answer about those in ``silent``, nor together with others."""

    known: Mapping[Component, DirectoryEntry] = field(default_factory=dict)
    silent: frozenset[Component] = frozenset()
    asked: list[tuple[Component, ...]] = field(default_factory=list)

    def entries(self, components: Sequence[Component]) -> dict[Component, DirectoryEntry]:
        self.asked.append(tuple(components))
        if self.silent & set(components):
            raise UnknownError("it does not answer")
        return {c: self.known.get(c, DirectoryEntry(c.kind, c.slug, UNKNOWN)) for c in components}


def _entry(component: Component, version: str | None, *versions: str, state: str = OPEN) -> DirectoryEntry:
    return DirectoryEntry(component.kind, component.slug, state, version=version, versions=versions)


def _no_versions(component: Component, source: ReleaseSource) -> Sequence[str]:
    raise AssertionError(f"nobody should ask {source} about {component}")


def _look(directory: Directory, *forked: Forked) -> list[tuple[Component, str | None, str]]:
    offers = look_for_releases(forked, directory, _no_versions, Patience())
    return [(offer.component, offer.version, str(offer.error or "")) for offer in offers]


def test_the_directory_is_asked_once_about_all_that_are_in_it() -> None:
    known = {TIDY: _entry(TIDY, "2.0", "1.0", "2.0"), EVENSONG: _entry(EVENSONG, "1.1", "1.0", "1.1")}
    directory = Directory(known)
    found = _look(
        directory,
        Forked(TIDY, ("1.0",), WPORG),
        Forked(Component("mu-plugin", "tweaks.php"), ("1",), None),
        Forked(EVENSONG, ("1.0",), WPORG),
        Forked(TABLES, ("1.0",), WPORG),
    )
    assert found == [(TIDY, "2.0", ""), (EVENSONG, "1.1", ""), (TABLES, None, "")]
    assert directory.asked == [(TIDY, EVENSONG, TABLES)]


def test_one_that_spoils_the_answer_about_all_is_a_row_and_the_others_are_told() -> None:
    known = {TIDY: _entry(TIDY, "2.0", "1.0", "2.0"), EVENSONG: _entry(EVENSONG, "1.1", "1.0")}
    directory = Directory(known, frozenset({TABLES}))
    forked = [Forked(component, ("1.0",), WPORG) for component in (TABLES, TIDY, EVENSONG)]
    assert _look(directory, *forked) == [
        (TABLES, None, "it does not answer"),
        (TIDY, "2.0", ""),
        (EVENSONG, "1.1", ""),
    ]
    assert directory.asked == [(TABLES, TIDY, EVENSONG), (TABLES,), (TIDY,), (EVENSONG,)]


@pytest.mark.parametrize(
    ("entry", "releases", "version"),
    [
        (_entry(TIDY, "2.0", "1.0", "2.0"), ("1.0",), "2.0"),
        (_entry(TIDY, "2.0"), ("1.0",), "2.0"),  # some authors hide the list
        (_entry(TIDY, None, "1.0", "1.5", "2.0-beta"), ("1.0",), "1.5"),
        (_entry(TIDY, "v2.0", "1.0"), ("1.0",), "v2.0"),
        (_entry(TIDY, "9.0", "8.0", "9.0"), ("1.0", "1.1"), None),  # somebody else's
        (_entry(TIDY, "9.0", "8.0", "9.0"), (), "9.0"),
        (_entry(TIDY, None), ("1.0",), None),
        (_entry(TIDY, None, state=CLOSED), ("1.0",), None),
    ],
)
def test_what_the_directory_offers(entry: DirectoryEntry, releases: tuple[str, ...], version: str | None) -> None:
    assert _look(Directory({TIDY: entry}), Forked(TIDY, releases, WPORG)) == [(TIDY, version, "")]


def test_other_sources_tell_the_newest_stable_of_their_tags() -> None:
    asked = []

    def versions(component: Component, source: ReleaseSource) -> Sequence[str]:
        asked.append((component, source))
        return ["v1.0", "v1.2", "v2.0-rc1", "nightly"] if component == TIDY else []

    forked = [Forked(TIDY, ("1.0",), GIT), Forked(TABLES, ("1.0",), GIT)]
    assert list(look_for_releases(forked, Directory(), versions, Patience())) == [
        Offer(TIDY, "1.2"),
        Offer(TABLES, None),
    ]
    assert asked == [(TIDY, GIT), (TABLES, GIT)]


def test_a_place_that_is_silent_twice_in_a_row_is_left_alone() -> None:
    answers: list[PlugwatchError | str] = [
        UnknownError("silent"),
        InputError("no such tag"),
        UnknownError("silent"),
        UnknownError("silent"),
    ]

    def ask() -> str:
        answer = answers.pop(0)
        if isinstance(answer, PlugwatchError):
            raise answer
        return answer

    patience = Patience()
    same_host = GitSource("https://git.vendor.example/two.git")
    for source, told in ((GIT, "silent"), (same_host, "no such tag"), (GIT, "silent"), (same_host, "silent")):
        with pytest.raises(PlugwatchError, match=f"^{told}$"):
            patience.ask(source, ask)
    with pytest.raises(UnknownError, match=r"^git\.vendor\.example did not answer 2 times, so it was not asked again"):
        patience.ask(GIT, ask)
    answers.append("here")
    assert patience.ask(ComposerSource("https://satis.vendor.example", "vendor/one"), ask) == "here"


VERSIONS = st.sampled_from(["1.0", "1.1", "1.1.0", "2.0-beta", "2.0", "10.0"])
RELEASES = st.one_of(VERSIONS, st.just("1.1+r2"), st.just("2.0+r2"))


@given(st.lists(RELEASES, unique=True, max_size=4), st.lists(VERSIONS, unique=True, max_size=3), VERSIONS)
def test_the_newest_is_kept_once_and_only_where_it_is_newer_than_all(
    releases: list[str], running: list[str], offered: str
) -> None:
    forked = Forked(TIDY, tuple(sorted(releases, key=release_order)), WPORG)
    missing = [Missing(TIDY, version, ("shop",)) for version in running if not is_kept(version, releases)]
    untold = Forked(TABLES, ("1.0",), WPORG)
    found = to_keep(missing, [untold, forked], [Offer(TABLES, None), Offer(TIDY, offered)])
    assert found[: len(missing)] == missing
    added = found[len(missing) :]
    newer = all(release_order(version)[0] < sort_key(offered) for version in releases)
    wanted = newer and not is_kept(offered, [m.version for m in missing])
    assert added == ([Missing(TIDY, offered, ())] if wanted else [])
