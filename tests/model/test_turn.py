from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.model.incident import STATUSES
from plugwatch.model.roads.submission import STATUSES as SUBMISSION_STATUSES
from plugwatch.model.turn import TURNS, Asked, Sent, TurnFacts, whose_turn

NOW = datetime(2026, 11, 19, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
LAST_WEEK = NOW - timedelta(days=9)


def _sent(status: str, number: int = 3, at: datetime = LAST_WEEK) -> Sent:
    return Sent(f"SUB-{number}", status, at)


@pytest.mark.parametrize(
    ("facts", "turn", "why"),
    [
        (TurnFacts("investigating"), "us", "the cause is not known yet"),
        (TurnFacts("identified"), "us", "the cause is known, a fix is not in place"),
        (TurnFacts("monitoring"), "us", "it works again and is being watched"),
        (TurnFacts("resolved"), "us", "it is fixed and waits to be closed"),
        (TurnFacts("resolved", untold=2), "us", "2 clients have not been told that it is over"),
        (TurnFacts("closed", due=NOW, untold=1), "nobody", "closed"),
        (TurnFacts("identified", merged_into="INC-3"), "nobody", "it goes on as INC-3"),
        (
            TurnFacts("identified", due=NOW + timedelta(minutes=12), due_to="Bolt", submissions=(_sent("sent"),)),
            "us",
            "Bolt hears from us by 10:12 (in 12 min)",
        ),
        (
            TurnFacts("identified", due=NOW - timedelta(minutes=9), due_to="Bolt", untold=1),
            "us",
            "Bolt should have heard from us by 9:51 (9 min ago)",
        ),
        (TurnFacts("identified", submissions=(_sent("sent"),)), "vendor", "SUB-3 sent 9 days ago, no client waits"),
        (
            TurnFacts("monitoring", submissions=(_sent("accepted", at=NOW - timedelta(hours=17)),)),
            "vendor",
            "SUB-3 accepted yesterday 17:00, no client waits",
        ),
        (
            TurnFacts("identified", submissions=(_sent("sent"), _sent("changes-requested", 4, NOW))),
            "us",
            "the vendor wants SUB-4 changed",
        ),
        (
            TurnFacts("identified", submissions=(_sent("changes-requested"), _sent("sent", 4, NOW))),
            "vendor",
            "SUB-4 sent 10:00, no client waits",
        ),
        (TurnFacts("identified", submissions=(_sent("draft"),)), "us", "SUB-3 is written and not sent"),
        (TurnFacts("identified", submissions=(_sent("rejected"),)), "us", "the vendor refused SUB-3"),
        (TurnFacts("identified", submissions=(_sent("released"),)), "us", "SUB-3 is in a release: check it and close"),
        (TurnFacts("identified", submissions=(_sent("withdrawn"),)), "us", "the cause is known, a fix is not in place"),
        (
            TurnFacts("identified", untold=1, asked=Asked("Acme", NOW), submissions=(_sent("sent"),)),
            "us",
            "1 client has not been told yet",
        ),
        (
            TurnFacts("identified", asked=Asked("Acme", NOW), submissions=(_sent("sent"),)),
            "client",
            "Acme was asked 10:00",
        ),
        (TurnFacts("identified", asked=Asked("Acme", LAST_WEEK, NOW)), "us", "Acme answered 10:00"),
        (
            TurnFacts("monitoring", asked=Asked("Acme", LAST_WEEK, NOW)),
            "us",
            "it works again and is being watched",
        ),
    ],
)
def test_whose_turn_it_is_and_why(facts, turn, why):
    assert whose_turn(facts, now=NOW) == (turn, why)


@given(
    st.builds(
        TurnFacts,
        status=st.sampled_from(STATUSES),
        due=st.none() | st.just(NOW),
        due_to=st.text(),
        submissions=st.lists(st.builds(_sent, st.sampled_from(SUBMISSION_STATUSES))).map(tuple),
        asked=st.none() | st.just(Asked("Acme", NOW)),
        untold=st.integers(0, 2),
    )
)
def test_there_is_always_one_turn_and_a_reason_and_a_client_who_waits_makes_it_ours(facts):
    turn, why = whose_turn(facts, now=NOW)

    assert turn in TURNS
    assert why
    assert (turn == "nobody") == (facts.status == "closed")
    if facts.status != "closed" and (facts.due or facts.untold):
        assert turn == "us"
