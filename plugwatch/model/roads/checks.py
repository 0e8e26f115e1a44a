"""The checks between a finished text and the world. They block: a person mends what they find."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from plugwatch.model.roads.check_markup import find_in_markup, vendors_lines
from plugwatch.model.roads.markup import find_blanks
from plugwatch.model.roads.privacy import Piece, PrivateWords, find_private, find_traces, quoted_lines, read_as_person
from plugwatch.model.roads.road import Road
from plugwatch.model.roads.submission import Brief, Check, Draft, DraftFile

__all__ = ["PrivateWords", "Rules", "check_draft"]

URL_LIMIT = 8_000  # browsers and servers commonly stop at 8 KiB
_SHOWN = 8

_ADDRESS = re.compile(r".*<([^<>]+)>", re.DOTALL)  # of "Name <mail@example>"
_PERSON = re.compile(r"^(?:From|Author|Signed-off-by|Co-authored-by): *(.*)$", re.IGNORECASE | re.MULTILINE)
# "Password: x", "user = y", "login is z1" (with a digit: "the login is broken"), an address with a password in it.
LOGIN = re.compile(
    r"\b(?:user(?: ?name)?|log-?in|pass(?:word|wd|phrase)?|pwd|PIN)['\"`]?"
    r"(?:\s*[:=]+\s*|\s+is\s+(?=\S{0,60}\d))['\"`]?[^\s'\"`,.;]+|"
    r"\bhttps?://[^\s/@:]{1,60}:[^\s/@]{1,60}@",
    re.IGNORECASE,
)
_GO_ON = {
    "follow-up": "what was written before",
    "reply": "what was written before",
    "thanks": "what was written before",
    "adoption": "where and when the authors were asked before",
}
_MEND_PATCH = (
    "a patch is not edited here, for it would no longer apply: 'plugwatch patch drop' it, and "
    "'plugwatch patch capture' it again without the words"
)
_OURS = (
    ("plugwatch's name", re.compile(r"plugwatch(?!\.invalid)", re.IGNORECASE)),
    ("a build's version", re.compile(r"\b\d+(?:\.\w+){3,}-p\d+\b")),
    ("an Update URI header", re.compile(r"^\+.*\bUpdate URI\s*:", re.IGNORECASE | re.MULTILINE)),
    ("a notice of modification", re.compile(r"\bModified by .{1,80} on \d{4}-\d{2}-\d{2}\b")),
)


@dataclass(frozen=True)
class Rules:
    """What a draft is held against: the road's limits, the brief it came from, and our private words.

    ``branch`` is the branch that is offered, ``author`` the author of its commit, ``Name <mail@example>``. ``theirs``
    are lines of the vendor's own form, which are public.
    """

    road: Road
    brief: Brief
    private: PrivateWords
    branch: str | None = None
    author: str | None = None
    theirs: frozenset[str] = frozenset()

    @property
    def public_words(self) -> tuple[str, ...]:
        """Phrases that are no secret here: the component's and the vendor's, and our own signature."""
        component, agency = self.brief.component, self.brief.agency
        names = (component.slug, component.name, component.repository)
        doors = (component.vendor_url, component.vendor_email, component.support_url, component.security_door)
        ours = (agency.name, agency.email, agency.url, agency.signature)
        texts = [text for text in (*names, *doors, *ours) if text]
        return tuple(texts + [re.sub(r"^https?://(?:www\.)?", "", text).rstrip("/") for text in texts])

    @property
    def versions(self) -> tuple[str, ...]:
        """Version numbers that the text may name, for some look like IP addresses."""
        at = self.brief.environment
        others = [other.version for other in (*at.others, *at.beside)]
        thread = self.brief.thread
        later = (thread.fixed_in, thread.missing_in) if thread else ()
        return tuple(v for v in (at.version, at.first_bad, at.last_good, at.wordpress, at.php, *others, *later) if v)

    @property
    def public_mail(self) -> tuple[str, ...]:
        """The e-mail addresses that may stand in the text: the agency's, and those at which the vendor takes mail."""
        component = self.brief.component
        known = (self.brief.agency.email, component.vendor_email, component.support_url, component.security_door)
        return tuple(address for address in known if address and "@" in address)


def check_draft(draft: Draft, rules: Rules) -> tuple[Check, ...]:
    """Every check on a draft, in a fixed order; the draft may leave when all are ok.

    An incident marked ``security`` on a public road gets that one finding and no other: there is no text to look at.
    """
    security = _check_security(rules)
    if not security.ok:
        return (security,)
    pieces = pieces_of(draft, rules)
    return (
        _check_blanks(draft, rules.brief),
        _check_privacy(draft, pieces, rules),
        security,
        _check_author(draft, rules),
        _check_build_headers(pieces),
        _check_length(draft, rules),
        _check_markup(draft, rules),
    )


