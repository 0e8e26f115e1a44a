"""``plugwatch submission follow-up``: the next step with a vendor who is silent, written and ready to be read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import click

from plugwatch.cli.agreeing import working_week
from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.submission_views import document, show_draft
from plugwatch.errors import EXIT_PERSON, PlugwatchError
from plugwatch.model.roads import ladder
from plugwatch.model.roads.ladder import STEPS, Roads, Step, Trail, Week
from plugwatch.model.roads.road import ROADS, find_road
from plugwatch.model.roads.submitted import Change, Submission
from plugwatch.model.turn import WITH_VENDOR
from plugwatch.workflows import follow_up as workflow

_ENDS = {
    "released": "it is in a release: thank them with 'plugwatch submission thank {name}'",
    "withdrawn": "it is withdrawn",
    "draft": "it has not been sent: 'plugwatch submission send {name}'",
    "changes-requested": "the vendor wants changes: 'plugwatch submission reply {name} --asks changes'",
}


@dataclass(frozen=True)
class _Situation:
    """A submission, all that was written about the same, how it stands on the ladder, and what comes next."""

    submission: Submission
    thread: tuple[Submission, ...]
    trail: Trail
    step: Step | None
    week: Week


@click.command("follow-up")
@click.argument("number", metavar="SUB")
@click.option("--skip", metavar="REASON", help="Leave the next step out, and say why.")
@click.option("--via", metavar="ROAD", type=click.Choice(list(ROADS)), help="Go on by this road.")
@click.option("--now", "at_once", is_flag=True, help="Write it even if it is not polite yet, and anew if it was.")
@json_option
@pass_app
def follow_up(app: App, number: str, skip: str | None, via: str | None, at_once: bool, as_json: bool) -> int:
    """Write the next step to a vendor who is silent.

    First the same thread, with something new, then with an offer of help; then another road, a word to the author, an
    offer to take the component over; in the end you decide. Each step has its time: before it nothing is written.
    Nothing is sent.
    """
    found = _look(app, number)
    if skip is not None:
        found = _leave_out(app, found, skip)
    kept = None
    if found.step and not skip and (at_once or via or found.step.due <= app.now):
        kept = (None if at_once or via else _written(found)) or _write(app, found, found.step, via)
    if as_json:
        print_json(_document(app, found, kept))
    elif kept:
        _say_step(found.step)
        show_draft(kept)
    else:
        _say(app, found)
    return EXIT_PERSON if (kept.current.blocked if kept else _is_to_decide(app, found, at_once=at_once)) else 0


def _look(app: App, number: str) -> _Situation:
    """How a submission stands. Raises PlugwatchError where nobody can be silent about it."""
    with app.ledger.reading() as work:
        found = work.submissions.get(number)
        thread = workflow.same_thing(work, found)
        private = workflow.is_private(work, found)
    if found.status in _ENDS:
        raise PlugwatchError(f"{found.name}: {_ENDS[found.status].format(name=found.name)}")
    onward = next((one for one in thread if one.goes_on_from == found.name and one.status != "withdrawn"), None)
    if onward:
        verb = "send" if onward.status == "draft" else "show"
        raise PlugwatchError(f"{found.name} goes on as {onward.name}: 'plugwatch submission {verb} {onward.name}'")
    if found.waits_for_us and found.status in WITH_VENDOR:
        raise PlugwatchError(
            f"{found.name}: they wrote and wait for you: read 'plugwatch submission show {found.name}', then "
            f"'plugwatch submission reply {found.name} --asks WHAT'"
        )
    return _stand(app, found, thread, private=private)


def _stand(app: App, found: Submission, thread: list[Submission], *, private: bool) -> _Situation:
    trails = [workflow.trail_of(one, private=private) for one in thread]
    trail, week = workflow.trail_of(found, private=private), working_week(app)
    step = ladder.next_step(trail, trails, week, now=app.now, roads=_roads(app, found, private=private))
    return _Situation(found, tuple(thread), trail, step, week)


def _roads(app: App, found: Submission, *, private: bool) -> Roads:
    """What is known of the vendor's roads; nobody is asked."""
    from plugwatch.cli.vendor_show import vendor_facts
    from plugwatch.model.roads.routing import advise

    facts = vendor_facts(app, found.component, offline=True)
    advice = advise(facts, security=private, patch=found.patch is not None)
    return Roads({row.road: row.verdict for row in advice.roads}, facts.listed)


def _leave_out(app: App, found: _Situation, reason: str) -> _Situation:
    """Write down that the next step is not taken. Raises PlugwatchError where there is none to leave out.

    That is no word to the vendor: what they wrote meanwhile waits all the same.
    """
    from plugwatch.model.patches.stance import check_reason

    if found.step is None or found.step.step == ladder.LAST:
        raise PlugwatchError(f"{found.submission.name} has no step that could be left out")
    words = ladder.leave_out(found.step.step, check_reason(reason))
    with app.ledger.unit_of_work() as work:
        now = work.submissions.get(found.submission.name)
        work.submissions.add_change(now, Change(now.status, app.now, app.actor, words, by_hand=False))
    return _look(app, found.submission.name)


