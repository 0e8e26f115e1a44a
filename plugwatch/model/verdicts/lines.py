"""What of a file's text counts when a verdict asks "does the release contain this?".

White space between words, line ends, blank lines and lines that are only a comment do not count: vendors re-indent and
re-word when they take a fix. White space inside quotes does count, for it is data. The rules are deliberately few and
err on the side of "counts": a line wrongly taken for a comment could hide that a fix is missing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

_QUOTED_OR_SPACE = re.compile(rb"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|\s+""")
_WORD = re.compile(rb"[A-Za-z_\x80-\xff]{3}")
_SHORTEST = 8
# Minified code: evening it out costs much and tells nothing.
_LONGEST = 10_000
# Lines that say nothing about where they come from, however often they are gained.
_COMMON = frozenset(
    b"return;|return false;|return true;|return null;|return [];|return array();|continue;|break;|default:|} else {|"
    b"<?php|<?php } ?>|<?php endif; ?>|<?php endforeach; ?>|endif;|endforeach;|endwhile;".split(b"|")
)
_PUNCTUATION = re.compile(rb"[^0-9A-Za-z_$'\"\x80-\xff]*")
_DECLARING = (b"function", b"class", b"interface", b"trait")
_DECLARATION = re.compile(
    rb"(?:(?:^|[\s;{(=])function\s+&?(?=[\w\x80-\xff]+\s*\()"
    rb"|(?:^|[;{]\s*)(?:(?:abstract|final|readonly|export|default)\s+)*(?:class|interface|trait)\s+)"
    rb"([A-Za-z_\x80-\xff][\w\x80-\xff]*)"
)
# What WordPress reads from the comment at the top of a plugin or theme (get_file_data() in wp-includes/functions.php).
_HEADER = re.compile(
    rb"(?:/\*+|\*)?\s*(?:(?:Plugin|Theme|Template|Block|Pattern) Name|Template(?: Post Type)?|Requires at least"
    rb"|Requires PHP|Requires Plugins|Update URI|Network|Text Domain|Domain Path)\s*:",
    re.IGNORECASE,
)
_ADDRESS = re.compile(rb"//[\w-]+(?:\.[\w-]+)+/")
_VARIABLE = re.compile(rb"\$[A-Za-z_\x80-\xff][\w\x80-\xff]*")
_MEMBER = re.compile(
    rb"(?:(?:final|static|readonly)\s+)*(?:(?:public|protected|private|var)\s+(?:(?:final|static|readonly)\s+)*"
    rb"(?!function|abstract|class)(?:const\s+)?(?:[\w\\|?]+\s+)?(?=\$|\w+\s*=)|const\s+(?:[\w\\|?]+\s+)?(?=\w+\s*=))(\$?\w+)"
)
_METHOD = re.compile(rb"(?:(?:abstract|final|public|protected|private|static)\s+)+function\b")
# In these an indent is part of the code.
_INDENTED = (".yml", ".yaml", ".py", ".pug", ".sass", ".haml", ".md")
_NO_SLASH_COMMENTS = (".css", ".txt", ".md", ".html", ".htm", ".xml", ".yml", ".yaml")


