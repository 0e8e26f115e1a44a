"""No list is longer than a site, and no text is collected that is something else."""

from __future__ import annotations

import pytest

from plugwatch.errors import InputError
from plugwatch.inventories.limits import Missed, check_count
from plugwatch.inventories.values import MAX_COMPONENTS
from plugwatch.model.inventory import Unparsed


def test_a_site_has_so_many_components_and_no_more() -> None:
    check_count(MAX_COMPONENTS, "list")
    with pytest.raises(InputError, match=r"^list: it names over 30,000 components; no site has that many$"):
        check_count(MAX_COMPONENTS + 1, "list")


def test_what_was_missed_is_told_in_the_order_of_the_text() -> None:
    missed = Missed("list")
    missed.add(3, "b")
    missed.add(2, "a")
    assert missed.in_order() == (Unparsed(2, "a"), Unparsed(3, "b"))
    for number in range(4_998):
        missed.add(number, "c")
    with pytest.raises(InputError, match=r"^list: over 5,000 of its lines were not understood; give the list alone$"):
        missed.add(9, "d")
