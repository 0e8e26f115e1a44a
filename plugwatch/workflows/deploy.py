"""Put a build of ours, or a release as the vendor ships it, on sites: one after the other, seen before and after.

Each site keeps its old copy until the new one has been looked at; whatever is not as it must be is put back at once.
The row in the ledger comes first, so that a killed run leaves a trace, and the next one ends what it began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from plugwatch.errors import EXIT_ERROR, EXIT_PERSON, EXIT_UNKNOWN, PlugwatchError, UnknownError
from plugwatch.model.deployments.deploying import (
    Copy,
    Look,
    ObstacleError,
    SiteRefusedError,
    Visit,
    check_held,
    check_known,
    check_look,
    check_space,
    recognise,
    worse,
)
from plugwatch.model.deployments.deployment import BUILD, DONE, FAILED, PUT_BACK, UNKNOWN, Deployment
from plugwatch.model.evidence.evidence import OTHER, PATCHED, TAMPERED
from plugwatch.model.site import Site
from plugwatch.workflows.deploy_recovery import settle
from plugwatch.workflows.deploy_step import (
    ALREADY,
    NOT_TRIED,
    PLANNED,
    REFUSED,
    STOPPING,
    UNASKED,
    Order,
    Outcome,
    Package,
    Step,
    Tools,
)

_NO_PAGE = 400
_NOT_KNOWN = "so whether its pages work is not known"


def deploy(sites: Sequence[Site], order: Order, tools: Tools, tell: Callable[[Outcome], None]) -> list[Outcome]:
    """Each site in its order, told as it is done; after a failure, or a canary that did not take it, no further one."""
    outcomes: list[Outcome] = []
    stopped = ""
    for site in sites:
        if stopped:
            one = Outcome(site.slug, NOT_TRIED, why=f"{stopped} did not take it")
        else:
            one = _deploy_one(site, order, tools)
        if order.send and (one.state in STOPPING or (site.slug == order.canary and one.exit_code)):
            stopped = stopped or site.slug
        outcomes.append(one)
        tell(one)
    return outcomes


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """That of a whole run: a person, then an error, then the unknown."""
    found = {one.exit_code for one in outcomes}
    return next((code for code in (EXIT_PERSON, EXIT_ERROR, EXIT_UNKNOWN) if code in found), max(found, default=0))


def _deploy_one(site: Site, order: Order, tools: Tools) -> Outcome:
    try:
        with tools.lock(site):
            return _go_to(Step(order, tools, site, tools.ground(site)))
    except UnknownError as error:
        return Outcome(site.slug, UNASKED, str(error), exit_code=error.exit_code)
    except PlugwatchError as error:
        return Outcome(site.slug, REFUSED, str(error), exit_code=error.exit_code)


def _go_to(step: Step) -> Outcome:
    """Look, and do it or tell what would be done."""
    look = step.ground.look()
    settled = settle(step, look)
    if isinstance(settled, Outcome):
        return settled
    look = settled
    wanted, package = step.tools.wanted(step.site)
    check_look(look, step.order.component, wanted, step.where)
    found = recognise(look, step.order.component, step.tools.known)
    there = str(found or f"unknown files, called {look.version}")
    if look.files == wanted.as_on(step.order.component, look.single):
        return Outcome(step.site.slug, ALREADY, "it is there already", there, str(wanted), notes=tuple(step.notes))
    for check in (
        lambda: check_known(look, step.order.component, list(step.tools.known), step.where) if not found else None,
        lambda: check_held(step.order.component, wanted, step.order.holds, step.where),
    ):
        _pass(step, check)
    packed = package(look.single)
    check_space(look, packed.size + packed.zip.stat().st_size + (4 << 20), step.where)
    sent = _carry_out(step, look, found, wanted, packed) if step.order.send else Outcome(step.site.slug, PLANNED)
    return replace(sent, found=there, wanted=str(wanted), notes=tuple(step.notes))


def _pass(step: Step, check: Callable[[], None]) -> None:
    try:
        check()
    except ObstacleError as obstacle:
        if not (obstacle.overridable and step.order.anyway):
            raise
        what, _, _advice = str(obstacle).removeprefix(f"{step.where}: ").rpartition("; ")
        step.notes.append(f"passed over ({step.order.anyway}): {what}")


def _carry_out(step: Step, look: Look, found: Copy | None, wanted: Copy, package: Package) -> Outcome:
    """The row, the snapshot, the change, the look at it; put back where anything is wrong."""
    row = _row(step, look, found, wanted)
    step.tools.records.begun(row)
    out = step.tools.snapshot_path(step.site)
    try:
        before = step.visit(look)
        step.ground.snapshot(look, out)
    except PlugwatchError as error:
        step.end(row, FAILED, str(error))
        return Outcome(step.site.slug, FAILED, f"{error}; nothing was changed", exit_code=error.exit_code)
    row = replace(row, snapshot=str(out), kept_at="beside it on the site")
    step.tools.records.changed(row)
    try:
        step.notes.extend(step.ground.place(package, wanted, look, row.id))
    except SiteRefusedError as error:
        if error.word != "error":
            step.end(row, FAILED, str(error))
            return Outcome(step.site.slug, FAILED, f"{error}; nothing was changed", exit_code=error.exit_code)
        return _put_back(step, row, look, str(error))
    except PlugwatchError as error:
        return _put_back(step, row, look, str(error))
    return _verify(step, row, look, wanted, before)


def _verify(step: Step, row: Deployment, old: Look, wanted: Copy, before: Visit) -> Outcome:
    """See whether it is there, switched on as before, and whether the site still answers."""
    try:
        look = step.ground.look()
    except PlugwatchError as error:
        return _put_back(step, row, old, f"it could not be looked at afterwards: {error}")
    wrong = None
    if look.files != wanted.as_on(step.order.component, look.single):
        wrong = "the files there are not those that were sent"
    elif look.active != old.active:
        wrong = f"it is {', '.join(look.active) or 'not active'} now and was {', '.join(old.active) or 'not active'}"
    else:
        wrong = worse(before, _see(step, look, before))
    if wrong:
        return _put_back(step, row, old, wrong)
    try:
        step.ground.finish(row.id)
    except PlugwatchError as error:
        why = f"it is there and works, but the old copy beside it remains ({error}); run this command again"
        return Outcome(step.site.slug, UNKNOWN, why, snapshot=row.snapshot, exit_code=EXIT_PERSON)
    step.arrive(row, look, "; ".join(step.notes) or None)
    return Outcome(step.site.slug, DONE, snapshot=row.snapshot)


def _see(step: Step, look: Look, before: Visit) -> Visit:
    """What a visitor gets once PHP has noticed that the files are others."""
    if look.rereads < 0:
        step.notes.append("PHP there does not notice changed files by itself: restart it, then look at the site")
    elif before.status is not None:
        step.tools.pause(look.rereads + 0.5)
    after = step.visit(look)
    if after.status is None and before.status is None:
        started = "WordPress starts with it there, but " if after.starts else ""
        step.notes.append(f"{started}the site's address gave no page of its own, {_NOT_KNOWN}")
    elif _is_no_page(before) and _is_no_page(after):
        step.notes.append(f"the site gives {after.kind} and gave {before.kind} before, {_NOT_KNOWN}")
    return after


def _is_no_page(seen: Visit) -> bool:
    """Whether an answer shows nothing of the site, such as the question for a password."""
    return seen.status is not None and (seen.status >= _NO_PAGE or not seen.works)


def _put_back(step: Step, row: Deployment, old: Look, why: str) -> Outcome:
    """Put the old copy in its place again, and see that it is there."""
    try:
        step.ground.put_back(row.id)
        same = step.ground.look().digest == old.digest
        doubt = "" if same else "what is there now is not what was there before"
    except PlugwatchError as error:
        doubt = str(error)
    if doubt:
        row = replace(row, state=UNKNOWN, note=f"{why}; {doubt}")
        step.tools.records.changed(row)
        sentence = f"{why}; putting it back is not known to have worked ({doubt}): look at the site now"
        return Outcome(step.site.slug, UNKNOWN, sentence, snapshot=row.snapshot, exit_code=EXIT_PERSON)
    step.end(row, PUT_BACK, why)
    sentence = f"{why}; the old copy is in its place again"
    return Outcome(step.site.slug, PUT_BACK, sentence, snapshot=row.snapshot, exit_code=EXIT_ERROR)


def _row(step: Step, look: Look, found: Copy | None, wanted: Copy) -> Deployment:
    order = step.order
    return Deployment(
        id=step.tools.new_id(),
        run=order.run,
        component=order.component,
        site=step.site.slug,
        kind=order.kind,
        version=wanted.version,
        actor=order.actor,
        started_at=step.tools.later(),
        incident=order.incident,
        version_before=found.version if found else look.version,
        state_before=TAMPERED if found is None else PATCHED if found.kind == BUILD else OTHER,
        note=order.anyway,
    )
