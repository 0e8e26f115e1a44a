from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import LedgerError
from plugwatch.ledger.database import open_ledger
from plugwatch.model.component import CORE, PHP, Component
from plugwatch.model.history import Rename
from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.site import Site
from plugwatch.workflows.inventories import ListOrigin, import_list

START = datetime(2026, 3, 1, 9, 0, tzinfo=timezone.utc)
TIDY, SHIP = Component("plugin", "tidy-forms"), Component("plugin", "ship-it")
SLUGS = ("tidy-forms", "tidy-forms-2", "ship-it", "hello", "LayerStack")
VERSIONS = (None, "1.9", "1.10", "1.2.3.0-p1", "99.0", "dev-main", "v1")
_numbers = count()


def plugin(slug, version="1.0", status="active", **more):
    return Installed("plugin", slug, more.pop("name", None), version, status, **more)


def nameless(name, version="1.0"):
    return Installed("plugin", None, name, version, "active")


def plugins(*rows, complete=True, **more):
    return Inventory("wpcli-json", rows, complete_kinds=frozenset({"plugin"} if complete else ()), **more)


def origin(day=0, **more):
    at = START + timedelta(days=day)
    return ListOrigin("list.json", at, at, "dana", **more)


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        yield work


@pytest.fixture
def site(work):
    return work.sites.add(Site("shop", "acme"), at=START)


def slugs(changes):
    return [change.component.slug for change in changes]


def test_a_list_is_compared_kept_and_recorded(work, site):
    import_list(work, site, plugins(plugin("tidy-forms", "1.9"), plugin("gone"), plugin("same")), origin())
    later = plugins(plugin("tidy-forms", "1.10"), plugin("same"), plugin("new"), warnings=("odd",))

    result = import_list(work, site, later, origin(1))

    changes = result.changes
    assert [slugs(some) for some in (changes.added, changes.changed, changes.removed)] == [
        *(["new"], ["tidy-forms"], ["gone"])
    ]
    assert (changes.unchanged, result.partial, result.warnings, result.shared) == (1, False, ("odd",), ())
    record = work.imports.of_site(site.id)[0]
    assert (record.added, record.changed, record.removed, record.unchanged, record.unparsed) == (1, 1, 1, 1, 0)
    assert (record.format, record.source_name, record.actor, record.partial) == (
        *("wpcli-json", "list.json", "dana", False),
    )


def test_a_dry_run_says_the_same_and_keeps_nothing(work, site):
    import_list(work, site, plugins(plugin("tidy-forms", "1.9"), plugin("gone")), origin())
    before = work.installations.current(site.id)
    later = plugins(plugin("tidy-forms", "1.10"), plugin("new"))

    dry = import_list(work, site, later, origin(1, dry_run=True))

    assert work.installations.current(site.id) == before
    assert len(work.imports.of_site(site.id)) == 1
    assert dry == import_list(work, site, later, origin(1))


def test_an_empty_list_of_a_site_that_had_plugins_is_not_believed(work, site):
    first = import_list(work, site, plugins(), origin())
    import_list(work, site, plugins(plugin("tidy-forms")), origin(1))
    result = import_list(work, site, plugins(), origin(2))

    assert (first.partial, first.warnings) == (False, ())
    assert (result.partial, result.warnings) == (True, ("the list is empty, so nothing was taken for removed",))
    assert set(work.installations.current(site.id)) == {TIDY}


def test_a_row_without_a_slug_may_be_what_is_missing(work, site):
    import_list(work, site, plugins(plugin("tidy-forms"), plugin("ship-it"), plugin("other")), origin())

    result = import_list(work, site, plugins(nameless("Tidy"), plugin("other")), origin(1))

    assert result.changes.removed == ()
    assert result.warnings == (
        "a row without a slug may be plugin/ship-it, plugin/tidy-forms; nothing of that kind was taken for removed",
    )
    quiet = import_list(work, site, plugins(nameless("Tidy"), plugin("other"), complete=False), origin(2))
    assert quiet.warnings == ()
    assert import_list(work, site, plugins(nameless("Tidy")), origin(3, partial=True)).warnings == ()


def test_only_the_kinds_that_a_list_names_all_of_are_closed(work, site):
    must_use = Installed("mu-plugin", "tweaks.php", None, "1", "must-use")
    theme = Installed("theme", "storefront", None, "4.5", "active")
    whole = plugins(plugin("tidy-forms"), must_use, theme, wordpress_version="6.9.1", php_version="8.2")
    import_list(work, site, whole, origin())

    result = import_list(work, site, plugins(plugin("ship-it")), origin(1))

    assert [str(change.component) for change in result.changes.removed] == ["plugin/tidy-forms"]
    assert {CORE, PHP, Component("theme", "storefront")} < set(work.installations.current(site.id))


def test_what_comes_back_and_what_got_another_name_are_told(work, site):
    import_list(work, site, plugins(plugin("tidy-forms"), plugin("ship-it")), origin())
    import_list(work, site, plugins(plugin("ship-it")), origin(1))

    back = import_list(work, site, plugins(plugin("tidy-forms"), plugin("ship-it"), plugin("new")), origin(2))
    renamed = import_list(work, site, plugins(plugin("tidy-forms-1"), plugin("ship-it"), plugin("new")), origin(3))

    assert back.returned == (TIDY,)
    assert renamed.renamed == (Rename(TIDY, Component("plugin", "tidy-forms-1"), "1.0"),)
    assert renamed.returned == ()


