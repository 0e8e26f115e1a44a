"""Look after issues and pull requests on GitHub: what became of ours.

A second look asks, with the ETags of the first, whether anything has changed; GitHub counts no 304 against the quota
(https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api, "conditional requests").
Where something has, all is read again, so that what is told never depends on what was told before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from plugwatch.errors import InputError, NotFoundError
from plugwatch.model.roads.github_status import (
    Review,
    Thread,
    Voice,
    is_bot,
    is_closed_as_fixed,
    map_status,
    say_state,
    sum_up_checks,
)
from plugwatch.model.roads.markup import clean, one_line
from plugwatch.model.roads.trackers import github_thread
from plugwatch.model.roads.watch import Remark, Seen, Unchanged, Watch
from plugwatch.upstream.github_access import Answer, GitHubAccess, parse_moment
from plugwatch.upstream.github_releases import find_releases

_PAGE = 100
_LAST_PAGES = 3  # of a long talk the first page and these are read
_MOST_WORDS = 10_000  # characters of one remark
_MOST_EVENTS = 5  # pages of a timeline
_COMMIT = re.compile("[0-9a-f]{40,64}")
_AT_ONCE = 60  # seconds between a merge and the issue that it closes


class GitHubTracker(GitHubAccess):
    """Tracker of issues and pull requests on one GitHub."""

    def __init__(self, api_url: str, *, ours: Iterable[str] = (), pause: float = 0.25) -> None:
        """``ours`` are logins of our people, besides that of the token. Raises as GitHubAccess."""
        super().__init__(api_url, pause=pause)
        self._given = frozenset(login.lower() for login in ours)
        self._login: str | None = None

    def look(self, watch: Watch) -> Seen | Unchanged:
        """What GitHub says of the watch's URL.

        Raises NotFoundError where it is gone, InputError where it is none of this GitHub's or hidden from us,
        ConfigError for a bad token, UnknownError where GitHub cannot be asked.
        """
        thread = github_thread(watch.url, self.pages)
        if thread is None or thread.kind == "discussions":
            raise InputError(f"this is no issue or pull request on {self.pages}", source=one_line(watch.url))
        about = f"{'pull request' if thread.kind == 'pull' else 'issue'} {thread.number} of {thread.repository}"
        known = _read_etags(watch.etag)
        if known and self._is_unchanged(known, about):
            return Unchanged()
        with self.reading(about):
            return _Look(self, about, self._people()).see(f"/repos/{thread.repository}/issues/{thread.number}")

    def _is_unchanged(self, known: Mapping[str, str], about: str) -> bool:
        return all(self.get(path, about, etag=etag).status == 304 for path, etag in known.items())

    def _people(self) -> frozenset[str]:
        """The logins that are ours. A token that may not say whose it is says nothing."""
        if self._login is None:
            self._login = ""
            if self.knows_us:
                try:
                    self._login = str(self.get("/user", "the owner of the token").row.get("login") or "")
                except InputError:
                    self._login = ""
        return self._given | ({self._login.lower()} if self._login else set())


class _Look:
    """One look at one issue or pull request."""

    def __init__(self, github: GitHubTracker, about: str, ours: frozenset[str]) -> None:
        self.github, self.about, self.ours = github, about, ours
        self.maintained = False
        self.etags: dict[str, str] = {}

    def see(self, path: str) -> Seen:
        row = self._read(path)
        here = self._path_of(row)
        is_pull = isinstance(row.get("pull_request"), Mapping)
        if not self.ours:  # whoever posts without a token posted this by hand
            self.ours = frozenset({_voice(row).login.lower()})
        pull = self._read(here.replace("/issues/", "/pulls/")) if is_pull else {}
        remarks, reviews = self._talk(here, row, is_pull=is_pull)
        events = self._events(here) if row.get("state") == "closed" else []
        fixed_by, merge_commit = self._cause(pull, events, row)
        thread = self._thread(row, pull, remarks, reviews, _closing(events), fixed_by)
        remarks += self._check_remarks(here, pull) + _event_remarks(events)
        moved = parse_moment(pull.get("merged_at")) or parse_moment(row.get("closed_at"))
        releases: tuple[str, ...] = ()
        if merge_commit and not thread.is_open:
            releases = find_releases(self._list, self.github.get, here.partition("/issues/")[0], merge_commit, moved)
        return Seen(
            remote=say_state(thread),
            status=map_status(thread),
            changed_at=parse_moment(row.get("updated_at")),
            url=self._page_of(row),
            title=one_line(str(row.get("title") or "")),
            remarks=tuple(sorted(remarks, key=lambda remark: (remark.at, remark.id))),
            closed_as_fixed=is_closed_as_fixed(thread),
            merge_commit=merge_commit,
            releases=releases,
            fixed_by=fixed_by,
            etag=json.dumps(self.etags, separators=(",", ":")),
        )

    # Reading

    def _get(self, path: str, parameters: Mapping[str, str] | None = None) -> Answer:
        """An answer, of which the ETag is kept for the next look."""
        whole = f"{path}?{urlencode(parameters)}" if parameters else path
        answer = self.github.get(whole, self.about)
        if answer.etag and answer.status == 200:
            self.etags[whole] = answer.etag
        return answer

    def _read(self, path: str) -> dict[str, Any]:
        answer = self._get(path)
        if answer.status != 200:
            why = "has been deleted" if answer.status == 410 else "is gone, or hidden from us"
            raise NotFoundError(f"{self.about} {why}; look there and set its status with 'plugwatch submission mark'")
        if not isinstance(answer.row.get("url"), str) or not isinstance(answer.row.get("html_url"), str):
            raise self.github.strange(self.about)
        return answer.row

    def _list(self, path: str, parameters: Mapping[str, str]) -> Answer:
        return self._get(path, parameters)

    def _path_of(self, row: Mapping[str, Any]) -> str:
        """The path of an issue where it is now, for it and its repository may have moved."""
        parts = urlsplit(str(row["url"]))
        path = parts.path.partition("/repos/")[2]
        if path.count("/") != 3 or "/issues/" not in path:
            raise self.github.strange(self.about)
        return f"/repos/{path}"

    def _page_of(self, row: Mapping[str, Any]) -> str:
        """The address of its page, on this GitHub and no other, whatever the answer says."""
        at = self.github.pages
        thread = github_thread(str(row["html_url"]), at)
        if thread is None:
            raise self.github.strange(self.about)
        return f"{at}/{thread.repository}/{thread.kind}/{thread.number}"

    def _pages(self, path: str, count: int) -> list[dict[str, Any]]:
        """The rows of a list of so many; of a long one the first page and the last ones."""
        last = max(1, -(-count // _PAGE))
        numbers = sorted({1, *range(max(1, last - _LAST_PAGES + 1), last + 1)})
        rows: list[dict[str, Any]] = []
        for number in numbers:
            answer = self._list(path, {"per_page": str(_PAGE), "page": str(number)})
            rows += answer.rows
            if number == last and answer.more:  # more have come since they were counted
                rows += self._list(path, {"per_page": str(_PAGE), "page": str(number + 1)}).rows
        return rows

    def _events(self, here: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for number in range(1, _MOST_EVENTS + 1):
            answer = self._list(f"{here}/timeline", {"per_page": str(_PAGE), "page": str(number)})
            rows += answer.rows
            if not answer.more:
                break
        return rows

    # What was said

    def _talk(self, here: str, row: Mapping[str, Any], *, is_pull: bool) -> tuple[list[Remark], list[Review]]:
        count = row.get("comments")
        comments = self._pages(f"{here}/comments", count if isinstance(count, int) else 0)
        self.maintained = any(self._is_maintainer(comment) for comment in comments)
        remarks = [self._remark("comment", comment) for comment in comments]
        reviews: list[Review] = []
        if is_pull:
            pulls = here.replace("/issues/", "/pulls/")
            for review in self._list(f"{pulls}/reviews", {"per_page": str(_PAGE)}).rows:
                self._add_review(review, remarks, reviews)
            lines = self._list(f"{pulls}/comments", {"per_page": str(_PAGE)}).rows
            self.maintained = self.maintained or any(self._is_maintainer(line) for line in lines)
            remarks += [self._remark("line", line, f"{one_line(str(line.get('path') or ''))}: ") for line in lines]
        return [remark for remark in remarks if remark], reviews

    def _add_review(self, row: Mapping[str, Any], remarks: list[Any], reviews: list[Review]) -> None:
        state, at, voice = str(row.get("state")), parse_moment(row.get("submitted_at")), _voice(row)
        if at is None or state == "PENDING":
            return
        body = str(row.get("body") or "")
        if not self._is_ours(voice) and not is_bot(voice, body):
            reviews.append(Review(voice, state, at, str(row.get("commit_id") or "") or None))
            self.maintained = self.maintained or voice.maintains
        said = {"APPROVED": "approved", "CHANGES_REQUESTED": "changes requested", "DISMISSED": "dismissed"}.get(state)
        if said or body.strip():
            lead = f"{said}: " if said and body.strip() else said or ""
            remarks.append(self._remark("review", row, lead, at_field="submitted_at"))

    def _remark(
        self, prefix: str, row: Mapping[str, Any], lead: str = "", *, at_field: str = "created_at"
    ) -> Remark | None:
        at, body, voice = parse_moment(row.get(at_field)), str(row.get("body") or ""), _voice(row)
        if at is None:
            return None
        bot = is_bot(voice, body)
        kind = "bot" if bot else "review" if prefix == "review" else "comment"
        words = (lead + clean(body))[:_MOST_WORDS]
        return Remark(f"{prefix}-{row.get('id')}", at, voice.login, kind, words, not bot and not self._is_ours(voice))

    def _is_ours(self, voice: Voice) -> bool:
        return voice.login.lower() in self.ours

    def _is_maintainer(self, row: Mapping[str, Any]) -> bool:
        voice = _voice(row)
        return voice.maintains and not self._is_ours(voice) and not is_bot(voice, str(row.get("body") or ""))

    def _check_remarks(self, here: str, pull: Mapping[str, Any]) -> list[Remark]:
        """One remark on all checks of the last commit; another one as soon as they end otherwise."""
        head = _sha(pull.get("head"))
        if head is None or pull.get("state") != "open":
            return []
        commit = f"{here.partition('/issues/')[0]}/commits/{head}"
        try:
            runs = self._list(f"{commit}/check-runs", {"per_page": str(_PAGE)}).row.get("check_runs")
            states = self._list(f"{commit}/status", {"per_page": str(_PAGE)}).row.get("statuses")
        except InputError:
            return []  # a token may see a pull request and not its checks
        rows = [row for row in (runs if isinstance(runs, list) else []) if isinstance(row, dict)]
        known = [(one_line(str(row.get("name"))), row.get("conclusion"), row.get("completed_at")) for row in rows]
        rows = [row for row in (states if isinstance(states, list) else []) if isinstance(row, dict)]
        known += [(one_line(str(row.get("context"))), row.get("state"), row.get("updated_at")) for row in rows]
        words = sum_up_checks([(name, end) for name, end, _at in known])
        ends = [moment for _name, _end, at in known if (moment := parse_moment(at))]
        moment = max(ends, default=None) or parse_moment(pull.get("updated_at"))
        if not words or moment is None:
            return []
        return [Remark(f"checks-{head[:12]}-{words}", moment, "checks", "checks", words, False)]

    # What it comes to

    def _thread(
        self,
        row: Mapping[str, Any],
        pull: Mapping[str, Any],
        remarks: list[Remark],
        reviews: list[Review],
        closing: Mapping[str, Any],
        fixed_by: str | None,
    ) -> Thread:
        given = row.get("labels")
        labels = [label.get("name") for label in given if isinstance(label, Mapping)] if isinstance(given, list) else []
        closer = _voice({"user": closing.get("actor")}) if closing else _voice({"user": row.get("closed_by")})
        said = [remark.at for remark in remarks if remark.who.lower() in self.ours]
        commit = closing.get("commit_id")
        return Thread(
            is_pull=bool(pull),
            is_open=row.get("state") == "open",
            merged=pull.get("merged") is True,
            draft=pull.get("draft") is True,
            locked=row.get("locked") is True,
            reason=row["state_reason"] if isinstance(row.get("state_reason"), str) else None,
            by_us=self._is_ours(closer),
            answered=self.maintained,
            labels=tuple(one_line(label) for label in labels if isinstance(label, str)),
            head=_sha(pull.get("head")),
            reviews=tuple(reviews),
            ours_at=max(said, default=None),
            closing_commit=commit if isinstance(commit, str) else None,
            fixed_by=fixed_by,
        )

    def _cause(
        self, pull: Mapping[str, Any], events: list[dict[str, Any]], row: Mapping[str, Any]
    ) -> tuple[str | None, str | None]:
        """What closed it (a commit, or the URL of a pull request), and the commit that the fix is in."""
        if pull.get("merged") is True:
            return None, _commit(pull.get("merge_commit_sha"))
        if commit := _commit(_closing(events).get("commit_id")):
            return commit, commit
        source = _closing_pull(events, parse_moment(row.get("closed_at"))) if not pull else None
        if source is None:
            return None, None
        answer = self._get(source)
        return self._page_of(answer.row), _commit(answer.row.get("merge_commit_sha"))


def _voice(row: Mapping[str, Any]) -> Voice:
    """Who a row is of; a deleted account is GitHub's "ghost"."""
    user = row.get("user")
    named = user if isinstance(user, Mapping) else {}
    login, kind = str(named.get("login") or "ghost"), str(named.get("type") or "User")
    return Voice(one_line(login), kind, str(row.get("author_association") or "NONE"))


