"""What is said of what no program can take back."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from plugwatch.model.client import Client
from plugwatch.model.erasure import Eraser, Sent, Traces
from plugwatch.workflows.law import Cleaned, Plan, forget_client

NOW = datetime(2026, 11, 20, 10, 5, tzinfo=timezone.utc)
ERASER = Eraser(Traces(names=("Corvid",), slug="corvid"))


def plan(*sent: Sent) -> Plan:
    client = Client("corvid", "Corvid")
    return Plan(client, (), frozenset({"INC-4"}), frozenset(), (), sent, ("SUB-1 was sent to its vendor",), 0, ERASER)


@pytest.mark.parametrize(
    ("road", "state", "says"),
    [
        ("smtp", "sent", "got by mail"),
        ("phone", "sent", "was told by phone"),
        ("desk", "sent", "got through the help desk"),
        ("imap", "kept", "is written to in a draft in the mailbox"),
        ("file", "written", "is written to in a file that may have been sent"),
        ("smtp", "unknown", "may have got by mail"),
        ("smtp", "handing", "may have got by mail"),
    ],
)
def test_what_has_left_is_named_with_its_address(road: str, state: str, says: str) -> None:
    sent = Sent("INC-4", "identified", road, "maria@corvid.example", state, NOW)
    places = [lambda _plan: Cleaned(("one file was deleted",), ("one is left",), ("one was pushed",))]

    done = forget_client(None, plan(sent), places, here=True, now=NOW, actor="ana")  # type: ignore[arg-type]

    assert done.given == (
        f"maria@corvid.example {says}: INC-4 identified, 2026-11-20 10:05 UTC",
        "SUB-1 was sent to its vendor",
        "one was pushed",
    )
    assert (done.name, done.done, done.left) == (None, ("one file was deleted",), ("one is left",))


def test_a_text_is_read_by_the_incident_that_it_is_about() -> None:
    assert plan().redact("corvid", "INC-4") == "(erased)"
    assert plan().redact("corvid", "INC-5") == plan().redact("corvid", None) == "corvid"
    assert plan().redact_source("/lists/corvid.zip") == "/lists/(erased).zip"
