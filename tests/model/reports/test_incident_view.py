from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from boarding import NOW, ago, board, called, fork, hit, record, sent, worked

from plugwatch.model.incident import Event
from plugwatch.model.promise import Promise
from plugwatch.model.reports.incident_view import Views, address, cut, incident_rows
from plugwatch.model.reports.records import ClientFact, Told
from plugwatch.model.reports.survival import Quantile

HOUR = 1 / 24


def view(one, **facts):
    """The view of an incident on a board with it alone."""
    return Views(board(records=(one,), **facts)).of(one)


def test_the_last_verdict_of_a_site_counts_and_says_how_long_it_did_not_work():
    impacts = (hit(3, "affected"), hit(2, "mitigated"), hit(3, "not_affected", site="acme-blog"))
    rows = view(record(1, 3, calls=(called(3),), impacts=impacts)).sites

    assert [(row.site, row.verdict.state, row.tone, row.down) for row in rows] == [
        ("acme-shop", "mitigated", "good", Quantile(86_400, at_least=False)),
        ("acme-blog", "not_affected", "quiet", None),
    ]


def test_a_site_that_a_client_called_for_is_there_without_any_verdict():
    [row] = view(record(1, 2, calls=(called(2),)), clients={"acme": ClientFact("acme", "Acme Ltd")}).sites

    assert (row.site, row.client, row.verdict, row.down) == ("acme-shop", "Acme Ltd", None, Quantile(172_800, True))


def test_numbers_are_of_the_case_that_took_longest_and_an_open_one_goes_first():
    impacts = (hit(9, "affected"), hit(4, "mitigated"), hit(2, "affected", site="acme-blog"))
    told = (Told("acme", "identified", ago(9) + timedelta(minutes=20), False),)
    call = called(9)._replace(heard="mail")
    numbers = {one.metric.key: one for one in view(record(1, 9, calls=(call,), impacts=impacts, told=told)).numbers}

    assert (numbers["mitigation"].case, numbers["mitigation"].n) == ("acme-blog", 2)
    assert numbers["mitigation"].worst.at_least
    assert numbers["first-response"].worst == Quantile(1200, at_least=False)
    assert (numbers["vendor-answer"].worst, numbers["vendor-answer"].n) == (None, 0)
    assert (numbers["promises-kept"].share, numbers["promises-kept"].n) == (None, 0)


def test_promises_have_the_state_of_this_moment():
    promises = (Promise("acme", ago(1), ago(2)), Promise("acme", NOW + timedelta(hours=1), ago(2)))

    assert [(row.state, row.tone) for row in view(record(1, 2, promises=promises)).promises] == [
        ("overdue", "bad"),
        ("open", "unsure"),
    ]


def test_a_line_that_was_written_down_later_says_when():
    later = Event(ago(2), ago(1), "Ana", "note", "internal", "remembered")
    soon = Event(ago(2), ago(2) + timedelta(minutes=50), "Ana", "note", "internal", "at once")

    assert [line.written for line in view(record(1, 2, events=(later, soon))).lines] == [ago(1), None]


def test_patches_are_found_in_any_fork_and_unknown_ones_are_named():
    forked = fork()
    rows = view(record(1, 2, patches=("pw-aaaaaaaaaa", "pw-zzzzzzzzzz")), forks=(forked,)).patches

    assert [(row.id, row.fact) for row in rows] == [
        ("pw-aaaaaaaaaa", forked.patches["pw-aaaaaaaaaa"]),
        ("pw-zzzzzzzzzz", None),
    ]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", " https://a.example", "data:text/html,x", "//a.example", "", None]
)
def test_only_an_address_of_the_web_can_be_followed(url):
    assert address(url) is None
    assert address("HTTPS://a.example/1") == "HTTPS://a.example/1"
    assert view(record(1, 2, upstream=(sent(1, 1, url=url),))).upstream[0][1] is None


def test_related_incidents_have_a_link_where_they_have_a_page():
    one, other = record(1, 2, links=(("INC-2", "the same form"), ("INC-77", None))), record(2, 9)
    links = Views(board(records=(one, other))).of(one).links

    assert [tuple(link) for link in links] == [("INC-2", "the same form", True), ("INC-77", "", False)]


def test_what_somebody_said_is_cut():
    assert cut("W" * 5000) == "W" * 1999 + "…"
    assert cut("short") == "short"
    call = called(1)._replace(words="W" * 5000)
    assert len(view(record(1, 1, calls=(call,), events=(worked(1, 5),))).calls[0][1].words) == 2000


def test_the_list_names_those_that_were_hit_and_finds_all_of_them():
    clients = {name: ClientFact(name, name.title()) for name in ("acme", "bolt", "cape", "dune")}
    impacts = (
        hit(1, "affected", "bolt", "bolt-1"),
        hit(1, "mitigated", "cape", "cape-1"),
        hit(1, "not_affected", "dune", "dune-1"),
    )
    [row] = incident_rows(board(records=(record(1, 2, calls=(called(2),), impacts=impacts),), clients=clients))

    assert row.clients == "Acme, Bolt and 1 more"
    assert row.sites == 3
    assert set(row.words.split()) == {"Cape", "acme-shop", "bolt-1", "cape-1"}


def test_the_list_says_whose_turn_it_is_of_what_is_open():
    one = record(1, 2)
    rows = incident_rows(board(records=(one, replace(one, status="resolved"), replace(one, turn="nobody"))))

    assert [row.turn for row in rows] == ["us", "", ""]
    assert one.reported_at.timestamp() == next(iter(incident_rows(board(records=(one,))))).stamp
