from __future__ import annotations

from dataclasses import replace

import pytest
from boarding import NOW, ago, fork, record, sent
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.incident import Event
from plugwatch.model.reports.metrics import upstream_fixes
from plugwatch.model.reports.records import Answer, ComponentFact, Move
from plugwatch.model.reports.score import GRADES, grade_of, scores
from plugwatch.model.reports.score_parts import ANSWER, FIX, Evidence, Rate, ScorePart, score_parts, total

YEAR = ago(365)


def case(number, days, answered=None, fixed=None, component="plugin/tidy-forms", **facts):
    """An incident of which something was sent so many days ago; answered and fixed so many days after that."""
    said = (Answer(ago(days - answered), True),) if answered is not None else ()
    fix = None if fixed is None else days - fixed
    usual = {"channel": "email", "answers": said, "component": component}
    upstream = sent(number, days, fixed=fix, **{**usual, **facts.pop("sub", {})})
    return record(number, days + 1, component, upstream=(upstream,), **facts)


def score(records, facts=None, forks=(), vendor=None):
    found = {one.vendor: one for one in scores(records, facts or {}, NOW, YEAR, forks)}
    return found[vendor or "plugin/tidy-forms"]


def part(one, name):
    return next(known for known in one.parts if known.name == name)


def quick(first=1, count=4, **facts):
    return [case(number, 200, 0.5, 5, **facts) for number in range(first, first + count)]


def silent(first=10, count=4, component="plugin/shop-lite", days=300, **facts):
    return [case(number, days, component=component, **facts) for number in range(first, first + count)]


def test_two_cases_are_too_few_for_a_grade_and_for_points():
    one = score(quick(count=2))

    assert (one.n, one.grade, one.points) == (2, None, None)
    assert {known.points for known in one.parts} == {None}
    assert part(one, "answered").why == "2 of 2 answered by a person"
    assert score(quick(count=3)).grade is not None


def test_who_answers_and_fixes_soon_is_graded_above_who_never_does():
    good, bad = score([*quick(), *silent()]), score([*quick(), *silent()], vendor="plugin/shop-lite")

    assert (good.n, good.censored, good.answered, good.answer.n) == (4, 0, 4, 4)
    assert (bad.n, bad.censored, bad.answered) == (4, 4, 0)
    assert good.points > 65
    assert bad.points < 35
    assert (good.grade, bad.grade) == ("B", "E")
    assert [one.vendor for one in scores([*quick(), *silent()], {}, NOW, YEAR)] == [
        "plugin/shop-lite",
        "plugin/tidy-forms",
    ]


def test_the_sum_by_hand():
    """Four cases of one vendor, three of them answered after 1, 2 and 8 days, one fixed after 35; the fourth waits 15.

    The fleet is this vendor. Answered: 3 of 3.5, drawn to 4.5/6.5 and that to 1/2. The median answer of 1, 2, 8, 15+ is
    where the curve is level at one half: 5 days. The curve of fixes comes down by a quarter alone, so the median is at
    least the longest case, 60 days.
    """
    records = [case(1, 100, 1, 35), case(2, 60, 2), case(3, 50, 8), case(4, 15)]

    one = score(records)

    assert (one.n, one.answered, one.censored) == (4, 3, 3)
    assert one.answer.median.seconds / 86400 == 5
    assert (one.fix.median.seconds / 86400, one.fix.median.at_least) == (60, True)
    mean = (3 + 1.5) / (3.5 + 3)
    assert part(one, "answered").points == pytest.approx(30 * (3 + 3 * mean) / 6.5)
    soon = ANSWER.share(5 * 86400)
    assert soon == pytest.approx(0.5268, abs=1e-4)  # log(30/5) / log(30)
    mean = (3 * soon + 1.5) / 6  # faster than one half, so only the three that are over are believed
    assert part(one, "answer").points == pytest.approx(25 * (3 * soon + 3 * mean) / 6)
    late = FIX.share(60 * 86400)
    cases = 1 + (60 + 50 + 15) / 180
    mean = (cases * late + 1.5) / (cases + 3)
    assert part(one, "fix").points == pytest.approx(25 * (cases * late + 3 * mean) / (cases + 3))
    taken = (1 + 3 * (1 + 1.5) / 4) / 4
    assert part(one, "openness").points == pytest.approx(10 * taken)
    assert part(one, "support").points is None
    assert part(one, "trouble").points == 0
    earned = sum(known.points for known in one.parts if known.points)
    assert one.points == pytest.approx(earned / 90 * 100, abs=0.05)


@pytest.mark.parametrize(
    ("scale", "days", "share"),
    [
        (ANSWER, 0, 1),
        (ANSWER, 1, 1),
        (ANSWER, 30**0.5, 0.5),
        (ANSWER, 30, 0),
        (ANSWER, 400, 0),
        (FIX, 7, 1),
        (FIX, 180, 0),
    ],
)
def test_days_become_points_by_the_logarithm(scale, days, share):
    assert scale.share(days * 86400) == pytest.approx(share)


