from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from boarding import NOW, ago, called, hit, record, sent, worked
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.incident import Event
from plugwatch.model.promise import Promise
from plugwatch.model.reports.lanes import WIDTH, Axis, Waits, lanes
from plugwatch.model.reports.records import Answer, Told

HOUR = 1 / 24


def drawn(one):
    """The lanes of an incident."""
    return lanes(one, NOW, Waits.of(one, NOW))


def marks(picture, lane):
    """The marks of a lane."""
    return dict(picture.rows)[lane]


def test_each_thing_is_in_the_lane_of_whoever_did_it():
    upstream = sent(1, 2, answers=(Answer(ago(1), True),))
    one = record(
        1, 3, calls=(called(3),), events=(worked(2.9, 5),), told=(Told("acme", "identified", ago(2.5), False),),
        upstream=(upstream,),
    )  # fmt: skip
    picture = drawn(one)

    said = {lane: [what.text for mark in row for what in mark.happenings] for lane, row in picture.rows}
    assert said == {
        "client": ["acme told us by phone: it is broken"],
        "us": ["note: looked", "acme was told: identified"],
        "vendor": ["SUB-1 sent by github-issue", "SUB-1: the vendor wrote"],
    }


def test_what_a_monitor_saw_is_ours():
    seen = called(1)._replace(heard="monitor")

    assert [mark.happenings[0].lane for _lane, row in drawn(record(1, 1, calls=(seen,))).rows for mark in row] == ["us"]


def test_an_incident_of_one_moment_lies_in_the_middle_of_the_axis():
    picture = drawn(record(1, 0, calls=(called(0),)))

    assert [mark.x for mark in marks(picture, "client")] == [WIDTH / 2]
    assert [(tick.x, tick.anchor) for tick in picture.ticks] == [(WIDTH / 2, "middle")]
    assert picture.stretches == ()


def test_a_year_between_two_bursts_leaves_both_to_be_read():
    minutes = [worked(400 - number * 10 / (24 * 60), 5) for number in range(4)]
    again = [worked(5 - number * 10 / (24 * 60), 5) for number in range(4)]
    picture = drawn(record(1, 400, events=tuple(minutes + again)))

    places = [mark.x for mark in marks(picture, "us")]
    assert len(places) == 8
    assert max(stretch.seconds for stretch in picture.stretches) > timedelta(days=390).total_seconds()


def test_things_at_about_one_time_are_one_mark_that_counts_them():
    events = tuple(worked(10 - second / 86_400, 1) for second in range(20))
    [mark] = marks(drawn(record(1, 10, events=events)), "us")

    assert (len(mark.happenings), mark.more) == (12, 8)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 800), min_size=1, max_size=60))
def test_no_thing_is_lost_and_all_lie_on_the_axis_in_their_order(days):
    picture = drawn(record(1, max(days), events=tuple(worked(one, 1) for one in days)))
    row = marks(picture, "us")

    assert sum(len(mark.happenings) + mark.more for mark in row) == len(days)
    assert all(0 <= mark.x <= WIDTH for mark in row)
    assert [mark.x for mark in row] == sorted(mark.x for mark in row)
    assert all(later.x - earlier.x >= 15.9 for earlier, later in pairwise(row))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 10**8), min_size=2, max_size=30))
def test_a_longer_stretch_is_never_drawn_shorter(seconds):
    moments = [NOW]
    for one in seconds:
        moments.append(moments[-1] + timedelta(seconds=one))
    axis = Axis(moments)

    widths = [later - earlier for earlier, later in pairwise(axis.places)]
    ranked = sorted(range(len(seconds)), key=lambda at: seconds[at])
    assert all(widths[one] <= widths[other] + 1e-6 for one, other in pairwise(ranked))
    assert abs(axis.at(moments[-1]) - WIDTH) < 0.1


def test_the_longest_silence_of_a_client_is_a_gap_as_long_as_it_took():
    one = record(1, 2, calls=(called(2),), told=(Told("acme", "identified", ago(2 - HOUR), False),))
    [gap] = drawn(one).gaps

    assert (gap.client, gap.over) == ("acme", False)
    assert gap.seconds == (NOW - ago(2 - HOUR)).total_seconds()
    assert 0 < gap.width < WIDTH


def test_promises_are_flags_where_they_were_due():
    made = ago(2)
    promises = (
        Promise("acme", ago(1.5), made, kept_at=ago(1.6)),
        Promise("acme", ago(1), made, kept_at=ago(0.9)),
        Promise("acme", ago(0.5), made),
        Promise("acme", NOW + timedelta(hours=2), made),
    )
    flags = drawn(record(1, 2, promises=promises)).flags

    assert [flag.state for flag in flags] == ["kept", "late", "overdue", "open"]
    assert [flag.x for flag in flags] == sorted(flag.x for flag in flags)
    assert flags[-1].x == WIDTH


def test_the_end_of_it_and_of_the_trouble_are_lines_and_an_open_one_ends_now():
    solved = Event(ago(1), ago(1), "Ana", "status", "internal", "resolved")
    one = record(1, 3, status="resolved", calls=(called(3),), impacts=(hit(2, "mitigated"),), events=(solved,))

    assert [(line.what, line.at) for line in drawn(one).lines] == [("works again", ago(2)), ("over", ago(1))]
    assert [line.what for line in drawn(record(1, 3, calls=(called(3),))).lines] == ["now"]


def test_long_words_of_others_are_cut_before_they_are_drawn():
    [mark] = marks(drawn(record(1, 1, calls=(called(1)._replace(words="W" * 10_000),))), "client")

    assert len(mark.happenings[0].text) == 120
