from __future__ import annotations

from datetime import datetime, timedelta, timezone

from boarding import record

from plugwatch.model.incident import Call, Event, Impact
from plugwatch.model.reports.metrics import first_responses, mitigations, silences, worst_mitigation
from plugwatch.model.reports.records import Told

START = datetime(2026, 11, 2, 9, 0, tzinfo=timezone.utc)
HOUR = 3600.0


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


NOW = at(100)


def call(hours, client="acme", site="acme-shop", heard="mail"):
    return Call(site, client, "Jo", heard, "it is broken", None, at(hours), at(hours), "Ana")


def told(hours, client="acme", phase="investigating", asks=False):
    return Told(client, phase, at(hours), asks)


def verdict(hours, state, site="acme-shop", client="acme"):
    return Impact(site, client, state, None, "Ana", at(hours))


def status(hours, body):
    return Event(at(hours), at(hours), "Ana", "status", "internal", body)


def reopen(hours, client=None):
    return Event(at(hours), at(hours), "Ana", "reopen", "internal", "it is back", client=client)


def incident(**facts):
    return record(1, 0, opened_at=facts.pop("opened_at", START), **facts)


def ended(hours, **facts):
    return incident(status="resolved", events=(*facts.pop("events", ()), status(hours, "resolved")), **facts)


def seen(spans):
    return [(span.case, span.seconds / HOUR, span.over) for span in spans]


def test_whoever_calls_is_answered_at_once():
    assert seen(first_responses(incident(calls=(call(2, heard="phone"),)), NOW)) == [("INC-1 acme", 0, True)]


def test_whoever_writes_waits_for_the_first_message_that_reaches_them():
    one = incident(calls=(call(0), call(1, "bolt", "bolt-blog")), told=(told(3, "bolt"), told(0.5), told(9)))

    assert seen(first_responses(one, NOW)) == [("INC-1 acme", 0.5, True), ("INC-1 bolt", 2, True)]


def test_a_message_before_the_clients_own_is_no_answer_to_it():
    one = incident(calls=(call(0, heard="monitor"), call(5)), told=(told(1), told(7)))

    assert seen(first_responses(one, NOW)) == [("INC-1 acme", 2, True)]


def test_who_writes_and_then_calls_is_answered_on_the_phone():
    one = incident(calls=(call(0), call(4, heard="phone")), told=(told(6),))

    assert seen(first_responses(one, NOW)) == [("INC-1 acme", 4, True)]


def test_what_a_monitor_or_we_saw_lets_no_client_wait():
    assert first_responses(incident(calls=(call(0, heard="monitor"), call(1, heard="self"))), NOW) == []


def test_a_client_who_was_never_answered_still_waits_though_it_is_over():
    assert seen(first_responses(ended(3, calls=(call(0),)), NOW)) == [("INC-1 acme", 100, False)]


def test_a_call_that_is_written_down_later_counts_from_when_it_was():
    one = incident(opened_at=at(5), calls=(call(-20),), told=(told(6),))

    assert seen(first_responses(one, NOW)) == [("INC-1 acme", 26, True)]


def test_a_call_of_nobody_we_know_lets_nobody_wait():
    assert first_responses(incident(calls=(call(0, client=None, site=None),)), NOW) == []


def test_each_site_that_was_hit_counts_from_the_first_report_to_its_first_good_verdict():
    one = incident(
        calls=(call(0),),
        impacts=(
            verdict(0, "affected"),
            verdict(1, "in_triage", "bolt-blog", "bolt"),
            verdict(2, "affected", "bolt-blog", "bolt"),
            verdict(3, "mitigated"),
            verdict(4, "not_affected", "bolt-blog", "bolt"),
            verdict(9, "resolved"),
            verdict(2, "in_triage", "cafe", "cafe"),
            verdict(3, "not_affected", "dent", "dent"),
        ),
    )

    assert seen(mitigations(one, NOW)) == [("INC-1 acme-shop", 3, True), ("INC-1 bolt-blog", 4, True)]
    assert worst_mitigation(one, NOW).case == "INC-1 bolt-blog"


def test_a_site_that_somebody_called_from_is_hit_without_a_verdict():
    assert seen(mitigations(incident(calls=(call(0),)), NOW)) == [("INC-1 acme-shop", 100, False)]
    assert seen(mitigations(ended(7, calls=(call(0),)), NOW)) == [("INC-1 acme-shop", 7, True)]


def test_a_site_of_which_nothing_but_the_mending_was_noted_was_hit_too():
    one = incident(calls=(call(0, site=None),), impacts=(verdict(2, "in_triage"), verdict(6, "mitigated")))

    assert seen(mitigations(one, NOW)) == [("INC-1 acme-shop", 6, True)]


