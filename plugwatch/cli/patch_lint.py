"""``plugwatch patch lint``: what is wrong with how patches are carried."""

from __future__ import annotations

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.lost_forks import lost_forks
from plugwatch.cli.patch_views import finding_document, finding_lines, read_all, read_one
from plugwatch.errors import EXIT_PERSON, EXIT_UNKNOWN
from plugwatch.model.patches.lint import Finding, commands
from plugwatch.workflows.lint import lint_all


@click.command()
@click.argument("component", required=False)
@json_option
@pass_app
def lint(app: App, component: str | None, as_json: bool) -> int:
    """What somebody must see to, on one component or on all.

    A patch without a reason or a stance, a review that is due, one that was never sent, one that nobody needs.
    """
    forks, failed = ([read_one(app, component)], 0) if component else read_all(app)
    with app.ledger.reading() as work:
        findings = lint_all(work, forks, now=app.now)
    lost = {} if component else lost_forks(app)
    if as_json:
        gone = [Finding("fork-missing", c, "", "", "", *sentence.split("; ", 1)) for c, sentence in lost.items()]
        print_json([finding_document(finding) for finding in (*gone, *findings)])
    else:
        for line in (*(f"error: {sentence}" for sentence in lost.values()), *finding_lines(findings)):
            click.echo(line)
        if findings:
            next_step(*commands(findings), f"plugwatch patch show {findings[0].patch}")
        elif not failed and not lost:
            note("nothing to see to")
    return EXIT_PERSON if findings or lost else EXIT_UNKNOWN if failed else 0
