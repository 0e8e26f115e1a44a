"""What makes a release one that matters for security, and where that is said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugwatch.model.component import Component

CHANGELOG, CLOSED, FEED = SIGNS = ("changelog", "closed", "feed")
"""Words of the vendor's changelog, a directory that has closed the component, a vulnerability feed."""


@dataclass(frozen=True)
class SecurityMark:
    """One sign that matters for security.

    ``affected`` is the range of versions that it is about (as VersionRange writes it, None: not known), ``fixed_in``
    the first version without it (None: none is known), or the one of each line: ``1.9.4 || 2.1.5``. ``title`` is one
    line, ``key`` what the source calls it (a CVE, an id), ``url`` its record and ``attribution`` what the source wants
    said beside it.
    """

    component: Component
    sign: str
    key: str
    title: str
    affected: str | None
    fixed_in: str | None
    url: str | None = None
    attribution: str | None = None
    seen_at: datetime | None = None
