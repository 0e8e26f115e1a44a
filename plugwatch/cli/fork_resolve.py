"""``plugwatch fork resolve``: merge by hand what an upgrade cannot."""

from __future__ import annotations

import sys
from dataclasses import replace

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.deciding import library_of, recorded_acceptances
from plugwatch.cli.forking import open_fork, stamp, writing
from plugwatch.cli.holding import narrow_holds
from plugwatch.cli.plan_views import plan_document, say_result, say_what_next, show_plans
from plugwatch.cli.resolve_folder import Desk
from plugwatch.cli.resolve_views import document, next_commands, show_problems, show_waiting
from plugwatch.errors import EXIT_PERSON, ForkError
from plugwatch.forks.conflicts import MergingFork
from plugwatch.model.verdicts.conflict import Conflict
from plugwatch.workflows import forks as forks_workflow
from plugwatch.workflows import resolve as workflow
from plugwatch.workflows.forks import Upgrade
from plugwatch.workflows.operations import carry_out
from plugwatch.workflows.resolve_checks import QUESTIONS, Consent, Problem


@click.command()
@click.argument("component")
@click.option("--to", "target", metavar="V|latest", help="The release (needed to begin).")
@click.option("--continue", "going_on", is_flag=True, help="Take the edited files, and go on to the next patch.")
@click.option("--drop", "dropping", is_flag=True, help="The release has this patch: drop it, and go on.")
@click.option("--abort", is_flag=True, help="Leave everything as it was.")
@click.option("--show", is_flag=True, help="Say how far it is; nothing is written.")
@click.option("--also", multiple=True, metavar="PATH", help="With --continue: this file may change, too.")
@click.option("--lost-lines-ok", is_flag=True, help="With --continue: what the result lacks of the patch may go.")
@click.option("--accept-proposals", is_flag=True, help="With --continue: what was filled in is right.")
@json_option
@pass_app
def resolve(
    app: App,
    component: str,
    target: str | None,
    going_on: bool,
    dropping: bool,
    abort: bool,
    show: bool,
    also: tuple[str, ...],
    lost_lines_ok: bool,
    accept_proposals: bool,
    as_json: bool,
) -> int:
    """Merge by hand what an upgrade cannot.

    Lays out a folder with the files to edit, one patch after the other; nothing moves before the last is done.
    """
    if sum((going_on, dropping, abort, show)) > 1:
        raise click.UsageError("give one of --continue, --drop, --abort and --show")
    if (also or lost_lines_ok or accept_proposals) and not going_on:
        raise click.UsageError("--also, --lost-lines-ok and --accept-proposals go with --continue")
    opened = open_fork(app, component)
    desk = Desk(app, MergingFork(opened.directory, opened.component))
    version = forks_workflow.find_target(opened, target) if target else None
    if abort:
        return _give_up(desk, version, as_json=as_json)
    if show:
        return _show(desk, version, as_json=as_json)
    if going_on or dropping:
        kinds = [kind for kind, said in zip(QUESTIONS, (lost_lines_ok, accept_proposals), strict=True) if said]
        consent = Consent(also, frozenset(kinds))
        if going_on and sys.stdin.isatty() and not as_json:
            consent = replace(consent, answered=_ask(desk, version, consent))
        return _go_on(desk, version, None if dropping else consent, as_json=as_json)
    return _begin(desk, version, as_json=as_json)


def _begin(desk: Desk, version: str | None, *, as_json: bool) -> int:
    """Begin, or show where it stands; a folder that is not there is laid out again."""
    with writing(desk.app, desk.fork, "fork resolve"):
        opened = _find(desk, version)
        if opened:
            workflow.check_unchanged(desk.fork, opened.conflict)
            desk.ensure(opened)
        else:
            if version is None:
                raise click.UsageError("say which release, with --to V")
            opened = _start(desk, version)
    if opened:
        return _tell(desk, opened, as_json=as_json)
    component = str(desk.fork.component)
    if as_json:
        print_json({"component": component, "to": version, "status": "clean", "folder": None})
    else:
        click.echo(f"{component}: no patch needs a person on {version}")
        next_step(f"plugwatch fork upgrade {component} --to {version}")
    return 0


def _start(desk: Desk, version: str) -> workflow.Open | None:
    desk.sweep(needed=version)
    accepted = recorded_acceptances(desk.app, [(desk.fork.component, version)])[0]
    find = library_of(desk.app, desk.fork).find
    opened, operation = workflow.begin(desk.fork, version, accepted, find, stamp=stamp(desk.app))
    if opened and operation:
        carry_out(desk.fork, desk.app.ledger, operation)
        desk.lay_out(opened)
    return opened


