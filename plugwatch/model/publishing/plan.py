"""What goes into the published folder, what is left out of it and why: decided before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from plugwatch.model.affected import in_words
from plugwatch.model.component import Component
from plugwatch.model.hold import Hold
from plugwatch.model.publishing.offers import (
    HOLD,
    STOCK,
    UPDATED_KINDS,
    ForkFacts,
    Held,
    Offer,
    choose_offer,
    held_ranges,
)
from plugwatch.model.publishing.published import Published, archive_path, is_publishable
from plugwatch.model.version import VersionRange, compare


@dataclass(frozen=True)
class Known:
    """What the ledger says.

    ``fixed`` names the releases that were found to hold the fix of an incident (``INC-3``). ``secret`` are the patches
    of incidents that are marked security, ``secret_incidents`` these. ``paid`` tells whether a component is sold (None:
    that is not known), ``private`` what of some words would tell who our clients are.
    """

    holds: Mapping[Component, Sequence[Hold]]
    names: Mapping[Component, str]
    fixed: Mapping[Component, Mapping[str, str]]
    secret: frozenset[str]
    secret_incidents: frozenset[str]
    paid: Callable[[Component], bool | None]
    private: Callable[[Component, Sequence[str]], Sequence[str]]


@dataclass(frozen=True)
class Wishes:
    """What was asked for by name, and is published even where it would be left out."""

    named: frozenset[Component] = frozenset()


@dataclass(frozen=True)
class LeftOut:
    """What is not published, and why; ``kept`` is the version that was published before and stays."""

    component: Component
    why: str
    kept: str | None = None

    def __str__(self) -> str:
        stays = f"; {self.kept}, which was published before, stays" if self.kept else ""
        return f"{self.component} is left out: {self.why}{stays}"


@dataclass(frozen=True)
class Wanted:
    """An offer that goes into the folder; without ``package`` its files do not."""

    offer: Offer
    package: bool
    upstream: str | None


@dataclass(frozen=True)
class Plan:
    """What would be published. ``names`` are of components that are only held."""

    wanted: tuple[Wanted, ...]
    held: Mapping[Component, Held]
    names: Mapping[Component, str]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]
    secret: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Row:
    """A component as the folder offers it; ``path`` is that of its ZIP, ``is_new`` where that was not so before."""

    component: Component
    state: str
    version: str | None
    base_version: str | None
    path: str | None
    upstream: str | None
    held: Held
    is_new: bool

    @property
    def held_in_words(self) -> list[str]:
        """Each range as a person says it."""
        return [in_words(VersionRange(one)) for one in self.held]


@dataclass
class _Choice:
    wanted: list[Wanted] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unsure: list[Component] = field(default_factory=list)


def plan(facts: Iterable[ForkFacts], before: Published, known: Known, wishes: Wishes) -> Plan:
    """What of these forks goes into the folder, beside what it offers already."""
    choice = _Choice()
    for one in facts:
        offer = choose_offer(one)
        if not is_publishable(one.component) and one.builds:
            why = "WordPress has no updates of its kind; bring it to the sites with 'plugwatch fork deploy'"
            choice.left_out.append(LeftOut(one.component, why))
        elif offer:
            _choose(choice, one, offer, before, known, wishes)
        elif one.component in before.current:
            stays = before.current[one.component].version
            choice.notes.append(f"{one.component}: nothing of its fork is offered now, so {stays} stays as published")
    held = _held(choice, known, wishes)
    _wait_for_holds(choice, held)
    if choice.unsure:
        names = ", ".join(map(str, choice.unsure[:5])) + (", …" if len(choice.unsure) > 5 else "")
        choice.notes.append(
            f"nobody has said whether these are sold: {names}; where one is, "
            "say 'plugwatch vendor set COMPONENT --paid'"
        )
    return Plan(
        wanted=tuple(choice.wanted),
        held=held,
        names={component: known.names.get(component) or component.slug for component in held},
        left_out=tuple(choice.left_out),
        notes=tuple(choice.notes),
        secret=known.secret,
    )


def _wait_for_holds(choice: _Choice, held: Mapping[Component, Held]) -> None:
    """Hand out no release that a hold forbids: the sites stay on what they have until it ends."""
    for place, one in enumerate(choice.wanted):
        component, version = one.offer.component, one.offer.version
        ranges = held.get(component, ()) if one.offer.state == STOCK else ()
        if any(VersionRange(part).contains(version) for part in ranges):
            choice.wanted[place] = replace(one, package=False)
            choice.notes.append(
                f"{component}: {version} has the patches and is held, so no site gets it until the hold ends; "
                "see 'plugwatch incident hold'"
            )


def _choose(choice: _Choice, facts: ForkFacts, offer: Offer, before: Published, known: Known, wishes: Wishes) -> None:
    """Put an offer among what is wanted, or among what is left out."""
    component, current = offer.component, before.current.get(offer.component)
    rival = _rival(component, [*before.current, *(wanted.offer.component for wanted in choice.wanted)])
    if rival and current is None:
        told = f"Composer and many a web space take it for {rival}, which is there; name another folder with --out"
        choice.left_out.append(LeftOut(component, told))
        return
    is_named = component in wishes.named
    paid = known.paid(component)
    why = None if is_named else _why_left_out(offer, paid, known)
    if why and offer.state != STOCK:
        choice.left_out.append(LeftOut(component, why, current.version if current else None))
        return
    if why and current is None:  # nobody has our build from here, so there is nothing to step aside from
        choice.left_out.append(LeftOut(component, why))
        return
    if paid is None and current is None and not is_named:
        choice.unsure.append(component)
    choice.wanted.append(Wanted(offer, package=not (paid and offer.state == STOCK), upstream=facts.upstream))
    choice.notes += [offer.note] if offer.note else []
    if current and compare(offer.version, current.version) < 0:
        choice.notes.append(
            f"{component}: {offer.version} is lower than {current.version}, which was offered before, and no site goes "
            f"back by itself; see 'plugwatch fork deploy {component}'"
        )


def _rival(component: Component, others: Iterable[Component]) -> Component | None:
    """One of the others whose name differs from this one's by capitals alone."""
    return next((one for one in others if one != component and str(one).lower() == str(component).lower()), None)