def _written(found: _Situation) -> Submission | None:
    """The submission, where the text of the step lies there ready: somebody may have worked on it."""
    from plugwatch.cli.going_on import written

    step = found.step
    return found.submission if step and step.kind and written(found.submission, step.kind, step.step) else None


def _write(app: App, found: _Situation, step: Step, via: str | None) -> Submission | None:
    """The draft of a step; None where there is nothing to write but a decision."""
    from plugwatch.cli.going_on import go_on
    from plugwatch.cli.releasing import fork_news

    one = found.submission
    if via and via != one.channel:
        if ROADS[via].public and found.trail.private:
            raise PlugwatchError(f"{one.name} is about security, so it goes to no public road such as {via}")
        return _write_elsewhere(app, found, via)
    if step.step == ladder.LAST:
        return None
    here = step.same_thread or step.kind == "adoption" or via == one.channel
    if not here:
        if step.road is None:
            raise PlugwatchError("no other road is known; choose one with --via ROAD, or leave the step out by --skip")
        return _write_elsewhere(app, found, step.road)
    try:
        fork = fork_news(app, one)
    except PlugwatchError as error:
        note(f"what is new in the fork was not found out: {error}")
        fork = workflow.ForkNews()
    with app.ledger.reading() as work:
        news = workflow.news(work, one, found.thread, fork)
    thread = workflow.thread_of(one, found.week, app.now, step=step.step, news=news, tried=workflow.tried(found.thread))
    return go_on(app, one, "adoption" if step.kind == "adoption" else "follow-up", thread)[0]


def _write_elsewhere(app: App, found: _Situation, road: str) -> Submission:
    """The whole report on another road, which names the earlier one where anybody may read it."""
    from plugwatch.cli.draft_writing import make_order, write_draft

    one = found.submission
    about, to = (one.incident, str(one.component)) if one.incident else (one.patch, None)
    if about is None:
        raise PlugwatchError(f"{one.name} is about no incident and no patch; write the next one by hand")
    order = make_order(app, about, find_road(road), to=to, goes_on_from=one.name)
    if one.remote_url and find_road(one.channel).public:
        order = replace(order, told=replace(order.told, related=order.told.related or one.remote_url))
    return write_draft(app, order)


def _is_to_decide(app: App, found: _Situation, *, at_once: bool) -> bool:
    """Whether the ladder is at its end: they refused, or its last step is due."""
    step = found.step
    if found.submission.status == "rejected":
        return True
    return step is not None and step.step == ladder.LAST and (at_once or step.due <= app.now)


def _document(app: App, found: _Situation, kept: Submission | None) -> dict[str, Any]:
    step = found.step
    ends = found.submission.status == "rejected" or (step is not None and step.step == ladder.LAST)
    return {
        "submission": found.submission.name,
        "step": step.step if step else None,
        "what": STEPS[step.step] if step else None,
        "since": step.since.isoformat() if step else None,
        "working_days": step.days if step else None,
        "due": step.due.isoformat() if step else None,
        "polite": step is not None and step.due <= app.now,
        "road": step.road if step else None,
        "why": step.why if step else None,
        "left_out": list(step.left_out) if step else [],
        "decide": list(ladder.decision(found.trail)) if ends else [],
        "draft": document(kept) if kept else None,
    }


def _say(app: App, found: _Situation) -> None:
    """What there is to do where nothing was written."""
    from plugwatch.model.when import short_time

    one, step = found.submission, found.step
    if one.status == "rejected" or (step and step.step == ladder.LAST and step.due <= app.now):
        click.echo(f"{one.name}: {'the vendor refused it' if one.status == 'rejected' else 'nobody answers'}; decide:")
        for sentence in ladder.decision(found.trail):
            click.echo(f"  {sentence}")
        tried = workflow.tried(found.thread)
        for attempt in tried:
            note(f"  tried: {attempt}")
    elif step is None:
        click.echo(f"{one.name}: the vendor is not silent; they have answered about the same elsewhere")
        next_step(f"plugwatch submission show {one.name}")
    else:
        _say_step(step)
        when = short_time(step.due.astimezone(app.zone), app.now)
        click.echo(f"{one.name}: it is polite from {when} on; --now writes it all the same")
        next_step("plugwatch today")


def _say_step(step: Step | None) -> None:
    if step:
        note(f"step {step.step} of {ladder.LAST}: {STEPS[step.step]}")
        note(f"  {step.why}")
        for sentence in step.left_out:
            note(f"  {sentence}")
