"""``plugwatch submission``: what we write to vendors. Nothing here sends anything."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.forking import agency_person, find_component, stamp, writing
from plugwatch.cli.patch_find import locate
from plugwatch.errors import EXIT_PERSON, NotFoundError, PlugwatchError
from plugwatch.model.client import is_email
from plugwatch.model.component import Component
from plugwatch.model.incident import Incident
from plugwatch.model.site import parse_url
from plugwatch.model.submission import ROADS, Brief, Draft, find_road
from plugwatch.model.submitted import Submission, SubmissionFile
from plugwatch.workflows import submissions as workflow

# SITE is the one that called first: its versions are told to the vendor.
_FILLED_BY = {
    "the problem and its cause": "draft it with --why TEXT",
    "WordPress version": "plugwatch site set SITE --wordpress V",
    "PHP version": "plugwatch site set SITE --php V",
    "theme": "plugwatch site import SITE FILE, with the output of 'wp theme list'",
    "title": "plugwatch incident set {incident} --title TEXT",
    "steps to reproduce": "plugwatch incident set {incident} --steps TEXT",
    "what should happen": "plugwatch incident set {incident} --expected TEXT",
    "what happens instead": "plugwatch incident set {incident} --actual TEXT",
    "the vendor's e-mail address": "draft it with --vendor-email ADDRESS",
}
_BODY_NAMES = {"markdown": "body.md", "trac": "body.trac.txt", "forum": "body.html", "mail": "body.txt"}


@click.group()
def submission() -> None:
    """What we send to vendors."""


@submission.command()
@click.argument("about", metavar="INC|PATCH")
@click.option("--via", "road_name", required=True, type=click.Choice(list(ROADS)), help="The road.")
@click.option("--to", metavar="COMPONENT", help="Whose vendor, where an incident has several components.")
@click.option("--on", "version", metavar="V", help="The release to write the patch against.")
@click.option("--why", metavar="TEXT", help="What is wrong and why (default: the patch's reason).")
@click.option("--vendor-email", "email", metavar="ADDRESS", help="Where the vendor takes mail.")
@click.option("--vendor-url", "url", metavar="URL", help="The component's home page.")
@click.option("--repository", metavar="OWNER/NAME", help="The vendor's repository on GitHub.")
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the files go (default: drafts/).",
)
@json_option
@pass_app
def draft(
    app: App,
    about: str,
    road_name: str,
    to: str | None,
    version: str | None,
    out: Path | None,
    as_json: bool,
    **vendor: str | None,
) -> int:
    """Write a finished draft for a vendor, and check it."""
    from plugwatch.cli.drafting import make

    facts = _vendor(**vendor)
    incident, patch = _subject(app, about, to, version, road_name)
    made, brief = make(app, find_road(road_name), incident, patch, facts)
    kept = _keep(app, made, brief, incident, patch, out)
    if as_json:
        print_json(_document(kept))
    else:
        _show(kept)
    return EXIT_PERSON if made.blocked else 0


@submission.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """All submissions, the newest first."""
    with app.ledger.reading() as work:
        found = work.submissions.all()
    if as_json:
        print_json([_document(s) for s in found])
        return
    if not found:
        note("no submissions yet; write one with 'plugwatch submission draft'")
        return
    from plugwatch.render.terminal import show_table

    rows = [(s.name, s.channel, s.status, str(s.component), s.incident, s.title) for s in found]
    show_table(("SUBMISSION", "CHANNEL", "STATUS", "COMPONENT", "INCIDENT", "TITLE"), rows)


@submission.command()
@click.argument("number", metavar="SUB")
@json_option
@pass_app
def show(app: App, number: str, as_json: bool) -> None:
    """One submission: its text, its files, its checks."""
    with app.ledger.reading() as work:
        found = work.submissions.get(number)
    if as_json:
        print_json(_document(found))
        return
    _show(found)


def _vendor(email: str | None, url: str | None, repository: str | None, why: str | None) -> workflow.VendorFacts:
    """What the options say of a vendor. Raises PlugwatchError for what can be no address of one."""
    if email and not is_email(email):
        raise PlugwatchError(f"'{email}' is not an e-mail address; write support@vendor.example")
    if repository and not re.fullmatch(r"\w[\w-]*/\w[\w.-]*", repository, re.ASCII):
        raise PlugwatchError(f"'{repository}' is not a repository on GitHub; write OWNER/NAME")
    return workflow.VendorFacts(parse_url(url) if url else None, email, repository, why)


def _subject(
    app: App, about: str, to: str | None, version: str | None, road: str
) -> tuple[Incident | None, workflow.CarriedPatch | None]:
    """The incident and the patch that a draft is about; one leads to the other where there is one."""
    with app.ledger.reading() as work:
        incident = work.incidents.get(about) if re.fullmatch(r"(?i)(INC-)?\d+", about) else None
        patches = [p for p in work.forks.patches_of_incident(incident.id) if not p.dropped_in] if incident else []
    if incident is None:
        patch = _carried(app, about, version, road)
        if patch.incident:
            with app.ledger.reading() as work:
                incident = work.incidents.get(patch.incident)
        return incident, patch
    wanted = find_component(app, to) if to else incident.component
    if wanted:
        with app.ledger.reading() as work:
            incident = workflow.seen_by_vendor(work, incident, wanted)
    fitting = [p for p in patches if wanted is None or p.component == wanted]
    if len(fitting) > 1:
        names = ", ".join(p.id for p in fitting)
        raise PlugwatchError(f"{incident.name} has {len(fitting)} patches ({names}); give the one that you mean")
    if not fitting and road == "github-pr":
        raise NotFoundError(
            f"{incident.name} has no patch; add one by 'plugwatch patch import' with --incident {incident.name}"
        )
    return incident, _carried(app, fitting[0].id, version, road) if fitting else None


def _carried(app: App, text: str, version: str | None, road: str) -> workflow.CarriedPatch:
    """A patch in the forms that roads take; for a pull request its branch is put into the fork."""
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
        forms = vendor_forms(fork, release, entry, agency_person(app), svn=_takes_svn(road))
        ref = f"refs/heads/{forms.branch}"
        old = fork.refs().get(ref)
        if ROADS[road].patch_form.startswith("git-branch") and old != forms.commit:
            change = [RefChange(ref, old, forms.commit)]
            carry_out(fork, app.ledger, stamp(app).operation(fork.component, "submission draft", change, {}))
    return workflow.CarriedPatch(forms.facts, forms.forms, fork.component, release.version, entry.patch.incident)


def _takes_svn(road: str) -> bool:
    return ROADS[road].patch_form in ("svn-diff", "excerpt")


def _keep(
    app: App,
    made: Draft,
    brief: Brief,
    incident: Incident | None,
    patch: workflow.CarriedPatch | None,
    out: Path | None,
) -> Submission:
    """Write a draft's files and its row; the row comes last."""
    with app.ledger.unit_of_work() as work:
        number = work.counters.next("submission")
        folder = (out or app.workspace / "drafts" / f"SUB-{number}").resolve()
        folder.mkdir(parents=True, exist_ok=True)
        body = _BODY_NAMES[ROADS[made.channel].markup]
        contents = {body: made.body.encode(), **{file.name: file.content for file in made.files}}
        if not made.body:
            contents = {}
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        kept = Submission(
            number=number,
            incident=incident.name if incident else None,
            patch=patch.facts.id if patch else None,
            component=Component(brief.component.kind, brief.component.slug),
            channel=made.channel,
            status="draft",
            title=made.title,
            body=made.body,
            url=made.url,
            files=tuple(SubmissionFile(name, str(folder / name)) for name in contents),
            checks=made.checks,
            created_at=app.now,
            actor=app.actor,
        )
        work.submissions.add(kept, incident.id if incident else None)
    return kept


