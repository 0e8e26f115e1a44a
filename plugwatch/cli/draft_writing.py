"""A first text for a vendor: from the words of a command line to a draft that is written, checked and kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from plugwatch.cli.context import App, note
from plugwatch.cli.forking import find_component
from plugwatch.cli.matters import carried, find_target, known_of
from plugwatch.errors import NotFoundError, PlugwatchError
from plugwatch.model.client import is_email
from plugwatch.model.component import Component
from plugwatch.model.incident import Incident
from plugwatch.model.life import ENDED
from plugwatch.model.roads.road import NETWORKS, Road
from plugwatch.model.roads.submission import Brief, Draft
from plugwatch.model.roads.submitted import Submission
from plugwatch.model.site import parse_url
from plugwatch.workflows import submissions as workflow
from plugwatch.workflows.submissions import CarriedPatch, Matter, Told


@dataclass(frozen=True)
class Order:
    """What a person wants written: on which road, about what, and how it shall go out.

    ``join`` is the URL of a thread at the vendor's that it belongs into; ``goes_on_from`` the name of the submission on
    another road before it.
    """

    road: Road
    matter: Matter
    told: Told
    out: Path | None = None
    labels: tuple[str, ...] = ()
    as_draft: bool = False
    join: str | None = None
    goes_on_from: str | None = None
    online: bool = False


def make_order(
    app: App,
    about: str,
    road: Road,
    *,
    to: str | None = None,
    version: str | None = None,
    labels: tuple[str, ...] = (),
    as_draft: bool = False,
    offline: bool = False,
    join: str | None = None,
    out: Path | None = None,
    goes_on_from: str | None = None,
    **said: str | None,
) -> Order:
    """What a person wants, from the words of the command line.

    Raises PlugwatchError for what can be no address, NotFoundError for what is not there.
    """
    incident, patch = _subject(app, about, to, version, road)
    matter = Matter(incident, patch, kind="patch" if patch else "bug")
    about_component = patch.component if patch else incident.component if incident else None
    told = _told(app, about_component, road, join=parse_url(join) if join else None, **said)
    if about_component and road.public and not told.related:
        with app.ledger.reading() as work:
            linked = workflow.other_side(work, incident, about_component)
        told = replace(told, related=linked.remote_url if linked else None)
    if road.name == "social" and not told.network:
        told = replace(told, network=next(iter(NETWORKS)))
    wanted = labels or told.labels
    joined = parse_url(join) if join else None
    return Order(road, matter, told, out, wanted, as_draft, joined, goes_on_from, online=not offline)


def write_draft(app: App, order: Order) -> Submission:
    """The text, written, checked and kept."""
    from plugwatch.cli.draft_files import keep_new, new_post
    from plugwatch.cli.drafting import Desk

    desk = Desk(app)
    brief = with_suspect(app, desk.brief(order.matter, order.told))
    brief = replace(brief, joined=_thread(order) is not None and order.road.name.startswith("github-"))
    around = desk.around(order.told)
    target = find_target(order.road, brief, order.told.room, around)
    _check_first(app, order, brief, target)
    made = desk.write(order.road, brief, order.matter, around)
    findings = None
    if order.online and order.road.name.startswith("github-") and _may_be_asked_about(brief, made):
        from plugwatch.cli.offering import look_at_repository

        findings = look_at_repository(app, order.road, brief, joined=order.join)
        brief = findings.place(brief)
        made = desk.write(order.road, brief, order.matter, around, findings)
    post = replace(
        new_post(app, made, brief.kind, around),
        url=_thread(order) or made.url,
        labels=order.labels or (findings.labels if findings else ()),
        as_draft=order.as_draft,
        detail=_detail(findings),
        theirs=findings.theirs if findings else frozenset(),
    )
    patch = order.matter.patch
    new = Submission(
        number=0,
        incident=order.matter.incident.name if order.matter.incident else None,
        patch=patch.facts.id if patch else None,
        component=Component(brief.component.kind, brief.component.slug),
        channel=order.road.name,
        status="draft",
        posts=(post,),
        created_at=app.now,
        actor=app.actor,
        target=target,
        remote_url=_thread(order),
        version=patch.version if patch else None,
        branch=findings.branch if findings else None,
        commit=findings.commit if findings else None,
        goes_on_from=order.goes_on_from,
    )
    return keep_new(app, new, made, order.matter.incident.id if order.matter.incident else None, order.out)


def _check_first(app: App, order: Order, brief: Brief, target: str | None) -> None:
    """Raises PlugwatchError where the same has gone to the same vendor by this road, and they may still answer."""
    incident, patch = order.matter.incident, order.matter.patch
    same = (incident.name if incident else None, patch.facts.id if patch else None, order.road.name, target)
    with app.ledger.reading() as work:
        earlier = work.submissions.of_component(Component(brief.component.kind, brief.component.slug))
        roots = {
            one.incident: work.incidents.root(work.incidents.get(one.incident)).name for one in earlier if one.incident
        }
    for one in earlier:
        if (roots.get(one.incident or ""), one.patch, one.channel, one.target) != same:
            continue
        if one.status not in ("draft", *ENDED):
            raise PlugwatchError(
                f"{one.name} went by {one.channel} about the same already; go on there with 'plugwatch submission "
                f"follow-up {one.name}', or first take it back with 'plugwatch submission mark {one.name} withdrawn'"
            )
        if one.status == "draft" and one.current.state not in ("draft", "superseded"):
            raise PlugwatchError(
                f"{one.name} about the same may have left by {one.channel} already; see 'plugwatch submission send "
                f"{one.name}', or first take it back with 'plugwatch submission mark {one.name} withdrawn'"
            )


def _thread(order: Order) -> str | None:
    """The thread that a text is written into; a pull request is its own, also where it belongs to an issue."""
    if order.join is None or order.road.name in ("email", "social", "chat", "security"):
        return None
    return order.join if order.road.name != "github-pr" or "/pull/" in order.join else None


def with_suspect(app: App, brief: Brief) -> Brief:
    """The brief with what the vendor changed before it broke, where the fork has both releases."""
    at, about = brief.environment, brief.component
    fork = app.forks.open(Component(about.kind, about.slug)) if at.last_good and at.first_bad else None
    if fork is None or not at.last_good or not at.first_bad:
        return brief
    from plugwatch.forks.forms import suspect

    found = suspect(fork, at.last_good, at.first_bad, brief.patch.files if brief.patch else ())
    return replace(brief, environment=replace(at, suspect=found))


def _may_be_asked_about(brief: Brief, made: Draft) -> bool:
    """Whether a look at the vendor's repository tells nobody what they must not know: a search is seen there."""
    private = next((check for check in made.checks if check.check == "privacy"), None)
    if brief.security or not brief.component.repository:
        return False
    if private and not private.ok:
        note("the vendor's repository was not looked at, for the title or the patch tells of a client")
        return False
    return True


