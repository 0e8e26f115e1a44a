"""Times in a message: when the client hears from us again, and promises that are not ours to give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from plugwatch.model.messages.message import LAST_PHASES
from plugwatch.model.messages.rules import Finding, Reading
from plugwatch.model.messages.text import Sentence
from plugwatch.model.messages.wording import say_by

_NEAR = 8  # words between those that belong together
_ACTOR = 3  # words between "we" and what we do
_REACH = 12  # words between "you will hear from us" and the time
_WORST_FIRST = ("unsure", "past", "other-time", "vague")
_PROMISE = "promise only what we do ourselves"


def find_wrong_update(reading: Reading) -> Iterator[Finding]:
    """What is wrong with the time at which the client hears from us again; nothing in a message that is the last."""
    rules, wording = reading.rules, reading.wording
    if wording is None or rules.brief.phase in LAST_PHASES:
        return
    if rules.next_due is None:
        yield reading.stated("next-update.missing", "no time was set", "say when: --next TIME")
        return
    due, now = rules.local(rules.next_due), rules.local(rules.now)
    advice = f"say that they hear from us {say_by(wording, due, now)}"
    if due <= now:
        yield reading.stated("next-update.past", f"{due:%Y-%m-%d %H:%M}", "set a time that lies ahead: --next TIME")
        return
    reasons: dict[str, Finding] = {}
    for sentence, hear in _our_words(reading):
        rule, span = _read_update(reading, sentence, hear, due)
        if not rule:
            return
        reasons.setdefault(rule, reading.finding(f"next-update.{rule}", *span, advice))
    worst = next((reasons[rule] for rule in _WORST_FIRST if rule in reasons), None)
    yield worst or reading.stated("next-update.missing", "no word on when they hear from us again", advice)


def _our_words(reading: Reading) -> Iterator[tuple[Sentence, tuple[int, int]]]:
    """Where the text says that they hear from us, and not that they write to us, or that others tell."""
    for sentence in reading.sentences:
        thirds = list(reading.find("third-party", sentence))
        ours = list(reading.find("we", sentence, plain=False))
        to_us = [to for to in reading.find("to-us", sentence, plain=False) if not _by_us(reading, ours, to)]
        for hear in reading.find("hear-from-us", sentence, plain=False):
            from_us = not any(hear[0] < end and start < hear[1] for start, end in to_us)
            others = (third for third in thirds if third[1] <= hear[0])
            if from_us and not any(reading.words_between(third, hear) <= _ACTOR for third in others):
                yield sentence, hear


def _by_us(reading: Reading, ours: list[tuple[int, int]], deed: tuple[int, int]) -> bool:
    """Whether "we" stands right before ("we will get in touch"), one word between at most."""
    near = (we for we in ours if we[1] <= deed[0] and reading.words_between(we, deed) <= 1)
    return any(reading.in_one_clause(we, deed) for we in near)


def _read_update(
    reading: Reading, sentence: Sentence, hear: tuple[int, int], due: datetime
) -> tuple[str, tuple[int, int]]:
    """The rule that a sentence of our next word breaks, and where; "" where it names the time that is due."""
    times = [said for said in reading.times(sentence) if reading.words_between(hear, (said.start, said.end)) <= _REACH]
    unsure = next(iter(reading.find("unsure", sentence)), None)
    said = next((said for said in times if said.means(due) and not said.past), None)
    if said is not None:
        return ("unsure", unsure) if unsure else ("", hear)
    if times:
        now = reading.rules.local(reading.rules.now)
        over = all(said.days and not said.is_later(now) for said in times)
        rule = "past" if over else "other-time"
        return rule, (min(hear[0], times[0].start), max(hear[1], times[0].end))
    vague = next(iter(reading.find("vague", sentence, plain=False)), hear)
    return "vague", (min(hear[0], vague[0]), max(hear[1], vague[1]))


def find_promises(reading: Reading) -> Iterator[Finding]:
    """Guarantees, and what others shall do or a date on which something of theirs shall be there."""
    rules = reading.rules
    now = rules.local(rules.now)
    due = rules.local(rules.next_due) if rules.next_due else None
    for sentence in reading.sentences:
        for span in reading.find("guarantee", sentence):
            yield reading.finding("promise.guarantee", *span, _PROMISE)
        for span in reading.find("announced", sentence):
            yield reading.finding("promise.third-party", *span, _PROMISE)
        times = [said for said in reading.times(sentence) if said.is_later(now) and not (due and said.means(due))]
        ahead = [(said.start, said.end) for said in times] + list(reading.find("later", sentence))
        yield from _others_promises(reading, sentence, ahead)
        yield from _dates(reading, sentence, ahead)


def _others_promises(reading: Reading, sentence: Sentence, ahead: list[tuple[int, int]]) -> Iterator[Finding]:
    """A third party that will do something, or does it at a time that lies ahead."""
    named = [(hit.start, hit.end) for hit in reading.products if sentence.start <= hit.start < sentence.end]
    receivers = [end for _, end in reading.find("receivers", sentence)]
    for third in [*reading.find("third-party", sentence), *named]:
        if any(0 <= third[0] - end <= 2 for end in receivers):
            continue
        for will in [*reading.find("will", sentence), *ahead]:
            if reading.words_between(third, will) <= _NEAR and not _we_act(reading, sentence, third, will):
                span = min(third[0], will[0]), max(third[1], will[1])
                yield reading.finding("promise.third-party", *span, _PROMISE)
                break


def _dates(reading: Reading, sentence: Sentence, ahead: list[tuple[int, int]]) -> Iterator[Finding]:
    """A version that comes, or a repair that is done, at a time that lies ahead, and it is not we who do it."""
    ours = list(reading.find("we", sentence))
    for section in ("releases", "outcome"):
        for what in reading.find(section, sentence):
            if any(reading.in_one_clause(we, what) and reading.words_between(we, what) <= _ACTOR for we in ours):
                continue
            near = [when for when in ahead if reading.words_between(what, when) <= _NEAR]
            near = [when for when in near if reading.in_one_clause(what, when)]
            if near:
                span = min(what[0], near[0][0]), max(what[1], near[0][1])
                yield reading.finding("promise.own-date", *span, _PROMISE)


def _we_act(reading: Reading, sentence: Sentence, third: tuple[int, int], will: tuple[int, int]) -> bool:
    """Whether "we" stands beside the verb or between it and the third party: then it is we who do it."""
    for we in reading.find("we", sentence):
        between = min(third[1], will[1]) <= we[0] <= max(third[0], will[0])
        if between or reading.words_between(we, will) <= _ACTOR:
            return True
    return False
