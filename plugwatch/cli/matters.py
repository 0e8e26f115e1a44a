"""What a text for a vendor is about: the patch in every form, what is known of the vendor, and where the road leads."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from plugwatch.cli.context import App
from plugwatch.cli.drafting import Desk
from plugwatch.cli.forking import agency_person, stamp, writing
from plugwatch.cli.patch_find import locate
from plugwatch.errors import NotFoundError
from plugwatch.model.component import Component
from plugwatch.model.incident import Incident
from plugwatch.model.roads.road import Road, find_road
from plugwatch.model.roads.submission import Brief, ComponentFacts, Surroundings, Thread
from plugwatch.model.roads.submitted import Submission
from plugwatch.workflows import submissions as workflow
from plugwatch.workflows.forks import NotCarriedError
from plugwatch.workflows.submissions import CarriedPatch, Matter, Told


def carried(app: App, text: str, version: str | None, road: Road) -> CarriedPatch:
    """A patch in the forms that roads take; for a pull request its branch is put into the fork.

    Raises NotFoundError where it is not carried on that release.
    """
    from plugwatch.forks.forms import vendor_forms
    from plugwatch.model.operation import RefChange
    from plugwatch.workflows.operations import carry_out

    fork, release, entry = locate(app, text)
    if version:
        release = fork.release(version)
        on_it = {other.patch.id: other for other in fork.stack(version)}
        if entry.patch.id not in on_it:
            raise NotFoundError(f"{entry.patch.id} is not carried on {fork.component} {version}")
        entry = on_it[entry.patch.id]
    with writing(app, fork, "submission draft"):
        svn = road.patch_form in ("svn-diff", "excerpt")
        forms = vendor_forms(fork, release, entry, agency_person(app), svn=svn)
        ref = f"refs/heads/{forms.branch}"
        old = fork.refs().get(ref)
        if road.patch_form.startswith("git-branch") and old != forms.commit:
            change = [RefChange(ref, old, forms.commit)]
            carry_out(fork, app.ledger, stamp(app).operation(fork.component, "submission draft", change, {}))
    return CarriedPatch(forms.facts, forms.forms, fork.component, release.version, entry.patch.incident)


def known_of(app: App, component: Component, road: Road) -> Told:
    """What is known of a vendor, for a text on one road; nobody is asked."""
    from plugwatch.forks.vendor_hints import newest_hints
    from plugwatch.workflows.vendor import known_vendor

    hints = newest_hints(app.forks, component)
    with app.ledger.reading() as work:
        known = known_vendor(work, component, app.now, hints)
    door = known.doors[0].address if known.doors else None
    return Told(
        url=known.vendor_url,
        email=known.vendor_email,
        repository=known.issues if road.name == "github-issue" else known.repository,
        support_url=known.support_url,
        security_door=door,
        paid=bool(known.paid),
        network=known.social.partition(":")[0] if known.social and road.name == "social" else None,
        room=known.chat,
        trac_url=known.trac_url,
        patch_as=known.patch_as or "attached",
        labels=known.labels,
    )


def find_target(road: Road, brief: Brief, room: str | None, around: Surroundings) -> str | None:
    """What the road is addressed by; None where nobody knows."""
    about = brief.component
    return {
        "github-pr": about.repository,
        "github-issue": about.repository,
        "trac": around.trac_url,
        "forum": _forum(around.forum_url.rstrip("/"), about),
        "email": about.vendor_email,
        "ticket": about.support_url,
        "chat": room or about.slug,
        "social": brief.network,
        "security": about.security_door or about.vendor_email,
    }[road.name]


def _forum(base: str, about: ComponentFacts) -> str:
    from plugwatch.channels.forum import CORE_FORUM

    return f"{base}/{CORE_FORUM}/" if about.kind == "core" else f"{base}/{about.kind}/{about.slug}/"


def read_matter(app: App, submission: Submission, kind: str, thread: Thread | None) -> Matter:
    """What a submission is about, as it stands now; a patch that is carried no more is left out."""
    road = find_road(submission.channel)
    incident: Incident | None = None
    if submission.incident:
        with app.ledger.reading() as work:
            incident = work.incidents.get(submission.incident)
            with suppress(workflow.NoPartError):
                incident = workflow.seen_by_vendor(work, incident, submission.component)
    return Matter(incident, _patch(app, submission, road), submission.component, kind, thread)


def read_told(app: App, submission: Submission) -> Told:
    """What is known of the vendor, with where this submission went over it."""
    known, at = known_of(app, submission.component, find_road(submission.channel)), submission.target
    if not at:
        return known
    if submission.channel.startswith("github-"):
        return replace(known, repository=at)
    return {
        "email": replace(known, email=at),
        "ticket": replace(known, support_url=at),
        "social": replace(known, network=at),
        "security": replace(known, security_door=at),
        "trac": replace(known, trac_url=at),
    }.get(submission.channel, known)


def read_brief(app: App, desk: Desk, submission: Submission) -> Brief:
    """What the text of a submission that is to be sent next may say, as it stands now."""
    asks = submission.current.asks
    thread = Thread(submission.title, submission.remote_url, submission.sent_at or app.now, asks=asks)
    matter = read_matter(app, submission, submission.current.kind, thread)
    return titled(desk.brief(matter, read_told(app, submission)), thread)


def _patch(app: App, submission: Submission, road: Road) -> CarriedPatch | None:
    if submission.patch is None:
        return None
    with suppress(NotFoundError, NotCarriedError):
        return carried(app, submission.patch, None, road)
    return None


def titled(brief: Brief, thread: Thread) -> Brief:
    """A patch that is gone leaves the title of what we wrote first."""
    return brief if brief.title else replace(brief, title=thread.title)
