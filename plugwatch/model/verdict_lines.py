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
    texts = [even(line) for line in content.split(b"\n")]
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
    hashes = path.lower().endswith((".php", ".inc"))
    found: set[int] = set()
    closes = [at for at, text in enumerate(texts) if b"*/" in text]
    block_end = 0
    for at, text in enumerate(texts):
        if at < block_end:
            found.add(at)
        elif text.startswith(b"/*"):
            # In "/*/" the end is not its own.
            following = bisect_left(closes, at if b"*/" in text[2:] else at + 1)
            last = closes[following] if following < len(closes) else None
            if last is not None and texts[last].find(b"*/", 2 if last == at else 0) == len(texts[last]) - 2:
                block_end = last + 1
                found.add(at)
        elif (slashes and text.startswith(b"//")) or (hashes and text.startswith(b"#") and not text.startswith(b"#[")):
            found.add(at)
    return found