def _why_left_out(offer: Offer, paid: bool | None, known: Known) -> str | None:
    """Why an offer is not for everybody who knows the address of the folder."""
    name = "name it to publish it all the same, and protect the folder"
    if paid:
        return f"it is sold, and only who has paid may have it; {name}"
    secret = [patch.id for patch in offer.patches if patch.id in known.secret]
    if secret:
        return f"{' and '.join(secret)} is a matter of security; {name}"
    titles = [patch.title for patch in offer.patches if patch.title]
    private = known.private(offer.component, [known.names.get(offer.component) or "", *titles])
    if private:
        return f"its name or a patch's title tells of a client ({private[0]}); {name}"
    return None


def _held(choice: _Choice, known: Known, wishes: Wishes) -> dict[Component, Held]:
    """The ranges that must not be installed, but for those that would tell what nobody knows yet."""
    found = {}
    aside = {wanted.offer.component for wanted in choice.wanted if wanted.offer.state == STOCK}
    for component, holds in known.holds.items():
        if component.kind not in UPDATED_KINDS:
            continue
        is_named = component in wishes.named
        told = [hold for hold in holds if is_named or hold.incident not in known.secret_incidents]
        if len(told) < len(holds):
            why = "a hold of it is a matter of security; name it to publish that hold"
            choice.left_out.append(LeftOut(component, why))
        private = () if is_named else known.private(component, [known.names.get(component) or ""])
        if private:
            why = f"its name tells of a client ({private[0]}), so its hold is not published; name it to do so"
            choice.left_out.append(LeftOut(component, why))
        elif told:
            found[component] = held_ranges(told, known.fixed.get(component, {}) if component in aside else {})
    return found


def offered(plan: Plan, before: Published) -> list[Row]:
    """All components that the folder offers, or keeps versions of off the sites, once this is published."""
    wanted = {one.offer.component: one for one in plan.wanted}
    rows = [_row_wanted(one, plan, before) for one in plan.wanted]
    for component, current in before.current.items():
        if component not in wanted:
            held = plan.held.get(component, ())
            known = (current.state, current.version, current.base_version, current.path, current.upstream)
            rows.append(Row(component, *known, held, is_new=False))
    named = {row.component for row in rows}
    rows += [
        Row(component, HOLD, None, None, None, None, held, is_new=False)
        for component, held in plan.held.items()
        if component not in named
    ]
    return sorted(rows, key=lambda row: row.component)


def _row_wanted(wanted: Wanted, plan: Plan, before: Published) -> Row:
    offer, current = wanted.offer, before.current.get(wanted.offer.component)
    path = offered_path(offer) if wanted.package else None
    is_new = current is None or (current.state, current.version, current.path) != (offer.state, offer.version, path)
    held = plan.held.get(offer.component, ())
    return Row(
        offer.component, offer.state, offer.version, offer.base_version, path, wanted.upstream, held, is_new=is_new
    )


def offered_path(offer: Offer) -> str:
    """Where the ZIP of an offer is or will be."""
    return archive_path(offer.component, offer.base_version if offer.state == STOCK else offer.version)
