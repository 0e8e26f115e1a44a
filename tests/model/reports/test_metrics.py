from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from boarding import fork, patch, record
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.incident import HEARD, IMPACTS, SEVERITIES, STATUSES, Call, Event, Impact
from plugwatch.model.promise import Promise
from plugwatch.model.reports.chart import UNITS
from plugwatch.model.reports.metrics import (
    METRICS,
    Cost,
    Share,
    by_severity,
    carried_debt,
    costs,
    ended_at,
    first_responses,
    forwarding,
    found_first,
    identified_at,
    is_open_at,
    loop_closure,
    mitigations,
    promises_kept,
    recurrence,
    silences,
    turn_at,
    upstream_fixes,
    vendor_answers,
    worst_mitigation,
)
from plugwatch.model.reports.records import Answer, ComponentFact, Move, Told, Upstream
from plugwatch.model.reports.survival import Span

START = datetime(2026, 11, 2, 9, 0, tzinfo=timezone.utc)
KEYS = (
    "first-response found-first mitigation promises-kept silence forwarding vendor-answer upstream-fix loop-closure "
    "carried-debt recurrence cost"
)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


NOW = at(1000)


def call(hours, client="acme", heard="mail"):
    return Call(f"{client}-shop", client, "Jo", heard, "it is broken", None, at(hours), at(hours), "Ana")


def event(hours, kind, body="", **facts):
    return Event(at(hours), at(hours), "Ana", kind, "internal", body, **facts)


def told(hours, phase, client="acme"):
    return Told(client, phase, at(hours), False)


def incident(number=1, **facts):
    return record(number, 0, **{"opened_at": START, **facts})


def test_each_number_of_the_reports_has_one_definition_in_a_plain_sentence():
    assert list(METRICS) == KEYS.split()
    for key, metric in METRICS.items():
        assert (metric.key, metric.unit in UNITS, metric.better in ("low", "high")) == (key, True, True)
        assert metric.definition.endswith(".")
        assert len(metric.definition) > 60
        assert "−" not in metric.definition


def test_a_share_of_nothing_has_no_value():
    assert Share(0, 0).value is None
    assert Share(3, 4).value == 0.75


def test_promises_are_kept_late_or_broken_and_those_not_yet_due_do_not_count():
    promises = (
        Promise("acme", at(5), at(0), at(4)),
        Promise("acme", at(5), at(0), at(5)),
        Promise("acme", at(5), at(0), at(6)),
        Promise("acme", at(5), at(0)),
        Promise("acme", at(2000), at(0)),
    )

    assert promises_kept([incident(promises=promises)], NOW) == Share(2, 4)


def test_found_first_is_what_no_client_told_us_before():
    records = [
        incident(1, calls=(call(0, heard="monitor"), call(1))),
        incident(2, calls=(call(0), call(1, heard="monitor"))),
        incident(3, calls=(call(0, heard="self"),)),
        incident(4),
        incident(5, calls=(call(1, heard="self"), call(1, heard="chat"))),
    ]

    assert found_first(records) == Share(3, 5)


def test_the_loop_is_closed_for_each_client_who_told_us_and_was_told_the_end():
    calls = (call(0), call(0, "bolt"), call(1, "bolt"), call(0, "cafe", heard="monitor"))
    over = incident(status="resolved", calls=calls, told=(told(3, "identified"), told(9, "resolved")))

    assert loop_closure([over, incident(2, calls=calls, told=(told(9, "resolved"),))]) == Share(1, 2)
    assert loop_closure([replace(over, told=(*over.told, told(9, "closed", "bolt")))]) == Share(2, 2)


def test_the_end_that_was_told_before_it_came_back_is_not_the_end():
    ends = (told(9, "resolved"), told(9, "resolved", "bolt"))
    over = incident(status="closed", calls=(call(0), call(0, "bolt")), told=ends)

    assert loop_closure([replace(over, events=(event(20, "reopen"),))]) == Share(0, 2)
    assert loop_closure([replace(over, events=(event(20, "reopen", client="bolt"),))]) == Share(1, 2)
    assert loop_closure([replace(over, events=(event(9, "reopen"),))]) == Share(2, 2)