def test_a_verdict_before_the_site_was_hit_mends_nothing():
    one = incident(impacts=(verdict(1, "not_affected"), verdict(5, "affected")))

    assert seen(mitigations(one, NOW)) == [("INC-1 acme-shop", 95, False)]


def test_a_site_that_was_found_well_and_is_hit_later_waits_from_then_on():
    one = incident(
        calls=(call(0),), impacts=(verdict(1, "not_affected", "b", "bolt"), verdict(50, "affected", "b", "bolt"))
    )

    assert seen(mitigations(one, NOW))[1] == ("INC-1 b", 50, False)


def test_a_site_that_is_hit_when_the_incident_comes_back_waits_from_then_on():
    events = (status(5, "resolved"), reopen(50), status(50, "identified"))
    one = incident(
        events=events, calls=(call(0), call(50, "bolt", "b")), impacts=(verdict(60, "mitigated", "b", "bolt"),)
    )

    assert seen(mitigations(one, NOW)) == [("INC-1 acme-shop", 5, True), ("INC-1 b", 10, True)]


def test_a_site_that_is_hit_again_counts_with_its_longest_time_and_still_waits_while_that_goes_on():
    again = (verdict(5, "mitigated"), verdict(40, "affected"))
    back = incident(calls=(call(0),), impacts=again)
    mended = incident(calls=(call(0),), impacts=(*again, verdict(42, "resolved")))
    called = incident(calls=(call(0), call(30)), impacts=(verdict(5, "mitigated"), verdict(50, "mitigated")))

    assert seen(mitigations(back, NOW)) == [("INC-1 acme-shop", 60, False)]
    assert seen(mitigations(mended, NOW)) == [("INC-1 acme-shop", 5, True)]
    assert seen(mitigations(called, NOW)) == [("INC-1 acme-shop", 20, True)]


def test_a_site_that_still_waits_is_worse_than_any_that_does_not():
    one = incident(calls=(call(0), call(0, site="b")), impacts=(verdict(99, "mitigated"),))

    assert seen([worst_mitigation(one, at(99.5))]) == [("INC-1 b", 99.5, False)]
    assert worst_mitigation(incident(), NOW) is None


def test_silence_is_the_longest_time_between_our_words_while_a_site_does_not_work():
    one = incident(
        calls=(call(0),),
        impacts=(verdict(0, "affected"), verdict(10, "mitigated")),
        told=(told(1), told(2), told(8), told(90)),
    )

    assert seen(silences(one, NOW)) == [("INC-1 acme", 6, True)]
    assert silences(one, NOW)[0].began == at(2)


def test_a_call_breaks_the_silence_and_a_mail_to_us_does_not():
    one = ended(12, calls=(call(0), call(5, heard="phone"), call(9)))

    assert seen(silences(one, NOW)) == [("INC-1 acme", 7, True)]


def test_a_silence_may_still_grow_while_a_site_is_affected():
    one = incident(calls=(call(0),), told=(told(60),))

    assert seen(silences(one, NOW)) == [("INC-1 acme", 60, False)]
    assert seen(silences(one, at(130))) == [("INC-1 acme", 70, False)]


def test_silence_does_not_run_between_two_outages():
    one = incident(
        impacts=(verdict(0, "affected"), verdict(2, "mitigated"), verdict(50, "affected"), verdict(53, "resolved")),
    )

    assert seen(silences(one, NOW)) == [("INC-1 acme", 3, True)]


def test_a_silence_may_still_grow_in_a_second_outage():
    one = incident(
        impacts=(verdict(0, "affected"), verdict(20, "mitigated"), verdict(95, "affected")),
    )

    assert seen(silences(one, NOW)) == [("INC-1 acme", 20, False)]


def test_two_sites_of_a_client_that_fail_one_after_the_other_are_one_outage():
    one = incident(
        impacts=(
            verdict(0, "affected"),
            verdict(2, "affected", "acme-blog"),
            verdict(4, "mitigated"),
            verdict(9, "mitigated", "acme-blog"),
        ),
        told=(told(3),),
    )

    assert seen(silences(one, NOW)) == [("INC-1 acme", 6, True)]


def test_a_client_whose_sites_were_never_hit_hears_no_silence():
    assert silences(incident(impacts=(verdict(0, "in_triage"), verdict(1, "not_affected"))), NOW) == []


def test_a_thousand_sites_cost_no_more_than_a_thousand_times_one():
    sites = [f"s{number}" for number in range(1000)]
    impacts = tuple(verdict(hours, state, s) for s in sites for hours, state in ((0, "affected"), (2, "mitigated")))
    one = incident(calls=(call(0),), impacts=impacts)

    assert len(mitigations(one, NOW)) == 1001
    assert seen(silences(one, NOW)) == [("INC-1 acme", 100, False)]