def test_twice_the_wait_costs_the_same_everywhere():
    lost = [ANSWER.share(days * 86400) - ANSWER.share(2 * days * 86400) for days in (1, 2, 5, 15)]

    assert lost == pytest.approx([lost[0]] * 4)


def test_a_prior_of_three_cases_draws_little_evidence_to_the_mean():
    assert Rate(0, 0).drawn_to(0.4) == pytest.approx(0.4)
    assert Rate(3, 3).drawn_to(0.5) == 0.75
    assert Rate(300, 300).drawn_to(0.5) == pytest.approx(1, abs=0.01)


def test_cases_of_today_say_nothing_yet_and_do_not_make_a_vendor_fast():
    fresh = silent(days=0.01)

    alone = score(fresh, vendor="plugin/shop-lite")
    assert alone.answered == 0
    assert part(alone, "answered").points == pytest.approx(15, abs=0.1)
    assert part(alone, "answer").points == pytest.approx(12.5, abs=0.1)
    assert score([*fresh, *quick(30, 20)], vendor="plugin/shop-lite").points > 50


def test_a_grade_is_one_of_five_with_bounds_that_fall():
    assert [grade for grade, _least in GRADES] == list("ABCDE")
    assert [grade_of(points) for points in (100, 80, 79.9, 65, 64.9, 50, 49.9, 35, 34.9, 0)] == list("AABBCCDDEE")


def test_one_incident_through_two_channels_is_one_case_that_the_first_answer_ends():
    both = (
        sent(1, 50, "email", answers=(Answer(ago(20), True),)),
        sent(2, 40, "github-pr", answers=(Answer(ago(39), True),)),
    )
    one = score([record(1, 60, upstream=both)])

    (known,) = one.details
    assert (known.submissions, known.channels) == (("SUB-1", "SUB-2"), ("email", "github-pr"))
    assert (known.sent_at, known.answer.seconds / 86400, known.answer.over) == (ago(50), 11, True)


def test_what_two_incidents_share_is_a_case_of_the_first():
    shared = sent(1, 50, patch="pw-aaaaaaaaaa")
    records = [record(2, 40, upstream=(shared, sent(2, 30))), record(1, 60, upstream=(shared,))]

    assert score(records).cases == ("INC-2", "INC-1")
    assert [known.submissions for known in score(records).details] == [("SUB-2",), ("SUB-1",)]


def test_each_vendor_of_an_incident_has_a_case_of_its_own():
    both = (sent(1, 50), sent(2, 50, component="theme/calm"))
    facts = {"theme/calm": ComponentFact("theme/calm", vendor="Calm Themes")}

    found = {one.vendor: one for one in scores([record(1, 60, vendor="Tidy Works", upstream=both)], facts, NOW, YEAR)}

    assert {vendor: one.components for vendor, one in found.items()} == {
        "Tidy Works": ("plugin/tidy-forms",),
        "Calm Themes": ("theme/calm",),
    }


def test_drafts_and_what_was_sent_before_the_period_are_no_cases():
    records = [record(1, 9, upstream=(replace(sent(1, 5), sent_at=None, status="draft"),)), case(2, 370)]

    assert scores(records, {}, NOW, YEAR) == []
    assert [one.n for one in scores(records, {}, NOW, ago(400))] == [1]


def test_a_vendor_is_known_by_all_of_its_components():
    facts = {name: ComponentFact(name, vendor="Tidy Works") for name in ("plugin/tidy-mail", "plugin/tidy-forms")}

    assert score(quick(), facts, vendor="Tidy Works").components == ("plugin/tidy-forms", "plugin/tidy-mail")


def test_refusals_and_the_lack_of_a_tracker_lower_openness_and_unknown_is_left_out():
    refused = {"status": "rejected", "moves": (Move("rejected", ago(100), True),)}

    def openness(**sub):
        return part(score([case(number, 200, 1, sub=sub) for number in range(3)]), "openness")

    assert openness() == ScorePart(
        "openness", None, 10, "not known, so left out: nothing was decided, and no tracker was used"
    )
    assert openness(channel="trac") == ScorePart("openness", 10, 10, "has a public tracker")
    assert openness(**refused).points == pytest.approx(10 * (3 * 1.5 / 6) / 6)
    assert openness(**refused).why == "took 0 of 3 decided submissions"


def test_what_is_not_known_is_left_out_and_the_rest_is_scaled():
    parts = [ScorePart("one", 15, 30, ""), ScorePart("two", None, 10, ""), ScorePart("less", -5, -15, "")]

    assert total(parts) == pytest.approx(45)
    assert total([*parts, ScorePart("three", 70, 70, "")]) == pytest.approx(80)
    assert total([ScorePart("one", 0, 30, ""), ScorePart("less", -15, -15, "")]) == 0


