"""What an earlier deployment left behind on a site, because it was killed or the site went away: ended, never half."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from plugwatch.errors import EXIT_PERSON, UnknownError
from plugwatch.model.deployments.deploying import Look, ObstacleError, recognise
from plugwatch.model.deployments.deployment import BACK, DONE, FAILED, PUT_BACK, RUNNING, UNKNOWN, Deployment
from plugwatch.workflows.deploy_step import ALREADY, PLANNED, Outcome, Step


def settle(step: Step, look: Look) -> Look | Outcome:
    """End what an earlier command began here, where there is such a thing; the look at what is there then."""
    rows = step.tools.records.of(step.site)
    waiting = _open_rows(rows)
    job = look.job
    if job is None and not waiting:
        return look
    if job and job.busy:
        raise UnknownError(f"{step.where}: a deployment of it runs there just now; wait for its end")
    if not step.order.send:
        why = "an earlier deployment here has not ended; --send ends it first"
        return Outcome(step.site.slug, PLANNED, why, found="not known", exit_code=EXIT_PERSON)
    row = next((one for one in waiting if job and one.id == job.id), None)
    if job and job.id and row is None and not step.order.anyway:
        raise ObstacleError(
            f"{step.where}: somebody began a deployment there that this workspace does not know; end it where it was "
            "begun, or put the old copy back with --anyway REASON",
            decide=True,
        )
    if job:
        outcome = _end_job(step, look, row)
        look = step.ground.look()
        if outcome:
            return outcome
    untouched = [outcome for one in waiting if one is not row and (outcome := _end_row(step, look, one))]
    # What is to be taken back is the one that was broken off, not the one before it.
    return untouched[-1] if untouched and step.order.kind == BACK else look


def _open_rows(rows: Sequence[Deployment]) -> list[Deployment]:
    """Those that are not known to have ended, and that nothing later has made good."""
    last = max((n for n, one in enumerate(rows) if one.state in (DONE, PUT_BACK)), default=-1)
    return [one for one in rows[last + 1 :] if one.state in (RUNNING, UNKNOWN)]


def _end_job(step: Step, look: Look, row: Deployment | None) -> Outcome | None:
    """Finish what is whole and works there, else put the old copy back; an outcome where that is all that is asked."""
    job = look.job
    if job is None:
        return None
    whole = look.digest == job.after and row is not None
    if whole and (not job.kept or (step.order.kind != BACK and step.visit(look).works)):
        step.ground.finish(job.id)
        step.notes.append("an earlier deployment here was whole and was ended")
        if row:
            step.arrive(row, look, "found there by a later command")
        return None
    step.ground.put_back(job.id)
    step.notes.append("an earlier deployment here was not ended, so the old copy was put back")
    if row:
        step.end(row, PUT_BACK, "put back by a later command")
    if step.order.kind != BACK:
        return None
    found, before = (row.version, row.version_before or "") if row else ("an unfinished deployment", "")
    return Outcome(step.site.slug, DONE, "the old copy was put back", found, before, notes=tuple(step.notes))


def _end_row(step: Step, look: Look, row: Deployment) -> Outcome | None:
    """A row that nothing on the site speaks of: judged by what is there; an outcome where nothing had been changed."""
    found = recognise(look, row.component, step.tools.known)
    if found and found.version == row.version:
        step.arrive(row, look, "found there by a later command")
        return None
    if found and found.version == row.version_before:
        step.end(row, FAILED, "nothing had been changed, as a later command found")
        why = f"the deployment of {row.version} was broken off before it changed anything"
        return Outcome(step.site.slug, ALREADY, why, str(found), str(found))
    step.tools.records.changed(replace(row, state=UNKNOWN, note="neither the old copy nor the new one is there"))
    if not (step.order.anyway or step.order.kind == BACK):
        raise ObstacleError(
            f"{step.where}: a deployment of {row.version} was broken off, and neither that nor what was there before "
            "is there now; look at the site, then put a snapshot back with --back, or go on with --anyway REASON",
            decide=True,
        )
    return None
