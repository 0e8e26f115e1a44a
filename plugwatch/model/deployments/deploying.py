"""Putting a component on a site: what was found there, which of our trees that is, and what forbids the next step."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugwatch.errors import EXIT_ERROR, EXIT_PERSON, PlugwatchError
from plugwatch.model.component import Component
from plugwatch.model.deployments.deployment import BUILD
from plugwatch.model.hold import Hold
from plugwatch.model.version import split_build

_SHOWN = 3
_SERVER_FAILS = 500


@dataclass(frozen=True)
class Job:
    """What somebody began on the site and has not ended: the deployment's id ("" where it wrote down nothing yet).

    ``before`` and ``after`` are digests, ``since`` is a Unix time; ``busy``: its process still runs there; ``kept``:
    the old copy is still there.
    """

    id: str
    before: str
    after: str
    since: int
    busy: bool
    kept: bool


@dataclass(frozen=True)
class Look:
    """A component as it stands on a site.

    ``files`` is path → git's id of the file's content; ``single``: it is one file of the plugins' folder. ``active``
    tells in words how it is switched on; ``size`` and ``free`` are bytes; ``composer`` is the composer.json that brings
    it; ``home`` is the site's own address. ``rereads``: seconds until its PHP looks whether files have changed, -1 for
    never.
    """

    there: bool
    single: bool
    name: str
    version: str | None
    active: tuple[str, ...]
    files: Mapping[str, str]
    size: int
    free: int | None
    writable: bool
    composer: str | None
    home: str
    rereads: int = 2
    job: Job | None = None

    @property
    def digest(self) -> str:
        """One sum for all of it."""
        return digest(self.files) if self.there else ""


@dataclass(frozen=True)
class Copy:
    """One of ours or of the vendor's: a build (``kind`` BUILD), a release (STOCK) or a snapshot (BACK), by its files.

    ``files`` is path → git's id of the content; ``base`` is the release that it is made of.
    """

    kind: str
    version: str
    base: str
    files: Mapping[str, str]

    def __str__(self) -> str:
        return f"build {self.version}" if self.kind == BUILD else self.version

    def as_on(self, component: Component, single: bool) -> Mapping[str, str]:
        """The files as a site has them; of a single-file plugin, that file alone."""
        if not single:
            return self.files
        name = f"{component.slug}.php"
        return {name: self.files[name]} if name in self.files else {}


@dataclass(frozen=True)
class Visit:
    """What a visitor gets: the status, None where the site did not answer; ``broken``: WordPress says that it fails.

    ``whole``: whether the page comes to its end, since WordPress says nothing once it has sent a part of it
    (WP_Fatal_Error_Handler::handle); None where that cannot be told. ``starts``: whether WordPress starts with all its
    plugins where no visitor was answered; None where nobody asked.
    """

    status: int | None
    broken: bool = False
    whole: bool | None = None
    starts: bool | None = None

    @property
    def kind(self) -> str:
        """The status in words."""
        if self.status is None:
            return "no answer"
        return f"a critical error ({self.status})" if self.broken else f"status {self.status}"

    @property
    def works(self) -> bool:
        """Whether it answers, and with no failure of its own; a page that must not be seen works."""
        return self.status is not None and self.status < _SERVER_FAILS and not self.broken


class SiteRefusedError(PlugwatchError):
    """The site did not do it, for the reason that ``word`` names; nothing was changed by that step.

    Where it is not known what is there now (``undecided``), a person must look.
    """

    def __init__(self, word: str, sentence: str, *, undecided: bool = False) -> None:
        super().__init__(sentence)
        self.word = word
        self.exit_code = EXIT_PERSON if undecided else EXIT_ERROR


class ObstacleError(PlugwatchError):
    """Something forbids putting it there; nothing was changed.

    ``overridable``: a person may go on in spite of it. Without one it is an error; else a person must decide.
    """

    def __init__(self, sentence: str, *, overridable: bool = False, decide: bool = False) -> None:
        super().__init__(sentence)
        self.overridable = overridable
        self.exit_code = EXIT_PERSON if overridable or decide else EXIT_ERROR


def worse(before: Visit, after: Visit) -> str | None:
    """Why the site is worse off than before, in a few words; None where it is not, or nobody can tell."""
    if after.status is None and before.starts and after.starts is False:
        return "WordPress does not start with it"
    if after.status is None:
        return None if before.status is None else f"the site gave {before.kind} before and does not answer now"
    if before.status is None:
        return None if after.works else f"the site gives {after.kind}"
    if before.whole and after.whole is False and after.works:
        return "the site's page breaks off now"
    if before.works and after.works and before.status // 100 == after.status // 100:
        return None
    if not before.works and (after.works or before.status // 100 == after.status // 100):
        return None
    return f"the site gave {before.kind} before and gives {after.kind} now"


def digest(files: Mapping[str, str]) -> str:
    """One sum of all files, whatever their order; the same as plugwatch_digest() in delivery/php/site.php makes."""
    hashed = hashlib.sha256()
    for path in sorted(files, key=str.encode):
        hashed.update(f"{path}\0{files[path]}\n".encode())
    return hashed.hexdigest()


def git_sum(content: bytes) -> str:
    """The id that git gives a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def recognise(look: Look, component: Component, copies: Iterable[Copy]) -> Copy | None:
    """Which of the copies stands there, file for file; None for none of them."""
    for copy in copies:
        if look.there and look.files == copy.as_on(component, look.single):
            return copy
    return None


