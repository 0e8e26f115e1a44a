"""What may be confirmed in a vendor's form: a box is ticked where it is known to be true, and by nobody's guess."""

from __future__ import annotations

import re
from dataclasses import dataclass

# What a box asks to confirm, and what must be known for that. All that fit must be known.
_CLAIMS = (
    (
        "searched",
        re.compile(
            r"search|duplicate|existing (issue|bug|report)|already (been )?report|similar|other open|looked through",
            re.I,
        ),
    ),
    ("others_off", re.compile(r"(deactivat|disabl|only).{0,60}plugin|plugins?.{0,40}(deactivat|disabl)", re.I)),
    ("default_theme", re.compile(r"default.{0,40}theme|\btwenty|storefront", re.I)),
    ("newest", re.compile(r"\blatest|newest|up.to.date|most recent", re.I)),
    ("reproducible", re.compile(r"\breproduc", re.I)),
    (
        "tested",
        re.compile(
            r"\bI(?:\s+have|['\u2019]ve)?(?:\s+\w+)?\s+tested\b|^\W*tested\W*$"
            r"|\b(?:my|the|this|code|changes?|fix|patch|pull request|pr)(?:\s+\w+){0,2}\s+"
            r"(?:is|are|was|were|has been|have been)(?:\s+\w+)?\s+tested\b",
            re.I,
        ),
    ),
    ("guidelines", re.compile(r"guideline|contribut|code of conduct|\bread\b|\bfollow", re.I)),
    ("no_security", re.compile(r"not (?:a |about )?security|security (?:issue|problem|vulnerab|bug)|vulnerab", re.I)),
    # What a person alone can say: of tests that were written, of what it was tested on, of other software, of consent.
    (
        "person",
        re.compile(r"tests? (?:for|to|cases?)|tests? pass|unit ?tests?|added|written|\bagree|label|screenshot", re.I),
    ),
    (
        "person",
        re.compile(r"documentation|mobile|browser|minimum|multisite|reader|device|sandbox|staging|performan", re.I),
    ),
    ("person", re.compile(r"\b(?:should|must|needs?) (?:to )?(?:be )?test|\bdifferent\b|\blegacy\b|environment", re.I)),
    ("person", re.compile(r"standards|\bstyle\b|review|practices|sanitiz|escap|naming", re.I)),
    ("person", re.compile(r"(?:latest|newest|recent).{0,60}(?:wordpress|php\b|theme|plugins\b)", re.I)),
)


@dataclass(frozen=True)
class Facts:
    """What a box may be ticked for, each None where nobody knows.

    ``searched``: duplicates were looked for and there is none. ``others_off``, ``default_theme``: it was seen with all
    other plugins off, with a default theme. ``newest``: with the newest release. ``reproducible``: at every try.
    ``tested``: the patch was. ``guidelines``: a person has read what the vendor wants read. ``no_security``.
    """

    searched: bool | None = None
    others_off: bool | None = None
    default_theme: bool | None = None
    newest: bool | None = None
    reproducible: bool | None = None
    tested: bool | None = None
    guidelines: bool | None = None
    no_security: bool | None = None

    def confirm(self, words: str) -> bool | None:
        """Whether what a box or a question says is known to be true; None: nobody knows, or it asks for more."""
        asked = [name for name, pattern in _CLAIMS if pattern.search(words)]
        known = [getattr(self, name, None) for name in asked]
        if not known or None in known:
            return None
        return all(known)
