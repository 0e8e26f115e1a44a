"""What the files of a release, or of a repository, tell of the one who made them: where they want to be written to.

Files are strangers'; what they say is quoted and never followed. Sources of the rules: get_plugin_data() and WP_Theme
for the headers; github.com/afragen/git-updater for "GitHub Plugin URI"; the SDKs named at ``_LIBRARIES``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from plugwatch.model.component import Component
from plugwatch.model.headers import NoHeaderError, main_file, read_headers
from plugwatch.model.identity import may_have_header
from plugwatch.model.patches.package_support import PackageSupport, read_composer, read_package
from plugwatch.model.readme import Readme
from plugwatch.model.roads.markup import clean, one_line
from plugwatch.model.vendors.addresses import github_repository, web_url

_LONGEST_QUOTE = 160
_MOST_READ = 200_000
_MOST_PATHS = 50_000
_DIRECTORY_HOSTS = ("wordpress.org", "w.org", "api.wordpress.org")

_HEADERS = (
    "Plugin Name",
    "Theme Name",
    "Plugin URI",
    "Theme URI",
    "Author",
    "Author URI",
    "Update URI",
    "License",
    "GitHub Plugin URI",
    "GitHub Theme URI",
    "Woo",
)

_README = re.compile(r"readme\.(?:txt|md)", re.IGNORECASE)
_SECURITY = re.compile(r"(?:\.github/|docs/)?security\.(?:md|txt)", re.IGNORECASE)
_CONTRIBUTING = re.compile(r"(?:\.github/|docs/)?contributing\.(?:md|txt)", re.IGNORECASE)

# Software that checks a licence or sells, by the files that it is shipped as.
_LIBRARIES = (
    (re.compile(r"(?:^|/)freemius/(?:wordpress-sdk/)?(?:start|require)\.php$", re.IGNORECASE), "Freemius"),
    (re.compile(r"(?:^|/)edd_sl_(?:plugin|theme)_updater\.php$", re.IGNORECASE), "EDD Software Licensing"),
    (re.compile(r"(?:^|/)appsero/client/src/license\.php$", re.IGNORECASE), "Appsero licensing"),
    (re.compile(r"(?:^|/)envato[-_]market[^/]*\.php$", re.IGNORECASE), "Envato Market"),
    (
        re.compile(r"(?:^|/)(?:class-)?[^/]*licen[cs]e-(?:key|manager|handler|activation|client)[^/]*\.php$"),
        "a licence",
    ),
)
_LICENCE_WORDS = re.compile(rb"\b(?:licen[cs]e[ _-]?key|purchase[ _-]?code)", re.IGNORECASE)
_SOLD_LICENSES = re.compile(r"\b(?:commercial|proprietary|envato|codecanyon|themeforest|all rights reserved)\b", re.I)

NO_PULLS, NO_ISSUES, MIRROR = "no-pulls", "no-issues", "mirror"
_PULLS = r"(?:pull[ -]requests?|PRs?|merge requests?|patches)"
_TAKEN = "accepted|reviewed|merged|welcome|monitored|considered|taken|looked at|possible|read"
_SAYINGS = (
    (
        MIRROR,
        re.compile(
            r"(?:\bread[- ]only\b.{0,60}\bmirror|\bmirror\b[^.]{0,80}\b(?:wordpress\.org|svn|subversion)"
            r"|\bno longer (?:maintained|developed)\b.{0,30}\b(?:here|on github|in this repository)\b"
            rf"|\b{_PULLS}\b.{{0,60}}\bplease do so (?:on|in|at)\b)",
            re.IGNORECASE,
        ),
    ),
    (
        NO_PULLS,
        re.compile(
            rf"(?:\b(?:do not|don'?t|cannot|can'?t|no longer|not)\s+(?:currently\s+)?"
            rf"(?:open|send|submit|create|make|accept(?:ing)?|take|taking|review(?:ing)?|merge|use)\b.{{0,30}}\b{_PULLS}\b"
            rf"|\b{_PULLS}\b(?:(?!\b(?:that|which|who|without)\b).){{0,40}}\b(?:are|is|will|can(?:not)?)\b\s*"
            rf"(?:be\s+)?(?:(?:not|never|no longer)\s+(?:be\s+)?(?:{_TAKEN})|closed\b|ignored\b|rejected\b))",
            re.IGNORECASE,
        ),
    ),
    (
        NO_ISSUES,
        re.compile(
            r"(?:\b(?:do not|don'?t|not)\s+(?:open|create|use|file|report|accept(?:ing)?|take|monitor)\b"
            r".{0,30}\bissues?\b"
            r"|\bissues?\b.{0,40}\b(?:are|will be)\s+(?:not (?:monitored|accepted|read)\b|ignored\b))",
            re.IGNORECASE,
        ),
    ),
)
_EMPHASIS = re.compile(r"(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)")
# "Do not open issues for support" and "no pull request to master" are no word against all of them.
_ONLY_SOME = re.compile(
    r"\b(?:support|questions?|security|vulnerabilit\w+|help|duplicates?|inactiv\w+|stale|branch|master|main|develop|trunk"
    r"|without (?:an?|the|first|opening|prior|discuss\w*)|unless|until|before|first|large|big|huge|multiple|unrelated"
    r"|several|drafts?|if|when|hesitate|with|for|containing|that|which|once|all)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Saying:
    """A sentence of theirs on how they work together; ``kind`` is NO_PULLS, NO_ISSUES or MIRROR."""

    kind: str
    file: str
    quote: str


@dataclass(frozen=True)
class ReleaseHints:
    """What the files of one release tell.

    ``home_url`` is the Plugin or Theme URI, ``github`` what "GitHub Plugin URI" names, ``update_uri`` the header as
    written. ``policy`` is the text of its SECURITY.md, "" where it has none. ``sold_by`` are signs that it is sold,
    each in words for "it ...".
    """

    version: str
    name: str = ""
    home_url: str | None = None
    author: str = ""
    author_url: str | None = None
    update_uri: str = ""
    license: str = ""
    github: str | None = None
    readme: Readme | None = None
    packages: tuple[PackageSupport, ...] = ()
    policy: str = ""
    sayings: tuple[Saying, ...] = ()
    sold_by: tuple[str, ...] = ()

    @property
    def updates_elsewhere(self) -> str | None:
        """The host that the Update URI names, or the text of it, where that is not the directory; else None.

        make.wordpress.org/core/2021/06/29/introducing-update-uri-plugin-header-in-wordpress-5-8.
        """
        if not self.update_uri:
            return None
        text = self.update_uri if "://" in self.update_uri else f"https://{self.update_uri}"
        host = (urlsplit(text).hostname or "") if web_url(text) else ""
        return None if host in _DIRECTORY_HOSTS else host if "." in host else self.update_uri


def is_worth_reading(component: Component, path: str) -> bool:
    """Whether :func:`read_hints` wants the content of this file."""
    return (
        may_have_header(component, path)
        or path in ("composer.json", "package.json")
        or any(pattern.fullmatch(path) for pattern in (_README, _SECURITY, _CONTRIBUTING))
    )


def read_hints(component: Component, version: str, paths: Iterable[str], contents: Mapping[str, bytes]) -> ReleaseHints:
    """What a release tells: ``paths`` are all of its files, ``contents`` those that are worth reading."""
    head = _main_head(component, contents)
    headers = read_headers(head, _HEADERS)
    texts = {path: _text(data) for path, data in contents.items() if not path.endswith((".php", ".css", ".json"))}
    kind = "Theme" if component.kind == "theme" else "Plugin"
    return ReleaseHints(
        version,
        name=headers[f"{kind} Name"],
        home_url=web_url(headers[f"{kind} URI"]),
        author=one_line(headers["Author"])[:200],
        author_url=web_url(headers["Author URI"]),
        update_uri=one_line(headers["Update URI"])[:200],
        license=one_line(headers["License"])[:200],
        github=_git_updater(headers[f"GitHub {kind} URI"]),
        readme=_readme(texts),
        packages=_packages(contents),
        policy="\n".join(text for path, text in texts.items() if _SECURITY.fullmatch(path)),
        sayings=tuple(saying for path, text in texts.items() for saying in find_sayings(text, path)),
        sold_by=tuple(_signs_of_sale(headers, head, paths)),
    )


def find_sayings(text: str, file: str) -> tuple[Saying, ...]:
    """The first sentence of each kind in a README or CONTRIBUTING that says how they do not want to be written to."""
    found: dict[str, Saying] = {}
    for sentence in _sentences(text[:_MOST_READ]):
        for kind, pattern in _SAYINGS:
            if kind in found or not pattern.search(sentence) or (kind != MIRROR and _ONLY_SOME.search(sentence)):
                continue
            found[kind] = Saying(kind, file, _quoted(sentence))
    return tuple(found.values())


def _main_head(component: Component, contents: Mapping[str, bytes]) -> bytes:
    """The file with the header; a must-use plugin's or a drop-in's is the file that it is."""
    try:
        return contents[main_file(contents.items(), component.slug, component.kind).path]
    except NoHeaderError:
        return contents.get(component.slug, b"")


def _git_updater(text: str) -> str | None:
    """``OWNER/NAME`` alone or an address of it."""
    text = text.strip()
    return github_repository(text if ":" in text else f"https://github.com/{text}") if text else None


def _readme(texts: Mapping[str, str]) -> Readme | None:
    names = sorted(
        (path for path in texts if _README.fullmatch(path)), key=lambda path: not path.lower().endswith("txt")
    )
    return Readme.from_text(texts[names[0]]) if names else None


def _packages(contents: Mapping[str, bytes]) -> tuple[PackageSupport, ...]:
    found = []
    for path, read in (("composer.json", read_composer), ("package.json", read_package)):
        told = read(contents[path]) if path in contents else None
        if told and told.says_anything:
            found.append(told)
    return tuple(found)


def _signs_of_sale(headers: Mapping[str, str], head: bytes, paths: Iterable[str]) -> Iterable[str]:
    if headers["Woo"]:
        yield "has the header of a product that WooCommerce.com sells"
    if _SOLD_LICENSES.search(headers["License"]):
        yield f"has the licence '{one_line(headers['License'])[:60]}'"
    names = set()
    for _number, path in zip(range(_MOST_PATHS), paths, strict=False):
        names |= {name for pattern, name in _LIBRARIES if name not in names and pattern.search(path)}
    yield from (f"ships what checks {name}" if name == "a licence" else f"ships {name}" for name in sorted(names))
    if _LICENCE_WORDS.search(head[:_MOST_READ]):
        yield "asks for a licence key or a purchase code"


def _sentences(text: str) -> Iterable[str]:
    """Sentences as far as punctuation tells; a paragraph may be folded over lines."""
    for paragraph in re.split(r"\n\s*\n|\n(?=\s*(?:[-*#]|\d+\.)\s)", clean(text)):
        yield from re.split(r"(?<=[.!?])\s+(?=[A-Z\[`])", _EMPHASIS.sub("", one_line(paragraph)))


def _quoted(sentence: str) -> str:
    plain = sentence.strip(" *_`#>-")
    return plain if len(plain) <= _LONGEST_QUOTE else f"{plain[: _LONGEST_QUOTE - 1].rstrip()}…"


def _text(data: bytes) -> str:
    return data[:_MOST_READ].decode("utf-8", "replace")
