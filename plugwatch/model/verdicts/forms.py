"""Whether two pieces of code say the same in another form: re-wrapped, re-worded, or with a name changed throughout.

None of this is similarity: every token of a change has to be there. What counts as the same is what a vendor changes
who takes a fix over: layout, the way arrays and quotes are written, the wording of a new message, the types in a
signature, and names that the vendor has given another name in the whole file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from plugwatch.model.verdicts.align import align, changes
from plugwatch.model.verdicts.lines import Lines
from plugwatch.model.verdicts.tokens import code_tokens, find_run, is_name, is_telling, located_tokens, without_types

# WordPress's and JavaScript's functions whose first argument is a text for people
# (https://developer.wordpress.org/plugins/internationalization/how-to-internationalize-your-plugin/).
_MESSAGE_CALLS = frozenset(
    b"__ _e _x _ex _n _nx esc_html__ esc_html_e esc_html_x esc_attr__ esc_attr_e esc_attr_x".split()
)
_MESSAGE = b"'\xe2\x80\xa6'"

_CONTROL = rb"(?:\}\s*)?(?:if|else\s?if|for|foreach|while|switch)\s*\(.*\)\s*"
_OPENS_WITH_COLON = re.compile(_CONTROL.replace(rb"else\s?if|", b"") + rb":(?:\s*\?>)?$")
_RULES_THE_NEXT = re.compile(_CONTROL + rb"$|(?:\}\s*)?else$")
_CLOSING_WORDS = (b"endif", b"endfor", b"endforeach", b"endwhile", b"endswitch")
_ENDS = frozenset((b";", b"{", b"}", b"<?php", b"?>"))
_LONG_WORD = re.compile(rb"[A-Za-z_]\w{3,}")
_VARIABLE = (b"$", b"--")

Renames = Mapping[bytes, bytes]


@dataclass(frozen=True)
class Stretch:
    """What a change replaces and what it puts there, and what stands around that: in the base, and in the release.

    ``lead`` is the line above the change, with the patch.
    """

    before: Sequence[bytes]
    after: Sequence[bytes]
    old: Sequence[bytes]
    new: Sequence[bytes]
    lead: Sequence[bytes]


def find_form(stretch: Stretch, renames: Renames) -> range | None:
    """The lines of the new stretch that have, in one piece and in any form, what the change puts there.

    None where it has not, or where the old stretch had it too.
    """
    located = located_tokens(stretch.new)
    lead = code_tokens(stretch.lead)[-1:]
    for form in _forms(stretch, renames):
        needle = form(code_tokens(stretch.after))
        if needle[-1:] == [b","]:
            needle.pop()
        if not any(is_telling(token) and token not in _MESSAGE_CALLS for token in needle):
            continue
        if find_run(needle, form(code_tokens(stretch.old))) is not None:
            continue
        tokens = form([token for token, _line in located])
        at = find_run(needle, tokens)
        # What stands before it must not make it a part of something else: a condition, an assignment.
        if at is not None and (at == 0 or tokens[at - 1] in _ENDS or tokens[at - 1 : at] == lead):
            # A form that leaves tokens out (types) shifts the place; that is near enough.
            last = min(at + len(needle), len(located)) - 1
            return range(located[min(at, last)][1], located[last][1] + 1)
    return None


def _forms(stretch: Stretch, renames: Renames) -> Iterator[Callable[[Sequence[bytes]], list[bytes]]]:
    """The ways in which a vendor may have written the change, the nearest first."""
    yield list

    def renamed(tokens: Sequence[bytes]) -> list[bytes]:
        return [renames.get(token, token) for token in tokens]

    if renames:
        yield renamed
    before, after = code_tokens(stretch.before), code_tokens(stretch.after)
    # A message that the patch re-words, or that is all it says, is its purpose; one that it brings along may be worded
    # otherwise.
    messages = _MESSAGE_CALLS.isdisjoint(before) and not _MESSAGE_CALLS.isdisjoint(after)
    if messages and any(map(is_telling, _apart_from_messages(after))):
        yield lambda tokens: without_messages(renamed(tokens))
    # So are types: those of a signature that the patch changes in other ways too may differ.
    bare = {tuple(without_types(code_tokens([line]))) for line in stretch.before}
    typed = [line for line in stretch.after if without_types(code_tokens([line])) != code_tokens([line])]
    if typed and all(tuple(without_types(code_tokens([line]))) not in bare for line in typed):
        yield lambda tokens: without_types(renamed(tokens))


def depth_of(lines: Sequence[bytes]) -> int:
    """How many more blocks some lines open than they close.

    Those between ``if ( … ):`` and ``endif`` count, and the one statement that follows ``if ( … )`` where the lines end
    (https://www.php.net/manual/en/control-structures.alternative-syntax.php).
    """
    tokens = code_tokens(lines)
    depth = tokens.count(b"{") - tokens.count(b"}")
    depth += sum(_OPENS_WITH_COLON.match(line) is not None for line in lines) - sum(map(tokens.count, _CLOSING_WORDS))
    return depth + (bool(lines) and _RULES_THE_NEXT.match(lines[-1]) is not None)


def is_same_code(old: Sequence[bytes], ours: Sequence[bytes], new: Sequence[bytes], renames: Renames) -> bool:
    """Whether two stretches of lines that have both become another one are the same, but for their form."""
    mine = code_tokens(ours)
    return (
        any(map(is_telling, mine))
        and mine != code_tokens(old)
        and [renames.get(token, token) for token in mine] == code_tokens(new)
    )


def has_built_words(old: Sequence[bytes], ours: Sequence[bytes], new: Sequence[bytes]) -> bool:
    """Whether lines that a build tool has written gained all words that a change adds, and lost those that it ends.

    Such tools name local variables anew at each build; what is seen from outside keeps its name.
    """
    before, mine, theirs = (Counter(_LONG_WORD.findall(b"\n".join(lines))) for lines in (old, ours, new))
    added, gone = mine - before, before.keys() - mine.keys()
    return bool(added) and not added - (theirs - before) and gone.isdisjoint(theirs)


def find_renames(base: Lines, ours: Lines, theirs: Lines) -> dict[bytes, bytes]:
    """Names for which the release has another one throughout: the old one is gone, and always the same came instead.

    Only names of the file's own count, those of its functions, classes and variables: whoever calls another function of
    WordPress instead has not renamed anything.
    """
    found: dict[bytes, set[bytes]] = {}
    for side in (base, ours):
        for old, new in _pairs(side.texts, theirs.texts):
            found.setdefault(old, set()).add(new)
    if not found:
        return {}
    after = set(code_tokens(theirs.texts))
    before = set(code_tokens(base.texts)) | set(code_tokens(ours.texts))
    own = set(base.declared) | set(ours.declared)
    names = {}
    for old, others in found.items():
        new = next(iter(others))
        if len(others) == 1 and old not in after and new not in before and (old in own or old.startswith(_VARIABLE)):
            names[old] = new
    return names | {b"'" + old + b"'": b"'" + new + b"'" for old, new in names.items() if old in own}


def _pairs(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Names that stand in each other's place on lines that are otherwise alike."""
    for change in changes(old, new, align(old, new)):
        if change.old_end - change.old_start != change.new_end - change.new_start:
            continue
        for offset in range(change.old_end - change.old_start):
            before = code_tokens([old[change.old_start + offset]])
            after = code_tokens([new[change.new_start + offset]])
            if len(before) == len(after):
                yield from (
                    (one, other)
                    for one, other in zip(before, after, strict=True)
                    if one != other and is_name(one) and is_name(other)
                )


def _apart_from_messages(tokens: Sequence[bytes]) -> Iterator[bytes]:
    """The tokens of the statements that have no translatable message in them."""
    statement: list[bytes] = []
    for token in (*tokens, b";"):
        if token not in _ENDS and not (token == b":" and statement[:1] == [b"case"]):
            statement.append(token)
            continue
        if _MESSAGE_CALLS.isdisjoint(statement):
            yield from statement
        statement = []


def without_messages(tokens: Sequence[bytes]) -> list[bytes]:
    """Tokens with the texts of translatable messages blanked out."""
    result = list(tokens)
    for at in range(2, len(result)):
        if result[at - 1] == b"(" and result[at - 2] in _MESSAGE_CALLS and result[at][:1] in (b"'", b'"'):
            result[at] = _MESSAGE
    return result