@dataclass(frozen=True)
class Lines:
    """The lines of a file that count, white space evened out, each with its line number in the file (from 1).

    Indexes are those of ``texts``. A scope is the name of the function or class that a line stands in, as far as the
    nearest declaration above it tells; empty above the first one.
    """

    texts: tuple[bytes, ...]
    numbers: tuple[int, ...]

    @cached_property
    def counts(self) -> Counter[bytes]:
        """How often each line stands in the file."""
        return Counter(self.texts)

    @cached_property
    def declared(self) -> dict[bytes, list[int]]:
        """The names of functions and classes, with the indexes of the lines that declare them."""
        found: dict[bytes, list[int]] = {}
        for at, text in enumerate(self.texts):
            for name in declared_names(text):
                found.setdefault(name, []).append(at)
        return found

    @cached_property
    def members(self) -> Counter[bytes]:
        """What PHP lets a file declare once: functions and classes, and each class's methods, properties, constants."""
        found: Counter[bytes] = Counter()
        for at, text in enumerate(self.texts):
            inside = self.class_of(at) + b"::" if is_method(text) else b""
            found.update(inside + name for name in declared_names(text))
            found.update(self.class_of(at) + b"::" + match[1] for match in [_MEMBER.match(text)] if match)
        return found

    @cached_property
    def _places(self) -> dict[bytes, list[int]]:
        found: dict[bytes, list[int]] = {}
        for at, text in enumerate(self.texts):
            found.setdefault(text, []).append(at)
        return found

    @cached_property
    def _borders(self) -> list[tuple[int, bytes]]:
        return sorted((at, name) for name, places in self.declared.items() for at in places)

    def scope(self, at: int) -> bytes:
        """The scope of a line; a declaration itself stands in the scope above it."""
        index = bisect_left(self._borders, (at, b"")) - 1
        return self._borders[index][1] if index >= 0 else b""

    def body(self, scope: bytes) -> list[int]:
        """The indexes of the lines of a function, with those that declare it and without those that declare others."""
        others = {at for name, places in self.declared.items() if name != scope for at in places}
        inside = (at for at in range(len(self.texts)) if self.scope(at) == scope and at not in others)
        return [*self.declared.get(scope, ()), *inside]

    def variables(self, at: int) -> set[bytes]:
        """The names of PHP variables on a line, with their ``$``."""
        return set(_VARIABLE.findall(self.texts[at])) - {b"$this"}

    def scope_start(self, at: int) -> int:
        """The index of the line that declares the scope of a line; 0 above the first one."""
        index = bisect_left(self._borders, (at, b"")) - 1
        return self._borders[index][0] if index >= 0 else 0

    def class_of(self, at: int) -> bytes:
        """The name of the nearest class, interface or trait that is declared above a line; empty where none is."""
        return next((name for start, name in reversed(self._classes) if start < at), b"")

    @cached_property
    def _classes(self) -> list[tuple[int, bytes]]:
        return [(at, name) for at, name in self._borders if b"function" not in self.texts[at].split(name)[0]]

    def find(self, wanted: Sequence[bytes], scope: bytes) -> list[int]:
        """Where these lines stand in one piece in that scope."""
        return [at for at in self.find_all(wanted) if self.scope(at) == scope]

    def find_all(self, wanted: Sequence[bytes]) -> list[int]:
        """Where these lines stand in one piece, anywhere."""
        places = self._places.get(wanted[0], []) if wanted else []
        return [at for at in places if self.texts[at : at + len(wanted)] == tuple(wanted)]


def counted_lines(content: bytes | None, path: str, *, comments_too: bool = False) -> Lines:
    """The lines that count of a file; none of a file that does not exist. ``path`` tells the language."""
    if content is None:
        return Lines((), ())
    indented = path.lower().endswith(_INDENTED)
    texts = [line.rstrip() if indented else even(line) for line in content.split(b"\n")]
    comments = set() if comments_too else _comment_lines(texts, path)
    kept = [at for at, text in enumerate(texts) if text and at not in comments]
    return Lines(tuple(texts[at] for at in kept), tuple(at + 1 for at in kept))


def even(line: bytes) -> bytes:
    """A line with every run of white space outside quotes made one blank, and none at its ends."""
    text = line.strip()
    if len(text) > _LONGEST or (b"  " not in text and b"\t" not in text):
        return text
    return _QUOTED_OR_SPACE.sub(lambda m: b" " if m[0].isspace() else m[0], text)


def declared_names(text: bytes) -> list[bytes]:
    """The names of the functions, classes, interfaces and traits that a line declares (PHP and JavaScript)."""
    return _DECLARATION.findall(text) if any(word in text for word in _DECLARING) else []


def is_method(text: bytes) -> bool:
    """Whether a line declares a function as a class does, which may have one of that name beside another class."""
    return _METHOD.match(text) is not None


def is_distinctive(text: bytes) -> bool:
    """Whether finding the line again means something: long enough, a word in it, not one that stands everywhere."""
    return len(text) >= _SHORTEST and text not in _COMMON and _WORD.search(text) is not None


def is_punctuation(text: bytes) -> bool:
    """Whether the line has brackets and signs only."""
    return _PUNCTUATION.fullmatch(text) is not None


def _comment_lines(texts: list[bytes], path: str) -> set[int]:
    """Indexes of lines that hold nothing but a comment.

    A block comment counts as one only where ``/*`` begins a line and nothing follows its ``*/``; a ``/*`` elsewhere may
    stand in a string (``'image/*'``).
    """
    slashes = not path.lower().endswith(_NO_SLASH_COMMENTS)
    found: set[int] = set()
    closes = [at for at, text in enumerate(texts) if b"*/" in text]
    block_end = 0
    for at, text in enumerate(texts):
        if at < block_end:
            continue
        if text.startswith(b"/*"):
            # In "/*/" the end is not its own.
            following = bisect_left(closes, at if b"*/" in text[2:] else at + 1)
            last = closes[following] if following < len(closes) else None
            if last is not None and texts[last].find(b"*/", 2 if last == at else 0) == len(texts[last]) - 2:
                block_end = last + 1
                found.update(n for n in range(at, block_end) if not _HEADER.match(texts[n]))
        elif slashes and text.startswith(b"//") and not _ADDRESS.match(text):
            found.add(at)
    return found