def strange_files(look: Look, component: Component, copies: Iterable[Copy]) -> list[str]:
    """Files that differ from the nearest of the copies, sorted; those that are missing there count."""
    found = [
        sorted(path for path in {*known, *look.files} if known.get(path) != look.files.get(path))
        for known in (copy.as_on(component, look.single) for copy in copies)
    ]
    return min(found, key=len, default=sorted(look.files))


def check_look(look: Look, component: Component, wanted: Copy, where: str) -> None:
    """Raise ObstacleError where the component cannot be replaced there at all."""
    if not look.there:
        raise ObstacleError(
            f"{where}: {component} is not installed there; install it as usual, then deploy", decide=True
        )
    if look.composer:
        raise ObstacleError(
            f"{where}: Composer brings {component} there ({look.composer}) and would take ours away; "
            f"use 'plugwatch fork composer {component}'",
            decide=True,
        )
    if not wanted.as_on(component, look.single):
        raise ObstacleError(f"{where}: {component} is the single file {look.name} there, which {wanted} does not have")
    if not look.writable:
        raise ObstacleError(
            f"{where}: WP-CLI's user may not write to {component} there; run WP-CLI as the user who owns the files"
        )


def check_known(look: Look, component: Component, copies: list[Copy], where: str) -> None:
    """Raise ObstacleError where what is there is neither a release nor a build that we know."""
    if recognise(look, component, copies):
        return
    strange = strange_files(look, component, copies)
    shown = ", ".join(ascii(path)[1:-1] for path in strange[:_SHOWN]) + (", …" if len(strange) > _SHOWN else "")
    claimed = f" (it says {look.version!a})" if look.version else ""
    raise ObstacleError(
        f"{where}: {component} there is neither a release nor a build that the fork knows{claimed}: "
        f"{len(strange)} file{'s differ' if len(strange) != 1 else ' differs'} from the nearest ({shown}); "
        f"keep what is worth it with 'plugwatch patch capture {component} --site', or go on with --anyway REASON",
        overridable=True,
    )


def check_held(component: Component, wanted: Copy, holds: Iterable[Hold], where: str) -> None:
    """Raise ObstacleError where a hold forbids the version. A build of ours is the way out of a hold."""
    ours = wanted.kind == BUILD or split_build(wanted.version) is not None
    for hold in holds:
        if hold.forbids(wanted.base, wanted.version if ours else None):
            raise ObstacleError(
                f"{where}: {component} {wanted.version} is held by {hold.incident} ({hold.reason}); "
                "choose another version, or go on with --anyway REASON",
                overridable=True,
            )


def check_space(look: Look, needed: int, where: str) -> None:
    """Raise ObstacleError where the copy would not fit beside the old one."""
    if look.free is not None and look.free < needed:
        raise ObstacleError(
            f"{where}: {_mib(look.free)} MiB are free there and {_mib(needed)} MiB are needed; make room first"
        )


def _mib(size: int) -> int:
    return -(-size // (1 << 20))
