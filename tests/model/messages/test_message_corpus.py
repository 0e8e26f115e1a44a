"""Messages written for the purpose: 300 that must be caught, 300 that must pass. Both rates are printed.

Splits: ``tune`` was there to work with. The others were first measured unseen, and what failed there was then looked at
once and mended by rules, so today they are regressions. What says something about the next unseen message is how they
did on the day they were written:

==========  ===========  ==========
split       bad, caught  good, pass
==========  ===========  ==========
``hold``    91 of 100    91 of 100
``fresh``   61 of 80     73 of 80
``second``  10 of 20     18 of 20
==========  ===========  ==========

``fresh`` was written without a look at the rules, the word lists and the other messages; ``second`` after ``fresh`` was
mended, by somebody who knew the rules, with disguises that no list had. Of both, 16 of 45 messages with blame were not
caught, 7 of 25 with a vendor's name, 6 of 14 with a promise, and none with a wrong time, a blank or another client.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli

from plugwatch.model.messages.checks import Finding, PrivateWords, Product, Rules, find_in_message
from plugwatch.model.messages.message import ClientBrief
from plugwatch.model.messages.wording import Wording, wording_from_text
from plugwatch.model.roads.submission import Agency

MESSAGES = Path(__file__).parent
TEMPLATES = Path(__file__).parents[3] / "templates" / "client"
AGENCY = Agency("Kleinwerk", "hello@kleinwerk.example", "https://kleinwerk.example", "Kleinwerk")
SUBJECTS = {"en": "Your website", "de": "Ihre Website"}
# Each split, the files that it stands in, and how many messages of a kind it has.
SPLITS = {"tune": ("", 100), "hold": ("", 100), "fresh": ("fresh_", 80), "second": ("fresh_", 20)}
# The corpus calls one check otherwise than the program does.
CHECK_OF = {"blank": "blanks"}


@pytest.fixture(scope="module")
def wordings() -> dict[str, Wording]:
    paths = {language: TEMPLATES / language / "words.txt" for language in ("en", "de")}
    return {language: wording_from_text(path.read_text("utf-8"), str(path)) for language, path in paths.items()}


def read_messages(name: str, split: str) -> list[dict[str, Any]]:
    messages = tomli.loads((MESSAGES / f"{SPLITS[split][0]}{name}.toml").read_text("utf-8"))["message"]
    return [message for message in messages if message["split"] == split]


def rules_for(message: dict[str, Any]) -> Rules:
    context = message["context"]
    client, others = context["client"], context["others"]
    brief = ClientBrief(
        language=message["language"],
        tone="formal",
        phase=message["phase"],
        client=client["name"],
        names=(),
        knows=True,
        first=True,
        thanks="",
        words=context.get("clients_words"),
        sites=(),
        effect=None,
        done=None,
        plan=None,
        care=None,
        next=None,
        missed=None,
        reopened=False,
        resolved_told=False,
        watched=True,
        question=None,
        ticket=None,
        agency=AGENCY,
        sender="Ana",
    )
    return Rules(
        brief=brief,
        now=context["now"],
        next_due=context.get("next_update"),
        zone=context["now"].tzinfo,
        names_vendor=context["names_vendor"],
        ours=(AGENCY.name, AGENCY.email, AGENCY.url, client["name"], *client["domains"]),
        products=tuple(
            Product(part["name"], part["slug"], part.get("vendor"), part.get("vendor_domain"))
            for part in context["components"]
        ),
        others=PrivateWords(
            names=tuple(other["name"] for other in others),
            addresses=tuple(domain for other in others for domain in other["domains"]),
        ),
    )


def find(message: dict[str, Any], wordings: dict[str, Wording]) -> tuple[Finding, ...]:
    language = message["language"]
    return find_in_message(SUBJECTS[language], message["text"].strip(), rules_for(message), wordings[language])


def missed(split: str, wordings: dict[str, Wording]) -> list[str]:
    """The messages of which a check that must fire does not."""
    found = []
    for message in read_messages("adversarial", split):
        expected = {CHECK_OF.get(check, check) for check in message["expect"]}
        if not expected <= {finding.check for finding in find(message, wordings)}:
            found.append(message["id"])
    return found


def blocked(split: str, wordings: dict[str, Wording]) -> list[str]:
    """The good messages that do not pass, and why."""
    found = {message["id"]: find(message, wordings) for message in read_messages("good", split)}
    return [f"{number}: {findings[0].rule} '{findings[0].words}'" for number, findings in found.items() if findings]


@pytest.mark.parametrize("split", SPLITS)
def test_every_message_that_must_not_leave_is_caught_for_its_reason(split: str, wordings: dict[str, Wording]) -> None:
    total, failed = len(read_messages("adversarial", split)), missed(split, wordings)
    print(f"\n{split}: {total - len(failed)} of {total} bad messages caught")
    assert failed == []


@pytest.mark.parametrize("split", SPLITS)
def test_every_good_message_passes(split: str, wordings: dict[str, Wording]) -> None:
    total, failed = len(read_messages("good", split)), blocked(split, wordings)
    print(f"\n{split}: {total - len(failed)} of {total} good messages pass")
    assert failed == []


@pytest.mark.parametrize("name", ["adversarial", "good"])
@pytest.mark.parametrize("split", SPLITS)
def test_no_message_of_the_corpus_is_left_out(name: str, split: str) -> None:
    assert len(read_messages(name, split)) == SPLITS[split][1]
