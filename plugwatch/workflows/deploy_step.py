"""One site in a deployment: what is asked, what it is done with, what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from plugwatch.model.component import Component
from plugwatch.model.deployments.deploying import Copy, Look, Visit, recognise
from plugwatch.model.deployments.deployment import DONE, FAILED, PUT_BACK, UNKNOWN, Deployment
from plugwatch.model.hold import Hold
from plugwatch.model.site import Site

PLANNED, ALREADY, REFUSED, UNASKED, NOT_TRIED = ("planned", "already", "refused", "unasked", "not-tried")
STOPPING = frozenset({FAILED, PUT_BACK, UNKNOWN})


class Package(Protocol):
    """What travels; ``size`` is that of the files unpacked."""

    @property
    def size(self) -> int: ...

    @property
    def zip(self) -> Path: ...


class Ground(Protocol):
    """One component on one site; see delivery/deploy.py."""

    def look(self) -> Look: ...

    def starts(self) -> bool | None: ...

    def snapshot(self, look: Look, out: Path) -> None: ...

    def place(self, package: Any, wanted: Copy, look: Look, job: str) -> Sequence[str]: ...

    def finish(self, job: str) -> str: ...

    def put_back(self, job: str) -> str: ...


class Records(Protocol):
    """What is kept of deployments, each call on its own and at once."""

    def begun(self, one: Deployment) -> None: ...

    def changed(self, one: Deployment) -> None: ...

    def arrived(self, one: Deployment, look: Look, found: Copy | None) -> None:
        """It is there, seen to be ``found``: the inventory, the evidence and the incidents learn of it."""

    def of(self, site: Site) -> Sequence[Deployment]:
        """Those of the component on the site, the first first."""


@dataclass(frozen=True)
class Tools:
    """Everything outside that a deployment works with.

    ``wanted`` gives the copy for a site and, by whether it is a single file there, its package; it raises
    PlugwatchError where there is none. ``known`` are all copies of the fork. ``visit`` asks for an address; the second
    is the one that the site gives itself. ``lock`` keeps other commands of this workspace off the site. ``later`` is
    the time now, ``pause`` waits so many seconds.
    """

    ground: Callable[[Site], Ground]
    wanted: Callable[[Site], tuple[Copy, Callable[[bool], Any]]]
    known: Iterable[Copy]
    records: Records
    visit: Callable[[str, str], Visit]
    lock: Callable[[Site], AbstractContextManager[object]]
    snapshot_path: Callable[[Site], Path]
    pause: Callable[[float], None]
    later: Callable[[], datetime]
    new_id: Callable[[], str]


@dataclass(frozen=True)
class Order:
    """What somebody asks for; ``anyway`` is the reason for which obstacles are passed, ``incident`` a name."""

    component: Component
    kind: str
    run: str
    actor: str
    holds: Sequence[Hold] = ()
    send: bool = False
    anyway: str | None = None
    incident: str | None = None
    canary: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one site: a state of a deployment, or PLANNED, ALREADY, REFUSED, UNASKED, NOT_TRIED.

    ``found`` and ``wanted`` tell in words what was there and what comes; ``why`` is a sentence.
    """

    site: str
    state: str
    why: str = ""
    found: str = ""
    wanted: str = ""
    snapshot: str | None = None
    notes: tuple[str, ...] = ()
    exit_code: int = 0


@dataclass(frozen=True)
class Step:
    """One site, being worked on; ``notes`` are sentences for whoever asked."""

    order: Order
    tools: Tools
    site: Site
    ground: Ground
    notes: list[str] = field(default_factory=list)

    @property
    def where(self) -> str:
        """The site's name in sentences."""
        return f"site '{self.site.slug}'"

    def visit(self, look: Look) -> Visit:
        """What a visitor of the site gets; where none is answered, whether WordPress starts at all."""
        seen = self.tools.visit(self.site.url or look.home, look.home)
        return seen if seen.status is not None else replace(seen, starts=self.ground.starts())

    def end(self, row: Deployment, state: str, why: str | None) -> Deployment:
        """Keep how a deployment ended."""
        ended = replace(row, state=state, finished_at=self.tools.later(), note=why, kept_at=None)
        self.tools.records.changed(ended)
        return ended

    def arrive(self, row: Deployment, look: Look, why: str | None) -> None:
        """Keep that a deployment is done, and what is there now by its files."""
        found = recognise(look, self.order.component, self.tools.known)
        self.tools.records.arrived(self.end(row, DONE, why), look, found)
