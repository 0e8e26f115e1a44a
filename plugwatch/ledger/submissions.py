"""What was written for vendors, with its files and what the checks said."""

from __future__ import annotations

import re
from collections.abc import Sequence

from plugwatch.errors import NotFoundError
from plugwatch.ledger.components import Components
from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.ids import new_id
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.component import Component
from plugwatch.model.submission import Check
from plugwatch.model.submitted import Submission, SubmissionFile


class Submissions:
    """Every text that was made for a vendor."""

    def __init__(self, connection: Connection, components: Components) -> None:
        self._queries = Queries(connection, "submissions")
        self._components = components

    def add(self, submission: Submission, incident_id: str | None) -> None:
        """Keep a new submission, whose number was taken from the counter."""
        row_id = new_id()
        self._queries.run(
            "insert",
            id=row_id,
            number=submission.number,
            incident_id=incident_id,
            patch_id=submission.patch,
            component_id=self._components.get_or_create(submission.component),
            channel=submission.channel,
            status=submission.status,
            title=submission.title,
            body=submission.body,
            url=submission.url,
            created_at=to_text(submission.created_at),
            actor=submission.actor,
        )
        files = enumerate(submission.files)
        self._queries.run_many(
            "insert_file", [{"submission_id": row_id, "position": n, "name": f.name, "path": f.path} for n, f in files]
        )
        checks = enumerate(submission.checks)
        self._queries.run_many(
            "insert_check",
            [
                {"submission_id": row_id, "position": n, "name": c.check, "ok": int(c.ok), "detail": c.detail}
                for n, c in checks
            ],
        )

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

    def _submission(self, row: Row) -> Submission:
        row_id, number, incident, patch, kind, slug, channel, status, title, body, url, created_at, actor = row
        return Submission(
            number=number,
            incident=f"INC-{incident}" if incident else None,
            patch=patch,
            component=Component(kind, slug),
            channel=channel,
            status=status,
            title=title,
            body=body,
            url=url,
            files=tuple(SubmissionFile(*names) for names in self._queries.rows("files", submission_id=row_id)),
            checks=tuple(
                Check(name, bool(ok), detail) for name, ok, detail in self._queries.rows("checks", submission_id=row_id)
            ),
            created_at=from_text(created_at),
            actor=actor,
        )