def pieces_of(draft: Draft, rules: Rules) -> list[Piece]:
    """Everything of a draft that strangers would see.

    The title and the body come first. A mail file holds nothing but the body and the files beside it.
    """
    own = {number for number, line in enumerate(draft.body.split("\n"), 1) if line.strip() in rules.theirs}
    quoted = vendors_lines(draft.body, rules.brief) | own
    pieces = [Piece("the title", draft.title, one_line=True), Piece("the body", draft.body, quoted)]
    if draft.url:
        address = unquote(draft.url.split("?")[0])  # behind the question mark stand title and body again
        pieces.append(Piece("the address", address, one_line=True))
    if rules.branch:
        pieces.append(Piece("the branch's name", rules.branch, one_line=True))
    if rules.branch and rules.author:
        pieces.append(Piece("the commit's author", rules.author, one_line=True))
    for file in draft.files:
        pieces.append(Piece("a file's name", file.name, one_line=True))
        if file.media_type != "message/rfc822":
            text = _decode(file)
            pieces.append(Piece(file.name, text, quoted_lines(text)))
    return pieces


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


def _check_blanks(draft: Draft, brief: Brief) -> Check:
    heads = [file.content.partition(b"\r\n\r\n")[0] for file in draft.files if file.media_type == "message/rfc822"]
    texts = [draft.title, draft.body, *(head.decode("latin-1") for head in heads)]
    # Trac's escape of a CamelCase word is the only one that read_as_person leaves.
    readable = (read_as_person(text).replace("!", "") for text in texts)
    found = dict.fromkeys(blank for text in readable for blank in find_blanks(text))
    if brief.thread is None and brief.kind in _GO_ON and not found:  # whoever edits a text may take out the blank
        found = dict.fromkeys([_GO_ON[brief.kind]])
    if found:
        return Check("blanks", False, f"not filled in: {'; '.join(found)}")
    return Check("blanks", True, "every blank is filled in")


def _check_privacy(draft: Draft, pieces: list[Piece], rules: Rules) -> Check:
    found = find_private(pieces, rules.private, rules.public_words)
    found += find_traces(pieces, rules.public_mail, rules.versions)
    internal = own_numbers(rules.brief)
    found += [f"our own number '{hit}' in {where}" for piece in pieces for hit, where in piece.find(internal)]
    in_patch = any(f" in {file.name}" in finding for file in draft.files for finding in found)
    advice = "take it out" + (f"; {_MEND_PATCH}" if in_patch else "")
    if forbids_logins(rules):
        logins = [where for piece in pieces for _, where in piece.find(LOGIN)]
        found += [f"a login in {where}: a staging login is never given in public" for where in dict.fromkeys(logins)]
    return _result("privacy", found, "nothing of a client's was found", advice)


def forbids_logins(rules: Rules) -> bool:
    """Whether somebody may have been asked for a login and would give it to everybody."""
    return rules.road.public and rules.brief.kind == "reply"


def own_numbers(brief: Brief) -> re.Pattern[str]:
    """What finds the numbers by which only we know things."""
    return re.compile("|".join([r"\bINC-\d+\b", r"\bSUB-\d+\b", *([re.escape(brief.patch.id)] if brief.patch else [])]))


def _check_author(draft: Draft, rules: Rules) -> Check:
    """The agency has written it, not whoever sits at the machine: git takes a name from wherever it finds one."""
    ours = rules.brief.agency.email.casefold()
    people = [("the commit's author", rules.author)] if rules.branch and rules.author else []
    for file in draft.files:
        if file.media_type == "text/x-patch":
            head = _decode(file).partition("\n---\n")[0]
            people += [(file.name, one[1]) for one in _PERSON.finditer(head)]
    found = [
        f"'{address}' in {where} is not the agency"
        for where, person in people
        if (address := _ADDRESS.sub(r"\1", person.strip())).casefold() != ours
    ]
    return _result("author", found, "written by the agency", "see [agency] email in plugwatch.toml")


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


def _check_length(draft: Draft, rules: Rules) -> Check:
    road = rules.road
    counts_itself = rules.brief.network is not None  # see the markup, where each network counts its own way
    found = [] if draft.title.strip() else ["the title is empty"]
    if road.title_limit and len(draft.title) > road.title_limit:
        found.append(f"the title has {len(draft.title):,} characters, {road.name} takes {road.title_limit:,}")
    if road.body_limit and len(draft.body) > road.body_limit and not counts_itself:
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
    return _result("markup", find_in_markup(draft, rules.brief, rules.road), "fit for this road")