def test_wordpress_and_php_have_a_history_too(work, site):
    import_list(work, site, plugins(wordpress_version="6.9", php_version="8.2.1"), origin())
    result = import_list(work, site, plugins(wordpress_version="6.10", php_version="8.2.1"), origin(1))

    assert [str(change.component) for change in result.changes.changed] == ["core"]
    assert result.changes.unchanged == 1


def test_an_older_list_leaves_everything_as_it_is(work, site):
    import_list(work, site, plugins(plugin("tidy-forms", "1.10")), origin(2))

    with pytest.raises(LedgerError, match="is older and cannot change what is known"):
        import_list(work, site, plugins(plugin("tidy-forms", "1.9")), origin(1))

    assert work.installations.current(site.id)[TIDY].version == "1.10"
    assert len(work.imports.of_site(site.id)) == 1


@dataclass(frozen=True)
class _Bench:
    """A ledger for many examples, each of which gets a site of its own."""

    work: Any

    def site(self) -> Site:
        site: Site = self.work.sites.add(Site(f"site-{next(_numbers)}", "acme"), at=START)
        return site

    def state(self, site: Site) -> dict[Component, tuple[Any, ...]]:
        """What is known of a site, but for the times."""
        return {
            component: (row.version, row.base_version, row.build, row.status, row.update_version, row.auto_update)
            for component, row in self.work.installations.current(site.id).items()
        }


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Bench]:
    folder = tmp_path_factory.mktemp("ledger")
    with open_ledger("sqlite:///w.db", workspace=folder, create=True) as ledger, ledger.unit_of_work() as work:
        yield _Bench(work)


def rows(kind: str) -> st.SearchStrategy[tuple[Installed, ...]]:
    """Components of a kind, each once."""
    facts = st.tuples(
        st.sampled_from(VERSIONS),
        st.sampled_from(["active", "inactive", "unknown"]),
        st.sampled_from([None, "2.0"]),
        st.sampled_from([None, True, False]),
    )
    slugs = [f"{slug}-theme" if kind == "theme" else slug for slug in SLUGS]
    return st.dictionaries(st.sampled_from(slugs), facts, max_size=4).map(
        lambda found: tuple(
            Installed(kind, slug, None, version, status, update, automatic)
            for slug, (version, status, update, automatic) in found.items()
        )
    )


def lists(kind: str) -> st.SearchStrategy[Inventory]:
    return st.builds(
        lambda found, complete: Inventory("wpcli-json", found, complete_kinds=frozenset({kind} if complete else ())),
        rows(kind),
        st.booleans(),
    )


PLATFORM = st.builds(
    lambda wordpress: Inventory("by-hand", (), wordpress_version=wordpress), st.sampled_from(["6.9", "6.10", None])
)
PHPS = st.builds(lambda php: Inventory("by-hand", (), php_version=php), st.sampled_from(["8.9", "8.10", None]))
WHOLE = st.builds(
    lambda some, others: replace(
        some, components=some.components + others.components, complete_kinds=some.complete_kinds | others.complete_kinds
    ),
    lists("plugin"),
    lists("theme"),
)
CHECKED = settings(max_examples=40)


@CHECKED
@given(st.lists(WHOLE, max_size=3), WHOLE)
def test_the_same_list_again_changes_nothing(bench, before, inventory):
    site = bench.site()
    for day, earlier in enumerate(before):
        import_list(bench.work, site, earlier, origin(day))
    import_list(bench.work, site, inventory, origin(10))
    state = bench.state(site)

    again = import_list(bench.work, site, inventory, origin(11))

    assert (again.changes.added, again.changes.changed, again.changes.removed) == ((), (), ())
    assert again.changes.unchanged == len(inventory.components)
    assert bench.state(site) == state


@CHECKED
@given(st.lists(WHOLE, max_size=3), WHOLE)
def test_a_partial_list_never_removes(bench, before, inventory):
    site = bench.site()
    for day, earlier in enumerate(before):
        import_list(bench.work, site, earlier, origin(day))
    known = bench.state(site)

    result = import_list(bench.work, site, inventory, origin(10, partial=True))

    assert (result.changes.removed, result.partial) == ((), True)
    assert set(bench.state(site)) == set(known) | {row.component for row in inventory.components}


@CHECKED
@given(
    st.lists(lists("plugin"), max_size=3),
    st.lists(lists("theme"), max_size=3),
    st.lists(PLATFORM, max_size=2),
    st.lists(PHPS, max_size=2),
    st.randoms(use_true_random=False),
)
def test_lists_of_different_kinds_may_come_in_any_order(bench, plugin_lists, theme_lists, platform, phps, chance):
    def history(order: Sequence[int]) -> dict[Component, tuple[Any, ...]]:
        """Take the next list of these groups in turn; each list has its own time, whenever it is taken in."""
        site = bench.site()
        waiting = [iter(enumerate(group)) for group in groups]
        for number in order:
            day, inventory = next(waiting[number])
            import_list(bench.work, site, inventory, origin(4 * day + number))
        return bench.state(site)

    groups = (plugin_lists, theme_lists, platform, phps)
    turns = [number for number, group in enumerate(groups) for _ in group]
    shuffled = chance.sample(turns, len(turns))

    assert history(shuffled) == history(turns)
