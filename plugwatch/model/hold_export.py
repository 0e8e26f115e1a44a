"""Holds for those who keep them: WP-CLI's commands, Composer's ``conflict``, and words for a host's mailbox."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from plugwatch.model.affected import in_words, may_get
from plugwatch.model.component import CORE, PHP, Component
from plugwatch.model.hold import Hold
from plugwatch.model.version import VersionRange

FORMATS = ("wp-cli", "composer", "text")

# What the parser of composer/semver takes without a build's metadata (VersionParser::normalize).
_COMPOSER_VERSION = re.compile(
    r"[0-9]{1,5}(\.[0-9]+){0,3}([._-]?(stable|beta|b|rc|alpha|a|patch|pl|p)([.-]?[0-9]+)*)?", re.IGNORECASE
)
# Composer's schema of a package's name.
_COMPOSER_NAME = re.compile(r"[a-z0-9]([_.-]?[a-z0-9]+)*/[a-z0-9](([_.]|-{1,2})?[a-z0-9]+)*")
_COMPOSER_PLATFORM = {CORE: ("roots/wordpress", "johnpbloch/wordpress"), PHP: ("php",)}
_WP_CLI_KINDS = ("plugin", "theme")
_REQUEST = (
    "Please switch off automatic updates for them, and leave them out when you update everything else. A version that "
    "ends in -p and a number, such as 1.2.3.0-p1, is our own corrected build and may stay. We will tell you when this "
    "is over."
)


@dataclass(frozen=True, slots=True)
class HeldOn:
    """A site with a component of which a version is held; ``source`` and ``network_site`` are the site's own."""

    site: str
    source: str | None
    network_site: str | None
    component: Component
    base_version: str | None
    build: str | None
    offered: str | None

    def may_break(self, hold: Hold) -> bool:
        """Whether an update can bring the site what is held; from some versions none can any more."""
        return _may_get(hold.versions, self.base_version, self.offered)


@lru_cache(maxsize=4096)  # most sites are on one of a few versions
def _may_get(versions: str, version: str | None, offered: str | None) -> bool:
    return may_get(VersionRange.parse(versions), version, offered)


@dataclass(frozen=True)
class SiteCommands:
    """What keeps the held versions off one site."""

    site: str
    components: tuple[Component, ...]
    commands: tuple[str, ...]


def wp_cli(
    rows: Iterable[HeldOn],
    holds: Mapping[Component, Sequence[Hold]],
    wanted: Collection[str],
    aim: Callable[[HeldOn], Sequence[str]],
) -> list[SiteCommands]:
    """WP-CLI's commands for each site that may get what one of the ``wanted`` holds (by their ids) is on.

    ``aim`` gives the words that aim ``wp`` at a site. ``update --all`` leaves out whatever is held on the site, by any
    hold. The sites of a network share their files, so only its main site is named where that is known to have them.
    """
    sites: dict[str, list[HeldOn]] = {}
    for row in rows:
        if row.component.kind in _WP_CLI_KINDS and any(row.may_break(hold) for hold in holds[row.component]):
            sites.setdefault(row.site, []).append(row)
    found = []
    for site, held in sites.items():
        new = [
            row.component
            for row in held
            if any(hold.id in wanted and row.may_break(hold) for hold in holds[row.component])
        ]
        if new and held[0].network_site not in sites:
            words = ["wp", *aim(held[0])]
            found.append(SiteCommands(site, tuple(new), tuple(_commands(words, new, [row.component for row in held]))))
    return found


def _commands(words: Sequence[str], new: Sequence[Component], held: Sequence[Component]) -> Iterable[str]:
    for kind in _WP_CLI_KINDS:
        slugs = [one.slug for one in new if one.kind == kind]
        for slug in slugs:
            yield shlex.join([*words, kind, "auto-updates", "disable", slug])
        if slugs:
            excluded = ",".join(one.slug for one in held if one.kind == kind)
            yield shlex.join([*words, kind, "update", "--all", f"--exclude={excluded}"])


def not_for_wp_cli(holds: Iterable[Hold]) -> list[str]:
    """A sentence for each hold that WP-CLI has no option for."""
    return [
        f"{one.component} {one.versions}: WP-CLI has no way to hold it; tell whoever updates it (--export text)"
        for one in holds
        if one.component.kind not in _WP_CLI_KINDS
    ]


def composer(holds: Iterable[Hold], builds: Mapping[Component, Sequence[str]]) -> tuple[dict[str, str], list[str]]:
    """Composer's ``conflict``: constraints by package, and a sentence for each hold that cannot be said in one.

    A plugin or theme is named as both repositories of WordPress.org's directory name it; a package that a project does
    not use does no harm. Our builds are let through by name: Composer counts ``1.2.4.0-p1`` as later than ``1.2.4``.
    Of a version's own betas and release candidates Composer thinks otherwise than WordPress: ``>=1.2.4`` has them in.
    """
    constraints: dict[str, list[str]] = {}
    left_out = []
    for hold in holds:
        names = _packages(hold.component)
        constraint = _constraint(hold, builds.get(hold.component, ()))
        if not names or constraint is None:
            left_out.append(
                f"{hold.component} {hold.versions}: {'no package of Composer' if not names else 'no constraint'} "
                "can be written for it"
            )
            continue
        for name in names:
            known = constraints.setdefault(name, [])
            if constraint not in known:
                known.append(constraint)
    return {name: " || ".join(texts) for name, texts in constraints.items()}, left_out


def _packages(component: Component) -> tuple[str, ...]:
    if component.kind == "core":
        return _COMPOSER_PLATFORM.get(component, ())
    if component.kind not in _WP_CLI_KINDS:
        return ()
    slug = component.slug.lower()
    names = (f"wpackagist-{component.kind}/{slug}", f"wp-{component.kind}/{slug}")
    return names if all(_COMPOSER_NAME.fullmatch(name) for name in names) else ()


def _constraint(hold: Hold, builds: Sequence[str]) -> str | None:
    versions = VersionRange.parse(hold.versions)
    if not all(_COMPOSER_VERSION.fullmatch(version) for _, version in versions.conditions):
        return None
    ours = [build for build in builds if _COMPOSER_VERSION.fullmatch(build) and versions.contains(build)]
    return ",".join([str(versions), *(f"!={build}" for build in ours)])


@dataclass(frozen=True)
class Letterhead:
    """What a text about holds says beside them: who writes, the components' names, and for which site alone."""

    agency: str
    names: Mapping[Component, str | None]
    site: str | None
    day: Callable[[datetime], str]


def as_text(holds: Sequence[Hold], head: Letterhead) -> str:
    """A text that a person can mail to a host. It names no site but the one that it is about."""
    lines = [f"Please do not install these versions on {head.site or 'the sites that we look after'}:", ""]
    lines += [_paragraph(hold, head) for hold in holds]
    lines += ["", _REQUEST]
    return "\n".join([*lines, "", head.agency] if head.agency else lines)


def _paragraph(hold: Hold, head: Letterhead) -> str:
    name = head.names.get(hold.component)
    what = f"{name} ({hold.component})" if name else str(hold.component)
    until = f", until {hold.until}" if hold.until else ""
    versions = in_words(VersionRange.parse(hold.versions))
    return f"- {what}, {versions}. Why: {hold.reason.rstrip('.')}. Since {head.day(hold.at)}{until} ({hold.incident})."
