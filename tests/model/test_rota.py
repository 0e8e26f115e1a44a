from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.errors import PlugwatchError
from plugwatch.model.rota import Rota, Span

MONDAY = date(2026, 11, 2)
TABLE = {
    "people": ["ana", "ben", "dana"],
    "starts": "2026-11-02",
    "closed": ["2026-12-25", date(2026, 12, 26)],
    "swaps": [{"person": "dana", "from": "2026-11-04", "to": "2026-11-05"}],
    "away": [{"person": "ben", "from": "2026-11-12", "to": "2026-11-15"}],
}


def _days(rota: Rota, first: date, count: int) -> list[str | None]:
    return [rota.on_call(first + timedelta(days=day)) for day in range(count)]


def test_a_week_each_by_turns_from_the_first_day_on():
    rota = Rota.from_table({"people": ["ana", "ben"], "starts": "2026-11-04"})

    assert _days(rota, date(2026, 11, 4), 15) == ["ana"] * 7 + ["ben"] * 7 + ["ana"]
    assert rota.on_call(date(2026, 11, 3)) is None


def test_whoever_swapped_goes_before_the_turn_and_who_is_away_is_passed_over():
    rota = Rota.from_table(TABLE)

    assert _days(rota, MONDAY, 7) == ["ana", "ana", "dana", "dana", "ana", "ana", "ana"]
    assert _days(rota, date(2026, 11, 9), 7) == ["ben", "ben", "ben", "dana", "dana", "dana", "dana"]


def test_of_two_swaps_of_a_day_the_later_one_counts_and_one_by_somebody_away_does_not():
    day = {"from": "2026-11-03", "to": "2026-11-03"}
    swaps = [{"person": person, **day} for person in ("ben", "dana")]

    assert Rota.from_table(TABLE | {"swaps": swaps}).on_call(date(2026, 11, 3)) == "dana"
    away = [{"person": "dana", **day}]
    assert Rota.from_table(TABLE | {"swaps": swaps, "away": away}).on_call(date(2026, 11, 3)) == "ben"


def test_nobody_is_on_call_while_all_are_away_and_where_there_is_no_rota():
    away = [{"person": person, "from": "2026-11-03", "to": "2026-11-03"} for person in TABLE["people"]]
    rota = Rota.from_table(TABLE | {"swaps": [], "away": away})

    assert _days(rota, MONDAY, 3) == ["ana", None, "ana"]
    assert rota.handover(date(2026, 11, 3)) is None
    assert Rota.from_table({}).on_call(MONDAY) is None


def test_closed_days_are_days_on_call_all_the_same():
    rota = Rota.from_table(TABLE)

    assert rota.closed == {date(2026, 12, 25), date(2026, 12, 26)}
    assert rota.on_call(date(2026, 12, 25)) == "ben"
    assert Rota.from_table({"closed": ["2026-12-25"]}).closed == {date(2026, 12, 25)}


def test_the_handover_is_the_last_day_and_who_follows():
    rota = Rota.from_table(TABLE)

    assert rota.handover(MONDAY) == (date(2026, 11, 3), "dana")
    assert rota.handover(date(2026, 11, 6)) == (date(2026, 11, 8), "ben")
    assert rota.handover(date(2026, 11, 12)) == (date(2026, 11, 22), "ana")
    assert Rota.from_table({"people": ["ana"], "starts": MONDAY}).handover(MONDAY) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"person": ["ana"]}, "unknown key 'person'; the nearest one is 'people'"),
        ({"people": "ana"}, "'people' must be a list in square brackets"),
        ({"people": ["ana", 3]}, '\'people\' must be names in quotes, such as ["ana", "ben"]'),
        ({"people": [" "]}, '\'people\' must be names in quotes, such as ["ana", "ben"]'),
        ({"people": ["a\nb"]}, "a name in 'people' holds a line break or a control character: 'a\\nb'"),
        ({"starts": "02.11.2026"}, "'starts': '02.11.2026' is no day; write \"2026-11-02\""),
        ({"starts": "2026-02-30"}, "'starts': '2026-02-30' is no day; write \"2026-11-02\""),
        ({"starts": datetime(2026, 11, 2, tzinfo=timezone.utc)}, "is no day"),
        ({"closed": [20261225]}, "'closed': '20261225' is no day"),
        ({"swaps": [{"person": "ana", "from": "2026-11-02"}]}, "each of 'swaps' is { person = "),
        ({"swaps": ["ana"]}, "each of 'swaps' is { person = "),
        ({"away": [{"person": "eve", "from": MONDAY, "to": MONDAY}]}, "'away': 'eve' is none of 'people'"),
        ({"away": [{"person": "ana", "from": MONDAY, "to": MONDAY, "why": ""}]}, "unknown key 'why'"),
        (
            {"away": [{"person": "ana", "from": "2026-11-03", "to": "2026-11-02"}]},
            "'away': ana's days end on 2026-11-02, before they begin on 2026-11-03",
        ),
    ],
)
def test_what_is_no_rota_is_refused_in_a_sentence(change, sentence):
    with pytest.raises(PlugwatchError) as refused:
        Rota.from_table(TABLE | change)

    assert sentence in str(refused.value)


def test_people_need_a_first_week():
    with pytest.raises(PlugwatchError, match="say when the first week begins"):
        Rota.from_table({"people": ["ana"]})


_SPANS = st.builds(
    lambda person, first, length: Span(person, first, first + timedelta(days=length)),
    st.sampled_from("abc"),
    st.dates(MONDAY, MONDAY + timedelta(days=40)),
    st.integers(0, 20),
)


@given(swaps=st.lists(_SPANS, max_size=4), away=st.lists(_SPANS, max_size=4))
def test_nobody_is_on_call_while_away_and_somebody_is_while_anybody_is_there(swaps, away):
    rota = Rota(("a", "b", "c"), MONDAY, tuple(swaps), tuple(away))

    for number in range(60):
        day = MONDAY + timedelta(days=number)
        there = set("abc") - {span.person for span in away if span.covers(day)}
        assert rota.on_call(day) in (there or {None})
        handover = rota.handover(day)
        if handover:
            last, follower = handover
            assert rota.on_call(last) == rota.on_call(day) != follower == rota.on_call(last + timedelta(days=1))
