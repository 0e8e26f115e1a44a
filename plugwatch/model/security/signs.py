"""Signs that a release matters for security where no feed says so: words of the changelog, a directory that closed it.

A feed's record is a proof; these are hints, and are told as such. A changelog has no form that all vendors keep:
``= 1.2.3 =`` in a readme.txt (wordpress.org's handbook, "How your readme.txt works"), ``## [1.2.3] - 2026-01-02``
(keepachangelog.com), ``2026-01-02 - version 1.2.3`` and plain lines are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from plugwatch.model.component import Component
from plugwatch.model.directory import CLOSED as STATE_CLOSED
from plugwatch.model.directory import DirectoryEntry
from plugwatch.model.roads.markup import one_line
from plugwatch.model.security.marks import CHANGELOG, CLOSED, SecurityMark
from plugwatch.model.version import clean, sort_key

SECURITY_REASON = "security-issue"
"""The reason that the directory gives where it closed a plugin for its security."""

_MOST_READ = 400_000
_LONGEST_TITLE = 200
_LONGEST_LINE = 1000
_FILES = re.compile(r"(?:readme|change[-_]?log|changes|history|release[-_]?notes)(?:\.(?:txt|md))?", re.IGNORECASE)
_README = re.compile(r"readme(?:\.(?:txt|md))?", re.IGNORECASE)
_SECTION = re.compile(r"\s*(?:==\s*(?P<one>[^=]+?)\s*==|#{1,2}\s+(?P<two>[A-Za-z][A-Za-z ]+?)\s*#*)\s*")
_ABOUT_RELEASES = frozenset({"changelog", "change log", "upgrade notice", "changes", "release notes"})

_VERSION = r"(?P<version>[0-9]{1,9}(?:\.[0-9]{1,9}){1,5}[0-9A-Za-z.+_-]{0,20}?)"
_HEADING = re.compile(
    rf"\s*(?P<mark>=+|\#+|\*{{1,2}}|-|)\s*(?:(?:version|release)\s+|v\.?\s?)?\[?{_VERSION}\]?"
    r"(?P<rest>\s*(?:=+|\*\*|[:(–—]|-\s|[0-9]{4}[./-]|$).*)",
    re.IGNORECASE,
)
_DATED = re.compile(
    rf"\s*[=#*]*\s*[0-9]{{4}}[./-][0-9]{{1,2}}[./-][0-9]{{1,2}}\s*[-–—:]*\s*(?:version|v\.?)?\s*{_VERSION}(?P<rest>\s*[=*:]*.*)",
    re.IGNORECASE,
)

_BUGS = (
    r"\bCVE-\d{4}-\d{4,}",
    r"\bXSS\b",
    r"\bcross[- ]site[- ](?:request[- ]forgery|script\w*)",
    r"\b[CX]SRF\b",
    r"\bSQL[- ]?injections?\b|\bSQLi\b",
    r"\bSSRF\b|\bserver[- ]side request forgery",
    r"\bRCE\b|\bremote code execution|\b(?:php )?(?:code|object) injection",
    r"\b(?:path|directory) traversal|\b(?:local|remote) file inclusion",
    r"\b(?:privilege escalation|authenti\w+ bypass|broken access control|arbitrary file)",
    r"\bopen redirect",
    r"\bvulnerab\w+",
    r"\bunauthori[sz]ed (?:access|users?|visitors?)",
)
_SECURITY = (
    r"\A[\W_]*security(?: (?:fix\w*|update|patch\w*|enhancements?|improvements?))?[\W_]*(?:[:\]]|[-–—] )",
    r"\bsecurity[- ](?:bug\w*|fix\w*|flaws?|harden\w*|holes?|issues?|loopholes?|patch\w*|problems?|releases?)\b",
    r"\bsecurity[- ](?:updates?|enhancements?|improvements?|weakness\w*|concerns?|advisor\w+|audits?)\b",
    r"\b(?:harden\w*|improv\w+|tighten\w*|increas\w+|better) (?:the |overall )*security\b(?! (?:tab|page|set\w+))",
    r"\bfix\w*\b[^.;]{0,40}\bsecurity\b(?! (?:tab|page|settings?|screen|image|code|question|headers?|plugins?|label))",
)
_MENDED = r"\b(?:missing|lack\w*|absent|insufficient|improper|add\w*|enforc\w+|fix\w*|improv\w+|verif\w+)\b[^.;]{0,50}"
_CHECKS = (
    _MENDED + r"\b(?:nonces?|capabilit\w+|permissions?|authori[sz]ation)[- ](?:checks?|checking|verif\w+|validat\w+)\b",
    r"\b(?:missing|check\w*|verif\w+|validat\w+)\b[^.;]{0,30}\b(?:nonces?|user capabilit\w+)\b",
)
_SIGN = re.compile("|".join((*_BUGS, *_SECURITY, *_CHECKS)), re.IGNORECASE)
# A security plugin's own features, a statement that there is nothing, and names that hold the words.
_NO_SIGN = re.compile(
    r"\b(?:no|not an?|without|isn't an?) (?:known |new |open )?(?:security|vulnerab\w+)"
    r"|\b(?:detect\w*|scan\w*|firewall|blocks?|blocking|blocked|reports?|reporting|alerts?|notif\w+|badge|widget)\b(?!.*\bfix)"
    r"|\bX-XSS-Protection\b|\bXSS[- ](?:protection )?headers?\b"
    r"|\bnonces? (?:life\w*|expir\w+)",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^[\s*#=>•·-]+")


def is_changelog(path: str) -> bool:
    """Whether a file of a release, by its path in the folder, is one that tells of releases."""
    return "/" not in path and bool(_FILES.fullmatch(path))


def changelog_marks(component: Component, files: Mapping[str, str], *, after: str, to: str) -> list[SecurityMark]:
    """A mark for each version after one and up to another that its changelog has such words about, oldest first.

    ``files`` are the texts that :func:`is_changelog` picks, by path. The first line with such words is the title.
    """
    low, high = sort_key(after), sort_key(to)
    found: dict[bytes, tuple[str, str]] = {}
    for path, text in sorted(files.items()):
        for version, line in _lines(path, text[:_MOST_READ]):
            if low < sort_key(version) <= high and is_sign(line):
                found.setdefault(sort_key(version), (version, _title(line)))
    return [
        SecurityMark(component, CHANGELOG, version, title, affected=None, fixed_in=version)
        for _key, (version, title) in sorted(found.items())
    ]


def is_sign(line: str) -> bool:
    """Whether a line of a changelog speaks of a fault in security that was mended."""
    line = line[:_LONGEST_LINE].replace("**", "")
    return bool(_SIGN.search(line)) and not _NO_SIGN.search(line)


def closed_mark(component: Component, entry: DirectoryEntry) -> SecurityMark | None:
    """A mark for what the directory has closed; None where it is open there, or not there."""
    if entry.state != STATE_CLOSED:
        return None
    reason = entry.closed_reason or entry.closed_text or "no reason is public"
    since = f" since {entry.closed_date.isoformat()}" if entry.closed_date else ""
    return SecurityMark(component, CLOSED, entry.closed_reason or "closed", f"closed{since}: {reason}", None, None)


def _lines(path: str, text: str) -> Iterator[tuple[str, str]]:
    """Every line that is about a version, with the version."""
    version = ""
    reading = not _README.fullmatch(PurePosixPath(path).name)
    for line in (whole[:_LONGEST_LINE] for whole in text.splitlines()):
        section = _SECTION.fullmatch(line)
        heading = _DATED.match(line) or _HEADING.match(line)
        if section and not heading:
            name = (section["one"] or section["two"]).strip().casefold()
            if _README.fullmatch(path):
                reading, version = name in _ABOUT_RELEASES, ""
        elif reading and heading and (clean(heading["version"]) or version):
            version = clean(heading["version"])
            yield version, heading["rest"].strip(" =*:–—-()[]")
        elif reading and version and line.strip():
            yield version, line


def _title(line: str) -> str:
    return one_line(_LABEL.sub("", line))[:_LONGEST_TITLE].strip()
