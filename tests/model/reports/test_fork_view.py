from __future__ import annotations

from datetime import timedelta

from boarding import NOW, ago, board, fork, full_board, patch, record, sent

from plugwatch.model.reports.fork_view import ForkView, burn_down, lives_of, oldest_age, sample_days
from plugwatch.model.reports.records import ComponentFact, DropFact

A, B, C = (f"pw-{letter * 10}" for letter in "abc")


def _values(chart):
    return {series.name: series.values for series in chart.series}


def test_a_patch_counts_from_when_it_was_made_until_it_was_dropped():
    lives = list(lives_of(fork()))

    chart = burn_down(lives, [ago(100), ago(70), ago(55), ago(20), ago(1)])

    assert _values(chart) == {"forwarded": (0, 0, 0, 1, 0), "not forwarded": (0, 1, 2, 1, 2)}
    assert chart.n == 3


def test_what_is_ours_for_good_is_no_debt():
    ours = fork(patches={**fork().patches, A: patch("a", 90, stance="never")})

    chart = burn_down(list(lives_of(ours)), [ago(55), NOW])
    age = oldest_age(list(lives_of(ours)), [ago(95), ago(55), NOW])

    assert _values(chart) == {"ours for good": (1, 1), "not forwarded": (1, 1)}
    assert _values(age) == {"oldest": (None, 5.0, 5.0)}


def test_the_oldest_age_grows_by_a_day_a_day_and_falls_when_the_oldest_lands():
    one = fork(
        stacks={"1.3": (C,)},
        patches={A: patch("a", 90), C: patch("c", 15)},
        drops=(DropFact(A, "1.3", "landed", ago(10)),),
    )

    chart = oldest_age(list(lives_of(one)), [ago(20), ago(11), ago(10), NOW])

    assert _values(chart)["oldest"] == (70.0, 79.0, 5.0, 15.0)


def test_a_patch_that_was_dropped_once_and_is_carried_now_is_carried():
    back = fork(drops=(DropFact(A, "1.2.4", "landed", ago(30)),), patches={A: patch("a", 90)}, stacks={"1.3": (A,)})

    (life,) = lives_of(back)

    assert life.end is None


def test_the_samples_are_weeks_that_end_now_and_never_too_many():
    year, decade = sample_days(board()), sample_days(board(since=NOW - timedelta(days=3650)))

    assert (len(year), year[-1], year[1] - year[0]) == (53, NOW, timedelta(days=7))
    assert decade[-1] == NOW
    assert 55 <= len(decade) <= 111
    assert sample_days(board(since=NOW + timedelta(days=1))) == [NOW]


def test_without_patches_both_pictures_are_empty():
    view = ForkView.of(board(forks=(fork(stacks={}, patches={}, drops=()),)))

    assert view.burn_down.is_empty
    assert view.oldest.is_empty
    assert (view.carried, view.oldest_days, view.site_days) == (0, None, 0)


def test_debt_is_sites_with_our_build_times_days():
    fact = ComponentFact("plugin/tidy-forms", versions=(("1.3", 8, 6),))

    view = ForkView.of(board(forks=(fork(),), components={fact.component: fact}))

    assert [(debt.patch, debt.sites * debt.days) for debt in view.debts] == [(A, 540), (C, 30)]
    assert (view.carried, view.forwarded, view.oldest_days, view.site_days, view.debts_left) == (2, 0, 90, 570, 0)


def test_a_fork_says_how_far_it_is_behind_and_what_became_of_its_patches():
    (row,) = ForkView.of(board(forks=(fork(releases=(*fork().releases, ("1.4", ago(1)))),))).rows

    assert (row.carried, row.forwarded, row.landed, row.dropped) == (2, 0, 1, 0)
    assert (row.patched, row.newest, row.behind, row.build, row.oldest_days) == ("1.3", "1.4", 1, "1.3.0.0-p1", 90)


def test_a_page_lists_patches_with_what_was_sent_of_them():
    records = (record(1, 60, upstream=(sent(1, 50),)),)

    (page,) = ForkView.of(board(records=records, forks=(fork(),))).pages

    assert [(one.patch.id, one.state, one.until, one.days) for one in page.patches] == [
        (A, "carried", None, 90),
        (C, "carried", None, 5),
        (B, "landed", "1.3", 51),
    ]
    ((name, found),) = page.patches[2].submissions
    assert (name, found and found.url) == ("SUB-1", "https://tracker.example/1")


def test_a_submission_of_another_time_has_its_name():
    (page,) = ForkView.of(board(forks=(fork(),))).pages

    assert page.patches[2].submissions == (("SUB-1", None),)


def test_forks_with_the_most_patches_go_first():
    none = fork("plugin/empty", stacks={}, patches={}, drops=(), releases=())

    view = ForkView.of(board(forks=(none, fork())))

    assert [row.component for row in view.rows] == ["plugin/tidy-forms", "plugin/empty"]
    assert (view.rows[1].newest, view.rows[1].behind, view.rows[1].oldest_days) == (None, 0, None)


def test_the_full_board_has_a_page_for_each_fork():
    board_ = full_board()

    assert {page.row.component for page in ForkView.of(board_).pages} == {one.component for one in board_.forks}
