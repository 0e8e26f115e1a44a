"""What the headings and labels of vendors' templates mean: many words for few things.

The words are those of the templates of plugins on GitHub (facts: WooCommerce, Yoast SEO, Gutenberg, Jetpack, Contact
Form 7) and of GitHub's own examples (docs.github.com, "Syntax for issue forms").
"""

from __future__ import annotations

import re

# Of these, all that nobody has said anything about is answered "None."; a person may still add to it.
OPTIONAL = frozenset({"screenshots", "related", "additional"})
# Nothing that we know answers these; a person does.
PERSON = "person"
# What it was looked at with; the ledger has no such fact, and a server's fault needs none.
DEVICE = "device"

_LONGEST = 12  # words of a heading; what is longer is a question of its own

# Tried in order; the first that fits says what it is.
_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (PERSON, (r"keyboard", r"\bai\b", r"\bllms?\b", r"artificial", r"\bfor qa\b", r"other environments?", r"privacy")),
    (PERSON, (r"\bdata\b", r"\btrack", r"\bui\b", r"breaking", r"accessib", r"a11y", r"performance", r"deploy")),
    (PERSON, (r"rollback", r"impact (check|on)", r"documentation", r"\bdocs\b")),
    ("screenshots", (r"screen ?(shots?|casts?|recordings?)", r"recordings?\b", r"\bvideos?\b", r"code snippet")),
    ("additional", (r"additional", r"other info", r"anything else", r"more info", r"further", r"\bextra", r"^misc")),
    ("additional", (r"^notes?\b", r"\bcomments?$", r"^other$")),
    (DEVICE, (r"smartphone", r"mobile", r"browser", r"\bdevice", r"operating system", r"^os\b")),
    (
        "related",
        (r"^relat", r"^link(s|ed)?\b", r"^refer", r"^(fix(es|ed)?|close[sd]?|resolve[sd]?)( issue| ticket|$)"),
    ),
    ("related", (r"^issues?$", r"^tickets?\b", r"\brelated (issue|ticket|pr|pull|discussion|link|work)")),
    ("related", (r"(issue|ticket) (numbers?|links?|urls?)", r"\bopen issues?$")),
    (
        "type",
        (r"\btypes? of (the )?(change|pull|pr\b|contribution)", r"^types?$", r"kind of change", r"^(pr|change) type"),
    ),
    ("significance", (r"^significance$", r"semver")),
    ("changelog", (r"change ?log", r"release notes?\b")),
    ("tested", (r"how (has|have|was|were|did) .*\btest", r"^tested\b", r"\btested (with|on|in)\b")),
    ("tested", (r"testing (done|perf|that has)", r"already taken place", r"test(ing)? (env|config|result|coverage)")),
    ("testing", (r"\btest(ing)? (instruction|plan|step|procedure|scenario|case)", r"to test\b", r"to verify")),
    ("testing", (r"how (can|should|do|to) .*(test|verify|review|check)", r"^(testing|tests?|verification|qa)$")),
    ("testing", (r"\bacceptance",)),
    ("reproducible", (r"reproducib", r"how often", r"frequency", r"consisten")),
    ("steps", (r"reproduc", r"replicat", r"step by step", r"\bsteps\b")),
    ("expected", (r"expect", r"should (have )?happen", r"desired", r"intended")),
    ("actual", (r"\bactual", r"current (behaviou?r|result|outcome)", r"observed", r"\binstead\b", r"went wrong")),
    ("actual", (r"what (is|are) happening",)),
    ("workaround", (r"work ?arounds?",)),
    ("tried", (r"\btried\b", r"troubleshoot", r"isolat", r"attempted", r"ruled out")),
    ("how", (r"(proposed|possible|suggested) (fix|solution|patch)", r"^solution", r"^how\b", r"approach", r"^fix$")),
    ("environment", (r"technical (info|data)", r"version info", r"wordpress.* info", r"^information$")),
    ("how", (r"implement", r"technical")),
    (
        "environment",
        (r"environ", r"system", r"site health", r"\bversions?$", r"configuration", r"set ?up", r"platform"),
    ),
    ("environment", (r"desktop", r"\bserver\b")),
    ("why", (r"^why\b", r"motivat", r"context", r"background", r"\breasons?\b", r"rational", r"purpose", r"^problem")),
    ("why", (r"justif", r"\bcause", r"^goals?\b")),
    ("what", (r"^what\b", r"summary", r"descri", r"\bchanges?\b", r"overview", r"proposed", r"\bbugs?\b", r"^issue")),
    ("what", (r"^details", r"^about", r"\btl ?dr", r"\bproblem")),
)
_MEANINGS = tuple((meaning, re.compile("|".join(patterns))) for meaning, patterns in _WORDS)

# Where our own text goes, in a vendor's words: the first of these that the template has.
PLACES = {
    "what": ("what", "why", "actual"),
    "why": ("why", "what", "how"),
    "how": ("how", "what"),
    "testing": ("testing", "steps", "tested"),
    "tested": ("tested", "environment", "testing"),
    "changelog": ("changelog",),
    "steps": ("steps", "testing", "what"),
    "expected": ("expected", "actual", "what"),
    "actual": ("actual", "expected", "what"),
    "environment": ("environment",),
    "tried": ("tried", "additional"),
    "workaround": ("workaround", "additional"),
    "fix": ("how", "additional"),
}

# Our own headings; whatever else stands in a template of the agency's own is read as a vendor's.
_OURS = {
    "proposed fix": "fix",
    "tested with": "tested",
    "what was tried": "tried",
    "describe the bug": "what",
    "environment": "environment",
    "changelog entry": "changelog",
}


def simplify(heading: str) -> str:
    """A heading in small letters, without emoji, punctuation, marks of what is required, and what a link leads to."""
    shown = re.sub(r"\]\([^)\s]*\)", "]", heading.lower())
    bare = re.sub(r"\((?:required|optional|if [^)]*)\)", " ", shown)
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare).split())


def find_meaning(heading: str) -> str | None:
    """What a vendor's heading or label asks for: a key of :data:`PLACES` or of :data:`OPTIONAL`, :data:`PERSON`, or
    None where nobody can tell."""
    words = simplify(heading)
    if not words or words.count(" ") >= _LONGEST:
        return None if not re.search(r"what you expected", words) else "expected"
    return next((meaning for meaning, pattern in _MEANINGS if pattern.search(words)), None)


def find_our_meaning(heading: str) -> str | None:
    """What a heading of ours stands over: a key of :data:`PLACES`, else None."""
    meaning = _OURS.get(simplify(heading)) or find_meaning(heading)
    return meaning if meaning in PLACES else None
