from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import InputError, PlugwatchError
from plugwatch.ledger.database import open_ledger
from plugwatch.model.component import Component
from plugwatch.model.directory import CLOSED, OPEN, UNKNOWN, DirectoryEntry
from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.names import SURE
from plugwatch.model.site import Site
from plugwatch.workflows.inventories import ListOrigin, import_list
from plugwatch.workflows.names import Choice, choose, parse_choice, questions, resolve, shared_choices

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=timezone.utc)
_numbers = count()


def row(name, version="1.0", *, slug=None, kind="plugin"):
    return Installed(kind, slug, name, version, "active")


def report(*rows):
    return Inventory("site-health", rows)


def entry(slug, name, *, kind="plugin", state=OPEN, versions=("1.0",)):
    return DirectoryEntry(kind, slug, state, name=name, versions=versions if state == OPEN else ())


def answers(*entries):
    return {(one.kind, one.slug): one for one in entries}


def install(work, site, *rows, at=NOW):
    import_list(work, site, report(*rows), ListOrigin("list", at, at, "dana", partial=True))


def slugs(resolution):
    return [one.slug for one in resolution.inventory.components]


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        yield work


@pytest.fixture
def site(work):
    return work.sites.add(Site("shop", "acme"), at=NOW)


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("Tidy Forms=tidy-forms", Choice("Tidy Forms", None, "tidy-forms")),
        ("Tidy Forms=plugin/tidy-forms", Choice("Tidy Forms", "plugin", "tidy-forms")),
        (" Tidy   Forms = theme/tidy ", Choice("Tidy Forms", "theme", "tidy")),
        ("a=b=c", Choice("a=b", None, "c")),
        ("Tweaks=mu-plugin/tweaks.php", Choice("Tweaks", "mu-plugin", "tweaks.php")),
        ("Extra=bundle/extra", Choice("Extra", None, "bundle/extra")),
    ],
)
def test_a_choice_is_read(text, choice):
    assert parse_choice(text) == choice


@pytest.mark.parametrize("text", ["", "=", "Tidy", "Tidy=", "=tidy", " =tidy", "Tidy=../x", "Tidy=-x", "Tidy=plugin/"])
def test_what_says_nothing_is_refused(text):
    with pytest.raises(PlugwatchError, match="does not say what a name stands for"):
        parse_choice(text)


def test_what_a_person_has_said_comes_first_then_the_site_then_others_then_the_directory(work, site):
    other = work.sites.add(Site("other", "acme"), at=NOW)
    told = answers(entry("tidy-forms", "Tidy Forms"))
    listed = report(row("Tidy Forms"))

    def found():
        [naming] = resolve(work, site, listed, (), told).namings
        return naming.taken.component.slug, naming.taken.why

    assert found()[0] == "tidy-forms"
    assert found()[1].startswith("WordPress.org: ")
    install(work, other, row("tidy FORMS", slug="elsewhere"))
    assert found() == ("elsewhere", "other sites show this name for it")
    install(work, site, row("Tidy Forms", slug="here"))
    assert found() == ("here", "installed on the site under this name")
    choose(work, listed, [Choice("tidy forms", None, "chosen")], now=NOW, actor="dana")
    assert found() == ("chosen", "a person has said so")


def test_a_choice_counts_at_once_and_for_all_sites_later(work, site):
    choice = parse_choice("TIDY forms=tidy")
    listed = report(row("Tidy  Forms"), row("Other"))

    assert slugs(resolve(work, site, listed, [choice])) == ["tidy", None]
    assert slugs(resolve(work, site, listed)) == [None, None]
    choose(work, listed, [choice], now=NOW, actor="dana")
    assert slugs(resolve(work, work.sites.add(Site("other", "acme"), at=NOW), listed)) == ["tidy", None]


def test_a_choice_is_of_the_kind_that_the_list_shows(work, site):
    listed = report(row("Harbour"), row("Harbour", kind="theme"))

    assert slugs(resolve(work, site, listed, [parse_choice("Harbour=harbour")])) == ["harbour", "harbour"]
    assert slugs(resolve(work, site, listed, [parse_choice("Harbour=theme/harbour")])) == [None, "harbour"]


