"""Find out how the vendor of a component is reached: what persons say, what outside tells, what the files tell.

Outside is asked at most once a week, and what it said is kept with its time. A source that does not answer is told with
its error beside what is known of it from before; nothing is made up for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from plugwatch.errors import ForkError, NotFoundError, PlugwatchError
from plugwatch.model.component import Component
from plugwatch.model.directory import HOSTED_KINDS, DirectoryEntry, is_directory_slug
from plugwatch.model.patches.package_support import PackageSupport
from plugwatch.model.vendors.facts import Asked, RepositoryFacts, VendorFacts, find_repository, is_core, moment_of
from plugwatch.model.vendors.hints import ReleaseHints
from plugwatch.model.vendors.known_vendor import KnownVendor, known_from

KEPT_FOR = timedelta(days=7)
"""How long what outside said of a vendor is used without asking again."""

WORDPRESS_ORG, GITHUB, COMPOSER, RELEASE = "WordPress.org", "GitHub", "the Composer repository", "the newest release"
CORE_TRAC = "https://core.trac.wordpress.org"
_PACKAGE, _REPOSITORY = "package", "repository"
_ON_GITHUB = ("github-pr", "github-issue")


class Ledger(Protocol):
    """Where what is known is kept."""

    def reading(self) -> AbstractContextManager[Any]: ...

    def unit_of_work(self) -> AbstractContextManager[Any]: ...


class Directory(Protocol):
    """WordPress.org. Raises UnknownError where it cannot be asked."""

    def entries(self, components: Sequence[Component]) -> Mapping[Component, DirectoryEntry]: ...


@dataclass(frozen=True)
class Outside:
    """Whom to ask; None: that one is not asked.

    ``repository`` gives the facts of ``OWNER/NAME``, and raises NotFoundError where there is none; ``package`` what the
    Composer repository says that the releases come from, None where they come from none. Both raise PlugwatchError
    where they cannot be asked.
    """

    directory: Directory | None = None
    repository: Callable[[str], RepositoryFacts] | None = None
    package: Callable[[], PackageSupport | None] | None = None


@dataclass(frozen=True)
class Places:
    """The addresses of the settings."""

    forum_url: str
    trac_url: str
    core_trac_url: str


def gather(
    ledger: Ledger,
    component: Component,
    outside: Outside,
    release: Callable[[], ReleaseHints | None],
    places: Places,
    now: datetime,
    *,
    refresh: bool = False,
) -> VendorFacts:
    """All facts on the vendor of a component. ``release`` reads the newest release, and may raise ForkError.

    With ``refresh`` outside is asked again for what is still fresh.
    """
    with ledger.reading() as work:
        facts, document = _from_ledger(work, component, now)
    facts = replace(facts, forum_url=places.forum_url, trac_url=places.trac_url, core_trac_url=places.core_trac_url)
    facts = _with_release(facts, release)
    too_old = now + KEPT_FOR if refresh else now - KEPT_FOR
    facts = _with_entry(ledger, facts, outside.directory, too_old)
    kept = _Kept(ledger, facts, document)
    facts = _with_package(facts, outside.package, kept, too_old)
    facts = _with_repository(facts, outside.repository, kept, too_old)
    return _without_strangers(facts)


def known_vendor(work: Any, component: Component, now: datetime, release: ReleaseHints | None = None) -> KnownVendor:
    """What is known of a vendor without asking anybody, for a draft: addresses, whether it is sold, preferences."""
    facts, _kept = _from_ledger(work, component, now)
    return known_from(_without_strangers(replace(facts, release=release)))


def failed(facts: VendorFacts) -> bool:
    """Whether a source that was asked did not answer, so that what is shown may be out of date or lack something."""
    return any(asked.error for asked in facts.sources)


def _from_ledger(work: Any, component: Component, now: datetime) -> tuple[VendorFacts, Mapping[str, Any]]:
    """What the ledger knows, and the document of what was found out before."""
    kept = work.vendors.facts(component)
    document: Mapping[str, Any] = kept[0] if kept else {}
    entry = work.catalog.entry(component.kind, component.slug)
    versions = {row.base_version for row in work.installations.where(component)}
    is_hosted = component.kind in HOSTED_KINDS and not is_core(component)
    facts = VendorFacts(
        component,
        now,
        told=work.vendors.told(component),
        versions=tuple(sorted(version for version in versions if version)),
        entry=entry[0] if entry else None,
        package=PackageSupport.from_document(document.get(_PACKAGE)),
        repository=RepositoryFacts.from_document(document.get(_REPOSITORY)),
        history={history.road: history for history in work.submissions.history(component)},
        sources=(Asked(WORDPRESS_ORG, entry[1] if entry else None),) if is_hosted else (),
    )
    return facts, document


def _without_strangers(facts: VendorFacts) -> VendorFacts:
    """Without what GitHub said of a repository that is not taken for the vendor's any more."""
    found = [repository for road in _ON_GITHUB if (repository := find_repository(facts, road))]
    kept = facts.repository
    known = kept is None or any(kept.is_about(one.value) for one in found)
    return facts if known else replace(facts, repository=None)


