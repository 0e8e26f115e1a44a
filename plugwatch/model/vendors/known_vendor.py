"""What a draft may take over of a vendor: the addresses, whether the component is sold, and how they want a patch."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from plugwatch.model.roads.disclosure import Door
from plugwatch.model.roads.routing_core import doors_to, weigh_core
from plugwatch.model.roads.routing_roads import find_desk, find_email, find_trac
from plugwatch.model.vendors.facts import VendorFacts, find_repository, is_core, judge_sale
from plugwatch.model.vendors.told import NEVER, PREFERRED

_DIRECTORY = "https://wordpress.org"


@dataclass(frozen=True)
class KnownVendor:
    """What is known; None: nobody knows.

    ``repository`` and ``issues`` are ``OWNER/NAME``: where pull requests and issues go. ``vendor_url`` is the home page
    of the component, ``support_url`` the help desk, an address of the web or for mail. ``trac_url`` is told only where
    it is not that of the settings. ``social`` is ``NETWORK:@NAME``. ``doors`` are the private ones for a matter of
    security, the one to try first in front. ``preferred`` and ``never`` are roads that a person chose.
    """

    vendor_url: str | None = None
    vendor_email: str | None = None
    repository: str | None = None
    issues: str | None = None
    support_url: str | None = None
    trac_url: str | None = None
    chat: str | None = None
    social: str | None = None
    paid: bool | None = None
    doors: tuple[Door, ...] = ()
    preferred: str | None = None
    never: tuple[str, ...] = ()
    patch_as: str | None = None
    labels: tuple[str, ...] = ()
    note: str | None = None


def known_from(facts: VendorFacts) -> KnownVendor:
    """What the facts say; an address that may be somebody else's is left out."""
    told = facts.told
    desk = find_desk(facts)
    return KnownVendor(
        vendor_url=_home(facts),
        vendor_email=find_email(facts),
        repository=_repository(facts, "github-pr"),
        issues=_repository(facts, "github-issue"),
        support_url=desk.value if desk and desk.sure else None,
        trac_url=_trac(facts),
        chat=told.address("chat"),
        social=told.address("social"),
        paid=judge_sale(facts).paid,
        doors=doors_to(facts),
        preferred=next((way.road for way in told.ways.values() if way.prefer == PREFERRED), None),
        never=tuple(way.road for way in told.ways.values() if way.prefer == NEVER),
        patch_as=told.patch_as,
        labels=told.labels,
        note=told.note,
    )


def _repository(facts: VendorFacts, road: str) -> str | None:
    if is_core(facts.component):
        return facts.told.address(road) or _core_address(facts, road)
    found, kept = find_repository(facts, road), facts.repository
    if not found or not found.sure:
        return None
    return kept.name if kept and not kept.gone and kept.is_about(found.value) else found.value


def _trac(facts: VendorFacts) -> str | None:
    found = find_trac(facts)
    return found.value if found else _core_address(facts, "trac") if is_core(facts.component) else None


def _core_address(facts: VendorFacts, road: str) -> str | None:
    opinion = weigh_core(facts, road)
    return opinion.address if opinion.state != "closed" else None


def _home(facts: VendorFacts) -> str | None:
    component = facts.component
    if facts.release and facts.release.home_url:
        return facts.release.home_url
    if not facts.listed:
        return None
    return f"{_DIRECTORY}/{component.kind}s/{quote(component.slug, safe='')}/"
