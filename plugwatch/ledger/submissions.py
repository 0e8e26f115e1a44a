"""What was written for vendors, where it went, and what came back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from plugwatch.errors import NotFoundError
from plugwatch.ledger.components import Components
from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.ids import new_id
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.component import Component
from plugwatch.model.roads.history import sum_up
from plugwatch.model.roads.posting import Delivered
from plugwatch.model.roads.submission import Check
from plugwatch.model.roads.submitted import Change, Post, Submission, SubmissionFile
from plugwatch.model.roads.watch import Remark, Watch
from plugwatch.model.vendors.facts import RoadHistory


class Submissions:
    """Every text that was made for a vendor, and the watch on what became of it."""

    def __init__(self, connection: Connection, components: Components) -> None:
        self._queries = Queries(connection, "submissions")
        self._components = components

    # Writing

    def add(self, submission: Submission, incident_id: str | None) -> None:
        """Keep a new submission, whose number was taken from the counter, with its posts and changes."""
        self._queries.run(
            "insert",
            id=new_id(),
            incident_id=incident_id,
            patch_id=submission.patch,
            component_id=self._components.get_or_create(submission.component),
            channel=submission.channel,
            goes_on_from=int(submission.goes_on_from.removeprefix("SUB-")) if submission.goes_on_from else None,
            created_at=to_text(submission.created_at),
            actor=submission.actor,
            **_state(submission),
        )
        for post in submission.posts:
            self.add_post(submission, post)
        for change in submission.changes:
            self.add_change(submission, change)
        if submission.watch:
            self.set_watch(submission, submission.watch)

    def update(self, submission: Submission) -> None:
        """Write what can change of a submission itself: its status, where it went, and the fields beside them."""
        self._queries.run("update", **_state(submission))

    def change(self, submission: Submission, change: Change) -> None:
        """Write a submission with its new status, and who gave it that."""
        self.update(submission)
        self.add_change(submission, change)

    def add_post(self, submission: Submission, post: Post) -> None:
        """A further text of a submission."""
        self._queries.run(
            "insert_post",
            id=post.id,
            number=submission.number,
            kind=post.kind,
            state=post.state,
            title=post.title,
            body=post.body,
            url=post.url,
            remote_url=post.remote_url,
            detail=post.detail,
            mail_id=post.mail_id,
            asks=post.asks,
            step=post.step,
            labels="\n".join(post.labels) or None,
            as_draft=int(post.as_draft),
            commit_id=post.commit,
            theirs="\n".join(sorted(post.theirs)) or None,
            created_at=to_text(post.created_at),
            tried_at=_text(post.tried_at),
            sent_at=_text(post.sent_at),
            actor=post.actor,
        )
        self._add_parts(post)

    def rewrite_post(self, post: Post) -> bool:
        """Put another title, body, files and checks into a text; False where it is no draft any more."""
        if not self._queries.run("rewrite_post", id=post.id, title=post.title, body=post.body, url=post.url):
            return False
        self._queries.run("delete_files", post_id=post.id)
        self._queries.run("delete_checks", post_id=post.id)
        self._add_parts(post)
        return True

    def claim(self, post: Post, claim: str, *, actor: str, now: datetime, dead: datetime) -> bool:
        """Take it on oneself to send a text; False where somebody else has, and that since ``dead``.

        ``claim`` is ``PLACE:TOKEN``: only one process of a place sends a text at a time, so a claim of the same place
        is that of one who died.
        """
        place = claim.partition(":")[0] + ":"
        given = {"id": post.id, "claim": claim, "actor": actor, "now": to_text(now), "dead": to_text(dead)}
        return self._queries.run("claim", place=place, length=len(place), **given) == 1

    def claimed_by(self, post: Post) -> tuple[str, datetime] | None:
        """Who is sending a text, and since when."""
        row = self._queries.row("claimed", id=post.id)
        return (row[0], from_text(row[1])) if row else None

    def hand(self, post: Post, claim: str, *, commit: str | None = None, now: datetime) -> bool:
        """Say that a text goes out now, with the commit that it offers; False where the claim is no longer ours."""
        return self._queries.run("hand", id=post.id, claim=claim, commit_id=commit, now=to_text(now)) == 1

    def settle(self, post: Post, claim: str, delivered: Delivered, *, now: datetime) -> bool:
        """Say what became of a text."""
        sent = to_text(now) if delivered.state == "sent" else None
        given = {"state": delivered.state, "remote_url": delivered.url, "detail": delivered.detail or None}
        return self._queries.run("settle", id=post.id, claim=claim, sent_at=sent, **given) == 1

    def let_go(self, post: Post, claim: str) -> None:
        """Give a claim back."""
        self._queries.run("let_go", id=post.id, claim=claim)

    def set_state(self, post: Post, state: str, *, url: str | None = None, sent_at: datetime | None = None) -> None:
        """What a person says became of a text."""
        self._queries.run("set_state", id=post.id, state=state, remote_url=url, sent_at=_text(sent_at))

    def add_change(self, submission: Submission, change: Change) -> None:
        """A line in the history of a submission."""
        self._queries.run(
            "insert_change",
            id=new_id(),
            number=submission.number,
            status=change.status,
            note=change.note,
            by_hand=int(change.by_hand),
            at=to_text(change.at),
            actor=change.actor,
        )

    def set_watch(self, submission: Submission, watch: Watch) -> None:
        """Begin a watch, or write what it has come to."""
        self._queries.run(
            "set_watch",
            number=submission.number,
            url=watch.url,
            tracker=watch.tracker,
            remote=watch.remote,
            changed_at=_text(watch.changed_at),
            checked_at=_text(watch.checked_at),
            next_check=_text(watch.next_check),
            error=watch.error,
            failures=watch.failures,
            etag=watch.etag,
            by_hand=watch.by_hand,
        )

    def add_remarks(self, submission: Submission, remarks: Iterable[Remark], *, now: datetime) -> list[Remark]:
        """Keep what was said at the vendor's; those that were not known before."""
        return [
            remark
            for remark in remarks
            if self._queries.run(
                "add_remark",
                number=submission.number,
                remote_id=remark.id,
                at=to_text(remark.at),
                who=remark.who,
                kind=remark.kind,
                words=remark.words,
                human=int(remark.human),
                seen_at=to_text(now),
            )
        ]

    # Reading

    def get(self, text: str) -> Submission:
        """The submission of ``SUB-3`` or ``3``; NotFoundError where there is none."""
        match = re.fullmatch(r"(?:SUB-)?(\d{1,18})", text.strip(), re.IGNORECASE)
        row = self._queries.row("by_number", number=int(match[1])) if match else None
        if row is None:
            raise NotFoundError(f"there is no submission '{text}'; see 'plugwatch submission list'")
        return self._submission(row)

    def all(self) -> Sequence[Submission]:
        """All submissions, the newest first."""
        return [self._submission(row) for row in self._queries.rows("all")]

    def of_incident(self, incident_id: str) -> Sequence[Submission]:
        """The submissions about an incident, the earliest first."""
        return [self._submission(row) for row in self._queries.rows("of_incident", incident_id=incident_id)]

    def of_component(self, component: Component) -> Sequence[Submission]:
        """What was written to the vendor of a component, the earliest first."""
        component_id = self._components.find(component)
        rows = self._queries.rows("of_component", component_id=component_id) if component_id else ()
        return [self._submission(row) for row in rows]

    def history(self, component: Component) -> list[RoadHistory]:
        """What became of what was sent to the vendor of a component, by road."""
        return sum_up(self.of_component(component))

    def due(self, now: datetime) -> Sequence[str]:
        """The names of those whose tracker should be asked now."""
        return [f"SUB-{row[0]}" for row in self._queries.rows("due", now=to_text(now))]

    def _add_parts(self, post: Post) -> None:
        files, checks = enumerate(post.files), enumerate(post.checks)
        self._queries.run_many(
            "insert_file", [{"post_id": post.id, "position": n, "name": f.name, "path": f.path} for n, f in files]
        )
        self._queries.run_many(
            "insert_check",
            [
                {"post_id": post.id, "position": n, "name": c.check, "ok": int(c.ok), "detail": c.detail}
                for n, c in checks
            ],
        )

    def _submission(self, row: Row) -> Submission:
        row_id, number, incident, patch, kind, slug, channel, status, *rest = row
        target, remote_url, version, branch, commit, fixed_in, earlier, created_at, actor = rest
        watch = self._queries.row("watch", submission_id=row_id)
        return Submission(
            number=number,
            incident=f"INC-{incident}" if incident else None,
            patch=patch,
            component=Component(kind, slug),
            channel=channel,
            status=status,
            posts=tuple(self._post(post) for post in self._queries.rows("posts", submission_id=row_id)),
            created_at=from_text(created_at),
            actor=actor,
            target=target,
            remote_url=remote_url,
            version=version,
            branch=branch,
            commit=commit,
            fixed_in=fixed_in,
            goes_on_from=f"SUB-{earlier}" if earlier else None,
            watch=_watch(watch) if watch else None,
            changes=tuple(_change(change) for change in self._queries.rows("changes", submission_id=row_id)),
            remarks=tuple(_remark(remark) for remark in self._queries.rows("remarks", submission_id=row_id)),
        )

    def _post(self, row: Row) -> Post:
        row_id, kind, state, title, body, created_at, actor, mail_id, url, remote_url, detail, *rest = row
        asks, step, labels, as_draft, commit, theirs, tried_at, sent_at = rest
        return Post(
            id=row_id,
            kind=kind,
            state=state,
            title=title,
            body=body,
            created_at=from_text(created_at),
            actor=actor,
            mail_id=mail_id,
            files=tuple(SubmissionFile(*names) for names in self._queries.rows("files", post_id=row_id)),
            checks=tuple(
                Check(name, bool(ok), found) for name, ok, found in self._queries.rows("checks", post_id=row_id)
            ),
            url=url,
            remote_url=remote_url,
            detail=detail,
            asks=asks,
            step=step,
            labels=tuple(labels.split("\n")) if labels else (),
            as_draft=bool(as_draft),
            commit=commit,
            theirs=frozenset(theirs.split("\n")) if theirs else frozenset(),
            tried_at=_moment(tried_at),
            sent_at=_moment(sent_at),
        )


def _state(submission: Submission) -> dict[str, str | int | None]:
    """The fields of a submission that can change."""
    return {
        "number": submission.number,
        "status": submission.status,
        "target": submission.target,
        "remote_url": submission.remote_url,
        "version": submission.version,
        "branch": submission.branch,
        "commit_id": submission.commit,
        "fixed_in": submission.fixed_in,
    }


def _change(row: Row) -> Change:
    status, at, actor, note, by_hand = row
    return Change(status, from_text(at), actor, note, bool(by_hand))


def _watch(row: Row) -> Watch:
    url, tracker, remote, changed_at, checked_at, next_check, error, failures, etag, by_hand = row
    times = _moment(changed_at), _moment(checked_at), _moment(next_check)
    return Watch(url, tracker, remote, *times, error, failures, etag, by_hand)


def _remark(row: Row) -> Remark:
    remote_id, at, who, kind, words, human = row
    return Remark(remote_id, from_text(at), who, kind, words, bool(human))


def _text(moment: datetime | None) -> str | None:
    return to_text(moment) if moment else None


def _moment(text: str | None) -> datetime | None:
    return from_text(text) if text else None
