"""The checks between a finished text and the world. They block: a person mends what they find."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from plugwatch.model.markup import find_blanks
from plugwatch.model.privacy import Piece, PrivateWords, find_private, find_traces, quoted_lines, read_as_person
from plugwatch.model.submission import Brief, Check, Draft, DraftFile, Road

__all__ = ["PrivateWords", "Rules", "check_draft"]

URL_LIMIT = 8_000  # browsers and servers commonly stop at 8 KiB
MAIL_LINE_LIMIT = 998  # RFC 5322 2.1.1
_SHOWN = 8

_FENCE = re.compile(r"^(`{3,})[^`]*$")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", re.DOTALL)
_MENTION = re.compile(r"(?<![\w@/])@(?=[A-Za-z0-9])[A-Za-z0-9-]+")
_CLOSES = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b:?\s+([\w./-]*#\d+|GH-\d+|https?://\S+/issues/\d+)", re.I
)
_FORUM_TAG = re.compile(r"</?([a-z][a-z0-9]*)\b[^>]*>", re.IGNORECASE)
_FORUM_TAGS = {"a", "blockquote", "code", "pre", "em", "strong", "del", "ins", "ul", "ol", "li", "img"}
_FORUM_FOREIGN = re.compile(r"^#{1,6} |\*\*\S|```", re.MULTILINE)
_MAIL_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_OURS = (
    ("plugwatch's name", re.compile(r"plugwatch(?!\.invalid)", re.IGNORECASE)),
    ("a build's version", re.compile(r"\b\d+(?:\.\w+){3,}-p\d+\b")),
    ("an Update URI header", re.compile(r"^\+.*\bUpdate URI\s*:", re.IGNORECASE | re.MULTILINE)),
    ("a notice of modification", re.compile(r"\bModified by .{1,80} on \d{4}-\d{2}-\d{2}\b")),
)


@dataclass(frozen=True)
class Rules:
    """What a draft is held against: the road's limits, the brief it came from, and our private words."""

    road: Road
    brief: Brief
    private: PrivateWords

    @property
    def public_words(self) -> tuple[str, ...]:
        """Phrases that are no secret here: the component's and the vendor's, and our own signature."""
        component, agency = self.brief.component, self.brief.agency
        known = (component.slug, component.name, component.vendor_url, component.vendor_email, component.repository)
        ours = (agency.name, agency.email, agency.url, agency.signature)
        texts = [text for text in (*known, *ours) if text]
        return tuple(texts + [re.sub(r"^https?://(?:www\.)?", "", text).rstrip("/") for text in texts])

    @property
    def versions(self) -> tuple[str, ...]:
        """Version numbers that the text may name, for some look like IP addresses."""
        at = self.brief.environment
        others = [other.version for other in at.others]
        return tuple(v for v in (at.version, at.first_bad, at.last_good, at.wordpress, at.php, *others) if v)


def check_draft(draft: Draft, rules: Rules) -> tuple[Check, ...]:
    """Every check on a draft, in a fixed order; the draft may leave when all are ok.

    An incident marked ``security`` on a public road gets that one finding and no other: there is no text to look at.
    """
    security = _check_security(rules)
    if not security.ok:
        return (security,)
    pieces = _pieces(draft, rules)
    return (
        _check_blanks(draft),
        _check_privacy(pieces, rules),
        security,
        _check_build_headers(pieces),
        _check_length(draft, rules.road),
        _check_markup(draft, rules),
    )


def _pieces(draft: Draft, rules: Rules) -> list[Piece]:
    """Everything of a draft that strangers would see. A mail file holds nothing but the body and files beside it."""
    quoted = _vendors_lines(draft.body, rules.brief)
    pieces = [Piece("the title", draft.title, one_line=True), Piece("the body", draft.body, quoted)]
    if draft.url:
        address = unquote(draft.url.split("?")[0])  # behind the question mark stand title and body again
        pieces.append(Piece("the address", address, one_line=True))
    for file in draft.files:
        pieces.append(Piece("a file's name", file.name, one_line=True))
        if file.media_type != "message/rfc822":
            text = _decode(file)
            pieces.append(Piece(file.name, text, quoted_lines(text)))
    return pieces


def _vendors_lines(body: str, brief: Brief) -> frozenset[int]:
    """The lines of the body that come from the excerpt and only quote the vendor."""
    if brief.patch is None:
        return frozenset()
    excerpt = brief.patch.excerpt.split("\n")
    numbers = quoted_lines(brief.patch.excerpt)
    quoted = {excerpt[number - 1].strip() for number in numbers} - {"", "-"}
    return frozenset(n for n, line in enumerate(body.split("\n"), 1) if line.strip().strip("`") in quoted)


def _decode(file: DraftFile) -> str:
    try:
        return file.content.decode()
    except UnicodeDecodeError:
        return file.content.decode("latin-1")


def _result(name: str, found: Iterable[str], fine: str, advice: str = "") -> Check:
    findings = list(found)
    if not findings:
        return Check(name, True, fine)
    more = f"; and {len(findings) - _SHOWN} more" if len(findings) > _SHOWN else ""
    return Check(name, False, "; ".join(findings[:_SHOWN]) + more + (f": {advice}" if advice else ""))


def _check_blanks(draft: Draft) -> Check:
    heads = [file.content.partition(b"\r\n\r\n")[0] for file in draft.files if file.media_type == "message/rfc822"]
    texts = [draft.title, draft.body, *(head.decode("latin-1") for head in heads)]
    # Trac's escape of a CamelCase word is the only one that read_as_person leaves.
    readable = (read_as_person(text).replace("!", "") for text in texts)
    found = dict.fromkeys(blank for text in readable for blank in find_blanks(text))
    if found:
        return Check("blanks", False, f"not filled in: {'; '.join(found)}")
    return Check("blanks", True, "every blank is filled in")