def _with_release(facts: VendorFacts, read: Callable[[], ReleaseHints | None]) -> VendorFacts:
    try:
        return replace(facts, release=read())
    except ForkError as error:
        return _asked(facts, Asked(RELEASE, None, str(error)))


def _with_entry(ledger: Ledger, facts: VendorFacts, directory: Directory | None, too_old: datetime) -> VendorFacts:
    """WordPress.org's word, for what it can have."""
    component = facts.component
    known = next((asked for asked in facts.sources if asked.source == WORDPRESS_ORG), None)
    if known is None:
        return facts
    if not is_directory_slug(component.slug):
        entry = DirectoryEntry(component.kind, component.slug, "unknown")
        return replace(facts, entry=entry, sources=tuple(a for a in facts.sources if a is not known))
    if directory is None or (known.at and known.at > too_old):
        return facts
    try:
        entry = directory.entries([component])[component]
    except PlugwatchError as error:
        return _asked(facts, known._replace(error=str(error)))
    with ledger.unit_of_work() as work:
        work.catalog.keep_entry(entry, at=facts.at)
    return _asked(replace(facts, entry=entry), Asked(WORDPRESS_ORG, facts.at))


class _Kept:
    """The document of what was found out before, with a time for each part of it; a new part is kept at once."""

    def __init__(self, ledger: Ledger, facts: VendorFacts, document: Mapping[str, Any]) -> None:
        self._ledger, self._facts = ledger, facts
        self._document = dict(document)

    def at(self, part: str) -> datetime | None:
        """When a part was found out."""
        return moment_of(self._document.get(f"{part}_at"))

    def keep(self, part: str, value: Mapping[str, Any]) -> None:
        """Keep a part in place of what it was before."""
        self._document |= {part: dict(value), f"{part}_at": self._facts.at.isoformat()}
        with self._ledger.unit_of_work() as work:
            work.vendors.keep_facts(self._facts.component, self._document, at=self._facts.at)


def _with_package(
    facts: VendorFacts, ask: Callable[[], PackageSupport | None] | None, kept: _Kept, too_old: datetime
) -> VendorFacts:
    """What the Composer repository says that the releases come from, where they come from one."""
    known = Asked(COMPOSER, kept.at(_PACKAGE))
    if ask is None or (known.at and known.at > too_old):
        return _asked(facts, known) if known.at else facts
    try:
        package = ask()
    except PlugwatchError as error:
        return _asked(facts, known._replace(error=str(error)))
    if package is None:
        return facts
    kept.keep(_PACKAGE, package.to_document())
    return _asked(replace(facts, package=package), Asked(COMPOSER, facts.at))


def _with_repository(
    facts: VendorFacts, ask: Callable[[str], RepositoryFacts] | None, kept: _Kept, too_old: datetime
) -> VendorFacts:
    """GitHub's word on the repository that is taken for the vendor's."""
    found = None if is_core(facts.component) else find_repository(facts) or find_repository(facts, "github-issue")
    if found is None:
        return facts
    before = facts.repository if facts.repository and facts.repository.is_about(found.value) else None
    known = Asked(f"{GITHUB}, {found.value}", kept.at(_REPOSITORY) if before else None)
    if ask is None or (known.at and known.at > too_old):
        return _asked(facts, known)
    try:
        repository = ask(found.value)
    except NotFoundError:
        repository = RepositoryFacts(found.value, gone=True)
    except PlugwatchError as error:
        return _asked(facts, known._replace(error=str(error)))
    repository = replace(repository, asked_as=found.value)
    kept.keep(_REPOSITORY, repository.to_document())
    return _asked(replace(facts, repository=repository), known._replace(at=facts.at))


def _asked(facts: VendorFacts, asked: Asked) -> VendorFacts:
    """The facts with the word on one source in place of what stood there."""
    others = tuple(one for one in facts.sources if one.source != asked.source)
    return replace(facts, sources=(*others, asked))
