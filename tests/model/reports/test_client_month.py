from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from client_months import EFFECTS, SITES, ZONE, held, month_facts, on, record

from plugwatch.model.client import Client
from plugwatch.model.incident import Event, Impact
from plugwatch.model.promise import Promise
from plugwatch.model.reports.client_facts import Runs, last_month, site_names
from plugwatch.model.reports.client_month import ClientMonth
from plugwatch.model.reports.records import ForkFact, Record, SiteFact, Told


def of(*records: Record, **facts: object) -> ClientMonth:
    return ClientMonth.of(month_facts(*records, **facts))  # type: ignore[arg-type]


def test_a_month_in_which_nothing_happened_is_quiet_and_says_what_is_watched() -> None:
    month = of()
    assert month.is_quiet
    assert month.prevented == month.speed == month.strip == ()
    assert month.numbers() == {
        "incidents": [],
        "speed": [],
        "promises": {"kept": 0, "made": 0},
        "prevented": {},
        "watched": {"sites": 2, "components": 28, "lists": 41},
    }


def test_what_a_client_lived_is_told_in_their_words_and_on_their_sites() -> None:
    (one,) = of(record(1, on(3))).happened
    assert (one.sites, one.effect, one.words) == (("acme.example",), EFFECTS["en"], "the form does not send")
    assert (one.began, one.works_since, one.after) == (on(3), on(3, 12), 7200.0)
    assert one.response is not None
    assert one.response.seconds == 0  # on the phone
    assert (one.product, one.is_open, one.next_due) == (None, False, None)


def test_only_the_clients_own_part_of_an_incident_counts() -> None:
    """Northgate rang a day before, waited longer and was promised more; of that Acme's page says nothing."""
    mine, other = record(1, on(4)), record(1, on(3), 90, client="northgate", site="northgate")
    both = replace(
        mine,
        opened_at=other.opened_at,
        calls=other.calls + mine.calls,
        impacts=other.impacts + mine.impacts,
        promises=other.promises + mine.promises,
        told=other.told + mine.told,
    )
    month = of(both)
    (one,) = month.happened
    assert (one.began, one.after, one.sites) == (on(4), 7200.0, ("acme.example",))
    assert month.promises == (1, 1)
    assert of(other).is_quiet


@pytest.mark.parametrize(
    ("began", "hours", "there"),
    [
        (on(30, 10, month=10), 2, False),  # over before
        (on(31, 10, month=10), 48, True),  # ended in it
        (on(1, 0, month=10), None, True),  # began long before, and goes on
        (on(1, 0), 1, True),  # its first moment
        (on(30, 23.99), 0.001, True),
        (on(1, 0, month=12), 1, False),  # the first moment of the next one
    ],
)
def test_what_happened_before_or_after_the_month_is_not_in_it(began: datetime, hours: float, there: bool) -> None:
    assert of(record(1, began, hours)).is_quiet is not there


def test_a_site_that_somebody_only_has_to_look_at_is_no_matter_of_the_client() -> None:
    triage = Impact("acme-shop", "acme", "in_triage", None, "dana", on(3))
    assert of(record(1, on(3), calls=(), told=(), impacts=(triage,))).is_quiet


def test_what_works_again_after_a_relapse_works_since_the_last_time() -> None:
    back = Event(on(5), on(5), "dana", "reopen", "internal", "came back")
    known = record(1, on(3))
    impacts = (
        *known.impacts,
        Impact("acme-shop", "acme", "affected", None, "dana", on(5)),
        Impact("acme-shop", "acme", "mitigated", None, "dana", on(5, 12)),
        Impact("acme-shop", "acme", "resolved", None, "dana", on(6)),
    )
    (one,) = of(replace(known, impacts=impacts, events=(*known.events, back))).all
    assert (one.works_since, one.after, one.came_back) == (on(5, 12), None, True)