def _document(kept: Submission) -> dict[str, Any]:
    return {
        "submission": kept.name,
        "incident": kept.incident,
        "patch": kept.patch,
        "component": str(kept.component),
        "channel": kept.channel,
        "status": kept.status,
        "title": kept.title,
        "body": kept.body,
        "files": [{"name": file.name, "path": file.path} for file in kept.files],
        "url": kept.url,
        "checks": [{"check": c.check, "ok": c.ok, "detail": c.detail} for c in kept.checks],
    }


def _how_to_mend(detail: str, incident: str) -> list[str]:
    """The commands that fill the blanks which a finding names."""
    named = detail.rpartition(": ")[2].split("; ")
    return [f"{what}: {_FILLED_BY[what].format(incident=incident)}" for what in named if what in _FILLED_BY]


def _show(kept: Submission) -> None:
    from plugwatch.render.terminal import clean, clean_lines

    click.echo(f"{kept.name}  {kept.channel}  {kept.status}\n")
    if kept.body:
        text = f"{kept.title}\n\n{kept.body}"
        click.echo(clean_lines(text) if sys.stdout.isatty() else text)
    for file in kept.files:
        note(f"file: {file.path}")
    if kept.url:
        note(f"post it at: {kept.url[:300]}{'…' if len(kept.url) > 300 else ''}")
    for check in kept.checks:
        note(f"{'ok     ' if check.ok else 'BLOCKED'} {check.check}: {clean(check.detail)}")
        if not check.ok:
            for how in _how_to_mend(check.detail, kept.incident or "INC"):
                note(f"        {how}")
    if any(not check.ok for check in kept.checks):
        next_step("mend what is blocked, then draft it again; this draft is kept as it is")
    else:
        next_step("read it once more, then post it by hand; nothing was sent")
