"""Looks after what lies with vendors: asks the trackers, compares the releases, and writes the texts that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from plugwatch.cli.agreeing import working_week
from plugwatch.cli.context import App, note
from plugwatch.errors import PlugwatchError
from plugwatch.model.roads.released import OPEN
from plugwatch.model.roads.submitted import Submission
from plugwatch.workflows import released as releases
from plugwatch.workflows import watch as watches
from plugwatch.workflows.follow_up import thread_of
from plugwatch.workflows.released import Released
from plugwatch.workflows.watch import Row


@dataclass(frozen=True)
class LookedAfter:
    """What was asked, what was not due (as it stands), and what the releases say."""

    rows: Sequence[Row] = ()
    others: Sequence[Row] = ()
    released: Sequence[Released] = ()

    def needs_person(self) -> list[str]:
        """A sentence for everything that somebody must see to."""
        judged = {one.submission.name for one in self.released if one.judged.fixed_in}
        found = [releases.needs_person(row) for row in self.released]
        found += [
            watches.needs_person(row.submission, row.remarks)
            for row in (*self.rows, *self.others)
            if row.submission.name not in judged
        ]
        found += [watches.error_of(row) for row in self.rows if row.error and not row.is_unknown]
        return [sentence for sentence in found if sentence]

    def unknown(self) -> list[str]:
        """A sentence for everything that could not be known."""
        found = [watches.error_of(row) for row in self.rows if row.is_unknown]
        found += [watches.error_of(row) for row in self.others]
        found += [f"{row.submission.name}: {row.error}" for row in self.released if row.is_unknown]
        return [sentence for sentence in found if sentence]


def open_submissions(app: App) -> list[Submission]:
    """What was sent and has no end."""
    with app.ledger.reading() as work:
        return [one for one in work.submissions.all() if one.status in (*OPEN, "rejected")]


def due_names(app: App, found: Sequence[Submission]) -> list[str]:
    """The names of those whose tracker is to be asked now; what went by mail is looked for from now on, and so are
    topics whose address nobody has told."""
    from plugwatch.cli.watching import watch_forum, watch_mail

    if any(one.watch is None for one in found):
        for sentence in watch_forum(app, found):
            note(f"not known: {sentence}")
        with app.ledger.unit_of_work() as work:
            watch_mail(app, work, found)
    with app.ledger.reading() as work:
        return list(work.submissions.due(app.now))


def look_after(app: App, asked: Sequence[str], judged: Sequence[Submission]) -> LookedAfter:
    """Ask what became of some submissions, and compare releases with what was sent in some; releases are there already.

    What follows is drafted: thanks where a release holds the fix, a question where it should and does not.
    """
    rows = _ask(app, asked)
    claims = {row.submission.name: row.seen.releases for row in rows if row.seen}
    released = _judge(app, [one.name for one in judged], claims)
    for one in released:
        _draft(app, one)
    by_now = {row.submission.name for row in rows}
    with app.ledger.reading() as work:
        others = [work.submissions.get(one.name) for one in judged if one.name not in by_now]
    return LookedAfter(rows, [Row(one, one.status) for one in others], released)


def _ask(app: App, asked: Sequence[str]) -> list[Row]:
    from plugwatch.cli.progressing import progress
    from plugwatch.cli.watching import trackers

    rows = []
    with progress("asking vendors' trackers", len(asked)) as advance:
        for row in watches.poll(app.ledger, trackers(app), asked, actor=app.actor, now=app.now):
            rows.append(row)
            advance()
    return rows


def _judge(app: App, names: Sequence[str], claims: dict[str, tuple[str, ...]]) -> list[Released]:
    if not names:
        return []
    from plugwatch.cli.progressing import progress
    from plugwatch.cli.releasing import judging

    with judging(app) as verdicts, progress("comparing with releases"):
        return list(
            releases.look(app.ledger, names, verdicts, lambda name: claims.get(name, ()), actor=app.actor, now=app.now)
        )


def _draft(app: App, row: Released) -> None:
    """The text that follows from what is new; what cannot be written is told, and everything else goes on."""
    if not row.is_new:
        return
    from plugwatch.cli.going_on import go_on

    one, judged = row.submission, row.judged
    kind, fact = ("thanks", {"fixed_in": judged.fixed_in}) if judged.fixed_in else _missing(judged.missing_in)
    try:
        go_on(app, one, kind, thread_of(one, working_week(app), app.now, **fact))
    except PlugwatchError as error:
        note(f"{one.name}: the text that follows could not be written: {error}")


def _missing(version: str | None) -> tuple[str, dict[str, str | None]]:
    return "follow-up", {"missing_in": version}


# What is told


def document(found: LookedAfter, app: App) -> dict[str, Any]:
    """The rows as JSON shows them."""
    return {
        "submissions": [row_document(row, app) for row in found.rows],
        "released": [_released_document(row) for row in found.released],
    }


def row_document(row: Row, app: App) -> dict[str, Any]:
    """What a look at one submission came to."""
    one, watch = row.submission, row.submission.watch
    due = watch.next_check.astimezone(app.zone).isoformat() if watch and watch.next_check else None
    return {
        "submission": one.name,
        "component": str(one.component),
        "channel": one.channel,
        "status": one.status,
        "was": row.was,
        "remote_url": one.remote_url,
        "remote_status": watch.remote if watch else None,
        "next_check": due,
        "changed": list(row.said),
        "remarks": [
            {
                "at": remark.at.astimezone(app.zone).isoformat(),
                "who": remark.who,
                "kind": remark.kind,
                "words": remark.words,
                "human": remark.human,
            }
            for remark in row.remarks
        ],
        "waits_for_us": one.waits_for_us,
        "error": str(row.error) if row.error else None,
    }


def _released_document(row: Released) -> dict[str, Any]:
    judged = row.judged
    return {
        "submission": row.submission.name,
        "patch": row.submission.patch,
        "status": row.submission.status,
        "fixed_in": judged.fixed_in,
        "missing_in": judged.missing_in,
        "doubtful": judged.doubtful,
        "claimed": list(row.claimed),
        "evidence": list(judged.evidence),
        "new": row.is_new,
        "sites": [{"site": site.site, "client": site.client, "version": site.version} for site in row.sites],
        "next": [] if row.error else releases.commands(row),
        "error": str(row.error) if row.error else None,
    }
