"""Where each page of the agency's board lies: paths from the top of its folder, safe for any name, no two alike."""

from __future__ import annotations

import hashlib
import re

_PLAIN = re.compile(r"(plugin|theme|mu-plugin|dropin)/[a-z0-9]+(-[a-z0-9]+)*")
_OTHER = re.compile(r"[^a-z0-9]+")
_LONGEST = 100


def component_page(component: str) -> str:
    """The page of a component: ``components/plugin-tidy-forms.html``."""
    return f"components/{file_name(component)}"


def fork_page(component: str) -> str:
    """The page of a component's fork."""
    return f"forks/{file_name(component)}"


def incident_page(incident: str) -> str:
    """The page of an incident: ``incidents/INC-3.html``."""
    return f"incidents/{incident}.html"


def file_name(component: str) -> str:
    """A name of small letters, digits and hyphens.

    What has other signs, or is long, ends in a part of its sum: file systems that do not tell capitals from small
    letters would take two names for one.
    """
    if component in ("core", "php"):
        return f"{component}.html"
    if _PLAIN.fullmatch(component) and len(component) <= _LONGEST:
        return component.replace("/", "-", 1) + ".html"
    readable = _OTHER.sub("-", component.lower()).strip("-")[:_LONGEST] or "component"
    digest = hashlib.sha256(component.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{readable}.{digest}.html"
