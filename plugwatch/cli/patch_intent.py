"""``plugwatch patch stance``, ``accept`` and ``explain``: what a person decides about a patch."""

from __future__ import annotations

import sys

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.forking import stamp, writing
from plugwatch.cli.patch_find import locate, locate_all
from plugwatch.cli.patch_views import stance_document
from plugwatch.model.patches.stance import STANCES, check_reason, parse_review_day
from plugwatch.workflows import explain as explaining
from plugwatch.workflows import patches as workflow
from plugwatch.workflows.forks import find_target
from plugwatch.workflows.operations import carry_out


@click.command()
@click.argument("wanted", metavar="PATCH…", nargs=-1, required=True)
@click.argument("stance_", metavar="send|wait|never", type=click.Choice(STANCES))
@click.option("--why", metavar="REASON", help="Why; a colleague reads it a year later.")
@click.option("--review-by", metavar="DATE", help="The day to look at it again: 2027-01-31.")
@json_option
@pass_app
def stance(
    app: App, wanted: tuple[str, ...], stance_: str, why: str | None, review_by: str | None, as_json: bool
) -> None:
    """Say what is meant to become of a patch.

    Or of several, with one reason: send it to the vendor, wait, or never: ours for good. What was said before is kept.
    """
    places = locate_all(app, wanted)
    reason = ask_reason(why, f"Why '{stance_}'")
    day = parse_review_day(review_by, today=app.now.date()) if review_by is not None else None
    documents = []
    with app.ledger.unit_of_work() as work:
        for opened, _release, entry in places:
            said = workflow.set_stance(work, entry.patch, stance_, reason, review_by=day, stamp=stamp(app))
            document = {"patch": entry.patch.id, "component": str(opened.component)} | stance_document(said, app)
            history = [stance_document(earlier, app) for earlier in work.patches.stances()[entry.patch.id]]
            documents.append(document | {"history": history})
    if as_json:
        print_json(documents if len(wanted) > 1 else documents[0])
        return
    until = f", to be looked at again by {day}" if day else ""
    for document in documents:
        click.echo(f"{document['patch']} on {document['component']}: {stance_}{until}")
    if stance_ == "send":
        next_step(f"plugwatch submission draft {documents[0]['patch']} --via github-pr|trac|forum|email")
    else:
        next_step(f"plugwatch patch list {documents[0]['component']}")


@click.command()
@click.argument("wanted", metavar="PATCH")
@click.option("--in", "version", required=True, metavar="V|latest", help="The release that has it.")
@click.option("--why", metavar="REASON", default="", help="How you know.")
@click.option("--withdraw", is_flag=True, help="Take an earlier yes back.")
@json_option
@pass_app
def accept(app: App, wanted: str, version: str, why: str, withdraw: bool, as_json: bool) -> None:
    """Say yes: this release has the patch, in another form.

    The next upgrade to it drops the patch.
    """
    opened, _release, entry = locate(app, wanted)
    target = find_target(opened, version)
    outcome = None if withdraw else workflow.forecast_patch(opened, entry.patch, target)
    with app.ledger.unit_of_work() as work:
        if outcome is None:
            said = workflow.take_back(work, opened.component, target, entry.patch, why, stamp=stamp(app))
        else:
            said = workflow.accept(work, opened.component, target, outcome, why, stamp=stamp(app))
    evidence = list(outcome.evidence) if outcome else []
    if as_json:
        print_json(
            {
                "patch": said.patch,
                "component": str(said.component),
                "in": said.version,
                "accepted": said.stands,
                "verdict": said.verdict,
                "evidence": evidence,
                "reason": said.reason,
                "at": said.at.astimezone(app.zone).isoformat(),
                "by": said.actor,
            }
        )
        return
    from plugwatch.render.terminal import clean

    what = f"is in {target}, says {said.actor}" if said.stands else f"is not in {target} after all"
    click.echo(clean(f"{said.patch} on {said.component} {what} (plugwatch found: {said.verdict})"))
    for line in evidence:
        click.echo(f"  {clean(line)}")
    next_step(f"plugwatch fork upgrade {said.component} --to {target}")


@click.command()
@click.argument("wanted", metavar="PATCH…", nargs=-1, required=True)
@click.option("--why", metavar="REASON", help="Why we carry it, for whoever reads it in a year.")
@click.option("--again", is_flag=True, help="Put it in the place of the reason that is there.")
@click.option("--on", "version", metavar="V", help="The release (default: the newest with patches).")
@json_option
@pass_app
def explain(
    app: App, wanted: tuple[str, ...], why: str | None, again: bool, version: str | None, as_json: bool
) -> None:
    """Write down why a patch is carried, where nobody has yet.

    Or several patches of one component, with one reason. A reason that is there stays as it is, unless you say --again.
    The earlier words are not lost: 'plugwatch fork log' shows the operation, 'plugwatch fork undo' brings them back.
    """
    places = locate_all(app, wanted)
    opened, patches = places[0][0], [entry.patch for _opened, _release, entry in places]
    others = {str(place[0].component) for place in places}
    if len(others) > 1:
        raise click.UsageError(f"these are patches of {' and '.join(sorted(others))}; name those of one at a time")
    reason = ask_reason(why, "Why is it carried")
    with writing(app, opened, "patch explain"):
        release, operation = explaining.explain(opened, patches, reason, version=version, again=again, stamp=stamp(app))
        carry_out(opened, app.ledger, operation)
    if as_json:
        rest = {"component": str(opened.component), "on": release.version, "why": check_reason(reason)}
        documents = [{"patch": patch.id} | rest for patch in patches]
        print_json(documents if len(wanted) > 1 else documents[0])
        return
    for patch in patches:
        click.echo(f"{patch.id} on {opened.component} {release.version} has its reason")
    next_step(f"plugwatch patch show {patches[0].id}")


def ask_reason(given: str | None, question: str) -> str:
    """The reason given, else what a person at a terminal answers; a UsageError where nobody is there to ask."""
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise click.UsageError("say why, with --why REASON", click.get_current_context())
    answer: str = click.prompt(question, err=True)
    return answer
