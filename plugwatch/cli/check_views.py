"""What ``plugwatch check`` tells: one JSON document, or rows and sentences on a screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import click

from plugwatch.cli.context import App, next_step, note

if TYPE_CHECKING:
    from plugwatch.cli.checked_night import Night
    from plugwatch.cli.looking_after import LookedAfter
    from plugwatch.model.deployments.deployment import Deployment
    from plugwatch.model.fork import Plan
    from plugwatch.model.patches.retirement import Retirement
    from plugwatch.model.verdicts.relapse import Relapse
    from plugwatch.workflows.check import Checked, Forecast, Lost, Offer
    from plugwatch.workflows.releases import Kept


def document(app: App, night: Night) -> dict[str, Any]:
    """All of it as one document, but for the sentences."""
    from plugwatch.cli.check_security import alarm_document, feed_document
    from plugwatch.cli.looking_after import document as vendors_document
    from plugwatch.cli.patch_views import finding_document
    from plugwatch.cli.site_lists import row_document

    checked = night.checked
    return {
        "security": [alarm_document(alarm, night.names) for alarm in checked.alarms],
        "feed": feed_document(app, night.heard),
        "built": [row.document() for row in night.built],
        "sites": [row_document(row) for row in checked.sites],
        "releases": [*map(_silent_document, checked.silent), *map(_kept_document, checked.releases)],
        "forecasts": [_forecast_document(row) for row in checked.forecasts],
        "relapses": [_relapse_document(relapse) for relapse in checked.relapses],
        "lost_patches": [_lost_document(one) for one in checked.missed],
        "to_move": [_leaving_document(one) for one in night.stepped.waiting],
        "retired": [_leaving_document(one) for one in night.stepped.retired],
        "deployments": [deployment_document(one, app.zone) for one in night.deployments],
        "lint": [finding_document(finding) for finding in checked.findings],
    } | vendors_document(night.vendors, app)


def deployment_document(one: Deployment, zone: tzinfo) -> dict[str, Any]:
    """A deployment without a known end as JSON shows it."""
    return {
        "component": str(one.component),
        "site": one.site,
        "version": one.version,
        "kind": one.kind,
        "state": one.state,
        "actor": one.actor,
        "started_at": one.started_at.astimezone(zone).isoformat(),
        "incident": one.incident,
    }


def _lost_document(one: Lost) -> dict[str, Any]:
    return {
        "site": one.site,
        "client": one.client,
        "component": str(one.component),
        "build": one.before,
        "version": one.after,
        "state": one.state,
        "certainty": one.certainty,
        "incidents": list(one.incidents),
        "summary": one.sentence,
    }


def _leaving_document(one: Retirement) -> dict[str, Any]:
    dropped = one.dropped
    return {
        "patch": dropped.patch,
        "title": dropped.title,
        "component": str(dropped.component),
        "version": dropped.version,
        "incident": dropped.incident,
        "sites": [site.site for site in one.to_move],
    }


def _silent_document(offer: Offer) -> dict[str, Any]:
    return {
        "component": str(offer.component),
        "version": None,
        "reason": "newest",
        "sites": [],
        "kept": False,
        "source": None,
        "error": str(offer.error),
    }


def _kept_document(kept: Kept) -> dict[str, Any]:
    imported, missing = kept.imported, kept.missing
    return {
        "component": str(missing.component),
        "version": missing.version,
        "reason": "runs" if missing.sites else "newest",
        "sites": list(missing.sites),
        "kept": imported is not None,
        "source": imported.note.source if imported else None,
        "error": str(kept.error) if kept.error else None,
    }


def _forecast_document(row: Forecast) -> dict[str, Any]:
    plan = row.plan
    return {
        "component": str(row.component),
        "from": plan.source if plan else None,
        "to": plan.target.version if plan else None,
        "status": plan.status if plan else None,
        "patches": [
            {
                "id": outcome.patch.id,
                "title": outcome.patch.title,
                "verdict": outcome.verdict,
                "confidence": outcome.confidence,
                "accepted": outcome.accepted,
            }
            for outcome in (plan.outcomes if plan else ())
        ],
        "error": str(row.error) if row.error else None,
    }


def _relapse_document(relapse: Relapse) -> dict[str, Any]:
    return {
        "component": str(relapse.component),
        "patch": relapse.patch.id,
        "title": relapse.patch.title,
        "found_in": relapse.found_in,
        "release": relapse.release,
    }


def show(app: App, night: Night, person: Sequence[str], missed: Sequence[str]) -> None:
    """Rows for what is new, then the sentences, and what the sources of some of them want said."""
    from plugwatch.render.terminal import clean, show_table

    checked, vendors = night.checked, night.vendors
    rows = [*_site_rows(checked), *_release_rows(checked), *_forecast_rows(checked), *_vendor_rows(vendors)]
    if rows:
        show_table(("PART", "WHAT", "STATE", "DETAIL"), rows)
    for sentence in person:
        click.echo(clean(f"needs a person: {sentence}"))
    for sentence in missed:
        click.echo(clean(f"not known: {sentence}"))
    for sentence in (alarm.sentence for alarm in checked.alarms if not alarm.needs_person):
        click.echo(clean(f"good to know: {sentence}"))
    for sentence in (*night.stepped.sentences, *night.stepped.said, *map(str, night.built)):
        click.echo(clean(sentence))
    if not person and not missed:
        note("nothing needs a person")
    _remark(app, night)
    _say_what_next(night, missed)


def _remark(app: App, night: Night) -> None:
    """What the sources want said, how old the feed is, and what one would add where there is none."""
    from plugwatch.cli.check_security import say_feed
    from plugwatch.model.security.concerns import attributions
    from plugwatch.render.terminal import clean

    for text in attributions(alarm.concern for alarm in night.checked.alarms):
        note("\n".join(map(clean, text.splitlines())))
    said = say_feed(app, night.heard)
    if said:
        note(f"note: {clean(said)}")
    if not night.heard.named and (night.checked.views or night.checked.sites):
        note(
            "note: no vulnerability feed is set; with vulnerabilities.feed in plugwatch.toml (a downloaded copy of "
            "Wordfence Intelligence) known vulnerabilities of what sites run are told here"
        )


def _site_rows(checked: Checked) -> Iterator[tuple[str, str, str, str | None]]:
    """The sites that have changed or did not answer."""
    for row in checked.sites:
        changes = row.taken.result.changes if row.taken else None
        if changes is None:
            yield "site", row.name, "failed", None
        elif changes.added or changes.changed or changes.removed:
            counts = f"{len(changes.added)} added, {len(changes.changed)} changed, {len(changes.removed)} removed"
            yield "site", row.name, "changed", counts


def _release_rows(checked: Checked) -> Iterator[tuple[str, str, str, str | None]]:
    for offer in checked.silent:
        yield "release", str(offer.component), "not told", None
    for kept in checked.releases:
        what, sites = f"{kept.missing.component} {kept.missing.version}", ", ".join(kept.missing.sites[:3])
        yield "release", what, "kept" if kept.imported else "failed", f"on {sites}" if sites else "the newest"


def _forecast_rows(checked: Checked) -> Iterator[tuple[str, str, str, str | None]]:
    for row in checked.forecasts:
        plan = row.plan
        if plan is None:
            yield "fork", str(row.component), "failed", None
        else:
            verdicts = ", ".join(outcome.verdict for outcome in plan.outcomes)
            yield "fork", f"{row.component} {plan.source} → {plan.target.version}", plan.status, verdicts


def _vendor_rows(vendors: LookedAfter) -> Iterator[tuple[str, str, str, str | None]]:
    """The submissions of which something is new, or could not be known."""
    for row in vendors.rows:
        if row.error or row.changed:
            state = "failed" if row.error else row.submission.status
            yield (
                "submission",
                row.submission.name,
                state,
                row.submission.watch.remote if row.submission.watch else None,
            )


def _say_what_next(night: Night, missed: Sequence[str]) -> None:
    from plugwatch.model.patches.lint import commands
    from plugwatch.model.patches.stepping import ways_on

    checked = night.checked
    plans = [row.plan for row in checked.forecasts if row.plan]
    waiting: Plan | None = next((plan for plan in plans if plan.status != "clean"), None)
    steps: Sequence[str] = ()
    if any(alarm.concern.can_build for alarm in checked.alarms):
        steps = ["plugwatch check --build"]
    elif any(row.built for row in night.built):
        steps = ["plugwatch fork publish"]
    elif waiting:
        steps = [f"plugwatch fork forecast {waiting.component} --to {waiting.target.version}"]
    elif checked.findings:
        steps = [*commands(checked.findings), "plugwatch patch lint"]
    elif plans:
        steps = [f"plugwatch fork upgrade {plans[0].component} --to {plans[0].target.version}"]
    elif night.stepped.waiting:
        first = night.stepped.waiting[0]
        steps = ways_on(first.dropped, first.to_move)
    elif night.stepped.tell:
        steps = [f"plugwatch incident tell {night.stepped.tell[0].partition(':')[0]}"]
    doctor = ["plugwatch doctor --network"] if missed else []
    next_step(*(steps or doctor or ["plugwatch fork list"]), *(doctor if steps else ()))