@pytest.mark.parametrize("rows", [(), (row("Tidy", slug="tidy"),), (row("Tidy Forms"), row("Slider"))])
def test_a_choice_for_a_name_that_is_not_there_names_those_that_are(work, site, rows):
    shown = ", ".join(f"'{one.name}'" for one in rows if one.slug is None) or "none"
    for use in (
        lambda choices: resolve(work, site, report(*rows), choices),
        lambda choices: choose(work, report(*rows), choices, now=NOW, actor="dana"),
    ):
        with pytest.raises(InputError, match=f"no row without a slug is called 'Tidy'; such rows are: {shown}"):
            use([parse_choice("Tidy=tidy")])
    assert work.catalog.chosen("plugin", "Tidy") is None


def test_choices_for_several_lists_go_to_those_that_show_the_name():
    tidy, slider = parse_choice("Tidy=tidy"), parse_choice("slider=slider")
    lists = [report(row("Tidy"), row("Slider")), report(row("TIDY")), report(), report(row("Tidy", slug="tidy"))]

    assert shared_choices(lists, [tidy, slider]) == [(tidy, slider), (tidy,), (), ()]
    with pytest.raises(InputError, match="no row without a slug is called 'Nothing'"):
        shared_choices(lists, [parse_choice("Nothing=x")])


def test_of_two_copies_on_the_site_the_version_may_tell(work, site):
    install(work, site, row("Tidy", "1.9", slug="tidy"), row("Tidy", "1.10", slug="tidy-copy"))

    assert slugs(resolve(work, site, report(row("Tidy", "1.10"), row("Tidy", "1.9")))) == ["tidy-copy", "tidy"]
    [naming] = resolve(work, site, report(row("Tidy", "2.0"))).namings
    assert naming.taken is None
    assert {candidate.component.slug for candidate in naming.candidates} == {"tidy", "tidy-copy"}


@pytest.mark.parametrize("order", [1, -1])
def test_two_rows_of_one_name_are_not_both_the_same_plugin(work, site, order):
    two = report(*[row("Tidy", "1.9"), row("Tidy", "1.10")][::order])
    told = answers(entry("tidy", "Tidy", versions=("1.9", "1.10")))

    assert slugs(resolve(work, site, two, (), told)) == [None, None]
    install(work, site, row("Tidy", "1.10", slug="tidy"))
    assert slugs(resolve(work, site, two)) == [None, "tidy"][::order]


def test_a_row_that_names_its_slug_goes_before_one_that_does_not(work, site):
    install(work, site, row("Tidy", slug="tidy"))

    assert slugs(resolve(work, site, report(row("Tidy"), row("Tidy", slug="tidy")))) == [None, "tidy"]


def test_a_name_of_several_components_elsewhere_stays_open(work, site):
    other = work.sites.add(Site("other", "acme"), at=NOW)
    install(work, other, row("Forms", slug="forms-a"), row("Forms", slug="forms-b"))
    told = answers(entry("forms", "Forms"))

    [naming] = resolve(work, site, report(row("Forms")), (), told).namings

    assert naming.taken is None
    assert [str(candidate.component) for candidate in naming.candidates] == ["plugin/forms-a", "plugin/forms-b"]
    assert questions(work, site, report(row("Forms")), (), NOW) == []


def test_a_translated_name_is_known_where_any_site_has_shown_it(work, site):
    german, english = (work.sites.add(Site(slug, "acme"), at=NOW) for slug in ("german", "english"))
    install(work, german, row("Ordentliche Formulare", slug="tidy"))
    install(work, english, row("Tidy Forms", slug="tidy"))

    assert slugs(resolve(work, site, report(row("Ordentliche Formulare")))) == ["tidy"]


def test_a_closed_plugin_is_a_candidate_and_an_unknown_one_is_none(work, site):
    told = answers(entry("old-thing", "Old Thing", state=CLOSED), DirectoryEntry("plugin", "never", UNKNOWN))

    closed, unknown = resolve(work, site, report(row("Old Thing"), row("Never")), (), told).namings

    assert (closed.taken, [str(one.component) for one in closed.candidates]) == (None, ["plugin/old-thing"])
    assert "closed" in closed.candidates[0].why
    assert (unknown.taken, unknown.candidates) == (None, ())


