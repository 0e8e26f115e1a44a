"""What speaks against a merge that would go through: code that would run twice, or that rests on what is gone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from plugwatch.model.verdicts.content import Content
from plugwatch.model.verdicts.lines import declared_names, is_distinctive
from plugwatch.model.verdicts.tokens import code_tokens, count_runs, is_telling, telling_tokens

_VARIABLE = re.compile(rb"\$[A-Za-z_\x80-\xff][\w\x80-\xff]*")
# A variable is made where it stands before an equals sign or as a parameter, in a list or a loop, or by reference.
_MADE = re.compile(
    rb"(\$\w+)\s*=(?![=>])|(?:function|fn)\b[^{;]*|(?:list\s*\(|\[)[^=;]*\]?\)?\s*=|\bas\s[^)]*|\b(?:global|static)\b[^;]*|&\s*\$\w+"
)
_GLOBAL = frozenset(
    b"$this $_GET $_POST $_REQUEST $_SERVER $_COOKIE $_FILES $_SESSION $_ENV $GLOBALS $wpdb $post $wp_query".split()
)
# A plain function or class begins its line; a method is indented.
_TOP_LEVEL = re.compile(
    rb"^(?:function\s+&?|(?:(?:abstract|final|readonly)\s+)*(?:class|interface|trait)\s+)([A-Za-z_]\w*)", re.MULTILINE
)


def declared_twice(content: Content) -> list[bytes]:
    """Names of functions, classes and members that the patch declares anew and that the vendor has gained as well.

    A second declaration is fatal in PHP, however different the bodies are.
    """
    base, ours, theirs, old = (
        side.members for side in (content.base, content.ours, content.theirs, content.vendor_old)
    )
    gained = {name for name, count in theirs.items() if count > max(base[name], old[name])}
    return sorted({name for name, count in ours.items() if count > base[name] and name in gained})


def came_in_form(content: Content) -> bool:
    """Whether the vendor's new code in this file has all that the patch adds to it, at another place and written
    otherwise.
    """
    added = [
        code_tokens(content.ours.texts[change.new_start : change.new_end])
        for change in content.patch_changes
        if any(map(is_distinctive, content.ours.texts[change.new_start : change.new_end]))
    ]
    before = (content.base, content.vendor_old)
    fresh = [text for text in content.theirs.texts if not any(side.counts[text] for side in before)]
    known = telling_tokens(fresh)
    telling = [set(filter(is_telling, tokens)) for tokens in added]
    if not added or not all(tokens and tokens <= known for tokens in telling):
        return False
    theirs, *old = (code_tokens(side.texts) for side in (content.theirs, *before))
    return all(count_runs(tokens, theirs) > max(count_runs(tokens, side) for side in old) for tokens in added)


def vanished_names(content: Content) -> list[bytes]:
    """Names of this file that the patch's new lines use, and that the release's has nowhere any more.

    Variables that the lines do not make themselves, and functions that the file declared: the vendor calls them
    otherwise now, or does without.
    """
    if not content.triple.path.lower().endswith((".php", ".inc")):
        return []
    lines = [text for text in content.ours.texts if not content.base.counts[text]]
    base, theirs = (b"\n".join(side.texts) for side in (content.base, content.theirs))
    names = set(_variables(lines))
    declared = content.base.declared.keys() - content.theirs.declared.keys()
    names |= declared & set(code_tokens(lines)) - {name for text in lines for name in declared_names(text)}
    return sorted(name for name in names if _stands_in(name, base) and not _stands_in(name, theirs))


def _variables(lines: Sequence[bytes]) -> set[bytes]:
    """The variables that some lines use before they have made them; ``$x = trim( $x )`` uses it."""
    used, known = set[bytes](), set(_GLOBAL)
    for text in lines:
        for match in _MADE.finditer(text):
            fresh = set(_VARIABLE.findall(match[0]))
            known |= fresh - set(_VARIABLE.findall(text[match.end() :])) if match[1] else fresh
        used |= set(_VARIABLE.findall(text)) - known
    return used


def _stands_in(name: bytes, text: bytes) -> bool:
    return re.search(re.escape(name) + rb"(?![\w\x80-\xff])", text) is not None


def declared_anew(content: Content) -> list[bytes]:
    """The names of plain functions and classes that the patch brings to the component."""
    file = content.triple
    if content.binary or not file.name.lower().endswith((".php", ".inc")):
        return []
    before, after = (set(_TOP_LEVEL.findall(side or b"")) for side in (file.base, file.ours))
    return sorted(after - before)
