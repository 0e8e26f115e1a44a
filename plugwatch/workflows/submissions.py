"""Write a finished draft for a vendor from what ledger and fork know; nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from plugwatch.errors import PlugwatchError
from plugwatch.model.component import CORE, PHP, Component
from plugwatch.model.incident import Call, Incident, default_title
from plugwatch.model.site import InstallationChange, Site
from plugwatch.model.submission import (
    Agency,
    Brief,
    Check,
    ComponentFacts,
    Draft,
    Environment,
    OtherComponent,
    PatchFacts,
    PatchForms,
    Posting,
    Prepared,
    RenderedText,
    Road,
)

_TITLE_LENGTH = 100


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def incidents(self) -> Any: ...

    @property
    def installations(self) -> Any: ...

    @property
    def components(self) -> Any: ...

    @property
    def sites(self) -> Any: ...


@dataclass(frozen=True)
class CarriedPatch:
    """A patch in the forms that roads take, with the release that it is written against."""

    facts: PatchFacts
    forms: PatchForms
    component: Component
    version: str
    incident: str | None


@dataclass(frozen=True)
class VendorFacts:
    """What a person told us for this vendor; None where nobody has said. ``why`` goes before the patch's own reason."""

    url: str | None = None
    email: str | None = None
    repository: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class Tools:
    """The edges that make a draft of a brief: texts, the road's files, the checks."""

    render: Callable[[Road, Brief], RenderedText]
    prepare: Callable[[Road, RenderedText, Brief, PatchForms | None, Posting], Prepared]
    check: Callable[[Draft, Brief], tuple[Check, ...]]


def gather_brief(
    work: UnitOfWork, incident: Incident | None, patch: CarriedPatch | None, agency: Agency, vendor: VendorFacts
) -> Brief:
    """Everything that a text to a vendor may say. Client, site and the client's words stay behind.

    Raises PlugwatchError when the incident's cause is not known yet.
    """
    component = patch.component if patch else incident.component if incident else None
    if component is None:
        name = incident.name if incident else "this"
        raise PlugwatchError(
            f"{name}: the cause is not known yet; set it with 'plugwatch incident set {name} --component C'"
        )
    return Brief(
        component=ComponentFacts(
            kind=component.kind,
            slug=component.slug,
            name=work.components.name(component) or component.slug,
            vendor_url=vendor.url,
            vendor_email=vendor.email,
            repository=vendor.repository,
        ),
        environment=_environment(work, incident, patch, component),
        agency=agency,
        title=patch.facts.title if patch else _title(work, incident) if incident else "",
        why=vendor.why or (patch.facts.why if patch else None) or None,
        steps=tuple(line.strip() for line in (incident.steps or "").splitlines() if line.strip()) if incident else (),
        expected=incident.expected if incident else None,
        actual=incident.actual if incident else None,
        workaround="",
        tested="",
        patch=patch.facts if patch else None,
        security=bool(incident and incident.security),
    )


def seen_by_vendor(work: UnitOfWork, incident: Incident, component: Component) -> Incident:
    """The incident from the side of one of several components that take part in it.

    Raises PlugwatchError for a component that takes no part.
    """
    if component == incident.component:
        return incident
    if component not in incident.with_components:
        raise PlugwatchError(
            f"{component} takes no part in {incident.name}; add it with "
            f"'plugwatch incident set {incident.name} --with {component}'"
        )
    site = _first_site(work, work.incidents.calls(incident))
    installed = work.installations.current(site.id).get(component) if site else None
    beside = (incident.component, *incident.with_components)
    return replace(
        incident,
        component=component,
        version=installed.base_version if installed else None,
        with_components=tuple(c for c in beside if c and c != component),
    )


def make_draft(road: Road, brief: Brief, forms: PatchForms | None, posting: Posting, tools: Tools) -> Draft:
    """Render, prepare and check a text for a road.

    A matter of security is not rendered for a public road at all; the draft then holds nothing but that finding.
    """
    if brief.security and road.public:
        empty = Draft(road.name, "", "")
        return Draft(road.name, "", "", checks=tools.check(empty, brief))
    text = tools.render(road, brief)
    prepared = tools.prepare(road, text, brief, forms, posting)
    draft = Draft(road.name, text.title, text.body, prepared.files, prepared.url)
    return Draft(road.name, text.title, text.body, prepared.files, prepared.url, tools.check(draft, brief))


def _environment(
    work: UnitOfWork, incident: Incident | None, patch: CarriedPatch | None, component: Component
) -> Environment:
    """Versions as the first site that called shows them; what no list told is None and becomes a blank."""
    site = _first_site(work, work.incidents.calls(incident)) if incident else None
    installed = work.installations.current(site.id) if site else {}
    wordpress, php = installed.get(CORE), installed.get(PHP)
    first_bad = incident.version if incident else None
    return Environment(
        version=patch.version if patch else first_bad,
        first_bad=first_bad,
        last_good=_last_good(work.installations.history(site.id), component, first_bad) if site else None,
        wordpress=wordpress.version if wordpress else None,
        php=php.version if php else None,
        theme=_theme(installed),
        others=_others(work, installed, incident.with_components if incident else ()),
    )


def _theme(installed: Any) -> str | None:
    """The theme as strangers may know it: of a child its parent, since children are often named after clients."""
    themes = {row.status: row for component, row in sorted(installed.items()) if component.kind == "theme"}
    shown = themes.get("parent") or themes.get("active")
    if shown is None:
        return None
    text = f"{shown.name or shown.slug} {shown.version or ''}".strip()
    return f"{text}, with a child theme" if "parent" in themes else text


def _title(work: UnitOfWork, incident: Incident) -> str:
    """What somebody called it, else what happens: a title of ours tells a vendor nothing, and may name a site."""
    site = _first_site(work, work.incidents.calls(incident))
    causes = (None, incident.component, *incident.with_components)
    ours = {default_title(c, v, site.slug if site else None) for c in causes for v in (None, incident.version)}
    if incident.title not in ours:
        return incident.title
    return (incident.actual or "").strip().partition("\n")[0][:_TITLE_LENGTH].rstrip(" .")


def _first_site(work: UnitOfWork, calls: Sequence[Call]) -> Site | None:
    for call in calls:
        if call.site:
            found: Site = work.sites.get(call.site)
            return found
    return None


def _last_good(history: Iterable[InstallationChange], component: Component, first_bad: str | None) -> str | None:
    """The version that the site ran before the bad one came; "" where it never ran another."""
    for change in history:
        if change.component == component and change.after and change.after.base_version == first_bad and change.before:
            before: str | None = change.before.base_version
            return before if before != first_bad else None
    return ""


def _others(work: UnitOfWork, installed: Any, components: Iterable[Component]) -> tuple[OtherComponent, ...]:
    found = []
    for component in components:
        row = installed.get(component)
        found.append(OtherComponent(work.components.name(component) or component.slug, row.version if row else None))
    return tuple(found)


def when(moment: datetime, new_id: str, email: str) -> Posting:
    """The moment and the identity of a mail (RFC 5322, section 3.6.4)."""
    domain = email.rpartition("@")[2] or "plugwatch.invalid"
    return Posting(date=moment, message_id=f"<{new_id.lower()}@{domain}>")
