"""Blame in a message: fault given to anybody but us, and the client sent to somebody else. And whom it names.

A fault counts beside a third party, which is a word of the language's list, a product or vendor that is named, or
another client. What the list ``[ours]`` takes upon ourselves, and what ``[harmless]`` knows, is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from plugwatch.model.messages.rules import Finding, Reading
from plugwatch.model.messages.text import Sentence

_NEAR = 8  # words between a third party and the fault that is given to it
_ACTOR = 4  # words between "we" and what we do
_OPENING = 4  # words of a sentence in which "they" means those of the sentence before
_PATH = re.compile(
    r"[^\s]{0,80}wp-content/(?:mu-)?(?:plugins|themes)/[\w.-]+\S*|[^\s]{0,80}wordpress\.org/(?:plugins|themes)/[\w-]+\S*"
    r"|(?<![\w/])(?:plugin|theme)s?/[a-z0-9]+(?:-[a-z0-9]+)+"
)
_BLAME = "say what works and what we do about it, not whose fault it is"
_SEND = "nobody is sent to somebody else: say what we do about it"
_VENDOR = "say what it does for them, not what it is called"


def find_blame(reading: Reading) -> Iterator[Finding]:
    """Fault given to others, and the client sent away."""
    before: list[tuple[int, int]] = []
    for sentence in reading.sentences:
        people = list(reading.blamed("third-party", sentence, touched=True))
        thirds = [*people, *_named(reading, sentence)]
        things = list(reading.blamed("things", sentence, touched=True))
        for rule in ("careless", "indirect", "client-fault"):
            for span in reading.blamed(rule, sentence, touched=rule != "indirect"):
                yield reading.finding(f"blame.{rule}", *span, _BLAME)
        yield from _faults(reading, sentence, [*thirds, *things], before)
        yield from _talked_about(reading, sentence, people, things)
        yield from _sent_away(reading, sentence, thirds)
        before = [*thirds, *things]


def _named(reading: Reading, sentence: Sentence) -> list[tuple[int, int]]:
    hits = [*reading.products, *reading.clients]
    return [(hit.start, hit.end) for hit in hits if sentence.start <= hit.start < sentence.end]


def _faults(
    reading: Reading, sentence: Sentence, thirds: list[tuple[int, int]], before: list[tuple[int, int]]
) -> Iterator[Finding]:
    clients = {(hit.start, hit.end) for hit in reading.clients}
    meant = thirds + (_pronouns(reading, sentence) if before else [])
    for fault in reading.blamed("fault", sentence, touched=True):
        near = [third for third in meant if third in clients or reading.words_between(third, fault) <= _NEAR]
        if near:
            closest = min(near, key=lambda third: reading.words_between(third, fault))
            span = min(fault[0], closest[0]), max(fault[1], closest[1])
            yield reading.finding("blame.third-party-fault", *span, _BLAME)


def _pronouns(reading: Reading, sentence: Sentence) -> list[tuple[int, int]]:
    start = (sentence.start, sentence.start)
    return [span for span in reading.find("pronouns", sentence) if reading.words_between(start, span) <= _OPENING]


def _talked_about(
    reading: Reading, sentence: Sentence, people: list[tuple[int, int]], things: list[tuple[int, int]]
) -> Iterator[Finding]:
    """What others did, in a sentence in which we do nothing: why tell it, if not to blame?"""
    if any(reading.find("we", sentence)):
        return
    acts, harms = list(reading.find("acts", sentence)), list(reading.find("harms", sentence))
    for others, deeds, reach in ((people, acts, _ACTOR), (people + things, harms, _NEAR)):
        for third in others:
            deed = next((d for d in deeds if third[1] <= d[0] and reading.words_between(third, d) < reach), None)
            if deed:
                yield reading.finding("blame.indirect", third[0], deed[1], _BLAME)


def _sent_away(reading: Reading, sentence: Sentence, thirds: list[tuple[int, int]]) -> Iterator[Finding]:
    for span in reading.blamed("send-away", sentence, touched=False):
        yield reading.finding("blame.send-away", *span, _SEND)
    ours = list(reading.find("we", sentence))
    for turn in reading.find("turn-to", sentence):
        by_us = any(reading.words_between(we, turn) <= _ACTOR for we in ours)
        for third in thirds:
            if not by_us and reading.words_between(turn, third) <= _ACTOR:
                span = min(turn[0], third[0]), max(turn[1], third[1])
                yield reading.finding("blame.send-away", *span, _SEND)


def find_vendors(reading: Reading) -> Iterator[Finding]:
    """Names of products and vendors, and paths that show them; nothing where this client's settings allow it."""
    if reading.rules.names_vendor or reading.wording is None:
        return
    for hit in reading.products:
        yield reading.finding(f"vendor.{hit.rule}", hit.start, hit.end, _VENDOR)
    for match in _PATH.finditer(reading.text.text):
        yield reading.finding("vendor.path", *match.span(), _VENDOR)
    for match in reading.wording.find("brands", reading.text.text):
        yield reading.finding("vendor.brand", *match.span(), _VENDOR)