def test_trouble_that_was_there_before_is_counted_once():
    records = [
        incident(1, links=(("INC-3", None),)),
        incident(2, events=(event(4, "reopen"),)),
        incident(3, links=(("INC-1", "again"),)),
        incident(4, events=(event(4, "status", "resolved"),)),
    ]

    assert recurrence(records) == Share(2, 4)


def test_severities_are_summed_up_apart_in_their_order_and_only_those_with_cases():
    records = [
        incident(1, severity="low", calls=(call(0, heard="phone"),)),
        incident(2, severity="critical", calls=(call(0), call(0, "bolt")), told=(told(1, "identified"),)),
        incident(3, severity="high"),
    ]

    found = by_severity(records, lambda one: first_responses(one, NOW))

    assert list(found) == ["critical", "low"]
    assert [(one.n, one.still_open) for one in found.values()] == [(2, 1), (1, 0)]
    assert list(by_severity(records, lambda one: worst_mitigation(one, NOW))) == ["critical", "low"]


def test_the_debt_of_a_patch_is_its_age_times_the_sites_that_run_a_build_of_ours():
    patches = {one.id: one for one in (patch("a", 0), patch("b", 0, forwarded_at=at(5)), patch("c", 0, stance="wait"))}
    made = dict(zip(patches, (at(-240), at(-24), at(1100)), strict=True))
    patches = {name: one._replace(made_at=made[name]) for name, one in patches.items()}
    one = fork(stacks={"1.2.4": ("pw-bbbbbbbbbb",), "1.3": tuple(patches)}, patches=patches)
    facts = {one.component: ComponentFact(one.component, versions=(("1.2.4", 9, 2), ("1.3", 4, 3)))}

    debts = carried_debt([one], facts, NOW)

    assert [(debt.patch[3], debt.sites, debt.days, debt.forwarded, debt.stance) for debt in debts] == [
        ("a", 5, 51, False, None),
        ("b", 5, 42, True, None),
        ("c", 5, 0, False, "wait"),
    ]
    assert [debt.sites for debt in carried_debt([one], {}, NOW)] == [0, 0, 0]


def test_what_a_vendor_costs_is_shared_by_the_sites_that_run_its_components():
    worked = (event(0, "note", minutes=90), event(1, "note"), event(2, "call", minutes=30))
    records = [
        incident(1, vendor="Tidy Works", events=worked),
        incident(2, component="plugin/tidy-mail", vendor="Tidy Works"),
        incident(3, component="plugin/shop-lite", events=worked[:1]),
        incident(4, component=None, events=worked),
    ]
    facts = {
        one.component: one
        for one in (
            ComponentFact("plugin/tidy-forms", vendor="Tidy Works", versions=(("1.3", 4, 0),)),
            ComponentFact("plugin/tidy-mail", vendor="Tidy Works", versions=(("2.0", 4, 1),)),
            ComponentFact("plugin/other", vendor="Others", versions=(("2.0", 4, 1),)),
        )
    }

    assert costs(records, facts, 100) == [
        Cost("Tidy Works", 120, 8, 2, 200.0, 25.0),
        Cost("plugin/shop-lite", 90, 0, 1, 150.0, None),
    ]
    assert costs(records, facts, 0)[0] == Cost("Tidy Works", 120, 8, 2, None, None)


HOURS = st.integers(0, 500)
CLIENTS = st.sampled_from(["acme", "bolt"])


