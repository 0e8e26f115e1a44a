"""Write a finished draft for a vendor from what ledger and fork know; nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from plugwatch.errors import PlugwatchError
from plugwatch.model.component import CORE, PHP, Component
from plugwatch.model.incident import Call, Incident, default_title
from plugwatch.model.roads.privacy import Piece, PrivateWords, find_private
from plugwatch.model.roads.road import Road, find_road
from plugwatch.model.roads.submission import (
    Agency,
    Brief,
    Check,
    ComponentFacts,
    Draft,
    Environment,
    OtherComponent,
    PatchFacts,
    PatchForms,
    Prepared,
    RenderedText,
    Surroundings,
    Thread,
)
from plugwatch.model.roads.submitted import Submission
from plugwatch.model.site import InstallationChange, Site
from plugwatch.model.version import VersionRange

_TITLE_LENGTH = 100
_HIT = ("affected", "mitigated", "resolved")
_ACTIVE = ("active", "active-network")


class NoPartError(PlugwatchError):
    """A component takes no part in an incident."""


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

    @property
    def impacts(self) -> Any: ...

    @property
    def submissions(self) -> Any: ...


@dataclass(frozen=True)
class CarriedPatch:
    """A patch in the forms that roads take, with the release that it is written against."""

    facts: PatchFacts
    forms: PatchForms
    component: Component
    version: str
    incident: str | None


@dataclass(frozen=True)
class Told:
    """What is known of a vendor, and what a person says with a draft; None where nobody has said.

    ``why`` goes before the patch's own reason, ``tested`` says how it was tried, ``related`` is the URL of what it
    belongs to at the vendor's. ``room`` is our name for the vendor's chat, ``patch_as`` how a mail carries a patch.
    """

    url: str | None = None
    email: str | None = None
    repository: str | None = None
    support_url: str | None = None
    security_door: str | None = None
    paid: bool = False
    why: str | None = None
    tested: str | None = None
    related: str | None = None
    network: str | None = None
    room: str | None = None
    trac_url: str | None = None
    patch_as: str = "attached"
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tools:
    """The edges that make a draft of a brief: texts, the vendor's own form, the road's files, the checks."""

    render: Callable[[Road, Brief], RenderedText]
    fit: Callable[[Road, RenderedText, Brief], RenderedText]
    prepare: Callable[[Road, RenderedText, Brief, PatchForms | None, Surroundings], Prepared]
    check: Callable[[Draft, Brief], tuple[Check, ...]]


@dataclass(frozen=True)
class Matter:
    """What a text is about: an incident, a patch, or a patch of an incident; and what it goes on with.

    ``about`` is the component where neither says it.
    """

    incident: Incident | None
    patch: CarriedPatch | None
    about: Component | None = None
    kind: str = "bug"
    thread: Thread | None = None


def gather_brief(work: UnitOfWork, matter: Matter, agency: Agency, told: Told, private: PrivateWords) -> Brief:
    """Everything that a text to a vendor may say. Client, site and the client's words stay behind.

    Raises PlugwatchError when the incident's cause is not known yet.
    """
    incident, patch = matter.incident, matter.patch
    component = patch.component if patch else incident.component if incident and incident.component else matter.about
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
            vendor_url=told.url,
            vendor_email=told.email,
            repository=told.repository,
            paid=told.paid,
            support_url=told.support_url,
            security_door=told.security_door,
        ),
        environment=_environment(work, matter, component, private),
        agency=agency,
        title=patch.facts.title if patch else _title(work, incident) if incident else "",
        why=told.why or (patch.facts.why if patch else None) or None,
        steps=tuple(line.strip() for line in (incident.steps or "").splitlines() if line.strip()) if incident else (),
        expected=incident.expected if incident else None,
        actual=incident.actual if incident else None,
        workaround=(incident.workaround if incident else None) or "",
        tested=told.tested or "",
        patch=patch.facts if patch else None,
        security=incident is not None and is_secret(work, incident),
        related_url=told.related,
        kind=matter.kind,
        thread=matter.thread,
        network=told.network,
    )


def is_secret(work: Any, incident: Incident) -> bool:
    """Whether it is about security, or was merged into what is: then nothing of it may be seen in public."""
    return bool(incident.security or work.incidents.root(incident).security)


def seen_by_vendor(work: UnitOfWork, incident: Incident, component: Component) -> Incident:
    """The incident from the side of one of several components that take part in it.

    Raises NoPartError for a component that takes no part.
    """
    if component == incident.component:
        return incident
    if component not in incident.with_components:
        raise NoPartError(
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
        affected=None,  # that is said of the other one
        with_components=tuple(c for c in beside if c and c != component),
    )


def other_side(work: UnitOfWork, incident: Incident | None, component: Component) -> Submission | None:
    """What was posted in public about the same incident to the vendor of another component, the newest of it."""
    if incident is None:
        return None
    found = [
        one
        for one in work.submissions.of_incident(incident.id)
        if one.component != component and one.remote_url and find_road(one.channel).public and one.status != "withdrawn"
    ]
    return found[-1] if found else None


def make_draft(road: Road, brief: Brief, forms: PatchForms | None, around: Surroundings, tools: Tools) -> Draft:
    """Render, prepare and check a text for a road.

    A matter of security is not rendered for a public road at all; the draft then holds nothing but that finding.
    """
    if brief.security and road.public:
        empty = Draft(road.name, "", "")
        return Draft(road.name, "", "", checks=tools.check(empty, brief))
    text = tools.fit(road, tools.render(road, brief), brief)
    prepared = tools.prepare(road, text, brief, forms, around)
    draft = Draft(road.name, text.title, text.body, prepared.files, prepared.url)
    return Draft(road.name, text.title, text.body, prepared.files, prepared.url, tools.check(draft, brief))


def _environment(work: UnitOfWork, matter: Matter, component: Component, private: PrivateWords) -> Environment:
    """Versions as the first site that called shows them; what no list told is None and becomes a blank."""
    incident, patch = matter.incident, matter.patch
    hit = _hit_sites(work, incident) if incident else []
    taking_part = {component, *(incident.with_components if incident else ())}
    site = _first_site(work, work.incidents.calls(incident)) if incident else None
    installed = work.installations.current(site.id) if site else {}
    wordpress, php = installed.get(CORE), installed.get(PHP)
    seen = incident.version if incident else None
    return Environment(
        version=patch.version if patch else seen,
        first_bad=_first_bad(incident, component) or seen if incident else None,
        last_good=_last_good(work.installations.history(site.id), component, seen) if site else None,
        wordpress=wordpress.version if wordpress else None,
        php=php.version if php else None,
        theme=_theme(installed),
        others=_others(work, installed, incident.with_components if incident else ()),
        beside=tuple(one for one in _beside(work, hit, taking_part) if not _tells_of_client(one, private)),
        sites=len(hit),
    )


def _hit_sites(work: UnitOfWork, incident: Incident) -> list[str]:
    """The ids of the sites that it hits or hit, and of those that called, unless somebody has cleared them."""
    states = {impact.site: impact.state for impact in work.impacts.of_incident(incident)}
    called = [call.site for call in work.incidents.calls(incident) if call.site]
    slugs = dict.fromkeys((*called, *states))
    return [work.sites.get(slug).id for slug in slugs if states.get(slug, "affected") in _HIT]


def _beside(work: UnitOfWork, sites: Sequence[str], taking_part: Collection[Component]) -> Iterator[OtherComponent]:
    """The other plugins that are active on every site; their versions where all have the same."""
    lists = [work.installations.current(site) for site in sites]
    for component, first in sorted(lists[0].items()) if lists else ():
        rows = [installed.get(component) for installed in lists]
        if component.kind == "plugin" and component not in taking_part and all(r and r.status in _ACTIVE for r in rows):
            versions = {row.base_version for row in rows if row}
            name = work.components.name(component) or component.slug
            yield OtherComponent(name, first.base_version if len(versions) == 1 else "")


def _tells_of_client(one: OtherComponent, private: PrivateWords) -> bool:
    """Whether a plugin is called after a client: one that was made for it."""
    return bool(find_private([Piece("the name", one.name, one_line=True)], private, ()))


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
    opened = work.incidents.get(incident.name)  # of another vendor's component the version is another, too
    versions = (None, incident.version, opened.version)
    ours = {default_title(c, v, site.slug if site else None) for c in causes for v in versions}
    if incident.title not in ours:
        return incident.title
    return (incident.actual or "").strip().partition("\n")[0][:_TITLE_LENGTH].rstrip(" .")


def _first_site(work: UnitOfWork, calls: Sequence[Call]) -> Site | None:
    for call in calls:
        if call.site:
            found: Site = work.sites.get(call.site)
            return found
    return None


def _first_bad(incident: Incident, component: Component) -> str | None:
    """The lower end of what somebody has said to be affected; None where nobody has said one."""
    if not incident.affected or incident.component != component:
        return None
    bounds = VersionRange.parse(incident.affected).conditions
    return next((version for sign, version in bounds if sign in (">=", "=")), None)


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