def test_only_plugins_and_themes_are_looked_up(work, site):
    listed = report(row("Tweaks", kind="mu-plugin"), row("Tidy Forms"), row("Harbour", kind="theme"))

    asked = questions(work, site, listed, (), NOW)

    assert asked == [Component("plugin", "tidy-forms"), Component("theme", "harbour")]


def test_the_directory_is_asked_about_a_slug_once_a_day(work, site):
    listed = report(row("Tidy Forms"))
    work.catalog.keep_entry(entry("tidy-forms", "Another Name"), at=NOW)

    assert questions(work, site, listed, (), NOW + timedelta(hours=23)) == []
    assert questions(work, site, listed, (), NOW + timedelta(hours=24)) == [Component("plugin", "tidy-forms")]


def test_what_is_resolved_here_is_not_asked_for(work, site):
    install(work, site, row("Tidy Forms", slug="tidy-forms"))
    listed = report(row("Tidy Forms"), row("Slider"), row("Known", slug="known"))

    assert questions(work, site, listed, [parse_choice("Slider=slider")], NOW) == []


def test_an_old_answer_is_used_where_there_is_no_fresh_one(work, site):
    work.catalog.keep_entry(entry("tidy-forms", "Tidy Forms"), at=NOW - timedelta(days=100))

    assert slugs(resolve(work, site, report(row("Tidy Forms")))) == ["tidy-forms"]
    assert slugs(resolve(work, site, report(row("Tidy Forms")), (), answers(entry("tidy-forms", "Else")))) == [None]


@pytest.fixture(scope="module")
def shared_work(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ledger")
    with open_ledger("sqlite:///w.db", workspace=folder, create=True) as ledger, ledger.unit_of_work() as work:
        yield work


NAMES = st.sampled_from(["Tidy", "TIDY", "Tidy Forms", "Tidy: Forms", "Slider – by Acme", "Old Thing", "日本"])
SLUGS = st.sampled_from(["tidy", "tidy-forms", "slider", "old-thing", "own"])
KINDS = st.sampled_from(["plugin", "theme", "mu-plugin"])
MAYBE = st.sampled_from([None, "1.0", "1.9"])


def _rows(slugs, most):
    one = st.builds(
        lambda name, version, slug, kind: row(name, version, slug=slug, kind=kind), NAMES, MAYBE, slugs, KINDS
    )
    return st.lists(one, max_size=most)


ENTRIES = st.lists(
    st.builds(
        lambda slug, name, state, kind: entry(slug, name, state=state, kind=kind),
        *(SLUGS, NAMES, st.sampled_from([OPEN, CLOSED]), st.sampled_from(["plugin", "theme"])),
    ),
    max_size=4,
)


@settings(max_examples=60)
@given(_rows(st.none() | SLUGS, 6), _rows(SLUGS, 4), ENTRIES, st.sampled_from([(), ("Tidy=tidy",)]))
def test_nothing_is_guessed_whatever_is_known(shared_work, rows, known, entries, said):
    # The same component twice is a matter of the formats, which report it.
    rows = list({one.component or number: one for number, one in enumerate(rows)}.values())
    site = shared_work.sites.add(Site(f"site-{next(_numbers)}", "acme"), at=NOW)
    install(shared_work, site, *known)
    listed = report(*rows)
    shown = {one.name for one in rows if one.slug is None}
    choices = [parse_choice(text) for text in said if shown & {"Tidy", "TIDY"}]

    resolved = resolve(shared_work, site, listed, choices, answers(*entries))

    for naming in resolved.namings:
        if naming.taken:
            assert naming.taken in naming.candidates
            assert naming.taken.confidence >= SURE
            assert naming.taken.component.kind == naming.row.kind
    components = [one.component for one in resolved.inventory.components if one.slug is not None]
    assert len(components) == len(set(components))
    assert [one.name for one in resolved.inventory.components] == [one.name for one in rows]
    assert [after.slug for after, before in zip(resolved.inventory.components, rows, strict=True) if before.slug] == [
        before.slug for before in rows if before.slug
    ]
    backwards = resolve(shared_work, site, report(*rows[::-1]), choices, answers(*entries))
    assert slugs(backwards)[::-1] == slugs(resolved)