def _detail(findings: Any) -> str | None:
    for sentence in findings.notes if findings else ():
        note(sentence)
    return "\n".join(findings.notes) or None if findings else None


def _told(app: App, component: Component | None, road: Road, **said: str | None) -> Told:
    """What is known of the vendor, and over it what the options say. Raises PlugwatchError for what is no address."""
    email, url, repository = said.get("email"), said.get("url"), said.get("repository")
    if email and not is_email(email):
        raise PlugwatchError(f"'{email}' is not an e-mail address; write support@vendor.example")
    if repository and not re.fullmatch(r"\w[\w-]*/\w[\w.-]*", repository, re.ASCII):
        raise PlugwatchError(f"'{repository}' is not a repository on GitHub; write OWNER/NAME")
    known = known_of(app, component, road) if component else Told()
    return replace(
        known,
        url=parse_url(url) if url else known.url,
        email=email or known.email,
        repository=repository or known.repository,
        why=said.get("why"),
        tested=said.get("tested"),
        related=said.get("join"),
        network=said.get("network") or known.network,
    )


def _subject(
    app: App, about: str, to: str | None, version: str | None, road: Road
) -> tuple[Incident | None, CarriedPatch | None]:
    """The incident and the patch that a draft is about; one leads to the other where there is one."""
    with app.ledger.reading() as work:
        incident = work.incidents.root(work.incidents.get(about)) if re.fullmatch(r"(?i)(INC-)?\d+", about) else None
        patches = [p for p in work.forks.patches_of_incident(incident.id) if not p.dropped_in] if incident else []
    if incident is None:
        if to:
            raise click.UsageError("--to chooses among the components of an incident; give an incident, or no --to.")
        patch = carried(app, about, version, road)
        if patch.incident:
            with app.ledger.reading() as work:
                incident = work.incidents.root(work.incidents.get(patch.incident))
        return incident, patch
    wanted = find_component(app, to) if to else incident.component
    if wanted:
        with app.ledger.reading() as work:
            incident = workflow.seen_by_vendor(work, incident, wanted)
    fitting = [p for p in patches if wanted is None or p.component == wanted]
    if len(fitting) > 1:
        names = ", ".join(p.id for p in fitting)
        raise PlugwatchError(f"{incident.name} has {len(fitting)} patches ({names}); give the one that you mean")
    if not fitting and road.name == "github-pr":
        raise NotFoundError(
            f"{incident.name} has no patch{f' on {wanted}' if to else ''}; add one by 'plugwatch patch import' with "
            f"--incident {incident.name}"
        )
    return incident, carried(app, fitting[0].id, version, road) if fitting else None
