from __future__ import annotations

from datetime import datetime, timezone

import pytest

from plugwatch.errors import PlugwatchError
from plugwatch.model.component import Component
from plugwatch.model.vendors.told import NEITHER, NEVER, NOTHING_TOLD, PREFERRED, Choice, Told, Way
from plugwatch.model.vendors.vendor import Vendor

THEN, NOW = (datetime(2026, 11, day, 10, 0, tzinfo=timezone.utc) for day in (1, 21))

TIDY, OTHER = Component("plugin", "tidy-forms"), Component("theme", "tidy-forms")
MAKER = Vendor("Tidy 'n' Works; drop table vendor", ("TW", "Tidy Größe 🧹", "tidyworks.example"))


def test_a_vendor_comes_back_as_it_was_kept(ledger):
    with ledger.unit_of_work() as work:
        work.vendors.set(TIDY, MAKER)
        work.vendors.set(OTHER, Vendor("Elm"))

    with ledger.reading() as work:
        assert work.vendors.get(TIDY) == MAKER
        assert work.vendors.get(OTHER) == Vendor("Elm")
        assert list(work.vendors.all().items()) == [(TIDY, MAKER), (OTHER, Vendor("Elm"))]


def test_a_new_vendor_replaces_the_one_before(ledger):
    with ledger.unit_of_work() as work:
        work.vendors.set(TIDY, MAKER)
        work.vendors.set(TIDY, Vendor("Elm", ("Elmworks",)))

    with ledger.reading() as work:
        assert work.vendors.all() == {TIDY: Vendor("Elm", ("Elmworks",))}


def test_a_component_without_a_vendor_has_none(ledger):
    with ledger.unit_of_work() as work:
        assert work.vendors.get(TIDY) is None
        work.components.get_or_create(TIDY)
        assert work.vendors.get(TIDY) is None
        assert work.vendors.all() == {}


@pytest.mark.parametrize(
    ("vendor", "reason"),
    [
        (Vendor(" "), "a vendor's name is empty; write at least one letter"),
        (Vendor("Elm", ("a\nb",)), r"a vendor's word holds a line break or a control character: 'a\nb'"),
        (Vendor("Elm", ("",)), "a vendor's word is empty; write at least one letter"),
        (Vendor("Elm", ("a" * 201,)), f"a vendor's word is longer than 200 characters: '{'a' * 40}…'"),
    ],
)
def test_words_that_no_check_could_use_are_refused(ledger, vendor, reason):
    with pytest.raises(PlugwatchError) as caught, ledger.unit_of_work() as work:
        work.vendors.set(TIDY, vendor)
    assert str(caught.value) == reason
    with ledger.reading() as work:
        assert work.vendors.all() == {}


TOLD = Told(
    {
        "email": Way("email", "help@tidy.example", PREFERRED, "it's Ann", THEN, "dana"),
        "forum": Way("forum", None, NEVER, "closed ours; drop table vendor_road", NOW, "finn"),
    },
    {"labels": Choice("bug,Größe", NOW, "dana"), "paid": Choice("yes", THEN, "dana")},
)


def test_what_persons_said_comes_back_as_it_was_kept(ledger):
    with ledger.unit_of_work() as work:
        work.vendors.tell(TIDY, TOLD)
        work.vendors.tell(OTHER, Told(choices={"note": Choice("small team", NOW, "dana")}))

    with ledger.reading() as work:
        assert work.vendors.told(TIDY) == TOLD
        assert list(work.vendors.all_told()) == [TIDY, OTHER]
        assert work.vendors.all_told()[TIDY] == TOLD
        assert work.vendors.get(TIDY) is None


def test_what_is_said_later_replaces_and_what_is_missing_is_dropped(ledger):
    later = Told({"email": Way("email", None, NEITHER, "they never read it", NOW, "finn")})
    with ledger.unit_of_work() as work:
        work.vendors.tell(TIDY, TOLD)
        work.vendors.tell(TIDY, later)
    with ledger.reading() as work:
        assert work.vendors.told(TIDY) == later
    with ledger.unit_of_work() as work:
        work.vendors.tell(TIDY, NOTHING_TOLD)
    with ledger.reading() as work:
        assert work.vendors.all_told() == {}


def test_nothing_is_said_of_what_nobody_knows(ledger):
    with ledger.reading() as work:
        assert work.vendors.told(TIDY) == NOTHING_TOLD
        assert work.vendors.facts(TIDY) is None


def test_what_was_found_out_is_kept_with_its_time(ledger):
    with ledger.unit_of_work() as work:
        work.vendors.keep_facts(TIDY, {"repository": {"name": "a/b"}}, at=THEN)
        work.vendors.keep_facts(TIDY, {"package": "Größe 🧹"}, at=NOW)
    with ledger.reading() as work:
        assert work.vendors.facts(TIDY) == ({"package": "Größe 🧹"}, NOW)
        assert work.vendors.facts(OTHER) is None
