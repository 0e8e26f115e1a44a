from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plugwatch.model.money import BY, Line, Worked, sums

ROWS = [
    Worked("INC-1", "plugin/tidy-forms", "Tidyworks", None, ("acme", "bolt"), 41),
    Worked("INC-1", "plugin/tidy-forms", "Tidyworks", "bolt", ("acme", "bolt"), 10),
    Worked("INC-2", "plugin/booking", None, None, (), 15),
    Worked("INC-3", None, None, "corvid", (), 60),
]


def test_minutes_are_added_up_the_most_first():
    assert sums(ROWS, "incident") == [Line("INC-3", 60), Line("INC-1", 51), Line("INC-2", 15)]
    assert sums(ROWS, "component") == [Line(None, 60), Line("plugin/tidy-forms", 51), Line("plugin/booking", 15)]
    assert sums(ROWS, "vendor") == [Line(None, 75), Line("Tidyworks", 51)]


def test_clients_share_evenly_what_names_none_of_them():
    assert sums(ROWS, "client") == [Line("corvid", 60), Line("bolt", 30), Line("acme", 21), Line(None, 15)]


def test_of_two_clients_one_minute_is_borne_by_one():
    assert sums([Worked("INC-1", None, None, None, ("acme", "bolt"), 1)], "client") == [Line("acme", 1)]


def test_costs_are_to_the_cent_and_not_known_without_a_rate():
    assert Line("acme", 25).cost(90) == 37.5
    assert Line("acme", 1).cost(100) == 1.67
    assert Line("acme", 25).cost(0) is None


_NAMES = st.none() | st.sampled_from(["acme", "bolt", "corvid"])


@given(
    rows=st.lists(
        st.builds(
            Worked,
            incident=st.sampled_from(["INC-1", "INC-2"]),
            component=_NAMES,
            vendor=_NAMES,
            client=_NAMES,
            clients=st.sets(st.sampled_from(["acme", "bolt", "corvid"])).map(lambda names: tuple(sorted(names))),
            minutes=st.integers(1, 500),
        )
    ),
    by=st.sampled_from(BY),
)
def test_the_sum_is_the_whole_whatever_it_is_shared_by(rows, by):
    assert sum(line.minutes for line in sums(rows, by)) == sum(row.minutes for row in rows)