def test_an_open_incident_is_under_way_and_says_when_they_hear_next() -> None:
    month = of(record(1, on(29), None), record(2, on(3)))
    assert [one.incident for one in month.under_way] == ["INC-1"]
    assert [one.incident for one in month.all] == ["INC-2", "INC-1"]
    assert month.under_way[0].next_due == on(2, month=12)
    assert month.under_way[0].works_since is None


def test_a_promise_that_is_overdue_is_no_next_word() -> None:
    (one,) = of(record(1, on(29), None), now=on(3, month=12)).under_way
    assert one.next_due is None


def test_a_median_takes_three_cases_of_one_severity() -> None:
    two = [record(number, on(number), hours) for number, hours in ((1, 1), (2, 5))]
    other = record(9, on(9), 3, severity="low")
    (high, low) = of(*two, other).speed
    assert (high.severity, high.repair_median, [span.seconds for span in high.repairs]) == ("high", None, [3600, 18000])
    assert (low.severity, low.incidents, low.repair_median) == ("low", 1, None)
    (high, _low) = of(*two, record(3, on(12), 2), other).speed
    assert high.repair_median is not None
    assert high.repair_median == (7200.0, False)


def test_what_goes_on_counts_as_at_least_in_a_median() -> None:
    (high,) = of(*(record(number, on(27), None) for number in (1, 2)), record(3, on(3), 1)).speed
    assert high.repair_median is not None
    assert high.repair_median.at_least


def test_promises_of_other_months_are_not_counted() -> None:
    kept = [Promise("acme", due, due - timedelta(hours=1), due) for due in (on(31, month=10), on(15))]
    late = Promise("acme", on(16), on(15), on(17))
    to_come = Promise("acme", on(2, month=12), on(15), None)
    month = of(record(1, on(1, month=10), None, promises=(*kept, late, to_come)))
    assert month.promises == (1, 2)


@pytest.mark.parametrize(
    ("allowed", "security", "product"), [(True, False, "Tidy Forms"), (True, True, None), (None, False, None)]
)
def test_a_product_is_named_only_where_the_client_may_read_it(
    allowed: bool | None, security: bool, product: str | None
) -> None:
    client = Client("acme", "Acme Bakery", names_vendor=allowed)
    (one,) = of(record(1, on(3), security=security), client=client).happened
    assert one.product == product


@pytest.mark.parametrize(
    ("version", "versions", "kept"),
    [
        ("1.2.3", ">=1.2.4,<1.3", 1),
        ("1.2.4", ">=1.2.4,<1.3", 0),  # it is there already
        ("1.3", ">=1.2.4,<1.3", 0),  # past it
        ("1.2.3", "=1.2.4", 1),
        (None, ">=1.2.4", 0),
        ("1.2.3", "<1.2.4", 0),
    ],
)
def test_a_hold_prevents_what_comes_later_than_what_runs(version: str | None, versions: str, kept: int) -> None:
    month = of(holds=[held(versions)], runs=[Runs("acme-shop", "plugin/tidy-forms", version, None)])
    assert [(one.what, one.number, one.sites) for one in month.prevented] == [("holds", 1, ("acme.example",))] * kept


def test_a_hold_that_was_lifted_before_the_month_prevented_nothing_in_it() -> None:
    lifted = replace(held(), at=on(1, month=10), lifted_at=on(30, month=10))
    runs = [Runs("acme-shop", "plugin/tidy-forms", "1.2.3", None)]
    assert of(holds=[lifted], runs=runs).prevented == ()
    assert of(holds=[replace(lifted, lifted_at=on(2))], runs=runs).prevented[0].number == 1


def test_patches_are_counted_once_however_many_sites_run_them() -> None:
    fork = ForkFact(
        "plugin/tidy-forms",
        releases=(),
        stacks={"1.2.3": ("pw-a", "pw-b")},
        patches={},
        builds=(("1.2.3.0-p1", "1.2.3"),),
    )
    runs = [Runs(site.slug, "plugin/tidy-forms", "1.2.3", "1.2.3.0-p1") for site in SITES]
    (one,) = of(runs=runs, forks=[fork]).prevented
    assert (one.what, one.number, one.sites) == ("patches", 2, ("acme.example", "blog.acme.example"))