def _histories():
    """Anything that may have happened, each verdict and each move of a submission at another time."""
    calls = st.builds(lambda hours, client, heard: call(hours, client, heard), HOURS, CLIENTS, st.sampled_from(HEARD))
    verdicts = st.builds(
        lambda hours, client, state: Impact(f"{client}-shop", client, state, None, "Ana", at(hours)),
        HOURS, CLIENTS, st.sampled_from(IMPACTS),
    )  # fmt: skip
    statuses = st.builds(lambda hours, body: event(hours, "status", body), HOURS, st.sampled_from(STATUSES))
    others = st.builds(lambda hours, kind: event(hours, kind), HOURS, st.sampled_from(["reopen", "note"]))
    moves = st.builds(
        lambda hours, name, by_hand: Move(name, at(hours), by_hand),
        HOURS, st.sampled_from(["accepted", "rejected", "released", "changes-requested"]), st.booleans(),
    )  # fmt: skip
    answers = st.builds(lambda hours, human: Answer(at(hours), human), HOURS, st.booleans())
    sent = st.builds(
        lambda name, channel, hours, moved, said: Upstream(
            f"SUB-{name}", channel, "plugin/tidy-forms", max(moved, key=lambda one: one.at).status if moved else "sent",
            "x", sent_at=at(hours), moves=tuple(moved), answers=tuple(said),
        ),
        st.integers(1, 9), st.sampled_from(["forum", "github-pr"]), HOURS,
        st.lists(moves, max_size=3, unique_by=lambda one: one.at), st.lists(answers, max_size=2),
    )  # fmt: skip
    return st.builds(
        lambda status, severity, *parts: incident(
            status=status, severity=severity,
            **dict(zip(("calls", "impacts", "events", "told", "promises", "upstream"), map(tuple, parts), strict=True)),
        ),
        st.sampled_from(STATUSES), st.sampled_from(SEVERITIES), st.lists(calls, max_size=4),
        st.lists(verdicts, max_size=5, unique_by=lambda one: one.at), st.lists(st.one_of(statuses, others), max_size=6),
        st.lists(st.builds(told, HOURS, st.sampled_from(STATUSES), CLIENTS), max_size=4),
        st.lists(st.builds(lambda due, made: Promise("acme", at(due), at(made)), HOURS, HOURS), max_size=2),
        st.lists(sent, max_size=3, unique_by=lambda one: one.name),
    )  # fmt: skip


def _all_spans(one):
    lists = (first_responses, mitigations, silences, vendor_answers, upstream_fixes)
    return [*(sorted(function(one, NOW)) for function in lists), forwarding(one, NOW), worst_mitigation(one, NOW)]


def _all_numbers(one):
    return [
        *_all_spans(one), ended_at(one), identified_at(one), promises_kept([one], NOW), found_first([one]),
        loop_closure([one]), recurrence([one]), [turn_at(one, at(hours)) for hours in (0, 77, 250, 600)],
    ]  # fmt: skip


@settings(max_examples=80)
@given(_histories(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_told_changes_no_number(one, random):
    def shuffled(part):
        return tuple(random.sample(part, len(part)))

    upstream = (replace(sent, moves=shuffled(sent.moves), answers=shuffled(sent.answers)) for sent in one.upstream)
    parts = ("calls", "impacts", "events", "told", "promises")
    other = replace(one, **{part: shuffled(getattr(one, part)) for part in parts}, upstream=shuffled(tuple(upstream)))

    assert _all_numbers(other) == _all_numbers(one)


@settings(max_examples=80)
@given(_histories())
def test_every_history_has_numbers_that_make_sense(one):
    *lists, forward, worst = _all_spans(one)
    spans = [*(span for known in lists for span in known), *(span for span in (forward, worst) if span)]

    assert all(isinstance(span, Span) and 0 <= span.seconds <= 1000 * 3600 for span in spans)
    assert all(span.case.startswith("INC-1") and span.began is not None for span in spans)
    for share in (promises_kept([one], NOW), found_first([one]), loop_closure([one]), recurrence([one])):
        assert 0 <= share.part <= share.of
    end = ended_at(one)
    assert (end is None) == one.is_open == is_open_at(one, NOW)
    assert end is None or end >= one.reported_at


@settings(max_examples=60)
@given(_histories(), st.integers(1, 400))
def test_time_that_passes_makes_no_number_smaller_and_changes_none_that_is_over(one, hours):
    later = NOW + timedelta(hours=hours)
    for function in (first_responses, mitigations, silences, vendor_answers, upstream_fixes):
        for before, after in zip(function(one, NOW), function(one, later), strict=True):
            assert after.over == before.over
            assert after.seconds >= before.seconds
            assert after == before or not before.over


@pytest.mark.parametrize("severity", SEVERITIES)
def test_hostile_words_change_nothing(severity):
    words = "</script>\u202e\0" + "W" * 10_000
    one = incident(severity=severity, title=words, calls=(call(0),), events=(event(1, "status", words),))

    assert ended_at(one) is None
    assert [span.over for span in mitigations(one, NOW)] == [False]
