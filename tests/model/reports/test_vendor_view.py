from __future__ import annotations

from boarding import ago, board, full_board, record, sent, worked

from plugwatch.model.reports import vendor_view
from plugwatch.model.reports.records import Answer, ComponentFact
from plugwatch.model.reports.vendor_view import VendorView, pareto

DAY = 86_400


def test_the_dearest_vendor_goes_first_with_score_and_cost():
    first, second = VendorView.of(full_board()).rows

    assert (first.vendor, first.cost and first.cost.minutes, first.score and first.score.n) == (
        "plugin/shop-lite",
        240,
        1,
    )
    assert (second.vendor, second.cost and second.cost.minutes, second.score and second.score.n) == (
        "Tidy Works",
        180,
        3,
    )
    assert [row.components for row in (first, second)] == [("plugin/shop-lite",), ("plugin/tidy-forms",)]
    assert (round(first.so_far, 4), second.so_far) == (0.5714, 1.0)


def test_under_three_cases_there_is_no_grade():
    one, three = VendorView.of(full_board()).scored

    assert one.score
    assert one.score.grade is None
    assert three.score
    assert three.score.grade is not None


def test_what_was_never_sent_has_a_cost_and_no_score():
    (row,) = VendorView.of(board(records=(record(1, 9, events=(worked(9, 30),)),))).rows

    assert row.score is None
    assert row.cost
    assert row.cost.minutes == 30


def test_a_vendor_of_two_components_is_one_row():
    facts = {name: ComponentFact(name, vendor="Tidy Works") for name in ("plugin/one", "plugin/two")}
    records = (record(2, 5, "plugin/two"), record(1, 9, "plugin/one"))

    (row,) = VendorView.of(board(records=records, components=facts)).rows

    assert row.components == ("plugin/two", "plugin/one")


def test_each_channel_has_its_own_curve_and_open_cases_stay_in_it():
    records = (
        record(1, 60, upstream=(sent(1, 50, fixed=10),)),
        record(2, 40, upstream=(sent(2, 30),)),
        record(3, 40, upstream=(sent(3, 35, "forum", answers=(Answer(ago(34), True),)),)),
    )

    view = VendorView.of(board(records=records))

    issue, forum = view.survival.curves
    assert [(one.name, one.n, one.censored) for one in (issue, forum)] == [("github-issue", 2, 1), ("forum", 1, 1)]
    assert issue.steps == ((0.0, 1.0), (40 * DAY, 0.0))
    assert forum.steps == ((0.0, 1.0), (35 * DAY, 1.0))
    assert view.survival.n == 3
    assert [(one.channel, one.answers.still_open, one.fixes.still_open) for one in view.channels] == [
        ("github-issue", 2, 1),
        ("forum", 0, 1),
    ]
    assert view.channels[1].fixes.median == (35 * DAY, True)


def test_the_picture_of_hours_says_where_most_of_them_go():
    records = [
        record(number, 9, f"plugin/p{number:02}", events=(worked(9, minutes),))
        for number, minutes in enumerate([600, 240, 60, 60, 40], 1)
    ]

    chart = pareto(VendorView.of(board(records=tuple(records))).rows)

    assert chart.labels == ("plugin/p01", "plugin/p02", "plugin/p03", "plugin/p04", "plugin/p05")
    assert chart.series[0].values == (10, 4, 1, 1, 40 / 60)
    assert chart.note == "The first 2 of 5 make up four fifths of all hours."
    assert chart.n == 5


def test_without_work_and_without_submissions_the_pictures_are_empty():
    view = VendorView.of(board(records=(record(1, 9), record(2, 8, None))))

    assert view.survival.is_empty
    assert view.pareto.is_empty
    assert view.pareto.note == ""


def test_what_scores_are_made_of_is_shown_of_the_dearest_vendors(monkeypatch):
    monkeypatch.setattr(vendor_view, "MOST_SCORES", 1)

    view = VendorView.of(full_board())

    assert ([row.vendor for row in view.scored], view.scores_left) == (["plugin/shop-lite"], 1)


def test_where_hours_are_spread_evenly_nothing_is_made_of_it():
    even = tuple(record(number, 9, f"plugin/p{number}", events=(worked(9, 60),)) for number in (1, 2, 3))

    assert pareto(VendorView.of(board(records=even)).rows).note == ""