def test_a_site_that_was_found_not_affected_was_spared_in_the_month_of_the_verdict() -> None:
    verdict = Impact("acme-blog", "acme", "not_affected", "code_not_reachable", "dana", on(4))
    spared = record(1, on(3), client="northgate", site="northgate")
    month = of(replace(spared, impacts=(*spared.impacts, verdict)))
    assert month.is_quiet
    assert [(one.what, one.number, one.sites) for one in month.prevented] == [("cleared", 1, ("blog.acme.example",))]
    assert of(replace(spared, impacts=(replace(verdict, at=on(4, month=10)),))).prevented == ()


def test_a_bar_of_the_strip_lies_within_the_month_and_can_be_seen() -> None:
    month = of(record(1, on(20, month=10), 24 * 20), record(2, on(30, 23.9), 0.01), record(3, on(29), None))
    assert len(month.strip) == 3
    for bar in month.strip:
        assert bar.x >= 0
        assert bar.width >= 6
        assert bar.x + bar.width <= 1000
    assert [bar.until for bar in month.strip][2] == on(30, 23.9) + timedelta(hours=0.01)


def test_what_was_closed_without_a_word_that_it_works_is_over_and_claims_nothing() -> None:
    known = record(1, on(3))
    month = of(replace(known, impacts=known.impacts[:1], status="closed"))
    assert month.happened[0].works_since is None
    assert month.strip[0].until == on(3, 12)


def test_too_many_rows_are_no_picture() -> None:
    assert of(*(record(number, on(3)) for number in range(1, 27))).strip == ()


def test_sites_are_called_by_their_host_and_by_their_path_where_hosts_are_shared() -> None:
    sites = [
        SiteFact("one", "acme", "info", "https://www.acme.example/one/"),
        SiteFact("two", "acme", "info", "https://acme.example/two"),
        SiteFact("shop", "acme", "info", "https://shop.acme.example/"),
        SiteFact("bare", "acme", "info", None),
    ]
    names = {"one": "acme.example/one", "two": "acme.example/two", "shop": "shop.acme.example", "bare": "bare"}
    assert site_names(sites) == names


@pytest.mark.parametrize(
    ("day", "month"), [((2026, 1, 1), "2025-12"), ((2026, 3, 31), "2026-02"), ((2026, 12, 1), "2026-11")]
)
def test_the_last_full_month_is_the_one_before(day: tuple[int, int, int], month: str) -> None:
    assert last_month(datetime(*day, tzinfo=ZoneInfo("Europe/Berlin"))) == month


def test_the_clients_words_become_one_line_of_a_bearable_length() -> None:
    (one,) = of(record(1, on(3), words="a\u202eb\n\n" + "word " * 100)).happened
    assert one.words is not None
    assert one.words.startswith("ab word")
    assert len(one.words) <= 200
    assert one.words.endswith(" …")


def test_who_was_told_without_a_call_or_a_hit_had_a_part_in_it() -> None:
    told = Told("acme", "resolved", on(3, 12), False)
    (one,) = of(record(1, on(3), calls=(), impacts=(), promises=(), told=(told,))).happened
    assert (one.heard, one.sites, one.began) == ("", (), on(3, 12))


def test_the_month_is_that_of_the_clients_clock() -> None:
    assert of().period.start == datetime(2026, 11, 1, tzinfo=ZONE)
    assert [mark.day for mark in of().marks] == [1, 8, 15, 22, 30]


def test_a_hold_whose_versions_nobody_can_read_keeps_nothing_away() -> None:
    runs = [Runs("acme-shop", "plugin/tidy-forms", "1.2.3", None)]
    assert of(holds=[held("all of them")], runs=runs).prevented == ()