def _sha(end: object) -> str | None:
    return _commit(end.get("sha")) if isinstance(end, Mapping) else None


def _commit(sha: object) -> str | None:
    return sha if isinstance(sha, str) and _COMMIT.fullmatch(sha) else None


def _closing(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The event that closed it last; an empty one where none did."""
    return next((event for event in reversed(events) if event.get("event") == "closed"), {})


def _closing_pull(events: list[dict[str, Any]], closed_at: datetime | None) -> str | None:
    """The path of the merged pull request that closed an issue: the one merged in the moment that it was closed."""
    for event in reversed(events):
        pull = _merged_pull(event) if event.get("event") == "cross-referenced" else {}
        merged = parse_moment(pull.get("merged_at"))
        if merged and closed_at and abs((closed_at - merged).total_seconds()) <= _AT_ONCE:
            path = urlsplit(str(pull.get("url") or "")).path.partition("/repos/")[2]
            return f"/repos/{path}" if path.count("/") == 3 else None
    return None


def _merged_pull(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a mention in a pull request says of that."""
    source = event.get("source")
    issue = source.get("issue") if isinstance(source, Mapping) else None
    pull = issue.get("pull_request") if isinstance(issue, Mapping) else None
    return pull if isinstance(pull, Mapping) else {}


def _event_remarks(events: list[dict[str, Any]]) -> list[Remark]:
    """Closing, merging and reopening, each as a remark that nobody wrote."""
    found = []
    for event in events:
        name, at = event.get("event"), parse_moment(event.get("created_at"))
        if name in ("closed", "merged", "reopened") and at:
            reason = str(event.get("state_reason") or "").replace("_", " ")
            words = f"{name} as {reason}" if reason and name == "closed" else str(name)
            who = _voice({"user": event.get("actor")}).login
            found.append(Remark(f"event-{event.get('id')}", at, who, "state", words, False))
    return found


def _read_etags(text: str | None) -> dict[str, str]:
    """The ETags of a look; none where they are not readable, so that all is read again."""
    try:
        document = json.loads(text or "{}")
    except ValueError:
        return {}
    if not isinstance(document, dict):
        return {}
    known = {path: etag for path, etag in document.items() if isinstance(etag, str) and path.startswith("/repos/")}
    return known if len(known) == len(document) else {}
