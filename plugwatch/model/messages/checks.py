"""The checks between a message and its client. They block: a person mends what they find.

Rules know no language: which words count, and how times are said, stands in the language's words.txt. Words that the
client said, quoted exactly, are held against nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from plugwatch.model.messages.blame import find_blame, find_vendors
from plugwatch.model.messages.blanks import find_unfilled
from plugwatch.model.messages.names import Product
from plugwatch.model.messages.promises import find_promises, find_wrong_update
from plugwatch.model.messages.rules import Finding, Reading, Rules
from plugwatch.model.messages.spellings import host_of
from plugwatch.model.messages.wording import Wording
from plugwatch.model.roads.privacy import Piece, PrivateWords, find_traces
from plugwatch.model.roads.submission import Check

__all__ = ["CHECKS", "Finding", "PrivateWords", "Product", "Rules", "check_message", "find_in_message"]

# Each check and what it says of a text that passes, in the order in which they are shown.
CHECKS = {
    "language": "the client's own",
    "blanks": "every blank is filled in",
    "next-update": "says when they hear from us again, or is the last word",
    "promise": "only what is ours to promise",
    "blame": "nobody is blamed or sent away",
    "vendor": "no product or vendor is named, or this client may read it",
    "other-client": "no other client is named",
    "secrets": "no secret or trace of a server",
    "mail": "fit for a mail",
}
# These need the words of the language.
_BY_WORDS = ("next-update", "promise", "blame", "vendor")

LINE_LIMIT = 998  # bytes, RFC 5322 2.1.1
SUBJECT_LIMIT = 200
BODY_LIMIT = 20_000  # characters; nobody reads more
_SHOWN = 8
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")


def check_message(subject: str, body: str, rules: Rules, wording: Wording | None) -> tuple[Check, ...]:
    """The outcome of every check, in the order of CHECKS; the message may leave when all are ok.

    Without the language's words (``wording`` is None) the checks that need them are not ok.
    """
    findings = find_in_message(subject, body, rules, wording)
    return tuple(_outcome(check, [f for f in findings if f.check == check], rules, wording) for check in CHECKS)


def find_in_message(subject: str, body: str, rules: Rules, wording: Wording | None) -> tuple[Finding, ...]:
    """Everything that blocks a message, check by check in the order of CHECKS."""
    reading = Reading(subject[: SUBJECT_LIMIT * 5], body[:BODY_LIMIT], rules, wording)
    finders: tuple[Callable[[Reading], Iterable[Finding]], ...] = (
        _find_language,
        find_unfilled,
        find_wrong_update,
        find_promises,
        find_blame,
        find_vendors,
        _find_clients,
        _find_secrets,
    )
    found = [finding for find in finders for finding in find(reading)]
    return tuple(dict.fromkeys([*found, *_unfit(subject, body)]))


def _outcome(check: str, findings: list[Finding], rules: Rules, wording: Wording | None) -> Check:
    if wording is None and check in _BY_WORDS:
        where = f"templates/client/{rules.brief.language}/words.txt"
        return Check(check, False, f"there is no list of words for this language: write {where}")
    if not findings:
        return Check(check, True, CHECKS[check])
    told = [f"{finding.rule} '{finding.words}' {_place(finding)}" for finding in findings[:_SHOWN]]
    more = f"; and {len(findings) - _SHOWN} more" if len(findings) > _SHOWN else ""
    advice = "; ".join(dict.fromkeys(finding.advice for finding in findings))
    return Check(check, False, f"{'; '.join(told)}{more}: {advice}")


def _place(finding: Finding) -> str:
    return f"in line {finding.line}" if finding.line else "in the subject"


def _find_language(reading: Reading) -> Iterator[Finding]:
    wanted = reading.rules.brief.language
    wording = reading.wording
    if wording is not None and wording.language.split("-")[0].casefold() != wanted.split("-")[0].casefold():
        advice = f"write the texts of templates/client/{wanted}"
        yield reading.stated("language.other", f"{wording.language} instead of {wanted}", advice)


def _find_clients(reading: Reading) -> Iterator[Finding]:
    for hit in reading.clients:
        yield reading.finding(f"other-client.{hit.rule}", hit.start, hit.end, "take it out")


def _find_secrets(reading: Reading) -> Iterator[Finding]:
    """What :func:`find_traces` knows. Its words are kept as they are, for it shortens what is secret."""
    own_hosts = {host_of(text) for text in reading.rules.ours if "." in text}
    own_mail = [mail for mail in _MAIL.findall(reading.whole.original) if host_of(mail) in own_hosts]
    lines = reading.whole.original.split("\n")
    pieces = [Piece(str(number), line, one_line=True) for number, line in enumerate(lines, 1) if line]
    for trace in find_traces(pieces, own_mail, ()):
        words, _, place = trace.rpartition(" in ")
        line = reading.body_line(int(place))
        yield Finding("secrets", "secrets.trace", words.replace("'", ""), line, "take it out")


def _unfit(subject: str, body: str) -> Iterator[Finding]:
    """What a mail cannot carry."""
    yield from _unfit_text("subject", subject, 0)
    if len(subject) > SUBJECT_LIMIT:
        yield _mail("subject", f"{len(subject):,} characters, {SUBJECT_LIMIT} at most", 0, "shorten it")
    if not subject.strip() or "\n" in subject:
        yield _mail("subject", "empty or more than one line", 0, "write one line")
    if not body.strip():
        yield _mail("body", "empty", 1, "write something")
    if len(body) > BODY_LIMIT:
        yield _mail("body", f"{len(body):,} characters, {BODY_LIMIT:,} at most", 1, "shorten it")
    for number, line in enumerate(body.split("\n"), 1):
        yield from _unfit_text("line", line, number)
        if len(line.encode(errors="replace")) > LINE_LIMIT:
            yield _mail("line", f"longer than {LINE_LIMIT} bytes", number, "break it")


def _unfit_text(rule: str, text: str, number: int) -> Iterator[Finding]:
    control = _CONTROL.search(text.rstrip("\r"))
    if control:
        yield _mail(rule, f"control character U+{ord(control[0]):04X}", number, "take it out")


def _mail(rule: str, words: str, line: int, advice: str) -> Finding:
    return Finding("mail", f"mail.{rule}", words, line, advice)
