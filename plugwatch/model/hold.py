"""Holds: "do not install these versions of this component", with the reason and what ends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugwatch.model.component import Component
from plugwatch.model.version import VersionRange, split_build


@dataclass(frozen=True)
class Hold:
    """Versions of a component that no site should get, since an incident (``INC-3``); over once it is lifted.

    ``versions`` is the text of a range (``>=1.2.4,<1.3``), ``until`` says in words what ends the hold, ``lifted_why``
    what did.
    """

    incident: str
    component: Component
    versions: str
    reason: str
    until: str | None
    at: datetime
    actor: str
    lifted_at: datetime | None = None
    id: str = ""
    lifted_why: str | None = None

    def forbids(self, base_version: str | None, build: str | None = None) -> bool:
        """Whether a site should not run this version. A build of ours is the way out of a hold, never a breach."""
        if base_version is None or build is not None or self.lifted_at is not None:
            return False
        return VersionRange.parse(self.versions).contains(base_version)

    def __str__(self) -> str:
        end = f", until {self.until}" if self.until else ""
        return f"{self.component} {self.versions} held by {self.incident}: {self.reason}{end}"


def is_broken_by(hold: Hold, version: str | None) -> bool:
    """Whether a site breaks the hold by running this version, as its list shows it; builds of ours do not."""
    ours = version is not None and split_build(version) is not None
    return hold.forbids(version, build=version if ours else None)
