from __future__ import annotations

from itertools import pairwise
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.reports.chart import Step
from plugwatch.model.reports.survival import Quantile, Span, Summary, curve, quantile, summarize

SPANS = st.lists(st.builds(Span, st.integers(0, 50).map(float), st.booleans()), max_size=12)


def over(*seconds):
    return [Span(float(one), over=True) for one in seconds]


def still(*seconds):
    return [Span(float(one), over=False) for one in seconds]


def test_nothing_is_said_of_no_cases():
    assert summarize([]) == Summary(0, 0, None, None)
    assert curve([]) == []


def test_one_case_is_its_own_median():
    assert quantile(over(7), 0.5) == Quantile(7, at_least=False)
    assert quantile(still(7), 0.5) == Quantile(7, at_least=True)


def test_the_textbooks_curve():
    """Remission of leukaemia under 6-mercaptopurine, in weeks (Freireich 1963), as every textbook has it."""
    ends = over(6, 6, 6, 7, 10, 13, 16, 22, 23)
    spans = [*ends, *still(6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)]

    assert [(step.seconds, round(step.share, 3)) for step in curve(spans)] == [
        (0, 1), (6, 0.857), (7, 0.807), (10, 0.753), (13, 0.690), (16, 0.627), (22, 0.538), (23, 0.448),
        (35, 0.448),
    ]  # fmt: skip
    assert quantile(spans, 0.5) == Quantile(23, at_least=False)
    assert summarize(spans) == Summary(21, 12, Quantile(23, at_least=False), Quantile(35, at_least=True))


def test_the_median_of_an_even_number_is_the_middle_of_two():
    assert quantile(over(1, 3), 0.5) == Quantile(2, at_least=False)
    assert quantile(over(1, 2, 4, 9), 0.5) == Quantile(3, at_least=False)


def test_where_the_upper_one_of_two_still_waits_the_middle_is_at_least():
    assert quantile([*over(1), *still(9)], 0.5) == Quantile(5, at_least=True)


def test_too_many_open_cases_leave_no_more_than_at_least_the_longest():
    assert quantile([*over(1), *still(3, 9)], 0.5) == Quantile(9, at_least=True)
    assert summarize([*over(*range(1, 10)), *still(4)]).p90 == Quantile(9, at_least=False)


def test_who_leaves_before_the_first_end_changes_nothing():
    assert quantile([*over(5, 6, 7), *still(1, 2)], 0.5) == quantile(over(5, 6, 7), 0.5)


def test_the_ninetieth_percentile_is_over_for_nine_of_ten():
    assert quantile(over(*range(1, 12)), 0.9) == Quantile(10, at_least=False)


def test_what_took_no_time_is_a_step_at_the_beginning():
    assert curve(over(0, 4)) == [Step(0, 1), Step(0, 0.5), Step(4, 0)]


@settings(max_examples=200)
@given(SPANS)
def test_the_curve_falls_from_all_to_none_or_to_those_that_still_wait(spans):
    steps = curve(spans)

    longest = max((one.seconds for one in spans), default=0)
    assert all(one.share >= two.share and one.seconds <= two.seconds for one, two in pairwise(steps))
    assert not spans or (steps[0] == Step(0, 1) and steps[-1].seconds == longest)
    assert {step.seconds for step in steps} == {0, longest, *(one.seconds for one in spans if one.over)} or not spans


@settings(max_examples=200)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=15))
def test_where_nothing_is_open_it_is_plain_counting(seconds):
    steps = {step.seconds: step.share for step in curve(over(*seconds))}
    longer = {one: sum(other > one for other in seconds) / len(seconds) for one in set(seconds)}

    assert {one: steps[one] for one in longer} == pytest.approx(longer)
    assert quantile(over(*seconds), 0.5) == Quantile(median(seconds), at_least=False)


@settings(max_examples=300)
@given(SPANS.filter(bool), st.integers(0, 60), st.sampled_from([0.25, 0.5, 0.9]))
def test_a_case_that_still_waits_never_makes_a_time_shorter_nor_surer(spans, seconds, share):
    before, after = quantile(spans, share), quantile([*spans, *still(seconds)], share)

    assert after.seconds >= before.seconds - 1e-9
    assert after.at_least >= before.at_least


@settings(max_examples=100)
@given(SPANS, st.randoms(use_true_random=False))
def test_the_order_of_cases_does_not_matter(spans, random):
    assert summarize(random.sample(spans, len(spans))) == summarize(spans)
