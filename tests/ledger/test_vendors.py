from __future__ import annotations

import pytest

from plugwatch.errors import PlugwatchError
from plugwatch.model.component import Component
from plugwatch.model.vendor import Vendor

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
