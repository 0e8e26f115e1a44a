"""Which entry of WordPress.org's directory a display name may mean, and how surely.

Many reports name plugins as people read them, without a slug. A wrong guess is worse than none: an agency's private
plugin with an everyday name must not become a stranger's plugin in silence.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass

from plugwatch.model.directory import CLOSED, UNKNOWN, DirectoryEntry, is_directory_slug, strip_html

SURE = 0.9
"""From this confidence on a name may be taken for an entry without asking a person."""

_LONGEST_NAME = 300
_MOST_CANDIDATES = 5

# What wptexturize() (wp-includes/formatting.php) makes of plain characters in a title, taken back.
_ALIKE = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("‘’‚‛′´`", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        "×": "x",
        "™": "(tm)",
    }
)
# remove_accents() in the same file: letters that no decomposition takes apart.
_LETTERS = str.maketrans(
    {"ß": "s", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i"}
)
_ACCENTS = re.compile("[\u0300-\u036f]")
_DASHES = re.compile(r"\s*-{2,}\s*")
_BRACKETS = re.compile(r"\s*\([^()]*\)")
_SUBTITLE = re.compile(r"\s+-\s+|\s*:\s+|\s+\|\s+")
_SEPARATORS = (_SUBTITLE, re.compile(r"\s*:|\s+\|"), re.compile(r"\s+by\s", re.IGNORECASE))
_ORDINARY = re.compile(r"[vV]?0*[01](?:\.[01])?(?:\.0)*")


@dataclass(frozen=True)
class Match:
    """How surely an entry is what a report shows, from 0 to 1, and why in words.

    ======== ==========================================================================================
    0.99     the same name, version and author
    0.95-7   the same name, and either the version or the author
    0.92     the name without the directory's subtitle, and both the version and the author
    0.9      the same name, and nothing to check it by; or the version, though the author is another one
    0.8      the same name, but the entry is closed and tells nothing to check it by
    0.5-0.7  the same name, but another author or a version that the directory does not know
    0.3-0.5  a part of the name
    0        something else
    ======== ==========================================================================================
    """

    confidence: float
    reason: str

    @property
    def sure(self) -> bool:
        """Whether a person need not be asked."""
        return self.confidence >= SURE


def slug_candidates(name: str) -> list[str]:
    """Slugs that a plugin or theme of this display name may have at WordPress.org, the likeliest first, five at most.

    The directory makes a slug from the name at the first upload (plugin-directory/shortcodes/class-upload-handler.php,
    generate_plugin_slug), from all of it or, as names grow subtitles and makers later, from its beginning. The themes
    called Twenty… are written in one word (theme-directory/class-wporg-themes-upload.php).
    """
    text = _DASHES.sub(" - ", strip_html(name[:_LONGEST_NAME]).translate(_ALIKE))
    short = _BRACKETS.sub("", text)
    texts = [text, short, *(separator.split(short, maxsplit=1)[0] for separator in _SEPARATORS)]
    slugs = [_make_slug(part) for part in texts]
    slugs += [slug.replace("-", "") for slug in slugs[:1] if slug.startswith("twenty-")]
    return [slug for slug in dict.fromkeys(slugs) if is_directory_slug(slug)][:_MOST_CANDIDATES]


def fold_name(name: str) -> str:
    """The name without what changes on its way through titles and terminals: entities, case, accents, kinds of dashes
    and quotes, white space. Two names that fold to the same text are the same name."""
    text = html.unescape(name[:_LONGEST_NAME]).translate(_ALIKE)
    text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text)).casefold()
    return " ".join(_DASHES.sub(" - ", text).split())


def match_confidence(name: str | None, version: str | None, author: str | None, entry: DirectoryEntry) -> Match:
    """How surely the entry is the component that a report shows by this display name.

    ``version`` and ``author`` are what the report says, or None. A version that the directory does not know keeps the
    confidence below SURE whatever else agrees, and so does another author, unless the version speaks for itself: nearly
    everything has had a version 1.0. See :class:`Match` for the scale.
    """
    ours, theirs = fold_name(name or ""), fold_name(entry.name or "")
    if entry.state == UNKNOWN or not ours or not theirs:
        return Match(0.0, "there is no name to compare")
    proof = _Proof.of(version, author, entry)
    if ours == theirs:
        return _judge_same_name(proof, entry)
    if ours == _SUBTITLE.split(theirs, maxsplit=1)[0]:
        if proof.version and proof.author:
            return Match(0.92, "the same name but for the directory's subtitle, and the same version and author")
        return Match(0.5, "the directory's name goes on after this name")
    if f" {ours} " in f" {theirs} " or f" {theirs} " in f" {ours} ":
        return Match(0.3, "one name is only a part of the other")
    return Match(0.0, f"the directory's name is '{entry.name}'")


@dataclass(frozen=True)
class _Proof:
    """Whether version and author agree; None where one side does not tell. ``telling``: the version is no first one."""

    version: bool | None
    author: bool | None
    telling: bool

    @classmethod
    def of(cls, version: str | None, author: str | None, entry: DirectoryEntry) -> _Proof:
        ours, theirs = _fold_author(author), _fold_author(entry.author)
        return cls(
            version=entry.knows_version(version) if version and version.strip() else None,
            author=ours == theirs if ours and theirs else None,
            telling=not _ORDINARY.fullmatch((version or "").strip()),
        )


def _judge_same_name(proof: _Proof, entry: DirectoryEntry) -> Match:
    if proof.version is False:
        also = ", though the author is the same" if proof.author else ""
        return Match(
            0.7 if proof.author else 0.5, f"the same name, but a version that the directory does not know{also}"
        )
    if proof.author is False:
        if proof.version and proof.telling:
            return Match(0.9, "the same name and a version of it, though the author is written in another way")
        return Match(0.6, "the same name, but another author")
    if proof.author:
        return (
            Match(0.99, "the same name, version and author")
            if proof.version
            else Match(0.97, "the same name and author")
        )
    if proof.version:
        return Match(0.95, "the same name and a version of it")
    if entry.state == CLOSED:
        return Match(0.8, "the same name, but the entry is closed, so that nothing else can be compared")
    return Match(0.9, "the same name, and nothing that speaks against it")


def _fold_author(author: str | None) -> str:
    """The author's words alone: reports and the directory differ in links, commas and full stops."""
    return " ".join(re.findall(r"\w+", fold_name(strip_html(author or ""))))


def _make_slug(text: str) -> str:
    letters = _ACCENTS.sub("", unicodedata.normalize("NFD", text)).lower().translate(_LETTERS)
    words = re.sub(r"[^a-z0-9 _.-]", "", re.sub(r"\s", " ", letters))
    return re.sub(r"[-_. ]+", "-", words).strip("-")[:200].strip("-")
