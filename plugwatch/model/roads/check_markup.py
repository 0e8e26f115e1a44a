"""Whether a text is fit for its road: what would ping people, close tickets, break out, or be dropped."""

from __future__ import annotations

import re

from plugwatch.model.roads.privacy import quoted_lines, read_as_person
from plugwatch.model.roads.road import NETWORKS, Road
from plugwatch.model.roads.social import check_length
from plugwatch.model.roads.submission import Brief, Draft

MAIL_LINE_LIMIT = 998  # RFC 5322 2.1.1

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
# What calls everybody: Slack's <!channel>, and the words of Mattermost, Discord, Matrix and Teams.
_ROOM_CALL = re.compile(r"<(?:!|@|#)\w+|(?<![\w@])@(?:channel|here|all|everyone|room|team)\b", re.IGNORECASE)


def find_in_markup(draft: Draft, brief: Brief, road: Road) -> list[str]:
    """Everything in a text that its road would take amiss."""
    found = ["the title has more than one line"] if len(draft.title.splitlines()) > 1 else []
    return found + _FINDERS[road.markup](draft, brief, road)


def vendors_lines(body: str, brief: Brief) -> frozenset[int]:
    """The numbers (from 1) of the body's lines that only quote the vendor, in the excerpt or in the suspect diff."""
    quoted: set[str] = set()
    if brief.patch:
        excerpt = brief.patch.excerpt.split("\n")
        quoted |= {excerpt[number - 1].strip() for number in quoted_lines(brief.patch.excerpt)}
    if suspect := brief.environment.suspect:
        quoted |= {line.strip() for line in suspect.diff.split("\n")}
    quoted -= {"", "-"}
    return frozenset(n for n, line in enumerate(body.split("\n"), 1) if line.strip().strip("`") in quoted)


def _markdown_findings(draft: Draft, brief: Brief, road: Road) -> list[str]:  # noqa: ARG001 - all of one shape
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
    found += _mentions(text)
    for target in _CLOSES.findall(f"{draft.title}\n{text}"):
        if not (brief.closes_related and target == brief.related_url):
            found.append(f"'{target}' would be closed with the merge")
    return found


def _mentions(prose: str) -> list[str]:
    return [f"'{name}' would notify people" for name in dict.fromkeys(_MENTION.findall(prose))]


def _trac_findings(draft: Draft, brief: Brief, road: Road) -> list[str]:  # noqa: ARG001 - all of one shape
    depth, prose = 0, []
    for line in draft.body.splitlines():
        if line.strip() == "}}}":
            depth -= 1
        elif re.fullmatch(r"\s*\{\{\{(?:#!.*)?\s*", line):
            depth += 1
        elif depth <= 0:
            prose.append(line)
    found = ["a block of code is not closed" if depth > 0 else "a block of code is closed twice"] if depth else []
    return found + _mentions(re.sub(r"`[^`\n]*`|\{\{\{.*?\}\}\}", "", "\n".join(prose)))


def _forum_findings(draft: Draft, brief: Brief, road: Road) -> list[str]:
    found = []
    if brief.component.paid:
        found.append(
            "the component is sold, and the forum takes no topics on commercial products "
            "(wordpress.org/support/guidelines): use the vendor's own support"
        )
    quoted = vendors_lines(draft.body, brief)  # an author's address in the vendor's own code is public
    ours = [line for number, line in enumerate(draft.body.split("\n"), 1) if number not in quoted]
    text = read_as_person("\n".join(ours))
    found += [f"the e-mail address '{mail}' has no place in the forum" for mail in _MAIL_ADDRESS.findall(text)]
    if draft.body.count("`") % 2:
        found.append("a backtick has no partner")
    longest = max((code.count("\n") + 1 for code in re.findall(r"`([^`]*)`", draft.body)), default=0)
    if road.code_lines and longest > road.code_lines:
        found.append(f"{longest} lines of code, {road.code_lines} are the most that moderators like")
    prose = re.sub(r"`[^`]*`", "", draft.body)
    found += _mentions(prose)
    tags = {tag.lower() for tag in _FORUM_TAG.findall(prose)} - _FORUM_TAGS
    found += [f"the forum drops the tag <{tag}>" for tag in sorted(tags)]
    if _FORUM_FOREIGN.search(prose):
        found.append("Markdown, which the forum does not read")
    return found


def _mail_findings(draft: Draft, brief: Brief, road: Road) -> list[str]:  # noqa: ARG001 - all of one shape
    lines = enumerate(draft.body.split("\n"), 1)
    return [
        f"line {n} is longer than {MAIL_LINE_LIMIT} bytes" for n, text in lines if len(text.encode()) > MAIL_LINE_LIMIT
    ]


def _room_findings(draft: Draft, brief: Brief, road: Road) -> list[str]:  # noqa: ARG001 - all of one shape
    text = f"{draft.title}\n{draft.body}"
    found = [f"'{call}' would notify people" for call in dict.fromkeys(_ROOM_CALL.findall(text))]
    return found + _names_of_others(text, brief)


def _post_findings(draft: Draft, brief: Brief, road: Road) -> list[str]:  # noqa: ARG001 - all of one shape
    found = _names_of_others(draft.body, brief)
    if brief.network is None:
        return found
    if brief.network not in NETWORKS:
        return [*found, f"'{brief.network}' is no network that plugwatch can count for"]
    too_long = check_length(brief.network, draft.body)
    return [*found, too_long] if too_long else found


def _names_of_others(text: str, brief: Brief) -> list[str]:
    """Other plugins, whose vendors would read there that they have to do with it."""
    plain = read_as_person(text).casefold()
    names = dict.fromkeys(other.name for other in (*brief.environment.others, *brief.environment.beside))
    own = brief.component.name.casefold()
    found = [name for name in names if name and name.casefold() not in own and _has_words(plain, name.casefold())]
    return [f"'{name}' is somebody else's plugin, and this is read by everybody" for name in found]


def _has_words(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None


_FINDERS = {
    "markdown": _markdown_findings,
    "trac": _trac_findings,
    "forum": _forum_findings,
    "mail": _mail_findings,
    "chat": _room_findings,
    "social": _post_findings,
}