def _go_on(desk: Desk, version: str | None, consent: Consent | None, *, as_json: bool) -> int:
    """Take what was edited or, without a consent, drop the patch; and go on."""
    fork, when = desk.fork, stamp(desk.app)
    with writing(desk.app, fork, "fork resolve"):
        opened = _opened(desk, version)
        if desk.ensure(opened) and consent:
            note("its folder was gone, so it was laid out again; nothing was taken")
            return _tell(desk, opened, as_json=as_json)
        find = library_of(desk.app, fork).find
        if consent:
            step, operation = workflow.go_on(fork, opened, desk.edited(opened), consent, find, stamp=when)
        else:
            step, operation = workflow.drop(fork, opened, find, stamp=when)
        if operation:
            carry_out(fork, desk.app.ledger, operation)
            narrow_holds(desk.app, fork.component)
        if step.stopped:
            desk.lay_out(step.stopped)
        elif step.upgrade:
            desk.remove(opened.conflict.attempt.target)
    if step.upgrade:
        return _tell_end(opened.conflict, step.upgrade, as_json=as_json)
    if step.stopped:
        return _tell(desk, step.stopped, as_json=as_json)
    return _tell(desk, opened, step.problems, as_json=as_json)


def _give_up(desk: Desk, version: str | None, *, as_json: bool) -> int:
    """End a merge, with its folder; it need not be readable."""
    with writing(desk.app, desk.fork, "fork resolve"):
        under_way = desk.fork.conflicts()
        version = version or next(iter(under_way), None)
        if version not in under_way:
            desk.sweep()
            raise _none_under_way(desk, version)
        operation = workflow.give_up(desk.fork, version, stamp=stamp(desk.app))
        carry_out(desk.fork, desk.app.ledger, operation)
        desk.remove(version)
    component = str(desk.fork.component)
    if as_json:
        print_json({"component": component, "to": version, "status": "aborted", "folder": None})
    else:
        click.echo(f"{component}: the merge for {version} is given up; everything is as it was")
        next_step(f"plugwatch fork forecast {component} --to {version}")
    return 0


def _show(desk: Desk, version: str | None, *, as_json: bool) -> int:
    """Where a merge stands, and what keeps its files from being taken; PHP is not asked."""
    opened = _opened(desk, version)
    problems: tuple[Problem, ...] | None = None
    if desk.is_current(opened):
        problems = workflow.review(desk.fork, opened, desk.edited(opened), Consent())
    else:
        note("its folder is not there; the command without --show lays it out again")
    return _tell(desk, opened, problems, as_json=as_json)


def _ask(desk: Desk, version: str | None, consent: Consent) -> frozenset[Problem]:
    """Put what a person can say yes to before her, where nothing else is wrong; what she said yes to."""
    opened = _opened(desk, version)
    if not desk.is_current(opened):
        return frozenset()
    problems = workflow.review(desk.fork, opened, desk.edited(opened), consent)
    if not problems or any(problem.kind not in QUESTIONS for problem in problems):
        return frozenset()
    show_problems(problems)
    return frozenset(problems) if click.confirm("Is that right?", err=True) else frozenset()


def _find(desk: Desk, version: str | None) -> workflow.Open | None:
    """The merge that is under way, if there is one, with what has been said of its patches by now."""

    def said(release: str) -> list[str]:
        return recorded_acceptances(desk.app, [(desk.fork.component, release)])[0]

    return workflow.find_open(desk.fork, version, said)


def _opened(desk: Desk, version: str | None) -> workflow.Open:
    """The merge that is under way. Raises ForkError where there is none."""
    opened = _find(desk, version)
    if opened is None:
        raise _none_under_way(desk, version)
    return opened


def _none_under_way(desk: Desk, version: str | None) -> ForkError:
    component, wanted = desk.fork.component, f" for {version}" if version else ""
    return ForkError(
        f"no merge of {component}{wanted} is under way; "
        f"begin one with 'plugwatch fork resolve {component} --to {version or 'V'}'"
    )


def _tell(desk: Desk, opened: workflow.Open, problems: tuple[Problem, ...] | None = None, *, as_json: bool) -> int:
    """A merge that waits for a person; ``problems`` is None where her files were not looked at."""
    folder = desk.folder(opened.conflict.attempt.target)
    if as_json:
        print_json(document(opened.conflict, folder, problems or ()))
    else:
        show_waiting(opened.conflict, folder, problems)
        next_step(*next_commands(opened.conflict))
    return EXIT_PERSON


def _tell_end(conflict: Conflict, upgrade: Upgrade, *, as_json: bool) -> int:
    """A merge that has become an upgrade."""
    if as_json:
        ended = document(conflict, None) | {"status": "upgraded", "patch": None, "files": []}
        print_json(ended | {"upgrade": plan_document(upgrade.plan, upgrade.branch)})
    else:
        show_plans([upgrade.plan])
        say_result(upgrade.plan, upgraded=True)
        say_what_next(upgrade.plan, upgraded=True)
    return 0