def test_threads_of_the_forum_are_added_up_over_the_vendors_components():
    facts = {
        "plugin/tidy-forms": ComponentFact("plugin/tidy-forms", vendor="T", support=(6, 10)),
        "plugin/tidy-mail": ComponentFact("plugin/tidy-mail", vendor="T", support=(9, 10)),
        "plugin/tidy-old": ComponentFact("plugin/tidy-old", vendor="T", support=(0, 0)),
        "plugin/other": ComponentFact("plugin/other", support=(0, 90)),
    }

    support = part(score(quick(), facts, vendor="T"), "support")

    assert support.why == "15 of 20 threads in the support forum resolved"
    assert support.points == pytest.approx(10 * (15 + 3 * 16.5 / 23) / 23)


def test_a_fix_that_came_back_and_releases_that_changed_silently_cost_points():
    back = Event(ago(100), ago(100), "Ana", "reopen", "internal", "it is back")
    records = [*quick(count=3), case(4, 200, 0.5, 5, events=(back,))]
    changed = fork(releases=(("1.2.3", ago(100)), ("1.2.3+r2", ago(40)), ("1.2.3+r3", ago(380)), ("1.3", ago(10))))

    fair, worse, worst = (part(score(known, forks=forks), "trouble") for known, forks in (
        (quick(), [fork()]), (records, ()), (records, [changed]),
    ))  # fmt: skip

    assert fair == ScorePart("trouble", 0, -15, "0 of 4 fixes came back; releases changed under the same version: 0")
    assert worse.points == pytest.approx(-15 * 0.25)
    assert worse.why == "1 of 4 fixes came back; no fork to see changed releases by"
    assert worst.points == pytest.approx(-15 * 2 / 5)
    assert worst.why == "1 of 4 fixes came back; releases changed under the same version: 1"


@pytest.mark.parametrize(
    ("days", "body", "counts"),
    [
        (100, "another client told us of it again", True),
        (100, "acme-shop shows plugin/tidy-forms 1.4 again", True),
        (100, "acme-shop shows plugin/tidy-forms 1.3 again", True),
        (100, "acme-shop shows plugin/tidy-forms 1.2.4 again", False),
        (197, "it is back", False),
    ],
)
def test_only_what_comes_back_after_the_fix_and_not_in_an_older_version_counts(days, body, counts):
    back = Event(ago(days), ago(days), "Ana", "reopen", "internal", body)
    one = case(1, 200, 0.5, 5, events=(back,), sub={"fixed_in": "1.3"})

    assert score([one]).details[0].came_back is counts


def test_a_linked_incident_on_a_later_version_is_the_same_trouble_again():
    one = case(1, 200, 0.5, 5, links=(("INC-2", None),), sub={"fixed_in": "1.3"})
    later, older = record(2, 50, version="1.3.1"), record(2, 50, version="1.2.9")

    assert score([one, later]).details[0].came_back
    assert not score([one, older]).details[0].came_back
    assert not score([one, replace(later, opened_at=ago(199))]).details[0].came_back
    assert not score([one, replace(later, component="plugin/other")]).details[0].came_back
    assert not score([one]).details[0].came_back


def test_the_numbers_of_a_score_are_those_of_the_metrics():
    records = [case(1, 100, 1, 35), case(2, 60, 2)]

    spans = [span for one in records for span in upstream_fixes(one, NOW)]

    assert [(known.fix.seconds, known.fix.over) for known in score(records).details][::-1] == [
        (span.seconds, span.over) for span in spans
    ]


TIMES = st.one_of(st.none(), st.floats(0, 40))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(41, 360), TIMES, TIMES), min_size=3, max_size=8), st.floats(0.1, 360))
def test_points_lie_within_bounds_and_a_further_silent_case_earns_nothing(known, waits):
    records = [case(number, days, soon, fixed) for number, (days, soon, fixed) in enumerate(known, 1)]
    before, after = score(records), score([*records, case(99, waits)])

    for one in (before, after):
        assert 0 <= one.points <= 100
        assert all(min(0, p.of) <= p.points <= max(0, p.of) for p in one.parts if p.points is not None)
        assert one.n == len(one.details) >= one.censored
    for name in ("answered", "answer", "fix"):
        assert part(after, name).points <= part(before, name).points + 1e-9


def test_a_fleet_of_nothing_draws_to_the_middle():
    nobody = Evidence(())

    assert total(score_parts(nobody, nobody)) == pytest.approx(50)


def test_hostile_names_are_kept_as_they_are():
    name = "<script>alert(1)</script>\u202e"

    assert score(quick(vendor=name), vendor=name).vendor == name