def _check_privacy(pieces: list[Piece], rules: Rules) -> Check:
    component, agency = rules.brief.component, rules.brief.agency
    own_mail = [agency.email, *([component.vendor_email] if component.vendor_email else [])]
    found = find_private(pieces, rules.private, rules.public_words) + find_traces(pieces, own_mail, rules.versions)
    numbers = [r"\bINC-\d+\b"] + ([re.escape(rules.brief.patch.id)] if rules.brief.patch else [])
    internal = re.compile("|".join(numbers))
    found += [f"our own number '{hit}' in {where}" for piece in pieces for hit, where in piece.find(internal)]
    return _result("privacy", found, "nothing of a client's was found", "take it out")


def _check_security(rules: Rules) -> Check:
    if rules.brief.security and rules.road.public:
        return Check(
            "security",
            False,
            f"the incident is marked security and {rules.road.name} is public, so nothing is rendered: report it to "
            "the vendor in private (developer.wordpress.org/plugins, Plugin Security)",
        )
    return Check("security", True, "may go this road")


def _check_build_headers(pieces: list[Piece]) -> Check:
    found = [f"{what} in {where}" for piece in pieces for what, pattern in _OURS for _, where in piece.find(pattern)]
    fine = "no mark of a build of ours"
    return _result("build-headers", found, fine, "send the patch as it is against the vendor's release")


def _check_length(draft: Draft, road: Road) -> Check:
    found = [] if draft.title.strip() else ["the title is empty"]
    if road.title_limit and len(draft.title) > road.title_limit:
        found.append(f"the title has {len(draft.title):,} characters, {road.name} takes {road.title_limit:,}")
    if road.body_limit and len(draft.body) > road.body_limit:
        found.append(f"the body has {len(draft.body):,} characters, {road.name} takes {road.body_limit:,}")
    if draft.url and len(draft.url) > URL_LIMIT:
        found.append(f"the filled-in address has {len(draft.url):,} characters, {URL_LIMIT:,} are safe")
    found += [
        f"{file.name} has {len(file.content):,} bytes, {road.name} takes {road.file_limit:,}"
        for file in draft.files
        if road.file_limit and len(file.content) > road.file_limit
    ]
    return _result("length", found, "within the road's limits", "shorten it")


def _check_markup(draft: Draft, rules: Rules) -> Check:
    found = ["the title has more than one line"] if len(draft.title.splitlines()) > 1 else []
    by_markup = {"markdown": _markdown_findings, "trac": _trac_findings, "forum": _forum_findings}
    find = by_markup.get(rules.road.markup, _mail_findings)
    return _result("markup", found + find(draft, rules), "fit for this road")


def _markdown_findings(draft: Draft, rules: Rules) -> list[str]:
    found, prose, fence = [], [], ""
    for line in draft.body.split("\n"):
        match = _FENCE.match(line)
        if fence:
            fence = "" if line.strip() and set(line.strip()) == {"`"} and len(line.strip()) >= len(fence) else fence
        elif match:
            fence = match[1]
        else:
            prose.append(line)
    text = _CODE_SPAN.sub("", "\n".join(prose))
    if fence:
        found.append("a block of code is not closed")
    found += [f"'{name}' would notify people" for name in dict.fromkeys(_MENTION.findall(text))]
    for target in _CLOSES.findall(f"{draft.title}\n{text}"):
        if not (rules.brief.closes_related and target == rules.brief.related_url):
            found.append(f"'{target}' would be closed with the merge")
    return found


def _trac_findings(draft: Draft, rules: Rules) -> list[str]:  # noqa: ARG001 - all of one shape
    depth = 0
    for line in draft.body.splitlines():
        if line.strip() == "}}}":
            depth -= 1
        elif re.fullmatch(r"\s*\{\{\{(?:#!.*)?\s*", line):
            depth += 1
    return ["a block of code is not closed" if depth > 0 else "a block of code is closed twice"] if depth else []


def _forum_findings(draft: Draft, rules: Rules) -> list[str]:
    found = []
    if rules.brief.component.paid:
        found.append(
            "the component is sold, and the forum takes no topics on commercial products "
            "(wordpress.org/support/guidelines): use the vendor's own support"
        )
    quoted = _vendors_lines(draft.body, rules.brief)  # an author's address in the vendor's own code is public
    ours = [line for number, line in enumerate(draft.body.split("\n"), 1) if number not in quoted]
    text = read_as_person("\n".join(ours))
    found += [f"the e-mail address '{mail}' has no place in the forum" for mail in _MAIL_ADDRESS.findall(text)]
    if draft.body.count("`") % 2:
        found.append("a backtick has no partner")
    longest = max((code.count("\n") + 1 for code in re.findall(r"`([^`]*)`", draft.body)), default=0)
    if rules.road.code_lines and longest > rules.road.code_lines:
        found.append(f"{longest} lines of code, {rules.road.code_lines} are the most that moderators like")
    prose = re.sub(r"`[^`]*`", "", draft.body)
    tags = {tag.lower() for tag in _FORUM_TAG.findall(prose)} - _FORUM_TAGS
    found += [f"the forum drops the tag <{tag}>" for tag in sorted(tags)]
    if _FORUM_FOREIGN.search(prose):
        found.append("Markdown, which the forum does not read")
    return found


def _mail_findings(draft: Draft, rules: Rules) -> list[str]:  # noqa: ARG001 - all of one shape
    lines = enumerate(draft.body.split("\n"), 1)
    return [
        f"line {n} is longer than {MAIL_LINE_LIMIT} bytes" for n, text in lines if len(text.encode()) > MAIL_LINE_LIMIT
    ]
